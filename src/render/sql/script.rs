//! What comes out: statements, each with the object that it makes, and what could not be said.

use std::fmt;

use crate::schema::Gap;

/// Statements in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SqlScript {
    pub statements: Vec<Statement>,
    /// What the statements do not make, or make otherwise; sorted.
    pub notes: Vec<Note>,
    /// The roles that the statements name, sorted: they have to be there.
    pub roles: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Statement {
    pub part: Part,
    /// What it makes, for people: `table public.orders`, `foreign key a of table public.orders`.
    pub object: String,
    /// Ends with a semicolon.
    pub sql: String,
}

/// What is lost where a statement fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// A setting of the session.
    Setting,
    /// The object, or a property of it that the schema needs.
    Object,
    /// Who owns it.
    Owner,
    Comment,
    /// Who may use it.
    Privilege,
}

/// Something that the statements do not say.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Note {
    pub object: String,
    /// Why, in a sentence for people.
    pub reason: String,
}

impl Statement {
    pub(super) fn new(part: Part, object: impl Into<String>, sql: String) -> Self {
        let sql = if part == Part::Object { super::reprint::faithful(sql) } else { sql };
        Self { part, object: object.into(), sql }
    }
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.object, self.reason)
    }
}

impl SqlScript {
    /// One text for `psql` and for people, with what is missing at its top: the notes, and the gaps of the reading.
    pub fn text(&self, gaps: &[Gap]) -> String {
        let mut text = String::from("-- Makes this schema in an empty database. Written by tidegate.\n");
        if !self.roles.is_empty() {
            let names: Vec<_> = self.roles.iter().map(|name| super::quote::ident(name)).collect();
            comment(&mut text, &format!("Roles that have to be there: {}", names.join(", ")));
        }
        if !self.notes.is_empty() || !gaps.is_empty() {
            comment(&mut text, "Not in it:");
            for note in &self.notes {
                comment(&mut text, &format!("  {note}"));
            }
            for gap in gaps {
                comment(&mut text, &format!("  {}: {}", gap.scope, gap.reason));
            }
        }
        let mut before = None;
        for statement in &self.statements {
            // What is said about an object stands right below it.
            let goes_on = match statement.part {
                Part::Setting => before == Some(Part::Setting),
                Part::Owner | Part::Comment | Part::Privilege => true,
                Part::Object => false,
            };
            if !goes_on {
                text.push('\n');
            }
            text.push_str(&statement.sql);
            text.push('\n');
            before = Some(statement.part);
        }
        text
    }
}

/// A name may hold a line break, and what follows it must not become a statement.
fn comment(text: &mut String, line: &str) {
    text.push_str("-- ");
    text.extend(line.chars().map(|c| if c.is_control() || matches!(c, '\u{2028}' | '\u{2029}') { ' ' } else { c }));
    text.push('\n');
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::GapKind;

    #[test]
    fn nothing_in_a_remark_becomes_a_statement() {
        let note = Note { object: "table a\nDROP TABLE b;".into(), reason: "x\r\ny\u{2028}z".into() };
        let script = SqlScript { notes: vec![note], roles: vec!["r\n;".into()], ..SqlScript::default() };
        let gap = Gap { kind: GapKind::NotCharted, scope: "casts\n".into(), reason: "1 is there".into() };
        let text = script.text(&[gap]);
        assert!(text.lines().all(|line| line.starts_with("-- ")), "{text}");
        assert!(text.contains("--   table a DROP TABLE b;: x  y z\n") && text.contains("casts : 1 is there"), "{text}");
    }
}
