//! Databases as some first migrations made them, with what the replay knew besides: the next one begins there.
//!
//! A file is a mark, the SHA-256 of all that follows, and then the replay's knowledge and the engine's archive. So a
//! file that was cut off, damaged or put there under another name is told from a whole one, and is replaced.

use std::path::Path;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{Key, Keys, Shelf};
use crate::source::replay::repair::Repairs;
use crate::source::replay::session::Settings;

const MARK: &[u8; 16] = b"tidegate state 1";
const SHELF: Shelf = Shelf { extension: "state", most_files: 32, most_bytes: 512 << 20 };

/// What a replay knows after some migrations, besides what is in the database.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(in crate::source::replay) struct Known {
    /// How many migrations were applied.
    pub(in crate::source::replay) done: usize,
    pub(in crate::source::replay) repairs: Repairs,
    pub(in crate::source::replay) settings: Settings,
}

/// A state to begin with.
pub(in crate::source::replay) struct State {
    pub(in crate::source::replay) known: Known,
    /// For [`crate::source::engine::EngineOptions::state`].
    pub(in crate::source::replay) archive: Arc<Vec<u8>>,
}

#[derive(Serialize, Deserialize)]
struct Head {
    key: String,
    known: Known,
}

/// The state after as many of the set's migrations as possible, but not all: there is nothing to run after the last.
pub(in crate::source::replay) fn longest(folder: &Path, keys: &Keys) -> Option<State> {
    (1..keys.migrations()).rev().find_map(|done| load(folder, keys.after(done)?, done))
}

fn load(folder: &Path, key: &Key, done: usize) -> Option<State> {
    let bytes = SHELF.load(folder, key)?;
    let state = read(&bytes, key).filter(|state| state.known.done == done);
    if state.is_none() {
        SHELF.forget(folder, key);
    }
    state
}

fn read(bytes: &[u8], key: &Key) -> Option<State> {
    let rest = bytes.strip_prefix(MARK)?;
    let (hash, rest) = rest.split_first_chunk::<32>()?;
    if *hash != <[u8; 32]>::from(Sha256::digest(rest)) {
        return None;
    }
    let (length, rest) = rest.split_first_chunk::<4>()?;
    let (head, archive) = rest.split_at_checked(u32::from_le_bytes(*length) as usize)?;
    let head: Head = serde_json::from_slice(head).ok()?;
    (head.key == key.0).then(|| State { known: head.known, archive: Arc::new(archive.to_vec()) })
}

/// Keeps a state, and forgets the oldest where there are too many.
pub(in crate::source::replay) fn store(folder: &Path, key: &Key, known: Known, archive: &[u8]) {
    let Ok(head) = serde_json::to_vec(&Head { key: key.0.clone(), known }) else { return };
    let Ok(length) = u32::try_from(head.len()) else { return };
    let mut hash = Sha256::new();
    [&length.to_le_bytes(), head.as_slice(), archive].iter().for_each(|part| hash.update(part));
    let _ = SHELF.store(folder, key, |file| {
        file.write_all(MARK)?;
        file.write_all(&hash.finalize())?;
        file.write_all(&length.to_le_bytes())?;
        file.write_all(&head)?;
        file.write_all(archive)
    });
}

/// Forgets a state that turned out to be of no use.
pub(in crate::source::replay) fn forget(folder: &Path, keys: &Keys, done: usize) {
    if let Some(key) = keys.after(done) {
        SHELF.forget(folder, key);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(letter: &str) -> Key {
        Key(letter.repeat(64))
    }

    fn known() -> Known {
        Known { done: 3, settings: Settings::from([("search_path".to_owned(), "app".to_owned())]), ..Known::default() }
    }

    #[test]
    fn a_state_comes_back_whole() {
        let folder = tempfile::tempdir().unwrap();
        store(folder.path(), &key("a"), known(), b"archive");
        let state = load(folder.path(), &key("a"), 3).unwrap();
        assert_eq!(state.known.settings["search_path"], "app");
        assert_eq!(state.archive.as_slice(), b"archive");
        assert!(load(folder.path(), &key("b"), 3).is_none());
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = std::fs::metadata(SHELF.path(folder.path(), &key("a"))).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
    }

    #[test]
    fn what_is_damaged_cut_off_or_misplaced_is_removed_and_not_believed() {
        let folder = tempfile::tempdir().unwrap();
        store(folder.path(), &key("a"), known(), &[7; 1000]);
        let place = SHELF.path(folder.path(), &key("a"));
        let whole = std::fs::read(&place).unwrap();
        for position in (0..whole.len()).step_by(7) {
            let mut damaged = whole.clone();
            damaged[position] ^= 1;
            std::fs::write(&place, &damaged).unwrap();
            assert!(load(folder.path(), &key("a"), 3).is_none(), "byte {position} was changed");
            assert!(!place.exists());
            std::fs::write(&place, &whole[..position]).unwrap();
            assert!(load(folder.path(), &key("a"), 3).is_none(), "cut at {position}");
        }
        std::fs::create_dir_all(place.parent().unwrap()).unwrap();
        std::fs::write(SHELF.path(folder.path(), &key("b")), &whole).unwrap();
        assert!(load(folder.path(), &key("b"), 3).is_none(), "another set's");
        std::fs::write(&place, &whole).unwrap();
        assert!(load(folder.path(), &key("a"), 3).is_some());
    }
}
