//! Judging what there is, and deleting what the policy lets go.

use super::Shelf;
use super::patience::{TRIES, jittered, pauses};
use crate::backup::{Class, Error, Reason as Why, Resource};
use crate::progress::Progress;
use crate::retention::{Action, Candidate, Known, Policy, Reason, Scope, Verdict, plan};

/// What there is, judged.
pub struct Judged {
    pub candidates: Vec<Candidate>,
    /// The newest first.
    pub verdicts: Vec<Verdict>,
    /// What could not be told of single backups, which stay for that.
    pub doubts: Vec<Doubt>,
}

/// A question about a backup that had no answer.
pub struct Doubt {
    pub id: String,
    pub error: Error,
}

impl Judged {
    /// The ids that may go and why, the oldest first.
    pub fn leaving(&self) -> Vec<(&str, &Reason)> {
        let leaving = self.verdicts.iter().rev().filter(|verdict| verdict.action == Action::Delete);
        leaving.map(|verdict| (verdict.id.as_str(), &verdict.reason)).collect()
    }
}

/// Judges every backup of the resource. Whether one is shared or being copied is asked only of those that would go,
/// and then judged again.
pub async fn judge(
    shelf: &Shelf<'_>,
    resource: &Resource,
    policy: &Policy,
    scope: &Scope<'_>,
) -> Result<Judged, Error> {
    let mut candidates = shelf.list(resource).await?;
    let mut doubts = Vec::new();
    loop {
        let verdicts = plan(&candidates, policy, scope, shelf.now());
        let goes = |id: &str| verdicts.iter().any(|verdict| verdict.action == Action::Delete && verdict.id == id);
        let unasked = |candidate: &&mut Candidate| candidate.shared == Known::Unasked && goes(&candidate.backup.id);
        let mut asked = false;
        for candidate in candidates.iter_mut().filter(unasked) {
            asked = true;
            let errors = shelf.ask_about(candidate).await;
            doubts.extend(errors.into_iter().map(|error| Doubt { id: candidate.backup.id.clone(), error }));
        }
        if !asked {
            return Ok(Judged { candidates, verdicts, doubts });
        }
    }
}

/// What became of a backup that the policy let go.
pub struct Item {
    pub id: String,
    pub reason: Reason,
    pub fate: Fate,
}

pub enum Fate {
    Deleted,
    /// Somebody else was faster.
    Gone,
    /// A second look found a reason to keep it.
    Kept(Reason),
    Failed(Error),
}

/// Deletes what was judged to go, the oldest first. Each is listed, described and judged again right before; an error
/// is its own alone.
pub async fn carry_out(
    shelf: &Shelf<'_>,
    resource: &Resource,
    policy: &Policy,
    scope: &Scope<'_>,
    judged: &Judged,
    progress: &dyn Progress,
) -> Vec<Item> {
    // The cap has been applied: what is asked again is only whether this very one may go.
    let policy = Policy { cap: u32::MAX, ..policy.clone() };
    let leaving = judged.leaving();
    let mut items = Vec::new();
    for (done, (id, reason)) in leaving.iter().enumerate() {
        progress.step(&format!("deleting {id}"), done, Some(leaving.len()));
        let Some(candidate) = judged.candidates.iter().find(|candidate| candidate.backup.id == *id) else { continue };
        let mut fate = let_go(shelf, resource, &policy, scope, candidate.clone()).await;
        for pause in pauses().take(TRIES as usize - 1) {
            match &fate {
                Ok(Fate::Failed(error)) if error.class != Class::Permanent => {}
                _ => break,
            }
            shelf.clock.sleep(jittered(pause, shelf.clock.random())).await;
            // Judged anew, too: what it was judged by may have gone in the meantime.
            fate = match let_go(shelf, resource, &policy, scope, candidate.clone()).await {
                Ok(Fate::Gone) => Ok(Fate::Deleted),
                fate => fate,
            };
        }
        let fate = fate.unwrap_or_else(Fate::Failed);
        items.push(Item { id: (*id).to_owned(), reason: (*reason).clone(), fate });
    }
    items
}

async fn let_go(
    shelf: &Shelf<'_>,
    resource: &Resource,
    policy: &Policy,
    scope: &Scope<'_>,
    mut candidate: Candidate,
) -> Result<Fate, Error> {
    let id = candidate.backup.id.clone();
    let id = id.as_str();
    let errors = shelf.ask_about(&mut candidate).await;
    // The others, too: what it is judged by may have gone meanwhile. Last of all what it is at this moment.
    let mut candidates = shelf.list(resource).await?;
    candidates.retain(|candidate| candidate.backup.id != id);
    let Some(backup) = shelf.describe(id).await? else { return Ok(Fate::Gone) };
    candidate.backup = backup;
    candidates.push(candidate);
    let verdicts = plan(&candidates, policy, scope, shelf.now());
    let Some(verdict) = verdicts.into_iter().find(|verdict| verdict.id == id) else { return Ok(Fate::Gone) };
    if verdict.action == Action::Keep {
        return match errors.into_iter().next() {
            Some(error) => Err(error),
            None => Ok(Fate::Kept(verdict.reason)),
        };
    }
    match shelf.provider.delete(id).await {
        Ok(()) => Ok(Fate::Deleted),
        Err(error) if error.reason == Why::BackupNotFound => Ok(Fate::Gone),
        // The order may have got through, and only its answer was lost.
        Err(error) => match shelf.describe(id).await {
            Ok(None) => Ok(Fate::Deleted),
            Ok(Some(backup)) if matches!(backup.status.as_str(), "deleting" | "deleted") => Ok(Fate::Deleted),
            _ => Ok(Fate::Failed(error)),
        },
    }
}
