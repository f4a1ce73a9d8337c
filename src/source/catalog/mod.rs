//! Reads `pg_catalog`: everything that a live database declares.
//!
//! One `REPEATABLE READ READ ONLY` transaction, a fixed number of queries whatever the number of tables, all sent
//! before the first answer is awaited. The queries are flat (one catalog each, joined only where the join filters) and
//! what belongs together is put together here by OID: catalogs are seldom analyzed, and a planner that guesses wrong
//! about a clever join costs seconds on ten thousand tables.
//!
//! The session is brought into one fixed state, so that the server's settings do not show in the result: an empty
//! `search_path` (every deparsed name is qualified), UTC, ISO dates. `pg_get_*` functions partly look past the
//! snapshot: where one returns NULL although the object is there, the reading is done once more, and after that the
//! object is reported as a gap. Supports PostgreSQL 12 to 18.

mod acl;
mod build;
mod cells;
mod columns;
mod constraints;
mod event_triggers;
mod extensions;
mod indexes;
mod links;
mod lookups;
mod namespaces;
mod options;
mod part;
mod pipeline;
mod policies;
mod publications;
mod relations;
mod remarks;
mod routines;
mod rules;
mod sequences;
mod servers;
pub(in crate::source) mod sqltext;
mod statistics;
mod triggers;
mod types;
mod uncharted;
pub(in crate::source) mod viewdef;

use std::time::Duration;

use tokio_postgres::error::SqlState;

use super::Reading;
use part::Part;

/// How to read.
#[derive(Clone, Debug)]
pub struct Options {
    /// Row estimates and sizes, too. They are volatile and stay out of the schema.
    pub stats: bool,
    /// The role that ran the migrations of a replay. Objects that it owns are read as owned by nobody: whoever runs
    /// migrations is no fact of the schema.
    pub leave_out_owner: Option<String>,
    /// How long one query may take.
    pub statement_timeout: Duration,
    /// How long a query may wait for a lock.
    pub lock_timeout: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            stats: false,
            leave_out_owner: None,
            statement_timeout: Duration::from_secs(60),
            lock_timeout: Duration::from_secs(10),
        }
    }
}

/// Why a catalog could not be read.
#[derive(Debug, thiserror::Error)]
pub enum CatalogError {
    #[error("the server is PostgreSQL {version}; 12 and later can be read")]
    TooOld { version: String },
    #[error("reading {what} took longer than the statement timeout of {seconds} s")]
    StatementTimeout { what: &'static str, seconds: u64 },
    #[error("reading {what} waited longer than the lock timeout of {seconds} s")]
    LockTimeout { what: &'static str, seconds: u64 },
    #[error("the role may not read {what}: {message}")]
    NoPermission { what: &'static str, message: String },
    #[error("could not read {what}: {}", server_message(source))]
    Query { what: &'static str, source: tokio_postgres::Error },
    #[error("the schema changed while it was read, {attempts} times in a row: {message}")]
    Changing { attempts: usize, message: String },
    #[error("the schema kept changing: {attempts} readings, and no two in a row agreed")]
    Unsettled { attempts: usize },
}

/// PostgreSQL's own words, which `tokio_postgres::Error` alone does not print.
fn server_message(error: &tokio_postgres::Error) -> String {
    match error.as_db_error() {
        Some(server) => format!("{} ({})", server.message(), server.code().code()),
        None => error.to_string(),
    }
}

impl CatalogError {
    fn new(part: Part, source: tokio_postgres::Error, options: &Options) -> Self {
        let what = part.what();
        match source.code() {
            Some(&SqlState::QUERY_CANCELED) => {
                Self::StatementTimeout { what, seconds: options.statement_timeout.as_secs() }
            }
            Some(&SqlState::LOCK_NOT_AVAILABLE) => Self::LockTimeout { what, seconds: options.lock_timeout.as_secs() },
            Some(&SqlState::INSUFFICIENT_PRIVILEGE) => Self::NoPermission { what, message: server_message(&source) },
            _ => Self::Query { what, source },
        }
    }

    /// An object vanished between the snapshot and a function that looks past it.
    fn vanished(&self) -> bool {
        let Self::Query { source, .. } = self else { return false };
        source.as_db_error().is_some_and(|error| {
            [SqlState::INTERNAL_ERROR, SqlState::UNDEFINED_TABLE, SqlState::UNDEFINED_OBJECT].contains(error.code())
        })
    }
}

/// How often an object may vanish under a reading, which then starts again.
const PATIENCE: usize = 5;

/// Reads everything that the connected database declares.
///
/// What the role may not see, what changed under the reading and what the model does not hold come back as gaps.
pub async fn read(client: &mut tokio_postgres::Client, options: &Options) -> Result<Reading, CatalogError> {
    let mut denied = pipeline::Denied::new();
    let mut seen_unstable = false;
    let mut vanished = 0;
    loop {
        match pipeline::read_once(client, options, &denied).await {
            Ok(attempt) if attempt.stable || seen_unstable => return Ok(attempt.reading),
            Ok(_) => seen_unstable = true,
            Err(pipeline::Refused { part, error: CatalogError::NoPermission { message, .. } }) if part.optional() => {
                denied.insert(part, message);
            }
            Err(refused) if refused.error.vanished() => {
                vanished += 1;
                if vanished == PATIENCE {
                    return Err(CatalogError::Changing { attempts: vanished, message: refused.error.to_string() });
                }
            }
            Err(refused) => return Err(refused.error),
        }
    }
}

/// Reads until two readings in a row agree, at most `attempts` times: for callers whose fingerprint decides something
/// while others may be changing the schema.
pub async fn read_settled(
    client: &mut tokio_postgres::Client,
    options: &Options,
    attempts: usize,
) -> Result<Reading, CatalogError> {
    let mut before = read(client, options).await?;
    for _ in 1..attempts {
        let now = read(client, options).await?;
        if now.schema == before.schema && now.gaps == before.gaps {
            return Ok(now);
        }
        before = now;
    }
    Err(CatalogError::Unsettled { attempts })
}
