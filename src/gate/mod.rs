//! The step before a migration: no command without a confirmed backup of the very database that it changes.
//!
//! Promises: *could not tell* is a no; what is judged at the end (identity and backup) is read last; every intention is
//! on disk before it is carried out; a run whose end is not known stops every later one until somebody has looked.
//!
//! ```text
//! preflight → lock → read (plan, identity, backups) → request → wait → confirm → read again → run → judge → receipt
//! ```
//!
//! - [`machine`]: which step follows which event; pure
//! - [`driver`]: carries the steps out with what [`world`] provides
//! - [`journal`]: the file in which a run writes down what it is about to do
//! - [`receipt`]: what a run leaves behind; [`published`] is its JSON Schema, [`verify`] checks one
//! - [`report`]: what it says to people; [`restore`]: the way back; [`github`] and [`notify`]: who else is told
//! - [`database`] and [`command`]: the real PostgreSQL server, and the migrate command
//! - `elsewhere`: whether an environment or a command line names another database
//! - [`world`]: the contracts: clock, database, journal, command (and [`crate::backup::Provider`])

pub mod command;
pub mod database;
pub mod driver;
mod elsewhere;
pub mod github;
pub mod journal;
pub mod machine;
pub mod notify;
pub mod options;
pub mod published;
pub mod receipt;
pub mod refusal;
pub mod report;
pub mod restore;
pub mod run;
#[cfg(test)]
mod testing;
pub mod verify;
pub mod world;

pub use options::Options;
pub use refusal::{Code, Refusal};
pub use run::{Binding, RunId};
