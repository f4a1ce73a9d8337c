//! The two laws on generated pairs that contain every kind of object, and what counts as a rename.

mod gaps;
mod ignore;
mod mutate;
mod renames;

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;
use crate::schema::Document;
use crate::schema::testing::{large, sample};
use mutate::{leaves, mutated, value_of};

fn holds(a: &Schema, b: &Schema) {
    let there = diff(a, b);
    let back = diff(b, a);
    assert_eq!(there.is_empty(), a.canonical_json() == b.canonical_json(), "{there:#?}");
    assert_eq!(there.clone().invert(), back);
    assert_eq!(there.clone().invert().invert(), there);
    let json = serde_json::to_string(&there).unwrap();
    assert_eq!(serde_json::from_str::<SchemaDiff>(&json).unwrap(), there, "{json}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(80))]

    #[test]
    fn empty_exactly_when_equal_and_inverted_is_the_way_back(
        a in prop::collection::vec(any::<u64>(), 0..10),
        b in prop::collection::vec(any::<u64>(), 0..10),
        shared in prop::collection::vec(any::<u64>(), 0..3),
    ) {
        let base = mutated(&sample().0, &shared);
        holds(&mutated(&base, &a), &mutated(&base, &b));
    }
}

#[test]
fn every_single_fact_counts() {
    let mut tried = 0;
    for schema in mutate::one_by_one(&sample().0) {
        for other in leaves(&value_of(&schema)).iter().filter_map(|leaf| mutate::leaf(&schema, leaf)) {
            holds(&schema, &other);
            tried += 1;
        }
    }
    assert!(tried > 300, "{tried}");
}

#[test]
fn from_nothing_everything_is_added() {
    let (schema, empty) = (sample().0, Schema::default());
    let added = diff(&empty, &schema);
    holds(&empty, &schema);
    assert!(added.changes.iter().all(ObjectChange::is_added));
    let objects: usize =
        value_of(&schema).as_object().unwrap().values().map(|list| list.as_array().unwrap().len()).sum();
    assert_eq!(added.changes.len(), objects);
    let table = added.of_kind(ObjectKind::Table).find(|change| change.name == "public.customers").unwrap();
    let name = "public.customers".parse().unwrap();
    assert_eq!(table.definition::<crate::schema::Table>().as_ref(), schema.table(&name));
}

#[test]
fn the_sample_has_every_kind_and_every_list_of_the_model_has_one() {
    let published: serde_json::Value = serde_json::from_str(&crate::schema::published::json_schema()).unwrap();
    let lists: BTreeSet<_> = published["$defs"]["Schema"]["properties"].as_object().unwrap().keys().cloned().collect();
    let known: BTreeSet<_> = objects::LISTS.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(lists, known);
    let value = value_of(&sample().0);
    for list in &lists {
        assert!(value[list].as_array().is_some_and(|list| !list.is_empty()), "{list}");
    }
    // Every list of named objects inside another object is told as its parts.
    let definitions = published["$defs"].as_object().unwrap();
    let named = |field: &serde_json::Value| {
        let reference = field["items"]["$ref"].as_str()?.rsplit('/').next()?;
        definitions[reference]["properties"].get("name").map(|_| reference.to_owned())
    };
    for (kind, definition) in [
        (ObjectKind::Table, "Table"),
        (ObjectKind::View, "View"),
        (ObjectKind::Domain, "Domain"),
        (ObjectKind::CompositeType, "CompositeType"),
        (ObjectKind::Publication, "Publication"),
        (ObjectKind::EventTrigger, "EventTrigger"),
        (ObjectKind::Sequence, "Sequence"),
    ] {
        let fields = definitions[definition]["properties"].as_object().unwrap();
        for (field, _) in fields.iter().filter(|(_, field)| named(field).is_some()) {
            assert!(objects::parts_of(kind).iter().any(|(name, _)| name == field), "{definition}.{field}");
        }
    }
}

#[test]
fn a_large_schema_against_itself_and_against_another() {
    let (a, b) = (large(600, 8), large(590, 9));
    assert!(diff(&a, &a).is_empty());
    holds(&a, &b);
}

#[test]
fn columns_change_fact_by_fact_and_only_those_that_moved_moved() {
    let from = sample().0;
    let mut to = from.clone();
    let table = to.tables.iter_mut().find(|table| table.name.name == "orders").unwrap();
    table.columns.iter_mut().find(|column| column.name == "total").unwrap().data_type = "numeric(12,2)".into();
    table.columns.remove(3);
    let email = table.columns.pop().unwrap();
    table.columns.insert(0, email);
    let found = diff(&from, &to);
    let [orders] = found.changes.as_slice() else { panic!("{found:#?}") };
    let told: Vec<_> = orders.parts().iter().map(|part| (part.name.as_str(), Verb::of(&part.change))).collect();
    assert_eq!(told, [("customer_email", Verb::Changed), ("note", Verb::Removed), ("total", Verb::Changed)]);
    let fact = &orders.parts()[0].facts()[0];
    assert_eq!(
        (fact.fact.as_str(), fact.before.as_ref(), fact.after.as_ref()),
        ("position", Some(&6.into()), Some(&1.into()))
    );
    let fact = &orders.parts()[2].facts()[0];
    assert_eq!((fact.fact.as_str(), fact.after.as_ref()), ("type", Some(&"numeric(12,2)".into())));
    assert_eq!(found.summary().to_string(), "1 column removed, 2 columns changed");
}

#[test]
fn what_postgresql_cannot_alter_into_another_kind_is_another_object() {
    let from = sample().0;
    let mut to = from.clone();
    to.views.iter_mut().find(|view| view.materialized).unwrap().materialized = false;
    let found = diff(&from, &to);
    assert_eq!(found.summary().to_string(), "1 view added, 1 materialized view removed");
    holds(&from, &to);
}

#[test]
fn a_document_of_gaps_alone_is_no_difference() {
    let document = Document::new(sample().0, sample().1);
    assert!(diff(&document.schema, &sample().0).is_empty());
}
