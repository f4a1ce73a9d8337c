//! Keys and checks, put together from four views.

use std::collections::BTreeMap;

use tokio_postgres::Transaction;

use super::relations::cells;
use super::{InformationSchemaError, rows};
use crate::schema::{Check, ForeignKey, Gap, GapKind, MatchType, QualifiedName, ReferentialAction, Schema, UniqueKey};
use crate::source::catalog::sqltext;

/// One constraint of one table: the standard's views call it by its schema and name alone.
type Key = (QualifiedName, QualifiedName);

#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Reference {
    unique: Option<QualifiedName>,
    match_type: String,
    on_update: String,
    on_delete: String,
}

/// By constraint and table: position, column, and position in the key that is referred to.
type Usage = BTreeMap<Key, BTreeMap<u32, (String, Option<u32>)>>;

pub(super) async fn read(
    transaction: &Transaction<'_>,
    schema: &mut Schema,
    gaps: &mut Vec<Gap>,
) -> Result<(), InformationSchemaError> {
    let usage = usage(transaction).await?;
    let references = references(transaction).await?;
    let checks = checks(transaction).await?;
    let columns = "constraint_schema constraint_name table_schema table_name constraint_type is_deferrable \
                   initially_deferred";
    let mut kinds: BTreeMap<Key, (String, bool, bool)> = BTreeMap::new();
    for row in rows(transaction, "table_constraints", columns, "constraint_schema").await? {
        let [schema, name, table_schema, table, kind, deferrable, deferred] = cells(row);
        let yes = |text: Option<String>| text.as_deref() == Some("YES");
        let key = (qualified(schema, name), qualified(table_schema, table));
        kinds.insert(key, (kind.unwrap_or_default(), yes(deferrable), yes(deferred)));
    }
    // By the constraint's own name: the table that has it, and its columns. Such names are unique within a schema.
    let uniques: BTreeMap<&QualifiedName, &Key> = kinds
        .iter()
        .filter(|(_, (kind, ..))| matches!(kind.as_str(), "PRIMARY KEY" | "UNIQUE"))
        .map(|(key, _)| (&key.0, key))
        .collect();
    for (key, (kind, deferrable, initially_deferred)) in &kinds {
        let Some(at) = schema.tables.binary_search_by(|table| table.name.cmp(&key.1)).ok() else { continue };
        let columns: Vec<String> =
            usage.get(key).into_iter().flat_map(BTreeMap::values).map(|(column, _)| column.clone()).collect();
        let (name, deferrable, initially_deferred) = (key.0.name.clone(), *deferrable, *initially_deferred);
        match kind.as_str() {
            "PRIMARY KEY" | "UNIQUE" => {
                let unique = UniqueKey { name, columns, deferrable, initially_deferred, ..UniqueKey::default() };
                if kind == "UNIQUE" {
                    schema.tables[at].unique_keys.push(unique);
                } else {
                    schema.tables[at].primary_key = Some(unique);
                }
            }
            "FOREIGN KEY" => match referenced(key, &usage, &references, &uniques) {
                Ok(found) => schema.tables[at].foreign_keys.push(ForeignKey {
                    name,
                    columns,
                    deferrable,
                    initially_deferred,
                    ..found
                }),
                Err(reason) => gaps.push(gap("foreign key", key, reason)),
            },
            "CHECK" => match checks.get(&key.0).map(Vec::as_slice) {
                Some([clause]) => schema.tables[at].checks.extend(check(name, clause)),
                Some(_) => gaps.push(gap("check", key, AMBIGUOUS)),
                None => {}
            },
            _ => {}
        }
    }
    for table in &mut schema.tables {
        without_twins(&mut table.foreign_keys);
    }
    Ok(())
}

const AMBIGUOUS: &str =
    "another table of the schema has a constraint of the same name, and the views tell only one name";

fn gap(kind: &str, key: &Key, reason: &str) -> Gap {
    let scope = format!("{kind} {} {}", key.1, key.0.name);
    Gap { kind: GapKind::NotReadable, scope, reason: reason.to_owned() }
}

fn qualified(schema: Option<String>, name: Option<String>) -> QualifiedName {
    QualifiedName::new(schema.unwrap_or_default(), name.unwrap_or_default())
}

async fn usage(transaction: &Transaction<'_>) -> Result<Usage, InformationSchemaError> {
    let columns = "constraint_schema constraint_name table_schema table_name column_name ordinal_position \
                   position_in_unique_constraint";
    let mut usage = Usage::new();
    for row in rows(transaction, "key_column_usage", columns, "constraint_schema").await? {
        let [schema, name, table_schema, table, column, position, other] = cells(row);
        let number = |text: Option<String>| text.and_then(|text| text.parse().ok());
        let key = (qualified(schema, name), qualified(table_schema, table));
        let entry = (column.unwrap_or_default(), number(other));
        usage.entry(key).or_default().insert(number(position).unwrap_or(0), entry);
    }
    Ok(usage)
}

async fn references(
    transaction: &Transaction<'_>,
) -> Result<BTreeMap<QualifiedName, Vec<Reference>>, InformationSchemaError> {
    let columns = "constraint_schema constraint_name unique_constraint_schema unique_constraint_name match_option \
                   update_rule delete_rule";
    let mut references: BTreeMap<QualifiedName, Vec<Reference>> = BTreeMap::new();
    for row in rows(transaction, "referential_constraints", columns, "constraint_schema").await? {
        let [schema, name, unique_schema, unique, match_type, on_update, on_delete] = cells(row);
        references.entry(qualified(schema, name)).or_default().push(Reference {
            unique: unique_schema.zip(unique).map(|(schema, name)| QualifiedName { schema, name }),
            match_type: match_type.unwrap_or_default(),
            on_update: on_update.unwrap_or_default(),
            on_delete: on_delete.unwrap_or_default(),
        });
    }
    references.values_mut().for_each(|same| {
        same.sort();
        same.dedup();
        // A partition has the key of its parent under the same name, and the view does not know what it refers to.
        let known: Vec<Reference> = same.iter().filter(|reference| reference.unique.is_some()).cloned().collect();
        let of_partition = |reference: &Reference| {
            let same_rules = |other: &Reference| Reference { unique: None, ..other.clone() } == *reference;
            reference.unique.is_none() && known.iter().any(same_rules)
        };
        same.retain(|reference| !of_partition(reference));
    });
    Ok(references)
}

async fn checks(transaction: &Transaction<'_>) -> Result<BTreeMap<QualifiedName, Vec<String>>, InformationSchemaError> {
    let mut checks: BTreeMap<QualifiedName, Vec<String>> = BTreeMap::new();
    let columns = "constraint_schema constraint_name check_clause";
    for row in rows(transaction, "check_constraints", columns, "constraint_schema").await? {
        let [schema, name, clause] = cells(row);
        checks.entry(qualified(schema, name)).or_default().push(clause.unwrap_or_default());
    }
    checks.values_mut().for_each(|same| {
        same.sort();
        same.dedup();
    });
    Ok(checks)
}

/// `None` for NOT NULL, which the views list among the checks: alone of all it has no parentheses around it.
fn check(name: String, clause: &str) -> Option<Check> {
    let mut clause = clause.trim();
    for word in [" NOT VALID", " NO INHERIT", " NOT ENFORCED"] {
        clause = clause.strip_suffix(word).unwrap_or(clause);
    }
    let expression = sqltext::without_outer_parentheses(clause);
    let not_null = expression == clause && clause.ends_with(" IS NOT NULL");
    (!not_null).then(|| Check { name, expression: expression.to_owned(), ..Check::default() })
}

/// What a foreign key refers to, and how.
fn referenced(
    key: &Key,
    usage: &Usage,
    references: &BTreeMap<QualifiedName, Vec<Reference>>,
    uniques: &BTreeMap<&QualifiedName, &Key>,
) -> Result<ForeignKey, &'static str> {
    let reference = match references.get(&key.0).map(Vec::as_slice) {
        Some([only]) => only,
        Some([_, _, ..]) => return Err(AMBIGUOUS),
        _ => return Err("referential_constraints does not show it to this role"),
    };
    let unique = reference
        .unique
        .as_ref()
        .ok_or("it refers to a unique index without a constraint, or to a table that the role may not see")?;
    let target = uniques.get(unique).ok_or("the role may not see the key that it refers to")?;
    let target_columns = usage.get(*target).ok_or("the role may not see the key that it refers to")?;
    let referenced_columns = usage
        .get(key)
        .into_iter()
        .flat_map(BTreeMap::values)
        .filter_map(|(_, other)| target_columns.get(&(*other)?).map(|(column, _)| column.clone()))
        .collect();
    Ok(ForeignKey {
        references: target.1.clone(),
        referenced_columns,
        match_type: match reference.match_type.as_str() {
            "FULL" => MatchType::Full,
            "PARTIAL" => MatchType::Partial,
            _ => MatchType::Simple,
        },
        on_update: action(&reference.on_update),
        on_delete: action(&reference.on_delete),
        ..ForeignKey::default()
    })
}

fn action(text: &str) -> ReferentialAction {
    match text {
        "RESTRICT" => ReferentialAction::Restrict,
        "CASCADE" => ReferentialAction::Cascade,
        "SET NULL" => ReferentialAction::SetNull,
        "SET DEFAULT" => ReferentialAction::SetDefault,
        _ => ReferentialAction::NoAction,
    }
}

/// A foreign key to a partitioned table has a twin for each partition, called like it with a number behind. The views
/// list them like any other.
fn without_twins(keys: &mut Vec<ForeignKey>) {
    let names: Vec<(String, Vec<String>)> = keys.iter().map(|key| (key.name.clone(), key.columns.clone())).collect();
    keys.retain(|key| {
        let twin = |(name, columns): &(String, Vec<String>)| {
            *columns == key.columns
                && key.name.strip_prefix(name.as_str()).is_some_and(|rest| {
                    let digits = rest.trim_start_matches('_');
                    !digits.is_empty() && digits.chars().all(|c| c.is_ascii_digit() || c == '_')
                })
        };
        !names.iter().any(twin)
    });
}
