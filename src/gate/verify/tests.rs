use super::*;
use crate::backup::tags::{self, Phase, RunTag};
use crate::backup::{Class, Reason, ResourceKind};
use crate::gate::report::json;
use crate::gate::report::tests::{cluster, failed, nothing_pending, refused, succeeded};
use crate::gate::world::{Exit, Outcome};

fn live(receipt: &Receipt) -> Live {
    let facts = receipt.backup.clone().unwrap();
    let tag = RunTag {
        run: receipt.run.to_string(),
        phase: if receipt.outcome == Outcome::Succeeded { Phase::Succeeded } else { Phase::Failed },
        database: tags::short(&receipt.binding.database),
        environment: "prod".to_owned(),
        pending: "-".to_owned(),
        argv: "-".to_owned(),
        commit: "-".to_owned(),
        at: receipt.times.ended.unwrap(),
    };
    let tags = [
        (tags::ID.to_owned(), facts.id.clone()),
        (tags::RUN.to_owned(), receipt.run.to_string()),
        (RunTag::key(receipt.run.as_str()), tag.to_value()),
    ];
    let backup = Backup {
        id: facts.id.clone(),
        arn: facts.arn.clone(),
        resource_id: receipt.binding.resource_id.clone(),
        status: "available".to_owned(),
        database_time: facts.point.filter(|_| facts.point_is_exact),
        tags: tags.into(),
        ..Backup::default()
    };
    let resource = receipt.resource.clone().unwrap();
    let resource =
        Resource { kind: resource.kind, name: resource.name, resource_id: resource.resource_id, ..Resource::default() };
    Live { backup: Ok(Some(backup)), resource: Ok(resource) }
}

/// What does not hold.
fn wrong(findings: &[Finding]) -> Vec<(&str, Status)> {
    findings
        .iter()
        .filter(|finding| finding.status != Status::Ok)
        .map(|finding| (finding.check.as_str(), finding.status))
        .collect()
}

#[test]
fn receipts_of_ours_agree_with_themselves_and_with_aws() {
    for receipt in [failed(), succeeded(), cluster()] {
        let findings = verify(&receipt, Some(&live(&receipt)));
        assert_eq!(wrong(&findings), [], "{findings:#?}");
        assert_eq!(verdict(&findings), Status::Ok);
    }
    for receipt in [refused(), nothing_pending()] {
        assert_eq!(wrong(&verify(&receipt, None)), [], "{:?}", receipt.outcome);
    }
}

#[test]
fn a_receipt_that_was_written_over_is_found_out() {
    let changes: Vec<(&str, fn(&mut Receipt))> = vec![
        ("outcome", |receipt| receipt.exit_code = 0),
        ("outcome", |receipt| receipt.outcome = Outcome::Succeeded),
        ("outcome", |receipt| receipt.outcome = Outcome::Refused),
        ("outcome", |receipt| receipt.exit = Some(Exit::Signal { signal: 9 })),
        ("outcome", |receipt| receipt.exit = None),
        ("identity", |receipt| receipt.binding.database = "other".to_owned()),
        ("identity", |receipt| receipt.resource.as_mut().unwrap().resource_id = "db-OTHER".to_owned()),
        ("identity", |receipt| receipt.identity.as_mut().unwrap().resource_arn = "arn:aws:rds:x".to_owned()),
        ("identity", |receipt| receipt.resource.as_mut().unwrap().region = "us-east-1".to_owned()),
        ("backup-arn", |receipt| {
            receipt.backup.as_mut().unwrap().arn = "arn:aws:rds:eu-west-1:9:snapshot:x".to_owned()
        }),
        ("backup-name", |receipt| {
            let backup = receipt.backup.as_mut().unwrap();
            backup.id = "hand-made".to_owned();
            backup.arn = "arn:aws:rds:eu-west-1:123456789012:snapshot:hand-made".to_owned();
        }),
        ("times", |receipt| receipt.times.ended = receipt.times.begun),
        ("hashes", |receipt| receipt.pending[0].sha256 = "x".to_owned()),
        ("point", |receipt| receipt.backup.as_mut().unwrap().point = receipt.times.ended),
        ("point", |receipt| receipt.backup = None),
    ];
    for (check, change) in changes {
        let mut receipt = failed();
        change(&mut receipt);
        assert!(wrong(&verify(&receipt, None)).contains(&(check, Status::Failed)), "{check}");
    }
}

#[test]
fn what_aws_shows_decides() {
    let receipt = succeeded();
    let changes: Vec<(&str, fn(&mut Backup))> = vec![
        ("backup", |backup| backup.status = "creating".to_owned()),
        ("backup", |backup| backup.status = "failed".to_owned()),
        ("backup-same-arn", |backup| backup.arn.push('x')),
        ("backup-resource", |backup| backup.resource_id = "db-OTHER".to_owned()),
        ("backup-ours", |backup| drop(backup.tags.remove(tags::ID))),
        ("backup-run", |backup| drop(backup.tags.insert(tags::RUN.to_owned(), "0".repeat(16)))),
        ("backup-point", |backup| backup.database_time = None),
        ("backup-phase", |backup| drop(backup.tags.remove("tidegate:use/0f3a9c51d2e47b86"))),
        ("backup-phase", |backup| {
            let value = backup.tags.get_mut("tidegate:use/0f3a9c51d2e47b86").unwrap();
            *value = value.replace("succeeded", "running");
        }),
        ("backup-phase", |backup| {
            let value = backup.tags.get_mut("tidegate:use/0f3a9c51d2e47b86").unwrap();
            *value = value.replace("db=shop", "db=other");
        }),
    ];
    for (check, change) in changes {
        let mut live = live(&receipt);
        change(live.backup.as_mut().unwrap().as_mut().unwrap());
        assert!(wrong(&verify(&receipt, Some(&live))).contains(&(check, Status::Failed)), "{check}");
    }
    let mut gone = live(&receipt);
    gone.backup = Ok(None);
    assert_eq!(wrong(&verify(&receipt, Some(&gone))), [("backup", Status::Failed)]);
    let mut other = live(&receipt);
    other.resource.as_mut().unwrap().resource_id = "db-NEW".to_owned();
    assert_eq!(wrong(&verify(&receipt, Some(&other))), [("resource", Status::Failed)]);
    other.resource.as_mut().unwrap().kind = ResourceKind::Cluster;
}

#[test]
fn what_aws_does_not_tell_is_no_yes() {
    let receipt = succeeded();
    let error = Error {
        class: Class::Permanent,
        reason: Reason::AccessDenied,
        action: "rds:DescribeDBSnapshots",
        code: None,
        message: "not authorized".to_owned(),
        hints: Vec::new(),
    };
    let live = Live { backup: Err(error.clone()), resource: Err(error) };
    let findings = verify(&receipt, Some(&live));
    assert_eq!(wrong(&findings), [("resource", Status::CouldNotTell), ("backup", Status::CouldNotTell)]);
    assert_eq!(verdict(&findings), Status::CouldNotTell);
}

#[test]
fn only_receipts_of_this_version_are_read() {
    assert_eq!(read(&json(&failed())).unwrap(), failed());
    let later = json(&failed()).replacen("\"tidegate\": 1", "\"tidegate\": 2", 1);
    assert_eq!(read(&later), Err(Unreadable::Version(2)));
    for text in ["", "{", "[]", "{}", "{\"tidegate\": 1}", "{\"tidegate\": \"1\"}", "null"] {
        assert!(matches!(read(text), Err(Unreadable::NoReceipt(_))), "{text}");
    }
}
