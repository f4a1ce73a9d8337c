//! What happened.

use super::advice::gate;
use super::{Around, Block, Section, exit, outcome};
use crate::gate::receipt::Receipt;
use crate::gate::refusal::Code;
use crate::gate::world::{Outcome, ProvedBy};
use crate::plan::Level;

/// More pending files than this are counted, not named: a summary has a limit, and nobody reads on.
const NAMED: usize = 20;

pub(super) fn facts(receipt: &Receipt, around: Around<'_>) -> Section {
    let mut blocks = Vec::new();
    let mut fact = |label, value: String| blocks.push(Block::Fact(label, value));
    fact("gate", format!("{}: {}", outcome(receipt), receipt.summary));
    fact("run", format!("{}, environment {}", receipt.run, receipt.binding.environment));
    if let Some(identity) = &receipt.identity {
        let proof = match identity.proved_by {
            ProvedBy::Endpoint => "proved by the instance's endpoint",
            ProvedBy::Certificate => "proved by the server's certificate",
            ProvedBy::ServerName => "proved by the server's own name",
            ProvedBy::Unproven => "NOT PROVED to be the instance that is backed up (identity = \"unproven\")",
        };
        fact("database", format!("{} at {}, {proof}", identity.database, identity.host));
    } else if !receipt.binding.database.is_empty() {
        fact("database", receipt.binding.database.clone());
    }
    if let Some(resource) = &receipt.resource {
        fact("resource", format!("{} ({}) in {}", resource.name, resource.resource_id, resource.region));
    }
    if let Some(backup) = &receipt.backup {
        let adopted = if backup.adopted { ", adopted" } else { "" };
        fact("backup", format!("{}{adopted}", backup.id));
        fact(
            "point",
            match (backup.point, backup.point_is_exact) {
                (Some(point), true) => format!("{point}: the last transaction in it; what came later is not in it"),
                (Some(point), false) => format!("{point}, when it was begun; what came later is not surely in it"),
                (None, _) => "not known".to_owned(),
            },
        );
    }
    if let Some(why) = &receipt.waived {
        fact("no backup", why.clone());
    }
    if let Some(passed) = &receipt.break_glass {
        let used = if passed.used { "passed" } else { "did not come up" };
        fact("break-glass", format!("{} ({used}): {}", passed.code.name(), passed.reason));
    }
    if let Some(pending) = pending(receipt) {
        fact("pending", pending);
    }
    if let Some(verdict) = receipt.verdict.as_ref().filter(|verdict| verdict.level != Level::NothingPending) {
        fact("verdict", verdict.level.words().to_owned());
    }
    if let Some(how) = &receipt.exit {
        fact("command", format!("{}: {}", receipt.program, exit(how)));
    }
    if let (Some(started), Some(ended)) = (receipt.times.started, receipt.times.ended) {
        fact("ran", format!("{started} to {ended}"));
    }
    if let Some(path) = around.receipt {
        fact("receipt", path.to_owned());
    }
    Section { title: "", blocks }
}

/// Nothing is said only where it was read that nothing is; `None` where it does not matter.
fn pending(receipt: &Receipt) -> Option<String> {
    let count = receipt.pending.len();
    if count == 0 {
        return match (receipt.binding.pending.is_empty(), receipt.outcome) {
            (false, _) => Some("nothing".to_owned()),
            // No run is open, and what is pending was not asked.
            (true, Outcome::NothingPending) => None,
            (true, _) => Some("not known".to_owned()),
        };
    }
    let named: Vec<&str> = receipt.pending.iter().take(NAMED).map(|file| file.path.as_str()).collect();
    let more = if count > NAMED { format!(" and {} more", count - NAMED) } else { String::new() };
    Some(format!("{count} migration{}: {}{more}", if count == 1 { "" } else { "s" }, named.join(", ")))
}

/// The verdict's reasons, unless a refusal quotes them.
pub(super) fn reasons(receipt: &Receipt) -> Option<Section> {
    let verdict = receipt.verdict.as_ref()?;
    let quoted = receipt.refusals.iter().any(|refusal| refusal.code == Code::Plan);
    let blocks: Vec<Block> = verdict.reasons.iter().cloned().map(Block::Item).collect();
    (!quoted && !blocks.is_empty()).then_some(Section { title: "What the plan says", blocks })
}

pub(super) fn refusals(receipt: &Receipt) -> Option<Section> {
    let mut blocks = Vec::new();
    for refusal in &receipt.refusals {
        blocks.push(Block::Item(format!("{}: {}", refusal.code.name(), refusal.message)));
        blocks.extend(refusal.hints.iter().map(|hint| Block::Item(format!("try: {hint}"))));
        if refusal.hints.is_empty() && refusal.code.exit() == Code::CouldNotTell.exit() {
            let doctor = gate(receipt, &["doctor"]).line();
            blocks.push(Block::Item(format!("try: {doctor}, which asks for everything that a gate needs")));
        }
    }
    // What runs no command has no program.
    let title = if receipt.program.is_empty() { "Why nothing was settled" } else { "Why the command was not started" };
    (!blocks.is_empty()).then_some(Section { title, blocks })
}

pub(super) fn pruned(receipt: &Receipt) -> Option<Section> {
    let blocks: Vec<Block> = receipt
        .pruned
        .iter()
        .map(|pruned| match &pruned.error {
            None => Block::Item(format!("deleted {}: {}", pruned.backup, pruned.reason)),
            Some(error) => Block::Item(format!("{} is still there: {error}", pruned.backup)),
        })
        .collect();
    (!blocks.is_empty()).then_some(Section { title: "Old backups", blocks })
}

pub(super) fn notes(receipt: &Receipt) -> Option<Section> {
    let blocks: Vec<Block> = receipt.notes.iter().cloned().map(Block::Item).collect();
    (!blocks.is_empty()).then_some(Section { title: "Notes", blocks })
}
