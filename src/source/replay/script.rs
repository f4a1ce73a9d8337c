//! What is to be run: statements with their places, in units that share a transaction rule.

use crate::migration::statement::class::{Class, class};
use crate::migration::statement::{Kind, Piece, split};
use crate::migration::{Migration, MigrationSet};
use crate::schema::{Gap, GapKind};

use super::error::ReplayError;

/// Statements that are run in order.
#[derive(Clone, Debug, Default)]
pub struct Script {
    pub units: Vec<Unit>,
    /// What is known not to be read before anything ran.
    pub gaps: Vec<Gap>,
    /// Worth a word on stderr.
    pub notes: Vec<String>,
    /// Qualified names of tables that are not drawn: the framework's own.
    pub history_tables: Vec<String>,
    /// Schemas that go with them where nothing else is inside.
    pub history_schemas: Vec<String>,
    /// What the framework creates before its first migration.
    pub history_ddl: Option<String>,
    /// Whether rows are missing that the real database has, because loading them was passed over.
    pub rows_left_out: bool,
    /// The framework's name; empty for a dump.
    pub framework: String,
}

/// The statements of one file.
#[derive(Clone, Debug)]
pub struct Unit {
    /// As errors name it.
    pub path: String,
    pub statements: Vec<Statement>,
    pub mode: Mode,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// All in one transaction, unless the statements begin and end their own.
    Transaction,
    /// Each for itself, outside of what the statements begin and end themselves.
    Autocommit,
}

#[derive(Clone, Debug)]
pub struct Statement {
    /// Ends with a semicolon.
    pub sql: String,
    /// Its first line in the file, from 1.
    pub line: usize,
    pub class: Class,
}

impl Statement {
    pub fn new(text: &str, line: usize) -> Self {
        let mut sql = text.to_owned();
        if !sql.ends_with(';') {
            // On a line of its own, since the text may end in a comment.
            sql.push_str("\n;");
        }
        Self { class: class(&sql), sql, line }
    }
}

impl Script {
    /// The script of a set of migrations.
    ///
    /// # Errors
    /// A migration ends inside a quote, a comment or a body.
    pub fn of_migrations(set: &MigrationSet) -> Result<Self, ReplayError> {
        let mut script = Self {
            notes: set.notes.clone(),
            history_tables: set.history_tables.clone(),
            history_schemas: set.history_schemas.clone(),
            history_ddl: set.history_ddl.clone(),
            framework: set.framework.clone(),
            ..Self::default()
        };
        for migration in &set.migrations {
            let unit = script.unit(migration)?;
            script.units.push(unit);
        }
        Ok(script)
    }

    fn unit(&mut self, migration: &Migration) -> Result<Unit, ReplayError> {
        let mut statements = Vec::new();
        let before = migration.first_line.max(1) - 1;
        for piece in split(&migration.sql) {
            let text = piece.text(&migration.sql);
            let line = before + piece.line;
            match piece.kind {
                // A parenthesis or body that is left open is a syntax error, which the server words better.
                Kind::Sql { .. } if !is_cut_off(&piece) => statements.push(Statement::new(text, line)),
                Kind::Sql { .. } => {
                    return Err(ReplayError::cut_off(&migration.path, before, &piece));
                }
                Kind::PsqlCommand => self.psql_command(text, &migration.path, line),
                Kind::CopyData | Kind::Blank if is_cut_off(&piece) => {
                    return Err(ReplayError::cut_off(&migration.path, before, &piece));
                }
                Kind::CopyData | Kind::Blank => {}
            }
        }
        let all = statements.len();
        statements.retain(|statement| statement.class != Class::CopyFromStdin);
        self.rows_left_out |= statements.len() < all;
        let mode = if migration.transactional { Mode::Transaction } else { Mode::Autocommit };
        Ok(Unit { path: migration.path.clone(), statements, mode })
    }

    /// A migration is no psql script, but a dump pasted into one brings its commands along.
    fn psql_command(&mut self, text: &str, path: &str, line: usize) {
        let name = text.split_whitespace().next().unwrap_or_default();
        if !matches!(name, "\\restrict" | "\\unrestrict" | "\\." | "\\echo" | "\\set" | "\\timing" | "\\pset") {
            self.gaps.push(Gap {
                kind: GapKind::SkippedStatement,
                scope: format!("{path}:{line}"),
                reason: format!("{name} is a command of psql, and the migration is not run by psql"),
            });
        }
    }

    /// What the framework itself runs before the first migration.
    pub(super) fn history_unit(&self) -> Option<Unit> {
        let ddl = self.history_ddl.as_ref()?;
        let statements = split(ddl)
            .iter()
            .filter(|piece| matches!(piece.kind, Kind::Sql { .. }))
            .map(|piece| Statement::new(piece.text(ddl), piece.line))
            .collect();
        Some(Unit { path: format!("the history table of {}", self.framework), statements, mode: Mode::Transaction })
    }

    /// Whether the framework opens each migration in a session of its own, or resets the one it has.
    pub(super) fn forgets_settings(&self) -> bool {
        matches!(self.framework.as_str(), "flyway" | "supabase" | "hasura")
    }

    /// The extensions that it asks for by name, or seems to take for given.
    pub fn extensions(&self) -> Vec<String> {
        let mut found: Vec<String> = Vec::new();
        for statement in self.units.iter().flat_map(|unit| &unit.statements) {
            for name in crate::migration::statement::class::extensions(&statement.sql) {
                if !found.contains(&name) {
                    found.push(name);
                }
            }
            for name in super::assumed::extensions(&statement.sql) {
                if !found.iter().any(|known| known == name) {
                    found.push(name.to_owned());
                }
            }
        }
        found
    }
}

/// Whether a piece ends inside something that only more text could close.
fn is_cut_off(piece: &Piece) -> bool {
    use crate::migration::statement::Problem;
    !matches!(piece.problem, None | Some(Problem::OpenParenthesis { .. } | Problem::OpenBody { .. }))
}
