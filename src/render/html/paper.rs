//! The data dictionary for readers without a script: what each table, view and type is, in plain rows.

use serde::Serialize;

use crate::render::view::short_type;
use crate::render::{View, describe};
use crate::schema::{Column, QualifiedName, Table};

#[derive(Serialize)]
pub(super) struct Paper {
    gaps: Vec<Gap>,
    objects: Vec<Object>,
    routines: Vec<Line>,
    types: Vec<Line>,
}

#[derive(Serialize)]
struct Gap {
    scope: String,
    reason: String,
}

/// One line: a name, what it is, and its comment.
#[derive(Serialize)]
struct Line {
    name: String,
    text: String,
    comment: String,
}

/// A table or a view.
#[derive(Serialize)]
struct Object {
    kind: String,
    name: String,
    comment: String,
    columns: Vec<Row>,
    /// Keys, indexes, policies…: one sentence each.
    notes: Vec<String>,
}

#[derive(Serialize)]
struct Row {
    name: String,
    data_type: String,
    /// `PK`, `FK`, `NOT NULL`, the default.
    facts: String,
    comment: String,
}

impl Paper {
    pub(super) fn new(view: &View<'_>) -> Self {
        let schema = view.schema;
        let tables = schema.tables.iter().map(|table| table_object(view, table));
        let views = schema.views.iter().map(|object| Object {
            kind: if object.materialized { "materialized view" } else { "view" }.to_owned(),
            name: object.name.plain(),
            comment: text(&object.about.comment),
            columns: object.columns.iter().map(|column| row(column, None)).collect(),
            notes: object.depends_on.iter().map(|name| format!("reads {}", name.plain())).collect(),
        });
        let line = |name: &QualifiedName, text: String, comment: &Option<String>| Line {
            name: name.plain(),
            text,
            comment: self::text(comment),
        };
        let enums =
            schema.enums.iter().map(|e| line(&e.name, format!("enum: {}", e.labels.join(", ")), &e.about.comment));
        let domains = schema.domains.iter().map(|d| {
            let checks: Vec<_> = d.checks.iter().map(|check| format!(", check {}", check.expression)).collect();
            line(&d.name, format!("domain over {}{}", short_type(&d.data_type), checks.concat()), &d.about.comment)
        });
        let composites = schema.composites.iter().map(|c| {
            let attributes: Vec<_> =
                c.attributes.iter().map(|a| format!("{} {}", a.name, short_type(&a.data_type))).collect();
            line(&c.name, format!("composite: {}", attributes.join(", ")), &c.about.comment)
        });
        let ranges = schema
            .ranges
            .iter()
            .map(|r| line(&r.name, format!("range of {}", short_type(&r.subtype)), &r.about.comment));
        Self {
            gaps: view.gaps.iter().map(|gap| Gap { scope: gap.scope.clone(), reason: gap.reason.clone() }).collect(),
            objects: tables.chain(views).collect(),
            routines: schema
                .routines
                .iter()
                .map(|routine| {
                    let returns = routine.returns.as_ref().map(|to| format!("returns {to}")).unwrap_or_default();
                    Line { name: describe::signature(routine), text: returns, comment: text(&routine.about.comment) }
                })
                .collect(),
            types: enums.chain(domains).chain(composites).chain(ranges).collect(),
        }
    }
}

fn table_object(view: &View<'_>, table: &Table) -> Object {
    let mut notes = Vec::new();
    if let Some(partition) = &table.partition_of {
        notes.push(format!("partition of {} {}", partition.parent.plain(), partition.bound));
    }
    if let Some(key) = &table.partition_key {
        notes.push(format!("partitioned by {}", key.definition));
    }
    let named = |name: &str, text: String| format!("{name}: {text}");
    notes.extend(table.primary_key.iter().map(|key| named(&key.name, describe::unique_key(key, true))));
    notes.extend(table.unique_keys.iter().map(|key| named(&key.name, describe::unique_key(key, false))));
    notes.extend(table.foreign_keys.iter().map(|key| named(&key.name, describe::foreign_key(key))));
    notes.extend(table.checks.iter().map(|check| named(&check.name, describe::check(check))));
    notes.extend(table.exclusions.iter().map(|exclusion| named(&exclusion.name, exclusion.definition.clone())));
    notes.extend(table.not_nulls.iter().map(|constraint| named(&constraint.name, describe::not_null(constraint))));
    notes.extend(table.indexes.iter().map(|index| named(&index.name, format!("index {}", describe::index(index)))));
    notes.extend(table.triggers.iter().map(|trigger| {
        let text = format!("trigger {}, runs {}", describe::trigger_event(trigger), describe::trigger_call(trigger));
        named(&trigger.name, text)
    }));
    notes.extend(table.policies.iter().map(|policy| {
        named(&policy.name, format!("policy for {} to {}", describe::policy_command(policy), policy.roles.join(", ")))
    }));
    notes.extend(table.rules.iter().map(|rule| rule.definition.clone()));
    notes.extend(table.about.grants.iter().map(|grant| format!("grant {}", describe::grant(grant))));
    let partitions = view.partitions(&table.name).iter();
    notes.extend(partitions.map(|partition| format!("has partition {}", partition.name.plain())));
    Object {
        kind: describe::table_kind(table),
        name: table.name.plain(),
        comment: text(&table.about.comment),
        columns: table.columns.iter().map(|column| row(column, Some(table))).collect(),
        notes,
    }
}

fn row(column: &Column, table: Option<&Table>) -> Row {
    let mut facts = Vec::new();
    if let Some(table) = table {
        facts.extend(table.is_primary(&column.name).then(|| "PK".to_owned()));
        facts.extend(table.is_foreign(&column.name).then(|| "FK".to_owned()));
        facts.extend(column.not_null.then(|| "NOT NULL".to_owned()));
    }
    if column.identity.is_none() && column.generated.is_none() {
        facts.extend(column.default.as_ref().map(|default| format!("DEFAULT {default}")));
    } else {
        facts.extend(describe::column_default(column));
    }
    facts.extend(describe::column_extras(column));
    Row {
        name: column.name.clone(),
        data_type: short_type(&column.data_type),
        facts: facts.join(", "),
        comment: text(&column.comment),
    }
}

fn text(comment: &Option<String>) -> String {
    comment.clone().unwrap_or_default()
}
