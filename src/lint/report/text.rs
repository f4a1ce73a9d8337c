//! For a terminal: the source line with what is meant marked, what to do, and where to read more.

use std::fmt::Write as _;
use std::ops::Range;

use annotate_snippets::renderer::DecorStyle;
use annotate_snippets::{AnnotationKind, Group, Level, Origin as Path, Renderer, Snippet};

use super::Report;
use crate::lint::catalogue::{Origin, catalogue, docs_url};
use crate::lint::finding::{Finding, Place, Severity};

/// More lines of one statement than this are not shown.
const LINES: usize = 6;

/// Longer lines are data, and no terminal shows them whole.
const LONGEST_LINE: usize = 2_000;

/// Every finding with its source. Ends with a line that sums them up only where there are some.
pub fn text(report: &Report, colour: bool) -> String {
    let renderer = if colour { Renderer::styled() } else { Renderer::plain() };
    let renderer = renderer.decor_style(DecorStyle::Ascii);
    let mut out = String::new();
    for finding in &report.findings {
        let _ = writeln!(out, "{}\n", one(finding, &renderer));
    }
    out
}

fn one(finding: &Finding, renderer: &Renderer) -> String {
    let level = match finding.severity {
        Severity::Warning => Level::WARNING,
        Severity::Error => Level::ERROR,
    };
    let (message, path) = (clean(&finding.message), clean(&finding.path).replace('\n', "\u{fffd}"));
    let group = level.primary_title(message.as_str()).id(finding.rule.as_str());
    let group = match finding.place.as_ref().map(shown) {
        Some((text, first_line, range)) => group.element(
            Snippet::source(text)
                .line_start(first_line)
                .path(path.as_str())
                .annotation(AnnotationKind::Primary.span(range)),
        ),
        None => group.element(Path::path(path.as_str())),
    };
    let group: Group<'_> = match &finding.help {
        Some(help) => group.element(Level::HELP.message(clean(help))),
        None => group,
    };
    let docs = format!("see {}", docs_url(&finding.rule));
    renderer.render(&[group.element(Level::NOTE.message(docs))])
}

/// Names of files and objects come from strangers, and a terminal obeys control characters.
fn clean(text: &str) -> String {
    text.chars().map(|c| if c.is_control() && c != '\n' { '\u{fffd}' } else { c }).collect()
}

/// The lines to show, the number of the first, and what of them to mark.
fn shown(place: &Place) -> (String, usize, Range<usize>) {
    let excerpt = &place.source;
    let text = &excerpt.text;
    let start = text[..excerpt.range.start].rfind('\n').map_or(0, |at| at + 1);
    let mut end = start;
    for line in text[start..].split_inclusive('\n').take(LINES) {
        end += line.len();
        if end >= excerpt.range.end {
            break;
        }
    }
    if end - start > LONGEST_LINE {
        end = start + LONGEST_LINE;
        while !text.is_char_boundary(end) {
            end -= 1;
        }
    }
    let lines = text[start..end].trim_end_matches(['\n', '\r']);
    let mark = |offset: usize| offset.saturating_sub(start).min(lines.len());
    (lines.to_owned(), place.line, mark(excerpt.range.start)..mark(excerpt.range.end))
}

/// Every rule in columns.
pub fn rules_text() -> String {
    let rules = catalogue();
    let width = rules.iter().map(|rule| rule.name.len()).max().unwrap_or_default();
    let mut out = String::new();
    for (origin, title) in [
        (Origin::Tidegate, "Rules of tidegate (docs/rules)"),
        (Origin::Squawk, "Rules of squawk (https://squawkhq.com/docs)"),
    ] {
        let _ = writeln!(out, "{title}");
        for rule in rules.iter().filter(|rule| rule.origin == origin) {
            let off = if rule.default { "" } else { " (only when enabled)" };
            let _ = writeln!(out, "  {:width$}  {:7}  {}{off}", rule.name, rule.severity.name(), rule.summary);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lint::report::testing;

    #[test]
    fn the_source_line_is_marked_and_nothing_reaches_the_terminal_raw() {
        let text = text(&testing::report(), false);
        assert!(text.contains("warning[ban-drop-table]: 100%"), "{text}");
        assert!(text.contains("--> db/a, b:c #1.sql:5:1"), "{text}");
        assert!(text.contains("5 | drop table"), "{text}");
        assert!(text.contains("error[migration-edited]: Edited."), "{text}");
        assert!(!text.contains('\u{1b}') && !text.contains('\u{7}'), "{text:?}");
        let mut report = testing::report();
        for finding in &mut report.findings {
            finding.path = "a\u{1b}[31m\n.sql".to_owned();
            finding.message = "of \u{1b}]0;t".to_owned();
        }
        let text = super::text(&report, false);
        assert!(text.contains("a\u{fffd}[31m\u{fffd}.sql") && !text.contains('\u{1b}'), "{text:?}");
    }

    #[test]
    fn long_statements_are_cut() {
        let long = "x".repeat(10_000);
        let source = crate::lint::finding::Source::new(&format!("select 1;\n{long}\n"), 1);
        let (lines, first, range) = shown(&source.place(10..5_000));
        assert_eq!((lines.len(), first, range), (LONGEST_LINE, 2, 0..LONGEST_LINE));
        let many = crate::lint::finding::Source::new(&"a\n".repeat(100), 3);
        let (lines, first, _) = shown(&many.place(2..150));
        assert_eq!((lines.lines().count(), first), (LINES, 4));
    }
}
