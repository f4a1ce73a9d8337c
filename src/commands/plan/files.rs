//! The migrations of a folder, a git revision or the index: every one of them, programs too.

use crate::cli::failure::{Code, Failure};
use crate::cli::settings::ReadSettings;
use crate::cli::ui::Ui;
use crate::commands::off_the_runtime;
use crate::git::{self, Revision};
use crate::migration::{self, DiscoveryError, Hints, MigrationSet, Tree, folder};
use crate::progress::Progress as _;
use crate::source::locate::Source;

/// Migrations, and where they were found.
pub(super) struct Listed {
    pub(super) set: MigrationSet,
    pub(super) tree: Tree,
    /// For people: `db/migrations`, `db/migrations at main (0123456789ab)`.
    pub(super) label: String,
}

/// How a folder's migrations are taken.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum As {
    /// Every one, to be compared with a history.
    List,
    /// Those that an empty database gets.
    FromEmpty,
}

pub(super) async fn read(source: &Source, how: As, settings: &ReadSettings, ui: &Ui) -> Result<Listed, Failure> {
    match source {
        Source::Path(path) => {
            let owned = path.clone();
            let read = off_the_runtime(move || folder::read_tree(&owned)).await?.map_err(|error| {
                let code = match error {
                    folder::FolderError::Io { .. } => Code::CouldNotTell,
                    _ => Code::Usage,
                };
                Failure::from_error(code, &error)
            })?;
            read.notes.iter().for_each(|note| ui.note(note));
            let set = discover(&read.tree, read.hints, how, settings).await?;
            Ok(Listed { set, tree: read.tree, label: settings.shown(path) })
        }
        Source::Git { revision, path } => {
            let project = settings.project.clone();
            let folder = path.clone().or_else(|| below_repository(settings));
            let state = Revision::parse(revision);
            let read = off_the_runtime(move || git::tree(&project, &state, folder.as_deref()))
                .await?
                .map_err(|error| Failure::from_error(Code::CouldNotTell, &error))?;
            read.notes.iter().for_each(|note| ui.note(note));
            let label = match &read.commit {
                Some(commit) => format!("{} at {revision} ({})", read.path, commit.get(..12).unwrap_or(commit)),
                None => format!("{} as staged", read.path),
            };
            let set = discover(&read.tree, read.hints, how, settings).await?;
            Ok(Listed { set, tree: read.tree, label })
        }
        Source::Live(_) => Err(Failure::usage("a database holds no migration files")),
    }
}

/// The folder of the migrations here, below the root of the repository, so that another revision is read at its place.
fn below_repository(settings: &ReadSettings) -> Option<String> {
    let folder = match &settings.source {
        Source::Path(path) => path.clone(),
        _ => settings.migrations_dir.clone()?,
    };
    let folder = folder.canonicalize().unwrap_or(folder);
    let root = folder.ancestors().find(|ancestor| ancestor.join(".git").exists())?;
    let parts: Vec<_> = folder.strip_prefix(root).ok()?.iter().map(|part| part.to_string_lossy()).collect();
    Some(parts.join("/"))
}

async fn discover(tree: &Tree, hints: Hints, how: As, settings: &ReadSettings) -> Result<MigrationSet, Failure> {
    let options = migration::Options {
        framework: settings.framework.clone(),
        placeholders: settings.placeholders.clone(),
        hints,
    };
    let tree = tree.clone();
    let discovered = off_the_runtime(move || match how {
        As::List => migration::list_with(&tree, &options),
        As::FromEmpty => migration::discover_with(&tree, &options),
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
