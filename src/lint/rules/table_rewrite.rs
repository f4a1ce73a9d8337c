//! Changes that write a table anew under ACCESS EXCLUSIVE, beyond those that squawk knows.

use super::Own;
use crate::lint::context::Context;
use crate::lint::finding::{Finding, Severity};
use crate::migration::statement::Name;
use crate::migration::statement::table::{ColumnChange, TableAction};

pub(super) const RULE: Own = Own {
    name: "table-rewrite",
    severity: Severity::Warning,
    summary: "A change that writes the whole table anew while nobody can use it.",
    check,
};

fn check(context: &Context<'_>, out: &mut Vec<Finding>) {
    for prepared in context.pending() {
        let mut own: Vec<&Name> = Vec::new();
        for statement in prepared.statements() {
            own.extend(statement.created());
            let Some(alter) = statement.alter() else { continue };
            if context.is_new(&alter.name) || own.iter().any(|name| name.may_be(&alter.name)) {
                continue;
            }
            for (what, help) in alter.actions.iter().filter_map(rewrites) {
                out.push(prepared.finding(
                    RULE.name,
                    RULE.severity,
                    statement.range.clone(),
                    format!(
                        "{what} writes all of {} anew under ACCESS EXCLUSIVE: nobody reads or writes it meanwhile.",
                        alter.name
                    ),
                    help.to_owned(),
                ));
            }
        }
    }
}

fn rewrites(action: &TableAction) -> Option<(&'static str, &'static str)> {
    Some(match action {
        TableAction::AddColumn { column, .. } if column.ty.as_ref().is_some_and(|ty| ty.is_serial()) => (
            "A serial column",
            "Add a nullable column, fill it in batches, and give it its sequence and NOT NULL afterwards.",
        ),
        TableAction::SetLogged => ("SET LOGGED", "Do it while nobody needs the table, or copy into a new one."),
        TableAction::SetUnlogged => ("SET UNLOGGED", "Do it while nobody needs the table, or copy into a new one."),
        TableAction::SetTablespace => {
            ("SET TABLESPACE", "Use pg_repack with --tablespace, or do it while nobody needs the table.")
        }
        TableAction::SetAccessMethod => {
            ("SET ACCESS METHOD", "Do it while nobody needs the table, or copy into a new one.")
        }
        TableAction::AlterColumn { change: ColumnChange::SetExpression(_), .. } => {
            ("SET EXPRESSION of a stored column", "Add a new generated column, and let readers move to it.")
        }
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::super::testing::{lint_pending, places};

    #[test]
    fn rewrites_are_found() {
        for change in [
            "add column s serial",
            "set unlogged",
            "set logged",
            "set tablespace fast",
            "set access method other",
            "alter column c set expression as (a + 1)",
        ] {
            assert_eq!(places("plain", super::RULE.name, &[&format!("alter table t {change};")]), [(1, 1)], "{change}");
        }
    }

    #[test]
    fn a_table_that_is_new_is_empty() {
        let text = "create table t (); alter table t add column s serial;";
        assert!(places("plain", super::RULE.name, &[text]).is_empty());
        let findings =
            lint_pending(&["create table u ();", "create table t ();", "alter table t add column s serial;"]);
        assert!(!findings.iter().any(|finding| finding.rule == super::RULE.name));
    }
}
