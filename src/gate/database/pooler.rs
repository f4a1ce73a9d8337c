//! Whether something between us and the server hands one server session to several clients: then a lock that a session
//! takes is anybody's.
//!
//! Two sessions of ours take turns. Behind a transaction pooler a session's server process changes from statement to
//! statement, or it is the very one that the other session has, with the setting that the other one made.

use super::session::Session;
use super::target::Target;
use crate::gate::refusal::{Code, Refusal};

/// How often each of the two sessions has its turn.
const TURNS: usize = 3;

/// A setting of our own, empty in every session that is not ours.
pub(super) const GET: &str = "coalesce(current_setting('tidegate.session', true), '')";

/// The expression that sets it.
pub(super) fn set(mark: &str) -> String {
    format!("set_config('tidegate.session', '{mark}', false)")
}

/// A value that no other session has.
pub(super) fn mark() -> Result<String, Refusal> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes)
        .map_err(|error| Refusal::new(Code::CouldNotTell, format!("no random number: {error}")))?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

pub(super) fn refusal(target: &Target) -> Refusal {
    Refusal::new(
        Code::CouldNotTell,
        format!(
            "{} is reached through a connection pooler that gives one server session to several clients: no lock \
             holds there",
            target.place()
        ),
    )
    .hint("let the URL name the server itself, or a port where the pooler works in session mode")
}

/// # Errors
/// There is such a pooler, or it could not be told.
pub(super) async fn refuse(target: &Target, session: &Session) -> Result<(), Refusal> {
    let other = target.open("tidegate probe").await?;
    let shared = take_turns(session, &other).await;
    // What a pooler would go on with must not carry our mark.
    if !matches!(shared, Ok(false)) {
        let _ = other.rows("RESET tidegate.session").await;
    }
    other.close().await;
    if shared? { Err(refusal(target)) } else { Ok(()) }
}

async fn take_turns(one: &Session, other: &Session) -> Result<bool, Refusal> {
    let sessions = [one, other];
    let mut pids: [Option<String>; 2] = [None, None];
    let marks = [current(one).await?.1, mark()?];
    other.row(&format!("SELECT {}", set(&marks[1]))).await?;
    for _ in 0..TURNS {
        for (at, session) in sessions.into_iter().enumerate() {
            let (pid, mark) = current(session).await?;
            let changed = pids[at].as_ref().is_some_and(|known| *known != pid);
            if changed || pids[1 - at].as_ref() == Some(&pid) || mark != marks[at] {
                return Ok(true);
            }
            pids[at] = Some(pid);
        }
    }
    Ok(false)
}

async fn current(session: &Session) -> Result<(String, String), Refusal> {
    let row = session.row(&format!("SELECT pg_backend_pid(), {GET}")).await?;
    Ok((row.text(0).unwrap_or_default().to_owned(), row.text(1).unwrap_or_default().to_owned()))
}
