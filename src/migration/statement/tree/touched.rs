//! The objects that a statement names, each with what is done to it.

use squawk_syntax::{SyntaxKind, SyntaxNode};

use super::{names, rows};
use crate::migration::statement::object::{Action, ObjectKind, Touched};

/// In the order of the text, each once.
pub(super) fn touched(statement: &SyntaxNode) -> Vec<Touched> {
    let mut all: Vec<Touched> = Vec::new();
    for node in statement.descendants() {
        let Some(kind) = kind(&node) else { continue };
        let Some(action) = action(&node, statement) else { continue };
        let Some(name) = names::name(&node) else { continue };
        let found = Touched { kind, name, action };
        if !all.contains(&found) {
            all.push(found);
        }
    }
    all
}

/// The kind of object that a node names; `None` where it is no name of an object.
fn kind(node: &SyntaxNode) -> Option<ObjectKind> {
    use SyntaxKind as K;
    let in_statement = |part: &str| node.ancestors().any(|node| format!("{:?}", node.kind()).contains(part));
    Some(match node.kind() {
        K::TABLE_NAME | K::TABLE_NAME_REF if in_statement("FOREIGN_TABLE") => ObjectKind::ForeignTable,
        K::TABLE_NAME | K::TABLE_NAME_REF => ObjectKind::Table,
        K::VIEW | K::VIEW_REF if in_statement("MATERIALIZED_VIEW") || in_statement("REFRESH") => {
            ObjectKind::MaterializedView
        }
        K::VIEW | K::VIEW_REF => ObjectKind::View,
        K::RELATION_NAME_REF => ObjectKind::Relation,
        K::INDEX | K::INDEX_REF => ObjectKind::Index,
        K::SEQUENCE | K::SEQUENCE_REF => ObjectKind::Sequence,
        K::SCHEMA | K::SCHEMA_REF => ObjectKind::Schema,
        K::TYPE_NAME | K::TYPE_NAME_REF => ObjectKind::Type,
        K::DOMAIN | K::DOMAIN_REF => ObjectKind::Domain,
        K::FUNCTION_NAME | K::FUNCTION_NAME_REF => ObjectKind::Function,
        K::PROCEDURE_NAME | K::PROCEDURE_NAME_REF => ObjectKind::Procedure,
        K::ROUTINE_NAME | K::ROUTINE_NAME_REF => ObjectKind::Routine,
        K::AGGREGATE | K::AGGREGATE_NAME => ObjectKind::Aggregate,
        K::TRIGGER | K::TRIGGER_REF => ObjectKind::Trigger,
        K::POLICY | K::POLICY_REF => ObjectKind::Policy,
        K::RULE | K::RULE_REF => ObjectKind::Rule,
        K::EXTENSION | K::EXTENSION_REF => ObjectKind::Extension,
        K::COLLATION => ObjectKind::Collation,
        K::COLLATION_REF if is_subject(node, "COLLATION") => ObjectKind::Collation,
        K::STATISTICS | K::STATISTICS_REF => ObjectKind::Statistics,
        K::PUBLICATION | K::PUBLICATION_REF => ObjectKind::Publication,
        K::SUBSCRIPTION | K::SUBSCRIPTION_REF => ObjectKind::Subscription,
        K::SERVER | K::SERVER_REF => ObjectKind::Server,
        K::DATABASE | K::DATABASE_REF => ObjectKind::Database,
        K::TABLESPACE | K::TABLESPACE_REF => ObjectKind::Tablespace,
        K::ROLE | K::ROLE_NAME_REF => ObjectKind::Role,
        K::EVENT_TRIGGER
        | K::EVENT_TRIGGER_REF
        | K::CONVERSION
        | K::CONVERSION_REF
        | K::ACCESS_METHOD
        | K::OP_CLASS_NAME
        | K::OP_FAMILY_NAME
        | K::PROPERTY_GRAPH
        | K::PROPERTY_GRAPH_REF
        | K::FOREIGN_DATA_WRAPPER
        | K::TEXT_SEARCH_CONFIGURATION
        | K::TEXT_SEARCH_CONFIGURATION_REF
        | K::TEXT_SEARCH_DICTIONARY
        | K::TEXT_SEARCH_DICTIONARY_REF
        | K::TEXT_SEARCH_PARSER
        | K::TEXT_SEARCH_PARSER_REF
        | K::TEXT_SEARCH_TEMPLATE
        | K::TEXT_SEARCH_TEMPLATE_REF => ObjectKind::Other,
        _ => return None,
    })
}

/// Whether it is what an `ALTER`, `DROP` or `COMMENT` of that kind is about, and no part of a column or expression.
fn is_subject(node: &SyntaxNode, kind: &str) -> bool {
    node.parent().is_some_and(|parent| format!("{:?}", parent.kind()).ends_with(kind))
}

fn action(node: &SyntaxNode, statement: &SyntaxNode) -> Option<Action> {
    use SyntaxKind as K;
    let mut holder = node.parent()?;
    // Wrappers that hold `ONLY` and `*`, and lists.
    while matches!(
        holder.kind(),
        K::TABLE_RELATION_NAME
            | K::RELATION_NAME
            | K::TABLE_LIST
            | K::RELATION_LIST
            | K::TABLE_NAME_REF_LIST
            | K::ROLE_REF_LIST
            | K::ROLE_REF
            | K::FUNCTION_SIG
            | K::FUNCTION_SIG_LIST
            | K::PROCEDURE_SIG
            | K::PROCEDURE_SIG_LIST
            | K::ROUTINE_SIG
            | K::ROUTINE_SIG_LIST
            | K::NAMED_SCHEMA
    ) {
        holder = holder.parent()?;
    }
    let holder_name = format!("{:?}", holder.kind());
    let command = format!("{:?}", statement.kind());
    Some(match holder.kind() {
        // The new name is told by the shape.
        _ if holder_name.ends_with("_RENAME_TO") => return None,
        K::RELATION_FROM_ITEM | K::TABLE => {
            if rows::is_cte(node) {
                return None;
            }
            Action::Read
        }
        K::INSERT | K::UPDATE | K::DELETE | K::MERGE => Action::Write,
        K::COPY_TABLE if names::has(statement, K::COPY_FROM) => Action::Write,
        K::COPY_TABLE => Action::Read,
        K::TRUNCATE => Action::Truncate,
        K::LOCK => Action::Lock,
        K::CALL => Action::Read,
        K::INTO_CLAUSE => Action::Create,
        K::ON_TABLE | K::ON_RELATION | K::RULE_ON | K::ON_PATH => Action::Attach,
        K::CREATE_INDEX if node.kind() != K::INDEX => Action::Attach,
        K::FROM_TABLE if command == "CREATE_STATISTICS" => Action::Attach,
        K::ATTACH_PARTITION | K::DETACH_PARTITION | K::MERGE_PARTITIONS | K::SPLIT_PARTITION => Action::Alter,
        K::ATTACH_INDEX_PARTITION => Action::Alter,
        K::TABLE_AND_COLUMNS | K::CLUSTER | K::REFRESH => Action::Maintain,
        _ if holder_name.starts_with("REINDEX_TARGET") => Action::Maintain,
        _ if holder_name.starts_with("OBJECT_") || holder_name.starts_with("PRIVILEGE_") => Action::Describe,
        _ if holder_name.starts_with("CREATE_") && !format!("{:?}", node.kind()).ends_with("_REF") => Action::Create,
        _ if holder_name.starts_with("DROP_") && command.starts_with("DROP_") => Action::Drop,
        kind if kind == statement.kind() && command.starts_with("ALTER_") => {
            if statement.children().any(|child| format!("{:?}", child.kind()).ends_with("_RENAME_TO")) {
                Action::Rename
            } else {
                Action::Alter
            }
        }
        _ => Action::Reference,
    })
}
