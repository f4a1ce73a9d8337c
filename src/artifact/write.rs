//! Writes artifacts: beside their places first, then by renaming.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write as _;
use std::path::{Path, PathBuf};

use super::manifest::{Entry, Found, MANIFEST, Manifest, hash, is_inside};
use super::staging::Staging;
use super::{Artifact, ArtifactError, io};

#[derive(Clone, Copy, Debug, Default)]
pub struct WriteOptions {
    /// Replace files that tidegate did not write.
    pub force: bool,
}

/// What a run did to a folder. Paths are relative to it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    pub written: Vec<String>,
    pub unchanged: Vec<String>,
    pub removed: Vec<String>,
    /// Worth a line on stderr: stale files left because they were edited, refused entries of the manifest.
    pub notes: Vec<String>,
}

/// Brings a folder up to date. On an error before the renames nothing has changed.
pub fn write(folder: &Path, artifacts: &[Artifact], options: WriteOptions) -> Result<Report, ArtifactError> {
    refuse_collisions(artifacts)?;
    if folder.exists() && !folder.is_dir() {
        return Err(ArtifactError::NotAFolder { path: folder.to_owned() });
    }
    let (found, refused) = Manifest::read(folder);
    let mut report = Report::default();
    report.notes.extend(refused.iter().map(|path| format!("{MANIFEST} names {path:?}, outside its folder: ignored")));
    let old = match found {
        Found::Manifest(manifest) => Some(manifest),
        Found::Missing => Some(Manifest::default()),
        Found::Unreadable(reason) => {
            report.notes.push(format!("{MANIFEST} cannot be read ({reason}): stale files, if any, stay"));
            None
        }
    };
    let changed = changed(folder, artifacts, old.as_ref(), options, &mut report)?;
    let manifest = new_manifest(artifacts, old.as_ref());
    // What is about to be removed stays listed until it is gone, so that a run that is killed leaves nothing unlisted.
    let with_stale = manifest.with(old.as_ref());
    let listed = std::fs::read(folder.join(MANIFEST)).ok();
    let first = with_stale.to_json();
    let manifest_changed = listed.as_deref() != Some(first.as_bytes());
    if !changed.is_empty() || manifest_changed {
        let created = !folder.exists();
        std::fs::create_dir_all(folder).map_err(io("cannot create", folder))?;
        let list = manifest_changed.then_some((MANIFEST, first.as_bytes()));
        let changed = changed.iter().map(|artifact| (artifact.path.as_str(), artifact.bytes.as_slice()));
        let files: Vec<(&str, &[u8])> = list.into_iter().chain(changed).collect();
        let result = stage_and_rename(folder, &files);
        if result.is_err() && created {
            // Only ever removes an empty folder: the one that this run made.
            let _ = std::fs::remove_dir(folder);
        }
        result?;
    }
    report.written = changed.iter().map(|artifact| artifact.path.clone()).collect();
    if let Some(old) = old {
        remove_stale(folder, artifacts, &old, &mut report)?;
        if manifest != with_stale {
            stage_and_rename(folder, &[(MANIFEST, manifest.to_json().as_bytes())])?;
        }
    }
    Ok(report)
}

/// Puts files into a folder and takes others away, whoever wrote them: what may be replaced was decided before. All
/// are written beside their places before the first is renamed.
///
/// # Errors
/// A link on the way, and what the file system says.
pub fn replace(folder: &Path, put: &[(&str, &[u8])], remove: &[&str]) -> Result<(), ArtifactError> {
    for path in put.iter().map(|(path, _)| path).chain(remove) {
        refuse_links(folder, path)?;
    }
    if !put.is_empty() {
        std::fs::create_dir_all(folder).map_err(io("cannot create", folder))?;
        stage_and_rename(folder, put)?;
    }
    for relative in remove {
        let path = folder.join(relative);
        match std::fs::remove_file(&path) {
            Ok(()) => remove_empty_parents(folder, &path),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => return Err(io("cannot remove", path)(error)),
        }
    }
    Ok(())
}

/// The bytes of one file of the documentation; `None` where nothing lies there.
///
/// # Errors
/// A link on the way, and what the file system says.
pub fn read(folder: &Path, relative: &str) -> Result<Option<Vec<u8>>, ArtifactError> {
    refuse_links(folder, relative)?;
    let path = folder.join(relative);
    match std::fs::read(&path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if matches!(error.kind(), std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory) => {
            Ok(None)
        }
        Err(error) => Err(io("cannot read", path)(error)),
    }
}

/// Names that differ in case alone are one file on macOS and Windows: better refused here than lost there.
pub(super) fn refuse_collisions(artifacts: &[Artifact]) -> Result<(), ArtifactError> {
    let mut seen: BTreeMap<String, &str> = BTreeMap::new();
    for artifact in artifacts {
        debug_assert!(is_inside(&artifact.path), "renderers name files inside their folder: {}", artifact.path);
        if let Some(first) = seen.insert(artifact.path.to_lowercase(), &artifact.path) {
            return Err(ArtifactError::Collision { first: first.to_owned(), second: artifact.path.clone() });
        }
    }
    Ok(())
}

/// The artifacts whose bytes differ from what is there; refuses to replace what is not ours.
fn changed<'a>(
    folder: &Path,
    artifacts: &'a [Artifact],
    old: Option<&Manifest>,
    options: WriteOptions,
    report: &mut Report,
) -> Result<Vec<&'a Artifact>, ArtifactError> {
    let mut changed = Vec::new();
    for artifact in artifacts {
        refuse_links(folder, &artifact.path)?;
        let path = folder.join(&artifact.path);
        match std::fs::read(&path) {
            Ok(there) if there == artifact.bytes => report.unchanged.push(artifact.path.clone()),
            Ok(_) => {
                let ours = old.is_none_or(|manifest| manifest.files.contains_key(&artifact.path));
                if !ours && !options.force {
                    return Err(ArtifactError::Foreign { path });
                }
                changed.push(artifact);
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => changed.push(artifact),
            Err(error) => return Err(io("cannot read", path)(error)),
        }
    }
    Ok(changed)
}

/// A link inside the folder could lead anywhere, and it may have come with a pull request.
pub(super) fn refuse_links(folder: &Path, relative: &str) -> Result<(), ArtifactError> {
    let mut path = folder.to_owned();
    for part in relative.split('/') {
        path.push(part);
        match path.symlink_metadata() {
            Ok(metadata) if metadata.is_symlink() => return Err(ArtifactError::Link { path }),
            Ok(_) => {}
            Err(_) => return Ok(()),
        }
    }
    Ok(())
}

/// This run's files, and those of the formats that it did not render.
pub(super) fn new_manifest(artifacts: &[Artifact], old: Option<&Manifest>) -> Manifest {
    let formats: BTreeSet<&str> = artifacts.iter().map(|artifact| artifact.format.as_str()).collect();
    let kept = old
        .into_iter()
        .flat_map(|manifest| &manifest.files)
        .filter(|(_, entry)| !formats.contains(entry.format.as_str()))
        .map(|(path, entry)| (path.clone(), entry.clone()));
    let new = artifacts.iter().map(|artifact| {
        (artifact.path.clone(), Entry { format: artifact.format.clone(), sha256: hash(&artifact.bytes) })
    });
    Manifest { tidegate: 1, files: kept.chain(new).collect() }
}

fn stage_and_rename(folder: &Path, files: &[(&str, &[u8])]) -> Result<(), ArtifactError> {
    let staging = Staging::new(folder)?;
    let mut renames: Vec<(PathBuf, PathBuf)> = Vec::new();
    for (number, (path, bytes)) in files.iter().enumerate() {
        let temporary = staging.path().join(number.to_string());
        stage(&temporary, bytes)?;
        renames.push((temporary, folder.join(path)));
    }
    for (temporary, path) in renames {
        if let Some(parent) = path.parent() {
            std::fs::create_dir_all(parent).map_err(io("cannot create", parent))?;
        }
        std::fs::rename(&temporary, &path).map_err(io("cannot write", path))?;
    }
    Ok(())
}

fn stage(path: &Path, bytes: &[u8]) -> Result<(), ArtifactError> {
    let mut file = std::fs::File::create(path).map_err(io("cannot write", path))?;
    file.write_all(bytes).map_err(io("cannot write", path))?;
    // Some file systems report a full disk only here.
    file.sync_all().map_err(io("cannot write", path))
}

fn remove_stale(
    folder: &Path,
    artifacts: &[Artifact],
    old: &Manifest,
    report: &mut Report,
) -> Result<(), ArtifactError> {
    let formats: BTreeSet<&str> = artifacts.iter().map(|artifact| artifact.format.as_str()).collect();
    let wanted: BTreeSet<&str> = artifacts.iter().map(|artifact| artifact.path.as_str()).collect();
    for (relative, entry) in &old.files {
        if wanted.contains(relative.as_str()) || !formats.contains(entry.format.as_str()) {
            continue;
        }
        let path = folder.join(relative);
        if refuse_links(folder, relative).is_err() {
            report.notes.push(format!("{relative} is reached through a link: left alone"));
            continue;
        }
        match std::fs::read(&path) {
            Err(_) => {}
            Ok(bytes) if hash(&bytes) != entry.sha256 => {
                report.notes.push(format!("{relative} is stale but was edited by hand: left alone"));
            }
            Ok(_) => {
                std::fs::remove_file(&path).map_err(io("cannot remove", &path))?;
                report.removed.push(relative.clone());
                remove_empty_parents(folder, &path);
            }
        }
    }
    Ok(())
}

fn remove_empty_parents(folder: &Path, path: &Path) {
    let mut parent = path.parent();
    while let Some(directory) = parent {
        // Fails on a folder that holds anything, which is the point.
        if directory == folder || std::fs::remove_dir(directory).is_err() {
            return;
        }
        parent = directory.parent();
    }
}

#[cfg(test)]
mod tests;
