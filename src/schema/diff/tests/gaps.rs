//! Nothing inside a gap is called added, removed or changed.

use super::*;
use crate::schema::GapKind;

fn gap(kind: GapKind, scope: &str) -> Gap {
    Gap { kind, scope: scope.into(), reason: "because".into() }
}

/// What is told of the sample against nothing, behind one gap on the empty side; and what the gap swallowed.
fn behind(kind: GapKind, scope: &str) -> (SchemaDiff, Vec<ObjectName>) {
    let found = diff(&sample().0, &Schema::default()).behind(&[], &[gap(kind, scope)]);
    let [told] = found.not_comparable.as_slice() else { panic!("{found:#?}") };
    assert_eq!((told.side, told.gap.scope.as_str()), (Side::To, scope));
    let objects = told.objects.clone();
    (found, objects)
}

#[test]
fn a_kind_that_could_not_be_read_is_not_removed() {
    let all = diff(&sample().0, &Schema::default()).changes.len();
    for (scope, kind) in [
        ("functions, procedures and aggregates", ObjectKind::Function),
        ("tables and views", ObjectKind::Table),
        ("types", ObjectKind::Enum),
        ("domains, enums, composite and range types", ObjectKind::RangeType),
        ("extended statistics", ObjectKind::Statistics),
        ("event triggers", ObjectKind::EventTrigger),
        ("publications", ObjectKind::Publication),
        ("foreign servers", ObjectKind::ForeignServer),
        ("sequences", ObjectKind::Sequence),
        ("extensions", ObjectKind::Extension),
        ("schemas", ObjectKind::Schema),
    ] {
        let (found, hidden) = behind(GapKind::NoPermission, scope);
        assert_eq!(found.of_kind(kind).count(), 0, "{scope}");
        assert!(hidden.iter().any(|object| object.kind == kind), "{scope}");
        assert_eq!(found.changes.len() + hidden.len(), all, "{scope}");
    }
}

#[test]
fn one_object_a_schema_and_an_extension() {
    let names = |hidden: &[ObjectName]| hidden.iter().map(|object| object.name.clone()).collect::<Vec<_>>().join(" ");
    let hidden = |kind, scope| names(&behind(kind, scope).1);
    assert_eq!(hidden(GapKind::Unstable, "table public.orders"), "public.orders");
    assert_eq!(hidden(GapKind::Unstable, "routine public.touch"), "public.touch()");
    assert_eq!(hidden(GapKind::MissingExtension, "extension pgcrypto"), "pgcrypto");
    assert_eq!(hidden(GapKind::MissingExtension, "type public.mood"), "public.mood");
    assert!(hidden(GapKind::NoPermission, "schema Odd Names").starts_with("Odd Names \"Odd Names\""));
    assert_eq!(hidden(GapKind::MissingExtension, "table public.order"), "");
    assert_eq!(hidden(GapKind::NotCharted, "casts"), "");
}

#[test]
fn a_statement_that_was_skipped_may_have_made_anything() {
    let (found, hidden) = behind(GapKind::SkippedStatement, "dump.sql:12");
    assert!(found.is_empty() && !hidden.is_empty());
    // What that side has and the other has not is there all the same.
    let found = diff(&Schema::default(), &sample().0).behind(&[], &[gap(GapKind::SkippedStatement, "dump.sql:12")]);
    assert!(!found.is_empty() && !found.is_complete());
}

#[test]
fn parts_and_facts_lie_in_gaps_too() {
    let from = sample().0;
    let mut to = from.clone();
    let table = to.tables.iter_mut().find(|table| table.name.name == "customers").unwrap();
    table.indexes.clear();
    table.about.comment = None;
    table.about.owner = None;
    let gaps = [gap(GapKind::NotReadable, "indexes"), gap(GapKind::NotReadable, "comments")];
    let found = diff(&from, &to).behind(&[], &gaps);
    let [change] = found.changes.as_slice() else { panic!("{found:#?}") };
    assert_eq!((change.facts().len(), change.facts()[0].fact.as_str(), change.parts().len()), (1, "owner", 0));
    let index = gap(GapKind::Unstable, "index customers_mood_idx");
    let found = diff(&from, &to).behind(&[], &[index]);
    assert_eq!(found.summary().to_string(), "1 table changed, 1 index removed");
}

#[test]
fn what_both_sides_say_alike_counts_only_where_nobody_looked() {
    let (a, b) = (sample().0, sample().0);
    let told = |kind, scope: &str| {
        let gaps = [gap(kind, scope)];
        diff(&a, &b).behind(&gaps, &gaps).not_comparable.iter().map(|gap| gap.side).collect::<Vec<_>>()
    };
    assert_eq!(told(GapKind::MissingExtension, "extension pg_cron"), []);
    assert_eq!(told(GapKind::SkippedStatement, "1.sql:3"), []);
    assert_eq!(told(GapKind::NotCharted, "casts"), []);
    assert_eq!(told(GapKind::NotReadable, "schema auth"), []);
    assert_eq!(told(GapKind::NoPermission, "schema secret"), [Side::Both]);
    assert_eq!(told(GapKind::NotReadable, "indexes"), [Side::Both]);
    let one = diff(&a, &b).behind(&[gap(GapKind::NotCharted, "casts")], &[]);
    assert!(one.is_empty() && !one.is_complete());
    let back = one.invert();
    assert_eq!(back.not_comparable[0].side, Side::To);
}
