//! A table that is new in the same pending set holds nobody up: what squawk says about locks on it is dropped.
//!
//! Its foreign keys still lock the tables that they point to (SHARE ROW EXCLUSIVE), and findings about those stay,
//! unless these are new too.

use super::{Context, Prepared};
use crate::lint::statements::Statement;
use crate::migration::statement::shape::ReindexTarget;
use crate::migration::statement::{Name, ObjectKind, Shape};

/// Rules of squawk about locks, scans, rewrites and rows that are in the way. `docs/guide/lint.md` lists them.
pub(crate) const SOFTENED: &[&str] = &[
    "adding-field-with-default",
    "adding-foreign-key-constraint",
    "adding-not-nullable-field",
    "adding-required-field",
    "adding-serial-primary-key-field",
    "changing-column-type",
    "constraint-missing-not-valid",
    "disallowed-unique-constraint",
    "prefer-repack",
    "require-concurrent-index-creation",
    "require-concurrent-index-deletion",
    "require-concurrent-partition-detach",
    "require-concurrent-reindex",
];

/// Rules that squawk applies once to a file, at its first slow statement.
pub(crate) const ONCE: &[&str] = &["require-lock-timeout", "require-statement-timeout"];

impl Context<'_> {
    /// Whether a finding of squawk's rule that begins at `offset` is about nothing but new tables.
    pub(super) fn is_softened(&self, rule: &str, prepared: &Prepared<'_>, offset: usize) -> bool {
        SOFTENED.contains(&rule) && prepared.statement_at(offset).is_some_and(|statement| self.is_harmless(statement))
    }

    /// The text with statements about nothing but new tables made blank, so that the first slow statement that is
    /// left is one that counts. `None` where nothing changes.
    pub(super) fn without_harmless(&self, prepared: &Prepared<'_>) -> Option<String> {
        let harmless = prepared.statements().iter().filter(|statement| self.is_harmless(statement));
        let mut bytes = None;
        for statement in harmless {
            let bytes = bytes.get_or_insert_with(|| prepared.source.text.as_bytes().to_vec());
            for byte in &mut bytes[statement.range.clone()] {
                if !matches!(byte, b'\n' | b'\r') {
                    *byte = b' ';
                }
            }
        }
        String::from_utf8(bytes?).ok()
    }

    fn is_harmless(&self, statement: &Statement) -> bool {
        let index =
            |name: &Name| self.new_indexes.iter().any(|(index, table)| index == &name.name && self.is_new(table));
        match &statement.what.shape {
            Shape::Drop(drop) if drop.kind == ObjectKind::Index => drop.names.iter().all(index),
            Shape::Reindex { target: ReindexTarget::Table(table), .. } => self.is_new(table),
            Shape::Reindex { target: ReindexTarget::Index(name), .. } => index(name),
            _ => statement
                .holds_up()
                .is_some_and(|names| !names.is_empty() && names.iter().all(|name| self.is_new(name))),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::lint::rules::testing::lint_pending;

    /// Rules of squawk that remain, for migrations of which the first is there already.
    fn left(migrations: &[&str]) -> Vec<String> {
        let rules = |rule: &str| super::SOFTENED.contains(&rule) || super::ONCE.contains(&rule);
        lint_pending(migrations).into_iter().map(|finding| finding.rule).filter(|rule| rules(rule)).collect()
    }

    #[test]
    fn locks_on_a_new_table_do_not_matter() {
        let old = "create table old (id bigint primary key);";
        assert!(left(&[old, "create table new (id bigint);", "create index i on new (id); drop index i;"]).is_empty());
        assert!(
            left(&[old, "create table new (id bigint); alter table new add constraint c check (id > 0);"]).is_empty()
        );
        assert_eq!(left(&[old, "create index i on old (id);"]).len(), 3);
    }

    #[test]
    fn a_table_that_may_be_there_already_is_not_new() {
        let old = "create table old (id bigint);";
        assert!(!left(&[old, "create table if not exists old (id bigint); create index i on old (id);"]).is_empty());
        assert!(!left(&[old, "create table s.old (id bigint); create index i on public.old (id);"]).is_empty());
    }

    #[test]
    fn a_foreign_key_still_locks_what_it_points_to() {
        let old = "create table old (id bigint primary key);";
        let new = "create table new (id bigint primary key, o bigint);";
        let key = |to: &str| format!("alter table new add constraint k foreign key (o) references {to} (id);");
        assert!(left(&[old, new, &key("old")]).contains(&"adding-foreign-key-constraint".to_owned()));
        assert!(left(&[old, new, &key("new")]).is_empty());
    }

    #[test]
    fn timeouts_are_asked_for_by_the_first_statement_that_counts() {
        let old = "create table old (id bigint primary key);";
        let text =
            "create table new (id bigint);\nalter table new add column a text;\nalter table old add column a text;";
        let findings = lint_pending(&[old, text]);
        let timeout = findings.iter().find(|finding| finding.rule == "require-lock-timeout").unwrap();
        assert_eq!(timeout.place.as_ref().unwrap().line, 3);
    }
}
