//! What tidegate knows of each migration framework, one file each behind one trait.
//!
//! Each module names the framework's own source or documentation that its order, its patterns and its transaction
//! rule were checked against.

mod atlas;
mod dbmate;
mod delimiter;
mod diesel;
mod drizzle;
pub(crate) mod flyway;
mod golang_migrate;
mod goose;
mod hasura;
mod liquibase;
mod node_pg_migrate;
mod plain;
mod prisma;
pub(crate) mod program;
mod refinery;
mod sqlx;
mod supabase;
mod yaml;

use super::Migration;
use super::discover::Folder;
use super::error::{DiscoveryError, list};
use super::text;

/// A framework whose migrations can be told from the files alone.
pub(crate) trait Framework: Sync {
    /// As `--framework` takes it.
    fn name(&self) -> &'static str;
    /// What its migrations look like, for an error message.
    fn looks_for(&self) -> &'static str;
    /// A sign that the folder is this framework's.
    fn detect(&self, folder: &Folder) -> Option<Evidence>;
    /// The migrations in the framework's order. None, with the down files, where only those are there.
    fn read(&self, folder: &Folder) -> Result<Found, DiscoveryError>;
    /// Where the framework keeps what it has applied.
    fn history(&self) -> History;
}

/// How strong a sign is, and where it was seen.
pub(crate) struct Evidence {
    pub(crate) strength: u8,
    pub(crate) file: String,
}

/// From here on a sign cannot be mistaken: a marker that only this framework reads.
pub(crate) const SURE: u8 = 90;

impl Evidence {
    pub(crate) fn at(strength: u8, file: &str) -> Option<Self> {
        Some(Self { strength, file: file.to_owned() })
    }
}

#[derive(Debug, Default)]
pub(crate) struct Found {
    pub(crate) migrations: Vec<Migration>,
    /// Down files, to tell a folder of nothing else from a folder of something else.
    pub(crate) downs: Vec<String>,
    pub(crate) notes: Vec<String>,
    /// See [`MigrationSet::history_table`].
    pub(crate) history_table: Option<String>,
    /// See [`MigrationSet::database`].
    pub(crate) database: Option<String>,
    /// See [`MigrationSet::stop`].
    pub(crate) stop: Option<String>,
    /// See [`MigrationSet::runs_late`].
    pub(crate) runs_late: Option<bool>,
    /// See [`MigrationSet::refusal`].
    pub(crate) refusal: Option<DiscoveryError>,
}

impl Found {
    /// Notes SQL files that the framework passes over.
    pub(crate) fn ignored(&mut self, files: &[String], why: &str) {
        if !files.is_empty() {
            self.notes.push(format!("left out {}: {why}", list(files)));
        }
    }
}

/// The history table, as the framework creates it.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct History {
    pub(crate) ddl: Option<&'static str>,
    pub(crate) tables: &'static [&'static str],
    pub(crate) schemas: &'static [&'static str],
}

/// Every framework, in the order in which equally strong signs are decided.
pub(crate) const ALL: &[&dyn Framework] = &[
    &sqlx::Sqlx,
    &diesel::Diesel,
    &refinery::Refinery,
    &golang_migrate::GolangMigrate,
    &goose::Goose,
    &dbmate::Dbmate,
    &flyway::Flyway,
    &liquibase::Liquibase,
    &prisma::Prisma,
    &drizzle::Drizzle,
    &atlas::Atlas,
    &supabase::Supabase,
    &hasura::Hasura,
    &node_pg_migrate::NodePgMigrate,
    &program::RAILS,
    &program::DJANGO,
    &program::ALEMBIC,
    &program::ECTO,
    &program::SEAORM,
    &program::KNEX,
    &program::TYPEORM,
    &program::SEQUELIZE,
    &plain::Plain,
];

/// Sorts by `key` and refuses two of one version.
pub(crate) fn in_order<K: Ord>(
    framework: &dyn Framework,
    mut migrations: Vec<(K, Migration)>,
) -> Result<Vec<Migration>, DiscoveryError> {
    // The path decides last, so that an error names the same two files every time.
    migrations.sort_by(|(a, x), (b, y)| a.cmp(b).then_with(|| x.path.cmp(&y.path)));
    if let Some([(_, first), (_, second)]) = migrations.windows(2).find(|pair| pair[0].0 == pair[1].0) {
        return Err(DiscoveryError::DuplicateVersion {
            framework: framework.name().to_owned(),
            version: first.version.clone(),
            first: first.path.clone(),
            second: second.path.clone(),
        });
    }
    Ok(migrations.into_iter().map(|(_, migration)| migration).collect())
}

/// `N_title` of a file name: digits that fit `max`, `_`, the rest. The digits stay as they are spelled.
pub(crate) fn numbered(name: &str, max: u64) -> Option<(u64, &str, &str)> {
    let (digits, rest) = text::leading_digits(name);
    let version: u64 = digits.parse().ok().filter(|version| *version <= max)?;
    Some((version, digits, rest.strip_prefix('_')?))
}

/// A whole file as one migration.
pub(crate) fn whole(
    folder: &Folder,
    path: &str,
    version: &str,
    name: &str,
    transactional: bool,
) -> Result<Migration, DiscoveryError> {
    Ok(Migration {
        version: version.to_owned(),
        name: name.to_owned(),
        path: path.to_owned(),
        sql: folder.text(path)?.to_owned(),
        first_line: 1,
        transactional,
        ..Migration::default()
    })
}

/// A file that is a program, by its names alone.
pub(crate) fn program(path: &str, version: &str, name: &str, key: &str) -> Migration {
    Migration {
        version: version.to_owned(),
        name: name.to_owned(),
        path: path.to_owned(),
        key: key.to_owned(),
        first_line: 1,
        program: true,
        ..Migration::default()
    }
}

pub(crate) fn malformed(framework: &dyn Framework, path: &str, line: usize, what: impl Into<String>) -> DiscoveryError {
    DiscoveryError::Malformed { framework: framework.name().to_owned(), path: path.to_owned(), line, what: what.into() }
}

/// A folder from lines of `path` and text, for the tests of each framework.
#[cfg(test)]
pub(crate) mod testing {
    use crate::migration::{DiscoveryError, MigrationSet, Options, Tree, discover_with};

    pub(crate) fn tree(files: &[(&str, &str)]) -> Tree {
        files.iter().map(|(path, text)| ((*path).to_owned(), text.as_bytes().to_vec())).collect()
    }

    pub(crate) fn found(files: &[(&str, &str)]) -> MigrationSet {
        with(files, &Options::default()).unwrap()
    }

    pub(crate) fn error(files: &[(&str, &str)]) -> DiscoveryError {
        with(files, &Options::default()).unwrap_err()
    }

    pub(crate) fn with(files: &[(&str, &str)], options: &Options) -> Result<MigrationSet, DiscoveryError> {
        discover_with(&tree(files), options)
    }

    pub(crate) fn forced(framework: &str) -> Options {
        Options { framework: Some(framework.to_owned()), ..Options::default() }
    }

    /// Options with files beside the migrations folder.
    pub(crate) fn beside(files: &[(&str, &str)]) -> Options {
        let mut options = Options::default();
        options.hints.files = tree(files);
        options
    }

    pub(crate) fn paths(set: &MigrationSet) -> Vec<&str> {
        set.migrations.iter().map(|migration| migration.path.as_str()).collect()
    }

    pub(crate) fn versions(set: &MigrationSet) -> Vec<&str> {
        set.migrations.iter().map(|migration| migration.version.as_str()).collect()
    }
}
