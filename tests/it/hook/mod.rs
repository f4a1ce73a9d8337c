//! The git hooks, end to end with real git. Whether they kept their promises is for git to say: `git status`,
//! `git show`, `git diff`.

mod commit;
mod edited;
mod history;
mod install;
mod merge;
mod places;
mod push;

use std::path::Path;

use crate::support::repo::{Ran, Repo};

/// Few formats and tiny migrations: each commit is quick, and what one test replayed the others find in the cache.
const CONFIG: &str = "[docs]\nsource = \"migrations\"\nout = \"docs/schema\"\nformats = [\"llm\", \"markdown\"]\n\n\
                      [replay]\nengine = \"embedded\"\n\n\
                      [hook]\nlint = false\n";
const A: &str = "CREATE TABLE a (id int PRIMARY KEY);\n";
const B: &str = "CREATE TABLE b (id int PRIMARY KEY);\n";
const C: &str = "CREATE TABLE c (id int PRIMARY KEY);\n";

/// What of the documentation is one file and names every table.
const DOCS: &str = "docs/schema/schema.llm.txt";
const MANIFEST: &str = "docs/schema/.tidegate-manifest.json";

/// A repository with the hooks, one migration and its documentation committed.
fn project() -> Repo {
    with_first_commit(Repo::new())
}

fn with_first_commit(repo: Repo) -> Repo {
    repo.write("tidegate.toml", CONFIG).write("migrations/1_a.sql", A).write("notes.txt", "first\n");
    install(&repo);
    repo.stage().run_git(&["commit", "-qm", "one"], &[]).good();
    assert_eq!(status(&repo), "");
    repo
}

fn install(repo: &Repo) {
    repo.run_shell("tidegate hook install", &[]).good();
}

/// The work tree and the index, as git sees them.
fn status(repo: &Repo) -> String {
    repo.git(["status", "--short", "--untracked-files=all"])
}

/// A file of the last commit.
fn head(repo: &Repo, path: &str) -> String {
    repo.git(["show", &format!("HEAD:{path}")])
}

fn tip(repo: &Repo) -> String {
    repo.git(["rev-parse", "HEAD"]).trim().to_owned()
}

/// The documentation of the last commit names exactly these tables.
fn shows(repo: &Repo, tables: &[&str]) {
    let text = head(repo, DOCS);
    let pages = repo.git(["ls-tree", "-r", "--name-only", "HEAD", "docs/schema/tables/"]);
    let mut found: Vec<&str> =
        pages.lines().filter_map(|line| line.strip_prefix("docs/schema/tables/public.")?.strip_suffix(".md")).collect();
    found.sort_unstable();
    assert_eq!(found, tables, "{text}");
    for table in tables {
        assert!(text.contains(&format!("{table}(")) || text.contains(&format!(" {table}")), "no {table} in {text}");
    }
}

fn commit(repo: &Repo, arguments: &[&str]) -> Ran {
    let all: Vec<&str> = ["commit", "-q", "-m", "next"].iter().chain(arguments).copied().collect();
    repo.run_git(&all, &[])
}

/// The command after `try:` that has `part` in it.
fn advised(ran: &Ran, part: &str) -> String {
    let mut lines = ran.stderr.lines().filter_map(|line| line.trim_start().strip_prefix("try: "));
    lines
        .find(|line| line.contains(part))
        .unwrap_or_else(|| panic!("no {part:?} is advised in\n{}", ran.stderr))
        .to_owned()
}

fn exists(repo: &Repo, path: &str) -> bool {
    Path::new(&repo.path().join(path)).exists()
}
