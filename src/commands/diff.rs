//! `tidegate diff`: two sources → two schemas → what changed.

use std::path::Path;
use std::process::ExitCode;

use super::migrations::Found;
use super::{off_the_runtime, reading};
use crate::cli::args::{DiffArgs, DiffFormat, Global};
use crate::cli::config::Loaded;
use crate::cli::environment::Environment;
use crate::cli::failure::{Code, Failure};
use crate::cli::settings::{DiffSettings, ReadSettings, diff_settings};
use crate::cli::ui::Ui;
use crate::git::{self, GitError, Revision};
use crate::migration::{MigrationSet, Tree};
use crate::postgres::dsn::Dsn;
use crate::progress::Progress as _;
use crate::render::diff::{Compared, markdown, mermaid, text};
use crate::schema::diff::diff;
use crate::schema::diff::document::DiffDocument;
use crate::source::Reading;
use crate::source::locate::Source;

pub async fn run(args: &DiffArgs, global: &Global, environment: &Environment, ui: &Ui) -> Result<ExitCode, Failure> {
    let loaded = Loaded::find(global.config.as_deref(), environment)?;
    let mut settings = diff_settings(args, &loaded, environment)?;
    let mut before = match settings.from.take() {
        Some(from) => from,
        None => upstream(&settings, ui).await?,
    };
    // Where nobody named the folder, it may be younger than the revision.
    let supposed = matches!(before.source, Source::Git { path: None, .. });
    same_folder(&mut before, &settings.to);
    same_folder(&mut settings.to, &before);
    let from = match supposed && has_no_folder(&before).await? {
        true => nothing(&before, ui).await?,
        false => side("before", &before, ui).await?,
    };
    let to = side("after", &settings.to, ui).await?;
    let colour = ui.colours_stdout() && settings.out.is_none();
    let out = settings.out.clone();
    let exit_code = settings.exit_code;
    let told = off_the_runtime(move || compare(&settings, &from, &to, colour)).await??;
    match &out {
        Some(file) => write(file, &told.text)?,
        None => super::output::print(told.text.as_bytes())?,
    }
    if out.is_some() {
        ui.status(&told.summary);
    }
    Ok(match (exit_code, told.complete, told.empty) {
        (false, ..) | (true, true, true) => ExitCode::SUCCESS,
        (true, false, _) => {
            ui.warning(
                "something could not be compared, so this says neither that the schemas differ nor that they do not",
            );
            ExitCode::from(Code::CouldNotTell.number())
        }
        (true, true, false) => ExitCode::from(Code::Finding.number()),
    })
}

/// The upstream branch as a source, with a note where it went on without this branch.
async fn upstream(settings: &DiffSettings, ui: &Ui) -> Result<ReadSettings, Failure> {
    let (project, named) = (settings.to.project.clone(), settings.upstream.clone());
    let found = off_the_runtime(move || git::upstream(&project, named.as_deref(), "HEAD")).await?;
    let name = match found {
        Ok(found) => {
            if let Some(base) = found.base.as_ref().filter(|base| **base != found.tip) {
                ui.note(&format!(
                    "{} went on since this branch left it, and what it gained shows as removed here; for this branch \
                     alone: tidegate diff git:{}",
                    found.name,
                    base.get(..12).unwrap_or(base)
                ));
            }
            found.name
        }
        // Enough to compare with, if not to tell where the branches parted.
        Err(GitError::NoMergeBase { upstream, .. }) => upstream,
        Err(error) => {
            return Err(Failure::from_error(Code::CouldNotTell, &error)
                .hint(
                    "name what to compare with: tidegate diff git:BRANCH, or set migrations.upstream in tidegate.toml",
                )
                .hint("in a clone that lacks the branch: git fetch --depth=1 origin main:refs/remotes/origin/main"));
        }
    };
    Ok(ReadSettings { source: Source::Git { revision: name, path: None }, ..settings.to.clone() })
}

/// A revision without a path means the folder that is named on the other side, where one is.
fn same_folder(side: &mut ReadSettings, other: &ReadSettings) {
    let (Source::Git { path: path @ None, .. }, Source::Path(folder)) = (&mut side.source, &other.source) else {
        return;
    };
    if !folder.is_dir() {
        return;
    }
    let Ok(folder) = folder.canonicalize() else { return };
    let root = folder.ancestors().find(|ancestor| ancestor.join(".git").exists());
    if let Some(below) =
        root.and_then(|root| folder.strip_prefix(root).ok()).filter(|below| !below.as_os_str().is_empty())
    {
        let parts: Vec<_> = below.iter().map(|part| part.to_string_lossy()).collect();
        *path = Some(parts.join("/"));
    }
}

/// The revision is from before the first migration.
async fn has_no_folder(settings: &ReadSettings) -> Result<bool, Failure> {
    let Source::Git { revision, path: Some(path) } = settings.source.clone() else { return Ok(false) };
    let project = settings.project.clone();
    let read = off_the_runtime(move || git::tree_if_there(&project, &Revision::parse(&revision), &path)).await?;
    // Whatever else is wrong is said where the side is read.
    Ok(matches!(read, Ok(None)))
}

/// What no migration makes.
async fn nothing(settings: &ReadSettings, ui: &Ui) -> Result<Reading, Failure> {
    let label = named(settings);
    ui.note(&format!("there is no {label}: everything counts as added"));
    let found = Found { set: MigrationSet::default(), tree: Tree::new(), label };
    reading::replay_found(&found, settings, ui).await
}

async fn side(which: &str, settings: &ReadSettings, ui: &Ui) -> Result<Reading, Failure> {
    ui.context(which);
    ui.step("reading the schema", 0, None);
    let reading = reading::read(settings, ui).await;
    ui.context("");
    reading.map_err(|failure| {
        let message = format!("cannot read the schema {which}, {}: {}", named(settings), failure.message);
        Failure { message, ..failure }
    })
}

/// A source as a person wrote it, without secrets.
fn named(settings: &ReadSettings) -> String {
    match &settings.source {
        Source::Git { revision, path: None } => format!("git:{revision}"),
        Source::Git { revision, path: Some(path) } => format!("git:{revision}:{path}"),
        Source::Path(path) => settings.shown(path),
        Source::Live(url) => match Dsn::parse(url, &settings.engine_options.environment) {
            Ok(dsn) => dsn.redacted(),
            Err(_) => "the live database".to_owned(),
        },
    }
}

struct Told {
    text: String,
    summary: String,
    empty: bool,
    complete: bool,
}

fn compare(settings: &DiffSettings, from: &Reading, to: &Reading, colour: bool) -> Result<Told, Failure> {
    let select = |reading: &Reading| {
        let selected = settings.ignore.apply(&reading.schema, &settings.selection);
        selected.map_err(|error| Failure::from_error(Code::Usage, &error))
    };
    let (before, after) = (select(from)?, select(to)?);
    let found = diff(&before, &after).behind(&settings.ignore.gaps(&from.gaps), &settings.ignore.gaps(&to.gaps));
    let compared =
        Compared { diff: &found, from: &before, to: &after, from_origin: &from.origin, to_origin: &to.origin };
    let text = match settings.format {
        DiffFormat::Text => text::render(&compared, colour),
        DiffFormat::Markdown => markdown::render(&compared),
        DiffFormat::Mermaid => mermaid::render(&compared),
        DiffFormat::Json => DiffDocument::new(found.clone(), (&before, &from.origin), (&after, &to.origin)).to_json(),
    };
    let (summary, empty, complete) = (found.summary().to_string(), found.is_empty(), found.is_complete());
    Ok(Told { text, summary, empty, complete })
}

/// The whole file or none of it. What is there and no file (a pipe, a terminal) is written to as it is.
fn write(file: &Path, text: &str) -> Result<(), Failure> {
    let failure =
        |error: std::io::Error| Failure::new(Code::CouldNotTell, format!("cannot write {}: {error}", file.display()));
    let file = file.canonicalize().unwrap_or_else(|_| file.to_owned());
    if file.metadata().is_ok_and(|metadata| !metadata.is_file()) {
        return std::fs::write(&file, text).map_err(failure);
    }
    let folder = file.parent().unwrap_or(Path::new("."));
    let staging = tempfile::Builder::new().prefix(".tidegate-").tempdir_in(folder).map_err(failure)?;
    let staged = staging.path().join("diff");
    std::fs::write(&staged, text).and_then(|()| std::fs::rename(&staged, &file)).map_err(failure)
}
