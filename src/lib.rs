//! tidegate charts a PostgreSQL schema and holds migrations at the gate until a backup is confirmed.
//!
//! Two journeys run through these modules, and imports point down them:
//!
//! ```text
//! source ──► schema ──► view ──► layout ──► renderers ──► artifact
//! migrations ──► replay on an engine ──► schema
//! ```
//!
//! - **edge**: [`cli`] (arguments, configuration, terminal, failures) and [`commands`] (one file per verb)
//! - **document**: [`source`] → [`schema`] → [`view`] → [`layout`] → [`render`] → [`artifact`]
//! - **gate**: [`migration`] (which files, in which order, split into which statements) → [`lint`]
//!   (hazards in them)
//! - **world**: [`postgres`] (DSN, TLS, connection), [`git`], [`process`], [`progress`]
//!
//! `schema`, `layout`, `render`, `lint` and `migration` are pure: no clock, no environment, no I/O but for reading a
//! folder and a database's history of migrations.

pub mod artifact;
pub mod cli;
pub mod commands;
pub mod git;
pub mod layout;
pub mod lint;
pub mod migration;
pub mod plan;
pub mod postgres;
pub mod progress;
pub mod render;
pub mod schema;
pub mod source;
pub mod view;
