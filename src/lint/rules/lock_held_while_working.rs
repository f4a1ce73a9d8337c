//! A table shut against everybody, and work that goes on behind the closed door: ACCESS EXCLUSIVE lasts to the end of
//! the transaction, so whatever takes long after it holds up every reader for as long.

use super::Own;
use crate::lint::context::Context;
use crate::lint::finding::{Finding, Severity};
use crate::lint::statements::Statement;
use crate::migration::statement::table::{ColumnChange, ConstraintKind, TableAction};
use crate::migration::statement::{Class, Name, Shape};

pub(super) const RULE: Own = Own {
    name: "lock-held-while-working",
    severity: Severity::Warning,
    summary: "Slow work in a transaction that has a table locked against everybody.",
    check,
};

fn check(context: &Context<'_>, out: &mut Vec<Finding>) {
    for prepared in context.pending() {
        // Tables of this very migration are nobody's yet, whatever is known of the rest.
        let own: Vec<&Name> = prepared.statements().iter().filter_map(Statement::created).collect();
        let is_new = |table: &Name| own.iter().any(|name| name.may_be(table)) || context.is_new(table);
        let mut shut: Option<(usize, Name, usize)> = None;
        let mut told = None;
        for statement in prepared.statements() {
            let Some(transaction) = statement.transaction.filter(|transaction| told != Some(*transaction)) else {
                continue;
            };
            if let Some((held, table, line)) = &shut
                && *held == transaction
            {
                if let Some(work) = slow(statement, table, &is_new) {
                    let line = prepared.migration.first_line.max(1) + line - 1;
                    out.push(prepared.finding(
                        RULE.name,
                        RULE.severity,
                        statement.range.clone(),
                        format!(
                            "Line {line} locks {table} against everybody, and the lock is held until the transaction \
                             ends. {work} meanwhile."
                        ),
                        "Move it into a migration of its own, before or after the one that takes the lock.".to_owned(),
                    ));
                    told = Some(transaction);
                }
            } else if let Some(table) = statement.shuts().into_iter().find(|table| !is_new(table)) {
                shut = Some((transaction, table, statement.line));
            }
        }
    }
}

/// What takes long in a statement, or waits for others, while `shut` is locked.
fn slow(statement: &Statement, shut: &Name, is_new: &impl Fn(&Name) -> bool) -> Option<String> {
    let what = &statement.what;
    match &what.shape {
        Shape::Rows(rows) if what.class == Class::Data => {
            let table = rows.written.iter().find(|table| !is_new(table))?;
            // A few rows written out cost nothing.
            (what.command != "INSERT" || !rows.read.is_empty())
                .then(|| format!("This {} of {table} runs", what.command))
        }
        Shape::CreateIndex(index) if !is_new(&index.table) => Some(format!("The index on {} is built", index.table)),
        Shape::Refresh { view, .. } => Some(format!("{view} is refreshed")),
        Shape::Reindex { .. } | Shape::Cluster { .. } => Some(format!("This {} runs", what.command)),
        Shape::Alter(alter) if statement.alter().is_some() && !is_new(&alter.name) => {
            if alter.actions.iter().any(reads_every_row) {
                return Some(format!("Every row of {} is read or written", alter.name));
            }
            let waits = !alter.name.may_be(shut) && !statement.shuts().is_empty();
            waits.then(|| format!("This statement waits for the users of {}", alter.name))
        }
        _ => None,
    }
}

/// Actions that look at each row, or write it anew.
fn reads_every_row(action: &TableAction) -> bool {
    match action {
        TableAction::ValidateConstraint { .. } | TableAction::SetAccessMethod | TableAction::SetTablespace => true,
        TableAction::AddConstraint(constraint) => {
            !constraint.not_valid
                && match &constraint.kind {
                    ConstraintKind::PrimaryKey { using_index, .. } | ConstraintKind::Unique { using_index, .. } => {
                        using_index.is_none()
                    }
                    _ => true,
                }
        }
        TableAction::AlterColumn { change, .. } => {
            matches!(change, ColumnChange::Type { .. } | ColumnChange::SetNotNull | ColumnChange::SetExpression(_))
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::places;

    fn found(text: &str) -> Vec<(usize, usize)> {
        places("sqlx", super::RULE.name, &["create table t (id int); create table u (id int);", text])
    }

    #[test]
    fn slow_work_after_the_lock_is_found_once() {
        let add = "alter table t add column a int;\n";
        assert_eq!(found(&format!("{add}update t set a = 1;\nupdate u set b = 2;")), [(2, 2)]);
        assert_eq!(found(&format!("{add}update t set a = 1;\n{add}update t set a = 2;")), [(2, 2)]);
        assert_eq!(found(&format!("{add}create index on u (b);")), [(2, 2)]);
        assert_eq!(found(&format!("{add}alter table u add column b int;")), [(2, 2)]);
        assert_eq!(found(&format!("{add}alter table t validate constraint c;")), [(2, 2)]);
        assert_eq!(found(&format!("{add}insert into u select * from t;")), [(2, 2)]);
    }

    #[test]
    fn quick_work_and_other_transactions_are_not() {
        for rest in ["alter table t add column b int;", "comment on table u is 'x';", "insert into u values (1);"] {
            assert!(found(&format!("alter table t add column a int;\n{rest}")).is_empty(), "{rest}");
        }
        assert!(found("update t set a = 1;\nalter table t add column a int;").is_empty());
        assert!(found("create table n (id int);\nalter table n add column a int;\nupdate t set a = 1;").is_empty());
        let text = "alter table t add column a int;\nupdate t set a = 1;";
        assert!(places("plain", super::RULE.name, &[text]).is_empty());
        assert_eq!(places("plain", super::RULE.name, &[&format!("begin;\n{text}\ncommit;")]), [(1, 3)]);
    }
}
