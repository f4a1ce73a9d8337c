//! `squawk-syntax`'s tree of a statement, read into our own terms.
//!
//! The tree knows the whole of PostgreSQL's grammar, kind by kind and name by name (`TableNameRef`, `IndexRef`), and
//! keeps the text; so the objects are told by walking it, without a branch for each of the 190 kinds of statement.

mod alter;
mod names;
mod parts;
mod rows;
mod shapes;
mod tend;
mod touched;

use squawk_syntax::ast::{self, AstNode};
use squawk_syntax::{SourceFile, SyntaxKind, SyntaxNode};

use super::understand::{Class, Reader, Understood};

/// Reads one statement; `None` where the parser finds anything wrong in it. The text must be [safe](super::guard).
pub(super) fn read(text: &str) -> Option<Understood> {
    let parse = SourceFile::parse(text);
    let root = parse.syntax_node();
    let bodies: Vec<_> =
        root.descendants().filter(|node| node.kind() == SyntaxKind::AS_DEFINITION).map(|n| n.text_range()).collect();
    // What stands in the body of a function is the function's affair.
    if parse.errors().iter().any(|error| !bodies.iter().any(|body| body.contains_range(error.range()))) {
        return None;
    }
    let mut statements = parse.tree().stmts().filter(|statement| !matches!(statement, ast::Stmt::EmptyStmt(_)));
    let statement = statements.next()?;
    if statements.next().is_some() {
        return None;
    }
    let node = statement.syntax();
    let shape = shapes::shape(&statement);
    Some(Understood {
        class: class(node),
        command: command(node.kind()),
        touched: touched::touched(node),
        opaque: is_opaque(node),
        reader: Reader::Tree,
        disputed: false,
        shape,
    })
}

/// The words that the statement begins with, as PostgreSQL's own documentation heads them: `ALTER TABLE`.
fn command(kind: SyntaxKind) -> String {
    use SyntaxKind as K;
    match kind {
        K::COMMENT_ON => "COMMENT".to_owned(),
        K::COMPOUND_SELECT | K::PAREN_SELECT => "SELECT".to_owned(),
        K::RELEASE_SAVEPOINT => "RELEASE SAVEPOINT".to_owned(),
        K::SAVEPOINT_CREATE => "SAVEPOINT".to_owned(),
        K::COMMIT_TRANSACTION => "COMMIT".to_owned(),
        K::ROLLBACK_TRANSACTION => "ROLLBACK".to_owned(),
        K::REFRESH => "REFRESH MATERIALIZED VIEW".to_owned(),
        K::REASSIGN => "REASSIGN OWNED".to_owned(),
        K::SET_CONFIG_PARAM => "SET".to_owned(),
        K::DROP_TEXT_SEARCH_CONFIG => "DROP TEXT SEARCH CONFIGURATION".to_owned(),
        K::DROP_TEXT_SEARCH_DICT => "DROP TEXT SEARCH DICTIONARY".to_owned(),
        // The names of the kinds are the commands: CREATE_TABLE_AS.
        other => format!("{other:?}").replace('_', " "),
    }
}

fn class(node: &SyntaxNode) -> Class {
    use SyntaxKind as K;
    match node.kind() {
        K::BEGIN
        | K::COMMIT_TRANSACTION
        | K::COMMIT_PREPARED
        | K::ROLLBACK_TRANSACTION
        | K::ROLLBACK_PREPARED
        | K::ROLLBACK_TO_SAVEPOINT
        | K::SAVEPOINT_CREATE
        | K::RELEASE_SAVEPOINT
        | K::PREPARE_TRANSACTION
        | K::SET_TRANSACTION => Class::Transaction,
        K::INSERT | K::UPDATE | K::DELETE | K::MERGE | K::TRUNCATE | K::REFRESH => Class::Data,
        K::COPY if node.children().any(|child| child.kind() == K::COPY_FROM) => Class::Data,
        K::COMMENT_ON
        | K::GRANT
        | K::REVOKE
        | K::IMPORT_FOREIGN_SCHEMA
        | K::SECURITY_LABEL
        | K::REASSIGN
        | K::SELECT_INTO => Class::Schema,
        K::ALTER_SYSTEM => Class::Other,
        kind => match format!("{kind:?}").split('_').next() {
            Some("CREATE" | "ALTER" | "DROP") => Class::Schema,
            _ if rows::writes(node) => Class::Data,
            _ => Class::Other,
        },
    }
}

/// Whether running it runs code that its text does not show.
fn is_opaque(node: &SyntaxNode) -> bool {
    use SyntaxKind as K;
    match node.kind() {
        K::DO
        | K::CALL
        | K::EXECUTE
        | K::REFRESH
        | K::CREATE_EXTENSION
        | K::ALTER_EXTENSION
        | K::IMPORT_FOREIGN_SCHEMA
        | K::LOAD => true,
        kind if rows::is_query(kind) => calls(node),
        K::CREATE_TABLE_AS | K::CREATE_MATERIALIZED_VIEW | K::COPY | K::EXPLAIN | K::PREPARE | K::DECLARE => {
            calls(node)
        }
        _ => false,
    }
}

/// Whether it calls a function by name.
fn calls(node: &SyntaxNode) -> bool {
    node.descendants().filter_map(ast::CallExpr::cast).any(|call| call.expr().is_some())
        || node.descendants().any(|node| node.kind() == SyntaxKind::EXECUTE)
}
