//! Queries and changes of rows: what they read and write.

use squawk_syntax::ast::{self, AstNode, NameLike, normalize_name_node};
use squawk_syntax::{SyntaxKind, SyntaxNode};

use super::names;
use crate::migration::statement::object::Name;
use crate::migration::statement::shape::Rows;

/// Whether the kind is a query or a change of rows.
pub(super) fn is_query(kind: SyntaxKind) -> bool {
    use SyntaxKind as K;
    matches!(
        kind,
        K::SELECT
            | K::COMPOUND_SELECT
            | K::PAREN_SELECT
            | K::SELECT_INTO
            | K::VALUES
            | K::TABLE
            | K::INSERT
            | K::UPDATE
            | K::DELETE
            | K::MERGE
    )
}

/// Whether a query changes rows on its way: `WITH x AS (DELETE …) SELECT …`, `EXPLAIN ANALYZE UPDATE …`.
pub(super) fn writes(statement: &SyntaxNode) -> bool {
    use SyntaxKind as K;
    (is_query(statement.kind()) || matches!(statement.kind(), K::EXPLAIN | K::COPY | K::PREPARE | K::DECLARE))
        && statement.descendants().any(|node| matches!(node.kind(), K::INSERT | K::UPDATE | K::DELETE | K::MERGE))
}

/// The relations of every query in the statement.
pub(super) fn rows(statement: &SyntaxNode) -> Rows {
    use SyntaxKind as K;
    let mut found = Rows::default();
    for node in statement.descendants() {
        let Some(parent) = node.parent() else { continue };
        match node.kind() {
            K::RELATION_NAME_REF | K::TABLE_NAME_REF => {}
            K::UPDATE | K::DELETE => {
                found.every_row |= !names::has(&node, K::WHERE_CLAUSE)
                    && !names::has(&node, K::USING_CLAUSE)
                    && !names::has(&node, K::WHERE_CURRENT_OF)
                    && !names::has(&node, K::FROM_CLAUSE);
                continue;
            }
            _ => continue,
        }
        let holder = match parent.kind() {
            K::RELATION_NAME | K::TABLE_RELATION_NAME => parent.parent().unwrap_or(parent),
            _ => parent,
        };
        let Some(name) = names::name(&node) else { continue };
        match holder.kind() {
            K::INSERT | K::UPDATE | K::DELETE | K::MERGE => push(&mut found.written, name),
            K::COPY_TABLE if names::has(statement, K::COPY_FROM) => push(&mut found.written, name),
            K::COPY_TABLE => push(&mut found.read, name),
            K::RELATION_FROM_ITEM | K::TABLE if !is_cte(&node) => {
                if is_locked(&holder, &name) {
                    push(&mut found.locked, name);
                } else {
                    push(&mut found.read, name);
                }
            }
            _ => {}
        }
    }
    found
}

fn push(names: &mut Vec<Name>, name: Name) {
    if !names.iter().any(|known| known.is(&name)) {
        names.push(name);
    }
}

/// Whether a name in a `FROM` is that of a `WITH` query in sight.
pub(super) fn is_cte(node: &SyntaxNode) -> bool {
    let Some(wanted) = names::name(node).filter(|name| name.schema.is_none()) else { return false };
    node.ancestors().any(|around| {
        let Some(with) = around.children().find(|child| child.kind() == SyntaxKind::WITH_CLAUSE) else { return false };
        let recursive = names::has_token(&with, SyntaxKind::RECURSIVE_KW);
        let inside = with.text_range().contains_range(node.text_range());
        with.children()
            .filter_map(ast::WithTable::cast)
            // Without RECURSIVE, a query sees those before it.
            .take_while(|table| recursive || !inside || table.syntax().text_range().end() <= node.text_range().start())
            .any(|table| table.name().is_some_and(|name| name.text() == wanted.name))
    })
}

/// Whether `FOR UPDATE` and the like hold for a table of a `FROM`.
fn is_locked(item: &SyntaxNode, name: &Name) -> bool {
    let Some(select) = item.ancestors().find(|node| is_query(node.kind())) else { return false };
    let alias = ast::RelationFromItem::cast(item.clone()).and_then(|item| item.alias()).map(|alias| {
        let text = names::text(alias.syntax());
        let mut words = text.split_whitespace();
        let first = words.next().unwrap_or_default();
        let word = if first.eq_ignore_ascii_case("as") { words.next().unwrap_or_default() } else { first };
        crate::migration::statement::object::fold(word)
    });
    let called = alias.unwrap_or_else(|| name.name.clone());
    select.children().filter_map(ast::LockingClause::cast).any(|clause| match clause.locking_of() {
        None => true,
        Some(of) => of.syntax().children().any(|node| {
            normalize_name_node(&node) == called || names::name(&node).is_some_and(|name| name.name == called)
        }),
    })
}
