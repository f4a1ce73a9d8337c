// The list of everything, by schema and kind, folded and filtered.

const GROUPS = [
  { kind: 'table', title: 'Tables' },
  { kind: 'view', title: 'Views' },
  { kind: 'type', title: 'Types' },
  { kind: 'routine', title: 'Functions' },
  { kind: 'sequence', title: 'Sequences' },
  { kind: 'statistics', title: 'Statistics' },
];
const DATABASE_GROUPS = [
  { kind: 'extension', title: 'Extensions' },
  { kind: 'publication', title: 'Publications' },
  { kind: 'event-trigger', title: 'Event triggers' },
  { kind: 'server', title: 'Foreign servers' },
];
/** So many links at once; the rest follow on demand. */
const CHUNK = 300;

const sidebar = {
  list: null,
  current: null,
  query: '',

  mount() {
    const filter = h('input', {
      type: 'search',
      placeholder: 'Filter',
      'aria-label': 'Filter the list',
      autocomplete: 'off',
      spellcheck: 'false',
      oninput: () => {
        this.query = filter.value.trim().toLowerCase();
        this.draw();
      },
      onkeydown: (event) => {
        if (event.key === 'Escape' && filter.value) {
          filter.value = '';
          this.query = '';
          this.draw();
          event.stopPropagation();
        }
      },
    });
    this.list = h('div.side-list');
    this.draw();
    return h('nav.side', { id: 'side', 'aria-label': 'Objects' }, h('div.side-filter', null, icon('search'), filter), this.list);
  },

  draw() {
    const words = this.query.split(/\s+/).filter(Boolean);
    const matches = (entry) => {
      const text = `${entry.namespace}.${entry.name}`.toLowerCase();
      return words.every((word) => text.includes(word));
    };
    const bySchema = new Map();
    const global = new Map();
    for (const entry of model.entries) {
      if (entry.kind === 'schema' || !matches(entry)) continue;
      // Partitions stand below their parent, on its page; a filter finds them here, too.
      if (!words.length && entry.kind === 'table' && isRepeated(entry.object)) continue;
      if (!entry.namespace) push(global, entry.kind, entry);
      else {
        if (!bySchema.has(entry.namespace)) bySchema.set(entry.namespace, new Map());
        push(bySchema.get(entry.namespace), entry.kind, entry);
      }
    }
    const open = words.length > 0;
    const names = [...bySchema.keys()].sort((a, b) => (a < b ? -1 : 1));
    const blocks = names.map((name) => this.schemaBlock(name, bySchema.get(name), open, names.length));
    const database = DATABASE_GROUPS.filter(({ kind }) => global.has(kind)).map((group) =>
      this.group(group.title, global.get(group.kind), open, 'database'),
    );
    replace(
      this.list,
      blocks,
      database.length ? h('section.side-schema', null, h('h2.side-title', null, 'Database'), database) : null,
      !blocks.length && !database.length && h('p.empty', null, 'Nothing by that name.'),
    );
    this.mark(this.current);
  },

  schemaBlock(name, groups, open, schemas) {
    const entry = model.byKey.get(`schema/${name}`);
    let total = 0;
    for (const list of groups.values()) total += list.length;
    const kinds = GROUPS.filter(({ kind }) => groups.has(kind)).map((group) =>
      this.group(group.title, groups.get(group.kind), open || (group.kind === 'table' && schemas <= 12), name),
    );
    return h(
      'section.side-schema',
      { 'aria-label': `Schema ${name}` },
      h('h2.side-title', null, entry ? h('a', { href: href(entry), title: entry.object.comment }, name) : name, h('span.count', null, count(total))),
      kinds,
    );
  },

  group(title, list, open, where) {
    const items = h('ul');
    let shown = 0;
    const more = () => {
      const part = list.slice(shown, shown + CHUNK);
      shown += part.length;
      append(items, part.map((entry) => this.item(entry)));
      if (shown < list.length) {
        const button = h('button.more', { type: 'button', onclick: () => { button.parentNode.remove(); more(); this.mark(this.current); } }, `${count(list.length - shown)} more`);
        items.append(h('li', null, button));
      }
    };
    const details = h(
      'details',
      { open, 'data-group': `${where}/${title}` },
      h('summary', null, icon('chevron'), title, h('span.count', null, count(list.length))),
      items,
    );
    if (open) more();
    else details.addEventListener('toggle', () => { if (details.open && !shown) { more(); this.mark(this.current); } });
    return details;
  },

  item(entry) {
    const name = entry.kind === 'routine' ? `${entry.name}()` : entry.name;
    return h('li', null, h('a', { href: href(entry), 'data-key': entry.key, title: entry.object.comment ? entry.object.comment.split('\n')[0] : null }, icon(entry.shape), h('span', null, name)));
  },

  /** Shows which object is open. */
  mark(key) {
    this.current = key;
    for (const old of this.list.querySelectorAll('[aria-current]')) old.removeAttribute('aria-current');
    if (!key) return;
    const link = this.list.querySelector(`[data-key="${CSS.escape(key)}"]`);
    if (!link) return;
    link.setAttribute('aria-current', 'page');
    const box = this.list.getBoundingClientRect();
    const own = link.getBoundingClientRect();
    if (own.height && (own.top < box.top || own.bottom > box.bottom)) link.scrollIntoView({ block: 'center' });
  },
};

