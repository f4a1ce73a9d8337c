//! Enums, domains, composite and range types.

use tokio_postgres::Row;

use super::acl::Grantable;
use super::build::{Build, Place, class, pair, spoken};
use super::cells::Cells;
use crate::schema::{About, Domain, EnumType, QualifiedName, RangeType};

/// Row types of tables, array types and multiranges come with what they belong to and are not listed.
pub(super) fn sql(server: u32) -> String {
    let multirange = if server >= 140_000 {
        "CASE WHEN r.rngmultitypid <> 0 THEN format_type(r.rngmultitypid, NULL) END"
    } else {
        "NULL::text"
    };
    let function = |oid: &str| {
        format!(
            "(SELECT ARRAY[n.nspname::text, f.proname::text] FROM pg_proc f JOIN pg_namespace n ON n.oid = f.pronamespace \
             WHERE f.oid = {oid})"
        )
    };
    format!(
        "\
SELECT t.oid, t.typnamespace, t.typname::text, t.typtype::text, t.typowner, t.typacl::text[], t.typrelid,
  CASE WHEN t.typtype = 'd' THEN format_type(t.typbasetype, t.typtypmod) END, t.typnotnull,
  CASE WHEN t.typtype = 'd' THEN coalesce(pg_get_expr(t.typdefaultbin, 0), t.typdefault) END,
  CASE WHEN t.typtype = 'd' AND t.typcollation <> b.typcollation THEN t.typcollation
    WHEN t.typtype = 'r' AND r.rngcollation <> s.typcollation THEN r.rngcollation END,
  e.labels, format_type(r.rngsubtype, NULL), {multirange}, r.rngsubopc, {canonical}, {difference}
FROM pg_type t
LEFT JOIN pg_class c ON c.oid = t.typrelid
LEFT JOIN pg_type b ON b.oid = t.typbasetype
LEFT JOIN pg_range r ON r.rngtypid = t.oid
LEFT JOIN pg_type s ON s.oid = r.rngsubtype
LEFT JOIN (SELECT enumtypid, array_agg(enumlabel::text ORDER BY enumsortorder) AS labels
  FROM pg_enum GROUP BY enumtypid) e ON e.enumtypid = t.oid
WHERE t.oid >= 16384 AND (t.typtype IN ('e', 'd', 'r') OR c.relkind = 'c')",
        canonical = function("r.rngcanonical"),
        difference = function("r.rngsubdiff"),
    )
}

pub(super) fn read(rows: &[Row], build: &mut Build<'_>) -> Result<(), tokio_postgres::Error> {
    for row in rows {
        let mut cells = Cells::new(row);
        let oid: u32 = cells.next()?;
        let namespace = cells.next()?;
        let Some(name) = build.name(namespace, cells.next()?) else { continue };
        let kind: &str = cells.next()?;
        let owner = cells.next()?;
        let acl: Option<Vec<String>> = cells.next()?;
        let about = build.about(class::TYPE, oid, owner, acl.as_deref(), Grantable::DataType);
        let relation: u32 = cells.next()?;
        match kind {
            "c" => {
                if let Some(Place::Composite(at)) = build.place(relation) {
                    build.schema.composites[at].about = about;
                }
            }
            "d" => domain(&mut cells, build, name, about, oid)?,
            _ => {
                for _ in 0..3 {
                    cells.skip();
                }
                let collation = build.collation(cells.next()?);
                let labels: Option<Vec<String>> = cells.next()?;
                if kind == "e" {
                    build.schema.enums.push(EnumType { name, about, labels: labels.unwrap_or_default() });
                } else {
                    range(&mut cells, build, RangeType { name, about, collation, ..RangeType::default() })?;
                }
            }
        }
    }
    Ok(())
}

fn domain(
    cells: &mut Cells<'_>,
    build: &mut Build<'_>,
    name: QualifiedName,
    about: About,
    oid: u32,
) -> Result<(), tokio_postgres::Error> {
    let data_type = cells.next()?;
    let not_null = cells.next()?;
    let default = cells.next()?;
    let collation = build.collation(cells.next()?);
    build.domains.insert(oid, build.schema.domains.len());
    build.schema.domains.push(Domain { name, about, data_type, not_null, default, collation, checks: Vec::new() });
    Ok(())
}

fn range(cells: &mut Cells<'_>, build: &mut Build<'_>, range: RangeType) -> Result<(), tokio_postgres::Error> {
    let subtype = cells.next()?;
    let multirange = cells.next()?;
    let class: Option<u32> = cells.next()?;
    let class = class.and_then(|class| build.operator_classes.get(&class));
    let operator_class = class.filter(|class| !class.default).map(|class| spoken(&class.name));
    let canonical = pair(cells.next()?).map(|name| spoken(&name));
    let subtype_diff = pair(cells.next()?).map(|name| spoken(&name));
    build.schema.ranges.push(RangeType { subtype, multirange, operator_class, canonical, subtype_diff, ..range });
    Ok(())
}
