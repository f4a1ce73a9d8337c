//! Migrations applied to a throw-away PostgreSQL, which is then read like any live database.
//!
//! So what is drawn offline is as true as what is drawn of a server: no parser of ours decides what a statement does.
//! Promises: a schema comes back whole or not at all; what had to be stood in for is named as a gap; an error names
//! file, line and statement and says what PostgreSQL said; nothing hangs, because the engine has a deadline.

mod assumed;
mod book;
pub mod cache;
pub mod command;
mod environment;
pub mod error;
mod finish;
pub mod observe;
pub mod rehearse;
mod repair;
mod rewrite;
mod rows;
mod runner;
pub mod script;
mod session;
mod standin;
mod stub;

use std::path::PathBuf;
use std::sync::Arc;

pub use error::{Place, ReplayError, StatementError};
pub use finish::leave_out;
pub use script::Script;

use super::Reading;
use super::catalog;
use super::engine::{self, Engine, EngineChoice, EngineError, EngineOptions};
use crate::migration::MigrationSet;
use crate::progress::Progress;
use book::{Book, Keeper};
use cache::states::State;
use repair::Repairs;
use runner::Runner;

/// How to replay.
#[derive(Clone, Debug, Default)]
pub struct ReplayOptions {
    /// The extensions in it are added to those that the migrations ask for.
    pub engine: EngineOptions,
    /// Gaps are errors.
    pub strict: bool,
    /// Where finished readings and states of the embedded engine are kept; `None` keeps none.
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
    let engine = with_extensions(&options.engine, &script);
    let book = Book::open(set, engines, options, &engine.extensions);
    let reading = match book.as_ref().and_then(Book::reading) {
        Some(reading) => Ok(reading),
        None => made(&script, engines, &engine, book.as_ref(), progress).await,
    };
    // A migration that failed is mended and replayed in a moment, too.
    if let (EngineChoice::Auto | EngineChoice::Embedded, Some(standby)) = (engines, &engine.standby) {
        let state = book.as_ref().and_then(|book| book.state(&script)).map(|state| state.archive);
        standby.prepare(&EngineOptions { state, ..engine.clone() });
    }
    finished(reading?, &script, &label, options.strict, progress)
}

async fn made(
    script: &Script,
    engines: &EngineChoice,
    options: &EngineOptions,
    book: Option<&Book>,
    progress: &dyn Progress,
) -> Result<Reading, ReplayError> {
    let from_state = match book {
        Some(book) => from_state(script, book, options, progress).await,
        None => None,
    };
    let (reading, on) = match from_state {
        Some(result) => result?,
        None => run(script, engines, options, book, progress).await?,
    };
    if let (Some(book), EngineChoice::Embedded) = (book, on) {
        book.keep_reading(&reading);
    }
    Ok(reading)
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
    let engine = with_extensions(&options.engine, script);
    let (reading, _) = run(script, engines, &engine, None, progress).await?;
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

/// The extensions that a script asks for are among those that its engine is opened with.
fn with_extensions(options: &EngineOptions, script: &Script) -> EngineOptions {
    let mut options = options.clone();
    for name in script.extensions() {
        if !options.extensions.contains(&name) {
            options.extensions.push(name);
        }
    }
    options
}

/// From a state that an earlier replay has kept. `None` where there is none, and where it is not certain that a replay
/// from the first migration on would end as this one did.
async fn from_state(
    script: &Script,
    book: &Book,
    options: &EngineOptions,
    progress: &dyn Progress,
) -> Option<Result<(Reading, EngineChoice), ReplayError>> {
    let state = book.state(script)?;
    let known = state.known.clone();
    let mut run = Run { script, start: Some(state), keeper: Some(Keeper::new(book, known.done)), single_steps: false };
    let result = run.on_engine(&EngineChoice::Embedded, options, progress).await;
    run.finish().await;
    match result {
        // A statement's own fault is its fault from any start.
        Err(error) if may_be_the_engines_own(&error) => {
            book.forget(&known);
            None
        }
        result => Some(result),
    }
}

/// On the chosen engine, or, where the choice is left to us, on the embedded one and after it on a local server.
async fn run(
    script: &Script,
    engines: &EngineChoice,
    options: &EngineOptions,
    book: Option<&Book>,
    progress: &dyn Progress,
) -> Result<(Reading, EngineChoice), ReplayError> {
    let from_nothing = async |choice: &EngineChoice| {
        let keeper = book.map(|book| Keeper::new(book, 0));
        let mut run = Run { script, start: None, keeper, single_steps: false };
        let result = run.on_engine(choice, options, progress).await;
        run.finish().await;
        result
    };
    if *engines != EngineChoice::Auto {
        return match from_nothing(engines).await {
            Err(lost) => {
                let found = pinpointed(lost, script, engines, options, progress).await;
                Err(if *engines == EngineChoice::Embedded { blame_embedded(found, None) } else { found })
            }
            done => done,
        };
    }
    let first = match from_nothing(&EngineChoice::Embedded).await {
        Err(error) if may_be_the_engines_own(&error) => error,
        result => return result,
    };
    progress.note(&format!("{}; trying a local server instead", summary(&first)));
    match from_nothing(&EngineChoice::Local).await {
        Err(ReplayError::Engine(second)) => {
            let first = pinpointed(first, script, &EngineChoice::Embedded, options, progress).await;
            Err(blame_embedded(first, Some(&second)))
        }
        Err(lost) => Err(pinpointed(lost, script, &EngineChoice::Local, options, progress).await),
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
    let mut run = Run { script, start: None, keeper: None, single_steps: true };
    match run.on_engine(choice, options, progress).await {
        Err(found @ ReplayError::EngineAt { .. }) => found,
        // It did not happen again, and what was known stays what is known.
        _ => lost,
    }
}

/// One way through a script, on one engine.
struct Run<'a> {
    script: &'a Script,
    /// Where it begins; at the first unit where absent.
    start: Option<State>,
    /// Leaves states for later replays.
    keeper: Option<Keeper<'a>>,
    single_steps: bool,
}

impl Run<'_> {
    async fn on_engine(
        &mut self,
        choice: &EngineChoice,
        options: &EngineOptions,
        progress: &dyn Progress,
    ) -> Result<(Reading, EngineChoice), ReplayError> {
        let state = self.start.as_ref().map(|start| Arc::clone(&start.archive));
        let options = EngineOptions { state, ..options.clone() };
        let mut engine = engine::open(choice, &options, progress).await?;
        let own_server = !matches!(choice, EngineChoice::Url(_));
        let result = self.on_open_engine(&mut engine, own_server, progress).await;
        let result = result.map_err(|error| explain(error, &engine, choice));
        engine.close().await;
        Ok((result?, choice.clone()))
    }

    async fn on_open_engine(
        &mut self,
        engine: &mut Engine,
        own_server: bool,
        progress: &dyn Progress,
    ) -> Result<Reading, ReplayError> {
        let script = self.script;
        let client = engine.connect().await?;
        let mut repairs = match &self.start {
            Some(start) => start.known.repairs.clone(),
            None => Repairs::new(&script.history_tables, own_server),
        };
        repairs.rows_left_out = script.rows_left_out;
        let mut runner = Runner::new(&client, repairs, self.single_steps);
        let first = match &self.start {
            Some(start) => {
                let lost = |error: tokio_postgres::Error| ReplayError::Catalog(error.to_string());
                session::restore(&client, &start.known.settings).await.map_err(lost)?;
                start.known.done
            }
            None => {
                if let Some(unit) = script.history_unit() {
                    runner.run(&unit).await?;
                }
                0
            }
        };
        let total = script.units.len();
        for (done, unit) in script.units.iter().enumerate().skip(first) {
            if let Some(keeper) = &mut self.keeper {
                keeper.before(done, script, engine, &client, &runner.repairs).await;
            }
            progress.step(&format!("replaying {}", unit.path), done, Some(total));
            runner.run(unit).await?;
            if script.forgets_settings() {
                runner.reset().await;
            }
        }
        let mut repairs = runner.repairs;
        progress.step("reading the schema", total, Some(total));
        // Settings, roles and prepared statements of the migrations end with their session.
        let mut client = engine.another(client).await?;
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

    /// Waits until what is kept is written.
    async fn finish(self) {
        if let Some(keeper) = self.keeper {
            keeper.finish().await;
        }
    }
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
pub fn may_be_the_engines_own(error: &ReplayError) -> bool {
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

/// What the embedded engine could not do, where no local server is there to try, with the reason for that.
fn blame_embedded(first: ReplayError, no_local: Option<&EngineError>) -> ReplayError {
    if !may_be_the_engines_own(&first) {
        return first;
    }
    let why = no_local.map(|error| format!("; {error}")).unwrap_or_default();
    let hint = format!("{}{why}", another_engine(&EngineChoice::Embedded));
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
