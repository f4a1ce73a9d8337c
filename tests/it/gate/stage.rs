//! What the gate's tests stand on: servers with TLS, a standby and a pooler, and a gate in a process of its own that can
//! be killed.

use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use jiff::SignedDuration;
use tempfile::TempDir;
use tidegate::gate::command::MigrateCommand;
use tidegate::gate::database::{CLASS, KEY, PostgresDatabase, Target};
use tidegate::gate::options::{CommandOptions, DatabaseOptions};
use tidegate::gate::world::{Command as _, Database as _, Locking, Look, Planner};
use tidegate::gate::{Refusal, RunId};
use tidegate::process::Signals;

use crate::support::postgres::{self, Extra, Server, USER};
use crate::support::tool;

/// What the certificate of [`with_tls`] is for.
pub(super) const INSTANCE: &str = "prod-db.abc123.eu-west-1.rds.amazonaws.com";

/// A server with TLS on 127.0.0.1, with prepared transactions, and with a password for the role `signs_in`.
pub(super) fn with_tls() -> &'static Server {
    static SERVER: OnceLock<Server> = OnceLock::new();
    SERVER.get_or_init(|| {
        Server::start_with(&postgres::system_bin(), |dir| {
            let tls = dir.join("tls");
            certificates(&tls);
            let owner = fs::metadata(dir).unwrap();
            chown(tls.join("server.key"), Some(owner.uid()), Some(owner.gid())).unwrap();
            Extra {
                port: Some(free_port()),
                settings: format!(
                    "ssl = on\nssl_cert_file = '{0}/server.crt'\n\
                     ssl_key_file = '{0}/server.key'\nmax_prepared_transactions = 5\n",
                    tls.display()
                ),
                admits: "host all signs_in 127.0.0.1/32 scram-sha-256\n".to_owned(),
            }
        })
    })
}

/// A file of the server's certificates: `ca.crt` signed the server's, `other.crt` did not.
pub(super) fn certificate(name: &str) -> PathBuf {
    with_tls().socket().join("tls").join(name)
}

fn certificates(folder: &Path) {
    fs::create_dir(folder).unwrap();
    fs::set_permissions(folder, fs::Permissions::from_mode(0o755)).unwrap();
    let openssl = |arguments: &str| {
        let mut command = Command::new(tool::tool(&["openssl"]));
        command.args(arguments.split(' ')).current_dir(folder).stdout(Stdio::null()).stderr(Stdio::null());
        assert!(command.status().unwrap().success(), "openssl {arguments}");
    };
    let key = "-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes";
    for ca in ["ca", "other"] {
        openssl(&format!("req -x509 {key} -days 2 -subj /CN={ca} -keyout {ca}.key -out {ca}.crt"));
    }
    fs::write(folder.join("san"), format!("subjectAltName=DNS:{INSTANCE}")).unwrap();
    openssl(&format!("req {key} -subj /CN={} -keyout server.key -out server.csr", "prod-db"));
    openssl("x509 -req -in server.csr -CA ca.crt -CAkey ca.key -CAcreateserial -days 2 -extfile san -out server.crt");
    fs::set_permissions(folder.join("server.key"), fs::Permissions::from_mode(0o600)).unwrap();
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// The URL of a database of [`with_tls`], over TCP.
pub(super) fn tcp_url(role: &str, database: &str, parameters: &str) -> String {
    format!("postgres://{role}@localhost:{}/{database}{parameters}", with_tls().port())
}

/// The URL of the database `postgres` of a hot standby of [`with_tls`].
pub(super) fn standby_url() -> String {
    static PORT: OnceLock<u16> = OnceLock::new();
    let primary = with_tls();
    let port = PORT.get_or_init(|| {
        let port = free_port();
        let done = |command: &mut Command| {
            let output = command.output().unwrap();
            assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
        };
        done(
            primary
                .command("pg_basebackup")
                .args([
                    "--pgdata=standby",
                    "--write-recovery-conf",
                    "--checkpoint=fast",
                    "--no-sync",
                    "--username",
                    USER,
                ])
                .arg(format!("--port={}", primary.port()))
                .arg("--host")
                .arg(primary.socket()),
        );
        let settings = primary.socket().join("standby/postgresql.conf");
        let text = fs::read_to_string(&settings).unwrap();
        fs::write(&settings, format!("{text}port = {port}\nlisten_addresses = ''\n")).unwrap();
        // The server's watchdog ends it, too: it looks for every `postmaster.pid` in the folder.
        done(primary.command("pg_ctl").args(["start", "--wait", "--silent", "--pgdata=standby", "--log=standby.log"]));
        port
    });
    let host = primary.socket().display().to_string().replace('/', "%2F");
    format!("postgres://{USER}@{host}:{port}/postgres")
}

/// pgbouncer in front of [`with_tls`].
pub(super) struct Bouncer {
    process: Child,
    folder: PathBuf,
}

impl Bouncer {
    /// `mode`: `transaction`, `session`.
    pub(super) fn start(mode: &str) -> Self {
        let server = with_tls();
        let folder = server.socket().join(format!("bouncer-{mode}"));
        let made = server.command("/bin/mkdir").arg(&folder).status().unwrap();
        assert!(made.success());
        let settings = format!(
            "[databases]\n* = host={socket} port={port} user={USER}\n[pgbouncer]\nlisten_port = 6432\n\
             unix_socket_dir = {folder}\nauth_type = any\npool_mode = {mode}\nlogfile = {folder}/log\n\
             pidfile = {folder}/postmaster.pid\n",
            socket = server.socket().display(),
            port = server.port(),
            folder = folder.display()
        );
        fs::write(folder.join("ini"), settings).unwrap();
        let path = [tool::find(&["pgbouncer"]), Some(PathBuf::from("/usr/sbin/pgbouncer"))];
        let path = path.into_iter().flatten().find(|path| path.is_file());
        let path = path.unwrap_or_else(|| tool::tool(&["pgbouncer"])).display().to_string();
        let process =
            server.command(&path).arg(folder.join("ini")).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let socket = folder.join(".s.PGSQL.6432");
        until("pgbouncer listens", || std::os::unix::net::UnixStream::connect(&socket).is_ok());
        Self { process, folder }
    }

    pub(super) fn url(&self, database: &str) -> String {
        let host = self.folder.display().to_string().replace('/', "%2F");
        format!("postgres://{USER}@{host}:6432/{database}")
    }
}

impl Drop for Bouncer {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Waits for what must come; long, since the machine may be busy.
pub(super) fn until(what: &str, mut condition: impl FnMut() -> bool) {
    let end = Instant::now() + Duration::from_secs(60);
    while !condition() {
        assert!(Instant::now() < end, "it did not come to this: {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

pub(super) fn run_id(number: u8) -> RunId {
    RunId::from_random([number; 8])
}

pub(super) fn target(url: &str) -> Target {
    Target::parse(url, &std::collections::BTreeMap::new(), None, None).unwrap()
}

/// The gate's side of a database, in this process.
pub(super) fn database(url: &str) -> PostgresDatabase<'static> {
    database_with(url, DatabaseOptions::default(), &[])
}

pub(super) fn database_with(
    url: &str,
    options: DatabaseOptions,
    variables: &[(&str, &str)],
) -> PostgresDatabase<'static> {
    let variables = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    PostgresDatabase::new(target(url), options, planner(), variables)
}

pub(super) fn planner() -> Box<dyn Planner> {
    Box::new(Nothing)
}

/// Plans nothing.
struct Nothing;

#[async_trait]
impl Planner for Nothing {
    async fn look(&mut self) -> Result<Look, Refusal> {
        Ok(Look::default())
    }

    async fn glance(&mut self) -> Result<Look, Refusal> {
        Ok(Look { head: Some("glanced".to_owned()), ..Look::default() })
    }
}

/// How many sessions hold the lock, as another session sees it.
pub(super) fn holders(database: &postgres::Database) -> usize {
    let sql = format!(
        "SELECT l.pid FROM pg_locks l JOIN pg_database d ON d.oid = l.database AND d.datname = current_database() \
         WHERE l.locktype = 'advisory' AND l.granted AND l.classid = {CLASS} AND l.objid = {KEY}"
    );
    database.query(&sql).len()
}

/// A gate in a process of its own: takes the lock, runs a command, gives the lock back.
pub(super) struct Gate {
    pub(super) process: Child,
    pub(super) dir: TempDir,
}

/// How a [`Gate`] is started.
pub(super) struct Starting {
    command: Command,
    dir: TempDir,
}

impl Gate {
    /// Runs `sh -c script`; in a new folder, like everything it does.
    pub(super) fn sh(url: &str, script: &str) -> Starting {
        Self::words(url, &["sh", "-c", script])
    }

    pub(super) fn words(url: &str, words: &[&str]) -> Starting {
        let dir = TempDir::new().unwrap();
        let mut command = Command::new(std::env::current_exe().unwrap());
        command
            .args(["gate::stage::as_a_gate_of_its_own", "--exact", "--nocapture", "--test-threads=1"])
            .env("TIDEGATE_TEST_GATE_URL", url)
            .env("TIDEGATE_TEST_GATE_WORDS", serde_json::to_string(words).unwrap())
            .current_dir(dir.path())
            .stdin(Stdio::null())
            .stdout(fs::File::create(dir.path().join("stdout")).unwrap())
            .stderr(fs::File::create(dir.path().join("stderr")).unwrap());
        Starting { command, dir }
    }

    pub(super) fn pid(&self) -> u32 {
        self.process.id()
    }

    pub(super) fn signal(&self, signal: &str) {
        let sent = Command::new("kill").args(["-s", signal, &self.pid().to_string()]).status().unwrap();
        assert!(sent.success());
    }

    /// What the command or the gate has written into a file there; nothing while it is not there.
    pub(super) fn read(&self, file: &str) -> String {
        fs::read_to_string(self.dir.path().join(file)).unwrap_or_default()
    }

    pub(super) fn write(&self, file: &str) {
        fs::write(self.dir.path().join(file), "").unwrap();
    }

    /// Until the command has written this line.
    pub(super) fn until_says(&self, file: &str, line: &str) {
        until(&format!("{file} says {line}; stderr: {}", self.read("stderr")), || {
            self.read(file).lines().any(|found| found == line)
        });
    }

    pub(super) fn ended(&mut self) -> ExitStatus {
        crate::support::cli::wait(&mut self.process, Duration::from_secs(60)).expect("the gate comes to its end")
    }
}

impl Drop for Gate {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Starting {
    pub(super) fn env(mut self, name: &str, value: &str) -> Self {
        self.command.env(name, value);
        self
    }

    pub(super) fn kill_after(self, time: Duration) -> Self {
        self.env("TIDEGATE_TEST_GATE_KILL_AFTER", &time.as_millis().to_string())
    }

    pub(super) fn start(mut self) -> Gate {
        Gate { process: self.command.spawn().unwrap(), dir: self.dir }
    }

    /// As some runners start programs.
    pub(super) fn start_with_sigchld_ignored(self) -> Gate {
        let mut command = Command::new("sh");
        command
            .args(["-c", "trap '' CHLD; exec \"$@\"", "sh"])
            .arg(self.command.get_program())
            .args(self.command.get_args())
            .envs(self.command.get_envs().filter_map(|(name, value)| Some((name, value?))))
            .current_dir(self.dir.path())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        Gate { process: command.spawn().unwrap(), dir: self.dir }
    }

    /// On a terminal of its own, with what is typed there.
    pub(super) fn start_on_a_terminal(self) -> Gate {
        let words: Vec<String> = std::iter::once(self.command.get_program())
            .chain(self.command.get_args())
            .map(|word| word.to_str().unwrap().to_owned())
            .collect();
        // `exec`: a shell that stays between would take `Ctrl-C` for its own.
        let line = format!("exec {}", words.join(" "));
        let mut command = Command::new(tool::tool(&["script"]));
        command
            .args(["--quiet", "--return", "--command", &line, "/dev/null"])
            .envs(self.command.get_envs().filter_map(|(name, value)| Some((name, value?))))
            .current_dir(self.dir.path())
            .stdin(Stdio::piped())
            .stdout(fs::File::create(self.dir.path().join("terminal")).unwrap())
            .stderr(Stdio::null());
        Gate { process: command.spawn().unwrap(), dir: self.dir }
    }
}

/// No test by itself: what [`Gate`] starts, the program of the tests once more. Says nothing where nobody asked.
#[test]
fn as_a_gate_of_its_own() {
    let Ok(url) = std::env::var("TIDEGATE_TEST_GATE_URL") else { return };
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let code = runtime.block_on(async {
        let signals = Signals::listen();
        tokio::select! {
            biased;
            signal = signals.interrupted() => 128 + i32::from(signal),
            code = gate(&url, &signals) => code,
        }
    });
    std::process::exit(code);
}

async fn gate(url: &str, signals: &Signals) -> i32 {
    let words: Vec<String> = serde_json::from_str(&std::env::var("TIDEGATE_TEST_GATE_WORDS").unwrap()).unwrap();
    let milliseconds = std::env::var("TIDEGATE_TEST_GATE_KILL_AFTER").ok().and_then(|text| text.parse().ok());
    let lock_timeout = std::env::var("TIDEGATE_TEST_GATE_LOCK_TIMEOUT").ok().and_then(|text| text.parse().ok());
    let note = |text: &str| fs::write("gate", format!("{}{text}\n", fs::read_to_string("gate").unwrap_or_default()));
    let mut database = database(url);
    // Open while the command starts, and none of its business.
    let _others = (TcpListener::bind("127.0.0.1:0").unwrap(), fs::File::open("/dev/null").unwrap());
    let run = run_id(7);
    loop {
        match database.try_lock(&run).await {
            Ok(Locking::Taken) => break,
            Ok(Locking::Held(by)) => {
                note(&format!("held by {by}")).unwrap();
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
            Err(refusal) => {
                note(&format!("refused: {}", refusal.message)).unwrap();
                return 125;
            }
        }
    }
    note("taken").unwrap();
    let options = CommandOptions {
        variables: std::collections::BTreeMap::new(),
        words,
        lock_timeout: lock_timeout.map(SignedDuration::from_secs),
        kill_after: SignedDuration::from_millis(milliseconds.unwrap_or(60_000)),
    };
    let mut command = MigrateCommand::new(options, target(url), database.held(), signals.clone());
    let exit = command.run(&run, Some("backup-1")).await;
    note(&format!("{exit:?}")).unwrap();
    database.unlock().await;
    i32::from(exit.code())
}
