//! The commands themselves, for the AWS CLI.

use jiff::{SignedDuration, Timestamp};

use super::{Command, Step, is_aurora, suffixed};
use crate::backup::{ResourceKind, Settings};
use crate::gate::receipt::{BackupFacts, Receipt, ResourceFacts};

/// Stands in a command for what the receipt does not know; a shell takes it as a word, AWS refuses it.
const FILL_IN: &str = "FILL_IN";

/// How long before the command's start a restore to a moment goes: this machine's clock is not the server's.
const BEFORE: SignedDuration = SignedDuration::from_secs(5);

/// Up to 3,000 IOPS are what gp3 has anyway, and naming them is refused for small volumes.
const GP3_BASELINE: i32 = 3000;

/// The moment just before the command started, where automated backups reach that far or will.
pub(super) fn moment(receipt: &Receipt) -> Option<Timestamp> {
    receipt.resource.as_ref()?.latest_restorable?;
    let started = receipt.times.started?.checked_sub(BEFORE).ok()?;
    Timestamp::from_second(started.as_second()).ok()
}

pub(super) fn from_backup(resource: &ResourceFacts, backup: &BackupFacts, makes: &str) -> Vec<Step> {
    let region = &resource.region;
    match resource.kind {
        ResourceKind::Instance => {
            let command = Command::rds(&["restore-db-instance-from-db-snapshot"], region)
                .option("--db-snapshot-identifier", &backup.id)
                .option("--db-instance-identifier", makes);
            vec![instance(command, resource, makes)]
        }
        ResourceKind::Cluster => {
            let command = Command::rds(&["restore-db-cluster-from-snapshot"], region)
                .option("--snapshot-identifier", &backup.id)
                .option("--db-cluster-identifier", makes)
                .option("--engine", &resource.engine);
            cluster(command, resource, makes)
        }
    }
}

pub(super) fn to_a_moment(resource: &ResourceFacts, moment: &Timestamp, makes: &str) -> Vec<Step> {
    let (region, moment) = (&resource.region, moment.to_string());
    let mut steps = vec![Step::new(
        format!("Any moment up to the one printed here can be restored; wait until it is later than {moment}:"),
        vec![latest(resource)],
    )];
    match resource.kind {
        ResourceKind::Instance => {
            let command = Command::rds(&["restore-db-instance-to-point-in-time"], region)
                .option("--source-dbi-resource-id", &resource.resource_id)
                .option("--restore-time", &moment)
                .option("--target-db-instance-identifier", makes);
            steps.push(instance(command, resource, makes));
        }
        ResourceKind::Cluster => {
            let command = Command::rds(&["restore-db-cluster-to-point-in-time"], region)
                .option("--source-db-cluster-resource-id", &resource.resource_id)
                .option("--restore-to-time", &moment)
                .option("--db-cluster-identifier", makes);
            steps.extend(cluster(command, resource, makes));
        }
    }
    steps
}

fn latest(resource: &ResourceFacts) -> Command {
    let (verb, name, list) = match resource.kind {
        ResourceKind::Instance => ("describe-db-instances", "--db-instance-identifier", "DBInstances"),
        ResourceKind::Cluster => ("describe-db-clusters", "--db-cluster-identifier", "DBClusters"),
    };
    Command::rds(&[verb], &resource.region)
        .option(name, &resource.name)
        .option("--query", &format!("{list}[0].LatestRestorableTime"))
        .option("--output", "text")
}

fn instance(command: Command, resource: &ResourceFacts, makes: &str) -> Step {
    let settings = &resource.settings;
    let command = command
        .option_if("--db-instance-class", settings.class.as_deref())
        .option_if("--db-parameter-group-name", settings.parameter_group.as_deref())
        .option_if("--option-group-name", option_group(settings))
        .option_if("--db-subnet-group-name", settings.subnet_group.as_deref())
        .options("--vpc-security-group-ids", &settings.security_groups);
    let command = storage(command, settings)
        .switch("multi-az", resource.multi_az)
        .switch("publicly-accessible", settings.publicly_accessible)
        .switch("enable-iam-database-authentication", settings.iam_auth)
        .switch("deletion-protection", settings.deletion_protection)
        .options("--enable-cloudwatch-logs-exports", &settings.log_exports)
        .flag("--copy-tags-to-snapshot");
    let mut commands = vec![command, wait(resource, "db-instance-available", "--db-instance-identifier", makes)];
    if settings.performance_insights {
        commands.push(
            Command::rds(&["modify-db-instance"], &resource.region)
                .option("--db-instance-identifier", makes)
                .flag("--enable-performance-insights")
                .flag("--apply-immediately"),
        );
    }
    Step::new(format!("Make the new instance {makes}; the one that is there stays as it is:"), commands)
}

fn cluster(command: Command, resource: &ResourceFacts, makes: &str) -> Vec<Step> {
    let settings = &resource.settings;
    let aurora = is_aurora(resource);
    let mut command = command
        .option_if("--db-cluster-parameter-group-name", settings.parameter_group.as_deref())
        .option_if("--db-subnet-group-name", settings.subnet_group.as_deref())
        .options("--vpc-security-group-ids", &settings.security_groups);
    if aurora {
        // `aurora` itself is the default, and is not taken by name.
        let storage = settings.storage_type.as_deref().filter(|storage| *storage != "aurora");
        command = command.option_if("--storage-type", storage);
        if is_serverless(settings) {
            let capacity = format!("MinCapacity={FILL_IN},MaxCapacity={FILL_IN}");
            command = command.option("--serverless-v2-scaling-configuration", &capacity);
        }
    } else {
        command = command.option("--db-cluster-instance-class", settings.class.as_deref().unwrap_or(FILL_IN));
        command = storage(command, settings).switch("publicly-accessible", settings.publicly_accessible);
        if settings.performance_insights {
            command = command.flag("--enable-performance-insights");
        }
    }
    command = command
        .switch("enable-iam-database-authentication", settings.iam_auth)
        .switch("deletion-protection", settings.deletion_protection)
        .options("--enable-cloudwatch-logs-exports", &settings.log_exports)
        .flag("--copy-tags-to-snapshot");
    let wait_for_cluster = wait(resource, "db-cluster-available", "--db-cluster-identifier", makes);
    let what = if aurora {
        format!("Make the new cluster {makes}, which has no instances yet; the one that is there stays as it is:")
    } else {
        format!("Make the new cluster {makes} with its instances; the one that is there stays as it is:")
    };
    let mut steps = vec![Step::new(what, vec![command, wait_for_cluster])];
    if aurora {
        steps.push(members(resource, makes));
    }
    steps
}

fn members(resource: &ResourceFacts, makes: &str) -> Step {
    let settings = &resource.settings;
    let count = resource.members.len().max(1);
    let create = |number: usize| {
        let name = format!("{makes}-{number}");
        let command = Command::rds(&["create-db-instance"], &resource.region)
            .option("--db-instance-identifier", &name)
            .option("--db-cluster-identifier", makes)
            .option("--engine", &resource.engine)
            .option("--db-instance-class", settings.class.as_deref().unwrap_or(FILL_IN))
            .switch("publicly-accessible", settings.publicly_accessible);
        if settings.performance_insights { command.flag("--enable-performance-insights") } else { command }
    };
    let mut commands: Vec<Command> = (1..=count).map(create).collect();
    commands.extend((1..=count).map(|number| {
        wait(resource, "db-instance-available", "--db-instance-identifier", &format!("{makes}-{number}"))
    }));
    let were = match resource.members.as_slice() {
        [] => "how many there were is not recorded".to_owned(),
        members => format!("there were {}", members.join(", ")),
    };
    Step::new(format!("Give it its instances ({were}); the first becomes the writer:"), commands)
}

fn storage(command: Command, settings: &Settings) -> Command {
    let kind = settings.storage_type.as_deref();
    let iops = settings.iops.filter(|iops| match kind {
        Some("io1" | "io2") => true,
        Some("gp3") => *iops > GP3_BASELINE,
        _ => false,
    });
    command.option_if("--storage-type", kind).option_if("--iops", iops.map(|iops| iops.to_string()).as_deref())
}

/// A default group is what a restore takes anyway.
fn option_group(settings: &Settings) -> Option<&str> {
    settings.option_group.as_deref().filter(|group| !group.starts_with("default:"))
}

pub(super) fn is_serverless(settings: &Settings) -> bool {
    settings.class.as_deref() == Some("db.serverless")
}

fn wait(resource: &ResourceFacts, what: &str, option: &str, name: &str) -> Command {
    Command::rds(&["wait", what], &resource.region).option(option, name)
}

pub(super) fn afterwards(resource: &ResourceFacts, makes: &str, run: &str) -> Vec<Step> {
    let away = suffixed(&resource.name, "before", run);
    let region = &resource.region;
    let (describe, modify, name, new, query) = match resource.kind {
        ResourceKind::Instance => (
            "describe-db-instances",
            "modify-db-instance",
            "--db-instance-identifier",
            "--new-db-instance-identifier",
            "DBInstances[0].Endpoint.Address",
        ),
        ResourceKind::Cluster => (
            "describe-db-clusters",
            "modify-db-cluster",
            "--db-cluster-identifier",
            "--new-db-cluster-identifier",
            "DBClusters[0].Endpoint",
        ),
    };
    let rename = |from: &str, to: &str| {
        Command::rds(&[modify], region).option(name, from).option(new, to).flag("--apply-immediately")
    };
    let address =
        Command::rds(&[describe], region).option(name, makes).option("--query", query).option("--output", "text");
    vec![
        Step::new(
            format!(
                "Look at the data in {makes} before anything else uses it. Then either point the applications at it:"
            ),
            vec![address],
        ),
        Step::new(
            format!(
                "or swap the names, so that the host stays {}: rename the old one, wait until it answers under its new \
                 name (some minutes), then rename the new one. The old one stays, and costs, until you delete it:",
                resource.name
            ),
            vec![rename(&resource.name, &away), rename(makes, &resource.name)],
        ),
    ]
}
