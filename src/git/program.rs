//! A repository read with the `git` program, for what libgit2 cannot read.
//!
//! Only plumbing that prints objects is run: no hook, no pager, no file-system monitor, no fetch, no prompt, and none
//! of the variables that redirect git.

use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::error::{Failure, GitError, nearest};
use super::library::{flat_below, flat_folder, staged};
use super::upstream::Ask;
use super::{Entry, Kind, Revision, State};

pub(super) struct Program {
    folder: PathBuf,
    /// Why the program is asked at all.
    reason: String,
    commit: Option<String>,
    /// Every file of the state.
    entries: Vec<Entry>,
}

impl Program {
    pub(super) fn open(path: &Path, revision: &Revision, reason: &str) -> Result<Self, Failure> {
        let folder = if path.is_dir() { path } else { path.parent().unwrap_or(path) };
        let mut opened =
            Self { folder: folder.to_owned(), reason: reason.to_owned(), commit: None, entries: Vec::new() };
        match revision {
            Revision::Commit(name) => {
                let commit = opened.resolve(name)?;
                let listed = opened.run(None, &["ls-tree", "-r", "-z", "--full-tree", &commit])?;
                opened.entries = parse(&listed, tree_line)?;
                opened.commit = Some(commit);
            }
            Revision::Index { file } => {
                let bare = opened.run(None, &["rev-parse", "--is-bare-repository"])?;
                if bare.starts_with(b"true") && file.is_none() {
                    return Err(GitError::BareIndex { path: path.to_owned() }.into());
                }
                let top = opened.run(None, &["rev-parse", "--show-cdup"])?;
                let up = String::from_utf8_lossy(&top).trim().to_owned();
                opened.folder = opened.folder.join(up);
                let listed = opened.run(file.as_deref(), &["ls-files", "-s", "-z", "--full-name"])?;
                opened.entries = staged(parse(&listed, index_line)?)?;
            }
        }
        opened.entries.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(opened)
    }

    fn command(&self, index: Option<&Path>) -> Command {
        let mut command = Command::new("git");
        for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("GIT_")) {
            command.env_remove(name);
        }
        command
            .arg("-C")
            .arg(&self.folder)
            .args(["--no-pager", "--no-optional-locks", "--literal-pathspecs"])
            .args(["-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null", "-c", "protocol.allow=never"])
            .env("GIT_TERMINAL_PROMPT", "0")
            .env("GIT_NO_LAZY_FETCH", "1")
            .env("LC_ALL", "C")
            .stdin(Stdio::null());
        if let Some(index) = index {
            command.env("GIT_INDEX_FILE", std::path::absolute(index).unwrap_or_else(|_| index.to_owned()));
        }
        command
    }

    fn run(&self, index: Option<&Path>, arguments: &[&str]) -> Result<Vec<u8>, Failure> {
        let output = self.command(index).args(arguments).output().map_err(|error| self.unreadable(&error))?;
        if output.status.success() {
            return Ok(output.stdout);
        }
        let said = String::from_utf8_lossy(&output.stderr).trim().to_owned();
        Err(if said.contains("not a git repository") {
            GitError::NotARepository { path: self.folder.clone() }.into()
        } else if said.contains("dubious ownership") {
            GitError::NotOwned { path: self.folder.clone() }.into()
        } else {
            let problem = format!("says: {}", said.lines().next().unwrap_or("nothing"));
            GitError::Unreadable { path: self.folder.clone(), reason: self.reason.clone(), problem }.into()
        })
    }

    fn unreadable(&self, error: &std::io::Error) -> Failure {
        let problem = match error.kind() {
            std::io::ErrorKind::NotFound => "is not installed".to_owned(),
            _ => format!("does not run: {error}"),
        };
        GitError::Unreadable { path: self.folder.clone(), reason: self.reason.clone(), problem }.into()
    }

    fn resolve(&self, name: &str) -> Result<String, Failure> {
        let spelled = format!("{name}^{{commit}}");
        // First, so that a folder that is no repository is not told as an unknown revision.
        let shallow = self.run(None, &["rev-parse", "--is-shallow-repository"])?.starts_with(b"true");
        let resolved = self.run(None, &["rev-parse", "--verify", "--quiet", "--end-of-options", &spelled]);
        if let Ok(id) = resolved {
            return Ok(String::from_utf8_lossy(&id).trim().to_owned());
        }
        let (path, revision) = (self.folder.clone(), name.to_owned());
        if shallow {
            return Err(GitError::Shallow { path, revision }.into());
        }
        let listed = self.run(None, &["for-each-ref", "--format=%(refname:short)"])?;
        let names: Vec<String> = String::from_utf8_lossy(&listed).lines().map(str::to_owned).collect();
        Err(if names.is_empty() {
            GitError::NoCommits { path, revision }.into()
        } else {
            let nearest = nearest(name, names.into_iter());
            GitError::UnknownRevision { path, revision, nearest }.into()
        })
    }

    /// `git cat-file --batch`: for each id written, a line `id type size`, the bytes and a line end.
    fn batch(&self, entries: &[&Entry], limit: u64) -> Result<Vec<Vec<u8>>, Failure> {
        let failed = |error: std::io::Error| Failure::Other(format!("git cat-file: {error}"));
        let mut child = self
            .command(None)
            .args(["cat-file", "--batch"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|error| self.unreadable(&error))?;
        let (Some(mut input), Some(output)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(Failure::Other("git cat-file has no pipes".to_owned()));
        };
        let mut output = BufReader::new(output);
        let mut read = || -> Result<Vec<Vec<u8>>, Failure> {
            let mut all = Vec::with_capacity(entries.len());
            for entry in entries {
                // One at a time: asking for all at once would fill both pipes.
                writeln!(input, "{}", entry.id).and_then(|()| input.flush()).map_err(failed)?;
                let mut head = String::new();
                output.read_line(&mut head).map_err(failed)?;
                let size = head.split_whitespace().nth(2).and_then(|size| size.parse::<u64>().ok());
                let Some(size) = size else {
                    return Err(GitError::MissingObject { path: entry.path.clone(), id: entry.id.clone() }.into());
                };
                if size > limit {
                    return Err(GitError::TooLarge { path: entry.path.clone(), size }.into());
                }
                let mut bytes = vec![0; usize::try_from(size).unwrap_or_default() + 1];
                output.read_exact(&mut bytes).map_err(failed)?;
                bytes.pop();
                all.push(bytes);
            }
            Ok(all)
        };
        let result = read();
        drop(input);
        if result.is_err() {
            // It may be waiting to write what nobody reads.
            let _ = child.kill();
        }
        child.wait().map_err(failed)?;
        result
    }
}

impl Ask for Program {
    fn resolve(&self, name: &str) -> Result<String, Failure> {
        self.resolve(name)
    }

    fn merge_base(&self, one: &str, other: &str) -> Result<Option<String>, Failure> {
        // Exit code 1 without a word where there is none.
        let output = self.command(None).args(["merge-base", one, other]).output();
        let output = output.map_err(|error| self.unreadable(&error))?;
        match output.status.code() {
            Some(0) => Ok(Some(String::from_utf8_lossy(&output.stdout).trim().to_owned())),
            Some(1) => Ok(None),
            _ => Err(Failure::Other(String::from_utf8_lossy(&output.stderr).trim().to_owned())),
        }
    }

    fn is_shallow(&self) -> Result<bool, Failure> {
        Ok(self.run(None, &["rev-parse", "--is-shallow-repository"])?.starts_with(b"true"))
    }
}

impl State for Program {
    fn commit(&self) -> Option<String> {
        self.commit.clone()
    }

    fn folder(&self, folder: &str) -> Result<Option<Vec<Entry>>, Failure> {
        Ok(flat_folder(&self.entries, folder))
    }

    fn below(&self, folder: &str) -> Result<Vec<Entry>, Failure> {
        Ok(flat_below(&self.entries, folder))
    }

    fn bytes(&self, entries: &[&Entry], limit: u64) -> Result<Vec<Vec<u8>>, Failure> {
        if entries.is_empty() { Ok(Vec::new()) } else { self.batch(entries, limit) }
    }
}

fn parse<T>(listed: &[u8], line: impl Fn(&str, &str) -> Option<T>) -> Result<Vec<T>, Failure> {
    let mut out = Vec::new();
    for record in listed.split(|byte| *byte == 0).filter(|record| !record.is_empty()) {
        // A name that is not UTF-8 cannot be a migration's.
        let Ok(record) = std::str::from_utf8(record) else { continue };
        let parsed = record.split_once('\t').and_then(|(head, path)| line(head, path));
        out.push(parsed.ok_or_else(|| Failure::Other(format!("git lists «{record}», which is not understood")))?);
    }
    Ok(out)
}

/// `100644 blob ID`
fn tree_line(head: &str, path: &str) -> Option<Entry> {
    let mut words = head.split(' ');
    let mode = u32::from_str_radix(words.next()?, 8).ok()?;
    let id = words.nth(1)?.to_owned();
    Some(Entry { path: path.to_owned(), kind: Kind::of_mode(mode), id })
}

/// `100644 ID STAGE`
fn index_line(head: &str, path: &str) -> Option<(u16, Entry)> {
    let mut words = head.split(' ');
    let mode = u32::from_str_radix(words.next()?, 8).ok()?;
    let id = words.next()?.to_owned();
    let stage = words.next()?.parse().ok()?;
    Some((stage, Entry { path: path.to_owned(), kind: Kind::of_mode(mode), id }))
}
