//! The locks that a statement is known to take, read off its text.
//!
//! Pure, and never less than the truth: what the statement takes hold of that the text does not name (partitions,
//! indexes, what `CASCADE` drops) is said in terms of what it names, and what cannot be told at all is `None`. The
//! facts are those of PostgreSQL 12 to 18, from its manual ("Explicit Locking", `ALTER TABLE`) and its sources
//! (`AlterTableGetLockLevel`); each is held against `pg_locks` of real servers by a test per row.
//!
//! Left out: catalogs, TOAST tables, and indexes that are locked no more strongly than their table is. Triggers,
//! functions and views bring locks of their own, which no text shows.

mod alter;
mod mode;
mod other;
mod retype;

use std::fmt;

pub use mode::{Blocks, LockMode};

use super::object::Name;
use super::table::DataType;
use super::understand::{Class, Understood};

/// One lock.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownLock {
    pub on: On,
    pub mode: LockMode,
    pub effect: Effect,
    /// Whether the effect is certain. Where not, it depends on what the text does not show, and the worst is told.
    pub sure: bool,
    /// Why, in a few words: for people.
    pub reason: &'static str,
}

/// What happens to the rows while the lock is held.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Effect {
    /// Nothing that takes longer with more rows.
    None,
    /// Every row is read: to check it, or to build an index.
    Scan,
    /// The table is written anew, with all its indexes.
    Rewrite,
}

/// What is locked.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum On {
    /// A table, view, sequence or index that the statement names.
    Relation(Name),
    /// The table of an index that the statement names.
    TableOf(Name),
    /// The indexes of a table.
    IndexesOf(Name),
    /// The partitions and inheriting tables of a table, and theirs.
    ChildrenOf(Name),
    /// The partitioned table of a partition.
    ParentOf(Name),
    /// The default partition of a partitioned table, where there is one.
    DefaultOf(Name),
    /// The tables that foreign keys of a table point to; those of one constraint, where it is named.
    ReferencedBy(Name, Option<String>),
    /// The tables whose foreign keys point to a table.
    Referencing(Name),
    /// The sequences that belong to columns of a table.
    SequencesOf(Name),
    /// What is dropped with an object: views, foreign keys, whatever depends on it.
    DependentsOf(Name),
    /// The tables with columns of a type or domain.
    UsersOf(Name),
    /// The tables made `OF` a type.
    TypedBy(Name),
    /// What a view or materialized view reads.
    SourcesOf(Name),
    /// Every table of a schema.
    Schema(String),
    /// Every table of the database, or of a tablespace in it.
    Database,
}

impl On {
    /// The relation that it is about, where it is one that the statement names.
    pub fn named(&self) -> Option<&Name> {
        match self {
            Self::Relation(name) => Some(name),
            _ => None,
        }
    }
}

impl fmt::Display for On {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Relation(name) => write!(f, "{name}"),
            Self::TableOf(name) => write!(f, "the table of {name}"),
            Self::IndexesOf(name) => write!(f, "the indexes of {name}"),
            Self::ChildrenOf(name) => write!(f, "the partitions and children of {name}"),
            Self::ParentOf(name) => write!(f, "the parent of {name}"),
            Self::DefaultOf(name) => write!(f, "the default partition of {name}"),
            Self::ReferencedBy(name, None) => write!(f, "the tables that foreign keys of {name} point to"),
            Self::ReferencedBy(name, Some(key)) => write!(f, "the table that {key} of {name} points to"),
            Self::Referencing(name) => write!(f, "the tables whose foreign keys point to {name}"),
            Self::SequencesOf(name) => write!(f, "the sequences of {name}"),
            Self::DependentsOf(name) => write!(f, "what depends on {name}"),
            Self::UsersOf(name) => write!(f, "the tables with columns of type {name}"),
            Self::TypedBy(name) => write!(f, "the tables of type {name}"),
            Self::SourcesOf(name) => write!(f, "what {name} reads"),
            Self::Schema(name) => write!(f, "every table of schema {name}"),
            Self::Database => f.write_str("every table of the database"),
        }
    }
}

/// What the caller knows of the database that the statement runs on. The default is to know nothing.
pub trait Target {
    /// The type of a column as `format_type` prints it.
    fn column_type(&self, _table: &Name, _column: &str) -> Option<String> {
        None
    }

    /// Whether a column is `NOT NULL`, or a validated `CHECK` proves that it has no NULL.
    fn is_never_null(&self, _table: &Name, _column: &str) -> Option<bool> {
        None
    }

    /// Whether validated constraints of a table prove that all its rows fit the bounds with which it is attached.
    fn fits_partition(&self, _partition: &Name) -> Option<bool> {
        None
    }
}

/// A database of which nothing is known.
#[derive(Clone, Copy, Debug, Default)]
pub struct Anything;

impl Target for Anything {}

/// The locks of a statement on a server of a major version, in the order of the text.
///
/// `None` where they cannot be told: not parsed, disputed, opaque, or of a kind that this program does not know. An
/// empty list is a promise: no table is locked. Relations that the statement itself creates are not listed. Whether a
/// table was created earlier in the same transaction, and is therefore in nobody's way, is for the caller to see.
pub fn known_locks(statement: &Understood, major: u32, target: &dyn Target) -> Option<Vec<KnownLock>> {
    if statement.class == Class::NotParsed || statement.disputed {
        return None;
    }
    let mut locks = Locks { found: Vec::new(), major, target };
    other::locks(statement, &mut locks).then_some(locks.found)
}

/// What is gathered while a statement is read.
struct Locks<'a> {
    found: Vec<KnownLock>,
    major: u32,
    target: &'a dyn Target,
}

impl Locks<'_> {
    fn add(&mut self, on: On, mode: LockMode, reason: &'static str) {
        self.push(KnownLock { on, mode, effect: Effect::None, sure: true, reason });
    }

    fn affect(&mut self, on: On, mode: LockMode, effect: Effect, sure: bool, reason: &'static str) {
        self.push(KnownLock { on, mode, effect, sure, reason });
    }

    /// One lock for each relation: the strongest mode, the worst effect, and the reason of what weighs most.
    fn push(&mut self, lock: KnownLock) {
        match self.found.iter_mut().find(|known| known.on == lock.on) {
            Some(known) => {
                if (lock.effect, lock.mode) > (known.effect, known.mode) {
                    known.reason = lock.reason;
                }
                known.mode = known.mode.max(lock.mode);
                known.sure = match lock.effect.cmp(&known.effect) {
                    std::cmp::Ordering::Less => known.sure,
                    std::cmp::Ordering::Equal => known.sure || lock.sure,
                    std::cmp::Ordering::Greater => lock.sure,
                };
                known.effect = known.effect.max(lock.effect);
            }
            None => self.found.push(lock),
        }
    }

    fn type_of(&self, table: &Name, column: &str) -> Option<DataType> {
        self.target.column_type(table, column).map(|text| DataType::parse(&text))
    }
}
