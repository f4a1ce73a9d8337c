//! Rules of our own: what a single file cannot know. One file each, explained in `docs/rules/`.

mod enum_value_used_in_transaction;
mod fails_in_transaction;
mod foreign_key_without_index;
mod json_column;
mod lock_held_while_working;
mod removes_every_row;
mod table_rewrite;
mod upstream;

use super::context::Context;
use super::finding::{Finding, Severity};

/// A rule of ours.
#[derive(Debug)]
pub(crate) struct Own {
    pub(crate) name: &'static str,
    pub(crate) severity: Severity,
    /// One line for lists.
    pub(crate) summary: &'static str,
    pub(crate) check: fn(&Context<'_>, &mut Vec<Finding>),
}

pub(crate) const ALL: &[Own] = &[
    upstream::EDITED,
    upstream::REMOVED,
    upstream::RENAMED,
    upstream::OUT_OF_ORDER,
    upstream::DUPLICATE_VERSION,
    enum_value_used_in_transaction::RULE,
    fails_in_transaction::RULE,
    foreign_key_without_index::RULE,
    json_column::RULE,
    lock_held_while_working::RULE,
    removes_every_row::RULE,
    table_rewrite::RULE,
];

/// The page that explains a rule.
pub(crate) fn page(name: &str) -> Option<&'static str> {
    PAGES.iter().find(|(rule, _)| *rule == name).map(|(_, page)| *page)
}

macro_rules! pages {
    ($($name:literal),* $(,)?) => {
        &[$(($name, include_str!(concat!("../../../docs/rules/", $name, ".md")))),*]
    };
}

/// Built in, so that `tidegate lint --explain` and SARIF have them.
pub(crate) const PAGES: &[(&str, &str)] = pages![
    "migration-edited",
    "migration-removed",
    "migration-renamed",
    "migration-out-of-order",
    "migration-duplicate-version",
    "enum-value-used-in-transaction",
    "fails-in-transaction",
    "foreign-key-without-index",
    "json-column",
    "lock-held-while-working",
    "removes-every-row",
    "table-rewrite",
];

#[cfg(test)]
pub(in crate::lint) mod testing {
    use std::collections::BTreeSet;

    use crate::lint::{Finding, Input, Options, run};
    use crate::migration::{Migration, MigrationSet, Tree};

    /// Migrations in their order, each in a transaction of sqlx.
    pub(in crate::lint) fn set(framework: &str, texts: &[&str]) -> MigrationSet {
        let migration = |(index, text): (usize, &&str)| Migration {
            version: (index + 1).to_string(),
            path: format!("{}_x.sql", index + 1),
            sql: (*text).to_owned(),
            first_line: 1,
            transactional: framework != "plain",
            ..Migration::default()
        };
        let migrations = texts.iter().enumerate().map(migration).collect();
        MigrationSet { framework: framework.to_owned(), migrations, ..MigrationSet::default() }
    }

    /// The findings of migrations of which all but the first are pending.
    pub(in crate::lint) fn lint_pending(texts: &[&str]) -> Vec<Finding> {
        let set = set("sqlx", texts);
        let pending: BTreeSet<usize> = (1..texts.len()).collect();
        let (files, options) = (Tree::new(), Options::default());
        let input = Input { set: &set, files: &files, pending: Some(&pending), upstream: None, options: &options };
        run(&input).unwrap()
    }

    /// Where one rule finds something in migrations that all count: paths and lines.
    pub(in crate::lint) fn places(framework: &str, rule: &str, texts: &[&str]) -> Vec<(usize, usize)> {
        let set = set(framework, texts);
        let options = Options { only: vec![rule.to_owned()], ..Options::default() };
        let input = Input { set: &set, files: &Tree::new(), pending: None, upstream: None, options: &options };
        let number = |path: &str| path.split('_').next().unwrap().parse().unwrap();
        let findings = run(&input).unwrap();
        findings.iter().map(|finding| (number(&finding.path), finding.place.as_ref().unwrap().line)).collect()
    }
}
