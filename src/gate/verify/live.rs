//! Whether what AWS shows now is what the receipt says.

use super::{Finding, Live, Status};
use crate::backup::tags::{self, Phase, RunTag};
use crate::backup::{Backup, Error, Progress, Reason, Resource};
use crate::gate::receipt::{BackupFacts, Receipt, ResourceFacts};
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
    if let Some(point) = facts.point.filter(|_| facts.point_is_exact) {
        findings.push(Finding::holds("backup-point", found.database_time == Some(point), point.to_string(), || {
            format!("its last transaction is of {:?}, and the receipt says {point}", found.database_time)
        }));
    }
    if !facts.adopted {
        let run = found.tags.get(tags::RUN).map(String::as_str);
        findings.push(Finding::holds("backup-run", run == Some(receipt.run.as_str()), receipt.run.as_str(), || {
            format!("its tag {} says {run:?}, not {}", tags::RUN, receipt.run)
        }));
    }
    findings.push(phase(receipt, found));
    findings
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
    let database = tags::short(&receipt.binding.database);
    let holds = expected.contains(&tag.phase) && tag.database == database;
    Finding::holds("backup-phase", holds, tag.phase.name(), || {
        format!(
            "its tag says {} for the database {}, the receipt {:?} for {database}",
            tag.phase.name(),
            tag.database,
            receipt.outcome
        )
    })
}
