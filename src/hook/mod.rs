//! Git hooks, side by side with whatever hooks are there.
//!
//! Promises: what was there before is kept and called first; installing twice is installing once; uninstalling leaves
//! byte for byte (mode and links included) what was there; a file that is not tidegate's is never changed; a folder
//! of hooks that other repositories share is never written. What the hooks themselves check is the edge's business:
//! here is only where they lie, what they say, and what git tells them.

mod error;
mod folder;
pub mod install;
pub mod manager;
pub mod push;
pub mod quote;
pub mod shim;

pub use error::HookError;
pub use folder::Folder;

/// The hooks that tidegate installs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Hook {
    /// Before a commit: documentation of what is staged.
    PreCommit,
    /// Before a merge's own commit, for which git runs no pre-commit.
    PreMergeCommit,
    /// Before a push: what is pushed.
    PrePush,
}

impl Hook {
    pub const ALL: [Self; 3] = [Self::PreCommit, Self::PreMergeCommit, Self::PrePush];

    /// As git calls it.
    pub fn name(self) -> &'static str {
        match self {
            Self::PreCommit => "pre-commit",
            Self::PreMergeCommit => "pre-merge-commit",
            Self::PrePush => "pre-push",
        }
    }
}

impl std::fmt::Display for Hook {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}
