//! `tidegate lint`, beside the released `squawk` program of the very version that is linked.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::support::cli::{Cli, binary};
use crate::support::repo::Repo;
use crate::support::tool::REMEDY;

/// The released program.
fn squawk() -> PathBuf {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/tools/squawk/venv/bin/squawk");
    assert!(path.is_file(), "{} is missing; {REMEDY}", path.display());
    path
}

fn fixtures() -> BTreeMap<String, String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = BTreeMap::new();
    for folder in ["tests/fixtures/lint", "tests/fixtures", "docs/example/migrations"] {
        let Ok(entries) = std::fs::read_dir(root.join(folder)) else { continue };
        for path in entries.map(|entry| entry.unwrap().path()) {
            if path.extension().is_some_and(|ending| ending == "sql") {
                let name = path.file_name().unwrap().to_str().unwrap().to_owned();
                files.insert(name, std::fs::read_to_string(path).unwrap());
            }
        }
    }
    assert!(files.len() > 12);
    files
}

/// File, line and column from 0 and the end, rule, message, help.
type Found = (String, [u64; 4], String, String, Option<String>);

fn run(program: &Path, folder: &Path, arguments: &[String]) -> Value {
    let output = Command::new(program).args(arguments).current_dir(folder).output().unwrap();
    serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{}: {error}: {}", program.display(), String::from_utf8_lossy(&output.stderr)))
}

fn by_squawk(folder: &Path, arguments: &[&str], files: &BTreeMap<String, String>) -> Vec<Found> {
    let mut all: Vec<String> = ["--reporter", "json"].iter().chain(arguments).map(ToString::to_string).collect();
    all.extend(files.keys().cloned());
    let found = run(&squawk(), folder, &all);
    let number = |finding: &Value, key: &str| finding[key].as_u64().unwrap();
    let text = |finding: &Value, key: &str| finding[key].as_str().unwrap().to_owned();
    let mut out: Vec<Found> = found
        .as_array()
        .unwrap()
        .iter()
        .map(|finding| {
            let place = ["line", "column", "line_end", "column_end"].map(|key| number(finding, key));
            let help = finding["help"].as_str().map(str::to_owned);
            (text(finding, "file"), place, text(finding, "rule_name"), text(finding, "message"), help)
        })
        .collect();
    out.sort();
    out
}

/// The same of tidegate, with lines from 0 and columns in bytes, as squawk counts.
fn by_tidegate(folder: &Path, arguments: &[&str], files: &BTreeMap<String, String>) -> Vec<Found> {
    let mut all: Vec<String> = ["lint", "-f", "json"].iter().chain(arguments).map(ToString::to_string).collect();
    all.extend(files.keys().cloned());
    let found = run(binary(), folder, &all);
    let bytes = |file: &str, line: u64, column: u64| -> u64 {
        let line = files[file].split('\n').nth(usize::try_from(line).unwrap()).unwrap_or_default();
        line.chars().take(usize::try_from(column).unwrap()).map(|letter| letter.len_utf8() as u64).sum()
    };
    let mut out: Vec<Found> = found["findings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|finding| {
            let file = finding["path"].as_str().unwrap();
            let number = |key: &str| finding[key].as_u64().unwrap() - 1;
            let (line, end) = (number("line"), number("end_line"));
            let place = [line, bytes(file, line, number("column")), end, bytes(file, end, number("end_column"))];
            let text = |key: &str| finding[key].as_str().map(str::to_owned);
            (file.to_owned(), place, text("rule").unwrap(), text("message").unwrap(), text("help"))
        })
        .collect();
    out.sort();
    out
}

/// Prints only what differs: there are hundreds.
fn assert_same<T: Ord + std::fmt::Debug + Clone>(ours: Vec<T>, theirs: &[T], settings: &[&str]) {
    let (mut more, mut less) = (ours.clone(), theirs.to_vec());
    more.retain(|found| !theirs.contains(found));
    less.retain(|found| !ours.contains(found));
    assert!(more.is_empty() && less.is_empty(), "{settings:?}: tidegate alone {more:#?}, squawk alone {less:#?}");
    assert_eq!(ours.len(), theirs.len());
}

/// Names of squawk's rules, and of those that run only when asked.
fn rules() -> (Vec<String>, Vec<String>) {
    let run = Cli::new().args(["lint", "--rules", "--json"]).run();
    let listed: Value = serde_json::from_slice(&run.stdout).unwrap();
    let theirs = || listed["rules"].as_array().unwrap().iter().filter(|rule| rule["origin"] == "squawk");
    let name = |rule: &Value| rule["name"].as_str().unwrap().to_owned();
    (theirs().map(name).collect(), theirs().filter(|rule| rule["default"] == false).map(name).collect())
}

fn folder_of(files: &BTreeMap<String, String>) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        std::fs::write(folder.path().join(name), text).unwrap();
    }
    folder
}

#[test]
fn single_files_get_what_the_squawk_program_says() {
    let version = Command::new(squawk()).arg("--version").output().unwrap();
    let version = String::from_utf8_lossy(&version.stdout).trim().to_owned();
    let manifest = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml")).unwrap();
    let linked = version.strip_prefix("squawk ").unwrap();
    assert!(manifest.contains(&format!("squawk-linter = \"={linked}\"")), "the program is {version}");

    let files = fixtures();
    let folder = folder_of(&files);
    let (all, opt_in) = rules();
    let opt_in = opt_in.join(",");
    let default = all.iter().filter(|name| !opt_in.split(',').any(|other| other == *name)).cloned();
    let default = default.collect::<Vec<_>>().join(",");
    let mut seen = BTreeSet::new();
    let settings: [(&[&str], &[&str]); 5] = [
        (&[], &["--only", &default]),
        (&["--pg-version", "19"], &["--only", &default, "--pg-version", "19"]),
        (&["--include", &opt_in], &["--only", &default, "--enable", &opt_in]),
        (
            &["--include", &opt_in, "--pg-version", "10"],
            &["--only", &default, "--enable", &opt_in, "--pg-version", "10"],
        ),
        (
            &["--exclude", "prefer-robust-stmts,require-timeout-settings"],
            &["--only", &default, "--disable", "prefer-robust-stmts,require-timeout-settings"],
        ),
    ];
    for (theirs, ours) in settings {
        let expected = by_squawk(folder.path(), theirs, &files);
        assert_same(by_tidegate(folder.path(), ours, &files), &expected, theirs);
        seen.extend(expected.into_iter().map(|(_, _, rule, _, _)| rule));
    }
    let never: Vec<&String> = all.iter().filter(|rule| !seen.contains(*rule)).collect();
    assert!(never.is_empty(), "nothing in tests/fixtures/lint is found by {never:?}");
}

#[test]
fn a_transaction_of_the_framework_is_squawks_assume_in_transaction() {
    let files: BTreeMap<String, String> = fixtures()
        .into_iter()
        .filter(|(name, text)| name.starts_with("0") && !text.contains("-- no-transaction"))
        .collect();
    let folder = folder_of(&files);
    let (all, opt_in) = rules();
    let only = all.iter().filter(|name| !opt_in.contains(name)).cloned().collect::<Vec<_>>().join(",");
    // The advice is longer: it names the framework's own marker.
    let without_help = |found: Vec<Found>| -> Vec<_> {
        found.into_iter().map(|(file, place, rule, message, _)| (file, place, rule, message)).collect()
    };
    let ours = by_tidegate(folder.path(), &["--framework", "sqlx", "--only", &only], &files);
    let theirs = by_squawk(folder.path(), &["--assume-in-transaction"], &files);
    assert!(theirs.iter().any(|found| found.2 == "transaction-nesting"));
    assert_same(without_help(ours), &without_help(theirs), &[]);
}

/// A repository whose upstream branch holds two migrations of sqlx.
fn repo() -> Repo {
    let repo = Repo::new();
    repo.write(
        "tidegate.toml",
        "[migrations]\ndir = \"db\"\nframework = \"sqlx\"\n[lint]\nonly = [\"ban-drop-table\", \
         \"migration-edited\", \"migration-removed\", \"migration-renamed\", \"migration-out-of-order\", \
         \"migration-duplicate-version\", \"require-concurrent-index-creation\"]\n",
    );
    repo.write("db/20240101000000_a.sql", "create table a (id bigint);\ndrop table old;\n");
    repo.write("db/20240103000000_b.sql", "create table b (id bigint);\n");
    repo.commit("first");
    repo.git(["update-ref", "refs/remotes/origin/main", "HEAD"]);
    repo.git(["checkout", "--quiet", "-b", "change"]);
    repo
}

#[test]
fn only_what_upstream_does_not_have_is_linted() {
    let repo = repo();
    let lint = |arguments: &[&str]| Cli::within(repo.path()).args(["lint"]).args(arguments);
    lint(&[]).stderr_has("no findings in 0 migrations").run();
    lint(&["--all"]).status(1).stdout_has("--> db/20240101000000_a.sql:2:1").run();
    lint(&["db/20240101000000_a.sql"]).status(1).stdout_has("ban-drop-table").run();
    repo.write("db/20240105000000_c.sql", "create table c (id bigint);\n");
    repo.write("db/20240106000000_d.sql", "create index on c (id);\ncreate index on a (id);\n");
    let run = lint(&["-f", "github"]).status(1).stdout_has("::warning file=db/20240106000000_d.sql,line=2,").run();
    // The index on the table that is new as well is no finding.
    assert_eq!(String::from_utf8(run.stdout).unwrap().matches("::warning").count(), 1);
    assert_eq!(repo.git(["status", "--short"]).lines().count(), 2);
}

#[test]
fn a_changed_history_is_told() {
    let repo = repo();
    let lint = || Cli::within(repo.path()).args(["lint", "-f", "github"]).status(1);
    repo.write("db/20240103000000_b.sql", "create table b (id int);\n");
    lint().stdout_has("::error file=db/20240103000000_b.sql,title=migration-edited::").run();
    repo.git(["mv", "-f", "db/20240103000000_b.sql", "db/20240104000000_b.sql"]);
    repo.git(["checkout", "origin/main", "--", "db/20240103000000_b.sql"]);
    repo.git(["rm", "-f", "--quiet", "db/20240103000000_b.sql"]);
    repo.write("db/20240104000000_b.sql", "create table b (id bigint);\n");
    lint().stdout_has("::error file=db/20240104000000_b.sql,title=migration-renamed::").run();
    repo.git(["rm", "-f", "--quiet", "db/20240104000000_b.sql"]);
    lint().stdout_has("::error file=db/20240103000000_b.sql,title=migration-removed::").run();
    repo.git(["checkout", "origin/main", "--", "db/20240103000000_b.sql"]);
    repo.write("db/20240102000000_late.sql", "select 1;\n");
    lint().stdout_has("::error file=db/20240102000000_late.sql,title=migration-out-of-order::").run();
    repo.git(["clean", "--quiet", "-f", "db"]);
    repo.write("db/20240103000000_again.sql", "select 1;\n");
    lint().stdout_has("title=migration-duplicate-version::").run();
}

#[test]
fn what_cannot_be_told_is_no_clean_run() {
    let repo = repo();
    Cli::within(repo.path()).args(["lint", "--upstream", "origin/none"]).status(3).stderr_has("origin/none").run();
    let clone = tempfile::tempdir().unwrap();
    repo.write("db/20240105000000_c.sql", "select 1;\n").commit("second");
    let url = format!("file://{}", repo.path().display());
    let into = clone.path().to_str().unwrap().to_owned();
    repo.git(["clone", "--quiet", "--depth=1", "--branch=change", &url, &into]);
    let git = |arguments: &[&str]| {
        assert!(Command::new("git").args(arguments).current_dir(clone.path()).status().unwrap().success());
    };
    git(&["update-ref", "-d", "refs/remotes/origin/HEAD"]);
    git(&["update-ref", "-d", "refs/remotes/origin/change"]);
    Cli::within(clone.path()).args(["lint"]).status(3).stderr_has("git fetch --unshallow").run();
    Cli::new().file("a.sql", "select 1;").args(["lint", "a.sql", "--upstream", "main", "."]).status(3).run();
}

#[test]
fn files_and_stdin_need_neither_git_nor_configuration() {
    Cli::new().file("x/a.sql", "drop table a;").args(["lint", "x"]).status(1).stdout_has("--> x/a.sql:1:1").run();
    Cli::new()
        .stdin("drop table a;")
        .args(["lint", "-", "--only", "ban-drop-table"])
        .status(1)
        .stdout_has("stdin:1:1")
        .run();
    Cli::new().args(["lint", "none.sql"]).status(2).stderr_has("none.sql does not exist").run();
    Cli::new().args(["lint"]).status(2).stderr_has("nothing to lint").run();
    Cli::new().file("down.sql", "drop table a;").args(["lint", "down.sql"]).status(1).stdout_has("down.sql:1:1").run();
    Cli::new().file("a.sql", b"-- \xe9\n").args(["lint", "a.sql"]).status(3).stderr_has("a.sql is not UTF-8").run();
    let goose = "-- +goose Up\nselect 1;\n-- +goose Down\ndrop table a;\n";
    Cli::new().file("a.sql", goose).args(["lint", "a.sql"]).run();
}

#[test]
fn the_configuration_selects_rules_and_severities() {
    let lint = |config: &str| {
        let config = format!("[migrations]\ndir = \"db\"\n[lint]\n{config}\n");
        Cli::new().file("tidegate.toml", config).file("db/1.sql", "drop table a;\n").args(["lint", "-f", "github"])
    };
    lint("only = [\"ban-drop-table\"]").status(1).stdout_has("::warning file=db/1.sql,line=1").run();
    lint("only = [\"ban-drop-table\"]\nfail_on = \"error\"").run();
    lint("fail_on = \"never\"").stdout_has("::warning").run();
    lint("only = [\"ban-drop-table\"]\nfail_on = \"error\"\n[lint.severity]\nban-drop-table = \"error\"")
        .status(1)
        .stdout_has("::error")
        .run();
    lint("exclude = [\"db/**\"]").stdout_has("no findings in 0 migrations").run();
    lint("disable = [\"ban-drop-tabel\"]").status(2).stderr_has("did you mean \"ban-drop-table\"?").run();
    lint("fail_on = \"fatal\"").status(2).stderr_has("write `error`, `warning` or `never`").run();
    lint("pg_version = \"new\"").status(2).stderr_has("no version of PostgreSQL").run();
}

#[test]
fn sarif_has_the_shape_that_code_scanning_takes() {
    let repo = repo();
    repo.write("db/20240105000000_c ü.sql", "drop table c;\n");
    let run = Cli::within(repo.path()).args(["lint", "-f", "sarif"]).status(1).run();
    let document: Value = serde_json::from_slice(&run.stdout).unwrap();
    // What the schema of SARIF 2.1.0 requires, and what GitHub asks for beside that.
    let schema = serde_json::json!({
        "type": "object",
        "required": ["version", "runs"],
        "properties": {"version": {"const": "2.1.0"}, "runs": {"minItems": 1, "items": {
            "required": ["tool", "results"],
            "properties": {
                "columnKind": {"enum": ["utf16CodeUnits", "unicodeCodePoints"]},
                "tool": {"required": ["driver"], "properties": {"driver": {
                    "required": ["name", "rules"],
                    "properties": {"rules": {"uniqueItems": true, "items": {
                        "required": ["id", "shortDescription", "help", "defaultConfiguration"],
                        "properties": {
                            "helpUri": {"type": "string", "pattern": "^https://"},
                            "help": {"required": ["text", "markdown"]},
                            "defaultConfiguration": {"properties": {"level": {"enum": ["none", "note", "warning", "error"]}}}
                        }
                    }}}
                }}},
                "results": {"minItems": 1, "items": {
                    "required": ["ruleId", "ruleIndex", "message", "level", "locations"],
                    "properties": {
                        "level": {"enum": ["none", "note", "warning", "error"]},
                        "message": {"required": ["text"]},
                        "ruleIndex": {"type": "integer", "minimum": 0},
                        "locations": {"minItems": 1, "items": {"required": ["physicalLocation"], "properties": {
                            "physicalLocation": {"required": ["artifactLocation", "region"], "properties": {
                                "artifactLocation": {"properties": {
                                    "uri": {"type": "string", "pattern": "^[A-Za-z0-9._~/%-]+$"}
                                }},
                                "region": {"required": ["startLine"], "properties": {
                                    "startLine": {"type": "integer", "minimum": 1},
                                    "startColumn": {"type": "integer", "minimum": 1}
                                }}
                            }}
                        }}}
                    }
                }}
            }
        }}}
    });
    let validator = jsonschema::validator_for(&schema).unwrap();
    let errors: Vec<String> = validator.iter_errors(&document).map(|error| error.to_string()).collect();
    assert!(errors.is_empty(), "{errors:#?}");
    let location = &document["runs"][0]["results"][0]["locations"][0]["physicalLocation"];
    assert_eq!(location["artifactLocation"]["uri"], "db/20240105000000_c%20%C3%BC.sql");
}

#[test]
fn hostile_files_are_findings_and_not_the_end() {
    let deep = |open: &str, close: &str| format!("select {}1{};", open.repeat(300_000), close.repeat(300_000));
    let cli = Cli::new()
        .file("1.sql", deep("(", ")"))
        .file("2.sql", format!("select {}1;", "- ".repeat(300_000)))
        .file("3.sql", format!("select 1{};", " + 1".repeat(300_000)))
        .file("4.sql", format!("select {}", "case when a then ".repeat(100_000)))
        .file("5.sql", "$$\u{0}'\"/* \u{1b}[31m\n\\.\n;;;)))");
    let run = cli.args(["lint", "-f", "github", "1.sql", "2.sql", "3.sql", "4.sql", "5.sql"]).status(1).run();
    let text = String::from_utf8(run.stdout).unwrap();
    for name in ["1.sql", "2.sql", "3.sql", "4.sql", "5.sql"] {
        assert!(text.contains(&format!("::error file={name},")), "{name}");
    }
}
