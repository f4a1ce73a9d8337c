//! A private cluster of server binaries that were found on the machine.
//!
//! What it promises: a cluster of its own in a temporary folder, reachable through a unix socket in that folder and in
//! no other way, and gone afterwards, also if this process is killed: a small child process ([`watch`]) owns the server
//! and stops it when its pipe ends. A server does not run as root, so root hands the cluster to `postgres` or `nobody`.

mod find;
pub mod watch;

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tempfile::TempDir;
use tokio::io::AsyncReadExt;
use tokio::net::UnixStream;
use tokio::process::ChildStdin;
use tokio::sync::oneshot;
use tokio::time::{Instant, sleep, timeout};
use tokio_postgres::{Client, Config, NoTls};

use super::child::{self, Child};
use super::relay::{Failed, Pipes, Relay};
use super::{CHILD_VERB, EngineError, EngineOptions};

pub(super) const NAME: &str = "local";

/// The number in the socket's file name; nothing listens on a port.
const PORT: u16 = 5432;

/// How long `initdb` and the start may take together.
const PATIENCE_TO_OPEN: Duration = Duration::from_secs(120);

/// A socket's path has 108 bytes with the one that ends it.
const LONGEST_SOCKET_PATH: usize = 107;

pub struct Local {
    /// Ends the server when it is closed.
    pipe: Arc<Mutex<Option<ChildStdin>>>,
    child: Child,
    folder: TempDir,
    deadline: Duration,
    failure: Arc<Mutex<Option<EngineError>>>,
    sessions: Vec<oneshot::Sender<()>>,
}

impl Local {
    pub(super) async fn open(options: &EngineOptions) -> Result<Self, EngineError> {
        let start = |reason| EngineError::Start { engine: NAME, reason };
        let bin = find::server(options.server_bin.as_deref(), &options.path)?;
        let owner = watch::unprivileged().map_err(start)?;
        let folder =
            folder(owner.is_some()).map_err(|error| start(format!("cannot make a temporary folder: {error}")))?;
        let program = child::program(options.program.as_deref()).map_err(start)?;
        let mut arguments = vec![CHILD_VERB.to_owned(), NAME.to_owned(), "--bin".to_owned(), bin.display().to_string()];
        arguments.extend(["--folder".to_owned(), folder.path().display().to_string()]);
        if let Some((uid, gid)) = owner {
            arguments.extend(["--uid".to_owned(), uid.to_string(), "--gid".to_owned(), gid.to_string()]);
        }
        // Libraries of a relocated installation are found through the binaries' own run path.
        let environment = [("TMPDIR", folder.path().to_owned()), ("HOME", folder.path().to_owned())];
        let (child, stdin, mut stdout) = Child::spawn(&program, &arguments, &environment).map_err(start)?;
        let engine = Self {
            pipe: Arc::new(Mutex::new(Some(stdin))),
            child,
            folder,
            deadline: options.deadline,
            failure: Arc::default(),
            sessions: Vec::new(),
        };
        // One byte says that the server has been started; the end of the stream, that it could not be.
        match timeout(PATIENCE_TO_OPEN, stdout.read_u8()).await {
            Ok(Ok(_)) => {}
            Ok(Err(_)) => return Err(start(engine.child.handle().last_words().await)),
            Err(_) => return Err(start(format!("`initdb` took more than {} s", PATIENCE_TO_OPEN.as_secs()))),
        }
        engine.wait_until_it_answers().await?;
        Ok(engine)
    }

    async fn wait_until_it_answers(&self) -> Result<(), EngineError> {
        let until = Instant::now() + PATIENCE_TO_OPEN;
        loop {
            if let Ok(stream) = UnixStream::connect(socket(self.folder.path())).await
                && let Ok((_, connection)) = config().connect_raw(stream, NoTls).await
            {
                drop(connection);
                return Ok(());
            }
            if self.child.has_ended() || Instant::now() > until {
                return Err(EngineError::Start { engine: NAME, reason: self.child.handle().last_words().await });
            }
            sleep(Duration::from_millis(20)).await;
        }
    }

    pub(super) async fn connect(&mut self) -> Result<Client, EngineError> {
        if let Some(failure) = self.failure() {
            return Err(failure);
        }
        let stream = UnixStream::connect(socket(self.folder.path()))
            .await
            .map_err(|error| EngineError::Died { engine: NAME, reason: error.to_string() })?;
        let (answers, requests) = stream.into_split();
        let (ours, theirs) = tokio::io::duplex(256 << 10);
        let (stop, stopped) = oneshot::channel();
        let relay = Relay { deadline: self.deadline, patience_to_open: self.deadline, farewell: &[] };
        let failure = Arc::clone(&self.failure);
        let pipe = Arc::clone(&self.pipe);
        tokio::spawn(async move {
            let Err((failed, client)) = relay.run(theirs, Pipes { answers, requests }, stopped).await else { return };
            let error = match failed {
                Failed::Hung => EngineError::Hung { engine: NAME, deadline: relay.deadline },
                // Only the session has ended, as far as can be told from here (`pg_terminate_backend`).
                Failed::Died => EngineError::Session { engine: NAME, reason: "the session has ended".to_owned() },
            };
            if failed == Failed::Hung {
                *failure.lock().unwrap_or_else(PoisonError::into_inner) = Some(error.clone());
                *pipe.lock().unwrap_or_else(PoisonError::into_inner) = None;
            }
            Relay::tell(client, &error).await;
        });
        self.sessions.push(stop);
        let (client, connection) =
            config().connect_raw(ours, NoTls).await.map_err(|error| EngineError::session(NAME, &error))?;
        tokio::spawn(connection);
        Ok(client)
    }

    pub(super) fn failure(&self) -> Option<EngineError> {
        let failure = self.failure.lock().unwrap_or_else(PoisonError::into_inner).clone();
        failure.or_else(|| self.child.has_ended().then(|| EngineError::Died { engine: NAME, reason: String::new() }))
    }

    pub(super) fn database_url(&self) -> String {
        let host: String = self.folder.path().display().to_string().replace('%', "%25").replace('/', "%2F");
        format!("postgresql://postgres@/postgres?host={host}&port={PORT}")
    }

    pub(super) async fn close(self) {
        let _ = tokio::task::spawn_blocking(move || drop(self)).await;
    }
}

impl Drop for Local {
    fn drop(&mut self) {
        self.sessions.clear();
        *self.pipe.lock().unwrap_or_else(PoisonError::into_inner) = None;
        self.child.wait(Duration::from_secs(10));
    }
}

fn config() -> Config {
    let mut config = Config::new();
    config.user("postgres").dbname("postgres").application_name("tidegate");
    config
}

fn socket(folder: &Path) -> PathBuf {
    folder.join(format!(".s.PGSQL.{PORT}"))
}

/// A folder whose socket path is short enough, and, where the server will run as another user, that this user can
/// reach.
fn folder(for_another_user: bool) -> std::io::Result<TempDir> {
    let builder = child::private_folder("tidegate-");
    let usual = builder.tempdir()?;
    let short = socket(usual.path()).as_os_str().len() <= LONGEST_SOCKET_PATH;
    if short && (!for_another_user || watch::others_can_enter(usual.path())) {
        return Ok(usual);
    }
    builder.tempdir_in("/tmp")
}

/// What the child does, with the arguments that `open` gave it.
pub(super) fn run_child(arguments: &[(&str, &str)]) -> Result<(), String> {
    let mut options = watch::WatchOptions::default();
    let (mut uid, mut gid) = (None, None);
    for &(name, value) in arguments {
        let number = || value.parse::<u32>().map_err(|_| format!("--{name} takes a number"));
        match name {
            "bin" => options.bin = PathBuf::from(value),
            "folder" => options.folder = PathBuf::from(value),
            "uid" => uid = Some(number()?),
            "gid" => gid = Some(number()?),
            _ => return Err(format!("the {NAME} engine's child knows no --{name}")),
        }
    }
    options.owner = uid.zip(gid);
    watch::watch(&options)
}
