//! What runs in CI: the scripts and the YAML that `hooks/` holds and `tidegate init` writes, with real git and the real
//! program. Only GitHub is not there: a `gh` that writes down what it is asked stands for it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use yaml_rust2::{Yaml, YamlLoader};

use crate::support::cli::{Cli, binary};
use crate::support::repo::Repo;
use crate::support::root;

/// A clone whose branch `change` adds a table and an index that blocks writes, over `origin/main`.
struct PullRequest {
    repo: Repo,
    _origin: Repo,
    tools: tempfile::TempDir,
}

const CONFIG: &str = "[docs]\nsource = \"migrations\"\nout = \"docs/schema\"\nformats = [\"mermaid\"]\n\
                      [migrations]\ndir = \"migrations\"\n[replay]\nengine = \"embedded\"\n";

impl PullRequest {
    fn new() -> Self {
        let repo = Repo::new();
        repo.write("tidegate.toml", CONFIG);
        repo.write("migrations/1_a.sql", "CREATE TABLE orders (id bigint PRIMARY KEY, state text NOT NULL);\n");
        Cli::within(repo.path()).arg("docs").run();
        repo.commit("first");
        let origin = Repo::new();
        let url = origin.path().display().to_string();
        origin.git(["config", "receive.denyCurrentBranch", "ignore"]);
        repo.git(["remote", "add", "origin", &url]);
        repo.git(["push", "--quiet", "origin", "main"]);
        repo.git(["fetch", "--quiet", "origin"]);
        repo.git(["checkout", "--quiet", "-b", "change"]);
        repo.write("migrations/2_b.sql", "CREATE TABLE notes (id bigint);\nCREATE INDEX i ON orders (state);\n");
        let tools = tempfile::tempdir().unwrap();
        // Lists no comment, or the one that `found` holds; writes down everything else.
        let gh = "#!/bin/sh\n\
                  here=$(dirname \"$0\")\n\
                  echo \"$*\" >>\"$here/gh.log\"\n\
                  case \"$*\" in\n\
                  *--jq*) [ ! -f \"$here/refused\" ] || exit 1; [ ! -f \"$here/found\" ] || cat \"$here/found\" ;;\n\
                  *) [ ! -f \"$here/readonly\" ] || exit 1\n\
                     for word; do case $word in body=@*) cat \"${word#body=@}\" >\"$here/posted\" ;; esac; done ;;\n\
                  esac\n";
        executable(&tools.path().join("gh"), gh);
        std::os::unix::fs::symlink(binary(), tools.path().join("tidegate")).unwrap();
        Self { repo, _origin: origin, tools }
    }

    /// A shell as a runner starts it, with this program and `gh` in front of the path.
    fn sh(&self, variables: &[(&str, &str)]) -> Command {
        let prepared = Cli::within(self.repo.path()).command();
        let path = std::env::var("PATH").unwrap_or_default();
        let mut command = Command::new("sh");
        command
            .current_dir(self.repo.path())
            .env_clear()
            .envs(prepared.get_envs().filter_map(|(name, value)| Some((name, value?))))
            .env("PATH", format!("{}:{path}", self.tools.path().display()))
            .env("HOME", self.tools.path())
            .env("GITHUB_REPOSITORY", "o/r")
            .env("RUNNER_TEMP", self.tools.path())
            .env("GITHUB_STEP_SUMMARY", self.tools.path().join("summary"))
            .envs(variables.iter().copied());
        command
    }

    fn checks(&self, variables: &[(&str, &str)]) -> Output {
        let all = [("DOCS", "true"), ("LINT", "true"), ("DIFF", "true"), ("COMMENT", "true"), ("BASE", "main")];
        let mut command = self.sh(&all);
        command.env("NUMBER", "7").envs(variables.iter().copied());
        command.arg(root().join("hooks/ci/checks.sh")).output().unwrap()
    }

    fn told(&self, name: &str) -> String {
        fs::read_to_string(self.tools.path().join(name)).unwrap_or_default()
    }

    fn tell(&self, name: &str, text: &str) {
        fs::write(self.tools.path().join(name), text).unwrap();
    }
}

fn executable(path: &Path, text: &str) {
    use std::os::unix::fs::PermissionsExt as _;
    fs::write(path, text).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
}

fn yaml(path: PathBuf) -> Yaml {
    YamlLoader::load_from_str(&fs::read_to_string(path).unwrap()).unwrap().remove(0)
}

#[test]
fn checks_of_a_pull_request_all_run_and_the_worst_decides() {
    let change = PullRequest::new();
    let output = change.checks(&[]);
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    // The docs are stale, and the index blocks writes.
    assert_eq!(output.status.code(), Some(1), "{out}{err}");
    assert!(err.contains("docs/schema is out of date"), "{err}");
    assert!(out.contains("file=migrations/2_b.sql,line=2"), "{out}");
    let posted = change.told("posted");
    assert!(posted.starts_with("<!-- tidegate:diff -->\n") && posted.contains("notes"), "{posted}");
    assert!(posted.contains("```mermaid"), "{posted}");
    assert!(change.told("gh.log").contains("--method POST repos/o/r/issues/7/comments"), "{}", change.told("gh.log"));
    assert!(change.told("summary").contains("notes"));

    // Mended, and told in the comment that is there.
    change.repo.write("migrations/2_b.sql", "CREATE TABLE notes (id bigint PRIMARY KEY);\n");
    Cli::within(change.repo.path()).arg("docs").run();
    change.tell("found", "41\n42\n");
    let output = change.checks(&[("LINT", "false")]);
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(change.told("gh.log").contains("--method PATCH repos/o/r/issues/comments/41"), "{}", change.told("gh.log"));
}

#[test]
fn a_token_that_may_not_write_fails_nothing_and_is_said() {
    let change = PullRequest::new();
    for trouble in ["readonly", "refused"] {
        change.tell(trouble, "");
        let output = change.checks(&[("DOCS", "false"), ("LINT", "false")]);
        let out = String::from_utf8_lossy(&output.stdout);
        assert_eq!(output.status.code(), Some(0), "{out}");
        assert!(out.contains("::warning title=tidegate::"), "{out}");
    }
    assert_eq!(change.told("posted"), "");
}

#[test]
fn nothing_is_posted_where_nothing_changes_and_nothing_was_said() {
    let change = PullRequest::new();
    fs::remove_file(change.repo.path().join("migrations/2_b.sql")).unwrap();
    assert_eq!(change.checks(&[]).status.code(), Some(0));
    assert_eq!(change.told("posted"), "");
    change.tell("found", "41\n");
    assert_eq!(change.checks(&[]).status.code(), Some(0));
    assert!(change.told("posted").contains("no difference"), "{}", change.told("posted"));
}

#[test]
fn the_action_hands_everything_to_the_script_through_the_environment() {
    let action = yaml(root().join("action.yml"));
    let steps = action["runs"]["steps"].as_vec().unwrap();
    for step in steps {
        let run = step["run"].as_str().unwrap_or_default();
        assert!(!run.contains("${{"), "{run}");
    }
    let last = steps.last().unwrap();
    assert_eq!(last["run"].as_str(), Some("sh \"$ACTION/hooks/ci/checks.sh\""));
    let script = fs::read_to_string(root().join("hooks/ci/checks.sh")).unwrap();
    let inputs = action["inputs"].as_hash().unwrap();
    for name in ["DOCS", "LINT", "DIFF", "COMMENT", "BASE"] {
        let given = last["env"][name].as_str().unwrap_or_default();
        let input = given.trim_start_matches("${{ inputs.").trim_end_matches(" }}");
        assert!(inputs.contains_key(&Yaml::String(input.to_owned())), "{name}: {given}");
        assert!(script.contains(&format!("${name}")) || script.contains(&format!("${{{name}")), "{name}");
    }
}

/// The commands of the workflow that `init` writes, as the runner would start them.
#[test]
fn the_workflow_that_init_writes_runs() {
    let change = PullRequest::new();
    Cli::within(change.repo.path()).args(["init", "--ci", "github"]).writes(".github/workflows/tidegate.yml").run();
    let workflow = yaml(change.repo.path().join(".github/workflows/tidegate.yml"));
    let steps = workflow["jobs"]["schema"]["steps"].as_vec().unwrap();
    let run = |name: &str| {
        let step = steps.iter().find(|step| step["name"].as_str() == Some(name)).unwrap_or_else(|| panic!("no {name}"));
        let mut command = change.sh(&[("BASE", "main"), ("NUMBER", "7")]);
        command.args(["-e", "-c", step["run"].as_str().unwrap()]).output().unwrap()
    };
    assert_eq!(run("The documentation is true").status.code(), Some(1));
    assert_eq!(run("Hazards").status.code(), Some(1));
    let output = run("What changes");
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(change.told("posted").contains("notes"));
}

#[test]
fn the_job_that_init_writes_for_gitlab_runs() {
    let change = PullRequest::new();
    Cli::within(change.repo.path()).args(["init", "--ci", "gitlab"]).writes(".gitlab/tidegate.yml").run();
    let job = &yaml(change.repo.path().join(".gitlab/tidegate.yml"))["tidegate"];
    // GitLab joins the lines of a script in one shell that ends at the first failure.
    let script: Vec<&str> = job["script"].as_vec().unwrap().iter().map(|line| line.as_str().unwrap()).collect();
    let run = |branch: &str| {
        let mut command = change.sh(&[("CI_MERGE_REQUEST_TARGET_BRANCH_NAME", branch)]);
        command.args(["-e", "-c", &script.join("\n")]).output().unwrap()
    };
    assert_eq!(run("main").status.code(), Some(1));
    assert!(fs::read_to_string(change.repo.path().join("tidegate-diff.md")).unwrap().contains("notes"));
    change.repo.write("migrations/2_b.sql", "CREATE TABLE notes (id bigint PRIMARY KEY);\n");
    Cli::within(change.repo.path()).arg("docs").run();
    let output = run("");
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
}
