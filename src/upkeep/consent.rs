//! The first prune under a policy is only a plan, until somebody has agreed to exactly this policy.
//!
//! `tidegate backup prune --yes` agrees. That is written as a tag with the policy's fingerprint on the newest good
//! backup, since jobs come and go and backups stay; each prune hands it on to the one that is newest then. Where the
//! tag is lost nothing worse happens than that somebody is asked again.

use crate::backup::{Error, Tags, tags};
use crate::retention::{Candidate, Policy, Scope, foreign, moment};

use super::Shelf;

/// Whether somebody has agreed to this policy for the backups of this database.
pub fn is_given(candidates: &[Candidate], policy: &Policy, scope: &Scope<'_>) -> bool {
    let fingerprint = policy.fingerprint();
    let ours = candidates.iter().filter(|candidate| foreign(candidate, scope).is_none());
    ours.into_iter().any(|candidate| candidate.backup.tags.get(tags::POLICY) == Some(&fingerprint))
}

/// Writes it down on the newest good backup of ours, before anything is deleted. Without one there is nothing to
/// delete either.
pub async fn give(
    shelf: &Shelf<'_>,
    candidates: &[Candidate],
    policy: &Policy,
    scope: &Scope<'_>,
) -> Result<(), Error> {
    let fingerprint = policy.fingerprint();
    let ours = candidates.iter().filter(|one| foreign(one, scope).is_none() && one.is_good(shelf.now()));
    let Some(newest) = ours.max_by_key(|candidate| (moment(&candidate.backup), &candidate.backup.id)) else {
        return Ok(());
    };
    if newest.backup.tags.get(tags::POLICY) == Some(&fingerprint) {
        return Ok(());
    }
    shelf.tag(&newest.backup.arn, &Tags::from([(tags::POLICY.to_owned(), fingerprint)])).await
}
