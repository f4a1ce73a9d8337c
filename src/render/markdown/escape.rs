//! Text out of a database as Markdown that shows exactly that text, on GitHub, GitLab and in any CommonMark reader.
//!
//! The functions are Tera filters, so that a template of the user's own can be as safe as the built-in ones.

use tera::{Kwargs, State, Tera};

/// Registers `md`, `text`, `cell`, `code`, `cell_code`, `fence`, `section` and `plural`.
pub fn register(tera: &mut Tera) {
    tera.register_filter("md", |text: &str, _: Kwargs, _: &State| inline(text));
    tera.register_filter("text", |text: &str, _: Kwargs, _: &State| paragraphs(text));
    tera.register_filter("cell", |text: &str, _: Kwargs, _: &State| cell(text));
    tera.register_filter("code", |text: &str, _: Kwargs, _: &State| code(text));
    tera.register_filter("cell_code", |text: &str, _: Kwargs, _: &State| cell_code(text));
    tera.register_filter("fence", |text: &str, kwargs: Kwargs, _: &State| {
        Ok::<_, tera::Error>(fence(text, kwargs.get::<&str>("lang")?.unwrap_or_default()))
    });
    tera.register_filter("section", |text: &str, kwargs: Kwargs, _: &State| {
        let single = kwargs.must_get::<bool>("single")?;
        Ok::<_, tera::Error>(if single { format!("**{text}**") } else { format!("## {text}") })
    });
    tera.register_filter("plural", |count: u64, kwargs: Kwargs, _: &State| {
        let noun = kwargs.must_get::<&str>("of")?;
        Ok::<_, tera::Error>(plural(count, noun))
    });
}

/// `1 table`, `2 tables`, `2 indexes`, `2 policies`.
pub fn plural(count: u64, noun: &str) -> String {
    match (count, noun) {
        (1, _) => format!("1 {noun}"),
        (_, noun) if noun.ends_with('x') => format!("{count} {noun}es"),
        (_, noun) if noun.ends_with("cy") => format!("{count} {}ies", &noun[..noun.len() - 1]),
        _ => format!("{count} {noun}s"),
    }
}

/// On one line, with nothing left that Markdown or HTML would read.
pub fn inline(text: &str) -> String {
    let one_line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut escaped = String::with_capacity(one_line.len() + 8);
    let mut chars = one_line.chars().peekable();
    let mut before = None;
    while let Some(c) = chars.next() {
        let start = escaped.is_empty();
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '\\' | '`' | '*' | '[' | ']' | '|' | '~' | '$' | '#' => {
                escaped.push('\\');
                escaped.push(c);
            }
            // Inside a word it is no emphasis, and `created_at` should stay readable in the source.
            '_' => {
                let inside = before.is_some_and(char::is_alphanumeric)
                    && chars.peek().is_some_and(|next: &char| next.is_alphanumeric());
                if !inside {
                    escaped.push('\\');
                }
                escaped.push(c);
            }
            '-' | '+' | '=' | '!' if start => {
                escaped.push('\\');
                escaped.push(c);
            }
            // `1.` and `1)` at the beginning make a list.
            '.' | ')'
                if !start
                    && escaped.chars().all(|c| c.is_ascii_digit())
                    && chars.peek().is_none_or(|next: &char| next.is_whitespace()) =>
            {
                escaped.push('\\');
                escaped.push(c);
            }
            // A link that a reader makes by itself is a link that nobody wrote: `://` and `www.` are broken up.
            ':' if one_line.contains("://") => escaped.push_str("&#58;"),
            '.' if escaped.to_ascii_lowercase().ends_with("www") => escaped.push_str("&#46;"),
            c if c.is_control() => {}
            c => escaped.push(c),
        }
        before = Some(c);
    }
    escaped
}

/// Several lines: empty lines separate paragraphs, other line breaks are kept.
pub fn paragraphs(text: &str) -> String {
    let mut paragraphs: Vec<Vec<String>> = vec![Vec::new()];
    for line in text.lines().map(inline) {
        match (line.is_empty(), paragraphs.last_mut()) {
            (false, Some(paragraph)) => paragraph.push(line),
            _ => paragraphs.push(Vec::new()),
        }
    }
    paragraphs.retain(|paragraph| !paragraph.is_empty());
    paragraphs.iter().map(|lines| lines.join("\\\n")).collect::<Vec<_>>().join("\n\n")
}

/// For a table's cell: as [`inline`], with line breaks kept.
pub fn cell(text: &str) -> String {
    text.trim().lines().map(inline).collect::<Vec<_>>().join("<br>")
}

/// A code span, not inside a table.
pub fn code(text: &str) -> String {
    let text: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    if text.trim().is_empty() {
        return String::new();
    }
    let ticks = "`".repeat(longest_run(&text, '`') + 1);
    let pad = text.starts_with(['`', ' ']) || text.ends_with(['`', ' ']);
    if pad { format!("{ticks} {text} {ticks}") } else { format!("{ticks}{text}{ticks}") }
}

/// A code span inside a table's cell, where a bare `|` would end the cell even in code.
pub fn cell_code(text: &str) -> String {
    code(text).replace('|', "\\|")
}

/// A fenced block whose fence is longer than any inside it.
pub fn fence(text: &str, language: &str) -> String {
    let ticks = "`".repeat((longest_run(text, '`') + 1).max(3));
    let text = text.trim_matches(['\n', '\r']).replace("\r\n", "\n");
    format!("{ticks}{language}\n{text}\n{ticks}")
}

fn longest_run(text: &str, of: char) -> usize {
    text.split(|c| c != of).map(str::len).max().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_read_as_markdown_or_html() {
        for (raw, escaped) in [
            ("created_at", "created_at"),
            ("_private_", "\\_private\\_"),
            ("<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;"),
            ("a | b\n# c", "a \\| b \\# c"),
            ("[x](javascript:y)", "\\[x\\](javascript:y)"),
            ("1. one", "1\\. one"),
            ("1.7", "1.7"),
            ("- item", "\\- item"),
            ("see https://x.y", "see https&#58;//x.y"),
            ("`*~$", "\\`\\*\\~\\$"),
            ("", ""),
        ] {
            assert_eq!(inline(raw), escaped);
        }
    }

    #[test]
    fn code_holds_any_text() {
        assert_eq!(code("a"), "`a`");
        assert_eq!(code("a`b``c"), "```a`b``c```");
        assert_eq!(code("`x`"), "`` `x` ``");
        assert_eq!(cell_code("a || b"), "`a \\|\\| b`");
        assert_eq!(fence("a\n````\nb", "sql"), "`````sql\na\n````\nb\n`````");
    }

    #[test]
    fn lines_and_paragraphs_are_kept() {
        assert_eq!(paragraphs("a\nb\n\n# c\n"), "a\\\nb\n\n\\# c");
        assert_eq!(paragraphs("ends with \\\n\n\nb"), "ends with \\\\\n\nb");
        assert_eq!(cell("a\n\nb|"), "a<br><br>b\\|");
    }
}
