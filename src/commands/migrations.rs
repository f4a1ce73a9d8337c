//! From settings to the set of migrations that a folder, a git revision or the git index holds.

use std::path::{Path, PathBuf};

use crate::cli::failure::{Code, Failure};
use crate::cli::settings::ReadSettings;
use crate::cli::ui::Ui;
use crate::git::{self, Revision};
use crate::migration::{self, DiscoveryError, Hints, MigrationSet, Tree, folder};
use crate::progress::Progress as _;

/// Migrations, and where they were found.
pub(super) struct Found {
    pub(super) set: MigrationSet,
    /// For people: `db/migrations`, `db/migrations at main (0123456789ab)`.
    pub(super) label: String,
    /// What the paths of the migrations are relative to, as a person here would write it: `db/migrations`.
    pub(super) folder: String,
}

pub(super) async fn in_folder(path: &Path, settings: &ReadSettings, ui: &Ui) -> Result<Found, Failure> {
    let owned = path.to_owned();
    let read = super::off_the_runtime(move || folder::read_tree(&owned)).await?.map_err(|error| {
        let code = match error {
            folder::FolderError::Io { .. } => Code::CouldNotTell,
            _ => Code::Usage,
        };
        Failure::from_error(code, &error)
    })?;
    read.notes.iter().for_each(|note| ui.note(note));
    let set = discover(read.tree, read.hints, settings, ui).await?;
    Ok(Found { set, label: settings.shown(path), folder: settings.shown(path) })
}

pub(super) async fn at_revision(
    revision: &str,
    path: Option<&str>,
    settings: &ReadSettings,
    ui: &Ui,
) -> Result<Found, Failure> {
    let folder = path.map(str::to_owned).or_else(|| configured_folder(settings));
    at_state(settings.project.clone(), Revision::parse(revision), folder, settings, ui).await
}

/// The migrations of one state of a repository. `folder` is relative to its root.
pub(super) async fn at_state(
    project: PathBuf,
    state: Revision,
    folder: Option<String>,
    settings: &ReadSettings,
    ui: &Ui,
) -> Result<Found, Failure> {
    let revision = state.to_string();
    let read = super::off_the_runtime(move || git::tree(&project, &state, folder.as_deref()))
        .await?
        .map_err(|error| Failure::from_error(Code::CouldNotTell, &error))?;
    read.notes.iter().for_each(|note| ui.note(note));
    let label = match &read.commit {
        Some(commit) => format!("{} at {revision} ({})", read.path, commit.get(..12).unwrap_or(commit)),
        None => format!("{} as staged", read.path),
    };
    let set = discover(read.tree, read.hints, settings, ui).await?;
    Ok(Found { set, label, folder: read.path })
}

/// `migrations.dir` below the root of the repository that the project lies in.
fn configured_folder(settings: &ReadSettings) -> Option<String> {
    let folder = settings.migrations_dir.as_ref()?;
    let root = folder.ancestors().find(|ancestor| ancestor.join(".git").exists())?;
    let parts: Vec<_> = folder.strip_prefix(root).ok()?.iter().map(|part| part.to_string_lossy()).collect();
    Some(parts.join("/"))
}

async fn discover(tree: Tree, hints: Hints, settings: &ReadSettings, ui: &Ui) -> Result<MigrationSet, Failure> {
    let options = migration::Options {
        framework: settings.framework.clone(),
        placeholders: settings.placeholders.clone(),
        hints,
    };
    let set = super::off_the_runtime(move || migration::discover_with(&tree, &options)).await?.map_err(|error| {
        let code = match error {
            DiscoveryError::NotUtf8 { .. }
            | DiscoveryError::Utf16 { .. }
            | DiscoveryError::DuplicateVersion { .. }
            | DiscoveryError::Malformed { .. }
            | DiscoveryError::MissingFile { .. } => Code::CouldNotTell,
            _ => Code::Usage,
        };
        Failure::from_error(code, &error)
    })?;
    set.notes.iter().for_each(|note| ui.note(note));
    Ok(set)
}
