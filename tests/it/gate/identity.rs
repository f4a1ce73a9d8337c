//! Which database a URL reaches, seen on a real connection: certificates, names, standbys.

use std::path::Path;

use tidegate::backup::{Endpoint, EndpointKind, Member, Resource, ResourceKind};
use tidegate::gate::database::Target;
use tidegate::gate::options::DatabaseOptions;
use tidegate::gate::world::{Database as _, Identity, ProvedBy};
use tidegate::gate::{Code, Refusal};
use tidegate::postgres::dsn::{Roots, SslMode};

use super::stage::{INSTANCE, certificate, database_with, standby_url, tcp_url, with_tls};
use crate::support::postgres::{USER, system_version};

fn resource(host: &str, port: u16) -> Resource {
    Resource {
        name: "prod-db".to_owned(),
        arn: "arn:aws:rds:eu-west-1:123456789012:db:prod-db".to_owned(),
        resource_id: "db-ABC".to_owned(),
        engine: "postgres".to_owned(),
        engine_version: system_version().to_owned(),
        endpoints: vec![Endpoint { host: host.to_owned(), port, kind: EndpointKind::Instance }],
        members: vec![Member { name: "prod-db".to_owned(), writer: true }],
        ..Resource::default()
    }
}

/// A URL over TCP, with `ca_bundle` in the configuration or without.
async fn identify(parameters: &str, bundle: Option<&str>, unproven: bool, of: &Resource) -> Result<Identity, Refusal> {
    let shop = with_tls().database();
    let url = tcp_url(USER, &shop.name, parameters);
    let options = DatabaseOptions { unproven, ca_bundle: bundle.map(certificate), ..DatabaseOptions::default() };
    let identity = database_with(&url, options, &[]).identify(of).await;
    if let Ok(identity) = &identity {
        assert_eq!(identity.database, shop.name);
        let system = shop.value("SELECT system_identifier FROM pg_control_system()");
        assert_eq!(identity.system_identifier, Some(system));
    }
    identity
}

#[tokio::test(flavor = "multi_thread")]
async fn row_12_the_certificate_proves_the_instance_behind_a_tunnel() {
    let instance = resource(INSTANCE, 5432);
    let ca = certificate("ca.crt").display().to_string();
    for (parameters, bundle) in [
        (format!("?sslmode=verify-ca&sslrootcert={ca}"), None),
        ("?sslmode=require".to_owned(), Some("ca.crt")),
        (String::new(), Some("ca.crt")),
        // The server's own certificate, named as such.
        ("?sslmode=require".to_owned(), Some("server.crt")),
    ] {
        let identity = identify(&parameters, bundle, false, &instance).await.unwrap_or_else(|refusal| {
            panic!("{parameters} {bundle:?}: {refusal:?}");
        });
        assert_eq!(identity.proved_by, ProvedBy::Certificate);
        assert_eq!(identity.resource_id, "db-ABC");
        assert!(identity.host.starts_with("localhost:"), "{}", identity.host);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn row_12_what_a_certificate_does_not_prove_is_refused() {
    let instance = resource(INSTANCE, 5432);
    for (parameters, bundle, said) in [
        ("?sslmode=require", Some("other.crt"), "no root that is trusted here signed it"),
        ("?sslmode=require", None, "no root that is trusted here signed it"),
        ("?sslmode=disable", Some("ca.crt"), "no TLS"),
    ] {
        let refusal = identify(parameters, bundle, false, &instance).await.unwrap_err();
        assert_eq!((refusal.code, refusal.code.exit()), (Code::Identity, 125));
        assert!(refusal.message.contains(said), "{}", refusal.message);
        // One explicit setting goes on without a proof, and what is recorded says so.
        let identity = identify(parameters, bundle, true, &instance).await.unwrap();
        assert_eq!(identity.proved_by, ProvedBy::Unproven);
    }
    // A certificate of another instance is no lack of proof.
    let other = resource("staging-db.abc123.eu-west-1.rds.amazonaws.com", 5432);
    for bundle in ["ca.crt", "other.crt"] {
        for unproven in [false, true] {
            let refusal = identify("?sslmode=require", Some(bundle), unproven, &other).await.unwrap_err();
            assert_eq!(refusal.code, Code::Identity);
            assert!(refusal.message.contains("certificate is for prod-db.abc123"), "{}", refusal.message);
        }
    }
}

#[test]
fn an_rds_host_is_asked_for_its_certificate_unless_the_url_says_otherwise() {
    let parse = |text: &str, variables: &[(&str, &str)]| {
        let variables = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Target::parse(text, &variables, None, Some(Path::new("/rds.pem"))).unwrap().dsn.tls
    };
    let bundle = Roots::File("/rds.pem".into());
    for host in [INSTANCE, "PROD-db.abc.cn-north-1.rds.amazonaws.com.cn."] {
        let tls = parse(&format!("postgres://app@{host}/shop"), &[]);
        assert_eq!((tls.mode, tls.roots), (SslMode::VerifyFull, bundle.clone()), "{host}");
    }
    let said = format!("postgres://app@{INSTANCE}/shop?sslmode=require");
    assert_eq!(parse(&said, &[]).mode, SslMode::Require);
    let unsaid = format!("postgres://app@{INSTANCE}/shop");
    assert_eq!(parse(&unsaid, &[("PGSSLMODE", "disable")]).mode, SslMode::Disable);
    assert_eq!(parse(&unsaid, &[("PGSSLROOTCERT", "/mine.pem")]).roots, Roots::File("/mine.pem".into()));
    assert_eq!(parse("postgres://app@db.example.com/shop", &[]).mode, SslMode::Prefer);
}

#[tokio::test(flavor = "multi_thread")]
async fn row_12_endpoint_and_port_prove_it() {
    let port = with_tls().port();
    let with_sslmode = "?sslmode=disable";
    let identity = identify(with_sslmode, None, false, &resource("LOCALHOST", port)).await.unwrap();
    assert_eq!(identity.proved_by, ProvedBy::Endpoint);
    assert!(identify(with_sslmode, None, false, &resource("localhost", port + 1)).await.is_err());
    let mut reader = resource("localhost", port);
    reader.endpoints[0].kind = EndpointKind::Reader;
    assert_eq!(identify(with_sslmode, None, true, &reader).await.unwrap_err().code, Code::Identity);
}

#[tokio::test(flavor = "multi_thread")]
async fn row_12_only_the_servers_own_superuser_says_its_name() {
    let shop = with_tls().database();
    shop.execute(
        "CREATE FUNCTION aurora_db_instance_identifier() RETURNS text LANGUAGE sql AS $$SELECT 'shop-1'$$;
         DO $$ BEGIN CREATE ROLE somebody; EXCEPTION WHEN duplicate_object THEN NULL; END $$",
    );
    let cluster = |writer: &str| Resource {
        kind: ResourceKind::Cluster,
        members: ["shop-1", "shop-2"]
            .iter()
            .map(|name| Member { name: (*name).to_owned(), writer: *name == writer })
            .collect(),
        ..resource("shop.cluster-abc123.eu-west-1.rds.amazonaws.com", 5432)
    };
    let mut gate = database_with(&shop.url(), DatabaseOptions::default(), &[]);
    assert_eq!(gate.identify(&cluster("shop-1")).await.unwrap().proved_by, ProvedBy::ServerName);
    // A failover: AWS calls another one the writer.
    let refusal = gate.identify(&cluster("shop-2")).await.unwrap_err();
    assert!(refusal.message.contains("does not call the writer"), "{}", refusal.message);
    shop.execute("ALTER FUNCTION aurora_db_instance_identifier() OWNER TO somebody");
    let refusal = gate.identify(&cluster("shop-1")).await.unwrap_err();
    assert!(refusal.message.contains("nothing proves"), "{}", refusal.message);
}

#[tokio::test(flavor = "multi_thread")]
async fn row_11_a_standby_is_no_place_for_a_migration() {
    for unproven in [false, true] {
        let options = DatabaseOptions { unproven, ..DatabaseOptions::default() };
        let refusal =
            database_with(&standby_url(), options, &[]).identify(&resource(INSTANCE, 5432)).await.unwrap_err();
        assert_eq!((refusal.code, refusal.code.exit()), (Code::Replica, 120), "{}", refusal.message);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn row_12_a_url_that_leaves_the_server_open_is_refused() {
    let port = with_tls().port();
    for url in [
        format!("postgres://{USER}@localhost:{port},localhost:1/postgres"),
        format!("postgres://{USER}@{INSTANCE}:{port}/postgres?hostaddr=127.0.0.1&sslmode=disable"),
    ] {
        let options = DatabaseOptions { unproven: true, ..DatabaseOptions::default() };
        let mut gate = database_with(&url, options, &[]);
        assert_eq!(gate.identify(&resource(INSTANCE, port)).await.unwrap_err().code, Code::Identity, "{url}");
        assert_eq!(gate.preflight().await.first().map(|refusal| refusal.code), Some(Code::Identity), "{url}");
    }
}
