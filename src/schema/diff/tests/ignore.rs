//! What is left aside is left aside everywhere, and nothing else is.

use super::*;
use crate::schema::GapKind;
use crate::schema::diff::ignore::{Aside, Ignore};
use crate::schema::select::Selection;

fn without(aside: &[Aside], exclude: &[&str], schema: &Schema) -> Schema {
    let exclude: Vec<String> = exclude.iter().map(|pattern| (*pattern).to_owned()).collect();
    Ignore::new(aside, &exclude).unwrap().apply(schema, &Selection::default()).unwrap()
}

#[test]
fn facts_go_wherever_they_stand() {
    let schema = sample().0;
    for (aside, field) in [(Aside::Owners, "owner"), (Aside::Grants, "grants"), (Aside::Comments, "comment")] {
        let field = format!("\"{field}\":");
        assert!(schema.canonical_json().contains(&field));
        assert!(!without(&[aside], &[], &schema).canonical_json().contains(&field), "{field}");
    }
    assert_eq!(without(&[], &[], &schema), schema);
    let mut other = schema.clone();
    other.extensions[0].version = "9.9".into();
    other.tables[0].columns.reverse();
    let both = [Aside::ExtensionVersions, Aside::ColumnOrder];
    assert!(diff(&without(&both, &[], &schema), &without(&both, &[], &other)).is_empty());
    assert_eq!(
        diff(&without(&both[1..], &[], &schema), &without(&both[1..], &[], &other)).summary().to_string(),
        "1 extension changed"
    );
}

#[test]
fn objects_go_by_name_wherever_they_live() {
    let schema = sample().0;
    let gone = |patterns: &[&str]| {
        let found = diff(&schema, &without(&[], patterns, &schema));
        let told = |change: &ObjectChange| match change.parts() {
            [] => change.name.clone(),
            parts => parts.iter().map(|part| format!("{} {}", change.name, part.name)).collect::<Vec<_>>().join(" "),
        };
        found.changes.iter().map(told).collect::<Vec<_>>().join(", ")
    };
    assert_eq!(gone(&["public.orders"]), "public.orders");
    assert_eq!(gone(&["touch"]), "public.touch()");
    assert_eq!(gone(&["warehouse"]), "warehouse");
    assert_eq!(gone(&["events_*"]), "public.events_2024_01, public.events_2024_01_h0, public.events_rest");
    assert_eq!(
        gone(&["public.customers.*_idx"]),
        "public.customers customers_lower_idx public.customers customers_mood_idx"
    );
    assert_eq!(gone(&["email"]), "");
    assert!(Ignore::new(&[], &["a[".to_owned()]).is_err());
}

#[test]
fn gaps_go_with_what_they_are_about() {
    let gap = |kind, scope: &str| Gap { kind, scope: scope.into(), reason: String::new() };
    let gaps = [gap(GapKind::MissingExtension, "extension pg_cron"), gap(GapKind::NotCharted, "casts")];
    let left = |aside: &[Aside], exclude: &[&str]| {
        let exclude: Vec<String> = exclude.iter().map(|pattern| (*pattern).to_owned()).collect();
        Ignore::new(aside, &exclude).unwrap().gaps(&gaps).len()
    };
    assert_eq!((left(&[], &[]), left(&[Aside::NotCharted], &[]), left(&[], &["pg_cron"])), (2, 1, 1));
}
