//! Names that other parts refer to by OID: roles, collations, operator classes.

use tokio_postgres::Row;

use super::build::{Build, OperatorClass};
use super::cells::Cells;
use crate::schema::QualifiedName;

pub(super) const SQL: &str = "\
SELECT 'role', oid, '', rolname::text, false FROM pg_roles
UNION ALL
SELECT 'collation', c.oid, n.nspname::text, c.collname::text, false
  FROM pg_collation c JOIN pg_namespace n ON n.oid = c.collnamespace
UNION ALL
SELECT 'class', o.oid, n.nspname::text, o.opcname::text, o.opcdefault
  FROM pg_opclass o JOIN pg_namespace n ON n.oid = o.opcnamespace";

pub(super) fn read(rows: &[Row], build: &mut Build<'_>) -> Result<(), tokio_postgres::Error> {
    for row in rows {
        let mut cells = Cells::new(row);
        let kind: &str = cells.next()?;
        let oid: u32 = cells.next()?;
        let schema: String = cells.next()?;
        let name: String = cells.next()?;
        match kind {
            "role" => {
                build.roles.insert(oid, name);
            }
            "collation" => {
                build.collations.insert(oid, QualifiedName { schema, name });
            }
            _ => {
                let default = cells.next()?;
                build.operator_classes.insert(oid, OperatorClass { name: QualifiedName { schema, name }, default });
            }
        }
    }
    Ok(())
}
