//! Why a hook cannot be installed, removed or told.

use std::path::PathBuf;

use thiserror::Error;

use crate::git::GitError;

#[derive(Debug, Error)]
pub enum HookError {
    #[error(transparent)]
    Git(#[from] GitError),

    #[error("{} is a bare repository: nothing is committed in it, so there is nothing to hook into", .path.display())]
    Bare { path: PathBuf },

    #[error("git's hooks lie in {}, outside this repository ({origin}): other repositories may share that folder, \
             so tidegate does not write into it", .path.display())]
    Shared { path: PathBuf, origin: String },

    #[error("the hook {} belongs to another user (uid {uid})", .path.display())]
    NotOwned { path: PathBuf, uid: u32 },

    #[error("the hook {} is {what}, not a file", .path.display())]
    NotAFile { path: PathBuf, what: &'static str },

    #[error("the hook {} is not tidegate's, and the one from before tidegate still lies at {}", .path.display(), .before.display())]
    TwoBefore { path: PathBuf, before: PathBuf },

    #[error("the hook {} was changed after tidegate wrote it", .path.display())]
    Changed { path: PathBuf },

    #[error("{action} {}: {source}", .path.display())]
    Io { action: &'static str, path: PathBuf, source: std::io::Error },
}

impl HookError {
    /// Whether it is for want of permission or the like and not because of how things are set up.
    pub fn could_not_tell(&self) -> bool {
        matches!(self, Self::Io { .. } | Self::NotOwned { .. })
    }

    /// What to type next.
    pub fn hints(&self) -> Vec<String> {
        match self {
            Self::Git(_) => Vec::new(),
            Self::Bare { .. } => vec!["install the hooks in the clones in which people work".to_owned()],
            Self::Shared { .. } => vec![
                "let this repository have its own hooks: git config --local core.hooksPath \"$(git rev-parse --git-common-dir)/hooks\""
                    .to_owned(),
                "or call tidegate from the shared hook: tidegate hook run pre-commit \"$@\"".to_owned(),
            ],
            Self::NotOwned { path, .. } => {
                vec![format!("have its owner remove it, or take it over: sudo chown \"$(id -u)\" {}", super::quote::shell(path))]
            }
            Self::NotAFile { path, .. } => vec![format!("move it away: mv {0} {0}.old", super::quote::shell(path))],
            Self::TwoBefore { path, before } => vec![
                format!("if the newer hook calls the older one or replaces it: rm {}", super::quote::shell(before)),
                format!("if only the older one counts: mv {} {}", super::quote::shell(before), super::quote::shell(path)),
            ],
            Self::Changed { path } => vec![
                format!(
                    "move your lines into {}.before-tidegate, which runs first; then: tidegate hook install --force",
                    super::quote::shell(path)
                ),
                "to lose them: tidegate hook uninstall --force".to_owned(),
            ],
            Self::Io { source, .. } if source.kind() == std::io::ErrorKind::PermissionDenied => {
                vec!["the file and its folder must be readable and writable for you".to_owned()]
            }
            Self::Io { .. } => Vec::new(),
        }
    }
}
