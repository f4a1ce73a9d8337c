//! Comments, and privileges as extensions set them up. Both are addressed by catalog, object and column: an OID alone
//! would put a comment on an object of another catalog.

use tokio_postgres::Row;

use super::build::Build;
use super::cells::Cells;

/// 16384 is the first OID that is given to users' objects; 2200 is the schema `public`, which `initdb` makes.
pub(super) const SQL: &str = "\
SELECT classoid, objoid, objsubid, description, NULL::text[] FROM pg_description
  WHERE objoid >= 16384 OR (classoid = 'pg_namespace'::regclass AND objoid = 2200)
UNION ALL
SELECT classoid, objoid, objsubid, NULL, initprivs::text[] FROM pg_init_privs
  WHERE objoid >= 16384 OR (classoid = 'pg_namespace'::regclass AND objoid = 2200)";

pub(super) fn read(rows: &[Row], build: &mut Build<'_>) -> Result<(), tokio_postgres::Error> {
    for row in rows {
        let mut cells = Cells::new(row);
        let address = (cells.next()?, cells.next()?, cells.next()?);
        if let Some(comment) = cells.text()? {
            build.comments.insert(address, comment);
        }
        if let Some(acl) = cells.next()? {
            build.initial_acls.insert(address, acl);
        }
    }
    Ok(())
}
