//! Database URLs that AWS keeps, and sign-in tokens in place of a password.

use std::collections::BTreeMap;

use serde_json::json;
use tidegate::aws::url::Reference;
use tidegate::aws::{Error, Kind, token};

use super::fake::{Fake, Fault, REGION, SECRET_KEY};
use super::moto::{self, Moto};
use super::{aws, wire};

const PASSWORD: &str = "hunter2/%:@ é";
const ENCODED: &str = "hunter2%2F%25%3A%40%20%C3%A9";

async fn fetch(url: &str, region: &str, reference: &str) -> Result<String, Error> {
    Reference::parse(reference).unwrap().fetch(&aws(url, region).await).await
}

fn managed() -> String {
    json!({"engine": "postgres", "host": "db.example", "port": 5433, "username": "app", "password": PASSWORD, "dbname": "shop"}).to_string()
}

#[tokio::test]
async fn secrets_and_parameters_become_urls_alike_with_both() {
    let region = Moto::region();
    let (url, name) = (region.url(), region.name.clone());
    for (id, text) in [("prod/db", managed()), ("plain", "postgres://u:p@h/d".to_owned())] {
        let body =
            json!({"Name": id, "SecretString": text, "ClientRequestToken": "00000000-0000-4000-8000-000000000000"});
        assert_eq!(wire::json(&url, &name, "secretsmanager.CreateSecret", &body).0, 200);
        let body = json!({"Name": format!("/{id}"), "Value": text, "Type": "SecureString"});
        assert_eq!(wire::json(&url, &name, "AmazonSSM.PutParameter", &body).0, 200);
    }
    let fake = Fake::start();
    fake.with(|world| {
        for (id, text) in [("prod/db", managed()), ("plain", "postgres://u:p@h/d".to_owned())] {
            world.secrets.insert(id.to_owned(), text.clone());
            world.parameters.insert(format!("/{id}"), text);
        }
    });
    for (url, region) in [(url, name), (fake.url(), REGION.to_owned())] {
        for store in ["secretsmanager://", "ssm:///"] {
            let found = fetch(&url, &region, &format!("{store}prod/db")).await.unwrap();
            assert_eq!(found, format!("postgres://app:{ENCODED}@db.example:5433/shop"));
            assert_eq!(fetch(&url, &region, &format!("{store}plain")).await.unwrap(), "postgres://u:p@h/d");
            let error = fetch(&url, &region, &format!("{store}gone")).await.unwrap_err();
            assert!(error.message.contains("gone"), "{error}");
            assert!(error.hints.iter().any(|hint| hint.contains(&region)), "{:?}", error.hints);
        }
    }
    assert!(fake.calls("GetParameter").iter().all(|call| call.get("WithDecryption") == "true"));
}

#[tokio::test]
async fn another_region_is_asked_where_the_reference_names_one() {
    let fake = Fake::start();
    let arn = "arn:aws:secretsmanager:us-east-2:123456789012:secret:db-AbCdEf";
    fake.with(|world| {
        world.secrets.insert("db".to_owned(), managed());
        world.secrets.insert(arn.to_owned(), managed());
    });
    fetch(&fake.url(), REGION, "secretsmanager://db?region=us-west-1").await.unwrap();
    fetch(&fake.url(), REGION, &format!("secretsmanager://{arn}")).await.unwrap();
    let regions: Vec<String> = fake.calls("GetSecretValue").into_iter().map(|call| call.region).collect();
    assert_eq!(regions, ["us-west-1", "us-east-2"]);
}

#[tokio::test]
async fn what_a_secret_holds_is_in_no_error() {
    let fake = Fake::start();
    for text in [
        PASSWORD.to_owned(),
        format!("mysql://u:{PASSWORD}@h/d"),
        json!({"password": PASSWORD}).to_string(),
        json!({"username": "u", "password": PASSWORD, "host": "h", "port": PASSWORD}).to_string(),
        format!("{{\"username\": \"u\", \"password\": \"{PASSWORD}\""),
        json!({"engine": PASSWORD, "username": "u", "password": "p", "host": "h"}).to_string(),
    ] {
        fake.with(|world| world.secrets.insert("db".to_owned(), text));
        for reference in ["secretsmanager://db", "secretsmanager://db?key=url"] {
            let error = fetch(&fake.url(), REGION, reference).await.unwrap_err();
            assert_eq!((error.kind, error.action), (Kind::Content, "secretsmanager:GetSecretValue"));
            let whole = format!("{error} {error:?}");
            assert!(whole.contains("db") && !whole.contains("hunter2"), "{whole}");
        }
    }
    fake.fault(Fault::on("GetSecretValue").deny());
    let error = fetch(&fake.url(), REGION, "secretsmanager://db").await.unwrap_err();
    assert_eq!(error.kind, Kind::Denied);
    assert!(
        error.hints[0].contains(r#""Action":"secretsmanager:GetSecretValue","Resource":"arn:aws:"#),
        "{:?}",
        error.hints
    );
}

/// The parts of a token, without those that depend on the moment.
fn parts(token: &str) -> (String, BTreeMap<String, String>) {
    let (at, query) = token.split_once("/?").unwrap();
    let pairs = query.split('&').map(|pair| pair.split_once('=').unwrap());
    let mut parts: BTreeMap<String, String> = pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    assert_eq!(parts.remove("X-Amz-Signature").unwrap().len(), 64);
    assert!(parts.remove("X-Amz-Date").is_some());
    (at.to_owned(), parts)
}

#[tokio::test]
async fn a_sign_in_token_is_what_the_aws_cli_makes() {
    let host = "prod-db.c0ffee.us-east-2.rds.amazonaws.com";
    let aws = aws("http://127.0.0.1:9", REGION).await;
    let token = token::sign_in(&aws, host, 5432, "app@team", Some("us-east-2")).await.unwrap();
    let mut environment = super::fake::environment("http://127.0.0.1:9", REGION);
    environment.push(("AWS_ACCESS_KEY_ID", "AKIATEST".to_owned()));
    environment.push(("AWS_SECRET_ACCESS_KEY", SECRET_KEY.to_owned()));
    let theirs = moto::aws_text(
        &environment,
        &[
            "rds",
            "generate-db-auth-token",
            "--hostname",
            host,
            "--port",
            "5432",
            "--username",
            "app@team",
            "--region",
            "us-east-2",
        ],
    );
    assert_eq!(parts(&token), parts(theirs.trim()));
    assert!(!token.contains(SECRET_KEY));
    for wrong in ["", "host name", "h/?x=", "[::1]"] {
        assert_eq!(token::sign_in(&aws, wrong, 5432, "app", None).await.unwrap_err().kind, Kind::Content, "{wrong}");
    }
}
