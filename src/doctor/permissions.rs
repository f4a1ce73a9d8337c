//! Which calls the credentials may make: each permission tried by a call that surely changes nothing, or said to be
//! untested.
//!
//! - Questions are asked.
//! - Deleting, tagging and untagging are tried on a snapshot that cannot be there: its name holds 64 random bits. AWS
//!   looks at the permission before it looks for the snapshot, so *not found* means *allowed*.
//! - Making and copying a snapshot has no such call: RDS does not document whether it looks at a bad name or at the
//!   permission first, and a request that it takes makes a snapshot. So they stay untested, with what is known of them.

use super::Check;
use crate::backup::tags::{self, Tags};
use crate::backup::{Backup, Error, Provider, Quota, Reason, Resource, ResourceKind};

/// What was asked already, for other checks.
#[derive(Debug)]
pub struct Asked<'a> {
    pub resource: &'a Resource,
    pub backups: &'a Result<Vec<Backup>, Error>,
    pub quota: &'a Result<Option<Quota>, Error>,
    /// Regions that copies go to.
    pub copy_to: &'a [String],
    /// 16 hexadecimal digits, random.
    pub random: &'a str,
}

/// The IAM actions of a kind of resource.
struct Actions {
    list: &'static str,
    shared: &'static str,
    create: &'static str,
    delete: &'static str,
    copy: &'static str,
    /// In ARNs.
    snapshot: &'static str,
}

fn actions(kind: ResourceKind) -> Actions {
    match kind {
        ResourceKind::Instance => Actions {
            list: "rds:DescribeDBSnapshots",
            shared: "rds:DescribeDBSnapshotAttributes",
            create: "rds:CreateDBSnapshot",
            delete: "rds:DeleteDBSnapshot",
            copy: "rds:CopyDBSnapshot",
            snapshot: "snapshot",
        },
        ResourceKind::Cluster => Actions {
            list: "rds:DescribeDBClusterSnapshots",
            shared: "rds:DescribeDBClusterSnapshotAttributes",
            create: "rds:CreateDBClusterSnapshot",
            delete: "rds:DeleteDBClusterSnapshot",
            copy: "rds:CopyDBClusterSnapshot",
            snapshot: "cluster-snapshot",
        },
    }
}

/// Tries them all.
pub async fn probe(provider: &dyn Provider, asked: &Asked<'_>) -> Vec<Check> {
    let actions = actions(asked.resource.kind);
    let ghost = format!("tidegate-doctor-{}", asked.random);
    let arn = ghost_arn(&asked.resource.arn, actions.snapshot, &ghost);
    let mut checks = vec![
        read(actions.list, asked.backups.as_ref().err()),
        read("rds:DescribeAccountAttributes", asked.quota.as_ref().err()),
        tried(actions.shared, provider.is_shared(&ghost).await.err()),
        tried(actions.delete, provider.delete(&ghost).await.err()),
    ];
    if let Some(arn) = arn {
        let tags = Tags::from([(tags::ID.to_owned(), ghost)]);
        checks.push(tried("rds:AddTagsToResource", provider.tag(&arn, &tags).await.err()));
        checks.push(tried("rds:RemoveTagsFromResource", provider.untag(&arn, &[tags::ID]).await.err()));
    }
    checks.push(create(actions.create, asked.backups));
    for region in asked.copy_to {
        let name = format!("permission {} in {region}", actions.copy);
        checks.push(match provider.elsewhere(region).quota().await {
            Ok(_) => Check::untested(name, "a copy would really be made; the Region answers"),
            Err(error) => refused(name, &error),
        });
    }
    checks
}

/// `arn:aws:rds:eu-west-1:123456789012:db:prod-db` → the ARN of a snapshot beside it.
fn ghost_arn(resource: &str, kind: &str, ghost: &str) -> Option<String> {
    let parts: Vec<&str> = resource.split(':').collect();
    (parts.len() >= 7).then(|| format!("{}:{kind}:{ghost}", parts[..5].join(":")))
}

fn name(action: &str) -> String {
    format!("permission {action}")
}

fn read(action: &'static str, error: Option<&Error>) -> Check {
    match error {
        None => Check::ok(name(action), "asked and answered"),
        Some(error) => refused(name(action), error),
    }
}

fn tried(action: &'static str, error: Option<Error>) -> Check {
    match error {
        Some(error) if error.reason == Reason::BackupNotFound => {
            Check::ok(name(action), "allowed: tried on a snapshot that is not there")
        }
        Some(error) => refused(name(action), &error),
        None => Check::ok(name(action), "allowed"),
    }
}

fn refused(name: String, error: &Error) -> Check {
    let check = match error.reason {
        Reason::AccessDenied => Check::failed(name, error.to_string()),
        Reason::Refused => Check::untested(name, format!("AWS answered neither yes nor no: {error}")),
        _ => Check::could_not_tell(name, error.to_string()),
    };
    check.mend_all(error.hints.iter().cloned())
}

fn create(action: &'static str, backups: &Result<Vec<Backup>, Error>) -> Check {
    let ours = backups.as_ref().ok().into_iter().flatten().filter(|backup| backup.is_ours());
    let newest = ours.max_by_key(|backup| backup.created);
    let seen = match newest.and_then(|backup| Some((backup, backup.created?))) {
        Some((backup, created)) => format!("trying makes a snapshot; {} was made at {created}", backup.id),
        None => "trying makes a snapshot, and none of tidegate is there".to_owned(),
    };
    Check::untested(name(action), seen).mend("`tidegate backup create` shows it for good")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backup::Class;
    use crate::doctor::Status;

    fn error(reason: Reason) -> Error {
        Error {
            class: Class::Permanent,
            reason,
            action: "rds:DeleteDBSnapshot",
            code: None,
            message: "no".to_owned(),
            hints: vec!["add to the role's policy".to_owned()],
        }
    }

    #[test]
    fn not_found_means_allowed_and_nothing_else_does() {
        let is = |reason| tried("rds:DeleteDBSnapshot", Some(error(reason))).status;
        assert_eq!(is(Reason::BackupNotFound), Status::Ok);
        assert_eq!(is(Reason::AccessDenied), Status::Failed);
        assert_eq!(is(Reason::Refused), Status::Untested);
        for reason in [Reason::Throttled, Reason::Unreachable, Reason::CredentialsExpired, Reason::NoCredentials] {
            assert_eq!(is(reason), Status::CouldNotTell, "{reason:?}");
        }
        let denied = tried("rds:DeleteDBSnapshot", Some(error(Reason::AccessDenied)));
        assert_eq!(denied.mend, ["add to the role's policy"]);
    }

    #[test]
    fn the_ghost_lives_beside_the_resource() {
        let arn = ghost_arn("arn:aws-us-gov:rds:us-gov-west-1:1:db:prod", "snapshot", "tidegate-doctor-0");
        assert_eq!(arn.unwrap(), "arn:aws-us-gov:rds:us-gov-west-1:1:snapshot:tidegate-doctor-0");
        assert_eq!(ghost_arn("nonsense", "snapshot", "x"), None);
    }

    #[test]
    fn making_a_snapshot_is_never_called_fine() {
        assert_eq!(create("rds:CreateDBSnapshot", &Ok(Vec::new())).status, Status::Untested);
        assert_eq!(create("rds:CreateDBSnapshot", &Err(error(Reason::Throttled))).status, Status::Untested);
    }
}
