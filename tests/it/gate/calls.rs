//! What every verb asks of AWS, by the fake's log: nothing that the documentation does not tell, nothing that the IAM
//! policy does not allow, and the policy allows nothing that is never asked for.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::deploy::Deploy;
use crate::aws::fake::{Call, Cluster, Fake, Instance, Proxy, REGION, Snapshot};
use crate::support::cli::Cli;
use crate::support::postgres::server_on_tcp;
use crate::support::repository_file;

const KEY: &str = "arn:aws:kms:eu-west-1:123456789012:key/one";
const ELSEWHERE: &str = "eu-central-1";

/// Runs of every verb, for an instance or a cluster that is called `prod-db`.
struct Ways {
    deploy: Deploy,
    cluster: bool,
    /// By verb.
    calls: BTreeMap<String, Vec<Call>>,
}

impl Ways {
    fn new(cluster: bool, more: &str) -> Self {
        let (fake, database) = (Fake::start(), server_on_tcp().database());
        let port = database.server().port();
        fake.with(|world| {
            world.keys.insert(KEY.to_owned(), "Enabled".to_owned());
            if cluster {
                let cluster =
                    Cluster { kms_key: Some(KEY.to_owned()), ..Cluster::new("prod-db").at("127.0.0.1", port) };
                cluster.into_world(world, 2);
            } else {
                let instance = Instance::new("prod-db").at("127.0.0.1", port);
                world.instances.push(Instance { kms_key: Some(KEY.to_owned()), ..instance });
            }
        });
        let deploy = Deploy::with(fake, database);
        deploy.configure(&format!(
            "\n{more}\n[environments.prod.retention.pre-migration]\nkeep_last = 1\n\n[environments.prod.prune]\nmin_keep = 1\n"
        ));
        Self { deploy, cluster, calls: BTreeMap::new() }
    }

    /// A good one that was made for this database so many days ago; `ours` or by hand.
    fn old(&self, id: &str, days: i64, ours: bool) {
        let name = self.deploy.database.name.clone();
        self.deploy.fake.with(|world| {
            let made = Timestamp::now() - SignedDuration::from_hours(24 * days);
            let snapshot = match self.cluster {
                true => Snapshot::of_cluster(id, world.cluster("prod-db"), made),
                false => Snapshot::new(id, world.instance("prod-db"), made),
            };
            let of = snapshot.resource_id.clone();
            let tagged = |snapshot: Snapshot| {
                let snapshot = snapshot.tag("tidegate:id", id).tag("tidegate:resource", &of);
                snapshot.tag("tidegate:database", &name).tag("tidegate:tier", "pre-migration")
            };
            world.snapshots.push(if ours { tagged(snapshot) } else { snapshot });
        });
    }

    fn run(&mut self, verb: &str, cli: Cli) {
        let before = self.deploy.fake.log().len();
        cli.run();
        let log = self.deploy.fake.log();
        self.calls.entry(verb.to_owned()).or_default().extend_from_slice(&log[before..]);
    }

    fn tidegate(&mut self, verb: &str, arguments: &[&str]) {
        let words: Vec<&str> = verb.split(' ').chain(arguments.iter().copied()).collect();
        let cli = self.deploy.tidegate(&words).any_status();
        self.run(verb, cli);
    }

    fn gate(&mut self, arguments: &[&str], line: &str, status: i32) {
        let cli = self.deploy.gate_with(arguments, line).status(status);
        self.run("gate", cli);
    }

    /// Everything, so that each call that a verb can make is made.
    fn everything(&mut self) {
        for day in 10..14 {
            self.old(&format!("tidegate-old-{day}"), day, true);
        }
        self.tidegate("backup prune", &["--yes"]);
        self.tidegate("backup create", &["--tier", "release"]);
        self.tidegate("backup list", &[]);
        self.tidegate("backup pin", &["tidegate-old-10"]);
        self.tidegate("backup pin", &["tidegate-old-10", "--remove"]);
        self.old("by-hand", 30, false);
        self.tidegate("backup adopt", &["by-*", "--tier", "release", "--yes"]);
        self.tidegate("doctor", &[]);
        // Those go when the gate has its own.
        self.old("tidegate-old-20", 20, true);
        let migrate = "exec \"$0\" --no-dump-schema --migrations-dir db/migrations up";
        self.gate(&["--receipt", "receipt.json"], migrate, 0);
        assert_eq!(self.deploy.applied().len(), 1);
        self.deploy.migration("20260101000002_more", "CREATE TABLE more (id bigint);");
        self.gate(&["--adopt"], "exit 0", 124);
        self.tidegate("gate status", &[]);
        self.tidegate("gate reconcile", &["--as", "failed"]);
        self.tidegate("gate verify", &["receipt.json"]);
    }

    fn all(&self) -> impl Iterator<Item = (&str, &Call)> {
        self.calls.iter().flat_map(|(verb, calls)| calls.iter().map(move |call| (verb.as_str(), call)))
    }
}

fn actions(calls: &[Call]) -> BTreeSet<String> {
    calls.iter().map(|call| call.action.clone()).collect()
}

/// The table in the guide: each verb with the calls of an instance.
fn documented() -> BTreeMap<String, BTreeSet<String>> {
    let guide = std::fs::read_to_string(repository_file("docs/guide/aws.md")).unwrap();
    let section = guide.split("## What each verb calls").nth(1).expect("the section is there");
    let section = section.split("\n## ").next().unwrap();
    let rows = section.lines().filter(|line| line.starts_with("| `"));
    rows.map(|row| {
        let words: Vec<&str> = row.split('`').skip(1).step_by(2).collect();
        (words[0].to_owned(), words[1..].iter().map(|word| (*word).to_owned()).collect())
    })
    .collect()
}

/// As the guide says it: the snapshots' calls have other names, and the cluster itself is asked for.
fn of_cluster(actions: BTreeSet<String>) -> BTreeSet<String> {
    let mut actions: BTreeSet<String> =
        actions.into_iter().map(|action| action.replace("DBSnapshot", "DBClusterSnapshot")).collect();
    if actions.contains("DescribeDBInstances") {
        actions.insert("DescribeDBClusters".to_owned());
    }
    actions
}

/// Statements of a policy: actions and patterns of resources.
fn policy(name: &str) -> Vec<(Vec<String>, Vec<String>)> {
    let text = std::fs::read_to_string(repository_file("docs/aws").join(name)).unwrap();
    let policy: Value = serde_json::from_str(&text).unwrap();
    let list = |value: &Value| match value {
        Value::Array(values) => values.iter().map(|value| value.as_str().unwrap().to_owned()).collect(),
        value => vec![value.as_str().unwrap().to_owned()],
    };
    let statements = policy["Statement"].as_array().unwrap();
    statements.iter().map(|statement| (list(&statement["Action"]), list(&statement["Resource"]))).collect()
}

/// What AWS looks for in the policies when this call comes: each action with its resource.
fn needed(call: &Call) -> Vec<(String, String)> {
    let arn = |kind: &str, name: &str| match name.starts_with("arn:") {
        true => name.to_owned(),
        false => format!("arn:aws:rds:{}:123456789012:{kind}:{name}", call.region),
    };
    let of = |resource: String| (format!("rds:{}", call.action), resource);
    let tags = |resource: String| ("rds:AddTagsToResource".to_owned(), resource);
    match call.action.as_str() {
        "CreateDBSnapshot" => {
            let snapshot = arn("snapshot", call.get("DBSnapshotIdentifier"));
            vec![of(arn("db", call.get("DBInstanceIdentifier"))), of(snapshot.clone()), tags(snapshot)]
        }
        "CreateDBClusterSnapshot" => {
            let snapshot = arn("cluster-snapshot", call.get("DBClusterSnapshotIdentifier"));
            vec![of(arn("cluster", call.get("DBClusterIdentifier"))), of(snapshot.clone()), tags(snapshot)]
        }
        "CopyDBSnapshot" => {
            let target = arn("snapshot", call.get("TargetDBSnapshotIdentifier"));
            vec![of(arn("", call.get("SourceDBSnapshotIdentifier"))), of(target.clone()), tags(target)]
        }
        "CopyDBClusterSnapshot" => {
            let target = arn("cluster-snapshot", call.get("TargetDBClusterSnapshotIdentifier"));
            vec![of(arn("", call.get("SourceDBClusterSnapshotIdentifier"))), of(target.clone()), tags(target)]
        }
        "DeleteDBSnapshot" => vec![of(arn("snapshot", call.get("DBSnapshotIdentifier")))],
        "DeleteDBClusterSnapshot" => vec![of(arn("cluster-snapshot", call.get("DBClusterSnapshotIdentifier")))],
        "AddTagsToResource" | "RemoveTagsFromResource" => vec![of(call.get("ResourceName").to_owned())],
        "DescribeKey" => vec![("kms:DescribeKey".to_owned(), call.get("KeyId").to_owned())],
        // Everybody may ask who they are.
        "GetCallerIdentity" => Vec::new(),
        action => {
            assert!(action.starts_with("Describe"), "{call:?}");
            vec![of("*".to_owned())]
        }
    }
}

fn allowed(policy: &[(Vec<String>, Vec<String>)], action: &str, resource: &str) -> bool {
    let meets = |pattern: &str| match pattern.strip_suffix('*') {
        Some(beginning) => resource.starts_with(beginning),
        None => pattern == resource,
    };
    policy.iter().any(|(actions, resources)| {
        actions.iter().any(|one| one == action) && resources.iter().any(|pattern| meets(pattern))
    })
}

#[test]
fn every_verb_calls_what_the_guide_says_and_the_policy_allows_and_nothing_else() {
    let documented = documented();
    let policy = policy("policy.json");
    let mut used: BTreeSet<String> = BTreeSet::new();
    for cluster in [false, true] {
        let mut ways = Ways::new(cluster, "");
        ways.everything();
        for (verb, calls) in &ways.calls {
            let told = documented.get(verb).unwrap_or_else(|| panic!("the guide has no row for {verb}")).clone();
            let told = if cluster { of_cluster(told) } else { told };
            assert_eq!(actions(calls), told, "{verb}, of a cluster: {cluster}");
        }
        assert_eq!(documented.keys().collect::<Vec<_>>(), ways.calls.keys().collect::<Vec<_>>());
        for (verb, call) in ways.all() {
            for (action, resource) in needed(call) {
                // Whoever adopts what was made by hand needs its name in the policy as well; the guide says so.
                if verb != "backup adopt" || !resource.ends_with(":by-hand") {
                    assert!(allowed(&policy, &action, &resource), "{verb}: {action} on {resource}");
                }
                used.insert(action);
            }
        }
    }
    used.extend(indirect(&policy));
    let granted: BTreeSet<String> = policy.into_iter().flat_map(|(actions, _)| actions).collect();
    assert_eq!(granted, used);
}

/// Hosts that are not an instance's own cost a question more. Nothing is behind them here, so they are only listed.
fn indirect(policy: &[(Vec<String>, Vec<String>)]) -> BTreeSet<String> {
    let fake = Fake::with_cluster("shop");
    fake.with(|world| {
        world
            .cluster("shop")
            .custom
            .push(("reports".to_owned(), format!("reports.cluster-custom-c0ffee.{REGION}.rds.amazonaws.com")));
        world.proxies.push(Proxy {
            name: "pool".to_owned(),
            address: format!("pool.proxy-c0ffee.{REGION}.rds.amazonaws.com"),
            cluster: Some("shop".to_owned()),
            instance: None,
        });
    });
    for host in ["reports.cluster-custom-c0ffee", "pool.proxy-c0ffee"] {
        let url = format!("postgres://app@{host}.{REGION}.rds.amazonaws.com/shop");
        let cli = Cli::new().file("tidegate.toml", "[environments.prod]\ndatabase_url = \"${URL}\"\n").env("URL", url);
        let cli = fake.env().into_iter().fold(cli, |cli, (name, value)| cli.env(name, value));
        cli.args(["backup", "list"]).run();
    }
    let needed: BTreeSet<(String, String)> = fake.log().iter().flat_map(needed).collect();
    for (action, resource) in &needed {
        assert!(allowed(policy, action, resource), "{action} on {resource}");
    }
    needed.into_iter().map(|(action, _)| action).collect()
}

#[test]
fn copies_need_what_their_policy_says() {
    let (own, copies) = (policy("policy.json"), policy("policy-copy.json"));
    let mut there: BTreeSet<String> = BTreeSet::new();
    for cluster in [false, true] {
        let more = format!(
            "[environments.prod.backup]\ncopy_to = [\"{ELSEWHERE}\"]\ncopy_kms_key = {{ {ELSEWHERE} = \"alias/backups\" }}\n"
        );
        let mut ways = Ways::new(cluster, "");
        let config = std::fs::read_to_string(ways.deploy.path("tidegate.toml")).unwrap();
        let more = more.replace("[environments.prod.backup]\n", "instance = \"prod-db\"\n");
        std::fs::write(ways.deploy.path("tidegate.toml"), config.replace("instance = \"prod-db\"\n", &more)).unwrap();
        for _ in 0..2 {
            ways.tidegate("backup create", &["--tier", "pre-migration"]);
        }
        let newest = ways.deploy.fake.with(|world| world.snapshots.last().unwrap().id.clone());
        ways.tidegate("backup pin", &[&newest]);
        ways.tidegate("backup pin", &[&newest, "--remove"]);
        ways.tidegate("backup prune", &["--yes"]);
        for (verb, call) in ways.all() {
            for (action, resource) in needed(call) {
                let by_copies = allowed(&copies, &action, &resource);
                assert!(by_copies || allowed(&own, &action, &resource), "{verb}: {action} on {resource}");
                if call.region == ELSEWHERE && by_copies {
                    there.insert(action);
                }
            }
        }
    }
    // The key is RDS's affair, which uses it in our name.
    let granted: BTreeSet<String> =
        copies.into_iter().flat_map(|(actions, _)| actions).filter(|action| !action.starts_with("kms:")).collect();
    assert_eq!(granted, there);
}
