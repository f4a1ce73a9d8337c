//! Merges: git has written the merge's tree before it runs pre-merge-commit.

use super::*;

/// `main` and `side` with a migration each; the second without its documentation, so that nothing conflicts.
fn two_branches(repo: &Repo) {
    repo.git(["checkout", "-q", "-b", "side"]);
    repo.write("migrations/3_c.sql", C).stage();
    commit(repo, &["--no-verify"]).good();
    repo.git(["checkout", "-q", "main"]);
    repo.write("migrations/2_b.sql", B).stage();
    commit(repo, &[]).good();
}

#[test]
fn a_merge_waits_for_its_documentation() {
    let repo = project();
    two_branches(&repo);
    let before = tip(&repo);
    let ran = repo.run_git(&["merge", "-q", "--no-edit", "side"], &[]).bad().says("does not show what is staged");
    assert_eq!(tip(&repo), before);
    assert_eq!(status(&repo), "A  migrations/3_c.sql\n");
    let command = advised(&ran, "git commit --no-edit");
    repo.run_shell(command.rsplit_once(": ").unwrap().1, &[]).good();
    assert_eq!(status(&repo), "");
    shows(&repo, &["a", "b", "c"]);
    assert_eq!(repo.git(["rev-list", "--parents", "-1", "HEAD"]).split_whitespace().count(), 3);
}

#[test]
fn conflicts_in_the_documentation_are_nobodys_work() {
    let repo = project();
    repo.git(["checkout", "-q", "-b", "side"]);
    repo.write("migrations/3_c.sql", C).stage();
    commit(&repo, &[]).good();
    repo.git(["checkout", "-q", "main"]);
    repo.write("migrations/2_b.sql", B).stage();
    commit(&repo, &[]).good();
    repo.run_git(&["merge", "-q", "--no-edit", "side"], &[]).bad();
    // However they are resolved, here with the markers left in: what is committed is what the migrations say.
    repo.git(["add", "-A"]);
    commit(&repo, &[]).good();
    assert_eq!(status(&repo), "");
    shows(&repo, &["a", "b", "c"]);
    assert!(!head(&repo, DOCS).contains("<<<<"));
    repo.run_shell("tidegate docs --check", &[]).good();
}

#[test]
fn a_merge_that_is_true_goes_through() {
    let repo = project();
    repo.git(["checkout", "-q", "-b", "side"]);
    repo.write("notes.txt", "second\n").stage();
    commit(&repo, &[]).good();
    repo.git(["checkout", "-q", "main"]);
    repo.write("migrations/2_b.sql", B).stage();
    commit(&repo, &[]).good();
    repo.run_git(&["merge", "-q", "--no-edit", "side"], &[]).good();
    assert_eq!(status(&repo), "");
    shows(&repo, &["a", "b"]);
}
