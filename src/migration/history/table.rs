//! Tables of a database that may be histories, and which of them is the one.

use super::books::{self, Book};

/// A table as the catalog tells of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Table {
    pub(super) schema: String,
    pub(super) name: String,
    pub(super) columns: Vec<Column>,
    /// Its schema's place in the search path, from 1; 0 where it is not in it.
    pub(super) place: usize,
    pub(super) readable: bool,
    /// Row-level security may hide rows from this role.
    pub(super) filtered: bool,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Column {
    pub(super) name: String,
    /// As `format_type` spells it.
    pub(super) kind: String,
}

impl Table {
    /// For people: `public.schema_migrations`.
    pub(super) fn shown(&self) -> String {
        format!("{}.{}", self.schema, self.name)
    }

    /// For SQL.
    pub(super) fn quoted(&self) -> String {
        format!("{}.{}", quote(&self.schema), quote(&self.name))
    }

    pub(super) fn has(&self, column: &str) -> bool {
        self.columns.iter().any(|known| known.name == column)
    }
}

/// An identifier in double quotes.
pub(super) fn quote(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// `schema.table`, `table`, either with double quotes, as a person writes it into a configuration.
pub(super) fn named(text: &str) -> (Option<String>, String) {
    let mut parts: Vec<String> = vec![String::new()];
    let mut quoted = false;
    let mut chars = text.trim().chars().peekable();
    while let Some(char) = chars.next() {
        match char {
            '"' if quoted && chars.peek() == Some(&'"') => {
                chars.next();
                parts.last_mut().into_iter().for_each(|part| part.push('"'));
            }
            '"' => quoted = !quoted,
            '.' if !quoted => parts.push(String::new()),
            char => parts.last_mut().into_iter().for_each(|part| part.push(char)),
        }
    }
    let name = parts.pop().unwrap_or_default();
    (Some(parts.join(".")).filter(|schema| !schema.is_empty()), name)
}

/// Which table a framework's history is.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Located<'a> {
    Found(&'a Table),
    /// Of this name, and not this framework's.
    Foreign(&'a Table, String),
    /// Nothing where the framework would look; perhaps elsewhere.
    Nowhere(Vec<&'a Table>),
}

/// The table that the framework itself would use.
pub(super) fn locate<'a>(book: &Book, name: Option<&str>, all: &'a [Table]) -> Located<'a> {
    let (schema, wanted) = match name.map(named) {
        Some((schema, table)) => (schema, table),
        None => (book.schema.map(str::to_owned), book.table.to_owned()),
    };
    let called: Vec<&Table> = all.iter().filter(|table| table.name == wanted).collect();
    let in_path = || called.iter().copied().filter(|table| table.place > 0).min_by_key(|table| table.place);
    let found = match &schema {
        // Atlas keeps its history in the one schema that it was pointed at, if it was.
        Some(schema) if name.is_none() && book.framework == "atlas" => {
            called.iter().copied().find(|table| table.schema == *schema).or_else(in_path)
        }
        Some(schema) => called.iter().copied().find(|table| table.schema == *schema),
        None => in_path(),
    };
    match found {
        Some(table) => match books::fits(book, table, all) {
            Ok(()) => Located::Found(table),
            Err(theirs) => Located::Foreign(table, theirs),
        },
        None => Located::Nowhere(called.into_iter().filter(|table| books::fits(book, table, all).is_ok()).collect()),
    }
}

/// One row, with the text of each column by its name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Row(pub(super) Vec<(&'static str, Option<String>)>);

impl Row {
    /// NULL and a column that is not there are both `None`.
    pub(super) fn get(&self, column: &str) -> Option<&str> {
        self.0.iter().find(|(name, _)| *name == column).and_then(|(_, value)| value.as_deref())
    }

    pub(super) fn text(&self, column: &str) -> String {
        self.get(column).unwrap_or_default().to_owned()
    }

    /// A boolean as PostgreSQL spells it, or a number that stands for one.
    pub(super) fn is(&self, column: &str) -> bool {
        matches!(self.get(column), Some("t" | "true" | "1"))
    }

    pub(super) fn number(&self, column: &str) -> Option<i64> {
        self.get(column)?.parse().ok()
    }
}
