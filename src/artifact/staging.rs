//! Where files are written before they are renamed.
//!
//! Promises that nothing of it stays: it goes on every way out of a run, and what a run that was killed left behind
//! goes with the next one. A folder whose run still lives is told by the lock that it holds, and left alone.

use std::fs::{self, File};
use std::path::Path;

use super::{ArtifactError, io};

const PREFIX: &str = ".tidegate-";
const LOCK: &str = "lock";

/// A folder inside the output folder, because a rename must stay on one file system.
pub(super) struct Staging {
    /// Let go of before the folder is removed: not every system removes what is locked.
    _lock: Option<File>,
    folder: tempfile::TempDir,
}

impl Staging {
    pub(super) fn new(output: &Path) -> Result<Self, ArtifactError> {
        sweep(output);
        let folder =
            tempfile::Builder::new().prefix(PREFIX).tempdir_in(output).map_err(io("cannot write into", output))?;
        // Without a lock (some network file systems know none) a folder that was left behind is never swept.
        let lock = File::create(folder.path().join(LOCK)).ok().filter(|file| file.try_lock().is_ok());
        if lock.is_none() {
            let _ = fs::remove_file(folder.path().join(LOCK));
        }
        Ok(Self { _lock: lock, folder })
    }

    pub(super) fn path(&self) -> &Path {
        self.folder.path()
    }
}

/// Removes the folders of runs that ended without doing so themselves. What cannot be removed stays: it is in nobody's
/// way.
fn sweep(output: &Path) {
    let Ok(entries) = fs::read_dir(output) else { return };
    for entry in entries.flatten() {
        let named = entry.file_name().to_str().is_some_and(|name| name.starts_with(PREFIX));
        // The kind of the entry itself: a link to a folder is none.
        if named && entry.file_type().is_ok_and(|kind| kind.is_dir()) && is_abandoned(&entry.path()) {
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}

/// Whether a folder holds what a staging folder holds and nothing else, and nobody holds its lock.
fn is_abandoned(folder: &Path) -> bool {
    let ours = |entry: fs::DirEntry| {
        let numbered = |name: &str| name.bytes().all(|byte| byte.is_ascii_digit());
        entry.file_name().to_str().is_some_and(|name| name == LOCK || numbered(name))
            && entry.file_type().is_ok_and(|kind| kind.is_file())
    };
    let all_ours = fs::read_dir(folder).is_ok_and(|mut entries| entries.all(|entry| entry.is_ok_and(ours)));
    all_ours && File::open(folder.join(LOCK)).is_ok_and(|lock| lock.try_lock().is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_killed_run_left_goes_and_nothing_else() {
        let output = tempfile::tempdir().unwrap();
        let path = |name: &str| output.path().join(name);
        let make = |folder: &str, files: &[&str]| {
            fs::create_dir(path(folder)).unwrap();
            for file in files {
                fs::write(path(folder).join(file), "text").unwrap();
            }
        };
        make(".tidegate-killed", &["lock", "0", "12"]);
        make(".tidegate-foreign", &["lock", "0", "notes.md"]);
        make(".tidegate-unlocked", &["0"]);
        make("other", &["lock"]);
        fs::write(path(".tidegate-manifest.json"), "{}").unwrap();
        let living = Staging::new(output.path()).unwrap();
        let other = Staging::new(output.path()).unwrap();
        assert!(!path(".tidegate-killed").exists());
        for stays in [".tidegate-foreign", ".tidegate-unlocked", "other", ".tidegate-manifest.json"] {
            assert!(path(stays).exists(), "{stays}");
        }
        assert!(living.path().join(LOCK).exists(), "one run sweeps away what another writes");
        let (one, two) = (living.path().to_owned(), other.path().to_owned());
        drop((living, other));
        assert!(!one.exists() && !two.exists());
    }
}
