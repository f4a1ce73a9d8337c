//! What RDS answers, in our own words. Pure.

use aws_sdk_rds::primitives::DateTime;
use aws_sdk_rds::types::{
    AccountQuota, DbCluster, DbClusterSnapshot, DbInstance, DbSnapshot, VpcSecurityGroupMembership,
};
use jiff::Timestamp;

use super::tagging::from_aws;
use crate::backup::{Backup, Endpoint, EndpointKind, Member, Origin, Quota, Resource, ResourceKind, Settings, tags};

/// A resource whose answer leaves out its name, ARN or resource id is none: nothing could be told of it.
pub(super) fn instance(answer: &DbInstance, region: &str) -> Option<Resource> {
    let name = answer.db_instance_identifier.clone()?;
    let engine = answer.engine.clone().unwrap_or_default();
    Some(Resource {
        kind: ResourceKind::Instance,
        arn: answer.db_instance_arn.clone()?,
        resource_id: answer.dbi_resource_id.clone()?,
        region: region.to_owned(),
        engine,
        engine_version: answer.engine_version.clone().unwrap_or_default(),
        status: answer.db_instance_status.clone().unwrap_or_default(),
        endpoints: instance_endpoint(answer).into_iter().collect(),
        members: vec![Member { name: name.clone(), writer: true }],
        replica_of: answer
            .read_replica_source_db_instance_identifier
            .clone()
            .or_else(|| answer.read_replica_source_db_cluster_identifier.clone())
            .filter(|source| !source.is_empty()),
        multi_az: answer.multi_az.unwrap_or_default(),
        encrypted: answer.storage_encrypted.unwrap_or_default(),
        kms_key: answer.kms_key_id.clone(),
        allocated_storage: answer.allocated_storage,
        backup_retention_days: answer.backup_retention_period.unwrap_or_default(),
        backup_window: answer.preferred_backup_window.clone(),
        latest_restorable: time(answer.latest_restorable_time),
        ca: answer.ca_certificate_identifier.clone(),
        tags: from_aws(answer.tag_list()),
        settings: Settings {
            class: answer.db_instance_class.clone(),
            parameter_group: answer
                .db_parameter_groups()
                .first()
                .and_then(|group| group.db_parameter_group_name.clone()),
            option_group: answer.option_group_memberships().first().and_then(|group| group.option_group_name.clone()),
            subnet_group: answer.db_subnet_group().and_then(|group| group.db_subnet_group_name.clone()),
            security_groups: security_groups(answer.vpc_security_groups()),
            storage_type: answer.storage_type.clone(),
            iops: answer.iops,
            iam_auth: answer.iam_database_authentication_enabled.unwrap_or_default(),
            deletion_protection: answer.deletion_protection.unwrap_or_default(),
            publicly_accessible: answer.publicly_accessible.unwrap_or_default(),
            performance_insights: answer.performance_insights_enabled.unwrap_or_default(),
            log_exports: answer.enabled_cloudwatch_logs_exports().to_vec(),
        },
        name,
    })
}

/// `members` are the cluster's instances, as far as they were found.
pub(super) fn cluster(answer: &DbCluster, members: &[DbInstance], region: &str) -> Option<Resource> {
    let port = port(answer.port);
    let at = |host: &Option<String>, kind: EndpointKind| {
        host.clone().filter(|host| !host.is_empty()).map(|host| Endpoint { host, port, kind })
    };
    let customs = answer.custom_endpoints().iter();
    let customs = customs.map(|host| Endpoint { host: host.clone(), port, kind: EndpointKind::Custom });
    let endpoints = at(&answer.endpoint, EndpointKind::Writer)
        .into_iter()
        .chain(at(&answer.reader_endpoint, EndpointKind::Reader))
        .chain(customs)
        .chain(members.iter().filter_map(instance_endpoint))
        .collect();
    let member = |member: &aws_sdk_rds::types::DbClusterMember| {
        let name = member.db_instance_identifier.clone()?;
        Some(Member { name, writer: member.is_cluster_writer.unwrap_or_default() })
    };
    let writer = answer.db_cluster_members().iter().find(|member| member.is_cluster_writer == Some(true));
    let writer = writer.and_then(|writer| {
        members.iter().find(|instance| instance.db_instance_identifier == writer.db_instance_identifier)
    });
    let replica_of = answer.replication_source_identifier.clone().filter(|source| !source.is_empty());
    Some(Resource {
        kind: ResourceKind::Cluster,
        name: answer.db_cluster_identifier.clone()?,
        arn: answer.db_cluster_arn.clone()?,
        resource_id: answer.db_cluster_resource_id.clone()?,
        region: region.to_owned(),
        engine: answer.engine.clone().unwrap_or_default(),
        engine_version: answer.engine_version.clone().unwrap_or_default(),
        status: answer.status.clone().unwrap_or_default(),
        endpoints,
        members: answer.db_cluster_members().iter().filter_map(member).collect(),
        replica_of,
        multi_az: answer.multi_az.unwrap_or_default(),
        encrypted: answer.storage_encrypted.unwrap_or_default(),
        kms_key: answer.kms_key_id.clone(),
        // Aurora's volume grows by itself, and what AWS says here is 1.
        allocated_storage: answer.allocated_storage.filter(|size| *size > 1),
        backup_retention_days: answer.backup_retention_period.unwrap_or_default(),
        backup_window: answer.preferred_backup_window.clone(),
        latest_restorable: time(answer.latest_restorable_time),
        ca: answer
            .certificate_details()
            .and_then(|details| details.ca_identifier.clone())
            .or_else(|| writer.and_then(|writer| writer.ca_certificate_identifier.clone())),
        tags: from_aws(answer.tag_list()),
        settings: Settings {
            class: answer
                .db_cluster_instance_class
                .clone()
                .or_else(|| writer.and_then(|writer| writer.db_instance_class.clone())),
            parameter_group: answer.db_cluster_parameter_group.clone(),
            option_group: answer
                .db_cluster_option_group_memberships()
                .first()
                .and_then(|group| group.db_cluster_option_group_name.clone()),
            subnet_group: answer.db_subnet_group.clone(),
            security_groups: security_groups(answer.vpc_security_groups()),
            storage_type: answer.storage_type.clone(),
            iops: answer.iops,
            iam_auth: answer.iam_database_authentication_enabled.unwrap_or_default(),
            deletion_protection: answer.deletion_protection.unwrap_or_default(),
            publicly_accessible: answer.publicly_accessible.unwrap_or_default(),
            performance_insights: answer.performance_insights_enabled.unwrap_or_default(),
            log_exports: answer.enabled_cloudwatch_logs_exports().to_vec(),
        },
    })
}

pub(super) fn snapshot(answer: &DbSnapshot) -> Option<Backup> {
    Some(Backup {
        id: answer.db_snapshot_identifier.clone()?,
        arn: answer.db_snapshot_arn.clone()?,
        resource: answer.db_instance_identifier.clone().unwrap_or_default(),
        resource_id: answer.dbi_resource_id.clone().unwrap_or_default(),
        origin: origin(answer.snapshot_type.as_deref()),
        status: answer.status.clone().unwrap_or_default(),
        percent: answer.percent_progress,
        created: time(answer.snapshot_create_time),
        original_created: time(answer.original_snapshot_create_time),
        database_time: time(answer.snapshot_database_time),
        size: answer.allocated_storage,
        encrypted: answer.encrypted.unwrap_or_default(),
        copied_from: answer.source_db_snapshot_identifier.clone().filter(|source| !source.is_empty()),
        tags: from_aws(answer.tag_list()),
    })
}

/// Where the answer leaves the resource id out, what we wrote into the backup's own tag as we made it is taken.
pub(super) fn cluster_snapshot(answer: &DbClusterSnapshot) -> Option<Backup> {
    let mut backup = Backup {
        id: answer.db_cluster_snapshot_identifier.clone()?,
        arn: answer.db_cluster_snapshot_arn.clone()?,
        resource: answer.db_cluster_identifier.clone().unwrap_or_default(),
        resource_id: answer.db_cluster_resource_id.clone().unwrap_or_default(),
        origin: origin(answer.snapshot_type.as_deref()),
        status: answer.status.clone().unwrap_or_default(),
        percent: answer.percent_progress,
        created: time(answer.snapshot_create_time),
        original_created: None,
        database_time: None,
        size: answer.allocated_storage.filter(|size| *size > 0),
        encrypted: answer.storage_encrypted.unwrap_or_default(),
        copied_from: answer.source_db_cluster_snapshot_arn.clone().filter(|source| !source.is_empty()),
        tags: from_aws(answer.tag_list()),
    };
    if backup.resource_id.is_empty() && backup.is_ours() && backup.copied_from.is_none() {
        backup.resource_id = backup.tags.get(tags::RESOURCE).cloned().unwrap_or_default();
    }
    Some(backup)
}

/// `ManualSnapshots` or `ManualClusterSnapshots`.
pub(super) fn quota(quotas: &[AccountQuota], kind: ResourceKind) -> Option<Quota> {
    let name = match kind {
        ResourceKind::Instance => "ManualSnapshots",
        ResourceKind::Cluster => "ManualClusterSnapshots",
    };
    let quota = quotas.iter().find(|quota| quota.account_quota_name.as_deref() == Some(name))?;
    Some(Quota { used: quota.used?, limit: quota.max? })
}

pub(super) fn instance_endpoint(answer: &DbInstance) -> Option<Endpoint> {
    let endpoint = answer.endpoint.as_ref()?;
    let host = endpoint.address.clone().filter(|host| !host.is_empty())?;
    Some(Endpoint { host, port: port(endpoint.port.or(answer.db_instance_port)), kind: EndpointKind::Instance })
}

fn port(port: Option<i32>) -> u16 {
    port.and_then(|port| u16::try_from(port).ok()).filter(|port| *port > 0).unwrap_or(5432)
}

fn origin(kind: Option<&str>) -> Origin {
    match kind {
        Some("manual") => Origin::Manual,
        Some("automated") => Origin::Automated,
        Some("awsbackup") => Origin::AwsBackup,
        Some("shared" | "public") => Origin::Shared,
        _ => Origin::Other,
    }
}

fn security_groups(groups: &[VpcSecurityGroupMembership]) -> Vec<String> {
    groups.iter().filter_map(|group| group.vpc_security_group_id.clone()).collect()
}

fn time(time: Option<DateTime>) -> Option<Timestamp> {
    let time = time?;
    Timestamp::new(time.secs(), i32::try_from(time.subsec_nanos()).ok()?).ok()
}
