//! What is typed or inherited may name no other database, and a command must be there, before anything is asked of AWS.
//! The witnesses: the fake's log of orders, the other database, the file that the command writes.

use super::deploy::Deploy;
use crate::support::postgres::{Database, server_on_tcp};

const UP: &str = "--no-dump-schema --migrations-dir db/migrations up";

struct Two {
    deploy: Deploy,
    other: Database,
}

impl Two {
    fn new() -> Self {
        Self { deploy: Deploy::new(), other: server_on_tcp().database() }
    }

    fn nothing_happened(&self) {
        assert!(self.deploy.fake.orders().is_empty(), "{:?}", self.deploy.fake.orders());
        assert!(self.deploy.ran().is_empty() && self.deploy.applied().is_empty());
        assert_eq!(self.other.value("SELECT count(*) FROM pg_class WHERE relname = 'customers'"), "0");
    }
}

#[test]
fn a_url_in_the_commands_own_words_leads_nowhere_else() {
    let two = Two::new();
    let elsewhere = format!("{}?sslmode=disable", two.other.tcp_url().replacen('@', ":hunter2-typed@", 1));
    let pairs = format!("host=127.0.0.1 port={} dbname={}", two.other.server().port(), two.other.name);
    let typed = format!("exec \"$0\" --url '{elsewhere}' {UP}");
    for dry in [&["--dry-run"][..], &[]] {
        for words in [
            vec!["dbmate", "--url", &elsewhere, "up"],
            vec!["sh", "-c", "echo x >> ran", &elsewhere],
            vec!["sh", "-c", "echo x >> ran", &pairs],
        ] {
            let words: Vec<&str> = words.into_iter().map(|word| if word == "dbmate" { "sh" } else { word }).collect();
            let run = two.deploy.tidegate(&["gate"]).args(dry).arg("--").args(&words).status(120).run();
            assert!(run.stderr.contains("names another database"), "{}", run.stderr);
            assert!(run.stderr.contains("\"$DATABASE_URL\" up'"), "{}", run.stderr);
            assert!(!run.stderr.contains("hunter2-typed"), "{}", run.stderr);
        }
        two.deploy.gate_with(dry, &typed).status(120).nowhere_says("hunter2-typed").run();
    }
    two.nothing_happened();
    // The same database under the same or another role is what is meant.
    let own = format!("{}?sslmode=disable", two.deploy.database.tcp_url());
    two.deploy.gate_with(&[], &format!("exec \"$0\" --url '{own}' {UP}")).run();
    assert_eq!((two.deploy.ran().len(), two.deploy.applied().len()), (1, 1));
}

#[test]
fn a_variable_that_leads_elsewhere_is_refused_whatever_it_is_called() {
    let two = Two::new();
    let elsewhere = two.other.tcp_url();
    for (name, value) in [
        ("HASURA_GRAPHQL_DATABASE_URL", elsewhere.as_str()),
        ("APP_DSN", &elsewhere),
        ("DB_NAME", &two.other.name),
        ("DB_HOST", "elsewhere.example.com"),
    ] {
        two.deploy.gate(&[]).env(name, value).status(120).stderr_has(format!("{name} names another")).run();
    }
    two.nothing_happened();
    // What the configuration reads for another environment is there for tidegate alone.
    two.deploy.configure("\n[environments.staging]\ndatabase_url = \"${STAGING_DATABASE_URL}\"\n");
    two.deploy.gate(&["--env", "prod"]).env("STAGING_DATABASE_URL", &elsewhere).run();
    assert_eq!(two.deploy.ran().len(), 1);
}

#[test]
fn a_command_that_cannot_be_started_is_found_out_before_the_snapshot() {
    let deploy = Deploy::new();
    std::fs::write(deploy.path("plain"), "no program").unwrap();
    std::fs::create_dir(deploy.path("folder")).unwrap();
    std::fs::write(deploy.path("script"), "#!/no/such/interpreter\n").unwrap();
    let executable = <std::fs::Permissions as std::os::unix::fs::PermissionsExt>::from_mode(0o755);
    std::fs::set_permissions(deploy.path("script"), executable).unwrap();
    for dry in [&["--dry-run"][..], &[]] {
        for (program, code, said) in [
            ("no-such-command", 127, "no-such-command is in no folder of PATH"),
            ("./nope", 127, "./nope is not there"),
            ("./plain", 126, "chmod +x"),
            ("./folder", 126, "is a directory"),
            ("./script", 126, "/no/such/interpreter"),
        ] {
            deploy.tidegate(&["gate"]).args(dry).args(["--", program]).status(code).stderr_has(said).run();
        }
    }
    assert!(deploy.fake.orders().is_empty(), "{:?}", deploy.fake.orders());
    assert!(deploy.applied().is_empty());
    deploy.gate(&[]).run();
    assert_eq!((deploy.ran().len(), deploy.asked_for().len()), (1, 1));
}
