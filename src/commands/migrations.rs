//! From settings to the set of migrations that a folder, a git revision or the git index holds.

use std::path::{Path, PathBuf};

use super::off_the_runtime;
use crate::cli::failure::{Code, Failure};
use crate::cli::settings::ReadSettings;
use crate::cli::ui::Ui;
use crate::git::{self, Revision};
use crate::migration::{self, DiscoveryError, Hints, MigrationSet, Tree, folder};
use crate::progress::Progress as _;
use crate::source::locate::Source;

/// Migrations, and where they were found.
pub(super) struct Found {
    pub(super) set: MigrationSet,
    pub(super) tree: Tree,
    /// For people: `db/migrations`, `db/migrations at main (0123456789ab)`.
    pub(super) label: String,
}

/// How a folder's migrations are taken.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum As {
    /// Every one, programs too, to be compared with a history.
    List,
    /// Those that an empty database gets.
    FromEmpty,
}

pub(super) async fn in_folder(path: &Path, how: As, settings: &ReadSettings, ui: &Ui) -> Result<Found, Failure> {
    let owned = path.to_owned();
    let read = off_the_runtime(move || folder::read_tree(&owned)).await?.map_err(|error| {
        let code = match error {
            folder::FolderError::Io { .. } => Code::CouldNotTell,
            _ => Code::Usage,
        };
        Failure::from_error(code, &error)
    })?;
    read.notes.iter().for_each(|note| ui.note(note));
    discover(read.tree, read.hints, settings.shown(path), how, settings).await
}

pub(super) async fn at_revision(
    revision: &str,
    path: Option<&str>,
    how: As,
    settings: &ReadSettings,
    ui: &Ui,
) -> Result<Found, Failure> {
    let folder = path.map(str::to_owned).or_else(|| below_repository(settings));
    at_state(settings.project.clone(), Revision::parse(revision), folder, how, settings, ui).await
}

/// The migrations of one state of a repository. `folder` is relative to its root.
pub(super) async fn at_state(
    project: PathBuf,
    state: Revision,
    folder: Option<String>,
    how: As,
    settings: &ReadSettings,
    ui: &Ui,
) -> Result<Found, Failure> {
    let revision = state.to_string();
    let read = off_the_runtime(move || git::tree(&project, &state, folder.as_deref()))
        .await?
        .map_err(|error| Failure::from_error(Code::CouldNotTell, &error))?;
    read.notes.iter().for_each(|note| ui.note(note));
    let label = match &read.commit {
        Some(commit) => format!("{} at {revision} ({})", read.path, commit.get(..12).unwrap_or(commit)),
        None => format!("{} as staged", read.path),
    };
    discover(read.tree, read.hints, label, how, settings).await
}

/// The folder of the migrations here, below the root of the repository, so that another revision is read at its place.
fn below_repository(settings: &ReadSettings) -> Option<String> {
    let folder = match &settings.source {
        Source::Path(path) if path.is_dir() => path,
        _ => settings.migrations_dir.as_ref()?,
    };
    let folder = folder.canonicalize().unwrap_or_else(|_| folder.clone());
    let root = folder.ancestors().find(|ancestor| ancestor.join(".git").exists())?;
    let parts: Vec<_> = folder.strip_prefix(root).ok()?.iter().map(|part| part.to_string_lossy()).collect();
    Some(parts.join("/"))
}

async fn discover(tree: Tree, hints: Hints, label: String, how: As, settings: &ReadSettings) -> Result<Found, Failure> {
    let options = migration::Options {
        framework: settings.framework.clone(),
        placeholders: settings.placeholders.clone(),
        hints,
    };
    let discovered = off_the_runtime(move || {
        let set = match how {
            As::List => migration::list_with(&tree, &options),
            As::FromEmpty => migration::discover_with(&tree, &options),
        };
        set.map(|set| Found { set, tree, label })
    });
    discovered.await?.map_err(|error| {
        let code = match error {
            DiscoveryError::NotUtf8 { .. }
            | DiscoveryError::Utf16 { .. }
            | DiscoveryError::DuplicateVersion { .. }
            | DiscoveryError::Malformed { .. }
            | DiscoveryError::MissingFile { .. } => Code::CouldNotTell,
            _ => Code::Usage,
        };
        Failure::from_error(code, &error)
    })
}
