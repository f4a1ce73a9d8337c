//! A foreign key whose own columns have no index: deleting or changing a row that it points to reads the whole table.
//!
//! Told from the whole set as it stands at its end: an index that an earlier or a later migration makes counts, and so
//! does a primary key or unique constraint that begins with the columns.

use std::collections::BTreeSet;
use std::ops::Range;

use super::Own;
use crate::lint::context::Context;
use crate::lint::finding::{Finding, Severity};
use crate::lint::statements::mentions;
use crate::migration::statement::class::{Word, words};
use crate::migration::statement::shape::Alter;
use crate::migration::statement::table::{Constraint, ConstraintKind, TableAction};
use crate::migration::statement::{Name, ObjectKind, Shape};
use crate::schema::name::quote_ident;

pub(super) const RULE: Own = Own {
    name: "foreign-key-without-index",
    severity: Severity::Warning,
    summary: "A foreign key without an index on its own columns: deletes in the other table are slow.",
    check,
};

/// A foreign key that a migration of the set makes.
struct Key {
    table: Name,
    name: Option<String>,
    columns: Vec<String>,
    references: Name,
    /// By place in the set, and in bytes of its text.
    from: (usize, Range<usize>),
}

/// What lets rows be found by columns: an index, or a constraint that has one.
struct Index {
    table: Name,
    name: Option<String>,
    /// In their order; an expression is `None`.
    columns: Vec<Option<String>>,
    /// Columns without whose value a row is not in it.
    not_null: Vec<String>,
}

/// The keys and indexes that the statements so far leave behind.
#[derive(Default)]
struct State {
    keys: Vec<Key>,
    indexes: Vec<Index>,
}

fn check(context: &Context<'_>, out: &mut Vec<Finding>) {
    if !context.pending().any(|prepared| mentions(&prepared.source.text, "references")) {
        return;
    }
    let mut state = State::default();
    for (place, prepared) in context.migrations.iter().enumerate() {
        for statement in prepared.statements() {
            let text = &prepared.source.text[statement.range.clone()];
            state.apply(&statement.what.shape, text, &(place, statement.range.clone()));
        }
    }
    for key in &state.keys {
        let prepared = &context.migrations[key.from.0];
        if !prepared.pending || state.indexes.iter().any(|index| index.serves(key)) {
            continue;
        }
        let columns = key.columns.join(", ");
        out.push(prepared.finding(
            RULE.name,
            RULE.severity,
            key.from.1.clone(),
            format!(
                "The foreign key ({columns}) of {} points to {} and has no index. To delete a row there, or to change \
                 its key, PostgreSQL reads all of {}.",
                key.table, key.references, key.table
            ),
            format!("Add one: CREATE INDEX CONCURRENTLY ON {} ({});", quoted(&key.table), quoted_columns(key)),
        ));
    }
}

fn quoted(table: &Name) -> String {
    let schema = table.schema.as_ref().map(|schema| format!("{}.", quote_ident(schema))).unwrap_or_default();
    format!("{schema}{}", quote_ident(&table.name))
}

fn quoted_columns(key: &Key) -> String {
    key.columns.iter().map(|column| quote_ident(column)).collect::<Vec<_>>().join(", ")
}

/// The columns of an index's `WHERE a IS NOT NULL AND …`; `None` where it says anything else.
fn only_not_null(statement: &str) -> Option<Vec<String>> {
    let all: Vec<Word> = words(statement).collect();
    let place = all.iter().rposition(|word| word.is("where"))?;
    let marks = |word: &&Word| !matches!(word, Word::Mark(mark) if ["(", ")", ";"].contains(&mark.as_str()));
    let rest: Vec<&Word> = all[place + 1..].iter().filter(marks).collect();
    rest.split(|word| word.is("and"))
        .map(|part| match part {
            [column, is, not, null] if is.is("is") && not.is("not") && null.is("null") => {
                column.name().map(str::to_owned)
            }
            _ => None,
        })
        .collect()
}

impl Index {
    /// Whether the key's columns come first in it, in any order. Looking for rows that point somewhere never looks for
    /// NULL, so those may be missing.
    fn serves(&self, key: &Key) -> bool {
        let first: BTreeSet<&str> = self.columns.iter().take(key.columns.len()).flatten().map(String::as_str).collect();
        let has_rows = self.not_null.iter().all(|column| key.columns.contains(column));
        has_rows && self.table.may_be(&key.table) && first == key.columns.iter().map(String::as_str).collect()
    }
}

impl State {
    fn apply(&mut self, shape: &Shape, text: &str, from: &(usize, Range<usize>)) {
        match shape {
            Shape::CreateTable(create) if !create.foreign => {
                for column in &create.columns {
                    self.add(&create.table, &column.constraints, Some(&column.name), from);
                }
                self.add(&create.table, &create.constraints, None, from);
            }
            Shape::CreateIndex(index) => {
                let not_null = if index.partial { only_not_null(text) } else { Some(Vec::new()) };
                self.indexes.extend(not_null.map(|not_null| Index {
                    table: index.table.clone(),
                    name: index.index.clone(),
                    columns: index.columns.clone(),
                    not_null,
                }));
            }
            Shape::Alter(alter) if alter.kind == ObjectKind::Table => self.alter(alter, from),
            Shape::Alter(alter) if alter.kind == ObjectKind::Index => {
                for action in &alter.actions {
                    if let TableAction::RenameTo(new) = action {
                        for index in &mut self.indexes {
                            if index.name.as_ref() == Some(&alter.name.name) {
                                index.name = Some(new.clone());
                            }
                        }
                    }
                }
            }
            Shape::Drop(drop) if drop.kind == ObjectKind::Table => {
                let gone = |table: &Name| drop.names.iter().any(|name| name.may_be(table));
                self.keys.retain(|key| !gone(&key.table) && !gone(&key.references));
                self.indexes.retain(|index| !gone(&index.table));
            }
            Shape::Drop(drop) if drop.kind == ObjectKind::Index => {
                let gone = |name: &String| drop.names.iter().any(|dropped| &dropped.name == name);
                self.indexes.retain(|index| !index.name.as_ref().is_some_and(gone));
            }
            _ => {}
        }
    }

    fn alter(&mut self, alter: &Alter, from: &(usize, Range<usize>)) {
        let table = &alter.name;
        for action in &alter.actions {
            match action {
                TableAction::AddColumn { column, .. } => {
                    self.add(table, &column.constraints, Some(&column.name), from);
                }
                TableAction::AddConstraint(constraint) => {
                    self.add(table, std::slice::from_ref(constraint), None, from);
                }
                TableAction::DropColumn { column, .. } => {
                    self.keys.retain(|key| !(key.table.may_be(table) && key.columns.contains(column)));
                    let has = |index: &Index| index.columns.iter().flatten().any(|name| name == column);
                    self.indexes.retain(|index| !(index.table.may_be(table) && has(index)));
                }
                TableAction::DropConstraint { name, .. } => {
                    self.keys.retain(|key| !(key.table.may_be(table) && key.name.as_ref() == Some(name)));
                    self.indexes.retain(|index| !(index.table.may_be(table) && index.name.as_ref() == Some(name)));
                }
                TableAction::RenameColumn { from, to } => self.rename_column(table, from, to),
                TableAction::RenameTo(new) => {
                    let rename = |name: &mut Name| {
                        if name.may_be(table) {
                            new.clone_into(&mut name.name);
                        }
                    };
                    self.keys.iter_mut().for_each(|key| {
                        rename(&mut key.table);
                        rename(&mut key.references);
                    });
                    self.indexes.iter_mut().for_each(|index| rename(&mut index.table));
                }
                _ => {}
            }
        }
    }

    fn rename_column(&mut self, table: &Name, from: &str, to: &str) {
        let keys = self.keys.iter_mut().filter(|key| key.table.may_be(table)).flat_map(|key| &mut key.columns);
        let indexes = self.indexes.iter_mut().filter(|index| index.table.may_be(table));
        let columns =
            keys.chain(indexes.flat_map(|index| index.columns.iter_mut().flatten().chain(&mut index.not_null)));
        for column in columns.filter(|column| *column == from) {
            to.clone_into(column);
        }
    }

    fn add(&mut self, table: &Name, constraints: &[Constraint], column: Option<&str>, from: &(usize, Range<usize>)) {
        let or_own = |columns: &[String]| match column {
            Some(column) if columns.is_empty() => vec![column.to_owned()],
            _ => columns.to_vec(),
        };
        for constraint in constraints {
            match &constraint.kind {
                ConstraintKind::ForeignKey { columns, references, .. } => self.keys.push(Key {
                    table: table.clone(),
                    name: constraint.name.clone(),
                    columns: or_own(columns),
                    references: references.clone(),
                    from: from.clone(),
                }),
                ConstraintKind::PrimaryKey { columns, .. } | ConstraintKind::Unique { columns, .. } => {
                    self.indexes.push(Index {
                        table: table.clone(),
                        name: constraint.name.clone(),
                        columns: or_own(columns).into_iter().map(Some).collect(),
                        not_null: Vec::new(),
                    });
                }
                _ => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::places;

    fn found(texts: &[&str]) -> Vec<(usize, usize)> {
        places("sqlx", super::RULE.name, texts)
    }

    const A: &str = "create table a (id int primary key);";

    #[test]
    fn an_index_anywhere_in_the_set_counts() {
        let b = "create table b (\n  a int references a\n);";
        assert_eq!(found(&[A, b]), [(2, 1)]);
        assert!(found(&[A, b, "create index on b (a, other);"]).is_empty());
        assert_eq!(found(&[A, b, "create index on b (other, a);"]), [(2, 1)]);
        assert_eq!(found(&[A, b, "create index on b (a) where x;"]), [(2, 1)]);
        assert!(found(&[A, b, "create index on b (a) where (a is not null);"]).is_empty());
        assert_eq!(found(&[A, b, "create index on b (a) where a is not null and c is not null;"]), [(2, 1)]);
        assert_eq!(found(&[A, b, "create index on b (a) where a is not null or c;"]), [(2, 1)]);
        assert_eq!(found(&[A, b, "create index i on b (a);", "drop index i;"]), [(2, 1)]);
    }

    #[test]
    fn keys_and_unique_constraints_count_by_their_first_columns() {
        assert!(found(&[A, "create table b (a int references a, c int, primary key (a, c));"]).is_empty());
        assert_eq!(found(&[A, "create table b (a int references a, c int, primary key (c, a));"]), [(2, 1)]);
        assert!(found(&[A, "create table b (a int unique references a);"]).is_empty());
        let two = "create table b (x int, y int, foreign key (x, y) references a (p, q));";
        assert!(found(&[A, two, "create unique index on b (y, x);"]).is_empty());
        assert_eq!(found(&[A, two, "create index on b (y);"]), [(2, 1)]);
    }

    #[test]
    fn what_is_dropped_or_renamed_is_followed() {
        let b = "create table b (a int references a);";
        for gone in
            ["drop table b;", "alter table b drop column a;", "alter table b rename to c; create index on c (a);"]
        {
            assert!(found(&[A, b, gone]).is_empty(), "{gone}");
        }
        assert!(found(&[A, b, "create index on b (a);", "alter table b rename column a to z;"]).is_empty());
    }
}
