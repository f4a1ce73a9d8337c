//! `sqlparser`, the second reader.
//!
//! Two grammars that were written apart rarely make the same mistake. So this one reads every statement too: where the
//! tree has errors, its reading is the one that counts, and where both can read the text and disagree about what it is
//! or touches, the statement is marked as disputed and nothing that needs certainty rests on it. It is not the first
//! reader, because it refuses up to a fifth of what migrations hold (`CREATE INDEX … ON ONLY`, `ATTACH PARTITION`,
//! `ALTER … SET STATISTICS`), takes statements of other databases, and drops some parts of what it reads.

use std::collections::BTreeSet;
use std::ops::ControlFlow;

use sqlparser::ast::{ObjectName, Query, Statement, TableFactor, Visit, Visitor};
use sqlparser::dialect::PostgreSqlDialect;
use sqlparser::parser::Parser;

use super::class::{Word, words};
use super::object::{Action, Name, ObjectKind, Touched, fold};
use super::shape::Shape;
use super::understand::{Class, Reader, Understood};

/// What `sqlparser` says of a statement.
pub(super) struct Second {
    class: Class,
    command: String,
    relations: Vec<Name>,
    opaque: bool,
}

/// How deep its parser may recurse.
const RECURSION: usize = 50;

pub(super) fn read(text: &str) -> Option<Second> {
    // Of the words that begin a statement of PostgreSQL: it also takes what other databases have.
    let command = command(text)?;
    let parser = Parser::new(&PostgreSqlDialect {}).with_recursion_limit(RECURSION);
    let statements = parser.try_with_sql(text).ok()?.parse_statements().ok()?;
    let [statement] = statements.as_slice() else { return None };
    let mut collector = Collector::default();
    let _: ControlFlow<()> = statement.visit(&mut collector);
    let class = class(statement, &command, collector.writes)?;
    let Collector { relations, ctes, functions, calls, .. } = collector;
    let relations = relations
        .into_iter()
        .filter(|name| name.schema.is_some() || !ctes.contains(&name.name))
        .filter(|name| !functions.contains(name))
        .collect();
    let opaque = class != Class::Transaction && (calls || matches!(command.as_str(), "DO" | "CALL" | "EXECUTE"));
    Some(Second { class, command, relations, opaque })
}

/// The first word, and the second where the first alone says too little.
fn command(text: &str) -> Option<String> {
    let mut words = words(text);
    let mut word = || match words.next() {
        Some(Word::Bare(word)) => Some(word.to_ascii_uppercase()),
        _ => None,
    };
    let first = word()?;
    Some(match first.as_str() {
        "CREATE" | "ALTER" | "DROP" => format!("{first} {}", word()?),
        _ => first,
    })
}

fn class(statement: &Statement, command: &str, writes: bool) -> Option<Class> {
    Some(match statement {
        Statement::Insert(_)
        | Statement::Update(_)
        | Statement::Delete(_)
        | Statement::Merge(_)
        | Statement::Truncate(_) => Class::Data,
        Statement::Copy { to: false, .. } => Class::Data,
        Statement::StartTransaction { .. }
        | Statement::Commit { .. }
        | Statement::Rollback { .. }
        | Statement::Savepoint { .. }
        | Statement::ReleaseSavepoint { .. } => Class::Transaction,
        Statement::Query(_) | Statement::Explain { .. } | Statement::Prepare { .. } if writes => Class::Data,
        Statement::Query(_)
        | Statement::Prepare { .. }
        | Statement::Set(_)
        | Statement::Explain { .. }
        | Statement::Call(_)
        | Statement::Execute { .. }
        | Statement::Vacuum(_)
        | Statement::Copy { .. }
        | Statement::Reset(_)
        | Statement::ShowVariable { .. } => Class::Other,
        _ => match command.split(' ').next()? {
            "CREATE" | "ALTER" | "DROP" | "COMMENT" | "GRANT" | "REVOKE" => Class::Schema,
            // It reads it as something that this program does not class, or that PostgreSQL has not.
            _ => return None,
        },
    })
}

impl Second {
    /// Whether it says something else than the tree does.
    pub(super) fn contradicts(&self, first: &Understood) -> bool {
        let first_word = first.command.split(' ').next().unwrap_or_default();
        let same_class = self.class == first.class || (self.class == Class::Other && first_word == "SELECT");
        let knows = |name: &Name| first.touched.iter().any(|touched| touched.name.is(name));
        !same_class || !self.relations.iter().all(knows)
    }

    /// Its own reading, where the tree has none.
    pub(super) fn understood(self) -> Understood {
        let action = match (self.class, self.command.split(' ').next().unwrap_or_default()) {
            (Class::Schema, "ALTER" | "CREATE" | "DROP") => Action::Alter,
            (Class::Schema, _) => Action::Describe,
            // Which of them are read and which are written is not told apart: the worse is said.
            (Class::Data, _) => Action::Write,
            _ => Action::Read,
        };
        let touched =
            self.relations.into_iter().map(|name| Touched { kind: ObjectKind::Relation, name, action }).collect();
        Understood {
            class: self.class,
            command: self.command,
            touched,
            opaque: self.opaque,
            reader: Reader::Second,
            disputed: false,
            shape: Shape::Other,
        }
    }
}

/// Gathers the relations of a statement, and the names of its `WITH` queries.
#[derive(Default)]
struct Collector {
    relations: Vec<Name>,
    ctes: BTreeSet<String>,
    /// Functions in a `FROM`, which are visited as if they were relations.
    functions: BTreeSet<Name>,
    calls: bool,
    /// A change of rows stands in it.
    writes: bool,
}

impl Visitor for Collector {
    type Break = ();

    fn pre_visit_statement(&mut self, statement: &Statement) -> ControlFlow<()> {
        self.writes |= matches!(
            statement,
            Statement::Insert(_) | Statement::Update(_) | Statement::Delete(_) | Statement::Merge(_)
        );
        ControlFlow::Continue(())
    }

    fn pre_visit_query(&mut self, query: &Query) -> ControlFlow<()> {
        for table in query.with.iter().flat_map(|with| &with.cte_tables) {
            self.ctes.insert(identifier(&table.alias.name));
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_table_factor(&mut self, factor: &TableFactor) -> ControlFlow<()> {
        if let TableFactor::Table { name, args: Some(_), .. } | TableFactor::Function { name, .. } = factor {
            self.functions.extend(object(name));
            self.calls = true;
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_relation(&mut self, relation: &ObjectName) -> ControlFlow<()> {
        self.relations.extend(object(relation));
        ControlFlow::Continue(())
    }

    fn pre_visit_expr(&mut self, expr: &sqlparser::ast::Expr) -> ControlFlow<()> {
        self.calls |= matches!(expr, sqlparser::ast::Expr::Function(_));
        ControlFlow::Continue(())
    }
}

fn object(name: &ObjectName) -> Option<Name> {
    let parts: Option<Vec<String>> = name.0.iter().map(|part| part.as_ident().map(identifier)).collect();
    Name::of(parts?, name.to_string())
}

fn identifier(ident: &sqlparser::ast::Ident) -> String {
    match ident.quote_style {
        Some(_) => ident.value.clone(),
        None => fold(&ident.value),
    }
}
