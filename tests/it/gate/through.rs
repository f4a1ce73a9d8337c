//! A run that ends well, and what it leaves behind.

use super::deploy::{Deploy, PASSWORD};

#[test]
fn a_migration_runs_once_its_snapshot_is_confirmed() {
    let deploy = Deploy::new();
    let run = deploy.gate(&[]).nowhere_says(PASSWORD.to_owned() + "-never").run();
    assert_eq!(deploy.applied(), ["20260101000001"]);
    let ran = deploy.ran();
    assert_eq!(ran.len(), 1, "{ran:?}");
    let (run_id, backup) = ran[0].split_once(' ').unwrap();
    assert_eq!(deploy.asked_for(), [backup]);

    // The witness: after the order, the last question before the command was for this very snapshot, and the answer
    // was that it is there; it had said `creating` before.
    let log = deploy.fake.log();
    let order = log.iter().position(|call| call.action == "CreateDBSnapshot").unwrap();
    let looks: Vec<usize> = log
        .iter()
        .enumerate()
        .filter(|(_, call)| call.action == "DescribeDBSnapshots" && call.get("DBSnapshotIdentifier") == backup)
        .map(|(at, _)| at)
        .collect();
    assert!(looks.iter().filter(|at| **at > order).count() >= 3, "{log:#?}");
    let running = log
        .iter()
        .position(|call| call.action == "AddTagsToResource" && format!("{:?}", call.parameters).contains("running "))
        .unwrap();
    assert!(looks.iter().any(|at| *at > running), "the snapshot is read after `running` is written");

    let receipt = deploy.receipt();
    assert_eq!(receipt["outcome"], "succeeded");
    assert_eq!((receipt["run"].as_str(), receipt["backup"]["id"].as_str()), (Some(run_id), Some(backup)));
    assert_eq!(receipt["identity"]["proved_by"], "endpoint");
    assert_eq!(receipt["pending"][0]["version"], "20260101000001");
    assert_ne!(receipt["fingerprint_before"], receipt["fingerprint_after"]);
    assert_eq!(deploy.phase(run_id), "succeeded");
    let last = run.stderr.trim_end().lines().last().unwrap();
    assert!(last.starts_with(&format!("tidegate gate: run {run_id} succeeded (exit 0")), "{last}");

    // No secret anywhere: not on the terminal, not in journal or receipt.
    for (path, bytes) in crate::support::cli::files(&deploy.path("state")) {
        assert!(!String::from_utf8_lossy(&bytes).contains(PASSWORD), "{}", path.display());
    }
    assert!(!run.stderr.contains(PASSWORD) && !run.stdout().contains(PASSWORD));
}

#[test]
fn row_20_nothing_pending_takes_no_snapshot_and_starts_nothing() {
    let deploy = Deploy::new();
    deploy.gate(&[]).run();
    let run = deploy.gate(&[]).run();
    assert_eq!((deploy.ran().len(), deploy.asked_for().len()), (1, 1));
    assert_eq!(deploy.receipt()["outcome"], "nothing-pending");
    assert!(run.stderr.trim_end().lines().last().unwrap().contains("had nothing to do"), "{}", run.stderr);
    // Unless that is asked for.
    deploy.configure("require = \"always\"");
    deploy.gate(&[]).run();
    assert_eq!((deploy.ran().len(), deploy.asked_for().len()), (2, 2));
}

#[test]
fn a_dry_run_changes_nothing_anywhere() {
    let deploy = Deploy::new();
    let run = deploy.gate(&["--dry-run"]).run();
    assert!(run.stderr.contains("would ask for a backup of prod-db"), "{}", run.stderr);
    assert!(deploy.fake.orders().is_empty(), "{:?}", deploy.fake.orders());
    assert!(deploy.ran().is_empty() && deploy.applied().is_empty());
    assert!(!deploy.path("state").exists(), "a dry run writes no journal");
}

#[test]
fn additive_changes_need_no_snapshot_where_only_destructive_ones_do() {
    let deploy = Deploy::new();
    deploy.configure("require = \"destructive\"");
    // Nothing says up to when the instance could be restored: a snapshot after all.
    deploy.gate(&[]).run();
    assert_eq!(deploy.asked_for().len(), 1);
    deploy.migration("20260101000002_orders", "CREATE TABLE orders (id bigint PRIMARY KEY);");
    let soon = jiff::Timestamp::now() + jiff::SignedDuration::from_mins(10);
    deploy.fake.with(|world| world.instance("prod-db").restorable = Some(soon));
    deploy.gate(&[]).run();
    assert_eq!((deploy.asked_for().len(), deploy.ran().len()), (1, 2));
    deploy.migration("20260101000003_drop", "DROP TABLE orders;");
    deploy.configure("require = \"destructive\"\nlint = \"never\"\nfail_on = \"fails\"");
    deploy.gate(&[]).run();
    assert_eq!((deploy.asked_for().len(), deploy.ran().len()), (2, 3));
}

#[test]
fn the_commands_own_exit_code_passes_through() {
    let deploy = Deploy::new();
    let run = deploy.gate_with(&[], "exit 42").status(42).run();
    let receipt = deploy.receipt();
    assert_eq!((receipt["outcome"].as_str(), receipt["left"].as_str()), (Some("failed"), Some("nothing")));
    assert!(run.stderr.trim_end().lines().last().unwrap().contains("(exit 42"), "{}", run.stderr);
    // A retry is a new run with a new backup.
    deploy.gate(&[]).run();
    assert_eq!(deploy.asked_for().len(), 2);
}

#[test]
fn success_that_moved_nothing_is_not_believed() {
    let deploy = Deploy::new();
    deploy.gate_with(&[], "exit 0").status(124).run();
    assert_eq!(deploy.receipt()["outcome"], "unknown");
    // Whatever comes next stops until somebody has looked.
    deploy.gate(&[]).status(124).run();
    assert_eq!(deploy.ran().len(), 1);
    deploy.tidegate(&["gate", "reconcile", "--as", "failed"]).run();
    deploy.gate(&[]).run();
    assert_eq!((deploy.ran().len(), deploy.applied().len()), (2, 1));
}

#[test]
fn a_command_that_is_not_there_or_cannot_be_run() {
    let deploy = Deploy::new();
    deploy.tidegate(&["gate", "--", "no-such-command"]).status(127).run();
    std::fs::write(deploy.path("plain"), "no program").unwrap();
    deploy.tidegate(&["gate", "--", "./plain"]).status(126).run();
    assert!(deploy.applied().is_empty());
    // Neither leaves a run behind that would have to be looked at.
    deploy.gate(&[]).run();
}

#[test]
fn a_refusal_can_be_passed_by_name_and_is_recorded() {
    let deploy = Deploy::new();
    deploy.configure("lint = \"warning\"");
    deploy.migration("20260101000002_gone", "DROP TABLE customers;");
    let refused = deploy.gate(&[]).status(120).run();
    assert!(refused.stderr.contains("lint"), "{}", refused.stderr);
    assert!(deploy.ran().is_empty() && deploy.asked_for().is_empty());
    deploy.gate(&["--break-glass", "lint:reviewed by two"]).run();
    let receipt = deploy.receipt();
    assert_eq!(
        (receipt["break_glass"]["code"].as_str(), receipt["break_glass"]["used"].as_bool()),
        (Some("lint"), Some(true))
    );
    let (_, backup) = deploy.ran()[0].split_once(' ').map(|(run, backup)| (run.to_owned(), backup.to_owned())).unwrap();
    let tag = deploy.fake.with(|world| world.snapshot(&backup).tags.get("tidegate:break-glass").cloned());
    assert!(tag.unwrap_or_default().contains("reviewed by two"));
    deploy.gate(&["--break-glass", "identity:trust me"]).status(125).run();
}

#[test]
fn what_is_typed_wrongly_ends_with_125() {
    let deploy = Deploy::new();
    for arguments in [vec!["gate"], vec!["gate", "--env", "nope", "--", "true"], vec!["gate", "--frobnicate"]] {
        deploy.tidegate(&arguments).status(125).run();
    }
    assert!(deploy.fake.log().is_empty());
}

/// Without a snapshot there is no tag that tells of it: the journal alone does, whatever the environment is called.
#[test]
fn an_open_run_without_a_snapshot_stops_the_gates_of_other_environments() {
    let deploy = Deploy::new();
    let soon = jiff::Timestamp::now() + jiff::SignedDuration::from_mins(10);
    deploy.fake.with(|world| world.instance("prod-db").restorable = Some(soon));
    deploy.configure(
        "require = \"destructive\"\n\n[environments.hotfix]\ndatabase_url = \"${DATABASE}\"\n\n\
         [environments.hotfix.backup]\ninstance = \"prod-db\"\n\n\
         [environments.hotfix.gate]\npoll = \"200ms\"\njournal = \"state\"\n",
    );
    deploy.gate_with(&["--env", "prod"], "exit 0").status(124).run();
    assert!(deploy.asked_for().is_empty());
    deploy.gate(&["--env", "hotfix"]).status(124).run();
    assert_eq!((deploy.ran().len(), deploy.asked_for().len()), (1, 0));
    // Settled under one name, it is settled under the other.
    deploy.tidegate(&["gate", "reconcile", "--env", "hotfix", "--as", "failed"]).run();
    deploy.gate(&["--env", "prod"]).run();
    assert_eq!((deploy.ran().len(), deploy.applied().len()), (2, 1));
}

/// A variable that nobody has set must not mean whatever comes first.
#[test]
fn what_is_empty_or_endless_is_refused_before_anything_is_asked() {
    let deploy = Deploy::new();
    for (arguments, said) in [
        (vec!["--adopt", ""], "--adopt: the name behind it is empty"),
        (vec!["--resume", " "], "--resume: the name behind it is empty"),
        (vec!["--timeout", "3000000d"], "more than a hundred years"),
        (vec!["--timeout=-1s"], "no length of time"),
    ] {
        deploy.gate(&arguments).status(125).stderr_has(said).run();
    }
    deploy.gate(&[]).env("DATABASE", "").status(125).stderr_has("environments.prod.database_url is empty").run();
    deploy.tidegate(&["plan", "--env", "prod"]).env("DATABASE", " ").status(2).stderr_has("is empty").run();
    let config = std::fs::read_to_string(deploy.path("tidegate.toml")).unwrap();
    let of = |key: &str| config.replace("instance = \"prod-db\"", &format!("instance = \"prod-db\"\n{key} = \"\""));
    for (key, config) in [
        ("instance", config.replace("instance = \"prod-db\"", "instance = \"\"")),
        ("region", of("region")),
        ("profile", of("profile")),
    ] {
        std::fs::write(deploy.path("tidegate.toml"), config).unwrap();
        deploy.gate(&[]).status(125).stderr_has(format!("environments.prod.backup.{key} is empty")).run();
    }
    assert!(deploy.fake.log().is_empty() && deploy.ran().is_empty());
}

#[test]
fn a_backup_that_is_there_already_is_adopted() {
    let deploy = Deploy::new();
    deploy.tidegate(&["backup", "create", "--tier", "pre-migration"]).run();
    assert_eq!(deploy.asked_for().len(), 1);
    deploy.gate(&["--adopt"]).run();
    assert_eq!((deploy.asked_for().len(), deploy.ran().len()), (1, 1));
    assert_eq!(deploy.receipt()["backup"]["adopted"], true);
}

#[test]
fn receipts_are_checked_against_aws() {
    let deploy = Deploy::new();
    deploy.gate(&["--receipt", "receipt.json"]).run();
    deploy.tidegate(&["gate", "verify", "receipt.json"]).run();
    let id = deploy.asked_for().remove(0);
    deploy.fake.with(|world| world.snapshots.retain(|snapshot| snapshot.id != id));
    deploy.tidegate(&["gate", "verify", "receipt.json"]).status(1).run();
    deploy.tidegate(&["gate", "verify", "--offline", "receipt.json"]).run();
}

#[test]
fn a_concurrent_index_is_built_under_the_lock() {
    let deploy = Deploy::new();
    deploy.gate(&[]).run();
    let folder = deploy.path("db/migrations/20260101000002_index.sql");
    let text = "-- migrate:up transaction:false\nCREATE INDEX CONCURRENTLY customers_name ON customers (name);\n\n-- migrate:down\n";
    std::fs::write(folder, text).unwrap();
    deploy.gate(&[]).run();
    assert_eq!(
        deploy.database.value("SELECT indisvalid::text FROM pg_index WHERE indexrelid = 'customers_name'::regclass"),
        "true"
    );
}

/// Where no engine can be had only the rehearsal is missing: `fail_on` and `--break-glass plan` decide, and nothing else
/// is let through with it.
#[test]
fn a_plan_that_could_not_be_made_is_refused_and_passed_by_its_own_name_alone() {
    let deploy = Deploy::new();
    let engine = ["--engine", "postgres://127.0.0.1:1/none"];
    let refused = deploy.gate(&engine).status(120).run();
    for words in ["plan: the plan could not be made", "20260101000001_customers", "try: ", "--break-glass plan:REASON"]
    {
        assert!(refused.stderr.contains(words), "{words}: {}", refused.stderr);
    }
    let [flag, url] = engine;
    deploy.gate(&[flag, url, "--break-glass", "lint:not this one"]).status(120).run();
    assert!(deploy.ran().is_empty() && deploy.asked_for().is_empty());
    deploy.gate(&[flag, url, "--break-glass", "plan:no engine in this network"]).run();
    let receipt = deploy.receipt();
    assert_eq!(receipt["break_glass"]["used"], true);
    assert_eq!((receipt["verdict"]["level"].as_str(), receipt["left"].as_str()), (Some("could_not_tell"), None));
    assert_eq!((deploy.ran().len(), deploy.applied().len(), deploy.asked_for().len()), (1, 1, 1));

    // Lint and history are judged all the same.
    deploy.migration("20260101000002_gone", "DROP TABLE customers;");
    deploy.configure("fail_on = \"never\"\nlint = \"warning\"");
    let linted = deploy.gate(&engine).status(120).run();
    assert!(linted.stderr.contains("lint: lint has"), "{}", linted.stderr);
    deploy.database.execute("ALTER TABLE schema_migrations RENAME COLUMN version TO other");
    deploy.gate(&[flag, url, "--break-glass", "lint:reviewed"]).any_status().run();
    deploy.database.execute("ALTER TABLE schema_migrations RENAME COLUMN other TO version");
    assert_eq!(deploy.ran().len(), 1);
    deploy.configure("fail_on = \"never\"\nlint = \"never\"");
    let passed = deploy.gate(&engine).run();
    assert!(passed.stderr.contains("not rehearsed"), "{}", passed.stderr);
    assert_eq!((deploy.ran().len(), deploy.applied().len(), deploy.asked_for().len()), (2, 2, 2));
}

#[test]
fn the_verdict_is_told_before_and_after() {
    let deploy = Deploy::new();
    deploy.configure("lint = \"never\"\nfail_on = \"never\"");
    deploy.gate(&[]).run();
    deploy.database.execute("INSERT INTO customers VALUES (1, 'a')");
    deploy.migration("20260101000002_gone", "DROP TABLE customers;");
    let dry = deploy.gate(&["--dry-run"]).run();
    for words in ["verdict      dangerous", "What the plan says", "20260101000002_gone.sql"] {
        assert!(dry.stderr.contains(words), "{words}: {}", dry.stderr);
    }
    deploy.gate(&[]).run();
    let verdict = deploy.receipt()["verdict"].clone();
    assert_eq!(verdict["level"], "dangerous");
    assert!(verdict["reasons"][0].as_str().unwrap().contains("customers"), "{verdict}");
}
