//! What is staged decides what is documented, in the very commit.

use super::*;

#[test]
fn a_commit_brings_the_documentation_of_its_migrations() {
    let repo = project();
    shows(&repo, &["a"]);
    repo.write("migrations/2_b.sql", B).git(["add", "migrations"]);
    commit(&repo, &[]).good().says("brought up to date and staged");
    assert_eq!(status(&repo), "");
    shows(&repo, &["a", "b"]);
    assert_eq!(repo.read(DOCS), head(&repo, DOCS));
    // A second look finds nothing to do.
    repo.run_shell("tidegate docs --check", &[]).good();
}

#[test]
fn every_way_to_commit_does() {
    let repo = project();
    // -a takes what is tracked; a new table in a migration that nobody else has.
    repo.write("migrations/1_a.sql", format!("{A}{B}")).write("notes.txt", "second\n");
    commit(&repo, &["-a"]).good();
    assert_eq!(status(&repo), "");
    shows(&repo, &["a", "b"]);
    // --amend, with the migration taken back again: its page goes.
    repo.write("migrations/1_a.sql", A).git(["add", "migrations"]);
    repo.run_git(&["commit", "-q", "--amend", "--no-edit"], &[]).good();
    assert_eq!(status(&repo), "");
    shows(&repo, &["a"]);
    assert!(!exists(&repo, "docs/schema/tables/public.b.md"));
    // --include.
    repo.write("migrations/1_a.sql", format!("{A}{B}")).write("notes.txt", "third\n");
    commit(&repo, &["--include", "migrations/1_a.sql"]).good();
    assert_eq!(status(&repo), " M notes.txt\n");
    shows(&repo, &["a", "b"]);
    // A detached head.
    repo.git(["checkout", "-q", "--detach"]);
    repo.write("migrations/1_a.sql", A).git(["add", "migrations"]);
    commit(&repo, &[]).good();
    assert_eq!(status(&repo), " M notes.txt\n");
    shows(&repo, &["a"]);
    // From a folder inside.
    repo.write("migrations/2_b.sql", B).git(["add", "migrations"]);
    commit(&repo.at("docs"), &[]).good();
    assert_eq!(status(&repo), " M notes.txt\n");
    shows(&repo, &["a", "b"]);
}

#[test]
fn pages_that_were_written_before_and_never_staged_go_along() {
    let repo = project();
    // `commit -a` takes the manifest, which lists a page that git does not know yet.
    repo.write("migrations/2_b.sql", B).git(["add", "migrations"]);
    repo.run_shell("tidegate docs", &[]).good();
    assert!(status(&repo).contains("?? docs/schema/tables/public.b.md\n"));
    commit(&repo, &["-a"]).good();
    assert_eq!(status(&repo), "");
    shows(&repo, &["a", "b"]);
    // What somebody wrote into such a page stays.
    repo.write("migrations/3_c.sql", C).git(["add", "migrations"]);
    repo.run_shell("tidegate docs", &[]).good();
    repo.write("docs/schema/tables/public.c.md", "by hand\n");
    commit(&repo, &["-a"]).bad().says("public.c.md: was edited by hand in the work tree");
    assert_eq!(repo.read("docs/schema/tables/public.c.md"), "by hand\n");
}

#[test]
fn a_partly_staged_migration_is_documented_as_it_is_staged() {
    let repo = project();
    repo.write("migrations/2_b.sql", B).git(["add", "migrations"]);
    repo.write("migrations/2_b.sql", format!("{B}{C}")).write("migrations/3_d.sql", "CREATE TABLE d ();\n");
    repo.write("notes.txt", "not staged\n");
    commit(&repo, &[]).good();
    assert_eq!(status(&repo), " M migrations/2_b.sql\n M notes.txt\n?? migrations/3_d.sql\n");
    shows(&repo, &["a", "b"]);
    assert_eq!(repo.read(DOCS), head(&repo, DOCS));
    assert_eq!(repo.read("migrations/2_b.sql"), format!("{B}{C}"));
    assert_eq!(repo.read("notes.txt"), "not staged\n");
}

#[test]
fn documentation_of_a_work_tree_that_is_ahead_stays_there() {
    let repo = project();
    repo.write("migrations/2_b.sql", B).git(["add", "migrations"]);
    repo.write("migrations/2_b.sql", format!("{B}{C}"));
    repo.run_shell("tidegate docs", &[]).good();
    let (text, manifest) = (repo.read(DOCS), repo.read(MANIFEST));
    commit(&repo, &[]).good();
    shows(&repo, &["a", "b"]);
    // As before the commit, the work tree shows its own migrations.
    assert_eq!((repo.read(DOCS), repo.read(MANIFEST)), (text, manifest));
    assert!(exists(&repo, "docs/schema/tables/public.c.md"));
    let left = status(&repo);
    assert!(left.contains(" M migrations/2_b.sql\n") && !left.contains(" D ") && !left.contains("M  "), "{left}");
    repo.git(["add", "-A"]);
    commit(&repo, &[]).good();
    assert_eq!(status(&repo), "");
    shows(&repo, &["a", "b", "c"]);
}

#[test]
fn the_staged_configuration_counts() {
    let repo = project();
    repo.write("tidegate.toml", CONFIG.replace(", \"markdown\"", "")).git(["add", "tidegate.toml"]);
    repo.write("tidegate.toml", "not TOML at all");
    commit(&repo, &[]).good();
    assert_eq!(status(&repo), " M tidegate.toml\n");
    // The format that is not asked for any more is left alone, as `tidegate docs -f` leaves it.
    assert_eq!(repo.git(["show", "--name-only", "--format=", "HEAD"]), "tidegate.toml\n");
    // Where it is not tracked, the file counts, and that is said.
    let repo = Repo::new();
    repo.write("tidegate.toml", CONFIG).write("migrations/1_a.sql", A).write(".gitignore", "tidegate.toml\n");
    install(&repo);
    repo.stage();
    commit(&repo, &[]).good().says("tidegate.toml is not staged: the file on disk counts");
    shows(&repo, &["a"]);
    assert_eq!(status(&repo), "");
}

#[test]
fn without_anything_of_ours_a_commit_is_left_alone() {
    let repo = project();
    // An engine that cannot be had: any replay would fail.
    repo.write("tidegate.toml", CONFIG.replace("embedded\"", "local\"\nserver_bin = \"nowhere\""));
    commit(&repo, &["-a", "--no-verify"]).good();
    for number in 0..3000 {
        repo.write(&format!("src/{}/{number}.txt", number % 50), number.to_string());
    }
    repo.stage();
    commit(&repo, &[]).good().says_no("tidegate");
    assert_eq!(status(&repo), "");
    repo.write("migrations/2_b.sql", B).stage();
    commit(&repo, &[]).bad();
    // Neither configured nor documented: a branch from before.
    let plain = Repo::new();
    install(&plain);
    plain.write("migrations/1.sql", "this is no SQL\n").stage();
    commit(&plain, &[]).good().says_no("tidegate");
}

#[test]
fn a_migration_that_fails_blocks_the_commit() {
    let repo = project();
    let before = tip(&repo);
    repo.write("migrations/2_bad.sql", "CREATE TABLE b ();\nCREATE TABEL c ();\n").stage();
    let staged = repo.git(["diff", "--cached"]);
    let ran = commit(&repo, &[]).bad();
    let ran = ran.says("2_bad.sql:2").says("syntax error").says("TIDEGATE_SKIP=1").says("--no-verify");
    assert!(!ran.stderr.contains("panicked"));
    assert_eq!((tip(&repo), repo.git(["diff", "--cached"])), (before, staged));
    assert_eq!(repo.git(["diff"]), "");
    repo.run_git(&["commit", "-qm", "skipped"], &[("TIDEGATE_SKIP", "1")]).good().says("pre-commit skipped");
    assert_eq!(status(&repo), "");
    shows(&repo, &["a"]);
}

#[test]
fn check_mode_names_the_command() {
    let repo = project();
    repo.write("tidegate.toml", format!("{CONFIG}mode = \"check\"\n")).stage();
    commit(&repo, &[]).good();
    repo.write("migrations/2_b.sql", B).stage();
    let ran = commit(&repo, &[]).bad().says("does not show what is staged");
    assert_eq!(status(&repo), "A  migrations/2_b.sql\n");
    repo.run_shell(&advised(&ran, "tidegate hook run"), &[]).good();
    commit(&repo, &[]).good();
    assert_eq!(status(&repo), "");
    shows(&repo, &["a", "b"]);
}

#[test]
fn a_commit_of_named_files_is_refused_with_the_command_that_does_it() {
    let repo = project();
    let before = tip(&repo);
    repo.write("migrations/1_a.sql", format!("{A}{B}"));
    let ran = commit(&repo, &["migrations/1_a.sql"]).bad().says("cannot go along");
    assert_eq!((tip(&repo), status(&repo).as_str()), (before.clone(), " M migrations/1_a.sql\n"));
    repo.run_shell(&format!("{} -qm next", advised(&ran, "git add")), &[]).good();
    assert_eq!(status(&repo), "");
    shows(&repo, &["a", "b"]);
    // Something else is staged, and stays so.
    repo.write("migrations/1_a.sql", format!("{A}{C}")).write("notes.txt", "staged\n").git(["add", "notes.txt"]);
    let ran = commit(&repo, &["migrations/1_a.sql"]).bad();
    let command = advised(&ran, "tidegate docs").replace("git commit --", "git commit -qm next --");
    repo.run_shell(&command, &[]).good();
    assert_eq!(status(&repo), "M  notes.txt\n");
    shows(&repo, &["a", "c"]);
    // Nothing of ours among them: nothing to refuse.
    commit(&repo, &["notes.txt"]).good();
    assert_eq!(status(&repo), "");
}

#[test]
fn an_index_that_the_user_named_is_left_alone() {
    let repo = project();
    repo.write("migrations/2_b.sql", B);
    let index = repo.path().join(".git/other-index").display().to_string();
    let other = [("GIT_INDEX_FILE", index.as_str())];
    repo.run_git(&["read-tree", "HEAD"], &other).good();
    repo.run_git(&["add", "migrations"], &other).good();
    repo.run_git(&["commit", "-qm", "other"], &other).bad().says("other-index").says("GIT_INDEX_FILE");
    assert_eq!(status(&repo), "?? migrations/2_b.sql\n");
}
