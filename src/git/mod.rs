//! Migrations as they stand at a git revision, or as they are staged in the index.
//!
//! Promises what `git show REV:path` would show, read with libgit2 and, where that cannot read the repository (split
//! or sparse index, reftable, SHA-256), with the `git` program. Nothing is written, no hook runs, nothing is fetched,
//! and the environment (`GIT_DIR`, `GIT_INDEX_FILE`, …) decides nothing: what counts is given.

mod error;
mod library;
mod program;
mod upstream;
mod work;

use std::path::{Path, PathBuf};

pub use error::GitError;
pub use upstream::{Upstream, upstream};
pub use work::{Git, Place};

use crate::migration::folder::{LARGEST_FILE, LARGEST_HINT, TELLING};
use crate::migration::{Hints, Tree, places};
use error::Failure;

/// Which state of the repository.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Revision {
    /// Anything that names a commit: `main`, `v1.2`, `HEAD~3`, a hash.
    Commit(String),
    /// What is staged. `file` is the index to read, where it is not the repository's own (`GIT_INDEX_FILE` of a hook).
    Index { file: Option<PathBuf> },
}

impl Revision {
    /// `INDEX` is what is staged, everything else a commit.
    pub fn parse(text: &str) -> Self {
        match text {
            "INDEX" => Self::Index { file: None },
            commit => Self::Commit(commit.to_owned()),
        }
    }
}

impl std::fmt::Display for Revision {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Commit(name) => formatter.write_str(name),
            Self::Index { .. } => formatter.write_str("INDEX"),
        }
    }
}

/// What [`tree`] read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GitTree {
    pub tree: Tree,
    pub hints: Hints,
    /// The folder below the repository's root, `/` between its parts; empty for the root.
    pub path: String,
    /// The commit's full hash; `None` for the index.
    pub commit: Option<String>,
    /// What was passed over (links, submodules), for stderr.
    pub notes: Vec<String>,
}

/// The files below `path` (relative to the repository's root) at `revision`. `repository` is the repository or any
/// folder in it. Without `path` the folder is looked for as `tidegate init` does.
///
/// # Errors
/// See [`GitError`].
pub fn tree(repository: &Path, revision: &Revision, path: Option<&str>) -> Result<GitTree, GitError> {
    let path = path.map(normal).transpose()?;
    let first =
        library::Library::open(repository, revision).and_then(|opened| read(&opened, revision, path.as_deref()));
    match first {
        Err(Failure::Unsupported(reason)) => program::Program::open(repository, revision, &reason)
            .and_then(|opened| read(&opened, revision, path.as_deref()))
            .map_err(|failure| failure.into_error(repository)),
        other => other.map_err(|failure| failure.into_error(repository)),
    }
}

/// The same, where the folder may be younger than the revision, or gone: `None` where there is no such folder.
///
/// # Errors
/// See [`GitError`].
pub fn tree_if_there(repository: &Path, revision: &Revision, path: &str) -> Result<Option<GitTree>, GitError> {
    match tree(repository, revision, Some(path)) {
        Ok(tree) => Ok(Some(tree)),
        Err(GitError::PathMissing { .. } | GitError::NotAFolder { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}

/// One file of a state.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Entry {
    /// Below the repository's root.
    path: String,
    kind: Kind,
    /// Its object, in hexadecimal.
    id: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    File,
    Folder,
    Link,
    Submodule,
}

impl Kind {
    fn of_mode(mode: u32) -> Self {
        match mode & 0o170_000 {
            0o040_000 => Self::Folder,
            0o120_000 => Self::Link,
            0o160_000 => Self::Submodule,
            _ => Self::File,
        }
    }
}

/// One state of a repository, however it is read.
trait State {
    /// The commit's hash.
    fn commit(&self) -> Option<String>;
    /// What lies right in `folder`; `None` where there is no such folder.
    fn folder(&self, folder: &str) -> Result<Option<Vec<Entry>>, Failure>;
    /// Every file below `folder`, sorted by path.
    fn below(&self, folder: &str) -> Result<Vec<Entry>, Failure>;
    /// The bytes of files, in the order asked for. An object that is larger than `limit` is a failure.
    fn bytes(&self, entries: &[&Entry], limit: u64) -> Result<Vec<Vec<u8>>, Failure>;
}

fn read(state: &dyn State, revision: &Revision, path: Option<&str>) -> Result<GitTree, Failure> {
    let path = match path {
        Some(path) => path.to_owned(),
        None => detect(state, revision)?,
    };
    if !path.is_empty() && state.folder(&path)?.is_none() {
        return Err(missing(state, revision, &path)?);
    }
    let mut out = GitTree { commit: state.commit(), path: path.clone(), ..GitTree::default() };
    let below = state.below(&path)?;
    let relative = |entry: &Entry| entry.path[if path.is_empty() { 0 } else { path.len() + 1 }..].to_owned();
    let mut wanted = Vec::new();
    for entry in &below {
        let name = relative(entry);
        match entry.kind {
            Kind::File if passed_over(&name) => {}
            Kind::File => wanted.push(entry),
            Kind::Link => out.notes.push(format!("left out {name}: a symbolic link, which git keeps as a name only")),
            Kind::Submodule => out.notes.push(format!("left out {name}: a submodule")),
            Kind::Folder => {}
        }
    }
    let bytes = state.bytes(&wanted, LARGEST_FILE)?;
    for (entry, bytes) in wanted.into_iter().zip(bytes) {
        if is_lfs_pointer(&bytes) && is_telling(&entry.path) {
            return Err(GitError::Lfs { path: entry.path.clone(), revision: revision.to_string() }.into());
        }
        out.tree.insert(relative(entry), bytes);
    }
    out.hints = hints(state, &path)?;
    Ok(out)
}

/// As a folder on disk is read: no hidden files, nothing of other people.
fn passed_over(path: &str) -> bool {
    let (folders, name) = path.rsplit_once('/').unwrap_or(("", path));
    name.starts_with('.')
        || folders.split('/').any(|part| part.starts_with('.') || part == "node_modules" || part == "target")
}

fn is_telling(path: &str) -> bool {
    [".sql", ".xml", ".yaml", ".yml", ".json", ".toml", ".conf"].iter().any(|ending| path.ends_with(ending))
}

fn is_lfs_pointer(bytes: &[u8]) -> bool {
    bytes.len() < 1024 && bytes.starts_with(b"version https://git-lfs.github.com/spec/")
}

/// The one folder that looks like migrations; several equally likely ones are an error and not a guess.
fn detect(state: &dyn State, revision: &Revision) -> Result<String, Failure> {
    let all = state.below("")?;
    let mut found =
        places::likely(all.iter().filter(|entry| entry.kind == Kind::File).map(|entry| entry.path.as_str()));
    // Those of tests and examples do not count beside the project's own.
    if found.iter().any(|folder| !places::is_aside(folder)) {
        found.retain(|folder| !places::is_aside(folder));
    }
    match found.as_slice() {
        [one] => Ok(one.clone()),
        [] => Err(GitError::NoMigrations { revision: revision.to_string() }.into()),
        several => {
            let folders = several.iter().take(8).cloned().collect();
            Err(GitError::SeveralFolders { revision: revision.to_string(), folders }.into())
        }
    }
}

fn missing(state: &dyn State, revision: &Revision, path: &str) -> Result<Failure, Failure> {
    let (mut above, mut name) = path.rsplit_once('/').unwrap_or(("", path));
    loop {
        if let Some(entries) = state.folder(above)? {
            if entries.iter().any(|entry| entry.path.rsplit('/').next() == Some(name) && entry.kind != Kind::Folder) {
                return Ok(GitError::NotAFolder { path: path.to_owned(), revision: revision.to_string() }.into());
            }
            let mut folders: Vec<String> =
                entries.into_iter().filter(|entry| entry.kind == Kind::Folder).map(|entry| entry.path).collect();
            folders.truncate(12);
            return Ok(GitError::PathMissing { path: path.to_owned(), revision: revision.to_string(), folders }.into());
        }
        (above, name) = above.rsplit_once('/').unwrap_or(("", above));
    }
}

/// The telling files at each level above the folder.
fn hints(state: &dyn State, path: &str) -> Result<Hints, Failure> {
    let mut hints = Hints { location: (!path.is_empty()).then(|| path.to_owned()), ..Hints::default() };
    let mut level = path;
    while !level.is_empty() {
        level = level.rsplit_once('/').map_or("", |(above, _)| above);
        let entries = state.folder(level)?.unwrap_or_default();
        let telling: Vec<&Entry> = entries
            .iter()
            .filter(|entry| entry.kind == Kind::File)
            .filter(|entry| entry.path.rsplit('/').next().is_some_and(|name| TELLING.contains(&name)))
            .collect();
        for entry in telling {
            // A dump is only looked for, never read.
            let bytes = if entry.path.ends_with("structure.sql") { Ok(Vec::new()) } else { one(state, entry) };
            hints.files.insert(entry.path.clone(), bytes?);
        }
    }
    Ok(hints)
}

/// A small file's bytes; nothing of one that is too large for a hint.
fn one(state: &dyn State, entry: &Entry) -> Result<Vec<u8>, Failure> {
    match state.bytes(&[entry], LARGEST_HINT) {
        Ok(mut bytes) => Ok(bytes.pop().unwrap_or_default()),
        Err(Failure::Error(GitError::TooLarge { .. })) => Ok(Vec::new()),
        Err(other) => Err(other),
    }
}

/// A path below the root with `/` between its parts.
fn normal(path: &str) -> Result<String, GitError> {
    let outside = || GitError::PathOutside { path: path.to_owned() };
    if path.starts_with('/') || path.contains('\\') || path.contains('\0') || path.contains('\n') {
        return Err(outside());
    }
    let mut parts = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => return Err(outside()),
            part => parts.push(part),
        }
    }
    Ok(parts.join("/"))
}

#[cfg(test)]
mod tests;
