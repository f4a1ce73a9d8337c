// The small pieces that every object's page is made of.

function badge(text, tone, title) {
  return h(`span.badge${tone ? `.${tone}` : ''}`, { title }, text);
}

function code(text) {
  return h('code', null, text);
}

/** A comment as its writer set it: line breaks are kept, `code` in backticks is code. */
function comment(text, tag = 'p') {
  if (!text) return null;
  const pieces = text.split(/`([^`\n]+)`/);
  return h(`${tag}.comment`, null, pieces.map((piece, at) => (at % 2 ? code(piece) : piece)));
}

/** A qualified name with its schema in the background. */
function nameOf(entry) {
  return [entry.namespace && h('span.namespace', null, `${entry.namespace}.`), entry.name];
}

function entryLink(entry, text) {
  return h('a.ref', { href: href(entry) }, text || nameOf(entry));
}

/** A link to an object where it is shown, else its name. */
function link(kind, name) {
  const entry = kind === 'relation' ? relation(name) : model.byKey.get(`${kind}/${name}`);
  if (entry) return entryLink(entry);
  return h('span.ref.outside', { title: 'Not part of this documentation' }, plain(name));
}

/** A function by the name that a trigger gives: there it has no arguments. */
function functionLink(name) {
  const entry = model.byKey.get(`routine/${name}()`);
  return entry ? entryLink(entry, [nameOf(entry), '()']) : h('span.ref.outside', null, `${plain(name)}()`);
}

function columnLink(name, column) {
  const entry = relation(name);
  const text = [nameOf(entry || { namespace: identifiers(name)[0], name: identifiers(name)[1] }), h('span.dot', null, '.'), column];
  return entry ? h('a.ref', { href: href(entry, column) }, text) : h('span.ref.outside', null, text);
}

function typeOf(type) {
  const entry = model.byKey.get(`type/${baseType(type)}`);
  const text = shortType(type);
  const title = text === type ? null : type;
  return entry ? h('a.type.own', { href: href(entry), title }, text) : h('span.type', { title }, text);
}

/** Separates nodes: `joined([a, b], ', ')`. */
function joined(nodes, separator = ', ') {
  return nodes.flatMap((node, at) => (at ? [separator, node] : [node]));
}

function section(title, content, options = {}) {
  if (!content || (Array.isArray(content) && !content.length)) return null;
  return h(
    'section.part',
    null,
    h('h3', null, title, options.count ? h('span.count', null, count(options.count)) : null),
    content,
  );
}

/** A list of cards, one for each item. */
function cards(items, draw) {
  return items && items.length ? h('ul.cards', null, items.map((item) => h('li.card', null, draw(item)))) : null;
}

/** Name and value pairs; those without a value are left out. */
function facts(pairs) {
  const known = pairs.filter(([, value]) => value !== null && value !== undefined && value !== false && value !== '');
  if (!known.length) return null;
  return h('dl.facts', null, known.map(([name, value]) => h('div', null, h('dt', null, name), h('dd', null, value))));
}

/** One line of a card: what it is, in SQL's words, and the comment below. */
function line(name, badges, text) {
  return [h('div.card-head', null, h('span.card-name', null, name), badges), comment(text)];
}

function grantList(grants) {
  if (!grants || !grants.length) return null;
  return h(
    'ul.grants',
    null,
    grants.map((grant) =>
      h(
        'li',
        null,
        h('span.role', null, grant.role),
        grant.privileges.map((privilege) => badge(privilege, grant.revoked ? 'bad' : '')),
        grant.revoked && h('span.hint', null, 'revoked from the default'),
        grant.grantable && h('span.hint', null, 'may pass them on'),
      ),
    ),
  );
}

function optionList(options) {
  return options && options.length ? joined(options.map(code), ' ') : null;
}

/** `lower(email) text_pattern_ops DESC`, as it stands in CREATE INDEX. */
function indexKey(key) {
  const words = [key.column === undefined ? sqlInline(key.expression || '') : code(key.column)];
  const rest = [
    key.collation && `COLLATE ${key.collation}`,
    key.operator_class,
    key.descending && 'DESC',
    key.nulls_first === true && 'NULLS FIRST',
    key.nulls_first === false && 'NULLS LAST',
  ].filter(Boolean);
  if (rest.length) words.push(h('span.hint', null, ` ${rest.join(' ')}`));
  return words;
}

const RULES = { restrict: 'RESTRICT', cascade: 'CASCADE', set_null: 'SET NULL', set_default: 'SET DEFAULT' };

/** What a foreign key says beyond its columns. */
function foreignBadges(key) {
  const on = (event, rule, columns) =>
    rule && badge(`on ${event} ${RULES[rule].toLowerCase()}${columns ? ` (${columns.join(', ')})` : ''}`, rule === 'cascade' ? 'warm' : '');
  return [
    on('delete', key.on_delete, key.on_delete_columns),
    on('update', key.on_update),
    key.match && badge(`match ${key.match}`),
    key.period && badge('period'),
    ...deferBadges(key),
    key.not_valid && badge('not valid', 'warn', 'Existing rows were not checked'),
    key.not_enforced && badge('not enforced', 'warn'),
    key.virtual && badge('documented only', 'info', 'Declared in the configuration, not in the database'),
  ];
}

function deferBadges(constraint) {
  return [
    constraint.deferrable && badge(constraint.initially_deferred ? 'initially deferred' : 'deferrable'),
  ];
}

/** `disabled`, `replica` or `always`. */
function stateBadge(enabled) {
  if (!enabled) return null;
  return badge(enabled === 'disabled' ? 'disabled' : `enabled ${enabled}`, enabled === 'disabled' ? 'warn' : '');
}

