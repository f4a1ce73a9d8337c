//! Why a replay ended without a schema.

use std::fmt;
use std::path::PathBuf;

use crate::migration::statement::{Piece, Problem};
use crate::schema::Gap;
use crate::source::engine::EngineError;

#[derive(Debug, thiserror::Error)]
pub enum ReplayError {
    /// A statement failed, and the fault is its own.
    #[error(transparent)]
    Statement(Box<StatementError>),
    /// An engine could not be had.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// The engine failed at a statement: it hung, died, or lacks what the statement needs.
    #[error("{place}: {reason}{}", .statement.as_ref().map(|text| format!("\n{text}")).unwrap_or_default())]
    EngineAt {
        place: Place,
        reason: String,
        statement: Option<String>,
        hint: String,
        /// Whether the statement is known to be the one, and not the first of several that were sent together.
        exact: bool,
    },
    #[error("{path}:{line}: {problem}; the file seems to be cut off")]
    CutOff { path: String, line: usize, problem: Problem },
    #[error("{} could not be read in full, and --strict was asked for:{}", count(.0), list(.0))]
    Strict(Vec<Gap>),
    #[error("the schema could not be read after the replay: {0}")]
    Catalog(String),
    #[error(transparent)]
    Command(#[from] super::command::CommandError),
}

impl ReplayError {
    pub(super) fn cut_off(path: &str, lines_before: usize, piece: &Piece) -> Self {
        let problem = piece.problem.unwrap_or(Problem::OpenQuote { line: piece.line }).shifted(lines_before);
        Self::CutOff { path: path.to_owned(), line: problem.line(), problem }
    }

    /// What to do about it, where there is something.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::EngineAt { hint, .. } => Some(hint.clone()),
            Self::Statement(error) => error.advice.clone(),
            Self::Strict(_) => Some("leave out --strict to draw what there is, with the gaps named".to_owned()),
            _ => None,
        }
    }
}

fn count(gaps: &[Gap]) -> String {
    match gaps.len() {
        1 => "one thing".to_owned(),
        more => format!("{more} things"),
    }
}

fn list(gaps: &[Gap]) -> String {
    gaps.iter().map(|gap| format!("\n  {}: {}", gap.scope, gap.reason)).collect()
}

/// Where in the files something stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Place {
    pub path: String,
    /// From 1.
    pub line: usize,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.path, self.line)
    }
}

/// What PostgreSQL said about a statement.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StatementError {
    /// The line is that of the error's own position where the server tells one.
    pub place: Place,
    /// Its first lines.
    pub statement: String,
    pub sqlstate: String,
    pub message: String,
    pub detail: Option<String>,
    pub hint: Option<String>,
    /// The call stack of a function or block, as PostgreSQL words it.
    pub context: Option<String>,
    /// What tidegate itself suggests.
    pub advice: Option<String>,
}

impl std::error::Error for StatementError {}

impl fmt::Display for StatementError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} (SQLSTATE {})", self.place, self.message, self.sqlstate)?;
        for (label, text) in [("detail", &self.detail), ("hint", &self.hint), ("context", &self.context)] {
            if let Some(text) = text {
                // Endless recursion has a call stack of thousands of lines.
                write!(f, "\n  {label}: {}", excerpt(text).replace('\n', "\n    "))?;
            }
        }
        write!(f, "\n  statement: {}", self.statement.replace('\n', "\n    "))
    }
}

/// The first lines of a longer text, for an error.
pub(super) fn excerpt(sql: &str) -> String {
    const LINES: usize = 6;
    const WIDTH: usize = 160;
    let sql = sql.strip_suffix("\n;").unwrap_or(sql);
    let mut lines: Vec<String> = Vec::new();
    for line in sql.lines().take(LINES) {
        let mut short: String = line.chars().take(WIDTH).collect();
        if line.chars().nth(WIDTH).is_some() {
            short.push('…');
        }
        lines.push(short);
    }
    if sql.lines().nth(LINES).is_some() {
        lines.push("…".to_owned());
    }
    lines.join("\n")
}

/// A file that could not be read.
#[derive(Debug, thiserror::Error)]
#[error("cannot read {}: {source}", path.display())]
pub struct FileError {
    pub path: PathBuf,
    pub source: std::io::Error,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_stack_is_shown_by_its_first_lines() {
        let error = StatementError {
            place: Place { path: "1.sql".into(), line: 3 },
            statement: "SELECT f(1);".into(),
            sqlstate: "54001".into(),
            message: "stack depth limit exceeded".into(),
            detail: None,
            hint: None,
            context: Some("PL/pgSQL function f(integer) line 1\n".repeat(3000)),
            advice: None,
        };
        let text = error.to_string();
        assert!(text.lines().count() < 12 && text.contains("context: PL/pgSQL function f") && text.contains('…'));
    }
}
