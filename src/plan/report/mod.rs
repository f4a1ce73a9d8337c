//! The plan for people: on a terminal at deploy time, and as Markdown under a pull request.
//!
//! Names, statements and messages come from files and databases: control characters are taken out for a terminal, and
//! everything is escaped for Markdown.

mod markdown;
#[cfg(test)]
pub(super) mod tests;
mod text;

pub(crate) use markdown::escape;
pub use markdown::markdown;
pub use text::{Style, text};

use super::document::{HistoryState, Outcome, Plan, RelationKind, Seen, Statement};
use crate::migration::statement::LockMode;
use crate::schema::diff::{Change, ObjectChange};

/// `1 table`, `2 tables`.
fn counted(count: usize, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}

/// The first line of a statement, short enough for a line of the report.
fn headline(sql: &str, width: usize) -> String {
    let flat: String = sql.split_whitespace().collect::<Vec<_>>().join(" ");
    let flat: String = flat.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect();
    match flat.char_indices().nth(width) {
        Some((at, _)) => format!("{}…", &flat[..at]),
        None => flat,
    }
}

/// Without what a terminal would obey.
fn plain(text: &str) -> String {
    text.chars().map(|c| if c.is_control() && c != '\n' { '\u{fffd}' } else { c }).collect()
}

/// What the history says, in a line.
fn history(plan: &Plan) -> String {
    let history = &plan.history;
    let mut parts = match history.state {
        HistoryState::Read => vec![format!("{} applied", history.applied)],
        HistoryState::Empty => vec!["empty".to_owned()],
        HistoryState::NoTable => vec!["none: every migration counts as pending".to_owned()],
        HistoryState::Unreadable => vec!["could not be read: every migration counts as pending".to_owned()],
        HistoryState::Files => match &plan.migrations.base {
            Some(base) => vec![format!("compared with {base}")],
            None => vec!["not asked".to_owned()],
        },
    };
    for (count, what) in [
        (history.dirty.len(), "dirty"),
        (history.changed.len(), "edited since"),
        (history.missing.len(), "without a file"),
        (history.out_of_order.len(), "out of order"),
    ] {
        if count > 0 {
            parts.push(format!("{count} {what}"));
        }
    }
    if let Some(table) = &history.table {
        parts.push(format!("in {table}"));
    }
    parts.join(", ")
}

/// What can be said of a statement that took no lock worth a word.
fn without_locks(statement: &Statement) -> &'static str {
    match statement.outcome {
        Outcome::Ran | Outcome::RanAlone => "no lock on what is there already",
        Outcome::Control => "transaction control",
        Outcome::Skipped => "about the server: not run here",
        Outcome::Failed => "failed",
        Outcome::NotRun => "not run",
    }
}

/// The locks worth a line: of tables and views, and of indexes only where nothing else tells of them.
fn locks(statement: &Statement) -> Vec<(&str, LockMode, Seen)> {
    let tables = statement.locks.iter().filter(|lock| {
        !matches!(lock.kind, RelationKind::Index | RelationKind::Sequence) && lock.mode > LockMode::AccessShare
    });
    let mut found: Vec<_> = tables.map(|lock| (lock.relation.as_str(), lock.mode, lock.seen)).collect();
    if found.is_empty() {
        let rest = statement.locks.iter().filter(|lock| lock.mode >= LockMode::ShareUpdateExclusive);
        found.extend(rest.map(|lock| (lock.relation.as_str(), lock.mode, lock.seen)));
    }
    // The one that matters most first.
    found.sort_by_key(|(relation, mode, _)| (std::cmp::Reverse(*mode), *relation));
    found
}

fn seen(seen: Seen) -> &'static str {
    match seen {
        Seen::Observed => "observed",
        Seen::Known => "known",
    }
}

/// A change of the schema in a line: `+ table public.a`, `~ table public.b: + column c, - index d`.
fn change_line(change: &ObjectChange) -> String {
    let sign = match &change.change {
        Change::Added { .. } => "+",
        Change::Removed { .. } => "-",
        Change::Renamed { .. } | Change::Changed { .. } => "~",
    };
    let mut line = format!("{sign} {} {}", change.kind.label(), change.name);
    if let Change::Renamed { from } = &change.change {
        line.push_str(&format!(" (was {from})"));
    }
    let facts: Vec<String> = change.facts().iter().map(|fact| fact.fact.replace('_', " ")).collect();
    let parts: Vec<String> = change.parts().iter().map(change_line).collect();
    let inside: Vec<String> = facts.into_iter().chain(parts).collect();
    if !inside.is_empty() {
        line.push_str(&format!(": {}", inside.join(", ")));
    }
    line
}
