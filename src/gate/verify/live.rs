//! Whether what AWS shows now is what the receipt says.

use super::{Finding, Live, Status};
use crate::backup::tags::{self, Phase, RunTag};
use crate::backup::{Backup, Error, Progress, Reason, Resource};
use crate::gate::receipt::{BackupFacts, Receipt, ResourceFacts};
use crate::gate::run::made_anew;
use crate::gate::world::Outcome;

pub(super) fn live(receipt: &Receipt, live: &Live) -> Vec<Finding> {
    let mut findings = Vec::new();
    if let Some(facts) = &receipt.resource {
        findings.extend(resource(facts, &live.resource));
    }
    match (&receipt.backup, &live.backup) {
        (None, _) => {}
        (Some(facts), Err(error)) => findings.push(not_told("backup", &facts.id, error)),
        (Some(facts), Ok(None)) => {
            findings.push(Finding::new("backup", Status::Failed, format!("{} is not there", facts.id)));
        }
        (Some(facts), Ok(Some(found))) => findings.extend(backup(receipt, facts, found)),
    }
    findings
}

fn not_told(check: &str, what: &str, error: &Error) -> Finding {
    Finding::new(check, Status::CouldNotTell, format!("{what}: {error}"))
}

fn resource(facts: &ResourceFacts, found: &Result<Resource, Error>) -> Vec<Finding> {
    match found {
        Err(error) if error.reason == Reason::ResourceNotFound => {
            vec![Finding::new("resource", Status::Failed, format!("{} is not there any more", facts.name))]
        }
        Err(error) => vec![not_told("resource", &facts.name, error)],
        Ok(found) => vec![Finding::holds(
            "resource",
            found.resource_id == facts.resource_id && found.kind == facts.kind,
            format!("{} is still {}", found.name, found.resource_id),
            || {
                format!(
                    "{} is {} now and was {}: it was restored, replaced or renamed since",
                    found.name, found.resource_id, facts.resource_id
                )
            },
        )],
    }
}

fn backup(receipt: &Receipt, facts: &BackupFacts, found: &Backup) -> Vec<Finding> {
    let mut findings = vec![
        Finding::holds("backup", found.progress() == Progress::Usable, format!("{} is available", found.id), || {
            format!("{} is {}", found.id, found.status)
        }),
        Finding::holds("backup-same-arn", found.arn == facts.arn, found.arn.clone(), || {
            format!("{} is {} now, and was {}", found.id, found.arn, facts.arn)
        }),
        Finding::holds(
            "backup-resource",
            found.resource_id == receipt.binding.resource_id,
            found.resource_id.clone(),
            || format!("it was made of {}, not of {}", found.resource_id, receipt.binding.resource_id),
        ),
        Finding::holds("backup-ours", found.is_ours(), "its own tag names itself", || {
            format!("its tag {} does not name itself: {:?}", tags::ID, found.tags.get(tags::ID))
        }),
    ];
    findings.push(point(facts, found));
    if !facts.adopted {
        let run = found.tags.get(tags::RUN).map(String::as_str);
        findings.push(Finding::holds("backup-run", run == Some(receipt.run.as_str()), receipt.run.as_str(), || {
            format!("its tag {} says {run:?}, not {}", tags::RUN, receipt.run)
        }));
        findings.push(facts_of_the_run(receipt, found));
    }
    findings.push(phase(receipt, found));
    findings
}

/// AWS's own times of the snapshot.
fn point(facts: &BackupFacts, found: &Backup) -> Finding {
    let began = found.original_created.or(found.created);
    let wrong = if facts.point_is_exact && found.database_time != facts.point {
        Some(format!("its last transaction is of {:?}, and the receipt says {:?}", found.database_time, facts.point))
    } else if !facts.point_is_exact && facts.point.is_some() && facts.point != began {
        Some(format!("it was begun at {began:?}, and the receipt says {:?}", facts.point))
    } else if facts.created.is_some() && facts.created != found.created {
        Some(format!("it was made at {:?}, and the receipt says {:?}", found.created, facts.created))
    } else {
        None
    };
    let fine = facts.point.map_or_else(|| "not recorded".to_owned(), |point| point.to_string());
    Finding::holds("backup-point", wrong.is_none(), fine, || wrong.unwrap_or_default())
}

/// What the run wrote on its snapshot when it asked for it.
fn facts_of_the_run(receipt: &Receipt, found: &Backup) -> Finding {
    let binding = &receipt.binding;
    let proof = receipt.identity.as_ref().map(|identity| identity.proved_by.name());
    let commit = Some(binding.commit.as_str()).filter(|commit| !commit.is_empty());
    let wanted = [
        (tags::RESOURCE, Some(tags::value(&binding.resource_id))),
        (tags::DATABASE, Some(tags::value(&binding.database))),
        (tags::ENVIRONMENT, Some(tags::value(&binding.environment))),
        (tags::IDENTITY, proof.map(str::to_owned)),
        (tags::COMMIT, commit.map(tags::value)),
    ];
    let wrong: Vec<String> = wanted
        .iter()
        .filter(|(key, value)| found.tags.get(*key) != value.as_ref())
        .map(|(key, value)| format!("its tag {key} says {:?}, and the receipt {value:?}", found.tags.get(*key)))
        .collect();
    Finding::holds("backup-tags", wrong.is_empty(), "of the same environment, proof and commit", || wrong.join("; "))
}

/// The run's own tag on the backup says how it ended, and for which database.
fn phase(receipt: &Receipt, found: &Backup) -> Finding {
    let key = RunTag::key(receipt.run.as_str());
    let Some(value) = found.tags.get(&key) else {
        return Finding::new("backup-phase", Status::Failed, format!("it has no tag {key}"));
    };
    let Some(Ok(tag)) = RunTag::parse(&key, value) else {
        return Finding::new("backup-phase", Status::CouldNotTell, format!("its tag {key} cannot be read: {value:?}"));
    };
    let expected: &[Phase] = match receipt.outcome {
        Outcome::NothingPending | Outcome::DryRun | Outcome::Refused => &[Phase::Refused, Phase::Waiting],
        Outcome::Succeeded => &[Phase::Succeeded],
        Outcome::Failed => &[Phase::Failed, Phase::Settled],
        // Somebody may have settled it since.
        Outcome::Unknown => &[Phase::Unknown, Phase::Running, Phase::Settled, Phase::Succeeded, Phase::Failed],
        Outcome::Settled => &[Phase::Settled, Phase::Succeeded, Phase::Failed],
    };
    let binding = &receipt.binding;
    let mut wrong = Vec::new();
    if !expected.contains(&tag.phase) {
        wrong.push(format!("it is {}, and {:?} in the receipt", tag.phase.name(), receipt.outcome));
    }
    for (what, own, of) in [
        ("database", &tag.database, &binding.database),
        ("environment", &tag.environment, &binding.environment),
        ("pending migrations", &tag.pending, &binding.pending),
        ("command", &tag.argv, &binding.argv),
        ("commit", &tag.commit, &binding.commit),
    ] {
        if *own != tags::short(of) {
            wrong.push(format!("its {what}: {own}, and {} in the receipt", tags::short(of)));
        }
    }
    if made_anew(tag.oid, binding.database_oid) {
        wrong.push("its database has another OID".to_owned());
    }
    Finding::holds("backup-phase", wrong.is_empty(), tag.phase.name(), || {
        format!("the tag of the run: {}", wrong.join("; "))
    })
}
