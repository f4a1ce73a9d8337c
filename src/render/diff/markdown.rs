//! A diff for a pull request: a comment that its next run finds and replaces, that fits GitHub's limit, and that shows
//! its reader the picture first where there is one.

use super::fold::told;
use super::item::{Detail, Item, Mark};
use super::text::{plain, side};
use super::{Compared, mermaid};
use crate::render::markdown::escape::{code, fence, inline};

/// The first line, by which a comment is found again.
pub const MARKER: &str = "<!-- tidegate:diff -->";

/// What a comment on GitHub may hold. Counted there in characters; here in UTF-16 units, which are never fewer.
pub const LIMIT: usize = 65_536;

/// Room for the sentence that says what is missing, and for closing what is open.
const RESERVE: usize = 600;
/// A picture that is longer leaves too little room for words.
const PICTURE: usize = 24_000;
/// A picture of more tables than this is folded.
const MANY: usize = 12;
/// From this many lines on, details are folded.
const LONG: usize = 40;
const VALUE: usize = 400;

/// The comment, with a link-free text that is safe wherever names come from.
pub fn render(compared: &Compared<'_>) -> String {
    let summary = compared.diff.summary().to_string();
    let mut text = format!("{MARKER}\n### Database schema\n\n{summary}\n\n");
    let origins = [compared.from_origin, compared.to_origin].map(|origin| code(&short(&plain(origin), 200)));
    text.push_str(&format!("<sub>from {} to {}</sub>\n\n", origins[0], origins[1]));
    let items = told(compared);
    let blocks: Vec<String> = items.iter().map(block).collect();
    let gaps = gaps(compared);
    if let Some(picture) = mermaid::picture(compared, PICTURE) {
        let fenced = fence(&picture.text, "mermaid");
        match picture.tables > MANY {
            true => text.push_str(&folded(&format!("Picture of {} tables", picture.tables), &fenced)),
            false => text.push_str(&format!("{fenced}\n\n")),
        }
    }
    let room = LIMIT - RESERVE;
    let mut shown: Vec<&String> = Vec::new();
    let mut size = length(&text) + length(&gaps).min(room / 4);
    for block in &blocks {
        if size + length(block) < room {
            size += length(block);
            shown.push(block);
        }
    }
    let body: String = shown.iter().map(|block| block.as_str()).collect();
    if body.lines().count() > LONG {
        text.push_str(&folded("All changes", &body));
    } else if !body.is_empty() {
        text.push_str(&format!("{body}\n"));
    }
    let missing = blocks.len() - shown.len();
    if missing > 0 {
        let what =
            if missing == 1 { "1 changed object is".to_owned() } else { format!("{missing} changed objects are") };
        text.push_str(&format!(
            "**{what} left out here**: a comment holds {LIMIT} characters. `tidegate diff` prints all.\n\n"
        ));
    }
    text.push_str(&cut(&gaps, room.saturating_sub(length(&text))));
    text.trim_end().to_owned() + "\n"
}

fn folded(summary: &str, body: &str) -> String {
    format!("<details>\n<summary>{summary}</summary>\n\n{}\n\n</details>\n\n", body.trim_end())
}

fn block(item: &Item) -> String {
    let mut text = String::new();
    write(item, 0, &mut text);
    text
}

fn write(item: &Item, depth: usize, text: &mut String) {
    let indent = "  ".repeat(depth);
    let word = match item.mark {
        Mark::Added => "➕",
        Mark::Removed => "➖",
        Mark::Renamed => "🔀",
        Mark::Changed => "✏️",
    };
    let name = match &item.from {
        Some(from) => format!("{} → {}", name(from), name(&item.name)),
        None => name(&item.name),
    };
    let name = if depth == 0 { format!("**{name}**") } else { name };
    let definition = match (item.definition.as_str(), item.contents.as_str()) {
        ("", "") => String::new(),
        ("", contents) => format!(" ({contents})"),
        (definition, _) => format!(" {}", value(definition)),
    };
    if depth > 0
        && let Some(only) = item.only_detail()
    {
        text.push_str(&format!("{indent}- {word} {} {name}: {}\n", inline(&item.kind), on_one_line(only)));
        return;
    }
    text.push_str(&format!("{indent}- {word} {} {name}{definition}\n", inline(&item.kind)));
    for detail in &item.details {
        self::detail(detail, &format!("{indent}  "), text);
    }
    for part in &item.parts {
        write(part, depth + 1, text);
    }
}

fn detail(detail: &Detail, indent: &str, text: &mut String) {
    match detail {
        Detail::Fact { .. } | Detail::List { .. } => {
            text.push_str(&format!("{indent}- {}\n", on_one_line(detail)));
        }
        Detail::Lines { label, lines } => {
            let lines: Vec<String> = lines
                .iter()
                .map(|(mark, line)| match mark {
                    '…' => format!("@@ {} @@", plain(line)).replace("  ", " "),
                    mark => format!("{mark}{}", short(&plain(line), VALUE)),
                })
                .collect();
            text.push_str(&format!("{indent}- {}:\n\n", inline(label)));
            for line in fence(&lines.join("\n"), "diff").lines() {
                text.push_str(format!("{indent}  {line}").trim_end());
                text.push('\n');
            }
            text.push('\n');
        }
    }
}

/// Lines are left to [`detail`].
fn on_one_line(detail: &Detail) -> String {
    match detail {
        Detail::Fact { label, before, after } => format!("{} {} → {}", inline(label), value(before), value(after)),
        Detail::List { label, removed, added, reordered } => {
            let mut parts: Vec<String> = removed.iter().map(|item| format!("➖ {}", value(item))).collect();
            parts.extend(added.iter().map(|item| format!("➕ {}", value(item))));
            parts.extend(reordered.then(|| "in another order".to_owned()));
            format!("{} {}", inline(label), parts.join(", "))
        }
        Detail::Lines { label, .. } => inline(label),
    }
}

fn gaps(compared: &Compared<'_>) -> String {
    if compared.diff.is_complete() {
        return String::new();
    }
    let mut text = "#### Not comparable\n\n".to_owned();
    for gap in &compared.diff.not_comparable {
        let reason = inline(&plain(&gap.gap.reason));
        text.push_str(&format!("- ❓ {} ({}: {reason})\n", name(&gap.gap.scope), side(gap.side)));
        for object in &gap.objects {
            text.push_str(&format!("  - {} {} looks different\n", object.kind.label(), name(&object.name)));
        }
    }
    text
}

/// Whole lines, as many as fit.
fn cut(text: &str, room: usize) -> String {
    if length(text) <= room {
        return text.to_owned();
    }
    let mut kept = String::new();
    for line in text.split_inclusive('\n') {
        if length(&kept) + length(line) + 40 > room {
            break;
        }
        kept.push_str(line);
    }
    kept + "- and more, left out here\n"
}

fn name(text: &str) -> String {
    code(&short(&plain(text), VALUE))
}

/// `none` and the like are words of ours, everything else is the database's.
fn value(text: &str) -> String {
    match text {
        "" => "empty".to_owned(),
        "none" | "yes" | "no" => text.to_owned(),
        text => name(text),
    }
}

fn short(text: &str, limit: usize) -> String {
    match text.char_indices().nth(limit) {
        Some((at, _)) => format!("{}…", text[..at].trim_end()),
        None => text.to_owned(),
    }
}

fn length(text: &str) -> usize {
    text.encode_utf16().count()
}
