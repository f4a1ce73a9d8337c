//! A diff for the terminal.

use super::Compared;
use super::fold::told;
use super::item::{Detail, Item, Mark};
use crate::schema::diff::{NotComparable, Side};

/// Longer values are cut: a line of a terminal is no place for a page.
const VALUE: usize = 160;

/// Every change, then what cannot be compared, then a line that sums up. With `colour`, ANSI colours.
pub fn render(compared: &Compared<'_>, colour: bool) -> String {
    let mut out = Writer { text: String::new(), colour };
    for item in told(compared) {
        out.item(&item, 0);
    }
    for gap in &compared.diff.not_comparable {
        out.gap(gap);
    }
    if !out.text.is_empty() {
        out.text.push('\n');
    }
    let summary = compared.diff.summary().to_string();
    out.text.push_str(&out.paint(&summary, "1"));
    if !compared.diff.is_complete() {
        out.text.push_str(&out.paint(", and what could not be compared", "35"));
    }
    out.text.push('\n');
    out.text
}

struct Writer {
    text: String,
    colour: bool,
}

impl Writer {
    fn paint(&self, text: &str, code: &str) -> String {
        if self.colour && !text.is_empty() { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_owned() }
    }

    fn line(&mut self, depth: usize, text: &str) {
        self.text.push_str(format!("{}{text}", "  ".repeat(depth * 2)).trim_end());
        self.text.push('\n');
    }

    fn item(&mut self, item: &Item, depth: usize) {
        let code = match item.mark {
            Mark::Added => "32",
            Mark::Removed => "31",
            Mark::Renamed => "36",
            Mark::Changed => "33",
        };
        let name = match &item.from {
            Some(from) => format!("{} renamed to {}", plain(from), plain(&item.name)),
            None => plain(&item.name),
        };
        let name = if depth == 0 { self.paint(&name, "1") } else { name };
        let sign = self.paint(&item.mark.sign().to_string(), code);
        let definition = short(&plain(&item.definition), VALUE);
        let definition = if item.contents.is_empty() { definition } else { format!("({})", item.contents) };
        if depth > 0
            && let Some(only) = item.only_detail()
        {
            let only = self.on_one_line(only);
            return self.line(depth, &format!("{sign} {} {name} {only}", item.kind));
        }
        self.line(depth, &format!("{sign} {} {name} {definition}", item.kind));
        for detail in &item.details {
            self.detail(detail, depth + 1);
        }
        for part in &item.parts {
            self.item(part, depth + 1);
        }
    }

    fn detail(&mut self, detail: &Detail, depth: usize) {
        match detail {
            Detail::Fact { .. } | Detail::List { .. } => {
                let text = self.on_one_line(detail);
                self.line(depth, &text);
            }
            Detail::Lines { label, lines } => {
                self.line(depth, &format!("{}:", plain(label)));
                for (mark, text) in lines {
                    let text = format!("{mark} {}", plain(text));
                    let text = match mark {
                        '-' => self.paint(&text, "31"),
                        '+' => self.paint(&text, "32"),
                        _ => text,
                    };
                    self.line(depth + 1, &text);
                }
            }
        }
    }

    /// Lines are left to [`Self::detail`].
    fn on_one_line(&self, detail: &Detail) -> String {
        match detail {
            Detail::Fact { label, before, after } => {
                let value = |text: &str| short(&plain(text), VALUE);
                let (before, after) = (self.paint(&value(before), "31"), self.paint(&value(after), "32"));
                format!("{}: {before} → {after}", plain(label))
            }
            Detail::List { label, removed, added, reordered } => {
                let mut parts: Vec<String> =
                    removed.iter().map(|text| self.paint(&format!("- {}", plain(text)), "31")).collect();
                parts.extend(added.iter().map(|text| self.paint(&format!("+ {}", plain(text)), "32")));
                parts.extend(reordered.then(|| "in another order".to_owned()));
                format!("{}: {}", plain(label), parts.join(", "))
            }
            Detail::Lines { label, .. } => plain(label),
        }
    }

    fn gap(&mut self, gap: &NotComparable) {
        let sign = self.paint("?", "35");
        let side = side(gap.side);
        let scope = self.paint(&plain(&gap.gap.scope), "1");
        self.line(0, &format!("{sign} not comparable: {scope} ({side}: {})", plain(&gap.gap.reason)));
        for object in &gap.objects {
            self.line(1, &format!("{} {} looks different", object.kind.label(), plain(&object.name)));
        }
    }
}

/// On which side the gap is.
pub(super) fn side(side: Side) -> &'static str {
    match side {
        Side::From => "before",
        Side::To => "after",
        Side::Both => "both sides",
    }
}

/// On one line, and with nothing that a terminal would obey or that hides what is written.
pub fn plain(text: &str) -> String {
    let mut clean = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' | '\r' | '\t' => clean.push(' '),
            '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' => {
                clean.extend(c.escape_unicode());
            }
            c if c.is_control() => clean.extend(c.escape_unicode()),
            c => clean.push(c),
        }
    }
    clean
}

fn short(text: &str, limit: usize) -> String {
    match text.char_indices().nth(limit) {
        Some((at, _)) => format!("{}…", text[..at].trim_end()),
        None => text.to_owned(),
    }
}
