//! The rules that a new column or constraint brings for the rows that are there.

use crate::migration::statement::table::{Column, Constraint, ConstraintKind};
use crate::plan::document::Seen;
use crate::plan::effect::{Effect, EffectKind};
use crate::schema::QualifiedName;

pub(super) fn effect(kind: EffectKind, relation: Option<&QualifiedName>, detail: Option<String>) -> Effect {
    Effect { kind, relation: relation.map(ToString::to_string), under: None, seen: Seen::Known, detail }
}

pub(super) fn add_column(table: &QualifiedName, column: &Column, effects: &mut Vec<Effect>) {
    let serial = column.ty.as_ref().is_some_and(|ty| ty.is_serial());
    let filled = column.default.as_ref().is_some_and(|default| !default.null)
        || column.identity
        || serial
        || column.generated.is_some();
    if column.not_null && !filled {
        let detail = format!("column {} is NOT NULL without a default", column.name);
        effects.push(effect(EffectKind::FailsOnRows, Some(table), Some(detail)));
    }
    for constraint in &column.constraints {
        match constraint.kind {
            // Where every row gets NULL there is nothing to be checked.
            ConstraintKind::ForeignKey { .. } | ConstraintKind::Check(_) if !filled => {}
            _ => of_constraint(table, constraint, effects),
        }
    }
}

pub(super) fn of_constraint(table: &QualifiedName, constraint: &Constraint, effects: &mut Vec<Effect>) {
    let named = |what: &str| match &constraint.name {
        Some(name) => format!("{what} {name}"),
        None => what.to_owned(),
    };
    let (kind, what) = match &constraint.kind {
        _ if constraint.not_valid || constraint.not_enforced => return,
        ConstraintKind::Check(_) => (EffectKind::Scans, named("check")),
        ConstraintKind::NotNull { column } => (EffectKind::Scans, format!("column {column} becomes NOT NULL")),
        ConstraintKind::ForeignKey { references, .. } => {
            (EffectKind::Scans, format!("{} to {references}", named("foreign key")))
        }
        ConstraintKind::PrimaryKey { using_index: Some(_), .. }
        | ConstraintKind::Unique { using_index: Some(_), .. } => {
            return;
        }
        ConstraintKind::PrimaryKey { .. } => (EffectKind::BuildsIndex, named("primary key")),
        ConstraintKind::Unique { .. } => (EffectKind::BuildsIndex, named("unique constraint")),
        ConstraintKind::Exclude => (EffectKind::BuildsIndex, named("exclusion constraint")),
    };
    effects.push(effect(kind, Some(table), Some(what.clone())));
    effects.push(effect(EffectKind::FailsOnBadRows, Some(table), Some(what)));
}

/// The column in `column IS NOT NULL`, with or without parentheses around it.
pub(super) fn not_null_column(expression: &str) -> Option<String> {
    let mut text = expression.trim();
    while let Some(inner) = text.strip_prefix('(').and_then(|rest| rest.strip_suffix(')')) {
        text = inner.trim();
    }
    let words: Vec<&str> = text.split_whitespace().collect();
    let [column, is, not, null] = words[..] else { return None };
    let keywords =
        is.eq_ignore_ascii_case("is") && not.eq_ignore_ascii_case("not") && null.eq_ignore_ascii_case("null");
    keywords.then(|| crate::migration::statement::object::fold(column))
}
