// Everything in one document, to read and to print. Sections are filled when they come near the screen, and all at
// once before printing.

const dictionary = {
  root: null,
  observer: null,
  pending: new Map(),

  mount() {
    this.root = h('div.dictionary', { id: 'dictionary', tabindex: '-1' });
    return this.root;
  },

  /** Builds the frame at the first visit. */
  open() {
    if (this.root.childNodes.length) return;
    this.observer = new IntersectionObserver(
      (seen) => {
        for (const { isIntersecting, target } of seen) if (isIntersecting) this.fill(target);
      },
      { root: this.root, rootMargin: '800px 0px' },
    );
    append(this.root, [overviewPage()]);
    const schemas = new Map();
    for (const entry of model.entries) if (entry.namespace) push(schemas, entry.namespace, entry);
    for (const [name, entries] of [...schemas].sort(([a], [b]) => (a < b ? -1 : 1))) {
      const own = model.byKey.get(`schema/${name}`);
      const block = h('section.chapter', null, h('h2.chapter-title', null, own ? h('a', { href: href(own) }, name) : name), own && comment(own.object.comment));
      for (const { kind } of GROUPS) {
        for (const entry of entries) {
          if (entry.kind !== kind || (kind === 'table' && isRepeated(entry.object))) continue;
          block.append(this.placeholder(entry));
        }
      }
      this.root.append(block);
    }
    const global = model.entries.filter((entry) => DATABASE_GROUPS.some(({ kind }) => kind === entry.kind));
    if (global.length) this.root.append(h('section.chapter', null, h('h2.chapter-title', null, 'Database'), global.map((entry) => this.placeholder(entry))));
  },

  placeholder(entry) {
    const rows = columnsOf(entry).length;
    const article = h('article.object.waiting', { 'data-key': entry.key, 'aria-label': `${shapeName(entry)} ${entry.name}` });
    article.style.setProperty('--guess', `${180 + rows * 44}px`);
    this.pending.set(article, entry);
    this.observer.observe(article);
    return article;
  },

  fill(article) {
    const entry = this.pending.get(article);
    if (!entry) return;
    this.pending.delete(article);
    this.observer.unobserve(article);
    article.classList.remove('waiting');
    append(article, objectPage(entry));
  },

  /** Everything, and the diagram, for paper. */
  prepare() {
    this.open();
    for (const article of [...this.pending.keys()]) this.fill(article);
    const picture = diagram.available() ? diagram.printed() : null;
    if (picture) this.root.firstChild.after(picture);
  },

  restore() {
    for (const picture of this.root.querySelectorAll('.print-diagram')) picture.remove();
  },
};

/** What the database is, in figures. */
function overviewPage() {
  const number = (kind, test = () => true) => model.entries.filter((entry) => entry.kind === kind && test(entry)).length;
  const tables = number('table', (entry) => !isRepeated(entry.object));
  const columns = model.entries.reduce((sum, entry) => (entry.kind === 'table' && !isRepeated(entry.object) ? sum + columnsOf(entry).length : sum), 0);
  const keys = model.entries.reduce((sum, entry) => (entry.kind === 'table' && !isRepeated(entry.object) ? sum + (entry.object.foreign_keys || []).length : sum), 0);
  const figures = [
    [tables, 'table', 'tables'],
    [columns, 'column', 'columns'],
    [keys, 'foreign key', 'foreign keys'],
    [number('table') - tables, 'partition', 'partitions'],
    [number('view'), 'view', 'views'],
    [number('type'), 'type', 'types'],
    [number('routine'), 'routine', 'routines'],
    [number('extension'), 'extension', 'extensions'],
  ].filter(([value]) => value > 0);
  const schemas = model.entries.filter((entry) => entry.kind === 'schema');
  const extensions = model.entries.filter((entry) => entry.kind === 'extension');
  return h(
    'section.overview',
    null,
    h('h1', { tabindex: '-1' }, model.title),
    h('ul.figures', null, figures.map(([value, one, many]) => h('li', null, h('b', null, count(value)), ' ', value === 1 ? one : many))),
    gapNotice(),
    section('Schemas', schemas.length ? h('ul.index', null, schemas.map(indexLine)) : null),
    section('Extensions', extensions.length ? h('ul.chips', null, extensions.map((entry) => h('li', null, entryLink(entry, [entry.name, ' ', h('span.hint', null, entry.object.version)])))) : null),
  );
}

const GAP_KINDS = {
  no_permission: 'no permission',
  missing_extension: 'missing extension',
  skipped_statement: 'skipped statement',
  unstable: 'changed while read',
  not_charted: 'not charted',
  not_readable: 'not readable',
};

/** What this documentation cannot tell, and why. */
function gapNotice() {
  if (!model.gaps.length) return null;
  return h(
    'section.gaps',
    { 'aria-label': 'What could not be read' },
    h('h3', null, icon('warning'), `${plural(model.gaps.length, 'thing')} could not be read`),
    h('ul', null, model.gaps.map((gap) => h('li', null, h('b', null, gap.scope), badge(GAP_KINDS[gap.kind] || gap.kind, 'warn'), h('div', null, gap.reason)))),
  );
}

