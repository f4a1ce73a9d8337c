//! What a command did, from its exit and from what can be seen afterwards.
//!
//! "Succeeded" and "nothing was applied" need proof; whatever has none is unknown.

use crate::gate::receipt::Left;
use crate::gate::world::{Evidence, Exit, Look, Outcome};

/// What became of a run whose command was started.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    pub outcome: Outcome,
    /// Absent where all went well.
    pub left: Option<Left>,
    pub exit_code: u8,
    /// In one sentence.
    pub why: String,
}

/// What the history says of what was pending.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum History {
    /// The framework keeps none.
    None,
    Unchanged,
    Part,
    All,
    /// It changed in a way that no migrating brings.
    Odd,
}

fn history(before: &Look, after: &Look) -> History {
    if !before.keeps_history && !after.keeps_history {
        return History::None;
    }
    let same = before.applied == after.applied && before.head == after.head;
    if same && before.pending_hash == after.pending_hash {
        return History::Unchanged;
    }
    let grown = after.applied.unwrap_or(0) > before.applied.unwrap_or(0);
    match (after.up_to_date, grown) {
        (true, true) => History::All,
        (false, true) => History::Part,
        _ => History::Odd,
    }
}

/// What is seen of the server: sessions of the run that go on, or the look at what they left.
enum Seen<'a> {
    Unreadable(&'static str),
    Active(u32),
    Quiet(&'a Look),
}

fn seen(evidence: &Evidence) -> Seen<'_> {
    match (evidence.active, &evidence.look) {
        (None, _) => Seen::Unreadable("whether the server still works for it could not be told"),
        (Some(0), Some(look)) => Seen::Quiet(look),
        (Some(0), None) => Seen::Unreadable("history and schema could not be read afterwards"),
        (Some(active), _) => Seen::Active(active),
    }
}

/// Whether another look may bring more: sessions end a moment after their client.
pub fn is_settled(evidence: &Evidence) -> bool {
    matches!(seen(evidence), Seen::Quiet(_))
}

/// What the command did that ended like `exit`.
pub fn verdict(exit: &Exit, before: &Look, evidence: &Evidence) -> Verdict {
    let passed = exit.code();
    let unknown = |why: String| {
        let exit_code = if passed == 0 { 124 } else { passed };
        Verdict { outcome: Outcome::Unknown, left: Some(Left::Unknown), exit_code, why }
    };
    let failed = |left: Left, why: String| Verdict {
        outcome: Outcome::Failed,
        left: Some(left),
        exit_code: if passed == 0 { 124 } else { passed },
        why,
    };
    let how = how(exit);
    if exit.never_ran() {
        return failed(Left::Nothing, how);
    }
    let look = match seen(evidence) {
        Seen::Unreadable(what) => return unknown(format!("{how}; {what}")),
        Seen::Active(active) => {
            return unknown(format!("{how}; {active} of its sessions still work on the server"));
        }
        Seen::Quiet(look) => look,
    };
    let moved = history(before, look);
    match exit {
        Exit::Lost { .. } => unknown(how),
        Exit::Code { code: 0 } => match moved {
            History::None => {
                succeeded(format!("{how}; migrations of this kind keep no history, so that its exit code decides"))
            }
            History::All => succeeded(format!("{how}; nothing is pending any more")),
            History::Unchanged if before.up_to_date => succeeded(format!("{how}; nothing was pending")),
            History::Unchanged => {
                unknown(format!("{how}, and yet the history has not moved: what was pending still is"))
            }
            History::Part => Verdict {
                left: Some(Left::Part),
                ..unknown(format!("{how}, and yet {} of what was pending still is", files(look.pending.len())))
            },
            History::Odd => unknown(format!("{how}; the history changed in a way that is not understood")),
        },
        _ => match moved {
            History::All => failed(Left::All, format!("{how}; all that was pending was applied all the same")),
            History::Part => {
                failed(Left::Part, format!("{how}; {} of what was pending still is", files(look.pending.len())))
            }
            History::Unchanged if is_untouched(before, look) => {
                failed(Left::Nothing, format!("{how}; nothing was applied"))
            }
            History::Unchanged if !before.transactional => {
                unknown(format!("{how}; the history has not moved, but not all that was pending is in one transaction"))
            }
            History::Unchanged => unknown(format!("{how}; the history has not moved, and yet the schema has changed")),
            History::None => unknown(format!("{how}; there is no history that says what was applied")),
            History::Odd => unknown(format!("{how}; the history changed in a way that is not understood")),
        },
    }
}

fn succeeded(why: String) -> Verdict {
    Verdict { outcome: Outcome::Succeeded, left: None, exit_code: 0, why }
}

/// Nothing can have been applied: the history (which [`history`] found unchanged) and the schema are what they were, and
/// each migration was all or nothing.
fn is_untouched(before: &Look, after: &Look) -> bool {
    before.transactional && !before.fingerprint.is_empty() && before.fingerprint == after.fingerprint
}

fn files(count: usize) -> String {
    if count == 1 { "1 file".to_owned() } else { format!("{count} files") }
}

fn how(exit: &Exit) -> String {
    match exit {
        Exit::Code { code } => format!("the command ended with {code}"),
        Exit::Signal { signal } => format!("the command was ended by signal {signal}"),
        Exit::NotFound => "the command was not found".to_owned(),
        Exit::NotRunnable { why } => format!("the command cannot be run: {why}"),
        Exit::Lost { why } => format!("how the command ended is not known: {why}"),
    }
}

/// What the evidence says of a run that was left open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Settlement {
    /// All that was pending was applied.
    Succeeded(String),
    /// The command did not do its work.
    Failed(Left, String),
    /// So many of its sessions still work on the server: nobody may say anything yet.
    StillRunning(u32),
    /// Only a person can say. Nothing of the run is active any more.
    Unknown(String),
    /// Not even whether something is active.
    CouldNotTell(String),
}

/// What became of a run whose end was not written down, or not understood. `before` is what was seen just before its
/// command, `exit` how that ended, as far as the journal knows.
pub fn settle(before: Option<&Look>, exit: Option<&Exit>, evidence: &Evidence) -> Settlement {
    let look = match seen(evidence) {
        Seen::Active(active) => return Settlement::StillRunning(active),
        Seen::Unreadable(what) if evidence.active.is_none() => return Settlement::CouldNotTell(what.to_owned()),
        Seen::Unreadable(what) => return Settlement::Unknown(what.to_owned()),
        Seen::Quiet(look) => look,
    };
    let Some(before) = before else {
        if look.up_to_date && look.keeps_history {
            return Settlement::Succeeded("nothing is pending any more".to_owned());
        }
        return Settlement::Unknown("what was there before it is not known on this machine".to_owned());
    };
    match history(before, look) {
        History::All => return Settlement::Succeeded("all that was pending was applied".to_owned()),
        // Where migrations are not all or nothing, part of the next one may be there as well.
        History::Part if before.transactional => {
            let why = format!("{} of what was pending still is", files(look.pending.len()));
            return Settlement::Failed(Left::Part, why);
        }
        History::Unchanged if is_untouched(before, look) && !before.up_to_date => {
            return Settlement::Failed(Left::Nothing, "nothing was applied".to_owned());
        }
        _ => {}
    }
    match exit.map(|exit| verdict(exit, before, evidence)) {
        Some(Verdict { outcome: Outcome::Succeeded, why, .. }) => Settlement::Succeeded(why),
        Some(Verdict { outcome: Outcome::Failed, left: Some(left), why, .. }) => Settlement::Failed(left, why),
        Some(verdict) => Settlement::Unknown(verdict.why),
        None => Settlement::Unknown("history and schema do not say what it did".to_owned()),
    }
}
