//! The parts of the statements whose parts matter.

use squawk_syntax::ast::{self, AstNode, Stmt};
use squawk_syntax::{SyntaxKind, SyntaxNode};

use super::{alter, names, parts, tend};
use crate::migration::statement::class::unquote;
use crate::migration::statement::object::{Name, ObjectKind};
use crate::migration::statement::shape::{Alter, CreateIndex, CreateTable, DomainChange, Drop, Shape, TypeChange};

/// The shape of a statement; [`Shape::Other`] where its parts do not matter, or one that has to be there is missing.
pub(super) fn shape(statement: &Stmt) -> Shape {
    creates(statement)
        .or_else(|| alters(statement))
        .or_else(|| drops(statement))
        .or_else(|| tend::tends(statement))
        .unwrap_or(Shape::Other)
}

fn creates(statement: &Stmt) -> Option<Shape> {
    Some(match statement {
        Stmt::CreateTable(create) => Shape::CreateTable(table(create)?),
        Stmt::CreateForeignTable(create) => Shape::CreateTable(foreign_table(create)?),
        Stmt::CreateTableAs(create) => Shape::CreateTableAs {
            table: names::of(create.table_name())?,
            temporary: is_temporary(create.persistence()),
            if_not_exists: create.if_not_exists().is_some(),
            with_data: with_data(create.data_option()),
        },
        Stmt::SelectInto(select) => {
            let into = select.into_clause()?;
            Shape::CreateTableAs {
                table: names::of(into.table_name())?,
                temporary: is_temporary(into.persistence()),
                if_not_exists: false,
                with_data: true,
            }
        }
        Stmt::CreateIndex(create) => Shape::CreateIndex(index(create)?),
        Stmt::CreateView(create) => Shape::CreateView {
            view: names::of(create.view())?,
            replace: create.or_replace().is_some(),
            temporary: is_temporary(create.persistence()),
        },
        Stmt::CreateMaterializedView(create) => Shape::CreateMaterializedView {
            view: names::of(create.view())?,
            if_not_exists: create.if_not_exists().is_some(),
            with_data: with_data(create.data_option()),
        },
        Stmt::CreateSequence(create) => Shape::CreateSequence {
            sequence: names::of(create.sequence())?,
            temporary: is_temporary(create.persistence()),
            owned_by: alter::owner(create.syntax()),
        },
        Stmt::CreateTrigger(create) => Shape::CreateTrigger {
            trigger: names::word(create.trigger()),
            table: names::of(create.on_relation()?.relation_name_ref())?,
            replace: create.or_replace().is_some(),
            from: create.from_table().and_then(|from| names::of(from.table_name_ref())),
        },
        Stmt::CreatePolicy(create) => Shape::CreatePolicy {
            policy: names::word(create.policy()),
            table: names::of(create.on_table()?.table_name_ref())?,
        },
        Stmt::CreateRule(create) => Shape::CreateRule {
            rule: names::word(create.rule()),
            table: names::of(create.rule_on()?.relation_name_ref())?,
            replace: create.or_replace().is_some(),
        },
        Stmt::CreateStatistics(create) => {
            Shape::CreateStatistics { table: names::of(create.from_table()?.table_name_ref())? }
        }
        _ => return None,
    })
}

fn is_temporary(persistence: Option<ast::Persistence>) -> bool {
    matches!(persistence, Some(ast::Persistence::Temp(_)))
}

pub(super) fn with_data(option: Option<ast::DataOption>) -> bool {
    !matches!(option, Some(ast::DataOption::WithNoData(_)))
}

fn table(create: &ast::CreateTable) -> Option<CreateTable> {
    let (columns, constraints) = parts::arguments(create.table_arg_list());
    Some(CreateTable {
        table: names::of(create.table_name())?,
        foreign: false,
        if_not_exists: create.if_not_exists().is_some(),
        temporary: is_temporary(create.persistence()),
        unlogged: matches!(create.persistence(), Some(ast::Persistence::Unlogged(_))),
        partitioned: create.partition_by().is_some(),
        columns,
        constraints,
        partition_of: create.partition_of().and_then(|of| names::of(of.table_name_ref())),
        default_partition: matches!(create.partition_type(), Some(ast::PartitionType::PartitionDefault(_))),
        inherits: inherits(create.inherits()),
        like: like(create.syntax()),
        of_type: create.of_type().and_then(|of| names::of(of.ty())),
    })
}

fn foreign_table(create: &ast::CreateForeignTable) -> Option<CreateTable> {
    let (columns, constraints) = parts::arguments(create.table_arg_list());
    Some(CreateTable {
        table: names::of(create.table_name())?,
        foreign: true,
        if_not_exists: create.if_not_exists().is_some(),
        temporary: false,
        unlogged: false,
        partitioned: false,
        columns,
        constraints,
        partition_of: create.partition_of().and_then(|of| names::of(of.table_name_ref())),
        default_partition: matches!(create.partition_type(), Some(ast::PartitionType::PartitionDefault(_))),
        inherits: inherits(create.inherits()),
        like: like(create.syntax()),
        of_type: None,
    })
}

fn inherits(inherits: Option<ast::Inherits>) -> Vec<Name> {
    inherits.iter().flat_map(ast::Inherits::table_name_refs).filter_map(|name| names::of(Some(name))).collect()
}

fn like(node: &SyntaxNode) -> Vec<Name> {
    let clauses = node.descendants().filter_map(ast::LikeClause::cast);
    clauses.filter_map(|clause| names::of(clause.relation_name_ref())).collect()
}

fn index(create: &ast::CreateIndex) -> Option<CreateIndex> {
    let relation = create.table_relation_name()?;
    let items = create.partition_item_list();
    let columns = items.iter().flat_map(ast::PartitionItemList::partition_items).map(|item| match item.expr() {
        Some(ast::Expr::NameRef(name)) => names::bare(Some(name)),
        _ => None,
    });
    Some(CreateIndex {
        index: names::bare(create.index()),
        table: names::of(relation.table_name_ref())?,
        unique: create.unique_token().is_some(),
        concurrently: create.concurrently_token().is_some(),
        if_not_exists: create.if_not_exists().is_some(),
        only: relation.only_token().is_some(),
        columns: columns.collect(),
        partial: create.where_clause().is_some(),
        calls: super::calls(create.syntax()),
    })
}

fn alters(statement: &Stmt) -> Option<Shape> {
    let of_table = |kind, relation: Option<ast::TableRelationName>, if_exists: bool, node: &SyntaxNode| {
        let Some(relation) = relation else { return all_in_tablespace(node) };
        Some(Shape::Alter(Alter {
            kind,
            name: names::of(relation.table_name_ref())?,
            if_exists,
            only: relation.only_token().is_some(),
            actions: alter::actions(node),
        }))
    };
    let of = |kind, name: Option<Name>, if_exists: bool, node: &SyntaxNode| {
        let Some(name) = name else { return all_in_tablespace(node) };
        Some(Shape::Alter(Alter { kind, name, if_exists, only: false, actions: alter::actions(node) }))
    };
    match statement {
        Stmt::AlterTable(alter) => {
            of_table(ObjectKind::Table, alter.table_relation_name(), alter.if_exists().is_some(), alter.syntax())
        }
        Stmt::AlterForeignTable(alter) => {
            of_table(ObjectKind::ForeignTable, alter.table_relation_name(), alter.if_exists().is_some(), alter.syntax())
        }
        Stmt::AlterIndex(alter) => {
            if let Some(ast::AlterIndexAction::AttachIndexPartition(attach)) = alter.action() {
                return Some(Shape::AlterIndexAttach {
                    index: names::of(alter.index_ref())?,
                    partition: names::of(attach.index_ref())?,
                });
            }
            of(ObjectKind::Index, names::of(alter.index_ref()), alter.if_exists().is_some(), alter.syntax())
        }
        Stmt::AlterView(alter) => {
            of(ObjectKind::View, names::of(alter.view_ref()), alter.if_exists().is_some(), alter.syntax())
        }
        Stmt::AlterMaterializedView(alter) => {
            of(ObjectKind::MaterializedView, names::of(alter.view_ref()), alter.if_exists().is_some(), alter.syntax())
        }
        Stmt::AlterSequence(alter) => {
            of(ObjectKind::Sequence, names::of(alter.sequence_ref()), alter.if_exists().is_some(), alter.syntax())
        }
        Stmt::AlterTrigger(alter) => Some(Shape::AlterTrigger {
            trigger: names::word(alter.trigger_ref()),
            table: names::of(alter.on_relation()?.relation_name_ref())?,
        }),
        Stmt::AlterPolicy(alter) => Some(Shape::AlterPolicy {
            policy: names::word(alter.policy_ref()),
            table: names::of(alter.on_table()?.table_name_ref())?,
        }),
        Stmt::AlterRule(alter) => Some(Shape::AlterRule {
            rule: names::word(alter.rule_ref()),
            table: names::of(alter.on_relation()?.relation_name_ref())?,
        }),
        Stmt::AlterType(alter) => {
            Some(Shape::AlterType { name: names::of(alter.type_name_ref())?, change: type_change(alter) })
        }
        Stmt::AlterDomain(alter) => {
            Some(Shape::AlterDomain { name: names::of(alter.domain_ref())?, change: domain_change(alter)? })
        }
        _ => None,
    }
}

fn all_in_tablespace(node: &SyntaxNode) -> Option<Shape> {
    names::has(node, SyntaxKind::ALL_IN_TABLESPACE).then_some(Shape::AlterAllInTablespace)
}

fn type_change(alter: &ast::AlterType) -> TypeChange {
    use ast::AlterTypeAction as A;
    match alter.action() {
        Some(A::AddValue(add)) => TypeChange::AddValue {
            value: add.literal().map(|value| unquote(&names::text(value.syntax()), '\'')).unwrap_or_default(),
            if_not_exists: add.if_not_exists().is_some(),
        },
        Some(A::RenameValue(_)) => TypeChange::RenameValue,
        Some(A::AlterTypeAttributeActionList(list)) => {
            TypeChange::Attributes { cascade: list.syntax().descendants().any(|n| n.kind() == SyntaxKind::CASCADE) }
        }
        Some(A::RenameAttribute(_)) => TypeChange::RenameAttribute,
        Some(A::TypeRenameTo(rename)) => names::of(rename.type_name()).map_or(TypeChange::Other, TypeChange::RenameTo),
        Some(A::SetSchema(set)) => TypeChange::SetSchema(names::word(set.schema_ref())),
        Some(A::OwnerTo(_)) => TypeChange::Owner,
        Some(A::SetOptions(_)) | None => TypeChange::Other,
    }
}

fn domain_change(alter: &ast::AlterDomain) -> Option<DomainChange> {
    use ast::AlterDomainAction as A;
    Some(match alter.action()? {
        A::AddConstraint(add) => DomainChange::AddConstraint(parts::constraint(add.constraint()?.syntax())?),
        A::DropConstraint(_) => DomainChange::DropConstraint,
        A::ValidateConstraint(_) => DomainChange::ValidateConstraint,
        A::SetNotNull(_) => DomainChange::SetNotNull,
        A::DropNotNull(_) => DomainChange::DropNotNull,
        A::SetDefault(_) => DomainChange::SetDefault,
        A::DropDefault(_) => DomainChange::DropDefault,
        A::RenameConstraint(_) => DomainChange::RenameConstraint,
        A::DomainRenameTo(rename) => DomainChange::RenameTo(names::of(rename.domain())?),
        A::SetSchema(set) => DomainChange::SetSchema(names::word(set.schema_ref())),
        A::OwnerTo(_) => DomainChange::Owner,
    })
}

fn drops(statement: &Stmt) -> Option<Shape> {
    let node = statement.syntax();
    let if_exists = names::has(node, SyntaxKind::IF_EXISTS);
    let cascade = names::has(node, SyntaxKind::CASCADE);
    let of = |kind, name, table: Option<Name>| Some(Shape::DropOf { kind, name, table: table?, if_exists, cascade });
    let kind = match statement {
        Stmt::DropTrigger(drop) => {
            let table = drop.on_relation().and_then(|on| names::of(on.relation_name_ref()));
            return of(ObjectKind::Trigger, names::word(drop.trigger_ref()), table);
        }
        Stmt::DropPolicy(drop) => {
            let table = drop.on_table().and_then(|on| names::of(on.table_name_ref()));
            return of(ObjectKind::Policy, names::word(drop.policy_ref()), table);
        }
        Stmt::DropRule(drop) => {
            let table = drop.on_relation().and_then(|on| names::of(on.relation_name_ref()));
            return of(ObjectKind::Rule, names::word(drop.rule_ref()), table);
        }
        Stmt::DropTable(_) => ObjectKind::Table,
        Stmt::DropForeignTable(_) => ObjectKind::ForeignTable,
        Stmt::DropIndex(_) => ObjectKind::Index,
        Stmt::DropView(_) => ObjectKind::View,
        Stmt::DropMaterializedView(_) => ObjectKind::MaterializedView,
        Stmt::DropSequence(_) => ObjectKind::Sequence,
        Stmt::DropSchema(_) => ObjectKind::Schema,
        Stmt::DropType(_) => ObjectKind::Type,
        Stmt::DropDomain(_) => ObjectKind::Domain,
        Stmt::DropFunction(_) => ObjectKind::Function,
        Stmt::DropProcedure(_) => ObjectKind::Procedure,
        Stmt::DropRoutine(_) => ObjectKind::Routine,
        Stmt::DropAggregate(_) => ObjectKind::Aggregate,
        Stmt::DropExtension(_) => ObjectKind::Extension,
        Stmt::DropStatistics(_) => ObjectKind::Statistics,
        Stmt::DropDatabase(_) => ObjectKind::Database,
        _ => return None,
    };
    let names = super::touched::touched(node)
        .into_iter()
        .filter(|touched| touched.action == crate::migration::statement::object::Action::Drop)
        .map(|touched| touched.name)
        .collect();
    let concurrently = names::has_token(node, SyntaxKind::CONCURRENTLY_KW);
    Some(Shape::Drop(Drop { kind, names, if_exists, cascade, concurrently }))
}
