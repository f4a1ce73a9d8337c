//! Other programs' processes, and the signals that this one gets.
//!
//! Promises: a child that was started is waited for to its end, with all that it started where it has a group of its
//! own; a signal reaches either the one who ends this process or the child that has taken over, never neither.

pub mod child;
pub mod signals;

pub use child::{Child, Ended, Start};
pub use signals::{Signals, TakenOver};
