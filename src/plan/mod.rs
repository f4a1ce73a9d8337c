//! What the pending migrations will do to a database, found out before anything is done to it.
//!
//! Promises: the target is only ever read; every lock is labelled *observed* (read from `pg_locks` while the statement
//! ran on a throw-away copy) or *known* (what PostgreSQL does with such a statement, where a copy without rows cannot
//! show it); what could not be told makes the verdict "could not tell" and never "safe"; the same target and the same
//! migrations make the same plan, byte for byte, but for row estimates, sizes and what is judged from them.
//!
//! ```text
//! target ──► schema, figures, history ─┐
//! migrations ──► pending ──► dry run on a copy ──► assemble ──► verdict ──► report
//! ```

mod around;
pub mod assemble;
pub mod document;
pub mod dry_run;
pub mod effect;
mod known;
pub mod published;
pub mod report;
mod size;
pub mod target;
pub mod verdict;

pub use assemble::{Findings, assemble, pending_hash};
pub use document::Plan;
pub use verdict::Level;

/// Two-space indent and a final newline.
pub fn json(plan: &Plan) -> String {
    crate::schema::document::pretty(plan)
}
