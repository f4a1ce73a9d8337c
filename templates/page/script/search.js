// Search over everything that has a name, and over comments. Ranked; a plain scan, which at 40,000 names takes
// a few milliseconds, so that there is no index to build or to keep.

const SCORE = { table: 30, view: 26, type: 20, routine: 18, label: 8, column: 12, key: 6 };
const LIMIT = 60;

const search = {
  records: null,
  results: [],
  active: 0,
  dialog: null,

  /** What can be found: `name` is compared in lower case, `context` is what stands before it. */
  collect() {
    const records = [];
    const add = (kind, shape, name, context, text, target, weight) =>
      records.push({ kind, shape, name, context, text, target, weight, lower: name.toLowerCase(), full: `${context}${context ? '.' : ''}${name}`.toLowerCase(), rest: null });
    for (const entry of model.entries) {
      const { kind, object } = entry;
      const repeated = kind === 'table' && isRepeated(object);
      add(shapeName(entry), entry.shape, entry.name, entry.namespace, object.comment, href(entry), (SCORE[kind] || 5) - (repeated ? 25 : 0));
      if (repeated) continue;
      const owner = entry.namespace ? `${entry.namespace}.${entry.name}` : entry.name;
      for (const column of columnsOf(entry)) add('Column', 'column', column.name, owner, column.comment, href(entry, column.name), SCORE.column);
      for (const label of object.labels || []) add('Label', 'label', label, owner, null, href(entry), SCORE.label);
      for (const index of object.indexes || []) add('Index', 'index', index.name, owner, index.comment, href(entry), SCORE.key);
      for (const trigger of object.triggers || []) add('Trigger', 'event-trigger', trigger.name, owner, trigger.comment, href(entry), SCORE.key);
      for (const policy of object.policies || []) add('Policy', 'shield', policy.name, owner, policy.comment, href(entry), SCORE.key);
      for (const list of ['unique_keys', 'foreign_keys', 'checks', 'exclusions']) {
        for (const constraint of object[list] || []) add('Constraint', 'key', constraint.name, owner, constraint.comment, href(entry), SCORE.key - 1);
      }
    }
    return records;
  },

  find(query) {
    if (!this.records) this.records = this.collect();
    const words = query.toLowerCase().split(/\s+/).filter(Boolean);
    if (!words.length) return [];
    const found = [];
    for (const record of this.records) {
      let total = record.weight;
      for (const word of words) {
        const score = rank(record, word);
        if (score === 0) {
          total = 0;
          break;
        }
        total += score;
      }
      if (total > 0 && total !== record.weight) found.push({ record, total });
    }
    found.sort((a, b) => b.total - a.total || a.record.full.length - b.record.full.length || (a.record.full < b.record.full ? -1 : a.record.full > b.record.full ? 1 : 0));
    return found;
  },

  mount() {
    const input = h('input', {
      type: 'text',
      role: 'combobox',
      placeholder: 'Tables, columns, types, functions, comments…',
      'aria-label': 'Search',
      'aria-expanded': 'true',
      'aria-controls': 'results',
      'aria-autocomplete': 'list',
      autocomplete: 'off',
      spellcheck: 'false',
      oninput: () => this.update(),
      onkeydown: (event) => this.key(event),
    });
    this.input = input;
    this.list = h('ul.results', { id: 'results', role: 'listbox', 'aria-label': 'Results' });
    this.status = h('p.search-status', { role: 'status' });
    this.dialog = h(
      'dialog.search',
      { 'aria-label': 'Search', onclick: (event) => { if (event.target === this.dialog) this.close(); } },
      h('div.search-box', null, h('div.search-input', null, icon('search'), input, h('button.key-hint', { type: 'button', onclick: () => this.close(), 'aria-label': 'Close' }, 'esc')), this.list,
        h('div.search-foot', null, this.status, h('span.hints', { 'aria-hidden': 'true' }, h('kbd', null, '↑'), h('kbd', null, '↓'), ' to move ', h('kbd', null, '↵'), ' to open'))),
    );
    return this.dialog;
  },

  open() {
    if (this.dialog.open) return;
    this.dialog.showModal();
    this.input.select();
    this.update();
  },

  close() {
    this.dialog.close();
  },

  update() {
    const query = this.input.value;
    const all = this.find(query);
    this.results = all.slice(0, LIMIT).map(({ record }) => record);
    this.active = 0;
    const words = query.toLowerCase().split(/\s+/).filter(Boolean);
    replace(this.list, this.results.map((record, at) => this.row(record, at, words)));
    this.status.textContent = !words.length
      ? plural(this.records.length, 'name')
      : all.length === 0
        ? 'Nothing found'
        : all.length > LIMIT
          ? `${count(LIMIT)} best of ${count(all.length)}`
          : plural(all.length, 'result');
    this.list.scrollTop = 0;
    this.highlight();
  },

  row(record, at, words) {
    const hit = words.find((word) => !record.full.includes(word));
    return h(
      'li',
      { role: 'option', id: `result-${at}`, onclick: () => this.go(at), onmousemove: () => { if (this.active !== at) { this.active = at; this.highlight(); } } },
      icon(record.shape),
      h('span.result-text', null,
        h('span.result-name', null, record.context && h('span.namespace', null, `${record.context}.`), marked(record.name, words.flatMap((word) => word.split('.')))),
        record.text && h('span.result-comment', null, hit ? around(record.text, hit, words) : record.text.split('\n')[0])),
      h('span.result-kind', null, record.kind),
    );
  },

  highlight() {
    [...this.list.children].forEach((row, at) => row.setAttribute('aria-selected', String(at === this.active)));
    const row = this.list.children[this.active];
    if (row) {
      row.scrollIntoView({ block: 'nearest' });
      this.input.setAttribute('aria-activedescendant', row.id);
    } else this.input.removeAttribute('aria-activedescendant');
  },

  key(event) {
    const last = this.results.length - 1;
    const moves = { ArrowDown: 1, ArrowUp: -1, PageDown: 8, PageUp: -8 };
    if (event.isComposing) return;
    if (event.key in moves && last >= 0) {
      const step = moves[event.key];
      const next = this.active + step;
      this.active = Math.abs(step) === 1 ? (next < 0 ? last : next > last ? 0 : next) : Math.max(0, Math.min(last, next));
      this.highlight();
      event.preventDefault();
    } else if (event.key === 'Enter') {
      this.go(this.active);
      event.preventDefault();
    }
  },

  go(at) {
    const record = this.results[at];
    if (!record) return;
    this.close();
    location.hash = record.target;
  },
};

/** How well a word fits: 0 is not at all. */
function rank(record, word) {
  const { lower, full } = record;
  const at = lower.indexOf(word);
  if (at === 0) return lower.length === word.length ? 100 : 70;
  if (at > 0) return /[^a-z0-9]/.test(lower[at - 1]) ? 50 : 30;
  const deep = full.indexOf(word);
  if (deep >= 0) return full.endsWith(word) && word.includes('.') ? 95 : word.includes('.') ? 60 : 8;
  if (record.text) {
    if (record.rest === null) record.rest = record.text.toLowerCase();
    const inside = record.rest.indexOf(word);
    if (inside >= 0) return inside === 0 || /[^a-z0-9]/.test(record.rest[inside - 1]) ? 6 : 3;
  }
  return 0;
}

/** A text with the words marked. */
function marked(text, words) {
  const lower = text.toLowerCase();
  // Lower case may change a text's length (İ): then positions do not carry over.
  if (lower.length !== text.length) return text;
  const on = new Array(text.length).fill(false);
  for (const word of words) {
    if (!word) continue;
    for (let at = lower.indexOf(word); at >= 0; at = lower.indexOf(word, at + word.length)) on.fill(true, at, at + word.length);
  }
  const nodes = [];
  for (let from = 0; from < text.length; ) {
    let to = from;
    while (to < text.length && on[to] === on[from]) to += 1;
    const piece = text.slice(from, to);
    nodes.push(on[from] ? h('mark', null, piece) : piece);
    from = to;
  }
  return nodes;
}

/** The part of a comment around a word. */
function around(text, word, words) {
  const flat = text.replace(/\s+/g, ' ');
  const at = flat.toLowerCase().indexOf(word);
  const from = Math.max(0, at - 40);
  return [from > 0 && '…', marked(flat.slice(from, from + 140), words)];
}

