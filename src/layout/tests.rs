use proptest::prelude::*;

use super::synthetic::{Dice, chain, fields, realistic, refer, star, table};
use super::*;
use crate::schema::{QualifiedName, Schema};
use crate::view::ViewOptions;

fn draw(schema: &Schema) -> Picture {
    let view = View::new(schema, &[], None, &ViewOptions::default());
    picture(&view, &PictureOptions::for_view(&view))
}

/// What every picture keeps.
fn check(picture: &Picture) {
    let whole = Rect { x: 0, y: 0, width: picture.width, height: picture.height };
    for (at, node) in picture.nodes.iter().enumerate() {
        assert!(whole.contains(&node.area), "{} stands outside", node.name);
        assert!(picture.frames[node.frame].area.contains(&node.area), "{} stands outside its frame", node.name);
        for other in &picture.nodes[at + 1..] {
            assert!(!node.area.overlaps(&other.area), "{} overlaps {}", node.name, other.name);
        }
    }
    for (at, frame) in picture.frames.iter().enumerate() {
        for other in &picture.frames[at + 1..] {
            assert!(!frame.area.overlaps(&other.area), "{} overlaps {}", frame.title, other.title);
        }
    }
    for edge in &picture.edges {
        assert!(edge.points.len() >= 2, "{} has no line", edge.label);
        for pair in edge.points.windows(2) {
            assert!(pair[0].x == pair[1].x || pair[0].y == pair[1].y, "{} is slanted", edge.label);
            let piece = Rect {
                x: pair[0].x.min(pair[1].x),
                y: pair[0].y.min(pair[1].y),
                width: (pair[0].x - pair[1].x).abs().max(1),
                height: (pair[0].y - pair[1].y).abs().max(1),
            };
            assert!(whole.contains(&piece), "{} leaves the picture", edge.label);
            for node in &picture.nodes {
                let inner = Rect {
                    x: node.area.x + 1,
                    y: node.area.y + 1,
                    width: node.area.width - 2,
                    height: node.area.height - 2,
                };
                assert!(!inner.overlaps(&piece), "{} runs through {}", edge.label, node.name);
            }
        }
        let (first, last) = (edge.points[0], edge.points[edge.points.len() - 1]);
        for (node, point) in [(edge.from, first), (edge.to, last)] {
            let area = picture.nodes[node].area;
            assert!(point.x == area.x || point.x == area.right(), "{} does not end at a box", edge.label);
            assert!(point.y > area.y && point.y < area.bottom(), "{} does not end at a row", edge.label);
        }
    }
}

fn ratio(picture: &Picture) -> f64 {
    f64::from(picture.width) / f64::from(picture.height)
}

#[test]
fn stars_chains_and_ordinary_schemas_keep_their_proportions() {
    for (name, schema) in [
        ("star of 100", star(100)),
        ("star of 39", star(39)),
        ("chain of 60", chain(60)),
        ("chain of 12", chain(12)),
        ("139 tables", realistic(139, 1, 8)),
        ("139 tables in 4 schemas", realistic(139, 4, 8)),
        ("25 tables", realistic(25, 3, 5)),
        ("500 tables", realistic(500, 5, 2)),
        ("90 without relations", without_relations(90)),
    ] {
        let picture = draw(&schema);
        check(&picture);
        let ratio = ratio(&picture);
        assert!((0.9..=2.4).contains(&ratio), "{name}: {} × {}", picture.width, picture.height);
    }
}

fn without_relations(count: usize) -> Schema {
    let mut dice = Dice(3);
    let mut schema = Schema::default();
    for at in 0..count {
        let mut one = table("public", &format!("alone_{at:03}"));
        let own = dice.below(9);
        fields(&mut one, &mut dice, own);
        schema.tables.push(one);
    }
    schema
}

#[test]
fn nothing_gives_an_empty_picture() {
    assert_eq!(draw(&Schema::default()), Picture::default());
}

#[test]
fn references_to_what_is_not_shown_are_left_out() {
    let mut one = table("public", "orders");
    refer(&mut one, &QualifiedName::new("public", "gone"), true);
    let picture = draw(&Schema { tables: vec![one], ..Schema::default() });
    assert_eq!((picture.nodes.len(), picture.edges.len()), (1, 0));
    check(&picture);
}

#[test]
fn several_keys_and_self_references_each_have_a_line_at_their_rows() {
    let users = QualifiedName::new("public", "users");
    let mut orders = table("public", "orders");
    refer(&mut orders, &users, true);
    refer(&mut orders, &users, false);
    let own = orders.name.clone();
    refer(&mut orders, &own, false);
    let mut schema = Schema { tables: vec![orders, table("public", "users")], ..Schema::default() };
    schema.canonicalize();
    let picture = draw(&schema);
    check(&picture);
    assert_eq!(picture.edges.len(), 3);
    let node = &picture.nodes[picture.edges[0].from];
    for edge in &picture.edges {
        let row = node.rows.iter().position(|row| matches!(row, Row::Column(row) if row.name == edge.columns[0]));
        assert_eq!(edge.points[0].y, node.port(row));
        assert_eq!(edge.from_end, End::ZeroOrMany);
    }
    let ends: Vec<End> = picture.edges.iter().map(|edge| edge.to_end).collect();
    assert!(ends.contains(&End::One) && ends.contains(&End::ZeroOrOne));
}

#[test]
fn long_tables_keep_their_keys() {
    let mut long = table("public", "long");
    for at in 0..60 {
        long.columns.push(super::synthetic::column(&format!("c{at}"), "text", false));
    }
    refer(&mut long, &QualifiedName::new("public", "users"), true);
    long.columns.rotate_left(3);
    let mut schema = Schema { tables: vec![long, table("public", "users")], ..Schema::default() };
    schema.canonicalize();
    let picture = draw(&schema);
    let node = picture.nodes.iter().find(|node| node.name.name == "long").unwrap();
    let shown: Vec<&str> = node
        .rows
        .iter()
        .filter_map(|row| if let Row::Column(row) = row { Some(row.name.as_str()) } else { None })
        .collect();
    assert!(shown.contains(&"id") && shown.contains(&"user_id"), "{shown:?}");
    assert_eq!(node.rows.last(), Some(&Row::More(62 - shown.len())));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    /// Any graph of tables with any names.
    #[test]
    fn any_schema_is_drawn_without_overlaps_and_twice_the_same(
        sizes in prop::collection::vec((0usize..14, "[a-zA-Zа-я_\"<& ]{1,40}"), 1..70),
        links in prop::collection::vec((0usize..70, 0usize..70, any::<bool>()), 0..120),
        schemas in 1usize..5,
        seed in any::<u64>(),
    ) {
        let mut dice = Dice(seed);
        let count = sizes.len();
        let mut tables: Vec<_> = sizes
            .iter()
            .enumerate()
            .map(|(at, (extra, name))| {
                let mut one = table(&format!("s{}", at % schemas), &format!("{name}{at}"));
                fields(&mut one, &mut dice, *extra);
                one
            })
            .collect();
        for (from, to, not_null) in links {
            let target = tables[to % count].name.clone();
            refer(&mut tables[from % count], &target, not_null);
        }
        let mut schema = Schema { tables, ..Schema::default() };
        schema.canonicalize();
        let picture = draw(&schema);
        check(&picture);
        prop_assert_eq!(draw(&schema), picture);
    }
}
