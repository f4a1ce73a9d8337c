//! Snapshots in memory, with whatever goes wrong between two calls.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};

use super::{now, resource};
use crate::backup::{Backup, Class, Error, Provider, Quota, Reason, Resource, Tags};
use crate::gate::world::Clock;

/// What happens right before the call of this name and object is answered: `delete d4`.
type Turn = Box<dyn Fn(&mut World) -> Option<Error> + Send>;

#[derive(Default)]
pub(super) struct World {
    pub(super) there: Vec<Backup>,
    /// Every call in order: `list`, `delete d4`.
    pub(super) log: Vec<String>,
    pub(super) shared: Vec<String>,
    pub(super) copied: Vec<String>,
    pub(super) quota: Option<Quota>,
    pub(super) skew: Option<SignedDuration>,
    /// Another account's Region: `eu-central-1`
    pub(super) elsewhere: BTreeMap<String, Fake>,
    /// The status of what is ordered, as often as it is described.
    pub(super) statuses: Vec<&'static str>,
}

/// A Region.
#[derive(Clone, Default)]
pub(super) struct Fake {
    pub(super) world: Arc<Mutex<World>>,
    turns: Arc<Mutex<Vec<(String, Turn)>>>,
}

pub(super) fn error(class: Class, reason: Reason) -> Error {
    Error { class, reason, action: "rds:Fake", code: None, message: format!("{reason:?}"), hints: Vec::new() }
}

impl Fake {
    pub(super) fn new(there: Vec<Backup>) -> Self {
        let fake = Self::default();
        fake.world.lock().unwrap().there = there;
        fake
    }

    /// The next call that is logged as `call` is answered after this. An error is its answer.
    pub(super) fn before(&self, call: &str, turn: impl Fn(&mut World) -> Option<Error> + Send + 'static) {
        self.turns.lock().unwrap().push((call.to_owned(), Box::new(turn)));
    }

    pub(super) fn fails(&self, call: &str, times: usize, class: Class, reason: Reason) {
        for _ in 0..times {
            self.before(call, move |_| Some(error(class, reason)));
        }
    }

    pub(super) fn log(&self) -> Vec<String> {
        self.world.lock().unwrap().log.clone()
    }

    pub(super) fn logged(&self, what: &str) -> Vec<String> {
        self.log().into_iter().filter_map(|line| line.strip_prefix(what).map(|rest| rest.trim().to_owned())).collect()
    }

    pub(super) fn ids(&self) -> Vec<String> {
        self.world.lock().unwrap().there.iter().map(|backup| backup.id.clone()).collect()
    }

    fn call<T>(&self, line: String, answer: impl FnOnce(&mut World) -> Result<T, Error>) -> Result<T, Error> {
        let mut turns = self.turns.lock().unwrap();
        let turn = turns.iter().position(|(call, _)| *call == line).map(|place| turns.remove(place));
        drop(turns);
        let mut world = self.world.lock().unwrap();
        world.log.push(line);
        match turn.and_then(|(_, turn)| turn(&mut world)) {
            Some(error) => Err(error),
            None => answer(&mut world),
        }
    }
}

#[async_trait]
impl Provider for Fake {
    async fn resource(&self) -> Result<Resource, Error> {
        self.call("resource".to_owned(), |_| Ok(resource()))
    }

    async fn request(&self, resource: &Resource, id: &str, tags: &Tags) -> Result<Backup, Error> {
        self.call(format!("request {id}"), |world| {
            if world.there.iter().any(|backup| backup.id == id) {
                return Err(error(Class::Permanent, Reason::AlreadyExists));
            }
            let made = Backup {
                resource_id: resource.resource_id.clone(),
                status: "creating".to_owned(),
                tags: tags.clone(),
                ..super::backup(id, 0)
            };
            world.there.push(made.clone());
            Ok(made)
        })
    }

    async fn backup(&self, id: &str) -> Result<Option<Backup>, Error> {
        self.call(format!("describe {id}"), |world| {
            let status = (!world.statuses.is_empty()).then(|| world.statuses.remove(0));
            let found = world.there.iter_mut().find(|backup| backup.id == id);
            Ok(found.map(|backup| {
                backup.status = status.map_or(backup.status.clone(), str::to_owned);
                backup.clone()
            }))
        })
    }

    async fn list(&self, _: &Resource) -> Result<Vec<Backup>, Error> {
        self.call("list".to_owned(), |world| Ok(world.there.clone()))
    }

    async fn tag(&self, arn: &str, tags: &Tags) -> Result<(), Error> {
        self.call(format!("tag {arn}"), |world| {
            let found = world.there.iter_mut().find(|backup| backup.arn == arn);
            found.ok_or_else(|| error(Class::Permanent, Reason::BackupNotFound))?.tags.extend(tags.clone());
            Ok(())
        })
    }

    async fn untag(&self, arn: &str, _: &[&str]) -> Result<(), Error> {
        self.call(format!("untag {arn}"), |_| Ok(()))
    }

    async fn delete(&self, id: &str) -> Result<(), Error> {
        self.call(format!("delete {id}"), |world| {
            let place = world.there.iter().position(|backup| backup.id == id);
            world.there.remove(place.ok_or_else(|| error(Class::Permanent, Reason::BackupNotFound))?);
            Ok(())
        })
    }

    async fn is_shared(&self, id: &str) -> Result<bool, Error> {
        self.call(format!("shared {id}"), |world| Ok(world.shared.iter().any(|one| one == id)))
    }

    async fn is_being_copied(&self, backup: &Backup) -> Result<bool, Error> {
        self.call(format!("copied {}", backup.id), |world| Ok(world.copied.contains(&backup.id)))
    }

    async fn quota(&self) -> Result<Option<Quota>, Error> {
        self.call("quota".to_owned(), |world| Ok(world.quota))
    }

    fn elsewhere(&self, region: &str) -> Box<dyn Provider> {
        Box::new(self.world.lock().unwrap().elsewhere[region].clone())
    }

    async fn copy_here(
        &self,
        backup: &Backup,
        from: &str,
        id: &str,
        tags: &Tags,
        _: Option<&str>,
    ) -> Result<Backup, Error> {
        self.call(format!("copy {id} from {from}"), |world| {
            let status = "copying".to_owned();
            let copy = Backup { id: id.to_owned(), tags: tags.clone(), status, ..backup.clone() };
            world.there.push(copy.clone());
            Ok(copy)
        })
    }

    fn clock_skew(&self) -> Option<SignedDuration> {
        self.world.lock().unwrap().skew
    }

    async fn credentials_end(&self) -> Result<Option<Timestamp>, Error> {
        Ok(None)
    }
}

/// Time that passes only while somebody sleeps.
pub(super) struct Hours(Mutex<Timestamp>);

impl Default for Hours {
    fn default() -> Self {
        Self(Mutex::new(now()))
    }
}

#[async_trait]
impl Clock for Hours {
    fn now(&self) -> Timestamp {
        *self.0.lock().unwrap()
    }

    async fn sleep(&self, time: SignedDuration) {
        *self.0.lock().unwrap() += time;
    }

    fn random(&self) -> f64 {
        0.5
    }
}
