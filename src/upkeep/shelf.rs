use jiff::{SignedDuration, Timestamp};

use super::patience::ask;
use crate::backup::{Backup, Error, Progress, Provider, Resource, Tags};
use crate::gate::world::Clock;
use crate::retention::{Candidate, Known};

/// The backups of one Region, and how they are asked for: with patience for what may be answered later.
#[derive(Clone, Copy)]
pub struct Shelf<'a> {
    pub region: &'a str,
    pub provider: &'a dyn Provider,
    pub clock: &'a dyn Clock,
    /// The Regions that its backups are copied to, under the same names. Deleting the source would end a copy.
    pub copies: &'a [(String, Box<dyn Provider>)],
}

impl Shelf<'_> {
    /// The earlier one of our clock and the provider's: whose clock is behind keeps more. Answers are dated to the
    /// second and travel for a while, so that less than a minute says nothing.
    pub fn now(&self) -> Timestamp {
        let now = self.clock.now();
        let ahead = self.provider.clock_skew().filter(|ahead| *ahead <= -SignedDuration::from_mins(1));
        ahead.and_then(|ahead| now.checked_add(ahead).ok()).unwrap_or(now)
    }

    pub async fn resource(&self) -> Result<Resource, Error> {
        ask(self.clock, || self.provider.resource()).await
    }

    pub async fn list(&self, resource: &Resource) -> Result<Vec<Candidate>, Error> {
        let listed = ask(self.clock, || self.provider.list(resource)).await?;
        Ok(listed.into_iter().map(|backup| Candidate { backup, ..Candidate::default() }).collect())
    }

    pub async fn describe(&self, id: &str) -> Result<Option<Backup>, Error> {
        ask(self.clock, || self.provider.backup(id)).await
    }

    pub async fn tag(&self, arn: &str, tags: &Tags) -> Result<(), Error> {
        ask(self.clock, || self.provider.tag(arn, tags)).await
    }

    pub async fn untag(&self, arn: &str, keys: &[&str]) -> Result<(), Error> {
        ask(self.clock, || self.provider.untag(arn, keys)).await
    }

    /// What costs a call of its own. What cannot be told is noted as that, with the error.
    pub(super) async fn ask_about(&self, candidate: &mut Candidate) -> Vec<Error> {
        let mut errors = Vec::new();
        let mut known = |answer: Result<bool, Error>| match answer {
            Ok(true) => Known::Yes,
            Ok(false) => Known::No,
            Err(error) => {
                errors.push(error);
                Known::CouldNotTell
            }
        };
        candidate.shared = known(ask(self.clock, || self.provider.is_shared(&candidate.backup.id)).await);
        candidate.being_copied = known(self.is_being_copied(&candidate.backup).await);
        errors
    }

    async fn is_being_copied(&self, backup: &Backup) -> Result<bool, Error> {
        if ask(self.clock, || self.provider.is_being_copied(backup)).await? {
            return Ok(true);
        }
        for (_, there) in self.copies {
            let copy = ask(self.clock, || there.backup(&backup.id)).await?;
            if copy.is_some_and(|copy| copy.progress() == Progress::Wait) {
                return Ok(true);
            }
        }
        Ok(false)
    }
}
