//! SQL text cut into statements, so that each can be sent, classed and named by its line.
//!
//! Promises: the pieces put end to end are the input, byte for byte, whatever the input is; nothing panics; the work
//! is one pass over the text. The cuts are made where `psql` makes them: a semicolon ends a statement unless it
//! stands in a quote, a comment, parentheses or the body of a `BEGIN ATOMIC … END` function; what follows
//! `COPY … FROM stdin;` is data; a backslash outside quotes begins a `psql` command that lasts to the end of its line.
//! No SQL has such a backslash, so one set of rules serves migrations and `psql` scripts alike.

//!
//! [`understand`] then tells what a statement is and touches. Every text is read by two parsers: `squawk-syntax`, whose
//! tree has the whole of PostgreSQL's grammar, tells the class, the objects and the parts; `sqlparser` is the second
//! opinion, and the only one where the tree has errors. What neither can read is [`Class::NotParsed`] and stays so:
//! nothing is guessed. What runs code that its text does not show (`DO`, `CALL`, functions in a query) is marked
//! [`opaque`](Understood::opaque).

pub mod class;
mod datatype;
mod guard;
mod judge;
pub mod locks;
pub mod object;
mod scan;
mod second;
pub mod shape;
pub mod table;
mod tokens;
mod tree;
mod understand;

#[cfg(test)]
mod tests;

use std::ops::Range;

pub use guard::LONGEST;
pub use judge::{Judgement, judge};
pub use locks::{Effect, KnownLock, LockMode, known_locks};
pub use object::{Action, Name, ObjectKind, Touched};
pub use scan::split;
pub use shape::Shape;
pub use understand::{Class, Reader, Understood, understand, understand_all};

/// The tokens of a text with their places, without white space and comments.
pub fn tokens(text: &str) -> impl Iterator<Item = (&str, Range<usize>)> + '_ {
    tokens::Tokens::new(text, 0)
        .filter(tokens::Placed::is_solid)
        .map(move |token| (token.text(text), token.start..token.end))
}

/// A part of the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece {
    /// In bytes of the text.
    pub range: Range<usize>,
    /// The line on which the piece begins, from 1.
    pub line: usize,
    pub kind: Kind,
    /// What is wrong with it, where the text ends too early.
    pub problem: Option<Problem>,
}

impl Piece {
    /// The piece's own text.
    pub fn text<'a>(&self, whole: &'a str) -> &'a str {
        &whole[self.range.clone()]
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// One statement from its first token to what ends it. Comments inside are part of it; those before are not.
    Sql { ended: Ended },
    /// The lines of a `COPY … FROM stdin`, from the end of the statement through the line `\.`.
    CopyData,
    /// A backslash command, without the end of its line.
    PsqlCommand,
    /// White space, comments, and semicolons that end nothing.
    Blank,
}

/// What ended a statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// A semicolon, which is part of the piece.
    Semicolon,
    /// A backslash command: one of the `\g` family sends the statement, after any other the statement goes on.
    Command,
    /// The end of the text.
    EndOfText,
}

/// The text ends inside something. The line is where that something begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    #[error("the quote that opens on line {line} is never closed")]
    OpenQuote { line: usize },
    #[error("the quoted name that opens on line {line} is never closed")]
    OpenName { line: usize },
    #[error("the comment that opens on line {line} is never closed")]
    OpenComment { line: usize },
    #[error("the parenthesis that opens on line {line} is never closed")]
    OpenParenthesis { line: usize },
    #[error("the BEGIN ATOMIC on line {line} has no END")]
    OpenBody { line: usize },
    #[error("the data of the COPY on line {line} has no closing \\.")]
    OpenCopy { line: usize },
}

impl Problem {
    /// The line on which what is open begins.
    pub fn line(self) -> usize {
        match self {
            Self::OpenQuote { line }
            | Self::OpenName { line }
            | Self::OpenComment { line }
            | Self::OpenParenthesis { line }
            | Self::OpenBody { line }
            | Self::OpenCopy { line } => line,
        }
    }

    /// The same, in a text that has `lines` more before it.
    #[must_use]
    pub fn shifted(mut self, lines: usize) -> Self {
        match &mut self {
            Self::OpenQuote { line }
            | Self::OpenName { line }
            | Self::OpenComment { line }
            | Self::OpenParenthesis { line }
            | Self::OpenBody { line }
            | Self::OpenCopy { line } => *line += lines,
        }
        self
    }
}

/// Every token of a text with its kind and place, white space and comments included.
pub fn placed_tokens(text: &str) -> impl Iterator<Item = (squawk_lexer::TokenKind, Range<usize>)> + '_ {
    tokens::Tokens::new(text, 0).map(|token| (token.kind, token.start..token.end))
}
