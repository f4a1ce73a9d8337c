//! Plans for real databases with rows in them, of several frameworks.

use sha2::{Digest, Sha384};

use super::{json, statements};
use crate::support::cli::Cli;
use crate::support::postgres::{Database, server};

const FIRST: &str = "\
CREATE TABLE customers (id int PRIMARY KEY, email text NOT NULL);
CREATE TABLE orders (id int PRIMARY KEY, customer int REFERENCES customers, total numeric(8, 2));
CREATE VIEW big_orders AS SELECT id FROM orders WHERE total > 100;
";

const SECOND: &str = "ALTER TABLE orders ADD COLUMN token uuid NOT NULL DEFAULT gen_random_uuid();\n";

/// A project of one framework, and the database that has had its first migration.
struct Project {
    cli: Cli,
    database: Database,
}

/// How a framework names two migrations, and how it remembers the first.
struct Style {
    framework: &'static str,
    files: [&'static str; 2],
    before: &'static str,
    history: &'static str,
}

const DIESEL: Style = Style {
    framework: "diesel",
    files: ["2024-01-01-000000_shop/up.sql", "2024-02-01-000000_token/up.sql"],
    before: "",
    history: "CREATE TABLE __diesel_schema_migrations (version varchar(50) PRIMARY KEY, run_on timestamp NOT NULL DEFAULT now());
              INSERT INTO __diesel_schema_migrations (version) VALUES ('20240101000000')",
};
const GOLANG_MIGRATE: Style = Style {
    framework: "golang-migrate",
    files: ["1_shop.up.sql", "2_token.up.sql"],
    before: "",
    history: "CREATE TABLE schema_migrations (version bigint NOT NULL PRIMARY KEY, dirty boolean NOT NULL);
              INSERT INTO schema_migrations VALUES (1, false)",
};
const DBMATE: Style = Style {
    framework: "dbmate",
    files: ["20240101000000_shop.sql", "20240201000000_token.sql"],
    before: "-- migrate:up\n",
    history: "CREATE TABLE schema_migrations (version varchar(128) PRIMARY KEY);
              INSERT INTO schema_migrations VALUES ('20240101000000')",
};
const SQLX: Style = Style {
    framework: "sqlx",
    files: ["20240101000000_shop.sql", "20240201000000_token.sql"],
    before: "",
    history: "CREATE TABLE _sqlx_migrations (version bigint PRIMARY KEY, description text NOT NULL,
                installed_on timestamptz NOT NULL DEFAULT now(), success boolean NOT NULL, checksum bytea NOT NULL,
                execution_time bigint NOT NULL);
              INSERT INTO _sqlx_migrations VALUES (20240101000000, 'shop', now(), true, '\\xCHECKSUM', 1)",
};

/// The first migration applied for real, with 5,000 customers and 5,000 orders, and the second one pending.
fn project(style: &Style, second: &str) -> Project {
    let database = server().database();
    let first = format!("{}{FIRST}", style.before);
    database.execute(FIRST);
    let checksum: String = Sha384::digest(&first).iter().map(|byte| format!("{byte:02x}")).collect();
    database.execute(&style.history.replace("CHECKSUM", &checksum));
    database.execute(
        "INSERT INTO customers SELECT n, 'customer ' || n FROM generate_series(1, 5000) n;
         INSERT INTO orders SELECT n, n, n FROM generate_series(1, 5000) n;
         ANALYZE",
    );
    let cli = Cli::new()
        .file(&format!("migrations/{}", style.files[0]), &first)
        .file(&format!("migrations/{}", style.files[1]), format!("{}{second}", style.before))
        .args(["plan", "--migrations", "migrations", "--framework", style.framework, "--engine", "local"])
        .arg(database.url());
    Project { cli, database }
}

#[test]
fn rows_sizes_and_locks_are_told_for_each_framework_and_the_target_is_only_read() {
    for style in [DIESEL, GOLANG_MIGRATE, DBMATE, SQLX] {
        let project = project(&style, SECOND);
        let witness = "SELECT sum(n_tup_ins + n_tup_upd + n_tup_del) FROM pg_stat_user_tables";
        project.database.log_statements();
        // Sessions that wrote the rows tell the statistics as they end, which may be after their client has.
        let told = || project.database.value(witness).parse::<u64>().unwrap_or_default() >= 5000;
        for _ in 0..600 {
            if told() {
                break;
            }
            std::thread::sleep(std::time::Duration::from_millis(50));
        }
        let before = project.database.value(witness);
        let run = project.cli.clone().arg("--json").run();
        let plan = json(&run);
        let name = style.framework;
        assert_eq!(plan["history"]["state"], "read", "{name}: {plan:#}");
        assert_eq!(plan["history"]["applied"], 1, "{name}");
        assert_eq!(plan["pending"].as_array().unwrap().len(), 1, "{name}");
        assert_eq!(plan["copy"]["made_from"], "replay", "{name}: {:#}", plan["copy"]);
        assert!(plan["copy"].get("drift").is_none(), "{name}: {:#}", plan["copy"]);
        assert_eq!(plan["figures"]["public.orders"]["rows"], 5000, "{name}");
        assert!(plan["figures"]["public.orders"]["bytes"].as_u64().unwrap() > 100_000, "{name}");
        let lock = &statements(&plan)[0]["locks"][0];
        assert_eq!((&lock["relation"], &lock["mode"]), (&"public.orders".into(), &"ACCESS EXCLUSIVE".into()), "{name}");
        assert_eq!(statements(&plan)[0]["effects"][0]["kind"], "rewrites", "{name}");
        assert_eq!(plan["tables"]["public.orders"]["references"][0], "public.customers", "{name}");
        assert_eq!(plan["tables"]["public.orders"]["views"][0], "public.big_orders", "{name}");
        // 5,000 rows are read in a moment, so this is worth a look and no danger.
        assert_eq!(plan["verdict"]["level"], "caution", "{name}");
        // Witnesses: nothing was written, and nothing but reading was asked for.
        assert_eq!(project.database.value(witness), before, "{name}");
        let logged = project.database.logged_statements();
        assert!(logged.len() > 10, "{name}: {logged:?}");
        for statement in logged.iter().filter(|statement| !statement.contains("n_tup_ins")) {
            let sql = statement.split_once(": ").unwrap().1.trim_start();
            let first = sql.split([' ', '\n', ';']).next().unwrap().to_uppercase();
            assert!(
                ["SELECT", "WITH", "SET", "BEGIN", "START", "COMMIT", "ROLLBACK", "SHOW"].contains(&first.as_str()),
                "{name}: {sql}"
            );
        }
    }
}

#[test]
fn two_plans_of_one_target_are_equal_and_new_rows_change_the_figures_alone() {
    let project = project(&DIESEL, SECOND);
    let cli = project.cli.clone().arg("--json");
    // Autovacuum alone changes a size.
    let content = |mut plan: serde_json::Value| {
        plan["figures"] = serde_json::Value::Null;
        plan["verdict"] = serde_json::Value::Null;
        plan
    };
    let (first, second) = (json(&cli.clone().run()), json(&cli.clone().run()));
    assert_eq!(content(first.clone()), content(second));
    project.database.execute("INSERT INTO orders SELECT n, 1, n FROM generate_series(5001, 50000) n; ANALYZE");
    let third = json(&cli.run());
    assert_eq!((&third["hash"], &third["pending_hash"]), (&first["hash"], &first["pending_hash"]));
    assert_ne!(third["figures"], first["figures"]);
    assert_eq!(third["verdict"]["level"], "dangerous", "50,000 rows are no small table");
}

#[test]
fn with_nothing_pending_it_says_so() {
    let project = project(&DIESEL, SECOND);
    project.database.execute(SECOND);
    project.database.execute("INSERT INTO __diesel_schema_migrations (version) VALUES ('20240201000000')");
    let run = project.cli.arg("--fail-on").arg("caution").stdout_has("verdict     nothing pending").run();
    assert!(run.stdout().contains("pending     0 migrations"), "{}", run.stdout());
}

#[test]
fn a_dirty_history_is_could_not_tell() {
    let project = project(&GOLANG_MIGRATE, SECOND);
    project.database.execute("UPDATE schema_migrations SET dirty = true");
    project.cli.status(3).stdout_has("verdict     could not tell").stdout_has("dirty").run();
}

#[test]
fn a_target_that_has_drifted_is_copied_from_its_catalog() {
    // The migration names a column that no migration makes.
    let project = project(&DIESEL, "CREATE INDEX orders_by_hand ON orders (by_hand);\n");
    project.database.execute("ALTER TABLE orders ADD COLUMN by_hand int; CREATE INDEX hot ON orders (total)");
    let plan = json(&project.cli.arg("--json").run());
    assert_eq!(plan["copy"]["made_from"], "catalog", "{:#}", plan["copy"]);
    let drift = plan["copy"]["drift"].to_string();
    assert!(drift.contains("by_hand") && drift.contains("hot"), "{drift}");
    assert!(plan["copy"].get("differs").is_none(), "{:#}", plan["copy"]["differs"]);
    assert_eq!(statements(&plan)[0]["outcome"], "ran");
    assert_eq!(statements(&plan)[0]["locks"][0]["mode"], "SHARE");
}

#[test]
fn a_history_that_may_not_be_read_is_could_not_tell_and_not_nothing() {
    let project = project(&DIESEL, SECOND);
    let role = format!("reader_{}", project.database.name);
    project.database.execute(&format!("CREATE ROLE {role} LOGIN"));
    let run = Cli::within(project.cli.dir())
        .args(["plan", "--migrations", "migrations", "--framework", "diesel", "--engine", "local"])
        .arg(project.database.url_as(&role))
        .status(3)
        .stdout_has("verdict     could not tell")
        .run();
    project.database.execute(&format!("DROP ROLE {role}"));
    assert!(run.stdout().contains("may not read"), "{}", run.stdout());
    assert!(run.stdout().contains("pending     2 migrations"), "{}", run.stdout());
}

#[test]
fn a_concurrent_index_fails_in_a_transaction_and_is_known_outside_of_one() {
    let index = "CREATE INDEX CONCURRENTLY orders_total ON orders (total);\n";
    project(&SQLX, index)
        .cli
        .status(1)
        .stdout_has("CREATE INDEX CONCURRENTLY cannot run inside a transaction block")
        .stdout_has("verdict     fails")
        .run();
    project(&SQLX, &format!("-- no-transaction\n{index}"))
        .cli
        .stdout_has("SHARE UPDATE EXCLUSIVE on public.orders (5000 rows, ")
        .stdout_has(", known")
        .stdout_has("verdict     safe")
        .run();
    // Two statements in one message are one transaction, whoever opens none.
    project(&SQLX, &format!("-- no-transaction\n{index}SELECT 1;\n"))
        .cli
        .status(1)
        .stdout_has("verdict     fails")
        .run();
}

#[test]
fn a_new_value_of_an_enumeration_cannot_be_used_in_its_own_transaction() {
    let types = "CREATE TYPE mood AS ENUM ('good');\n";
    let style = Style { files: ["2024-01-01-000000_shop/up.sql", "2024-02-01-000000_mood/up.sql"], ..DIESEL };
    let project = project(&style, "ALTER TYPE mood ADD VALUE 'bad';\nCREATE TABLE moods (m mood DEFAULT 'bad');\n");
    project.database.execute(types);
    project.cli.status(1).stdout_has("2024-02-01-000000_mood/up.sql:2: unsafe use of new value").run();
}

#[test]
fn a_failure_in_the_middle_leaves_what_was_before_it() {
    let plan = json(
        &project(&GOLANG_MIGRATE, "ALTER TABLE orders ADD COLUMN a int;\nSELECT 1/0;\nDROP TABLE orders;\n")
            .cli
            .arg("--json")
            .status(1)
            .run(),
    );
    let outcomes: Vec<_> = statements(&plan).iter().map(|statement| statement["outcome"].clone()).collect();
    assert_eq!(outcomes, ["ran", "failed", "not_run"]);
    assert_eq!(plan["pending"][0]["transaction"], "message");
    assert!(plan.get("diff").is_none());
    assert_eq!(statements(&plan)[1]["failure"]["sqlstate"], "22012");
}

#[test]
fn not_null_without_a_default_fails_where_there_are_rows() {
    let project = project(&DIESEL, "ALTER TABLE orders ADD COLUMN a int NOT NULL;\n");
    project
        .cli
        .clone()
        .status(1)
        .stdout_has("column a is NOT NULL without a default")
        .stdout_has("verdict     fails")
        .run();
    project.database.execute("TRUNCATE orders; ANALYZE orders");
    // An index keeps a page, so an empty table is not proven empty; but nothing says that it has a row.
    project.cli.stdout_has("verdict     ").run();
}

#[test]
fn a_target_by_its_environment_never_shows_its_password() {
    let project = project(&DIESEL, SECOND);
    let url = project.database.url().replacen("tester@", "tester:hunter2@", 1);
    Cli::within(project.cli.dir())
        .file("tidegate.toml", "[environments.prod]\ndatabase_url = \"${PROD_URL}\"\n[migrations]\ndir = \"migrations\"\n[plan]\nfail_on = \"caution\"\n")
        .env("PROD_URL", url)
        .args(["plan", "--env", "prod", "--engine", "local", "-f", "markdown"])
        .status(1)
        .stdout_has("## ⚠️ Migration plan: caution")
        .nowhere_says("hunter2")
        .run();
    Cli::within(project.cli.dir()).args(["plan", "--env", "pord"]).status(2).stderr_has("there is prod").run();
}
