//! The sample against a changed copy of itself, in every format.

use super::*;
use crate::schema::diff::{Change, diff};
use crate::schema::testing::{large, sample};
use crate::schema::{
    Column, EnumType, Gap, GapKind, Index, IndexKey, QualifiedName, ReferentialAction, Table, UniqueKey, View,
};

/// A copy of the sample in which something of most kinds changed.
fn changed() -> Schema {
    let mut schema = sample().0;
    let name = |name: &str| QualifiedName::new("public", name);
    let column =
        |name: &str, data_type: &str| Column { name: name.into(), data_type: data_type.into(), ..Column::default() };
    let mut table = |wanted: &str, change: &dyn Fn(&mut Table)| {
        change(schema.tables.iter_mut().find(|table| table.name.name == wanted).unwrap());
    };
    table("orders", &|orders| {
        orders.columns.retain(|column| column.name != "during");
        orders.columns[2].data_type = "numeric(12,2)".into();
        orders.columns[3].name = "remark".into();
        orders.columns.push(Column { not_null: true, default: Some("false".into()), ..column("paid", "boolean") });
        orders.foreign_keys.iter_mut().for_each(|key| key.on_delete = ReferentialAction::Cascade);
        orders.indexes.push(Index {
            name: "orders_paid_idx".into(),
            method: "btree".into(),
            keys: vec![IndexKey { column: Some("paid".into()), ..IndexKey::default() }],
            predicate: Some("NOT paid".into()),
            ..Index::default()
        });
    });
    table("customers", &|customers| {
        customers.about.grants.clear();
        customers.about.comment = Some("Who buys.\n\nNow `with` <b>more</b> words".into());
        customers.policies.clear();
        customers.columns.swap(2, 4);
    });
    table("order_lines", &|lines| lines.name = name("lines"));
    schema.tables.retain(|table| table.name.name != "bookings");
    schema.tables.push(Table {
        name: name("payments"),
        columns: vec![Column { not_null: true, ..column("id", "bigint") }, column("at", "timestamp with time zone")],
        primary_key: Some(UniqueKey {
            name: "payments_pkey".into(),
            columns: vec!["id".into()],
            ..UniqueKey::default()
        }),
        ..Table::default()
    });
    schema.enums[0].labels.push("gone".into());
    schema.enums.push(EnumType { name: name("size"), labels: vec!["s".into(), "it's".into()], ..EnumType::default() });
    schema.extensions.pop();
    let routine = schema.routines.iter_mut().find(|routine| routine.name.name == "touch").unwrap();
    routine.body = routine.body.replace("now()", "clock_timestamp()");
    let view: &mut View = &mut schema.views[0];
    view.definition = " SELECT orders.id,\n    orders.paid\n   FROM public.orders".into();
    view.columns.push(column("paid", "boolean"));
    schema.canonicalize();
    schema
}

fn gap() -> Gap {
    Gap { kind: GapKind::NoPermission, scope: "foreign servers".into(), reason: "denied | <b>".into() }
}

fn compared<T>(from: &Schema, to: &Schema, gaps: &[Gap], see: impl Fn(&Compared<'_>) -> T) -> T {
    let diff = diff(from, to).behind(gaps, &[]);
    see(&Compared { diff: &diff, from, to, from_origin: "migrations at `main`", to_origin: "migrations" })
}

#[test]
fn text_of_the_sample() {
    let gaps = [gap()];
    insta::assert_snapshot!(compared(&sample().0, &changed(), &gaps, |it| text::render(it, false)));
}

#[test]
fn markdown_of_the_sample() {
    let gaps = [gap()];
    insta::assert_snapshot!(compared(&sample().0, &changed(), &gaps, markdown::render));
}

#[test]
fn mermaid_of_the_sample() {
    insta::assert_snapshot!(compared(&sample().0, &changed(), &[], mermaid::render));
}

#[test]
fn partitions_that_only_follow_and_sequences_of_columns_stand_with_their_table() {
    let from = sample().0;
    let mut to = from.clone();
    let column = Column { name: "kind".into(), data_type: "text".into(), ..Column::default() };
    for table in to.tables.iter_mut().filter(|table| table.name.name.starts_with("events")) {
        table.columns.push(column.clone());
    }
    to.tables.iter_mut().find(|table| table.name.name == "events_rest").unwrap().indexes.clear();
    to.tables.retain(|table| table.name.name != "orders");
    to.sequences.clear();
    let text = compared(&from, &to, &[], |it| text::render(it, false));
    let told: Vec<&str> = text.lines().take_while(|line| !line.is_empty()).collect();
    assert_eq!(
        told,
        [
            "~ table public.events (and 3 partitions with it)",
            "    + column kind text",
            "- table public.orders (6 columns, 1 primary key, 2 foreign keys, 1 check constraint, 1 index, 1 sequence)",
        ],
        "{text}"
    );
}

#[test]
fn colours_are_all_that_colours_add() {
    let plain = compared(&sample().0, &changed(), &[], |it| text::render(it, false));
    let colour = compared(&sample().0, &changed(), &[], |it| text::render(it, true));
    let mut stripped = String::new();
    for (at, part) in colour.split("\x1b[").enumerate() {
        stripped.push_str(if at == 0 { part } else { part.split_once('m').unwrap().1 });
    }
    assert_ne!(plain, colour);
    assert_eq!(plain, stripped);
    assert!(!plain.contains('\x1b'));
}

#[test]
fn nothing_changed_is_said() {
    let schema = sample().0;
    let text = compared(&schema, &schema, &[], |it| text::render(it, false));
    assert_eq!(text, "no difference\n");
    let text = compared(&schema, &schema, &[], markdown::render);
    assert!(text.starts_with("<!-- tidegate:diff -->\n### Database schema\n\nno difference\n"), "{text}");
    assert!(!text.contains("mermaid"));
}

#[test]
fn a_comment_never_exceeds_what_github_takes_and_says_what_it_left_out() {
    for (tables, columns) in [(900, 5), (40, 120), (1, 1_600)] {
        let text = compared(&Schema::default(), &large(tables, columns), &[], markdown::render);
        assert!(text.encode_utf16().count() <= markdown::LIMIT, "{}", text.len());
        assert!(text.starts_with(markdown::MARKER));
        assert!(text.contains("left out here") || tables == 1, "{tables}");
        assert_eq!(text.matches("<details>").count(), text.matches("</details>").count());
    }
    let gaps: Vec<Gap> = (0..900).map(|at| Gap { scope: format!("table public.t{at}"), ..gap() }).collect();
    let text = compared(&Schema::default(), &large(150, 30), &gaps, markdown::render);
    assert!(text.encode_utf16().count() <= markdown::LIMIT && text.contains("Not comparable"));
}

#[test]
fn control_characters_and_markup_in_names_stay_text() {
    let odd = "a\u{1b}[31m\n<img src=x>`b`\u{202e}|";
    let to = Schema {
        enums: vec![EnumType { name: QualifiedName::new(odd, odd), labels: vec![odd.into()], ..EnumType::default() }],
        ..Schema::default()
    };
    let text = compared(&Schema::default(), &to, &[], |it| text::render(it, false));
    assert!(!text.contains(['\u{1b}', '\u{202e}']) && text.contains("\\u{1b}"), "{text}");
    let text = compared(&Schema::default(), &to, &[], markdown::render);
    assert!(!text.contains(['\u{1b}', '\u{202e}']), "{text}");
    // Inside a code span only.
    assert!(text.contains("``\"a\\u{1b}[31m <img src=x>`b`"), "{text}");
}

#[test]
fn the_picture_holds_the_limit() {
    let (from, to) = (large(400, 20), large(450, 25));
    let text = compared(&from, &to, &[], mermaid::render);
    assert!(text.encode_utf16().count() <= mermaid::LIMIT);
    assert!(diff(&from, &to).changes.iter().any(|change| matches!(change.change, Change::Changed { .. })));
}
