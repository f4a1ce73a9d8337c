//! Whether a receipt agrees with itself.

use jiff::Timestamp;

use super::{Finding, Status};
use crate::backup::ResourceKind;
use crate::gate::receipt::{BackupFacts, Receipt, ResourceFacts};
use crate::gate::report::exit as ended;
use crate::gate::run::{RunId, pending_hash};
use crate::gate::world::{Exit, Outcome};

pub(super) fn alone(receipt: &Receipt) -> Vec<Finding> {
    let mut findings = vec![
        Finding::holds("run", RunId::parse(receipt.run.as_str()).is_some(), receipt.run.as_str(), || {
            format!("{:?} is no id of a run: 16 hexadecimal digits", receipt.run.as_str())
        }),
        outcome(receipt),
        resource_ids(receipt),
        order(receipt),
        hashes(receipt),
        pending(receipt),
    ];
    if let (Some(backup), Some(resource)) = (&receipt.backup, &receipt.resource) {
        findings.push(arn(backup, resource));
    }
    if let Some(backup) = &receipt.backup {
        let named = backup.adopted || backup.id.ends_with(receipt.run.as_str());
        findings.push(Finding::holds("backup-name", named, backup.id.clone(), || {
            format!("{} was not adopted, and does not end with the run's id {}", backup.id, receipt.run)
        }));
    }
    if receipt.times.started.is_some() {
        findings.push(way_back(receipt));
    }
    findings
}

/// The exit code, the command's end and the refusals are those of the outcome.
fn outcome(receipt: &Receipt) -> Finding {
    let code = receipt.exit_code;
    let ran = receipt.exit.as_ref().is_some_and(|exit| !exit.never_ran());
    let wrong = match receipt.outcome {
        Outcome::NothingPending | Outcome::DryRun | Outcome::Refused if ran => Some("a command ran".to_owned()),
        Outcome::NothingPending | Outcome::DryRun => (code != 0).then(|| format!("the exit code is {code}")),
        Outcome::Refused => {
            let codes: Vec<u8> = receipt.refusals.iter().map(|refusal| refusal.code.exit()).collect();
            (!codes.contains(&code)).then(|| format!("the exit code {code} is that of none of its refusals"))
        }
        Outcome::Succeeded => match &receipt.exit {
            Some(Exit::Code { code: 0 }) if code == 0 => None,
            Some(exit) => Some(format!("the exit code is {code}, and the command's end: {}", ended(exit))),
            None => Some(format!("the exit code is {code}, and no command ran")),
        },
        Outcome::Failed => match &receipt.exit {
            Some(exit) if code != 0 && exit.code() == code => None,
            Some(exit) => Some(format!("the exit code is {code}, and the command's {}", exit.code())),
            None => Some("no command ran".to_owned()),
        },
        Outcome::Unknown => (code == 0).then(|| "the exit code is 0".to_owned()),
        Outcome::Settled => None,
    };
    Finding::holds("outcome", wrong.is_none(), format!("{}, exit code {code}", receipt.outcome.name()), || {
        format!("the outcome is {}, but {}", receipt.outcome.name(), wrong.unwrap_or_default())
    })
}

/// Whatever names the server names the same one, and likewise the database.
fn resource_ids(receipt: &Receipt) -> Finding {
    let mut wrong = Vec::new();
    let mut same = |what: &str, one: &str, other: &str| {
        if one != other {
            wrong.push(format!("{what}: {one:?} and {other:?}"));
        }
    };
    if let Some(identity) = &receipt.identity {
        same("the database of the run and of the identity", &receipt.binding.database, &identity.database);
        same("the resource of the run and of the identity", &receipt.binding.resource_id, &identity.resource_id);
    }
    if let Some(resource) = &receipt.resource {
        same("the resource of the run and the resource", &receipt.binding.resource_id, &resource.resource_id);
        let parts: Vec<&str> = resource.arn.split(':').collect();
        same("the Region of the resource and of its ARN", &resource.region, parts.get(3).unwrap_or(&""));
        same("the name of the resource and of its ARN", &resource.name, parts.get(6).unwrap_or(&""));
        if let Some(identity) = &receipt.identity {
            same("the ARN of the identity and of the resource", &identity.resource_arn, &resource.arn);
        }
    }
    Finding::holds("identity", wrong.is_empty(), receipt.binding.resource_id.clone(), || wrong.join("; "))
}

/// The ARN is of a snapshot of this kind, with this name, in the resource's account and Region.
fn arn(backup: &BackupFacts, resource: &ResourceFacts) -> Finding {
    let parts: Vec<&str> = backup.arn.splitn(7, ':').collect();
    let of: Vec<&str> = resource.arn.splitn(7, ':').collect();
    let kind = match resource.kind {
        ResourceKind::Instance => "snapshot",
        ResourceKind::Cluster => "cluster-snapshot",
    };
    let holds = parts.len() == 7
        && of.len() == 7
        && parts[..5] == of[..5]
        && parts[5] == kind
        && parts[6].eq_ignore_ascii_case(&backup.id);
    Finding::holds("backup-arn", holds, backup.arn.clone(), || {
        format!(
            "{} is not the ARN of the {kind} {} in the account and Region of {}",
            backup.arn, backup.id, resource.arn
        )
    })
}

fn order(receipt: &Receipt) -> Finding {
    let times = &receipt.times;
    let named: [(&str, Option<Timestamp>); 6] = [
        ("begun", times.begun),
        ("locked", times.locked),
        ("requested", times.requested),
        ("confirmed", times.confirmed),
        ("started", times.started),
        ("ended", times.ended),
    ];
    let known: Vec<(&str, Timestamp)> = named.iter().filter_map(|(name, time)| Some((*name, (*time)?))).collect();
    let wrong = known.windows(2).find(|pair| pair[0].1 > pair[1].1);
    Finding::holds("times", wrong.is_none(), "in order", || {
        wrong
            .map(|pair| format!("{} at {}, but {} at {}", pair[0].0, pair[0].1, pair[1].0, pair[1].1))
            .unwrap_or_default()
    })
}

fn hashes(receipt: &Receipt) -> Finding {
    let digits = |text: &str| text.len() == 64 && text.chars().all(|letter| letter.is_ascii_hexdigit());
    let prints = [&receipt.fingerprint_before, &receipt.fingerprint_after];
    let mut odd: Vec<&str> = prints.into_iter().flatten().map(String::as_str).filter(|hash| !digits(hash)).collect();
    odd.extend(receipt.pending.iter().filter(|file| !digits(&file.sha256)).map(|file| file.path.as_str()));
    Finding::holds("hashes", odd.is_empty(), "SHA-256, all of them", || format!("no SHA-256: {}", odd.join(", ")))
}

/// What was pending is what the run is bound to. A run that never came to look at it is bound to nothing.
fn pending(receipt: &Receipt) -> Finding {
    let (bound, computed) = (&receipt.binding.pending, pending_hash(&receipt.pending));
    let nothing = bound.is_empty() && receipt.pending.is_empty();
    Finding::holds("pending", nothing || *bound == computed, format!("{} files", receipt.pending.len()), || {
        format!("the run is bound to {bound:?}, and what is listed as pending makes {computed}")
    })
}

/// A command never starts without a backup from before, or a recorded reason why there is none.
fn way_back(receipt: &Receipt) -> Finding {
    match (&receipt.backup, &receipt.waived) {
        (Some(backup), _) => match (backup.point, receipt.times.started) {
            (Some(point), Some(started)) => Finding::holds("point", point <= started, point.to_string(), || {
                format!("the backup's point {point} is later than the command's start {started}")
            }),
            _ => Finding::new("point", Status::CouldNotTell, "the backup's point is not recorded"),
        },
        (None, Some(why)) => Finding::new("point", Status::Ok, format!("no backup: {why}")),
        (None, None) => {
            Finding::new("point", Status::Failed, "the command started without a backup, and nothing says why")
        }
    }
}
