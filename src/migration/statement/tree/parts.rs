//! Columns, constraints, types and expressions.

use squawk_syntax::ast::{self, AstNode};
use squawk_syntax::{SyntaxKind, SyntaxNode};

use super::names;
use crate::migration::statement::table::{Column, Constraint, ConstraintKind, DataType, Expression, Generated};

/// A column with the constraints written beside it.
pub(super) fn column(
    name: Option<ast::ColumnName>,
    ty: Option<ast::Type>,
    constraints: impl Iterator<Item = SyntaxNode>,
) -> Column {
    let ty = ty.map(|ty| data_type(ty.syntax()));
    let serial = ty.as_ref().is_some_and(DataType::is_serial);
    let mut column = Column {
        name: names::word(name),
        ty,
        not_null: serial,
        default: None,
        generated: None,
        identity: false,
        constraints: Vec::new(),
    };
    for node in constraints {
        match node.kind() {
            SyntaxKind::NOT_NULL_CONSTRAINT => column.not_null = true,
            SyntaxKind::DEFAULT_CONSTRAINT => column.default = child_expression(&node),
            SyntaxKind::GENERATED_CONSTRAINT => {
                let is_virtual = node.descendants().any(|node| node.kind() == SyntaxKind::VIRTUAL);
                if names::has(&node, SyntaxKind::GENERATED_IDENTITY) {
                    column.identity = true;
                    column.not_null = true;
                } else {
                    // Without a word, it is virtual since 18; no older server takes it without STORED.
                    let is_stored = node.descendants().any(|node| node.kind() == SyntaxKind::STORED);
                    column.generated =
                        Some(if is_virtual || !is_stored { Generated::Virtual } else { Generated::Stored });
                }
            }
            _ => {
                if let Some(mut constraint) = constraint(&node) {
                    match &mut constraint.kind {
                        ConstraintKind::PrimaryKey { columns, .. } => {
                            column.not_null = true;
                            columns.push(column.name.clone());
                        }
                        ConstraintKind::Unique { columns, .. } | ConstraintKind::ForeignKey { columns, .. } => {
                            columns.push(column.name.clone());
                        }
                        _ => {}
                    }
                    column.constraints.push(constraint);
                }
            }
        }
    }
    column
}

/// The columns and constraints of a `CREATE TABLE`.
pub(super) fn arguments(list: Option<ast::TableArgList>) -> (Vec<Column>, Vec<Constraint>) {
    let mut columns = Vec::new();
    let mut constraints = Vec::new();
    for node in list.into_iter().flat_map(|list| list.syntax().children().collect::<Vec<_>>()) {
        if let Some(found) = ast::Column::cast(node.clone()) {
            // `name WITH OPTIONS …` of a typed table has its constraints inside.
            let clauses = found.syntax().children().collect::<Vec<_>>().into_iter();
            columns.push(column(found.name(), found.ty(), clauses));
        } else {
            constraints.extend(constraint(&node));
        }
    }
    (columns, constraints)
}

/// A constraint of a table or a column; `None` for what is none, and for `NULL`.
pub(super) fn constraint(node: &SyntaxNode) -> Option<Constraint> {
    let child = |kind: SyntaxKind| node.children().find(|child| child.kind() == kind);
    let first_columns =
        || names::columns(node.descendants().find(|node| node.kind() == SyntaxKind::CONSTRAINT_COLUMN_REF_LIST));
    let using_index = || {
        let using = child(SyntaxKind::USING_INDEX_NAME)?;
        names::bare(using.children().find_map(ast::IndexRef::cast))
    };
    let kind = match node.kind() {
        SyntaxKind::CHECK_CONSTRAINT => ConstraintKind::Check(child_expression(node)?),
        SyntaxKind::NOT_NULL_CONSTRAINT => {
            ConstraintKind::NotNull { column: names::word(node.children().find_map(ast::ColumnNameRef::cast)) }
        }
        SyntaxKind::PRIMARY_KEY_CONSTRAINT => {
            ConstraintKind::PrimaryKey { columns: first_columns(), using_index: using_index() }
        }
        SyntaxKind::UNIQUE_CONSTRAINT => {
            ConstraintKind::Unique { columns: first_columns(), using_index: using_index() }
        }
        SyntaxKind::EXCLUDE_CONSTRAINT => ConstraintKind::Exclude,
        SyntaxKind::FOREIGN_KEY_CONSTRAINT => {
            let key = ast::ForeignKeyConstraint::cast(node.clone())?;
            ConstraintKind::ForeignKey {
                columns: names::columns(key.from_columns().map(|list| list.syntax().clone())),
                references: names::of(key.table_name_ref())?,
                referenced: names::columns(key.to_columns().map(|list| list.syntax().clone())),
            }
        }
        SyntaxKind::REFERENCES_CONSTRAINT => {
            let key = ast::ReferencesConstraint::cast(node.clone())?;
            ConstraintKind::ForeignKey {
                columns: Vec::new(),
                references: names::of(key.table())?,
                referenced: names::bare(key.column()).into_iter().collect(),
            }
        }
        _ => return None,
    };
    let name = child(SyntaxKind::CONSTRAINT_NAME_CLAUSE)
        .and_then(|clause| names::bare(clause.children().find_map(ast::ConstraintName::cast)));
    Some(Constraint {
        name,
        kind,
        not_valid: names::has(node, SyntaxKind::NOT_VALID),
        not_enforced: names::has(node, SyntaxKind::NOT_ENFORCED),
    })
}

fn child_expression(node: &SyntaxNode) -> Option<Expression> {
    node.children().find_map(ast::Expr::cast).map(|expr| expression(&expr))
}

pub(super) fn expression(expr: &ast::Expr) -> Expression {
    let text = names::text(expr.syntax());
    let null = text.eq_ignore_ascii_case("null") || text.to_ascii_lowercase().starts_with("null::");
    Expression { text, steady: is_steady(expr), null }
}

/// Whether an expression without columns is the same for every row of a statement.
fn is_steady(expr: &ast::Expr) -> bool {
    let all_children = |node: &SyntaxNode| node.children().filter_map(ast::Expr::cast).all(|expr| is_steady(&expr));
    match expr {
        ast::Expr::Literal(_) => true,
        ast::Expr::NameRef(name) => {
            let text = name.syntax().text().to_string().to_ascii_lowercase();
            STEADY_WORDS.contains(&text.as_str())
        }
        ast::Expr::ArrayExpr(array) => array.select_variant().is_none() && all_children(array.syntax()),
        ast::Expr::ParenExpr(paren) => paren.expr().is_some_and(|expr| is_steady(&expr)),
        ast::Expr::CastExpr(cast) => cast.literal().is_some() || cast.expr().is_some_and(|expr| is_steady(&expr)),
        ast::Expr::BinExpr(binary) => {
            binary.lhs().is_some_and(|lhs| is_steady(&lhs)) && binary.rhs().is_some_and(|rhs| is_steady(&rhs))
        }
        ast::Expr::PrefixExpr(prefix) => prefix.expr().is_some_and(|expr| is_steady(&expr)),
        ast::Expr::Collate(collate) => collate.expr().is_some_and(|expr| is_steady(&expr)),
        ast::Expr::TupleExpr(tuple) => all_children(tuple.syntax()),
        ast::Expr::CallExpr(call) => {
            let Some(function) = call.expr() else { return false };
            let name = names::text(function.syntax()).to_ascii_lowercase();
            let name = name.strip_prefix("pg_catalog.").unwrap_or(&name);
            let Some(arguments) = call.arg_list() else { return false };
            // Nothing but expressions in the list, and nothing but the list behind the name.
            STEADY_FUNCTIONS.binary_search(&name).is_ok()
                && call.over_clause().is_none()
                && call.filter_clause().is_none()
                && arguments.args().all(|arg| {
                    let mut inner = arg.syntax().children().filter_map(ast::Expr::cast);
                    inner.next().is_some_and(|expr| is_steady(&expr)) && inner.next().is_none()
                })
        }
        _ => false,
    }
}

const STEADY_WORDS: &[&str] = &[
    "current_catalog",
    "current_date",
    "current_role",
    "current_schema",
    "current_time",
    "current_timestamp",
    "current_user",
    "false",
    "localtime",
    "localtimestamp",
    "null",
    "session_user",
    "true",
    "user",
];

/// Built-in functions that are immutable or stable (`pg_proc.provolatile`), as far as defaults use them.
const STEADY_FUNCTIONS: &[&str] = &[
    "abs",
    "array_fill",
    "ceil",
    "chr",
    "coalesce",
    "concat",
    "current_database",
    "current_schema",
    "current_setting",
    "date_trunc",
    "decode",
    "encode",
    "floor",
    "format",
    "greatest",
    "json_build_array",
    "json_build_object",
    "jsonb_build_array",
    "jsonb_build_object",
    "least",
    "left",
    "length",
    "lower",
    "make_date",
    "make_interval",
    "make_time",
    "make_timestamp",
    "make_timestamptz",
    "md5",
    "now",
    "nullif",
    "repeat",
    "replace",
    "right",
    "round",
    "statement_timestamp",
    "timezone",
    "to_char",
    "to_date",
    "to_json",
    "to_jsonb",
    "to_timestamp",
    "transaction_timestamp",
    "trim",
    "upper",
];

/// A type as it is written.
pub(super) fn data_type(node: &SyntaxNode) -> DataType {
    DataType::parse(&names::text(node))
}
