//! Which files decide what is drawn.

use std::path::Path;

use crate::cli::settings::WatchSettings;
use crate::migration::folder::TELLING;
use crate::watch::inputs::Inputs;

/// How many folders above the migrations are looked into for what tells their framework.
const LEVELS: usize = 6;

pub(super) fn of(settings: &WatchSettings) -> Inputs {
    let mut inputs = Inputs::default();
    inputs.files.insert(settings.config.clone());
    inputs.folders.extend(settings.templates.clone());
    inputs.outputs.extend(settings.docs.out.clone());
    let source = &settings.source;
    if source.is_file() {
        inputs.files.insert(source.clone());
        beside(source, &mut inputs);
    } else {
        // A folder, or something that is gone and may come back as either.
        inputs.folders.insert(source.clone());
        telling(source, &mut inputs);
    }
    if settings.docs.read.command.is_some() {
        inputs.folders.extend(settings.docs.read.migrations_dir.clone());
    }
    inputs
}

/// The scripts that a dump may include.
fn beside(source: &Path, inputs: &mut Inputs) {
    let Some(Ok(entries)) = source.parent().map(std::fs::read_dir) else { return };
    let scripts = entries.flatten().map(|entry| entry.path());
    inputs.files.extend(scripts.filter(|path| path.extension().is_some_and(|extension| extension == "sql")));
}

/// Files between the folder and the project's root that decide how it is read.
fn telling(folder: &Path, inputs: &mut Inputs) {
    for level in folder.ancestors().skip(1).take(LEVELS) {
        inputs.files.extend(TELLING.iter().map(|name| level.join(name)).filter(|path| path.is_file()));
        if level.join(".git").exists() {
            return;
        }
    }
}
