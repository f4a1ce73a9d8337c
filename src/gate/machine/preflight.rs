//! What is asked before the lock, the lock, and what is read under it.

use jiff::SignedDuration;

use super::{Event, Machine, Preflight, Reading, State, Step};
use crate::backup::{Quota, Resource};
use crate::gate::options::Start;
use crate::gate::refusal::{Code, Refusal};
use crate::gate::run::{RunId, made_anew};
use crate::gate::world::{Identity, Locking, ProvedBy};

/// Between two attempts to take the lock, at most.
const LOCK_POLL: SignedDuration = SignedDuration::from_secs(2);

impl Machine {
    pub(super) fn preflight_begin(&mut self) -> Step {
        if let Some(glass) = &self.options.break_glass
            && !glass.code.can_be_passed()
        {
            let name = glass.code.name();
            return self.refuse(Refusal::new(Code::Usage, format!("--break-glass {name}: {name} is never passed")));
        }
        if let Start::Resume(Some(id)) = &self.options.start
            && RunId::parse(id).is_none()
        {
            let refusal = Refusal::new(Code::Usage, format!("--resume {id}: a run's id has 16 hexadecimal digits"))
                .hint(format!("tidegate gate status --env {}", self.options.environment));
            return self.refuse(refusal);
        }
        self.ask(State::Preflight(Preflight::Resource), Step::Resource)
    }

    pub(super) fn preflight(&mut self, part: Preflight, event: Event) -> Step {
        let state = State::Preflight;
        match (part, event) {
            (Preflight::Resource, Event::Resource(Ok(resource))) => {
                if let Some(refusal) = replica(&resource) {
                    return self.refuse(refusal);
                }
                *self.resource = resource;
                self.ask(state(Preflight::Database), Step::Preflight)
            }
            (Preflight::Resource, Event::Resource(Err(error))) => match self.again(&error, |_| Step::Resource) {
                Some(step) => step,
                None => self.refuse(self.provider_refusal("reading the database server", &error)),
            },
            (Preflight::Database, Event::Preflight(refusals)) => {
                let refusals = self.not_passed(refusals);
                if refusals.is_empty() {
                    self.ask(state(Preflight::Identity), Step::Identify(self.resource.clone()))
                } else {
                    self.refuse_all(refusals)
                }
            }
            (Preflight::Identity, Event::Identity(Ok(identity))) => match self.wrong_identity(&identity) {
                Some(refusal) => self.refuse(refusal),
                None => {
                    if identity.proved_by == ProvedBy::Unproven {
                        self.note(format!(
                            "nothing proves that the database is on {}: identity = \"unproven\" lets it pass",
                            self.resource.name
                        ));
                    }
                    self.receipt.binding.database = identity.database.clone();
                    self.receipt.binding.database_oid = identity.database_oid;
                    self.receipt.binding.resource_id = self.resource.resource_id.clone();
                    self.receipt.identity = Some(identity.clone());
                    self.identity = Some(identity);
                    self.ask(state(Preflight::Quota), Step::Quota)
                }
            },
            (Preflight::Identity, Event::Identity(Err(refusal))) => self.refuse(refusal),
            (Preflight::Quota, Event::Quota(answer)) => {
                match answer {
                    Ok(quota) => self.quota = quota,
                    Err(error) => self.note(format!("how many snapshots the account has left is not known: {error}")),
                }
                self.ask(state(Preflight::Credentials), Step::Credentials)
            }
            (Preflight::Credentials, Event::Credentials(answer)) => {
                match answer {
                    Ok(Some(end)) if end <= self.at.now => {
                        let refusal = Refusal::new(Code::CouldNotTell, format!("the AWS credentials ended at {end}"));
                        return self.refuse(refusal.hint("sign in again"));
                    }
                    Ok(Some(end)) if end < self.at.now + self.options.timeout => self.note(format!(
                        "the AWS credentials end at {end}, before the time that the backup may take is over: unless \
                         they are renewed, the run stops then and must be resumed"
                    )),
                    Ok(_) => {}
                    Err(error) => self.note(format!("how long the AWS credentials last is not known: {error}")),
                }
                self.lock_since = self.at.now;
                self.ask(State::Locking, Step::TryLock(self.receipt.run.clone()))
            }
            (_, event) => self.out_of_step(&event),
        }
    }

    pub(super) fn locking(&mut self, event: Event) -> Step {
        match event {
            Event::Locking(Ok(Locking::Taken)) => {
                self.locked = Some(self.at.now);
                self.receipt.times.locked = Some(self.at.now);
                self.ask(State::Locked(Reading::Resource), Step::Resource)
            }
            Event::Locking(Ok(Locking::Held(by))) => {
                let waited = self.at.now.duration_since(self.lock_since);
                let left = self.options.lock_wait - waited;
                if self.options.dry_run || left <= SignedDuration::ZERO {
                    let refusal = Refusal::new(Code::Lock, format!("another deploy holds the lock: {by}"))
                        .hint("wait for it to end, or let gate.lock_wait be longer");
                    return self.refuse(refusal);
                }
                let wait = LOCK_POLL.mul_f64(0.5 + self.at.random / 2.0).min(left);
                let step = Step::TryLock(self.receipt.run.clone());
                self.later(wait, step)
            }
            Event::Locking(Err(refusal)) => self.refuse(refusal),
            event => self.out_of_step(&event),
        }
    }

    pub(super) fn reading(&mut self, part: Reading, event: Event) -> Step {
        let state = State::Locked;
        match (part, event) {
            (Reading::Resource, Event::Resource(Ok(resource))) => {
                if let Some(refusal) = replica(&resource).or_else(|| self.another_resource(&resource)) {
                    return self.refuse(refusal);
                }
                *self.resource = resource;
                self.note_resource();
                self.ask(state(Reading::Identity), Step::Identify(self.resource.clone()))
            }
            (Reading::Resource, Event::Resource(Err(error))) => match self.again(&error, |_| Step::Resource) {
                Some(step) => step,
                None => self.refuse(self.provider_refusal("reading the database server", &error)),
            },
            (Reading::Identity, Event::Identity(Ok(identity))) => match self.wrong_identity(&identity) {
                Some(refusal) => self.refuse(refusal),
                None => self.ask(state(Reading::Look), Step::Look),
            },
            (Reading::Identity, Event::Identity(Err(refusal))) => self.refuse(refusal),
            (Reading::Look, Event::Look(Ok(look))) => {
                self.note_look(look);
                self.ask(state(Reading::Backups), Step::Backups(self.resource.clone()))
            }
            (Reading::Look, Event::Look(Err(refusal))) => self.refuse(refusal),
            (Reading::Backups, Event::Backups(Ok(backups))) => {
                self.backups = backups;
                self.ask(state(Reading::Journal), Step::Journal)
            }
            (Reading::Backups, Event::Backups(Err(error))) => {
                match self.again(&error, |machine| Step::Backups(machine.resource.clone())) {
                    Some(step) => step,
                    None => self.refuse(self.provider_refusal("reading its backups", &error)),
                }
            }
            (Reading::Journal, Event::Journal(Ok(records))) => self.decide(&records),
            (Reading::Journal, Event::Journal(Err(refusal))) => self.refuse(refusal),
            (_, event) => self.out_of_step(&event),
        }
    }

    /// Why `identity` stops the run: it is not of the resource, or not what was seen first.
    pub(super) fn wrong_identity(&self, identity: &Identity) -> Option<Refusal> {
        if identity.resource_id != self.resource.resource_id {
            let message = format!(
                "the database is on {}, and what is backed up is {} ({})",
                identity.resource_id, self.resource.resource_id, self.resource.name
            );
            return Some(Refusal::new(Code::Identity, message));
        }
        let first = self.identity.as_ref()?;
        (first != identity).then(|| {
            if made_anew(first.database_oid, identity.database_oid) {
                let message = format!("{} was dropped and made again while the run went on", identity.database);
                return Refusal::new(Code::Identity, message).hint("look who did, then run the gate again");
            }
            let message = format!(
                "the database is not the one that it was when the run began: {} {} then, {} {} now",
                first.host, first.database, identity.host, identity.database
            );
            Refusal::new(Code::Identity, message)
                .hint("was there a failover, a switchover or a rename? Look, then run the gate again")
        })
    }

    pub(super) fn another_resource(&self, resource: &Resource) -> Option<Refusal> {
        (resource.resource_id != self.resource.resource_id).then(|| {
            let message = format!(
                "{} is another database server now: {} when the run began, {} now",
                resource.name, self.resource.resource_id, resource.resource_id
            );
            Refusal::new(Code::Identity, message)
                .hint("was it renamed, restored or switched over? Look, then begin anew")
        })
    }

    pub(super) fn quota_is_used_up(&self) -> Option<Quota> {
        self.quota.filter(|quota| quota.used >= quota.limit)
    }
}

fn replica(resource: &Resource) -> Option<Refusal> {
    resource.replica_of.as_ref().map(|source| {
        Refusal::new(Code::Replica, format!("{} is a read replica of {source}", resource.name))
            .hint("name the primary: nothing can be migrated on a replica, and its backup may lag by hours")
    })
}
