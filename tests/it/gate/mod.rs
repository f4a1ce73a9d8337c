//! The gate from end to end: the program, a real PostgreSQL, a real migration tool, an AWS that keeps a log.

mod deploy;
mod faults;
mod killed;
mod moto;
mod through;
