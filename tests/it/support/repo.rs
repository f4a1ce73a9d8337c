//! Git repositories made on the fly, by the `git` program: a witness that shares no code with tidegate.

use std::fs;
use std::path::Path;
use std::process::Command;

use tempfile::TempDir;

use super::tool::tool;

/// A repository in a temporary folder, with a branch `main` and fixed names and times, so that hashes repeat.
pub(crate) struct Repo {
    dir: TempDir,
}

impl Repo {
    pub(crate) fn new() -> Self {
        let repo = Self { dir: TempDir::new().unwrap() };
        repo.git(["init", "--quiet", "--initial-branch=main"]);
        repo
    }

    pub(crate) fn path(&self) -> &Path {
        self.dir.path()
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
        let output = Command::new(tool(&["git"]))
            .args(arguments)
            .current_dir(self.path())
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", self.path())
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .envs([("GIT_AUTHOR_NAME", "A. Author"), ("GIT_AUTHOR_EMAIL", "author@example.org")])
            .envs([("GIT_COMMITTER_NAME", "A. Author"), ("GIT_COMMITTER_EMAIL", "author@example.org")])
            .envs([("GIT_AUTHOR_DATE", "2024-01-01T00:00:00Z"), ("GIT_COMMITTER_DATE", "2024-01-01T00:00:00Z")])
            .output()
            .unwrap();
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "git {arguments:?}: {errors}");
        String::from_utf8(output.stdout).unwrap()
    }
}
