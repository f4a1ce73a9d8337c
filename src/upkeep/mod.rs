//! Backups apart from a migration: they are made, judged, deleted, pinned and taken over.
//!
//! Promises: nothing is deleted but what [`crate::retention::plan`] lets go, listed, described and judged anew right
//! before; what came after the plan is left alone; one that cannot be deleted holds up no other; a backup is asked for
//! under one name only, whatever becomes of the answers.
//!
//! - [`Shelf`]: the backups of one Region
//! - [`prune`]: judging and deleting
//! - [`consent`]: who agreed to a policy
//! - [`pruner`]: the same on behalf of the gate
//! - [`create`]: asking for a backup, waiting for it, and its copies in other Regions
//! - [`adopt`]: hand-made snapshots come under a policy

pub mod adopt;
pub mod consent;
pub mod create;
mod patience;
pub mod prune;
pub mod pruner;
mod shelf;

pub use shelf::Shelf;

#[cfg(test)]
mod tests;
