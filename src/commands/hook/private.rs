//! Commits from an index that is not the repository's own: `git commit FILE` makes one.
//!
//! What is staged there does not reach the repository's own index, which would then differ from the new commit. So
//! nothing is staged there, and the command that comes to the same is told.

use std::path::{Path, PathBuf};

use super::inputs;
use super::project::{Here, Project};
use crate::cli::failure::{Code, Failure};
use crate::git::GitError;
use crate::hook::quote::shell;

/// More names than this make no command that anybody would type.
const MOST: usize = 40;

/// Whether `index` is neither the repository's index nor the lock file in which git prepares its next one (`-a`, `-i`).
pub(super) fn is_private(here: &Here, index: &Path) -> bool {
    let real = |path: &Path| match (path.parent().map(Path::canonicalize), path.file_name()) {
        (Some(Ok(parent)), Some(name)) => parent.join(name),
        _ => path.to_owned(),
    };
    let own = real(&here.place.index);
    let index = real(index);
    index != own && index != own.with_file_name("index.lock")
}

/// The refusal, with the exact command.
pub(super) fn refusal(
    here: &Here,
    project: &Project,
    index: &Path,
    out: &str,
    disk_is_the_state: bool,
) -> Result<Failure, GitError> {
    let partial = index.file_name().is_some_and(|name| name.to_string_lossy().starts_with("next-index-"));
    let failure = Failure::new(Code::Finding, format!("{out} would change with this commit, and it cannot go along"));
    if !partial {
        let mut failure = failure.hint("commit from the repository's own index: unset GIT_INDEX_FILE");
        failure
            .causes
            .push(format!("the commit is made from the index {}, which GIT_INDEX_FILE names", index.display()));
        return Ok(failure);
    }
    let mut failure = failure;
    failure.causes.push(
        "`git commit FILE` commits from an index of its own: documentation staged there would look reverted afterwards"
            .to_owned(),
    );
    let these = inputs::staged(&project.git, &[])?;
    let own = here.git.with_index(&here.place.index);
    let others: Vec<PathBuf> = inputs::staged(&own, &[])?.into_iter().filter(|path| !these.contains(path)).collect();
    let files = |paths: &[PathBuf]| paths.iter().take(MOST).map(shell).collect::<Vec<_>>().join(" ");
    let (names, more) = (files(&these), these.len().saturating_sub(MOST));
    let and_more = if more > 0 { format!(" (and {more} more)") } else { String::new() };
    Ok(if others.is_empty() {
        failure.hint(format!("git add -- {names} && git commit{and_more}"))
    } else if disk_is_the_state {
        failure.hint(format!(
            "tidegate docs && git add --intent-to-add -- {0} && git commit -- {names} {0}{and_more}",
            shell(out)
        ))
    } else {
        failure
            .hint(format!("git reset -q && git add -- {names} && git commit{and_more}"))
            .hint(format!("that takes back what else is staged ({}); stage it again afterwards", files(&others)))
    })
}
