//! Ignore comments: squawk's own, and the same with `tidegate` in their name.
//!
//! ```sql
//! -- tidegate-ignore migration-edited, ban-drop-table -- why it is fine
//! -- squawk-ignore-file foreign-key-without-index
//! ```
//!
//! As squawk has it: a comment counts for what begins on its own line or on the next; one with `-file` counts for the
//! whole file, and without names for every rule. Both spellings may name rules of either kind.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use squawk_lexer::TokenKind;

use super::finding::Source;
use super::squawk;
use crate::migration::statement::placed_tokens;

/// What the comments of one migration say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Ignores {
    everything: bool,
    file: BTreeSet<String>,
    /// By line of the text, from 0.
    lines: BTreeMap<usize, BTreeSet<String>>,
    /// Names that are no rule's, with their places.
    pub(crate) unknown: Vec<(String, Range<usize>)>,
}

impl Ignores {
    /// Of the part that goes up. `head` is what stands before it in the file, where a comment for the whole file may
    /// stand too.
    pub(crate) fn read(source: &Source, head: &str, known: impl Fn(&str) -> bool) -> Self {
        let mut out = Self::default();
        for (comment, _) in comments(head).filter(|(comment, _)| comment.file) {
            out.add_file(&comment);
        }
        for (comment, range) in comments(&source.text) {
            for (name, place) in &comment.names {
                // squawk itself speaks up in its own comments.
                if comment.ours && !known(name) {
                    out.unknown.push((name.clone(), place.clone()));
                }
            }
            if comment.file {
                out.add_file(&comment);
            } else {
                let line = out.lines.entry(source.row(range.start)).or_default();
                line.extend(comment.names.iter().flat_map(|(name, _)| expanded(name)));
            }
        }
        out
    }

    fn add_file(&mut self, comment: &Comment) {
        self.everything |= comment.names.is_empty();
        self.file.extend(comment.names.iter().flat_map(|(name, _)| expanded(name)));
    }

    /// Whether a finding of this rule is to be left out. `row` is the line of the text on which it begins, from 0;
    /// `None` for one about the whole file.
    pub(crate) fn cover(&self, rule: &str, row: Option<usize>) -> bool {
        let on = |row: usize| self.lines.get(&row).is_some_and(|names| names.contains(rule));
        self.everything
            || self.file.contains(rule)
            || row.is_some_and(|row| on(row) || row.checked_sub(1).is_some_and(on))
    }
}

/// An alias stands for its rules.
fn expanded(name: &str) -> Vec<String> {
    match squawk::named(name) {
        Some(rules) => rules.iter().map(ToString::to_string).collect(),
        None => vec![name.to_owned()],
    }
}

struct Comment {
    names: Vec<(String, Range<usize>)>,
    file: bool,
    ours: bool,
}

/// Every ignore comment of a text, with its place.
fn comments(text: &str) -> impl Iterator<Item = (Comment, Range<usize>)> + '_ {
    let any = text.contains("squawk-ignore") || text.contains("tidegate-ignore");
    let tokens = any.then(|| placed_tokens(text)).into_iter().flatten();
    tokens.filter_map(|(kind, range)| {
        let token = &text[range.clone()];
        let body = match kind {
            TokenKind::LineComment => token.strip_prefix("--")?,
            TokenKind::BlockComment { .. } => token.strip_prefix("/*")?.strip_suffix("*/")?,
            _ => return None,
        };
        let body = body.split("--").next().unwrap_or_default();
        let start = body.trim_start();
        let (ours, rest) = match (start.strip_prefix("tidegate-ignore"), start.strip_prefix("squawk-ignore")) {
            (Some(rest), _) => (true, rest),
            (None, Some(rest)) => (false, rest),
            (None, None) => return None,
        };
        let (file, names) = match rest.strip_prefix("-file") {
            Some(names) => (true, names),
            None => (false, rest),
        };
        // Where the names stand, in bytes of the whole text.
        let at = |part: &str| part.as_ptr() as usize - text.as_ptr() as usize;
        let names = names.split(',').map(str::trim).filter(|name| !name.is_empty());
        let names = names.map(|name| (name.to_owned(), at(name)..at(name) + name.len())).collect();
        Some((Comment { names, file, ours }, range))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, head: &str) -> Ignores {
        Ignores::read(&Source::new(text, 1), head, |name| name.starts_with("ban-") || name == "ours")
    }

    #[test]
    fn a_comment_counts_for_its_line_and_the_next() {
        let ignores = read("-- tidegate-ignore ours, ban-x -- because\na\nb -- squawk-ignore ours\n", "");
        assert!(ignores.cover("ours", Some(0)) && ignores.cover("ours", Some(1)) && ignores.cover("ban-x", Some(1)));
        assert!(ignores.cover("ours", Some(2)) && ignores.cover("ours", Some(3)));
        assert!(!ignores.cover("ban-x", Some(2)) && !ignores.cover("other", Some(1)) && !ignores.cover("ours", None));
        assert!(ignores.unknown.is_empty());
    }

    #[test]
    fn a_comment_for_the_file_may_stand_before_the_way_up() {
        assert!(read("a", "/* tidegate-ignore-file ours */").cover("ours", None));
        assert!(read("a", "-- tidegate-ignore-file").cover("anything", Some(9)));
        assert!(!read("a", "-- tidegate-ignore ours").cover("ours", Some(0)));
    }

    #[test]
    fn unknown_names_are_told_once() {
        let text = "-- tidegate-ignore ban-x,  nosuch\n-- squawk-ignore nosuch\n";
        let ignores = read(text, "");
        let [(name, range)] = ignores.unknown.as_slice() else { panic!("{ignores:?}") };
        assert_eq!((name.as_str(), &text[range.clone()]), ("nosuch", "nosuch"));
    }

    #[test]
    fn an_alias_stands_for_its_rules() {
        assert!(read("-- tidegate-ignore require-timeout-settings\n", "").cover("require-lock-timeout", Some(1)));
    }
}
