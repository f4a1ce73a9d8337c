//! Why the command does not start: one code each, for exit codes, receipts and `--break-glass`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Code {
    /// Findings of `tidegate lint` in what is pending.
    Lint,
    /// The plan's verdict is as bad as `gate.fail_on`, or worse.
    Plan,
    /// A migration that was begun and not finished well.
    DirtyHistory,
    /// Applied migrations were edited, are missing, or late ones would be refused or skipped.
    History,
    /// What is pending changed between the first and the last look.
    StalePlan,
    /// Transactions, prepared or long open, that the migration's locks would wait for.
    LongTransaction,
    /// A read replica or a standby.
    Replica,
    /// The environment that the command would inherit, or one of its own words, names another host, port or database.
    Environment,
    /// There is no such command: 127.
    CommandNotFound,
    /// The command is there and cannot be run: 126.
    CommandNotRunnable,
    /// The account's manual snapshots are used up.
    Quota,
    /// The backup failed, vanished or cannot be made.
    Backup,
    /// The backup was still being made when time ran out.
    BackupRunning,
    /// The newest point of the backup is older than `gate.max_backup_age`.
    BackupAge,
    /// A resumed run differs from the one that was begun.
    Resume,
    /// Another deploy holds the lock.
    Lock,
    /// An earlier run was left without a known end.
    Unsettled,
    /// Whether this database is the one that is backed up could not be proved, or it is not.
    Identity,
    /// A question that a no depends on had no answer: no network, no permission, a history that cannot be read.
    CouldNotTell,
    /// What was typed or configured.
    Usage,
    /// The journal cannot be written or read, or is not ours.
    Journal,
    /// A signal came before the command was started.
    Interrupted,
}

impl Code {
    pub const ALL: [Self; 22] = [
        Self::Lint,
        Self::Plan,
        Self::DirtyHistory,
        Self::History,
        Self::StalePlan,
        Self::LongTransaction,
        Self::Replica,
        Self::Environment,
        Self::CommandNotFound,
        Self::CommandNotRunnable,
        Self::Quota,
        Self::Backup,
        Self::BackupRunning,
        Self::BackupAge,
        Self::Resume,
        Self::Lock,
        Self::Unsettled,
        Self::Identity,
        Self::CouldNotTell,
        Self::Usage,
        Self::Journal,
        Self::Interrupted,
    ];

    /// As `--break-glass` and receipts spell it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Lint => "lint",
            Self::Plan => "plan",
            Self::DirtyHistory => "dirty-history",
            Self::History => "history",
            Self::StalePlan => "stale-plan",
            Self::LongTransaction => "long-transaction",
            Self::Replica => "replica",
            Self::Environment => "environment",
            Self::CommandNotFound => "command-not-found",
            Self::CommandNotRunnable => "command-not-runnable",
            Self::Quota => "quota",
            Self::Backup => "backup",
            Self::BackupRunning => "backup-running",
            Self::BackupAge => "backup-age",
            Self::Resume => "resume",
            Self::Lock => "lock",
            Self::Unsettled => "unsettled",
            Self::Identity => "identity",
            Self::CouldNotTell => "could-not-tell",
            Self::Usage => "usage",
            Self::Journal => "journal",
            Self::Interrupted => "interrupted",
        }
    }

    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|code| code.name() == name)
    }

    /// The exit code of `tidegate gate`. That of a signal is added to [`Self::Interrupted`]'s.
    pub fn exit(self) -> u8 {
        match self {
            Self::Lint
            | Self::Plan
            | Self::DirtyHistory
            | Self::History
            | Self::StalePlan
            | Self::LongTransaction
            | Self::Replica
            | Self::Environment
            | Self::Resume => 120,
            Self::Quota | Self::Backup | Self::BackupAge => 121,
            Self::BackupRunning => 122,
            Self::Lock => 123,
            Self::Unsettled => 124,
            Self::Identity | Self::CouldNotTell | Self::Usage | Self::Journal => 125,
            Self::CommandNotRunnable => 126,
            Self::CommandNotFound => 127,
            Self::Interrupted => 128,
        }
    }

    /// Whether a person may pass it for one run. Never what keeps two deploys apart, never what says which database it
    /// is, never what is unknown.
    pub fn can_be_passed(self) -> bool {
        matches!(
            self,
            Self::Lint
                | Self::Plan
                | Self::DirtyHistory
                | Self::History
                | Self::LongTransaction
                | Self::Quota
                | Self::Backup
                | Self::BackupRunning
                | Self::BackupAge
        )
    }
}

/// A no, and what to do about it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Refusal {
    pub code: Code,
    /// What, on which object, why.
    pub message: String,
    /// What to type next.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub hints: Vec<String>,
}

impl Refusal {
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), hints: Vec::new() }
    }

    /// The signal `number` came before the command was started.
    pub fn interrupted(number: u8) -> Self {
        Self::new(Code::Interrupted, format!("signal {number} came before it"))
    }

    /// With the environment's name in what is to be set: `[environments.prod.backup]`. The one that `DATABASE_URL` makes
    /// has none.
    #[must_use]
    pub fn of_environment(mut self, name: &str) -> Self {
        if name != "default" {
            self.hints
                .iter_mut()
                .for_each(|hint| *hint = hint.replace("[environments.NAME.", &format!("[environments.{name}.")));
        }
        self
    }

    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }
}
