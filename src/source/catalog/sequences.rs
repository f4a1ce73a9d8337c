//! Sequences; those behind identity columns become options of their column.

use tokio_postgres::Row;

use super::acl::Grantable;
use super::build::{Build, class};
use super::cells::Cells;
use crate::schema::{QualifiedName, Sequence};

pub(super) const SQL: &str = "\
SELECT c.oid, c.relnamespace, c.relname::text, c.relowner, c.relacl::text[], c.relpersistence = 'u',
  format_type(s.seqtypid, NULL), s.seqstart, s.seqincrement, s.seqmin, s.seqmax, s.seqcache, s.seqcycle,
  d.refobjid, d.refobjsubid, d.deptype::text
FROM pg_sequence s
JOIN pg_class c ON c.oid = s.seqrelid
LEFT JOIN pg_depend d ON d.classid = 'pg_class'::regclass AND d.objid = s.seqrelid AND d.objsubid = 0
  AND d.refclassid = 'pg_class'::regclass AND d.refobjsubid > 0 AND d.deptype IN ('a', 'i')
WHERE s.seqrelid >= 16384";

pub(super) fn read(rows: &[Row], build: &mut Build<'_>) -> Result<(), tokio_postgres::Error> {
    for row in rows {
        let mut cells = Cells::new(row);
        let oid: u32 = cells.next()?;
        let namespace = cells.next()?;
        let Some(name) = build.name(namespace, cells.next()?) else { continue };
        let owner = cells.next()?;
        let acl: Option<Vec<String>> = cells.next()?;
        let mut sequence = sequence(&mut cells, name)?;
        let table: Option<u32> = cells.next()?;
        let column: Option<i32> = cells.next()?;
        let at = table.zip(column).and_then(|(table, column)| build.column_at(table, i16::try_from(column).ok()?));
        if let (Some(table), Some(at)) = (table, at) {
            if cells.next::<Option<&str>>()? == Some("i") {
                let options = sequence.settings();
                let column = build.columns_mut(table).and_then(|columns| columns.get_mut(at));
                if let Some(identity) = column.and_then(|column| column.identity.as_mut()) {
                    identity.options = options;
                }
                continue;
            }
            sequence.owned_by_column = build.columns(table).get(at).map(|column| column.name.clone());
            sequence.owned_by_table = build.relation_name(table);
        }
        sequence.about = build.about(class::RELATION, oid, owner, acl.as_deref(), Grantable::Other);
        build.schema.sequences.push(sequence);
    }
    Ok(())
}

/// Reads on after the privileges.
fn sequence(cells: &mut Cells<'_>, name: QualifiedName) -> Result<Sequence, tokio_postgres::Error> {
    Ok(Sequence {
        name,
        unlogged: cells.next()?,
        data_type: cells.next()?,
        start: cells.next()?,
        increment: cells.next()?,
        min: cells.next()?,
        max: cells.next()?,
        cache: cells.next()?,
        cycle: cells.next()?,
        ..Sequence::default()
    })
}
