//! Which files matter, and a fingerprint of all that they hold.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

/// Of everything that was looked at: paths and bytes, and what was not there or could not be read.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Fingerprint(pub(super) [u8; 32]);

impl std::fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.iter().take(4).try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// What is followed. None of it has to be there: it may come back, and then it is seen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Inputs {
    /// Folders with all that is below them, but for hidden names and what others fill.
    pub folders: BTreeSet<PathBuf>,
    pub files: BTreeSet<PathBuf>,
    /// Folders that are written by whoever follows, and so are never looked into.
    pub outputs: BTreeSet<PathBuf>,
}

/// Folders that are full and never hold what is followed.
const PASSED_OVER: &[&str] = &["node_modules", "target"];

impl Inputs {
    /// A look at all of it.
    pub fn look(&self) -> Fingerprint {
        let mut look = Look { hash: Sha256::new(), inputs: self, seen: BTreeSet::new() };
        for file in &self.files {
            look.file(file);
        }
        for folder in &self.folders {
            look.folder(folder);
        }
        Fingerprint(look.hash.finalize().into())
    }
}

struct Look<'a> {
    hash: Sha256,
    inputs: &'a Inputs,
    /// Real folders on the way, so that a link to a folder above ends.
    seen: BTreeSet<PathBuf>,
}

impl Look<'_> {
    fn part(&mut self, kind: u8, path: &Path, bytes: &[u8]) {
        let path = path.as_os_str().as_encoded_bytes();
        self.hash.update([kind]);
        for part in [path, bytes] {
            self.hash.update(part.len().to_le_bytes());
            self.hash.update(part);
        }
    }

    fn file(&mut self, path: &Path) {
        match fs::read(path) {
            Ok(bytes) => self.part(b'f', path, &bytes),
            // It went between two looks, as it does while an editor saves: the next event tells.
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => self.part(b'e', path, error.kind().to_string().as_bytes()),
        }
    }

    fn folder(&mut self, path: &Path) {
        if self.inputs.outputs.contains(path) {
            return;
        }
        if let Ok(real) = fs::canonicalize(path)
            && !self.seen.insert(real)
        {
            return;
        }
        let mut names: Vec<_> = match fs::read_dir(path) {
            Ok(entries) => entries.flatten().map(|entry| entry.file_name()).collect(),
            Err(error) => return self.part(b'e', path, error.kind().to_string().as_bytes()),
        };
        self.part(b'd', path, b"");
        names.sort();
        for name in names {
            let shown = name.to_string_lossy();
            let path = path.join(&name);
            // Follows links, as the reader of migrations does.
            match fs::metadata(&path) {
                // Swap files and backups of editors are hidden, too.
                _ if shown.starts_with('.') => {}
                Ok(found) if found.is_dir() && !PASSED_OVER.contains(&shown.as_ref()) => self.folder(&path),
                Ok(found) if found.is_file() => self.file(&path),
                _ => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(path: PathBuf, text: &str) {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    #[test]
    fn what_files_hold_decides_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let at = |path: &str| folder.path().join(path);
        write(at("m/1.sql"), "one");
        write(at("m/sub/2.sql"), "two");
        write(at("m/out/schema.json"), "{}");
        let inputs = Inputs {
            folders: BTreeSet::from([at("m")]),
            files: BTreeSet::from([at("tidegate.toml")]),
            outputs: BTreeSet::from([at("m/out")]),
        };
        let first = inputs.look();
        let mut seen = vec![first];
        let mut is_new = |name: &str| {
            let now = inputs.look();
            assert!(!seen.contains(&now), "{name} is seen");
            seen.push(now);
        };
        write(at("m/1.sql"), "one.");
        is_new("a change");
        write(at("m/sub/3.sql"), "");
        is_new("an empty file");
        fs::rename(at("m/sub"), at("m/other")).unwrap();
        is_new("a renamed folder");
        write(at("tidegate.toml"), "[docs]");
        is_new("a file that comes");
        fs::remove_dir_all(at("m")).unwrap();
        is_new("a folder that goes");
        fs::remove_file(at("tidegate.toml")).unwrap();
        write(at("m/1.sql"), "one");
        write(at("m/sub/2.sql"), "two");
        assert_eq!(inputs.look(), first, "the same files are the same, whatever happened between");
        write(at("m/out/schema.json"), "{\"new\": 1}");
        write(at("m/.1.sql.swp"), "swap");
        write(at("m/node_modules/x/y.sql"), "theirs");
        assert_eq!(inputs.look(), first, "what is written, hidden or others' is not looked at");
    }

    #[cfg(unix)]
    #[test]
    fn a_link_to_a_folder_above_ends() {
        let folder = tempfile::tempdir().unwrap();
        write(folder.path().join("m/1.sql"), "one");
        std::os::unix::fs::symlink(folder.path(), folder.path().join("m/up")).unwrap();
        let inputs = Inputs { folders: BTreeSet::from([folder.path().join("m")]), ..Inputs::default() };
        assert_eq!(inputs.look(), inputs.look());
    }
}
