//! What hangs on a table or view: constraints, keys, indexes, triggers, policies, rules, partitions, and who refers to
//! it.

use super::dictionary::{link, routine_link, target};
use super::flow::{CODE, Cell, Column, Flow, QUIET};
use crate::render::{View, describe};
use crate::schema::{Index, QualifiedName, Rule, Table, Trigger};

const DEFINITIONS: [Column; 3] = [("NAME", 30.0), ("DEFINITION", 50.0), ("COMMENT", 20.0)];

fn definition(name: &str, text: String, comment: Option<&String>) -> Vec<Cell> {
    vec![
        Cell::new(name, CODE),
        Cell::new(text, CODE),
        Cell::new(comment.map(String::as_str).unwrap_or_default(), QUIET),
    ]
}

/// Primary key, unique keys, checks, exclusions, named NOT NULLs.
pub(super) fn constraints(flow: &mut Flow<'_>, table: &Table) {
    let mut rows = Vec::new();
    if let Some(key) = &table.primary_key {
        rows.push(definition(&key.name, describe::unique_key(key, true), key.comment.as_ref()));
    }
    for key in &table.unique_keys {
        rows.push(definition(&key.name, describe::unique_key(key, false), key.comment.as_ref()));
    }
    for check in &table.checks {
        rows.push(definition(&check.name, describe::check(check), check.comment.as_ref()));
    }
    for exclusion in &table.exclusions {
        let deferral = describe::deferral(exclusion.deferrable, exclusion.initially_deferred);
        let text = if exclusion.definition.contains("DEFERRABLE") {
            exclusion.definition.clone()
        } else {
            format!("{}{deferral}", exclusion.definition)
        };
        rows.push(definition(&exclusion.name, text, exclusion.comment.as_ref()));
    }
    for not_null in &table.not_nulls {
        rows.push(definition(&not_null.name, describe::not_null(not_null), not_null.comment.as_ref()));
    }
    if !rows.is_empty() {
        flow.label("Keys and constraints");
        flow.table(&DEFINITIONS, &rows);
    }
}

pub(super) fn foreign_keys(view: &View<'_>, flow: &mut Flow<'_>, table: &Table) {
    if table.foreign_keys.is_empty() {
        return;
    }
    flow.label("Foreign keys");
    let heads = [("NAME", 27.0), ("COLUMNS", 21.0), ("REFERENCES", 32.0), ("RULES", 20.0)];
    let rows: Vec<Vec<Cell>> = table
        .foreign_keys
        .iter()
        .map(|key| {
            let mut rules = describe::foreign_key_rules(key);
            if key.is_virtual {
                rules.push_str("\nnot declared in the database");
            }
            rules.extend(key.comment.iter().flat_map(|comment| ["\n", comment.as_str()]));
            let references = format!("{} ({})", key.references, describe::names(&key.referenced_columns));
            vec![
                Cell::new(&key.name, CODE),
                Cell::new(describe::names(&key.columns), CODE),
                Cell::new(references, CODE).to(link(view, &key.references)),
                Cell::new(rules.trim_start(), QUIET),
            ]
        })
        .collect();
    flow.table(&heads, &rows);
}

pub(super) fn indexes(flow: &mut Flow<'_>, indexes: &[Index]) {
    if indexes.is_empty() {
        return;
    }
    flow.label("Indexes");
    let rows: Vec<Vec<Cell>> = indexes
        .iter()
        .map(|index| {
            let mut notes: Vec<&str> = describe::index_notes(index);
            notes.extend(index.comment.as_deref());
            let notes = notes.join("\n");
            definition(&index.name, describe::index(index), Some(&notes))
        })
        .collect();
    flow.table(&DEFINITIONS, &rows);
}

pub(super) fn triggers(view: &View<'_>, flow: &mut Flow<'_>, triggers: &[Trigger]) {
    if triggers.is_empty() {
        return;
    }
    flow.label("Triggers");
    let heads = [("NAME", 24.0), ("FIRES", 40.0), ("CALLS", 24.0), ("COMMENT", 12.0)];
    let rows: Vec<Vec<Cell>> = triggers
        .iter()
        .map(|trigger| {
            let mut notes: Vec<String> = Vec::new();
            notes.extend(trigger.constraint.then(|| "constraint trigger".to_owned()));
            notes.extend(trigger.enabled.clone());
            notes.extend(trigger.inherited.then(|| "from the parent".to_owned()));
            notes.extend(trigger.comment.clone());
            vec![
                Cell::new(&trigger.name, CODE),
                Cell::new(describe::trigger_event(trigger), CODE),
                Cell::new(describe::trigger_call(trigger), CODE).to(routine_link(view, &trigger.function)),
                Cell::new(notes.join("\n"), QUIET),
            ]
        })
        .collect();
    flow.table(&heads, &rows);
}

pub(super) fn policies(flow: &mut Flow<'_>, table: &Table) {
    if table.policies.is_empty() {
        return;
    }
    flow.label("Row-level security policies");
    let heads = [("NAME", 22.0), ("COMMAND", 11.0), ("ROLES", 15.0), ("CONDITION", 37.0), ("COMMENT", 15.0)];
    let rows: Vec<Vec<Cell>> = table
        .policies
        .iter()
        .map(|policy| {
            let mut condition = Vec::new();
            condition.extend(policy.using.as_ref().map(|text| format!("USING ({text})")));
            condition.extend(policy.check.as_ref().map(|text| format!("WITH CHECK ({text})")));
            let restrictive = if policy.restrictive { "\nrestrictive" } else { "" };
            vec![
                Cell::new(&policy.name, CODE),
                Cell::new(format!("{}{restrictive}", describe::policy_command(policy)), CODE),
                Cell::new(policy.roles.join(", "), CODE),
                Cell::new(condition.join("\n"), CODE),
                Cell::new(policy.comment.clone().unwrap_or_default(), QUIET),
            ]
        })
        .collect();
    flow.table(&heads, &rows);
}

pub(super) fn rules(flow: &mut Flow<'_>, rules: &[Rule]) {
    if rules.is_empty() {
        return;
    }
    flow.label("Rules");
    let rows: Vec<Vec<Cell>> = rules
        .iter()
        .map(|rule| {
            let notes: Vec<&str> = rule.enabled.iter().chain(&rule.comment).map(String::as_str).collect();
            definition(&rule.name, rule.definition.clone(), Some(&notes.join("\n")))
        })
        .collect();
    flow.table(&DEFINITIONS, &rows);
}

/// The partitions, those of partitions below them.
pub(super) fn partitions(view: &View<'_>, flow: &mut Flow<'_>, table: &Table) {
    let mut rows = Vec::new();
    collect_partitions(view, &table.name, 0, &mut rows);
    if rows.is_empty() {
        return;
    }
    flow.label(&format!("Partitions ({})", rows.len()));
    let cells: Vec<Vec<Cell>> = rows
        .iter()
        .map(|(depth, part, bound)| {
            let indent = "    ".repeat(*depth);
            let mut notes: Vec<String> = Vec::new();
            notes.extend(part.partition_key.as_ref().map(|key| format!("by {}", key.definition)));
            notes.extend(part.about.comment.clone());
            vec![
                Cell::new(format!("{indent}{}", part.name), CODE),
                Cell::new(*bound, CODE),
                Cell::new(notes.join("\n"), QUIET),
            ]
        })
        .collect();
    // A partition is told with its parent: what refers to it leads there.
    if let Some(spot) = flow.book.targets.get(&target(&table.name)).copied() {
        flow.book.targets.extend(rows.iter().map(|(_, part, _)| (target(&part.name), spot)));
    }
    flow.table(&[("PARTITION", 38.0), ("BOUNDS", 42.0), ("COMMENT", 20.0)], &cells);
}

fn collect_partitions<'a>(
    view: &View<'a>,
    parent: &QualifiedName,
    depth: usize,
    rows: &mut Vec<(usize, &'a Table, &'a str)>,
) {
    // Deeper than any partitioning in use; a cycle in a saved file must not run for ever.
    if depth > 16 {
        return;
    }
    for part in view.partitions(parent) {
        let bound = part.partition_of.as_ref().map_or("", |partition| partition.bound.as_str());
        rows.push((depth, *part, bound));
        collect_partitions(view, &part.name, depth + 1, rows);
    }
}

pub(super) fn referenced_by(view: &View<'_>, flow: &mut Flow<'_>, table: &Table) {
    let mut rows: Vec<Vec<Cell>> = view
        .referenced_by(&table.name)
        .map(|(other, key)| {
            vec![
                Cell::new(other.name.to_string(), CODE).to(Some(target(&other.name))),
                Cell::new(describe::names(&key.columns), CODE),
                Cell::new(describe::foreign_key_rules(key), QUIET),
            ]
        })
        .collect();
    for other in view.schema.views.iter().filter(|other| other.depends_on.contains(&table.name)) {
        let kind = if other.materialized { "materialized view" } else { "view" };
        rows.push(vec![
            Cell::new(other.name.to_string(), CODE).to(Some(target(&other.name))),
            Cell::new(kind, QUIET),
            Cell::new("reads it", QUIET),
        ]);
    }
    if !rows.is_empty() {
        flow.label("Referenced by");
        flow.table(&[("BY", 45.0), ("COLUMNS", 30.0), ("RULES", 25.0)], &rows);
    }
}
