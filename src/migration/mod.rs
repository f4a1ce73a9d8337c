//! Migrations: which files there are, in which order their framework applies them, and what of each goes up.
//!
//! Pure: works on a [`Tree`] of files, so that a folder, a git revision and the git index are read by the same code.
//! Only [`folder`] reads a disk, to make such a tree.

pub mod discover;
pub mod error;
pub mod folder;
mod framework;
mod placeholder;
pub mod places;
mod text;

pub mod statement;

use std::collections::BTreeMap;

pub use discover::{Hints, Options, discover, discover_with, frameworks};
pub use error::DiscoveryError;

/// Files below a migrations folder: path relative to it, with `/` between the parts, to bytes.
pub type Tree = BTreeMap<String, Vec<u8>>;

/// What a framework applies, in its own order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MigrationSet {
    /// The framework's name as `--framework` takes it: `diesel`, `flyway`, …
    pub framework: String,
    pub migrations: Vec<Migration>,
    /// DDL of the framework's own history table, created before the replay so that migrations that touch it run.
    pub history_ddl: Option<String>,
    /// Qualified names of that table and what belongs to it (`public.schema_migrations`): left out of what is read.
    pub history_tables: Vec<String>,
    /// Schemas that `history_ddl` creates: left out of what is read where nothing else is in them.
    pub history_schemas: Vec<String>,
    /// Things worth a word on stderr that stop nothing, such as a file that fits no pattern of the framework.
    pub notes: Vec<String>,
}

/// One migration's way up.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Migration {
    /// As the framework compares it: `20240102030405`, `1.2`.
    pub version: String,
    pub name: String,
    /// Relative to the folder, for error messages.
    pub path: String,
    /// The part that goes up. Line ends are kept, so that line n of it is line `first_line + n - 1` of the file.
    pub sql: String,
    /// The line of `path` at which `sql` starts, from 1.
    pub first_line: usize,
    /// Whether it runs in one transaction that the framework opens. `false` also where the framework sends the file
    /// as it is and opens none (golang-migrate, Prisma, plain SQL).
    pub transactional: bool,
}
