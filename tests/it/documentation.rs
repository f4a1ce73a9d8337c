//! That the documentation is true: its commands do what it shows, its tables name what there is, its links lead
//! somewhere.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::support::cli::{Cli, binary};
use crate::support::root;

/// What people read, but not what tidegate writes.
fn documents() -> Vec<PathBuf> {
    let mut found = vec![root().join("README.md")];
    for folder in ["docs", "docs/guide"] {
        let entries = fs::read_dir(root().join(folder)).unwrap().map(|entry| entry.unwrap().path());
        found.extend(entries.filter(|path| path.extension().is_some_and(|extension| extension == "md")));
    }
    found.sort();
    found
}

/// One command of a `console` block and what is shown below it.
#[derive(Debug, Default)]
struct Step {
    line: usize,
    command: String,
    shown: Vec<String>,
    status: i32,
}

/// `$ ` starts a command, `? 1` tells its exit code, `...` stands for any lines, `[..]` for any text in a line.
fn steps(text: &str) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    let mut inside = false;
    for (number, line) in text.lines().enumerate() {
        if line.starts_with("```") {
            inside = line == "```console";
        } else if let Some(command) = line.strip_prefix("$ ").filter(|_| inside) {
            steps.push(Step { line: number + 1, command: command.to_owned(), ..Step::default() });
        } else if inside {
            let step = steps.last_mut().expect("a console block begins with a command");
            match line.strip_prefix("? ") {
                Some(status) => step.status = status.parse().unwrap(),
                None => step.shown.push(line.to_owned()),
            }
        }
    }
    steps
}

fn line_matches(pattern: &str, line: &str) -> bool {
    let mut parts = pattern.split("[..]");
    let Some(mut rest) = parts.next().and_then(|first| line.strip_prefix(first)) else { return false };
    let parts: Vec<&str> = parts.collect();
    let Some((last, middle)) = parts.split_last() else { return rest.is_empty() };
    for part in middle {
        match rest.find(part) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return false,
        }
    }
    rest.ends_with(last)
}

fn lines_match(shown: &[String], lines: &[&str]) -> bool {
    match shown.split_first() {
        None => lines.is_empty(),
        Some((first, rest)) if first == "..." => (0..=lines.len()).any(|skip| lines_match(rest, &lines[skip..])),
        Some((first, rest)) => {
            lines.split_first().is_some_and(|(line, more)| line_matches(first, line) && lines_match(rest, more))
        }
    }
}

#[test]
fn patterns_match_what_they_should() {
    let shown = |lines: &[&str]| lines.iter().map(|line| (*line).to_owned()).collect::<Vec<_>>();
    assert!(lines_match(&shown(&["a [..] c", "..."]), &["a b c", "d"]));
    assert!(lines_match(&shown(&["...", "z"]), &["z"]));
    assert!(!lines_match(&shown(&["a"]), &["a", "b"]));
    assert!(!lines_match(&shown(&["a [..] c"]), &["a b d"]));
}

/// Every document's commands, in a small shop's project. The README's begin with nothing set up; the guide's begin
/// where the README's tour has led.
#[test]
fn commands_do_what_is_shown() {
    let mut ran = 0;
    for document in documents() {
        let steps = steps(&fs::read_to_string(&document).unwrap());
        if steps.is_empty() {
            continue;
        }
        let cli = Cli::new();
        copy(&root().join("tests/fixtures/guide/migrations"), &cli.dir().join("migrations"));
        if !document.ends_with("README.md") || document.ends_with("guide/README.md") {
            cli.clone().arg("init").run();
        }
        // The same environment as any test's, with the program on the PATH.
        let prepared = cli.command();
        for step in steps {
            let mut command = Command::new("bash");
            command.args(["-c", &format!("{{ {}; }} 2>&1", step.command)]).current_dir(cli.dir()).env_clear();
            command.envs(prepared.get_envs().filter_map(|(name, value)| Some((name, value?))));
            let path = std::env::var("PATH").unwrap();
            command.env("PATH", format!("{}:{path}", binary().parent().unwrap().display()));
            let output = command.stdin(Stdio::null()).output().unwrap();
            // The temporary folder's own path says nothing, nor does progress, which depends on the machine's speed.
            let said = String::from_utf8_lossy(&output.stdout).replace(&format!("{}/", cli.dir().display()), "");
            let lines: Vec<&str> = said.lines().filter(|line| !is_progress(line)).collect();
            let place = format!("{}:{}: $ {}", document.display(), step.line, step.command);
            assert!(lines_match(&step.shown, &lines), "{place}\nsays\n{said}\nand not\n{}", step.shown.join("\n"));
            assert_eq!(output.status.code(), Some(step.status), "{place}\n{said}");
            ran += 1;
        }
    }
    assert!(ran >= 10, "{ran} commands are few: are the blocks still found?");
}

/// The configuration's reference has a row for every key that the published JSON Schema knows, and for no other.
#[test]
fn every_key_of_the_configuration_is_told() {
    let schema = fs::read_to_string(root().join("docs/tidegate.schema.json")).unwrap();
    let schema: serde_json::Value = serde_json::from_str(&schema).unwrap();
    let mut keys = Vec::new();
    for (section, value) in schema["properties"].as_object().unwrap() {
        keys_below(section, value, &schema, &mut keys);
    }
    let page = fs::read_to_string(root().join("docs/guide/configuration.md")).unwrap();
    let mut told: Vec<_> = page
        .lines()
        .filter_map(|line| line.strip_prefix("| `")?.split_once('`'))
        .map(|(key, _)| key.to_owned())
        .collect();
    keys.sort();
    told.sort();
    assert_eq!(told, keys);
}

/// The keys at `path`, as the page spells them: what stands under names of the user's own is told as `NAME` or `TIER`.
fn keys_below(path: &str, value: &serde_json::Value, schema: &serde_json::Value, keys: &mut Vec<String>) {
    let places = ["/$ref", "/items/$ref", "/additionalProperties/$ref"];
    let reference = places.iter().find_map(|place| Some((place, value.pointer(place)?.as_str()?.strip_prefix('#')?)));
    let inner = reference.and_then(|(place, reference)| Some((place, schema.pointer(reference)?)));
    let Some((place, properties)) = inner.and_then(|(place, inner)| Some((*place, inner["properties"].as_object()?)))
    else {
        keys.push(path.to_owned());
        return;
    };
    let path = match place {
        "/additionalProperties/$ref" if path.ends_with("retention") => format!("{path}.TIER"),
        "/additionalProperties/$ref" => format!("{path}.NAME"),
        _ => path.to_owned(),
    };
    if place == "/items/$ref" {
        keys.push(path.clone());
    }
    for (key, value) in properties {
        keys_below(&format!("{path}.{key}"), value, schema, keys);
    }
}

/// The examples of configuration are configurations: an unknown key would be refused.
#[test]
fn examples_of_the_configuration_are_read() {
    let mut read = 0;
    for document in documents() {
        let text = fs::read_to_string(&document).unwrap();
        for block in text.split("```toml\n").skip(1) {
            let block = block.split("```").next().unwrap();
            let config: Result<tidegate::cli::config::Config, _> = toml::from_str(block);
            assert!(config.is_ok(), "{}: {block}{:?}", document.display(), config.err());
            read += 1;
        }
    }
    assert!(read >= 3);
}

#[test]
fn links_lead_somewhere() {
    let mut followed = 0;
    for document in documents() {
        let text = fs::read_to_string(&document).unwrap();
        for target in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            let (file, anchor) = target.split_once('#').unwrap_or((target, ""));
            if target.contains("://") {
                continue;
            }
            let path = if file.is_empty() { document.clone() } else { document.parent().unwrap().join(file) };
            assert!(path.exists(), "{} links to {target}", document.display());
            if !anchor.is_empty() {
                let headings = fs::read_to_string(&path).unwrap();
                let slug = |line: &str| line.trim_start_matches('#').trim().to_lowercase().replace(' ', "-");
                let found = headings.lines().any(|line| line.starts_with('#') && slug(line) == anchor);
                assert!(found, "{} links to {target}", document.display());
            }
            followed += 1;
        }
    }
    assert!(followed > 20);
}

/// Exit codes in the guide are those in `--help`.
#[test]
fn exit_codes_are_told_alike() {
    let help = Cli::new().arg("--help").run().stdout();
    let codes: Vec<&str> = help
        .lines()
        .skip_while(|line| !line.starts_with("Exit codes"))
        .skip(1)
        .take_while(|line| !line.is_empty())
        .filter_map(|line| line.split_whitespace().next())
        .collect();
    assert_eq!(codes, ["0", "1", "2", "3"]);
    let page = fs::read_to_string(root().join("docs/guide/exit-codes.md")).unwrap();
    for code in codes {
        assert!(page.contains(&format!("| {code} | ")), "exit code {code}");
    }
}

/// `2024-01-01T00:00:00Z replaying …`, as logs without a terminal get it.
fn is_progress(line: &str) -> bool {
    let Some((time, _)) = line.split_once(' ') else { return false };
    time.len() == 20 && time.ends_with('Z') && time.starts_with(|c: char| c.is_ascii_digit())
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
    }
}
