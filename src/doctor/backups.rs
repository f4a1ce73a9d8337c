//! What the snapshots that are there say: quota, other janitors, runs without an end. Pure.

use super::Check;
use crate::backup::tags::{self, Phase};
use crate::backup::{Backup, Origin, Quota, Resource};
use crate::gate::machine::known::{Known, Stage};

/// So many are left before the quota is worth a word.
const FEW: i64 = 10;

pub fn quota(quota: Option<Quota>) -> Check {
    let name = "quota";
    let Some(quota) = quota else {
        return Check::could_not_tell(name, "AWS does not say how many manual snapshots the account may have");
    };
    let left = quota.limit - quota.used;
    let seen = format!("{} of {} manual snapshots of the account in this Region are used", quota.used, quota.limit);
    let mend = "tidegate backup prune, or have the quota raised in Service Quotas (RDS)";
    match () {
        () if left <= 0 => Check::failed(name, format!("{seen}: no snapshot can be made")).mend(mend),
        () if left < FEW => Check::warning(name, seen).mend(mend),
        () => Check::ok(name, seen),
    }
}

/// Others who make and delete snapshots of the resource. What AWS Backup and lifecycle rules will do cannot be seen from
/// RDS: only what they have left.
pub fn janitors(resource: &Resource, backups: &[Backup]) -> Vec<Check> {
    let name = "other-janitors";
    let aws_backup = backups.iter().any(|backup| {
        backup.origin == Origin::AwsBackup || backup.tags.keys().any(|key| key.starts_with("aws:backup:"))
    }) || resource.tags.keys().any(|key| key.starts_with("aws:backup:"));
    let foreign: Vec<&str> = backups
        .iter()
        .filter(|backup| backup.origin == Origin::Manual && !backup.is_ours())
        .map(|backup| backup.id.as_str())
        .collect();
    let stacks = backups.iter().filter(|backup| !backup.is_ours()).filter_map(|backup| maker(backup));
    let makers: std::collections::BTreeSet<&str> = stacks.collect();
    let mut checks = Vec::new();
    if aws_backup {
        checks.push(
            Check::warning(
                name,
                "AWS Backup makes backups of it, and its plan may be busy when a gate wants a snapshot",
            )
            .mend("keep its window and your deploys apart; it does not touch snapshots of tidegate"),
        );
    }
    if !foreign.is_empty() {
        let some: Vec<&str> = foreign.iter().take(3).copied().collect();
        let by = if makers.is_empty() {
            String::new()
        } else {
            format!(" (by {})", makers.into_iter().collect::<Vec<_>>().join(", "))
        };
        checks.push(
            Check::warning(
                name,
                format!("{} manual snapshots are not of tidegate{by}: {}", foreign.len(), some.join(", ")),
            )
            .mend("they count towards the quota, and tidegate never deletes them")
            .mend("whoever deletes snapshots by age must spare tidegate-*"),
        );
    }
    if checks.is_empty() {
        checks.push(Check::ok(
            name,
            "none has left a trace; rules that delete snapshots (AWS Backup, scripts, Lambda) cannot be seen from here",
        ));
    }
    checks
}

/// What made a snapshot, by the tags that such tools leave.
fn maker(backup: &Backup) -> Option<&str> {
    let known = [
        ("aws:cloudformation:stack-name", "CloudFormation"),
        ("dlm:managed", "Data Lifecycle Manager"),
        ("lambda:createdBy", "a Lambda function"),
        ("CreatedBy", "a tool"),
        ("created_by", "a tool"),
        ("Terraform", "Terraform"),
        ("Automated", "a tool"),
        ("DeleteOn", "a tool that deletes by date"),
        ("delete_after", "a tool that deletes by date"),
    ];
    known.iter().find(|(key, _)| backup.tags.keys().any(|tag| tag.eq_ignore_ascii_case(key))).map(|(_, who)| *who)
}

/// The same by journal and tags together, as the gate reads them: a tag on a copy counts where its original is gone, and
/// a run that only the journal knows does as well.
pub fn known_runs(known: &[Known], environment: &str) -> Check {
    let told = |run: &&Known| match run.stage {
        Stage::Running => format!("{} (running)", run.run),
        Stage::Unreadable => format!("{} (its tag cannot be read)", run.run),
        _ => format!("{} (unknown)", run.run),
    };
    let blocking = known.iter().filter(|run| run.blocks()).map(|run| told(&run)).collect();
    let waiting = known.iter().filter(|run| run.unfinished()).map(|run| run.run.clone()).collect();
    judged(blocking, waiting, environment)
}

/// Runs that block later ones on this database, or that nobody finished, by the tags alone. Whether a copy's original is
/// gone cannot be told where the database is not known.
pub fn open_runs(backups: &[Backup], database: &str, environment: &str) -> Check {
    let mut blocking = Vec::new();
    let mut waiting = Vec::new();
    for backup in backups.iter().filter(|backup| backup.is_ours()) {
        for run in tags::runs(&backup.tags) {
            match run {
                Ok(run) if !database.is_empty() && run.database != tags::short(database) => {}
                Ok(run) if run.phase.blocks() => blocking.push(format!("{} ({})", run.run, run.phase.name())),
                Ok(run) if run.phase == Phase::Waiting => waiting.push(run.run),
                Ok(_) => {}
                Err(run) => blocking.push(format!("{run} (its tag cannot be read)")),
            }
        }
    }
    judged(blocking, waiting, environment)
}

fn judged(blocking: Vec<String>, waiting: Vec<String>, environment: &str) -> Check {
    let name = "open-runs";
    let option = if environment == "default" { String::new() } else { format!(" --env {environment}") };
    if !blocking.is_empty() {
        return Check::failed(
            name,
            format!("without a known end: {}; every gate refuses with 124", blocking.join(", ")),
        )
        .mend(format!("tidegate gate reconcile{option}"));
    }
    if !waiting.is_empty() {
        return Check::warning(name, format!("begun and not ended: {}", waiting.join(", ")))
            .mend(format!("tidegate gate status{option}"));
    }
    Check::ok(name, "none")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backup::tags::{RunTag, short};
    use crate::doctor::Status;

    fn ours(phase: Phase, database: &str) -> Backup {
        let tag = RunTag {
            run: "0f3a9c51d2e47b86".to_owned(),
            phase,
            database: short(database),
            oid: None,
            environment: "prod".to_owned(),
            pending: "-".to_owned(),
            argv: "-".to_owned(),
            commit: "-".to_owned(),
            at: "2026-01-02T03:04:05Z".parse().unwrap(),
        };
        let tags = [(tags::ID.to_owned(), "tidegate-a".to_owned()), (RunTag::key(&tag.run), tag.to_value())];
        Backup { id: "tidegate-a".to_owned(), origin: Origin::Manual, tags: tags.into(), ..Backup::default() }
    }

    #[test]
    fn the_quota_counts_down() {
        let is = |used, limit| quota(Some(Quota { used, limit })).status;
        assert_eq!(
            (is(0, 100), is(90, 100), is(91, 100), is(99, 100)),
            (Status::Ok, Status::Ok, Status::Warning, Status::Warning)
        );
        assert_eq!((is(100, 100), is(120, 100)), (Status::Failed, Status::Failed));
        assert_eq!(quota(None).status, Status::CouldNotTell);
    }

    #[test]
    fn a_run_without_an_end_blocks_its_own_database_alone() {
        let is = |phase, database| open_runs(&[ours(phase, database)], "shop", "prod").status;
        assert_eq!(is(Phase::Running, "shop"), Status::Failed);
        assert_eq!(is(Phase::Unknown, "shop"), Status::Failed);
        assert_eq!(is(Phase::Running, "other"), Status::Ok);
        assert_eq!(is(Phase::Waiting, "shop"), Status::Warning);
        assert_eq!(is(Phase::Settled, "shop"), Status::Ok);
        let mut odd = ours(Phase::Running, "shop");
        odd.tags.insert("tidegate:use/x".to_owned(), "?".to_owned());
        odd.tags.remove("tidegate:use/0f3a9c51d2e47b86");
        assert_eq!(open_runs(&[odd], "shop", "prod").status, Status::Failed);
    }

    #[test]
    fn others_are_seen_by_what_they_left() {
        let foreign = Backup { id: "nightly-1".to_owned(), origin: Origin::Manual, ..Backup::default() };
        let copied = Backup { id: "copy-of".to_owned(), ..ours(Phase::Settled, "shop") };
        let aws = Backup { origin: Origin::AwsBackup, ..Backup::default() };
        let resource = Resource::default();
        assert_eq!(janitors(&resource, &[ours(Phase::Settled, "shop")])[0].status, Status::Ok);
        let checks = janitors(&resource, &[foreign.clone(), copied, aws]);
        assert!(checks[0].seen.contains("AWS Backup") && checks[1].seen.contains("2 manual snapshots"), "{checks:?}");
        let dated = Backup { tags: [("DeleteOn".to_owned(), "2026-02-01".to_owned())].into(), ..foreign };
        assert!(janitors(&resource, &[dated])[0].seen.contains("deletes by date"));
    }
}
