//! The cutting itself: one pass over the tokens.

use squawk_lexer::{LiteralKind, TokenKind};

use super::tokens::Tokens;
use super::{Ended, Kind, Piece, Problem};

/// Cuts a text into pieces; see the module's promises.
pub fn split(text: &str) -> Vec<Piece> {
    let mut scanner = Scanner { text, at: 0, line: 1, pieces: Vec::new() };
    while scanner.at < text.len() {
        scanner.blank();
        match text.as_bytes().get(scanner.at) {
            None => {}
            Some(b'\\') => scanner.command(),
            Some(_) => scanner.statement(),
        }
    }
    scanner.pieces
}

struct Scanner<'a> {
    text: &'a str,
    /// How far the pieces reach.
    at: usize,
    /// The line of `at`, from 1.
    line: usize,
    pieces: Vec<Piece>,
}

impl Scanner<'_> {
    fn push(&mut self, end: usize, kind: Kind, problem: Option<Problem>) {
        if end > self.at {
            self.pieces.push(Piece { range: self.at..end, line: self.line, kind, problem });
            self.line = self.line_of(end);
            self.at = end;
        }
    }

    /// The line of a place at or after `at`.
    fn line_of(&self, place: usize) -> usize {
        self.line + self.text.as_bytes()[self.at..place].iter().filter(|byte| **byte == b'\n').count()
    }

    /// White space, comments and stray semicolons.
    fn blank(&mut self) {
        let mut end = self.at;
        let mut problem = None;
        for token in Tokens::new(self.text, self.at) {
            match token.kind {
                TokenKind::Whitespace | TokenKind::LineComment | TokenKind::Semi => {}
                TokenKind::BlockComment { terminated } => {
                    if !terminated {
                        problem = Some(Problem::OpenComment { line: self.line_of(token.start) });
                    }
                }
                _ => break,
            }
            end = token.end;
        }
        self.push(end, Kind::Blank, problem);
    }

    /// From a backslash to the end of the line, which is left to what follows.
    fn command(&mut self) {
        let rest = &self.text[self.at..];
        let line = &rest[..rest.find('\n').unwrap_or(rest.len())];
        let length = line.strip_suffix('\r').unwrap_or(line).len();
        self.push(self.at + length, Kind::PsqlCommand, None);
    }

    /// One statement, and the data after it where it is a `COPY … FROM stdin`.
    fn statement(&mut self) {
        let mut shape = Shape::default();
        // A statement does not own the white space after it.
        let mut end = self.at;
        let mut open_quote = None;
        let mut ended = Ended::EndOfText;
        for token in Tokens::new(self.text, self.at) {
            match token.kind {
                TokenKind::Whitespace | TokenKind::LineComment | TokenKind::BlockComment { terminated: true } => {
                    continue;
                }
                TokenKind::Unknown if token.text(self.text) == "\\" => {
                    ended = Ended::Command;
                    break;
                }
                _ => {}
            }
            end = token.end;
            open_quote = open(token.kind).map(|problem| (problem, token.start));
            match token.kind {
                TokenKind::Semi if shape.may_end() => {
                    ended = Ended::Semicolon;
                    break;
                }
                TokenKind::Ident => shape.word(token.text(self.text), token.start),
                other => shape.other(other, token.start),
            }
        }
        let problem = match (open_quote, ended) {
            (Some((problem, start)), _) => Some(problem(self.line_of(start))),
            (None, Ended::EndOfText) => shape.open().map(|(problem, start)| problem(self.line_of(start))),
            (None, _) => None,
        };
        let line = self.line;
        self.push(end, Kind::Sql { ended }, problem);
        if shape.from_stdin && ended == Ended::Semicolon {
            self.copy_data(line);
        }
    }

    /// Through the line that is `\.` and nothing else. `line` is that of the statement.
    fn copy_data(&mut self, line: usize) {
        let bytes = self.text.as_bytes();
        let mut from = self.at;
        while let Some(found) = self.text[from..].find("\n\\.") {
            let after = from + found + 3;
            let end = match &bytes[after..] {
                [] => Some(after),
                [b'\n', ..] => Some(after + 1),
                [b'\r', b'\n', ..] => Some(after + 2),
                [b'\r'] => Some(after + 1),
                _ => None,
            };
            if let Some(end) = end {
                return self.push(end, Kind::CopyData, None);
            }
            from = after;
        }
        let problem = Some(Problem::OpenCopy { line });
        if self.at < self.text.len() {
            self.push(self.text.len(), Kind::CopyData, problem);
        } else if let Some(statement) = self.pieces.last_mut() {
            statement.problem = problem;
        }
    }
}

type Makes = fn(usize) -> Problem;

/// The problem of a token that the end of the text cut off.
fn open(kind: TokenKind) -> Option<Makes> {
    match kind {
        TokenKind::BlockComment { terminated: false } => Some(|line| Problem::OpenComment { line }),
        TokenKind::QuotedIdent { terminated: false, .. } => Some(|line| Problem::OpenName { line }),
        TokenKind::Literal {
            kind:
                LiteralKind::Str { terminated: false }
                | LiteralKind::NationalStr { terminated: false }
                | LiteralKind::ByteStr { terminated: false }
                | LiteralKind::BitStr { terminated: false }
                | LiteralKind::DollarQuotedString { terminated: false }
                | LiteralKind::UnicodeEscStr { terminated: false }
                | LiteralKind::EscStr { terminated: false },
        } => Some(|line| Problem::OpenQuote { line }),
        _ => None,
    }
}

/// What the words of a statement say about where it may end.
#[derive(Default)]
struct Shape {
    start: Start,
    /// Where each parenthesis that is still open stands.
    parentheses: Vec<usize>,
    /// Where the `BEGIN ATOMIC` stands, and each `CASE` inside it, that has no `END` yet.
    bodies: Vec<usize>,
    before: Before,
    from_stdin: bool,
}

/// How the statement begins, as far as it was read.
#[derive(Default, PartialEq)]
enum Start {
    #[default]
    Nothing,
    Copy,
    Create,
    CreateRoutine,
    Other,
}

/// The token before, where it matters.
#[derive(Default, PartialEq)]
enum Before {
    #[default]
    Other,
    From,
    Begin(usize),
    Dot,
}

impl Shape {
    fn may_end(&self) -> bool {
        self.parentheses.is_empty() && self.bodies.is_empty()
    }

    fn open(&self) -> Option<(Makes, usize)> {
        let parenthesis = self.parentheses.first().map(|at| (*at, (|line| Problem::OpenParenthesis { line }) as Makes));
        let body = self.bodies.first().map(|at| (*at, (|line| Problem::OpenBody { line }) as Makes));
        body.into_iter().chain(parenthesis).min_by_key(|(at, _)| *at).map(|(at, problem)| (problem, at))
    }

    fn other(&mut self, kind: TokenKind, at: usize) {
        match kind {
            TokenKind::OpenParen => self.parentheses.push(at),
            TokenKind::CloseParen => {
                self.parentheses.pop();
            }
            _ => {}
        }
        if self.start == Start::Nothing {
            self.start = Start::Other;
        }
        self.before = if kind == TokenKind::Dot { Before::Dot } else { Before::Other };
    }

    fn word(&mut self, word: &str, at: usize) {
        let is = |keyword: &str| word.eq_ignore_ascii_case(keyword);
        let before = std::mem::take(&mut self.before);
        match self.start {
            Start::Nothing if is("copy") => self.start = Start::Copy,
            Start::Nothing if is("create") => self.start = Start::Create,
            Start::Nothing => self.start = Start::Other,
            Start::Create if is("or") || is("replace") => {}
            Start::Create if is("function") || is("procedure") => self.start = Start::CreateRoutine,
            Start::Create => self.start = Start::Other,
            Start::Copy if self.parentheses.is_empty() => {
                self.from_stdin |= before == Before::From && is("stdin");
                if is("from") {
                    self.before = Before::From;
                }
            }
            // Behind a dot these are names: `t.end`.
            Start::CreateRoutine if before != Before::Dot => match before {
                Before::Begin(start) if self.bodies.is_empty() && is("atomic") => self.bodies.push(start),
                _ if is("begin") => self.before = Before::Begin(at),
                _ if self.bodies.is_empty() => {}
                _ if is("case") => self.bodies.push(at),
                _ if is("end") => {
                    self.bodies.pop();
                }
                _ => {}
            },
            Start::Copy | Start::CreateRoutine | Start::Other => {}
        }
    }
}
