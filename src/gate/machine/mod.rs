//! Which step of a run follows which event.
//!
//! Promises: pure, so that every path, crash and fault is tried in a moment: no clock but the times that come with the
//! events, no I/O. A step leads to [`Step::Run`] through one place alone (`start`), and only after the reads that it
//! depends on came back with a yes. An event that does not fit the state ends the run without the command.
//!
//! ```text
//! Preflight → Locking → Locked → Planned → Requested → Waiting → Confirmed → Rechecked → Running → Ending → Ended
//!      └──────────────────────────── a refusal leads to Ending ───────────────────────────┘
//! ```
//!
//! - `preflight`: what is asked before the lock, the lock, and what is read under it
//! - `decide`: go on, take a backup, use one that is there, or leave
//! - [`known`]: what journal and tags say of earlier runs
//! - `resume`: which of them is gone on with, which backup is used
//! - `request`, `wait`: the backup is asked for and waited for
//! - [`confirm`]: whether a backup is the one that is meant
//! - `start`: everything is read again, and the command starts
//! - [`judge`]: what the command did
//! - `settle`: what became of an earlier run
//! - `finish`: journal, tags, receipt

pub mod confirm;
mod decide;
mod finish;
mod flow;
pub mod judge;
pub mod known;
mod preflight;
mod request;
mod resume;
mod settle;
mod start;
mod wait;

pub use finish::blank;
pub(in crate::gate) use finish::facts;
pub(in crate::gate) use settle::settling;

use std::collections::VecDeque;

use jiff::{SignedDuration, Timestamp};

use super::options::Options;
use super::receipt::{Pruned, Receipt};
use super::refusal::{Code, Refusal};
use super::run::{Binding, RunId};
use super::world::{Evidence, Exit, Identity, Locking, Look, Record};
use crate::backup::error::Error;
use crate::backup::{Backup, Quota, Resource, Tags};

/// What a run is asked to do.
#[derive(Clone, Debug)]
pub struct Order {
    /// Random; a run that is gone on with keeps its own in place of this.
    pub run: RunId,
    /// [`super::run::argv_hash`] of the command's words.
    pub argv: String,
    /// The program's name alone: `sqlx`.
    pub program: String,
    /// The commit of the migrations; empty outside of git.
    pub commit: String,
    pub options: Options,
}

/// When an event came, and a number from 0 up to 1 for jitter.
#[derive(Clone, Copy, Debug)]
pub struct Moment {
    pub now: Timestamp,
    pub random: f64,
}

/// What is done next: one call each.
#[derive(Clone, Debug)]
pub enum Step {
    Resource,
    Preflight,
    Identify(Box<Resource>),
    Quota,
    Credentials,
    TryLock(RunId),
    StillLocked,
    Look,
    Backups(Box<Resource>),
    Journal,
    Append(Box<Record>),
    Request {
        resource: Box<Resource>,
        id: String,
        tags: Tags,
    },
    Backup(String),
    Tag {
        arn: String,
        tags: Tags,
    },
    /// Orders a copy in another Region.
    Copy {
        backup: Box<Backup>,
        from: String,
        to: String,
        kms_key: Option<String>,
        tags: Tags,
    },
    /// Lets old backups go; never `current`.
    Prune {
        resource: Box<Resource>,
        current: String,
    },
    /// Starts the command and waits for its end.
    Run {
        run: RunId,
        backup: Option<String>,
    },
    Evidence(RunId),
    Unlock,
    Sleep(SignedDuration),
    End(Box<Receipt>),
}

/// What came of a step.
#[derive(Clone, Debug)]
#[expect(clippy::large_enum_variant, reason = "one lives at a time, and most of them are that large")]
pub enum Event {
    Begin,
    Resource(Result<Resource, Error>),
    Preflight(Vec<Refusal>),
    Identity(Result<Identity, Refusal>),
    Quota(Result<Option<Quota>, Error>),
    Credentials(Result<Option<Timestamp>, Error>),
    Locking(Result<Locking, Refusal>),
    Held(Result<(), Refusal>),
    Look(Result<Box<Look>, Refusal>),
    Backups(Result<Vec<Backup>, Error>),
    Journal(Result<Vec<Record>, Refusal>),
    Appended(Result<(), Refusal>),
    Requested(Result<Backup, Error>),
    Backup(Result<Option<Backup>, Error>),
    Tagged(Result<(), Error>),
    Copied(Result<Backup, Error>),
    Pruned(Vec<Pruned>),
    Exited(Exit),
    Evidence(Evidence),
    Unlocked,
    Slept,
}

/// Where a run is: which answer it waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    Preflight(Preflight),
    Locking,
    Locked(Reading),
    Planned(Planned),
    Requested(Asking),
    Waiting,
    Confirmed(Keeping),
    Rechecked(Recheck),
    Running(Starting),
    Ending(Ending),
    Ended,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Preflight {
    Resource,
    Database,
    Identity,
    Quota,
    Credentials,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reading {
    Resource,
    Identity,
    Look,
    Backups,
    Journal,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Planned {
    /// The evidence of an earlier run that was lost.
    Evidence,
    /// What is known of it is written down.
    Settling,
    /// An earlier run that can no longer be gone on with is ended.
    Superseded,
    SupersededTag,
    Begun,
    /// Until the history that was read can be restored without a backup.
    Restorable,
    Waived,
    Adopted,
    AdoptedTag,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asking {
    /// Until the resource can be backed up.
    Resource,
    /// Room is made by the policy, and the quota looked at again.
    Room,
    Quota,
    Written,
    Answer,
    /// The answer was lost, or something of that name is there.
    Described,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keeping {
    Written,
    Copied,
    Pruned,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Recheck {
    Look,
    Lock,
    Resource,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Starting {
    Written,
    Tagged,
    Lock,
    /// The last but one read.
    Identity,
    /// The last read.
    Backup,
    Command,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    Exited,
    Evidence,
    /// What is left to be written and undone.
    Closing,
}

/// The backup that the run counts on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chosen {
    pub id: String,
    /// As it was first seen; another one under the same name is another backup.
    pub arn: Option<String>,
    /// Made by somebody else: `--adopt`.
    pub adopted: bool,
    /// When the run wrote down that it would ask for it. What was made before is not it.
    pub since: Timestamp,
    /// When this process asked for it last: for a moment after that it may not be seen yet.
    pub asked: Option<Timestamp>,
}

/// One run of the gate.
#[derive(Clone, Debug)]
pub struct Machine {
    state: State,
    at: Moment,
    options: Options,
    receipt: Box<Receipt>,
    resource: Box<Resource>,
    identity: Option<Identity>,
    /// As it was under the lock.
    look: Box<Look>,
    backups: Vec<Backup>,
    known: Vec<known::Known>,
    chosen: Option<Chosen>,
    /// Whether the backup is one of the things without which the command does not start.
    relies_on_backup: bool,
    /// A person lets an old backup pass.
    any_age: bool,
    deadline: Timestamp,
    lock_since: Timestamp,
    /// When the lock was last seen to be held.
    locked: Option<Timestamp>,
    pause: Option<flow::Pause>,
    attempts: u32,
    patience: Timestamp,
    quota: Option<Quota>,
    made_room: bool,
    copies: VecDeque<(String, Option<String>)>,
    /// What the journal (or the backup's tag) says of this run by now.
    begun: bool,
    running: bool,
    /// The run's tag could not be written.
    untagged: bool,
    superseded: Option<known::Known>,
    /// The signal that ends the run before its command.
    signal: Option<u8>,
    closing: VecDeque<Step>,
}

impl Machine {
    /// A run at its beginning, and its first step.
    pub fn begin(order: Order, at: Moment) -> (Self, Step) {
        let Order { run, argv, program, commit, options } = order;
        let binding = Binding { argv, environment: options.environment.clone(), commit, ..Binding::default() };
        let mut machine = Self {
            state: State::Preflight(Preflight::Resource),
            at,
            receipt: Box::new(blank(run, binding, program, at.now, options.break_glass.clone())),
            copies: options.copy_to.iter().cloned().collect(),
            options,
            resource: Box::default(),
            identity: None,
            look: Box::default(),
            backups: Vec::new(),
            known: Vec::new(),
            chosen: None,
            relies_on_backup: true,
            any_age: false,
            deadline: at.now,
            lock_since: at.now,
            locked: None,
            pause: None,
            attempts: 0,
            patience: at.now,
            quota: None,
            made_room: false,
            begun: false,
            running: false,
            untagged: false,
            superseded: None,
            signal: None,
            closing: VecDeque::new(),
        };
        let step = machine.preflight_begin();
        (machine, step)
    }

    /// Whether nothing is to be done but said.
    pub fn is_dry_run(&self) -> bool {
        self.options.dry_run
    }

    pub fn state(&self) -> State {
        self.state
    }

    /// The step that follows `event`.
    pub fn on(&mut self, at: Moment, event: Event) -> Step {
        self.at = at;
        if let Some(pause) = self.pause.take() {
            return self.paused(pause, event);
        }
        match self.state {
            State::Preflight(part) => self.preflight(part, event),
            State::Locking => self.locking(event),
            State::Locked(part) => self.reading(part, event),
            State::Planned(part) => self.planned(part, event),
            State::Requested(part) => self.asking(part, event),
            State::Waiting => self.waiting(event),
            State::Confirmed(part) => self.keeping(part, event),
            State::Rechecked(part) => self.recheck(part, event),
            State::Running(part) => self.starting(part, event),
            State::Ending(part) => self.ending(part, event),
            State::Ended => Step::End(self.receipt.clone()),
        }
    }

    /// An event that no step of this state brings: a fault of the program, and no reason to go on.
    fn out_of_step(&mut self, event: &Event) -> Step {
        let state = self.state;
        let what = format!("{event:?}");
        let what = what.split(['(', ' ', '{']).next().unwrap_or_default();
        self.refuse(Refusal::new(Code::CouldNotTell, format!("the gate is out of step: {what} in {state:?}")))
    }
}
