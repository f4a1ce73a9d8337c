//! Migrations rehearsed: a throw-away copy of a schema is made, and what is pending runs on it under observation.
//!
//! The copy is made as leniently as a replay. What is rehearsed is held to what PostgreSQL would say where it runs in
//! earnest: a statement that is refused inside a transaction is an error here, too.

use tokio_postgres::Client;

use super::error::ReplayError;
use super::observe::{Observation, Observer};
use super::repair::Repairs;
use super::runner::Runner;
use super::script::{Mode, Script, Unit};
use super::{explain, finish};
use crate::migration::statement::class::{Class, Transaction};
use crate::progress::Progress;
use crate::source::engine::{self, Engine, EngineChoice, EngineOptions};
use crate::source::{Reading, catalog};

/// A throw-away database on which a script is rehearsed.
pub struct Stage {
    engine: Engine,
    choice: EngineChoice,
    repairs: Repairs,
    /// The session of the step before.
    last: Option<Client>,
}

/// What came of a rehearsal.
#[derive(Debug, Default)]
pub struct Rehearsed {
    /// One for each statement that ran, in order, over all units.
    pub observations: Vec<Observation>,
    /// Why it ended early: the statement after the last observed one failed.
    pub failure: Option<ReplayError>,
    /// What was worth a word.
    pub notes: Vec<String>,
}

impl Stage {
    /// Opens an engine with nothing in it. The options name the extensions that it must bring.
    ///
    /// # Errors
    /// The engine cannot be had.
    pub async fn open(
        choice: &EngineChoice,
        options: &EngineOptions,
        progress: &dyn Progress,
    ) -> Result<Self, ReplayError> {
        let engine = engine::open(choice, options, progress).await?;
        Ok(Self { engine, choice: choice.clone(), repairs: Repairs::default(), last: None })
    }

    /// For people: `embedded PostgreSQL 18.4`.
    pub fn description(&self) -> &str {
        self.engine.description()
    }

    /// As `server_version_num` says: `180004`.
    pub fn version_num(&self) -> u32 {
        self.engine.version_num()
    }

    /// Makes what is there before the rehearsal.
    ///
    /// # Errors
    /// As for [`super::replay`].
    pub async fn prepare(
        &mut self,
        script: &Script,
        settings: &[(String, String)],
        progress: &dyn Progress,
    ) -> Result<(), ReplayError> {
        let own_server = !matches!(self.choice, EngineChoice::Url(_));
        let client = self.session().await?;
        self.set(&client, settings).await?;
        let mut runner = Runner::new(&client, Repairs::new(&script.history_tables, own_server), false);
        let mut result = Ok(());
        if let Some(unit) = script.history_unit() {
            result = runner.run(&unit).await;
        }
        let total = script.units.len();
        for (done, unit) in script.units.iter().enumerate() {
            if result.is_err() {
                break;
            }
            progress.step(&format!("preparing {}", unit.path), done, Some(total));
            result = runner.run(unit).await;
            if script.forgets_settings() {
                runner.reset().await;
                self.set(&client, settings).await?;
            }
        }
        self.repairs = runner.repairs;
        self.last = Some(client);
        result.map_err(|error| explain(error, &self.engine, &self.choice))
    }

    /// Reads what is there now, without what belongs to the framework.
    ///
    /// # Errors
    /// The catalog cannot be read.
    pub async fn read(&mut self, script: &Script) -> Result<Reading, ReplayError> {
        let mut client = self.session().await?;
        let options = catalog::Options {
            leave_out_owner: Some(self.engine.superuser().to_owned()),
            ..catalog::Options::default()
        };
        let read = catalog::read(&mut client, &options).await;
        self.last = Some(client);
        let mut reading =
            read.map_err(|error| explain(ReplayError::Catalog(error.to_string()), &self.engine, &self.choice))?;
        finish::finish(&mut reading, script, &self.repairs);
        reading.origin = self.engine.description().to_owned();
        Ok(reading)
    }

    /// Runs a script statement by statement and looks at each. `settings` are those that sessions of the target begin
    /// with.
    ///
    /// # Errors
    /// The engine was lost. A statement that fails is no error of the rehearsal but its result.
    pub async fn rehearse(
        &mut self,
        script: &Script,
        settings: &[(String, String)],
        progress: &dyn Progress,
    ) -> Result<Rehearsed, ReplayError> {
        let client = self.session().await?;
        let result = self.observed(&client, script, settings, progress).await;
        self.last = Some(client);
        result.map_err(|error| explain(error, &self.engine, &self.choice))
    }

    async fn observed(
        &mut self,
        client: &Client,
        script: &Script,
        settings: &[(String, String)],
        progress: &dyn Progress,
    ) -> Result<Rehearsed, ReplayError> {
        let lost = |error: tokio_postgres::Error| ReplayError::Catalog(crate::postgres::error_text(&error));
        self.set(client, settings).await?;
        let observer = Observer::begin(client).await.map_err(lost)?;
        let mut runner = Runner::observing(client, std::mem::take(&mut self.repairs), observer);
        let mut failure = None;
        let total = script.units.len();
        for (done, unit) in script.units.iter().enumerate() {
            progress.step(&format!("rehearsing {}", unit.path), done, Some(total));
            if let Err(error) = runner.run(&script.as_sent(unit)).await {
                failure = Some(error);
                break;
            }
            if script.forgets_settings() {
                runner.reset().await;
                self.set(client, settings).await?;
            }
        }
        self.repairs = runner.repairs;
        let observations = runner.observer.map(|observer| observer.seen).unwrap_or_default();
        let notes = self.repairs.take_notes();
        match failure {
            Some(error @ (ReplayError::Engine(_) | ReplayError::EngineAt { .. } | ReplayError::Catalog(_))) => {
                Err(error)
            }
            failure => Ok(Rehearsed { observations, failure, notes }),
        }
    }

    /// A session that knows nothing of the step before.
    async fn session(&mut self) -> Result<Client, ReplayError> {
        let session = match self.last.take() {
            Some(last) => self.engine.another(last).await,
            None => self.engine.connect().await,
        };
        Ok(session?)
    }

    /// Gives a session what those of the target begin with. What the engine does not know is left as it is.
    async fn set(&self, client: &Client, settings: &[(String, String)]) -> Result<(), ReplayError> {
        for (name, value) in settings {
            let set = client.execute("SELECT pg_catalog.set_config($1, $2, false)", &[name, value]).await;
            if let Err(error) = set
                && error.as_db_error().is_none()
            {
                return Err(ReplayError::Catalog(crate::postgres::error_text(&error)));
            }
        }
        Ok(())
    }

    /// Ends the engine. What could not be undone is told, a line each.
    pub async fn close(self) -> Vec<String> {
        drop(self.last);
        self.engine.close().await
    }
}

impl Script {
    /// The unit as PostgreSQL gets it: several statements in one message are one transaction, whoever opens none.
    fn as_sent(&self, unit: &Unit) -> Unit {
        let mut unit = unit.clone();
        if unit.mode == Mode::Autocommit && self.sends_whole_files() && unit.statements.len() > 1 {
            unit.mode = Mode::Transaction;
        }
        unit
    }

    /// Whether the framework sends a file that it opens no transaction for in one message of the simple protocol.
    ///
    /// sqlx (`conn.execute(&str)`), Diesel (`batch_execute`), dbmate, golang-migrate (`Exec` of `lib/pq` without
    /// arguments) and Prisma's schema engine (`raw_cmd`) do; goose, Flyway, Liquibase and Atlas send statement after
    /// statement.
    pub fn sends_whole_files(&self) -> bool {
        matches!(self.framework.as_str(), "sqlx" | "diesel" | "dbmate" | "golang-migrate" | "prisma" | "hasura")
    }
}

impl Unit {
    /// Whether its statements begin or end transactions by themselves.
    pub fn controls_transactions(&self) -> bool {
        self.statements.iter().any(|statement| {
            matches!(
                statement.class,
                Class::Transaction(Transaction::Begin | Transaction::Commit | Transaction::Rollback)
            )
        })
    }
}
