// Routes, panel, keys, theme: what holds the page together.

const app = {
  root: document.getElementById('app'),
  /** What lies below the panel: `diagram` or `dictionary`. */
  base: 'dictionary',
  route: null,
  started: false,

  start() {
    const hasDiagram = diagram.available();
    this.base = hasDiagram ? 'diagram' : 'dictionary';
    this.panelBody = h('div.panel-body', { tabindex: '-1' });
    this.panelTools = h('div.panel-tools');
    this.panel = h('aside.panel', { id: 'panel', 'aria-label': 'Details', hidden: true }, this.panelTools, this.panelBody);
    this.live = h('p.visually-hidden', { role: 'status', 'aria-live': 'polite' });
    this.main = h('main', { id: 'main', tabindex: '-1' }, hasDiagram && diagram.mount(), dictionary.mount());
    append(this.root, [
      h('a.skip', { href: '#main', onclick: (event) => { event.preventDefault(); this.main.focus(); } }, 'Skip to the content'),
      this.header(hasDiagram),
      sidebar.mount(),
      h('div.scrim', { onclick: () => this.toggleSide(false) }),
      this.main,
      this.panel,
      this.live,
      search.mount(),
      help.mount(),
    ]);
    this.root.hidden = false;
    addEventListener('hashchange', () => this.go());
    addEventListener('keydown', (event) => this.key(event));
    addEventListener('beforeprint', () => dictionary.prepare());
    addEventListener('afterprint', () => dictionary.restore());
    this.go();
    this.started = true;
  },

  header(hasDiagram) {
    const tab = (view, name, text) =>
      h('button.tab', { type: 'button', 'data-view': view, 'aria-pressed': 'false', onclick: () => this.show(view) }, icon(name), h('span', null, text));
    this.tabs = hasDiagram ? [tab('diagram', 'diagram', 'Diagram'), tab('dictionary', 'book', 'Dictionary')] : [];
    const mac = /Mac|iPhone|iPad/.test(navigator.platform || '');
    return h(
      'header.top',
      null,
      h('button.icon-button.menu', { type: 'button', 'aria-label': 'List of objects', 'aria-controls': 'side', 'aria-expanded': 'false', onclick: () => this.toggleSide() }, icon('menu')),
      h('a.brand', { href: '#/overview', title: 'Overview' }, logo(), h('span', null, model.title)),
      model.gaps.length > 0 && h('a.gap-chip', { href: '#/overview', title: 'What could not be read' }, icon('warning'), h('span', null, `${count(model.gaps.length)} not read`)),
      h('span.space'),
      h('button.search-button', { type: 'button', onclick: () => search.open() }, icon('search'), h('span', null, 'Search'), h('kbd', { 'aria-hidden': 'true' }, mac ? '⌘K' : 'Ctrl K')),
      this.tabs.length > 0 && h('div.tabs', { role: 'group', 'aria-label': 'View' }, this.tabs),
      h('button.icon-button', { type: 'button', 'aria-label': 'Print the dictionary', title: 'Print', onclick: () => print() }, icon('print')),
      h('button.icon-button.help-button', { type: 'button', 'aria-label': 'Help', title: 'Keys and signs (?)', onclick: () => help.open() }, icon('help')),
      theme.button(),
    );
  },

  /** Changes what lies below the panel. */
  show(view) {
    this.base = view;
    if (this.route && this.route.home) location.hash = view === 'dictionary' && diagram.available() ? '#/dictionary' : '#/';
    else this.paint();
  },

  paint() {
    this.root.dataset.view = this.base;
    for (const tab of this.tabs) tab.setAttribute('aria-pressed', String(tab.dataset.view === this.base));
    if (this.base === 'dictionary') dictionary.open();
    if (diagram.available()) diagram.resize();
  },

  /** Follows the address. */
  go() {
    const route = parseRoute(location.hash);
    const before = this.route;
    this.route = route;
    this.toggleSide(false);
    if (route.view) this.base = route.view;
    this.paint();
    if (route.home) {
      this.closePanel();
      sidebar.mark(null);
      document.title = model.title;
      if (diagram.available()) diagram.select(null, 0);
      return;
    }
    const same = before && before.entry && before.entry === route.entry && !this.panel.hidden;
    if (!same) this.openPanel(route);
    else this.drawTools(route);
    this.markColumn(route.column);
    sidebar.mark(route.entry ? route.entry.key : null);
    document.title = route.entry ? `${route.entry.name} · ${model.title}` : model.title;
    if (diagram.available()) diagram.select(route.entry, route.hops, route.column, !this.started);
  },

  openPanel(route) {
    const { entry } = route;
    this.drawTools(route);
    if (entry) replace(this.panelBody, objectPage(entry, { anchors: true }));
    else if (route.overview) replace(this.panelBody, overviewPage());
    else replace(this.panelBody, h('section.overview.missing', null, h('h2', { tabindex: '-1' }, 'Not found'), h('p', null, 'There is nothing here by the name of ', code(route.text), '.'), h('p', null, h('button.button', { type: 'button', onclick: () => search.open() }, icon('search'), 'Search'))));
    this.panel.hidden = false;
    this.root.dataset.panel = 'open';
    this.panelBody.scrollTop = 0;
    if (diagram.available()) diagram.resize();
    this.live.textContent = entry ? `${shapeName(entry)} ${entry.name}` : '';
    if (this.started) {
      const head = this.panelBody.querySelector('h1, h2');
      if (head && document.activeElement !== diagram.canvas) head.focus({ preventScroll: true });
    }
  },

  drawTools(route) {
    const { entry } = route;
    const tool = (name, text, onclick, pressed) =>
      h('button.icon-button', { type: 'button', 'aria-label': text, title: text, 'aria-pressed': pressed === undefined ? null : String(pressed), onclick }, icon(name));
    const copied = tool('link', 'Copy the link', () => {
      copy(location.href).then((done) => { this.live.textContent = done ? 'Link copied' : ''; copied.classList.toggle('done', done); });
    });
    replace(
      this.panelTools,
      h('p.crumb', null, entry && icon(entry.shape), h('span', null, entry ? shapeName(entry) : route.overview ? 'Overview' : 'Not found')),
      h('span.space'),
      entry && diagram.has(entry) && tool('focus', route.hops ? 'Show the whole diagram' : 'Focus on this and its neighbours', () => { location.hash = route.hops ? href(entry) : `${href(entry)}/focus/1`; }, Boolean(route.hops)),
      copied,
      tool('wide', 'Wider', () => { this.root.classList.toggle('wide-panel'); if (diagram.available()) diagram.resize(); }),
      tool('close', 'Close', () => this.close()),
    );
  },

  markColumn(column) {
    for (const old of this.panelBody.querySelectorAll('tr.target')) old.classList.remove('target');
    if (!column) return;
    const row = this.panelBody.querySelector(`tr[data-column="${CSS.escape(column)}"]`);
    if (!row) return;
    row.classList.add('target');
    row.scrollIntoView({ block: 'center' });
    if (this.started) row.focus({ preventScroll: true });
  },

  close() {
    location.hash = this.base === 'dictionary' && diagram.available() ? '#/dictionary' : '#/';
    if (diagram.available() && this.base === 'diagram') diagram.canvas.focus({ preventScroll: true });
    else this.main.focus({ preventScroll: true });
  },

  closePanel() {
    this.panel.hidden = true;
    delete this.root.dataset.panel;
    this.panelBody.textContent = '';
    if (diagram.available()) diagram.resize();
  },

  toggleSide(open = !this.root.classList.contains('side-open')) {
    this.root.classList.toggle('side-open', open);
    const button = this.root.querySelector('.menu');
    if (button) button.setAttribute('aria-expanded', String(open));
  },

  key(event) {
    const typing = event.target instanceof HTMLInputElement;
    if ((event.ctrlKey || event.metaKey) && !event.altKey && event.key.toLowerCase() === 'k') {
      search.open();
      event.preventDefault();
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey || search.dialog.open || help.dialog.open) return;
    if (event.key === 'Escape') {
      if (this.root.classList.contains('side-open')) this.toggleSide(false);
      else if (this.route.hops) location.hash = href(this.route.entry);
      else if (!this.panel.hidden) this.close();
      return;
    }
    if (typing) return;
    if (event.key === '/') {
      search.open();
      event.preventDefault();
    } else if (event.key === '?') help.open();
    else if (event.key === 'f' && this.route.entry && diagram.available() && diagram.has(this.route.entry)) {
      location.hash = this.route.hops ? href(this.route.entry) : `${href(this.route.entry)}/focus/1`;
    } else if (diagram.available() && this.base === 'diagram') diagram.key(event);
  },
};

/** `#/table/public.orders/column/id` to what it means. */
function parseRoute(hash) {
  let parts;
  try {
    parts = hash.replace(/^#\/?/, '').split('/').map(decodeURIComponent);
  } catch {
    return { text: hash, missing: true };
  }
  const [kind, id, verb, value] = parts;
  if (!kind) return { home: true, view: app.started && diagram.available() ? 'diagram' : null };
  if (kind === 'dictionary') return { home: true, view: 'dictionary' };
  if (kind === 'overview') return { overview: true };
  const entry = model.byKey.get(`${kind}/${id}`);
  if (!entry) return { text: parts.slice(1).join('/') || kind, missing: true };
  const route = { entry, hops: 0, column: null };
  if (verb === 'column') route.column = value;
  if (verb === 'focus') route.hops = Math.max(1, Math.min(9, Number.parseInt(value, 10) || 1));
  return route;
}

async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false;
  }
}

function logo() {
  const svg = icon('logo');
  svg.setAttribute('viewBox', '0 0 32 32');
  svg.firstChild.setAttribute('d', 'M6 13c3.3-3 6.7-3 10 0s6.7 3 10 0M6 20c3.3-3 6.7-3 10 0s6.7 3 10 0');
  return svg;
}

app.start();
