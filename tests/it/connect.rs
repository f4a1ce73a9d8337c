//! Connections to a server that listens on TCP with TLS and passwords: what is refused, and what is said about it.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tidegate::postgres::{ConnectErrorKind, Connected, Dsn, Env, connect};

use crate::support::postgres;

const PASSWORD: &str = "s3cret/p@ss word";

/// A server of its own: with a certificate for `localhost` of an authority of its own.
struct Server {
    folder: tempfile::TempDir,
    process: Child,
    port: u16,
}

impl Drop for Server {
    fn drop(&mut self) {
        let id = self.process.id().to_string();
        let _ = Command::new("kill").args(["-QUIT", &id]).status();
        let _ = self.process.wait();
    }
}

/// Runs a command as the user that servers run as, and expects it to do its work.
fn as_owner(folder: &Path, program: &Path) -> Command {
    let root = Command::new("id").arg("-u").output().unwrap().stdout == b"0\n";
    let mut command = if root { Command::new("setpriv") } else { Command::new(program) };
    if root {
        command.args(["--reuid=postgres", "--regid=postgres", "--clear-groups"]).arg(program);
    }
    command.current_dir(folder).stdout(Stdio::null()).stderr(Stdio::null());
    command
}

fn run(command: &mut Command) {
    assert!(command.status().unwrap().success(), "{command:?}");
}

fn openssl(folder: &Path, arguments: &str) {
    run(Command::new("openssl").args(arguments.split(' ')).current_dir(folder).stderr(Stdio::null()));
}

impl Server {
    fn start() -> Self {
        let bin = postgres::server().bin.clone();
        let folder = tempfile::Builder::new().prefix("tgtls").tempdir_in("/tmp").unwrap();
        let path = folder.path().to_owned();
        // Two authorities: one that signed the server's certificate, and one that did not.
        for ca in ["ca", "other"] {
            openssl(
                &path,
                &format!(
                    "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN={ca} -keyout {ca}.key -out {ca}.crt"
                ),
            );
        }
        std::fs::write(path.join("san"), "subjectAltName=DNS:localhost").unwrap();
        openssl(
            &path,
            "req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=localhost -keyout server.key -out server.csr",
        );
        openssl(
            &path,
            "x509 -req -in server.csr -CA ca.crt -CAkey ca.key -CAcreateserial -days 2 -extfile san -out server.crt",
        );
        std::fs::write(path.join("pw"), format!("{PASSWORD}\n")).unwrap();
        let _ = Command::new("chown").args(["-R", "postgres"]).arg(&path).stderr(Stdio::null()).status();
        std::fs::set_permissions(path.join("server.key"), std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
        run(as_owner(&path, &bin.join("initdb")).args([
            "-D",
            "data",
            "-U",
            "app",
            "--pwfile=pw",
            "-A",
            "scram-sha-256",
            "--no-sync",
        ]));
        let hba = "local all all trust\nhostssl all all 127.0.0.1/32 scram-sha-256\nhostnossl plain app 127.0.0.1/32 scram-sha-256\n";
        std::fs::write(path.join("data/pg_hba.conf"), hba).unwrap();
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let process = as_owner(&path, &bin.join("postgres"))
            .args(["-D", "data", "-c", "ssl=on", "-c", "fsync=off", "-c", "listen_addresses=127.0.0.1"])
            .arg("-c")
            .arg(format!("ssl_cert_file={}", path.join("server.crt").display()))
            .arg("-c")
            .arg(format!("ssl_key_file={}", path.join("server.key").display()))
            .arg("-k")
            .arg(&path)
            .arg("-p")
            .arg(port.to_string())
            .spawn()
            .unwrap();
        let server = Self { folder, process, port };
        let until = Instant::now() + Duration::from_secs(30);
        // The port opens before the server lets anybody in; its own file says when it does.
        let ready =
            || std::fs::read_to_string(path.join("data/postmaster.pid")).is_ok_and(|text| text.contains("ready"));
        while !ready() {
            assert!(Instant::now() < until, "the server does not start");
            std::thread::sleep(Duration::from_millis(20));
        }
        server
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }
}

async fn attempt(text: &str, password: &str) -> Result<Connected, (ConnectErrorKind, String)> {
    let mut env = Env::default();
    env.variables.insert("PGPASSWORD".to_owned(), password.to_owned());
    let dsn = Dsn::parse(text, &env).unwrap();
    connect(&dsn, "tidegate test").await.map_err(|error| {
        let told = format!("{error} {error:?} {}", error.hint.clone().unwrap_or_default());
        assert!(password.is_empty() || !told.contains(password), "{told}");
        assert!(!error.reason.is_empty());
        (error.kind, format!("{error}; {}", error.hint.clone().unwrap_or_default()))
    })
}

async fn says(text: &str, password: &str, kind: ConnectErrorKind, parts: &[&str]) {
    match attempt(text, password).await {
        Ok(_) => panic!("{text}: connected"),
        Err((found, message)) => {
            assert_eq!(found, kind, "{text}: {message}");
            for part in parts {
                assert!(message.contains(part), "{text}: {message} lacks {part}");
            }
        }
    }
}

#[tokio::test]
async fn tls_is_checked_as_far_as_sslmode_says() {
    let server = Server::start();
    let port = server.port;
    let ca = server.file("ca.crt").display().to_string();
    let other = server.file("other.crt").display().to_string();
    let own = server.file("server.crt").display().to_string();
    let local = format!("user=app dbname=postgres port={port}");
    for (mode, encrypted) in [
        ("host=localhost hostaddr=127.0.0.1 sslmode=require".to_owned(), true),
        (format!("host=127.0.0.1 sslmode=verify-ca sslrootcert={ca}"), true),
        (format!("host=localhost hostaddr=127.0.0.1 sslmode=verify-full sslrootcert={ca}"), true),
        (format!("host=localhost hostaddr=127.0.0.1 sslmode=verify-full sslrootcert={own}"), true),
        // Only TLS is let in: `prefer` takes it, and `allow` comes back with it.
        ("host=127.0.0.1".to_owned(), true),
        ("host=127.0.0.1 sslmode=allow".to_owned(), true),
    ] {
        let text = format!("{local} {mode}");
        let connected = match attempt(&text, PASSWORD).await {
            Ok(connected) => connected,
            Err(error) => panic!("{text}: {error:?}"),
        };
        let row = connected
            .client
            .query_one("SELECT ssl, version() FROM pg_stat_ssl WHERE pid = pg_backend_pid()", &[])
            .await
            .unwrap();
        assert_eq!(row.get::<_, bool>(0), encrypted, "{text}");
        let version = connected.server_version.clone().unwrap();
        assert!(row.get::<_, &str>(1).contains(&version), "{version}");
        connected.close().await;
    }
    use ConnectErrorKind::{Configuration, NotAdmitted, Tls};
    for (mode, kind, parts) in [
        (format!("host=127.0.0.1 sslmode=verify-full sslrootcert={ca}"), Tls, ["sslmode=verify-ca", "127.0.0.1"]),
        (format!("host=127.0.0.1 sslmode=verify-ca sslrootcert={other}"), Tls, ["UnknownIssuer", "sslrootcert"]),
        (format!("host=127.0.0.1 sslmode=require sslrootcert={other}"), Tls, ["UnknownIssuer", "sslrootcert"]),
        (
            "host=127.0.0.1 sslmode=verify-full sslrootcert=/no/such.pem".to_owned(),
            Configuration,
            ["/no/such.pem", "cannot be read"],
        ),
        (
            format!("host=127.0.0.1 sslmode=verify-full sslrootcert={}", server.file("pw").display()),
            Configuration,
            ["pw", "PEM"],
        ),
        ("host=127.0.0.1 sslmode=disable".to_owned(), NotAdmitted, ["pg_hba.conf", "sslmode=require"]),
    ] {
        says(&format!("{local} {mode}"), PASSWORD, kind, &parts).await;
    }
}

#[tokio::test]
async fn every_refusal_says_what_to_try() {
    let server = Server::start();
    let at = format!("host=127.0.0.1 port={} user=app", server.port);
    use ConnectErrorKind::{NoDatabase, NoRole, Password, Refused, Timeout, UnknownHost};
    says(&format!("{at} dbname=postgres"), "wrong-password", Password, &["PGPASSWORD", "postgres as app", "127.0.0.1"])
        .await;
    says(&format!("{at} dbname=postgres"), "", Password, &["asks for a password", "~/.pgpass"]).await;
    says(&format!("{at} dbname=nowhere"), PASSWORD, NoDatabase, &["nowhere"]).await;
    let socket = server.folder.path().display();
    says(&format!("host={socket} port={} user=nobody dbname=postgres", server.port), "", NoRole, &["nobody"]).await;
    says(&format!("host={socket} port=1 user=app"), "", Refused, &["there is no socket", ".s.PGSQL.1"]).await;
    says("host=127.0.0.1 port=1 user=app", PASSWORD, Refused, &["connection refused", "127.0.0.1:1"]).await;
    says("host=no-such-host.invalid user=app", PASSWORD, UnknownHost, &["no-such-host.invalid"]).await;
    // Accepts, and then says nothing.
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let silent_port = silent.local_addr().unwrap().port();
    let started = Instant::now();
    says(&format!("host=127.0.0.1 port={silent_port} user=app connect_timeout=1"), PASSWORD, Timeout, &["within 1 s"])
        .await;
    assert!(started.elapsed() < Duration::from_secs(5));
    // Of several hosts, the first that takes the session; each reason where none does.
    let several = format!("host=127.0.0.1,127.0.0.1 port=1,{} user=app dbname=postgres", server.port);
    let connected = attempt(&several, PASSWORD).await.unwrap_or_else(|error| panic!("{error:?}"));
    assert_eq!(connected.host, format!("127.0.0.1:{}", server.port));
    says("host=127.0.0.1,no-such-host.invalid port=1 user=app", PASSWORD, UnknownHost, &["refused", "no-such-host"])
        .await;
}
