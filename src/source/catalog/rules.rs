//! Rules, without the ones that make a view a view.

use tokio_postgres::Row;

use super::build::{Build, class, enabled};
use super::cells::Cells;
use crate::schema::Rule;

pub(super) const SQL: &str = "\
SELECT oid, ev_class, rulename::text, pg_get_ruledef(oid), ev_enabled::text
FROM pg_rewrite WHERE oid >= 16384 AND rulename <> '_RETURN'";

pub(super) fn read(rows: &[Row], build: &mut Build<'_>) -> Result<(), tokio_postgres::Error> {
    for row in rows {
        let mut cells = Cells::new(row);
        let oid: u32 = cells.next()?;
        let relation: u32 = cells.next()?;
        if build.place(relation).is_none() {
            continue;
        }
        let name: String = cells.next()?;
        let definition: Option<String> = cells.next()?;
        let definition = build.required_of(relation, definition);
        let enabled = enabled(cells.next()?);
        let rule = Rule { name, definition, enabled, comment: build.comment(class::REWRITE, oid) };
        if let Some(table) = build.table_mut(relation) {
            table.rules.push(rule);
        } else if let Some(view) = build.view_mut(relation) {
            view.rules.push(rule);
        }
    }
    Ok(())
}
