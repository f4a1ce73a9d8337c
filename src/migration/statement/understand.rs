//! What a statement is, what it touches, and how sure of that one may be.

use super::class::{Word, words};
use super::object::{Action, Name, ObjectKind, Touched};
use super::shape::{Rows, Shape};
use super::{Kind, Piece, guard, second, split, tree};

/// A statement, understood as far as that goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Understood {
    pub class: Class,
    /// The words that name its kind, as PostgreSQL's documentation heads it: `ALTER TABLE`. Empty where not parsed.
    pub command: String,
    /// The objects that its text names, in the order of the text. Not: functions called, types of columns, what hangs
    /// on an object (`CASCADE`, triggers, views, partitions), and what code does that the text does not show.
    pub touched: Vec<Touched>,
    /// Running it runs code that the text does not show: `DO`, `CALL`, `EXECUTE`, functions in a query, extensions.
    /// It can touch anything. Triggers of the tables that it writes are not counted in: they are not in the text.
    pub opaque: bool,
    pub reader: Reader,
    /// The two parsers read it differently. It may be what it seems; nothing may rest on that.
    pub disputed: bool,
    pub shape: Shape,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Class {
    /// Makes, changes or drops objects, or what is said about them (comments, privileges).
    Schema,
    /// Writes rows, or removes them.
    Data,
    /// `BEGIN`, `COMMIT`, savepoints, prepared transactions.
    Transaction,
    /// `SET`, `SELECT`, `EXPLAIN`, `VACUUM`, `LOCK`, `DO`, commands of psql, … What is [opaque](Understood::opaque)
    /// among them can do anything.
    Other,
    /// No parser reads it.
    NotParsed,
}

/// What read the statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reader {
    /// `squawk-syntax`: class, objects and shape.
    Tree,
    /// `sqlparser`, where the tree has errors: class and objects, no shape.
    Second,
    /// The first words alone, of what is too long or too deep for a parser, and only where they leave no doubt that
    /// it is data: class and the table that is written.
    Words,
    Nobody,
}

impl Understood {
    pub(super) fn not_parsed() -> Self {
        Self {
            class: Class::NotParsed,
            command: String::new(),
            touched: Vec::new(),
            opaque: true,
            reader: Reader::Nobody,
            disputed: false,
            shape: Shape::Other,
        }
    }

    fn plain(class: Class, command: &str) -> Self {
        Self { class, command: command.to_owned(), opaque: false, reader: Reader::Words, ..Self::not_parsed() }
    }

    /// What is done to relations of this name.
    pub fn actions_on(&self, name: &Name) -> impl Iterator<Item = Action> {
        self.touched
            .iter()
            .filter(move |touched| touched.kind.is_relation() && touched.name.may_be(name))
            .map(|touched| touched.action)
    }
}

/// Understands one statement, with or without its semicolon.
///
/// Never fails, and takes time in proportion to the text: what is too long or too deep is not parsed.
pub fn understand(statement: &str) -> Understood {
    if !guard::is_safe(statement) {
        return by_words(statement);
    }
    let second = second::read(statement);
    match (tree::read(statement), second) {
        (Some(mut first), second) => {
            first.disputed = second.is_some_and(|second| second.contradicts(&first));
            first
        }
        (None, Some(second)) => second.understood(),
        (None, None) => Understood::not_parsed(),
    }
}

/// Splits a text and understands every piece of it but white space and comments.
pub fn understand_all(text: &str) -> Vec<(Piece, Understood)> {
    split(text)
        .into_iter()
        .filter_map(|piece| {
            let understood = match piece.kind {
                Kind::Blank => return None,
                Kind::PsqlCommand => Understood::plain(Class::Other, "psql"),
                Kind::CopyData => Understood::plain(Class::Data, "COPY data"),
                // Nothing is known of a statement whose end is missing.
                Kind::Sql { .. } if piece.problem.is_some() => Understood::not_parsed(),
                Kind::Sql { .. } => understand(piece.text(text)),
            };
            Some((piece, understood))
        })
        .collect()
}

/// What is too long for a parser: `INSERT INTO t …`, `COPY t … FROM`.
fn by_words(statement: &str) -> Understood {
    let start: Vec<Word> = words(statement).take(8).collect();
    let at = |index: usize, keyword: &str| start.get(index).is_some_and(|word: &Word| word.is(keyword));
    if !(at(0, "insert") && at(1, "into")) {
        return Understood::not_parsed();
    }
    let mut parts = Vec::new();
    let mut rest = start[2..].iter();
    while let Some(name) = rest.next().and_then(Word::name) {
        parts.push(name.to_owned());
        if !matches!(rest.next(), Some(Word::Mark(mark)) if mark == ".") {
            break;
        }
    }
    let written = parts.join(".");
    let Some(name) = Name::of(parts, written) else { return Understood::not_parsed() };
    Understood {
        touched: vec![Touched { kind: ObjectKind::Relation, name: name.clone(), action: Action::Write }],
        shape: Shape::Rows(Rows { written: vec![name], ..Rows::default() }),
        // What the rows are made of was not read.
        opaque: true,
        ..Understood::plain(Class::Data, "INSERT")
    }
}

#[cfg(test)]
mod tests;
