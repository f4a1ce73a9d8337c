//! What a run leaves behind: which backup, of which database, before which migrations, and how it ended.
//!
//! Plain data with a published JSON Schema (`docs/receipt.schema.json`). A receipt holds no secret: the command's words
//! are there as a hash and as the name of the program alone.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::refusal::Refusal;
use super::run::{Binding, RunId};
use super::world::{Exit, Identity, Outcome, PendingFile};
use crate::backup::{ResourceKind, Settings};
use crate::plan::Level;

/// The version of this format.
pub const VERSION: u32 = 1;

/// The receipt of one run of `tidegate gate`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Receipt {
    /// The version of this format.
    pub tidegate: u32,
    /// SHA-256 over the receipt without this field: see [`super::verify::checksum`]. It finds damage and careless edits;
    /// whoever edits with care writes another one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub checksum: Option<String>,
    pub run: RunId,
    pub outcome: Outcome,
    /// The exit code of `tidegate gate`.
    pub exit_code: u8,
    /// In one sentence.
    pub summary: String,
    pub binding: Binding,
    /// The program's name alone: `sqlx`.
    pub program: String,
    /// How the command ended; absent where it was not started.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exit: Option<Exit>,
    /// Why the command was not started.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub refusals: Vec<Refusal>,
    /// The refusal that a person passed, and why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub break_glass: Option<BreakGlass>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub identity: Option<Identity>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resource: Option<ResourceFacts>,
    /// Absent where none was taken; `waived` says why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub backup: Option<BackupFacts>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waived: Option<String>,
    pub pending: Vec<PendingFile>,
    /// What the plan says of them; absent where none was made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verdict: Option<Judged>,
    /// Whether every pending migration runs within one transaction.
    pub transactional: bool,
    /// SHA-256 of the schema's canonical JSON.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fingerprint_before: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fingerprint_after: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub applied_before: Option<usize>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub applied_after: Option<usize>,
    /// What a command that failed or was lost has left.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub left: Option<Left>,
    pub times: Times,
    /// What pruning did, item by item.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub pruned: Vec<Pruned>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
}

/// The verdict of the plan.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Judged {
    pub level: Level,
    /// The first of those reasons that are `dangerous` or worse, as sentences.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reasons: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct BreakGlass {
    pub code: super::refusal::Code,
    pub reason: String,
    /// Whether that refusal came up, so that it was passed.
    pub used: bool,
}

/// The resource as it was when the command started (or would have).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ResourceFacts {
    pub kind: ResourceKind,
    pub name: String,
    pub arn: String,
    pub resource_id: String,
    pub region: String,
    pub engine: String,
    pub multi_az: bool,
    /// Names of a cluster's instances: a restore makes a cluster without any.
    pub members: Vec<String>,
    pub settings: Settings,
    #[schemars(with = "Option<String>")]
    pub latest_restorable: Option<Timestamp>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct BackupFacts {
    pub id: String,
    pub arn: String,
    /// Made by an earlier run or by `tidegate backup create`.
    pub adopted: bool,
    #[schemars(with = "Option<String>")]
    pub created: Option<Timestamp>,
    /// The moment whose data it surely holds. What was written later is not in it.
    #[schemars(with = "Option<String>")]
    pub point: Option<Timestamp>,
    /// Whether `point` is `SnapshotDatabaseTime`, the last transaction in it, or only when it was begun.
    pub point_is_exact: bool,
}

/// What is left of a command that did not end well.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Left {
    /// Nothing was applied: history and schema are what they were, and every migration was transactional.
    Nothing,
    /// Some migrations were applied, others not.
    Part,
    /// All that was pending was applied, and the command failed all the same.
    All,
    /// That cannot be told.
    Unknown,
}

/// Moments of the run, by this machine's clock, in UTC.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Times {
    #[schemars(with = "Option<String>")]
    pub begun: Option<Timestamp>,
    #[schemars(with = "Option<String>")]
    pub locked: Option<Timestamp>,
    #[schemars(with = "Option<String>")]
    pub requested: Option<Timestamp>,
    #[schemars(with = "Option<String>")]
    pub confirmed: Option<Timestamp>,
    #[schemars(with = "Option<String>")]
    pub started: Option<Timestamp>,
    #[schemars(with = "Option<String>")]
    pub ended: Option<Timestamp>,
}

/// What became of a backup that the policy let go.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Pruned {
    pub backup: String,
    /// Why it was no longer kept.
    pub reason: String,
    /// Why it is still there; absent where it was deleted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}
