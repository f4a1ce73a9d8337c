//! `tidegate watch` as a process, with files saved as editors save them.

mod program;
mod served;

use std::fs::{self, File};
use std::io::Write;
use std::path::Path;
use std::process::Command;

use program::{Watch, document};

use crate::support::cli::Cli;

fn json(tables: &[&str]) -> String {
    document(tables)
}

/// A watch of `schema.json`, which needs no engine, into `out`.
fn saved() -> Cli {
    Cli::new().file("schema.json", json(&["first"])).args([
        "watch",
        "schema.json",
        "-o",
        "out",
        "-f",
        "markdown,json",
        "--json",
    ])
}

#[test]
fn a_save_is_followed_however_an_editor_saves() {
    let cli = saved();
    let (dir, file) = (cli.dir().to_owned(), cli.dir().join("schema.json"));
    let mut watch = Watch::start(&cli);
    watch.wait_for_file("out/schema.json", "first");
    type Save<'a> = &'a dyn Fn(&str);
    let dances: [(&str, Save); 7] = [
        ("written", &|text| fs::write(&file, text).unwrap()),
        ("emptied_and_written", &|text| {
            let mut open = File::create(&file).unwrap();
            open.sync_all().unwrap();
            let (one, two) = text.split_at(text.len() / 2);
            open.write_all(one.as_bytes()).unwrap();
            open.flush().unwrap();
            open.write_all(two.as_bytes()).unwrap();
        }),
        ("renamed_over", &|text| {
            fs::write(dir.join(".schema.json.tmp~"), text).unwrap();
            fs::rename(dir.join(".schema.json.tmp~"), &file).unwrap();
        }),
        // Vim with `backup`: the old file goes aside, and the new one takes its name.
        ("backed_up", &|text| {
            fs::write(dir.join("4913"), "").unwrap();
            fs::remove_file(dir.join("4913")).unwrap();
            fs::rename(&file, dir.join("schema.json~")).unwrap();
            fs::write(&file, text).unwrap();
            fs::remove_file(dir.join("schema.json~")).unwrap();
        }),
        ("with_a_swap_file", &|text| {
            fs::write(dir.join(".schema.json.swp"), "swap").unwrap();
            fs::write(&file, text).unwrap();
            fs::remove_file(dir.join(".schema.json.swp")).unwrap();
        }),
        ("removed_and_made", &|text| {
            fs::remove_file(&file).unwrap();
            fs::write(&file, text).unwrap();
        }),
        ("linked", &|text| {
            fs::write(dir.join("elsewhere.json"), text).unwrap();
            fs::remove_file(&file).unwrap();
            std::os::unix::fs::symlink("elsewhere.json", &file).unwrap();
        }),
    ];
    for (name, save) in dances {
        save(&json(&["first", name]));
        watch.wait_for_file("out/schema.json", name);
    }
    assert_eq!(watch.interrupt(), Some(130));
}

#[test]
fn nothing_is_done_where_nothing_changed_and_least_of_all_for_its_own_output() {
    // The output lies in the very folder that is watched.
    let cli = Cli::new().file("m/1.sql", "CREATE TABLE first (id int);").args([
        "watch",
        "m",
        "-o",
        "m/out",
        "-f",
        "json,markdown",
        "--json",
        "--engine",
        "embedded",
    ]);
    let dir = cli.dir().to_owned();
    let mut watch = Watch::start(&cli);
    watch.wait_for_file("m/out/schema.json", "first");
    watch.wait_for("the first round", |lines| rounds(lines) == 1);
    Command::new("touch").arg(dir.join("m/1.sql")).status().unwrap();
    fs::write(dir.join("m/.hidden"), "x").unwrap();
    fs::write(dir.join("m/1.sql"), "CREATE TABLE first (id int);").unwrap();
    fs::write(dir.join("unrelated.txt"), "x").unwrap();
    // A change after all of those is the second round and not the third.
    fs::write(dir.join("m/2.sql"), "CREATE TABLE second (id int);").unwrap();
    watch.wait_for_file("m/out/schema.json", "second");
    watch.wait_for("the second round", |lines| rounds(lines) >= 2);
    fs::remove_file(dir.join("m/2.sql")).unwrap();
    watch.wait_for("the third round", |lines| rounds(lines) >= 3);
    assert_eq!(rounds(&watch.lines()), 3, "{:?}", watch.lines());
    assert!(!fs::read_to_string(dir.join("m/out/schema.json")).unwrap().contains("second"));
    assert_eq!(watch.interrupt(), Some(130));
}

fn rounds(lines: &[String]) -> usize {
    lines.iter().filter(|line| line.contains("\"event\":\"written\"")).count()
}

#[test]
fn it_goes_on_through_broken_sql_and_keeps_the_last_good_documentation() {
    let cli = Cli::new()
        .file("db/m/1.sql", "CREATE TABLE first (id int);")
        .file(
            "tidegate.toml",
            "[docs]\nsource = \"db/m\"\nout = \"out\"\nformats = [\"json\"]\n[replay]\nengine = \"embedded\"\n",
        )
        .args(["watch"]);
    let dir = cli.dir().to_owned();
    let mut watch = Watch::start(&cli);
    watch.wait_for_file("out/schema.json", "first");
    let good = fs::read(dir.join("out/schema.json")).unwrap();
    fs::write(dir.join("db/m/2.sql"), "SELECT 1;\nCREATE TABLE second (\n  id nosuchtype\n);").unwrap();
    watch.wait_for_status("error: 2.sql:3: type \"nosuchtype\" does not exist");
    watch.wait_for_status("out stays as it was");
    assert_eq!(fs::read(dir.join("out/schema.json")).unwrap(), good);
    fs::write(dir.join("db/m/2.sql"), "CREATE TABLE second (id int);").unwrap();
    watch.wait_for_file("out/schema.json", "second");
    // The whole folder goes, with the one above it, and comes back as another branch has it.
    fs::rename(dir.join("db"), dir.join("gone")).unwrap();
    watch.wait_for_status("does not exist");
    fs::create_dir_all(dir.join("db/m")).unwrap();
    fs::write(dir.join("db/m/1.sql"), "CREATE TABLE other (id int);").unwrap();
    watch.wait_for_file("out/schema.json", "other");
    // And is watched as the first one was, folders that are new in it, too.
    fs::create_dir(dir.join("db/m/2_more")).unwrap();
    fs::write(dir.join("db/m/2_more/1.sql"), "CREATE TABLE deeper (id int);").unwrap();
    watch.wait_for_file("out/schema.json", "deeper");
    fs::rename(dir.join("db/m/2_more/1.sql"), dir.join("db/m/2_more/1.txt")).unwrap();
    watch.wait_until("it is gone", || !read(&dir, "out/schema.json").contains("deeper"));
    assert_eq!(watch.interrupt(), Some(130));
}

fn read(dir: &Path, path: &str) -> String {
    fs::read_to_string(dir.join(path)).unwrap_or_default()
}

#[test]
fn a_configuration_is_loaded_again_and_a_broken_one_is_not_used() {
    let config = |title: &str| {
        format!(
            "[docs]\nsource = \"schema.json\"\nout = \"out\"\nformats = [\"markdown\"]\nlayout = \"single\"\ntitle = \"{title}\"\n"
        )
    };
    let cli = Cli::new().file("schema.json", json(&["first"])).file("tidegate.toml", config("One")).args(["watch"]);
    let dir = cli.dir().to_owned();
    let mut watch = Watch::start(&cli);
    watch.wait_for_file("out/schema.md", "One");
    fs::write(dir.join("tidegate.toml"), config("Two")).unwrap();
    watch.wait_for_file("out/schema.md", "Two");
    fs::write(dir.join("tidegate.toml"), format!("{}titel = \"x\"\n", config("Three"))).unwrap();
    watch.wait_for_status("unknown key `docs.titel`; did you mean `title`?");
    watch.wait_for_status("the configuration from before stays in use");
    fs::write(dir.join("schema.json"), json(&["first", "later"])).unwrap();
    watch.wait_for_file("out/schema.md", "later");
    assert!(read(&dir, "out/schema.md").contains("Two"));
    fs::write(dir.join("tidegate.toml"), config("Four")).unwrap();
    watch.wait_for_file("out/schema.md", "Four");
    assert_eq!(watch.interrupt(), Some(130));
}

#[test]
fn without_events_it_looks_by_the_clock() {
    let cli = saved().arg("--poll");
    let dir = cli.dir().to_owned();
    let mut watch = Watch::start(&cli);
    watch.wait_for_file("out/schema.json", "first");
    fs::write(dir.join("schema.json"), json(&["polled"])).unwrap();
    watch.wait_for_file("out/schema.json", "polled");
    assert_eq!(watch.interrupt(), Some(130));
}

#[test]
fn lines_of_a_log_have_the_time_in_front() {
    let cli = saved();
    let mut watch = Watch::start(&cli);
    watch.wait_for_status("written (");
    let lines = watch.status();
    let first = lines.first().unwrap();
    let time: jiff::Timestamp = first.split(' ').next().unwrap().parse().unwrap();
    assert!(time > jiff::Timestamp::UNIX_EPOCH && first.contains("watching schema.json, writing out (markdown, json)"));
    let told: serde_json::Value = serde_json::from_str(&watch.lines()[0]).unwrap();
    assert_eq!((&told["version"], &told["event"]), (&serde_json::json!(1), &serde_json::json!("watching")));
    watch.wait_for("the round", |lines| rounds(lines) == 1);
    assert_eq!(watch.interrupt(), Some(130));
}

#[test]
fn what_cannot_be_watched_is_refused() {
    Cli::new()
        .args(["watch", "git:main", "-o", "out"])
        .status(2)
        .stderr_has("watch follows files, and a revision has none")
        .run();
    Cli::new()
        .args(["watch", "postgres://localhost/x", "-o", "out"])
        .status(2)
        .stderr_has("watch follows files, and a live database has none")
        .run();
    Cli::new()
        .args(["watch", "schema.json"])
        .status(2)
        .stderr_has("watch needs a folder to write")
        .stderr_has("--serve")
        .run();
    Cli::new().args(["watch"]).status(2).stderr_has("no source").run();
}
