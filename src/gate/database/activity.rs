//! What others do in the database: transactions that a migration's locks would wait for, and what is left of a run.
//!
//! `pg_stat_activity` shows state and times of other roles' sessions to members of `pg_read_all_stats` alone.
//! `pg_locks` shows everybody's, and whoever is in a transaction holds the lock on its virtual id: so it can always be
//! told who is in a transaction, though not always for how long.

use std::collections::BTreeSet;
use std::time::Duration;

use jiff::SignedDuration;
use tokio::time::sleep;

use super::session::Session;
use crate::gate::refusal::{Code, Refusal};

/// Between two looks at what may be passing by.
const SECOND_LOOK: Duration = Duration::from_secs(1);

/// How often it is looked whether a run's sessions have come to their end.
const LOOKS: usize = 4;

/// How many are named.
const SHOWN: usize = 5;

/// Client sessions of this database that are in a transaction, others than our own.
const TRANSACTIONS: &str = "\
SELECT a.pid, a.usename, a.application_name, a.state, l.virtualtransaction,
       floor(extract(epoch FROM clock_timestamp() - a.xact_start))::bigint
FROM pg_stat_activity a
JOIN pg_locks l ON l.pid = a.pid AND l.locktype = 'virtualxid' AND l.granted AND l.virtualxid = l.virtualtransaction
WHERE a.datname = current_database() AND a.usesysid IS NOT NULL AND a.pid <> pg_backend_pid()
ORDER BY a.xact_start, a.pid";

const PREPARED: &str = "SELECT gid, owner FROM pg_prepared_xacts WHERE database = current_database() ORDER BY gid";

#[derive(Default)]
struct Open {
    /// In words, those older than the limit.
    long: Vec<String>,
    /// Pid, virtual transaction and role of those whose age is hidden.
    hidden: BTreeSet<(String, String, String)>,
    /// Name and owner.
    prepared: BTreeSet<(String, String)>,
}

/// What stands against taking locks now. What may be gone in a moment is looked at twice.
pub(super) async fn standing_in_the_way(session: &Session, limit: SignedDuration) -> Result<Vec<Refusal>, Refusal> {
    let mut open = look(session, limit).await?;
    if !open.hidden.is_empty() || !open.prepared.is_empty() {
        sleep(SECOND_LOOK).await;
        let again = look(session, limit).await?;
        open.hidden = &open.hidden & &again.hidden;
        open.prepared = &open.prepared & &again.prepared;
        open.long = again.long;
    }
    let mut refusals = Vec::new();
    if !open.long.is_empty() {
        refusals.push(
            Refusal::new(
                Code::LongTransaction,
                format!(
                    "the migration's locks would wait for transactions that are open for more than {limit:#}, and all \
                     others would wait behind it: {}",
                    some(&open.long)
                ),
            )
            .hint("let them end, or end one with: SELECT pg_terminate_backend(PID)"),
        );
    }
    if !open.prepared.is_empty() {
        let names: Vec<String> = open.prepared.iter().map(|(gid, owner)| format!("`{gid}` of {owner}")).collect();
        refusals.push(
            Refusal::new(
                Code::LongTransaction,
                format!("prepared transactions hold their locks until somebody ends them: {}", some(&names)),
            )
            .hint("end each with COMMIT PREPARED 'NAME' or ROLLBACK PREPARED 'NAME'"),
        );
    }
    if !open.hidden.is_empty() {
        let names: Vec<String> = open.hidden.iter().map(|(pid, _, role)| format!("pid {pid} of {role}")).collect();
        refusals.push(
            Refusal::new(
                Code::CouldNotTell,
                format!("how long other roles' transactions have been open is hidden from this role: {}", some(&names)),
            )
            .hint("GRANT pg_read_all_stats TO the role of the URL")
            .hint("or let nobody look: max_transaction_age = \"0s\" in the environment's [gate]"),
        );
    }
    Ok(refusals)
}

async fn look(session: &Session, limit: SignedDuration) -> Result<Open, Refusal> {
    let mut open = Open::default();
    for row in session.rows(TRANSACTIONS).await? {
        match row.number(5) {
            Some(age) if age >= limit.as_secs() => open.long.push(format!(
                "pid {} (role {}, `{}`, {}, for {:#})",
                row.shown(0),
                row.shown(1),
                row.shown(2),
                row.shown(3),
                SignedDuration::from_secs(age)
            )),
            Some(_) => {}
            None => drop(open.hidden.insert((row.shown(0), row.shown(4), row.shown(1)))),
        }
    }
    for row in session.rows(PREPARED).await? {
        open.prepared.insert((row.shown(0), row.shown(1)));
    }
    Ok(open)
}

fn some(names: &[String]) -> String {
    let shown = names.iter().take(SHOWN).cloned().collect::<Vec<_>>().join(", ");
    match names.len().saturating_sub(SHOWN) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}

/// How many sessions of a run still work, and how many transactions its role has left prepared.
///
/// A program that gives itself another name than the one that it was told is known by its role and by what it does: no
/// ordinary work of an application holds a lock that keeps writers away from a table.
pub(super) async fn of_run(session: &Session, name: &str) -> Result<u32, Refusal> {
    let sql = format!(
        "SELECT count(*) + (SELECT count(*) FROM pg_prepared_xacts \
                            WHERE database = current_database() AND owner = session_user)
         FROM pg_stat_activity a
         WHERE a.datname = current_database() AND a.usesysid IS NOT NULL AND a.pid <> pg_backend_pid()
           AND (left(a.application_name, {length}) = '{name}' AND
                  (a.state IN ('active', 'idle in transaction', 'idle in transaction (aborted)',
                               'fastpath function call')
                   OR EXISTS (SELECT FROM pg_locks l WHERE l.pid = a.pid AND l.locktype = 'virtualxid' AND l.granted
                              AND l.virtualxid = l.virtualtransaction))
             OR a.usename = session_user AND
                  EXISTS (SELECT FROM pg_locks l WHERE l.pid = a.pid AND l.locktype = 'relation'
                          AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
                          AND l.mode IN ('ShareUpdateExclusiveLock', 'ShareLock', 'ShareRowExclusiveLock',
                                         'ExclusiveLock', 'AccessExclusiveLock')))",
        length = name.len(),
    );
    let mut looked = 1;
    loop {
        let found = session.row(&sql).await?.text(0).and_then(|count| count.parse().ok());
        let found: u32 =
            found.ok_or_else(|| Refusal::new(Code::CouldNotTell, "the database does not say who works in it"))?;
        // A session whose client has just ended needs a moment to notice.
        if found == 0 || looked == LOOKS {
            return Ok(found);
        }
        looked += 1;
        sleep(SECOND_LOOK / 2).await;
    }
}
