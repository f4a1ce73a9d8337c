//! The folder of hooks of a repository, and whose it is.

use std::path::{Path, PathBuf};

use super::HookError;
use crate::git::Git;

/// Where the hooks of a repository lie.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Folder {
    pub path: PathBuf,
    /// The work tree's root.
    pub root: PathBuf,
    /// What `core.hooksPath` says, where it is set, and which configuration says so: `local`, `global`, …
    pub configured: Option<(String, PathBuf)>,
}

impl Folder {
    /// The folder that git itself would look into from `start`.
    ///
    /// # Errors
    /// Outside a repository and in a bare one.
    pub fn find(start: &Path) -> Result<Self, HookError> {
        let git = Git::new(start);
        let place = git.place()?;
        let Some(root) = place.root else { return Err(HookError::Bare { path: place.git_dir }) };
        let git = git.within(&root);
        let path = git.hooks_folder()?;
        // The first scope that sets it, the nearest first, is the one that counts. Where worktrees have no settings of
        // their own, git takes `--worktree` for `--local`.
        let own = git.config(&["--get", "--type=bool", "extensions.worktreeConfig"])?;
        let own = own.is_some_and(|value| value == Path::new("true"));
        let mut configured = None;
        for scope in ["--worktree", "--local", "--global", "--system"].into_iter().skip(usize::from(!own)) {
            if let Some(value) = git.config(&[scope, "--get", "core.hooksPath"])? {
                configured = Some((scope.trim_start_matches('-').to_owned(), value));
                break;
            }
        }
        Ok(Self { path, root, configured })
    }

    /// # Errors
    /// Where other repositories may share it: one that is configured and lies neither in the work tree nor below the
    /// repository's own folder.
    pub fn own(&self) -> Result<(), HookError> {
        let Some((scope, _)) = &self.configured else { return Ok(()) };
        let common = Git::new(&self.root).run(["rev-parse", "--path-format=absolute", "--git-common-dir"])?;
        let common = PathBuf::from(String::from_utf8_lossy(&common).trim_end_matches('\n'));
        let path = real(&self.path);
        if path.starts_with(real(&self.root)) || path.starts_with(real(&common)) {
            return Ok(());
        }
        Err(HookError::Shared {
            path: self.path.clone(),
            origin: format!("core.hooksPath in git's {scope} configuration"),
        })
    }
}

/// Links resolved as far as the path is there.
fn real(path: &Path) -> PathBuf {
    for ancestor in path.ancestors() {
        if let Ok(found) = ancestor.canonicalize() {
            return match path.strip_prefix(ancestor) {
                Ok(rest) if !rest.as_os_str().is_empty() => found.join(rest),
                _ => found,
            };
        }
    }
    path.to_owned()
}
