//! The direction of imports, and the purity of the pure layers, read off the sources.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// What each top-level module may import. Every arrow points down the two journeys; `commands` sees all.
const MAY_IMPORT: &[(&str, &[&str])] = &[
    ("progress", &[]),
    ("process", &["progress"]),
    ("postgres", &["process", "progress"]),
    ("git", &["migration", "process"]),
    ("schema", &[]),
    ("migration", &[]),
    ("source", &["schema", "migration", "postgres", "git", "process", "progress"]),
    ("view", &["schema"]),
    ("layout", &["schema", "view"]),
    ("render", &["schema", "view", "layout"]),
    ("artifact", &["schema"]),
    ("lint", &["migration", "schema"]),
    ("plan", &["schema", "migration", "source", "render", "lint", "postgres", "progress"]),
    ("aws", &[]),
    ("backup", &["aws"]),
    ("retention", &["backup"]),
    ("gate", &["backup", "retention", "plan", "migration", "postgres", "process", "progress", "schema"]),
    ("upkeep", &["backup", "gate", "progress", "retention"]),
    ("doctor", &["aws", "backup", "gate", "postgres", "retention"]),
    ("hook", &["git", "process"]),
    ("watch", &["progress"]),
    ("cli", &["backup", "gate", "lint", "postgres", "progress", "retention", "schema", "source"]),
    (
        "commands",
        &[
            "artifact",
            "aws",
            "backup",
            "cli",
            "doctor",
            "gate",
            "git",
            "hook",
            "layout",
            "lint",
            "migration",
            "plan",
            "postgres",
            "process",
            "progress",
            "render",
            "retention",
            "schema",
            "source",
            "upkeep",
            "view",
            "watch",
        ],
    ),
];

/// Modules in which nothing may depend on the machine, the moment or the run.
const PURE: &[&str] = &[
    "schema",
    "view",
    "layout",
    "render",
    "migration/framework",
    "migration/statement",
    "lint",
    "retention",
    "gate/machine",
    "gate/receipt",
    "gate/refusal",
    "gate/report",
    "gate/restore",
    "gate/run",
    "gate/verify",
    "backup/mod",
    "backup/name",
    "backup/tags",
];

const IMPURE: &[&str] =
    &["std::time", "std::env", "std::fs", "std::process", "tokio::", "HashMap", "HashSet", "::now("];

const LONGEST: usize = 400;

fn sources() -> BTreeMap<String, String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = BTreeMap::new();
    let mut folders: Vec<PathBuf> = vec![root.clone()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let name = path.strip_prefix(&root).unwrap().to_string_lossy().replace('\\', "/");
                files.insert(name, std::fs::read_to_string(&path).unwrap());
            }
        }
    }
    files
}

/// The code of a file: without comments, and without its tests, which may do as they like.
fn code(text: &str) -> String {
    let text = text.split("#[cfg(test)]").next().unwrap_or_default();
    text.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
}

fn is_test(name: &str) -> bool {
    name.ends_with("tests.rs") || name.contains("/tests/") || name.contains("testing")
}

#[test]
fn imports_point_down() {
    let mut wrong = Vec::new();
    for (name, text) in sources() {
        let module = name.split(['/', '.']).next().unwrap();
        if ["lib", "main"].contains(&module) || is_test(&name) {
            continue;
        }
        let (_, allowed) = MAY_IMPORT
            .iter()
            .find(|(known, _)| *known == module)
            .unwrap_or_else(|| panic!("{name}: the module {module} has no place in the layers"));
        for part in code(&text).split("crate::").skip(1) {
            let used: String = part.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
            let is_module = MAY_IMPORT.iter().any(|(known, _)| *known == used);
            if is_module && used != module && !allowed.contains(&used.as_str()) {
                wrong.push(format!("{name} imports {used}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn pure_layers_are_pure() {
    let mut wrong = Vec::new();
    for (name, text) in sources() {
        if is_test(&name) || !PURE.iter().any(|module| name.starts_with(module)) {
            continue;
        }
        let code = code(&text);
        wrong.extend(IMPURE.iter().filter(|word| code.contains(**word)).map(|word| format!("{name} uses {word}")));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_process_ends_in_main_alone() {
    for (name, text) in sources() {
        if name != "main.rs" && !is_test(&name) {
            let code = code(&text);
            assert!(!code.contains("process::exit"), "{name} ends the process");
            assert!(!code.contains(".block_on("), "{name} blocks on a future");
        }
    }
}

#[test]
fn files_tell_one_thing() {
    let long: Vec<_> = sources()
        .into_iter()
        .filter(|(name, _)| !is_test(name))
        .map(|(name, text)| (text.lines().count(), name))
        .filter(|(lines, _)| *lines > LONGEST)
        .map(|(lines, name)| format!("{name}: {lines} lines"))
        .collect();
    assert!(long.is_empty(), "over {LONGEST} lines:\n{}", long.join("\n"));
}
