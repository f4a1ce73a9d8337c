//! A world of its own for the gate: AWS, a database, journals, commands and time, in memory, with a log of every call.
//!
//! The log is the witness: it is written by the fakes and not by what is tested.

#![allow(dead_code)]
mod adopting;
mod fakes;
mod judging;
mod kill;
mod reconciling;
mod resuming;
mod rows;
mod seeds;
mod steps;
mod telling;
mod waiting;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};

use futures_util::FutureExt as _;
use jiff::{SignedDuration, Timestamp};

use super::driver::{self, Parts, Reconciling, Said};
use super::machine::Order;
use super::options::{Options, Start};
use super::receipt::{Pruned, Receipt};
use super::refusal::{Code, Refusal};
use super::run::RunId;
use super::world::{Evidence, Exit, Identity, Look, PendingFile, Record};
use crate::backup::error::{Class, Error, Reason};
use crate::backup::{Backup, Origin, Quota, Resource, Tags, tags};
use crate::progress::{Progress, Silent};

/// A call, by what it asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    Resource,
    Request,
    Backup,
    List,
    Tag,
    Quota,
    Credentials,
    Copy,
    Preflight,
    TryLock,
    StillLocked,
    Look,
    Identify,
    Evidence,
    Unlock,
    Read,
    Append,
    Run,
    Prune,
    Sleep,
}

/// A line of the witness.
#[derive(Clone, Debug)]
pub(super) struct Call {
    pub at: Timestamp,
    pub kind: Kind,
    pub session: usize,
    /// Whether it came back with a yes.
    pub ok: bool,
    /// Name, ARN, phase, …
    pub what: String,
    pub backup: Option<Backup>,
    pub identity: Option<Identity>,
    /// Whether the session that called held the lock at that moment.
    pub locked: bool,
}

/// What a command does.
#[derive(Clone, Debug)]
pub(super) struct Behaviour {
    pub exit: Exit,
    /// So many of the pending migrations are applied and recorded.
    pub applies: usize,
    /// It changes the schema without a record.
    pub dirties: bool,
    /// Its sessions go on so long after it ended.
    pub lingers: SignedDuration,
}

impl Behaviour {
    pub(super) fn well() -> Self {
        Self { exit: Exit::Code { code: 0 }, applies: usize::MAX, dirties: false, lingers: SignedDuration::ZERO }
    }

    pub(super) fn fails(code: i32) -> Self {
        Self { exit: Exit::Code { code }, applies: 0, ..Self::well() }
    }
}

/// Where the process is killed: at the `nth` call, before or after it had its effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kill {
    Before(usize),
    After(usize),
}

pub(super) type Change = Box<dyn FnMut(&mut State) + Send>;
pub(super) type Chaos = Box<dyn FnMut(&mut State, Kind) -> Option<Fault> + Send>;

/// What a call brings in place of what it would.
#[derive(Clone, Debug)]
pub(super) enum Fault {
    /// It did not happen.
    Error(Error),
    /// It happened, and the answer was lost.
    Lost,
    /// The database's or the journal's no.
    Refusal(Refusal),
    /// There is none of that name, for once.
    Missing,
}

pub(super) struct State {
    pub now: Timestamp,
    pub log: Vec<Call>,
    pub calls: usize,
    pub kill: Option<Kill>,
    /// From so many calls on a signal asks the run to end.
    pub signal_from: Option<usize>,
    sessions: usize,
    pub resource: Resource,
    pub backups: Vec<Backup>,
    /// From the request to `available`.
    pub takes: SignedDuration,
    ready: BTreeMap<String, Timestamp>,
    pub quota: Option<Quota>,
    pub credentials_end: Option<Timestamp>,
    pub copies: Vec<(String, Backup)>,
    /// The session that holds the lock, or whose command does.
    pub lock: Option<usize>,
    pub command_alive: bool,
    pub identity: Identity,
    pub preflight: Vec<Refusal>,
    /// What a look brings; what is pending and applied is put in by `applied`.
    pub look: Look,
    pub applied: usize,
    pub all: usize,
    pub dirt: usize,
    pub active_until: Timestamp,
    /// Nobody may read the server's activity.
    pub blind: bool,
    pub behaviour: Behaviour,
    pub prunes: Vec<Pruned>,
    pub journals: BTreeMap<String, Vec<Record>>,
    before: Vec<(Kind, usize, Change)>,
    faults: Vec<(Kind, usize, Fault)>,
    seen: BTreeMap<Kind, usize>,
    pub chaos: Option<Chaos>,
}

#[derive(Clone)]
pub(super) struct World(Arc<Mutex<State>>);

pub(super) fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

pub(super) fn secs(seconds: i64) -> SignedDuration {
    SignedDuration::from_secs(seconds)
}

pub(super) fn mins(minutes: i64) -> SignedDuration {
    SignedDuration::from_mins(minutes)
}

pub(super) fn error(class: Class, reason: Reason) -> Error {
    Error { class, reason, action: "rds:Fake", code: None, message: "scripted".to_owned(), hints: Vec::new() }
}

pub(super) fn run_id(number: u8) -> RunId {
    RunId::from_random([number; 8])
}

impl World {
    pub(super) fn new() -> Self {
        let resource = Resource {
            name: "prod-db".to_owned(),
            arn: "arn:aws:rds:eu-west-1:1:db:prod-db".to_owned(),
            resource_id: "db-AAAA".to_owned(),
            region: "eu-west-1".to_owned(),
            engine: "postgres".to_owned(),
            status: "available".to_owned(),
            ..Resource::default()
        };
        let identity = Identity {
            proved_by: super::world::ProvedBy::Endpoint,
            host: "prod-db.x.eu-west-1.rds.amazonaws.com:5432".to_owned(),
            database: "shop".to_owned(),
            resource_id: resource.resource_id.clone(),
            resource_arn: resource.arn.clone(),
            system_identifier: Some("7".to_owned()),
            database_oid: Some(16384),
        };
        let look = Look { plan_hash: "plan".to_owned(), keeps_history: true, transactional: true, ..Look::default() };
        let now = at("2026-03-01T12:00:00Z");
        Self(Arc::new(Mutex::new(State {
            now,
            log: Vec::new(),
            calls: 0,
            kill: None,
            signal_from: None,
            sessions: 0,
            resource,
            backups: Vec::new(),
            takes: mins(5),
            ready: BTreeMap::new(),
            quota: Some(Quota { used: 3, limit: 100 }),
            credentials_end: None,
            copies: Vec::new(),
            lock: None,
            command_alive: false,
            identity,
            preflight: Vec::new(),
            look,
            applied: 4,
            all: 6,
            dirt: 0,
            active_until: now,
            blind: false,
            behaviour: Behaviour::well(),
            prunes: Vec::new(),
            journals: BTreeMap::new(),
            before: Vec::new(),
            faults: Vec::new(),
            seen: BTreeMap::new(),
            chaos: None,
        })))
    }

    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap()
    }

    /// Just before the `nth` call of this kind, counted from 1 over the whole life of the world, the world changes.
    pub(super) fn before(&self, kind: Kind, nth: usize, change: impl FnMut(&mut State) + Send + 'static) -> &Self {
        self.state().before.push((kind, nth, Box::new(change)));
        self
    }

    /// The `nth` call of this kind brings this.
    pub(super) fn fault(&self, kind: Kind, nth: usize, fault: Fault) -> &Self {
        self.state().faults.push((kind, nth, fault));
        self
    }

    pub(super) fn fails(&self, kind: Kind, nth: usize, class: Class, reason: Reason) -> &Self {
        self.fault(kind, nth, Fault::Error(error(class, reason)))
    }

    pub(super) fn count(&self, kind: Kind) -> usize {
        self.state().log.iter().filter(|call| call.kind == kind).count()
    }

    pub(super) fn kinds(&self) -> Vec<Kind> {
        self.state().log.iter().map(|call| call.kind).collect()
    }

    /// One gate on this machine; `None` where it was killed.
    pub(super) fn gate_on(&self, machine: &str, order: Order) -> Option<Receipt> {
        self.heard(machine, order, &Silent)
    }

    /// The same, and what it says meanwhile.
    pub(super) fn heard(&self, machine: &str, order: Order, progress: &dyn Progress) -> Option<Receipt> {
        let session = {
            let mut state = self.state();
            state.sessions += 1;
            state.sessions
        };
        let hand = |what: &str| fakes::Hand { world: self.clone(), session, machine: what.to_owned() };
        let fake = hand(machine);
        let (mut database, mut journal, mut command, mut pruner) =
            (fakes::Connection(hand(machine)), hand(machine), hand(machine), hand(machine));
        let parts = Parts {
            clock: &fake,
            provider: &fake,
            database: &mut database,
            journal: &mut journal,
            command: &mut command,
            pruner: &mut pruner,
            interrupts: &fake,
            progress,
        };
        driver::run(parts, order).now_or_never()
    }

    pub(super) fn gate(&self, number: u8, options: Options) -> Receipt {
        self.gate_on("here", order(number, options)).expect("nobody killed it")
    }

    pub(super) fn reconcile_on(&self, machine: &str, wanted: Option<&str>, said: Option<Said>) -> Receipt {
        let session = {
            let mut state = self.state();
            state.sessions += 1;
            state.sessions
        };
        let hand = || fakes::Hand { world: self.clone(), session, machine: machine.to_owned() };
        let fake = hand();
        let (mut database, mut journal, mut command, mut pruner) = (fakes::Connection(hand()), hand(), hand(), hand());
        let parts = Parts {
            clock: &fake,
            provider: &fake,
            database: &mut database,
            journal: &mut journal,
            command: &mut command,
            pruner: &mut pruner,
            interrupts: &fake,
            progress: &Silent,
        };
        let order = Reconciling {
            run: run_id(0xee),
            environment: "prod".to_owned(),
            wanted: wanted.map(str::to_owned),
            said,
            dry_run: false,
        };
        driver::reconcile(parts, order).now_or_never().expect("nobody killed it")
    }

    /// The command whose gate was killed goes on, and ends like this.
    pub(super) fn command_ends(&self) {
        let mut state = self.state();
        state.command_alive = false;
        state.lock = None;
        let behaviour = state.behaviour.clone();
        state.work(&behaviour);
    }

    pub(super) fn wait(&self, time: SignedDuration) {
        self.state().now += time;
    }
}

pub(super) fn options() -> Options {
    Options { environment: "prod".to_owned(), ..Options::default() }
}

pub(super) fn starting(start: Start) -> Options {
    Options { start, ..options() }
}

pub(super) fn order(number: u8, options: Options) -> Order {
    Order {
        run: run_id(number),
        argv: "argv".to_owned(),
        program: "sqlx".to_owned(),
        commit: "c0ffee".to_owned(),
        options,
    }
}

pub(super) fn refused(receipt: &Receipt) -> Option<Code> {
    receipt.refusals.first().map(|refusal| refusal.code)
}

impl State {
    /// The backup as AWS would show it now.
    pub(super) fn shown(&mut self, id: &str) -> Option<Backup> {
        let now = self.now;
        let ready = self.ready.get(id).copied();
        let backup = self.backups.iter_mut().find(|backup| backup.id.eq_ignore_ascii_case(id))?;
        if let Some(ready) = ready
            && backup.status == "creating"
            && now >= ready
        {
            backup.status = "available".to_owned();
            backup.percent = Some(100);
            backup.database_time = backup.created;
        }
        Some(backup.clone())
    }

    pub(super) fn make(&mut self, id: &str, tags: &Tags) -> Result<Backup, Error> {
        if self.backups.iter().any(|backup| backup.id.eq_ignore_ascii_case(id)) {
            return Err(error(Class::Permanent, Reason::AlreadyExists));
        }
        let backup = Backup {
            id: id.to_owned(),
            arn: format!("arn:aws:rds:eu-west-1:1:snapshot:{id}"),
            resource: self.resource.name.clone(),
            resource_id: self.resource.resource_id.clone(),
            origin: Origin::Manual,
            status: "creating".to_owned(),
            percent: Some(0),
            created: Some(self.now),
            tags: tags.clone(),
            ..Backup::default()
        };
        self.ready.insert(id.to_owned(), self.now + self.takes);
        self.backups.push(backup.clone());
        Ok(backup)
    }

    /// A good backup that `tidegate backup create` made.
    pub(super) fn made_by_hand(&mut self, id: &str, age: SignedDuration) -> &mut Backup {
        let made = self.now - age;
        let backup = Backup {
            id: id.to_owned(),
            arn: format!("arn:aws:rds:eu-west-1:1:snapshot:{id}"),
            resource: self.resource.name.clone(),
            resource_id: self.resource.resource_id.clone(),
            origin: Origin::Manual,
            status: "available".to_owned(),
            created: Some(made),
            database_time: Some(made),
            tags: Tags::from([(tags::ID.to_owned(), id.to_owned())]),
            ..Backup::default()
        };
        self.backups.push(backup);
        self.backups.last_mut().unwrap()
    }

    pub(super) fn seen_now(&self) -> Look {
        let pending: Vec<PendingFile> = (self.applied..self.all)
            .map(|version| PendingFile {
                version: version.to_string(),
                path: format!("{version}.sql"),
                sha256: format!("sha{version}"),
            })
            .collect();
        let history = self.look.keeps_history;
        Look {
            pending_hash: format!("pending {}..{}", self.applied, self.all),
            up_to_date: history && pending.is_empty(),
            pending,
            applied: history.then_some(self.applied),
            head: history.then(|| format!("v{}", self.applied)),
            fingerprint: format!("schema {} {}", self.applied, self.dirt),
            at: Some(self.now),
            ..self.look.clone()
        }
    }

    pub(super) fn work(&mut self, behaviour: &Behaviour) {
        self.applied = self.applied.saturating_add(behaviour.applies).min(self.all);
        self.dirt += usize::from(behaviour.dirties);
        self.active_until = self.now + behaviour.lingers;
    }

    pub(super) fn evidence(&self) -> Evidence {
        let active = if self.blind { None } else { Some(u32::from(self.now < self.active_until)) };
        Evidence { active, look: Some(Look { plan_hash: String::new(), additive: false, ..self.seen_now() }) }
    }
}
