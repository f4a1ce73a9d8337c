//! `tidegate diff` end to end: git on one side, a live database on the other, and what it says of either.

use serde_json::Value;

use crate::support::cli::{Cli, Run};
use crate::support::postgres::{execute, server};
use crate::support::repo::Repo;

const FIRST: &str = "CREATE TABLE customers (id bigint PRIMARY KEY, email text NOT NULL);\n";
const SECOND: &str = "CREATE TYPE mood AS ENUM ('ok');\n\
    CREATE TABLE orders (id bigint PRIMARY KEY, customer_id bigint REFERENCES customers, total numeric(10,2));\n";
const THIRD: &str = "ALTER TABLE orders ADD COLUMN note text;\n\
    ALTER TABLE orders ALTER COLUMN total TYPE numeric(12,2);\n\
    ALTER TABLE customers RENAME COLUMN email TO mail;\n\
    ALTER TYPE mood ADD VALUE 'glad';\n\
    CREATE INDEX orders_customer_idx ON orders (customer_id);\n\
    DROP TABLE IF EXISTS nothing_of_the_kind;\n";

/// A clone of a repository whose `main` has two migrations, on a branch that adds a third.
struct Branch {
    _upstream: Repo,
    clone: Repo,
}

fn branch() -> Branch {
    let upstream = Repo::new();
    upstream.write("db/migrations/20240101000000_first.sql", FIRST);
    upstream.write("db/migrations/20240102000000_second.sql", SECOND);
    upstream.write("tidegate.toml", "[migrations]\ndir = \"db/migrations\"\n");
    upstream.commit("two");
    let clone = Repo::new();
    clone.git(["remote", "add", "origin", upstream.path().to_str().unwrap()]);
    clone.git(["fetch", "--quiet", "origin"]);
    clone.git(["checkout", "--quiet", "-b", "feature", "origin/main"]);
    clone.write("db/migrations/20240103000000_third.sql", THIRD);
    Branch { _upstream: upstream, clone }
}

fn diff(repo: &Repo) -> Cli {
    Cli::within(repo.path()).arg("diff")
}

fn json(run: &Run) -> Value {
    serde_json::from_slice(&run.stdout).unwrap()
}

/// `column public.orders note added`, for every change, parts included.
fn told(document: &Value) -> Vec<String> {
    let mut lines = Vec::new();
    for change in document["changes"].as_array().unwrap() {
        let text = |change: &Value, key: &str| change[key].as_str().unwrap().to_owned();
        let parts = change["parts"].as_array();
        for part in parts.into_iter().flatten() {
            lines.push(format!(
                "{} {} {} {}",
                text(part, "kind"),
                text(change, "name"),
                text(part, "name"),
                text(part, "change")
            ));
        }
        if parts.is_none() {
            lines.push(format!("{} {} {}", text(change, "kind"), text(change, "name"), text(change, "change")));
        }
    }
    lines
}

const WHAT_THE_BRANCH_CHANGES: [&str; 5] = [
    "enum public.mood changed",
    "column public.customers mail renamed",
    "column public.orders note added",
    "column public.orders total changed",
    "index public.orders orders_customer_idx added",
];

#[test]
fn a_branch_against_its_upstream_the_index_and_the_work_tree() {
    let Branch { clone, _upstream } = branch();
    // The work tree against origin/main, which nobody had to name.
    let run = diff(&clone).args(["-f", "json", "--exit-code"]).status(1).run();
    let document = json(&run);
    assert_eq!(told(&document), WHAT_THE_BRANCH_CHANGES);
    assert_eq!(document["version"], 1);
    assert_eq!(
        document["summary"],
        "1 enum changed, 1 column added, 1 column renamed, 1 column changed, 1 index added"
    );
    let published: Value = serde_json::from_str(include_str!("../../docs/diff.schema.json")).unwrap();
    assert!(jsonschema::validator_for(&published).unwrap().is_valid(&document));

    // Nothing is staged yet, then it is.
    diff(&clone).args(["git:HEAD", "git:INDEX", "--exit-code"]).stdout_is("no difference\n").run();
    clone.stage();
    let run = diff(&clone).args(["git:HEAD", "git:INDEX", "--json"]).run();
    assert_eq!(told(&json(&run)), WHAT_THE_BRANCH_CHANGES);

    // The way back is the inverse.
    let run = diff(&clone).args(["git:INDEX", "git:origin/main", "--json"]).run();
    let back = json(&run);
    assert_eq!(
        back["summary"],
        "1 enum changed, 1 column removed, 1 column renamed, 1 column changed, 1 index removed"
    );
    assert_eq!(back["from"]["fingerprint"], document["to"]["fingerprint"]);

    // A folder that is named is looked for at the revision, too.
    clone.write("tidegate.toml", "");
    let run = diff(&clone).args(["git:origin/main", "db/migrations", "--json"]).run();
    assert_eq!(told(&json(&run)), WHAT_THE_BRANCH_CHANGES);
}

#[test]
fn text_and_markdown_of_a_branch() {
    let Branch { clone, _upstream } = branch();
    let run = diff(&clone).run();
    assert_eq!(
        run.stdout(),
        "~ enum public.mood\n    labels: + 'glad'\n\
         ~ table public.customers\n    → column email renamed to mail\n\
         ~ table public.orders\n    ~ column total type: numeric(10,2) → numeric(12,2)\n    \
         + column note text\n    + index orders_customer_idx btree (customer_id)\n\
         \n1 enum changed, 1 column added, 1 column renamed, 1 column changed, 1 index added\n"
    );
    let run = diff(&clone).args(["-f", "markdown", "-o", "comment.md"]).stdout_is("").run();
    let comment = run.read("comment.md");
    assert!(comment.starts_with("<!-- tidegate:diff -->\n"), "{comment}");
    assert!(
        comment.contains("numeric(12_2) total \"numeric(12,2) - ∼ type numeric(10,2) → numeric(12,2)\""),
        "{comment}"
    );
    assert!(comment.contains("✏️ column `total`"), "{comment}");
    assert!(!clone.git(["status", "--short"]).contains(".tidegate-"));
}

#[test]
fn where_there_is_no_upstream_it_says_how_to_name_or_fetch_one() {
    let repo = Repo::new();
    repo.write("db/migrations/1_first.sql", FIRST);
    repo.write("tidegate.toml", "[migrations]\ndir = \"db/migrations\"\n");
    repo.commit("one");
    diff(&repo)
        .status(3)
        .stderr_has("tidegate diff git:BRANCH, or set migrations.upstream in tidegate.toml")
        .stderr_has("git fetch --depth=1 origin main:refs/remotes/origin/main")
        .run();
    repo.git(["branch", "base"]);
    repo.write("tidegate.toml", "[migrations]\ndir = \"db/migrations\"\nupstream = \"base\"\n");
    diff(&repo).arg("--exit-code").stdout_is("no difference\n").run();
    diff(&repo)
        .arg("git:bsae")
        .status(3)
        .stderr_has("cannot read the schema before, git:bsae")
        .stderr_has("base")
        .run();
}

#[test]
fn a_shallow_clone_can_fetch_the_base_as_it_is_told_to() {
    let Branch { clone, _upstream } = branch();
    clone.commit("three");
    let shallow = Repo::new();
    let url = format!("file://{}", clone.path().display());
    shallow.git(["fetch", "--quiet", "--depth=1", &url, "feature"]);
    shallow.git(["checkout", "--quiet", "-b", "feature", "FETCH_HEAD"]);
    diff(&shallow).status(3).stderr_has("git fetch --depth=1 origin main:refs/remotes/origin/main").run();
    let url = format!("file://{}", _upstream.path().display());
    shallow.git(["remote", "add", "origin", &url]);
    shallow.git(["fetch", "--quiet", "--depth=1", "origin", "main:refs/remotes/origin/main"]);
    let run = diff(&shallow).arg("--json").run();
    assert_eq!(told(&json(&run)), WHAT_THE_BRANCH_CHANGES);
}

#[test]
fn upstream_that_went_on_is_pointed_out() {
    let Branch { clone, _upstream } = branch();
    _upstream.write("db/migrations/20240104000000_fourth.sql", "CREATE TABLE elsewhere ();\n");
    _upstream.commit("four");
    clone.commit("three");
    let base = clone.git(["rev-parse", "origin/main"]);
    clone.git(["fetch", "--quiet", "origin"]);
    let hint = format!("tidegate diff git:{}", &base[..12]);
    diff(&clone).stdout_has("- table public.elsewhere").stderr_has(&hint).run();
}

#[test]
fn drift_against_a_live_database() {
    let database = server().database();
    let url = database.url();
    execute(&url, FIRST);
    execute(&url, SECOND);
    let cli = Cli::new().file("migrations/1_first.sql", FIRST).file("migrations/2_second.sql", SECOND).args([
        "diff",
        "migrations",
        &url,
        "--exit-code",
    ]);
    let calm = ["--ignore", "owners,grants"];
    // A replay does not tell who owns what; the server does.
    cli.clone().args(calm).stdout_is("no difference\n").run();

    execute(
        &url,
        "CREATE INDEX made_by_hand ON orders (total); COMMENT ON TABLE orders IS 'x'; GRANT SELECT ON orders TO PUBLIC; \
         CREATE TABLE scratch (); ALTER TABLE customers ALTER COLUMN email DROP NOT NULL;",
    );
    let run = cli.clone().arg("--json").args(calm).status(1).run();
    // The comment is a fact of the table itself, so the table is not told by its parts alone.
    let document = json(&run);
    assert_eq!(document["summary"], "1 table added, 1 table changed, 1 column changed, 1 index added");
    let told = told(&document);
    for line in [
        "column public.customers email changed",
        "index public.orders made_by_hand added",
        "table public.scratch added",
    ] {
        assert!(told.iter().any(|other| other == line), "{line} is not in {told:?}");
    }
    cli.clone()
        .args([
            "--ignore",
            "owners,grants,comments",
            "--exclude",
            "scratch,public.orders.made_*,public.customers.email",
        ])
        .stdout_is("no difference\n")
        .run();
    // The same, from the configuration.
    cli.clone()
        .file(
            "tidegate.toml",
            "[diff]\nignore = [\"owners\", \"grants\", \"comments\"]\n\
             exclude = [\"scratch\", \"public.orders.made_*\", \"public.customers.email\"]\n",
        )
        .stdout_is("no difference\n")
        .run();
    cli.file("tidegate.toml", "[diff]\nignore = [\"owner\"]\n").status(2).stderr_has("owners, grants").run();
}

#[test]
fn what_could_not_be_read_is_neither_added_nor_removed() {
    let gap = |kind: &str, scope: &str| format!(r#"{{"kind": "{kind}", "scope": "{scope}", "reason": "denied"}}"#);
    let document = |gaps: &str, tables: &str| {
        format!(r#"{{"tidegate": 1, "gaps": [{gaps}], "schema": {{"tables": [{tables}]}}}}"#)
    };
    let table = |name: &str| format!(r#"{{"name": "{name}"}}"#);
    let cli = Cli::new()
        .file("a.json", document("", &[table("public.a"), table("secret.b")].join(",")))
        .file("b.json", document(&gap("no_permission", "schema secret"), &table("public.a")))
        .file("c.json", document(&gap("no_permission", "schema secret"), ""))
        .file("d.json", document(&gap("not_charted", "casts"), &[table("public.a"), table("secret.b")].join(",")));
    let run = cli.clone().args(["diff", "a.json", "b.json", "--exit-code"]).status(3).run();
    assert_eq!(
        run.stdout(),
        "? not comparable: schema secret (after: denied)\n    table secret.b looks different\n\n\
         no difference, and what could not be compared\n"
    );
    cli.clone().args(["diff", "a.json", "b.json"]).run();
    // A difference beside the gap does not make it complete.
    let run = cli.clone().args(["diff", "c.json", "a.json", "--exit-code", "--json"]).status(3).run();
    let document = json(&run);
    assert_eq!(told(&document), ["table public.a added"]);
    assert_eq!(document["not_comparable"][0]["objects"][0]["name"], "secret.b");
    assert_eq!(document["not_comparable"][0]["side"], "from");
    cli.clone().args(["diff", "a.json", "d.json", "--exit-code"]).status(3).run();
    cli.clone().args(["diff", "a.json", "d.json", "--exit-code", "--ignore", "not-charted"]).run();
}

#[test]
fn output_goes_whole_to_a_file_or_to_what_is_there() {
    let cli = Cli::new().file("a.json", r#"{"tidegate": 1, "schema": {}}"#).args(["diff", "a.json", "a.json"]);
    let run = cli.clone().args(["-o", "out.txt"]).stderr_has("no difference").run();
    assert_eq!(run.read("out.txt"), "no difference\n");
    cli.clone().args(["-o", "/dev/stdout"]).stdout_is("no difference\n").run();
    cli.clone().args(["-o", "missing/out.txt"]).status(3).stderr_has("cannot write").run();
    cli.clone().args(["-f", "mermaid"]).stdout_is("erDiagram\n  %% no table changed\n").run();
    cli.args(["--json", "-f", "text"]).status(2).run();
}

#[test]
fn a_password_is_never_shown() {
    Cli::new()
        .args(["diff", "postgres://u:hunter2@127.0.0.1:1/nothing", "postgres://u:hunter2@127.0.0.1:1/nothing"])
        .status(3)
        .stderr_has("cannot read the schema before, ")
        .nowhere_says("hunter2")
        .run();
}

/// Asked of git itself: nothing of the repository changed.
#[test]
fn nothing_is_written_into_the_repository() {
    let Branch { clone, _upstream } = branch();
    clone.commit("three");
    let state = |repo: &Repo| (repo.git(["status", "--short", "--ignored"]), repo.git(["for-each-ref"]));
    let before = state(&clone);
    diff(&clone).run();
    assert_eq!(state(&clone), before);
}

#[test]
fn before_the_first_migration_everything_is_new() {
    let repo = Repo::new();
    repo.write("tidegate.toml", "[migrations]\ndir = \"db/migrations\"\n");
    repo.commit("nothing yet");
    repo.write("db/migrations/20240101000000_first.sql", FIRST);
    diff(&repo)
        .arg("git:HEAD")
        .stdout_has("+ table public.customers")
        .stderr_has("there is no git:HEAD:db/migrations")
        .run();
    // A folder that somebody named must be there.
    diff(&repo).arg("git:HEAD:db/other").status(3).stderr_has("no folder db/other at HEAD").run();
}
