//! Names out of the tree.

use squawk_syntax::ast::{self, AstNode, normalize_name_node};
use squawk_syntax::{SyntaxKind, SyntaxNode};

use crate::migration::statement::object::{Name, cut};

/// The name that a node spells, whatever kind of node it is.
pub(super) fn name(node: &SyntaxNode) -> Option<Name> {
    let parts: Vec<String> = node
        .descendants()
        .filter(|node| matches!(node.kind(), SyntaxKind::PATH_SEGMENT | SyntaxKind::PATH_SEGMENT_REF))
        .map(|segment| normalize_name_node(&segment))
        .collect();
    let parts = if parts.is_empty() { vec![normalize_name_node(node)] } else { parts };
    if parts.iter().any(String::is_empty) {
        return None;
    }
    Name::of(parts, text(node))
}

/// The table of a column's name: all but the last part.
pub(super) fn table_of(node: &SyntaxNode) -> Option<Name> {
    let mut parts: Vec<String> = node
        .descendants()
        .filter(|node| node.kind() == SyntaxKind::PATH_SEGMENT_REF)
        .map(|node| normalize_name_node(&node))
        .collect();
    parts.pop();
    let written = parts.join(".");
    Name::of(parts, written)
}

/// The name of a child, where there is one.
pub(super) fn of<N: AstNode>(node: Option<N>) -> Option<Name> {
    name(node?.syntax())
}

/// Its last part alone.
pub(super) fn bare<N: AstNode>(node: Option<N>) -> Option<String> {
    Some(of(node)?.name)
}

/// As [`bare`], where the grammar does not let it be missing.
pub(super) fn word<N: AstNode>(node: Option<N>) -> String {
    bare(node).unwrap_or_default()
}

/// The text of a node as one line: comments are dropped, white space between tokens is one blank.
pub(super) fn text(node: &SyntaxNode) -> String {
    let mut text = String::new();
    let mut gap = false;
    for token in node.descendants_with_tokens().filter_map(|element| element.into_token()) {
        if matches!(token.kind(), SyntaxKind::WHITESPACE | SyntaxKind::COMMENT) {
            gap = true;
            continue;
        }
        if gap && !text.is_empty() {
            text.push(' ');
        }
        gap = false;
        text.push_str(token.text());
    }
    text
}

/// The columns of a list, in order.
pub(super) fn columns(list: Option<SyntaxNode>) -> Vec<String> {
    list.into_iter()
        .flat_map(|list| list.children().collect::<Vec<_>>())
        .filter(|node| matches!(node.kind(), SyntaxKind::COLUMN_NAME_REF | SyntaxKind::COLUMN_NAME))
        .map(|node| cut(&normalize_name_node(&node)).to_owned())
        .collect()
}

/// Whether a node has a child of a kind.
pub(super) fn has(node: &SyntaxNode, kind: SyntaxKind) -> bool {
    node.children().any(|child| child.kind() == kind)
}

/// Whether a token of a kind stands in a node itself.
pub(super) fn has_token(node: &SyntaxNode, kind: SyntaxKind) -> bool {
    node.children_with_tokens().any(|element| element.kind() == kind)
}

pub(super) fn cascades(behavior: Option<ast::DropBehavior>) -> bool {
    matches!(behavior, Some(ast::DropBehavior::Cascade(_)))
}
