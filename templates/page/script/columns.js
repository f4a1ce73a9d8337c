// The columns of a table, a view or a composite type.

function columnTable(entry, options = {}) {
  const list = columnsOf(entry);
  if (!list.length) return h('p.empty', null, 'No columns.');
  const keys = entry.kind === 'table' ? keysOf(entry.object) : { primary: new Set(), unique: new Set(), foreign: new Map() };
  const named = new Map((entry.object.not_nulls || []).map((constraint) => [constraint.column, constraint]));
  return h(
    'table.columns',
    { 'aria-label': `Columns of ${entry.name}` },
    h('thead', null, h('tr', null, ['Column', 'Type', 'Description'].map((title) => h('th', { scope: 'col' }, title)))),
    h('tbody', null, list.map((column) => columnRow(entry, column, keys, named.get(column.name), options))),
  );
}

function columnRow(entry, column, keys, notNull, options) {
  const foreign = keys.foreign.get(column.name) || [];
  const primary = keys.primary.has(column.name);
  return h(
    'tr',
    { 'data-column': options.anchors ? column.name : null, tabindex: options.anchors ? '-1' : null },
    h(
      'th.name',
      { scope: 'row' },
      options.anchors
        ? h('a.column-name', { href: href(entry, column.name), title: 'Link to this column' }, column.name)
        : h('span.column-name', null, column.name),
      h(
        'span.keys',
        null,
        primary && h('span.key.pk', { title: 'Primary key' }, 'PK'),
        foreign.length > 0 && h('span.key.fk', { title: 'Foreign key' }, 'FK'),
        !primary && keys.unique.has(column.name) && h('span.key.uq', { title: 'Unique' }, 'UQ'),
      ),
    ),
    h(
      'td.kind',
      null,
      typeOf(column.type),
      entry.kind === 'table' && !column.not_null && h('span.null', { title: 'May be NULL' }, 'null'),
      columnFacts(column),
    ),
    h(
      'td.about',
      null,
      foreign.map(({ key, to }) =>
        h('div.points', { title: key.name }, h('span.arrow', { 'aria-label': 'references' }, '→'), ' ', columnLink(key.references, to)),
      ),
      comment(column.comment, 'div'),
      notNull && h('div.hint', null, `not null by ${notNull.name}`, notNull.not_valid ? ' (not valid)' : '', notNull.no_inherit ? ' (no inherit)' : '', notNull.comment ? `: ${notNull.comment}` : ''),
      column.grants && grantList(column.grants),
    ),
  );
}

function columnFacts(column) {
  const list = [];
  if (column.default !== undefined) list.push(['default', sqlInline(column.default)]);
  if (column.identity) {
    list.push([column.identity.mode === 'always' ? 'identity' : 'identity by default', (column.identity.options || []).join(' ')]);
  }
  if (column.generated) list.push([column.generated.virtual ? 'virtual' : 'stored', sqlInline(column.generated.expression)]);
  if (column.collation) list.push(['collate', column.collation]);
  if (column.storage) list.push(['storage', column.storage]);
  if (column.compression) list.push(['compression', column.compression]);
  if (column.options) list.push(['options', column.options.join(', ')]);
  return list.map(([name, value]) => h('div.column-fact', null, h('span.hint', null, name), ' ', value));
}

