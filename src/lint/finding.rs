//! What a rule found, and where.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How bad a finding is. The order counts: an error is more than a warning.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// It may hurt; a person should look at it.
    Warning,
    /// It fails, or the history no longer says what runs.
    Error,
}

impl Severity {
    pub fn name(self) -> &'static str {
        match self {
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

/// One finding of one rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The rule's name, as `disable` and the ignore comments take it.
    pub rule: String,
    pub severity: Severity,
    /// What is wrong, in one sentence or two.
    pub message: String,
    /// What to do about it.
    pub help: Option<String>,
    /// The migration's path, below the folder of its set.
    pub path: String,
    /// `None` where the finding is about the whole file, or about one that is not there.
    pub place: Option<Place>,
}

/// A part of a file. Lines and columns count from 1, columns in Unicode code points.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    pub line: usize,
    pub column: usize,
    pub end_line: usize,
    /// The column after the last character.
    pub end_column: usize,
    pub source: Excerpt,
}

/// The text that a place is in: the part of a file that goes up.
#[derive(Clone, PartialEq, Eq)]
pub struct Excerpt {
    pub text: Arc<str>,
    /// In bytes of the text.
    pub range: Range<usize>,
}

impl fmt::Debug for Excerpt {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:?}", self.text.get(self.range.clone()).unwrap_or_default())
    }
}

/// A text whose places can be told: the part of a migration that goes up.
#[derive(Clone, Debug)]
pub(crate) struct Source {
    pub(crate) text: Arc<str>,
    first_line: usize,
    /// Where each line begins, in bytes. `\n`, `\r\n` and a lone `\r` end a line.
    starts: Vec<usize>,
}

impl Source {
    pub(crate) fn new(text: &str, first_line: usize) -> Self {
        let bytes = text.as_bytes();
        let ends = bytes.iter().enumerate().filter(|(at, byte)| match byte {
            b'\n' => true,
            b'\r' => bytes.get(at + 1) != Some(&b'\n'),
            _ => false,
        });
        let starts = std::iter::once(0).chain(ends.map(|(at, _)| at + 1)).collect();
        Self { text: text.into(), first_line: first_line.max(1), starts }
    }

    /// The line of the text, from 0, that holds this byte.
    pub(crate) fn row(&self, offset: usize) -> usize {
        self.starts.partition_point(|start| *start <= offset).saturating_sub(1)
    }

    pub(crate) fn place(&self, range: Range<usize>) -> Place {
        let end = floor(&self.text, range.end);
        let start = floor(&self.text, range.start.min(end));
        let column = |offset: usize| self.text[self.starts[self.row(offset)]..offset].chars().count() + 1;
        Place {
            line: self.first_line + self.row(start),
            column: column(start),
            end_line: self.first_line + self.row(end),
            end_column: column(end),
            source: Excerpt { text: Arc::clone(&self.text), range: start..end },
        }
    }
}

/// The nearest boundary between characters at or before `offset`.
fn floor(text: &str, offset: usize) -> usize {
    let mut offset = offset.min(text.len());
    while !text.is_char_boundary(offset) {
        offset -= 1;
    }
    offset
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_the_files_own() {
        let source = Source::new("é a\r\nbc\rd\n", 5);
        let place = source.place(3..4);
        assert_eq!((place.line, place.column, place.end_line, place.end_column), (5, 3, 5, 4));
        let place = source.place(6..9);
        assert_eq!((place.line, place.column, place.end_line, place.end_column), (6, 1, 7, 1));
        assert_eq!(source.place(9..10).line, 7);
    }

    #[test]
    fn a_range_beyond_the_text_or_within_a_character_is_cut_back() {
        let source = Source::new("é", 1);
        assert_eq!(source.place(1..1).column, 1);
        assert_eq!(source.place(7..900).end_column, 2);
    }
}
