//! Every statement but `ALTER TABLE`.

use super::{Effect, LockMode, Locks, On, alter};
use crate::migration::statement::object::{Name, ObjectKind, Touched};
use crate::migration::statement::shape::{CreateTable, DomainChange, Drop, ReindexTarget, Rows, Shape, TypeChange};
use crate::migration::statement::table::ConstraintKind;
use crate::migration::statement::understand::Understood;
use crate::migration::statement::{Action, Reader};

use LockMode::{
    AccessExclusive, AccessShare, Exclusive, RowExclusive, RowShare, Share, ShareRowExclusive, ShareUpdateExclusive,
};

/// Gathers the locks of a statement; `false` where they cannot be told.
pub(super) fn locks(statement: &Understood, locks: &mut Locks<'_>) -> bool {
    // What code does that the text does not show, nobody knows.
    if statement.opaque && !matches!(statement.shape, Shape::Refresh { .. }) {
        return false;
    }
    match &statement.shape {
        Shape::CreateTable(table) => create_table(table, locks),
        Shape::CreateTableAs { .. } | Shape::CreateMaterializedView { .. } => read(&statement.touched, locks),
        Shape::CreateView { view, replace, .. } => {
            if *replace {
                locks.add(On::Relation(view.clone()), AccessExclusive, "the view is replaced, if it is there");
            }
            read(&statement.touched, locks);
        }
        Shape::CreateIndex(index) => {
            let on = On::Relation(index.table.clone());
            if index.concurrently {
                let reason = "the index is built in two passes, while others write";
                locks.affect(on, ShareUpdateExclusive, Effect::Scan, true, reason);
            } else {
                locks.affect(on, Share, Effect::Scan, true, "the index is built");
                if !index.only {
                    let reason = "each partition gets its part of the index";
                    locks.affect(On::ChildrenOf(index.table.clone()), Share, Effect::Scan, true, reason);
                }
            }
        }
        Shape::CreateSequence { owned_by, .. } => {
            if let Some(owner) = owned_by {
                locks.add(On::Relation(owner.clone()), AccessShare, "a column of it owns the sequence");
            }
        }
        Shape::CreateTrigger { table, from, .. } => {
            locks.add(On::Relation(table.clone()), ShareRowExclusive, "what fires on writes changes");
            locks.add(On::ChildrenOf(table.clone()), ShareRowExclusive, "partitions get the trigger too");
            if let Some(from) = from {
                locks.add(On::Relation(from.clone()), AccessShare, "the other table of the constraint trigger");
            }
        }
        Shape::CreatePolicy { table, .. } | Shape::AlterPolicy { table, .. } => {
            locks.add(On::Relation(table.clone()), AccessExclusive, "which rows are seen changes");
            read(&statement.touched, locks);
        }
        Shape::CreateRule { table, .. } | Shape::AlterRule { table, .. } => {
            locks.add(On::Relation(table.clone()), AccessExclusive, "what queries are turned into changes");
            read(&statement.touched, locks);
        }
        Shape::AlterTrigger { table, .. } => {
            locks.add(On::Relation(table.clone()), AccessExclusive, "a trigger gets another name");
        }
        Shape::CreateStatistics { table } => {
            locks.add(On::Relation(table.clone()), ShareUpdateExclusive, "what ANALYZE gathers changes");
        }
        Shape::Alter(of) => return alter::locks(of, locks),
        Shape::AlterAllInTablespace => {
            let reason = "every page is copied to the other tablespace";
            locks.affect(On::Database, AccessExclusive, Effect::Rewrite, true, reason);
        }
        Shape::AlterIndexAttach { index, partition } => {
            locks.add(On::Relation(index.clone()), ShareUpdateExclusive, "an index becomes part of it");
            locks.add(On::Relation(partition.clone()), AccessExclusive, "the index becomes part of the other");
            locks.add(On::TableOf(index.clone()), AccessShare, "the table of the index");
            locks.add(On::TableOf(partition.clone()), AccessShare, "the table of the index");
        }
        Shape::AlterType { name, change } => return alter_type(name, change, locks),
        Shape::AlterDomain { name, change } => return alter_domain(name, change, locks),
        Shape::Drop(of) => return drop(of, locks),
        Shape::DropOf { table, cascade, name, .. } => {
            locks.add(On::Relation(table.clone()), AccessExclusive, "something of the table is dropped");
            if *cascade {
                locks.add(On::DependentsOf(Name::bare(name)), AccessExclusive, "CASCADE drops what depends on it");
            }
        }
        Shape::Truncate { tables, cascade, .. } => truncate(tables, *cascade, locks),
        Shape::Lock { tables, mode } => {
            let mode = mode.as_deref().map_or(Some(AccessExclusive), LockMode::of_name);
            let Some(mode) = mode else { return false };
            for table in tables {
                locks.add(On::Relation(table.clone()), mode, "asked for");
                locks.add(On::ChildrenOf(table.clone()), mode, "asked for, partitions and children included");
            }
        }
        Shape::Reindex { target, concurrently } => reindex(target, *concurrently, locks),
        Shape::Vacuum { tables, full, .. } => vacuum(tables, *full, locks),
        Shape::Analyze { tables } => each(tables, ShareUpdateExclusive, Effect::Scan, "a sample is read", locks),
        Shape::Cluster { table, .. } => {
            let tables: Vec<Name> = table.iter().cloned().collect();
            each(&tables, AccessExclusive, Effect::Rewrite, "every row is written anew, in order", locks);
        }
        Shape::Refresh { view, concurrently, with_data } => refresh(view, *concurrently, *with_data, locks),
        Shape::Comment { relation } => {
            if let Some((_, name)) = relation {
                locks.add(On::Relation(name.clone()), ShareUpdateExclusive, "its comment changes");
            }
        }
        Shape::Rows(of) => rows(of, locks),
        Shape::Set { .. } => {}
        Shape::Other => {
            if matches!(statement.command.as_str(), "GRANT" | "REVOKE") && locks.major >= 18 {
                privileges(&statement.touched, locks);
            }
            return takes_none(statement);
        }
    }
    true
}

/// Statements of no known shape that lock no table.
fn takes_none(statement: &Understood) -> bool {
    const NONE: &[&str] = &[
        "ALTER DATABASE",
        "ALTER DEFAULT PRIVILEGES",
        "ALTER EVENT TRIGGER",
        "ALTER FOREIGN DATA WRAPPER",
        "ALTER FUNCTION",
        "ALTER LANGUAGE",
        "ALTER PROCEDURE",
        "ALTER ROLE",
        "ALTER ROUTINE",
        "ALTER SCHEMA",
        "ALTER SERVER",
        "ALTER SYSTEM",
        "ALTER USER",
        "BEGIN",
        "CHECKPOINT",
        "CLOSE",
        "COMMIT",
        "CREATE AGGREGATE",
        "CREATE CAST",
        "CREATE COLLATION",
        "CREATE DOMAIN",
        "CREATE EVENT TRIGGER",
        "CREATE FOREIGN DATA WRAPPER",
        "CREATE FUNCTION",
        "CREATE GROUP",
        "CREATE OPERATOR",
        "CREATE OPERATOR CLASS",
        "CREATE OPERATOR FAMILY",
        "CREATE PROCEDURE",
        "CREATE ROLE",
        "CREATE SERVER",
        "CREATE TEXT SEARCH CONFIGURATION",
        "CREATE TEXT SEARCH DICTIONARY",
        "CREATE TYPE",
        "CREATE USER",
        "CREATE USER MAPPING",
        "DEALLOCATE",
        "DISCARD",
        "DROP GROUP",
        "DROP ROLE",
        "DROP USER",
        "GRANT",
        "LISTEN",
        "NOTIFY",
        "PREPARE TRANSACTION",
        "RELEASE SAVEPOINT",
        "RESET",
        "RESET ROLE",
        "RESET SESSION AUTH",
        "REVOKE",
        "ROLLBACK",
        "ROLLBACK TO SAVEPOINT",
        "SAVEPOINT",
        "SET ROLE",
        "SET SESSION AUTH",
        "SET TRANSACTION",
        "SHOW",
        "UNLISTEN",
        "VALUES",
        "psql",
    ];
    let known = statement.reader == Reader::Tree || statement.command == "psql";
    let empty_schema =
        statement.command == "CREATE SCHEMA" && statement.touched.iter().all(|touched| !touched.kind.is_relation());
    known && (empty_schema || NONE.contains(&statement.command.as_str()))
}

fn each(tables: &[Name], mode: LockMode, effect: Effect, reason: &'static str, locks: &mut Locks<'_>) {
    if tables.is_empty() {
        locks.affect(On::Database, mode, effect, true, reason);
    }
    for table in tables {
        locks.affect(On::Relation(table.clone()), mode, effect, true, reason);
        locks.affect(On::ChildrenOf(table.clone()), mode, effect, true, reason);
    }
}

/// The tables of the queries inside, which are read or only looked at.
fn read(touched: &[Touched], locks: &mut Locks<'_>) {
    for touched in touched.iter().filter(|touched| touched.action == Action::Read && touched.kind.is_relation()) {
        locks.add(On::Relation(touched.name.clone()), AccessShare, "a query names it");
    }
}

/// Seen in 18, not in 15.
fn privileges(touched: &[Touched], locks: &mut Locks<'_>) {
    for touched in touched.iter().filter(|touched| touched.kind.is_relation()) {
        locks.add(On::Relation(touched.name.clone()), AccessShare, "its privileges change");
    }
}

fn create_table(table: &CreateTable, locks: &mut Locks<'_>) {
    for constraint in table.all_constraints() {
        if let ConstraintKind::ForeignKey { references, .. } = &constraint.kind
            && !references.is(&table.table)
        {
            let reason = "the foreign key puts triggers on the table that it points to";
            locks.add(On::Relation(references.clone()), ShareRowExclusive, reason);
        }
    }
    if let Some(parent) = &table.partition_of {
        locks.add(On::Relation(parent.clone()), AccessExclusive, "a partition is added; ATTACH PARTITION takes less");
        if !table.default_partition {
            let reason = "no row of it may belong to the new partition";
            locks.affect(On::DefaultOf(parent.clone()), AccessExclusive, Effect::Scan, false, reason);
        }
        let reason = "the foreign keys of the parent hold for the partition";
        locks.add(On::ReferencedBy(parent.clone(), None), ShareRowExclusive, reason);
    }
    for parent in &table.inherits {
        locks.add(On::Relation(parent.clone()), ShareUpdateExclusive, "a child is added");
    }
    for source in &table.like {
        locks.add(On::Relation(source.clone()), AccessShare, "its definition is copied");
    }
}

fn alter_type(name: &Name, change: &TypeChange, locks: &mut Locks<'_>) -> bool {
    match change {
        TypeChange::AddValue { .. } | TypeChange::RenameValue | TypeChange::Owner | TypeChange::SetSchema(_) => true,
        TypeChange::RenameTo(_) => true,
        TypeChange::Attributes { .. } | TypeChange::RenameAttribute => {
            locks.add(On::Relation(name.clone()), AccessExclusive, "the composite type changes");
            locks.add(On::TypedBy(name.clone()), AccessExclusive, "tables of the type change with it");
            true
        }
        TypeChange::Other => false,
    }
}

fn alter_domain(name: &Name, change: &DomainChange, locks: &mut Locks<'_>) -> bool {
    let reason = "every value of the domain is checked, in every table";
    match change {
        DomainChange::AddConstraint(constraint) if constraint.not_valid => {}
        DomainChange::AddConstraint(_) | DomainChange::SetNotNull | DomainChange::ValidateConstraint => {
            locks.affect(On::UsersOf(name.clone()), Share, Effect::Scan, true, reason);
        }
        _ => {}
    }
    true
}

fn drop(drop: &Drop, locks: &mut Locks<'_>) -> bool {
    for name in &drop.names {
        let on = On::Relation(name.clone());
        match drop.kind {
            ObjectKind::Index if drop.concurrently => {
                locks.add(on, ShareUpdateExclusive, "the index is dropped, while others read and write");
                locks.add(On::TableOf(name.clone()), ShareUpdateExclusive, "the table of the index");
            }
            ObjectKind::Index => {
                locks.add(on, AccessExclusive, "the index is dropped");
                locks.add(On::TableOf(name.clone()), AccessExclusive, "an index of it is dropped");
            }
            ObjectKind::Table | ObjectKind::ForeignTable => {
                locks.add(on, AccessExclusive, "the table is dropped");
                let reason = "the triggers of the foreign key are dropped there";
                locks.add(On::ReferencedBy(name.clone(), None), AccessExclusive, reason);
                locks.add(On::ParentOf(name.clone()), AccessExclusive, "it loses a partition");
                locks.add(On::ChildrenOf(name.clone()), AccessExclusive, "partitions are dropped with the table");
                locks.add(On::SequencesOf(name.clone()), AccessExclusive, "sequences are dropped with their columns");
            }
            ObjectKind::View | ObjectKind::MaterializedView | ObjectKind::Sequence => {
                locks.add(on, AccessExclusive, "the relation is dropped");
            }
            ObjectKind::Statistics => return false,
            ObjectKind::Schema | ObjectKind::Extension | ObjectKind::Database if drop.cascade => return false,
            // Nothing in use can be dropped without CASCADE.
            _ => {}
        }
        if drop.cascade {
            locks.add(On::DependentsOf(name.clone()), AccessExclusive, "CASCADE drops what depends on it");
        }
    }
    // An extension's objects are dropped with it.
    !matches!(drop.kind, ObjectKind::Extension)
}

fn truncate(tables: &[Name], cascade: bool, locks: &mut Locks<'_>) {
    for table in tables {
        let reason = "the table gets a new, empty file";
        locks.add(On::Relation(table.clone()), AccessExclusive, reason);
        locks.add(On::ChildrenOf(table.clone()), AccessExclusive, reason);
        if cascade {
            let reason = "CASCADE empties the tables whose foreign keys point to it, and so on";
            locks.add(On::Referencing(table.clone()), AccessExclusive, reason);
        }
    }
}

fn reindex(target: &ReindexTarget, concurrently: bool, locks: &mut Locks<'_>) {
    let (on_table, on_index) =
        if concurrently { (ShareUpdateExclusive, ShareUpdateExclusive) } else { (Share, AccessExclusive) };
    let reason = "the index is built again";
    match target {
        ReindexTarget::Index(index) => {
            locks.affect(On::TableOf(index.clone()), on_table, Effect::Scan, true, reason);
            locks.add(On::Relation(index.clone()), on_index, reason);
        }
        ReindexTarget::Table(table) => {
            locks.affect(On::Relation(table.clone()), on_table, Effect::Scan, true, reason);
            locks.affect(On::ChildrenOf(table.clone()), on_table, Effect::Scan, true, reason);
            locks.add(On::IndexesOf(table.clone()), on_index, reason);
        }
        ReindexTarget::Schema(schema) => {
            locks.affect(On::Schema(schema.clone()), on_table, Effect::Scan, true, reason);
        }
        ReindexTarget::Database => locks.affect(On::Database, on_table, Effect::Scan, true, reason),
    }
}

fn vacuum(tables: &[Name], full: bool, locks: &mut Locks<'_>) {
    if full {
        each(tables, AccessExclusive, Effect::Rewrite, "every row is written anew", locks);
    } else {
        each(tables, ShareUpdateExclusive, Effect::Scan, "pages with dead rows are read, while others write", locks);
    }
}

fn refresh(view: &Name, concurrently: bool, with_data: bool, locks: &mut Locks<'_>) {
    let on = On::Relation(view.clone());
    match (concurrently, with_data) {
        (true, _) => locks.affect(on, Exclusive, Effect::Scan, true, "the rows that differ are replaced"),
        (false, true) => locks.affect(on, AccessExclusive, Effect::Rewrite, true, "it is filled anew"),
        (false, false) => locks.add(on, AccessExclusive, "it is emptied"),
    }
    if with_data {
        locks.affect(On::SourcesOf(view.clone()), AccessShare, Effect::Scan, true, "its query reads them");
    }
}

fn rows(rows: &Rows, locks: &mut Locks<'_>) {
    let mut all = |names: &[Name], mode: LockMode, reason: &'static str| {
        for name in names {
            locks.add(On::Relation(name.clone()), mode, reason);
            locks.add(On::ChildrenOf(name.clone()), mode, reason);
        }
    };
    all(&rows.read, AccessShare, "rows are read");
    all(&rows.locked, RowShare, "rows are locked");
    all(&rows.written, RowExclusive, "rows are written");
}
