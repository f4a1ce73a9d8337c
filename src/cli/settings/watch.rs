//! What `tidegate watch` follows and writes.

use std::path::PathBuf;

use super::{DocsSettings, docs_settings};
use crate::cli::args::{Format, WatchArgs};
use crate::cli::config::{FILE_NAME, Loaded, expand};
use crate::cli::environment::Environment;
use crate::cli::failure::Failure;
use crate::source::locate::Source;

/// Everything that `tidegate watch` needs.
#[derive(Clone, Debug)]
pub struct WatchSettings {
    pub docs: DocsSettings,
    pub force: bool,
    pub json: bool,
    pub serve: bool,
    pub port: Option<u16>,
    pub poll: bool,
    /// The source: a folder, or a file.
    pub source: PathBuf,
    /// The folder of templates.
    pub templates: Option<PathBuf>,
    /// The configuration file, whether it is there or may come.
    pub config: PathBuf,
}

/// Merges what was typed with the configuration into what is followed.
pub fn watch_settings(args: &WatchArgs, loaded: &Loaded, environment: &Environment) -> Result<WatchSettings, Failure> {
    let config = &loaded.config;
    let serve = args.serve || config.watch.serve;
    let mut typed = args.docs();
    if serve && typed.out.is_none() && config.docs.out.is_none() {
        // Only the page is shown, and nothing is written.
        typed.format = vec![Format::Html];
    }
    let docs = docs_settings(&typed, loaded, environment)?;
    if docs.out.is_none() && !serve {
        return Err(Failure::usage("watch needs a folder to write")
            .hint("add `-o docs/schema`, set `out` under [docs] in tidegate.toml, or look at the page: --serve"));
    }
    let source = match &docs.read.source {
        Source::Path(path) => path.clone(),
        Source::Live(_) => return Err(no_files("a live database")),
        Source::Git { .. } => return Err(no_files("a revision")),
    };
    let templates = config.docs.templates.as_ref();
    let templates = templates.map(|path| expand("docs.templates", path, environment)).transpose()?;
    Ok(WatchSettings {
        docs,
        force: args.force,
        json: args.json,
        serve,
        port: args.port.or(config.watch.port),
        poll: args.poll || config.watch.poll,
        source,
        templates: templates.map(|path| loaded.directory.join(path)),
        config: loaded.file.clone().unwrap_or_else(|| loaded.directory.join(FILE_NAME)),
    })
}

fn no_files(what: &str) -> Failure {
    Failure::usage(format!("watch follows files, and {what} has none"))
        .hint("name a folder of migrations: tidegate watch migrations")
}
