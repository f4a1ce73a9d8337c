//! The report for a terminal.

use std::fmt::Write as _;

use super::{Around, Block, Style, plain, sections};
use crate::gate::receipt::Receipt;

/// The report as text.
pub fn text(receipt: &Receipt, around: Around<'_>, style: Style) -> String {
    let bold = |text: &str| if style.colour { format!("\x1b[1m{text}\x1b[0m") } else { text.to_owned() };
    let mut out = String::new();
    for section in sections(receipt, around) {
        if !section.title.is_empty() {
            let _ = writeln!(out, "\n{}", bold(section.title));
        }
        for block in &section.blocks {
            match block {
                Block::Fact(label, value) => {
                    let _ = writeln!(out, "{}  {}", bold(&format!("{label:<11}")), plain(value));
                }
                Block::Say(text) => {
                    let _ = writeln!(out, "  {}", plain(text));
                }
                Block::Item(text) => {
                    let _ = writeln!(out, "  - {}", plain(text));
                }
                Block::Shell(lines) => lines.iter().for_each(|line| {
                    let _ = writeln!(out, "      {line}");
                }),
            }
        }
    }
    out
}
