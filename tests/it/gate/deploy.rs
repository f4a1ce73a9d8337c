//! One project that deploys: a database, dbmate's migrations, an AWS whose instance is that database's server.
//!
//! The command appends a line to a file before anything else: whether it ran is read there, and never asked of tidegate.

use std::path::PathBuf;
use std::process::Child;

use serde_json::Value;

use crate::aws::fake::{Fake, Instance};
use crate::support::cli::Cli;
use crate::support::postgres::{Database, server, server_on_tcp};
use crate::support::repository_file;
use crate::support::tool::tool;

/// Never to be seen anywhere.
pub(super) const PASSWORD: &str = "hunter2-is-secret";

pub(super) struct Deploy {
    pub(super) fake: Fake,
    pub(super) database: Database,
    /// Where migrations are rehearsed: a server that is there already is the quickest engine.
    engine: Database,
    base: Cli,
}

impl Deploy {
    /// With one migration that is pending, and an instance `prod-db` that is available.
    pub(super) fn new() -> Self {
        let fake = Fake::start();
        let database = server_on_tcp().database();
        let port = database.server().port();
        fake.with(|world| world.instances.push(Instance::new("prod-db").at("127.0.0.1", port)));
        Self::with(fake, database)
    }

    pub(super) fn with(fake: Fake, database: Database) -> Self {
        let deploy = Self { fake, database, engine: server().database(), base: Cli::new() };
        deploy.configure("");
        deploy.migration("20260101000001_customers", "CREATE TABLE customers (id bigint PRIMARY KEY, name text);");
        deploy
    }

    /// Writes tidegate.toml; `more` is added to it, and may begin with keys of `[environments.prod.gate]`.
    pub(super) fn configure(&self, more: &str) -> &Self {
        let url = self.database.tcp_url().replacen('@', &format!(":{PASSWORD}@"), 1);
        // An engine must be empty each time.
        let text = format!(
            "[migrations]\ndir = \"db/migrations\"\nframework = \"dbmate\"\n\n[replay]\nengine = \"{}\"\n\n\
             [environments.prod]\ndatabase_url = \"${{DATABASE}}\"\n\n[environments.prod.backup]\ninstance = \"prod-db\"\n\n\
             [environments.prod.gate]\npoll = \"200ms\"\nlock_wait = \"0s\"\njournal = \"state\"\n{more}\n",
            self.engine.url()
        );
        std::fs::write(self.base.dir().join("tidegate.toml"), text).unwrap();
        std::fs::write(self.base.dir().join("url"), url).unwrap();
        self
    }

    pub(super) fn migration(&self, name: &str, up: &str) -> &Self {
        let folder = self.base.dir().join("db/migrations");
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join(format!("{name}.sql")), format!("-- migrate:up\n{up}\n\n-- migrate:down\n"))
            .unwrap();
        self
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.base.dir().join(name)
    }

    /// The program in this project, with the environment of a deploy job.
    pub(super) fn tidegate(&self, arguments: &[&str]) -> Cli {
        let url = std::fs::read_to_string(self.path("url")).unwrap();
        let mut cli = Cli::within(self.base.dir()).args(arguments).env("DATABASE", format!("{url}?sslmode=disable"));
        for (name, value) in self.fake.env() {
            cli = cli.env(name, value);
        }
        cli
    }

    /// `tidegate gate … -- ` and dbmate, which says in the file `ran` that it was started.
    pub(super) fn gate(&self, arguments: &[&str]) -> Cli {
        self.gate_with(arguments, "exec \"$0\" --no-dump-schema --migrations-dir db/migrations up")
    }

    /// The same with a shell line after the witness; `$0` is dbmate.
    pub(super) fn gate_with(&self, arguments: &[&str], line: &str) -> Cli {
        let pinned = repository_file("tests/tools/dbmate/node_modules/@dbmate/linux-x64/bin/dbmate");
        // Elsewhere than on Linux it is the one that is installed.
        let dbmate = if pinned.exists() { pinned } else { tool(&["dbmate"]) };
        self.tidegate(&["gate"])
            .args(arguments)
            .args(["--", "sh", "-c", &format!("echo \"$TIDEGATE_RUN_ID $TIDEGATE_BACKUP_ID\" >> ran; {line}")])
            .arg(dbmate)
    }

    /// One line for each time that the command was started: run and backup.
    pub(super) fn ran(&self) -> Vec<String> {
        std::fs::read_to_string(self.path("ran")).unwrap_or_default().lines().map(str::to_owned).collect()
    }

    /// The versions that dbmate has applied.
    pub(super) fn applied(&self) -> Vec<String> {
        if self.database.value("SELECT to_regclass('public.schema_migrations')::text").is_empty() {
            return Vec::new();
        }
        let rows = self.database.query("SELECT version FROM schema_migrations ORDER BY 1");
        rows.into_iter().map(|row| row[0].clone().unwrap()).collect()
    }

    /// The newest receipt.
    pub(super) fn receipt(&self) -> Value {
        let newest = std::fs::read_dir(self.path("state/receipts"))
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .max_by_key(|path| path.metadata().unwrap().modified().unwrap())
            .expect("there is a receipt");
        serde_json::from_str(&std::fs::read_to_string(newest).unwrap()).unwrap()
    }

    /// Snapshots that were asked for, by name.
    pub(super) fn asked_for(&self) -> Vec<String> {
        let calls = self.fake.calls("CreateDBSnapshot");
        calls.iter().map(|call| call.get("DBSnapshotIdentifier").to_owned()).collect()
    }

    /// The tag of a run on the only snapshot that has one: its first word is the phase.
    pub(super) fn phase(&self, run: &str) -> String {
        let key = format!("tidegate:use/{run}");
        let found =
            self.fake.with(|world| world.snapshots.iter().find_map(|snapshot| snapshot.tags.get(&key).cloned()));
        found.unwrap_or_default().split(' ').next().unwrap_or_default().to_owned()
    }
}

/// A child that is killed with its group when the test ends, however that is.
pub(super) struct Running(pub(super) Child);

impl Running {
    pub(super) fn start(cli: &Cli) -> Self {
        let mut command = cli.command();
        command.stdin(std::process::Stdio::null()).stdout(std::process::Stdio::null());
        Self(command.stderr(std::process::Stdio::null()).spawn().unwrap())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        crate::support::cli::kill_group(&self.0);
        let _ = self.0.wait();
    }
}

/// Waits until something holds.
pub(super) fn wait_until(what: &str, holds: impl Fn() -> bool) {
    let end = std::time::Instant::now() + std::time::Duration::from_secs(90);
    while !holds() {
        assert!(std::time::Instant::now() < end, "waited in vain: {what}");
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
}
