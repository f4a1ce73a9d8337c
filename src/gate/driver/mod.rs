//! Carries out the steps of the machine, with what the edge gives it, and says what came of them. It decides nothing.
//!
//! Promises: a filled receipt in every case, refusals and signals before the command included; no I/O but through
//! [`Parts`]; it may be dropped at any await (a second signal, a lost runner): what journal and tags say by then is
//! enough to go on.
//!
//! Figures, each held by a test:
//! - Waiting asks AWS one question per poll, and a poll is jittered between four fifths of `gate.poll` and the whole: at
//!   most [`calls_per_hour`] an hour, 300 with the default of 15 s. Around the waiting a run makes at most 20 calls
//!   besides those of pruning and of what had to be tried again.
//! - From `available` to the start of the command: at most one poll, and what the last reads take; nothing is slept.
//! - The session that holds the lock is asked every 25 s, whatever is waited for.

mod reconcile;

use jiff::SignedDuration;

use super::machine::{Asking, Event, Machine, Moment, Order, Planned, State, Step};
use super::receipt::Receipt;
use super::world::{Clock, Command, Database, Interrupts, Journal, Locking, Pruner};
use crate::backup::Provider;
use crate::progress::Progress;

pub use reconcile::{Reconciling, Said, reconcile};

/// What a run works with.
pub struct Parts<'a> {
    pub clock: &'a dyn Clock,
    pub provider: &'a dyn Provider,
    pub database: &'a mut dyn Database,
    pub journal: &'a mut dyn Journal,
    pub command: &'a mut dyn Command,
    pub pruner: &'a mut dyn Pruner,
    pub interrupts: &'a dyn Interrupts,
    pub progress: &'a dyn Progress,
}

/// One run of the gate, from the first question to the receipt.
pub async fn run(parts: Parts<'_>, order: Order) -> Receipt {
    let mut parts = parts;
    let (mut machine, mut step) = Machine::begin(order, moment(parts.clock));
    let mut told = Told::default();
    loop {
        told.notes(&machine, parts.progress);
        let stoppable = machine.can_be_interrupted(&step);
        if let Some(signal) = parts.interrupts.so_far().filter(|_| stoppable) {
            step = machine.interrupt(moment(parts.clock), signal);
            continue;
        }
        told.reached(machine.receipt(), parts.progress);
        told.step(&step, &machine, parts.progress);
        let event = match step {
            Step::End(receipt) => return *receipt,
            question if stoppable && may_be_dropped(&question) => {
                let interrupts = parts.interrupts;
                tokio::select! {
                    biased;
                    signal = interrupts.asked() => {
                        step = machine.interrupt(moment(parts.clock), signal);
                        continue;
                    }
                    event = parts.perform(question) => event,
                }
            }
            step => parts.perform(step).await,
        };
        told.heard(&event);
        step = machine.on(moment(parts.clock), event);
        for note in parts.journal.notes() {
            parts.progress.note(&note);
        }
    }
}

/// Whether nothing is lost where the answer is not waited for. An order is: whether it was carried out would be open,
/// and what is written next might arrive before it. So is a question on the session that holds the lock.
fn may_be_dropped(step: &Step) -> bool {
    match step {
        Step::Resource
        | Step::Preflight
        | Step::Identify(_)
        | Step::Quota
        | Step::Credentials
        | Step::TryLock(_)
        | Step::Look
        | Step::Backups(_)
        | Step::Journal
        | Step::Backup(_)
        | Step::Evidence(_)
        | Step::Sleep(_) => true,
        Step::StillLocked
        | Step::Append(_)
        | Step::Request { .. }
        | Step::Tag { .. }
        | Step::Copy { .. }
        | Step::Prune { .. }
        | Step::Run { .. }
        | Step::Unlock
        | Step::End(_) => false,
    }
}

fn moment(clock: &dyn Clock) -> Moment {
    Moment { now: clock.now(), random: clock.random().clamp(0.0, 1.0) }
}

impl Parts<'_> {
    async fn perform(&mut self, step: Step) -> Event {
        match step {
            Step::Resource => Event::Resource(self.provider.resource().await),
            Step::Preflight => {
                let mut refusals = self.command.preflight().await;
                refusals.extend(self.database.preflight().await);
                Event::Preflight(refusals)
            }
            Step::Identify(resource) => Event::Identity(self.database.identify(&resource).await),
            Step::Quota => Event::Quota(self.provider.quota().await),
            Step::Credentials => Event::Credentials(self.provider.credentials_end().await),
            Step::TryLock(run) => Event::Locking(self.database.try_lock(&run).await),
            Step::StillLocked => Event::Held(self.database.still_locked().await),
            Step::Look => Event::Look(self.database.look().await.map(Box::new)),
            Step::Backups(resource) => Event::Backups(self.provider.list(&resource).await),
            Step::Journal => Event::Journal(self.journal.read().await),
            Step::Append(record) => Event::Appended(self.journal.append(&record).await),
            Step::Request { resource, id, tags } => {
                Event::Requested(self.provider.request(&resource, &id, &tags).await)
            }
            Step::Backup(id) => Event::Backup(self.provider.backup(&id).await),
            Step::Tag { arn, tags } => Event::Tagged(self.provider.tag(&arn, &tags).await),
            Step::Copy { backup, from, to, kms_key, tags } => {
                let there = self.provider.elsewhere(&to);
                Event::Copied(there.copy_here(&backup, &from, &backup.id, &tags, kms_key.as_deref()).await)
            }
            Step::Prune { resource, current } => {
                let now = self.clock.now();
                Event::Pruned(self.pruner.prune(&resource, &current, now).await)
            }
            Step::Run { run, backup } => Event::Exited(self.command.run(&run, backup.as_deref()).await),
            Step::Evidence(run) => Event::Evidence(self.database.evidence(&run).await),
            Step::Unlock => {
                self.database.unlock().await;
                Event::Unlocked
            }
            Step::Sleep(time) => {
                self.clock.sleep(time).await;
                Event::Slept
            }
            // `run` returns on it.
            Step::End(_) => Event::Begin,
        }
    }
}

/// The most questions that an hour of waiting asks AWS.
pub fn calls_per_hour(poll: SignedDuration) -> u64 {
    let shortest = poll.as_secs_f64() * 0.8;
    if shortest > 0.0 { (3600.0 / shortest).ceil() as u64 } else { u64::MAX }
}

/// What was told already, and what was heard of what is waited for.
#[derive(Default)]
struct Told {
    notes: usize,
    confirmed: bool,
    backup: String,
    percent: Option<usize>,
    resource: String,
    holder: String,
    last: String,
}

impl Told {
    fn heard(&mut self, event: &Event) {
        match event {
            Event::Backup(Ok(Some(backup))) | Event::Requested(Ok(backup)) => {
                self.backup.clone_from(&backup.status);
                let percent = backup.percent.and_then(|percent| usize::try_from(percent).ok());
                self.percent = percent.map(|percent| percent.min(100));
            }
            Event::Resource(Ok(resource)) => self.resource = format!("{} is {}", resource.name, resource.status),
            Event::Locking(Ok(Locking::Held(by))) => self.holder = format!(": {by} holds it"),
            _ => {}
        }
    }

    /// Those of a dry run are its result, which is told as a whole.
    fn notes(&mut self, machine: &Machine, progress: &dyn Progress) {
        if machine.is_dry_run() {
            return;
        }
        let notes = &machine.receipt().notes;
        for note in notes.iter().skip(self.notes) {
            progress.note(note);
        }
        self.notes = notes.len();
    }

    fn reached(&mut self, receipt: &Receipt, progress: &dyn Progress) {
        if let (false, Some(_), Some(backup)) = (self.confirmed, receipt.times.confirmed, &receipt.backup) {
            self.confirmed = true;
            let point = backup.point.map(|point| format!(", its point is {point}")).unwrap_or_default();
            progress.reached(&format!("the backup {} is confirmed{point}", backup.id));
        }
    }

    fn step(&mut self, step: &Step, machine: &Machine, progress: &dyn Progress) {
        let (mut done, mut total) = (0, None);
        let text = match (step, machine.state()) {
            (Step::Run { .. }, _) => return progress.handed_over(&format!("running {}", machine.receipt().program)),
            (Step::Preflight, _) => "asking whether the database can be migrated".to_owned(),
            (Step::Identify(_), _) => "proving which database it is".to_owned(),
            (Step::TryLock(_), _) => format!("taking the lock of this database{}", self.holder),
            (Step::Look, _) => "reading what is pending and what it would do".to_owned(),
            (Step::Backups(_), _) => "reading which backups there are".to_owned(),
            (Step::Request { id, .. }, _) => format!("asking for the backup {id}"),
            (Step::Backup(id), _) => {
                if let Some(percent) = self.percent {
                    (done, total) = (percent, Some(100));
                }
                format!("waiting for the backup {id}: {}", if self.backup.is_empty() { "begun" } else { &self.backup })
            }
            (Step::Resource | Step::Sleep(_), State::Requested(Asking::Resource)) => {
                format!("waiting until a backup can be asked for: {}", self.resource)
            }
            (Step::Resource | Step::Sleep(_), State::Planned(Planned::Restorable)) => {
                "waiting until the history that was read can be restored".to_owned()
            }
            (Step::Tag { .. }, _) => "writing the run's tag to its backup".to_owned(),
            (Step::Copy { to, .. }, _) => format!("ordering a copy in {to}"),
            (Step::Prune { .. }, _) => "pruning old backups by the policy".to_owned(),
            (Step::Evidence(_), _) => "looking at what the command did".to_owned(),
            _ => return,
        };
        if text != self.last || total.is_some() {
            progress.step(&text, done, total);
            self.last = text;
        }
    }
}
