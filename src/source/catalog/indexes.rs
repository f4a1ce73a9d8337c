//! Indexes. Those behind a key or an exclusion constraint are told by the constraint and are not listed.

use tokio_postgres::Row;

use super::build::{Build, KeyIndex, Place, Relation, class, spoken};
use super::cells::Cells;
use super::options::sorted;
use super::sqltext;
use crate::schema::{Index, IndexKey, QualifiedName};

/// `pg_get_indexdef` is called for expressions alone: it is the slow part of reading indexes.
pub(super) fn sql(server: u32) -> String {
    let nulls_not_distinct = if server >= 150_000 { "i.indnullsnotdistinct" } else { "false" };
    format!(
        "\
SELECT i.indexrelid, i.indrelid, c.relnamespace, c.relname::text, m.amname::text, i.indisunique,
  {nulls_not_distinct}, i.indisvalid, i.indisclustered, i.indisreplident, i.indnkeyatts, i.indkey::int2[],
  i.indclass::oid[], i.indcollation::oid[], i.indoption::int2[], c.reloptions, c.relispartition,
  i.indpred IS NOT NULL, pg_get_expr(i.indpred, i.indrelid),
  CASE WHEN i.indexprs IS NOT NULL THEN ARRAY(
    SELECT pg_get_indexdef(i.indexrelid, k.at + 1, false) FROM generate_series(0, i.indnkeyatts - 1) AS k(at)
    WHERE i.indkey[k.at] = 0 ORDER BY k.at) END,
  CASE WHEN i.indexprs IS NOT NULL AND EXISTS (
    SELECT FROM unnest(i.indcollation::oid[]) AS u(wanted) WHERE u.wanted NOT IN (0, 100))
    THEN pg_get_indexdef(i.indexrelid) END,
  k.contype IS NOT NULL
FROM pg_index i
JOIN pg_class c ON c.oid = i.indexrelid
JOIN pg_am m ON m.oid = c.relam
LEFT JOIN pg_constraint k ON k.conindid = i.indexrelid AND k.contype IN ('p', 'u', 'x')
  AND k.conrelid = i.indrelid
WHERE i.indexrelid >= 16384 AND c.relkind IN ('i', 'I') AND c.relnamespace <> 'pg_toast'::regnamespace"
    )
}

pub(super) fn read(rows: &[Row], build: &mut Build<'_>) -> Result<(), tokio_postgres::Error> {
    for row in rows {
        let mut cells = Cells::new(row);
        let oid: u32 = cells.next()?;
        let relation: u32 = cells.next()?;
        let namespace = cells.next()?;
        let Some(name) = build.name(namespace, cells.next()?) else { continue };
        let mut index = Index {
            name: name.name.clone(),
            method: cells.next()?,
            unique: cells.next()?,
            nulls_not_distinct: cells.next()?,
            invalid: !cells.next::<bool>()?,
            clustered: cells.next()?,
            replica_identity: cells.next()?,
            ..Index::default()
        };
        let columns = Columns {
            keys: usize::try_from(cells.next::<i16>()?).unwrap_or(0),
            numbers: cells.next()?,
            classes: cells.next()?,
            collations: cells.next()?,
            orders: cells.next()?,
        };
        index.options = sorted(cells.next()?);
        index.inherited = cells.next()?;
        let partial: bool = cells.next()?;
        let predicate: Option<String> = cells.next()?;
        let expressions: Option<Vec<Option<String>>> = cells.next()?;
        let whole: Option<&str> = cells.next()?;
        let behind_key: bool = cells.next()?;
        build.relations.insert(
            oid,
            Relation { name: name.clone(), place: Place::Index, numbers: Vec::new(), collations: Vec::new() },
        );
        let include = build.column_names(relation, columns.numbers.get(columns.keys..).unwrap_or_default());
        if behind_key {
            let Index { nulls_not_distinct, options, replica_identity, clustered, .. } = index;
            let key = KeyIndex { include, nulls_not_distinct, options, replica_identity, clustered };
            build.key_indexes.insert(oid, key);
            continue;
        }
        index.include = include;
        index.predicate = partial.then(|| {
            let text = build.required(predicate, || format!("index {name}"));
            sqltext::without_outer_parentheses(&text).to_owned()
        });
        let mut expressions = expressions.unwrap_or_default().into_iter();
        for at in 0..columns.keys {
            let key = key(build, &name, (oid, relation), &columns, at, &mut expressions, whole);
            index.keys.push(key);
        }
        index.comment = build.comment(class::RELATION, oid);
        if let Some(table) = build.table_mut(relation) {
            table.indexes.push(index);
        } else if let Some(view) = build.view_mut(relation) {
            view.indexes.push(index);
        }
    }
    Ok(())
}

/// The vectors of `pg_index`; `numbers` has the `INCLUDE` columns after the keys.
struct Columns {
    keys: usize,
    numbers: Vec<i16>,
    classes: Vec<u32>,
    collations: Vec<u32>,
    orders: Vec<i16>,
}

fn key(
    build: &mut Build<'_>,
    name: &QualifiedName,
    (index, relation): (u32, u32),
    columns: &Columns,
    at: usize,
    expressions: &mut impl Iterator<Item = Option<String>>,
    whole: Option<&str>,
) -> IndexKey {
    let number = columns.numbers.get(at).copied().unwrap_or(0);
    let collation = columns.collations.get(at).copied().filter(|oid| *oid != 0);
    let mut key = IndexKey::default();
    if number == 0 {
        let text = build.required(expressions.next().flatten(), || format!("index {name}"));
        // The expression may have a collation of its own; only the whole definition says whether another was asked for.
        let asked = whole.is_some_and(|whole| whole.contains(&format!("{text} COLLATE ")));
        key.collation = if asked { build.collation(collation) } else { None };
        key.expression = Some(sqltext::with_single_parentheses(&text).to_owned());
    } else if let Some(place) = build.column_at(relation, number) {
        key.column = build.columns(relation).get(place).map(|column| column.name.clone());
        let own = build.relations.get(&relation).and_then(|relation| relation.collations.get(place)).copied();
        key.collation = build.collation(collation.filter(|oid| Some(*oid) != own));
    }
    let parameters = i16::try_from(at + 1).ok().and_then(|number| build.index_parameters.get(&(index, number)));
    if let Some(class) = columns.classes.get(at).and_then(|class| build.operator_classes.get(class)) {
        key.operator_class = match parameters {
            Some(parameters) => Some(format!("{}({})", spoken(&class.name), parameters.join(", "))),
            None => (!class.default).then(|| spoken(&class.name)),
        };
    }
    // pg_index.indoption: 1 is DESC, 2 is NULLS FIRST, and each order has a default of its own.
    let order = columns.orders.get(at).copied().unwrap_or(0);
    key.descending = order & 1 != 0;
    let nulls_first = order & 2 != 0;
    key.nulls_first = (nulls_first != key.descending).then_some(nulls_first);
    key
}
