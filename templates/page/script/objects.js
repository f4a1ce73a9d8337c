// The page of one object: its head and its parts, the same in the panel, in the dictionary and on paper.

const SHAPES = {
  table: 'Table',
  partitioned: 'Partitioned table',
  partition: 'Partition',
  foreign: 'Foreign table',
  view: 'View',
  materialized: 'Materialized view',
  enum: 'Enum',
  domain: 'Domain',
  composite: 'Composite type',
  range: 'Range type',
  aggregate: 'Aggregate',
  sequence: 'Sequence',
  statistics: 'Extended statistics',
  schema: 'Schema',
  extension: 'Extension',
  publication: 'Publication',
  'event-trigger': 'Event trigger',
  server: 'Foreign server',
};

function shapeName(entry) {
  if (entry.shape === 'routine') return entry.object.kind === 'procedure' ? 'Procedure' : 'Function';
  return SHAPES[entry.shape];
}

/** The nodes of an object's page. `anchors`: whether columns are targets of links (one such page at a time). */
function objectPage(entry, options = {}) {
  const object = entry.object;
  const body = DRAW[entry.kind](entry, object, options).filter(Boolean);
  return [
    h(
      'header.object-head',
      null,
      // In the panel the kind stands above, in its bar.
      options.anchors ? flagLine(entry) : h('p.eyebrow', null, icon(entry.shape), shapeName(entry), flags(entry)),
      h('h2', { tabindex: '-1' }, nameOf(entry), entry.kind === 'routine' && h('span.signature', null, `(${object.identity})`)),
      comment(object.comment),
    ),
    body,
  ];
}

function flags(entry) {
  const object = entry.object;
  return [
    object.unlogged && badge('unlogged', 'warm', 'Emptied after a crash'),
    object.row_security && badge(object.force_row_security ? 'row security, forced' : 'row security', 'info'),
    object.extension && badge(`from ${object.extension}`),
    object.security_definer && badge('security definer', 'warm', 'Runs with the rights of its owner'),
  ];
}

function flagLine(entry) {
  const list = flags(entry).filter(Boolean);
  return list.length ? h('p.eyebrow', null, list) : null;
}

function common(object) {
  return [['Owner', object.owner && h('span.role', null, object.owner)]];
}

function figures(name) {
  const figure = model.stats && model.stats[name];
  if (!figure) return [];
  return [
    ['Rows', figure[0] === null ? 'never analyzed' : `≈ ${count(figure[0])}`],
    ['Size', bytes(figure[1])],
  ];
}

function tablePage(entry, table, options) {
  const columns = (names) => joined(names.map(code));
  const unique = (key, word) => [
    ...line(key.name, [badge(word, word === 'primary key' ? 'gold' : ''), ...deferBadges(key), key.nulls_not_distinct && badge('nulls not distinct'), key.without_overlaps && badge('without overlaps')], key.comment),
    h('div.card-text', null, '(', columns(key.columns), ')', key.include && [h('span.hint', null, ' include '), '(', columns(key.include), ')']),
  ];
  const check = (item) => [
    ...line(item.name, [badge('check'), item.not_valid && badge('not valid', 'warn'), item.not_enforced && badge('not enforced', 'warn'), item.no_inherit && badge('no inherit'), item.inherited && badge('inherited')], item.comment),
    h('div.card-text', null, sqlInline(item.expression)),
  ];
  const exclusion = (item) => [...line(item.name, [badge('exclude'), ...deferBadges(item)], item.comment), h('div.card-text', null, sqlInline(item.definition))];
  const constraints = [
    ...(table.primary_key ? [() => unique(table.primary_key, 'primary key')] : []),
    ...(table.unique_keys || []).map((key) => () => unique(key, 'unique')),
    ...(table.checks || []).map((item) => () => check(item)),
    ...(table.exclusions || []).map((item) => () => exclusion(item)),
  ];
  const incoming = model.referencedBy.get(table.name) || [];
  return [
    facts([
      ...figures(table.name),
      ['Partition of', table.partition_of && [link('table', table.partition_of.parent), ' ', sqlInline(table.partition_of.bound)]],
      ['Partitioned by', table.partition_key && sqlInline(table.partition_key.definition)],
      ['Inherits', table.inherits && joined(table.inherits.map((name) => link('table', name)))],
      ['Inherited by', model.children.has(table.name) && joined(model.children.get(table.name).map((name) => link('table', name)))],
      ['Of type', table.of_type && link('type', table.of_type)],
      ['Server', table.foreign && link('server', table.foreign.server)],
      ['Server options', table.foreign && optionList(table.foreign.options)],
      ['Access method', table.access_method && code(table.access_method)],
      ['Storage', optionList(table.options)],
      ['Replica identity', table.replica_identity && code(table.replica_identity)],
      ['Published in', model.publications.has(table.name) && joined(model.publications.get(table.name).map((publication) => link('publication', publication.name)))],
      ...common(table),
    ]),
    section('Columns', columnTable(entry, options), { count: (table.columns || []).length }),
    section('References', cards(table.foreign_keys, (key) => foreignCard(key)), { count: (table.foreign_keys || []).length }),
    section('Referenced by', cards(incoming, ({ table: from, key }) => foreignCard(key, from)), { count: incoming.length }),
    section('Keys and constraints', cards(constraints, (draw) => draw()), { count: constraints.length }),
    indexSection(table),
    triggerSection(table),
    policySection(table),
    ruleSection(table),
    partitionSection(table),
    section('Extended statistics', cards(model.statistics.get(table.name), (item) => [...line(link('statistics', item.name), [], item.comment), h('div.card-text', null, columns(item.on))])),
    section('Sequences', cards(model.sequences.get(table.name), (item) => line(link('sequence', item.name), [badge(`for ${item.owned_by_column}`)], item.comment))),
    section('Read by views', chips(model.usedByViews.get(table.name), (name) => link('view', name))),
    section('Grants', grantList(table.grants)),
  ];
}

function chips(names, draw) {
  return names && names.length ? h('ul.chips', null, names.map((name) => h('li', null, draw(name)))) : null;
}

/** A foreign key, seen from its table or, with `from`, from the table that it points at. */
function foreignCard(key, from) {
  const pairs = key.columns.map((column, at) =>
    h('div.pair', null, code(column), h('span.arrow', { 'aria-label': 'to' }, '→'), code(key.referenced_columns[at] || '?')),
  );
  return [
    h('div.card-head', null, from ? link('table', from.name) : link('relation', key.references), foreignBadges(key)),
    h('div.card-text', null, pairs),
    comment(key.comment),
    h('div.card-foot', null, key.name),
  ];
}

function indexSection(object) {
  const indexes = object.indexes || [];
  const draw = (index) => [
    ...line(index.name, [
      badge(index.method),
      index.unique && badge('unique', 'gold'),
      index.nulls_not_distinct && badge('nulls not distinct'),
      index.invalid && badge('invalid', 'bad', 'Not used by queries: its creation failed or is not finished'),
      index.inherited && badge('inherited'),
      index.replica_identity && badge('replica identity'),
      index.clustered && badge('clustered'),
    ], index.comment),
    h(
      'div.card-text',
      null,
      '(',
      joined(index.keys.map((key) => h('span', null, indexKey(key)))),
      ')',
      index.include && [h('span.hint', null, ' include '), '(', joined(index.include.map(code)), ')'],
      index.predicate && [h('span.hint', null, ' where '), sqlInline(index.predicate)],
      index.options && [h('span.hint', null, ' with '), optionList(index.options)],
    ),
  ];
  return section('Indexes', cards(indexes, draw), { count: indexes.length });
}

function triggerSection(object) {
  const triggers = object.triggers || [];
  const draw = (trigger) => [
    ...line(trigger.name, [trigger.constraint && badge('constraint'), ...deferBadges(trigger), stateBadge(trigger.enabled), trigger.inherited && badge('inherited')], trigger.comment),
    h(
      'div.card-text',
      null,
      h('span.words', null, `${trigger.timing} ${trigger.events.join(' or ')}`.toLowerCase()),
      trigger.update_of && [h('span.hint', null, ' of '), joined(trigger.update_of.map(code))],
      h('span.hint', null, trigger.for_each_row ? ' for each row' : ' for each statement'),
      trigger.old_table && [h('span.hint', null, ' old table '), code(trigger.old_table)],
      trigger.new_table && [h('span.hint', null, ' new table '), code(trigger.new_table)],
      trigger.when && h('div', null, h('span.hint', null, 'when '), sqlInline(trigger.when)),
      h('div', null, h('span.hint', null, 'runs '), functionLink(trigger.function), trigger.arguments && [' ', joined(trigger.arguments.map((text) => code(`'${text}'`)))]),
    ),
  ];
  return section('Triggers', cards(triggers, draw), { count: triggers.length });
}

function policySection(table) {
  const policies = table.policies || [];
  const note =
    policies.length && !table.row_security
      ? h('p.notice', null, icon('warning'), 'These policies have no effect: row security is off.')
      : table.row_security && !policies.length
        ? h('p.notice', null, icon('warning'), 'Row security is on without a policy: only the owner sees rows.')
        : null;
  const draw = (policy) => [
    ...line(policy.name, [badge(policy.command || 'all'), policy.restrictive && badge('restrictive', 'warm')], policy.comment),
    h(
      'div.card-text',
      null,
      h('div', null, h('span.hint', null, 'for '), joined(policy.roles.map((role) => h('span.role', null, role)))),
      policy.using && h('div', null, h('span.hint', null, 'using '), sqlInline(policy.using)),
      policy.check && h('div', null, h('span.hint', null, 'with check '), sqlInline(policy.check)),
    ),
  ];
  return section('Row-level security', [note, cards(policies, draw)].filter(Boolean), { count: policies.length });
}

function ruleSection(object) {
  const draw = (rule) => [...line(rule.name, [stateBadge(rule.enabled)], rule.comment), sqlBlock(rule.definition, `Rule ${rule.name}`)];
  return section('Rules', cards(object.rules, draw));
}

function partitionSection(table) {
  const list = model.partitions.get(table.name);
  if (!list) return null;
  const branch = (tables) =>
    h('ul.tree', null, tables.map((partition) =>
      h('li', null, h('div.branch', null, link('table', partition.name), sqlInline(partition.partition_of.bound)),
        partition.partition_key && h('div.hint', null, 'by ', sqlInline(partition.partition_key.definition)),
        comment(partition.comment, 'div'),
        model.partitions.has(partition.name) && branch(model.partitions.get(partition.name)))));
  return section('Partitions', branch(list), { count: list.length });
}

function viewPage(entry, view, options) {
  return [
    facts([...figures(view.name), ['Options', optionList(view.options)], ...common(view)]),
    section('Columns', columnTable(entry, options), { count: (view.columns || []).length }),
    section('Definition', sqlBlock(view.definition, `Definition of ${entry.name}`)),
    section('Reads', chips(view.depends_on, (name) => link('relation', name))),
    section('Read by views', chips(model.usedByViews.get(view.name), (name) => link('view', name))),
    indexSection(view),
    triggerSection(view),
    ruleSection(view),
    section('Grants', grantList(view.grants)),
  ];
}

function typePage(entry, type, options) {
  const users = model.typeUsers.get(type.name) || [];
  const checks = (type.checks || []).map((check) => h('li.card', null, line(check.name, [badge('check'), check.not_valid && badge('not valid', 'warn')], check.comment), h('div.card-text', null, sqlInline(check.expression))));
  return [
    entry.shape === 'enum' && section('Labels', h('ol.labels', null, type.labels.map((label) => h('li', null, label === '' ? '(empty)' : label))), { count: type.labels.length }),
    facts([
      ['Underlying type', entry.shape === 'domain' && typeOf(type.type)],
      ['Nullable', entry.shape === 'domain' && (type.not_null ? 'no' : 'yes')],
      ['Default', type.default !== undefined && sqlInline(type.default)],
      ['Range over', type.subtype && typeOf(type.subtype)],
      ['Multirange', type.multirange && code(type.multirange)],
      ['Operator class', type.operator_class],
      ['Canonical function', type.canonical],
      ['Difference function', type.subtype_diff],
      ['Collation', type.collation],
      ...common(type),
    ]),
    section('Checks', checks.length ? h('ul.cards', null, checks) : null),
    entry.shape === 'composite' && section('Attributes', columnTable(entry, options), { count: columnsOf(entry).length }),
    section('Used by', chips(users, ({ entry: user, column }) => h('a.ref', { href: href(user, column.name) }, nameOf(user), h('span.dot', null, '.'), column.name)), { count: users.length }),
    section('Grants', grantList(type.grants)),
  ];
}

const MODES = { out: 'out', in_out: 'in out', variadic: 'variadic', table: 'column' };

function routinePage(entry, routine) {
  if (entry.shape === 'aggregate') return aggregatePage(routine);
  const users = model.triggersOf.get(routine.name) || [];
  const list = (routine.arguments || []).map((argument) =>
    h('tr', null, h('th.name', { scope: 'row' }, h('span.column-name', null, argument.name || '—'), argument.mode && badge(MODES[argument.mode])),
      h('td.kind', null, typeOf(argument.type)), h('td.about', null, argument.default !== undefined && [h('span.hint', null, 'default '), sqlInline(argument.default)])));
  return [
    facts([
      ['Returns', routine.returns && typeOf(routine.returns)],
      ['Language', routine.language],
      ['Volatility', routine.kind === 'procedure' ? null : routine.volatility || 'volatile'],
      ['Parallel', routine.parallel],
      ['Called on NULL', routine.strict && 'no: the result is NULL'],
      ['Leakproof', routine.leakproof && 'yes'],
      ['Window', routine.window && 'yes'],
      ['Cost', routine.cost],
      ['Rows', routine.rows],
      ['Settings', optionList(routine.settings)],
      ...common(routine),
    ]),
    section('Arguments', list.length ? h('table.columns', null, h('tbody', null, list)) : null, { count: list.length }),
    section('Body', routine.body && sqlBlock(routine.body, `Body of ${entry.name}`)),
    routine.identity === '' && section('Run by', chips(users, ({ entry: user, trigger }) => (user.kind === 'event-trigger' ? entryLink(user) : [entryLink(user), h('span.hint', null, ` ${trigger.name}`)]))),
    section('Grants', grantList(routine.grants)),
  ];
}

function aggregatePage(aggregate) {
  return [
    facts([
      ['Returns', typeOf(aggregate.returns)],
      ['Kind', aggregate.kind && aggregate.kind.replace('_', ' ')],
      ['Transition', code(aggregate.transition_function)],
      ['State', typeOf(aggregate.state_type)],
      ['Final function', aggregate.final_function && code(aggregate.final_function)],
      ['Combine function', aggregate.combine_function && code(aggregate.combine_function)],
      ['Initial value', aggregate.initial_value !== undefined && code(aggregate.initial_value)],
      ['Sort operator', aggregate.sort_operator],
      ['Parallel', aggregate.parallel],
      ...common(aggregate),
    ]),
    section('Grants', grantList(aggregate.grants)),
  ];
}

function sequencePage(entry, sequence) {
  return [
    facts([
      ['Type', sequence.type],
      ['Start', String(sequence.start)],
      ['Increment', String(sequence.increment)],
      ['Minimum', String(sequence.min)],
      ['Maximum', String(sequence.max)],
      ['Cache', String(sequence.cache)],
      ['Cycles', sequence.cycle && 'yes'],
      ['Owned by', sequence.owned_by_table && columnLink(sequence.owned_by_table, sequence.owned_by_column)],
      ...common(sequence),
    ]),
    section('Grants', grantList(sequence.grants)),
  ];
}

function statisticsPage(entry, statistics) {
  return [
    facts([
      ['Table', link('table', statistics.table)],
      ['On', joined(statistics.on.map(code))],
      ['Kinds', statistics.kinds && statistics.kinds.join(', ')],
      ...common(statistics),
    ]),
  ];
}

function schemaPage(entry, namespace) {
  const inside = model.entries.filter((other) => other.namespace === namespace.name);
  const groups = GROUPS.map(({ title, kind }) => {
    const list = inside.filter((other) => other.kind === kind && !(kind === 'table' && isRepeated(other.object)));
    return section(title, list.length ? h('ul.index', null, list.map(indexLine)) : null, { count: list.length });
  });
  return [facts(common(namespace)), ...groups, section('Grants', grantList(namespace.grants))];
}

function indexLine(entry) {
  const text = entry.object.comment ? entry.object.comment.split('\n')[0] : '';
  return h('li', null, h('a', { href: href(entry) }, icon(entry.shape), h('span.index-name', null, entry.kind === 'routine' ? `${entry.name}(${entry.object.identity})` : entry.name), text && h('span.index-comment', null, text)));
}

function extensionPage(entry, extension) {
  return [facts([['Version', extension.version], ['Schema', extension.schema]])];
}

function publicationPage(entry, publication) {
  const draw = (table) => [
    h('div.card-head', null, link('table', table.name)),
    (table.columns || table.where) && h('div.card-text', null, table.columns && h('div', null, h('span.hint', null, 'columns '), joined(table.columns.map(code))), table.where && h('div', null, h('span.hint', null, 'where '), sqlInline(table.where))),
  ];
  return [
    facts([
      ['Operations', publication.operations.join(', ')],
      ['Tables', publication.all_tables && 'all'],
      ['Schemas', publication.schemas && publication.schemas.join(', ')],
      ['Partitions', publication.via_partition_root && 'published as their root'],
      ...common(publication),
    ]),
    section('Tables', cards(publication.tables, draw), { count: (publication.tables || []).length }),
  ];
}

function eventTriggerPage(entry, trigger) {
  return [
    facts([
      ['Event', code(trigger.event)],
      ['Tags', trigger.tags && joined(trigger.tags.map(code))],
      ['Runs', functionLink(trigger.function)],
      ['Enabled', stateBadge(trigger.enabled)],
      ...common(trigger),
    ]),
  ];
}

function serverPage(entry, server) {
  const tables = model.entries.filter((other) => other.kind === 'table' && other.object.foreign && other.object.foreign.server === server.name);
  return [
    facts([['Wrapper', code(server.wrapper)], ['Type', server.type], ['Version', server.version], ['Options', optionList(server.options)], ...common(server)]),
    section('Foreign tables', tables.length ? h('ul.index', null, tables.map(indexLine)) : null, { count: tables.length }),
    section('Grants', grantList(server.grants)),
  ];
}

const DRAW = {
  table: tablePage,
  view: viewPage,
  type: typePage,
  routine: routinePage,
  sequence: sequencePage,
  statistics: statisticsPage,
  schema: schemaPage,
  extension: extensionPage,
  publication: publicationPage,
  'event-trigger': eventTriggerPage,
  server: serverPage,
};

