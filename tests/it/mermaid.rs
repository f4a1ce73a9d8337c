//! Every diagram in real Mermaid, from 10.0 to the newest: it parses, and means what was meant.

use std::collections::BTreeSet;
use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use serde::Deserialize;
use tidegate::render::diff::{self, Compared};
use tidegate::render::markdown::{self, Layout, MarkdownOptions};
use tidegate::render::mermaid::{self, MermaidOptions, spell};
use tidegate::render::templates::Templates;
use tidegate::render::{View, ViewOptions};
use tidegate::schema::{Column, Document, ForeignKey, QualifiedName, Schema, Table, UniqueKey};

/// What one version of Mermaid made of one diagram. Lists are absent where the version cannot be asked (10.0).
#[derive(Debug, Deserialize)]
struct Verdict {
    name: String,
    version: String,
    ok: bool,
    error: Option<String>,
    entities: Option<Vec<String>>,
    attributes: Option<usize>,
    relations: Option<Vec<(String, String, String)>>,
}

/// Asks all installed versions about all diagrams. Panics where one does not parse.
fn parsed(diagrams: &[(String, String)]) -> Vec<Verdict> {
    let script = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/tools/mermaid/check.mjs");
    let mut node = Command::new("node")
        .arg(&script)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::inherit())
        .spawn()
        .expect("these tests need Node; tests/run installs what they need");
    let lines: String = diagrams
        .iter()
        .map(|(name, text)| format!("{}\n", serde_json::json!({ "name": name, "text": text })))
        .collect();
    let mut stdin = node.stdin.take().unwrap();
    let writer = std::thread::spawn(move || stdin.write_all(lines.as_bytes()));
    let output = node.wait_with_output().unwrap();
    assert!(output.status.success(), "no Mermaid: tests/run installs tests/tools/mermaid");
    writer.join().unwrap().unwrap();
    let verdicts: Vec<Verdict> =
        String::from_utf8(output.stdout).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let versions: BTreeSet<_> = verdicts.iter().map(|verdict| verdict.version.as_str()).collect();
    for major in ["10.0.", "10.9.", "11.", "12."] {
        assert!(versions.iter().any(|version| version.starts_with(major)), "{major} is not among {versions:?}");
    }
    assert_eq!(verdicts.len(), versions.len() * diagrams.len());
    if let Some(verdict) = verdicts.iter().find(|verdict| !verdict.ok) {
        let text = &diagrams.iter().find(|(name, _)| *name == verdict.name).unwrap().1;
        panic!("{} in Mermaid {}: {:?}\n{text}", verdict.name, verdict.version, verdict.error);
    }
    verdicts
}

fn files(view: &View<'_>, options: &MermaidOptions) -> Vec<(String, String)> {
    let files = mermaid::render(view, options).into_iter();
    files.map(|file| (file.path, String::from_utf8(file.bytes).unwrap())).collect()
}

/// The diagrams inside Markdown.
fn embedded(view: &View<'_>, layout: Layout) -> Vec<(String, String)> {
    let templates = Templates::new(&Default::default()).unwrap();
    let options = MarkdownOptions { layout, ..MarkdownOptions::default() };
    let mut found = Vec::new();
    for file in markdown::render(view, &options, &templates).unwrap() {
        let text = String::from_utf8(file.bytes).unwrap();
        for (at, rest) in text.match_indices("```mermaid\n") {
            let body = &text[at + rest.len()..];
            found.push((format!("{}:{at}", file.path), body[..body.find("\n```").unwrap() + 1].to_owned()));
        }
    }
    found
}

/// The schema of the golden tests, as they wrote it.
fn sample() -> Document {
    let snapshot = "src/render/snapshots/tidegate__render__golden__json_of_the_sample.snap";
    let text = std::fs::read_to_string(PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(snapshot)).unwrap();
    serde_json::from_str(&text[text.find("\n{").unwrap()..]).unwrap()
}

fn key(name: &str, to: &QualifiedName) -> ForeignKey {
    ForeignKey {
        name: name.to_owned(),
        columns: vec![name.to_owned()],
        references: to.clone(),
        referenced_columns: vec!["id".to_owned()],
        ..ForeignKey::default()
    }
}

fn column(name: &str, data_type: &str) -> Column {
    Column { name: name.to_owned(), data_type: data_type.to_owned(), ..Column::default() }
}

#[test]
fn the_sample_in_every_form() {
    let document = sample();
    let view = View::new(&document.schema, &document.gaps, None, &ViewOptions::default());
    let mut diagrams = Vec::new();
    let small = |max_chars, max_tables_per_diagram| MermaidOptions {
        max_chars,
        max_tables_per_diagram,
        views: true,
        ..MermaidOptions::default()
    };
    for options in [MermaidOptions::default(), small(45_000, 40), small(2_000, 3), small(700, 1)] {
        let name = format!("{} {}", options.max_chars, options.max_tables_per_diagram);
        let files = files(&view, &options);
        assert!(files.iter().all(|(_, text)| text.encode_utf16().count() <= options.max_chars.max(1_000)));
        diagrams.extend(files.into_iter().map(|(path, text)| (format!("{path} {name}"), text)));
    }
    for layout in [Layout::Pages, Layout::Single] {
        diagrams.extend(embedded(&view, layout));
    }
    assert!(diagrams.len() > 20);
    parsed(&diagrams);
}

/// Texts that have broken, or could break, a diagram: as names of tables and columns, as types, as comments.
fn nasty() -> impl Strategy<Value = String> {
    let words = prop::sample::select(vec![
        "\"",
        "'",
        "%",
        "%%",
        "%%{",
        "}%%",
        "\\",
        "\n",
        "\r\n",
        "\t",
        " ",
        "  ",
        ".",
        ",",
        ";",
        ":",
        ":::",
        "#",
        "#35;",
        "&lt;",
        "~",
        "`",
        "{",
        "}",
        "[",
        "]",
        "(",
        ")",
        "<b>",
        "<a x=",
        "</b>",
        "=",
        "|",
        "||--o{",
        "--",
        "-",
        "_",
        "__",
        "*",
        "/",
        "$",
        "@",
        "!",
        "?",
        "🐘",
        "表",
        "ä",
        "é",
        "Ω",
        "\u{200b}",
        "\u{202e}",
        "\u{a0}",
        "\u{7f}",
        "\u{1}",
        "\u{8}",
        "\u{b}",
        "‹22›",
        "1",
        "2fa",
        "a",
        "A",
        "orders",
        "pk",
        "FK",
        "uk",
        "PK, FK",
        "one",
        "to",
        "many",
        "only one",
        "style",
        "class",
        "classDef",
        "u",
        "end",
        "subgraph",
        "direction",
        "Direction LR",
        " TB",
        "accTitle:",
        "accDescr {",
        "title",
        "erDiagram",
        "---\n",
        "constructor",
        "__proto__",
        "toString",
        "hasOwnProperty",
        "null",
        "undefined",
        "o{",
        "1+",
        "zero or one",
    ]);
    prop_oneof![
        4 => prop::collection::vec(words.clone(), 1..6).prop_map(|words| words.concat()),
        2 => words.prop_map(str::to_owned),
        2 => "\\PC{1,21}",
        1 => "[a-z0-9_]{63}",
        1 => "[\\x01-\\x7f]{1,20}",
    ]
}

#[derive(Debug)]
struct Generated {
    schema: Schema,
}

fn schemas() -> impl Strategy<Value = Generated> {
    let types = prop_oneof![
        nasty(),
        prop::sample::select(vec![
            "numeric(10,2)",
            "timestamp with time zone",
            "\"char\"",
            "public.mood[]",
            "character varying(63)",
            "double precision",
            "\"My Schema\".\"a,b c\"",
            "interval day to second(3)",
            "bit varying(5)[]",
            "integer",
        ])
        .prop_map(str::to_owned),
    ];
    let columns = prop::collection::btree_map(nasty(), (types, prop::option::of(nasty()), any::<[bool; 4]>()), 0..5);
    let name = (prop_oneof![Just("public".to_owned()), nasty()], nasty());
    let table =
        (columns, prop::option::of(nasty()), prop::collection::vec((any::<prop::sample::Index>(), nasty()), 0..3));
    prop::collection::btree_map(name, table, 1..7).prop_map(|tables| {
        let names: Vec<_> = tables.keys().map(|(schema, name)| QualifiedName::new(schema, name)).collect();
        let mut schema = Schema::default();
        for (name, (_, (columns, comment, keys))) in names.iter().zip(tables) {
            let mut table = Table { name: name.clone(), ..Table::default() };
            table.about.comment = comment;
            for (name, (data_type, comment, [primary, unique, not_null, _])) in columns {
                table.columns.push(Column { comment, not_null, ..column(&name, &data_type) });
                let key = UniqueKey { columns: vec![name.clone()], name, ..UniqueKey::default() };
                if primary {
                    table.primary_key = Some(key);
                } else if unique {
                    table.unique_keys.push(key);
                }
            }
            table.foreign_keys = keys
                .into_iter()
                .map(|(to, label)| {
                    let on = table.columns.first().map_or(label, |column| column.name.clone());
                    ForeignKey { is_virtual: to.index(2) == 1, ..key(&on, to.get(&names)) }
                })
                .collect();
            schema.tables.push(table);
        }
        schema.canonicalize();
        Generated { schema }
    })
}

#[test]
fn generated_names_types_and_comments_parse_and_keep_their_meaning() {
    // The same names in every run: a failure on one machine is a failure on all. Another seed is a line away.
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &[7; 32]);
    let mut runner = TestRunner::new_with_rng(Config::default(), rng);
    let strategy = schemas();
    let generated: Vec<Generated> = (0..250).map(|_| strategy.new_tree(&mut runner).unwrap().current()).collect();
    let mut diagrams = Vec::new();
    for (at, Generated { schema }) in generated.iter().enumerate() {
        let view = View::new(schema, &[], None, &ViewOptions::default());
        let files = files(&view, &MermaidOptions::default());
        assert_eq!(files.len(), 1);
        diagrams.push((at.to_string(), files[0].1.clone()));
        diagrams.push((
            format!("{at} around"),
            mermaid::neighbourhood(&view, &schema.tables[0], &MermaidOptions::default()),
        ));
        let overview = MermaidOptions { max_tables_per_diagram: 1, ..MermaidOptions::default() };
        diagrams.push((format!("{at} overview"), mermaid::chart(&view, &overview).main));
    }
    for verdict in parsed(&diagrams) {
        let Ok(at) = verdict.name.parse::<usize>() else { continue };
        let schema = &generated[at].schema;
        let Some(entities) = verdict.entities else { continue };
        let found: BTreeSet<String> = entities.into_iter().collect();
        let wanted: BTreeSet<String> = schema.tables.iter().map(|table| spell::entity(&table.name)).collect();
        assert_eq!(wanted.len(), schema.tables.len(), "two tables share an entity");
        assert_eq!(found, wanted, "in Mermaid {}", verdict.version);
        let attributes: usize = schema.tables.iter().map(|table| table.columns.len()).sum();
        assert_eq!(verdict.attributes, Some(attributes), "in Mermaid {}\n{}", verdict.version, diagrams[at * 3].1);
        let mut ends: Vec<_> = verdict.relations.unwrap().into_iter().map(|(from, to, _)| (from, to)).collect();
        let mut keys: Vec<_> = schema
            .tables
            .iter()
            .flat_map(|table| {
                table.foreign_keys.iter().map(|key| (spell::entity(&key.references), spell::entity(&table.name)))
            })
            .collect();
        ends.sort();
        keys.sort();
        assert_eq!(ends, keys, "in Mermaid {}\n{}", verdict.version, diagrams[at * 3].1);
    }
}

/// Pictures of what changed from each generated schema to the next, alone and within a comment.
#[test]
fn pictures_of_differences_parse_and_show_every_table_that_changed() {
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &[8; 32]);
    let mut runner = TestRunner::new_with_rng(Config::default(), rng);
    let strategy = schemas();
    let mut generated: Vec<Schema> =
        (0..60).map(|_| strategy.new_tree(&mut runner).unwrap().current().schema).collect();
    generated.extend([sample().schema, Schema::default(), large(200), sample().schema]);
    let mut diagrams = Vec::new();
    let mut touched = Vec::new();
    for pair in generated.windows(2) {
        // Half of what was stays, so that tables change and do not only come and go.
        let mut to = pair[1].clone();
        to.tables.extend(pair[0].tables.iter().step_by(2).cloned().map(|mut table| {
            table.columns.push(column("added \"~ here", "text"));
            table.columns.rotate_left(1);
            table
        }));
        to.canonicalize();
        to.tables.dedup_by(|a, b| a.name == b.name);
        let found = tidegate::schema::diff::diff(&pair[0], &to);
        let compared = Compared { diff: &found, from: &pair[0], to: &to, from_origin: "before", to_origin: "after" };
        let picture = diff::mermaid::render(&compared);
        assert!(picture.encode_utf16().count() <= diff::mermaid::LIMIT);
        let comment = diff::markdown::render(&compared);
        assert!(comment.encode_utf16().count() <= diff::markdown::LIMIT);
        if let Some((_, rest)) = comment.split_once("```mermaid\n") {
            diagrams.push((format!("comment {}", diagrams.len()), rest[..rest.find("\n```").unwrap() + 1].to_owned()));
            touched.push(BTreeSet::new());
        }
        diagrams.push((diagrams.len().to_string(), picture));
        touched.push(
            found
                .changes
                .iter()
                .filter(|change| change.kind.is_table())
                .map(|change| spell::entity(&change.name.parse().unwrap()))
                .collect::<BTreeSet<_>>(),
        );
    }
    assert!(diagrams.len() > 100);
    for verdict in parsed(&diagrams) {
        let Ok(at) = verdict.name.parse::<usize>() else { continue };
        let Some(entities) = verdict.entities else { continue };
        let found: BTreeSet<String> = entities.into_iter().collect();
        if diagrams[at].1.contains("is left out") || touched[at].len() > 60 {
            continue;
        }
        // Partitions are drawn as their parent.
        let missing: Vec<_> = touched[at].difference(&found).filter(|name| !name.starts_with("events_")).collect();
        assert_eq!(missing, [""; 0], "in Mermaid {}\n{}", verdict.version, diagrams[at].1);
    }
}

/// Tables in groups that point inwards and at a few hubs.
fn large(tables: usize) -> Schema {
    let name = |at: usize| QualifiedName::new(["public", "shop", "crm"][at % 3], format!("group{}_table{at}", at / 30));
    let mut schema = Schema::default();
    for at in 0..tables {
        let mut table = Table { name: name(at), ..Table::default() };
        table.primary_key = Some(UniqueKey { columns: vec!["id".to_owned()], ..UniqueKey::default() });
        table.columns.push(column("id", "bigint"));
        for number in 0..9 {
            let comment = (number % 3 == 0).then(|| "What this column is there for, in a sentence".to_owned());
            let data_type = ["text", "timestamp with time zone", "numeric(12,2)"][number % 3];
            table.columns.push(Column { comment, ..column(&format!("some_column_{number}"), data_type) });
        }
        for (label, to) in [("head_id", at / 30 * 30), ("hub_id", at % 3)] {
            table.columns.push(column(label, "bigint"));
            table.foreign_keys.push(key(label, &name(to)));
        }
        schema.tables.push(table);
    }
    // Wider than any diagram.
    let mut wide = Table { name: QualifiedName::new("public", "wide"), ..Table::default() };
    wide.columns
        .extend((0..1_600).map(|at| column(&format!("a_rather_long_column_name_{at}"), "timestamp with time zone")));
    schema.tables.push(wide);
    schema.canonicalize();
    schema
}

#[test]
fn a_thousand_tables_stay_within_the_limit_and_all_of_them_are_drawn() {
    let schema = large(1_000);
    let view = View::new(&schema, &[], None, &ViewOptions::default());
    let diagrams = files(&view, &MermaidOptions::default());
    assert!(diagrams.len() > 25, "{}", diagrams.len());
    let mut full: BTreeSet<String> = BTreeSet::new();
    for verdict in parsed(&diagrams).iter().filter(|verdict| verdict.version.starts_with("12.")) {
        full.extend(verdict.entities.iter().flatten().cloned());
    }
    for table in &schema.tables {
        assert!(full.contains(&spell::entity(&table.name)), "{} is in no diagram", table.name);
    }
}

#[test]
fn three_thousand_tables_stay_within_the_limit() {
    let schema = large(3_000);
    let view = View::new(&schema, &[], None, &ViewOptions::default());
    let files = files(&view, &MermaidOptions::default());
    assert!(files.iter().all(|(_, text)| text.encode_utf16().count() <= 45_000));
    parsed(&files[..3]);
}
