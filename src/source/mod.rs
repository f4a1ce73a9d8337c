//! Where a schema comes from: a live database, migrations, a dump, a saved document, a git revision.
//!
//! Every source returns one [`Reading`], so that nothing after it knows which it was.

pub mod catalog;
pub mod dump;
pub mod engine;
pub mod information_schema;
pub mod locate;
pub mod replay;
pub mod saved;

use crate::schema::{Gap, Schema};
pub use crate::schema::{Stats, TableStats};

/// What a source returns. Only `schema` is compared, hashed and drawn; the rest explains it.
#[derive(Clone, Debug, Default)]
pub struct Reading {
    /// In canonical order.
    pub schema: Schema,
    /// What could not be read, sorted.
    pub gaps: Vec<Gap>,
    /// The server that told it. Never in committed files.
    pub server: Option<Server>,
    /// Where it came from, for stderr, with secrets taken out: `embedded PostgreSQL 18.4, 12 migrations in db/migrate`.
    pub origin: String,
    /// Row estimates and sizes, only where asked for (`--stats`).
    pub stats: Option<Stats>,
}

/// The server behind a reading.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Server {
    /// As `server_version` says: `15.18 (Debian …)`.
    pub version: String,
    /// As `server_version_num` says: `150018`.
    pub version_num: u32,
}
