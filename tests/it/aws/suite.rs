//! What every server that claims to be RDS must do: told to moto and to the fake alike. Where only one of them does it,
//! the test says so.

use tidegate::backup::{Backup, Class, Origin, Progress, Provider as _, Reason, ResourceKind, tags as keys};

use super::fake::{Fake, REGION};
use super::moto::Moto;
use super::{open, tags};

/// A server, its Region, and what is in it: the instance `prod-db` and the cluster `shop` with its instance `shop-1`.
struct Side {
    url: String,
    region: String,
    _fake: Option<Fake>,
}

fn sides() -> [Side; 2] {
    let region = Moto::region();
    region.instance("prod-db");
    region.cluster("shop");
    let moto = Side { url: region.url(), region: region.name.clone(), _fake: None };
    let fake = Fake::start();
    fake.with(|world| {
        world.instances.push(super::fake::Instance::new("prod-db").tag("team", "shop"));
        super::fake::Cluster::new("shop").tag("team", "shop").into_world(world, 1);
        world.life = vec![super::fake::Stage::at("available", 100)];
    });
    let fake = Side { url: fake.url(), region: REGION.to_owned(), _fake: Some(fake) };
    [moto, fake]
}

fn ids(backups: &[Backup]) -> Vec<&str> {
    let mut ids: Vec<&str> = backups.iter().map(|backup| backup.id.as_str()).collect();
    ids.sort_unstable();
    ids
}

/// From the order to the deletion.
async fn life(side: &Side, name: &str, kind: ResourceKind) {
    let rds = open(&side.url, &side.region, name).await.unwrap();
    let resource = rds.resource().await.unwrap();
    assert_eq!((resource.kind, resource.region.as_str()), (kind, side.region.as_str()));
    assert_eq!(resource.tags.get("team").map(String::as_str), Some("shop"));
    assert!(
        !resource.resource_id.is_empty() && resource.arn.contains(&resource.name) && !resource.endpoints.is_empty()
    );
    assert_eq!(rds.list(&resource).await.unwrap(), []);
    assert_eq!(rds.backup("tidegate-a-1").await.unwrap(), None);

    let id = "tidegate-a-1";
    let own = tags(&[(keys::ID, id), (keys::RUN, "0f3a9c51d2e47b86"), (keys::RESOURCE, &resource.resource_id)]);
    let made = rds.request(&resource, id, &own).await.unwrap();
    assert_eq!((made.id.as_str(), made.resource.as_str(), made.origin), (id, resource.name.as_str(), Origin::Manual));
    assert_eq!(made.resource_id, resource.resource_id);
    assert!(made.is_ours() && made.created.is_some());
    // Tags at creation keep RDS from copying the resource's own, so the provider gives them too.
    assert_eq!(made.tags.get("team").map(String::as_str), Some("shop"));

    for again in [id, "TIDEGATE-A-1"] {
        let error = rds.request(&resource, again, &own).await.unwrap_err();
        assert_eq!((error.class, error.reason), (Class::Permanent, Reason::AlreadyExists), "{error}");
    }

    let seen = rds.backup(id).await.unwrap().unwrap();
    assert_eq!((seen.arn.as_str(), seen.progress()), (made.arn.as_str(), Progress::Usable));
    assert_eq!(rds.backup("TIDEGATE-A-1").await.unwrap().unwrap().arn, made.arn);
    rds.request(&resource, "tidegate-a-2", &tags(&[(keys::ID, "tidegate-a-2")])).await.unwrap();
    assert_eq!(ids(&rds.list(&resource).await.unwrap()), [id, "tidegate-a-2"]);
    assert!(!rds.is_shared(id).await.unwrap());
    assert!(!rds.is_being_copied(&seen).await.unwrap());

    rds.tag(&made.arn, &tags(&[(keys::PINNED, "audit 2026"), ("team", "bank")])).await.unwrap();
    rds.untag(&made.arn, &[keys::RUN]).await.unwrap();
    let seen = rds.backup(id).await.unwrap().unwrap();
    assert_eq!(seen.tags.get(keys::PINNED).map(String::as_str), Some("audit 2026"));
    assert_eq!((seen.tags.get("team").map(String::as_str), seen.tags.get(keys::RUN)), (Some("bank"), None));

    rds.delete(id).await.unwrap();
    assert_eq!(rds.backup(id).await.unwrap(), None);
    assert_eq!(ids(&rds.list(&resource).await.unwrap()), ["tidegate-a-2"]);
    for error in [rds.delete(id).await.unwrap_err(), rds.is_shared(id).await.unwrap_err()] {
        assert_eq!((error.class, error.reason), (Class::Permanent, Reason::BackupNotFound), "{error}");
    }
}

#[tokio::test]
async fn an_instance_is_backed_up_alike_by_both() {
    for side in sides() {
        life(&side, "prod-db", ResourceKind::Instance).await;
    }
}

#[tokio::test]
async fn a_cluster_is_backed_up_alike_by_both() {
    for side in sides() {
        life(&side, "shop", ResourceKind::Cluster).await;
    }
}

#[tokio::test]
async fn a_clusters_instance_stands_for_its_cluster() {
    for side in sides() {
        let rds = open(&side.url, &side.region, "shop-1").await.unwrap();
        assert_eq!((rds.kind(), rds.name()), (ResourceKind::Cluster, "shop"));
        let resource = rds.resource().await.unwrap();
        assert_eq!(resource.members.iter().map(|member| member.name.as_str()).collect::<Vec<_>>(), ["shop-1"]);
    }
}

#[tokio::test]
async fn a_name_that_rds_does_not_allow_is_refused_by_both() {
    for side in sides() {
        let rds = open(&side.url, &side.region, "prod-db").await.unwrap();
        let resource = rds.resource().await.unwrap();
        for wrong in ["9-lives", "two--hyphens", "ends-"] {
            let error = rds.request(&resource, wrong, &tags(&[(keys::ID, wrong)])).await.unwrap_err();
            assert_eq!((error.class, error.reason), (Class::Permanent, Reason::Refused), "{wrong}: {error}");
        }
        assert_eq!(rds.list(&resource).await.unwrap(), []);
    }
}

#[tokio::test]
async fn what_is_not_there_is_named_with_what_is_near() {
    for side in sides() {
        let error = open(&side.url, &side.region, "prod-bd").await.unwrap_err();
        assert_eq!((error.class, error.reason), (Class::Permanent, Reason::ResourceNotFound));
        assert!(error.message.contains("prod-bd") && error.message.contains(&side.region), "{error}");
        assert!(error.hints[0].contains("prod-db"), "{:?}", error.hints);
    }
}
