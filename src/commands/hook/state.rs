//! One state of the repository that a hook judges: what is staged, or a commit that is pushed.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use crate::git::{Git, GitError, Revision};

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum State {
    /// The index of this file.
    Staged(PathBuf),
    /// A commit, by its full hash.
    Commit(String),
}

/// One file of a state.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    /// Below the repository's root.
    pub(super) path: PathBuf,
    pub(super) id: String,
    /// A link or a submodule, and no file.
    pub(super) special: bool,
}

impl State {
    pub(super) fn revision(&self) -> Revision {
        match self {
            Self::Staged(file) => Revision::Index { file: Some(file.clone()) },
            Self::Commit(id) => Revision::Commit(id.clone()),
        }
    }

    /// How git names a path of it.
    pub(super) fn object(&self, path: &Path) -> OsString {
        let mut name = match self {
            Self::Staged(_) => OsString::new(),
            Self::Commit(id) => OsString::from(id),
        };
        name.push(":");
        name.push(path);
        name
    }

    /// Every file at or below `path`. The empty path is the root.
    pub(super) fn below(&self, git: &Git, path: &Path) -> Result<Vec<Entry>, GitError> {
        let path = if path.as_os_str().is_empty() { Path::new(".") } else { path };
        let listed = match self {
            Self::Staged(_) => {
                git.run(["ls-files".as_ref(), "-s".as_ref(), "-z".as_ref(), "--".as_ref(), path.as_os_str()])
            }
            Self::Commit(id) => {
                let id: &std::ffi::OsStr = id.as_ref();
                git.run(["ls-tree".as_ref(), "-r".as_ref(), "-z".as_ref(), id, "--".as_ref(), path.as_os_str()])
            }
        }?;
        Ok(listed.split(|byte| *byte == 0).filter_map(|record| self.entry(record)).collect())
    }

    /// `MODE ID STAGE\tPATH` of an index, `MODE TYPE ID\tPATH` of a tree.
    fn entry(&self, record: &[u8]) -> Option<Entry> {
        use std::os::unix::ffi::OsStrExt as _;
        let tab = record.iter().position(|byte| *byte == b'\t')?;
        let head = std::str::from_utf8(record.get(..tab)?).ok()?;
        let path = PathBuf::from(std::ffi::OsStr::from_bytes(record.get(tab + 1..)?));
        let mut words = head.split(' ');
        let special = !words.next()?.starts_with("100");
        let id = match self {
            Self::Staged(_) => words.next()?,
            Self::Commit(_) => words.nth(1)?,
        };
        Some(Entry { path, id: id.to_owned(), special })
    }

    /// The bytes of files, in the order asked for.
    pub(super) fn bytes(&self, git: &Git, entries: &[&Entry]) -> Result<Vec<Vec<u8>>, GitError> {
        let ids: Vec<OsString> = entries.iter().map(|entry| OsString::from(&entry.id)).collect();
        let missing = |entry: &Entry| GitError::MissingObject {
            path: entry.path.to_string_lossy().into_owned(),
            id: entry.id.clone(),
        };
        let all = git.objects(&ids)?;
        all.into_iter().zip(entries).map(|(bytes, entry)| bytes.ok_or_else(|| missing(entry))).collect()
    }
}
