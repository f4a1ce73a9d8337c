//! Statements that empty a table, or take everything that a role owns. What drops objects is squawk's to say.

use super::Own;
use crate::lint::context::Context;
use crate::lint::finding::{Finding, Severity};
use crate::migration::statement::{Name, Shape};

pub(super) const RULE: Own = Own {
    name: "removes-every-row",
    severity: Severity::Warning,
    summary: "TRUNCATE, DELETE without WHERE, DROP OWNED: rows are gone when it commits.",
    check,
};

fn check(context: &Context<'_>, out: &mut Vec<Finding>) {
    for prepared in context.pending() {
        let mut own: Vec<&Name> = Vec::new();
        for statement in prepared.statements() {
            own.extend(statement.created());
            let what = &statement.what;
            let (command, tables) = match &what.shape {
                Shape::Truncate { tables, .. } => ("TRUNCATE", tables.as_slice()),
                Shape::Rows(rows) if rows.every_row && what.command == "DELETE" => {
                    ("DELETE without WHERE", rows.written.as_slice())
                }
                _ if what.command == "DROP OWNED" => ("DROP OWNED", &[][..]),
                _ => continue,
            };
            let is_new = |table: &&Name| context.is_new(table) || own.iter().any(|name| name.may_be(table));
            let old: Vec<String> = tables.iter().filter(|table| !is_new(table)).map(ToString::to_string).collect();
            if old.is_empty() && !tables.is_empty() {
                continue;
            }
            let of = if old.is_empty() {
                "everything that the role owns".to_owned()
            } else {
                format!("every row of {}", old.join(", "))
            };
            out.push(
                prepared.finding(
                    RULE.name,
                    RULE.severity,
                    statement.range.clone(),
                    format!("{command} removes {of}, and only a backup brings it back."),
                    "Make sure that there is one, or say which rows. Where it is meant, let it pass with a comment."
                        .to_owned(),
                ),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::places;

    #[test]
    fn emptied_tables_are_found() {
        let found = |text: &str| places("sqlx", super::RULE.name, &[text]).len();
        assert_eq!(found("truncate t, u; delete from t; drop owned by r;"), 3);
        assert_eq!(found("delete from t where a; delete from t using u; update t set a = 1; drop table t;"), 0);
        assert_eq!(found("create table n (a int); truncate n;"), 0);
    }
}
