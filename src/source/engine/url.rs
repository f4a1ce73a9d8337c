//! A database that somebody else runs, on which a replay is allowed because there is nothing in it.
//!
//! What it promises: a database in which anything was found is refused, with what was found, and nothing is changed in
//! it; in one that was empty, everything that is there afterwards is dropped again. Two replays never share one: an
//! advisory lock keeps the second out. If this process is killed, what the replay made stays, and the next one refuses
//! the database and says so: nothing tells it apart from what somebody made on purpose.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::task::JoinHandle;
use tokio::time::{MissedTickBehavior, interval};
use tokio_postgres::Client;

use super::{EngineError, EngineOptions};
use crate::postgres::{self, Connected, Dsn};

pub(super) const NAME: &str = "url";

/// What is in the database; see the file.
const OBJECTS: &str = include_str!("url/objects.sql");

/// `hashtext('tidegate replay')` would do as well: any number that nobody else is likely to take.
const LOCK: i64 = 0x7469_6465_6761_7465;

pub struct Url {
    text: String,
    dsn: Dsn,
    user: String,
    /// Holds the lock, watches over the sessions, and cleans up at the end.
    guard: Arc<Client>,
    extensions: Vec<String>,
    sessions: Arc<Mutex<Vec<i32>>>,
    failure: Arc<Mutex<Option<EngineError>>>,
    watch: JoinHandle<()>,
    deadline: Duration,
}

const UNLOCK: &str = "SELECT pg_advisory_unlock_all()";

struct Object {
    kind: String,
    identity: String,
    oid: i64,
}

impl Url {
    pub(super) async fn open(text: &str, options: &EngineOptions) -> Result<Self, EngineError> {
        let start = |reason: String| EngineError::Start { engine: NAME, reason };
        let dsn = Dsn::parse(text, &options.environment).map_err(|error| start(error.to_string()))?;
        let Connected { client: guard, .. } = connect(&dsn).await?;
        let failed = |error: tokio_postgres::Error| EngineError::session(NAME, &error);
        let state = "SELECT current_user::text, pg_is_in_recovery(), pg_try_advisory_lock($1), \
                     ARRAY(SELECT extname::text FROM pg_extension)";
        let row = guard.query_one(state, &[&LOCK]).await.map_err(failed)?;
        if row.get(1) {
            return Err(start(format!("{dsn} is a standby, on which nothing can be replayed")));
        }
        if !row.get::<_, bool>(2) {
            return Err(start(format!("another replay is using {dsn}")));
        }
        let extensions: Vec<String> = row.get(3);
        let found = objects(&guard, &extensions).await.map_err(failed)?;
        if !found.is_empty() {
            // The server notices a session's end in its own time, and the lock with it.
            let _ = guard.batch_execute(UNLOCK).await;
            return Err(EngineError::NotEmpty { database: dsn.redacted(), found: describe(&found) });
        }
        let guard = Arc::new(guard);
        let sessions = Arc::default();
        let failure = Arc::default();
        let watch =
            tokio::spawn(watch(Arc::clone(&guard), Arc::clone(&sessions), Arc::clone(&failure), options.deadline));
        Ok(Self {
            text: text.to_owned(),
            dsn,
            user: row.get(0),
            guard,
            extensions,
            sessions,
            failure,
            watch,
            deadline: options.deadline,
        })
    }

    pub(super) async fn connect(&mut self) -> Result<Client, EngineError> {
        if let Some(failure) = self.failure() {
            return Err(failure);
        }
        let Connected { client, .. } = connect(&self.dsn).await?;
        let row = client
            .query_one("SELECT pg_backend_pid()", &[])
            .await
            .map_err(|error| EngineError::session(NAME, &error))?;
        self.sessions.lock().unwrap_or_else(PoisonError::into_inner).push(row.get(0));
        Ok(client)
    }

    pub(super) fn failure(&self) -> Option<EngineError> {
        self.failure.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(super) fn superuser(&self) -> &str {
        &self.user
    }

    /// As it was given, with its password: for a command's environment alone.
    pub(super) fn database_url(&self) -> String {
        self.text.clone()
    }

    /// Drops everything that was not there before. Tells what could not be dropped.
    pub(super) async fn close(self) -> Vec<String> {
        self.watch.abort();
        let tidied = tokio::time::timeout(self.deadline.max(Duration::from_secs(60)), self.tidy()).await;
        let _ = self.guard.batch_execute(UNLOCK).await;
        match tidied {
            Ok(Ok(left)) if left.is_empty() => Vec::new(),
            Ok(Ok(left)) => vec![format!("left behind in {}: {}", self.dsn, describe(&left))],
            Ok(Err(error)) => {
                vec![format!("{} could not be emptied again: {}", self.dsn, postgres::error_text(&error))]
            }
            Err(_) => vec![format!("{} could not be emptied again in time", self.dsn)],
        }
    }

    async fn tidy(&self) -> Result<Vec<Object>, tokio_postgres::Error> {
        // A session that is still in a transaction holds locks.
        let sessions = self.sessions.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid = ANY ($1)";
        self.guard.execute(end, &[&sessions]).await?;
        // Dropping one object may make another droppable, and cascades over many more.
        let mut left = objects(&self.guard, &self.extensions).await?;
        for _ in 0..3 {
            let before = left.len();
            for object in &left {
                if let Some(statement) = drop_statement(object) {
                    // What fails is still there afterwards, and told then.
                    let _ = self.guard.batch_execute(&statement).await;
                }
            }
            left = objects(&self.guard, &self.extensions).await?;
            if left.is_empty() || left.len() == before {
                break;
            }
        }
        Ok(left)
    }
}

impl Drop for Url {
    fn drop(&mut self) {
        self.watch.abort();
    }
}

async fn connect(dsn: &Dsn) -> Result<Connected, EngineError> {
    postgres::connect(dsn, "tidegate replay").await.map_err(|error| {
        let hint = error.hint.as_ref().map(|hint| format!("; {hint}")).unwrap_or_default();
        EngineError::Start { engine: NAME, reason: format!("{error}{hint}") }
    })
}

/// Ends what takes longer than the deadline. `statement_timeout` would not do: a migration may set it.
async fn watch(
    guard: Arc<Client>,
    sessions: Arc<Mutex<Vec<i32>>>,
    failure: Arc<Mutex<Option<EngineError>>>,
    deadline: Duration,
) {
    let mut tick = interval((deadline / 4).clamp(Duration::from_millis(100), Duration::from_secs(5)));
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tick.tick().await;
        let pids = sessions.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let late = "SELECT pid FROM pg_stat_activity WHERE pid = ANY ($1) \
                    AND state = 'active' AND wait_event IS DISTINCT FROM 'ClientRead' \
                    AND extract(epoch FROM clock_timestamp() - query_start)::float8 > $2";
        match guard.query(late, &[&pids, &deadline.as_secs_f64()]).await {
            Ok(rows) if rows.is_empty() => {}
            Ok(rows) => {
                // Said before the session is ended: its client may hear of that end before we do.
                let hung = EngineError::Hung { engine: NAME, deadline };
                *failure.lock().unwrap_or_else(PoisonError::into_inner) = Some(hung);
                let late: Vec<i32> = rows.iter().map(|row| row.get(0)).collect();
                let end = "SELECT count(pg_terminate_backend(pid)) FROM unnest($1::int[]) pid";
                let _ = guard.query_one(end, &[&late]).await;
                return;
            }
            Err(error) => {
                let died = EngineError::Died { engine: NAME, reason: postgres::error_text(&error) };
                *failure.lock().unwrap_or_else(PoisonError::into_inner) = Some(died);
                return;
            }
        }
    }
}

async fn objects(client: &Client, extensions: &[String]) -> Result<Vec<Object>, tokio_postgres::Error> {
    let rows = client.query(OBJECTS, &[&extensions]).await?;
    Ok(rows.iter().map(|row| Object { kind: row.get(0), identity: row.get(1), oid: row.get(2) }).collect())
}

fn drop_statement(object: &Object) -> Option<String> {
    let kind = match object.kind.as_str() {
        "large object" => return Some(format!("SELECT lo_unlink({})", object.oid)),
        // There is no statement that takes one back by name.
        "default acl" => return None,
        "composite type" => "type",
        "foreign-data wrapper" => "foreign data wrapper",
        "statistics object" => "statistics",
        kind => kind,
    };
    Some(format!("DROP {} IF EXISTS {} CASCADE", kind.to_uppercase(), object.identity))
}

/// `table public.a, table public.b and 40 more`.
fn describe(found: &[Object]) -> String {
    const SHOWN: usize = 5;
    let mut text: Vec<String> =
        found.iter().take(SHOWN).map(|object| format!("{} {}", object.kind, object.identity)).collect();
    if found.len() > SHOWN {
        text.push(format!("and {} more", found.len() - SHOWN));
    }
    text.join(", ")
}
