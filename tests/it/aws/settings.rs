//! Credentials, Region and endpoint, found as every AWS tool finds them. Each is tried in a process of its own, since
//! the environment is what is tried.

use std::fs;
use std::path::Path;
use std::process::Command;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use tempfile::TempDir;
use tidegate::aws::{Aws, Error, Options};

use super::fake::{Fake, Fault, GITHUB_TOKEN, REGION, SECRET_KEY, SESSION_TOKEN};

/// SHA-1 of `https://shop.awsapps.com/start`: under it the AWS CLI keeps the session.
const START_URL_SHA1: &str = "20d891dca86750d4e829b4c761c9817f4b93df76";

const MARK: &str = "probe says ";

/// What the process that [`run`] starts does. Without its variable it is a test that has nothing to do.
#[tokio::test]
async fn probe() {
    let Ok(given) = std::env::var("TIDEGATE_TEST_PROBE") else { return };
    let given: Value = serde_json::from_str(&given).unwrap();
    let text = |name: &str| given[name].as_str().map(str::to_owned);
    let variables = std::env::vars().collect();
    let options = Options { region: text("region"), profile: text("profile"), variables, ..Options::default() };
    let said = match look(&options, given["times"].as_u64().unwrap_or(1)).await {
        Ok(said) => said,
        Err(error) => json!({
            "error": error.to_string(), "kind": format!("{:?}", error.kind), "hints": error.hints,
            "whole": format!("{error:?}"),
        }),
    };
    println!("{MARK}{said}");
}

async fn look(options: &Options, times: u64) -> Result<Value, Error> {
    let aws = Aws::connect(options).await?;
    for _ in 1..times {
        aws.caller().await?;
    }
    let caller = aws.caller().await?;
    let end = aws.credentials_end().await?;
    Ok(json!({
        "region": aws.region(), "account": caller.account, "end": end.map(|end| end.to_string()),
        "fips": aws.sdk().use_fips(), "dual": aws.sdk().use_dual_stack(),
    }))
}

/// Looks at AWS with this environment and nothing else.
fn run(home: &Path, environment: &[(&str, String)], given: &Value) -> Value {
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "aws::settings::probe", "--nocapture", "--test-threads=1"])
        .env_clear()
        .env("PATH", "/usr/bin:/bin")
        .env("HOME", home)
        .env("TIDEGATE_TEST_PROBE", given.to_string())
        .envs(environment.iter().map(|(name, value)| (*name, value)))
        .output()
        .unwrap();
    let all = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    for secret in [SECRET_KEY, SESSION_TOKEN, GITHUB_TOKEN] {
        assert!(!all.contains(secret), "{all}");
    }
    let line = all.lines().find_map(|line| line.split_once(MARK)).unwrap_or_else(|| panic!("{all}")).1;
    serde_json::from_str(line).unwrap()
}

/// The fake's environment without keys and without files that are not there.
fn keyless(fake: &Fake) -> Vec<(&'static str, String)> {
    let keys = ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"];
    fake.env().into_iter().filter(|(name, _)| !keys.contains(name)).collect()
}

fn with(mut environment: Vec<(&'static str, String)>, more: &[(&'static str, &str)]) -> Vec<(&'static str, String)> {
    environment.extend(more.iter().map(|(name, value)| (*name, (*value).to_owned())));
    environment
}

/// The access keys that signed, in order, each once.
fn signers(fake: &Fake) -> Vec<String> {
    let mut keys: Vec<String> = fake.calls("GetCallerIdentity").into_iter().map(|call| call.key).collect();
    keys.dedup();
    keys
}

#[test]
fn keys_of_the_environment_have_no_end_unless_one_is_exported() {
    let (fake, home) = (Fake::start(), TempDir::new().unwrap());
    let said = run(home.path(), &fake.env(), &json!({}));
    assert_eq!(
        (&said["region"], &said["account"], &said["end"]),
        (&json!(REGION), &json!("123456789012"), &Value::Null)
    );
    let environment = with(fake.env(), &[("AWS_CREDENTIAL_EXPIRATION", "2026-11-21T18:00:00+01:00")]);
    assert_eq!(run(home.path(), &environment, &json!({}))["end"], "2026-11-21T17:00:00Z");
}

#[test]
fn fips_and_dual_stack_are_the_sdks() {
    let (fake, home) = (Fake::start(), TempDir::new().unwrap());
    let environment = with(fake.env(), &[("AWS_USE_FIPS_ENDPOINT", "true"), ("AWS_USE_DUALSTACK_ENDPOINT", "true")]);
    // With an endpoint of one's own they have nothing to say, and the SDK refuses the contradiction.
    let without: Vec<_> = environment.into_iter().filter(|(name, _)| *name != "AWS_ENDPOINT_URL").collect();
    let said = run(
        home.path(),
        &with(without, &[("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true")]),
        &json!({"region": "xx-nowhere-1"}),
    );
    // The name that was looked for is not there, and says what was asked for.
    assert_eq!(said["kind"], "Unreachable", "{said}");
    assert_eq!(fake.log().len(), 0);
}

#[test]
fn profiles_processes_and_roles_are_tried() {
    let (fake, home) = (Fake::start(), TempDir::new().unwrap());
    fs::create_dir_all(home.path().join(".aws/sso/cache")).unwrap();
    let process = home.path().join("process");
    let answer = json!({"Version": 1, "AccessKeyId": "AKIAPROCESS", "SecretAccessKey": SECRET_KEY, "Expiration": "2099-01-02T03:04:05Z"});
    fs::write(&process, format!("#!/bin/sh\necho '{answer}'\n")).unwrap();
    fs::set_permissions(&process, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    fs::write(
        home.path().join(".aws/config"),
        format!(
            "[default]\nregion = eu-north-1\n[profile static]\nregion = eu-south-1\naws_access_key_id = AKIASTATIC\n\
             aws_secret_access_key = {SECRET_KEY}\n[profile process]\ncredential_process = {}\n[profile sso]\n\
             sso_start_url = https://shop.awsapps.com/start\nsso_region = {REGION}\nsso_account_id = 123456789012\n\
             sso_role_name = deploy\n",
            process.display()
        ),
    )
    .unwrap();
    let session = json!({
        "startUrl": "https://shop.awsapps.com/start", "region": REGION, "accessToken": "t",
        "expiresAt": "2099-01-01T00:00:00Z",
    });
    fs::write(home.path().join(format!(".aws/sso/cache/{START_URL_SHA1}.json")), session.to_string()).unwrap();
    let environment = keyless(&fake);

    let said = run(home.path(), &environment, &json!({"profile": "static"}));
    assert_eq!((&said["region"], &said["end"]), (&json!(REGION), &Value::Null), "{said}");
    // The profile's Region where the environment has none.
    let no_region: Vec<_> = environment.iter().filter(|(name, _)| !name.contains("REGION")).cloned().collect();
    assert_eq!(run(home.path(), &no_region, &json!({"profile": "static"}))["region"], "eu-south-1");
    let by_variable = with(no_region, &[("AWS_PROFILE", "static")]);
    assert_eq!(run(home.path(), &by_variable, &json!({}))["region"], "eu-south-1");
    assert_eq!(run(home.path(), &by_variable, &json!({"region": "sa-east-1"}))["region"], "sa-east-1");
    assert_eq!(signers(&fake), ["AKIASTATIC"]);

    let said = run(home.path(), &environment, &json!({"profile": "process"}));
    assert_eq!(said["end"], "2099-01-02T03:04:05Z", "{said}");
    assert_eq!(signers(&fake), ["AKIASTATIC", "AKIAPROCESS"]);

    let said = run(home.path(), &environment, &json!({"profile": "sso"}));
    assert!(said["end"].is_string(), "{said}");
    assert_eq!(fake.count("sso-credentials"), 1);
    let ended = json!({"__type": "UnauthorizedException", "message": "Session token not found or invalid"});
    fake.fault(Fault::on("sso-credentials").answer(401, &ended.to_string()));
    let said = run(home.path(), &environment, &json!({"profile": "sso"}));
    assert_eq!((&said["kind"], &said["hints"][0]), (&json!("Expired"), &json!("`aws sso login`")), "{said}");
}

#[test]
fn containers_and_web_identities_say_when_they_end() {
    let (fake, home) = (Fake::start(), TempDir::new().unwrap());
    let container = format!("{}/container", fake.url());
    let said =
        run(home.path(), &with(keyless(&fake), &[("AWS_CONTAINER_CREDENTIALS_FULL_URI", &container)]), &json!({}));
    assert!(said["end"].is_string(), "{said}");
    assert_eq!(fake.count("container-credentials"), 1);

    let file = home.path().join("token");
    fs::write(&file, "word-of-the-cluster").unwrap();
    fake.with(|world| world.trust("word-of-the-cluster"));
    let role = [
        ("AWS_ROLE_ARN", "arn:aws:iam::123456789012:role/pod"),
        ("AWS_WEB_IDENTITY_TOKEN_FILE", file.to_str().unwrap()),
    ];
    // On a runner in such a cluster the role trusts the cluster's word, and not GitHub's.
    let environment = with(with(fake.github_env(), &role), &[]);
    let said = run(home.path(), &environment, &json!({}));
    assert!(said["end"].is_string(), "{said}");
    assert_eq!((fake.count("AssumeRoleWithWebIdentity"), fake.count("github-token")), (1, 0));
}

#[test]
fn row_14_githubs_identity_is_asked_for_anew_when_it_must_be() {
    let (fake, home) = (Fake::start(), TempDir::new().unwrap());
    let said = run(home.path(), &fake.github_env(), &json!({"times": 4}));
    let end: Timestamp = said["end"].as_str().unwrap_or_else(|| panic!("{said}")).parse().unwrap();
    assert!(end.duration_since(Timestamp::now()) > SignedDuration::from_mins(50), "{said}");
    assert_eq!((fake.count("github-token"), fake.count("AssumeRoleWithWebIdentity")), (1, 1));

    // A session so short that it has always just ended: a new word and a new session each time. The fake takes each
    // word once, and refuses keys of a session that has ended.
    fake.with(|world| world.session = SignedDuration::from_secs(5));
    let said = run(home.path(), &fake.github_env(), &json!({"times": 4}));
    assert!(said["account"].is_string(), "{said}");
    let words: Vec<String> =
        fake.calls("AssumeRoleWithWebIdentity").iter().map(|call| call.get("WebIdentityToken").to_owned()).collect();
    assert_eq!(words.len(), 5, "{words:?}");
    assert!(words.iter().enumerate().all(|(number, word)| *word == format!("eyJ.word-{number}.GitHub")), "{words:?}");
    let call = fake.calls("AssumeRoleWithWebIdentity").pop().unwrap();
    assert_eq!(
        (call.get("RoleArn"), call.get("RoleSessionName")),
        ("arn:aws:iam::123456789012:role/deploy", "tidegate-17")
    );
}

#[test]
fn a_job_without_the_permission_is_told_which() {
    let (fake, home) = (Fake::start(), TempDir::new().unwrap());
    let mut environment = fake.github_env();
    environment.push(("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "wrong".to_owned()));
    let said = run(home.path(), &environment, &json!({}));
    assert_eq!(said["kind"], "NoCredentials", "{said}");
    assert!(said["hints"].to_string().contains("id-token: write"), "{said}");
    assert!(said["whole"].as_str().unwrap().contains("HTTP 401"), "{said}");
    assert_eq!(fake.count("AssumeRoleWithWebIdentity"), 0, "what GitHub did not say is not handed on");

    // A role that does not trust the repository.
    let denied = "Not authorized to perform sts:AssumeRoleWithWebIdentity";
    fake.fault(Fault::on("AssumeRoleWithWebIdentity").error(403, "AccessDenied", denied));
    let said = run(home.path(), &fake.github_env(), &json!({}));
    assert_eq!(said["kind"], "Denied", "{said}");
    assert!(said["hints"].to_string().contains("trust policy of arn:aws:iam::123456789012:role/deploy"), "{said}");
    assert!(!said["whole"].as_str().unwrap().contains("eyJ"), "{said}");
}

#[test]
fn nothing_at_all_is_told_with_what_to_type() {
    let (fake, home) = (Fake::start(), TempDir::new().unwrap());
    let said = run(home.path(), &keyless(&fake), &json!({}));
    assert_eq!(said["kind"], "NoCredentials", "{said}");
    assert!(said["hints"].to_string().contains("aws sso login"), "{said}");

    let no_region: Vec<_> = fake.env().into_iter().filter(|(name, _)| !name.contains("REGION")).collect();
    let said = run(home.path(), &no_region, &json!({}));
    assert_eq!(said["kind"], "NoRegion", "{said}");
    assert!(said["hints"].to_string().contains("AWS_REGION"), "{said}");
    assert_eq!(fake.log().len(), 0);
}

#[test]
fn keys_that_aws_does_not_know_are_told_with_the_region() {
    let (fake, home) = (Fake::start(), TempDir::new().unwrap());
    let message = "The security token included in the request is invalid.";
    fake.fault(Fault::on("GetCallerIdentity").error(403, "InvalidClientTokenId", message));
    let said = run(home.path(), &fake.env(), &json!({}));
    assert_eq!(said["kind"], "NoCredentials", "{said}");
    assert!(said["hints"].to_string().contains(REGION), "{said}");
    for region in ["not a region", "../..", ""] {
        let said = run(
            home.path(),
            &with(fake.env(), &[("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true")]),
            &json!({"region": region}),
        );
        assert!(said["error"].is_string(), "{region}: {said}");
    }
}
