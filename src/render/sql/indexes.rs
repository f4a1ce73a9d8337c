//! Indexes that back no constraint, and what tables say of them: replica identity, clustering.

use super::quote::{ident, idents, qualified, requoted, settings};
use super::remarks::comment_on;
use super::tables::target;
use super::{Part, Writer, views};
use crate::schema::{Index, IndexKey, QualifiedName, Table, View};

/// How an index is made.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Manner {
    Plain,
    /// On the partitioned table alone.
    Only,
    /// Unless it is there: an extension may have made it.
    Unless,
}

impl Writer<'_> {
    /// Before partitions are attached: those of a partition find their parent's then, by themselves.
    pub(super) fn indexes(&mut self, table: &Table) {
        for index in &table.indexes {
            if !is_incomplete(table, index) {
                self.index(&table.name, index, Manner::Plain);
            }
        }
        self.replica_identity(table);
        let keys = table.primary_key.iter().chain(&table.unique_keys).filter(|key| key.clustered).map(|key| &key.name);
        let indexes = table.indexes.iter().filter(|index| index.clustered).map(|index| &index.name);
        for name in keys.chain(indexes) {
            let sql = format!("ALTER TABLE {} CLUSTER ON {};", qualified(&table.name), ident(name));
            self.add(Part::Object, format!("clustering of {}", target(table).object), sql);
        }
    }

    pub(super) fn view_indexes(&mut self, view: &View) {
        for index in &view.indexes {
            self.index(&view.name, index, Manner::Plain);
            if index.clustered {
                let name = qualified(&view.name);
                let sql = format!("ALTER MATERIALIZED VIEW {name} CLUSTER ON {};", ident(&index.name));
                self.add(Part::Object, format!("clustering of {}", views::target(view).object), sql);
            }
        }
    }

    /// Those of partitioned tables that do not reach every partition: made after the partitions were attached, and
    /// attached to those that have them.
    pub(super) fn incomplete_indexes(&mut self, table: &Table) {
        for index in table.indexes.iter().filter(|index| is_incomplete(table, index)) {
            self.index(&table.name, index, Manner::Only);
            let partitions =
                self.schema.tables.iter().filter(|child| {
                    child.partition_of.as_ref().is_some_and(|partition| partition.parent == table.name)
                });
            let found: Vec<QualifiedName> = partitions
                .filter_map(|child| {
                    let twin = child.indexes.iter().find(|own| own.inherited && same_definition(own, index))?;
                    Some(QualifiedName::new(child.name.schema.clone(), twin.name.clone()))
                })
                .collect();
            for name in found {
                let whole = qualified(&QualifiedName::new(table.name.schema.clone(), index.name.clone()));
                let sql = format!("ALTER INDEX {whole} ATTACH PARTITION {};", qualified(&name));
                self.add(Part::Object, format!("parent of index {name}"), sql);
            }
        }
    }

    pub(super) fn index(&mut self, relation: &QualifiedName, index: &Index, manner: Manner) {
        let name = QualifiedName::new(relation.schema.clone(), index.name.clone());
        let object = format!("index {name}");
        let unread =
            index.keys.iter().any(|key| key.column.is_none() && key.expression.as_deref().is_none_or(str::is_empty))
                || index.predicate.as_deref() == Some("");
        if unread {
            self.note(&object, "its definition could not be read");
            return;
        }
        if index.invalid && manner != Manner::Only {
            self.note(&object, "it is invalid there, which no statement says: here it is whole");
        }
        let unique = if index.unique { "UNIQUE " } else { "" };
        let only = if manner == Manner::Only { "ONLY " } else { "" };
        let unless = if manner == Manner::Unless { "IF NOT EXISTS " } else { "" };
        let keys: Vec<_> = index.keys.iter().map(key).collect();
        let mut sql = format!(
            "CREATE {unique}INDEX {unless}{} ON {only}{} USING {} ({})",
            ident(&index.name),
            qualified(relation),
            ident(&index.method),
            keys.join(", ")
        );
        if !index.include.is_empty() {
            sql.push_str(&format!(" INCLUDE ({})", idents(&index.include)));
        }
        if index.nulls_not_distinct {
            sql.push_str(" NULLS NOT DISTINCT");
        }
        if !index.options.is_empty() {
            sql.push_str(&format!(" WITH ({})", settings(&index.options)));
        }
        if let Some(predicate) = &index.predicate {
            sql.push_str(&format!(" WHERE ({predicate})"));
        }
        self.add(Part::Object, object.clone(), sql + ";");
        self.statements.extend(comment_on(&object, &format!("INDEX {}", qualified(&name)), index.comment.as_deref()));
    }

    fn replica_identity(&mut self, table: &Table) {
        let object = format!("replica identity of {}", target(table).object);
        let how = match table.replica_identity.as_deref() {
            None => return,
            Some("index") => match self.replica_index(table) {
                Some(name) => format!("USING INDEX {}", ident(&name)),
                None => {
                    self.note(&object, "which index it uses could not be read");
                    return;
                }
            },
            Some(word) => word.to_uppercase(),
        };
        let sql = format!("ALTER TABLE ONLY {} REPLICA IDENTITY {how};", qualified(&table.name));
        self.add(Part::Object, object, sql);
    }

    fn replica_index(&self, table: &Table) -> Option<String> {
        let keys = table.primary_key.iter().chain(&table.unique_keys).filter(|key| key.replica_identity);
        let indexes = table.indexes.iter().filter(|index| index.replica_identity);
        keys.map(|key| &key.name).chain(indexes.map(|index| &index.name)).next().cloned()
    }
}

/// Some partition lacks its own.
fn is_incomplete(table: &Table, index: &Index) -> bool {
    index.invalid && table.partition_key.is_some()
}

fn same_definition(own: &Index, parents: &Index) -> bool {
    own.method == parents.method
        && own.unique == parents.unique
        && own.nulls_not_distinct == parents.nulls_not_distinct
        && own.keys == parents.keys
        && own.include == parents.include
        && own.predicate == parents.predicate
}

/// `lower(email) COLLATE "C" text_ops DESC NULLS LAST`.
fn key(key: &IndexKey) -> String {
    let mut text = match (&key.column, &key.expression) {
        (Some(column), _) => ident(column),
        // In parentheses already, unless it is a call, which may go without.
        (None, expression) => expression.clone().unwrap_or_default(),
    };
    if let Some(collation) = &key.collation {
        text.push_str(&format!(" COLLATE {}", requoted(collation)));
    }
    if let Some(class) = &key.operator_class {
        text.push_str(&format!(" {}", requoted(class)));
    }
    if key.descending {
        text.push_str(" DESC");
    }
    match key.nulls_first {
        Some(true) => text.push_str(" NULLS FIRST"),
        Some(false) => text.push_str(" NULLS LAST"),
        None => {}
    }
    text
}
