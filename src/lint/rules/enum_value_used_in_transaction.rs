//! A value that is added to an enumeration cannot be used before the transaction that added it has ended.

use super::Own;
use crate::lint::context::Context;
use crate::lint::finding::{Finding, Severity};
use crate::migration::statement::class::{Word, words};
use crate::migration::statement::shape::TypeChange;
use crate::migration::statement::{Name, ObjectKind, Shape, Understood};

pub(super) const RULE: Own = Own {
    name: "enum-value-used-in-transaction",
    severity: Severity::Error,
    summary: "A new enum value used in the transaction that adds it: PostgreSQL refuses.",
    check,
};

fn check(context: &Context<'_>, out: &mut Vec<Finding>) {
    for prepared in context.pending() {
        let statements = prepared.statements();
        // A type that the same transaction made has no values that anybody could miss.
        let mut made: Vec<(usize, &Name)> = Vec::new();
        let mut added: Vec<(usize, &Name, &str)> = Vec::new();
        for statement in statements {
            let Some(transaction) = statement.transaction else { continue };
            if let Some(name) = made_type(&statement.what) {
                made.push((transaction, name));
            }
            if let Shape::AlterType { name, change } = &statement.what.shape {
                if let TypeChange::AddValue { value, .. } = change
                    && !made.iter().any(|(when, known)| *when == transaction && known.may_be(name))
                {
                    added.push((transaction, name, value));
                }
                continue;
            }
            added.retain(|(when, _, _)| *when == transaction);
            if added.is_empty() {
                continue;
            }
            let texts: Vec<String> = words(&prepared.source.text[statement.range.clone()])
                .filter_map(|word| match word {
                    Word::Text(text) => Some(text),
                    _ => None,
                })
                .collect();
            let used = added.iter().position(|(_, _, value)| texts.iter().any(|text| text == value));
            if let Some(used) = used {
                let (_, name, value) = added.remove(used);
                out.push(prepared.finding(
                    RULE.name,
                    RULE.severity,
                    statement.range.clone(),
                    format!(
                        "The value '{value}' is added to {name} in this very transaction, and cannot be used before \
                         it has ended: PostgreSQL says \"unsafe use of new value\"."
                    ),
                    "Add the value in a migration of its own, before this one.".to_owned(),
                ));
            }
        }
    }
}

fn made_type(what: &Understood) -> Option<&Name> {
    let is_type = what.command == "CREATE TYPE";
    let mut types = what.touched.iter().filter(|touched| touched.kind == ObjectKind::Type);
    is_type.then(|| types.next().map(|touched| &touched.name)).flatten()
}

#[cfg(test)]
mod tests {
    use super::super::testing::places;

    fn found(framework: &str, texts: &[&str]) -> Vec<(usize, usize)> {
        places(framework, super::RULE.name, texts)
    }

    const ADD: &str = "alter type mood add value 'calm';\n";

    #[test]
    fn use_in_the_same_transaction_is_found() {
        let used = format!("{ADD}update t set mood = 'calm';");
        assert_eq!(found("sqlx", &[&used]), [(1, 2)]);
        assert_eq!(found("sqlx", &[&format!("{ADD}alter table t alter column m set default 'calm';")]), [(1, 2)]);
        assert_eq!(found("plain", &[&format!("begin;\n{used}\ncommit;")]), [(1, 3)]);
    }

    #[test]
    fn use_elsewhere_is_not() {
        let used = "update t set mood = 'calm';";
        assert!(found("sqlx", &[ADD, used]).is_empty());
        assert!(found("plain", &[&format!("{ADD}{used}")]).is_empty());
        assert!(found("sqlx", &[&format!("{ADD}update t set mood = 'sad';")]).is_empty());
        assert!(found("sqlx", &[&format!("create type mood as enum ('sad');\n{ADD}{used}")]).is_empty());
        assert!(found("sqlx", &[&format!("{ADD}alter type mood add value 'wild' after 'calm';")]).is_empty());
    }
}
