//! Git repositories made on the fly, by the `git` program: a witness that shares no code with tidegate.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::rc::Rc;

use tempfile::TempDir;

use super::cli::binary;
use super::tool::tool;

/// A repository in a temporary folder, with a branch `main` and fixed names and times, so that hashes repeat.
pub(crate) struct Repo {
    /// Goes with the last repository that lies in it.
    dir: Rc<TempDir>,
    path: PathBuf,
}

/// How a program ended.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) status: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Repo {
    pub(crate) fn new() -> Self {
        Self::with(&[])
    }

    /// With options of `git init`.
    pub(crate) fn with(options: &[&str]) -> Self {
        let dir = TempDir::new().unwrap();
        let repo = Self { path: dir.path().to_owned(), dir: Rc::new(dir) };
        let arguments: Vec<&str> =
            ["init", "--quiet", "--initial-branch=main"].iter().chain(options).copied().collect();
        repo.run_git(&arguments, &[]).good();
        repo
    }

    /// Another folder of this repository, or another repository below it: a work tree, a submodule, a clone.
    pub(crate) fn at(&self, path: impl AsRef<Path>) -> Self {
        Self { dir: self.dir.clone(), path: self.path.join(path) }
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// A file of the work tree.
    pub(crate) fn read(&self, path: &str) -> String {
        fs::read_to_string(self.path().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
    }

    /// Runs git as a person would who has tidegate on the PATH.
    pub(crate) fn run_git(&self, arguments: &[&str], environment: &[(&str, &str)]) -> Ran {
        let mut command = Command::new(tool(&["git"]));
        command.args(arguments);
        self.run(command, environment)
    }

    /// Runs a line of shell likewise.
    pub(crate) fn run_shell(&self, line: &str, environment: &[(&str, &str)]) -> Ran {
        let mut command = Command::new("sh");
        command.args(["-c", line]);
        self.run(command, environment)
    }

    fn run(&self, mut command: Command, environment: &[(&str, &str)]) -> Ran {
        let path = std::env::var("PATH").unwrap_or_default();
        let output = command
            .current_dir(self.path())
            .env_clear()
            .env("PATH", format!("{}:{path}", binary().parent().unwrap().display()))
            .env("HOME", self.path())
            .env("XDG_CACHE_HOME", Path::new(env!("CARGO_TARGET_TMPDIR")).join("cache"))
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .envs([("GIT_AUTHOR_NAME", "A. Author"), ("GIT_AUTHOR_EMAIL", "author@example.org")])
            .envs([("GIT_COMMITTER_NAME", "A. Author"), ("GIT_COMMITTER_EMAIL", "author@example.org")])
            .envs([("GIT_AUTHOR_DATE", "2024-01-01T00:00:00Z"), ("GIT_COMMITTER_DATE", "2024-01-01T00:00:00Z")])
            .envs(environment.iter().copied())
            .stdin(Stdio::null())
            .output()
            .unwrap();
        Ran {
            status: output.status.code(),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    /// Writes a file of the work tree, its folders with it.
    pub(crate) fn write(&self, path: &str, content: impl AsRef<[u8]>) -> &Self {
        let file = self.path().join(path);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, content).unwrap();
        self
    }

    /// Stages everything.
    pub(crate) fn stage(&self) -> &Self {
        self.git(["add", "--all"]);
        self
    }

    /// Commits everything and returns the hash.
    pub(crate) fn commit(&self, message: &str) -> String {
        self.stage();
        self.git(["commit", "--quiet", "--allow-empty", "--message", message]);
        self.git(["rev-parse", "HEAD"]).trim().to_owned()
    }

    /// Runs git and returns its stdout. A failure fails the test.
    pub(crate) fn git<const N: usize>(&self, arguments: [&str; N]) -> String {
        let ran = self.run_git(&arguments, &[]);
        assert_eq!(ran.status, Some(0), "git {arguments:?}: {}", ran.stderr);
        ran.stdout
    }
}

impl Ran {
    /// It must have ended well.
    pub(crate) fn good(self) -> Self {
        assert_eq!(self.status, Some(0), "{self:#?}");
        self
    }

    /// It must not have.
    pub(crate) fn bad(self) -> Self {
        assert!(self.status.is_some_and(|status| status != 0), "{self:#?}");
        self
    }

    /// Its stderr must say this.
    pub(crate) fn says(self, text: &str) -> Self {
        assert!(self.stderr.contains(text), "no {text:?} in\n{}", self.stderr);
        self
    }

    /// Its stderr must not.
    pub(crate) fn says_no(self, text: &str) -> Self {
        assert!(!self.stderr.contains(text), "{text:?} in\n{}", self.stderr);
        self
    }
}
