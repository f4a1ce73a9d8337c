//! What upstream has is history, and a push does not rewrite it.

use super::*;

/// Two migrations on `origin`.
fn shared() -> (Repo, Repo) {
    let remote = Repo::with(&["--bare"]);
    let repo = project();
    repo.write("migrations/2_b.sql", B).stage();
    commit(&repo, &[]).good();
    repo.git(["remote", "add", "origin", remote.path().to_str().unwrap()]);
    repo.run_git(&["push", "-q", "-u", "origin", "main"], &[]).good();
    (repo, remote)
}

/// Commits everything with its documentation, and tries to push it in every way; the remote stays as it is.
fn refused(repo: &Repo, remote: &Repo, name: &str, rule: &str) {
    let before = remote.git(["for-each-ref"]);
    repo.stage();
    commit(repo, &[]).good();
    for target in
        [&["origin", "HEAD:main"][..], &["--force", "origin", "HEAD:main"], &["origin", "HEAD:refs/heads/new"]]
    {
        let arguments: Vec<&str> = ["push", "-q"].iter().chain(target).copied().collect();
        repo.run_git(&arguments, &[]).bad().says(name).says(rule);
        assert_eq!(remote.git(["for-each-ref"]), before);
    }
    repo.git(["reset", "-q", "--hard", "origin/main"]);
}

#[test]
fn what_upstream_has_is_refused_by_name() {
    let (repo, remote) = shared();
    repo.write("migrations/1_a.sql", A.replace("int", "bigint"));
    refused(&repo, &remote, "migrations/1_a.sql", "migration-edited");
    repo.git(["rm", "-q", "migrations/2_b.sql"]);
    refused(&repo, &remote, "migrations/2_b.sql", "migration-removed");
    repo.git(["mv", "migrations/2_b.sql", "migrations/2_better.sql"]);
    refused(&repo, &remote, "migrations/2_b", "migration-renamed");
    repo.write("migrations/0_c.sql", C);
    refused(&repo, &remote, "migrations/0_c.sql", "migration-out-of-order");
    // A new one at the end is what migrations are for.
    repo.write("migrations/3_c.sql", C).stage();
    commit(&repo, &[]).good();
    repo.run_git(&["push", "-q"], &[]).good();
}

#[test]
fn a_force_push_takes_nothing_from_upstream() {
    let (repo, remote) = shared();
    let before = remote.git(["rev-parse", "main"]);
    repo.git(["reset", "-q", "--hard", "HEAD~1"]);
    repo.run_git(&["push", "-q", "--force"], &[]).bad().says("migrations/2_b.sql").says("migration-removed");
    assert_eq!(remote.git(["rev-parse", "main"]), before);
    // A branch that is only behind takes nothing away.
    repo.run_git(&["push", "-q", "origin", "HEAD:refs/heads/behind"], &[]).good();
}

#[test]
fn a_branch_of_ones_own_may_change_what_is_only_there() {
    let (repo, _remote) = shared();
    repo.git(["checkout", "-q", "-b", "side"]);
    repo.write("migrations/3_c.sql", C).stage();
    commit(&repo, &[]).good();
    repo.run_git(&["push", "-q", "origin", "side"], &[]).good();
    repo.git(["mv", "migrations/3_c.sql", "migrations/4_c.sql"]);
    repo.run_git(&["commit", "-q", "--amend", "--no-edit"], &[]).good();
    repo.run_git(&["push", "-q", "--force", "origin", "side"], &[]).good();
}

#[test]
fn new_migrations_are_linted() {
    let (repo, _remote) = shared();
    repo.write("migrations/3_c.sql", "DROP TABLE b;\n").stage();
    commit(&repo, &[]).good();
    let quiet = repo.git(["rev-parse", "HEAD"]);
    repo.write("tidegate.toml", CONFIG.replace("lint = false", "lint = true")).stage();
    commit(&repo, &[]).good();
    repo.run_git(&["push", "-q"], &[]).bad().says("ban-drop-table").says("migrations/3_c.sql");
    repo.run_git(&["push", "-q", "origin", &format!("{}:main", quiet.trim())], &[]).good();
}

#[test]
fn an_upstream_that_is_not_there_is_no_reason_to_let_anything_pass() {
    let (repo, remote) = shared();
    repo.write("tidegate.toml", format!("{CONFIG}\n[migrations]\nupstream = \"origin/mian\"\n")).stage();
    commit(&repo, &[]).good();
    let before = remote.git(["for-each-ref"]);
    repo.run_git(&["push", "-q", "origin", "HEAD:refs/heads/new"], &[]).bad().says("origin/mian").says("upstream =");
    assert_eq!(remote.git(["for-each-ref"]), before);
}
