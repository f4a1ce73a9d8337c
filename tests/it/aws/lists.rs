//! Lists: every page of them, what belongs to the resource and what does not.

use tidegate::backup::{Backup, Class, Origin, Progress, Provider as _, Reason};

use super::fake::{Cluster, Fake, Fault, Instance, Kind, REGION, Snapshot, Stage};
use super::open;

fn ids(backups: &[Backup]) -> Vec<&str> {
    let mut ids: Vec<&str> = backups.iter().map(|backup| backup.id.as_str()).collect();
    ids.sort_unstable();
    ids
}

#[tokio::test]
async fn five_hundred_backups_over_several_pages() {
    for kind in [Kind::Instance, Kind::Cluster] {
        let fake = Fake::with_instance("prod-db");
        fake.with(|world| {
            Cluster::new("shop").into_world(world, 1);
            let (ours, others, cluster) = (Instance::new("prod-db"), Instance::new("other"), Cluster::new("shop"));
            for number in 0..620 {
                let id = format!("tidegate-{number:03}");
                let at = world.now();
                let snapshot = match (kind, number % 31) {
                    (Kind::Instance, 0..=5) => Snapshot::new(&id, &others, at),
                    (Kind::Instance, _) => Snapshot::new(&id, &ours, at),
                    (Kind::Cluster, 0..=5) => Snapshot::of_cluster(&id, &Cluster::new("other"), at),
                    (Kind::Cluster, _) => Snapshot::of_cluster(&id, &cluster, at),
                };
                world.snapshots.push(snapshot);
            }
        });
        let name = if kind == Kind::Instance { "prod-db" } else { "shop" };
        let rds = open(&fake.url(), REGION, name).await.unwrap();
        let resource = rds.resource().await.unwrap();
        let found = rds.list(&resource).await.unwrap();
        assert_eq!(found.len(), 500);
        let mut unique = ids(&found);
        unique.dedup();
        assert_eq!(unique.len(), 500);
        let action = if kind == Kind::Instance { "DescribeDBSnapshots" } else { "DescribeDBClusterSnapshots" };
        // 500 by resource id and 500 by name; 620 of the whole Region for clusters. A hundred on a page.
        let pages = if kind == Kind::Instance { 10 } else { 7 };
        let calls = fake.calls(action);
        assert_eq!(calls.len(), pages);
        assert!(calls.iter().all(|call| call.get("MaxRecords") == "100" && call.get("SnapshotType") == "manual"));

        // A page that is lost is asked for again; one that stays lost costs the list, and never half of it.
        fake.fault(Fault::on(action).after(3).first(1).throttle());
        assert_eq!(rds.list(&resource).await.unwrap().len(), 500);
        fake.fault(Fault::on(action).after(3).throttle());
        let error = rds.list(&resource).await.unwrap_err();
        assert_eq!((error.class, error.reason), (Class::Transient, Reason::Throttled));
    }
}

#[tokio::test]
async fn row_05_what_is_in_work_is_listed_as_such() {
    let fake = Fake::with_instance("prod-db");
    fake.with(|world| {
        let instance = Instance::new("prod-db");
        let at = world.now();
        world.snapshots.push(Snapshot::new("tidegate-old", &instance, at));
        world
            .snapshots
            .push(Snapshot { stage: Stage::at("creating", 3), ..Snapshot::new("tidegate-new", &instance, at) });
    });
    let rds = open(&fake.url(), REGION, "prod-db").await.unwrap();
    let found = rds.list(&rds.resource().await.unwrap()).await.unwrap();
    let usable: Vec<_> =
        found.iter().filter(|one| one.progress() == Progress::Usable).map(|one| one.id.as_str()).collect();
    assert_eq!((found.len(), usable), (2, vec!["tidegate-old"]));
}

#[tokio::test]
async fn row_23_names_are_reused_and_resource_ids_are_not() {
    let fake = Fake::with_instance("prod-db");
    fake.with(|world| {
        Cluster::new("shop").into_world(world, 1);
        let at = world.now();
        let instance = Instance::new("prod-db");
        // The same instance under its earlier name; an earlier instance under the same name; another's.
        world.snapshots.push(Snapshot { resource: "old-name".to_owned(), ..Snapshot::new("renamed", &instance, at) });
        world.snapshots.push(Snapshot { resource_id: "db-GONE".to_owned(), ..Snapshot::new("reused", &instance, at) });
        world.snapshots.push(Snapshot::new("foreign", &Instance::new("other"), at));
        for origin in ["automated", "awsbackup"] {
            world.snapshots.push(Snapshot { origin: origin.to_owned(), ..Snapshot::new(origin, &instance, at) });
        }
        let cluster = Cluster::new("shop");
        world
            .snapshots
            .push(Snapshot { resource: "old-name".to_owned(), ..Snapshot::of_cluster("c-renamed", &cluster, at) });
        world.snapshots.push(Snapshot {
            resource_id: "cluster-GONE".to_owned(),
            ..Snapshot::of_cluster("c-reused", &cluster, at)
        });
        world.snapshots.push(Snapshot::of_cluster("c-foreign", &Cluster::new("other"), at));
    });
    for (name, expected) in [("prod-db", ["renamed", "reused"]), ("shop", ["c-renamed", "c-reused"])] {
        let rds = open(&fake.url(), REGION, name).await.unwrap();
        let resource = rds.resource().await.unwrap();
        let found = rds.list(&resource).await.unwrap();
        assert_eq!(ids(&found), expected);
        assert!(found.iter().all(|one| one.origin == Origin::Manual));
        let same: Vec<_> =
            found.iter().filter(|one| one.resource_id == resource.resource_id).map(|one| one.id.as_str()).collect();
        assert_eq!(same, [expected[0]]);
    }
}

#[tokio::test]
async fn pages_that_go_round_in_circles_are_an_error() {
    let fake = Fake::with_cluster("shop");
    let rds = open(&fake.url(), REGION, "shop").await.unwrap();
    let resource = rds.resource().await.unwrap();
    let answer = "<DescribeDBClusterSnapshotsResponse><DescribeDBClusterSnapshotsResult><DBClusterSnapshots/><Marker>again</Marker></DescribeDBClusterSnapshotsResult></DescribeDBClusterSnapshotsResponse>";
    fake.fault(Fault::on("DescribeDBClusterSnapshots").answer(200, answer));
    let error = rds.list(&resource).await.unwrap_err();
    assert_eq!((error.class, error.reason), (Class::Permanent, Reason::Refused), "{error}");
    assert_eq!(fake.count("DescribeDBClusterSnapshots"), 2);
}
