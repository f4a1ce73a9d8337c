use super::*;
use crate::backup::{Member, ResourceKind};

const INSTANCE: &str = "prod-db.abc123.eu-west-1.rds.amazonaws.com";
const WRITER: &str = "shop.cluster-abc123.eu-west-1.rds.amazonaws.com";
const READER: &str = "shop.cluster-ro-abc123.eu-west-1.rds.amazonaws.com";
const PROXY: &str = "shop.proxy-abc123.eu-west-1.rds.amazonaws.com";
const CUSTOM: &str = "bi.cluster-custom-abc123.eu-west-1.rds.amazonaws.com";
const ONE: &str = "shop-1.abc123.eu-west-1.rds.amazonaws.com";

fn endpoint(host: &str, kind: EndpointKind) -> Endpoint {
    Endpoint { host: host.to_owned(), port: 5432, kind }
}

fn instance() -> Resource {
    Resource {
        name: "prod-db".to_owned(),
        arn: "arn:aws:rds:eu-west-1:123456789012:db:prod-db".to_owned(),
        resource_id: "db-ABC".to_owned(),
        engine: "postgres".to_owned(),
        engine_version: "16.4".to_owned(),
        endpoints: vec![endpoint(INSTANCE, EndpointKind::Instance)],
        members: vec![Member { name: "prod-db".to_owned(), writer: true }],
        ..Resource::default()
    }
}

fn cluster() -> Resource {
    Resource {
        kind: ResourceKind::Cluster,
        name: "shop".to_owned(),
        resource_id: "cluster-ABC".to_owned(),
        engine: "aurora-postgresql".to_owned(),
        engine_version: "16.6".to_owned(),
        endpoints: vec![
            endpoint(WRITER, EndpointKind::Writer),
            endpoint(READER, EndpointKind::Reader),
            endpoint(CUSTOM, EndpointKind::Custom),
            endpoint(PROXY, EndpointKind::Proxy),
            endpoint(ONE, EndpointKind::Instance),
        ],
        members: vec![
            Member { name: "shop-1".to_owned(), writer: true },
            Member { name: "shop-2".to_owned(), writer: false },
        ],
        ..Resource::default()
    }
}

fn at(host: &str) -> Facts {
    let host = Some(host.to_owned()).filter(|host| !host.starts_with('/'));
    Facts {
        place: format!("{}:5432", host.clone().unwrap_or_default()),
        host,
        port: 5432,
        database: "shop".to_owned(),
        version: 160_009,
        ..Facts::default()
    }
}

fn shows(facts: Facts, names: &[&str], trusted: bool) -> Facts {
    let names = names.iter().map(|name| (*name).to_owned()).collect();
    let trusted = if trusted { Ok(()) } else { Err("UnknownIssuer".to_owned()) };
    Facts { certificate: Some(Shown { names, trusted }), ..facts }
}

fn calls_itself(facts: Facts, name: &str) -> Facts {
    Facts { server_name: Some(name.to_owned()), ..facts }
}

#[test]
fn row_12_what_proves_it() {
    for (resource, facts, proof) in [
        (instance(), at(INSTANCE), ProvedBy::Endpoint),
        (instance(), shows(at(INSTANCE), &[INSTANCE], true), ProvedBy::Certificate),
        // Self-signed, and reached under the right name all the same.
        (instance(), shows(at(INSTANCE), &["localhost"], false), ProvedBy::Endpoint),
        (instance(), shows(at("localhost"), &[INSTANCE], true), ProvedBy::Certificate),
        (instance(), shows(at("db.internal"), &["other.example.com", INSTANCE], true), ProvedBy::Certificate),
        (cluster(), at(WRITER), ProvedBy::Endpoint),
        (cluster(), at(ONE), ProvedBy::Endpoint),
        (cluster(), shows(at("localhost"), &[ONE, WRITER, READER], true), ProvedBy::Certificate),
        (cluster(), calls_itself(at("localhost"), "SHOP-1"), ProvedBy::ServerName),
        (cluster(), calls_itself(at("/tmp"), "shop-1"), ProvedBy::ServerName),
    ] {
        for unproven in [false, true] {
            let identity =
                decide(&resource, &facts, unproven).unwrap_or_else(|refusal| panic!("{facts:?}: {refusal:?}"));
            assert_eq!(identity.proved_by, proof, "{facts:?}");
            assert_eq!(identity.resource_id, resource.resource_id);
            assert_eq!((identity.database.as_str(), identity.host.as_str()), ("shop", facts.place.as_str()));
        }
    }
}

#[test]
fn row_12_what_proves_nothing_is_refused_unless_a_person_said_so() {
    let other_port = Facts { port: 6432, ..at(INSTANCE) };
    for (resource, facts) in [
        (instance(), at("localhost")),
        (instance(), at("/tmp")),
        (instance(), at("10.0.0.7")),
        (instance(), at("db.internal")),
        (instance(), other_port),
        (instance(), shows(at("localhost"), &["localhost"], true)),
        (instance(), shows(at("localhost"), &[INSTANCE], false)),
        (instance(), shows(at("localhost"), &[], true)),
        (Resource { endpoints: Vec::new(), ..instance() }, at("localhost")),
        // `system_identifier` proves nothing.
        (instance(), Facts { system_identifier: Some("7".to_owned()), ..at("localhost") }),
    ] {
        let refusal = decide(&resource, &facts, false).unwrap_err();
        assert_eq!(refusal.code, Code::Identity, "{facts:?}");
        assert!(refusal.message.contains("nothing proves"), "{}", refusal.message);
        assert!(refusal.hints.iter().any(|hint| hint.contains("unproven")));
        assert_eq!(decide(&resource, &facts, true).unwrap().proved_by, ProvedBy::Unproven, "{facts:?}");
    }
}

#[test]
fn row_12_what_speaks_against_it_is_refused_whatever_a_person_said() {
    const OTHER: &str = "staging-db.abc123.eu-west-1.rds.amazonaws.com";
    for (resource, facts, said) in [
        (instance(), at(OTHER), "none of its endpoints"),
        (instance(), shows(at(OTHER), &[INSTANCE], true), "none of its endpoints"),
        (instance(), shows(at(INSTANCE), &[OTHER], true), "certificate is for staging-db"),
        (instance(), shows(at("localhost"), &[OTHER], true), "certificate is for staging-db"),
        (instance(), shows(at("localhost"), &[OTHER], false), "certificate is for staging-db"),
        (instance(), shows(at("localhost"), &["*.abc123.eu-west-1.rds.amazonaws.com"], true), "certificate is for *"),
        (instance(), at("prod-db.abc123.rds.cn-north-1.rds.amazonaws.com.cn"), "none of its endpoints"),
        (instance(), at("prod-db.abc123.rds.cn-north-1.amazonaws.com.cn"), "none of its endpoints"),
        (cluster(), at(READER), "reader endpoint"),
        (cluster(), at(CUSTOM), "custom endpoint"),
        (cluster(), shows(at(PROXY), &[ONE], true), "RDS Proxy"),
        (cluster(), Facts { port: 6543, ..shows(at(PROXY), &[ONE], true) }, "RDS Proxy"),
        (cluster(), shows(at("localhost"), &[READER], true), "certificate is for"),
        (cluster(), calls_itself(at(WRITER), "shop-3"), "calls itself `shop-3`"),
        (cluster(), calls_itself(at(WRITER), "shop-2"), "does not call the writer"),
        (cluster(), calls_itself(at(WRITER), ""), "calls itself"),
        (Resource { engine: "mysql".to_owned(), ..instance() }, at(INSTANCE), "`mysql`, which is no PostgreSQL"),
        (Resource { engine: String::new(), ..instance() }, at(INSTANCE), "no PostgreSQL"),
        (instance(), Facts { version: 150_018, ..at(INSTANCE) }, "PostgreSQL `16.4`, and the server says 15"),
        (cluster(), Facts { version: 170_002, ..calls_itself(at("/tmp"), "shop-1") }, "the server says 17"),
        (Resource { engine_version: String::new(), ..instance() }, at("localhost"), "the server says 16"),
    ] {
        for unproven in [false, true] {
            let refusal = decide(&resource, &facts, unproven).expect_err(said);
            assert_eq!(refusal.code, Code::Identity, "{facts:?}");
            assert!(refusal.message.contains(said), "{}", refusal.message);
        }
    }
}

#[test]
fn row_12_versions_agree_in_their_major_number_alone() {
    for (engine, record, server) in [
        ("postgres", "16.1", 160_010),
        ("custom-postgres", "16.4-R1", 160_004),
        ("postgres", "11.22-rds.20240418", 110_022),
        ("aurora-postgresql", "16.4-limitless", 160_004),
        ("postgres", "9.6.24", 90_624),
        ("postgres", "18", 180_000),
    ] {
        let resource = Resource { engine: engine.to_owned(), engine_version: record.to_owned(), ..instance() };
        assert!(decide(&resource, &Facts { version: server, ..at(INSTANCE) }, false).is_ok(), "{record}");
        assert!(decide(&resource, &Facts { version: server + 10_000, ..at(INSTANCE) }, false).is_err(), "{record}");
    }
    let old = Resource { engine_version: "9.6.24".to_owned(), ..instance() };
    assert!(decide(&old, &Facts { version: 90_510, ..at(INSTANCE) }, true).is_err());
}

#[test]
fn row_11_replicas_and_standbys_are_refused_however_well_they_are_proved() {
    let replica = Resource { replica_of: Some("main-db".to_owned()), ..instance() };
    let standby = Facts { in_recovery: true, ..shows(at(INSTANCE), &[INSTANCE], true) };
    for unproven in [false, true] {
        let refusal = decide(&replica, &shows(at(INSTANCE), &[INSTANCE], true), unproven).unwrap_err();
        assert_eq!((refusal.code, refusal.code.exit()), (Code::Replica, 120));
        assert!(refusal.message.contains("main-db"));
        let refusal = decide(&instance(), &standby, unproven).unwrap_err();
        assert_eq!((refusal.code, refusal.code.exit()), (Code::Replica, 120));
    }
}
