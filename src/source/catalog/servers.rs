//! Foreign servers.

use tokio_postgres::Row;

use super::acl::Grantable;
use super::build::{Build, class};
use super::cells::Cells;
use super::options::harmless;
use crate::schema::ForeignServer;

pub(super) const SQL: &str = "\
SELECT s.oid, s.srvname::text, s.srvowner, s.srvacl::text[], w.fdwname::text, s.srvtype, s.srvversion, s.srvoptions
FROM pg_foreign_server s
JOIN pg_foreign_data_wrapper w ON w.oid = s.srvfdw";

pub(super) fn read(rows: &[Row], build: &mut Build<'_>) -> Result<(), tokio_postgres::Error> {
    for row in rows {
        let mut cells = Cells::new(row);
        let oid: u32 = cells.next()?;
        let name = cells.next()?;
        let owner = cells.next()?;
        let acl: Option<Vec<String>> = cells.next()?;
        let about = build.about(class::SERVER, oid, owner, acl.as_deref(), Grantable::Other);
        build.schema.foreign_servers.push(ForeignServer {
            name,
            about,
            wrapper: cells.next()?,
            server_type: cells.next()?,
            version: cells.next()?,
            options: harmless(cells.next()?),
        });
    }
    Ok(())
}
