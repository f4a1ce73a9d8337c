//! Which migrations a database has had, and which are pending.
//!
//! Promises: only what the framework's own history says counts as applied. A history that is not there, cannot be
//! read or is another framework's makes **everything** pending and says why; it never means that there is nothing to
//! do. Nothing is written: every statement is a `SELECT`. Checksums are compared where the framework keeps them and as
//! it computes them; one that cannot be computed faithfully is "not verified" and never "fine".
//!
//! The core compares rows with a [`MigrationSet`] and does no I/O; only [`read`](fn@read) asks the database.

use serde::Serialize;

#[cfg(doc)]
use super::MigrationSet;

mod books;
mod compare;
mod flyway;
mod graph;
mod liquibase;
mod position;
mod read;
mod records;
mod report;
mod table;

pub use read::read;

/// What the caller knows of the history table.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// Its name where it is not the framework's usual one: `schema.table`, or `table` in the search path. `None`
    /// takes what the framework's own configuration says ([`MigrationSet::history_table`]), else its usual one.
    pub table: Option<String>,
}

/// The state of a database against a set of migrations.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Status {
    pub framework: String,
    /// The history table that was read: `public.schema_migrations`. `None` where none was.
    pub table: Option<String>,
    pub history: History,
    /// What the database has had and the files have, in the order of the files.
    pub applied: Vec<Applied>,
    /// What would run next, in the order in which the framework runs it.
    pub pending: Vec<Pending>,
    /// Applied, and edited since: the checksum differs.
    pub changed: Vec<Changed>,
    /// Applied, and no file here.
    pub missing: Vec<Missing>,
    /// Pending or late, and older than the newest applied.
    pub out_of_order: Vec<OutOfOrder>,
    /// Begun and not finished well.
    pub dirty: Vec<Dirty>,
    /// Applied, and whether the file is still the one that ran cannot be said.
    pub unverified: Vec<Unverified>,
    /// What could not be told. Anything here is a no.
    pub could_not_tell: Vec<String>,
    /// Worth a word, stops nothing.
    pub notes: Vec<String>,
}

/// How the history was found.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "state")]
pub enum History {
    /// There is one, with rows.
    Read,
    /// There is one, without a row.
    Empty,
    /// There is none: this database was never migrated by the framework, or is another one.
    #[default]
    NoTable,
    /// The framework keeps none (plain SQL): only git can tell.
    NoneKept,
    /// There is one that this role may not read.
    NoPermission { table: String, role: String },
    /// The table of that name belongs to another framework.
    OtherFramework { table: String, theirs: String },
    /// It could not be read for another reason.
    Unreadable { reason: String },
}

/// A migration that the database has had.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Applied {
    pub version: String,
    pub name: String,
    /// The file, relative to the migrations folder.
    pub path: String,
    /// Positions in [`MigrationSet::migrations`].
    #[serde(skip)]
    pub migrations: Vec<usize>,
    /// As the history says it; frameworks differ in time zone and in whether they say it.
    pub when: Option<String>,
}

/// A migration that the database has not had.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Pending {
    pub version: String,
    pub name: String,
    pub path: String,
    /// Positions in [`MigrationSet::migrations`]; several where the framework records parts of a file together.
    #[serde(skip)]
    pub migrations: Vec<usize>,
    /// Whether it had run before and runs again because its text changed or because it always does.
    pub again: bool,
}

/// A migration that was edited after it was applied.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Changed {
    pub version: String,
    pub path: String,
    /// The checksum in the history.
    pub recorded: String,
    /// The checksum of the file.
    pub found: String,
}

/// A migration in the history without its file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Missing {
    pub version: String,
    pub name: String,
    pub when: Option<String>,
}

/// A migration older than the newest applied one that has not run.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct OutOfOrder {
    pub version: String,
    pub path: String,
    /// The newest applied one.
    pub newest: String,
    pub outcome: Late,
}

/// What a framework does with a migration that comes too late.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Late {
    /// It runs it.
    #[default]
    Runs,
    /// It passes it over without a word: it is **not** among the pending.
    Skips,
    /// It stops with an error.
    Refuses,
}

/// A migration that was begun and not finished well.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Dirty {
    pub version: String,
    /// What the framework recorded: `dirty = true`, `success = false`.
    pub recorded: String,
    /// What to do about it.
    pub remedy: String,
}

/// An applied migration whose checksum was not compared.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Unverified {
    pub version: String,
    pub path: String,
    pub reason: String,
}

impl Status {
    /// Whether the history was read (or is known to be empty or absent) and leaves no question open.
    pub fn is_certain(&self) -> bool {
        self.could_not_tell.is_empty()
    }

    /// Whether there is nothing to run, for certain, and nothing wrong.
    pub fn is_up_to_date(&self) -> bool {
        self.is_certain()
            && matches!(self.history, History::Read)
            && self.pending.is_empty()
            && self.changed.is_empty()
            && self.missing.is_empty()
            && self.out_of_order.is_empty()
            && self.dirty.is_empty()
    }

    /// Positions in [`MigrationSet::migrations`] of what would run, in order.
    pub fn pending_migrations(&self) -> impl Iterator<Item = usize> + '_ {
        self.pending.iter().flat_map(|pending| pending.migrations.iter().copied())
    }
}
