//! A repository read with libgit2.

use std::path::Path;

use git2::{ErrorClass, ErrorCode, Index, ObjectType, Oid, Repository, RepositoryOpenFlags};

use super::error::{Failure, GitError, nearest};
use super::upstream::Ask;
use super::{Entry, Kind, Revision, State};

pub(super) struct Library {
    repository: Repository,
    state: Loaded,
}

enum Loaded {
    /// A commit and its tree.
    Commit { commit: Oid, tree: Oid },
    /// The index's files.
    Index(Vec<Entry>),
}

impl Library {
    pub(super) fn open(path: &Path, revision: &Revision) -> Result<Self, Failure> {
        if !path.exists() {
            return Err(GitError::NoSuchPath { path: path.to_owned() }.into());
        }
        // No flag: look upward from the path, heed nothing in the environment.
        let none: [&Path; 0] = [];
        let repository = Repository::open_ext(path, RepositoryOpenFlags::empty(), none).map_err(|error| {
            match (error.class(), error.code()) {
                (_, ErrorCode::NotFound) => GitError::NotARepository { path: path.to_owned() }.into(),
                (_, ErrorCode::Owner) => GitError::NotOwned { path: path.to_owned() }.into(),
                _ => Failure::Unsupported(error.message().to_owned()),
            }
        })?;
        // libgit2 opens a reftable repository and then sees no reference in it.
        let storage = repository.config().and_then(|config| config.get_string("extensions.refstorage"));
        if let Ok(storage) = storage.as_deref().map(str::to_owned)
            && storage != "files"
        {
            return Err(Failure::Unsupported(format!("references are kept as {storage}")));
        }
        let state = match revision {
            Revision::Commit(name) => commit(&repository, path, name)?,
            Revision::Index { file } => index(&repository, path, file.as_deref())?,
        };
        Ok(Self { repository, state })
    }

    fn tree(&self, folder: &str) -> Result<Option<git2::Tree<'_>>, Failure> {
        let Loaded::Commit { tree, .. } = self.state else { return Ok(None) };
        let root = self.repository.find_tree(tree).map_err(other)?;
        if folder.is_empty() {
            return Ok(Some(root));
        }
        match root.get_path(Path::new(folder)) {
            Ok(entry) if entry.kind() == Some(ObjectType::Tree) => {
                self.repository.find_tree(entry.id()).map(Some).map_err(other)
            }
            Ok(_) => Ok(None),
            Err(error) if error.code() == ErrorCode::NotFound => Ok(None),
            Err(error) => Err(other(error)),
        }
    }

    fn walk(&self, tree: &git2::Tree<'_>, folder: &str, deep: bool, out: &mut Vec<Entry>) -> Result<(), Failure> {
        for entry in tree.iter() {
            let Ok(name) = entry.name() else { continue };
            let path = if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") };
            let kind = Kind::of_mode(u32::try_from(entry.filemode()).unwrap_or_default());
            if deep && kind == Kind::Folder {
                let inner = self.repository.find_tree(entry.id()).map_err(other)?;
                self.walk(&inner, &path, deep, out)?;
            } else {
                out.push(Entry { path, kind, id: entry.id().to_string() });
            }
        }
        Ok(())
    }
}

impl State for Library {
    fn commit(&self) -> Option<String> {
        match &self.state {
            Loaded::Commit { commit, .. } => Some(commit.to_string()),
            Loaded::Index(_) => None,
        }
    }

    fn folder(&self, folder: &str) -> Result<Option<Vec<Entry>>, Failure> {
        if let Loaded::Index(entries) = &self.state {
            return Ok(flat_folder(entries, folder));
        }
        let Some(tree) = self.tree(folder)? else { return Ok(None) };
        let mut out = Vec::new();
        self.walk(&tree, folder, false, &mut out)?;
        Ok(Some(out))
    }

    fn below(&self, folder: &str) -> Result<Vec<Entry>, Failure> {
        if let Loaded::Index(entries) = &self.state {
            return Ok(flat_below(entries, folder));
        }
        let mut out = Vec::new();
        if let Some(tree) = self.tree(folder)? {
            self.walk(&tree, folder, true, &mut out)?;
        }
        out.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(out)
    }

    fn bytes(&self, entries: &[&Entry], limit: u64) -> Result<Vec<Vec<u8>>, Failure> {
        let objects = self.repository.odb().map_err(other)?;
        let read = |entry: &&Entry| -> Result<Vec<u8>, Failure> {
            let missing = || GitError::MissingObject { path: entry.path.clone(), id: entry.id.clone() };
            let id = Oid::from_str(&entry.id).map_err(other)?;
            let (size, _) = objects.read_header(id).map_err(|_| missing())?;
            if size as u64 > limit {
                return Err(GitError::TooLarge { path: entry.path.clone(), size: size as u64 }.into());
            }
            Ok(objects.read(id).map_err(|_| missing())?.data().to_vec())
        };
        entries.iter().map(read).collect()
    }
}

impl Ask for Library {
    fn resolve(&self, name: &str) -> Result<String, Failure> {
        match commit(&self.repository, self.repository.path(), name)? {
            Loaded::Commit { commit, .. } => Ok(commit.to_string()),
            Loaded::Index(_) => Err(Failure::Other(format!("{name} is no commit"))),
        }
    }

    fn merge_base(&self, one: &str, another: &str) -> Result<Option<String>, Failure> {
        let id = |text: &str| Oid::from_str(text).map_err(other);
        match self.repository.merge_base(id(one)?, id(another)?) {
            Ok(base) => Ok(Some(base.to_string())),
            Err(error) if error.code() == ErrorCode::NotFound => Ok(None),
            Err(error) => Err(other(error)),
        }
    }

    fn is_shallow(&self) -> Result<bool, Failure> {
        Ok(self.repository.is_shallow())
    }
}

fn other(error: git2::Error) -> Failure {
    Failure::Other(error.message().to_owned())
}

fn commit(repository: &Repository, path: &Path, name: &str) -> Result<Loaded, Failure> {
    let object = match repository.revparse_single(name) {
        Ok(object) => object,
        Err(error) if error.code() == ErrorCode::Ambiguous => {
            return Err(GitError::Ambiguous { revision: name.to_owned() }.into());
        }
        Err(_) => return Err(unknown(repository, path, name)),
    };
    let commit = object.peel_to_commit().map_err(|_| GitError::NotACommit {
        revision: name.to_owned(),
        kind: object.kind().map_or("object", |kind| kind.str()).to_owned(),
    })?;
    Ok(Loaded::Commit { commit: commit.id(), tree: commit.tree_id() })
}

fn unknown(repository: &Repository, path: &Path, name: &str) -> Failure {
    let (path, revision) = (path.to_owned(), name.to_owned());
    let names = || {
        let found = repository.references().into_iter().flat_map(|all| {
            all.flatten().filter_map(|reference| reference.shorthand().ok().map(str::to_owned)).collect::<Vec<_>>()
        });
        found.collect::<Vec<String>>()
    };
    let names = names();
    if repository.is_shallow() {
        return GitError::Shallow { path, revision }.into();
    }
    if names.is_empty() && repository.head().is_err() {
        return GitError::NoCommits { path, revision }.into();
    }
    let nearest = nearest(name, names.into_iter());
    GitError::UnknownRevision { path, revision, nearest }.into()
}

fn index(repository: &Repository, path: &Path, file: Option<&Path>) -> Result<Loaded, Failure> {
    if repository.is_bare() && file.is_none() {
        return Err(GitError::BareIndex { path: path.to_owned() }.into());
    }
    let index = match file {
        Some(file) if !file.exists() => return Err(GitError::NoSuchPath { path: file.to_owned() }.into()),
        Some(file) => Index::open(file),
        None => repository.index(),
    };
    let index = index.map_err(|error| match error.class() {
        // A split or sparse index has extensions that must be understood, and libgit2 does not.
        ErrorClass::Index => Failure::Unsupported(error.message().to_owned()),
        _ => other(error),
    })?;
    let mut entries = Vec::with_capacity(index.len());
    for entry in index.iter() {
        let Ok(path) = String::from_utf8(entry.path.clone()) else { continue };
        let stage = (entry.flags >> 12) & 3;
        let kind = Kind::of_mode(entry.mode);
        if kind == Kind::Folder {
            return Err(Failure::Unsupported("the index is sparse".to_owned()));
        }
        entries.push((stage, Entry { path, kind, id: entry.id.to_string() }));
    }
    staged(entries).map(Loaded::Index)
}

/// The entries of an index without those of a merge that is not resolved, which are an error where they are SQL.
pub(super) fn staged(entries: Vec<(u16, Entry)>) -> Result<Vec<Entry>, Failure> {
    let mut out = Vec::with_capacity(entries.len());
    for (stage, entry) in entries {
        match stage {
            0 => out.push(entry),
            _ if super::is_telling(&entry.path) => return Err(GitError::Conflict { path: entry.path }.into()),
            _ => {}
        }
    }
    Ok(out)
}

/// What lies right in a folder of a flat list of files.
pub(super) fn flat_folder(entries: &[Entry], folder: &str) -> Option<Vec<Entry>> {
    let prefix = if folder.is_empty() { String::new() } else { format!("{folder}/") };
    let mut out: Vec<Entry> = Vec::new();
    for entry in entries {
        let Some(rest) = entry.path.strip_prefix(&prefix) else { continue };
        match rest.split_once('/') {
            None => out.push(entry.clone()),
            Some((name, _)) => {
                let path = format!("{prefix}{name}");
                if out.last().is_none_or(|last| last.path != path) {
                    out.push(Entry { path, kind: Kind::Folder, id: String::new() });
                }
            }
        }
    }
    (folder.is_empty() || !out.is_empty()).then_some(out)
}

/// The files below a folder of a flat list.
pub(super) fn flat_below(entries: &[Entry], folder: &str) -> Vec<Entry> {
    let prefix = if folder.is_empty() { String::new() } else { format!("{folder}/") };
    let mut out: Vec<Entry> = entries.iter().filter(|entry| entry.path.starts_with(&prefix)).cloned().collect();
    out.sort_by(|a, b| a.path.cmp(&b.path));
    out
}
