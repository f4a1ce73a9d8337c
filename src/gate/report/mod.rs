//! What a receipt says to people: on the terminal and as Markdown for a summary in CI.
//!
//! After a failure it says first whether a restore is needed at all, then how to go forward, then how to restore and
//! what that would lose. Names and messages come from AWS, databases and files: what a terminal would obey is taken
//! out, and everything is escaped for Markdown. Pure.

mod advice;
mod facts;
mod markdown;
mod text;

pub use crate::plan::report::Style;
pub use markdown::markdown;
pub use text::text;

use super::receipt::Receipt;
use super::restore::shell::is_unseen;
use super::world::{Exit, Outcome};

/// What the report is told beside the receipt.
#[derive(Clone, Copy, Debug, Default)]
pub struct Around<'a> {
    /// The framework of the migrations, as [`crate::migration`] names it: `flyway`.
    pub framework: Option<&'a str>,
    /// Where the receipt was written, as a person would type it.
    pub receipt: Option<&'a str>,
}

/// The receipt as it is written to its file and by `--json`, with its checksum.
pub fn json(receipt: &Receipt) -> String {
    let mut receipt = Receipt { checksum: None, ..receipt.clone() };
    let value = serde_json::to_value(&receipt).unwrap_or_default();
    receipt.checksum = Some(super::verify::checksum(&value));
    pretty(&receipt)
}

/// As every document of ours: indented, and ended by a line break.
pub(crate) fn pretty<T: serde::Serialize>(value: &T) -> String {
    crate::schema::document::pretty(value)
}

/// The last line on stderr: which run, and how it ended.
pub fn last_line(receipt: &Receipt) -> String {
    let backup = match (&receipt.backup, &receipt.waived) {
        (Some(backup), _) => format!("backup {}", backup.id),
        (None, Some(_)) => "backup waived".to_owned(),
        (None, None) => "no backup".to_owned(),
    };
    let why: Vec<&str> = receipt.refusals.iter().map(|refusal| refusal.code.name()).collect();
    let why = if why.is_empty() { String::new() } else { format!("{}, ", why.join(" and ")) };
    plain(&format!(
        "tidegate gate: run {} {} (exit {}, {why}{backup})",
        receipt.run,
        outcome(receipt),
        receipt.exit_code
    ))
}

/// The outcome in a word or two.
pub fn outcome(receipt: &Receipt) -> &'static str {
    match receipt.outcome {
        Outcome::NothingPending => "had nothing to do",
        Outcome::DryRun => "was a dry run",
        Outcome::Refused => "was refused",
        Outcome::Succeeded => "succeeded",
        Outcome::Failed => "failed",
        Outcome::Unknown => "ended with an unknown outcome",
        Outcome::Settled => "was settled",
    }
}

/// How the command ended, in words.
pub(in crate::gate) fn exit(exit: &Exit) -> String {
    match exit {
        Exit::Code { code } => format!("exit {code}"),
        Exit::Signal { signal } => format!("ended by signal {signal}"),
        Exit::NotFound => "not found; it never ran".to_owned(),
        Exit::NotRunnable { why } => format!("cannot be run; it never ran: {why}"),
        Exit::Lost { why } => format!("how it ended is not known: {why}"),
    }
}

/// A part of the report. Its strings are as they came; whoever renders them escapes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Section {
    title: &'static str,
    blocks: Vec<Block>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Block {
    Fact(&'static str, String),
    Say(String),
    Item(String),
    /// Lines for a shell, quoted already.
    Shell(Vec<String>),
}

fn sections(receipt: &Receipt, around: Around<'_>) -> Vec<Section> {
    let mut sections = vec![facts::facts(receipt, around)];
    sections.extend(facts::reasons(receipt));
    sections.extend(facts::refusals(receipt));
    sections.extend(advice::advice(receipt, around));
    sections.extend(facts::pruned(receipt));
    sections.extend(facts::notes(receipt));
    sections
}

/// One line without what a terminal would obey, or what is not seen.
pub(crate) fn plain(text: &str) -> String {
    text.chars()
        .map(|letter| match letter {
            '\n' | '\t' => ' ',
            letter if is_unseen(letter) => '\u{fffd}',
            letter => letter,
        })
        .collect()
}

#[cfg(test)]
pub(in crate::gate) mod tests;
