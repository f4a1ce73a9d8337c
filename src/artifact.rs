//! Files into a folder: all or nothing, and never a file that is not ours.
//!
//! Everything is written beside its place first and then renamed, so a full disk or a killed process leaves the old
//! documentation whole, and the next run removes what a killed one left. `.tidegate-manifest.json` lists what tidegate wrote. It may come from a stranger's pull
//! request, so what it says is believed only as far as it can do no harm: absolute paths, `..` and links are refused,
//! a stale file is removed only while its hash still matches, and an unreadable manifest removes nothing.

mod compare;
mod manifest;
pub mod settle;
mod staging;
mod write;

use std::path::PathBuf;

pub use compare::{Difference, compare};
pub use manifest::{MANIFEST, Manifest};
pub use write::{Report, WriteOptions, read, replace, write};

/// A file to write, and the format it belongs to: a run that renders one format leaves the others' files alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Artifact {
    pub format: String,
    /// Relative, with `/` between its parts.
    pub path: String,
    pub bytes: Vec<u8>,
}

#[derive(Debug, thiserror::Error)]
pub enum ArtifactError {
    #[error("{path} is a file; the output must be a folder")]
    NotAFolder { path: PathBuf },
    #[error("{path} exists and was not written by tidegate")]
    Foreign { path: PathBuf },
    #[error("{path} is a symbolic link, and links inside the output folder are not followed")]
    Link { path: PathBuf },
    #[error("{first} and {second} are one file on some systems")]
    Collision { first: String, second: String },
    #[error("{action} {path}")]
    Io { action: &'static str, path: PathBuf, source: std::io::Error },
}

impl ArtifactError {
    /// What to type next, where something helps.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::NotAFolder { .. } => Some("name another folder with `-o DIR` or `out` in tidegate.toml".into()),
            Self::Foreign { .. } => Some("move it away, choose another folder with `-o DIR`, or pass `--force`".into()),
            Self::Link { .. } => Some("replace the link by a folder of its own".into()),
            Self::Collision { .. } => None,
            Self::Io { source, .. } => match source.kind() {
                std::io::ErrorKind::PermissionDenied => Some("the folder must be writable, or choose another".into()),
                std::io::ErrorKind::StorageFull => Some("the old files were left as they are; free some space".into()),
                _ => None,
            },
        }
    }
}

pub(crate) fn io(action: &'static str, path: impl Into<PathBuf>) -> impl FnOnce(std::io::Error) -> ArtifactError {
    let path = path.into();
    move |source| ArtifactError::Io { action, path, source }
}
