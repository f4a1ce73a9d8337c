use super::*;
use crate::layout::font::Face;
use crate::schema::{Column, Gap, GapKind, QualifiedName, Schema, Table};
use crate::view::ViewOptions;

fn bytes(schema: &Schema, gaps: &[Gap]) -> Vec<u8> {
    render(&View::new(schema, gaps, None, &ViewOptions::default())).unwrap().bytes
}

fn wide_table(columns: usize) -> Schema {
    let column = |at: usize| Column {
        name: format!("column_{at}"),
        data_type: "text".into(),
        comment: at.is_multiple_of(3).then(|| "a comment of some length ".repeat(at % 9)),
        ..Column::default()
    };
    let table = Table {
        name: QualifiedName::new("public", "wide"),
        columns: (0..columns).map(column).collect(),
        ..Table::default()
    };
    Schema { tables: vec![table], ..Schema::default() }
}

#[test]
fn the_same_view_gives_the_same_bytes() {
    let schema = wide_table(40);
    let gaps = [Gap { kind: GapKind::NoPermission, scope: "table public.secret".into(), reason: "denied".into() }];
    let first = bytes(&schema, &gaps);
    assert_eq!(first, bytes(&schema, &gaps));
    assert_ne!(first, bytes(&wide_table(41), &gaps));
}

#[test]
fn an_empty_schema_is_a_cover() {
    assert!(bytes(&Schema::default(), &[]).starts_with(b"%PDF-1.7"));
}

#[test]
fn long_words_wrap_and_nothing_is_lost() {
    let text = "a_very_long_identifier_that_goes_on_and_on(with, arguments) and words\n  indented漢字漢字漢字漢字漢字";
    for room in [20.0, 50.0, 90.0, 400.0] {
        let lines = flow::wrap(Face::Mono, 8.0, room, text);
        for line in &lines {
            let width = sheet::width(Face::Mono, 8.0, line);
            assert!(width <= room || line.chars().count() == 1, "{line:?} is {width} wide, not {room}");
        }
        let plain = |text: &str| text.chars().filter(|c| !c.is_whitespace()).collect::<String>();
        assert_eq!(plain(&lines.concat()), plain(text));
    }
}
