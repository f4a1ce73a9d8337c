//! Statements that neither create, alter nor drop.

use squawk_syntax::ast::{self, AstNode, Stmt};
use squawk_syntax::{SyntaxKind, SyntaxNode};

use super::{names, rows, shapes};
use crate::migration::statement::object::{Name, ObjectKind};
use crate::migration::statement::shape::{ReindexTarget, Shape};

pub(super) fn tends(statement: &Stmt) -> Option<Shape> {
    let node = statement.syntax();
    Some(match statement {
        Stmt::Truncate(truncate) => Shape::Truncate {
            tables: relations(truncate.table_list()?.syntax()),
            cascade: names::cascades(truncate.drop_behavior()),
            restart_identity: node.descendants().any(|node| node.kind() == SyntaxKind::RESTART_IDENTITY),
        },
        Stmt::Lock(lock) => Shape::Lock {
            tables: relations(lock.relation_list()?.syntax()),
            mode: lock
                .lock_mode_clause()
                .and_then(|clause| clause.lock_mode())
                .map(|mode| names::text(mode.syntax()).to_ascii_uppercase()),
        },
        Stmt::Reindex(reindex) => Shape::Reindex {
            target: match reindex.reindex_target()? {
                ast::ReindexTarget::ReindexTargetIndex(of) => ReindexTarget::Index(names::of(of.index_ref())?),
                ast::ReindexTarget::ReindexTargetTable(of) => ReindexTarget::Table(names::of(of.table_name_ref())?),
                ast::ReindexTarget::ReindexTargetSchema(of) => ReindexTarget::Schema(names::bare(of.schema_ref())?),
                _ => ReindexTarget::Database,
            },
            concurrently: is_reindexed_concurrently(node),
        },
        Stmt::Vacuum(vacuum) => {
            let has = |option: &str| has_option(node, option);
            Shape::Vacuum {
                tables: relations(node),
                full: vacuum.full_token().is_some() || has("full"),
                analyze: vacuum.analyze_token().is_some() || vacuum.analyse_token().is_some() || has("analyze"),
            }
        }
        Stmt::Analyze(_) => Shape::Analyze { tables: relations(node) },
        Stmt::Cluster(_) => Shape::Cluster {
            table: relations(node).into_iter().next(),
            index: node.descendants().find_map(ast::IndexRef::cast).and_then(|index| names::of(Some(index))),
        },
        Stmt::Refresh(refresh) => Shape::Refresh {
            view: names::of(refresh.view_ref())?,
            concurrently: refresh.concurrently_token().is_some(),
            with_data: shapes::with_data(refresh.data_option()),
        },
        Stmt::Set(_) => {
            let parameter = node.descendants().find_map(ast::ConfigParameterRef::cast)?;
            let assigned = node.descendants().find_map(ast::ConfigAssignment::cast);
            Shape::Set {
                parameter: names::text(parameter.syntax()).to_ascii_lowercase(),
                value: assigned.map(|value| names::text(value.syntax())).unwrap_or_default(),
                local: node.descendants_with_tokens().any(|element| element.kind() == SyntaxKind::LOCAL_KW),
            }
        }
        Stmt::CommentOn(comment) => Shape::Comment { relation: commented(&comment.comment_object()?) },
        _ if rows::is_query(node.kind())
            || matches!(node.kind(), SyntaxKind::COPY | SyntaxKind::EXPLAIN | SyntaxKind::DECLARE) =>
        {
            Shape::Rows(rows::rows(node))
        }
        _ => return None,
    })
}

fn relations(node: &SyntaxNode) -> Vec<Name> {
    node.descendants()
        .filter(|node| matches!(node.kind(), SyntaxKind::TABLE_NAME_REF | SyntaxKind::RELATION_NAME_REF))
        .filter_map(|node| names::name(&node))
        .collect()
}

/// `CONCURRENTLY` behind the kind of the target, or in the list of options and not switched off there.
fn is_reindexed_concurrently(node: &SyntaxNode) -> bool {
    let options = node.descendants().filter(|node| node.kind() == SyntaxKind::REINDEX_OPTION_CONCURRENTLY);
    let option = options.last().map(|option| is_on(&names::text(&option)));
    option
        .unwrap_or_else(|| node.descendants_with_tokens().any(|element| element.kind() == SyntaxKind::CONCURRENTLY_KW))
}

/// Whether an option in parentheses is there and not switched off.
fn has_option(node: &SyntaxNode, name: &str) -> bool {
    node.descendants().filter(|node| node.kind() == SyntaxKind::VACUUM_OPTION).any(|option| {
        let text = names::text(&option).to_ascii_lowercase();
        text.split_whitespace().next().is_some_and(|word| word == name || (name == "analyze" && word == "analyse"))
            && is_on(&text)
    })
}

/// Whether an option's last word leaves it on.
fn is_on(text: &str) -> bool {
    let last = text.split_whitespace().last().unwrap_or_default().to_ascii_lowercase();
    !["off", "false", "0", "'off'", "'false'", "no", "'no'", "'0'"].contains(&last.as_str())
}

/// The relation that a comment is about, or is on a part of.
fn commented(object: &ast::CommentObject) -> Option<(ObjectKind, Name)> {
    use ast::CommentObject as C;
    Some(match object {
        C::ObjectTable(of) => (ObjectKind::Table, names::of(of.table_name_ref())?),
        C::ObjectForeignTable(of) => (ObjectKind::ForeignTable, names::of(of.table_name_ref())?),
        C::ObjectIndex(of) => (ObjectKind::Index, names::of(of.index_ref())?),
        C::ObjectView(of) => (ObjectKind::View, names::of(of.view_ref())?),
        C::ObjectMaterializedView(of) => (ObjectKind::MaterializedView, names::of(of.view_ref())?),
        C::ObjectSequence(of) => (ObjectKind::Sequence, names::of(of.sequence_ref())?),
        C::ObjectConstraint(of) => (ObjectKind::Table, names::of(of.table_name_ref())?),
        C::ObjectPolicy(of) => (ObjectKind::Table, names::of(of.table_name_ref())?),
        C::ObjectTrigger(of) => (ObjectKind::Relation, names::of(of.relation_name_ref())?),
        C::ObjectRule(of) => (ObjectKind::Relation, names::of(of.relation_name_ref())?),
        C::ObjectColumn(of) => (ObjectKind::Relation, names::table_of(of.syntax())?),
        _ => return None,
    })
}
