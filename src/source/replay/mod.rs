//! Migrations applied to a throw-away PostgreSQL, which is then read like any live database.
//!
//! So what is drawn offline is as true as what is drawn of a server: no parser of ours decides what a statement does.
//! Promises: a schema comes back whole or not at all; what had to be stood in for is named as a gap; an error names
//! file, line and statement and says what PostgreSQL said; nothing hangs, because the engine has a deadline.

mod assumed;
pub mod cache;
pub mod command;
mod environment;
pub mod error;
mod finish;
mod repair;
mod rewrite;
mod runner;
pub mod script;
mod standin;
mod stub;

use std::path::PathBuf;

pub use error::{Place, ReplayError, StatementError};
pub use script::Script;

use super::Reading;
use super::catalog;
use super::engine::{self, Engine, EngineChoice, EngineError, EngineOptions};
use crate::migration::MigrationSet;
use crate::progress::Progress;
use repair::Repairs;
use runner::Runner;

/// How to replay.
#[derive(Clone, Debug, Default)]
pub struct ReplayOptions {
    /// The extensions in it are added to those that the migrations ask for.
    pub engine: EngineOptions,
    /// Gaps are errors.
    pub strict: bool,
    /// Where finished readings are kept; `None` keeps none.
    pub cache: Option<PathBuf>,
    /// What is replayed, for the reading's origin: `db/migrations`.
    pub label: String,
}

/// Applies a set of migrations in order and reads the schema that they make.
///
/// # Errors
/// A migration that fails, an engine that cannot be had, or, where `strict`, a gap.
pub async fn replay(
    set: &MigrationSet,
    engines: &EngineChoice,
    options: &ReplayOptions,
    progress: &dyn Progress,
) -> Result<Reading, ReplayError> {
    let script = Script::of_migrations(set)?;
    let what = match script.units.len() {
        1 => "1 migration".to_owned(),
        count => format!("{count} migrations"),
    };
    let label = format!("{what} in {}", options.label);
    let key = cache::Key::of_migrations(set, engines);
    let reading = match options.cache.as_deref().and_then(|folder| cache::load(folder, &key)) {
        Some(reading) => reading,
        None => {
            let (reading, on) = run(&script, engines, &options.engine, progress).await?;
            if let (Some(folder), EngineChoice::Embedded) = (&options.cache, on) {
                // A cache that cannot be written is no reason to fail.
                cache::store(folder, &key, &reading);
            }
            reading
        }
    };
    finished(reading, &script, &label, options.strict, progress)
}

/// Runs a script that is no set of migrations, such as a dump.
///
/// # Errors
/// As for [`replay`].
pub async fn replay_script(
    script: &Script,
    engines: &EngineChoice,
    options: &ReplayOptions,
    progress: &dyn Progress,
) -> Result<Reading, ReplayError> {
    let (reading, _) = run(script, engines, &options.engine, progress).await?;
    finished(reading, script, &options.label, options.strict, progress)
}

/// What a reading gets last, whether it was made or remembered.
fn finished(
    mut reading: Reading,
    script: &Script,
    label: &str,
    strict: bool,
    progress: &dyn Progress,
) -> Result<Reading, ReplayError> {
    for note in &script.notes {
        progress.note(note);
    }
    reading.gaps.extend(script.gaps.iter().cloned());
    reading.gaps.sort();
    reading.gaps.dedup();
    reading.origin = format!("{}, {label}", reading.origin);
    if strict && !reading.gaps.is_empty() {
        return Err(ReplayError::Strict(reading.gaps));
    }
    Ok(reading)
}

/// On the chosen engine, or, where the choice is left to us, on the embedded one and after it on a local server.
async fn run(
    script: &Script,
    engines: &EngineChoice,
    options: &EngineOptions,
    progress: &dyn Progress,
) -> Result<(Reading, EngineChoice), ReplayError> {
    let mut options = options.clone();
    for name in script.extensions() {
        if !options.extensions.contains(&name) {
            options.extensions.push(name);
        }
    }
    if *engines != EngineChoice::Auto {
        return match on_engine(script, engines, &options, false, progress).await {
            Err(lost) => Err(pinpointed(lost, script, engines, &options, progress).await),
            done => done,
        };
    }
    let first = match on_engine(script, &EngineChoice::Embedded, &options, false, progress).await {
        Err(error) if may_be_the_engines_own(&error) => error,
        result => return result,
    };
    progress.note(&format!("{}; trying a local server instead", summary(&first)));
    match on_engine(script, &EngineChoice::Local, &options, false, progress).await {
        Err(ReplayError::Engine(second)) => {
            let first = pinpointed(first, script, &EngineChoice::Embedded, &options, progress).await;
            Err(without_local(first, &second))
        }
        Err(lost) => Err(pinpointed(lost, script, &EngineChoice::Local, &options, progress).await),
        done => done,
    }
}

/// An engine that was lost somewhere in a batch is opened once more and goes step by step, to name the statement.
async fn pinpointed(
    lost: ReplayError,
    script: &Script,
    choice: &EngineChoice,
    options: &EngineOptions,
    progress: &dyn Progress,
) -> ReplayError {
    if !matches!(lost, ReplayError::EngineAt { exact: false, .. }) {
        return lost;
    }
    progress.step("looking for the statement", 0, None);
    match on_engine(script, choice, options, true, progress).await {
        Err(found @ ReplayError::EngineAt { .. }) => found,
        // It did not happen again, and what was known stays what is known.
        _ => lost,
    }
}

async fn on_engine(
    script: &Script,
    choice: &EngineChoice,
    options: &EngineOptions,
    single_steps: bool,
    progress: &dyn Progress,
) -> Result<(Reading, EngineChoice), ReplayError> {
    let mut engine = engine::open(choice, options, progress).await?;
    let own_server = !matches!(choice, EngineChoice::Url(_));
    let result = on_open_engine(script, &mut engine, own_server, single_steps, progress).await;
    let result = result.map_err(|error| explain(error, &engine, choice));
    engine.close().await;
    Ok((result?, choice.clone()))
}

async fn on_open_engine(
    script: &Script,
    engine: &mut Engine,
    own_server: bool,
    single_steps: bool,
    progress: &dyn Progress,
) -> Result<Reading, ReplayError> {
    let client = engine.connect().await?;
    let mut runner = Runner::new(&client, Repairs::new(&script.history_tables, own_server), single_steps);
    let total = script.units.len();
    if let Some(unit) = script.history_unit() {
        runner.run(&unit).await?;
    }
    for (done, unit) in script.units.iter().enumerate() {
        progress.step(&format!("replaying {}", unit.path), done, Some(total));
        runner.run(unit).await?;
        if script.forgets_settings() {
            runner.reset().await;
        }
    }
    let mut repairs = runner.repairs;
    // Settings, roles and prepared statements of the migrations end with their session.
    drop(client);
    progress.step("reading the schema", total, Some(total));
    let mut client = engine.connect().await?;
    let options =
        catalog::Options { leave_out_owner: Some(engine.superuser().to_owned()), ..catalog::Options::default() };
    let mut reading =
        catalog::read(&mut client, &options).await.map_err(|error| ReplayError::Catalog(error.to_string()))?;
    finish::finish(&mut reading, script, &repairs);
    for note in repairs.take_notes() {
        progress.note(&note);
    }
    reading.origin = engine.description().to_owned();
    Ok(reading)
}

/// A lost session's reason is known to the engine, not to the session.
fn explain(error: ReplayError, engine: &Engine, choice: &EngineChoice) -> ReplayError {
    match (error, engine.failure()) {
        (ReplayError::EngineAt { place, statement, exact, .. }, Some(failure)) => {
            ReplayError::EngineAt { place, reason: failure.to_string(), statement, hint: another_engine(choice), exact }
        }
        (ReplayError::EngineAt { place, reason, statement, exact, .. }, None) => {
            ReplayError::EngineAt { place, reason, statement, hint: another_engine(choice), exact }
        }
        (ReplayError::Catalog(_), Some(failure)) => ReplayError::Engine(failure),
        (other, _) => other,
    }
}

fn another_engine(choice: &EngineChoice) -> String {
    match choice {
        EngineChoice::Auto | EngineChoice::Embedded => {
            "install a PostgreSQL server and set `engine = \"local\"` under [replay], or give the URL of an empty database"
                .to_owned()
        }
        EngineChoice::Local | EngineChoice::Url(_) => {
            "raise `deadline` under [replay] if the statement only needs more time".to_owned()
        }
    }
}

/// Whether the embedded engine may be to blame: it hung, died, or lacks a feature that a server has.
fn may_be_the_engines_own(error: &ReplayError) -> bool {
    match error {
        ReplayError::Engine(error) => error.is_worth_another_engine(),
        ReplayError::EngineAt { .. } | ReplayError::Catalog(_) => true,
        ReplayError::Statement(error) => {
            let class = error.sqlstate.get(..2).unwrap_or_default();
            // Internal errors, unsupported features, resources, limits, system errors.
            matches!(class, "XX" | "0A" | "53" | "54" | "57" | "58")
                // What hangs on libraries that are not compiled in.
                || ["collation", "locale", "time zone", "XML", "xml", "encoding", "ICU"]
                    .iter()
                    .any(|word| error.message.contains(word))
        }
        ReplayError::CutOff { .. } | ReplayError::Strict(_) | ReplayError::Command(_) => false,
    }
}

/// The first line of an error, for a note.
fn summary(error: &ReplayError) -> String {
    match error {
        ReplayError::Statement(error) => format!("{}: the embedded engine says: {}", error.place, error.message),
        other => other.to_string().lines().next().unwrap_or_default().to_owned(),
    }
}

/// What the embedded engine could not do, where no local server is there to try.
fn without_local(first: ReplayError, second: &EngineError) -> ReplayError {
    let hint = format!("{}; {second}", another_engine(&EngineChoice::Embedded));
    match first {
        ReplayError::EngineAt { place, reason, statement, exact, .. } => {
            ReplayError::EngineAt { place, reason, statement, hint, exact }
        }
        ReplayError::Statement(mut error) => {
            error.advice =
                Some(format!("this may be a limit of the embedded engine and not a fault of the statement: {hint}"));
            ReplayError::Statement(error)
        }
        other => other,
    }
}
