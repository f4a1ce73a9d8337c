//! PostgreSQL 18 inside the program, compiled to WebAssembly and run in a child process.
//!
//! What it promises: nothing needs to be installed, and nothing that a migration does can hang or end this process. A
//! statement that is not answered within the deadline ends the child; whatever the child was doing, its memory was all
//! there was of the database.

mod cache;
#[cfg(feature = "embedded")]
pub mod serve;
#[cfg(feature = "embedded")]
mod snapshot;

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tempfile::TempDir;
use tokio::process::{ChildStdin, ChildStdout};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio_postgres::{Client, Config, NoTls, SimpleQueryMessage};

use super::child::{self, Child};
use super::relay::{Failed, Relay};
use super::{CHILD_VERB, EngineError, EngineOptions};
use crate::progress::Progress;
use cache::Empty;

type Pipes = super::relay::Pipes<ChildStdout, ChildStdin>;

pub(super) const NAME: &str = "embedded";

/// What a stored result must have been made with to be of use again.
pub const BUILD: &str = "oliphaunt-wasix 0.3.2";

/// Extensions that this engine brings along; PostgreSQL itself refuses every other by name.
pub const EXTENSIONS: &[&str] = &[
    "amcheck",
    "bloom",
    "btree_gin",
    "btree_gist",
    "citext",
    "cube",
    "dict_int",
    "dict_xsyn",
    "earthdistance",
    "file_fdw",
    "fuzzystrmatch",
    "hstore",
    "intarray",
    "isn",
    "lo",
    "ltree",
    "pg_trgm",
    "pgcrypto",
    "seg",
    "tablefunc",
    "tcn",
    "tsm_system_rows",
    "tsm_system_time",
    "unaccent",
    "uuid-ossp",
    "vector",
];

/// How long the first answer may take: unpacking on a slow disk is part of it.
const PATIENCE_TO_OPEN: Duration = Duration::from_secs(120);

/// A backend that is ended in a transaction never ends, and one that is ended with temporary tables leaves them in the
/// catalog. Pages that are written now need not be recovered when the next session begins.
const FAREWELL: &[&str] = &["ROLLBACK", "DISCARD ALL", "CHECKPOINT"];

/// Whether an empty database is made anew although one is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Anew {
    No,
    Yes,
}

/// The child, and the one session that it has at a time.
pub struct Embedded {
    link: Link,
    child: Child,
    deadline: Duration,
    failure: Arc<Mutex<Option<EngineError>>>,
    begun: Begun,
    // After the child, which has files in it: fields are dropped in this order.
    _scratch: TempDir,
}

/// What it began with.
enum Begun {
    /// A database that was made for it, and where the next one may find it; nowhere where the folder is not to be trusted.
    Made(Option<Empty>),
    /// The empty database that another one made.
    Empty(Empty),
    /// What the caller gave.
    Given,
}

enum Link {
    Idle(Pipes),
    Busy { stop: oneshot::Sender<()>, relay: JoinHandle<Option<Pipes>> },
    Lost,
}

impl Embedded {
    /// The child is started here, and the database opened with the first session.
    pub(super) async fn open(
        options: &EngineOptions,
        anew: Anew,
        progress: &dyn Progress,
    ) -> Result<Self, EngineError> {
        if cfg!(not(feature = "embedded")) {
            return Err(EngineError::Unavailable {
                engine: NAME,
                reason: "this build of tidegate leaves it out; build with the feature `embedded`".to_owned(),
            });
        }
        let start = |reason| EngineError::Start { engine: NAME, reason };
        let scratch = child::private_folder("tidegate-engine-")
            .tempdir()
            .map_err(|error| start(format!("cannot make a temporary folder: {error}")))?;
        let cache = cache::folder(options.cache.as_deref(), scratch.path(), progress);
        let empty = Empty::within(&cache);
        let kept = options.cache.as_ref() == Some(&cache);
        let (begun, state) = match &options.state {
            Some(state) => (Begun::Given, Some(Arc::clone(state))),
            None => match empty.load() {
                Some(state) if anew == Anew::No => (Begun::Empty(empty), Some(Arc::new(state))),
                _ => (Begun::Made(kept.then_some(empty)), None),
            },
        };
        let temporary = scratch.path().join("tmp");
        std::fs::create_dir_all(&temporary).map_err(|error| start(format!("{}: {error}", temporary.display())))?;
        let mut arguments =
            vec![CHILD_VERB.to_owned(), NAME.to_owned(), "--scratch".to_owned(), scratch.path().display().to_string()];
        for extension in &options.extensions {
            arguments.extend(["--extension".to_owned(), extension.clone()]);
        }
        if let Some(state) = state {
            let file = scratch.path().join("state");
            std::fs::write(&file, state.as_slice()).map_err(|error| start(format!("{}: {error}", file.display())))?;
            arguments.extend(["--state".to_owned(), file.display().to_string()]);
        }
        let environment: [(&str, PathBuf); 3] =
            [("HOME", cache.clone()), ("XDG_CACHE_HOME", cache), ("TMPDIR", temporary)];
        let program = child::program(options.program.as_deref()).map_err(start)?;
        let (child, stdin, stdout) = Child::spawn(&program, &arguments, &environment).map_err(start)?;
        Ok(Self {
            link: Link::Idle(Pipes { answers: stdout, requests: stdin }),
            child,
            deadline: options.deadline,
            failure: Arc::default(),
            begun,
            _scratch: scratch,
        })
    }

    pub(super) async fn connect(&mut self) -> Result<Client, EngineError> {
        let pipes = match std::mem::replace(&mut self.link, Link::Lost) {
            Link::Idle(pipes) => Some(pipes),
            Link::Busy { stop, relay } => {
                let _ = stop.send(());
                relay.await.ok().flatten()
            }
            Link::Lost => None,
        };
        let Some(pipes) = pipes else { return Err(self.lost()) };

        let (ours, theirs) = tokio::io::duplex(256 << 10);
        let (stop, stopped) = oneshot::channel();
        let relay = Relay {
            deadline: self.deadline,
            patience_to_open: PATIENCE_TO_OPEN.max(self.deadline),
            farewell: FAREWELL,
        };
        let child = self.child.handle();
        let failure = Arc::clone(&self.failure);
        let relay = tokio::spawn(async move {
            let (failed, client) = match relay.run(theirs, pipes, stopped).await {
                Ok(pipes) => return Some(pipes),
                Err(failed) => failed,
            };
            let error = match failed {
                Failed::Hung => EngineError::Hung { engine: NAME, deadline: relay.deadline },
                Failed::Died => EngineError::Died { engine: NAME, reason: child.last_words().await },
            };
            child.kill();
            // First here, then to the client, who may ask for it at once.
            *failure.lock().unwrap_or_else(PoisonError::into_inner) = Some(error.clone());
            Relay::tell(client, &error).await;
            None
        });
        self.link = Link::Busy { stop, relay };

        let mut config = Config::new();
        config.user("postgres").dbname("postgres").application_name("tidegate");
        let (client, connection) = match config.connect_raw(ours, NoTls).await {
            Ok(session) => session,
            Err(error) => {
                return Err(match self.failure() {
                    // Nothing was asked of it yet.
                    Some(EngineError::Died { engine, reason }) => EngineError::Start { engine, reason },
                    Some(failure) => failure,
                    None => EngineError::session(NAME, &error),
                });
            }
        };
        tokio::spawn(connection);
        Ok(client)
    }

    /// Whether this session must be the last, because none can follow it: then it is as new.
    ///
    /// A session of this engine begins with a recovery, which makes unlogged relations empty. Its file system passes
    /// over some of their files where others are removed meanwhile, and the recovery ends at those.
    pub(super) async fn must_keep(&self, client: &Client) -> bool {
        let _ = client.batch_execute("ROLLBACK").await;
        has_unlogged(client).await && client.batch_execute("DISCARD ALL").await.is_ok()
    }

    /// Keeps the database, which is still empty, for the next engine to begin with.
    pub(super) async fn keep_empty(&mut self, client: &Client) {
        if let Begun::Made(place @ Some(_)) = &mut self.begun
            && let Some(place) = place.take()
            && let Some(snapshot) = Snapshot::take(client).await
        {
            tokio::task::spawn_blocking(move || snapshot.archive().map(|archive| place.store(&archive)));
        }
    }

    /// Whether it may open after all with a database that is made for it: the kept one is forgotten.
    pub(super) fn forget_empty(&self) -> bool {
        match &self.begun {
            Begun::Empty(empty) => {
                empty.forget();
                true
            }
            Begun::Made(_) | Begun::Given => false,
        }
    }

    fn lost(&self) -> EngineError {
        self.failure().unwrap_or(EngineError::Died { engine: NAME, reason: String::new() })
    }

    pub(super) fn failure(&self) -> Option<EngineError> {
        self.failure.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(super) async fn close(self) {
        // There is nothing to save: dropping it is all.
        let _ = tokio::task::spawn_blocking(move || drop(self)).await;
    }
}

/// Whether there is an unlogged table, index or sequence. Leaves no prepared statement behind.
async fn has_unlogged(client: &Client) -> bool {
    let asked = client.simple_query("SELECT 1 FROM pg_catalog.pg_class WHERE relpersistence = 'u' LIMIT 1").await;
    asked.is_ok_and(|answer| answer.iter().any(|message| matches!(message, SimpleQueryMessage::Row(_))))
}

/// All that a database of this engine holds.
pub struct Snapshot {
    #[cfg(feature = "embedded")]
    files: snapshot::Files,
}

impl Snapshot {
    #[cfg(feature = "embedded")]
    pub(super) async fn take(client: &Client) -> Option<Self> {
        if has_unlogged(client).await {
            return None;
        }
        Some(Self { files: snapshot::take(client).await.ok()?? })
    }

    #[cfg(not(feature = "embedded"))]
    pub(super) async fn take(_: &Client) -> Option<Self> {
        None
    }

    /// The bytes for [`EngineOptions::state`]. Takes a tenth of a second of processor time.
    pub fn archive(&self) -> Option<Vec<u8>> {
        #[cfg(feature = "embedded")]
        return self.files.archive().ok();
        #[cfg(not(feature = "embedded"))]
        None
    }
}

impl Drop for Embedded {
    fn drop(&mut self) {
        if let Link::Busy { relay, .. } = &self.link {
            relay.abort();
        }
        self.child.handle().kill();
        self.child.wait(Duration::from_secs(2));
    }
}

/// What the child does, with the arguments that `open` gave it.
pub(super) fn run_child(arguments: &[(&str, &str)]) -> Result<(), String> {
    #[cfg(feature = "embedded")]
    {
        let mut options = serve::ServeOptions::default();
        for &(name, value) in arguments {
            match name {
                "scratch" => options.scratch = Some(PathBuf::from(value)),
                "extension" => options.extensions.push(value.to_owned()),
                "state" => options.state = Some(PathBuf::from(value)),
                _ => return Err(format!("the {NAME} engine's child knows no --{name}")),
            }
        }
        serve::serve(options)
    }
    #[cfg(not(feature = "embedded"))]
    {
        let _ = arguments;
        Err("this build of tidegate leaves the embedded engine out".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::{BUILD, EXTENSIONS};

    #[test]
    fn the_build_is_the_one_that_is_built_in() {
        let (name, version) = BUILD.split_once(' ').unwrap();
        let manifest = include_str!("../../../Cargo.toml");
        let section = manifest.split(&format!("[dependencies.{name}]")).nth(1).unwrap();
        assert!(section.trim_start().starts_with(&format!("version = \"={version}\"")));
    }

    #[test]
    fn the_extensions_are_those_of_the_build() {
        let manifest = include_str!("../../../Cargo.toml");
        let dependency = manifest.split("[dependencies.oliphaunt-wasix]").nth(1).unwrap();
        let features = dependency.split("]").next().unwrap();
        let mut built: Vec<String> = features
            .split('"')
            .filter_map(|feature| feature.strip_prefix("extension-"))
            .map(|name| if name == "uuid-ossp" { name.to_owned() } else { name.replace('-', "_") })
            .collect();
        built.push("vector".to_owned());
        built.sort();
        assert_eq!(built, EXTENSIONS);
    }
}
