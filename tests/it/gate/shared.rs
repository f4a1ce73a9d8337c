//! One snapshot, shared by several databases of an instance: each gate has its own lock, journal and tag.

use jiff::{SignedDuration, Timestamp};

use super::deploy::{Deploy, PASSWORD, Running, wait_until};
use crate::aws::fake::{Instance, Snapshot};
use crate::support::cli::{Cli, wait};
use crate::support::postgres::{Database, server_on_tcp};

const MIGRATE: &str = "exec \"$0\" --no-dump-schema --migrations-dir db/migrations up";

/// Two environments, `prod` and `crm`: two databases of one instance.
struct Two {
    deploy: Deploy,
    crm: Database,
}

impl Two {
    fn new() -> Self {
        let deploy = Deploy::new();
        deploy.configure(
            "\n[environments.prod.retention.pre-migration]\nkeep_last = 1\n\n[environments.prod.prune]\nmin_keep = 1\n\n\
             [environments.crm]\ndatabase_url = \"${CRM}\"\n\n[environments.crm.backup]\ninstance = \"prod-db\"\n\n\
             [environments.crm.gate]\npoll = \"200ms\"\nlock_wait = \"0s\"\njournal = \"state\"\n\n\
             [environments.crm.retention.pre-migration]\nkeep_last = 1\n\n[environments.crm.prune]\nmin_keep = 1\n",
        );
        Self { deploy, crm: server_on_tcp().database() }
    }

    fn with_urls(&self, cli: Cli) -> Cli {
        let url = self.crm.tcp_url().replacen('@', &format!(":{PASSWORD}@"), 1);
        cli.env("CRM", format!("{url}?sslmode=disable"))
    }

    fn tidegate(&self, arguments: &[&str]) -> Cli {
        self.with_urls(self.deploy.tidegate(arguments))
    }

    fn gate(&self, arguments: &[&str], line: &str) -> Cli {
        self.with_urls(self.deploy.gate_with(arguments, line))
    }

    fn create(&self, whose: &[&str]) -> String {
        let cli = self.tidegate(&["backup", "create", "--env", "prod", "--tier", "pre-migration"]).args(whose);
        cli.run().stdout().trim().to_owned()
    }

    fn prune(&self) {
        self.tidegate(&["backup", "prune", "--env", "prod", "--all-databases", "--yes"]).run();
    }

    fn deleted(&self) -> Vec<String> {
        let calls = self.deploy.fake.calls("DeleteDBSnapshot");
        calls.iter().map(|call| call.get("DBSnapshotIdentifier").to_owned()).collect()
    }

    /// Another good one for all databases, made just now by nobody that we know.
    fn newer(&self, id: &str) {
        self.deploy.fake.with(|world| {
            let instance = world.instance("prod-db").clone();
            let snapshot = Snapshot::new(id, &instance, Timestamp::now());
            let snapshot = snapshot.tag("tidegate:id", id).tag("tidegate:tier", "pre-migration");
            world.snapshots.push(snapshot.tag("tidegate:resource", &instance.resource_id));
        });
    }

    fn nothing_ran(&self) {
        assert!(self.deploy.ran().is_empty(), "{:?}", self.deploy.ran());
        assert!(self.deploy.applied().is_empty());
    }
}

#[test]
fn one_snapshot_serves_two_databases_and_is_not_pruned_while_one_still_runs() {
    let two = Two::new();
    let deploy = &two.deploy;
    let id = two.create(&["--all-databases"]);

    // The command of the first stays in the middle of its work, for as long as this project is there.
    let held = format!("until test -e go; do test -d db || exit 1; sleep 0.05; done; {MIGRATE}");
    let mut first = Running::start(&two.gate(&["--env", "prod", "--adopt", &id], &held));
    wait_until("the first command runs", || deploy.ran().len() == 1);
    // Its lock is its own database's: the second is not held up, and a second one on the same database is.
    two.gate(&["--env", "prod", "--adopt", &id], MIGRATE).status(123).run();
    two.gate(&["--env", "crm", "--adopt", &id], MIGRATE).run();
    assert_eq!((deploy.ran().len(), two.crm.value("SELECT count(*) FROM schema_migrations").as_str()), (2, "1"));
    assert!(deploy.applied().is_empty(), "the first waits");

    let runs: Vec<String> = deploy.ran().iter().map(|line| line.split(' ').next().unwrap().to_owned()).collect();
    assert!(deploy.ran().iter().all(|line| line.ends_with(&format!(" {id}"))), "{:?}", deploy.ran());
    assert_ne!(runs[0], runs[1]);
    assert_eq!((deploy.phase(&runs[0]), deploy.phase(&runs[1])), ("running".to_owned(), "succeeded".to_owned()));

    // The policy would let it go: it keeps the newest alone.
    two.newer("newer-1");
    two.newer("newer-2");
    two.prune();
    assert_eq!(two.deleted(), ["newer-1"]);

    std::fs::write(deploy.path("go"), "").unwrap();
    let ended = wait(&mut first.0, std::time::Duration::from_secs(90)).expect("the first gate ends");
    assert_eq!((ended.code(), deploy.applied().len(), deploy.ran().len()), (Some(0), 1, 2));
    assert_eq!(deploy.phase(&runs[0]), "succeeded");
    assert_eq!(deploy.asked_for(), [id.as_str()]);
    let journals = std::fs::read_dir(deploy.path("state")).unwrap();
    let journals = journals.filter(|entry| entry.as_ref().unwrap().path().is_file()).count();
    assert!(journals >= 2, "each database has its own journal: {journals}");

    // Nobody counts on it any more.
    two.prune();
    assert_eq!(two.deleted(), ["newer-1".to_owned(), id]);
}

#[test]
fn a_snapshot_for_another_database_is_refused() {
    let two = Two::new();
    let id = two.create(&["--database", "shop"]);
    for arguments in [vec!["--env", "crm", "--adopt", &id], vec!["--env", "crm", "--adopt"]] {
        let run = two.gate(&arguments, MIGRATE).status(121).run();
        let hint = if arguments.len() == 4 { "--all-databases" } else { "no backup of tidegate's for test_" };
        assert!(run.stderr.contains(hint), "{}", run.stderr);
    }
    two.nothing_ran();
    assert_eq!(two.deploy.fake.count("AddTagsToResource"), 0);
}

#[test]
fn a_snapshot_of_another_instance_or_too_old_is_refused() {
    let two = Two::new();
    let other = Instance::new("other-db");
    two.deploy.fake.with(|world| {
        world.snapshots.push(Snapshot::new("others", &other, Timestamp::now()).tag("tidegate:id", "others"));
        // Of a server that had this one's name before.
        let before = Instance { resource_id: "db-BEFORE".to_owned(), ..world.instance("prod-db").clone() };
        world.snapshots.push(Snapshot::new("before", &before, Timestamp::now()).tag("tidegate:id", "before"));
        world.instances.push(other);
    });
    two.newer("old");
    two.deploy.fake.with(|world| {
        let snapshot = world.snapshot("old");
        let made = Timestamp::now() - SignedDuration::from_hours(7);
        (snapshot.created, snapshot.original_created, snapshot.database_time) = (made, made, Some(made));
    });
    for (id, why) in [("others", "has no backup others"), ("before", "db-BEFORE"), ("old", "6h is the most")] {
        two.gate(&["--env", "crm", "--adopt", id], MIGRATE).status(121).stderr_has(why).run();
    }
    two.gate(&["--env", "crm", "--adopt"], MIGRATE).status(121).run();
    two.nothing_ran();
    assert!(two.deploy.fake.orders().is_empty(), "{:?}", two.deploy.fake.orders());
}
