//! The statements of a migration, with the transaction that each runs in.

use std::ops::Range;

use crate::migration::statement::class::{self, Transaction};
use crate::migration::statement::locks::Anything;
use crate::migration::statement::shape::{Alter, CreateTable};
use crate::migration::statement::table::{ConstraintKind, TableAction};
use crate::migration::statement::{Kind, LockMode, Name, ObjectKind, Shape, Understood, known_locks, understand_all};

/// One statement.
#[derive(Debug)]
pub(crate) struct Statement {
    /// In bytes of the migration's text.
    pub(crate) range: Range<usize>,
    /// The text's own line, from 1.
    pub(crate) line: usize,
    pub(crate) class: class::Class,
    pub(crate) what: Understood,
    /// The transaction that it runs in, by number; `None` outside of any.
    pub(crate) transaction: Option<usize>,
}

/// Every statement of a text. `transactional` says that whatever runs it opens a transaction around it.
pub(crate) fn read(text: &str, transactional: bool) -> Vec<Statement> {
    let mut next = 1;
    let mut open = transactional.then_some(0);
    let mut out = Vec::new();
    for (piece, what) in understand_all(text) {
        let class = match piece.kind {
            Kind::Sql { .. } => class::class(piece.text(text)),
            _ => class::Class::Other,
        };
        if class == class::Class::Transaction(Transaction::Begin) && open.is_none() {
            open = Some(next);
            next += 1;
        }
        let ends = matches!(class, class::Class::Transaction(Transaction::Commit | Transaction::Rollback));
        out.push(Statement { range: piece.range, line: piece.line, class, what, transaction: open });
        if ends {
            open = None;
        }
    }
    out
}

/// Whether a text has a word in it at all, letters compared without case: what has not need not be parsed.
pub(crate) fn mentions(text: &str, word: &str) -> bool {
    let (text, word) = (text.as_bytes(), word.as_bytes());
    word.is_empty() || text.windows(word.len()).any(|window| window.eq_ignore_ascii_case(word))
}

impl Statement {
    /// Tables that it makes.
    pub(crate) fn created(&self) -> Option<&Name> {
        match &self.what.shape {
            Shape::CreateTable(CreateTable { table, foreign: false, .. }) | Shape::CreateTableAs { table, .. } => {
                Some(table)
            }
            _ => None,
        }
    }

    /// Tables whose users it may hold up, in the sense of squawk's rules: those that it changes, and those that its
    /// foreign keys point to. `None` where that is not known.
    pub(crate) fn holds_up(&self) -> Option<Vec<&Name>> {
        Some(match &self.what.shape {
            Shape::CreateTable(table) => {
                let referenced = table.all_constraints().filter_map(|constraint| match &constraint.kind {
                    ConstraintKind::ForeignKey { references, .. } => Some(references),
                    _ => None,
                });
                // What a table points to in itself is as new as it is.
                referenced
                    .filter(|name| !name.is(&table.table))
                    .chain(&table.partition_of)
                    .chain(&table.inherits)
                    .collect()
            }
            Shape::CreateTableAs { .. } => Vec::new(),
            Shape::CreateIndex(index) => vec![&index.table],
            Shape::Alter(alter) if alter.kind == ObjectKind::Table => {
                let others = alter.actions.iter().flat_map(|action| match action {
                    TableAction::AddConstraint(constraint) => vec![constraint],
                    TableAction::AddColumn { column, .. } => column.constraints.iter().collect(),
                    _ => Vec::new(),
                });
                let referenced = others.filter_map(|constraint| match &constraint.kind {
                    ConstraintKind::ForeignKey { references, .. } => Some(references),
                    _ => None,
                });
                let partitions = alter.actions.iter().filter_map(|action| match action {
                    TableAction::AttachPartition { partition, .. } | TableAction::DetachPartition { partition, .. } => {
                        Some(partition)
                    }
                    TableAction::Inherit(parent) | TableAction::NoInherit(parent) => Some(parent),
                    _ => None,
                });
                std::iter::once(&alter.name).chain(referenced).chain(partitions).collect()
            }
            Shape::CreateTrigger { table, from, .. } => std::iter::once(table).chain(from).collect(),
            Shape::CreatePolicy { table, .. } | Shape::CreateRule { table, .. } => vec![table],
            Shape::Comment { relation: Some((ObjectKind::Table, table)) } => vec![table],
            Shape::Truncate { tables, .. } | Shape::Lock { tables, .. } => tables.iter().collect(),
            Shape::Vacuum { tables, .. } if !tables.is_empty() => tables.iter().collect(),
            Shape::Cluster { table: Some(table), .. } => vec![table],
            Shape::Drop(drop) if drop.kind == ObjectKind::Table => drop.names.iter().collect(),
            _ => return None,
        })
    }

    /// Tables that it names and is known to lock against everybody, readers too. What it locks without naming it (what
    /// `CASCADE` drops, partitions) is locked with one of these.
    pub(crate) fn shuts(&self) -> Vec<Name> {
        let is_other = |name: &Name| self.what.touched.iter().any(|one| one.name == *name && !holds_rows(one.kind));
        let locks = known_locks(&self.what, NEWEST, &Anything).unwrap_or_default();
        let all = locks.iter().filter(|lock| lock.mode == LockMode::AccessExclusive);
        all.filter_map(|lock| lock.on.named()).filter(|name| !is_other(name)).cloned().collect()
    }

    /// The table that an `ALTER TABLE` changes.
    pub(crate) fn alter(&self) -> Option<&Alter> {
        match &self.what.shape {
            Shape::Alter(alter) if alter.kind == ObjectKind::Table => Some(alter),
            _ => None,
        }
    }
}

/// The server whose locks count where none is asked: which modes are taken differs little between versions.
const NEWEST: u32 = 18;

/// Indexes and views are left aside: whether they are new is known of tables alone.
fn holds_rows(kind: ObjectKind) -> bool {
    matches!(kind, ObjectKind::Table | ObjectKind::ForeignTable | ObjectKind::Relation)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn transactions_are_numbered() {
        let numbers = |text: &str, transactional| -> Vec<Option<usize>> {
            read(text, transactional).iter().map(|statement| statement.transaction).collect()
        };
        let text = "select 1; begin; select 2; commit; select 3; begin; select 4; rollback;";
        assert_eq!(numbers(text, false), [None, Some(1), Some(1), Some(1), None, Some(2), Some(2), Some(2)]);
        assert_eq!(numbers("select 1; select 2;", true), [Some(0), Some(0)]);
    }

    #[test]
    fn what_a_statement_shuts_and_holds_up() {
        let one = |text: &str| {
            let mut all = read(text, false);
            let statement = all.remove(0);
            let names = |names: Vec<&Name>| names.iter().map(ToString::to_string).collect::<Vec<_>>();
            (names(statement.shuts().iter().collect()), statement.holds_up().map(names))
        };
        assert_eq!(one("alter table a add column b int"), (vec!["a".into()], Some(vec!["a".into()])));
        assert_eq!(one("alter table a validate constraint c").0, Vec::<String>::new());
        let key = "alter table a add constraint k foreign key (b) references s.c (id)";
        assert_eq!(one(key), (vec![], Some(vec!["a".into(), "s.c".into()])));
        assert_eq!(one("create table a (id int primary key, up int references a)").1, Some(vec![]));
        assert_eq!(one("create table a (b int references c)").1, Some(vec!["c".into()]));
        assert_eq!(one("create type x as enum ('a')").1, None);
        assert_eq!(one("lock table a, b").0, ["a", "b"]);
        assert_eq!(one("alter table a detach partition b").0, ["b", "a"]);
        assert_eq!(one("alter table a attach partition b default").0, ["b"]);
        assert_eq!(one("vacuum full a").0, ["a"]);
        assert_eq!(one("drop trigger g on a").0, ["a"]);
        assert_eq!(one("create table a partition of b for values in (1)").0, ["b"]);
        for other in ["drop index i", "drop view v", "create or replace view v as select 1", "create index i on a (b)"]
        {
            assert_eq!(one(other).0, Vec::<String>::new(), "{other}");
        }
    }
}
