//! What a person wrote into the documentation is theirs.

use super::*;

/// Everything that a refused commit must leave as it was.
fn untouched(repo: &Repo, run: impl Fn() -> Ran) -> Ran {
    let all = || (tip(repo), repo.git(["diff"]), repo.git(["diff", "--cached"]), status(repo));
    let before = all();
    let ran = run().bad();
    assert_eq!(all(), before);
    ran
}

#[test]
fn a_staged_edit_is_refused() {
    let repo = project();
    repo.write(DOCS, "by hand\n").write("migrations/2_b.sql", B).stage();
    let ran = untouched(&repo, || commit(&repo, &[])).says("schema.llm.txt: was edited by hand and staged");
    let command = advised(&ran, "to give up the edit");
    repo.run_shell(command.split_once(": ").unwrap().1, &[]).good();
    commit(&repo, &[]).good();
    assert_eq!(status(&repo), "");
    shows(&repo, &["a", "b"]);
}

#[test]
fn an_edit_that_is_not_staged_is_refused_where_it_is_in_the_way() {
    let repo = project();
    repo.write(DOCS, "by hand\n").write("migrations/2_b.sql", B).git(["add", "migrations"]);
    untouched(&repo, || commit(&repo, &[])).says("schema.llm.txt: was edited by hand in the work tree");
    assert_eq!(repo.read(DOCS), "by hand\n");
    // With -a it is staged, and no less refused.
    untouched(&repo, || commit(&repo, &["-a"])).says("was edited by hand and staged");
    // Where the documentation does not change, the edit is nobody's business.
    repo.git(["reset", "-q", "--", "migrations"]);
    repo.write("notes.txt", "second\n").git(["add", "notes.txt"]);
    commit(&repo, &[]).good();
    assert_eq!(status(&repo), format!(" M {DOCS}\n?? migrations/2_b.sql\n"));
}

#[test]
fn deletions_are_edits() {
    let repo = project();
    repo.write("migrations/2_b.sql", B).git(["add", "migrations"]);
    std::fs::remove_file(repo.path().join(DOCS)).unwrap();
    let ran = untouched(&repo, || commit(&repo, &[])).says("was deleted in the work tree");
    repo.git(["rm", "-q", "--cached", DOCS]);
    untouched(&repo, || commit(&repo, &[])).says("was removed by hand, and the removal is staged");
    repo.git(["reset", "-q", "--", DOCS]);
    let command = advised(&ran, "to have it back");
    repo.run_shell(command.split_once(": ").unwrap().1, &[]).good();
    commit(&repo, &[]).good();
    assert_eq!(status(&repo), "");
}

#[test]
fn files_that_were_never_ours_are_refused() {
    let repo = project();
    repo.write("migrations/2_b.sql", B).git(["add", "migrations"]);
    repo.write("docs/schema/tables/public.b.md", "mine\n");
    untouched(&repo, || commit(&repo, &[])).says("public.b.md: was not written by tidegate");
    repo.git(["add", "docs"]);
    untouched(&repo, || commit(&repo, &[])).says("public.b.md: was not written by tidegate");
    std::fs::remove_file(repo.path().join("docs/schema/tables/public.b.md")).unwrap();
    std::os::unix::fs::symlink("/etc/passwd", repo.path().join("docs/schema/tables/public.b.md")).unwrap();
    repo.git(["add", "docs"]);
    untouched(&repo, || commit(&repo, &[])).says("symbolic link");
    assert!(std::fs::read_to_string("/etc/passwd").unwrap().contains("root"));
}

#[test]
fn ignored_documentation_is_not_forced_into_a_commit() {
    let repo = Repo::new();
    repo.write("tidegate.toml", CONFIG).write("migrations/1_a.sql", A).write(".gitignore", "docs/\n");
    install(&repo);
    repo.stage();
    commit(&repo, &[]).bad().says("docs/schema is ignored by git");
}
