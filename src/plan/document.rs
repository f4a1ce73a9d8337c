//! The plan as plain data: what `--json` prints and what two runs compare.
//!
//! Everything but [`Plan::figures`] and [`Plan::verdict`] follows from the target's schema and history, the migrations
//! and the engine alone. Row estimates and sizes change by themselves, so they stand apart, and the verdict, which
//! weighs them, is left out of [`Plan::hash`].

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::effect::Effect;
use super::verdict::Verdict;
use crate::migration::statement::LockMode;
use crate::schema::diff::SchemaDiff;
use crate::schema::{Gap, is_default};

/// The version of this format.
pub const VERSION: u32 = 1;

/// What the pending migrations will do.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Plan {
    /// The version of this format.
    pub tidegate: u32,
    /// SHA-256 over the pending migrations: framework, versions, paths, transaction rules and texts, in order.
    pub pending_hash: String,
    /// SHA-256 over everything here but itself, `figures` and `verdict`.
    pub hash: String,
    /// The database that the plan is for; absent where it was made from files alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<Target>,
    pub migrations: Migrations,
    pub history: History,
    /// The throw-away copy; absent where nothing was run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub copy: Option<Copy>,
    /// The pending migrations in the order in which they run.
    pub pending: Vec<Step>,
    /// The tables that they touch and that are there already, by name, with what hangs on them.
    pub tables: BTreeMap<String, Surroundings>,
    /// What changes in the schema; absent where the rehearsal did not come to its end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub diff: Option<SchemaDiff>,
    pub lint: Vec<Finding>,
    /// What could not be read of the target or stood in for on the copy.
    pub gaps: Vec<Gap>,
    pub notes: Vec<String>,
    /// Row estimates and sizes of the tables above, as the target said when the plan was made.
    pub figures: BTreeMap<String, Figures>,
    pub verdict: Verdict,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Target {
    /// The connection string without its secrets.
    pub url: String,
    /// As `server_version` says.
    pub server_version: String,
    /// `server_version_num` / 10000.
    pub major: u32,
    /// SHA-256 of the canonical JSON of its schema, the framework's own tables left out.
    pub fingerprint: String,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Migrations {
    pub framework: String,
    /// Where they were found: `db/migrations`.
    pub source: String,
    /// What they are planned on top of, where no target is named: `origin/main`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base: Option<String>,
}

/// What the target's history says, in short.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct History {
    pub state: HistoryState,
    /// The history table that was read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub table: Option<String>,
    /// How many migrations were applied.
    pub applied: usize,
    /// Begun and not finished well, or recorded as failed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub dirty: Vec<String>,
    /// Edited after they were applied.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub changed: Vec<String>,
    /// Applied, and no longer among the files.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub missing: Vec<String>,
    /// Older than the newest applied one, and not applied.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub out_of_order: Vec<Late>,
    /// What could not be told.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub could_not_tell: Vec<String>,
}

/// A migration that comes too late.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Late {
    pub path: String,
    /// What the framework does with it.
    pub outcome: LateOutcome,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum LateOutcome {
    /// It runs it.
    Runs,
    /// It passes it over, so that it is not among the pending.
    Skips,
    /// It stops with an error.
    Refuses,
    /// That was not asked.
    #[default]
    NotKnown,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum HistoryState {
    /// It was read.
    Read,
    /// The table is there, without a row.
    Empty,
    /// The target has no history table of the framework: everything counts as pending.
    NoTable,
    /// It could not be read: everything counts as pending.
    Unreadable,
    /// No target was asked: two states of the files were compared.
    #[default]
    Files,
}

/// The throw-away copy of the target's schema.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Copy {
    /// `embedded PostgreSQL 18.4`
    pub engine: String,
    pub major: u32,
    pub made_from: MadeFrom,
    /// From what the applied migrations make to what the target has; absent where they are the same, or where that
    /// could not be compared. Owners, privileges and versions of extensions are not counted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub drift: Option<SchemaDiff>,
    /// Where the copy is not what the target has, from the target to the copy; absent where it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub differs: Option<SchemaDiff>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum MadeFrom {
    /// The migrations that were applied before.
    #[default]
    Replay,
    /// The target's catalog, written as DDL.
    Catalog,
}

/// One pending migration.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Step {
    pub version: String,
    pub name: String,
    pub path: String,
    /// SHA-256 of the part that goes up.
    pub sha256: String,
    /// It had run before and runs again.
    #[serde(default, skip_serializing_if = "is_default")]
    pub again: bool,
    /// A program: what it does is not known by statements.
    #[serde(default, skip_serializing_if = "is_default")]
    pub program: bool,
    pub transaction: Transaction,
    pub statements: Vec<Statement>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Transaction {
    /// The framework opens one around the migration.
    #[default]
    Framework,
    /// The framework sends the file in one message, which PostgreSQL runs as one transaction.
    Message,
    /// The file begins and ends transactions by itself.
    Own,
    /// Each statement stands for itself.
    None,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Statement {
    /// Its first line in the file, from 1.
    pub line: usize,
    pub sql: String,
    /// As PostgreSQL's documentation heads it: `ALTER TABLE`; empty where it could not be parsed.
    pub command: String,
    pub outcome: Outcome,
    /// The strongest lock on each relation that was there before, by relation.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub locks: Vec<Lock>,
    /// Relations locked since an earlier statement of the same transaction so that others wait, and held on.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub held: Vec<Lock>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub effects: Vec<Effect>,
    /// Whether it runs code that its text does not show: a function, a `DO` block.
    #[serde(default, skip_serializing_if = "is_default")]
    pub opaque: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<Failure>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It ran in a transaction, and its locks were read.
    Ran,
    /// It ran outside of any transaction, so that its locks are known and not observed.
    RanAlone,
    /// It begins, ends or marks a transaction.
    Control,
    /// It is about the server and not about a schema: not run.
    Skipped,
    Failed,
    /// A statement before it failed, or nothing could be run.
    #[default]
    NotRun,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct Lock {
    /// `public.orders`
    pub relation: String,
    pub kind: RelationKind,
    pub mode: LockMode,
    pub seen: Seen,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum RelationKind {
    Table,
    Index,
    View,
    MaterializedView,
    Sequence,
    Other,
}

/// Where a fact comes from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Seen {
    /// On the copy, while the statement ran.
    #[default]
    Observed,
    /// From what PostgreSQL does with such a statement.
    Known,
}

/// Why a statement failed on the copy.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Failure {
    pub path: String,
    /// Of the error's own position where PostgreSQL tells one.
    pub line: usize,
    pub message: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sqlstate: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
}

/// What hangs on a table.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Surroundings {
    /// Tables whose foreign keys point to it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub referenced_by: Vec<String>,
    /// Tables that its own foreign keys point to.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub references: Vec<String>,
    /// Views that read it, at first hand or through others.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub views: Vec<String>,
    /// Its partitions and the tables that inherit from it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub children: Vec<String>,
}

/// How large a table is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Figures {
    /// The planner's estimate; absent where the table was never analyzed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rows: Option<u64>,
    /// Table, indexes and TOAST together.
    pub bytes: u64,
}

/// A finding of `tidegate lint` in a pending migration.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Finding {
    pub rule: String,
    /// `warning` or `error`.
    pub severity: String,
    pub path: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<usize>,
    pub message: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub help: Option<String>,
}
