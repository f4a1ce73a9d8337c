//! `tidegate doctor` with a real PostgreSQL and a scripted AWS. That it changes nothing is judged by the fake's log, the
//! server's log and the disk.

use std::io::copy;
use std::net::{Shutdown, TcpListener, TcpStream};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;

use jiff::{SignedDuration, Timestamp};
use tidegate::doctor::{Check, Report, Status};
use tidegate::gate::journal::FileJournal;

use crate::aws::fake::{Cluster, Fake, Fault, Instance, SECRET_KEY, Snapshot};
use crate::aws::moto::Moto;
use crate::support::cli::{Cli, Run};
use crate::support::postgres::{self, Database};

/// A port of this machine that leads to the server's socket: an instance's endpoint.
fn port(database: &Database) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let socket: PathBuf = database.server().socket().join(".s.PGSQL.5432");
    std::thread::spawn(move || {
        for outside in listener.incoming().map_while(Result::ok) {
            let inside = UnixStream::connect(&socket).unwrap();
            let (mut from, mut to) = (outside.try_clone().unwrap(), inside.try_clone().unwrap());
            std::thread::spawn(move || {
                let _ = copy(&mut from, &mut to);
                let _ = to.shutdown(Shutdown::Write);
            });
            let (mut from, mut to): (UnixStream, TcpStream) = (inside, outside);
            std::thread::spawn(move || {
                let _ = copy(&mut from, &mut to);
                let _ = to.shutdown(Shutdown::Both);
            });
        }
    });
    port
}

const CONFIG: &str = r#"
[migrations]
dir = "migrations"

[environments.prod]
database_url = "${PROD_DATABASE_URL}"

[environments.prod.backup]
instance = "prod-db"
region = "eu-west-1"

[environments.prod.retention.pre-migration]
keep_last = 3

[notify]
webhook = "${SLACK_WEBHOOK}"
"#;

fn project(config: &str) -> Cli {
    Cli::new()
        .file("tidegate.toml", config)
        .file("migrations/1_orders.sql", "CREATE TABLE orders (id bigint PRIMARY KEY);")
}

/// An instance that is this very database, and a project that names it.
struct Shop {
    database: Database,
    fake: Fake,
    port: u16,
}

impl Shop {
    fn new() -> Self {
        let database = postgres::server().database();
        let port = port(&database);
        let fake = Fake::start();
        let now = Timestamp::now();
        let instance = Instance { restorable: Some(now - SignedDuration::from_mins(4)), ..Instance::new("prod-db") };
        // Not within its own backup window, whenever this runs.
        let hour = (now.to_string()[11..13].parse::<u32>().unwrap() + 12) % 24;
        let instance = Instance { window: format!("{hour:02}:00-{hour:02}:30"), ..instance };
        fake.with(|world| world.instances.push(instance.at("127.0.0.1", port)));
        Self { database, fake, port }
    }

    fn url(&self) -> String {
        format!("postgres://{}:PasswordThatNobodyMaySee@127.0.0.1:{}/{}", postgres::USER, self.port, self.database.name)
    }

    fn cli(&self) -> Cli {
        let mut cli = project(CONFIG).env("PROD_DATABASE_URL", self.url());
        cli = cli.env("SLACK_WEBHOOK", "https://hooks.example/services/WebhookThatNobodyMaySee");
        for (name, value) in self.fake.env() {
            cli = cli.env(name, value);
        }
        for secret in ["PasswordThatNobodyMaySee", SECRET_KEY, "WebhookThatNobodyMaySee"] {
            cli = cli.nowhere_says(secret);
        }
        cli.args(["doctor", "--env", "prod"])
    }

    fn report(&self, status: i32) -> Report {
        report(self.cli().arg("--json").status(status).run())
    }
}

fn report(run: Run) -> Report {
    serde_json::from_slice(&run.stdout).unwrap_or_else(|error| panic!("{error}: {}{}", run.stdout(), run.stderr))
}

#[track_caller]
fn find<'a>(report: &'a Report, name: &str) -> &'a Check {
    let found = report.checks.iter().find(|check| check.name == name);
    found.unwrap_or_else(|| panic!("no check {name} in {report:#?}"))
}

#[track_caller]
fn is(report: &Report, name: &str, status: Status, seen: &str) {
    let check = find(report, name);
    assert!(check.status == status && check.seen.contains(seen), "{check:#?}");
    let needs_help = matches!(status, Status::Failed | Status::Warning);
    assert!(!needs_help || !check.mend.is_empty(), "no way to mend it: {check:#?}");
}

#[test]
fn a_good_environment_passes_and_nothing_is_changed() {
    let shop = Shop::new();
    shop.database.log_statements();
    let before = shop.fake.with(|world| world.snapshots.len());
    let run = shop.cli().arg("--json").status(0).run();
    let home = run.home.path().join("home");
    assert!(!home.join(".local").exists(), "the journal's folder was made");
    let report = report(run);
    assert_eq!((report.tidegate, report.environment.as_deref()), (1, Some("prod")));
    for check in &report.checks {
        let expected = [Status::Ok, Status::Warning, Status::Untested].contains(&check.status);
        assert!(expected, "{check:#?}");
    }
    is(&report, "database-reachable", Status::Ok, &shop.database.name);
    is(&report, "preflight", Status::Ok, "");
    is(&report, "history", Status::Ok, "1 pending");
    is(&report, "identity", Status::Ok, "proved by its endpoint");
    is(&report, "aws-identity", Status::Ok, "123456789012");
    is(&report, "resource", Status::Ok, "prod-db");
    is(&report, "restorable-time", Status::Ok, "4 min ago");
    is(&report, "quota", Status::Ok, "0 of 100");
    is(&report, "permission rds:DeleteDBSnapshot", Status::Ok, "not there");
    is(&report, "permission rds:AddTagsToResource", Status::Ok, "not there");
    is(&report, "permission rds:CreateDBSnapshot", Status::Untested, "makes a snapshot");
    is(&report, "open-runs", Status::Ok, "none");
    is(&report, "clock", Status::Ok, "agrees");

    // What was ordered was ordered of a snapshot that is not there.
    assert_eq!(shop.fake.with(|world| world.snapshots.len()), before);
    assert_eq!(shop.fake.count("CreateDBSnapshot") + shop.fake.count("CopyDBSnapshot"), 0);
    let orders = shop.fake.orders();
    assert!(!orders.is_empty());
    for order in orders {
        assert!(format!("{:?}", order.parameters).contains("tidegate-doctor-"), "{order:?}");
        assert_eq!(order.answer, "404 DBSnapshotNotFound", "{order:?}");
    }
    let harmless = ["", "SELECT", "SET", "RESET", "BEGIN", "START", "COMMIT", "ROLLBACK", "SHOW"];
    for statement in shop.database.logged_statements() {
        // `execute s0: SELECT`, and an empty one has nothing behind its label.
        let bare = if statement.starts_with("execute ") { statement.split_once(": ").unwrap().1 } else { &statement };
        let first = bare.trim_start_matches("statement:").split_whitespace().next().unwrap_or_default().to_uppercase();
        assert!(harmless.contains(&first.as_str()), "{statement}");
    }
}

#[test]
fn text_has_a_line_for_each_check() {
    let shop = Shop::new();
    let text = shop.cli().run().stdout();
    assert!(text.lines().any(|line| line.starts_with("ok ") && line.contains("identity ")), "{text}");
    assert!(text.lines().any(|line| line.starts_with("untested ") && line.contains("rds:CreateDBSnapshot")), "{text}");
    assert!(text.lines().last().unwrap().starts_with("prod: "), "{text}");
}

#[test]
fn a_permission_that_is_missing_is_named_with_its_line() {
    let shop = Shop::new();
    shop.fake.fault(Fault::on("DeleteDBSnapshot").deny());
    let report = shop.report(1);
    is(&report, "permission rds:DeleteDBSnapshot", Status::Failed, "not authorized");
    let mend = find(&report, "permission rds:DeleteDBSnapshot").mend.join("\n");
    assert!(mend.contains(r#""Action":"rds:DeleteDBSnapshot""#), "{mend}");
    is(&report, "permission rds:AddTagsToResource", Status::Ok, "");
}

#[test]
fn what_could_not_be_told_is_no_yes() {
    let shop = Shop::new();
    shop.fake.fault(Fault::on("DeleteDBSnapshot").throttle());
    shop.fake.fault(Fault::on("DescribeAccountAttributes").throttle());
    let report = shop.report(3);
    is(&report, "permission rds:DeleteDBSnapshot", Status::CouldNotTell, "Throttling");
    is(&report, "permission rds:DescribeAccountAttributes", Status::CouldNotTell, "Throttling");
}

#[test]
fn a_name_that_is_not_there_brings_the_nearest_ones() {
    let shop = Shop::new();
    shop.fake.with(|world| world.instances[0].name = "prod-db-1".to_owned());
    let report = shop.report(1);
    is(&report, "resource", Status::Failed, "prod-db");
    assert!(find(&report, "resource").mend.join("\n").contains("prod-db-1"), "{report:#?}");
}

#[test]
fn another_instance_is_not_taken_for_this_one() {
    let shop = Shop::new();
    shop.fake.with(|world| {
        world.instances[0] = world.instances[0].clone().at("prod-db.c0ffee.eu-west-1.rds.amazonaws.com", 5432);
    });
    let report = shop.report(1);
    is(&report, "identity", Status::Failed, "");
    // The one setting that lets it pass is loud.
    let config = CONFIG.replace("instance = ", "identity = \"unproven\"\ninstance = ");
    let report = self::report(shop.cli().file("tidegate.toml", config).arg("--json").any_status().run());
    is(&report, "identity-setting", Status::Warning, "unproven");
}

/// What the gate's own preflight refuses, and what it could not read.
#[test]
fn what_a_gate_would_refuse_beforehand_is_told() {
    let shop = Shop::new();
    let report = report(shop.cli().env("PGDATABASE", "another").arg("--json").status(1).run());
    is(&report, "preflight", Status::Failed, "PGDATABASE names another database");
    is(&report, "database-reachable", Status::Ok, &shop.database.name);

    let shop = Shop::new();
    shop.database.execute(
        "CREATE TABLE schema_migrations (version bigint PRIMARY KEY, dirty boolean NOT NULL); \
         INSERT INTO schema_migrations VALUES (1, true)",
    );
    let config = CONFIG.replace("dir = \"migrations\"", "dir = \"migrations\"\nframework = \"golang-migrate\"");
    let dirty = shop
        .cli()
        .file("tidegate.toml", &config)
        .file("migrations/1_orders.up.sql", "CREATE TABLE orders (id bigint PRIMARY KEY);");
    let report = self::report(dirty.arg("--json").status(1).run());
    is(&report, "history", Status::Failed, "dirty");
    let nowhere = CONFIG.replace("dir = \"migrations\"", "dir = \"nowhere\"");
    let report = self::report(shop.cli().file("tidegate.toml", &nowhere).arg("--json").status(1).run());
    is(&report, "history", Status::Failed, "nowhere");
}

/// What stops every gate is seen, as the gate sees it: a tag that only a copy still has, and a journal that is corrupt.
#[test]
fn what_the_gate_would_stop_at_is_seen() {
    let shop = Shop::new();
    shop.fake.with(|world| {
        let instance = world.instances[0].clone();
        let mut copy = Snapshot::new("copied-by-hand", &instance, Timestamp::now() - SignedDuration::from_hours(48));
        copy.tags.insert("tidegate:id".to_owned(), "tidegate-prod-db-0f3a9c51d2e47b86".to_owned());
        let name = &shop.database.name;
        let value = format!("running db={name} env=prod pending=- argv=- commit=- at=2026-01-02T03:04:05Z");
        copy.tags.insert("tidegate:use/0f3a9c51d2e47b86".to_owned(), value);
        world.snapshots.push(copy);
    });
    is(&shop.report(1), "open-runs", Status::Failed, "0f3a9c51d2e47b86 (running)");
    shop.fake.with(|world| world.snapshots.clear());
    let config = format!("{CONFIG}\n[environments.prod.gate]\njournal = \"state\"\n");
    let cli = shop.cli().file("tidegate.toml", &config);
    let place = format!("{} at 127.0.0.1:{}", shop.database.name, shop.port);
    let journal = FileJournal::new(&cli.dir().join("state"), "prod", &place).path().to_owned();
    std::fs::create_dir_all(journal.parent().unwrap()).unwrap();
    std::fs::write(&journal, "no journal at all\nand no line of one\n").unwrap();
    let report = self::report(cli.arg("--json").status(1).run());
    is(&report, "open-runs", Status::Failed, "journal");
}

#[test]
fn quota_runs_and_janitors_are_seen() {
    let shop = Shop::new();
    shop.fake.with(|world| {
        world.limit = 3;
        let instance = world.instances[0].clone();
        let made = Timestamp::now() - SignedDuration::from_hours(48);
        let run = "0f3a9c51d2e47b86";
        let mut ours = Snapshot::new(&format!("tidegate-prod-db-{run}"), &instance, made);
        ours.tags.insert("tidegate:id".to_owned(), ours.id.clone());
        let value =
            format!("running db={} env=prod pending=- argv=- commit=- at=2026-01-02T03:04:05Z", shop.database.name);
        ours.tags.insert(format!("tidegate:use/{run}"), value);
        let mut nightly = Snapshot::new("nightly-1", &instance, made);
        nightly.tags.insert("DeleteOn".to_owned(), "2027-01-01".to_owned());
        let other = Snapshot::new("by-hand", &instance, made);
        world.snapshots.extend([ours, nightly, other]);
    });
    let report = shop.report(1);
    is(&report, "quota", Status::Failed, "3 of 3");
    is(&report, "open-runs", Status::Failed, "0f3a9c51d2e47b86 (running)");
    assert!(find(&report, "open-runs").mend[0].contains("tidegate gate reconcile --env prod"), "{report:#?}");
    is(&report, "other-janitors", Status::Warning, "deletes by date");
}

#[test]
fn an_instance_that_cannot_be_backed_up_is_told() {
    let shop = Shop::new();
    shop.fake.with(|world| {
        let instance = world.instance("prod-db");
        instance.status = "storage-full".to_owned();
        instance.multi_az = false;
        instance.retention_days = 0;
        instance.kms_key = Some("arn:aws:kms:eu-west-1:123456789012:key/one".to_owned());
        world.keys.insert("arn:aws:kms:eu-west-1:123456789012:key/one".to_owned(), "PendingDeletion".to_owned());
    });
    let report = shop.report(1);
    is(&report, "resource-status", Status::Failed, "storage-full");
    is(&report, "stall", Status::Warning, "Single-AZ");
    is(&report, "automated-backups", Status::Warning, "off");
    is(&report, "kms-key", Status::Failed, "PendingDeletion");
}

#[test]
fn a_certificate_near_its_end_and_what_is_about_to_change_are_told() {
    let shop = Shop::new();
    let certificate = |days: i64, status, seen| {
        let till = Timestamp::now() + SignedDuration::from_hours(24 * days);
        shop.fake.with(|world| {
            let instance = world.instance("prod-db");
            instance.certificate_till = Some(till);
            instance.ca = "rds-ca-2019".to_owned();
        });
        let report = shop.report(i32::from(status == Status::Failed));
        is(&report, "server-certificate", status, seen);
        is(&report, "server-certificate", status, "rds-ca-2019");
        report
    };
    certificate(40, Status::Ok, "valid until");
    let soon = certificate(20, Status::Warning, "from now");
    let mend = find(&soon, "server-certificate").mend.join("\n");
    assert!(mend.contains("modify-db-instance --db-instance-identifier prod-db"), "{mend}");
    is(&soon, "pending-modifications", Status::Ok, "prod-db: none");
    certificate(-1, Status::Failed, "it has ended");

    shop.fake.with(|world| {
        let instance = world.instance("prod-db");
        instance.certificate_till = None;
        "pending-reboot".clone_into(&mut instance.parameters);
        let values = [("CACertificateIdentifier", "rds-ca-rsa4096-g1"), ("EngineVersion", "17.5")];
        instance.pending = values.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
        instance.pending.insert("MasterUserPassword".to_owned(), "MasterThatNobodyMaySee".to_owned());
    });
    let run = shop.cli().nowhere_says("MasterThatNobodyMaySee").arg("--json").run();
    let report = report(run);
    is(&report, "server-certificate", Status::Untested, "does not say");
    is(&report, "pending-modifications", Status::Warning, "master password, engine version, certificate, parameters");
    // Asked of AWS, and not remembered.
    assert!(shop.fake.count("DescribeDBInstances") >= 4);
}

#[test]
fn a_cluster_and_each_of_its_instances_are_looked_at() {
    let shop = Shop::new();
    shop.fake.with(|world| {
        world.instances.clear();
        let cluster = Cluster::new("prod-db").at("127.0.0.1", shop.port);
        cluster.into_world(world, 2);
        world.cluster("prod-db").pending.insert("EngineVersion".to_owned(), "16.6".to_owned());
        world.instance("prod-db-2").certificate_till = Some(Timestamp::now() + SignedDuration::from_hours(48));
    });
    let report = report(shop.cli().arg("--json").any_status().run());
    let seen = |name: &str| -> Vec<(Status, String)> {
        let checks = report.checks.iter().filter(|check| check.name == name);
        checks.map(|check| (check.status, check.seen.split(':').next().unwrap().to_owned())).collect()
    };
    let named = |status, name: &str| (status, name.to_owned());
    assert_eq!(
        seen("pending-modifications"),
        [named(Status::Warning, "prod-db"), named(Status::Ok, "prod-db-1"), named(Status::Ok, "prod-db-2")]
    );
    assert_eq!(seen("server-certificate"), [named(Status::Ok, "prod-db-1"), named(Status::Warning, "prod-db-2")]);
}

#[test]
fn a_database_that_is_not_reached_does_not_hide_the_rest() {
    let shop = Shop::new();
    // Nothing listens on port 1.
    let url = shop.url().replace(&format!(":{}/", shop.port), ":1/");
    let report = report(shop.cli().env("PROD_DATABASE_URL", url).arg("--json").status(3).run());
    is(&report, "database-reachable", Status::CouldNotTell, "127.0.0.1:1");
    is(&report, "resource", Status::Ok, "prod-db");
    is(&report, "permission rds:DescribeDBSnapshots", Status::Ok, "");

    let missing =
        Cli::new().file("tidegate.toml", CONFIG).env("SLACK_WEBHOOK", "").args(["doctor", "--env", "prod", "--json"]);
    let missing = shop.fake.env().into_iter().fold(missing, |cli, (name, value)| cli.env(name, value));
    let report = self::report(missing.status(1).run());
    is(&report, "database-url", Status::Failed, "PROD_DATABASE_URL");
    is(&report, "resource", Status::Ok, "prod-db");
}

#[test]
fn aws_that_is_not_reached_does_not_hide_the_database() {
    let shop = Shop::new();
    let report = report(shop.cli().env("AWS_ENDPOINT_URL", "http://127.0.0.1:1").arg("--json").status(3).run());
    is(&report, "aws-identity", Status::CouldNotTell, "");
    is(&report, "database-reachable", Status::Ok, "");
    shop.fake.fault(Fault::on("*").expire());
    shop.fake.fault(Fault::on("GetCallerIdentity").expire());
    let report = shop.report(1);
    is(&report, "aws-identity", Status::Failed, "ExpiredToken");
}

#[test]
fn a_configuration_that_cannot_be_read_is_a_check_that_failed() {
    let report = report(
        Cli::new().file("tidegate.toml", "[environments.prod]\nurl = 1").args(["doctor", "--json"]).status(1).run(),
    );
    assert_eq!((report.environment.clone(), report.checks.len()), (None, 1));
    assert_eq!(find(&report, "configuration").status, Status::Failed);
    let report = self::report(
        Cli::new().file("tidegate.toml", CONFIG).args(["doctor", "--env", "staging", "--json"]).status(1).run(),
    );
    is(&report, "environment", Status::Failed, "staging");
}

/// moto and the AWS CLI in place of the fake: what doctor finds there, and what it leaves.
#[test]
fn moto_has_nothing_new_after_a_visit() {
    let region = Moto::region();
    region.instance("prod-db");
    region.cluster("shop");
    for name in ["prod-db", "shop"] {
        let config = CONFIG.replace("eu-west-1", &region.name).replace("prod-db", name);
        let cli =
            project(&config).env("SLACK_WEBHOOK", "").env("PROD_DATABASE_URL", postgres::server().url("postgres"));
        let cli = region.env().into_iter().fold(cli, |cli, (name, value)| cli.env(name, value));
        let report = report(cli.args(["doctor", "--env", "prod", "--json"]).any_status().run());
        is(&report, "resource", Status::Ok, name);
        // moto does not know its account's quotas.
        let permissions = report.checks.iter().filter(|check| check.name.starts_with("permission "));
        for check in permissions.filter(|check| !check.name.ends_with("DescribeAccountAttributes")) {
            assert!([Status::Ok, Status::Untested].contains(&check.status), "{check:#?}");
        }
    }
    let instances = region.aws(&["rds", "describe-db-snapshots", "--snapshot-type", "manual"]);
    assert_eq!(instances["DBSnapshots"].as_array().unwrap().len(), 0, "{instances}");
    let clusters = region.aws(&["rds", "describe-db-cluster-snapshots", "--snapshot-type", "manual"]);
    assert_eq!(clusters["DBClusterSnapshots"].as_array().unwrap().len(), 0, "{clusters}");
}
