//! The migrations that a plan is about, from files: a folder, a git revision or the index.

use crate::cli::failure::Failure;
use crate::cli::settings::ReadSettings;
use crate::cli::ui::Ui;
use crate::commands::migrations::{self, As, Found};
use crate::source::locate::Source;

pub(in crate::commands) async fn read(
    source: &Source,
    how: As,
    settings: &ReadSettings,
    ui: &Ui,
) -> Result<Found, Failure> {
    match source {
        Source::Path(path) => migrations::in_folder(path, how, settings, ui).await,
        Source::Git { revision, path } => migrations::at_revision(revision, path.as_deref(), how, settings, ui).await,
        Source::Live(_) => Err(Failure::usage("a database holds no migration files")),
    }
}
