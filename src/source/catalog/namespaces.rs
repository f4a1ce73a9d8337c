//! Schemas, without the system's own and those of sessions.

use tokio_postgres::Row;

use super::acl::Grantable;
use super::build::{Build, class};
use super::cells::Cells;
use crate::schema::Namespace;

pub(super) const SQL: &str = "\
SELECT oid, nspname::text, nspowner, nspacl::text[] FROM pg_namespace
WHERE nspname NOT LIKE 'pg\\_%' AND nspname <> 'information_schema'";

/// The schema that `initdb` makes, and the role that runs `initdb`.
const PUBLIC: u32 = 2200;
const BOOTSTRAP_ROLE: u32 = 10;

pub(super) fn read(rows: &[Row], build: &mut Build<'_>) -> Result<(), tokio_postgres::Error> {
    for row in rows {
        let mut cells = Cells::new(row);
        let oid: u32 = cells.next()?;
        let name: String = cells.next()?;
        let owner: u32 = cells.next()?;
        let acl: Option<Vec<String>> = cells.next()?;
        let mut about = build.about(class::NAMESPACE, oid, owner, acl.as_deref(), Grantable::Other);
        if oid == PUBLIC {
            // As initdb leaves it: the owner changed with PostgreSQL 15, the comment says nothing.
            if owner == BOOTSTRAP_ROLE || about.owner.as_deref() == Some("pg_database_owner") {
                about.owner = None;
            }
            about.comment = about.comment.filter(|comment| comment != "standard public schema");
        }
        build.namespaces.insert(oid, name.clone());
        build.schema.schemas.push(Namespace { name, about });
    }
    Ok(())
}
