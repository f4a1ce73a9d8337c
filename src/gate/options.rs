//! What a person decides about the gate.

use std::collections::BTreeMap;
use std::path::PathBuf;

use jiff::SignedDuration;

use super::receipt::BreakGlass;
use crate::retention::Policy;

/// When a backup is taken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Require {
    /// In every run, and the command is started even where nothing is pending.
    Always,
    #[default]
    Pending,
    /// Only where a pending statement is not known to be additive.
    Destructive,
}

/// When old backups are pruned.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Prune {
    /// After the confirmation and before the command.
    #[default]
    Before,
    AfterSuccess,
    Never,
}

/// Whether a run that was begun goes on, or a backup that is there is used.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Start {
    /// A new run; it goes on with the only unfinished one that is bound to the same, if there is one.
    #[default]
    New,
    /// The run of this id, or the only unfinished one.
    Resume(Option<String>),
    /// The backup of this name, or the newest good one of the resource within `max_backup_age`.
    Adopt(Option<String>),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    pub environment: String,
    pub require: Require,
    pub start: Start,
    pub dry_run: bool,
    /// The refusal that a person passes in this run; `used` is set by the run.
    pub break_glass: Option<BreakGlass>,
    /// From the request to `available`.
    pub timeout: SignedDuration,
    /// How long another deploy is waited for; zero leaves at once.
    pub lock_wait: SignedDuration,
    /// From the backup's point to the start of the command.
    pub max_backup_age: SignedDuration,
    /// Between two looks at the backup.
    pub poll: SignedDuration,
    pub prune: Prune,
    pub policy: Policy,
    /// Regions for copies, and the KMS key to use there.
    pub copy_to: Vec<(String, Option<String>)>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            environment: "default".to_owned(),
            require: Require::default(),
            start: Start::default(),
            dry_run: false,
            break_glass: None,
            timeout: SignedDuration::from_hours(2),
            lock_wait: SignedDuration::from_mins(10),
            max_backup_age: SignedDuration::from_hours(6),
            poll: SignedDuration::from_secs(15),
            prune: Prune::default(),
            policy: Policy::default(),
            copy_to: Vec::new(),
        }
    }
}

/// What the database's side of the gate is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DatabaseOptions {
    /// Go on although nothing proves which instance the database is.
    pub unproven: bool,
    /// Roots for the server's certificate.
    pub ca_bundle: Option<PathBuf>,
    /// How old an open transaction of others may be; zero does not look.
    pub max_transaction_age: SignedDuration,
}

impl Default for DatabaseOptions {
    fn default() -> Self {
        Self { unproven: false, ca_bundle: None, max_transaction_age: SignedDuration::from_mins(5) }
    }
}

/// How the command is run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommandOptions {
    /// The program and its arguments.
    pub words: Vec<String>,
    /// What it would inherit.
    pub variables: BTreeMap<String, String>,
    /// `lock_timeout` for its sessions.
    pub lock_timeout: Option<SignedDuration>,
    /// From a signal to the kill.
    pub kill_after: SignedDuration,
}
