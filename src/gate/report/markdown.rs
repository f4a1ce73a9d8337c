//! The report as Markdown, for a summary in CI.

use std::fmt::Write as _;

use super::{Around, Block, outcome, plain, sections};
use crate::gate::receipt::Receipt;
use crate::gate::world::Outcome;
use crate::plan::report::escape;

/// The report as Markdown.
pub fn markdown(receipt: &Receipt, around: Around<'_>) -> String {
    let mark = match receipt.outcome {
        Outcome::NothingPending | Outcome::DryRun | Outcome::Succeeded | Outcome::Settled => "✅",
        Outcome::Refused | Outcome::Failed => "⛔",
        Outcome::Unknown => "⚠️",
    };
    let mut out = String::new();
    let environment = escape(&plain(&receipt.binding.environment));
    let _ = writeln!(out, "## {mark} Gate of {environment}: the run {}\n", outcome(receipt));
    for section in sections(receipt, around) {
        if !section.title.is_empty() {
            let _ = writeln!(out, "### {}\n", section.title);
        } else {
            let _ = writeln!(out, "| | |\n| --- | --- |");
        }
        let mut listing = false;
        for block in &section.blocks {
            // What follows a list without an empty line would belong to its last item.
            if listing && !matches!(block, Block::Item(_)) {
                out.push('\n');
            }
            listing = matches!(block, Block::Item(_));
            match block {
                Block::Fact(label, value) => {
                    let _ = writeln!(out, "| {label} | {} |", escape(&plain(value)));
                }
                Block::Say(text) => {
                    let _ = writeln!(out, "{}\n", escape(&plain(text)));
                }
                Block::Item(text) => {
                    let _ = writeln!(out, "- {}", escape(&plain(text)));
                }
                Block::Shell(lines) => fenced(&lines.join("\n"), &mut out),
            }
        }
        if section.title.is_empty() || listing {
            out.push('\n');
        }
    }
    out
}

/// A block of code that no run of backticks within it can end.
fn fenced(text: &str, out: &mut String) {
    let longest = text.split(|letter| letter != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest.max(2) + 1);
    let _ = writeln!(out, "{fence}sh\n{text}\n{fence}\n");
}
