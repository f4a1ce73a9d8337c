//! `ALTER TABLE`, action by action.

use super::{Effect, LockMode, Locks, On, retype};
use crate::migration::statement::object::{Name, ObjectKind};
use crate::migration::statement::shape::Alter;
use crate::migration::statement::table::{
    Column, ColumnChange, Constraint, ConstraintKind, Detach, Generated, SequenceChange, TableAction,
};

/// The locks of an `ALTER`; `false` where an action is not known.
pub(super) fn locks(alter: &Alter, locks: &mut Locks<'_>) -> bool {
    alter.actions.iter().all(|action| one(alter, action, locks))
}

/// Whom an action reaches besides the table.
#[derive(PartialEq)]
enum Reach {
    Table,
    /// Partitions and inheriting tables too.
    Children,
}

fn one(alter: &Alter, action: &TableAction, locks: &mut Locks<'_>) -> bool {
    use LockMode::{AccessExclusive, ShareRowExclusive, ShareUpdateExclusive};
    use TableAction as A;
    let table = &alter.name;
    let is_index = alter.kind == ObjectKind::Index;
    let (mode, effect, sure, reason, reach) = match action {
        A::AddColumn { column, .. } => {
            let (effect, sure, reason) = added(table, column, locks);
            (AccessExclusive, effect, sure, reason, Reach::Children)
        }
        A::DropColumn { cascade, .. } => {
            locks.add(
                On::ReferencedBy(table.clone(), None),
                AccessExclusive,
                "a foreign key on the column goes with it",
            );
            locks.add(On::SequencesOf(table.clone()), AccessExclusive, "a sequence of the column goes with it");
            if *cascade {
                locks.add(On::DependentsOf(table.clone()), AccessExclusive, "CASCADE drops what depends on the column");
            }
            (AccessExclusive, Effect::None, true, "a column is dropped; its values stay on disk", Reach::Children)
        }
        A::AlterColumn { column, change } => match changed(table, column, change, locks) {
            Some(changed) => changed,
            None => return false,
        },
        A::AddConstraint(constraint) => added_constraint(table, constraint, locks),
        A::AlterConstraint { name, enforced } => {
            let on = On::ReferencedBy(table.clone(), Some(name.clone()));
            match enforced {
                Some(true) => locks.affect(on, ShareRowExclusive, Effect::Scan, false, POINTS_TO),
                Some(false) => locks.add(on, AccessExclusive, "the triggers of the foreign key are dropped there"),
                None => {}
            }
            if *enforced == Some(true) {
                (AccessExclusive, Effect::Scan, true, "the constraint is checked for every row", Reach::Children)
            } else {
                (AccessExclusive, Effect::None, true, "a foreign key is changed", Reach::Children)
            }
        }
        A::DropConstraint { name, cascade } => {
            let on = On::ReferencedBy(table.clone(), Some(name.clone()));
            locks.add(on, AccessExclusive, "the triggers of the foreign key are dropped there");
            if *cascade {
                let reason = "CASCADE drops the foreign keys that rest on the constraint";
                locks.add(On::Referencing(table.clone()), AccessExclusive, reason);
            }
            (AccessExclusive, Effect::None, true, "a constraint is dropped", Reach::Children)
        }
        A::ValidateConstraint { name } => {
            let on = On::ReferencedBy(table.clone(), Some(name.clone()));
            locks.affect(on, LockMode::RowShare, Effect::Scan, false, "the rows that the foreign key points to");
            (ShareUpdateExclusive, Effect::Scan, true, "every row is checked, while others write", Reach::Children)
        }
        A::RenameColumn { .. } => (AccessExclusive, Effect::None, true, "a column gets another name", Reach::Children),
        A::RenameConstraint { .. } => {
            (AccessExclusive, Effect::None, true, "a constraint gets another name", Reach::Children)
        }
        A::RenameTo(_) if is_index => {
            (ShareUpdateExclusive, Effect::None, true, "an index gets another name (since 12)", Reach::Table)
        }
        A::RenameTo(_) => (AccessExclusive, Effect::None, true, "the relation gets another name", Reach::Table),
        A::SetSchema(_) => {
            locks.add(On::SequencesOf(table.clone()), AccessExclusive, "sequences of its columns move with it");
            (AccessExclusive, Effect::None, true, "the relation moves to another schema", Reach::Table)
        }
        A::Owner => {
            locks.add(On::SequencesOf(table.clone()), AccessExclusive, "sequences of its columns change hands too");
            locks.add(On::IndexesOf(table.clone()), AccessExclusive, "indexes change hands with their table");
            (AccessExclusive, Effect::None, true, "the relation changes hands", Reach::Table)
        }
        A::SetTablespace => {
            (AccessExclusive, Effect::Rewrite, true, "every page is copied to the other tablespace", Reach::Table)
        }
        A::SetAccessMethod => (AccessExclusive, Effect::Rewrite, true, "every row is stored anew", Reach::Table),
        A::SetLogged | A::SetUnlogged if alter.kind != ObjectKind::Sequence => {
            locks.add(
                On::SequencesOf(table.clone()),
                AccessExclusive,
                "sequences of its columns change too (since 15)",
            );
            locks.add(On::ReferencedBy(table.clone(), None), LockMode::AccessShare, "they have to be of the same kind");
            (AccessExclusive, Effect::Rewrite, true, "every row is written anew, with or without WAL", Reach::Table)
        }
        A::SetLogged | A::SetUnlogged => {
            (AccessExclusive, Effect::Rewrite, true, "the sequence is written anew", Reach::Table)
        }
        A::Parameters(names) => (parameters(names), Effect::None, true, "storage parameters", Reach::Table),
        A::Trigger { .. } => {
            (ShareRowExclusive, Effect::None, true, "what fires on writes is switched", Reach::Children)
        }
        A::Rule { .. } => (AccessExclusive, Effect::None, true, "a rule is switched", Reach::Table),
        A::RowSecurity(_) => (AccessExclusive, Effect::None, true, "row level security is switched", Reach::Table),
        A::ClusterOn { .. } | A::SetWithoutCluster => {
            (ShareUpdateExclusive, Effect::None, true, "the index for a later CLUSTER", Reach::Table)
        }
        A::SetWithoutOids | A::OfType | A::NotOf => {
            (AccessExclusive, Effect::None, true, "the definition of the table changes", Reach::Table)
        }
        A::ReplicaIdentity => (AccessExclusive, Effect::None, true, "what is logged of old rows changes", Reach::Table),
        A::Inherit(parent) => {
            locks.add(On::Relation(parent.clone()), ShareUpdateExclusive, "the table becomes its child");
            (AccessExclusive, Effect::None, true, "the table becomes a child", Reach::Table)
        }
        A::NoInherit(parent) => {
            locks.add(On::Relation(parent.clone()), LockMode::AccessShare, "it loses the child");
            (AccessExclusive, Effect::None, true, "the table is no child any longer", Reach::Table)
        }
        A::AttachPartition { partition, .. } if is_index => {
            locks.add(On::Relation(partition.clone()), AccessExclusive, "the index becomes part of the other");
            (ShareUpdateExclusive, Effect::None, true, "an index becomes part of it", Reach::Table)
        }
        A::AttachPartition { partition, default } => {
            attach(table, partition, *default, locks);
            (ShareUpdateExclusive, Effect::None, true, "a partition is attached", Reach::Table)
        }
        A::DetachPartition { partition, mode } => {
            let mode = match mode {
                Detach::Plain => {
                    let reason = "rows that are inserted meanwhile might belong to the partition";
                    locks.add(On::DefaultOf(table.clone()), AccessExclusive, reason);
                    let reason = "foreign keys of the partition stand on their own";
                    locks.add(On::ReferencedBy(table.clone(), None), ShareRowExclusive, reason);
                    AccessExclusive
                }
                Detach::Concurrently | Detach::Finalize => ShareUpdateExclusive,
            };
            locks.add(On::Relation(partition.clone()), AccessExclusive, "the partition is detached");
            (mode, Effect::None, true, "a partition is detached", Reach::Table)
        }
        A::ForeignOptions => {
            (AccessExclusive, Effect::None, true, "how the foreign table is read changes", Reach::Table)
        }
        A::Sequence(changes) => {
            for change in changes {
                if let SequenceChange::OwnedBy(Some(owner)) = change {
                    locks.add(On::Relation(owner.clone()), LockMode::AccessShare, "a column of it owns the sequence");
                }
            }
            (ShareRowExclusive, Effect::None, true, "the sequence is set up anew", Reach::Table)
        }
        A::DependsOnExtension => return true,
        A::Repartition | A::Other => return false,
    };
    locks.affect(On::Relation(table.clone()), mode, effect, sure, reason);
    let names_table = matches!(alter.kind, ObjectKind::Table | ObjectKind::ForeignTable);
    if reach == Reach::Children && names_table && !alter.only {
        locks.affect(On::ChildrenOf(table.clone()), mode, effect, sure, reason);
    }
    if is_index && matches!(action, A::SetTablespace) {
        locks.add(On::TableOf(table.clone()), LockMode::AccessShare, "the table of the index");
    }
    true
}

type Found = (LockMode, Effect, bool, &'static str, Reach);

fn added(table: &Name, column: &Column, locks: &mut Locks<'_>) -> (Effect, bool, &'static str) {
    let mut worst = (Effect::None, true, "a column is added to the catalog alone");
    let mut at_least = |effect: Effect, sure: bool, reason: &'static str| {
        if effect > worst.0 {
            worst = (effect, sure, reason);
        }
    };
    let ty = column.ty.as_ref();
    let default = column.default.as_ref().filter(|default| !default.null);
    if ty.is_some_and(|ty| ty.is_serial()) {
        at_least(Effect::Rewrite, true, "every row gets a number from the new sequence");
    }
    if column.identity {
        at_least(Effect::Rewrite, true, "every row gets a number from the identity's sequence");
    }
    match column.generated {
        Some(Generated::Stored) => at_least(Effect::Rewrite, true, "the generated value is stored in every row"),
        Some(Generated::Virtual) if column.not_null || column.constraints.iter().any(is_check) => {
            at_least(Effect::Scan, true, "the generated value is computed and checked for every row");
        }
        _ => {}
    }
    if default.is_some_and(|default| !default.steady) {
        // It may be a function that is not volatile after all.
        let sure = default.is_some_and(|default| is_volatile(&default.text));
        at_least(Effect::Rewrite, sure, "the default may differ from row to row");
    }
    if ty.is_some_and(|ty| !ty.is_built_in()) {
        at_least(Effect::Rewrite, false, "a domain with constraints is checked row by row");
    }
    if column.not_null && default.is_none() && column.generated.is_none() {
        at_least(Effect::Scan, true, "NOT NULL without a default fails as soon as there is a row");
    }
    for constraint in &column.constraints {
        let (_, effect, sure, reason, _) = added_constraint(table, constraint, locks);
        let is_key = matches!(constraint.kind, ConstraintKind::ForeignKey { .. });
        // Nothing points anywhere while all is NULL.
        if !(is_key && default.is_none() && column.generated.is_none()) {
            at_least(effect, sure, reason);
        }
    }
    if column.constraints.iter().any(|c| matches!(c.kind, ConstraintKind::ForeignKey { .. })) && default.is_none() {
        for lock in &mut locks.found {
            if lock.reason == POINTS_TO {
                lock.effect = Effect::None;
            }
        }
    }
    worst
}

fn is_check(constraint: &Constraint) -> bool {
    matches!(constraint.kind, ConstraintKind::Check(_))
}

/// Functions that are known to be volatile, by far the most of those that defaults use.
fn is_volatile(text: &str) -> bool {
    let text = text.to_ascii_lowercase();
    ["gen_random_uuid(", "uuid_generate_v", "random(", "clock_timestamp(", "nextval(", "timeofday(", "uuidv7("]
        .iter()
        .any(|function| text.contains(function))
}

const POINTS_TO: &str = "the foreign key puts triggers on the table that it points to";

fn added_constraint(table: &Name, constraint: &Constraint, locks: &mut Locks<'_>) -> Found {
    use LockMode::{AccessExclusive, ShareRowExclusive};
    let unchecked = constraint.not_valid || constraint.not_enforced;
    let checked = |reason: &'static str| match unchecked {
        true => (Effect::None, true, "the rows that are there are not checked"),
        false => (Effect::Scan, true, reason),
    };
    match &constraint.kind {
        ConstraintKind::Check(_) => {
            let (effect, sure, reason) = checked("every row is checked");
            (AccessExclusive, effect, sure, reason, Reach::Children)
        }
        ConstraintKind::NotNull { column } => {
            let proven = locks.target.is_never_null(table, column);
            let (effect, sure, reason) = match proven {
                Some(true) => (Effect::None, true, "a constraint proves that there is no NULL"),
                _ => checked("every row is checked for NULL"),
            };
            (AccessExclusive, effect, sure && (unchecked || proven.is_some()), reason, Reach::Children)
        }
        ConstraintKind::PrimaryKey { using_index: Some(_), .. } => {
            let reason = "the index is there; a column that may be NULL is checked row by row";
            (AccessExclusive, Effect::Scan, false, reason, Reach::Children)
        }
        ConstraintKind::Unique { using_index: Some(_), .. } => {
            (AccessExclusive, Effect::None, true, "the index is there already", Reach::Children)
        }
        ConstraintKind::PrimaryKey { .. } | ConstraintKind::Unique { .. } | ConstraintKind::Exclude => {
            (AccessExclusive, Effect::Scan, true, "its index is built", Reach::Children)
        }
        ConstraintKind::ForeignKey { references, .. } => {
            let (effect, sure, reason) = checked("every row is checked against the table that it points to");
            locks.affect(On::Relation(references.clone()), ShareRowExclusive, effect, sure, POINTS_TO);
            (ShareRowExclusive, effect, sure, reason, Reach::Children)
        }
    }
}

fn changed(table: &Name, column: &str, change: &ColumnChange, locks: &mut Locks<'_>) -> Option<Found> {
    use LockMode::{AccessExclusive, ShareUpdateExclusive};
    Some(match change {
        ColumnChange::Type { ty, collate, using } => {
            let from = locks.type_of(table, column);
            let (effect, sure) = retype::effect(from.as_ref(), ty, *collate, using.as_ref(), column);
            let reason = match effect {
                Effect::None => "the values are the same in both types",
                _ => "every value is converted",
            };
            if effect == Effect::Rewrite {
                let reason = "a foreign key on the column is made and checked again";
                locks.affect(On::ReferencedBy(table.clone(), None), AccessExclusive, Effect::Scan, false, reason);
                locks.affect(On::Referencing(table.clone()), AccessExclusive, Effect::Scan, false, reason);
            }
            (AccessExclusive, effect, sure, reason, Reach::Children)
        }
        ColumnChange::SetNotNull => match locks.target.is_never_null(table, column) {
            Some(true) => {
                (AccessExclusive, Effect::None, true, "a constraint proves that there is no NULL", Reach::Children)
            }
            proven => {
                let reason = "every row is checked for NULL, unless a validated CHECK proves that there is none";
                (AccessExclusive, Effect::Scan, proven.is_some(), reason, Reach::Children)
            }
        },
        ColumnChange::SetDefault(_) | ColumnChange::DropDefault => {
            (AccessExclusive, Effect::None, true, "a default holds for new rows alone", Reach::Children)
        }
        ColumnChange::DropNotNull => (AccessExclusive, Effect::None, true, "the column may be NULL", Reach::Children),
        ColumnChange::AddIdentity | ColumnChange::AlterIdentity => {
            locks.add(On::SequencesOf(table.clone()), LockMode::ShareRowExclusive, "the sequence of the identity");
            (AccessExclusive, Effect::None, true, "an identity holds for new rows alone", Reach::Table)
        }
        ColumnChange::DropIdentity => {
            locks.add(On::SequencesOf(table.clone()), AccessExclusive, "the sequence of the identity goes with it");
            (AccessExclusive, Effect::None, true, "new rows get no number any longer", Reach::Table)
        }
        ColumnChange::SetExpression(_) => {
            let reason = "a stored value is computed anew for every row";
            (AccessExclusive, Effect::Rewrite, locks.major < 18, reason, Reach::Children)
        }
        ColumnChange::DropExpression => {
            (AccessExclusive, Effect::None, true, "the stored values stay", Reach::Children)
        }
        ColumnChange::Statistics => {
            (ShareUpdateExclusive, Effect::None, true, "how much ANALYZE looks at", Reach::Children)
        }
        ColumnChange::Options => (ShareUpdateExclusive, Effect::None, true, "options of a column", Reach::Table),
        ColumnChange::Storage | ColumnChange::Compression => {
            (AccessExclusive, Effect::None, true, "how new values are stored", Reach::Children)
        }
        ColumnChange::Other => return None,
    })
}

fn attach(parent: &Name, partition: &Name, default: bool, locks: &mut Locks<'_>) {
    use LockMode::AccessExclusive;
    match locks.target.fits_partition(partition) {
        Some(true) => locks.add(On::Relation(partition.clone()), AccessExclusive, "its constraints prove the bounds"),
        fits => locks.affect(
            On::Relation(partition.clone()),
            AccessExclusive,
            Effect::Scan,
            fits.is_some(),
            "every row is checked against the bounds, unless a validated CHECK proves them",
        ),
    }
    if !default {
        let reason = "no row of it may belong to the new partition";
        locks.affect(On::DefaultOf(parent.clone()), AccessExclusive, Effect::Scan, false, reason);
    }
    let reason = "the foreign keys of the parent hold for the partition";
    locks.add(On::ReferencedBy(parent.clone(), None), LockMode::ShareRowExclusive, reason);
}

/// The lock of `SET (…)`: the strongest that one of the parameters asks for (`reloptions.c`).
fn parameters(names: &[String]) -> LockMode {
    let is_light = |name: &String| {
        let name = name.strip_prefix("toast.").unwrap_or(name);
        name.starts_with("autovacuum_")
            || matches!(
                name,
                "fillfactor"
                    | "toast_tuple_target"
                    | "parallel_workers"
                    | "vacuum_truncate"
                    | "vacuum_index_cleanup"
                    | "vacuum_max_eager_freeze_failure_rate"
                    | "log_autovacuum_min_duration"
                    | "deduplicate_items"
                    | "n_distinct"
                    | "n_distinct_inherited"
            )
    };
    match names.iter().all(is_light) {
        true => LockMode::ShareUpdateExclusive,
        false => LockMode::AccessExclusive,
    }
}
