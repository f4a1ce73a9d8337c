//! The contracts, kept by a world in memory.

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};

use super::{Call, Fault, Kill, Kind, State, World, error};
use crate::backup::error::{Class, Error, Reason};
use crate::backup::{Backup, Provider, Quota, Resource, Tags};
use crate::gate::receipt::Pruned;
use crate::gate::refusal::{Code, Refusal};
use crate::gate::run::RunId;
use crate::gate::world::{
    Clock, Command, Database, Entry, Evidence, Exit, Identity, Interrupts, Journal, Locking, Look, Pruner, Record,
};

/// One process's hand on the world.
pub(super) struct Hand {
    pub world: World,
    pub session: usize,
    pub machine: String,
}

/// The connection that holds the lock; it ends with the process.
pub(super) struct Connection(pub Hand);

impl Drop for Connection {
    fn drop(&mut self) {
        let mut state = self.0.world.state();
        if state.lock == Some(self.0.session) && !state.command_alive {
            state.lock = None;
        }
    }
}

impl Hand {
    /// The call begins: the world changes, the process may be killed, the answer may be a fault.
    async fn enter(&self, kind: Kind) -> Option<Fault> {
        let (killed, fault) = {
            let mut state = self.world.state();
            state.calls += 1;
            let nth = *state.seen.entry(kind).and_modify(|seen| *seen += 1).or_insert(1);
            let mut changes = std::mem::take(&mut state.before);
            for (_, _, change) in changes.iter_mut().filter(|(of, at, _)| *of == kind && *at == nth) {
                change(&mut state);
            }
            changes.append(&mut state.before);
            state.before = changes;
            let mut fault =
                state.faults.iter().find(|(of, at, _)| *of == kind && *at == nth).map(|(_, _, fault)| fault.clone());
            if let Some(mut chaos) = state.chaos.take() {
                fault = fault.or_else(|| chaos(&mut state, kind));
                state.chaos = Some(chaos);
            }
            (state.kill == Some(Kill::Before(state.calls)), fault)
        };
        if killed {
            std::future::pending::<()>().await;
        }
        fault
    }

    /// The call ends, and is written down.
    async fn leave(&self, kind: Kind, ok: bool, what: String, backup: Option<Backup>, identity: Option<Identity>) {
        let killed = {
            let mut state = self.world.state();
            let locked = state.lock == Some(self.session);
            let at = state.now;
            state.log.push(Call { at, kind, session: self.session, ok, what, backup, identity, locked });
            state.kill == Some(Kill::After(state.calls))
        };
        if killed {
            std::future::pending::<()>().await;
        }
    }

    /// A question to AWS.
    async fn ask<T>(
        &self,
        kind: Kind,
        what: &str,
        work: impl FnOnce(&mut State) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let answer = match self.enter(kind).await {
            Some(Fault::Error(error)) => Err(error),
            Some(Fault::Lost) => {
                let _ = work(&mut self.world.state());
                Err(error(Class::Unknown, Reason::Unreachable))
            }
            _ => work(&mut self.world.state()),
        };
        self.leave(kind, answer.is_ok(), what.to_owned(), None, None).await;
        answer
    }

    /// A question to the database.
    async fn consult<T>(&self, kind: Kind, work: impl FnOnce(&mut State) -> Result<T, Refusal>) -> Result<T, Refusal> {
        let answer = match self.enter(kind).await {
            Some(Fault::Refusal(refusal)) => Err(refusal),
            _ => work(&mut self.world.state()),
        };
        self.leave(kind, answer.is_ok(), String::new(), None, None).await;
        answer
    }
}

#[async_trait]
impl Interrupts for Hand {
    /// Nothing that is asked here is waited for, so that a signal comes between two calls.
    async fn asked(&self) -> u8 {
        std::future::pending().await
    }

    fn so_far(&self) -> Option<u8> {
        let state = self.world.state();
        state.signal_from.filter(|from| state.calls >= *from).map(|_| 15)
    }
}

#[async_trait]
impl Clock for Hand {
    fn now(&self) -> Timestamp {
        self.world.state().now
    }

    async fn sleep(&self, time: SignedDuration) {
        self.enter(Kind::Sleep).await;
        self.world.state().now += time;
        self.leave(Kind::Sleep, true, format!("{time:?}"), None, None).await;
    }

    fn random(&self) -> f64 {
        let calls = self.world.state().calls;
        (calls % 11) as f64 / 11.0
    }
}

#[async_trait]
impl Provider for Hand {
    async fn resource(&self) -> Result<Resource, Error> {
        self.ask(Kind::Resource, "", |state| Ok(state.resource.clone())).await
    }

    async fn request(&self, resource: &Resource, id: &str, tags: &Tags) -> Result<Backup, Error> {
        let (resource, tags) = (resource.clone(), tags.clone());
        self.ask(Kind::Request, id, |state| {
            assert_eq!(resource.resource_id, state.resource.resource_id);
            state.make(id, &tags)
        })
        .await
    }

    async fn backup(&self, id: &str) -> Result<Option<Backup>, Error> {
        let answer = match self.enter(Kind::Backup).await {
            Some(Fault::Error(error)) => Err(error),
            Some(Fault::Lost) => Err(error(Class::Unknown, Reason::Unreachable)),
            Some(Fault::Missing) => Ok(None),
            _ => Ok(self.world.state().shown(id)),
        };
        let backup = answer.as_ref().ok().cloned().flatten();
        self.leave(Kind::Backup, backup.is_some(), id.to_owned(), backup, None).await;
        answer
    }

    async fn list(&self, _: &Resource) -> Result<Vec<Backup>, Error> {
        self.ask(Kind::List, "", |state| {
            let ids: Vec<String> = state.backups.iter().map(|backup| backup.id.clone()).collect();
            Ok(ids.iter().filter_map(|id| state.shown(id)).collect())
        })
        .await
    }

    async fn tag(&self, arn: &str, tags: &Tags) -> Result<(), Error> {
        let what = tags.values().cloned().collect::<Vec<_>>().join(" ");
        self.ask(Kind::Tag, &what, |state| {
            let backup = state.backups.iter_mut().find(|backup| backup.arn == arn);
            let backup = backup.ok_or_else(|| error(Class::Permanent, Reason::BackupNotFound))?;
            backup.tags.extend(tags.clone());
            Ok(())
        })
        .await
    }

    async fn untag(&self, _: &str, _: &[&str]) -> Result<(), Error> {
        panic!("the gate takes no tags away")
    }

    async fn delete(&self, _: &str) -> Result<(), Error> {
        panic!("the gate deletes nothing by itself")
    }

    async fn is_shared(&self, _: &str) -> Result<bool, Error> {
        panic!("that is for retention")
    }

    async fn is_being_copied(&self, _: &Backup) -> Result<bool, Error> {
        panic!("that is for retention")
    }

    async fn quota(&self) -> Result<Option<Quota>, Error> {
        self.ask(Kind::Quota, "", |state| Ok(state.quota)).await
    }

    fn elsewhere(&self, region: &str) -> Box<dyn Provider> {
        Box::new(Hand { world: self.world.clone(), session: self.session, machine: region.to_owned() })
    }

    async fn copy_here(
        &self,
        backup: &Backup,
        _: &str,
        id: &str,
        tags: &Tags,
        _: Option<&str>,
    ) -> Result<Backup, Error> {
        let copy = Backup { id: id.to_owned(), tags: tags.clone(), ..backup.clone() };
        self.ask(Kind::Copy, id, |state| {
            state.copies.push((self.machine.clone(), copy.clone()));
            Ok(copy)
        })
        .await
    }

    async fn credentials_end(&self) -> Result<Option<Timestamp>, Error> {
        self.ask(Kind::Credentials, "", |state| Ok(state.credentials_end)).await
    }
}

#[async_trait]
impl Database for Connection {
    async fn preflight(&mut self) -> Vec<Refusal> {
        self.0.enter(Kind::Preflight).await;
        let refusals = self.0.world.state().preflight.clone();
        self.0.leave(Kind::Preflight, refusals.is_empty(), String::new(), None, None).await;
        refusals
    }

    async fn try_lock(&mut self, _: &RunId) -> Result<Locking, Refusal> {
        let session = self.0.session;
        self.0
            .consult(Kind::TryLock, |state| match state.lock {
                Some(holder) if holder != session => Ok(Locking::Held(format!("session {holder}"))),
                _ => {
                    state.lock = Some(session);
                    Ok(Locking::Taken)
                }
            })
            .await
    }

    async fn still_locked(&mut self) -> Result<(), Refusal> {
        let session = self.0.session;
        self.0
            .consult(Kind::StillLocked, |state| match state.lock {
                Some(holder) if holder == session => Ok(()),
                _ => Err(Refusal::new(Code::Lock, "the session that held the lock is gone")),
            })
            .await
    }

    async fn look(&mut self) -> Result<Look, Refusal> {
        let answer = match self.0.enter(Kind::Look).await {
            Some(Fault::Refusal(refusal)) => Err(refusal),
            _ => Ok(self.0.world.state().seen_now()),
        };
        let look = answer.as_ref().ok();
        let what = look.map(|look| format!("{} {} {:?}", look.plan_hash, look.pending_hash, look.head));
        self.0.leave(Kind::Look, answer.is_ok(), what.unwrap_or_default(), None, None).await;
        answer
    }

    async fn identify(&mut self, _: &Resource) -> Result<Identity, Refusal> {
        let answer = match self.0.enter(Kind::Identify).await {
            Some(Fault::Refusal(refusal)) => Err(refusal),
            _ => Ok(self.0.world.state().identity.clone()),
        };
        let identity = answer.as_ref().ok().cloned();
        self.0.leave(Kind::Identify, answer.is_ok(), String::new(), None, identity).await;
        answer
    }

    async fn evidence(&mut self, run: &RunId) -> Evidence {
        let fault = self.0.enter(Kind::Evidence).await;
        let evidence = match fault {
            Some(_) => Evidence::default(),
            None => self.0.world.state().evidence(),
        };
        self.0.leave(Kind::Evidence, evidence.active.is_some(), run.to_string(), None, None).await;
        evidence
    }

    async fn unlock(&mut self) {
        self.0.enter(Kind::Unlock).await;
        {
            let mut state = self.0.world.state();
            if state.lock == Some(self.0.session) {
                state.lock = None;
            }
        }
        self.0.leave(Kind::Unlock, true, String::new(), None, None).await;
    }
}

#[async_trait]
impl Journal for Hand {
    async fn read(&mut self) -> Result<Vec<Record>, Refusal> {
        let machine = self.machine.clone();
        self.consult(Kind::Read, |state| Ok(state.journals.get(&machine).cloned().unwrap_or_default())).await
    }

    async fn append(&mut self, record: &Record) -> Result<(), Refusal> {
        let machine = self.machine.clone();
        let what = match &record.entry {
            Entry::Running { .. } => format!("running {}", record.run),
            Entry::Ended { outcome, .. } => format!("ended {outcome:?} {}", record.run),
            Entry::Requested { backup } => format!("requested {backup}"),
            entry => format!("{entry:?}").split([' ', '{']).next().unwrap_or_default().to_owned(),
        };
        let answer = match self.enter(Kind::Append).await {
            Some(Fault::Refusal(refusal)) => Err(refusal),
            _ => {
                self.world.state().journals.entry(machine).or_default().push(record.clone());
                Ok(())
            }
        };
        self.leave(Kind::Append, answer.is_ok(), what, None, None).await;
        answer
    }
}

#[async_trait]
impl Command for Hand {
    async fn run(&mut self, run: &RunId, _: Option<&str>) -> Exit {
        self.enter(Kind::Run).await;
        let behaviour = self.world.state().behaviour.clone();
        if !behaviour.exit.never_ran() {
            self.world.state().command_alive = true;
        }
        // Here it has started, and is at work.
        self.leave(Kind::Run, true, run.to_string(), None, None).await;
        let mut state = self.world.state();
        state.command_alive = false;
        if !behaviour.exit.never_ran() {
            state.work(&behaviour);
        }
        behaviour.exit
    }
}

#[async_trait]
impl Pruner for Hand {
    async fn prune(&mut self, _: &Resource, current: &str, _: Timestamp) -> Vec<Pruned> {
        self.enter(Kind::Prune).await;
        let pruned = self.world.state().prunes.clone();
        self.leave(Kind::Prune, true, current.to_owned(), None, None).await;
        pruned
    }
}
