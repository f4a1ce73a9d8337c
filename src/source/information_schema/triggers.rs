//! Triggers: the view has a row for each event.

use std::collections::BTreeMap;

use tokio_postgres::Transaction;

use super::relations::cells;
use super::{InformationSchemaError, rows};
use crate::schema::{QualifiedName, Schema, Trigger};
use crate::source::catalog::sqltext;

pub(super) async fn read(transaction: &Transaction<'_>, schema: &mut Schema) -> Result<(), InformationSchemaError> {
    let columns = "event_object_schema event_object_table trigger_name event_manipulation action_timing \
                   action_orientation action_condition action_statement action_reference_old_table \
                   action_reference_new_table";
    let mut triggers: BTreeMap<(QualifiedName, String), Trigger> = BTreeMap::new();
    for row in rows(transaction, "triggers", columns, "trigger_schema").await? {
        let [namespace, table, name, event, timing, orientation, when, statement, old_table, new_table] = cells(row);
        let table = QualifiedName::new(namespace.unwrap_or_default(), table.unwrap_or_default());
        let name = name.unwrap_or_default();
        let trigger = triggers.entry((table, name.clone())).or_insert_with(|| Trigger {
            name,
            timing: timing.unwrap_or_default(),
            for_each_row: orientation.as_deref() == Some("ROW"),
            when: when.map(|when| sqltext::without_outer_parentheses(&when).to_owned()),
            function: function(&statement.unwrap_or_default()).unwrap_or_default(),
            old_table,
            new_table,
            ..Trigger::default()
        });
        trigger.events.extend(event);
    }
    for ((relation, _), mut trigger) in triggers {
        let order = |event: &String| ["INSERT", "UPDATE", "DELETE"].iter().position(|known| known == event);
        trigger.events.sort_by_key(order);
        if let Ok(at) = schema.tables.binary_search_by(|table| table.name.cmp(&relation)) {
            schema.tables[at].triggers.push(trigger);
        } else if let Ok(at) = schema.views.binary_search_by(|view| view.name.cmp(&relation)) {
            schema.views[at].triggers.push(trigger);
        }
    }
    Ok(())
}

/// The name in `EXECUTE FUNCTION shop.touch('one')`. Names of functions hold a parenthesis only in quotes.
fn function(statement: &str) -> Option<QualifiedName> {
    let call = statement.strip_prefix("EXECUTE FUNCTION ")?;
    let mut quoted = false;
    let end = call.find(|c: char| {
        quoted ^= c == '"';
        c == '(' && !quoted
    })?;
    call[..end].parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_function_is_found_in_the_statement() {
        let name = function("EXECUTE FUNCTION shop.\"odd(name\"('a(b')").unwrap();
        assert_eq!(name, QualifiedName::new("shop", "odd(name"));
        assert_eq!(function("SELECT 1"), None);
    }
}
