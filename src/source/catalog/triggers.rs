//! Triggers. Clones on partitions are listed as inherited; what PostgreSQL makes for foreign keys is not.

use tokio_postgres::Row;

use super::build::{Build, class, enabled, pair};
use super::cells::Cells;
use super::sqltext;
use crate::schema::Trigger;

/// Clones are marked internal up to PostgreSQL 14, and their parent is told by `pg_depend` alone in PostgreSQL 12.
pub(super) fn sql(server: u32) -> String {
    let clone = if server >= 130_000 {
        "t.tgparentid <> 0"
    } else {
        "EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_trigger'::regclass AND d.objid = t.oid \
         AND d.refclassid = 'pg_trigger'::regclass)"
    };
    format!(
        "\
SELECT t.oid, t.tgrelid, t.tgname::text, t.tgtype, t.tgattr::int2[], t.tgqual IS NOT NULL,
  CASE WHEN t.tgqual IS NOT NULL THEN pg_get_triggerdef(t.oid) END, ARRAY[n.nspname::text, p.proname::text], t.tgargs,
  t.tgoldtable::text, t.tgnewtable::text, t.tgconstraint <> 0, t.tgdeferrable, t.tginitdeferred, t.tgenabled::text,
  {clone}
FROM pg_trigger t
JOIN pg_proc p ON p.oid = t.tgfoid
JOIN pg_namespace n ON n.oid = p.pronamespace
LEFT JOIN pg_constraint k ON k.oid = t.tgconstraint
WHERE t.oid >= 16384 AND (NOT t.tgisinternal OR (coalesce(k.contype, 't') = 't' AND {clone}))"
    )
}

pub(super) fn read(rows: &[Row], build: &mut Build<'_>) -> Result<(), tokio_postgres::Error> {
    for row in rows {
        let mut cells = Cells::new(row);
        let oid: u32 = cells.next()?;
        let relation: u32 = cells.next()?;
        let name: String = cells.next()?;
        let kind: i16 = cells.next()?;
        let columns: Vec<i16> = cells.next()?;
        let conditional: bool = cells.next()?;
        let definition: Option<String> = cells.next()?;
        let when = definition.as_deref().and_then(sqltext::trigger_condition);
        let when = conditional.then(|| build.required_of(relation, when));
        let trigger = Trigger {
            timing: timing(kind).to_owned(),
            events: events(kind),
            update_of: build.column_names(relation, &columns),
            for_each_row: kind & ROW != 0,
            when,
            function: pair(cells.next()?).unwrap_or_default(),
            arguments: arguments(cells.next()?),
            old_table: cells.next()?,
            new_table: cells.next()?,
            constraint: cells.next()?,
            deferrable: cells.next()?,
            initially_deferred: cells.next()?,
            enabled: enabled(cells.next()?),
            inherited: cells.next()?,
            comment: build.comment(class::TRIGGER, oid),
            name,
        };
        if let Some(table) = build.table_mut(relation) {
            table.triggers.push(trigger);
        } else if let Some(view) = build.view_mut(relation) {
            view.triggers.push(trigger);
        }
    }
    Ok(())
}

/// Bits of `pg_trigger.tgtype`.
const ROW: i16 = 1;
const BEFORE: i16 = 2;
const INSTEAD: i16 = 64;
const EVENTS: [(i16, &str); 4] = [(4, "INSERT"), (16, "UPDATE"), (8, "DELETE"), (32, "TRUNCATE")];

fn timing(kind: i16) -> &'static str {
    if kind & INSTEAD != 0 {
        "INSTEAD OF"
    } else if kind & BEFORE != 0 {
        "BEFORE"
    } else {
        "AFTER"
    }
}

fn events(kind: i16) -> Vec<String> {
    EVENTS.iter().filter(|(bit, _)| kind & bit != 0).map(|(_, event)| (*event).to_owned()).collect()
}

/// `tgargs`: each argument ends with a zero byte.
fn arguments(bytes: &[u8]) -> Vec<String> {
    let mut parts: Vec<_> = bytes.split(|byte| *byte == 0).collect();
    parts.pop();
    parts.into_iter().map(|part| String::from_utf8_lossy(part).into_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_are_split_at_their_zero_bytes() {
        assert_eq!(arguments(b""), [""; 0]);
        assert_eq!(arguments(b"a\0\0b c\0"), ["a", "", "b c"]);
    }
}
