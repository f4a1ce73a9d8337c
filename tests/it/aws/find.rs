//! Which resource a host or a name means.

use tidegate::backup::rds::{Rds, Target};
use tidegate::backup::{EndpointKind, Error, Provider as _, Reason, ResourceKind};

use super::fake::{Cluster, Fake, Fault, Instance, Proxy, REGION};
use super::{aws, named, open, options};

fn fake() -> Fake {
    let fake = Fake::start();
    fake.with(|world| {
        world.instances.push(Instance::new("prod-db"));
        world.instances.push(Instance::new("local").at("127.0.0.1", 5544));
        let address = |name: &str| format!("{name}.cluster-custom-c0ffee.{REGION}.rds.amazonaws.com");
        let custom = vec![("reports".to_owned(), address("reports"))];
        Cluster { custom, ..Cluster::new("shop") }.into_world(world, 2);
        world.proxies.push(Proxy {
            name: "pool".to_owned(),
            address: format!("pool.proxy-c0ffee.{REGION}.rds.amazonaws.com"),
            cluster: Some("shop".to_owned()),
            instance: None,
        });
        world.proxies.push(Proxy {
            name: "single".to_owned(),
            address: format!("single.proxy-c0ffee.{REGION}.rds.amazonaws.com"),
            cluster: None,
            instance: Some("prod-db".to_owned()),
        });
    });
    fake
}

async fn at(fake: &Fake, host: &str, port: u16) -> Result<Rds, Error> {
    let target = Target { instance: None, host: Some(host.to_owned()), port: Some(port) };
    Rds::open(aws(&fake.url(), REGION).await, target, false).await
}

#[tokio::test]
async fn every_kind_of_endpoint_leads_to_its_resource() {
    let fake = fake();
    let rds = |host: &str| format!("{host}.{REGION}.rds.amazonaws.com");
    for (host, port, kind, name) in [
        (rds("prod-db.c0ffee"), 5432, ResourceKind::Instance, "prod-db"),
        (rds("PROD-db.c0ffee"), 5432, ResourceKind::Instance, "prod-db"),
        ("127.0.0.1".to_owned(), 5544, ResourceKind::Instance, "local"),
        (rds("shop.cluster-c0ffee"), 5432, ResourceKind::Cluster, "shop"),
        (rds("shop.cluster-ro-c0ffee"), 5432, ResourceKind::Cluster, "shop"),
        (rds("reports.cluster-custom-c0ffee"), 5432, ResourceKind::Cluster, "shop"),
        (rds("shop-2.c0ffee"), 5432, ResourceKind::Cluster, "shop"),
        (rds("pool.proxy-c0ffee"), 5432, ResourceKind::Cluster, "shop"),
        // AWS does not tell at which port a proxy listens.
        (rds("pool.proxy-c0ffee"), 6543, ResourceKind::Cluster, "shop"),
        (rds("single.proxy-c0ffee"), 5432, ResourceKind::Instance, "prod-db"),
    ] {
        let found = at(&fake, &host, port).await.unwrap();
        assert_eq!((found.kind(), found.name()), (kind, name), "{host}");
        let resource = found.resource().await.unwrap();
        let reached = resource.endpoints.iter().any(|one| one.host.eq_ignore_ascii_case(&host) && one.port == port);
        assert!(reached, "{host} is not among {:?}", resource.endpoints);
    }
}

#[tokio::test]
async fn row_12_the_host_decides_and_not_its_first_label() {
    let fake = fake();
    // After a rename the host still says prod-db, and another instance bears that name.
    fake.with(|world| {
        let address = world.instance("prod-db").address.clone();
        world.instance("prod-db").name = "prod-db-old".to_owned();
        world.instances.push(Instance::new("prod-db").at("prod-db.beef.eu-west-1.rds.amazonaws.com", 5432));
        assert_eq!(world.instance("prod-db-old").address, address);
    });
    let found = at(&fake, "prod-db.c0ffee.eu-west-1.rds.amazonaws.com", 5432).await.unwrap();
    assert_eq!(found.name(), "prod-db-old");
}

#[tokio::test]
async fn what_is_reached_elsewhere_is_not_guessed() {
    let fake = fake();
    for (host, port) in [
        ("db.internal.example", 5432),
        ("127.0.0.1", 5432),
        ("prod-db.other.eu-west-1.rds.amazonaws.com", 5432),
        ("gone.proxy-c0ffee.eu-west-1.rds.amazonaws.com", 5432),
        ("gone.cluster-custom-c0ffee.eu-west-1.rds.amazonaws.com", 5432),
    ] {
        let error = at(&fake, host, port).await.unwrap_err();
        assert_eq!(error.reason, Reason::ResourceNotFound, "{host}: {error}");
        assert!(error.message.contains(host) && error.message.contains(REGION), "{error}");
        assert!(error.hints.iter().any(|hint| hint.contains("`instance`")), "{:?}", error.hints);
    }
    let nothing = Rds::open(aws(&fake.url(), REGION).await, Target::default(), false).await.unwrap_err();
    assert!(nothing.hints[0].contains("`instance`"), "{nothing:?}");
}

#[tokio::test]
async fn a_name_that_rds_does_not_take_brings_the_nearest_ones() {
    let fake = fake();
    for (name, near) in [("prod_db", "prod-db"), ("prod--db", "prod-db"), ("shop-", "shop"), ("9shop", "shop")] {
        let error = open(&fake.url(), REGION, name).await.unwrap_err();
        assert_eq!(error.reason, Reason::ResourceNotFound, "{name}: {error}");
        assert!(error.message.contains(&format!("{name:?}")), "{error}");
        let hint = error.hints.iter().find(|hint| hint.starts_with("did you mean")).cloned().unwrap_or_default();
        assert!(hint.contains(near), "{name}: {:?}", error.hints);
    }
    assert!(fake.log().iter().any(|call| call.answer == "400 InvalidParameterValue"));
}

/// Some take no name for every name.
#[tokio::test]
async fn an_answer_about_another_instance_is_no_answer() {
    let fake = fake();
    let error = open(&fake.url(), REGION, "").await.unwrap_err();
    assert_eq!(error.reason, Reason::ResourceNotFound, "{error}");
    let answer = |action: &str, inner: &str| {
        format!("<{action}Response><{action}Result>{inner}</{action}Result></{action}Response>")
    };
    let other = "<DBInstances><DBInstance><DBInstanceIdentifier>other-db</DBInstanceIdentifier><DBInstanceArn>arn:aws:rds:eu-west-1:123456789012:db:other-db</DBInstanceArn><DbiResourceId>db-OTHER</DbiResourceId></DBInstance></DBInstances>";
    fake.fault(Fault::on("DescribeDBInstances").answer(200, &answer("DescribeDBInstances", other)));
    let other = "<DBClusters><DBCluster><DBClusterIdentifier>other</DBClusterIdentifier><DbClusterResourceId>cluster-OTHER</DbClusterResourceId></DBCluster></DBClusters>";
    fake.fault(Fault::on("DescribeDBClusters").answer(200, &answer("DescribeDBClusters", other)));
    for name in ["prod-db", "shop"] {
        let error = open(&fake.url(), REGION, name).await.unwrap_err();
        assert_eq!(error.reason, Reason::ResourceNotFound, "{name}: {error}");
    }
}

#[tokio::test]
async fn a_proxy_that_cannot_be_asked_about_proves_nothing() {
    let fake = fake();
    let target = Target {
        instance: Some("shop".to_owned()),
        host: Some(format!("pool.proxy-c0ffee.{REGION}.rds.amazonaws.com")),
        port: Some(5432),
    };
    let rds = Rds::open(aws(&fake.url(), REGION).await, target.clone(), false).await.unwrap();
    let proxies = |resource: tidegate::backup::Resource| {
        resource.endpoints.into_iter().filter(|one| one.kind == EndpointKind::Proxy).count()
    };
    assert_eq!(proxies(rds.resource().await.unwrap()), 1);
    fake.fault(Fault::on("DescribeDBProxyTargets").deny());
    assert_eq!(proxies(rds.resource().await.unwrap()), 0);
    // Nor does one that leads to another database.
    fake.no_faults();
    let other = Target { instance: Some("prod-db".to_owned()), ..target };
    let rds = Rds::open(aws(&fake.url(), REGION).await, other, false).await.unwrap();
    assert_eq!(proxies(rds.resource().await.unwrap()), 0);
}

#[tokio::test]
async fn the_region_of_the_host_is_the_region_unless_another_is_given() {
    let fake = Fake::start();
    fake.with(|world| world.instances.push(Instance::new("prod-db").region("ap-southeast-2")));
    let target =
        Target { host: Some("prod-db.c0ffee.ap-southeast-2.rds.amazonaws.com".to_owned()), ..Target::default() };
    let of_host = tidegate::aws::Options { region: None, ..options(&fake.url(), REGION) };
    let rds = Rds::connect(of_host, target.clone(), false).await.unwrap();
    assert_eq!((rds.aws().region(), rds.name()), ("ap-southeast-2", "prod-db"));
    let error = Rds::connect(options(&fake.url(), "us-east-1"), target, false).await.unwrap_err();
    assert!(error.message.contains("us-east-1"), "{error}");
    assert!(error.hints.iter().any(|hint| hint.contains("another Region")), "{:?}", error.hints);
}

#[tokio::test]
async fn the_instance_is_found_among_many_pages() {
    let fake = Fake::start();
    fake.with(|world| {
        for number in 0..250 {
            let name = format!("db-{number:03}");
            world.instances.push(Instance::new(&name).at(&format!("{name}.internal"), 5432));
        }
    });
    assert_eq!(at(&fake, "db-249.internal", 5432).await.unwrap().name(), "db-249");
    assert_eq!(fake.count("DescribeDBInstances"), 3);
    let error = open(&fake.url(), REGION, "db-2499").await.unwrap_err();
    assert!(error.hints[0].contains("db-249"), "{:?}", error.hints);
}

#[tokio::test]
async fn an_instance_that_went_or_joined_a_cluster_is_no_longer_it() {
    let fake = fake();
    let rds = Rds::open(aws(&fake.url(), REGION).await, named("prod-db"), false).await.unwrap();
    fake.with(|world| world.instance("prod-db").cluster = Some("shop".to_owned()));
    assert_eq!(rds.resource().await.unwrap_err().reason, Reason::ResourceNotFound);
    fake.with(|world| world.instances.retain(|one| one.name != "prod-db"));
    assert_eq!(rds.resource().await.unwrap_err().reason, Reason::ResourceNotFound);
}

#[tokio::test]
async fn an_answer_without_the_resource_id_is_no_answer() {
    let fake = fake();
    let rds = Rds::open(aws(&fake.url(), REGION).await, named("prod-db"), false).await.unwrap();
    let answer = "<DescribeDBInstancesResponse><DescribeDBInstancesResult><DBInstances><DBInstance><DBInstanceIdentifier>prod-db</DBInstanceIdentifier><DBInstanceArn>arn</DBInstanceArn></DBInstance></DBInstances></DescribeDBInstancesResult></DescribeDBInstancesResponse>";
    fake.fault(Fault::on("DescribeDBInstances").answer(200, answer));
    let error = rds.resource().await.unwrap_err();
    assert!(error.message.contains("DbiResourceId"), "{error}");
}
