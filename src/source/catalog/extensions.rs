//! Extensions. `plpgsql` is in every database from the start and is left out.

use tokio_postgres::Row;

use super::build::{Build, class};
use super::cells::Cells;
use crate::schema::Extension;

pub(super) const SQL: &str = "\
SELECT e.oid, e.extname::text, e.extversion, n.nspname::text, a.comment
FROM pg_extension e
JOIN pg_namespace n ON n.oid = e.extnamespace
LEFT JOIN pg_available_extensions a ON a.name = e.extname
WHERE e.extname <> 'plpgsql'";

pub(super) fn read(rows: &[Row], build: &mut Build<'_>) -> Result<(), tokio_postgres::Error> {
    for row in rows {
        let mut cells = Cells::new(row);
        let oid: u32 = cells.next()?;
        let name: String = cells.next()?;
        let version = cells.next()?;
        let schema = cells.next()?;
        let own: Option<String> = cells.next()?;
        let comment = build.comment(class::EXTENSION, oid).filter(|comment| Some(comment) != own.as_ref());
        build.extensions.insert(oid, name.clone());
        build.schema.extensions.push(Extension { name, version, schema, comment });
    }
    Ok(())
}
