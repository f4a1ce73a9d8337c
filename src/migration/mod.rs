//! Migrations: which files there are, in which order their framework applies them, and what of each goes up.
//!
//! Pure: works on a [`Tree`] of files, so that a folder, a git revision and the git index are read by the same code.
//! Only [`folder`] reads a disk, to make such a tree, and only [`history`] asks a database, which of them it has had.

mod checksum;
pub mod discover;
pub mod error;
pub mod folder;
mod framework;
pub mod history;
mod placeholder;
pub mod places;
mod text;

pub mod statement;

use std::collections::BTreeMap;

pub use discover::{Hints, Options, discover, discover_with, frameworks, list_with};
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
    /// The history table that the framework's own configuration names, where it is not the usual one:
    /// `audit.schema_versions`, or a name without a schema.
    pub history_table: Option<String>,
    /// The name under which the framework knows the database, where it knows several (Hasura).
    pub database: Option<String>,
    /// Why the framework itself would refuse to run these files, where the files alone tell: `atlas.sum` does not fit.
    pub stop: Option<String>,
    /// Whether the framework's configuration lets a migration run that comes too late (Flyway's `outOfOrder`).
    pub runs_late: Option<bool>,
    /// Why these migrations cannot be replayed, where they cannot: some are programs. Only in a set that is listed
    /// ([`list_with`]); what is discovered for a replay is an error then.
    pub refusal: Option<DiscoveryError>,
}

impl MigrationSet {
    /// Where an empty database starts, if not at the beginning: the path of the last baseline, and the positions of
    /// what it makes needless.
    pub(crate) fn starting_point(&self) -> Option<(String, Vec<usize>)> {
        let at = self.migrations.iter().rposition(|migration| migration.role == Role::Baseline)?;
        let covered = |at: &usize| matches!(self.migrations[*at].role, Role::Once | Role::Baseline);
        Some((self.migrations[at].path.clone(), (0..at).filter(covered).collect()))
    }
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
    /// What the framework's history knows it by, where that is not `version`: see [`Migration::key`].
    pub key: String,
    /// As the framework computes it over this file and writes it into its history; of several, each counts for it as
    /// this file's. Only in a set that is listed, and none where the framework keeps none or it cannot be computed.
    pub checksums: Vec<String>,
    pub role: Role,
    /// A program that only the framework can run: `sql` is empty and says nothing.
    pub program: bool,
    /// Keys of those that must run before it, where that is not simply the order: Alembic, Django.
    pub after: Vec<String>,
    /// Keys of those that it stands for: Django's squashed migrations.
    pub replaces: Vec<String>,
    /// What decides on the target whether it runs at all, where that cannot be told from files: a Liquibase changeset
    /// with contexts, labels or preconditions.
    pub condition: Option<String>,
}

impl Migration {
    /// What the framework's history knows it by: the folder's name (Prisma), `app.0001_initial` (Django), the file's
    /// name (Knex, Sequelize); its version otherwise. Parts of one file that are recorded together share it.
    pub fn key(&self) -> &str {
        if self.key.is_empty() { &self.version } else { &self.key }
    }
}

/// When a migration runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Role {
    /// Once, in its place.
    #[default]
    Once,
    /// Whenever its text has changed: Flyway's `R__`, Liquibase's `runOnChange`.
    OnChange,
    /// Every time: Liquibase's `runAlways`.
    Always,
    /// Only on an empty database, in place of everything before it: Flyway's `B5__`, an Atlas checkpoint.
    Baseline,
    /// Around every run and never recorded: Flyway's `beforeMigrate` and `afterMigrate`.
    Callback,
}
