//! Answers as RDS writes them.

use jiff::Timestamp;

use super::world::{ACCOUNT, Cluster, Instance, Kind, Snapshot, Tags, World};

/// `<name>inner</name>`
pub(super) fn tag(name: &str, inner: impl AsRef<str>) -> String {
    format!("<{name}>{}</{name}>", inner.as_ref())
}

/// `<name>text</name>`, escaped.
pub(super) fn text(name: &str, text: impl ToString) -> String {
    let text = text.to_string().replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    tag(name, text)
}

fn maybe(name: &str, value: Option<impl ToString>) -> String {
    value.map(|value| text(name, value)).unwrap_or_default()
}

fn time(name: &str, at: Timestamp) -> String {
    text(name, at.strftime("%Y-%m-%dT%H:%M:%S.%3fZ"))
}

pub(super) fn answer(action: &str, inner: &str) -> String {
    let inner = format!("{}{}", tag(&format!("{action}Result"), inner), metadata());
    format!("<{action}Response xmlns=\"http://rds.amazonaws.com/doc/2014-10-31/\">{inner}</{action}Response>")
}

pub(super) fn error(code: &str, message: &str) -> String {
    let sender = if code.starts_with("Internal") { "Receiver" } else { "Sender" };
    let error = tag("Error", text("Type", sender) + &text("Code", code) + &text("Message", message));
    format!(
        "<ErrorResponse xmlns=\"http://rds.amazonaws.com/doc/2014-10-31/\">{error}{}</ErrorResponse>",
        text("RequestId", "00000000-0000-4000-8000-000000000000")
    )
}

fn metadata() -> String {
    tag("ResponseMetadata", text("RequestId", "00000000-0000-4000-8000-000000000000"))
}

pub(super) fn tags(name: &str, tags: &Tags) -> String {
    tag(name, tags.iter().map(|(key, value)| tag("Tag", text("Key", key) + &text("Value", value))).collect::<String>())
}

fn pending(values: &Tags) -> String {
    tag("PendingModifiedValues", values.iter().map(|(name, value)| text(name, value)).collect::<String>())
}

pub(super) fn instance(one: &Instance) -> String {
    let endpoint = text("Address", &one.address) + &text("Port", one.port) + &text("HostedZoneId", "Z1");
    let ready = !one.address.is_empty();
    let inner = [
        text("DBInstanceIdentifier", &one.name),
        text("DBInstanceClass", "db.r6g.large"),
        text("Engine", &one.engine),
        text("EngineVersion", &one.version),
        text("DBInstanceStatus", &one.status),
        text("MasterUsername", "postgres"),
        if ready { tag("Endpoint", endpoint) } else { String::new() },
        text("AllocatedStorage", one.storage),
        text("PreferredBackupWindow", &one.window),
        text("BackupRetentionPeriod", one.retention_days),
        tag(
            "VpcSecurityGroups",
            tag("VpcSecurityGroupMembership", text("VpcSecurityGroupId", "sg-1") + &text("Status", "active")),
        ),
        tag(
            "DBParameterGroups",
            tag(
                "DBParameterGroup",
                text("DBParameterGroupName", "prod-pg17") + &text("ParameterApplyStatus", &one.parameters),
            ),
        ),
        tag(
            "OptionGroupMemberships",
            tag("OptionGroupMembership", text("OptionGroupName", "default:postgres-17") + &text("Status", "in-sync")),
        ),
        tag("DBSubnetGroup", text("DBSubnetGroupName", "private")),
        one.restorable.map(|at| time("LatestRestorableTime", at)).unwrap_or_default(),
        text("MultiAZ", one.multi_az),
        maybe("ReadReplicaSourceDBInstanceIdentifier", one.replica_of.as_ref()),
        text("StorageType", "gp3"),
        text("Iops", 3000),
        text("StorageEncrypted", one.kms_key.is_some()),
        maybe("KmsKeyId", one.kms_key.as_ref()),
        maybe("DBClusterIdentifier", one.cluster.as_ref()),
        text("DbiResourceId", &one.resource_id),
        text("DBInstanceArn", one.arn()),
        text("CACertificateIdentifier", &one.ca),
        one.certificate_till
            .map(|till| tag("CertificateDetails", text("CAIdentifier", &one.ca) + &time("ValidTill", till)))
            .unwrap_or_default(),
        pending(&one.pending),
        text("IAMDatabaseAuthenticationEnabled", true),
        text("DeletionProtection", true),
        text("PubliclyAccessible", false),
        tags("TagList", &one.tags),
    ];
    tag("DBInstance", inner.concat())
}

pub(super) fn cluster(one: &Cluster) -> String {
    let members = one.members.iter().enumerate().map(|(number, name)| {
        tag("DBClusterMember", text("DBInstanceIdentifier", name) + &text("IsClusterWriter", number == 0))
    });
    let custom = one.custom.iter().map(|(_, address)| text("member", address));
    let inner = [
        text("DBClusterIdentifier", &one.name),
        text("AllocatedStorage", 1),
        text("Engine", &one.engine),
        text("EngineVersion", &one.version),
        text("Status", &one.status),
        text("Endpoint", &one.writer_address),
        text("ReaderEndpoint", &one.reader_address),
        tag("CustomEndpoints", custom.collect::<String>()),
        text("Port", one.port),
        text("MultiAZ", one.members.len() > 1),
        text("DBClusterParameterGroup", "prod-aurora16"),
        text("DBSubnetGroup", "private"),
        tag("DBClusterMembers", members.collect::<String>()),
        tag(
            "VpcSecurityGroups",
            tag("VpcSecurityGroupMembership", text("VpcSecurityGroupId", "sg-1") + &text("Status", "active")),
        ),
        maybe("ReplicationSourceIdentifier", one.replica_of.as_ref()),
        text("StorageEncrypted", one.kms_key.is_some()),
        maybe("KmsKeyId", one.kms_key.as_ref()),
        text("DbClusterResourceId", &one.resource_id),
        text("DBClusterArn", one.arn()),
        pending(&one.pending),
        text("BackupRetentionPeriod", 7),
        text("PreferredBackupWindow", "03:00-03:30"),
        text("DeletionProtection", true),
        tags("TagList", &one.tags),
    ];
    tag("DBCluster", inner.concat())
}

pub(super) fn snapshot(one: &Snapshot, world: &World) -> String {
    let common = [
        time("SnapshotCreateTime", one.created),
        text("Engine", &one.engine),
        text("AllocatedStorage", one.size),
        text("Status", &one.stage.status),
        text("SnapshotType", &one.origin),
        maybe("PercentProgress", one.stage.percent),
        tags("TagList", &one.tags),
    ]
    .concat();
    match one.kind {
        Kind::Instance => {
            let at = one.database_time.filter(|_| one.stage.status == "available");
            let own = [
                text("DBSnapshotIdentifier", &one.id),
                text("DBInstanceIdentifier", &one.resource),
                text("DbiResourceId", &one.resource_id),
                text("DBSnapshotArn", one.arn()),
                text("Encrypted", one.encrypted),
                time("OriginalSnapshotCreateTime", one.original_created),
                at.map(|at| time("SnapshotDatabaseTime", at)).unwrap_or_default(),
                maybe("SourceDBSnapshotIdentifier", one.copied_from.as_ref()),
            ];
            tag("DBSnapshot", own.concat() + &common)
        }
        Kind::Cluster => {
            let id = Some(&one.resource_id).filter(|_| world.cluster_resource_ids);
            let own = [
                text("DBClusterSnapshotIdentifier", &one.id),
                text("DBClusterIdentifier", &one.resource),
                maybe("DbClusterResourceId", id),
                text("DBClusterSnapshotArn", one.arn()),
                text("StorageEncrypted", one.encrypted),
                maybe("SourceDBClusterSnapshotArn", one.copied_from.as_ref()),
            ];
            tag("DBClusterSnapshot", own.concat() + &common)
        }
    }
}

pub(super) fn caller() -> String {
    answer(
        "GetCallerIdentity",
        &(text("Arn", format!("arn:aws:sts::{ACCOUNT}:assumed-role/deploy/run-17"))
            + &text("UserId", "AROATEST:run-17")
            + &text("Account", ACCOUNT)),
    )
}
