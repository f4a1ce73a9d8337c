use super::*;
use crate::gate::report::tests::{cluster, failed, nothing_pending, refused};

fn lines(steps: &[Step]) -> String {
    steps.iter().flat_map(|step| &step.commands).map(|command| command.line() + "\n").collect()
}

#[test]
fn an_instance_is_restored_with_everything_that_it_would_lose() {
    let restore = restore(&failed()).unwrap();
    assert_eq!(restore.makes, "prod-db-restored-0f3a9c51");
    assert_eq!(
        lines(&restore.from_backup),
        "aws rds restore-db-instance-from-db-snapshot --region eu-west-1 \
         --db-snapshot-identifier tidegate-prod-db-0f3a9c51d2e47b86 --db-instance-identifier prod-db-restored-0f3a9c51 \
         --db-instance-class db.r6g.large --db-parameter-group-name shop-pg15 --db-subnet-group-name private \
         --vpc-security-group-ids sg-1 sg-2 --storage-type gp3 --iops 12000 --multi-az --no-publicly-accessible \
         --enable-iam-database-authentication --deletion-protection --enable-cloudwatch-logs-exports postgresql \
         --copy-tags-to-snapshot\n\
         aws rds wait db-instance-available --region eu-west-1 --db-instance-identifier prod-db-restored-0f3a9c51\n\
         aws rds modify-db-instance --region eu-west-1 --db-instance-identifier prod-db-restored-0f3a9c51 \
         --enable-performance-insights --apply-immediately\n"
    );
    assert_eq!(
        lines(&restore.afterwards).lines().skip(1).collect::<Vec<_>>(),
        [
            "aws rds modify-db-instance --region eu-west-1 --db-instance-identifier prod-db --new-db-instance-identifier \
             prod-db-before-0f3a9c51 --apply-immediately",
            "aws rds modify-db-instance --region eu-west-1 --db-instance-identifier prod-db-restored-0f3a9c51 \
             --new-db-instance-identifier prod-db --apply-immediately",
        ]
    );
}

#[test]
fn a_moment_before_the_start_is_the_alternative() {
    let moment = lines(&restore(&failed()).unwrap().to_a_moment);
    assert!(moment.contains("--source-dbi-resource-id db-ABCDEFGH --restore-time 2026-03-01T12:07:07Z"), "{moment}");
    assert!(moment.contains("--db-parameter-group-name shop-pg15"), "{moment}");
    let mut without = failed();
    without.resource.as_mut().unwrap().latest_restorable = None;
    assert!(restore(&without).unwrap().to_a_moment.is_empty());
}

#[test]
fn an_aurora_cluster_gets_its_instances() {
    let restore = restore(&cluster()).unwrap();
    let commands = lines(&restore.from_backup);
    assert!(
        commands.starts_with(
            "aws rds restore-db-cluster-from-snapshot --region eu-west-1 --snapshot-identifier \
             tidegate-shop-0f3a9c51d2e47b86 --db-cluster-identifier shop-restored-0f3a9c51 --engine aurora-postgresql \
             --db-cluster-parameter-group-name shop-pg15"
        ),
        "{commands}"
    );
    assert_eq!(commands.matches("create-db-instance").count(), 2, "{commands}");
    assert!(
        commands.contains("--db-instance-identifier shop-restored-0f3a9c51-2 --db-cluster-identifier"),
        "{commands}"
    );
    // Neither is taken for Aurora.
    assert!(!commands.contains("--storage-type") && !commands.contains("--iops"), "{commands}");
    assert!(lines(&restore.to_a_moment).contains("--source-db-cluster-resource-id cluster-ABCDEFGH --restore-to-time"));
}

#[test]
fn a_multi_az_cluster_makes_its_own_instances() {
    let mut receipt = cluster();
    let resource = receipt.resource.as_mut().unwrap();
    resource.engine = "postgres".to_owned();
    resource.settings.storage_type = Some("io1".to_owned());
    resource.settings.iops = Some(3000);
    let commands = lines(&restore(&receipt).unwrap().from_backup);
    assert!(!commands.contains("create-db-instance"), "{commands}");
    assert!(commands.contains("--db-cluster-instance-class db.r6g.large --storage-type io1 --iops 3000"), "{commands}");
}

#[test]
fn what_is_not_known_is_said() {
    let mut receipt = cluster();
    let settings = &mut receipt.resource.as_mut().unwrap().settings;
    settings.class = None;
    settings.security_groups.clear();
    let restore = restore(&receipt).unwrap();
    assert!(lines(&restore.from_backup).contains("--db-instance-class FILL_IN"));
    assert!(restore.loses.iter().any(|line| line.contains("takes its defaults: class, security groups")));
    receipt.resource.as_mut().unwrap().settings.class = Some("db.serverless".to_owned());
    let serverless = lines(&super::restore(&receipt).unwrap().from_backup);
    assert!(serverless.contains("--serverless-v2-scaling-configuration MinCapacity=FILL_IN,MaxCapacity=FILL_IN"));
}

#[test]
fn iops_are_named_only_where_they_are_taken() {
    let mut receipt = failed();
    receipt.resource.as_mut().unwrap().settings.iops = Some(3000);
    assert!(!lines(&restore(&receipt).unwrap().from_backup).contains("--iops"));
    receipt.resource.as_mut().unwrap().settings.storage_type = Some("gp2".to_owned());
    assert!(!lines(&restore(&receipt).unwrap().from_backup).contains("--iops"));
}

#[test]
fn the_point_is_said_as_it_is_known() {
    let says = |receipt: &Receipt, part: &str| restore(receipt).unwrap().loses.iter().any(|line| line.contains(part));
    assert!(says(&failed(), "after 2026-03-01T12:00:04Z, the last transaction in it"));
    assert!(says(&cluster(), "AWS does not say which transaction"));
    for part in ["Unlogged tables", "not shop alone", "rds-db:connect", "after 2026-03-01T12:07:07Z"] {
        assert!(says(&failed(), part), "{part}");
    }
}

#[test]
fn names_stay_within_what_rds_takes() {
    for name in ["a", &"x".repeat(63), &"long-".repeat(12)] {
        let new = new_name(name, "0f3a9c51d2e47b86");
        assert!(new.len() <= 60 && !new.contains("--") && new.ends_with("-restored-0f3a9c51"), "{new}");
    }
}

#[test]
fn without_anything_to_restore_there_is_no_plan() {
    assert_eq!(restore(&nothing_pending()), None);
    assert_eq!(restore(&Receipt { resource: None, ..failed() }), None);
    // Refused before a backup, and nothing was started.
    assert_eq!(restore(&refused()), None);
}
