//! Which backups stay and which go: candidates + policy + now → keep or delete, each with its reason.
//!
//! Promises: the newest good backup always stays; nothing that is not ours is touched; an empty policy deletes nothing;
//! raising any `keep_…` value never lets more go; the order of the candidates does not matter. No I/O, no clock.
//!
//! ```text
//! is it ours, of this server and this database? ──► is it good? ──► does anything hold it? ──► floors ──► rules ──► cap
//! ```
//!
//! Every step can only keep. What no step keeps goes, the oldest first.
//!
//! - A backup for *one* database and a backup for *all* databases of a server are kept apart, although RDS stores the
//!   same in both: each is judged, and counted, only with its like. So no policy of one deletes what another counts on.
//! - Only what is `available` is counted, and only that is deleted. A failed backup is nobody's way back, but deleting
//!   it hides that it failed: it stays until somebody has looked and deletes it by hand.
//! - What is dated in the future is neither counted nor deleted.

mod calendar;
mod facts;
mod judge;
mod policy;
mod reason;

pub use facts::{Candidate, Known, Scope, moment};
pub use judge::{foreign, plan};
pub use policy::{Policy, Tier};
pub use reason::{Action, Reason, Rule, Verdict, exact, span};

#[cfg(test)]
mod tests;
