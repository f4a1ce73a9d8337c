//! The worked example in `docs/example`: its committed output is what the program makes of its migrations, whichever
//! engine replays them.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::support::cli::{Cli, Run, files};
use crate::support::postgres::{server_15, server_18};
use crate::support::tool::tool;
use crate::support::{repository_file, root};

const CONFIG: &str = "docs/example/tidegate.toml";
const FORMATS: [&str; 9] = ["mermaid", "markdown", "html", "pdf", "svg", "json", "dbml", "sql", "llm"];

/// Renders the example's migrations in every format into `schema` of a new folder.
fn rendered(engine: &str, server_bin: Option<&Path>) -> Run {
    let mut config = fs::read_to_string(repository_file(CONFIG)).unwrap();
    let migrations = repository_file("docs/example/migrations");
    config = config.replace("dir = \"migrations\"", &format!("dir = {:?}", migrations.display().to_string()));
    config = config.replace("engine = \"embedded\"", &format!("engine = {engine:?}"));
    if let Some(bin) = server_bin {
        config.push_str(&format!("server_bin = {:?}\n", bin.display().to_string()));
    }
    // Cached or not must make no difference; here every reading is a real one.
    config.push_str("cache = false\n");
    Cli::new().file("tidegate.toml", config).arg("docs").writes("schema/schema.json").run()
}

fn output(run: &Run) -> Vec<(PathBuf, Vec<u8>)> {
    files(&run.dir.join("schema"))
}

/// Panics with the first file that differs, and not with two PDFs in hexadecimal.
fn assert_same(left: &[(PathBuf, Vec<u8>)], right: &[(PathBuf, Vec<u8>)], what: &str) {
    let names = |files: &[(PathBuf, Vec<u8>)]| files.iter().map(|(path, _)| path.clone()).collect::<Vec<_>>();
    assert_eq!(names(left), names(right), "{what}: not the same files");
    for ((path, one), (_, other)) in left.iter().zip(right) {
        assert!(one == other, "{what}: {} differs", path.display());
    }
}

#[test]
fn the_committed_output_is_true() {
    Cli::within(root()).args(["docs", "--config", CONFIG, "--check"]).stderr_has("up to date").run();
}

#[test]
fn it_has_no_gaps() {
    let text = fs::read_to_string(repository_file("docs/example/schema/schema.json")).unwrap();
    let document: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(document.get("gaps"), None);
}

/// About 25 tables beside partitions, and most kinds of object.
#[test]
fn it_uses_most_kinds_of_object() {
    let text = fs::read_to_string(repository_file("docs/example/schema/schema.json")).unwrap();
    let document: serde_json::Value = serde_json::from_str(&text).unwrap();
    let schema = &document["schema"];
    let tables = schema["tables"].as_array().unwrap();
    let own = tables.iter().filter(|table| table.get("partition_of").is_none()).count();
    assert!((22..=32).contains(&own), "{own} tables");
    for kind in [
        "schemas",
        "extensions",
        "enums",
        "domains",
        "composites",
        "ranges",
        "sequences",
        "tables",
        "views",
        "routines",
        "aggregates",
        "statistics",
        "event_triggers",
        "publications",
        "foreign_servers",
    ] {
        assert!(schema[kind].as_array().is_some_and(|list| !list.is_empty()), "no {kind}");
    }
    for kind in ["foreign_keys", "unique_keys", "checks", "exclusions", "indexes", "triggers", "rules", "policies"] {
        let some = tables.iter().any(|table| table[kind].as_array().is_some_and(|list| !list.is_empty()));
        assert!(some, "no {kind}");
    }
}

#[test]
fn the_embedded_engine_and_a_server_of_its_major_agree() {
    let embedded = rendered("embedded", None);
    let local = rendered("local", Some(&server_18().bin));
    assert_same(&output(&embedded), &output(&local), "embedded and local 18");
    assert_same(&output(&embedded), &output(&rendered("embedded", None)), "embedded, twice");
}

/// Lines that differ between PostgreSQL 15 and 18 are listed in `docs/example/majors.txt`, each with its reason.
///
/// The file holds, for each, a `#` line with the reason and then the line as `15: …` or `18: …`, without its indent. A
/// line counts once however many formats show it. HTML and PDF hold the same facts in other wrappings and are left out.
#[test]
fn majors_differ_only_where_it_is_listed() {
    let (old, new) = (rendered("local", Some(&server_15().bin)), rendered("local", Some(&server_18().bin)));
    let names = |run: &Run| output(run).into_iter().map(|(path, _)| path).collect::<Vec<_>>();
    assert_eq!(names(&old), names(&new));
    let mut found = BTreeSet::new();
    for (path, _) in output(&old) {
        if path.extension().is_some_and(|extension| extension == "html" || extension == "pdf")
            || path.starts_with(".tidegate-manifest.json")
        {
            continue;
        }
        let diff = Command::new(tool(&["git"]))
            .args(["diff", "--no-index", "--unified=0", "--no-color", "--no-ext-diff", "--text"])
            .args([old.dir.join("schema").join(&path), new.dir.join("schema").join(&path)])
            .output()
            .unwrap();
        let text = String::from_utf8_lossy(&diff.stdout);
        for line in text.lines().skip_while(|line| !line.starts_with("@@")) {
            match line.split_at_checked(1) {
                Some(("-", text)) => found.insert(format!("15: {}", text.trim())),
                Some(("+", text)) => found.insert(format!("18: {}", text.trim())),
                _ => false,
            };
        }
    }
    let list = fs::read_to_string(repository_file("docs/example/majors.txt")).unwrap();
    let listed: BTreeSet<String> =
        list.lines().filter(|line| !line.starts_with('#') && !line.is_empty()).map(str::to_owned).collect();
    let all: Vec<&String> = found.iter().collect();
    assert_eq!(listed.iter().collect::<Vec<_>>(), all);
    assert!(listed.len() <= 10, "{} lines are too many", listed.len());
    let lines: Vec<&str> = list.lines().collect();
    for (at, line) in lines.iter().enumerate().filter(|(_, line)| listed.contains(**line)) {
        assert!(at > 0 && lines[at - 1].starts_with("# "), "no reason above {line}");
    }
}

/// One changed byte in any file of any format, and `--check` says so.
#[test]
fn one_byte_makes_the_check_fail() {
    let saved = fs::read(repository_file("docs/example/schema/schema.json")).unwrap();
    let config =
        format!("[docs]\nsource = \"saved.json\"\nout = \"schema\"\nformats = {FORMATS:?}\ntitle = \"Port\"\n");
    let run = Cli::new().file("saved.json", saved).file("tidegate.toml", config).arg("docs").run();
    run.again().args(["docs", "--check"]).run();
    let written = output(&run);
    let manifest = Path::new(".tidegate-manifest.json");
    for format in FORMATS {
        let mut tried = 0;
        for (path, bytes) in written.iter().filter(|(path, _)| path != manifest && belongs(path, format)) {
            // One page per table is one kind of file: the first, the index and the last stand for all.
            tried += 1;
            let mut changed = bytes.clone();
            let middle = changed.len() / 2;
            changed[middle] ^= 1;
            let file = run.dir.join("schema").join(path);
            fs::write(&file, changed).unwrap();
            let name = path.to_str().unwrap();
            run.again().args(["docs", "--check", "-f", format]).status(1).stderr_has(name).run();
            fs::write(&file, bytes).unwrap();
            if tried == 3 {
                break;
            }
        }
        assert!(tried > 0, "no file of {format}");
    }
    run.again().args(["docs", "--check"]).run();
}

fn belongs(path: &Path, format: &str) -> bool {
    let name = path.file_name().unwrap().to_str().unwrap();
    let endings: &[&str] = match format {
        "mermaid" => &[".mmd"],
        "markdown" => &[".md"],
        "html" => &[".html"],
        "pdf" => &[".pdf"],
        "svg" => &[".svg"],
        "json" => &[".json"],
        "dbml" => &[".dbml"],
        "sql" => &[".sql"],
        _ => &[".llm.txt"],
    };
    endings.iter().any(|ending| name.ends_with(ending))
}
