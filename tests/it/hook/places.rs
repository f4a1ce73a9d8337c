//! Where hooks run: work trees, submodules, repositories that libgit2 does not read, environments with nothing in them.

use std::os::unix::ffi::OsStrExt as _;

use super::*;
use crate::support::cli::binary;
use crate::support::tool::tool;

#[test]
fn repositories_of_every_kind() {
    let split = project();
    split.git(["update-index", "--split-index"]);
    let sha256 = with_first_commit(Repo::with(&["--object-format=sha256"]));
    let sparse = project();
    sparse.write("elsewhere/x.txt", "x").stage();
    commit(&sparse, &[]).good();
    sparse.git(["sparse-checkout", "set", "--cone", "--sparse-index", "migrations"]);
    assert!(!exists(&sparse, "docs"));
    for repo in [&split, &sha256, &sparse] {
        repo.write("migrations/2_b.sql", B).git(["add", "migrations"]);
        commit(repo, &[]).good();
        assert_eq!(status(repo), "");
        shows(repo, &["a", "b"]);
    }
    assert!(!exists(&sparse, "docs") && !exists(&sparse, "elsewhere"));
}

#[test]
fn work_trees_share_the_hooks() {
    let repo = project();
    repo.git(["worktree", "add", "-q", "-b", "side", "side tree"]);
    let side = repo.at("side tree");
    side.write("migrations/2_b.sql", B).stage();
    commit(&side, &[]).good();
    assert_eq!(status(&side), "");
    shows(&side, &["a", "b"]);
    shows(&repo, &["a"]);
    assert!(side.run_shell("tidegate hook status", &[]).good().stdout.contains("pre-push          installed"));
    side.write("migrations/2_b.sql", format!("{B}{C}"));
    commit(&side, &["migrations/2_b.sql"]).bad().says("cannot go along");
}

#[test]
fn submodules_have_hooks_of_their_own() {
    let repo = Repo::new();
    repo.write("README.md", "x\n").commit("one");
    let inner = project();
    let url = inner.path().to_str().unwrap();
    repo.run_git(&["-c", "protocol.file.allow=always", "submodule", "add", "-q", url, "sub"], &[]).good();
    repo.commit("two");
    let sub = repo.at("sub");
    install(&sub);
    assert!(exists(&repo, ".git/modules/sub/hooks/pre-commit") && !exists(&repo, ".git/hooks/pre-commit"));
    sub.write("migrations/2_b.sql", B).stage();
    commit(&sub, &[]).good();
    assert_eq!(status(&sub), "");
    shows(&sub, &["a", "b"]);
}

#[test]
fn a_project_below_the_root_is_found() {
    let repo = Repo::new();
    repo.write("it's here/api/tidegate.toml", CONFIG).write("it's here/api/migrations/1_a.sql", A);
    install(&repo.at("it's here/api"));
    repo.stage();
    commit(&repo, &[]).good();
    assert_eq!(status(&repo), "");
    assert!(head(&repo, "it's here/api/docs/schema/schema.llm.txt").contains("a"));
    assert!(!exists(&repo, "docs"));
}

#[test]
fn an_environment_with_nothing_in_it_is_enough() {
    let repo = project();
    repo.write("migrations/2_b.sql", B).stage();
    let git = tool(&["git"]);
    let name = "-c user.name=A -c user.email=a@example.org";
    // No PATH, no HOME, no terminal: what a graphical program may start git with.
    let line = format!("exec env -i {} {name} commit -q -m next", git.display());
    repo.run_shell(&line, &[]).good();
    assert_eq!(status(&repo), "");
    shows(&repo, &["a", "b"]);
}

#[test]
fn a_tidegate_that_is_gone_is_told() {
    let repo = project();
    let copy = repo.path().join(".git/it's a copy/tidegate");
    std::fs::create_dir(copy.parent().unwrap()).unwrap();
    std::fs::hard_link(binary(), &copy).or_else(|_| std::fs::copy(binary(), &copy).map(|_| ())).unwrap();
    let plain = std::env::var("PATH").unwrap();
    let without = [("PATH", plain.as_str())];
    repo.run_shell("'.git/it'\\''s a copy/tidegate' hook install --force", &without).good();
    repo.write("migrations/2_b.sql", B).stage();
    repo.run_git(&["commit", "-qm", "next"], &without).good();
    shows(&repo, &["a", "b"]);
    let told = repo.run_shell("'.git/it'\\''s a copy/tidegate' hook status", &without).good().stdout;
    assert!(told.contains("not on the PATH; the hooks use"), "{told}");
    std::fs::remove_file(&copy).unwrap();
    repo.write("notes.txt", "third\n").stage();
    let before = tip(&repo);
    repo.run_git(&["commit", "-qm", "next"], &without).bad().says("cannot find tidegate").says("TIDEGATE_SKIP=1");
    assert_eq!(tip(&repo), before);
    let skipped = [("PATH", plain.as_str()), ("TIDEGATE_SKIP", "1")];
    repo.run_git(&["commit", "-qm", "next"], &skipped).good().says("pre-commit skipped");
    // Found again through the PATH, whatever the shim remembers.
    repo.write("migrations/3_c.sql", C).stage();
    commit(&repo, &[]).good();
    shows(&repo, &["a", "b", "c"]);
}

#[test]
fn names_of_any_bytes_stand_beside_ours() {
    let repo = project();
    let odd = std::ffi::OsStr::from_bytes(b"odd \xff\n name.txt");
    std::fs::write(repo.path().join(odd), "x").unwrap();
    std::fs::write(repo.path().join("migrations").join(std::ffi::OsStr::from_bytes(b"\xfe.txt")), "x").unwrap();
    repo.write("migrations/2_b.sql", B).stage();
    commit(&repo, &[]).good();
    assert_eq!(status(&repo), "");
    shows(&repo, &["a", "b"]);
}

#[test]
fn outside_a_work_tree_it_is_said() {
    let bare = Repo::with(&["--bare"]);
    bare.run_shell("tidegate hook run pre-commit", &[]).bad().says("has no work tree");
    let ran = bare.run_shell("tidegate hook install", &[]).bad().says("is a bare repository");
    assert_eq!(ran.status, Some(2));
    let nowhere = tempfile::tempdir().unwrap();
    for verb in ["install", "uninstall", "status", "run pre-commit", "run pre-push"] {
        let line = format!("cd {} && tidegate hook {verb}", nowhere.path().display());
        let ran = bare.run_shell(&line, &[("GIT_CEILING_DIRECTORIES", "/")]).bad().says("is not in a git repository");
        assert_eq!(ran.status, Some(2));
    }
    // An empty repository has nothing to judge.
    let empty = Repo::new();
    empty.write("tidegate.toml", CONFIG);
    empty.run_shell("tidegate hook run pre-commit", &[]).good();
}
