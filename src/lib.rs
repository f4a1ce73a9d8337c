//! tidegate charts a PostgreSQL schema and holds migrations at the gate until a backup is confirmed.
//!
//! Two journeys run through these modules, and imports point down them:
//!
//! ```text
//! source ──► schema ──► diff, view ──► layout ──► renderers ──► artifact
//! migrations ──► history, lint ──► plan (a replay on a copy) ──► gate ──► backup ──► retention ──► the command
//! ```
//!
//! - **edge**: [`cli`] (arguments, configuration, terminal, failures) and [`commands`] (one file per verb)
//! - **document**: [`source`] → [`schema`] → [`view`] → [`layout`] → [`render`] → [`artifact`]
//! - **gate**: [`migration`] (which files, in which order, which statements, what is pending) → [`lint`] → [`plan`] →
//!   [`gate`] → [`backup`] (RDS, Aurora) → [`retention`]; [`upkeep`] does with backups what no migration waits for
//! - **notice**: [`hook`] (git), [`watch`] (files), [`doctor`] (what would stop a gate)
//! - **world**: [`postgres`] (DSN, TLS, connection), [`aws`], [`git`], [`process`], [`progress`]
//!
//! `schema`, `layout`, `render`, `lint`, `retention`, `gate::machine` and most of `migration` are pure: no clock, no environment, no I/O.

pub mod artifact;
pub mod aws;
pub mod backup;
pub mod cli;
pub mod commands;
pub mod doctor;
pub mod gate;
pub mod git;
pub mod hook;
pub mod layout;
pub mod lint;
pub mod migration;
pub mod plan;
pub mod postgres;
pub mod process;
pub mod progress;
pub mod render;
pub mod retention;
pub mod schema;
pub mod source;
pub mod upkeep;
pub mod view;
pub mod watch;
