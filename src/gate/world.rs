//! What the gate needs of the world, as contracts: fakes keep them in the tests, the real things at work.
//!
//! Every call may be dropped (the process is told to end); none may hang for ever: whoever implements one bounds it.

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::receipt::{Judged, Pruned};
use super::refusal::Refusal;
use super::run::{Binding, RunId};
use crate::backup::Resource;

/// Time, which tests turn forward by themselves.
#[async_trait]
pub trait Clock: Send + Sync {
    fn now(&self) -> Timestamp;
    async fn sleep(&self, time: SignedDuration);
    /// A number from 0 up to 1, for jitter.
    fn random(&self) -> f64;
}

/// How the database was proved to be the resource's.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ProvedBy {
    /// The session's host and port are those of one of its endpoints.
    Endpoint,
    /// The server presented a certificate for one of its endpoints, signed by a root that we trust.
    Certificate,
    /// The server said its own name (`aurora_db_instance_identifier()`).
    ServerName,
    /// Nothing proves it; `identity = "unproven"` lets it pass.
    #[default]
    Unproven,
}

impl ProvedBy {
    pub fn name(self) -> &'static str {
        match self {
            Self::Endpoint => "endpoint",
            Self::Certificate => "certificate",
            Self::ServerName => "server-name",
            Self::Unproven => "unproven",
        }
    }
}

/// Which database was reached. Two looks must agree in every field.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Identity {
    pub proved_by: ProvedBy,
    /// `prod-db.abc.eu-west-1.rds.amazonaws.com:5432`
    pub host: String,
    pub database: String,
    pub resource_id: String,
    pub resource_arn: String,
    /// `pg_control_system().system_identifier`, where the role may read it. Proves nothing alone: copies share it.
    pub system_identifier: Option<String>,
    /// Of the database in its server's `pg_database`: one that was dropped and made again has another.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub database_oid: Option<u32>,
}

/// What an attempt to take the lock brought.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Locking {
    Taken,
    /// By whom, as far as the server tells: `tidegate gate 0f3a… (pid 4711, since 12:00:03)`.
    Held(String),
}

/// What was read under the lock.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Look {
    /// [`crate::plan::Plan::hash`]: everything but figures and verdict.
    pub plan_hash: String,
    pub pending_hash: String,
    /// Paths of the pending migrations in order, each with the SHA-256 of its text.
    pub pending: Vec<PendingFile>,
    /// How many migrations the history has. `None` where the framework keeps none, or none was found.
    pub applied: Option<usize>,
    /// The newest applied versions, as the history says; what moves when a migration is applied.
    pub head: Option<String>,
    /// Whether the framework keeps a history at all.
    pub keeps_history: bool,
    /// Nothing is pending, and that is certain.
    pub up_to_date: bool,
    /// Every pending statement is on the whitelist of additive changes.
    pub additive: bool,
    /// Every pending migration runs within one transaction.
    pub transactional: bool,
    /// SHA-256 of the schema's canonical JSON.
    pub fingerprint: String,
    /// What the plan says of what is pending; absent where none was made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verdict: Option<Judged>,
    /// What stands against going on: lint, verdict, dirty history, gaps.
    pub refusals: Vec<Refusal>,
    /// Worth a word, stops nothing.
    pub notes: Vec<String>,
    /// When the history was read, by the server's clock.
    #[schemars(with = "Option<String>")]
    pub at: Option<Timestamp>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PendingFile {
    pub version: String,
    pub path: String,
    pub sha256: String,
}

/// What can be seen after a command, or of a run that was lost.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Evidence {
    /// Sessions of the run (by its `application_name`) that still do something on the server. `None`: could not tell.
    pub active: Option<u32>,
    /// `None`: the history could not be read.
    pub look: Option<Look>,
}

/// The database that is to be migrated.
#[async_trait]
pub trait Database: Send {
    /// What can be told in a second or two: reachable, on the primary, no pooler, no long or prepared transactions, no
    /// dirty history, the inherited environment. An empty answer means that nothing stands against going on.
    async fn preflight(&mut self) -> Vec<Refusal>;

    /// One attempt, at once. `Err` where it could not be told.
    async fn try_lock(&mut self, run: &RunId) -> Result<Locking, Refusal>;

    /// Whether the very session that took the lock still holds it. Asked while waiting, as heartbeat.
    async fn still_locked(&mut self) -> Result<(), Refusal>;

    /// Plan and history, read anew.
    async fn look(&mut self) -> Result<Look, Refusal>;

    /// Which database the URL for the command reaches, on a new connection.
    async fn identify(&mut self, resource: &Resource) -> Result<Identity, Refusal>;

    async fn evidence(&mut self, run: &RunId) -> Evidence;

    async fn unlock(&mut self);
}

/// What is known of a run, in the order in which it was written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "is")]
pub enum Entry {
    /// The run begins, and is bound. Nothing was asked of anybody.
    Begun {
        binding: Binding,
    },
    /// A backup is about to be asked for under this name. Written before the request.
    Requested {
        backup: String,
    },
    /// A backup that is there already is used.
    Adopted {
        backup: String,
        arn: String,
    },
    Confirmed {
        backup: String,
        arn: String,
        point: Option<Timestamp>,
    },
    /// No backup is taken, and why: nothing destructive, a refusal that was passed.
    Waived {
        why: String,
    },
    /// The command is about to start. From here on the outcome is unknown until `Ended` says otherwise.
    Running {
        before: Look,
    },
    /// The command ended: `exit 0`, `signal 15`.
    Exited {
        how: Exit,
    },
    Ended {
        outcome: Outcome,
        detail: String,
    },
}

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// Nothing was pending; the command was not started.
    NothingPending,
    /// `--dry-run`: nothing was done, and the notes say what would be.
    DryRun,
    /// The command was not started.
    Refused,
    Succeeded,
    /// The command failed; whether something was applied stands in the receipt.
    Failed,
    /// What the command did is not known.
    Unknown,
    /// `gate reconcile` looked, and somebody or the evidence settled it.
    Settled,
}

impl Outcome {
    /// As receipts spell it.
    pub fn name(self) -> &'static str {
        match self {
            Self::NothingPending => "nothing-pending",
            Self::DryRun => "dry-run",
            Self::Refused => "refused",
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
            Self::Unknown => "unknown",
            Self::Settled => "settled",
        }
    }
}

/// A journal's line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    pub run: RunId,
    pub at: Timestamp,
    #[serde(flatten)]
    pub entry: Entry,
}

/// Append-only, one for each database; what `append` returned for is on disk.
#[async_trait]
pub trait Journal: Send {
    /// Every record, oldest first. `Err` where it is corrupt, foreign or cannot be read.
    async fn read(&mut self) -> Result<Vec<Record>, Refusal>;

    /// Written and synced, or an error: then nothing may be done that depends on it.
    async fn append(&mut self, record: &Record) -> Result<(), Refusal>;

    /// What is worth a word since the last time that this was asked: a torn line that was set aside.
    fn notes(&mut self) -> Vec<String> {
        Vec::new()
    }
}

/// Lets old backups go, as the policy says.
#[async_trait]
pub trait Pruner: Send {
    /// What became of each backup that the policy no longer keeps. Never touches `current`, which may not be there yet,
    /// and always leaves the newest good one. What goes wrong is told item by item; it never changes the gate's verdict.
    async fn prune(&mut self, resource: &Resource, current: &str, now: Timestamp) -> Vec<Pruned>;
}

/// How the command ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", tag = "how")]
pub enum Exit {
    Code {
        code: i32,
    },
    Signal {
        signal: i32,
    },
    /// It is not there: 127.
    NotFound,
    /// It is there and cannot be run: 126.
    NotRunnable {
        why: String,
    },
    /// It was started, and how it ended could not be told.
    Lost {
        why: String,
    },
}

impl Exit {
    /// Whether it surely never ran.
    pub fn never_ran(&self) -> bool {
        matches!(self, Self::NotFound | Self::NotRunnable { .. })
    }

    pub fn code(&self) -> u8 {
        match self {
            Self::Code { code } => u8::try_from(*code).unwrap_or(u8::MAX),
            Self::Signal { signal } => u8::try_from(128 + signal).unwrap_or(u8::MAX),
            Self::NotFound => 127,
            Self::NotRunnable { .. } => 126,
            Self::Lost { .. } => 124,
        }
    }
}

/// Whoever may ask the run to end before its command starts: a person, a job that is cut off.
#[async_trait]
pub trait Interrupts: Send + Sync {
    /// Comes back with the number of the first signal, at once where it has come already. May be dropped.
    async fn asked(&self) -> u8;

    /// The same, if it has come by now.
    fn so_far(&self) -> Option<u8>;
}

/// Nobody asks.
pub struct Uninterrupted;

#[async_trait]
impl Interrupts for Uninterrupted {
    async fn asked(&self) -> u8 {
        std::future::pending().await
    }

    fn so_far(&self) -> Option<u8> {
        None
    }
}

/// The migrate command.
#[async_trait]
pub trait Command: Send {
    /// What stands against starting it, as far as that can be told without starting it.
    async fn preflight(&mut self) -> Vec<Refusal> {
        Vec::new()
    }

    /// Starts it and waits for its end. Called at most once in a run. Signals that tidegate gets are passed on.
    async fn run(&mut self, run: &RunId, backup: Option<&str>) -> Exit;
}

/// What is pending and what it would do, which only the edge can put together (configuration, engine, files, history).
#[async_trait]
pub trait Planner: Send {
    /// Everything, the rehearsal on a copy included.
    async fn look(&mut self) -> Result<Look, Refusal>;

    /// History and fingerprint alone, in a moment: `plan_hash`, `additive` and what the rehearsal would refuse are left
    /// out; a dirty history is not.
    async fn glance(&mut self) -> Result<Look, Refusal>;
}
