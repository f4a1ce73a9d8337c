//! What would change, without changing it: `--check`.

use std::collections::BTreeSet;
use std::path::Path;

use super::manifest::{Found, Manifest};
use super::{Artifact, ArtifactError, io};

/// One way in which a folder differs from what would be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Difference {
    Missing {
        path: String,
    },
    /// `line` is the first line that differs, from 1; absent where either side is no text.
    Changed {
        path: String,
        line: Option<usize>,
        there: Option<String>,
        wanted: Option<String>,
    },
    /// Written by an earlier run for one of these formats, and no longer part of the documentation.
    Stale {
        path: String,
    },
}

impl Difference {
    pub fn path(&self) -> &str {
        match self {
            Self::Missing { path } | Self::Changed { path, .. } | Self::Stale { path } => path,
        }
    }
}

impl std::fmt::Display for Difference {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Missing { path } => write!(f, "{path}: missing"),
            Self::Stale { path } => write!(f, "{path}: no longer part of the documentation"),
            Self::Changed { path, line: None, .. } => write!(f, "{path}: differs"),
            Self::Changed { path, line: Some(line), there, wanted } => {
                write!(f, "{path}:{line}: differs")?;
                if let Some(there) = there {
                    write!(f, "\n    - {}", clip(there))?;
                }
                if let Some(wanted) = wanted {
                    write!(f, "\n    + {}", clip(wanted))?;
                }
                Ok(())
            }
        }
    }
}

/// Lines of a page can be long, and a terminal wants none of the control characters that a database may hold.
fn clip(line: &str) -> String {
    const MOST: usize = 160;
    let mut text: String = line.chars().take(MOST).map(|c| if c.is_control() { ' ' } else { c }).collect();
    if line.chars().nth(MOST).is_some() {
        text.push('…');
    }
    text
}

/// Compares a folder with what would be written into it. Reads only.
pub fn compare(folder: &Path, artifacts: &[Artifact]) -> Result<Vec<Difference>, ArtifactError> {
    let mut differences = Vec::new();
    for artifact in artifacts {
        let path = folder.join(&artifact.path);
        match std::fs::read(&path) {
            Ok(there) if there == artifact.bytes => {}
            Ok(there) => differences.push(changed(&artifact.path, &there, &artifact.bytes)),
            Err(error) if matches!(error.kind(), std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory) => {
                differences.push(Difference::Missing { path: artifact.path.clone() });
            }
            Err(error) => return Err(io("cannot read", path)(error)),
        }
    }
    if let (Found::Manifest(manifest), _) = Manifest::read(folder) {
        let formats: BTreeSet<&str> = artifacts.iter().map(|artifact| artifact.format.as_str()).collect();
        let wanted: BTreeSet<&str> = artifacts.iter().map(|artifact| artifact.path.as_str()).collect();
        let stale = manifest.files.iter().filter(|(path, entry)| {
            formats.contains(entry.format.as_str())
                && !wanted.contains(path.as_str())
                && folder.join(path).symlink_metadata().is_ok()
        });
        differences.extend(stale.map(|(path, _)| Difference::Stale { path: path.clone() }));
    }
    differences.sort_by(|a, b| a.path().cmp(b.path()));
    Ok(differences)
}

fn changed(path: &str, there: &[u8], wanted: &[u8]) -> Difference {
    let path = path.to_owned();
    let (Ok(there), Ok(wanted)) = (std::str::from_utf8(there), std::str::from_utf8(wanted)) else {
        return Difference::Changed { path, line: None, there: None, wanted: None };
    };
    let (mut a, mut b) = (there.split('\n'), wanted.split('\n'));
    let mut line = 0;
    loop {
        line += 1;
        match (a.next(), b.next()) {
            (Some(left), Some(right)) if left == right => {}
            (left, right) => {
                let own = |text: Option<&str>| text.map(str::to_owned);
                return Difference::Changed { path, line: Some(line), there: own(left), wanted: own(right) };
            }
        }
    }
}
