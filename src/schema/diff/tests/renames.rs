//! What is taken for a rename and what is not.

use super::*;
use crate::schema::{Column, ForeignKey, Namespace, QualifiedName, Sequence, Table, UniqueKey, View};

fn name(text: &str) -> QualifiedName {
    text.parse().unwrap()
}

fn column(name: &str, data_type: &str) -> Column {
    Column { name: name.into(), data_type: data_type.into(), ..Column::default() }
}

fn table(text: &str, columns: &[(&str, &str)]) -> Table {
    let columns = columns.iter().map(|(name, data_type)| column(name, data_type)).collect();
    Table { name: name(text), columns, ..Table::default() }
}

fn schema(tables: &[Table]) -> Schema {
    let mut schema = Schema { tables: tables.to_vec(), ..Schema::default() };
    schema.canonicalize();
    schema
}

fn key(name: &str, columns: &[&str]) -> UniqueKey {
    let columns = columns.iter().map(|column| (*column).to_owned()).collect();
    UniqueKey { name: name.into(), columns, ..UniqueKey::default() }
}

fn foreign(label: &str, column: &str, to: &str, referenced: &str) -> ForeignKey {
    ForeignKey {
        name: label.into(),
        columns: vec![column.into()],
        references: name(to),
        referenced_columns: vec![referenced.into()],
        ..ForeignKey::default()
    }
}

fn told(from: &Schema, to: &Schema) -> String {
    holds(from, to);
    diff(from, to).summary().to_string()
}

#[test]
fn a_table_that_kept_its_constraints_names_was_renamed() {
    let mut from = table("public.clients", &[("id", "bigint"), ("boss", "bigint")]);
    from.primary_key = Some(key("clients_pkey", &["id"]));
    from.foreign_keys = vec![foreign("clients_boss_fkey", "boss", "public.clients", "id")];
    let mut to = Table { name: name("public.customers"), ..from.clone() };
    to.foreign_keys[0].references = name("public.customers");
    let mut other = table("public.orders", &[("client", "bigint")]);
    other.foreign_keys = vec![foreign("orders_client_fkey", "client", "public.clients", "id")];
    let mut follows = other.clone();
    follows.foreign_keys[0].references = name("public.customers");

    assert_eq!(
        told(&schema(&[from.clone(), other.clone()]), &schema(&[to.clone(), follows.clone()])),
        "1 table renamed"
    );
    let found = diff(&schema(&[from.clone()]), &schema(&[to.clone()]));
    assert_eq!((found.changes[0].old_name(), found.changes[0].name.as_str()), ("public.clients", "public.customers"));

    to.primary_key = Some(key("customers_pkey", &["id"]));
    assert_eq!(told(&schema(&[from]), &schema(&[to])), "1 table added, 1 table removed");
}

#[test]
fn two_tables_that_point_at_each_other_in_a_row_are_both_found() {
    let parent = table("public.a", &[("id", "bigint")]);
    let mut child = table("public.b", &[("a", "bigint")]);
    child.foreign_keys = vec![foreign("fk", "a", "public.a", "id")];
    let new_parent = Table { name: name("public.x"), ..parent.clone() };
    let mut new_child = Table { name: name("public.y"), ..child.clone() };
    new_child.foreign_keys[0].references = name("public.x");
    assert_eq!(told(&schema(&[parent, child]), &schema(&[new_parent, new_child])), "2 tables renamed");
}

#[test]
fn several_candidates_are_no_evidence() {
    let from = [table("public.a", &[("id", "bigint")]), table("public.b", &[("id", "bigint")])];
    let to = [table("public.x", &[("id", "bigint")])];
    assert_eq!(told(&schema(&from), &schema(&to)), "1 table added, 2 tables removed");
    assert_eq!(
        told(&schema(&[table("public.a", &[])]), &schema(&[table("public.b", &[])])),
        "1 table added, 1 table removed"
    );
}

#[test]
fn a_column_is_renamed_where_it_stood() {
    let was = |columns: &[(&str, &str)], now: &[(&str, &str)]| {
        told(&schema(&[table("public.t", columns)]), &schema(&[table("public.t", now)]))
    };
    let before = [("id", "bigint"), ("mail", "text"), ("at", "date")];
    assert_eq!(was(&before, &[("id", "bigint"), ("email", "text"), ("at", "date")]), "1 column renamed");
    assert_eq!(
        was(&before, &[("id", "bigint"), ("at", "date"), ("email", "text")]),
        "1 column added, 1 column removed"
    );
    assert_eq!(
        was(&before, &[("id", "bigint"), ("email", "citext"), ("at", "date")]),
        "1 column added, 1 column removed"
    );
    assert_eq!(was(&[("a", "int"), ("b", "int")], &[("x", "int"), ("y", "int")]), "2 columns added, 2 columns removed");
}

#[test]
fn what_follows_a_renamed_column_is_not_told_again() {
    let mut parent = table("public.p", &[("id", "bigint"), ("code", "text")]);
    parent.primary_key = Some(key("p_pkey", &["id"]));
    let mut child = table("public.c", &[("p", "bigint")]);
    child.foreign_keys = vec![foreign("fk", "p", "public.p", "id")];
    let (mut new_parent, mut new_child) = (parent.clone(), child.clone());
    new_parent.columns[0].name = "key".into();
    new_parent.primary_key = Some(key("p_pkey", &["key"]));
    new_child.foreign_keys[0].referenced_columns = vec!["key".into()];
    assert_eq!(told(&schema(&[parent, child]), &schema(&[new_parent, new_child])), "1 column renamed");
}

#[test]
fn a_schema_that_all_moved_to_was_renamed_and_an_empty_one_was_not() {
    let space = |name: &str| Namespace { name: name.into(), ..Namespace::default() };
    let mut from = schema(&[table("old.t", &[("id", "bigint")])]);
    from.schemas = vec![space("old")];
    let mut to = schema(&[table("new.t", &[("id", "bigint")])]);
    to.schemas = vec![space("new")];
    assert_eq!(told(&from, &to), "1 schema renamed, 1 table renamed");
    from.tables.clear();
    to.tables.clear();
    assert_eq!(told(&from, &to), "1 schema added, 1 schema removed");
}

#[test]
fn sequences_and_views_follow_their_table() {
    let sequence = |table: &str| Sequence {
        name: name("public.s"),
        owned_by_table: Some(name(table)),
        owned_by_column: Some("id".into()),
        ..Sequence::default()
    };
    let view = |table: &str, definition: &str| View {
        name: name("public.v"),
        definition: definition.into(),
        depends_on: vec![name(table)],
        ..View::default()
    };
    let mut from = schema(&[table("public.a", &[("id", "bigint")])]);
    from.sequences = vec![sequence("public.a")];
    from.views = vec![view("public.a", "SELECT 1")];
    let mut to = schema(&[table("public.b", &[("id", "bigint")])]);
    to.sequences = vec![sequence("public.b")];
    to.views = vec![view("public.b", "SELECT 1")];
    assert_eq!(told(&from, &to), "1 table renamed");
    // Text is not followed.
    to.views = vec![view("public.b", "SELECT 1 FROM public.b")];
    assert_eq!(told(&from, &to), "1 table renamed, 1 view changed");
}
