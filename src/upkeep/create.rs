//! Asking for a backup under one name, waiting for it, and its copies in other Regions.

use std::future::Future;

use jiff::{SignedDuration, Timestamp};

use super::Shelf;
use super::patience::{jittered, pauses};
use crate::backup::{Backup, Class, Error, Progress as State, Reason, Resource, Tags, tags};
use crate::progress::Progress;

/// A backup that is made or about to be.
#[derive(Clone, Debug)]
pub struct Order {
    /// Random, and in the backup's tags: what carries it is what was asked for.
    pub run: String,
    pub id: String,
    pub tags: Tags,
    /// When the wait is over.
    pub until: Timestamp,
    /// Between two looks.
    pub poll: SignedDuration,
}

/// Why there is no usable backup.
#[derive(Debug, thiserror::Error)]
pub enum NotMade {
    #[error("{0}")]
    Provider(Error),
    /// Known before anything was asked for.
    #[error("the account's quota of manual snapshots in {region} is used up: {used} of {limit}")]
    Quota { region: String, used: i64, limit: i64 },
    #[error("{id} is there, but it is not what was asked for: {why}")]
    Another { id: String, why: String },
    /// It failed.
    #[error("{id} is {status}: it will never be usable")]
    Dead { id: String, status: String },
    #[error("{id} has vanished: somebody deleted it")]
    Vanished { id: String },
    /// It may well be there in a while.
    #[error("{id} is still being made ({state}), and the time is over")]
    Late { id: String, state: String },
}

impl From<Error> for NotMade {
    fn from(error: Error) -> Self {
        Self::Provider(error)
    }
}

/// How long a backup that was asked for may stay unseen: lists and descriptions follow orders with a delay.
const GRACE: SignedDuration = SignedDuration::from_mins(2);

/// Whether there is room for one more. A quota that cannot be read stops nobody: the order itself tells.
pub async fn room(shelf: &Shelf<'_>) -> Result<(), NotMade> {
    match shelf.provider.quota().await {
        Ok(Some(quota)) if quota.used >= quota.limit => {
            Err(NotMade::Quota { region: shelf.region.to_owned(), used: quota.used, limit: quota.limit })
        }
        _ => Ok(()),
    }
}

/// Orders the backup. Asked again only under the same name, after what was lost was looked for.
pub async fn request(shelf: &Shelf<'_>, resource: &Resource, order: &Order) -> Result<Backup, NotMade> {
    place(shelf, order, || shelf.provider.request(resource, &order.id, &order.tags)).await
}

/// Orders a copy of `backup` into the shelf's Region.
pub async fn copy(
    shelf: &Shelf<'_>,
    backup: &Backup,
    from_region: &str,
    kms_key: Option<&str>,
    order: &Order,
) -> Result<Backup, NotMade> {
    place(shelf, order, || shelf.provider.copy_here(backup, from_region, &order.id, &order.tags, kms_key)).await
}

async fn place<F>(shelf: &Shelf<'_>, order: &Order, mut call: impl FnMut() -> F) -> Result<Backup, NotMade>
where
    F: Future<Output = Result<Backup, Error>>,
{
    for pause in pauses() {
        let error = match call().await {
            Ok(backup) => return Ok(backup),
            Err(error) => error,
        };
        // It may have been made, by this very order: then it carries our run.
        if error.reason == Reason::AlreadyExists || error.class == Class::Unknown {
            if let Some(backup) = shelf.describe(&order.id).await? {
                return is_ordered(&backup, order, None).map(|()| backup);
            }
        } else if error.class == Class::Permanent {
            return Err(error.into());
        }
        if shelf.clock.now() >= order.until {
            return Err(error.into());
        }
        shelf.clock.sleep(jittered(pause, shelf.clock.random())).await;
    }
    Err(NotMade::Vanished { id: order.id.clone() })
}

/// Waits until exactly `ordered` is usable. A status that nobody has heard of means: not yet.
pub async fn wait(
    shelf: &Shelf<'_>,
    ordered: &Backup,
    order: &Order,
    progress: &dyn Progress,
) -> Result<Backup, NotMade> {
    let asked = shelf.clock.now();
    let mut state = ordered.status.clone();
    loop {
        match shelf.describe(&order.id).await {
            Ok(Some(backup)) => {
                is_ordered(&backup, order, Some(ordered))?;
                state = told(&backup);
                match backup.progress() {
                    State::Usable => return Ok(backup),
                    State::Dead => return Err(NotMade::Dead { id: backup.id, status: backup.status }),
                    State::Wait => progress.step(&format!("{} in {} is {state}", backup.id, shelf.region), 0, None),
                }
            }
            Ok(None) if shelf.clock.now().duration_since(asked) < GRACE => {}
            Ok(None) => return Err(NotMade::Vanished { id: order.id.clone() }),
            // What may be answered later is waited for as long as the backup itself.
            Err(error) if error.class == Class::Permanent || shelf.clock.now() >= order.until => {
                return Err(error.into());
            }
            Err(error) => progress.note(&error.to_string()),
        }
        let left = order.until.duration_since(shelf.clock.now());
        if left <= SignedDuration::ZERO {
            return Err(NotMade::Late { id: order.id.clone(), state });
        }
        shelf.clock.sleep(jittered(order.poll, shelf.clock.random()).min(left)).await;
    }
}

/// `creating, 40 %`
fn told(backup: &Backup) -> String {
    match backup.percent {
        Some(percent) => format!("{}, {percent} %", backup.status),
        None => backup.status.clone(),
    }
}

/// Whether a backup of this name is the one that was asked for, and not one that got its name otherwise.
fn is_ordered(backup: &Backup, order: &Order, ordered: Option<&Backup>) -> Result<(), NotMade> {
    let another = |why: String| Err(NotMade::Another { id: order.id.clone(), why });
    if let Some(ordered) = ordered
        && backup.arn != ordered.arn
    {
        return another(format!("its ARN is {} and not {}", backup.arn, ordered.arn));
    }
    match backup.tags.get(tags::RUN) {
        Some(run) if *run == order.run => {}
        // Tags may be seen later than the backup itself.
        None if backup.progress() == State::Wait => {}
        run => return another(format!("it was made by {}", run.map_or("no run of ours", String::as_str))),
    }
    let resource = order.tags.get(tags::RESOURCE);
    if resource.is_some_and(|resource| *resource != backup.resource_id) {
        return another(format!("it is of {}", backup.resource_id));
    }
    Ok(())
}
