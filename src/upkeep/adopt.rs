//! Hand-made snapshots come under a policy: their tags are written, and from then on they are judged like any other.

use jiff::Timestamp;

use super::Shelf;
use crate::backup::{Backup, Error, Origin, Resource, Tags, tags};
use crate::retention::{Candidate, Known};

/// What they are adopted as.
pub struct Terms<'a> {
    pub tier: &'a str,
    /// `None` for all databases of the server.
    pub database: Option<&'a str>,
    pub environment: &'a str,
}

/// Why a snapshot is not taken over; `None` where it may be.
pub fn refusal(candidate: &Candidate, resource: &Resource, now: Timestamp) -> Option<String> {
    let backup = &candidate.backup;
    if backup.origin != Origin::Manual {
        return Some("it is no manual snapshot of this account".to_owned());
    }
    if backup.is_ours() {
        return Some("it is one of tidegate's already".to_owned());
    }
    if let Some(of) = backup.tags.get(tags::ID) {
        return Some(format!("it is a copy made by hand, with the tags of {of}; take those away first"));
    }
    if backup.resource_id != resource.resource_id {
        return Some(format!("it is of another server, {}", backup.resource_id));
    }
    if !candidate.is_good(now) {
        return Some(format!("its status is {}, or its age cannot be told", backup.status));
    }
    match candidate.shared {
        Known::No => None,
        Known::Yes => Some("it is shared with another account, which may count on it".to_owned()),
        Known::Unasked | Known::CouldNotTell => Some("whether it is shared could not be told".to_owned()),
    }
}

/// The tags that make it one of ours.
pub fn tags_for(backup: &Backup, resource: &Resource, terms: &Terms<'_>) -> Tags {
    let mut written = Tags::from([
        (tags::ID.to_owned(), backup.id.clone()),
        (tags::RESOURCE.to_owned(), resource.resource_id.clone()),
        (tags::TIER.to_owned(), terms.tier.to_owned()),
        (tags::ENVIRONMENT.to_owned(), tags::value(terms.environment)),
    ]);
    written.extend(terms.database.map(|database| (tags::DATABASE.to_owned(), tags::value(database))));
    let made = backup.original_created.or(backup.created);
    written.extend(made.map(|made| (tags::CREATED.to_owned(), made.to_string())));
    written
}

/// The snapshots of the resource that `wanted` names, each with the reason why it is not taken over.
pub async fn candidates(
    shelf: &Shelf<'_>,
    resource: &Resource,
    wanted: impl Fn(&str) -> bool,
) -> Result<Vec<(Candidate, Option<String>)>, Error> {
    let mut found: Vec<Candidate> = shelf.list(resource).await?;
    found.retain(|candidate| wanted(&candidate.backup.id));
    found.sort_by(|one, other| one.backup.id.cmp(&other.backup.id));
    let mut judged = Vec::new();
    for mut candidate in found {
        candidate.shared = Known::No;
        // Asked only where nothing else is against it.
        if refusal(&candidate, resource, shelf.now()).is_none() {
            shelf.ask_about(&mut candidate).await;
        }
        let refusal = refusal(&candidate, resource, shelf.now());
        judged.push((candidate, refusal));
    }
    Ok(judged)
}
