use std::fs;
use std::path::Path;
use std::process::Command;

use tempfile::TempDir;

use super::*;

/// A repository made with the git program, away from the machine's own configuration.
struct Fixture {
    folder: TempDir,
}

impl Fixture {
    fn new(arguments: &[&str]) -> Self {
        let fixture = Self { folder: TempDir::new().unwrap() };
        let mut init = vec!["init", "-q", "-b", "main"];
        init.extend(arguments);
        fixture.git(&init);
        fixture
    }

    /// Two commits: `m/1_a.sql`, then `m/2_b.sql`; tagged `v1` and `v2`.
    fn with_history(arguments: &[&str]) -> Self {
        let fixture = Self::new(arguments);
        fixture.write("db/m/1_a.sql", "select 1;\n").write("Cargo.toml", "sqlx = \"0.8\"\n").commit("one");
        fixture.git(&["tag", "v1"]);
        fixture.write("db/m/2_b.sql", "select 2;\n").commit("two");
        fixture.git(&["tag", "-a", "-m", "second", "v2"]);
        fixture
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    fn git(&self, arguments: &[&str]) -> String {
        git(self.path(), arguments)
    }

    fn write(&self, path: &str, text: &str) -> &Self {
        let path = self.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
        self
    }

    fn commit(&self, message: &str) -> &Self {
        self.git(&["add", "-A"]);
        self.git(&["commit", "-q", "-m", message]);
        self
    }

    fn read(&self, revision: &str, path: Option<&str>) -> Result<GitTree, GitError> {
        tree(self.path(), &Revision::parse(revision), path)
    }

    fn names(&self, revision: &str) -> Vec<String> {
        self.read(revision, Some("db/m")).unwrap().tree.into_keys().collect()
    }

    fn message(&self, revision: &str, path: Option<&str>) -> String {
        self.read(revision, path).unwrap_err().to_string()
    }
}

fn git(folder: &Path, arguments: &[&str]) -> String {
    let mut command = Command::new("git");
    for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("GIT_")) {
        command.env_remove(name);
    }
    let output = command
        .current_dir(folder)
        .args(["-c", "user.name=T", "-c", "user.email=t@example.org", "-c", "protocol.file.allow=always"])
        .args(arguments)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_SYSTEM", "/dev/null")
        .output()
        .unwrap();
    assert!(output.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn a_revision_shows_its_own_state() {
    let fixture = Fixture::with_history(&[]);
    fixture.write("db/m/3_c.sql", "select 3;\n");
    assert_eq!(fixture.names("v1"), ["1_a.sql"]);
    assert_eq!(fixture.names("v2"), ["1_a.sql", "2_b.sql"]);
    assert_eq!(fixture.names("HEAD~1"), ["1_a.sql"]);
    let read = fixture.read("main", Some("./db//m/")).unwrap();
    assert_eq!(read.tree["2_b.sql"], b"select 2;\n");
    assert_eq!(read.commit, Some(fixture.git(&["rev-parse", "main"]).trim().to_owned()));
    assert_eq!(read.hints.location.as_deref(), Some("db/m"));
    assert_eq!(read.hints.files["Cargo.toml"], b"sqlx = \"0.8\"\n");
    // From a folder inside the repository as well: the path is below its root.
    let inside = tree(&fixture.path().join("db"), &Revision::parse("v1"), Some("db/m")).unwrap();
    assert_eq!(inside.tree.len(), 1);
    assert_eq!(fixture.read("v1", Some("")).unwrap().tree.len(), 2);
}

#[test]
fn the_index_shows_what_is_staged_and_nothing_else() {
    let fixture = Fixture::with_history(&[]);
    fixture.write("db/m/3_c.sql", "staged\n");
    fixture.git(&["add", "-A"]);
    fixture.write("db/m/3_c.sql", "changed after\n").write("db/m/4_d.sql", "never added\n");
    let read = fixture.read("INDEX", Some("db/m")).unwrap();
    assert_eq!(read.tree.keys().collect::<Vec<_>>(), ["1_a.sql", "2_b.sql", "3_c.sql"]);
    assert_eq!(read.tree["3_c.sql"], b"staged\n");
    assert_eq!((read.commit, read.hints.files.len()), (None, 1));
}

#[test]
fn an_index_that_is_named_is_the_one_that_counts() {
    let fixture = Fixture::with_history(&[]);
    let private = fixture.path().join("private-index");
    fixture.git(&["read-tree", "--index-output=private-index", "v1"]);
    fixture.git(&["reset", "-q", "--mixed"]);
    let read = tree(fixture.path(), &Revision::Index { file: Some(private.clone()) }, Some("db/m")).unwrap();
    assert_eq!(read.tree.into_keys().collect::<Vec<_>>(), ["1_a.sql"]);
    let opened = program::Program::open(fixture.path(), &Revision::Index { file: Some(private) }, "test").unwrap();
    assert_eq!(opened.below("db/m").unwrap().len(), 1);
}

#[test]
fn an_unresolved_merge_is_not_guessed_about() {
    let fixture = Fixture::with_history(&[]);
    fixture.git(&["checkout", "-q", "-b", "side", "v1"]);
    fixture.write("db/m/1_a.sql", "side\n").commit("side");
    fixture.git(&["checkout", "-q", "main"]);
    fixture.write("db/m/1_a.sql", "main\n").commit("main");
    let merge = Command::new("git")
        .current_dir(fixture.path())
        .args(["-c", "user.name=T", "-c", "user.email=t@example.org", "merge", "-q", "side"])
        .output()
        .unwrap();
    assert!(!merge.status.success());
    assert!(fixture.message("INDEX", Some("db/m")).starts_with("db/m/1_a.sql is being merged"));
}

#[test]
fn links_and_submodules_are_left_out_and_named() {
    let other = Fixture::with_history(&[]);
    let fixture = Fixture::with_history(&[]);
    std::os::unix::fs::symlink("/etc/passwd", fixture.path().join("db/m/9_link.sql")).unwrap();
    fixture.git(&["submodule", "add", "-q", other.path().to_str().unwrap(), "db/m/sub"]);
    fixture.commit("odd ones");
    for revision in ["HEAD", "INDEX"] {
        let read = fixture.read(revision, Some("db/m")).unwrap();
        assert_eq!(read.tree.into_keys().collect::<Vec<_>>(), ["1_a.sql", "2_b.sql"]);
        let notes = read.notes.join("\n");
        assert!(notes.contains("9_link.sql: a symbolic link") && notes.contains("sub: a submodule"), "{notes}");
    }
}

#[test]
fn lfs_pointers_are_named() {
    let fixture = Fixture::with_history(&[]);
    let pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 12\n";
    fixture.write("db/m/3_c.sql", pointer).write("db/m/picture.png", pointer).commit("lfs");
    let message = fixture.message("HEAD", Some("db/m"));
    assert!(message.starts_with("db/m/3_c.sql at HEAD is a Git LFS pointer"), "{message}");
    assert_eq!(fixture.names("v2").len(), 2);
}

#[test]
fn a_split_index_is_read_by_the_program() {
    let fixture = Fixture::with_history(&[]);
    fixture.git(&["update-index", "--split-index"]);
    fixture.write("db/m/3_c.sql", "staged\n");
    fixture.git(&["add", "-A"]);
    let library = library::Library::open(fixture.path(), &Revision::parse("INDEX"));
    assert!(matches!(library.map(|_| ()), Err(Failure::Unsupported(_))));
    let read = fixture.read("INDEX", Some("db/m")).unwrap();
    assert_eq!(read.tree["3_c.sql"], b"staged\n");
    assert_eq!(read.tree.len(), 3);
    // Also from a folder inside, where ls-files would show that folder alone.
    let inside = tree(&fixture.path().join("db/m"), &Revision::parse("INDEX"), Some("db/m")).unwrap();
    assert_eq!((inside.tree, inside.hints), (read.tree, read.hints));
}

#[test]
fn a_sparse_index_is_read_by_the_program() {
    let fixture = Fixture::with_history(&[]);
    fixture.write("elsewhere/x.txt", "x").commit("elsewhere");
    fixture.git(&["sparse-checkout", "set", "--cone", "--sparse-index", "db"]);
    assert!(!fixture.path().join("elsewhere").exists());
    assert_eq!(fixture.names("INDEX"), ["1_a.sql", "2_b.sql"]);
    assert_eq!(fixture.read("INDEX", Some("elsewhere")).unwrap().tree["x.txt"], b"x");
}

#[test]
fn sha256_is_read_by_the_program() {
    let fixture = Fixture::with_history(&["--object-format=sha256"]);
    assert_eq!(fixture.names("v1"), ["1_a.sql"]);
    assert_eq!(fixture.names("INDEX"), ["1_a.sql", "2_b.sql"]);
    assert_eq!(fixture.read("main", Some("db/m")).unwrap().commit.unwrap().len(), 64);
    let message = fixture.message("mian", Some("db/m"));
    assert!(message.contains("did you mean main"), "{message}");
    let message = fixture.message("main", Some("db/n"));
    assert!(message.contains("There are: db/m"), "{message}");
}

#[test]
fn both_ways_of_reading_agree() {
    let fixture = Fixture::with_history(&[]);
    fixture.write("db/m/deep/3 c, \"x\".sql", "x").write("db/m/ünï.sql", "").commit("names");
    for revision in ["HEAD", "v2", "v1", "INDEX"] {
        let revision = Revision::parse(revision);
        let library = library::Library::open(fixture.path(), &revision).unwrap();
        let program = program::Program::open(fixture.path(), &revision, "test").unwrap();
        for path in ["db/m", "db", ""] {
            let both = [&library as &dyn State, &program].map(|state| read(state, &revision, Some(path)).unwrap());
            assert_eq!(both[0], both[1]);
        }
    }
}

#[test]
fn without_a_path_the_folder_is_looked_for() {
    let fixture = Fixture::new(&[]);
    fixture.write("README.md", "x").commit("nothing yet");
    assert!(fixture.message("HEAD", None).starts_with("no migrations found at HEAD"));
    fixture.write("api/migrations/1_a.sql", "select 1;").commit("one");
    assert_eq!(fixture.read("HEAD", None).unwrap().path, "api/migrations");
    fixture.write("spec/migrations/1_a.sql", "select 1;").commit("tests");
    assert_eq!(fixture.read("HEAD", None).unwrap().path, "api/migrations");
    fixture.write("web/migrations/1_a.sql", "select 1;").commit("two");
    let message = fixture.message("HEAD", None);
    assert!(message.contains("api/migrations, web/migrations. Name one: git:HEAD:api/migrations"), "{message}");
}

#[test]
fn what_is_not_there_is_said_with_what_is() {
    let empty = TempDir::new().unwrap();
    let message = tree(empty.path(), &Revision::parse("HEAD"), None).unwrap_err().to_string();
    assert!(message.contains("is not in a git repository"), "{message}");
    let message = tree(&empty.path().join("x"), &Revision::parse("HEAD"), None).unwrap_err().to_string();
    assert!(message.ends_with("does not exist"), "{message}");

    let fresh = Fixture::new(&[]);
    assert!(fresh.message("HEAD", Some("m")).contains("has no commit yet"));
    assert!(fresh.read("INDEX", Some("")).unwrap().tree.is_empty());

    let fixture = Fixture::with_history(&[]);
    let message = fixture.message("mian", Some("db/m"));
    assert!(message.contains("no revision mian") && message.contains("did you mean main?"), "{message}");
    let message = fixture.message("HEAD", Some("db/migrations"));
    assert_eq!(message, "no folder db/migrations at HEAD. There are: db/m");
    let message = fixture.message("HEAD", Some("nowhere/deep"));
    assert_eq!(message, "no folder nowhere/deep at HEAD. There are: db");
    let message = fixture.message("HEAD", Some("db/m/1_a.sql"));
    assert!(message.contains("is a file at HEAD"), "{message}");
    for outside in ["/etc", "../x", "db/../../x"] {
        assert!(fixture.message("HEAD", Some(outside)).contains("no path below"), "{outside}");
    }
    let message = fixture.message("HEAD:db/m/1_a.sql", Some("db/m"));
    assert!(message.contains("is a blob, not a commit"), "{message}");
    assert!(fixture.message("--help", Some("db/m")).contains("no revision --help"));
}

#[test]
fn bare_repositories_have_revisions_and_no_index() {
    let fixture = Fixture::with_history(&[]);
    let bare = TempDir::new().unwrap();
    git(bare.path(), &["clone", "-q", "--bare", fixture.path().to_str().unwrap(), "."]);
    let read = tree(bare.path(), &Revision::parse("v1"), Some("db/m")).unwrap();
    assert_eq!(read.tree.len(), 1);
    let message = tree(bare.path(), &Revision::parse("INDEX"), Some("db/m")).unwrap_err().to_string();
    assert!(message.contains("is bare and has no index"), "{message}");
}

#[test]
fn shallow_clones_say_what_to_fetch() {
    let fixture = Fixture::with_history(&[]);
    let clone = TempDir::new().unwrap();
    let url = format!("file://{}", fixture.path().display());
    git(clone.path(), &["clone", "-q", "--depth=1", &url, "."]);
    assert_eq!(tree(clone.path(), &Revision::parse("HEAD"), Some("db/m")).unwrap().tree.len(), 2);
    let message = tree(clone.path(), &Revision::parse("origin/side~2"), Some("db/m")).unwrap_err().to_string();
    assert!(message.contains("git fetch --depth=1 origin side") && message.contains("--unshallow"), "{message}");
}

#[test]
fn worktrees_have_their_own_index() {
    let fixture = Fixture::with_history(&[]);
    let folder = TempDir::new().unwrap();
    let worktree = folder.path().join("w");
    fixture.git(&["worktree", "add", "-q", worktree.to_str().unwrap(), "v1"]);
    let names = |revision: &str| {
        let read = tree(&worktree, &Revision::parse(revision), Some("db/m")).unwrap();
        read.tree.into_keys().collect::<Vec<_>>()
    };
    assert_eq!(names("INDEX"), ["1_a.sql"]);
    assert_eq!(names("HEAD"), ["1_a.sql"]);
    assert_eq!(names("main").len(), 2);
}

#[test]
fn the_upstream_is_found_and_where_the_work_left_it() {
    for arguments in [&[][..], &["--object-format=sha256"]] {
        let fixture = Fixture::with_history(arguments);
        let message = upstream(fixture.path(), None, "HEAD").unwrap_err().to_string();
        assert!(message.contains("--upstream REV") && message.contains("tidegate.toml"), "{message}");
        fixture.git(&["update-ref", "refs/remotes/origin/master", "v2"]);
        fixture.git(&["checkout", "-q", "-b", "change", "v1"]);
        fixture.write("db/m/3_c.sql", "select 3;\n").commit("three");
        let hash = |name: &str| fixture.git(&["rev-parse", &format!("{name}^{{commit}}")]).trim().to_owned();
        let found = upstream(fixture.path(), None, "HEAD").unwrap();
        assert_eq!(found, Upstream { name: "origin/master".into(), tip: hash("v2"), base: Some(hash("v1")) });
        assert_eq!(upstream(fixture.path(), Some("v1"), "v2").unwrap().tip, hash("v1"));
        assert!(upstream(fixture.path(), Some("mian"), "HEAD").unwrap_err().to_string().contains("did you mean main"));
        fixture.git(&["checkout", "-q", "--orphan", "alone"]);
        fixture.commit("nothing in common");
        assert_eq!(upstream(fixture.path(), None, "HEAD").unwrap().base, None);
    }
}

#[test]
fn a_shallow_clone_that_ends_too_early_is_told_so() {
    let fixture = Fixture::with_history(&[]);
    fixture.git(&["checkout", "-q", "-b", "change", "v1"]);
    fixture.write("db/m/3_c.sql", "select 3;\n").commit("three");
    let clone = TempDir::new().unwrap();
    let url = format!("file://{}", fixture.path().display());
    git(clone.path(), &["clone", "-q", "--depth=1", "--no-single-branch", "-b", "change", &url, "."]);
    let message = upstream(clone.path(), Some("origin/main"), "HEAD").unwrap_err().to_string();
    assert!(message.contains("git fetch --unshallow") && message.contains("fetch-depth: 0"), "{message}");
}
