//! Event triggers.

use tokio_postgres::Row;

use super::acl::Grantable;
use super::build::{Build, class, enabled, pair};
use super::cells::Cells;
use super::options::sorted;
use crate::schema::EventTrigger;

pub(super) const SQL: &str = "\
SELECT e.oid, e.evtname::text, e.evtowner, e.evtevent::text, e.evttags, ARRAY[n.nspname::text, p.proname::text],
  e.evtenabled::text
FROM pg_event_trigger e
JOIN pg_proc p ON p.oid = e.evtfoid
JOIN pg_namespace n ON n.oid = p.pronamespace";

pub(super) fn read(rows: &[Row], build: &mut Build<'_>) -> Result<(), tokio_postgres::Error> {
    for row in rows {
        let mut cells = Cells::new(row);
        let oid: u32 = cells.next()?;
        let name = cells.next()?;
        let about = build.about(class::EVENT_TRIGGER, oid, cells.next()?, None, Grantable::Other);
        build.schema.event_triggers.push(EventTrigger {
            name,
            about,
            event: cells.next()?,
            tags: sorted(cells.next()?),
            function: pair(cells.next()?).unwrap_or_default(),
            enabled: enabled(cells.next()?),
        });
    }
    Ok(())
}
