//! The gate: what it needs of the world, and from end to end: the program, a real PostgreSQL, a real migration tool, an
//! AWS that keeps a log.

mod calls;
mod command;
mod contradicted;
mod deploy;
mod elsewhere;
mod evidence;
mod faults;
mod identity;
mod killed;
mod lock;
mod moto;
mod receipts;
mod shared;
mod signals;
mod stage;
mod through;
mod tokens;
