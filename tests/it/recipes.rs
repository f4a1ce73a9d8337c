//! That the recipes for deploys and for AWS are what they say: valid, with flags that there are, and with exactly the
//! permissions that the code asks for.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use clap::Parser as _;
use yaml_rust2::{Yaml, YamlLoader};

use crate::support::root;

fn recipes() -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> =
        fs::read_dir(root().join("hooks/deploy")).unwrap().map(|entry| entry.unwrap().path()).collect();
    found.sort();
    assert!(found.len() >= 8, "{found:?}");
    found
}

fn yaml(path: &Path) -> Vec<Yaml> {
    let documents = YamlLoader::load_from_str(&fs::read_to_string(path).unwrap());
    documents.unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Every scalar and every array of scalars, whatever it stands in.
fn scalars(yaml: &Yaml, found: &mut Vec<Vec<String>>) {
    match yaml {
        Yaml::Array(items) if items.iter().all(|item| item.as_str().is_some()) => {
            found.push(items.iter().filter_map(Yaml::as_str).map(str::to_owned).collect());
        }
        Yaml::Array(items) => items.iter().for_each(|item| scalars(item, found)),
        Yaml::Hash(map) => map.values().for_each(|value| scalars(value, found)),
        Yaml::String(text) => found.push(vec![text.clone()]),
        _ => {}
    }
}

/// Words as a shell takes them, without what it does besides: enough for these recipes.
fn words(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    for word in line.split_whitespace() {
        if word.starts_with(['<', '>', '|', '&']) {
            break;
        }
        words.push(word.trim_matches(['"', '\'', ')']).to_owned());
    }
    words
}

/// Every call of tidegate in a recipe.
fn calls(path: &Path) -> Vec<Vec<String>> {
    let mut found = Vec::new();
    for document in yaml(path) {
        scalars(&document, &mut found);
    }
    let mut calls = Vec::new();
    for item in found {
        if item.first().is_some_and(|first| first == "tidegate") {
            calls.push(item);
            continue;
        }
        for line in item.iter().flat_map(|text| text.lines()) {
            for (at, _) in line.match_indices("tidegate ") {
                let before = line[..at].trim_end();
                let is_command = before.is_empty() || before.ends_with("$(") || before.ends_with("&&");
                if is_command {
                    calls.push(words(&line[at..]));
                }
            }
        }
    }
    calls
}

#[test]
fn recipes_call_what_there_is() {
    let mut called = 0;
    for path in recipes() {
        let calls = calls(&path);
        assert!(!calls.is_empty(), "{} calls nothing", path.display());
        for call in calls {
            let parsed = tidegate::cli::args::Cli::try_parse_from(&call);
            assert!(parsed.is_ok(), "{}: {call:?}\n{}", path.display(), parsed.unwrap_err());
            called += 1;
        }
    }
    assert!(called >= 9, "{called}");
}

#[test]
fn a_flag_that_is_not_there_would_be_noticed() {
    let parse = |line: &str| tidegate::cli::args::Cli::try_parse_from(words(line)).is_ok();
    assert!(parse("tidegate gate --env prod --adopt --receipt a.json -- sqlx migrate run </dev/null"));
    assert!(!parse("tidegate gate --environment prod -- sqlx migrate run"));
    assert!(!parse("tidegate backup make --env prod"));
}

/// A Job that Kubernetes runs once, and ends with time for the command to end.
#[test]
fn jobs_of_kubernetes_are_never_run_again_blindly() {
    let mut jobs = 0;
    for path in recipes() {
        for document in yaml(&path).iter().filter(|document| document["kind"].as_str() == Some("Job")) {
            let (spec, pod) = (&document["spec"], &document["spec"]["template"]["spec"]);
            let place = path.display();
            assert_eq!(document["apiVersion"].as_str(), Some("batch/v1"), "{place}");
            assert_eq!(spec["backoffLimit"].as_i64(), Some(0), "{place}");
            assert_eq!(pod["restartPolicy"].as_str(), Some("Never"), "{place}");
            assert!(spec["activeDeadlineSeconds"].as_i64().unwrap() >= 3600, "{place}");
            // gate.kill_after is 30 s.
            assert!(pod["terminationGracePeriodSeconds"].as_i64().unwrap() > 60, "{place}");
            let container = &pod["containers"][0];
            assert_eq!(container["command"][0].as_str(), Some("tidegate"), "{place}: a shell would get the signals");
            assert!(pod["serviceAccountName"].as_str().is_some(), "{place}");
            jobs += 1;
        }
    }
    assert_eq!(jobs, 4);
}

#[test]
fn hooks_stop_an_upgrade_and_keep_the_log_of_a_failure() {
    let annotations = |name: &str| yaml(&root().join("hooks/deploy").join(name))[0]["metadata"]["annotations"].clone();
    let helm = annotations("helm-pre-upgrade.yml");
    assert_eq!(helm["helm.sh/hook"].as_str(), Some("pre-install,pre-upgrade"));
    assert_eq!(helm["helm.sh/hook-delete-policy"].as_str(), Some("before-hook-creation,hook-succeeded"));
    let argo = annotations("argocd-presync.yml");
    assert_eq!(argo["argocd.argoproj.io/hook"].as_str(), Some("PreSync"));
    assert_eq!(argo["argocd.argoproj.io/hook-delete-policy"].as_str(), Some("HookSucceeded"));
}

#[test]
fn github_gets_a_token_and_cuts_no_deploy_off() {
    for name in ["github.yml", "github-split.yml", "github-matrix.yml"] {
        let workflow = &yaml(&root().join("hooks/deploy").join(name))[0];
        assert_eq!(workflow["permissions"]["id-token"].as_str(), Some("write"), "{name}");
        assert_ne!(workflow["concurrency"]["cancel-in-progress"].as_bool(), Some(true), "{name}");
        for (job, steps) in workflow["jobs"].as_hash().unwrap() {
            assert_eq!(steps["environment"].as_str(), Some("production"), "{name}: {job:?}");
            // What comes from outside reaches a shell through the environment alone.
            for step in steps["steps"].as_vec().unwrap() {
                assert!(!step["run"].as_str().unwrap_or_default().contains("${{"), "{name}: {step:?}");
            }
        }
    }
}

/// Actions and the resources that they are allowed on.
fn statements(name: &str) -> Vec<(BTreeSet<String>, Vec<String>)> {
    let text = fs::read_to_string(root().join("docs/aws").join(name)).unwrap();
    let policy: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(policy["Version"], "2012-10-17", "{name}");
    let list = |value: &serde_json::Value| match value {
        serde_json::Value::String(one) => vec![one.clone()],
        several => several.as_array().unwrap().iter().map(|one| one.as_str().unwrap().to_owned()).collect(),
    };
    let statements = policy["Statement"].as_array().unwrap();
    let mut ids: Vec<&str> = statements.iter().filter_map(|statement| statement["Sid"].as_str()).collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), statements.len(), "{name}: each statement has a name of its own");
    statements
        .iter()
        .map(|statement| {
            assert_eq!(statement["Effect"], "Allow", "{name}");
            (list(&statement["Action"]).into_iter().collect(), list(&statement["Resource"]))
        })
        .collect()
}

fn actions(name: &str) -> BTreeSet<String> {
    statements(name).into_iter().flat_map(|(actions, _)| actions).collect()
}

/// Every IAM action that the code names, tests left out.
fn called() -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut folders = vec![root().join("src")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let text = fs::read_to_string(&path).unwrap();
            let code = text.split("#[cfg(test)]").next().unwrap();
            let is_test =
                ["test", "fake"].iter().any(|word| path.strip_prefix(root()).unwrap().to_string_lossy().contains(word));
            if path.extension().is_some_and(|extension| extension == "rs") && !is_test {
                found.extend(code.split('"').filter(|part| is_action(part)).map(str::to_owned));
            }
        }
    }
    found
}

fn is_action(text: &str) -> bool {
    let services = ["rds", "sts", "kms", "secretsmanager", "ssm", "iam", "ec2", "backup"];
    text.split_once(':').is_some_and(|(service, action)| {
        services.contains(&service)
            && action.starts_with(|letter: char| letter.is_ascii_uppercase())
            && action.len() > 3
            && action.chars().all(|letter| letter.is_ascii_alphanumeric())
    })
}

fn set(actions: &[&str]) -> BTreeSet<String> {
    actions.iter().map(|action| (*action).to_owned()).collect()
}

#[test]
fn the_policy_allows_what_the_code_calls_and_nothing_else() {
    let called = called();
    assert!(called.contains("rds:CreateDBSnapshot") && called.len() > 15, "{called:?}");
    // Everybody may ask who they are; taking a role is allowed by the role itself.
    let free = set(&["sts:GetCallerIdentity", "sts:AssumeRoleWithWebIdentity"]);
    let copies = set(&["rds:CopyDBSnapshot", "rds:CopyDBClusterSnapshot"]);
    let urls = set(&["secretsmanager:GetSecretValue", "ssm:GetParameter"]);
    let optional: BTreeSet<String> = [free, copies.clone(), urls.clone()].into_iter().flatten().collect();
    let needed: BTreeSet<String> = called.difference(&optional).cloned().collect();
    assert_eq!(actions("policy.json"), needed);
    assert!(actions("policy-copy.json").is_superset(&copies));
    // Signing in with a token is asked of the database, not by a call.
    let signing_in = set(&["rds-db:connect"]);
    assert_eq!(actions("policy-url.json").difference(&signing_in).cloned().collect::<BTreeSet<_>>(), urls);
}

/// With a delete that is limited by a tag alone, whoever may tag may delete anything.
#[test]
fn tags_and_deletes_reach_only_what_is_named_tidegate() {
    let guarded = set(&[
        "rds:AddTagsToResource",
        "rds:RemoveTagsFromResource",
        "rds:DeleteDBSnapshot",
        "rds:DeleteDBClusterSnapshot",
        "rds:CopyDBSnapshot",
        "rds:CopyDBClusterSnapshot",
    ]);
    for name in ["policy.json", "policy-copy.json"] {
        for (actions, resources) in statements(name) {
            if actions.is_disjoint(&guarded) {
                continue;
            }
            for resource in resources {
                assert!(resource.ends_with("snapshot:tidegate-*"), "{name}: {actions:?} on {resource}");
            }
        }
    }
    for (actions, resources) in statements("policy.json") {
        let reads = actions.iter().all(|action| action.contains(":Describe"));
        assert!(reads || !resources.contains(&"*".to_owned()), "{actions:?}");
    }
}

#[test]
fn every_action_of_the_restore_commands_is_in_its_policy() {
    let allowed = actions("policy-restore.json");
    for action in [
        "rds:RestoreDBInstanceFromDBSnapshot",
        "rds:RestoreDBClusterFromSnapshot",
        "rds:RestoreDBInstanceToPointInTime",
        "rds:RestoreDBClusterToPointInTime",
        "rds:CreateDBInstance",
        "rds:ModifyDBInstance",
        "rds:ModifyDBCluster",
        "rds:DescribeDBInstances",
        "rds:DescribeDBClusters",
    ] {
        assert!(allowed.contains(action), "{action}");
    }
}

/// Terraform's and CloudFormation's roles have the policy of the JSON file, on the same kinds of resources.
#[test]
fn the_roles_have_the_same_policy() {
    let expected = statements("policy.json");
    let kinds = |resources: &[String]| -> BTreeSet<String> {
        // What stands behind the account: `db:prod-db`, `snapshot:tidegate-*`.
        resources
            .iter()
            .map(|resource| resource.splitn(6, ':').last().unwrap().replace("prod-db", "INSTANCE"))
            .collect()
    };
    let expected: Vec<(BTreeSet<String>, BTreeSet<String>)> =
        expected.into_iter().map(|(actions, resources)| (actions, kinds(&resources))).collect();

    let template = &yaml(&root().join("docs/aws/tidegate.cloudformation.yml"))[0];
    let role = &template["Resources"]["Role"]["Properties"];
    let list = |value: &Yaml| -> Vec<String> {
        match value {
            Yaml::String(one) => vec![one.clone()],
            several => several.as_vec().unwrap().iter().map(|one| one.as_str().unwrap().to_owned()).collect(),
        }
    };
    let cloud: Vec<(BTreeSet<String>, BTreeSet<String>)> = role["Policies"][0]["PolicyDocument"]["Statement"]
        .as_vec()
        .unwrap()
        .iter()
        .map(|statement| {
            let resources: Vec<String> = list(&statement["Resource"])
                .iter()
                .map(|resource| {
                    let account = "${AWS::Region}:${AWS::AccountId}:";
                    resource
                        .split_once(account)
                        .map_or(resource.as_str(), |(_, rest)| rest)
                        .replace("${Instance}", "INSTANCE")
                })
                .collect();
            (list(&statement["Action"]).into_iter().collect(), resources.into_iter().collect())
        })
        .collect();
    assert_eq!(cloud, expected);

    let terraform = fs::read_to_string(root().join("docs/aws/tidegate.tf")).unwrap();
    let document = terraform.split("data \"aws_iam_policy_document\" \"gate\"").nth(1).unwrap();
    let document = document.split("\nresource ").next().unwrap();
    let strings = |text: &str| -> BTreeSet<String> { text.split('"').skip(1).step_by(2).map(str::to_owned).collect() };
    let blocks: Vec<(BTreeSet<String>, BTreeSet<String>)> = document
        .split("statement {")
        .skip(1)
        .map(|block| {
            let part = |name: &str| block.split(name).nth(1).unwrap().split(']').next().unwrap().to_owned();
            let resources = strings(&part("resources"))
                .into_iter()
                .map(|resource| {
                    let rest = resource.strip_prefix("${local.rds}:").or(resource.strip_prefix("${local.kms}:"));
                    rest.unwrap_or(&resource).replace("${var.instance}", "INSTANCE")
                })
                .collect();
            (strings(&part("actions")), resources)
        })
        .collect();
    assert_eq!(blocks, expected);
}

/// GitHub's tokens of other repositories, branches or environments take no role.
#[test]
fn the_role_trusts_one_environment_of_one_repository() {
    let trust: serde_json::Value =
        serde_json::from_str(&fs::read_to_string(root().join("docs/aws/trust-github.json")).unwrap()).unwrap();
    let condition = &trust["Statement"][0]["Condition"];
    assert_eq!(condition.as_object().unwrap().len(), 1, "StringLike would let patterns in");
    let equals = &condition["StringEquals"];
    assert_eq!(equals["token.actions.githubusercontent.com:aud"], "sts.amazonaws.com");
    let subject = equals["token.actions.githubusercontent.com:sub"].as_str().unwrap();
    assert_eq!(subject, "repo:OWNER/REPOSITORY:environment:production");
    let template = &yaml(&root().join("docs/aws/tidegate.cloudformation.yml"))[0];
    let trust = &template["Resources"]["Role"]["Properties"]["AssumeRolePolicyDocument"]["Statement"][0]["Condition"];
    let subject = trust["StringEquals"]["token.actions.githubusercontent.com:sub"].as_str().unwrap();
    assert_eq!(subject, "repo:${Repository}:environment:${Environment}");
    let terraform = fs::read_to_string(root().join("docs/aws/tidegate.tf")).unwrap();
    assert!(terraform.contains("\"repo:${var.repository}:environment:${var.environment}\""));
    assert!(!terraform.contains("StringLike"));
}
