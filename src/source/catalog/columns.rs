//! Columns of tables, views and composite types, and the few facts about columns of indexes.

use tokio_postgres::Row;

use super::acl::{self, Grantable};
use super::build::{Build, class};
use super::cells::Cells;
use super::options::{harmless, sorted};
use crate::schema::{Column, Generated, Identity, IdentityMode};

/// A default refers to no column, so its text needs no relation: without one `pg_get_expr` is six times as fast.
pub(super) fn sql(server: u32) -> String {
    let compression = if server >= 140_000 { "nullif(a.attcompression::text, '')" } else { "NULL::text" };
    let parameters = if server >= 130_000 { "OR (c.relkind IN ('i', 'I') AND a.attoptions IS NOT NULL)" } else { "" };
    format!(
        "\
SELECT a.attrelid, a.attnum, a.attname::text, format_type(a.atttypid, a.atttypmod), a.attnotnull,
  a.atthasdef, pg_get_expr(d.adbin, CASE WHEN a.attgenerated = '' THEN 0 ELSE d.adrelid END), nullif(a.attidentity::text, ''), nullif(a.attgenerated::text, ''),
  CASE WHEN a.attcollation <> t.typcollation THEN a.attcollation END,
  CASE WHEN a.attstorage <> t.typstorage THEN a.attstorage::text END, {compression}, a.attislocal,
  a.attacl::text[], a.attfdwoptions, a.attcollation, c.relkind IN ('i', 'I'),
  CASE WHEN c.relkind IN ('i', 'I') THEN a.attoptions END
FROM pg_attribute a
JOIN pg_class c ON c.oid = a.attrelid
JOIN pg_type t ON t.oid = a.atttypid
LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
WHERE a.attrelid >= 16384 AND a.attnum > 0 AND NOT a.attisdropped
  AND (c.relkind IN ('r', 'p', 'f', 'v', 'm', 'c') {parameters})
ORDER BY a.attrelid, a.attnum"
    )
}

pub(super) fn read(rows: &[Row], build: &mut Build<'_>) -> Result<(), tokio_postgres::Error> {
    for row in rows {
        let mut cells = Cells::new(row);
        let relation: u32 = cells.next()?;
        let number: i16 = cells.next()?;
        if row.try_get(16)? {
            let parameters = sorted(row.try_get(17)?);
            build.index_parameters.insert((relation, number), parameters);
            continue;
        }
        let Some(known) = build.relations.get_mut(&relation) else { continue };
        known.numbers.push(number);
        known.collations.push(row.try_get(15)?);
        let name: String = cells.next()?;
        let data_type = cells.next()?;
        let not_null = cells.next()?;
        let has_default: bool = cells.next()?;
        let expression: Option<String> = cells.next()?;
        let expression = has_default.then(|| build.required_of(relation, expression));
        let identity = cells.next::<Option<&str>>()?.map(|letter| Identity {
            mode: if letter == "a" { IdentityMode::Always } else { IdentityMode::ByDefault },
            options: Vec::new(),
        });
        let generated: Option<&str> = cells.next()?;
        let (default, generated) = match generated {
            Some(letter) => {
                (None, Some(Generated { expression: expression.unwrap_or_default(), is_virtual: letter == "v" }))
            }
            None => (expression, None),
        };
        let collation = build.collation(cells.next()?);
        let storage = cells.next::<Option<&str>>()?.map(storage);
        let compression = cells.next::<Option<&str>>()?.map(compression);
        let local: bool = cells.next()?;
        let acl: Option<Vec<String>> = cells.next()?;
        let options = harmless(cells.next()?);
        let comment = build.comments.remove(&(class::RELATION, relation, i32::from(number)));
        let grants = acl.map_or_else(Vec::new, |acl| {
            let before = build.initial_acls.get(&(class::RELATION, relation, i32::from(number)));
            acl::grants(&acl, before.map_or(&[], Vec::as_slice), "", Grantable::Other)
        });
        let column = Column {
            name,
            data_type,
            not_null,
            default,
            identity,
            generated,
            collation,
            storage,
            compression,
            options,
            inherited: !local,
            comment,
            grants,
        };
        if let Some(columns) = build.columns_mut(relation) {
            columns.push(column);
        }
    }
    Ok(())
}

fn storage(letter: &str) -> String {
    match letter {
        "p" => "plain",
        "e" => "external",
        "x" => "extended",
        _ => "main",
    }
    .to_owned()
}

fn compression(letter: &str) -> String {
    if letter == "l" { "lz4" } else { "pglz" }.to_owned()
}
