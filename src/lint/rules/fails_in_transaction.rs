//! Statements that PostgreSQL refuses inside a transaction, in a migration that its framework wraps in one.
//!
//! squawk says so of `CREATE INDEX CONCURRENTLY` among other statements; that finding gets the framework's own marker
//! added to its advice, and is not said again.

use super::Own;
use crate::lint::context::{Context, Prepared};
use crate::lint::finding::{Finding, Severity};
use crate::lint::statements::Statement;
use crate::migration::statement::Shape;
use crate::migration::statement::class::Class;

pub(super) const RULE: Own = Own {
    name: "fails-in-transaction",
    severity: Severity::Error,
    summary: "A statement that PostgreSQL refuses inside the transaction that the framework opens.",
    check,
};

/// What squawk says already.
const OF_SQUAWK: &str = "ban-concurrent-index-creation-in-transaction";

fn check(context: &Context<'_>, out: &mut Vec<Finding>) {
    for prepared in context.pending() {
        for finding in out.iter_mut().filter(|finding| finding.rule == OF_SQUAWK && is_in(finding, prepared)) {
            if prepared.migration.transactional
                && let Some(how) = without_transaction(context.framework)
            {
                finding.help = Some(format!("{} {how}", finding.help.clone().unwrap_or_default()).trim().to_owned());
            }
        }
        let statements = prepared.statements();
        for statement in statements.iter().filter(|statement| statement.transaction.is_some() && is_alone(statement)) {
            let squawk_says = matches!(&statement.what.shape, Shape::CreateIndex(_)) && statements.len() > 1;
            if squawk_says {
                continue;
            }
            let (whose, help) = if prepared.migration.transactional {
                (
                    format!("{} opens one around this migration", context.framework),
                    without_transaction(context.framework),
                )
            } else {
                ("one is open here".to_owned(), Some("Put it after the COMMIT."))
            };
            out.push(prepared.finding(
                RULE.name,
                RULE.severity,
                statement.range.clone(),
                format!("{} fails inside a transaction, and {whose}.", name(statement)),
                help.map(str::to_owned),
            ));
        }
    }
}

fn is_in(finding: &Finding, prepared: &Prepared<'_>) -> bool {
    finding.place.as_ref().is_some_and(|place| std::sync::Arc::ptr_eq(&place.source.text, &prepared.source.text))
}

fn is_alone(statement: &Statement) -> bool {
    match &statement.class {
        Class::Alone => true,
        Class::Server => {
            let command = statement.what.command.as_str();
            matches!(
                command,
                "CREATE DATABASE" | "DROP DATABASE" | "CREATE TABLESPACE" | "DROP TABLESPACE" | "ALTER SYSTEM"
            )
        }
        _ => false,
    }
}

fn name(statement: &Statement) -> String {
    let concurrently = match &statement.what.shape {
        Shape::CreateIndex(index) => index.concurrently,
        Shape::Drop(drop) => drop.concurrently,
        Shape::Reindex { concurrently, .. } => *concurrently,
        Shape::Alter(_) => return "DETACH PARTITION CONCURRENTLY".to_owned(),
        _ => false,
    };
    let command = if statement.what.command.is_empty() { "This statement" } else { &statement.what.command };
    format!("{command}{}", if concurrently { " CONCURRENTLY" } else { "" })
}

/// How a migration of this framework is run without a transaction.
fn without_transaction(framework: &str) -> Option<&'static str> {
    Some(match framework {
        "sqlx" => "Put it into a migration of its own whose first line is `-- no-transaction`.",
        "diesel" => {
            "Put it into a migration of its own with `run_in_transaction = false` in a metadata.toml beside its up.sql."
        }
        "goose" => "Put it into a migration of its own with the line `-- +goose NO TRANSACTION` at its top.",
        "dbmate" => "Put it into a migration of its own that begins with `-- migrate:up transaction:false`.",
        "flyway" => {
            "Put it into a migration of its own, beside which a file of the same name with .conf added says \
             `executeInTransaction=false`."
        }
        "liquibase" => "Put it into a changeset of its own with `runInTransaction:false`.",
        "atlas" => "Put it into a migration of its own that begins with `-- atlas:txmode none`.",
        "node-pg-migrate" => "Put it into a migration of its own that calls `pgm.noTransaction()`.",
        "refinery" => "Put it into a migration of its own, and let the runner apply it without a transaction.",
        _ => "Put it into a migration of its own that the framework runs outside a transaction.",
    })
}

#[cfg(test)]
mod tests {
    use super::super::testing::{lint_pending, places};

    fn found(framework: &str, text: &str) -> Vec<(usize, usize)> {
        places(framework, super::RULE.name, &[text])
    }

    #[test]
    fn what_postgresql_refuses_is_found() {
        for text in [
            "drop index concurrently i;",
            "reindex table concurrently t;",
            "vacuum t;",
            "alter table t detach partition p concurrently;",
            "create database d;",
            "create index concurrently on t (a);",
        ] {
            assert_eq!(found("sqlx", text), [(1, 1)], "{text}");
            assert!(found("plain", text).is_empty(), "{text}");
            assert_eq!(
                found("plain", &format!("begin; select 1;\n{text}\ncommit;")).len(),
                usize::from(!text.contains("create index")),
                "{text}"
            );
        }
        assert!(found("sqlx", "create index on t (a); drop index i; alter database d set x = 1;").is_empty());
    }

    #[test]
    fn squawks_own_finding_names_the_marker_and_is_not_doubled() {
        let findings = lint_pending(&["select 1;", "create index concurrently if not exists i on t (a);\nselect 1;"]);
        let about: Vec<_> = findings.iter().filter(|finding| finding.rule.contains("transaction")).collect();
        let [one] = about.as_slice() else { panic!("{about:?}") };
        assert_eq!(one.rule, super::OF_SQUAWK);
        assert!(one.help.as_ref().unwrap().contains("-- no-transaction"), "{:?}", one.help);
    }
}
