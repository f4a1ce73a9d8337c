//! A backup is asked for: at most one under one name, whatever becomes of the answers.

use jiff::SignedDuration;

use super::{Asking, Event, Machine, State, Step, confirm};
use crate::backup::error::{Class, Error, Reason};
use crate::backup::{Resource, Tags, tags};
use crate::gate::options::Prune;
use crate::gate::refusal::{Code, Refusal};
use crate::gate::world::Entry;

/// What retention takes the gate's backups for.
pub(super) const TIER: &str = "pre-migration";

/// What a resource's status means for those who want a backup of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Readiness {
    Ready,
    /// It does something else, and will be ready later; also a status that nobody has heard of.
    Busy,
    Never,
}

fn readiness(resource: &Resource) -> Readiness {
    match resource.status.as_str() {
        "available" | "storage-optimization" => Readiness::Ready,
        "stopped"
        | "stopping"
        | "failed"
        | "storage-full"
        | "inaccessible-encryption-credentials"
        | "inaccessible-encryption-credentials-recoverable"
        | "insufficient-capacity"
        | "cloning-failed"
        | "migration-failed"
        | "restore-error"
        | "deleting"
        | "deleted" => Readiness::Never,
        status if status.starts_with("incompatible") => Readiness::Never,
        _ => Readiness::Busy,
    }
}

impl Machine {
    /// The time for the backup runs from now on.
    pub(super) fn start_deadline(&mut self) {
        self.deadline = self.at.now + self.options.timeout;
    }

    pub(super) fn ask_for_backup(&mut self) -> Step {
        if self.quota_is_used_up().is_some() && !self.made_room {
            return self.make_room(None);
        }
        self.when_ready(&self.resource.clone())
    }

    /// Room for the new backup, made only by what the policy lets go anyway, and once.
    fn make_room(&mut self, error: Option<&Error>) -> Step {
        if self.made_room || self.options.prune != Prune::Before {
            return self.no_room(error);
        }
        self.made_room = true;
        let current = self.chosen_id();
        self.ask(State::Requested(Asking::Room), Step::Prune { resource: self.resource.clone(), current })
    }

    fn no_room(&mut self, error: Option<&Error>) -> Step {
        let used = self.quota.map_or(String::new(), |quota| format!(": {} of {} are used", quota.used, quota.limit));
        let said = error.map_or(String::new(), |error| format!(" ({error})"));
        let message =
            format!("the account's quota of manual snapshots in {} is used up{used}{said}", self.resource.region);
        let refusal = Refusal::new(Code::Quota, message)
            .hint("tidegate backup list shows what there is; tidegate backup prune deletes what the policy lets go")
            .hint("or ask AWS for more: Service Quotas, Amazon RDS, manual snapshots");
        self.no_backup(refusal)
    }

    /// A backup cannot be had: the end, or a person lets it pass.
    pub(super) fn no_backup(&mut self, refusal: Refusal) -> Step {
        let refusals = self.not_passed(vec![refusal.clone()]);
        if !refusals.is_empty() {
            return self.refuse_all(refusals);
        }
        // One that is still being made is at least marked as this run's.
        if refusal.code != Code::BackupRunning {
            self.chosen = None;
            self.receipt.backup = None;
        }
        self.waive(format!("--break-glass {}: {}", refusal.code.name(), refusal.message))
    }

    fn when_ready(&mut self, resource: &Resource) -> Step {
        match readiness(resource) {
            Readiness::Ready => self.write_request(),
            Readiness::Never => {
                let message = format!("{} is {}: no backup can be made of it", resource.name, resource.status);
                self.no_backup(Refusal::new(Code::Backup, message).hint("mend the database server first"))
            }
            Readiness::Busy if self.at.now >= self.deadline => {
                let message = format!(
                    "{} was {} until time ran out ({}): no backup could be asked for",
                    resource.name,
                    resource.status,
                    confirm::words(self.options.timeout)
                );
                let refusal = Refusal::new(Code::BackupRunning, message).hint(self.resume_command());
                self.no_backup(refusal)
            }
            Readiness::Busy => {
                self.state = State::Requested(Asking::Resource);
                self.patience = self.deadline;
                let wait = self.poll();
                self.later(wait, Step::Resource)
            }
        }
    }

    /// The intention first; a run that goes on has written it already.
    fn write_request(&mut self) -> Step {
        let Some(chosen) = &mut self.chosen else { return self.out_of_step(&Event::Begin) };
        let written = self
            .known
            .iter()
            .any(|known| known.run == self.receipt.run.as_str() && known.backup.as_deref() == Some(chosen.id.as_str()));
        if written || chosen.asked.is_some() {
            return self.request();
        }
        chosen.since = self.at.now;
        let backup = chosen.id.clone();
        self.append(State::Requested(Asking::Written), Entry::Requested { backup })
    }

    fn request(&mut self) -> Step {
        let step = self.request_step();
        if let Some(chosen) = &mut self.chosen {
            chosen.asked = Some(self.at.now);
        }
        self.receipt.times.requested = self.receipt.times.requested.or(Some(self.at.now));
        self.state = State::Requested(Asking::Answer);
        self.patience = self.deadline;
        step
    }

    fn request_step(&self) -> Step {
        Step::Request { resource: self.resource.clone(), id: self.chosen_id(), tags: self.backup_tags() }
    }

    pub(super) fn chosen_id(&self) -> String {
        self.chosen.as_ref().map(|chosen| chosen.id.clone()).unwrap_or_default()
    }

    fn backup_tags(&self) -> Tags {
        let binding = &self.receipt.binding;
        let mut ours = Tags::new();
        let mut set = |key: &str, value: String| ours.insert(key.to_owned(), value);
        set(tags::ID, self.chosen_id());
        set(tags::RUN, self.receipt.run.to_string());
        set(tags::RESOURCE, tags::value(&binding.resource_id));
        set(tags::DATABASE, tags::value(&binding.database));
        set(tags::ENVIRONMENT, tags::value(&binding.environment));
        set(tags::TIER, TIER.to_owned());
        set(tags::CREATED, self.at.now.to_string());
        if let Some(identity) = &self.identity {
            set(tags::IDENTITY, identity.proved_by.name().to_owned());
        }
        if !binding.commit.is_empty() {
            set(tags::COMMIT, tags::value(&binding.commit));
        }
        ours.extend(self.run_tag(tags::Phase::Waiting));
        ours
    }

    pub(super) fn asking(&mut self, part: Asking, event: Event) -> Step {
        match (part, event) {
            (Asking::Resource, Event::Resource(Ok(resource))) => match self.another_resource(&resource) {
                Some(refusal) => self.refuse(refusal),
                None => {
                    *self.resource = resource;
                    self.when_ready(&self.resource.clone())
                }
            },
            (Asking::Resource, Event::Resource(Err(error))) => match self.again(&error, |_| Step::Resource) {
                Some(step) => step,
                None => self.refuse(self.provider_refusal("reading the database server", &error)),
            },
            (Asking::Room, Event::Pruned(pruned)) => {
                self.receipt.pruned.extend(pruned);
                self.ask(State::Requested(Asking::Quota), Step::Quota)
            }
            (Asking::Quota, Event::Quota(answer)) => {
                if let Ok(quota) = answer {
                    self.quota = quota;
                }
                match self.quota_is_used_up() {
                    Some(_) => self.no_room(None),
                    None => self.when_ready(&self.resource.clone()),
                }
            }
            (Asking::Written, Event::Appended(Ok(()))) => self.request(),
            (Asking::Written, Event::Appended(Err(refusal))) => self.refuse(refusal),
            (Asking::Answer, Event::Requested(Ok(backup))) => self.backup_seen(&backup),
            (Asking::Answer, Event::Requested(Err(error))) => self.request_failed(&error),
            (Asking::Described, Event::Backup(Ok(Some(backup)))) => self.backup_seen(&backup),
            // Not there: the order never arrived, or is not seen yet. The name guards against a second one.
            (Asking::Described, Event::Backup(Ok(None))) => self.ask_again(),
            (Asking::Described, Event::Backup(Err(error))) if error.reason == Reason::BackupNotFound => {
                self.ask_again()
            }
            (Asking::Described, Event::Backup(Err(error))) => {
                match self.again(&error, |machine| Step::Backup(machine.chosen_id())) {
                    Some(step) => step,
                    None => self.refuse(self.provider_refusal("looking for the backup", &error)),
                }
            }
            (_, event) => self.out_of_step(&event),
        }
    }

    fn ask_again(&mut self) -> Step {
        if self.at.now >= self.deadline {
            return self.out_of_time("it was asked for, and has not been seen");
        }
        self.state = State::Requested(Asking::Resource);
        self.retry(Step::Resource)
    }

    fn request_failed(&mut self, error: &Error) -> Step {
        let timely = self.at.now < self.deadline;
        match (error.reason, error.class) {
            // Somebody's backup has the name: ours if it says so.
            (Reason::AlreadyExists, _) | (_, Class::Unknown) => {
                self.state = State::Requested(Asking::Described);
                self.patience = self.deadline;
                let step = Step::Backup(self.chosen_id());
                if error.reason == Reason::AlreadyExists { step } else { self.retry(step) }
            }
            (Reason::QuotaExceeded, _) => self.make_room(Some(error)),
            (Reason::CredentialsExpired | Reason::NoCredentials, _) => {
                let refusal = self.provider_refusal("asking for the backup", error);
                self.refuse(refusal)
            }
            (_, Class::Transient) if timely => self.ask_again(),
            (_, Class::Transient) => self.out_of_time(&error.to_string()),
            _ => {
                let mut refusal = Refusal::new(Code::Backup, format!("no backup can be made: {error}"));
                refusal.hints = error.hints.clone();
                self.no_backup(refusal)
            }
        }
    }

    pub(super) fn grace_is_over(&self) -> bool {
        const GRACE: SignedDuration = SignedDuration::from_secs(60);
        let asked = self.chosen.as_ref().and_then(|chosen| chosen.asked);
        asked.is_none_or(|asked| self.at.now.duration_since(asked) > GRACE)
    }
}
