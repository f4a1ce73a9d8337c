//! A column of type json: it has no equality operator, so `DISTINCT`, `GROUP BY`, `UNION` and comparing rows fail.

use super::Own;
use crate::lint::context::Context;
use crate::lint::finding::{Finding, Severity};
use crate::migration::statement::Shape;
use crate::migration::statement::table::{ColumnChange, DataType, TableAction};

pub(super) const RULE: Own = Own {
    name: "json-column",
    severity: Severity::Warning,
    summary: "A column of type json, which has no equality: DISTINCT and GROUP BY fail.",
    check,
};

fn check(context: &Context<'_>, out: &mut Vec<Finding>) {
    for prepared in context.pending() {
        for statement in prepared.statements() {
            let columns: Vec<(&str, &DataType)> = match &statement.what.shape {
                Shape::CreateTable(create) => create
                    .columns
                    .iter()
                    .filter_map(|column| Some((column.name.as_str(), column.ty.as_ref()?)))
                    .collect(),
                Shape::Alter(alter) => alter.actions.iter().filter_map(of_action).collect(),
                _ => continue,
            };
            for (column, _) in columns.into_iter().filter(|(_, ty)| ty.name == "json" && ty.is_built_in()) {
                out.push(prepared.finding(
                    RULE.name,
                    RULE.severity,
                    statement.range.clone(),
                    format!("The column {column} has type json, which has no equality operator: DISTINCT, GROUP BY and UNION fail on it."),
                    "Use jsonb, unless white space and the order of keys must be kept.".to_owned(),
                ));
            }
        }
    }
}

fn of_action(action: &TableAction) -> Option<(&str, &DataType)> {
    match action {
        TableAction::AddColumn { column, .. } => Some((column.name.as_str(), column.ty.as_ref()?)),
        TableAction::AlterColumn { column, change: ColumnChange::Type { ty, .. } } => Some((column.as_str(), ty)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::places;

    #[test]
    fn json_is_found_and_jsonb_is_not() {
        let found = |text: &str| places("sqlx", super::RULE.name, &[text]).len();
        assert_eq!(found("create table t (a json, b json[], c jsonb, d my.json);"), 2);
        assert_eq!(found("alter table t add column a json;\nalter table t alter column b type json using b::json;"), 2);
        assert_eq!(found("alter table t add column a jsonb; select '{}'::json;"), 0);
    }
}
