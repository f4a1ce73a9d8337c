use super::*;
use crate::backup::tags::{self, Phase, RunTag};
use crate::backup::{Class, Reason, ResourceKind};
use crate::gate::report::json;
use crate::gate::report::tests::{cluster, failed, nothing_pending, refused, succeeded};
use crate::gate::run::pending_hash;
use crate::gate::world::{Exit, Outcome, ProvedBy};

fn live(receipt: &Receipt) -> Live {
    let facts = receipt.backup.clone().unwrap();
    let tag = RunTag {
        run: receipt.run.to_string(),
        phase: if receipt.outcome == Outcome::Succeeded { Phase::Succeeded } else { Phase::Failed },
        database: tags::short(&receipt.binding.database),
        oid: receipt.binding.database_oid,
        environment: tags::short(&receipt.binding.environment),
        pending: tags::short(&receipt.binding.pending),
        argv: tags::short(&receipt.binding.argv),
        commit: tags::short(&receipt.binding.commit),
        at: receipt.times.ended.unwrap(),
    };
    let tags = [
        (tags::ID.to_owned(), facts.id.clone()),
        (tags::RUN.to_owned(), receipt.run.to_string()),
        (tags::RESOURCE.to_owned(), tags::value(&receipt.binding.resource_id)),
        (tags::DATABASE.to_owned(), tags::value(&receipt.binding.database)),
        (tags::ENVIRONMENT.to_owned(), tags::value(&receipt.binding.environment)),
        (tags::IDENTITY.to_owned(), receipt.identity.as_ref().unwrap().proved_by.name().to_owned()),
        (tags::COMMIT.to_owned(), tags::value(&receipt.binding.commit)),
        (RunTag::key(receipt.run.as_str()), tag.to_value()),
    ];
    let backup = Backup {
        id: facts.id.clone(),
        arn: facts.arn.clone(),
        resource_id: receipt.binding.resource_id.clone(),
        status: "available".to_owned(),
        created: facts.created,
        original_created: facts.point.filter(|_| !facts.point_is_exact),
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
        ("pending", |receipt| receipt.pending = Vec::new()),
        ("pending", |receipt| receipt.pending[0].path.push('x')),
        ("pending", |receipt| receipt.pending[0].sha256 = "0".repeat(64)),
        ("pending", |receipt| receipt.binding.pending = String::new()),
    ];
    for (check, change) in changes {
        let mut receipt = failed();
        change(&mut receipt);
        assert!(wrong(&verify(&receipt, None)).contains(&(check, Status::Failed)), "{check}");
    }
}

#[test]
fn an_outcome_has_its_own_codes() {
    let of = |outcome: Outcome, exit: Option<Exit>, code: u8| {
        let mut receipt = failed();
        (receipt.outcome, receipt.exit, receipt.exit_code) = (outcome, exit, code);
        receipt.refusals = if outcome == Outcome::Refused { refused().refusals } else { Vec::new() };
        !wrong(&verify(&receipt, None)).contains(&("outcome", Status::Failed))
    };
    let ended = |code: i32| Some(Exit::Code { code });
    let refusal = refused().exit_code;
    let cases = [
        (of(Outcome::Refused, None, refusal), true),
        (of(Outcome::Refused, None, 0), false),
        (of(Outcome::Refused, ended(1), refusal), false),
        (of(Outcome::Refused, Some(Exit::NotFound), refusal), true),
        (of(Outcome::NothingPending, None, 0), true),
        (of(Outcome::NothingPending, None, 1), false),
        (of(Outcome::NothingPending, ended(0), 0), false),
        (of(Outcome::DryRun, ended(0), 0), false),
        (of(Outcome::Succeeded, ended(0), 0), true),
        (of(Outcome::Succeeded, ended(0), 1), false),
        (of(Outcome::Succeeded, ended(1), 0), false),
        (of(Outcome::Succeeded, None, 0), false),
        (of(Outcome::Failed, ended(7), 7), true),
        (of(Outcome::Failed, ended(7), 1), false),
        (of(Outcome::Failed, ended(0), 0), false),
        (of(Outcome::Failed, None, 1), false),
        (of(Outcome::Unknown, ended(0), 124), true),
        (of(Outcome::Unknown, ended(0), 0), false),
    ];
    let odd: Vec<usize> = (0..cases.len()).filter(|nth| cases[*nth].0 != cases[*nth].1).collect();
    assert_eq!(odd, Vec::<usize>::new(), "by their places");
}

#[test]
fn every_part_of_the_backups_arn_counts() {
    let good = failed().backup.unwrap().arn;
    let parts: Vec<&str> = good.split(':').collect();
    assert_eq!((parts.len(), parts[5]), (7, "snapshot"), "{good}");
    for place in 0..parts.len() {
        let mut other = parts.clone();
        other[place] = if place == 5 { "cluster-snapshot" } else { "other" };
        for arn in [other.join(":"), parts[..place].join(":")] {
            let mut receipt = failed();
            receipt.backup.as_mut().unwrap().arn.clone_from(&arn);
            assert!(wrong(&verify(&receipt, None)).contains(&("backup-arn", Status::Failed)), "{arn}");
        }
    }
    let mut receipt = failed();
    receipt.resource.as_mut().unwrap().arn.truncate(20);
    assert!(wrong(&verify(&receipt, None)).contains(&("backup-arn", Status::Failed)));
}

#[test]
fn sums_and_times_at_their_edges() {
    let hashes = |hash: &str| {
        let mut receipt = failed();
        receipt.fingerprint_after = Some(hash.to_owned());
        !wrong(&verify(&receipt, None)).contains(&("hashes", Status::Failed))
    };
    assert!(hashes(&"0aF9".repeat(16)));
    for odd in ["0a".repeat(31), "0a".repeat(33), "xy".repeat(32), String::new()] {
        assert!(!hashes(&odd), "{odd}");
    }
    let mut at_once = failed();
    at_once.times.ended = at_once.times.started;
    assert_eq!(wrong(&verify(&at_once, None)), []);
}

#[test]
fn a_run_must_have_the_id_of_one() {
    let mut value: serde_json::Value = serde_json::from_str(&json(&failed())).unwrap();
    value["run"] = "latest".into();
    // Whether it is told when it is read or when it is checked: it does not pass.
    match read(&value.to_string()) {
        Err(Unreadable::NoReceipt(_)) => {}
        Ok(receipt) => assert!(wrong(&verify(&receipt, None)).contains(&("run", Status::Failed))),
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_worst_decides_and_is_told() {
    let finding = |status| Finding::new("x", status, "y");
    assert_eq!(verdict(&[finding(Status::Ok), finding(Status::Failed), finding(Status::CouldNotTell)]), Status::Failed);
    assert_eq!(verdict(&[finding(Status::Ok), finding(Status::CouldNotTell)]), Status::CouldNotTell);
    assert_eq!(verdict(&[]), Status::Ok);
    assert!(Unreadable::Version(2).to_string().contains("version 2"));
    assert!(Unreadable::NoReceipt("odd".to_owned()).to_string().contains("no receipt: odd"));
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
        ("backup-phase", |backup| {
            let value = backup.tags.get_mut("tidegate:use/0f3a9c51d2e47b86").unwrap();
            *value = value.replace("oid=16384", "oid=16385");
        }),
        ("backup-tags", |backup| drop(backup.tags.insert(tags::ENVIRONMENT.to_owned(), "staging".to_owned()))),
        ("backup-tags", |backup| drop(backup.tags.remove(tags::IDENTITY))),
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
    other.resource.as_mut().unwrap().resource_id = receipt.resource.as_ref().unwrap().resource_id.clone();
    other.resource.as_mut().unwrap().kind = ResourceKind::Cluster;
    assert_eq!(wrong(&verify(&receipt, Some(&other))), [("resource", Status::Failed)]);
    // That AWS has none is an answer, and not the lack of one.
    other.resource = Err(Error { reason: Reason::ResourceNotFound, ..no_answer() });
    assert_eq!(wrong(&verify(&receipt, Some(&other))), [("resource", Status::Failed)]);
}

fn no_answer() -> Error {
    Error {
        class: Class::Permanent,
        reason: Reason::AccessDenied,
        action: "rds:DescribeDBSnapshots",
        code: None,
        message: "not authorized".to_owned(),
        hints: Vec::new(),
    }
}

#[test]
fn what_aws_does_not_tell_is_no_yes() {
    let receipt = succeeded();
    let error = no_answer();
    let live = Live { backup: Err(error.clone()), resource: Err(error) };
    let findings = verify(&receipt, Some(&live));
    assert_eq!(wrong(&findings), [("resource", Status::CouldNotTell), ("backup", Status::CouldNotTell)]);
    assert_eq!(verdict(&findings), Status::CouldNotTell);
}

#[test]
fn only_receipts_of_this_version_are_read() {
    let receipt = read(&json(&failed())).unwrap();
    assert_eq!(Receipt { checksum: None, ..receipt }, failed());
    let later = json(&failed()).replacen("\"tidegate\": 1", "\"tidegate\": 2", 1);
    assert_eq!(read(&later), Err(Unreadable::Version(2)));
    for text in ["", "{", "[]", "{}", "{\"tidegate\": 1}", "{\"tidegate\": \"1\"}", "null"] {
        assert!(matches!(read(text), Err(Unreadable::NoReceipt(_))), "{text}");
    }
}

/// What AWS knows of a run shows edits, with a checksum that fits as well.
#[test]
fn what_aws_holds_shows_careful_edits() {
    let changes: Vec<(&str, fn(&mut Receipt))> = vec![
        ("backup-phase", |receipt| receipt.binding.argv = "0".repeat(64)),
        ("backup-phase", |receipt| receipt.binding.commit = "0".repeat(40)),
        ("backup-phase", |receipt| receipt.binding.environment = "staging".to_owned()),
        ("backup-tags", |receipt| receipt.binding.environment = "staging".to_owned()),
        ("backup-tags", |receipt| receipt.identity.as_mut().unwrap().proved_by = ProvedBy::ServerName),
        ("backup-point", |receipt| {
            let backup = receipt.backup.as_mut().unwrap();
            backup.point = backup.point.map(|point| point - jiff::SignedDuration::from_hours(24));
        }),
        ("backup-point", |receipt| {
            let backup = receipt.backup.as_mut().unwrap();
            backup.point = backup.point.map(|point| point - jiff::SignedDuration::from_hours(24));
            backup.point_is_exact = false;
        }),
        ("backup-phase", |receipt| {
            receipt.pending.pop();
            receipt.binding.pending = pending_hash(&receipt.pending);
        }),
    ];
    for (number, (check, change)) in changes.into_iter().enumerate() {
        let mut receipt = succeeded();
        let live = live(&receipt);
        change(&mut receipt);
        let findings = verify(&receipt, Some(&live));
        let wrong = wrong(&findings);
        assert!(wrong.contains(&(check, Status::Failed)), "{number} {check}: {wrong:?}");
    }
}

/// Every single value of a receipt: nothing in it can be changed, taken out or added without being told.
#[test]
fn any_edit_breaks_the_checksum() {
    fn places(value: &Value, at: String, all: &mut Vec<String>) {
        match value {
            Value::Object(fields) => fields.iter().for_each(|(name, value)| places(value, format!("{at}/{name}"), all)),
            Value::Array(items) => items.iter().enumerate().for_each(|(n, one)| places(one, format!("{at}/{n}"), all)),
            _ => all.push(at),
        }
    }
    let text = json(&failed());
    assert_eq!(whole(&text).status, Status::Ok);
    let value: Value = serde_json::from_str(&text).unwrap();
    // White space and the order of keys are no content.
    assert_eq!(whole(&value.to_string()).status, Status::Ok);
    let mut all = Vec::new();
    places(&value, String::new(), &mut all);
    assert!(all.len() > 40, "{all:?}");
    for place in &all {
        let mut edited = value.clone();
        *edited.pointer_mut(place).unwrap() = Value::from("edited");
        assert_eq!(whole(&edited.to_string()).status, Status::Failed, "{place}");
        let (parent, name) = place.rsplit_once('/').unwrap();
        if let Some(fields) = edited.pointer_mut(parent).unwrap().as_object_mut() {
            fields.remove(name);
            let expected = if place == "/checksum" { Status::CouldNotTell } else { Status::Failed };
            assert_eq!(whole(&edited.to_string()).status, expected, "{place}");
        }
    }
    for more in ["/pruned", "/pending"] {
        let mut edited = value.clone();
        edited.pointer_mut(more).unwrap().as_array_mut().unwrap().clear();
        edited["more"] = Value::from(1);
        assert_eq!(whole(&edited.to_string()).status, Status::Failed, "{more}");
    }
}
