//! The list of what tidegate wrote into a folder.

use std::collections::BTreeMap;
use std::path::{Component, Path};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// The manifest's file name inside the output folder.
pub const MANIFEST: &str = ".tidegate-manifest.json";

/// Paths of our files, relative to the manifest's folder, with the hash that each had when it was written.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    pub tidegate: u32,
    pub files: BTreeMap<String, Entry>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    pub format: String,
    pub sha256: String,
}

/// What was found in the manifest's place.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Found {
    Missing,
    Manifest(Manifest),
    /// There is one, and it says nothing that can be used.
    Unreadable(String),
}

impl Manifest {
    /// These files, and those of `other` that are not among them.
    pub(super) fn with(&self, other: Option<&Self>) -> Self {
        let mut all = other.map(|other| other.files.clone()).unwrap_or_default();
        all.extend(self.files.clone());
        Self { tidegate: self.tidegate, files: all }
    }

    /// Reads the manifest of a folder. Entries that point outside it are dropped and named in the second value.
    pub(super) fn read(folder: &Path) -> (Found, Vec<String>) {
        let path = folder.join(MANIFEST);
        let text = match std::fs::symlink_metadata(&path) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return (Found::Missing, Vec::new()),
            Err(error) => return (Found::Unreadable(error.to_string()), Vec::new()),
            Ok(metadata) if !metadata.is_file() => {
                return (Found::Unreadable("it is not an ordinary file".into()), Vec::new());
            }
            Ok(_) => match std::fs::read_to_string(&path) {
                Ok(text) => text,
                Err(error) => return (Found::Unreadable(error.to_string()), Vec::new()),
            },
        };
        match Self::parse(&text) {
            Ok((manifest, refused)) => (Found::Manifest(manifest), refused),
            Err(reason) => (Found::Unreadable(reason), Vec::new()),
        }
    }

    /// Reads a manifest's text. Entries that point outside its folder are dropped and named in the second value.
    ///
    /// # Errors
    /// Why it says nothing that can be used.
    pub fn parse(text: &str) -> Result<(Self, Vec<String>), String> {
        let mut manifest: Self = serde_json::from_str(text).map_err(|error| error.to_string())?;
        if manifest.tidegate != 1 {
            return Err(format!("it is of version {}, newer than 1", manifest.tidegate));
        }
        let refused: Vec<_> = manifest.files.keys().filter(|path| !is_inside(path)).cloned().collect();
        manifest.files.retain(|path, _| is_inside(path));
        Ok((manifest, refused))
    }

    pub fn to_json(&self) -> String {
        crate::schema::document::pretty(self)
    }
}

/// Whether a relative path stays below the folder that it is relative to.
pub(super) fn is_inside(path: &str) -> bool {
    !path.is_empty()
        && !path.contains('\\')
        && !path.contains('\0')
        && path != MANIFEST
        && Path::new(path).components().all(|part| matches!(part, Component::Normal(_)))
}

/// SHA-256 in lower-case hexadecimal.
pub(super) fn hash(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_paths_below_the_folder_count() {
        for path in ["a.md", "tables/public.a.md"] {
            assert!(is_inside(path), "{path}");
        }
        for path in ["", "../x", "a/../../x", "/etc/passwd", "..\\x", "./a", MANIFEST] {
            assert!(!is_inside(path), "{path}");
        }
    }
}
