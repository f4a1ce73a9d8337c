//! How many objects of each kind there are: by plain SQL that shares nothing with tidegate, and in the JSON.

use std::collections::BTreeMap;

use serde_json::Value;
use tidegate::source::catalog;

use crate::support::postgres::{Database, connect, server, server_18};

const COUNTS: &str = include_str!("../fixtures/counts.sql");
const KINDS: &str = include_str!("../fixtures/kinds.sql");
const KINDS_18: &str = include_str!("../fixtures/kinds18.sql");
const ORDER: &str = include_str!("../fixtures/order.sql");

fn by_sql(database: &Database) -> BTreeMap<String, usize> {
    let number = |row: &Vec<Option<String>>| row[1].as_deref().unwrap().parse().unwrap();
    database.query(COUNTS).iter().map(|row| (row[0].clone().unwrap(), number(row))).collect()
}

fn in_json(database: &Database) -> BTreeMap<String, usize> {
    let reading = tokio::runtime::Runtime::new()
        .unwrap()
        .block_on(async { catalog::read(&mut connect(&database.url()).await, &catalog::Options::default()).await })
        .unwrap();
    count(&serde_json::from_str(&reading.schema.canonical_json()).unwrap())
}

/// From the JSON alone, as anybody could count who has only the file.
fn count(schema: &Value) -> BTreeMap<String, usize> {
    let list = |value: &Value, key: &str| value[key].as_array().cloned().unwrap_or_default();
    let own = |key: &str| -> Vec<Value> {
        list(schema, key).into_iter().filter(|object| object["extension"].is_null()).collect()
    };
    let (tables, views) = (own("tables"), own("views"));
    let both: Vec<Value> = tables.iter().chain(&views).cloned().collect();
    let inside = |objects: &[Value], key: &str| objects.iter().map(|object| list(object, key).len()).sum::<usize>();
    let with = |objects: &[Value], key: &str| objects.iter().filter(|object| !object[key].is_null()).count();
    let columns: Vec<Value> = tables.iter().flat_map(|table| list(table, "columns")).collect();
    let is = |object: &&Value, key: &str| object[key].as_bool().unwrap_or_default();
    let materialized = views.iter().filter(|view| is(view, "materialized")).count();
    let mut counts = BTreeMap::from([
        ("tables", tables.len()),
        ("partitions", with(&tables, "partition_of")),
        ("columns", columns.len()),
        ("defaults", with(&columns, "default")),
        ("not_null_columns", columns.iter().filter(|column| is(column, "not_null")).count()),
        ("primary_keys", with(&tables, "primary_key")),
        ("indexes", inside(&both, "indexes")),
        ("triggers", inside(&both, "triggers")),
        ("rules", inside(&both, "rules")),
        ("views", views.len() - materialized),
        ("materialized_views", materialized),
        ("enum_labels", inside(&own("enums"), "labels")),
        ("extensions", list(schema, "extensions").len()),
    ]);
    for key in ["unique_keys", "foreign_keys", "checks", "exclusions", "policies"] {
        counts.insert(key, inside(&tables, key));
    }
    for key in ["schemas", "sequences", "enums", "domains", "composites", "ranges", "routines", "aggregates"] {
        counts.insert(key, own(key).len());
    }
    for key in ["statistics", "event_triggers", "publications", "foreign_servers"] {
        counts.insert(key, own(key).len());
    }
    counts.into_iter().map(|(key, count)| (key.to_owned(), count)).collect()
}

#[test]
fn plain_sql_counts_what_the_json_holds() {
    for (server, scripts) in [(server(), &[KINDS][..]), (server_18(), &[KINDS, KINDS_18]), (server(), &[ORDER])] {
        let database = server.database();
        scripts.iter().for_each(|script| database.execute(script));
        assert_eq!(by_sql(&database), in_json(&database));
    }
}

/// No kind may be equal only because the fixture has none of it, or because a counter always says the same.
#[test]
fn every_kind_is_counted() {
    let database = server().database();
    database.execute(KINDS);
    let (counts, empty) = (by_sql(&database), in_json(&server().database()));
    let none: Vec<&String> = counts.iter().filter(|(_, count)| **count == 0).map(|(kind, _)| kind).collect();
    assert!(none.is_empty(), "{none:?}");
    let same: Vec<&String> = counts.keys().filter(|kind| counts[*kind] == empty[*kind]).collect();
    assert!(same.is_empty(), "{same:?}");
}
