//! Git as a hook meets it: the repository, index and commit that git itself is working with at this moment.
//!
//! Unlike reading a revision for a chart, what git put into the environment (`GIT_DIR`, `GIT_INDEX_FILE`, …) counts
//! here: it names the very index that is about to be committed. Everything is asked of the `git` program, which reads
//! every kind of repository there is (split and sparse index, reftable, SHA-256), and never of a configuration that
//! could run something: no pager, no external diff, no fetch, no prompt.

use std::ffi::{OsStr, OsString};
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use super::GitError;

/// The `git` program, run in one folder with the environment of this process.
#[derive(Clone, Debug)]
pub struct Git {
    folder: PathBuf,
    /// Read instead of the index that the environment names.
    index: Option<PathBuf>,
}

/// Where a repository keeps what a hook needs. All paths are absolute.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The work tree's root; `None` in a bare repository.
    pub root: Option<PathBuf>,
    /// Of this work tree: `.git`, or `.git/worktrees/NAME`.
    pub git_dir: PathBuf,
    /// Where this work tree's own index lies.
    pub index: PathBuf,
}

impl Git {
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self { folder: folder.into(), index: None }
    }

    /// The same repository in another folder of it.
    #[must_use]
    pub fn within(&self, folder: impl Into<PathBuf>) -> Self {
        Self { folder: folder.into(), ..self.clone() }
    }

    /// The same repository with another index.
    #[must_use]
    pub fn with_index(&self, file: impl Into<PathBuf>) -> Self {
        Self { index: Some(file.into()), ..self.clone() }
    }

    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// # Errors
    /// Outside a repository, or in one that git does not read.
    pub fn place(&self) -> Result<Place, GitError> {
        let output = self.output(["rev-parse", "--absolute-git-dir", "--show-toplevel"], None)?;
        let lines: Vec<PathBuf> = trimmed(&output.stdout).split(|byte| *byte == b'\n').map(path).collect();
        // Without a work tree the first line is there, and then the failure.
        let (git_dir, root) = match lines.as_slice() {
            [git_dir, root] => (git_dir.clone(), Some(root.clone())),
            [git_dir] if git_dir.is_absolute() => (git_dir.clone(), None),
            _ => return self.ended(output).and(Err(self.other("git rev-parse says nothing".to_owned()))),
        };
        // Not asked with `--git-path index`: that answers with the private index where the environment names one.
        Ok(Place { root, index: git_dir.join("index"), git_dir })
    }

    /// Where git looks for hooks. To be asked in the root: a relative `core.hooksPath` is relative to it.
    ///
    /// # Errors
    /// Where git does not run.
    pub fn hooks_folder(&self) -> Result<PathBuf, GitError> {
        Ok(self.folder.join(path(trimmed(&self.run(["rev-parse", "--git-path", "hooks"])?))))
    }

    /// The commit of a name; `None` where there is none of that name.
    ///
    /// # Errors
    /// Where git does not run.
    pub fn commit(&self, name: &str) -> Result<Option<String>, GitError> {
        let spelled = format!("{name}^{{commit}}");
        let output = self.output(["rev-parse", "--verify", "--quiet", "--end-of-options", &spelled], None)?;
        Ok(output.status.success().then(|| String::from_utf8_lossy(trimmed(&output.stdout)).into_owned()))
    }

    /// One value of the configuration, as git resolves it.
    ///
    /// # Errors
    /// Where git does not run.
    pub fn config(&self, arguments: &[&str]) -> Result<Option<PathBuf>, GitError> {
        let all = ["config", "-z"].iter().chain(arguments);
        let output = self.output(all, None)?;
        let value = output.stdout.split(|byte| *byte == 0).next().unwrap_or_default();
        Ok(output.status.success().then(|| path(value)))
    }

    /// Paths below the root that a `git diff --name-only` or `git ls-files` prints.
    ///
    /// # Errors
    /// Where git does not run or refuses.
    pub fn names<S: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = S>) -> Result<Vec<PathBuf>, GitError> {
        let listed = self.run(arguments)?;
        Ok(listed.split(|byte| *byte == 0).filter(|name| !name.is_empty()).map(path).collect())
    }

    /// The bytes of objects, by anything that names one (`:path` of the index, `REV:path`, a hash); `None` for those
    /// that are not there.
    ///
    /// # Errors
    /// Where git does not run.
    pub fn objects(&self, names: &[OsString]) -> Result<Vec<Option<Vec<u8>>>, GitError> {
        if names.is_empty() {
            return Ok(Vec::new());
        }
        let mut child = self
            .command(["cat-file", "--batch"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|error| self.not_run(&error))?;
        let failed = |error: std::io::Error| self.other(format!("git cat-file: {error}"));
        let (Some(mut input), Some(output)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(self.other("git cat-file has no pipes".to_owned()));
        };
        let asked = names.to_vec();
        // From a thread of its own: both pipes are of limited size.
        let feeder = std::thread::spawn(move || {
            for name in asked {
                if input.write_all(name.as_bytes()).and_then(|()| input.write_all(b"\n")).is_err() {
                    return;
                }
            }
        });
        let mut output = BufReader::new(output);
        let mut read = || -> Result<Vec<Option<Vec<u8>>>, GitError> {
            let mut all = Vec::with_capacity(names.len());
            for _ in names {
                let mut head = Vec::new();
                output.read_until(b'\n', &mut head).map_err(failed)?;
                let head = String::from_utf8_lossy(&head).trim_end().to_owned();
                if head.ends_with(" missing") {
                    all.push(None);
                    continue;
                }
                let size = head.rsplit(' ').next().and_then(|size| size.parse::<usize>().ok());
                let Some(size) = size else {
                    return Err(self.other(format!("git cat-file says «{head}», which is not understood")));
                };
                let mut bytes = vec![0; size + 1];
                output.read_exact(&mut bytes).map_err(failed)?;
                bytes.pop();
                all.push(Some(bytes));
            }
            Ok(all)
        };
        let result = read();
        if result.is_err() {
            let _ = child.kill();
        }
        let _ = feeder.join();
        child.wait().map_err(failed)?;
        result
    }

    /// Runs git and returns its stdout.
    ///
    /// # Errors
    /// Where it does not run or does not end well.
    pub fn run<S: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = S>) -> Result<Vec<u8>, GitError> {
        self.ended(self.output(arguments, None)?)
    }

    /// Runs git with something to read on its stdin.
    ///
    /// # Errors
    /// Where it does not run or does not end well.
    pub fn feed<S: AsRef<OsStr>>(
        &self,
        arguments: impl IntoIterator<Item = S>,
        input: Vec<u8>,
    ) -> Result<Vec<u8>, GitError> {
        self.ended(self.output(arguments, Some(input))?)
    }

    /// Whether git is told to pass over a path, which is relative to the folder.
    ///
    /// # Errors
    /// Where git does not run or refuses.
    pub fn is_ignored(&self, path: &Path) -> Result<bool, GitError> {
        let mut command = self.bare_command();
        // Not with the others' options: it refuses literal pathspecs, and takes every path literally.
        let output = command.args(["check-ignore", "-q", "--"]).arg(path).output();
        let output = output.map_err(|error| self.not_run(&error))?;
        match output.status.code() {
            Some(0) => Ok(true),
            Some(1) => Ok(false),
            _ => self.ended(output).map(|_| false),
        }
    }

    fn command<S: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = S>) -> Command {
        let mut command = self.bare_command();
        command.args(["--literal-pathspecs", "-c", "core.quotePath=false"]).args(arguments);
        command
    }

    fn bare_command(&self) -> Command {
        let mut command = Command::new("git");
        command
            .arg("--no-pager")
            .current_dir(&self.folder)
            .env("GIT_TERMINAL_PROMPT", "0")
            .env("GIT_NO_LAZY_FETCH", "1")
            .env("LC_ALL", "C")
            .stdin(Stdio::null());
        if let Some(index) = &self.index {
            command.env("GIT_INDEX_FILE", index);
        }
        command
    }

    fn output<S: AsRef<OsStr>>(
        &self,
        arguments: impl IntoIterator<Item = S>,
        input: Option<Vec<u8>>,
    ) -> Result<Output, GitError> {
        let mut command = self.command(arguments);
        let Some(bytes) = input else { return command.output().map_err(|error| self.not_run(&error)) };
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|error| self.not_run(&error))?;
        let feeder = child.stdin.take().map(|mut stdin| std::thread::spawn(move || drop(stdin.write_all(&bytes))));
        let output = child.wait_with_output().map_err(|error| self.not_run(&error))?;
        if let Some(feeder) = feeder {
            let _ = feeder.join();
        }
        Ok(output)
    }

    fn ended(&self, output: Output) -> Result<Vec<u8>, GitError> {
        if output.status.success() {
            return Ok(output.stdout);
        }
        let said = String::from_utf8_lossy(&output.stderr).trim().to_owned();
        Err(if said.contains("not a git repository") {
            GitError::NotARepository { path: self.folder.clone() }
        } else if said.contains("dubious ownership") {
            GitError::NotOwned { path: self.folder.clone() }
        } else {
            self.other(said.lines().next().unwrap_or("git failed and says nothing").to_owned())
        })
    }

    fn not_run(&self, error: &std::io::Error) -> GitError {
        self.other(match error.kind() {
            std::io::ErrorKind::NotFound if self.folder.is_dir() => "the git program is not on the PATH".to_owned(),
            _ => format!("the git program does not run: {error}"),
        })
    }

    fn other(&self, reason: String) -> GitError {
        GitError::Other { path: self.folder.clone(), reason }
    }
}

fn path(bytes: impl AsRef<[u8]>) -> PathBuf {
    PathBuf::from(OsString::from_vec(bytes.as_ref().to_vec()))
}

fn trimmed(bytes: &[u8]) -> &[u8] {
    bytes.strip_suffix(b"\n").unwrap_or(bytes)
}
