//! What `tidegate diff` compares, and how it tells the outcome.

use std::path::PathBuf;

use super::{ReadSettings, read_settings, usage};
use crate::cli::args::{DiffArgs, DiffFormat};
use crate::cli::config::Loaded;
use crate::cli::environment::Environment;
use crate::cli::failure::Failure;
use crate::schema::diff::ignore::{Aside, Ignore};
use crate::schema::select::Selection;

/// Everything that `tidegate diff` needs.
#[derive(Clone, Debug)]
pub struct DiffSettings {
    /// The side before; without one it is the upstream branch.
    pub from: Option<ReadSettings>,
    /// The side after.
    pub to: ReadSettings,
    /// `migrations.upstream`.
    pub upstream: Option<String>,
    pub format: DiffFormat,
    /// `None` is stdout.
    pub out: Option<PathBuf>,
    pub exit_code: bool,
    pub selection: Selection,
    pub ignore: Ignore,
}

/// Merges what was typed with the configuration.
pub fn diff_settings(args: &DiffArgs, loaded: &Loaded, environment: &Environment) -> Result<DiffSettings, Failure> {
    let config = &loaded.config.diff;
    let mut aside = Vec::new();
    for name in config.ignore.iter().chain(&args.ignore) {
        let known = Aside::ALL.into_iter().find(|aside| aside.name() == name);
        aside.push(known.ok_or_else(|| {
            Failure::usage(format!("diff.ignore: {name:?} is nothing that can be ignored"))
                .hint(format!("use {}", Aside::ALL.map(Aside::name).join(", ")))
        })?);
    }
    let exclude: Vec<String> = config.exclude.iter().chain(&args.exclude).cloned().collect();
    let read = |source| read_settings(source, &args.read, false, loaded, environment);
    Ok(DiffSettings {
        from: args.from.as_deref().map(|from| read(Some(from))).transpose()?,
        to: read(args.to.as_deref())?,
        upstream: loaded.config.migrations.upstream.clone(),
        format: if args.json { DiffFormat::Json } else { args.format.unwrap_or(DiffFormat::Text) },
        out: args.out.as_ref().filter(|out| out.as_os_str() != "-").map(|out| environment.working_directory.join(out)),
        exit_code: args.exit_code,
        selection: Selection::new(&args.include, &[])
            .map_err(|error| usage(&error))?
            .with_extension_objects(args.extension_objects),
        ignore: Ignore::new(&aside, &exclude).map_err(|error| usage(&error))?,
    })
}
