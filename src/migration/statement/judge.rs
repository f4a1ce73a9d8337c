//! Whether a statement only adds, or takes away. Fails closed: what is not known to add does not.

use super::object::ObjectKind;
use super::shape::{Alter, CreateTable, Shape, TypeChange};
use super::table::{Column, ColumnChange, TableAction};
use super::understand::{Class, Reader, Understood};

/// What a statement means for what is in the database already.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Judgement {
    /// Known to change no row, drop nothing and forbid nothing that was allowed: a new table, a column that may be
    /// NULL, an index built concurrently, a new value of an enumeration.
    Additive,
    /// Known, and neither of the others: a constraint, a rename, an index, a function.
    Change,
    /// Rows change, or code runs that the text does not show, or nobody could read it.
    Unknown,
    /// Takes rows, columns or objects away.
    Destructive,
}

/// Judges one statement.
///
/// [`Judgement::Additive`] is a whitelist: never for what is not parsed, what the two parsers dispute, what is opaque
/// (`DO`, `CALL`, functions in queries), queries, and changes of rows.
pub fn judge(statement: &Understood) -> Judgement {
    if takes_away(statement) {
        return Judgement::Destructive;
    }
    let sure = statement.reader == Reader::Tree && !statement.disputed && !statement.opaque;
    match statement.class {
        _ if !sure => Judgement::Unknown,
        Class::Data | Class::NotParsed => Judgement::Unknown,
        Class::Schema | Class::Transaction | Class::Other if adds(statement) => Judgement::Additive,
        Class::Schema | Class::Transaction => Judgement::Change,
        Class::Other => match statement.shape {
            Shape::Rows(_) => Judgement::Unknown,
            _ => Judgement::Change,
        },
    }
}

fn adds(statement: &Understood) -> bool {
    match &statement.shape {
        Shape::CreateTable(table) => table_adds(table),
        // A function in it runs for every row.
        Shape::CreateIndex(index) => index.concurrently && !index.unique && !index.calls,
        Shape::CreateView { replace, .. } => !replace,
        Shape::CreateMaterializedView { with_data, .. } => !with_data,
        Shape::CreateSequence { .. } | Shape::CreateStatistics { .. } | Shape::Comment { .. } => true,
        Shape::Alter(alter) => alter_adds(alter),
        Shape::AlterType { change: TypeChange::AddValue { .. }, .. } => true,
        Shape::Set { parameter, .. } => HARMLESS.contains(&parameter.as_str()),
        Shape::Other => match statement.command.as_str() {
            "CREATE TYPE" | "CREATE DOMAIN" | "CREATE ROLE" => true,
            // Nothing in it but the schema itself.
            "CREATE SCHEMA" => {
                statement.touched.iter().all(|touched| matches!(touched.kind, ObjectKind::Schema | ObjectKind::Role))
            }
            "BEGIN" | "COMMIT" | "SAVEPOINT" | "RELEASE SAVEPOINT" => true,
            _ => false,
        },
        _ => false,
    }
}

/// Settings that change how long a statement waits and what it says, and nothing else.
const HARMLESS: &[&str] = &[
    "application_name",
    "client_encoding",
    "client_min_messages",
    "idle_in_transaction_session_timeout",
    "lock_timeout",
    "statement_timeout",
    "transaction_timeout",
];

/// A partition or child changes what its parent holds, so only a table of its own is sure to add.
fn table_adds(table: &CreateTable) -> bool {
    table.partition_of.is_none() && table.inherits.is_empty()
}

fn alter_adds(alter: &Alter) -> bool {
    let adds = |action: &TableAction| matches!(action, TableAction::AddColumn { column, .. } if column_adds(column));
    alter.kind == ObjectKind::Table && !alter.actions.is_empty() && alter.actions.iter().all(adds)
}

fn column_adds(column: &Column) -> bool {
    let default = column.default.as_ref().filter(|default| !default.null);
    column.ty.as_ref().is_some_and(|ty| !ty.is_serial())
        && column.generated.is_none()
        && !column.identity
        && column.constraints.is_empty()
        && default.is_none_or(|default| default.steady)
        && (!column.not_null || default.is_some())
}

fn takes_away(statement: &Understood) -> bool {
    match &statement.shape {
        Shape::Drop(_) | Shape::DropOf { .. } | Shape::Truncate { .. } => true,
        Shape::Rows(rows) => rows.every_row,
        Shape::Alter(alter) => alter.actions.iter().any(|action| match action {
            TableAction::DropColumn { .. } => true,
            TableAction::DropConstraint { cascade, .. } => *cascade,
            // What does not fit the new type is rounded, cut or refused.
            TableAction::AlterColumn { change: ColumnChange::Type { using, .. }, .. } => using.is_some(),
            TableAction::AlterColumn { change: ColumnChange::DropExpression, .. } => false,
            _ => false,
        }),
        Shape::AlterType { change: TypeChange::Attributes { .. }, .. } => true,
        _ => statement.command.starts_with("DROP "),
    }
}
