//! Why a state of a repository cannot be read.

use std::path::{Path, PathBuf};

use thiserror::Error;

#[derive(Debug, Error)]
pub enum GitError {
    #[error("{} is not in a git repository. Name a folder of a repository, or make one with: git init", .path.display())]
    NotARepository { path: PathBuf },

    #[error("{} does not exist", .path.display())]
    NoSuchPath { path: PathBuf },

    #[error("the repository {} belongs to another user, so git does not read it. Where that is meant: \
             git config --global --add safe.directory {}", .path.display(), .path.display())]
    NotOwned { path: PathBuf },

    #[error("the repository {} has no commit yet, so there is no {revision}. \
             What is staged can be read as git:INDEX", .path.display())]
    NoCommits { path: PathBuf, revision: String },

    #[error("no revision {revision} in {}{}", .path.display(), near(.nearest))]
    UnknownRevision { path: PathBuf, revision: String, nearest: Vec<String> },

    #[error("{revision} is ambiguous: more than one object begins so. Give more digits of the hash")]
    Ambiguous { revision: String },

    #[error("{revision} is a {kind}, not a commit")]
    NotACommit { revision: String, kind: String },

    #[error("no revision {revision} in {}, which is a shallow clone. Fetch it: git fetch --depth=1 origin {} \
             (for an older commit: git fetch --unshallow)", .path.display(), fetched(.revision))]
    Shallow { path: PathBuf, revision: String },

    #[error("{} has none of origin/HEAD, origin/main and origin/master to compare with. Name the branch that others \
             build on: --upstream REV, or upstream = \"…\" under [migrations] in tidegate.toml", .path.display())]
    NoUpstream { path: PathBuf },

    #[error(
        "this is a shallow clone, and its history ends before {revision} and {upstream} meet. Fetch the rest: \
             git fetch --unshallow (in CI: fetch-depth: 0, GIT_DEPTH: \"0\")"
    )]
    NoMergeBase { upstream: String, revision: String },

    #[error("the repository {} is bare and has no index; name a revision instead of INDEX", .path.display())]
    BareIndex { path: PathBuf },

    #[error("no folder {path} at {revision}. {}", there_are(.folders))]
    PathMissing { path: String, revision: String, folders: Vec<String> },

    #[error("{path} is a file at {revision}, not a folder of migrations")]
    NotAFolder { path: String, revision: String },

    #[error("{path} is no path below the repository's root; give one like db/migrations")]
    PathOutside { path: String },

    #[error("no migrations found at {revision}. Name their folder: git:{revision}:path/to/migrations")]
    NoMigrations { revision: String },

    #[error("several folders at {revision} may hold the migrations: {}. Name one: git:{revision}:{}",
            .folders.join(", "), .folders.first().map_or("", |name| name))]
    SeveralFolders { revision: String, folders: Vec<String> },

    #[error("{path} is being merged: the index holds its conflicting versions. Resolve it and git add {path}")]
    Conflict { path: String },

    #[error(
        "{path} at {revision} is a Git LFS pointer, not the file itself: the repository does not hold its content. \
             Keep migrations out of LFS, or check the revision out with git lfs pull and name the folder"
    )]
    Lfs { path: String, revision: String },

    #[error("{path} has {size} bytes, more than a migration may have")]
    TooLarge { path: String, size: u64 },

    #[error(
        "the object of {path} ({id}) is not in the repository (a partial clone?). Fetch it: \
             git -c fetch.recurseSubmodules=no fetch --refetch"
    )]
    MissingObject { path: String, id: String },

    #[error("libgit2 cannot read {} ({reason}), and the git program {problem}", .path.display())]
    Unreadable { path: PathBuf, reason: String, problem: String },

    #[error("git cannot read {}: {reason}", .path.display())]
    Other { path: PathBuf, reason: String },
}

fn near(names: &[String]) -> String {
    match names {
        [] => String::new(),
        names => format!("; did you mean {}?", names.join(" or ")),
    }
}

/// What to fetch from the remote for a revision: `main` for `origin/main` and for `main~2`.
fn fetched(revision: &str) -> &str {
    let name = revision.split(['~', '^', '@', ':']).next().unwrap_or(revision);
    name.strip_prefix("origin/").unwrap_or(name)
}

fn there_are(names: &[String]) -> String {
    match names {
        [] => "There is no folder beside it".to_owned(),
        names => format!("There are: {}", names.join(", ")),
    }
}

/// What stops one way of reading.
#[derive(Debug)]
pub(super) enum Failure {
    /// It is so, whoever reads.
    Error(GitError),
    /// The library cannot read this kind of repository; the program may.
    Unsupported(String),
    /// Anything else, with its reason.
    Other(String),
}

impl From<GitError> for Failure {
    fn from(error: GitError) -> Self {
        Self::Error(error)
    }
}

impl Failure {
    pub(super) fn into_error(self, repository: &Path) -> GitError {
        let path = repository.to_owned();
        match self {
            Self::Error(error) => error,
            Self::Unsupported(reason) | Self::Other(reason) => GitError::Other { path, reason },
        }
    }
}

/// The names nearest to a misspelled one, nearest first.
pub(super) fn nearest(wanted: &str, names: impl Iterator<Item = String>) -> Vec<String> {
    let mut ranked: Vec<(usize, String)> = names
        .map(|name| {
            let short = name.rsplit('/').next().unwrap_or(&name).to_owned();
            let distance = strsim::damerau_levenshtein(wanted, &name).min(strsim::damerau_levenshtein(wanted, &short));
            (distance, name)
        })
        .filter(|(distance, _)| *distance <= 1 + wanted.chars().count() / 3)
        .collect();
    ranked.sort();
    ranked.dedup();
    ranked.into_iter().map(|(_, name)| name).take(3).collect()
}
