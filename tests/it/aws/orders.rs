//! Orders and looks at one backup, with everything that can go wrong on the way. The fake's log is the witness.

use std::time::{Duration, Instant};

use tidegate::backup::name::backup_name;
use tidegate::backup::rds::Rds;
use tidegate::backup::{Class, Error, Progress, Provider as _, Reason, Resource, tags as keys};

use super::fake::{Fake, Fault, Instance, REGION, SECRET_KEY, Snapshot, Stage};
use super::{aws, named, open, options, tags};

const ID: &str = "tidegate-prod-db-0f3a9c51d2e47b86";

async fn prod(fake: &Fake) -> (Rds, Resource) {
    let rds = open(&fake.url(), REGION, "prod-db").await.unwrap();
    let resource = rds.resource().await.unwrap();
    (rds, resource)
}

async fn order(rds: &Rds, resource: &Resource) -> Result<tidegate::backup::Backup, Error> {
    rds.request(resource, ID, &tags(&[(keys::ID, ID)])).await
}

fn means(error: &Error) -> (Class, Reason) {
    (error.class, error.reason)
}

#[tokio::test]
async fn row_01_a_backup_that_is_not_there_is_none() {
    let fake = Fake::with_instance("prod-db");
    let (rds, _) = prod(&fake).await;
    assert_eq!(rds.backup(ID).await.unwrap(), None);

    // An empty list, and a snapshot of another name, are no answer to the question either.
    let empty = "<DescribeDBSnapshotsResponse><DescribeDBSnapshotsResult><DBSnapshots/></DescribeDBSnapshotsResult></DescribeDBSnapshotsResponse>";
    let other = "<DBSnapshots><DBSnapshot><DBSnapshotIdentifier>other</DBSnapshotIdentifier><DBSnapshotArn>arn:other</DBSnapshotArn><Status>available</Status></DBSnapshot></DBSnapshots>";
    for answer in [empty.to_owned(), empty.replace("<DBSnapshots/>", other)] {
        fake.no_faults();
        fake.fault(Fault::on("DescribeDBSnapshots").answer(200, &answer));
        assert_eq!(rds.backup(ID).await.unwrap(), None);
    }
}

#[tokio::test]
async fn row_03_statuses_come_through_as_they_are() {
    let fake = Fake::with_instance("prod-db");
    let life = [
        (Stage::at("creating", 0), Progress::Wait),
        (Stage::at("creating", 40), Progress::Wait),
        (Stage::is("warming-the-tape"), Progress::Wait),
        (Stage::is("pending"), Progress::Wait),
        (Stage::is("failed"), Progress::Dead),
        (Stage::is("deleting"), Progress::Dead),
        (Stage::is("incompatible-restore"), Progress::Dead),
        (Stage::at("available", 100), Progress::Usable),
    ];
    fake.with(|world| world.life = life.iter().map(|(stage, _)| stage.clone()).collect());
    let (rds, resource) = prod(&fake).await;
    let mut seen = order(&rds, &resource).await.unwrap();
    for (number, (stage, progress)) in life.iter().enumerate() {
        if number > 0 {
            seen = rds.backup(ID).await.unwrap().unwrap();
        }
        assert_eq!((&seen.status, seen.percent, seen.progress()), (&stage.status, stage.percent, *progress));
        assert_eq!(seen.database_time.is_some(), *progress == Progress::Usable);
    }
    assert_eq!(seen.point(), seen.database_time);
}

#[tokio::test]
async fn row_04_a_backup_that_vanishes_is_none_from_then_on() {
    let fake = Fake::with_instance("prod-db");
    fake.with(|world| world.life = vec![Stage::at("creating", 0), Stage::at("creating", 50), Stage::gone()]);
    let (rds, resource) = prod(&fake).await;
    order(&rds, &resource).await.unwrap();
    assert_eq!(rds.backup(ID).await.unwrap().unwrap().percent, Some(50));
    assert_eq!(rds.backup(ID).await.unwrap(), None);
    assert_eq!(rds.backup(ID).await.unwrap(), None);
}

#[tokio::test]
async fn row_06_an_instance_that_is_busy_may_be_asked_again() {
    let fake = Fake::with_instance("prod-db");
    let (rds, _) = prod(&fake).await;
    for status in ["modifying", "backing-up", "stopped"] {
        fake.with(|world| world.instance("prod-db").status = status.to_owned());
        let resource = rds.resource().await.unwrap();
        assert_eq!(resource.status, status);
        assert_eq!(means(&order(&rds, &resource).await.unwrap_err()), (Class::Transient, Reason::Busy));
    }
    assert!(fake.with(|world| world.snapshots.is_empty()));
    fake.with(|world| world.instance("prod-db").status = "storage-optimization".to_owned());
    let resource = rds.resource().await.unwrap();
    order(&rds, &resource).await.unwrap();
}

#[tokio::test]
async fn row_07_a_lost_answer_is_unknown_and_the_order_was_given_once() {
    let fake = Fake::with_instance("prod-db");
    let (rds, resource) = prod(&fake).await;
    fake.fault(Fault::on("CreateDBSnapshot").first(1).lose_answer());
    let error = order(&rds, &resource).await.unwrap_err();
    assert_eq!(means(&error), (Class::Unknown, Reason::Unreachable), "{error}");
    assert_eq!(fake.count("CreateDBSnapshot"), 1);
    // It was made; asking again says so.
    assert!(rds.backup(ID).await.unwrap().unwrap().is_ours());
    assert_eq!(means(&order(&rds, &resource).await.unwrap_err()), (Class::Permanent, Reason::AlreadyExists));

    // The same words where nothing was made: it cannot be told apart.
    for fault in [
        Fault::on("CreateDBSnapshot").cut(),
        Fault::on("CreateDBSnapshot").answer(502, "<html>Bad Gateway</html>"),
        Fault::on("CreateDBSnapshot").answer(200, ""),
        Fault::on("CreateDBSnapshot").error(500, "InternalFailure", "An internal error"),
        Fault::on("CreateDBSnapshot").answer(200, "<half"),
        Fault::on("CreateDBSnapshot")
            .answer(200, "<CreateDBSnapshotResponse><CreateDBSnapshotResult/></CreateDBSnapshotResponse>"),
    ] {
        fake.no_faults();
        fake.fault(fault);
        let before = fake.count("CreateDBSnapshot");
        let error = rds.request(&resource, "tidegate-other", &tags(&[])).await.unwrap_err();
        assert_eq!(means(&error), (Class::Unknown, Reason::Unreachable), "{error}");
        assert_eq!(fake.count("CreateDBSnapshot"), before + 1);
    }
    fake.no_faults();
    assert_eq!(rds.backup("tidegate-other").await.unwrap(), None);
}

#[tokio::test]
async fn row_07_every_order_is_given_once_and_questions_ride_over() {
    let fake = Fake::with_instance("prod-db");
    let (rds, resource) = prod(&fake).await;
    let made = order(&rds, &resource).await.unwrap();
    fake.with(|world| world.snapshot(ID).stage = Stage::is("available"));
    for action in
        ["AddTagsToResource", "RemoveTagsFromResource", "DeleteDBSnapshot", "CopyDBSnapshot", "DescribeDBSnapshots"]
    {
        fake.fault(Fault::on(action).first(1).cut());
    }
    let arn = made.arn.as_str();
    for error in [
        rds.tag(arn, &tags(&[("a", "b")])).await.unwrap_err(),
        rds.untag(arn, &["a"]).await.unwrap_err(),
        rds.copy_here(&made, REGION, "tidegate-copy", &tags(&[]), None).await.unwrap_err(),
        rds.delete(ID).await.unwrap_err(),
    ] {
        assert_eq!(means(&error), (Class::Unknown, Reason::Unreachable), "{error}");
    }
    assert!(rds.backup(ID).await.unwrap().is_some());
    let cut = fake.log().iter().filter(|call| call.answer == "cut").count();
    assert_eq!((cut, fake.orders().len(), fake.count("DescribeDBSnapshots")), (5, 5, 2));
}

#[tokio::test]
async fn row_07_an_order_that_never_left_may_be_given_again() {
    let fake = Fake::with_instance("prod-db");
    let (_, resource) = prod(&fake).await;
    // A port on which nobody listens any more.
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let elsewhere = aws(&format!("http://{closed}"), REGION).await;
    let error = Rds::open(elsewhere, named("prod-db"), false).await.unwrap_err();
    assert_eq!(means(&error), (Class::Transient, Reason::Unreachable), "{error}");

    let rds = open(&fake.url(), REGION, "prod-db").await.unwrap();
    drop(fake);
    let end = Instant::now() + Duration::from_secs(20);
    loop {
        let error = order(&rds, &resource).await.unwrap_err();
        // The connection that was open may break first; from then on there is none.
        if means(&error) == (Class::Transient, Reason::Unreachable) {
            break;
        }
        assert_eq!(means(&error), (Class::Unknown, Reason::Unreachable), "{error}");
        assert!(Instant::now() < end);
    }
}

#[tokio::test]
async fn row_02_no_call_hangs() {
    let fake = Fake::with_instance("prod-db");
    let short = tidegate::aws::Options { timeout: Duration::from_secs(1), ..options(&fake.url(), REGION) };
    let rds = Rds::connect(short, named("prod-db"), false).await.unwrap();
    let resource = rds.resource().await.unwrap();
    fake.fault(Fault::on("*").hang());
    let begun = Instant::now();
    assert_eq!(means(&order(&rds, &resource).await.unwrap_err()), (Class::Unknown, Reason::Unreachable));
    assert_eq!(means(&rds.backup(ID).await.unwrap_err()), (Class::Transient, Reason::Unreachable));
    assert!(begun.elapsed() < Duration::from_secs(15), "{:?}", begun.elapsed());
    assert_eq!(fake.count("CreateDBSnapshot"), 1);
}

#[tokio::test]
async fn row_08_the_quota_is_named() {
    let fake = Fake::with_instance("prod-db");
    fake.with(|world| {
        let instance = Instance::new("other");
        world.limit = 3;
        for number in 0..3 {
            let snapshot = Snapshot::new(&format!("hand-made-{number}"), &instance, world.now());
            world.snapshots.push(snapshot);
        }
        let automated =
            Snapshot { origin: "automated".to_owned(), ..Snapshot::new("rds:other", &instance, world.now()) };
        world.snapshots.push(automated);
    });
    let (rds, resource) = prod(&fake).await;
    let quota = rds.quota().await.unwrap().unwrap();
    assert_eq!((quota.used, quota.limit), (3, 3));
    let error = order(&rds, &resource).await.unwrap_err();
    assert_eq!(means(&error), (Class::Permanent, Reason::QuotaExceeded));
    assert!(error.hints.iter().any(|hint| hint.contains("quota")), "{:?}", error.hints);
    assert!(fake.calls("DeleteDBSnapshot").is_empty());
}

#[tokio::test]
async fn row_09_throttling_is_told_and_orders_are_not_repeated() {
    let fake = Fake::with_instance("prod-db");
    let (rds, resource) = prod(&fake).await;
    fake.fault(Fault::on("CreateDBSnapshot").first(1).throttle());
    assert_eq!(means(&order(&rds, &resource).await.unwrap_err()), (Class::Transient, Reason::Throttled));
    assert_eq!(fake.count("CreateDBSnapshot"), 1);
    order(&rds, &resource).await.unwrap();

    // A question is asked three times at most.
    fake.fault(Fault::on("DescribeDBSnapshots").first(2).throttle());
    assert!(rds.backup(ID).await.unwrap().is_some());
    fake.fault(Fault::on("DescribeDBSnapshots").throttle());
    let before = fake.count("DescribeDBSnapshots");
    assert_eq!(means(&rds.backup(ID).await.unwrap_err()), (Class::Transient, Reason::Throttled));
    assert_eq!(fake.count("DescribeDBSnapshots"), before + 3);
}

#[tokio::test]
async fn row_10_the_longest_name_is_taken_for_both_kinds() {
    let fake = Fake::start();
    let long = "a".repeat(63);
    fake.with(|world| {
        world.instances.push(Instance::new(&long));
        super::fake::Cluster::new(&format!("b{}", &long[1..])).into_world(world, 1);
    });
    for name in [long.clone(), format!("b{}", &long[1..])] {
        let rds = open(&fake.url(), REGION, &name).await.unwrap();
        let resource = rds.resource().await.unwrap();
        let id = backup_name(&name, "0f3a9c51d2e47b86");
        assert_eq!(rds.request(&resource, &id, &tags(&[(keys::ID, &id)])).await.unwrap().id, id);
    }
}

#[tokio::test]
async fn row_14_credentials_that_end_are_told_from_all_else() {
    let fake = Fake::with_instance("prod-db");
    let (rds, resource) = prod(&fake).await;
    order(&rds, &resource).await.unwrap();
    fake.fault(Fault::on("*").after(1).expire());
    assert!(rds.backup(ID).await.unwrap().is_some());
    let error = rds.backup(ID).await.unwrap_err();
    assert_eq!(means(&error), (Class::Permanent, Reason::CredentialsExpired));
    assert!(error.hints.iter().any(|hint| hint.contains("--resume")), "{:?}", error.hints);
    // Asked once: what has ended does not come back by asking.
    assert_eq!(fake.calls("DescribeDBSnapshots").iter().filter(|call| call.answer == "403 ExpiredToken").count(), 1);
}

#[tokio::test]
async fn row_22_the_clocks_are_compared() {
    let fake = Fake::with_instance("prod-db");
    fake.with(|world| world.clock_ahead = jiff::SignedDuration::from_mins(17));
    let rds = open(&fake.url(), REGION, "prod-db").await.unwrap();
    let skew = rds.aws().clock_skew().unwrap();
    assert!((skew.as_secs() - 17 * 60).abs() <= 20, "{skew:?}");
}

#[tokio::test]
async fn a_clusters_instance_is_never_asked() {
    let fake = Fake::with_cluster("shop");
    for name in ["shop", "shop-2"] {
        let rds = open(&fake.url(), REGION, name).await.unwrap();
        let resource = rds.resource().await.unwrap();
        let id = format!("tidegate-{name}-1");
        rds.request(&resource, &id, &tags(&[(keys::ID, &id)])).await.unwrap();
    }
    let orders: Vec<String> = fake.orders().into_iter().map(|call| call.action).collect();
    assert_eq!(orders, ["CreateDBClusterSnapshot", "CreateDBClusterSnapshot"]);
}

#[tokio::test]
async fn a_cluster_snapshot_that_leaves_the_cluster_out_is_ours_by_its_own_tag() {
    let fake = Fake::with_cluster("shop");
    fake.with(|world| world.cluster_resource_ids = false);
    let rds = open(&fake.url(), REGION, "shop").await.unwrap();
    let resource = rds.resource().await.unwrap();
    let own = tags(&[(keys::ID, ID), (keys::RESOURCE, &resource.resource_id)]);
    assert_eq!(rds.request(&resource, ID, &own).await.unwrap().resource_id, resource.resource_id);
    // Tags that were cloned speak of the original.
    rds.request(&resource, "by-hand", &own).await.unwrap();
    assert_eq!(rds.backup("by-hand").await.unwrap().unwrap().resource_id, "");
}

#[tokio::test]
async fn a_denial_names_action_and_line() {
    let fake = Fake::with_instance("prod-db");
    let (rds, resource) = prod(&fake).await;
    for action in [
        "CreateDBSnapshot",
        "DeleteDBSnapshot",
        "DescribeDBSnapshots",
        "AddTagsToResource",
        "DescribeAccountAttributes",
    ] {
        fake.no_faults();
        fake.fault(Fault::on(action).deny());
        let error = match action {
            "CreateDBSnapshot" => order(&rds, &resource).await.unwrap_err(),
            "DeleteDBSnapshot" => rds.delete(ID).await.unwrap_err(),
            "DescribeDBSnapshots" => rds.list(&resource).await.unwrap_err(),
            "AddTagsToResource" => rds.tag("arn:x", &tags(&[])).await.unwrap_err(),
            _ => rds.quota().await.unwrap_err(),
        };
        assert_eq!(means(&error), (Class::Permanent, Reason::AccessDenied), "{error}");
        assert_eq!(error.action, format!("rds:{action}"));
        let line = format!(r#""Action":"rds:{action}","Resource":"arn:aws:rds:"#);
        assert!(error.hints[0].contains(&line), "{:?}", error.hints);
    }
}

#[tokio::test]
async fn what_aws_says_of_keys_and_signatures_is_understood_and_holds_no_secret() {
    let fake = Fake::with_instance("prod-db");
    let (rds, resource) = prod(&fake).await;
    let signed = format!(
        "The request signature we calculated does not match. The Canonical String for this request should have been\n'POST\nx-amz-security-token:{SECRET_KEY}'"
    );
    for (code, message, reason) in [
        ("SignatureDoesNotMatch", signed.as_str(), Reason::NoCredentials),
        ("InvalidClientTokenId", "The security token included in the request is invalid.", Reason::NoCredentials),
        ("KMSKeyNotAccessibleFault", "The specified KMS key is not enabled.", Reason::Key),
        ("SomethingNew", "Not today.", Reason::Refused),
    ] {
        fake.no_faults();
        fake.fault(Fault::on("CreateDBSnapshot").error(400, code, message));
        let error = order(&rds, &resource).await.unwrap_err();
        assert_eq!(means(&error), (Class::Permanent, reason), "{error}");
        let whole = format!("{error} {error:?}");
        assert!(!whole.contains(SECRET_KEY), "{whole}");
        assert!(whole.contains(code), "{whole}");
    }
}

#[tokio::test]
async fn a_copy_goes_to_the_other_region_with_our_tags_alone() {
    let fake = Fake::with_instance("prod-db");
    fake.with(|world| world.instance("prod-db").kms_key = Some("arn:aws:kms:eu-west-1:1:key/1".to_owned()));
    let (rds, resource) = prod(&fake).await;
    let made = order(&rds, &resource).await.unwrap();
    fake.with(|world| world.snapshot(ID).stage = Stage::is("available"));
    let there = rds.elsewhere("eu-central-1");
    let key = "arn:aws:kms:eu-central-1:1:key/2";
    let own = tags(&[(keys::ID, "tidegate-copy-1"), (keys::COPY_OF, ID)]);
    let error = there.copy_here(&made, REGION, "tidegate-copy-1", &own, None).await.unwrap_err();
    assert_eq!(means(&error), (Class::Permanent, Reason::Key));
    let copy = there.copy_here(&made, REGION, "tidegate-copy-1", &own, Some(key)).await.unwrap();
    assert_eq!((copy.copied_from.as_deref(), copy.tags.clone()), (Some(made.arn.as_str()), own));
    assert_eq!(copy.resource_id, resource.resource_id);
    let call = fake.calls("CopyDBSnapshot").pop().unwrap();
    assert_eq!((call.region.as_str(), call.get("CopyTags"), call.get("KmsKeyId")), ("eu-central-1", "false", key));
    assert_eq!(there.backup("tidegate-copy-1").await.unwrap().unwrap().progress(), Progress::Usable);
    assert_eq!(rds.backup("tidegate-copy-1").await.unwrap(), None);
}

#[tokio::test]
async fn a_copy_under_way_is_seen_and_a_finished_one_is_none() {
    for name in ["prod-db", "shop"] {
        let fake = Fake::with_instance("prod-db");
        fake.with(|world| {
            super::fake::Cluster::new("shop").into_world(world, 1);
            world.life = vec![Stage::at("available", 100)];
        });
        let rds = open(&fake.url(), REGION, name).await.unwrap();
        let resource = rds.resource().await.unwrap();
        let made = order(&rds, &resource).await.unwrap();
        assert!(!rds.is_being_copied(&made).await.unwrap());
        rds.copy_here(&made, REGION, "tidegate-copy", &tags(&[]), None).await.unwrap();
        assert!(rds.is_being_copied(&made).await.unwrap(), "{name}");
        rds.backup("tidegate-copy").await.unwrap();
        assert!(!rds.is_being_copied(&made).await.unwrap(), "{name}");
    }
}

#[tokio::test]
async fn tags_of_what_is_not_there_are_an_error() {
    let fake = Fake::with_instance("prod-db");
    let (rds, resource) = prod(&fake).await;
    let gone = resource.arn.replace(":db:prod-db", ":snapshot:tidegate-gone");
    for error in [
        rds.tag(&gone, &tags(&[(keys::PINNED, "audit")])).await.unwrap_err(),
        rds.untag(&gone, &[keys::PINNED]).await.unwrap_err(),
        rds.delete("tidegate-gone").await.unwrap_err(),
    ] {
        assert_eq!(means(&error), (Class::Permanent, Reason::BackupNotFound), "{error}");
    }
}

#[tokio::test]
async fn whoever_else_may_restore_it_is_seen() {
    let fake = Fake::with_instance("prod-db");
    fake.with(|world| super::fake::Cluster::new("shop").into_world(world, 1));
    for name in ["prod-db", "shop"] {
        let rds = open(&fake.url(), REGION, name).await.unwrap();
        let resource = rds.resource().await.unwrap();
        let id = format!("tidegate-{name}-1");
        rds.request(&resource, &id, &tags(&[(keys::ID, &id)])).await.unwrap();
        assert!(!rds.is_shared(&id).await.unwrap());
        fake.with(|world| world.snapshot(&id).shared_with.push("all".to_owned()));
        assert!(rds.is_shared(&id).await.unwrap());
    }
}
