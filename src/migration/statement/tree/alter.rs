//! The actions of `ALTER TABLE` and of the `ALTER` of other relations.

use squawk_syntax::ast::{self, AstNode};
use squawk_syntax::{SyntaxKind, SyntaxNode};

use super::{names, parts};
use crate::migration::statement::object::Name;
use crate::migration::statement::table::{ColumnChange, Detach, Expression, RowSecurity, SequenceChange, TableAction};

/// The actions among the children of an `ALTER`.
pub(super) fn actions(statement: &SyntaxNode) -> Vec<TableAction> {
    let mut actions: Vec<TableAction> = Vec::new();
    for node in statement.children() {
        match action(&node) {
            // The options of a sequence are one action, however many there are.
            Some(TableAction::Sequence(more)) => match actions.last_mut() {
                Some(TableAction::Sequence(options)) => options.extend(more),
                _ => actions.push(TableAction::Sequence(more)),
            },
            Some(action) => actions.push(action),
            None => {}
        }
    }
    actions
}

/// `None` for what is no action: the name, `IF EXISTS`.
fn action(node: &SyntaxNode) -> Option<TableAction> {
    use SyntaxKind as K;
    Some(match node.kind() {
        K::TABLE_RELATION_NAME | K::INDEX_REF | K::VIEW_REF | K::SEQUENCE_REF | K::IF_EXISTS => return None,
        K::ALL_IN_TABLESPACE => return None,
        K::INDEX_RENAME_TO | K::VIEW_RENAME_TO | K::SEQUENCE_RENAME_TO => TableAction::RenameTo(renamed(node)),
        K::ALTER_VIEW_COLUMN => view_column(node),
        K::OPTION_OWNED_BY => TableAction::Sequence(vec![owned_by(node)]),
        kind if format!("{kind:?}").starts_with("OPTION_") && kind != K::OPTION_ITEM_LIST => {
            TableAction::Sequence(vec![SequenceChange::Other])
        }
        K::ALTER_SET_STATISTICS => TableAction::AlterColumn { column: column(node), change: ColumnChange::Statistics },
        K::DEPENDS_ON_EXTENSION | K::NO_DEPENDS_ON_EXTENSION => TableAction::DependsOnExtension,
        _ => match ast::AlterTableAction::cast(node.clone()) {
            Some(action) => table_action(action, node),
            None => TableAction::Other,
        },
    })
}

fn renamed(node: &SyntaxNode) -> String {
    node.children().find_map(|child| names::name(&child)).map(|name| name.name).unwrap_or_default()
}

fn column(node: &SyntaxNode) -> String {
    names::word(node.children().find_map(ast::ColumnNameRef::cast))
}

fn view_column(node: &SyntaxNode) -> TableAction {
    let change = match node.children().find_map(ast::AlterViewColumnAction::cast) {
        Some(ast::AlterViewColumnAction::SetDefault(default)) => set_default(default.expr()),
        Some(ast::AlterViewColumnAction::DropDefault(_)) => ColumnChange::DropDefault,
        None => ColumnChange::Other,
    };
    TableAction::AlterColumn { column: column(node), change }
}

fn owned_by(node: &SyntaxNode) -> SequenceChange {
    SequenceChange::OwnedBy(owner(node))
}

/// The table of the column behind `OWNED BY`.
pub(super) fn owner(node: &SyntaxNode) -> Option<Name> {
    names::table_of(node.descendants().find_map(ast::QualifiedColumnNameRef::cast)?.syntax())
}

fn table_action(action: ast::AlterTableAction, node: &SyntaxNode) -> TableAction {
    use ast::AlterTableAction as A;
    match action {
        A::AddColumn(add) => TableAction::AddColumn {
            if_not_exists: add.if_not_exists().is_some(),
            column: parts::column(add.column_name(), add.ty(), node.children()),
        },
        A::DropColumn(drop) => TableAction::DropColumn {
            column: names::word(drop.column_name_ref()),
            cascade: names::cascades(drop.drop_behavior()),
        },
        A::AlterColumn(alter) => TableAction::AlterColumn {
            column: names::word(alter.column_name_ref()),
            change: alter.option().map_or(ColumnChange::Other, column_change),
        },
        A::AddConstraint(add) => add
            .constraint()
            .and_then(|constraint| parts::constraint(constraint.syntax()))
            .map_or(TableAction::Other, TableAction::AddConstraint),
        A::AlterConstraint(alter) => TableAction::AlterConstraint {
            name: names::word(alter.constraint_name_ref()),
            enforced: alter.constraint_options().find_map(|option| match option {
                ast::ConstraintOption::Enforced(_) => Some(true),
                ast::ConstraintOption::NotEnforced(_) => Some(false),
                _ => None,
            }),
        },
        A::DropConstraint(drop) => TableAction::DropConstraint {
            name: names::word(drop.constraint_name_ref()),
            cascade: names::cascades(drop.drop_behavior()),
        },
        A::ValidateConstraint(validate) => {
            TableAction::ValidateConstraint { name: names::word(validate.constraint_name_ref()) }
        }
        A::RenameColumn(rename) => TableAction::RenameColumn {
            from: names::word(rename.column_name_ref()),
            to: names::word(rename.column_name()),
        },
        A::RenameConstraint(rename) => TableAction::RenameConstraint {
            from: names::word(rename.constraint_name_ref()),
            to: names::word(rename.constraint_name()),
        },
        A::TableRenameTo(_) => TableAction::RenameTo(renamed(node)),
        A::SetSchema(set) => TableAction::SetSchema(names::word(set.schema_ref())),
        A::OwnerTo(_) => TableAction::Owner,
        A::SetTablespace(_) => TableAction::SetTablespace,
        A::SetAccessMethod(_) => TableAction::SetAccessMethod,
        A::SetLogged(_) => TableAction::SetLogged,
        A::SetUnlogged(_) => TableAction::SetUnlogged,
        A::SetOptions(_) | A::ResetOptions(_) => TableAction::Parameters(parameters(node)),
        A::OptionItemList(_) | A::AlterOptionList(_) => TableAction::ForeignOptions,
        A::EnableTrigger(_) | A::EnableAlwaysTrigger(_) | A::EnableReplicaTrigger(_) => {
            TableAction::Trigger { enable: true }
        }
        A::DisableTrigger(_) => TableAction::Trigger { enable: false },
        A::EnableRule(_) | A::EnableAlwaysRule(_) | A::EnableReplicaRule(_) => TableAction::Rule { enable: true },
        A::DisableRule(_) => TableAction::Rule { enable: false },
        A::EnableRls(_) => TableAction::RowSecurity(RowSecurity::Enable),
        A::DisableRls(_) => TableAction::RowSecurity(RowSecurity::Disable),
        A::ForceRls(_) => TableAction::RowSecurity(RowSecurity::Force),
        A::NoForceRls(_) => TableAction::RowSecurity(RowSecurity::NoForce),
        A::ClusterOn(cluster) => TableAction::ClusterOn { index: names::word(cluster.index_ref()) },
        A::SetWithoutCluster(_) => TableAction::SetWithoutCluster,
        A::SetWithoutOids(_) => TableAction::SetWithoutOids,
        A::ReplicaIdentity(_) => TableAction::ReplicaIdentity,
        A::InheritTable(inherit) => {
            names::of(inherit.table_name_ref()).map_or(TableAction::Other, TableAction::Inherit)
        }
        A::NoInheritTable(inherit) => {
            names::of(inherit.table_name_ref()).map_or(TableAction::Other, TableAction::NoInherit)
        }
        A::OfType(_) => TableAction::OfType,
        A::NotOf(_) => TableAction::NotOf,
        A::AttachPartition(attach) => {
            let default = names::has(node, SyntaxKind::PARTITION_DEFAULT);
            names::of(attach.table_name_ref())
                .map_or(TableAction::Other, |partition| TableAction::AttachPartition { partition, default })
        }
        A::DetachPartition(detach) => {
            let mode = match detach.detach_partition_option() {
                None => Detach::Plain,
                Some(ast::DetachPartitionOption::DetachConcurrently(_)) => Detach::Concurrently,
                Some(ast::DetachPartitionOption::DetachFinalize(_)) => Detach::Finalize,
            };
            names::of(detach.table_name_ref())
                .map_or(TableAction::Other, |partition| TableAction::DetachPartition { partition, mode })
        }
        A::MergePartitions(_) | A::SplitPartition(_) => TableAction::Repartition,
    }
}

/// The names in `SET (…)` and `RESET (…)`.
fn parameters(node: &SyntaxNode) -> Vec<String> {
    node.descendants()
        .filter(|node| node.kind() == SyntaxKind::ATTRIBUTE_OPTION)
        .map(|option| {
            let text = names::text(&option);
            text.split('=').next().unwrap_or_default().trim().to_ascii_lowercase()
        })
        .collect()
}

fn set_default(expr: Option<ast::Expr>) -> ColumnChange {
    expr.map_or(ColumnChange::Other, |expr| ColumnChange::SetDefault(parts::expression(&expr)))
}

fn column_change(option: ast::AlterColumnOption) -> ColumnChange {
    use ast::AlterColumnOption as O;
    let unknown = || Expression { text: String::new(), steady: false, null: false };
    match option {
        O::SetType(set) => match set.ty() {
            Some(ty) => ColumnChange::Type {
                ty: parts::data_type(ty.syntax()),
                collate: set.collate().is_some(),
                using: set.using_expr().map(|using| {
                    using.syntax().children().find_map(ast::Expr::cast).map_or_else(unknown, |e| parts::expression(&e))
                }),
            },
            None => ColumnChange::Other,
        },
        O::SetDefault(set) => set_default(set.expr()),
        O::DropDefault(_) => ColumnChange::DropDefault,
        O::SetNotNull(_) => ColumnChange::SetNotNull,
        O::DropNotNull(_) => ColumnChange::DropNotNull,
        O::AddGenerated(_) => ColumnChange::AddIdentity,
        O::DropIdentity(_) => ColumnChange::DropIdentity,
        O::SetGenerated(_) | O::SetGeneratedOptions(_) | O::SetSequenceOption(_) | O::Restart(_) => {
            ColumnChange::AlterIdentity
        }
        O::SetExpression(set) => {
            ColumnChange::SetExpression(set.expr().map_or_else(unknown, |expr| parts::expression(&expr)))
        }
        O::DropExpression(_) => ColumnChange::DropExpression,
        O::SetStatistics(_) => ColumnChange::Statistics,
        O::SetStorage(_) => ColumnChange::Storage,
        O::SetCompression(_) => ColumnChange::Compression,
        O::SetOptions(_) | O::SetOptionsList(_) | O::ResetOptions(_) => ColumnChange::Options,
        O::Inherit(_) | O::NoInherit(_) => ColumnChange::Other,
    }
}
