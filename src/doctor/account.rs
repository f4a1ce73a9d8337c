//! What AWS is asked beside backups: who we are, the key, the instances' certificates and what is about to change.

use aws_sdk_kms::types::KeyState;
use aws_sdk_rds::types::{DbCluster, DbInstance};
use jiff::{SignedDuration, Timestamp};

use super::Check;
use super::resource::rough;
use crate::aws::{self, Aws, Kind};
use crate::backup::{Resource, ResourceKind};

/// A certificate that ends within this is worth a word.
const SOON: SignedDuration = SignedDuration::from_hours(30 * 24);

/// Who we are.
pub async fn caller(aws: &Aws) -> Check {
    let name = "aws-identity";
    match aws.caller().await {
        Ok(caller) => Check::ok(name, format!("{} in account {}, {}", caller.arn, caller.account, aws.region())),
        Err(error) => unanswered(name, &error),
    }
}

/// A call that brought nothing: a no where the credentials or permissions are to blame, else could not tell.
pub fn unanswered(name: &str, error: &aws::Error) -> Check {
    let check = match error.kind {
        Kind::Denied | Kind::Expired | Kind::NoCredentials | Kind::NoRegion => Check::failed(name, error.to_string()),
        _ => Check::could_not_tell(name, error.to_string()),
    };
    check.mend_all(error.hints.iter().cloned())
}

/// The key that encrypts the resource, and with it its snapshots.
pub async fn key(aws: &Aws, resource: &Resource) -> Check {
    let name = "kms-key";
    let Some(key) = resource.kms_key.as_deref().filter(|_| resource.encrypted) else {
        return Check::ok(name, "not encrypted, so none is needed");
    };
    let config = aws_sdk_kms::config::Builder::from(aws.sdk()).retry_config(aws::questions()).build();
    let answer = aws_sdk_kms::Client::from_conf(config).describe_key().key_id(key).send().await;
    match answer {
        Ok(answer) => {
            let about = answer.key_metadata();
            key_state(key, about.and_then(|about| about.key_state()))
        }
        Err(error) => {
            let error = aws::Error::of("kms:DescribeKey", aws.region(), error);
            // A role without this permission still makes snapshots: it is RDS that uses the key.
            Check::could_not_tell(name, format!("{key}: {error}")).mend_all(error.hints.iter().cloned())
        }
    }
}

fn key_state(key: &str, state: Option<&KeyState>) -> Check {
    let name = "kms-key";
    let Some(state) = state else { return Check::could_not_tell(name, format!("{key}: AWS does not say its state")) };
    let seen = format!("{key} is {}", state.as_str());
    match state {
        KeyState::Enabled => Check::ok(name, seen),
        KeyState::Disabled => {
            Check::failed(name, format!("{seen}: no snapshot can be made or restored")).mend("aws kms enable-key")
        }
        KeyState::PendingDeletion | KeyState::PendingReplicaDeletion => {
            Check::failed(name, format!("{seen}: once it is gone, so is every snapshot"))
                .mend("aws kms cancel-key-deletion")
        }
        KeyState::PendingImport | KeyState::Unavailable => {
            Check::failed(name, format!("{seen}: no snapshot can be made or restored"))
        }
        _ => Check::warning(name, seen),
    }
}

/// The resource's instances: when their certificates end, and what is about to change.
pub async fn instances(aws: &Aws, resource: &Resource, now: Timestamp) -> Vec<Check> {
    let action = "rds:DescribeDBInstances";
    let config = aws_sdk_rds::config::Builder::from(aws.sdk())
        .retry_config(aws::questions())
        .interceptor(aws.clock().clone())
        .build();
    let client = aws_sdk_rds::Client::from_conf(config);
    let names: Vec<&str> = match resource.kind {
        ResourceKind::Instance => vec![resource.name.as_str()],
        ResourceKind::Cluster => resource.members.iter().map(|member| member.name.as_str()).collect(),
    };
    let mut checks = Vec::new();
    if resource.kind == ResourceKind::Cluster {
        let answer = client.describe_db_clusters().db_cluster_identifier(&resource.name).send().await;
        match answer {
            Ok(answer) => checks.extend(answer.db_clusters().iter().map(pending_of_cluster)),
            Err(error) => {
                let error = aws::Error::of("rds:DescribeDBClusters", aws.region(), error);
                checks.push(Check::could_not_tell("pending-modifications", format!("{}: {error}", resource.name)));
            }
        }
    }
    for name in names {
        match client.describe_db_instances().db_instance_identifier(name).send().await {
            Ok(answer) => {
                checks.extend(answer.db_instances().iter().flat_map(|instance| instance_checks(instance, now)))
            }
            Err(error) => {
                let error = aws::Error::of(action, aws.region(), error);
                checks.push(Check::could_not_tell("instance", format!("{name}: {error}")));
            }
        }
    }
    checks
}

fn instance_checks(instance: &DbInstance, now: Timestamp) -> Vec<Check> {
    let name = instance.db_instance_identifier().unwrap_or_default();
    let details = instance.certificate_details();
    let till = details.and_then(|details| details.valid_till());
    let ca = details.and_then(|details| details.ca_identifier()).or(instance.ca_certificate_identifier());
    let certificate = match till.and_then(|till| Timestamp::from_second(till.secs()).ok()) {
        Some(till) => certificate(name, ca.unwrap_or_default(), till, now),
        None => Check::untested("server-certificate", format!("{name}: AWS does not say until when it is valid")),
    };
    vec![certificate, pending(name, instance)]
}

fn certificate(instance: &str, ca: &str, till: Timestamp, now: Timestamp) -> Check {
    let name = "server-certificate";
    let left = till.duration_since(now);
    let seen = format!("{instance}: valid until {till} ({ca})");
    let mend = format!(
        "aws rds modify-db-instance --db-instance-identifier {instance} --ca-certificate-identifier rds-ca-rsa2048-g1"
    );
    match () {
        () if left <= SignedDuration::ZERO => Check::failed(name, format!("{seen}: it has ended")).mend(mend),
        () if left < SOON => Check::warning(name, format!("{seen}, {} from now", rough(left))).mend(mend),
        () => Check::ok(name, seen),
    }
}

/// What a restart or the maintenance window will change, perhaps in the middle of a migration.
fn pending(name: &str, instance: &DbInstance) -> Check {
    let mut pending: Vec<&str> = Vec::new();
    if let Some(values) = instance.pending_modified_values() {
        let known: [(bool, &str); 14] = [
            (values.db_instance_class().is_some(), "class"),
            (values.allocated_storage().is_some(), "storage"),
            (values.master_user_password().is_some(), "master password"),
            (values.port().is_some(), "port"),
            (values.engine_version().is_some(), "engine version"),
            (values.multi_az().is_some(), "Multi-AZ"),
            (values.storage_type().is_some(), "storage type"),
            (values.db_instance_identifier().is_some(), "name"),
            (values.ca_certificate_identifier().is_some(), "certificate"),
            (values.backup_retention_period().is_some(), "automated backups"),
            (values.iops().is_some(), "IOPS"),
            (values.storage_throughput().is_some(), "throughput"),
            (values.db_subnet_group_name().is_some(), "subnet group"),
            (values.iam_database_authentication_enabled().is_some(), "IAM authentication"),
        ];
        pending.extend(known.iter().filter_map(|(is, what)| is.then_some(*what)));
    }
    let reboot =
        instance.db_parameter_groups().iter().any(|group| group.parameter_apply_status() == Some("pending-reboot"));
    if reboot {
        pending.push("parameters, at the next restart");
    }
    about_to_change(name, &pending)
}

/// The same of the cluster itself, whose instances do not tell it.
fn pending_of_cluster(cluster: &DbCluster) -> Check {
    let name = cluster.db_cluster_identifier().unwrap_or_default();
    let mut pending: Vec<&str> = Vec::new();
    if let Some(values) = cluster.pending_modified_values() {
        let known: [(bool, &str); 9] = [
            (values.allocated_storage().is_some(), "storage"),
            (values.master_user_password().is_some(), "master password"),
            (values.engine_version().is_some(), "engine version"),
            (values.storage_type().is_some(), "storage type"),
            (values.db_cluster_identifier().is_some(), "name"),
            (values.certificate_details().is_some(), "certificate"),
            (values.backup_retention_period().is_some(), "automated backups"),
            (values.iops().is_some(), "IOPS"),
            (values.iam_database_authentication_enabled().is_some(), "IAM authentication"),
        ];
        pending.extend(known.iter().filter_map(|(is, what)| is.then_some(*what)));
    }
    let waits = |status: Option<&str>| status == Some("pending-reboot");
    if cluster.db_cluster_members().iter().any(|member| waits(member.db_cluster_parameter_group_status())) {
        pending.push("parameters, at the next restart");
    }
    about_to_change(name, &pending)
}

fn about_to_change(name: &str, pending: &[&str]) -> Check {
    let check = "pending-modifications";
    if pending.is_empty() {
        return Check::ok(check, format!("{name}: none"));
    }
    Check::warning(check, format!("{name}: about to change: {}", pending.join(", ")))
        .mend("see when its maintenance window is, and keep migrations out of it")
}

#[cfg(test)]
mod tests {
    use aws_sdk_rds::types::PendingModifiedValues;

    use super::*;
    use crate::doctor::Status;

    #[test]
    fn a_key_that_cannot_be_used_fails() {
        let is = |state| key_state("k", state).status;
        assert_eq!(is(Some(&KeyState::Enabled)), Status::Ok);
        assert_eq!(is(Some(&KeyState::Disabled)), Status::Failed);
        assert_eq!(is(Some(&KeyState::PendingDeletion)), Status::Failed);
        assert_eq!(is(Some(&KeyState::Updating)), Status::Warning);
        assert_eq!(is(None), Status::CouldNotTell);
    }

    #[test]
    fn a_certificate_near_its_end_is_told() {
        let now: Timestamp = "2026-01-02T00:00:00Z".parse().unwrap();
        let is = |till: &str| certificate("a", "rds-ca-2019", till.parse().unwrap(), now).status;
        assert_eq!(is("2026-03-01T00:00:00Z"), Status::Ok);
        assert_eq!(is("2026-01-20T00:00:00Z"), Status::Warning);
        assert_eq!(is("2026-01-01T00:00:00Z"), Status::Failed);
    }

    #[test]
    fn what_is_about_to_change_is_told_without_its_value() {
        let quiet = DbInstance::builder().build();
        assert_eq!(pending("a", &quiet).status, Status::Ok);
        let values = PendingModifiedValues::builder().engine_version("17.2").master_user_password("s3cr3t").build();
        let busy = DbInstance::builder().pending_modified_values(values).build();
        let check = pending("a", &busy);
        assert_eq!(check.status, Status::Warning);
        assert!(check.seen.contains("master password, engine version") && !check.seen.contains("s3cr3t"), "{check:?}");
    }
}
