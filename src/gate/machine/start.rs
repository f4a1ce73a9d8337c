//! Everything is read again, what is about to happen is written down, and the command starts.
//!
//! [`Step::Run`] is made in this file alone, in [`Machine::run`], which the last read leads to.

use super::confirm::Answer;
use super::{Event, Machine, Recheck, Starting, State, Step};
use crate::backup::error::Reason;
use crate::backup::tags;
use crate::gate::refusal::{Code, Refusal};
use crate::gate::world::{Entry, Look};

impl Machine {
    pub(super) fn look_again(&mut self) -> Step {
        self.ask(State::Rechecked(Recheck::Look), Step::Look)
    }

    pub(super) fn recheck(&mut self, part: Recheck, event: Event) -> Step {
        match (part, event) {
            (Recheck::Look, Event::Look(Ok(look))) => {
                if let Some(refusal) = stale(&self.look, &look) {
                    return self.refuse(refusal);
                }
                let refusals = self.not_passed(look.refusals.clone());
                if !refusals.is_empty() {
                    return self.refuse_all(refusals);
                }
                self.note_look(look);
                self.ask(State::Rechecked(Recheck::Lock), Step::StillLocked)
            }
            (Recheck::Look, Event::Look(Err(refusal))) => self.refuse(refusal),
            (Recheck::Lock, Event::Held(Ok(()))) => {
                self.locked = Some(self.at.now);
                self.ask(State::Rechecked(Recheck::Resource), Step::Resource)
            }
            (Recheck::Lock, Event::Held(Err(refusal))) => self.lock_is_lost(refusal),
            (Recheck::Resource, Event::Resource(Ok(resource))) => {
                if let Some(refusal) = self.another_resource(&resource) {
                    return self.refuse(refusal);
                }
                *self.resource = resource;
                self.note_resource();
                // From here on the outcome is open, whatever the journal's answer is.
                self.running = true;
                let before = (*self.look).clone();
                self.append(State::Running(Starting::Written), Entry::Running { before })
            }
            (Recheck::Resource, Event::Resource(Err(error))) => match self.again(&error, |_| Step::Resource) {
                Some(step) => step,
                None => self.refuse(self.provider_refusal("reading the database server again", &error)),
            },
            (_, event) => self.out_of_step(&event),
        }
    }

    pub(super) fn starting(&mut self, part: Starting, event: Event) -> Step {
        match (part, event) {
            (Starting::Written, Event::Appended(Ok(()))) => match self.running_tag() {
                Some(step) => self.ask(State::Running(Starting::Tagged), step),
                None => self.last_reads(),
            },
            (Starting::Written, Event::Appended(Err(refusal))) => self.refuse(refusal),
            (Starting::Tagged, Event::Tagged(Ok(()))) => self.last_reads(),
            (Starting::Tagged, Event::Tagged(Err(error))) => {
                let step = self.running_tag().unwrap_or(Step::StillLocked);
                match self.again(&error, |_| step) {
                    Some(step) => step,
                    None => {
                        self.untagged = true;
                        self.refuse(self.provider_refusal(
                            "writing into the backup's tags that the command is about to run",
                            &error,
                        ))
                    }
                }
            }
            (Starting::Lock, Event::Held(Ok(()))) => {
                self.locked = Some(self.at.now);
                self.state = State::Running(Starting::Identity);
                Step::Identify(self.resource.clone())
            }
            (Starting::Lock, Event::Held(Err(refusal))) => self.lock_is_lost(refusal),
            (Starting::Identity, Event::Identity(Ok(identity))) => match self.wrong_identity(&identity) {
                Some(refusal) => self.refuse(refusal),
                None if self.relies_on_backup => {
                    self.state = State::Running(Starting::Backup);
                    Step::Backup(self.chosen_id())
                }
                None => self.run(),
            },
            (Starting::Identity, Event::Identity(Err(refusal))) => self.refuse(refusal),
            (Starting::Backup, Event::Backup(Ok(Some(backup)))) => match self.answer(&backup) {
                Answer::Good(_) => {
                    self.note_backup(&backup);
                    self.run()
                }
                Answer::Wait => {
                    let message = format!("the backup {} is {} again", backup.id, backup.status);
                    self.refuse(Refusal::new(Code::Backup, message))
                }
                Answer::No(refusal) if refusal.code == Code::BackupAge => {
                    let refusals = self.not_passed(vec![refusal]);
                    if !refusals.is_empty() {
                        return self.refuse_all(refusals);
                    }
                    self.any_age = true;
                    self.starting(Starting::Backup, Event::Backup(Ok(Some(backup))))
                }
                Answer::No(refusal) => self.refuse(refusal),
            },
            (Starting::Backup, Event::Backup(Ok(None))) => self.vanished(),
            (Starting::Backup, Event::Backup(Err(error))) if error.reason == Reason::BackupNotFound => self.vanished(),
            // Asked again together with the identity, which would be an old answer by then.
            (Starting::Backup, Event::Backup(Err(error))) => match self.again(&error, |_| Step::StillLocked) {
                Some(step) => {
                    self.state = State::Running(Starting::Lock);
                    step
                }
                None => self.refuse(self.provider_refusal("looking at the backup once more", &error)),
            },
            (Starting::Command, Event::Exited(exit)) => self.exited(exit),
            (_, event) => self.out_of_step(&event),
        }
    }

    fn vanished(&mut self) -> Step {
        let message = format!("the backup {} vanished after it was confirmed", self.chosen_id());
        self.refuse(Refusal::new(Code::Backup, message).hint("who deletes snapshots here besides tidegate?"))
    }

    /// `running` as this run's tag; `None` where there is no backup to carry it.
    fn running_tag(&self) -> Option<Step> {
        let arn = self.chosen.as_ref()?.arn.clone()?;
        Some(Step::Tag { arn, tags: self.run_tag(tags::Phase::Running) })
    }

    fn last_reads(&mut self) -> Step {
        self.ask(State::Running(Starting::Lock), Step::StillLocked)
    }

    fn run(&mut self) -> Step {
        self.state = State::Running(Starting::Command);
        self.receipt.times.started = Some(self.at.now);
        let backup = self.relies_on_backup.then(|| self.chosen_id());
        Step::Run { run: self.receipt.run.clone(), backup }
    }
}

/// What changed between two looks.
fn stale(before: &Look, now: &Look) -> Option<Refusal> {
    let what = [
        (before.pending_hash != now.pending_hash, "other migrations are pending"),
        (before.head != now.head || before.applied != now.applied, "the history has moved"),
        (before.plan_hash != now.plan_hash, "what they would do is not what it was"),
    ];
    let (_, what) = what.into_iter().find(|(differs, _)| *differs)?;
    Some(
        Refusal::new(Code::StalePlan, format!("the plan went stale while the backup was made: {what}"))
            .hint("somebody else deploys, or works on the database; run the gate again"),
    )
}
