//! What follows from everything that was read under the lock: leave, go on with an earlier run, use a backup that is
//! there, or take a new one.

use jiff::SignedDuration;

use super::known::{self, Known, Stage};
use super::resume::{self, Use};
use super::{Chosen, Event, Machine, Planned, State, Step, confirm, judge};
use crate::backup::Backup;
use crate::backup::name::backup_name;
use crate::gate::options::{Require, Start};
use crate::gate::refusal::{Code, Refusal};
use crate::gate::run::RunId;
use crate::gate::world::{Entry, Outcome, Record};

/// How long the restorable time is waited for, which follows the present within about five minutes.
const RESTORABLE: SignedDuration = SignedDuration::from_mins(10);

impl Machine {
    pub(super) fn decide(&mut self, records: &[Record]) -> Step {
        let binding = &self.receipt.binding;
        self.known = known::runs(records, &self.backups, &binding.resource_id, &binding.database);
        let blocking: Vec<Known> = self.known.iter().filter(|known| known.blocks()).cloned().collect();
        if !blocking.is_empty() {
            return self.unsettled(&blocking);
        }
        let refusals = self.not_passed(self.look.refusals.clone());
        if !refusals.is_empty() {
            return self.refuse_all(refusals);
        }
        if let Start::Resume(wanted) = self.options.start.clone() {
            return match resume::resumed(&self.known, wanted.as_deref(), &self.receipt.binding) {
                Ok(known) => self.resume(known),
                Err(refusal) => self.refuse(refusal),
            };
        }
        if self.look.up_to_date && self.options.require != Require::Always {
            return self.nothing_pending();
        }
        if let Start::Adopt(wanted) = self.options.start.clone() {
            // How old it is, is judged when it is confirmed, where a person may let it pass.
            let passed = self.options.break_glass.as_ref().is_some_and(|glass| glass.code == Code::BackupAge);
            let max_age = if passed { SignedDuration::MAX } else { self.options.max_backup_age };
            let database = &self.receipt.binding.database;
            let by = resume::Adopting { resource: &self.resource, database, now: self.at.now, max_age };
            return match resume::adopted(&self.backups, wanted.as_deref(), by) {
                Ok(backup) => self.adopt(backup),
                Err(refusal) => self.refuse(refusal),
            };
        }
        let max_age = self.options.max_backup_age;
        let same = |by_oid: bool| {
            resume::same(&self.known, &self.receipt.binding, &self.backups, self.at.now, max_age, by_oid)
        };
        let (same, older) = (same(true), same(false));
        if let Some(older) = older.filter(|_| same.is_none() && self.receipt.binding.database_oid.is_some()) {
            self.note(format!(
                "run {} was left waiting, and does not say whether its database was made anew since: --resume {} goes \
                 on with it",
                older.run, older.run
            ));
        }
        match same {
            Some(known) => {
                self.note(format!("run {} was left waiting and is bound to the same: it goes on", known.run));
                self.go_on(&known)
            }
            None => self.new_run(),
        }
    }

    /// An earlier run's outcome is not known. `--resume` of it looks whether that can be told by now.
    fn unsettled(&mut self, blocking: &[Known]) -> Step {
        let environment = self.options.environment.clone();
        if let (Start::Resume(wanted), [only]) = (&self.options.start, blocking)
            && wanted.as_ref().is_none_or(|wanted| *wanted == only.run)
            && only.stage != Stage::Unreadable
            && let Some(run) = RunId::parse(&only.run)
        {
            if let Some(what) = only.difference(&self.receipt.binding, true) {
                let message = format!("run {run} cannot be gone on with: it differs in {what}");
                return self.refuse(
                    Refusal::new(Code::Resume, message)
                        .hint(format!("its outcome is not known: tidegate gate reconcile {run} --env {environment}")),
                );
            }
            if !self.options.dry_run {
                self.superseded = Some(only.clone());
                return self.ask(State::Planned(Planned::Evidence), Step::Evidence(run));
            }
        }
        let runs: Vec<&str> = blocking.iter().map(|known| known.run.as_str()).collect();
        let message = format!("what an earlier run did to this database is not known: {}", runs.join(", "));
        let hint = format!("look at the database, then: tidegate gate reconcile {} --env {environment}", runs[0]);
        self.refuse(Refusal::new(Code::Unsettled, message).hint(hint))
    }

    fn nothing_pending(&mut self) -> Step {
        self.receipt.outcome = Outcome::NothingPending;
        self.receipt.exit_code = 0;
        self.receipt.summary = "nothing is pending: the command was not started, and no backup was taken".to_owned();
        self.close()
    }

    fn resume(&mut self, known: Known) -> Step {
        match resume::usable(&known, &self.backups, self.at.now, self.options.max_backup_age) {
            Use::Backup | Use::Ask => self.go_on(&known),
            Use::None => {
                self.keep_run(&known);
                self.new_run()
            }
            Use::Gone(why) => {
                let run = known.run.clone();
                self.note(format!("{why}: a new run takes the place of run {run}, with a backup of its own"));
                if self.options.dry_run {
                    return self.new_run();
                }
                let detail = format!("{why}; run {} takes its place", self.receipt.run);
                let record = RunId::parse(&run).map(|run| Record {
                    run,
                    at: self.at.now,
                    entry: Entry::Ended { outcome: Outcome::Refused, detail },
                });
                self.superseded = Some(known);
                match record {
                    Some(record) => self.ask(State::Planned(Planned::Superseded), Step::Append(Box::new(record))),
                    None => self.new_run(),
                }
            }
        }
    }

    /// This run is that earlier one.
    fn keep_run(&mut self, known: &Known) {
        if let Some(run) = RunId::parse(&known.run) {
            self.receipt.run = run;
            self.begun = known.binding.is_some();
        }
    }

    fn go_on(&mut self, known: &Known) -> Step {
        self.keep_run(known);
        let id = known.backup.clone().unwrap_or_default();
        let seen = self.backups.iter().any(|backup| backup.id.eq_ignore_ascii_case(&id));
        self.chosen = Some(Chosen {
            id,
            arn: known.arn.clone(),
            adopted: known.adopted,
            since: known.requested.unwrap_or(self.at.now),
            asked: None,
        });
        self.receipt.times.requested = known.requested;
        if self.options.dry_run {
            return self.rehearsed();
        }
        if self.begun {
            return self.go_on_from_here(seen);
        }
        let binding = self.receipt.binding.clone();
        self.append(State::Planned(Planned::Begun), Entry::Begun { binding })
    }

    fn go_on_from_here(&mut self, seen: bool) -> Step {
        self.start_deadline();
        if seen { self.look_at_backup() } else { self.ask_for_backup() }
    }

    fn adopt(&mut self, backup: Backup) -> Step {
        self.chosen =
            Some(Chosen { id: backup.id, arn: Some(backup.arn), adopted: true, since: self.at.now, asked: None });
        self.begin_in_journal()
    }

    fn new_run(&mut self) -> Step {
        self.begin_in_journal()
    }

    fn begin_in_journal(&mut self) -> Step {
        if self.options.dry_run {
            return self.rehearsed();
        }
        if self.begun {
            return self.choose();
        }
        let binding = self.receipt.binding.clone();
        self.append(State::Planned(Planned::Begun), Entry::Begun { binding })
    }

    /// The run is begun: by which backup is it covered?
    fn choose(&mut self) -> Step {
        self.start_deadline();
        match self.chosen.clone() {
            Some(Chosen { id, arn: Some(arn), adopted: true, .. }) => {
                self.append(State::Planned(Planned::Adopted), Entry::Adopted { backup: id, arn })
            }
            Some(chosen) => {
                // A run of another machine: its backup is as good as asked for.
                let seen = self.backups.iter().any(|backup| backup.id.eq_ignore_ascii_case(&chosen.id));
                if seen {
                    self.append(State::Planned(Planned::Adopted), Entry::Requested { backup: chosen.id })
                } else {
                    self.go_on_from_here(false)
                }
            }
            None if self.is_additive() => self.restorable(),
            None => self.take_backup(),
        }
    }

    fn is_additive(&self) -> bool {
        self.options.require == Require::Destructive && self.look.additive && self.look.at.is_some()
    }

    /// Without a backup only if the moment at which the history was read can be restored.
    fn restorable(&mut self) -> Step {
        let (Some(restorable), Some(read)) = (self.resource.latest_restorable, self.look.at) else {
            return self.take_backup();
        };
        if restorable > read {
            let why = format!(
                "every pending statement is additive, and {} can be restored to {restorable}, after the history was \
                 read at {read}",
                self.resource.name
            );
            return self.waive(why);
        }
        let begun = self.deadline - self.options.timeout;
        if self.at.now.duration_since(begun) >= RESTORABLE.min(self.options.timeout) {
            self.note(format!("{} can be restored to {restorable} only: a backup is taken", self.resource.name));
            return self.take_backup();
        }
        self.state = State::Planned(Planned::Restorable);
        let wait = self.poll();
        self.later(wait, Step::Resource)
    }

    pub(super) fn waive(&mut self, why: String) -> Step {
        self.relies_on_backup = false;
        self.receipt.waived = Some(why.clone());
        self.append(State::Planned(Planned::Waived), Entry::Waived { why })
    }

    /// A backup is asked for under a name that holds the run.
    pub(super) fn take_backup(&mut self) -> Step {
        self.start_deadline();
        let id = backup_name(&self.resource.name, self.receipt.run.as_str());
        self.chosen = Some(Chosen { id, arn: None, adopted: false, since: self.at.now, asked: None });
        self.ask_for_backup()
    }

    pub(super) fn planned(&mut self, part: Planned, event: Event) -> Step {
        match (part, event) {
            (Planned::Settling, event) => self.settling(event),
            (Planned::Evidence, Event::Evidence(evidence)) => {
                let Some(known) = self.superseded.take() else { return self.out_of_step(&Event::Begin) };
                let settlement = judge::settle(known.before.as_ref(), known.exit.as_ref(), &evidence);
                self.settled(&known, settlement)
            }
            (Planned::Superseded, Event::Appended(Ok(()))) => {
                let known = self.superseded.take();
                let tag = known.as_ref().and_then(|known| self.ended_tag(known));
                match tag {
                    Some(step) => self.ask(State::Planned(Planned::SupersededTag), step),
                    None => self.new_run(),
                }
            }
            (Planned::SupersededTag, Event::Tagged(answer)) => {
                if let Err(error) = answer {
                    self.note(format!("the run that is replaced could not be marked: {error}"));
                }
                self.new_run()
            }
            (Planned::Begun, Event::Appended(Ok(()))) => {
                self.begun = true;
                self.choose()
            }
            (Planned::Restorable, Event::Resource(Ok(resource))) => match self.another_resource(&resource) {
                Some(refusal) => self.refuse(refusal),
                None => {
                    *self.resource = resource;
                    self.restorable()
                }
            },
            (Planned::Restorable, Event::Resource(Err(error))) => {
                self.note(format!("the restorable time could not be read: {error}"));
                self.take_backup()
            }
            (Planned::Waived, Event::Appended(Ok(()))) => self.look_again(),
            (Planned::Adopted, Event::Appended(Ok(()))) => match &self.chosen {
                Some(chosen) if chosen.adopted => self.mark_waiting(),
                // Its own backup says so already, and since when.
                _ => self.look_at_backup(),
            },
            (Planned::AdoptedTag, Event::Tagged(Ok(()))) => self.look_at_backup(),
            (Planned::AdoptedTag, Event::Tagged(Err(error))) => match self.again(&error, Self::waiting_tag) {
                Some(step) => step,
                None => self.refuse(self.provider_refusal("marking the backup as used", &error)),
            },
            (_, Event::Appended(Err(refusal))) => self.refuse(refusal),
            (_, event) => self.out_of_step(&event),
        }
    }

    pub(super) fn max_age(&self) -> SignedDuration {
        if self.any_age { SignedDuration::MAX } else { self.options.max_backup_age }
    }

    /// `--dry-run`: every step that would follow, in words; nothing is changed.
    fn rehearsed(&mut self) -> Step {
        let pending = self.look.pending.len();
        let resource = self.resource.name.clone();
        let mut would: Vec<String> = Vec::new();
        match &self.chosen {
            Some(chosen) => would.push(format!("would use the backup {}", chosen.id)),
            None if self.is_additive() => would.push(format!(
                "would take no backup: every pending statement is additive, if {resource} can by then be restored to \
                 the moment of the look"
            )),
            None => {
                let id = backup_name(&resource, self.receipt.run.as_str());
                would.push(format!("would ask for a backup of {resource}, named like {id}"));
                let timeout = confirm::words(self.options.timeout);
                would.push(format!("would wait for it until it is confirmed, {timeout} at most"));
                if let Some(quota) = self.quota_is_used_up() {
                    would.push(format!("would be refused: {} of {} snapshots are used", quota.used, quota.limit));
                }
            }
        }
        for (region, _) in self.options.copy_to.clone() {
            would.push(format!("would order a copy in {region}"));
        }
        match self.options.prune {
            crate::gate::options::Prune::Before => would.push("would prune old backups by the policy".to_owned()),
            crate::gate::options::Prune::AfterSuccess => {
                would.push("would prune old backups by the policy once the command has succeeded".to_owned());
            }
            crate::gate::options::Prune::Never => {}
        }
        would.push(format!("would read everything again, and start {} for {pending} pending", self.receipt.program));
        for line in would {
            self.note(line);
        }
        self.receipt.outcome = Outcome::DryRun;
        self.receipt.exit_code = 0;
        self.receipt.summary = "nothing was done: this is what would be done".to_owned();
        self.close()
    }
}
