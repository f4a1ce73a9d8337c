//! Waiting until the backup is confirmed, and what is done then: journal, copies, pruning.

use super::confirm::{self, Answer, Terms};
use super::{Event, Keeping, Machine, Planned, State, Step};
use crate::backup::error::Reason;
use crate::backup::{Backup, tags};
use crate::gate::options::Prune;
use crate::gate::receipt::BackupFacts;
use crate::gate::refusal::{Code, Refusal};
use crate::gate::world::Entry;

impl Machine {
    pub(super) fn look_at_backup(&mut self) -> Step {
        let id = self.chosen_id();
        self.ask_until_deadline(State::Waiting, Step::Backup(id))
    }

    /// This run's tag on a backup that is there already.
    pub(super) fn mark_waiting(&mut self) -> Step {
        let step = self.waiting_tag();
        self.ask(State::Planned(Planned::AdoptedTag), step)
    }

    pub(super) fn waiting_tag(&self) -> Step {
        let arn = self.chosen.as_ref().and_then(|chosen| chosen.arn.clone()).unwrap_or_default();
        Step::Tag { arn, tags: self.run_tag(tags::Phase::Waiting) }
    }

    pub(super) fn answer(&self, backup: &Backup) -> Answer {
        let Some(chosen) = &self.chosen else {
            return Answer::No(Refusal::new(Code::CouldNotTell, "no backup was chosen"));
        };
        let terms = Terms {
            run: self.receipt.run.as_str(),
            resource_id: &self.receipt.binding.resource_id,
            now: self.at.now,
            max_age: self.max_age(),
        };
        confirm::answer(backup, chosen, terms)
    }

    pub(super) fn waiting(&mut self, event: Event) -> Step {
        match event {
            Event::Backup(Ok(Some(backup))) => self.backup_seen(&backup),
            Event::Backup(Ok(None)) => self.not_there(),
            Event::Backup(Err(error)) if error.reason == Reason::BackupNotFound => self.not_there(),
            Event::Backup(Err(error)) => {
                match self.again(&error, |machine| Step::Backup(machine.chosen_id())) {
                    Some(step) => step,
                    // It may well be in work: whoever can look again goes on with it.
                    None => self.refuse(self.provider_refusal("looking at the backup", &error)),
                }
            }
            event => self.out_of_step(&event),
        }
    }

    pub(super) fn backup_seen(&mut self, backup: &Backup) -> Step {
        let answer = self.answer(backup);
        if let Some(chosen) = &mut self.chosen
            && !matches!(answer, Answer::No(_))
        {
            chosen.arn.get_or_insert_with(|| backup.arn.clone());
        }
        self.note_backup(backup);
        match answer {
            Answer::Good(_) => self.confirmed(backup),
            Answer::Wait if self.at.now >= self.deadline => self.out_of_time(&progress(backup)),
            Answer::Wait => {
                self.state = State::Waiting;
                self.attempts = 0;
                self.patience = self.deadline;
                // A look at the very deadline, so that none is missed that came in time.
                let left = self.deadline.duration_since(self.at.now);
                let step = Step::Backup(backup.id.clone());
                self.later(self.poll().min(left), step)
            }
            Answer::No(refusal) if refusal.code == Code::BackupAge => self.too_old(refusal, backup),
            Answer::No(refusal) if refusal.code == Code::Backup => self.no_backup(refusal),
            Answer::No(refusal) => self.refuse(refusal),
        }
    }

    /// Too old: the end, or a person lets it pass, and everything else about it must still be right.
    fn too_old(&mut self, refusal: Refusal, backup: &Backup) -> Step {
        let refusals = self.not_passed(vec![refusal]);
        if !refusals.is_empty() {
            return self.refuse_all(refusals);
        }
        self.any_age = true;
        self.backup_seen(backup)
    }

    fn not_there(&mut self) -> Step {
        if self.grace_is_over() {
            let message = format!("the backup {} is not there any more", self.chosen_id());
            return self.no_backup(
                Refusal::new(Code::Backup, message).hint("who deleted it? Run the gate again: it takes a new backup"),
            );
        }
        self.state = State::Waiting;
        let wait = self.poll();
        let step = Step::Backup(self.chosen_id());
        self.later(wait, step)
    }

    pub(super) fn out_of_time(&mut self, progress: &str) -> Step {
        let message = format!(
            "the backup {} was not confirmed within {}: {progress}",
            self.chosen_id(),
            confirm::words(self.options.timeout)
        );
        let refusal = Refusal::new(Code::BackupRunning, message).hint(self.resume_command());
        self.no_backup(refusal)
    }

    fn confirmed(&mut self, backup: &Backup) -> Step {
        self.receipt.times.confirmed = Some(self.at.now);
        let entry = Entry::Confirmed { backup: backup.id.clone(), arn: backup.arn.clone(), point: backup.point() };
        // What copies are made of.
        self.backups = vec![backup.clone()];
        self.append(State::Confirmed(Keeping::Written), entry)
    }

    /// What the receipt says of the backup.
    pub(super) fn note_backup(&mut self, backup: &Backup) {
        self.receipt.backup = Some(BackupFacts {
            id: backup.id.clone(),
            arn: backup.arn.clone(),
            adopted: backup.tags.get(tags::RUN).map(String::as_str) != Some(self.receipt.run.as_str()),
            created: backup.original_created.or(backup.created),
            point: backup.point(),
            point_is_exact: backup.database_time.is_some(),
        });
    }

    pub(super) fn keeping(&mut self, part: Keeping, event: Event) -> Step {
        match (part, event) {
            (Keeping::Written, Event::Appended(Ok(()))) => self.next_copy(),
            (Keeping::Written, Event::Appended(Err(refusal))) => self.refuse(refusal),
            (Keeping::Copied, Event::Copied(answer)) => {
                match answer {
                    Ok(copy) => self.note(format!("a copy was ordered: {}", copy.arn)),
                    Err(error) => self.note(format!("a copy could not be ordered: {error}")),
                }
                self.next_copy()
            }
            (Keeping::Pruned, Event::Pruned(pruned)) => {
                self.receipt.pruned.extend(pruned);
                self.look_again()
            }
            (_, event) => self.out_of_step(&event),
        }
    }

    fn next_copy(&mut self) -> Step {
        let from = self.resource.region.clone();
        if let (Some((to, kms_key)), Some(backup)) = (self.copies.pop_front(), self.backups.first().cloned()) {
            let adopted = self.chosen.as_ref().is_some_and(|chosen| chosen.adopted);
            if to == from || adopted {
                return self.next_copy();
            }
            let tags = tags::of_copy(&backup.tags, &backup.id);
            let step = Step::Copy { backup: Box::new(backup), from, to, kms_key, tags };
            return self.ask(State::Confirmed(Keeping::Copied), step);
        }
        if self.options.prune != Prune::Before {
            return self.look_again();
        }
        let current = self.chosen_id();
        self.ask(State::Confirmed(Keeping::Pruned), Step::Prune { resource: self.resource.clone(), current })
    }
}

fn progress(backup: &Backup) -> String {
    match backup.percent {
        Some(percent) => format!("it is {}, {percent} %", backup.status),
        None => format!("it is {}", backup.status),
    }
}
