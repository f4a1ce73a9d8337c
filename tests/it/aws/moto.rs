//! moto: a server that speaks like AWS, and the AWS CLI, both pinned in tests/tools/aws.

use std::io::{BufRead, BufReader};
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use super::wire;
use crate::support::postgres::system_version;
use crate::support::repository_file;
use crate::support::tool::REMEDY;

/// The one server of the test binary.
pub(crate) struct Moto {
    port: u16,
    /// Its open stdin is what keeps the server alive.
    _watchdog: Child,
}

/// A Region of moto that one test has for itself.
pub(crate) struct Region {
    moto: &'static Moto,
    pub(crate) name: String,
}

fn python() -> PathBuf {
    let python = repository_file("tests/tools/aws/venv/bin/python");
    assert!(python.exists(), "{} is not there; {REMEDY}", python.display());
    python
}

impl Moto {
    /// Started once, and ended when this process ends, however that is.
    pub(crate) fn server() -> &'static Self {
        static SERVER: OnceLock<Moto> = OnceLock::new();
        SERVER.get_or_init(Self::start)
    }

    fn start() -> Self {
        // The port is the server's own choice, and it says which on stderr. The shell waits for the end of its stdin.
        let script = r#""$0" -u -m moto.server --host 127.0.0.1 --port 0 & moto=$!
            trap 'kill $moto' EXIT
            cat >/dev/null"#;
        let mut watchdog = Command::new("bash")
            .args(["-c", script])
            .arg(python())
            .env_clear()
            .env("PATH", "/usr/bin:/bin")
            .env("MOTO_ALLOW_NONEXISTENT_REGION", "true")
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .process_group(0)
            .spawn()
            .unwrap();
        let mut said = BufReader::new(watchdog.stderr.take().unwrap());
        let mut whole = String::new();
        let port = loop {
            let mut line = String::new();
            assert!(said.read_line(&mut line).unwrap() > 0, "moto ended: {whole}");
            whole.push_str(&line);
            if let Some((_, rest)) = line.split_once("http://127.0.0.1:") {
                let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
                break digits.parse().unwrap();
            }
        };
        // It goes on writing a line for each request.
        std::thread::spawn(move || std::io::copy(&mut said, &mut std::io::sink()));
        let moto = Self { port, _watchdog: watchdog };
        let end = Instant::now() + Duration::from_secs(60);
        while std::net::TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(Instant::now() < end, "moto does not answer");
            std::thread::sleep(Duration::from_millis(50));
        }
        moto
    }

    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// A Region in which nothing is.
    pub(crate) fn region() -> Region {
        static NEXT: AtomicUsize = AtomicUsize::new(1);
        let name = format!("eu-test-{}", NEXT.fetch_add(1, Ordering::Relaxed));
        Region { moto: Self::server(), name }
    }
}

impl Region {
    pub(crate) fn url(&self) -> String {
        self.moto.url()
    }

    /// The environment for a program that is to take moto for AWS, in this Region.
    pub(crate) fn env(&self) -> Vec<(&'static str, String)> {
        super::fake::environment(&self.url(), &self.name)
    }

    /// One request to RDS, which must succeed; its XML.
    pub(crate) fn rds(&self, action: &str, parameters: &[(&str, &str)]) -> String {
        let (status, body) = wire::query(&self.url(), &self.name, "rds", action, parameters);
        assert!(status == 200, "{action}: {status} {body}");
        body
    }

    /// A PostgreSQL instance.
    pub(crate) fn instance(&self, name: &str) {
        self.rds(
            "CreateDBInstance",
            &[
                ("DBInstanceIdentifier", name),
                ("DBInstanceClass", "db.t4g.micro"),
                ("Engine", "postgres"),
                ("EngineVersion", system_version()),
                ("AllocatedStorage", "20"),
                ("MasterUsername", "postgres"),
                ("MasterUserPassword", "a-password"),
                ("Tags.Tag.1.Key", "team"),
                ("Tags.Tag.1.Value", "shop"),
            ],
        );
    }

    /// An Aurora cluster with one instance, `NAME-1`.
    pub(crate) fn cluster(&self, name: &str) {
        self.rds(
            "CreateDBCluster",
            &[
                ("DBClusterIdentifier", name),
                ("Engine", "aurora-postgresql"),
                ("EngineVersion", system_version()),
                ("MasterUsername", "postgres"),
                ("MasterUserPassword", "a-password"),
                ("Tags.Tag.1.Key", "team"),
                ("Tags.Tag.1.Value", "shop"),
            ],
        );
        self.rds(
            "CreateDBInstance",
            &[
                ("DBInstanceIdentifier", &format!("{name}-1")),
                ("DBInstanceClass", "db.r6g.large"),
                ("Engine", "aurora-postgresql"),
                ("EngineVersion", system_version()),
                ("DBClusterIdentifier", name),
            ],
        );
    }

    /// The AWS CLI, a witness that is not ours: what `aws ARGUMENTS` answers.
    pub(crate) fn aws(&self, arguments: &[&str]) -> serde_json::Value {
        aws(&self.env(), arguments)
    }
}

/// What `aws ARGUMENTS` answers in this environment; it must succeed.
pub(crate) fn aws(environment: &[(&str, String)], arguments: &[&str]) -> serde_json::Value {
    let out = aws_text(environment, arguments);
    if out.trim().is_empty() { serde_json::Value::Null } else { serde_json::from_str(&out).unwrap() }
}

/// The same, as it is.
pub(crate) fn aws_text(environment: &[(&str, String)], arguments: &[&str]) -> String {
    let home = tempfile::TempDir::new().unwrap();
    let output = Command::new(python())
        .args(["-m", "awscli", "--output", "json"])
        .args(arguments)
        .env_clear()
        .env("PATH", "/usr/bin:/bin")
        .env("HOME", home.path())
        .envs(environment.iter().map(|(name, value)| (*name, value)))
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "aws {arguments:?}: {err}{out}");
    out.into_owned()
}
