//! A throw-away PostgreSQL to replay migrations on.
//!
//! One small interface in front of three engines, so that a young one can be replaced: whichever it is, the replay
//! talks to it with `tokio-postgres`, and the catalog reader reads it like any live database.
//!
//! An engine leaves nothing behind: no process and no folder, also when it is dropped in the middle, and also when this
//! process is killed. Each lives in a child process that ends with the pipe it was given.

mod child;
pub mod embedded;
mod error;
pub mod local;
mod relay;
mod standby;
pub mod url;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

pub use error::EngineError;
pub use standby::Standby;

use crate::postgres::Env;
use crate::progress::Progress;

/// Which engine to replay on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum EngineChoice {
    /// Embedded, and where that fails, local.
    #[default]
    Auto,
    /// PostgreSQL 18 inside the program, run in a child process.
    Embedded,
    /// Server binaries found on the machine, in a private cluster on a unix socket.
    Local,
    /// A database that is provably empty; refused otherwise.
    Url(String),
}

#[derive(Clone, Debug)]
pub struct EngineOptions {
    /// How long one statement may take before the engine is taken for hung.
    pub deadline: Duration,
    /// `bin` folder of the server to use for [`EngineChoice::Local`]; searched for where absent.
    pub server_bin: Option<PathBuf>,
    /// Extensions that the migrations ask for by name (`CREATE EXTENSION`); the embedded engine loads only these.
    pub extensions: Vec<String>,
    /// Folders to look for server binaries in, after `server_bin` and before the usual places: those of `PATH`.
    pub path: Vec<PathBuf>,
    /// Where the embedded engine may keep what it unpacks, 100 MB, between runs. Without one, or where the folder
    /// cannot be trusted or written, it unpacks into a temporary folder each time.
    pub cache: Option<PathBuf>,
    /// What the embedded engine begins with in place of an empty database: an [`embedded::Snapshot`]'s archive. The
    /// other engines know nothing of it.
    pub state: Option<Arc<Vec<u8>>>,
    /// Where an embedded engine may wait that was opened ahead.
    pub standby: Option<Arc<Standby>>,
    /// What a connection string is read in, for [`EngineChoice::Url`].
    pub environment: Env,
    /// The `tidegate` program, which runs engines under hidden verbs; this very program where absent.
    pub program: Option<PathBuf>,
}

impl Default for EngineOptions {
    fn default() -> Self {
        Self {
            deadline: Duration::from_secs(120),
            server_bin: None,
            extensions: Vec::new(),
            path: Vec::new(),
            cache: None,
            state: None,
            standby: None,
            environment: Env::default(),
            program: None,
        }
    }
}

/// A running engine.
pub struct Engine {
    kind: Kind,
    description: String,
    version_num: u32,
    /// The session that asked for the version, which nothing has changed: a session costs the embedded engine time.
    fresh: Option<tokio_postgres::Client>,
}

enum Kind {
    Embedded(embedded::Embedded),
    Local(local::Local),
    Url(Box<url::Url>),
}

/// Opens the engine of `choice`. [`EngineChoice::Auto`] means the embedded one here: what to fall back on, and when, is
/// the caller's decision.
///
/// # Errors
/// Says what could not be started and what to do about it.
pub async fn open(
    choice: &EngineChoice,
    options: &EngineOptions,
    progress: &dyn Progress,
) -> Result<Engine, EngineError> {
    if let (EngineChoice::Auto | EngineChoice::Embedded, Some(standby)) = (choice, &options.standby)
        && let Some(engine) = standby.take(options).await
    {
        return Ok(engine);
    }
    let (mut engine, client) = match start(choice, options, embedded::Anew::No, progress).await? {
        (engine, Ok(client)) => (engine, client),
        (Engine { kind: Kind::Embedded(failed), .. }, Err(_)) if failed.forget_empty() => {
            failed.close().await;
            let (engine, client) = start(choice, options, embedded::Anew::Yes, progress).await?;
            (engine, client?)
        }
        (_, Err(error)) => return Err(error),
    };
    let row = client
        .query_one("SELECT current_setting('server_version'), current_setting('server_version_num')::int4", &[])
        .await
        .map_err(|error| engine.failure().unwrap_or_else(|| EngineError::session(engine.name(), &error)))?;
    let version: String = row.get(0);
    engine.version_num = u32::try_from(row.get::<_, i32>(1)).unwrap_or_default();
    engine.description = match &engine.kind {
        Kind::Url(_) => format!("PostgreSQL {version}"),
        _ => format!("{} PostgreSQL {version}", engine.name()),
    };
    if let Kind::Embedded(embedded) = &mut engine.kind {
        embedded.keep_empty(&client).await;
    }
    engine.fresh = Some(client);
    Ok(engine)
}

/// Starts an engine and asks for its first session.
async fn start(
    choice: &EngineChoice,
    options: &EngineOptions,
    anew: embedded::Anew,
    progress: &dyn Progress,
) -> Result<(Engine, Result<tokio_postgres::Client, EngineError>), EngineError> {
    let kind = match choice {
        EngineChoice::Auto | EngineChoice::Embedded => {
            progress.step("opening the embedded PostgreSQL", 0, None);
            Kind::Embedded(embedded::Embedded::open(options, anew, progress).await?)
        }
        EngineChoice::Local => {
            progress.step("starting a private PostgreSQL server", 0, None);
            Kind::Local(local::Local::open(options).await?)
        }
        EngineChoice::Url(url) => {
            progress.step("looking whether the database is empty", 0, None);
            Kind::Url(Box::new(url::Url::open(url, options).await?))
        }
    };
    let mut engine = Engine { kind, description: String::new(), version_num: 0, fresh: None };
    let client = engine.connect().await;
    Ok((engine, client))
}

impl Engine {
    /// A fresh session of the engine's superuser. The embedded engine has one at a time: asking for another ends the
    /// session before, and so does the local engine's deadline for it.
    ///
    /// # Errors
    /// The engine has ended, or does not answer.
    pub async fn connect(&mut self) -> Result<tokio_postgres::Client, EngineError> {
        if let Some(client) = self.fresh.take() {
            return Ok(client);
        }
        match &mut self.kind {
            Kind::Embedded(engine) => engine.connect().await,
            Kind::Local(engine) => engine.connect().await,
            Kind::Url(engine) => engine.connect().await,
        }
    }

    /// A session in which nothing is left of `last`, which ends.
    ///
    /// # Errors
    /// As for [`Self::connect`].
    pub async fn another(&mut self, last: tokio_postgres::Client) -> Result<tokio_postgres::Client, EngineError> {
        if let Kind::Embedded(engine) = &self.kind
            && engine.must_keep(&last).await
        {
            return Ok(last);
        }
        drop(last);
        self.connect().await
    }

    /// All that the database holds, for another engine to begin with ([`EngineOptions::state`]). `None` where there is
    /// no way to, or where it is too much to keep. The session is one of this engine's, in no transaction.
    pub async fn snapshot(&self, client: &tokio_postgres::Client) -> Option<embedded::Snapshot> {
        match &self.kind {
            Kind::Embedded(_) => embedded::Snapshot::take(client).await,
            Kind::Local(_) | Kind::Url(_) => None,
        }
    }

    /// Why the engine is of no more use, after a session has failed. `None` means that it was an ordinary error of the
    /// statement, and that a fresh session can be had.
    pub fn failure(&self) -> Option<EngineError> {
        match &self.kind {
            Kind::Embedded(engine) => engine.failure(),
            Kind::Local(engine) => engine.failure(),
            Kind::Url(engine) => engine.failure(),
        }
    }

    fn name(&self) -> &'static str {
        match &self.kind {
            Kind::Embedded(_) => embedded::NAME,
            Kind::Local(_) => local::NAME,
            Kind::Url(_) => url::NAME,
        }
    }

    /// For people: `embedded PostgreSQL 18.4`.
    pub fn description(&self) -> &str {
        &self.description
    }

    /// As `server_version_num` says: `180004`.
    pub fn version_num(&self) -> u32 {
        self.version_num
    }

    /// The role that sessions belong to.
    pub fn superuser(&self) -> &str {
        match &self.kind {
            Kind::Embedded(_) | Kind::Local(_) => "postgres",
            Kind::Url(engine) => engine.superuser(),
        }
    }

    /// For a framework's own command (`DATABASE_URL`); the embedded engine has none.
    pub fn database_url(&self) -> Option<String> {
        match &self.kind {
            Kind::Embedded(_) => None,
            Kind::Local(engine) => Some(engine.database_url()),
            Kind::Url(engine) => Some(engine.database_url()),
        }
    }

    /// Ends the engine and waits until nothing of it is left. What could not be undone is told, a line each: it can
    /// only be something in the database of a URL.
    pub async fn close(self) -> Vec<String> {
        match self.kind {
            Kind::Embedded(engine) => engine.close().await,
            Kind::Local(engine) => engine.close().await,
            Kind::Url(engine) => return engine.close().await,
        }
        Vec::new()
    }
}

/// The hidden verb of this program under which its child processes run.
const CHILD_VERB: &str = "__engine";

/// Runs the child's side of an engine, with what follows the hidden verb `__engine`. Blocks until the engine ends, and
/// must be the last thing that the process does: a thread may still be spinning in a statement.
///
/// # Errors
/// What could not be done, for the parent to read on stderr.
pub fn run_child(arguments: &[String]) -> Result<(), String> {
    let parsed = match arguments.split_first() {
        Some((name, rest)) => pairs(rest).map(|rest| (name.as_str(), rest)),
        None => None,
    };
    match parsed {
        Some((embedded::NAME, pairs)) => embedded::run_child(&pairs),
        Some((local::NAME, pairs)) => local::run_child(&pairs),
        _ => Err("tidegate itself starts the child processes of its engines".to_owned()),
    }
}

/// `--name value`, over and over.
fn pairs(arguments: &[String]) -> Option<Vec<(&str, &str)>> {
    arguments
        .chunks(2)
        .map(|pair| match pair {
            [name, value] => Some((name.strip_prefix("--")?, value.as_str())),
            _ => None,
        })
        .collect()
}
