//! One deploy at a time in each database: an advisory lock, tried and never waited for, on a session of its own without
//! a transaction.
//!
//! A session that waits in `pg_advisory_lock` has a snapshot that `CREATE INDEX CONCURRENTLY` waits for in turn, so the
//! attempts are repeated by the caller instead. The lock belongs to the session, the session to its socket, and the
//! socket is handed to the command: it outlives the gate.

use std::os::fd::OwnedFd;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::session::Session;
use super::target::Target;
use super::{pooler, standby};
use crate::gate::refusal::{Code, Refusal};
use crate::gate::run::RunId;
use crate::gate::world::Locking;

/// First key of `pg_try_advisory_lock(int, int)`: "tide" in ASCII. Advisory locks are per database, so no part of the
/// key names one.
pub const CLASS: i32 = 0x7469_6465;

/// Second key: "gate".
pub const KEY: i32 = 0x6761_7465;

/// The descriptor of the session that has the lock; nothing while nobody has it.
#[derive(Clone, Debug, Default)]
pub struct Held(Arc<Mutex<Option<OwnedFd>>>);

impl Held {
    /// A copy of it, for a process to inherit.
    pub fn descriptor(&self) -> Option<OwnedFd> {
        self.guard().as_ref()?.try_clone().ok()
    }

    fn set(&self, descriptor: Option<OwnedFd>) {
        *self.guard() = descriptor;
    }

    fn guard(&self) -> MutexGuard<'_, Option<OwnedFd>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The session that takes the lock.
pub(super) struct Lock {
    session: Session,
    /// Its server process.
    pid: String,
    /// What its own setting says, in no other session.
    mark: String,
    taken: bool,
    lent: Lent,
}

/// Takes the descriptor back: else it would keep a session alive that nobody uses.
struct Lent(Held);

impl Drop for Lent {
    fn drop(&mut self) {
        self.0.set(None);
    }
}

impl Lock {
    pub(super) async fn open(target: &Target, run: &RunId, held: &Held) -> Result<Self, Refusal> {
        let session = target.open(&format!("tidegate gate {run}")).await?;
        let mark = pooler::mark()?;
        let row = session.row(&format!("SELECT pg_backend_pid(), {}", pooler::set(&mark))).await?;
        let pid = row.text(0).unwrap_or_default().to_owned();
        pooler::refuse(target, &session).await?;
        // It says nothing for hours, and must not be ended for that.
        session
            .rows(
                "SELECT set_config(name, '0', false) FROM pg_settings WHERE name IN ('idle_session_timeout', \
                 'idle_in_transaction_session_timeout', 'statement_timeout', 'transaction_timeout')",
            )
            .await?;
        Ok(Self { session, pid, mark, taken: false, lent: Lent(held.clone()) })
    }

    pub(super) async fn attempt(&mut self, target: &Target) -> Result<Locking, Refusal> {
        if self.taken {
            self.still_held(target).await?;
            return Ok(Locking::Taken);
        }
        self.is_the_same(target).await?;
        let row = self
            .session
            .row(&format!(
                "SELECT pg_backend_pid(), {}, pg_try_advisory_lock({CLASS}, {KEY}), pg_is_in_recovery()",
                pooler::GET
            ))
            .await?;
        if !row.is(2, "t") {
            return Ok(Locking::Held(self.holder().await?));
        }
        let same = row.is(0, &self.pid) && row.is(1, &self.mark);
        let checked = if same { self.still_held(target).await } else { Err(pooler::refusal(target)) };
        if let Err(refusal) = checked {
            // Behind a pooler it would stay with a session of somebody else's.
            let _ = self.session.rows(&format!("SELECT pg_advisory_unlock({CLASS}, {KEY})")).await;
            return Err(refusal);
        }
        let descriptor = self.session.direct.descriptor().map_err(|error| {
            Refusal::new(Code::CouldNotTell, format!("the lock's connection cannot be handed on: {error}"))
        })?;
        self.lent.0.set(Some(descriptor));
        self.taken = true;
        Ok(Locking::Taken)
    }

    async fn is_the_same(&self, target: &Target) -> Result<(), Refusal> {
        let row = self.session.row(&format!("SELECT pg_backend_pid(), {}, pg_is_in_recovery()", pooler::GET)).await?;
        if !row.is(0, &self.pid) || !row.is(1, &self.mark) {
            return Err(pooler::refusal(target));
        }
        // A standby grants the same lock on its own.
        if row.is(2, "t") { Err(standby(target)) } else { Ok(()) }
    }

    pub(super) async fn still_held(&self, target: &Target) -> Result<(), Refusal> {
        self.is_the_same(target).await.map_err(|refusal| {
            let message = format!("the session with the deploy lock cannot be relied on any more: {}", refusal.message);
            Refusal { message, ..refusal }
        })?;
        let row = self
            .session
            .row(&format!("SELECT count(*) FROM pg_locks l WHERE {} AND l.pid = pg_backend_pid()", lock_row()))
            .await?;
        if row.is(0, "1") {
            return Ok(());
        }
        Err(Refusal::new(Code::CouldNotTell, format!("the deploy lock of {} was lost", target.place())))
    }

    /// Who has it, as far as the server tells.
    async fn holder(&self) -> Result<String, Refusal> {
        let found = holder(&self.session).await?;
        Ok(found.unwrap_or_else(|| "a session that has just ended".to_owned()))
    }

    /// Gives it back at once, whoever else has the descriptor.
    pub(super) async fn release(self) {
        // The end of the session gives it back as well.
        let _ = self.session.rows(&format!("SELECT pg_advisory_unlock({CLASS}, {KEY})")).await;
        self.session.close().await;
    }
}

/// Who has the lock, as far as the server tells; `None` where nobody has.
pub(super) async fn holder(session: &Session) -> Result<Option<String>, Refusal> {
    let rows = session
        .rows(&format!(
            "SELECT l.pid, nullif(a.application_name, ''), to_char(a.backend_start AT TIME ZONE 'UTC', \
                 'YYYY-MM-DD HH24:MI:SS') FROM pg_locks l LEFT JOIN pg_stat_activity a ON a.pid = l.pid WHERE {}",
            lock_row()
        ))
        .await?;
    let Some(row) = rows.first() else { return Ok(None) };
    let name = if row.text(1).is_some() { row.shown(1) } else { "another session".to_owned() };
    // The start of other roles' sessions is for members of pg_read_all_stats alone.
    let since = row.text(2).map(|since| format!(", since {since} UTC")).unwrap_or_default();
    Ok(Some(format!("{name} (pid {}{since})", row.shown(0))))
}

/// Our lock in `pg_locks`, which shows two keys with `objsubid` 2.
fn lock_row() -> String {
    format!(
        "l.locktype = 'advisory' AND l.granted AND l.classid = {CLASS} AND l.objid = {KEY} AND l.objsubid = 2 \
         AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())"
    )
}
