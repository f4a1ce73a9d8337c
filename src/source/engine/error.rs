//! Why an engine could not be had, or was lost.

use std::path::PathBuf;
use std::time::Duration;

/// What went wrong with an engine, as opposed to an error of a statement that ran on it.
#[derive(Clone, Debug, thiserror::Error)]
pub enum EngineError {
    /// This build or this machine cannot run it at all.
    #[error("the {engine} engine is not available: {reason}")]
    Unavailable { engine: &'static str, reason: String },
    /// It should run, but did not start.
    #[error("the {engine} engine did not start: {reason}")]
    Start { engine: &'static str, reason: String },
    /// A statement took longer than the deadline, and the engine was stopped.
    #[error("the {engine} engine gave no answer within {} and was stopped", seconds(.deadline))]
    Hung { engine: &'static str, deadline: Duration },
    /// The engine's process ended by itself.
    #[error("the {engine} engine ended in the middle of a statement{}", detail(.reason))]
    Died { engine: &'static str, reason: String },
    /// A session could not be opened or was lost, with the engine still there.
    #[error("the {engine} engine refused a session: {reason}")]
    Session { engine: &'static str, reason: String },
    /// The database of a URL has something in it.
    #[error(
        "{database} is not empty, and a replay needs a database with nothing in it: found {found}. (An interrupted \
         replay may have left them.) Create one for it: `CREATE DATABASE replay`"
    )]
    NotEmpty { database: String, found: String },
    /// No server binaries where they are usually found.
    #[error(
        "no PostgreSQL server was found on this machine: looked for `postgres` and `initdb` in {}. Install one \
         (Debian, Ubuntu: `apt install postgresql`; macOS: `brew install postgresql`), or name its folder with \
         `replay.server_bin`",
        list(.looked_in)
    )]
    NoServer { looked_in: Vec<PathBuf> },
}

impl EngineError {
    pub(super) fn session(engine: &'static str, error: &tokio_postgres::Error) -> Self {
        Self::Session { engine, reason: crate::postgres::error_text(error) }
    }

    /// Whether another engine may well do what this one could not.
    pub fn is_worth_another_engine(&self) -> bool {
        !matches!(self, Self::NoServer { .. } | Self::NotEmpty { .. })
    }
}

fn seconds(duration: &Duration) -> String {
    format!("{} s", duration.as_secs_f64())
}

fn detail(reason: &str) -> String {
    if reason.is_empty() { String::new() } else { format!(": {reason}") }
}

fn list(paths: &[PathBuf]) -> String {
    paths.iter().map(|path| path.display().to_string()).collect::<Vec<_>>().join(", ")
}
