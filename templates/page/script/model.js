// The schema as the page uses it: every object under a route of its own, and who points at whom.

const data = JSON.parse(document.getElementById('data').textContent);
const schema = data.schema;
// Whole numbers beyond 2^53 come as text.
for (const sequence of schema.sequences || []) Object.assign(sequence, (data.limits || {})[sequence.name]);

/** `a."b.c"` to its identifiers, as PostgreSQL quotes them. */
function identifiers(text) {
  if (!text.includes('"')) return text.split('.');
  const parts = [];
  for (const match of text.matchAll(/"((?:[^"]|"")*)"|([^."]+)/g)) {
    parts.push(match[1] === undefined ? match[2] : match[1].replaceAll('""', '"'));
  }
  return parts;
}

/** The name of a user-made type inside a column's type: `public.mood[]` and `public.vector(3)` lose their ends. */
function baseType(type) {
  return type.replace(/(\[\])+$/, '').replace(/\([^()]*\)$/, '');
}

const SHORT_TYPES = [
  [/^character varying\b/, 'varchar'],
  [/^character\b/, 'char'],
  [/^bit varying\b/, 'varbit'],
  [/^integer\b/, 'int'],
  [/^boolean\b/, 'bool'],
  [/^double precision\b/, 'float8'],
  [/^real\b/, 'float4'],
  [/^timestamp(\(\d\))? with time zone/, 'timestamptz$1'],
  [/^timestamp(\(\d\))? without time zone/, 'timestamp$1'],
  [/^time(\(\d\))? with time zone/, 'timetz$1'],
  [/^time(\(\d\))? without time zone/, 'time$1'],
  [/^public\./, ''],
];

/** A type as people write it: `timestamptz`, `varchar(255)`. */
function shortType(type) {
  for (const [long, short] of SHORT_TYPES) if (long.test(type)) return type.replace(long, short);
  return type;
}

const KINDS = {
  table: 'Table',
  view: 'View',
  type: 'Type',
  routine: 'Routine',
  sequence: 'Sequence',
  statistics: 'Statistics',
  schema: 'Schema',
  extension: 'Extension',
  publication: 'Publication',
  'event-trigger': 'Event trigger',
  server: 'Foreign server',
};

const model = {
  title: data.title,
  gaps: data.gaps || [],
  stats: data.stats || null,
  /** Every object by `kind/id`. */
  byKey: new Map(),
  entries: [],
  /** By table name. */
  partitions: new Map(),
  children: new Map(),
  referencedBy: new Map(),
  usedByViews: new Map(),
  statistics: new Map(),
  sequences: new Map(),
  publications: new Map(),
  /** By type name: `[entry, column]`. */
  typeUsers: new Map(),
  /** By function name: entries whose triggers run it. */
  triggersOf: new Map(),
};

function push(map, key, value) {
  const list = map.get(key);
  if (list) list.push(value);
  else map.set(key, [value]);
}

function enter(kind, shape, object, id) {
  const qualified = !['schema', 'extension', 'publication', 'event-trigger', 'server'].includes(kind);
  const [namespace, name] = qualified ? identifiers(object.name) : ['', object.name];
  const entry = { kind, shape, object, id: id || object.name, namespace, name };
  entry.key = `${kind}/${entry.id}`;
  // Overloads of an aggregate and a function never share a signature, so the first keeps the route.
  if (!model.byKey.has(entry.key)) model.byKey.set(entry.key, entry);
  model.entries.push(entry);
  return entry;
}

function tableShape(table) {
  if (table.foreign) return 'foreign';
  if (table.partition_key) return 'partitioned';
  return table.partition_of ? 'partition' : 'table';
}

function build() {
  const all = (name) => schema[name] || [];
  for (const object of all('schemas')) enter('schema', 'schema', object);
  for (const object of all('tables')) enter('table', tableShape(object), object);
  for (const object of all('views')) enter('view', object.materialized ? 'materialized' : 'view', object);
  for (const object of all('enums')) enter('type', 'enum', object);
  for (const object of all('domains')) enter('type', 'domain', object);
  for (const object of all('composites')) enter('type', 'composite', object);
  for (const object of all('ranges')) enter('type', 'range', object);
  for (const object of all('routines')) enter('routine', 'routine', object, `${object.name}(${object.identity})`);
  for (const object of all('aggregates')) enter('routine', 'aggregate', object, `${object.name}(${object.identity})`);
  for (const object of all('sequences')) enter('sequence', 'sequence', object);
  for (const object of all('statistics')) enter('statistics', 'statistics', object);
  for (const object of all('extensions')) enter('extension', 'extension', object);
  for (const object of all('publications')) enter('publication', 'publication', object);
  for (const object of all('event_triggers')) enter('event-trigger', 'event-trigger', object);
  for (const object of all('foreign_servers')) enter('server', 'server', object);

  for (const table of all('tables')) {
    if (table.partition_of) push(model.partitions, table.partition_of.parent, table);
    for (const parent of table.inherits || []) push(model.children, parent, table.name);
    if (!isRepeated(table)) {
      for (const key of table.foreign_keys || []) push(model.referencedBy, key.references, { table, key });
    }
  }
  for (const view of all('views')) for (const name of view.depends_on || []) push(model.usedByViews, name, view.name);
  for (const object of all('statistics')) push(model.statistics, object.table, object);
  for (const object of all('sequences')) {
    if (object.owned_by_table) push(model.sequences, object.owned_by_table, object);
  }
  for (const publication of all('publications')) {
    for (const table of publication.tables || []) push(model.publications, table.name, publication);
  }
  for (const entry of model.entries) {
    for (const column of columnsOf(entry)) {
      const name = baseType(column.type);
      if (name.includes('.') && !(entry.kind === 'table' && isRepeated(entry.object))) {
        push(model.typeUsers, name, { entry, column });
      }
    }
    for (const trigger of entry.object.triggers || []) {
      if (!trigger.inherited) push(model.triggersOf, trigger.function, { entry, trigger });
    }
  }
  for (const object of all('event_triggers')) {
    push(model.triggersOf, object.function, { entry: model.byKey.get(`event-trigger/${object.name}`), trigger: object });
  }
}

/** A partition tells again what its parent tells, where the parent is shown. */
function isRepeated(table) {
  return Boolean(table.partition_of && model.byKey.has(`table/${table.partition_of.parent}`));
}

function columnsOf(entry) {
  return entry.object.columns || entry.object.attributes || [];
}

/** What columns take part in: `{ primary, unique, foreign: [key, …] }` by column name. */
function keysOf(table) {
  const primary = new Set(table.primary_key ? table.primary_key.columns : []);
  const unique = new Set();
  for (const key of table.unique_keys || []) if (key.columns.length === 1) unique.add(key.columns[0]);
  for (const index of table.indexes || []) {
    if (index.unique && !index.predicate && !index.invalid && index.keys.length === 1 && index.keys[0].column) {
      unique.add(index.keys[0].column);
    }
  }
  const foreign = new Map();
  for (const key of table.foreign_keys || []) {
    key.columns.forEach((column, at) => push(foreign, column, { key, to: key.referenced_columns[at] }));
  }
  return { primary, unique, foreign };
}

/** A table or view by name, as far as it is shown. */
function relation(name) {
  return model.byKey.get(`table/${name}`) || model.byKey.get(`view/${name}`);
}

function plain(name) {
  return identifiers(name).join('.');
}

/** A route's text: names stay readable, what would split a route is encoded. */
function encode(text) {
  return encodeURIComponent(text).replace(/%(2C|3A|40|24|22|5B|5D)/g, (code) => decodeURIComponent(code));
}

function href(entry, column) {
  return `#/${entry.kind}/${encode(entry.id)}${column ? `/column/${encode(column)}` : ''}`;
}

build();

