//! From settings to a [`Reading`], whichever source they name; and the failures that each kind of source can end in.

use std::path::Path;

use super::migrations::{self, As, Found};
use crate::cli::args::Reader;
use crate::cli::failure::{Code, Failure};
use crate::cli::settings::ReadSettings;
use crate::cli::ui::Ui;
use crate::postgres::connect::connect;
use crate::postgres::dsn::Dsn;
use crate::progress::Progress as _;
use crate::source::locate::Source;
use crate::source::replay::command::{self, CommandOptions};
use crate::source::replay::{self, ReplayError, ReplayOptions};
use crate::source::{Reading, catalog, dump, information_schema, saved};

/// What servers see in `pg_stat_activity`.
const APPLICATION_NAME: &str = "tidegate docs";

pub(super) async fn read(settings: &ReadSettings, ui: &Ui) -> Result<Reading, Failure> {
    if settings.stats && !matches!(settings.source, Source::Live(_)) {
        return Err(Failure::usage("--stats needs a live database: only that has rows to count")
            .hint("name one: tidegate docs postgres://… --stats"));
    }
    let reading = match &settings.source {
        Source::Live(url) => live(url, settings, ui).await?,
        Source::Git { revision, path } => {
            let found = migrations::at_revision(revision, path.as_deref(), As::FromEmpty, settings, ui).await?;
            replay_found(&found, settings, ui).await?
        }
        Source::Path(path) => match path.metadata() {
            Ok(metadata) if metadata.is_dir() => replay_folder(path, settings, ui).await?,
            Ok(_) if path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("json")) => {
                saved::read(path).map_err(|error| Failure::from_error(Code::CouldNotTell, &error))?
            }
            Ok(_) => dump::read(path, &settings.engine, &replay_options(settings, &settings.shown(path)), ui)
                .await
                .map_err(|error| Failure::from_error(Code::CouldNotTell, &error).hints(error.hint()))?,
            // With a replay command the folder is only a name.
            Err(_) if settings.command.is_some() => replay_folder(path, settings, ui).await?,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Err(missing(path)),
            Err(error) => {
                return Err(Failure::new(Code::CouldNotTell, format!("cannot read {}: {error}", path.display())));
            }
        },
    };
    if settings.strict && !reading.gaps.is_empty() {
        return Err(replay_failure(ReplayError::Strict(reading.gaps)));
    }
    Ok(reading)
}

async fn replay_folder(path: &Path, settings: &ReadSettings, ui: &Ui) -> Result<Reading, Failure> {
    if let Some(reading) = by_command(settings, ui).await? {
        return Ok(reading);
    }
    replay_found(&migrations::in_folder(path, As::FromEmpty, settings, ui).await?, settings, ui).await
}

fn missing(path: &Path) -> Failure {
    Failure::usage(format!("{} does not exist", path.display()))
        .hint("name a folder of migrations, a dump (.sql), a schema.json, git:REV or postgres://…")
}

async fn live(url: &str, settings: &ReadSettings, ui: &Ui) -> Result<Reading, Failure> {
    let dsn = Dsn::parse(url, &settings.engine_options.environment)
        .map_err(|error| Failure::from_error(Code::Usage, &error))?;
    for note in &dsn.notes {
        ui.note(note);
    }
    ui.step(&format!("connecting to {}", dsn.redacted()), 0, None);
    let mut connected = connect(&dsn, APPLICATION_NAME).await.map_err(|error| {
        let code = if error.is_usage() { Code::Usage } else { Code::CouldNotTell };
        Failure::from_error(code, &error).hints(error.hint.clone())
    })?;
    ui.step("reading the catalog", 0, None);
    let failure = |error: &dyn std::error::Error| {
        let mut failure = Failure::new(Code::CouldNotTell, format!("cannot read the schema of {}", dsn.redacted()));
        failure.causes.push(error.to_string());
        failure
    };
    let result = match settings.reader {
        Reader::Catalog => {
            let options = catalog::Options {
                stats: settings.stats,
                statement_timeout: settings.statement_timeout,
                ..catalog::Options::default()
            };
            catalog::read(&mut connected.client, &options).await.map_err(|error| failure(&error))
        }
        Reader::InformationSchema => {
            let options = information_schema::Options {
                statement_timeout: settings.statement_timeout,
                ..information_schema::Options::default()
            };
            information_schema::read(&mut connected.client, &options).await.map_err(|error| failure(&error))
        }
    };
    let mut reading = result?;
    reading.origin = match &reading.server {
        Some(server) => format!("PostgreSQL {} at {}", server.version, dsn.redacted()),
        None => dsn.redacted(),
    };
    connected.close().await;
    Ok(reading)
}

/// Replays migrations that were found.
pub(super) async fn replay_found(found: &Found, settings: &ReadSettings, ui: &Ui) -> Result<Reading, Failure> {
    found.set.notes.iter().for_each(|note| ui.note(note));
    replay::replay(&found.set, &settings.engine, &replay_options(settings, &found.label), ui)
        .await
        .map_err(replay_failure)
}

/// Migrations that are programs, where the configuration says what applies them.
pub(super) async fn by_command(settings: &ReadSettings, ui: &Ui) -> Result<Option<Reading>, Failure> {
    let Some(argv) = &settings.command else { return Ok(None) };
    let options = CommandOptions {
        engine: settings.engine_options.clone(),
        directory: settings.project.clone(),
        timeout: None,
        strict: settings.strict,
    };
    command::run(argv, &settings.engine, &options, ui).await.map(Some).map_err(replay_failure)
}

fn replay_options(settings: &ReadSettings, label: &str) -> ReplayOptions {
    ReplayOptions {
        engine: settings.engine_options.clone(),
        strict: settings.strict,
        cache: settings.cache.clone(),
        label: label.to_owned(),
    }
}

fn replay_failure(error: ReplayError) -> Failure {
    Failure::from_error(Code::CouldNotTell, &error).hints(error.hint())
}
