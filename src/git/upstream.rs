//! The branch that others build on, and where the work here left it.

use std::path::Path;

use super::Revision;
use super::error::{Failure, GitError};
use super::library::Library;
use super::program::Program;

/// The upstream branch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Upstream {
    /// As it was named or found: `origin/main`.
    pub name: String,
    /// The full hash of its tip.
    pub tip: String,
    /// The full hash of the newest commit that it shares with the other revision; `None` where they share none.
    pub base: Option<String>,
}

/// Looked for in this order where nobody named one.
const USUAL: [&str; 3] = ["origin/HEAD", "origin/main", "origin/master"];

/// The upstream branch of `repository` (or of the repository that a folder lies in), and where `revision` left it.
/// `named` is a revision as git names it.
///
/// # Errors
/// [`GitError::NoUpstream`] where nothing is named and none of the usual ones is there; what [`super::tree`] says of a
/// revision that is not there; [`GitError::NoMergeBase`] in a shallow clone whose history ends too early to tell.
pub fn upstream(repository: &Path, named: Option<&str>, revision: &str) -> Result<Upstream, GitError> {
    let read = |ask: &dyn Ask| find(ask, repository, named, revision);
    let first = Library::open(repository, &Revision::Commit(revision.to_owned())).and_then(|opened| read(&opened));
    match first {
        Err(Failure::Unsupported(reason)) => {
            Program::open(repository, &Revision::Commit(revision.to_owned()), &reason).and_then(|opened| read(&opened))
        }
        other => other,
    }
    .map_err(|failure| failure.into_error(repository))
}

/// What is asked of a repository, however it is read.
pub(super) trait Ask {
    /// The commit that a name stands for.
    fn resolve(&self, name: &str) -> Result<String, Failure>;
    fn merge_base(&self, one: &str, other: &str) -> Result<Option<String>, Failure>;
    fn is_shallow(&self) -> Result<bool, Failure>;
}

fn find(ask: &dyn Ask, repository: &Path, named: Option<&str>, revision: &str) -> Result<Upstream, Failure> {
    let here = ask.resolve(revision)?;
    let (name, tip) = match named {
        Some(name) => (name, ask.resolve(name)?),
        None => match USUAL.iter().find_map(|name| Some((*name, ask.resolve(name).ok()?))) {
            Some(found) => found,
            None => return Err(GitError::NoUpstream { path: repository.to_owned() }.into()),
        },
    };
    let base = ask.merge_base(&tip, &here)?;
    if base.is_none() && ask.is_shallow()? {
        return Err(GitError::NoMergeBase { upstream: name.to_owned(), revision: revision.to_owned() }.into());
    }
    Ok(Upstream { name: name.to_owned(), tip, base })
}
