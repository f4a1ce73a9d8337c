//! Programs that tests call, and how their absence is told.

use std::path::PathBuf;

/// What to do when something is missing, for every such message.
pub(crate) const REMEDY: &str = "`tests/run` installs what the tests need";

/// The first of these programs that `PATH` has. A missing one fails the test.
pub(crate) fn tool(names: &[&str]) -> PathBuf {
    find(names).unwrap_or_else(|| panic!("{} is not installed; {REMEDY}", names.join(" or ")))
}

/// The first of these programs that `PATH` has.
pub(crate) fn find(names: &[&str]) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    let folders: Vec<PathBuf> = std::env::split_paths(&path).collect();
    names.iter().find_map(|name| folders.iter().map(|folder| folder.join(name)).find(|file| file.is_file()))
}
