//! What is pushed is true.

use super::*;

/// A project whose first commit is on `origin`.
fn pushed() -> (Repo, Repo) {
    let remote = Repo::with(&["--bare"]);
    let repo = project();
    repo.git(["remote", "add", "origin", remote.path().to_str().unwrap()]);
    push(&repo, &["-u", "origin", "main"]).good();
    (repo, remote)
}

fn push(repo: &Repo, arguments: &[&str]) -> Ran {
    let all: Vec<&str> = ["push", "-q"].iter().chain(arguments).copied().collect();
    repo.run_git(&all, &[])
}

/// A commit whose documentation is not true: git runs no hook for what makes such in practice.
fn stale(repo: &Repo) {
    repo.write("migrations/2_b.sql", B).stage();
    commit(repo, &["--no-verify"]).good();
}

#[test]
fn stale_documentation_is_refused_with_the_command() {
    let (repo, remote) = pushed();
    stale(&repo);
    let ran = push(&repo, &[]).bad().says("docs/schema in ").says("does not show that commit's migrations");
    assert_eq!(remote.git(["rev-list", "--count", "main"]), "1\n");
    let command = advised(&ran, "tidegate docs");
    repo.run_shell(command.strip_suffix(", then push again").unwrap(), &[]).good();
    assert_eq!(status(&repo), "");
    push(&repo, &[]).good();
    assert_eq!(remote.git(["rev-list", "--count", "main"]), "3\n");
}

#[test]
fn after_a_rebase_the_push_is_refused() {
    let (repo, remote) = pushed();
    repo.git(["checkout", "-q", "-b", "side"]);
    repo.write("migrations/3_c.sql", C).stage();
    // Documentation that does not meet main's on any line: only its own page.
    commit(&repo, &[]).good();
    repo.git(["checkout", "-q", "main"]);
    stale(&repo);
    push(&repo, &["--no-verify"]).good();
    repo.git(["checkout", "-q", "side"]);
    repo.git(["rebase", "-q", "main"]);
    push(&repo, &["origin", "side"]).bad().says("tables/public.b.md");
    assert_eq!(remote.git(["branch", "--list", "side"]), "");
    repo.run_git(&["push", "-q", "origin", "side"], &[("TIDEGATE_SKIP", "1")]).good().says("pre-push skipped");
    assert!(remote.git(["branch", "--list", "side"]).contains("side"));
}

#[test]
fn only_what_is_new_to_the_remote_is_judged() {
    let (repo, remote) = pushed();
    stale(&repo);
    push(&repo, &["--no-verify", "origin", "main"]).good();
    // A new branch, a tag and a deletion of what the remote has: nothing is shared anew.
    repo.git(["tag", "-a", "-m", "first", "v1"]);
    push(&repo, &["origin", "HEAD:refs/heads/copy", "v1"]).good();
    push(&repo, &["origin", ":copy"]).good();
    assert_eq!(remote.git(["branch", "--list", "copy"]), "");
    push(&repo, &[]).good();
    // A tag of a commit that is not there yet is.
    repo.write("notes.txt", "second\n").stage();
    commit(&repo, &[]).good();
    repo.git(["tag", "v2"]);
    push(&repo, &["origin", "v2"]).bad().says("refs/tags/v2");
    // Several references, one of them with a commit that is true.
    repo.git(["branch", "good", "HEAD~2"]);
    let ran = push(&repo, &["origin", "main", "good", "HEAD:refs/heads/other"]).bad();
    let ran = ran.says("refs/heads/main").says("refs/heads/other");
    ran.says_no("refs/heads/good");
    assert_eq!(remote.git(["branch", "--list", "good"]), "");
    // A tag of something that holds no migrations.
    let blob = repo.git(["rev-parse", "HEAD:notes.txt"]).trim().to_owned();
    push(&repo, &["origin", &format!("{blob}:refs/tags/blob")]).good();
}

#[test]
fn a_force_push_is_judged_like_any_other() {
    let (repo, remote) = pushed();
    repo.write("notes.txt", "second\n").stage();
    commit(&repo, &[]).good();
    push(&repo, &[]).good();
    repo.git(["reset", "-q", "--hard", "HEAD~1"]);
    stale(&repo);
    push(&repo, &["--force"]).bad().says("does not show");
    repo.git(["reset", "-q", "--hard", "HEAD~1"]);
    repo.write("migrations/2_b.sql", B).stage();
    commit(&repo, &[]).good();
    push(&repo, &["--force"]).good();
    assert_eq!(remote.git(["rev-parse", "main"]).trim(), tip(&repo));
}

#[test]
fn what_cannot_be_compared_is_not_pushed() {
    let (repo, _remote) = pushed();
    let head = tip(&repo);
    let gone = "1234567890".repeat(4);
    let line = |local: &str, remote: &str| {
        format!("echo 'refs/heads/x {local} refs/heads/x {remote}' | tidegate hook run pre-push origin url")
    };
    let ran = repo.run_shell(&line(&head, &gone), &[]).bad().says("not in this repository").says("git fetch origin");
    assert_eq!(ran.status, Some(3));
    assert_eq!(repo.run_shell("echo nonsense | tidegate hook run pre-push", &[]).bad().status, Some(3));
    let zero = "0".repeat(40);
    repo.run_shell(&line(&zero, &gone), &[]).good();
    repo.run_shell("tidegate hook run pre-push origin url < /dev/null", &[]).good();
}

#[test]
fn both_hooks_hear_what_is_pushed() {
    let (repo, remote) = pushed();
    repo.run_shell("tidegate hook uninstall", &[]).good();
    let own = "#!/bin/sh\ncat > .git/heard\necho \"$1\" >> .git/heard\n[ ! -e .git/stop ]\n";
    repo.write(".git/hooks/pre-push", own);
    repo.run_shell("chmod +x .git/hooks/pre-push && tidegate hook install", &[]).good();
    stale(&repo);
    push(&repo, &[]).bad().says("does not show");
    let heard = repo.read(".git/heard");
    assert!(heard.starts_with(&format!("refs/heads/main {}", tip(&repo))) && heard.ends_with("\norigin\n"), "{heard}");
    repo.write(".git/stop", "");
    push(&repo, &[]).bad().says_no("does not show");
    assert_eq!(remote.git(["rev-list", "--count", "main"]), "1\n");
}

#[test]
fn the_pre_commit_framework_says_it_otherwise() {
    let (repo, _remote) = pushed();
    stale(&repo);
    let (from, to) = (repo.git(["rev-parse", "HEAD~1"]), tip(&repo));
    let environment = [
        ("PRE_COMMIT_FROM_REF", from.trim()),
        ("PRE_COMMIT_TO_REF", to.as_str()),
        ("PRE_COMMIT_REMOTE_BRANCH", "refs/heads/main"),
        ("PRE_COMMIT_LOCAL_BRANCH", "refs/heads/main"),
    ];
    repo.run_shell("tidegate hook run pre-push", &environment).bad().says("does not show");
}
