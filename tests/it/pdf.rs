//! The PDF as poppler sees it: text, fonts, bookmarks, links.

use std::path::{Path, PathBuf};
use std::process::Command;

use tidegate::render::pdf;
use tidegate::schema::{
    Argument, Check, Column, EnumType, ForeignKey, Gap, GapKind, Index, IndexKey, Policy, QualifiedName, Routine,
    Schema, Table, Trigger, UniqueKey, View as SqlView,
};
use tidegate::view::{View, ViewOptions};

/// Runs one of poppler's tools and returns what it prints. A missing tool fails the test.
fn tool(name: &str, arguments: &[&str], file: &Path) -> String {
    let output = Command::new(name)
        .args(arguments)
        .arg(file)
        .args((name == "pdftotext").then_some("-"))
        .output()
        .unwrap_or_else(|error| panic!("{name} (package poppler-utils) is needed: {error}"));
    let complaint = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success() && complaint.is_empty(), "{name}: {complaint}");
    String::from_utf8(output.stdout).unwrap()
}

struct Written {
    _folder: tempfile::TempDir,
    file: PathBuf,
}

fn write(schema: &Schema, gaps: &[Gap]) -> Written {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("schema.pdf");
    let options = ViewOptions { title: Some("Überblick Ωμέγα".into()) };
    std::fs::write(&file, pdf::render(&View::new(schema, gaps, None, &options)).unwrap().bytes).unwrap();
    Written { _folder: folder, file }
}

fn column(name: &str, data_type: &str) -> Column {
    Column { name: name.into(), data_type: data_type.into(), ..Column::default() }
}

fn table(schema: &str, name: &str, columns: Vec<Column>) -> Table {
    Table { name: QualifiedName::new(schema, name), columns, ..Table::default() }
}

/// A schema with most of what the dictionary tells.
fn shop() -> Schema {
    let mut customers = table("public", "customers", vec![column("id", "bigint"), column("πελάτης", "text")]);
    customers.primary_key =
        Some(UniqueKey { name: "customers_pkey".into(), columns: vec!["id".into()], ..UniqueKey::default() });
    let mut orders = table(
        "shop",
        "заказы",
        vec![column("id", "bigint"), column("customer_id", "bigint"), column("state", "shop.order_state")],
    );
    orders.about.comment = Some("One row per checkout.".into());
    orders.foreign_keys.push(ForeignKey {
        name: "orders_customer_fkey".into(),
        columns: vec!["customer_id".into()],
        references: QualifiedName::new("public", "customers"),
        referenced_columns: vec!["id".into()],
        ..ForeignKey::default()
    });
    orders.checks.push(Check { name: "sane".into(), expression: "(id > 0)".into(), ..Check::default() });
    orders.indexes.push(Index {
        name: "orders_state_idx".into(),
        method: "btree".into(),
        keys: vec![IndexKey { column: Some("state".into()), ..IndexKey::default() }],
        ..Index::default()
    });
    orders.triggers.push(Trigger {
        name: "touch_orders".into(),
        timing: "BEFORE".into(),
        events: vec!["UPDATE".into()],
        for_each_row: true,
        function: QualifiedName::new("shop", "touch"),
        ..Trigger::default()
    });
    orders.row_security = true;
    orders.policies.push(Policy {
        name: "own_orders".into(),
        roles: vec!["PUBLIC".into()],
        using: Some("(customer_id = 1)".into()),
        ..Policy::default()
    });
    let mut schema = Schema {
        tables: vec![customers, orders],
        views: vec![SqlView {
            name: QualifiedName::new("shop", "open_orders"),
            columns: vec![column("id", "bigint")],
            definition: " SELECT id\n   FROM shop.\"заказы\"".into(),
            depends_on: vec![QualifiedName::new("shop", "заказы")],
            ..SqlView::default()
        }],
        enums: vec![EnumType {
            name: QualifiedName::new("shop", "order_state"),
            labels: vec!["new".into(), "paid".into()],
            ..EnumType::default()
        }],
        routines: vec![Routine {
            name: QualifiedName::new("shop", "touch"),
            arguments: vec![Argument { name: Some("at".into()), data_type: "date".into(), ..Argument::default() }],
            returns: Some("trigger".into()),
            language: "plpgsql".into(),
            body: "BEGIN RETURN NEW; END".into(),
            ..Routine::default()
        }],
        ..Schema::default()
    };
    schema.canonicalize();
    schema
}

#[test]
fn every_object_is_in_the_text() {
    let gaps = [Gap { kind: GapKind::NoPermission, scope: "table public.secret".into(), reason: "denied".into() }];
    let written = write(&shop(), &gaps);
    let text = tool("pdftotext", &["-layout"], &written.file);
    for expected in [
        "Überblick Ωμέγα",
        "public.customers",
        "πελάτης",
        "shop.заказы",
        "One row per checkout.",
        "customers_pkey",
        "PRIMARY KEY (id)",
        "orders_customer_fkey",
        "CHECK ((id > 0))",
        "orders_state_idx",
        "touch_orders",
        "BEFORE UPDATE FOR EACH ROW",
        "own_orders",
        "USING ((customer_id = 1))",
        "shop.open_orders",
        "SELECT id",
        "shop.order_state",
        "'new', 'paid'",
        "shop.touch(at date)",
        "BEGIN RETURN NEW; END",
        "table public.secret",
        "Referenced by",
    ] {
        assert!(text.contains(expected), "{expected:?} is not in:\n{text}");
    }
}

#[test]
fn fonts_are_embedded_subset_and_searchable() {
    let written = write(&shop(), &[]);
    let fonts = tool("pdffonts", &[], &written.file);
    let faces: Vec<&str> = fonts.lines().skip(2).collect();
    assert_eq!(faces.len(), 3, "{fonts}");
    for face in faces {
        assert!(face.contains('+') && face.contains("yes yes yes"), "not embedded, subset and mapped: {face}");
    }
    assert!(std::fs::metadata(&written.file).unwrap().len() < 150_000, "the faces are embedded whole");
}

#[test]
fn bookmarks_nest_and_links_lead_to_pages() {
    let written = write(&shop(), &[]);
    let html = tool("pdftohtml", &["-xml", "-i", "-stdout"], &written.file);
    let outline = &html[html.find("<outline>").expect("no bookmarks")..];
    let nested = outline.matches("<outline>").count();
    assert!(nested >= 3, "bookmarks are {nested} deep:\n{outline}");
    for title in ["Contents", "Diagram", "Tables", "public", "customers", "заказы", "Views", "Types"] {
        assert!(outline.contains(&format!(">{title}</item>")), "{title} is no bookmark:\n{outline}");
    }
    let bytes = lopdf::Document::load(&written.file).unwrap();
    let pages = bytes.get_pages();
    let mut links = 0;
    for page in pages.values() {
        let annotations = bytes.get_dictionary(*page).unwrap().get(b"Annots").and_then(lopdf::Object::as_array);
        for annotation in annotations.unwrap() {
            let annotation = annotation.as_dict().unwrap();
            let action = annotation.get(b"A").and_then(lopdf::Object::as_dict).unwrap();
            let destination = action.get(b"D").and_then(lopdf::Object::as_array).unwrap();
            let target = destination[0].as_reference().unwrap();
            assert!(pages.values().any(|page| *page == target));
            links += 1;
        }
    }
    // From the contents, from both boxes of the diagram, and from both sides of the foreign key.
    assert!(links >= 12, "only {links} links");
}

#[test]
fn characters_that_the_fonts_lack_are_drawn_as_boxes_and_found_all_the_same() {
    let mut schema =
        Schema { tables: vec![table("public", "顧客😀", vec![column("名前", "text")])], ..Schema::default() };
    schema.canonicalize();
    let written = write(&schema, &[]);
    let text = tool("pdftotext", &[], &written.file);
    for expected in ["顧客😀", "名前", "□ stands for a character"] {
        assert!(text.contains(expected), "{expected:?} is not in:\n{text}");
    }
}

#[test]
fn a_long_table_repeats_its_header_and_stays_on_the_page() {
    let columns = (0..120).map(|at| column(&format!("{}_{at}", "long".repeat(12)), "text")).collect();
    let schema = Schema { tables: vec![table("public", "long", columns)], ..Schema::default() };
    let written = write(&schema, &[]);
    let info = tool("pdfinfo", &[], &written.file);
    assert!(info.contains("Encrypted:       no") && info.contains("PDF version:     1.7"), "{info}");
    let text = tool("pdftotext", &["-layout"], &written.file);
    let pages: Vec<&str> = text.split('\u{c}').collect();
    let with_header = pages.iter().filter(|page| page.contains("COLUMN") && page.contains("TYPE")).count();
    assert!(with_header >= 3, "the header stands on {with_header} pages");
    // Words in the coordinates of their page: none beyond its edges.
    let boxes = tool("pdftotext", &["-bbox"], &written.file);
    let mut size = (0.0, 0.0);
    for line in boxes.lines() {
        let number = |name: &str| -> f64 {
            let from = line.find(&format!("{name}=\"")).unwrap() + name.len() + 2;
            line[from..].split('"').next().unwrap().parse().unwrap()
        };
        if line.contains("<page ") {
            size = (number("width"), number("height"));
        } else if line.contains("<word ") {
            assert!(number("xMin") >= 0.0 && number("xMax") <= size.0, "{line}");
            assert!(number("yMin") >= 0.0 && number("yMax") <= size.1, "{line}");
        }
    }
}

#[test]
fn a_thousand_tables_are_all_there() {
    let mut schema = Schema::default();
    for at in 0..1000 {
        let mut one = table(&format!("s{}", at % 5), &format!("table_{at:04}"), vec![column("id", "bigint")]);
        one.columns.push(column("parent_id", "bigint"));
        if at > 0 {
            one.foreign_keys.push(ForeignKey {
                name: format!("fk_{at}"),
                columns: vec!["parent_id".into()],
                references: QualifiedName::new(format!("s{}", (at / 9) % 5), format!("table_{:04}", at / 9)),
                referenced_columns: vec!["id".into()],
                ..ForeignKey::default()
            });
        }
        schema.tables.push(one);
    }
    schema.canonicalize();
    let written = write(&schema, &[]);
    let text = tool("pdftotext", &["-layout"], &written.file);
    for at in 0..1000 {
        let name = format!("s{}.table_{at:04}", at % 5);
        assert!(text.contains(&name), "{name} is missing");
    }
}
