//! A private PostgreSQL cluster, shared by all tests of the process, with a database per test.
//!
//! It listens on a unix socket in a temporary folder only. A watchdog process waits for the end of a pipe that this
//! process holds open: however the tests end (return, panic, SIGKILL), the pipe closes, the watchdog stops the server
//! and removes the folder. So nothing has to run at exit.

use std::fs;
use std::future::Future;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::tool::REMEDY;

/// The superuser of every cluster here. Not `postgres`, so that nothing relies on that name.
pub(crate) const USER: &str = "tester";

/// The server that Debian installs, or the one that `TIDEGATE_TEST_PG_BIN` names.
pub(crate) fn server() -> &'static Server {
    static SERVER: OnceLock<Server> = OnceLock::new();
    SERVER.get_or_init(|| Server::start(&system_bin(), None))
}

/// Its version: `15.18`.
pub(crate) fn system_version() -> &'static str {
    static VERSION: OnceLock<String> = OnceLock::new();
    VERSION.get_or_init(|| {
        let output = Command::new(system_bin().join("postgres")).arg("--version").output().unwrap();
        let said = String::from_utf8(output.stdout).unwrap();
        said.split_whitespace().nth(2).expect("postgres (PostgreSQL) 15.18").to_owned()
    })
}

/// The same, which listens on 127.0.0.1 as well: it can be the endpoint of an instance.
pub(crate) fn server_on_tcp() -> &'static Server {
    static SERVER: OnceLock<Server> = OnceLock::new();
    SERVER.get_or_init(|| {
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        Server::start(&system_bin(), Some(port))
    })
}

/// What a server has beyond the usual.
#[derive(Default)]
pub(crate) struct Extra {
    /// On 127.0.0.1.
    pub(crate) port: Option<u16>,
    /// Lines for `postgresql.conf`.
    pub(crate) settings: String,
    /// Lines for the head of `pg_hba.conf`.
    pub(crate) admits: String,
}

/// A PostgreSQL 18: of the embedded engine's major version.
pub(crate) fn server_18() -> &'static Server {
    static SERVER: OnceLock<Server> = OnceLock::new();
    SERVER.get_or_init(|| Server::start(&npm_bin("TIDEGATE_TEST_PG18_BIN", "pg18"), None))
}

/// A PostgreSQL 15: the oldest major version that the worked example is compared with.
pub(crate) fn server_15() -> &'static Server {
    static SERVER: OnceLock<Server> = OnceLock::new();
    SERVER.get_or_init(|| Server::start(&npm_bin("TIDEGATE_TEST_PG15_BIN", "pg15"), None))
}

/// A running cluster.
pub(crate) struct Server {
    /// The folder that holds data, socket and log.
    dir: PathBuf,
    /// The folder with `postgres`, `initdb` and `pg_ctl` that it was started from.
    pub(crate) bin: PathBuf,
    account: Account,
    /// On 127.0.0.1, where it listens there.
    port: Option<u16>,
    /// Its open stdin is what keeps the cluster alive.
    _watchdog: Child,
}

impl Server {
    fn start(bin: &Path, port: Option<u16>) -> Self {
        Self::start_with(bin, |_| Extra { port, ..Extra::default() })
    }

    /// `prepare` gets the server's folder, whose owner runs the server.
    pub(crate) fn start_with(bin: &Path, prepare: impl FnOnce(&Path) -> Extra) -> Self {
        // Not below TMPDIR, which may be long: a socket's path must fit into 107 bytes.
        let dir = tempfile::Builder::new().prefix("tg-test-").tempdir_in("/tmp").unwrap().keep();
        fs::set_permissions(&dir, fs::Permissions::from_mode(0o755)).unwrap();
        let account = Account::for_servers(&dir);
        let watchdog = watchdog(&dir);
        let bin = account.reachable(bin, &dir);
        let data = dir.join("data");
        let run = |command: &mut Command| {
            let output = account.lower(command).current_dir(&dir).stdin(Stdio::null()).output().unwrap();
            let log = fs::read_to_string(dir.join("log")).unwrap_or_default();
            assert!(
                output.status.success(),
                "{command:?} failed: {}{}{log}",
                String::from_utf8_lossy(&output.stdout),
                String::from_utf8_lossy(&output.stderr)
            );
        };
        run(Command::new(bin.join("initdb"))
            .args(["--auth=trust", "--no-sync", "--encoding=UTF8", "--locale=C", "--username", USER, "--pgdata"])
            .arg(&data));
        let mut settings = fs::read_to_string(data.join("postgresql.conf")).unwrap();
        let Extra { port, settings: more, admits } = prepare(&dir);
        if let Some(port) = port {
            settings.push_str(&format!("\nport = {port}\n"));
        }
        let addresses = if port.is_some() { "127.0.0.1" } else { "" };
        settings.push_str(&format!(
            "\nlisten_addresses = '{addresses}'\nunix_socket_directories = '{}'\nfsync = off\nfull_page_writes = off\n\
             synchronous_commit = off\nwal_level = logical\nmax_connections = 200\nmax_locks_per_transaction = 4096\n\
             log_line_prefix = '%d|%c|'\ntimezone = 'UTC'\nlc_messages = 'C'\n{more}",
            dir.display()
        ));
        fs::write(data.join("postgresql.conf"), settings).unwrap();
        let usual = fs::read_to_string(data.join("pg_hba.conf")).unwrap();
        fs::write(data.join("pg_hba.conf"), format!("{admits}{usual}")).unwrap();
        // `pg_ctl start` leaves the server with its own stdout, so the output is a file and not a pipe.
        run(Command::new(bin.join("pg_ctl"))
            .args(["start", "--wait", "--silent", "--timeout=60", "--log"])
            .arg(dir.join("log"))
            .arg("--pgdata")
            .arg(&data));
        Self { dir, bin, account, port, _watchdog: watchdog }
    }

    /// A program as the owner of the server runs it, in the server's folder: one of its own, or one by its path.
    pub(crate) fn command(&self, program: &str) -> Command {
        let mut command = Command::new(self.bin.join(program));
        self.account.lower(&mut command).current_dir(&self.dir).stdin(Stdio::null());
        command
    }

    /// The folder of the unix socket.
    pub(crate) fn socket(&self) -> &Path {
        &self.dir
    }

    /// A URL of one database, as the program takes it.
    pub(crate) fn url(&self, database: &str) -> String {
        let host: String = self.dir.display().to_string().replace('/', "%2F");
        let port = self.port.map(|port| format!(":{port}")).unwrap_or_default();
        format!("postgres://{USER}@{host}{port}/{database}")
    }

    /// The port of [`server_on_tcp`].
    pub(crate) fn port(&self) -> u16 {
        self.port.expect("this server listens on its socket alone")
    }

    /// Everything that the server has logged.
    pub(crate) fn log(&self) -> String {
        fs::read_to_string(self.dir.join("log")).unwrap()
    }

    /// A new, empty database, dropped with the returned guard.
    pub(crate) fn database(&'static self) -> Database {
        static NEXT: AtomicUsize = AtomicUsize::new(1);
        let name = format!("test_{}", NEXT.fetch_add(1, Ordering::Relaxed));
        // template0, so that a session that looks at template1 never stands in the way.
        execute(&self.url("postgres"), &format!("CREATE DATABASE {name} TEMPLATE template0"));
        Database { server: self, name }
    }
}

/// A database of its own for one test.
pub(crate) struct Database {
    server: &'static Server,
    pub(crate) name: String,
}

impl Database {
    pub(crate) fn server(&self) -> &'static Server {
        self.server
    }

    pub(crate) fn url(&self) -> String {
        self.server.url(&self.name)
    }

    /// The same database over TCP.
    pub(crate) fn tcp_url(&self) -> String {
        format!("postgres://{USER}@127.0.0.1:{}/{}", self.server.port(), self.name)
    }

    /// The same database as another role.
    pub(crate) fn url_as(&self, role: &str) -> String {
        self.url().replacen(&format!("{USER}@"), &format!("{role}@"), 1)
    }

    /// Runs a script of one or more statements, in a session of its own.
    pub(crate) fn execute(&self, sql: &str) {
        execute(&self.url(), sql);
    }

    /// The rows of a query, every value as PostgreSQL's own text, NULL as `None`.
    pub(crate) fn query(&self, sql: &str) -> Vec<Vec<Option<String>>> {
        query(&self.url(), sql)
    }

    /// The one value that a query returns.
    pub(crate) fn value(&self, sql: &str) -> String {
        let rows = self.query(sql);
        assert_eq!((rows.len(), rows[0].len()), (1, 1), "{sql} returns one value");
        rows[0][0].clone().unwrap_or_default()
    }

    /// From now on, the server logs every statement of sessions in this database.
    pub(crate) fn log_statements(&self) {
        self.execute(&format!("ALTER DATABASE {} SET log_statement = 'all'", self.name));
    }

    /// What [`Self::log_statements`] had logged: one item per statement that the server ran, from connect to close,
    /// `BEGIN` and `SET` included. Only the first line of each.
    pub(crate) fn logged_statements(&self) -> Vec<String> {
        let prefix = format!("{}|", self.name);
        let log = self.server.log();
        log.lines()
            .filter_map(|line| line.strip_prefix(&prefix)?.split_once('|'))
            .filter_map(|(_, message)| message.strip_prefix("LOG:  "))
            .filter(|message| message.starts_with("statement: ") || message.starts_with("execute "))
            .map(ToOwned::to_owned)
            .collect()
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        let sql = format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name);
        let url = self.server.url("postgres");
        let dropped = std::thread::spawn(move || execute(&url, &sql)).join();
        // A second panic while one unwinds would abort the whole test process and hide the first.
        assert!(dropped.is_ok() || std::thread::panicking(), "the test's database cannot be dropped");
    }
}

/// Runs a script in a session of its own. PostgreSQL's complaint fails the test.
pub(crate) fn execute(url: &str, sql: &str) {
    let (url, sql) = (url.to_owned(), sql.to_owned());
    wait_for(async move {
        let client = connect(&url).await;
        client.batch_execute(&sql).await.unwrap_or_else(|error| panic!("{}\nin {sql}", explain(&error)));
    });
}

/// The rows of a script's queries, every value as PostgreSQL's own text.
pub(crate) fn query(url: &str, sql: &str) -> Vec<Vec<Option<String>>> {
    let (url, sql) = (url.to_owned(), sql.to_owned());
    wait_for(async move {
        let client = connect(&url).await;
        let messages = client.simple_query(&sql).await;
        let messages = messages.unwrap_or_else(|error| panic!("{}\nin {sql}", explain(&error)));
        messages
            .iter()
            .filter_map(|message| match message {
                tokio_postgres::SimpleQueryMessage::Row(row) => {
                    Some((0..row.len()).map(|at| row.get(at).map(ToOwned::to_owned)).collect())
                }
                _ => None,
            })
            .collect()
    })
}

/// A connection whose other half runs beside it.
pub(crate) async fn connect(url: &str) -> tokio_postgres::Client {
    let connected = tokio_postgres::connect(url, tokio_postgres::NoTls).await;
    let (client, connection) = connected.unwrap_or_else(|error| panic!("{url}: {}", explain(&error)));
    tokio::spawn(connection);
    client
}

fn explain(error: &tokio_postgres::Error) -> String {
    error.as_db_error().map_or_else(|| error.to_string(), |db| format!("{db} {}", db.detail().unwrap_or_default()))
}

/// On a thread of its own, so that tests with a runtime may call it too.
fn wait_for<T: Send + 'static>(work: impl Future<Output = T> + Send + 'static) -> T {
    let thread = std::thread::spawn(|| {
        tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(work)
    });
    thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}

/// Stops the server and removes the folder once this process is gone.
///
/// In a process group of its own: an interrupt from the terminal must not end it before its work is done.
fn watchdog(dir: &Path) -> Child {
    let script = r#"
        trap '' HUP INT TERM
        cat >/dev/null
        for file in "$1"/*/postmaster.pid; do
            [ -f "$file" ] || continue
            server=$(head -n 1 "$file")
            kill -QUIT "$server"
            tries=0
            while kill -0 "$server" 2>/dev/null && [ $tries -lt 100 ]; do sleep 0.1; tries=$((tries + 1)); done
            kill -KILL "$server" 2>/dev/null
        done
        cd / && rm -rf "$1"
    "#;
    Command::new("sh")
        .args(["-c", script, "watchdog"])
        .arg(dir)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .process_group(0)
        .spawn()
        .unwrap()
}

/// Whom servers run as. They refuse to run as root.
struct Account {
    /// User and group, where they differ from this process's own.
    other: Option<(u32, u32)>,
}

impl Account {
    /// Root hands `dir` to `postgres`, or `nobody` where there is no such user.
    fn for_servers(dir: &Path) -> Self {
        if fs::metadata(dir).unwrap().uid() != 0 {
            return Self { other: None };
        }
        let users = fs::read_to_string("/etc/passwd").unwrap();
        let ids = |name: &str| {
            let line = users.lines().find(|line| line.split(':').next() == Some(name))?;
            let mut fields = line.split(':').skip(2);
            Some((fields.next()?.parse().ok()?, fields.next()?.parse().ok()?))
        };
        let (user, group) = ids("postgres").or_else(|| ids("nobody")).expect("a user to run PostgreSQL as");
        chown(dir, Some(user), Some(group)).unwrap();
        Self { other: Some((user, group)) }
    }

    fn lower<'a>(&self, command: &'a mut Command) -> &'a mut Command {
        // Nothing of the developer's environment (PGDATA, PGPORT, LC_ALL…) reaches the server.
        command.env_clear().env("PATH", "/usr/bin:/bin").env("LC_ALL", "C");
        match self.other {
            Some((user, group)) => command.uid(user).gid(group),
            None => command,
        }
    }

    /// The binaries where that user can run them: below a private home they are copied into `dir` first.
    fn reachable(&self, bin: &Path, dir: &Path) -> PathBuf {
        let open = |path: &Path| fs::metadata(path).is_ok_and(|meta| meta.mode() & 0o001 != 0);
        if self.other.is_none() || bin.ancestors().all(open) {
            return bin.to_owned();
        }
        let source = bin.parent().expect("bin is a folder of the installation");
        let copied = Command::new("cp").arg("-RL").arg(source).arg(dir.join("pgsql")).status().unwrap();
        assert!(copied.success(), "{} cannot be copied", source.display());
        let opened = Command::new("chmod").args(["-R", "go+rX"]).arg(dir.join("pgsql")).status().unwrap();
        assert!(opened.success());
        dir.join("pgsql").join(bin.file_name().unwrap())
    }
}

/// `TIDEGATE_TEST_PG_BIN`, else the newest that the system's packages installed.
pub(crate) fn system_bin() -> PathBuf {
    if let Some(bin) = configured("TIDEGATE_TEST_PG_BIN") {
        return bin;
    }
    let mut found: Vec<(u32, PathBuf)> = fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .filter_map(|entry| {
            let path = entry.ok()?.path();
            let major = path.file_name()?.to_str()?.parse().ok()?;
            let bin = path.join("bin");
            bin.join("initdb").is_file().then_some((major, bin))
        })
        .collect();
    found.sort();
    let newest = found.pop();
    newest.map(|(_, bin)| bin).unwrap_or_else(|| panic!("no PostgreSQL server below /usr/lib/postgresql; {REMEDY}"))
}

/// The folder that an environment variable names, else the npm package for this machine below `tests/tools/postgres`.
pub(crate) fn npm_bin(variable: &str, alias: &str) -> PathBuf {
    if let Some(bin) = configured(variable) {
        return bin;
    }
    let system = if cfg!(target_os = "macos") { "darwin" } else { "linux" };
    let processor = if cfg!(target_arch = "aarch64") { "arm64" } else { "x64" };
    let package = format!("tests/tools/postgres/node_modules/{alias}-{system}-{processor}");
    let bin = super::repository_file(&package).join("native/bin");
    assert!(bin.join("initdb").is_file(), "no PostgreSQL server in {}; {REMEDY}", bin.display());
    bin
}

fn configured(variable: &str) -> Option<PathBuf> {
    let bin = PathBuf::from(std::env::var_os(variable)?);
    assert!(bin.join("initdb").is_file(), "{variable} names {}, which has no initdb", bin.display());
    Some(bin)
}
