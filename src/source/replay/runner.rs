//! Runs a script on an engine, statement after statement, and mends what a throw-away server lacks.
//!
//! Statements go in batches, because most of them succeed and every answer costs a round trip. A batch that fails has
//! changed nothing (it is one transaction, or ends at a savepoint), so its statements are then run one by one, which
//! finds the one at fault; the server's own error says what is missing.

mod observed;

use std::collections::BTreeSet;

use futures_util::StreamExt as _;
use tokio_postgres::error::{DbError, ErrorPosition};
use tokio_postgres::{Client, SimpleQueryMessage};

use super::error::{Place, ReplayError, StatementError, excerpt};
use super::observe::{How, Observer};
use super::repair::{Remedy, Repairs};
use super::script::{Mode, Statement, Unit};
use crate::migration::statement::class::{Class, Transaction};

/// How many statements go in one batch, and how many bytes; a single statement may be longer.
const BATCH_STATEMENTS: usize = 100;
const BATCH_BYTES: usize = 256 << 10;

/// How often one statement may be mended. A large view can ask for many missing functions, one after the other.
const MOST_REPAIRS: usize = 200;

/// Inside a transaction there is always a savepoint before what is sent next. It cannot be set by what is sent itself:
/// after a syntax error nothing of that has run.
const SAVEPOINT: &str = "SAVEPOINT tidegate_before";
const MOVE_SAVEPOINT: &str = "RELEASE SAVEPOINT tidegate_before; SAVEPOINT tidegate_before";
const ROLL_BACK: &str = "ROLLBACK TO SAVEPOINT tidegate_before";

/// A session in which units are run, with what was mended so far.
pub(super) struct Runner<'a> {
    client: &'a Client,
    pub(super) repairs: Repairs,
    in_transaction: bool,
    /// The file sets savepoints of its own, which releasing ours would release, too.
    foreign_savepoints: bool,
    /// One statement at a time: slower, and a session that is lost is lost at a statement that is known.
    single_steps: bool,
    /// Looks at what each statement did. Transactions are then held as the framework holds them, and what PostgreSQL
    /// refuses inside of one is an error as it would be there.
    pub(super) observer: Option<Observer>,
}

/// A statement's error, or the loss of the session.
enum Failed {
    Statement(Box<DbError>),
    /// The connection is gone: the engine can say why.
    Session(tokio_postgres::Error),
}

impl From<tokio_postgres::Error> for Failed {
    fn from(error: tokio_postgres::Error) -> Self {
        match error.as_db_error() {
            // A fatal error takes the session with it.
            Some(said) if !matches!(said.severity(), "FATAL" | "PANIC") => Self::Statement(Box::new(said.clone())),
            _ => Self::Session(error),
        }
    }
}

impl<'a> Runner<'a> {
    pub(super) fn new(client: &'a Client, repairs: Repairs, single_steps: bool) -> Self {
        Self { client, repairs, in_transaction: false, foreign_savepoints: false, single_steps, observer: None }
    }

    /// A runner that looks at every statement.
    pub(super) fn observing(client: &'a Client, repairs: Repairs, observer: Observer) -> Self {
        Self { observer: Some(observer), ..Self::new(client, repairs, true) }
    }

    /// Settings back to what the session began with.
    pub(super) async fn reset(&self) {
        // The current role may not be allowed to, and then there is nothing better to do.
        let _ = self.client.batch_execute("RESET SESSION AUTHORIZATION; RESET ROLE; RESET ALL").await;
    }

    /// Runs one unit to its end.
    ///
    /// # Errors
    /// Names the statement that could not be run.
    pub(super) async fn run(&mut self, unit: &Unit) -> Result<(), ReplayError> {
        let own = unit.controls_transactions();
        self.foreign_savepoints =
            unit.statements.iter().any(|statement| statement.class == Class::Transaction(Transaction::Savepoint));
        let wrapped = unit.mode == Mode::Transaction && !own;
        let last = Place { path: unit.path.clone(), line: unit.statements.last().map_or(1, |last| last.line) };
        if wrapped {
            self.begin(&last).await?;
        }
        let mut rest = unit.statements.as_slice();
        while !rest.is_empty() {
            let length = if self.single_steps { 1 } else { batch_length(rest) };
            let (batch, after) = rest.split_at(length);
            self.batch(batch, unit).await?;
            rest = after;
        }
        if self.in_transaction {
            // A file that begins a transaction and does not end it is taken to have meant to.
            if !wrapped {
                self.repairs
                    .note(format!("{}: the transaction that it begins is never ended; it was committed", unit.path));
            }
            self.in_transaction = false;
            self.send("COMMIT").await.map_err(|failed| self.hopeless(failed, &last, "COMMIT"))?;
            self.let_go();
        }
        Ok(())
    }

    async fn batch(&mut self, batch: &[Statement], unit: &Unit) -> Result<(), ReplayError> {
        let mut rest = batch;
        while let Some((first, others)) = rest.split_first() {
            if others.is_empty() {
                return self.single(first, unit).await;
            }
            let mut joined = String::new();
            for statement in rest {
                joined.push_str(&statement.sql);
                joined.push('\n');
            }
            if self.in_transaction {
                joined.push_str(self.tail());
            }
            let (answers, sent) = self.count(&joined).await;
            let done = answers.min(rest.len() - 1);
            match sent {
                Ok(()) => return Ok(()),
                Err(Failed::Session(error)) => {
                    // The server holds its answers back until the whole batch is done, so which of them it was is not
                    // known, only where the search begins.
                    let place = self.place(&rest[done], unit);
                    let mut lost = self.hopeless(Failed::Session(error), &place, &rest[done].sql);
                    if let ReplayError::EngineAt { exact, statement, .. } = &mut lost {
                        *exact = false;
                        let last = rest.last().map_or(place.line, |last| last.line);
                        *statement =
                            Some(format!("one of the statements that begin on lines {} to {last}", place.line));
                    }
                    return Err(lost);
                }
                Err(Failed::Statement(_)) => {
                    self.undo(unit).await?;
                    // Those before it have just shown that they can be run.
                    Box::pin(self.batch(&rest[..done], unit)).await?;
                    self.single(&rest[done], unit).await?;
                    rest = &rest[done + 1..];
                }
            }
        }
        Ok(())
    }

    /// Sends several statements, and counts those that were answered.
    async fn count(&self, sql: &str) -> (usize, Result<(), Failed>) {
        let mut answered = 0;
        let stream = match self.client.simple_query_raw(sql).await {
            Ok(stream) => stream,
            Err(error) => return (answered, Err(error.into())),
        };
        let mut stream = std::pin::pin!(stream);
        loop {
            match stream.next().await {
                None => return (answered, Ok(())),
                Some(Ok(SimpleQueryMessage::CommandComplete(_))) => answered += 1,
                Some(Ok(_)) => {}
                Some(Err(error)) => return (answered, Err(error.into())),
            }
        }
    }

    /// Back to before what has just failed.
    async fn undo(&mut self, unit: &Unit) -> Result<(), ReplayError> {
        if self.in_transaction {
            let place = Place { path: unit.path.clone(), line: 1 };
            self.send(ROLL_BACK).await.map_err(|failed| self.hopeless(failed, &place, ROLL_BACK))?;
        }
        Ok(())
    }

    async fn single(&mut self, statement: &Statement, unit: &Unit) -> Result<(), ReplayError> {
        match &statement.class {
            Class::Server => {
                self.repairs.skipped_server_statement(&unit.path, statement);
                self.passed_over(How::Skipped);
                return Ok(());
            }
            Class::Transaction(kind) => return self.control(*kind, statement, unit).await,
            Class::Alone if self.in_transaction && self.observer.is_none() => {
                return self.outside(statement, unit).await;
            }
            _ => {}
        }
        let mut sql = statement.sql.clone();
        let mut tried = BTreeSet::new();
        loop {
            let error = match self.attempt_observed(&sql).await {
                Ok(()) => return Ok(()),
                Err(Failed::Statement(error)) => error,
                Err(lost) => return Err(self.hopeless(lost, &self.place(statement, unit), &statement.sql)),
            };
            self.undo(unit).await?;
            if tried.len() >= MOST_REPAIRS {
                return Err(self.at_fault(&error, statement, unit, &sql));
            }
            let remedy = self.repairs.remedy(&error, statement, &sql, self.client, self.in_transaction).await;
            match remedy {
                Remedy::Run { sql: mending, key } => {
                    if !tried.insert(key) {
                        return Err(self.at_fault(&error, statement, unit, &sql));
                    }
                    match self.attempt(&mending).await {
                        Ok(()) => {}
                        // A statement that asks for an extension by itself is not the only one that may lack it: the
                        // same error comes back, and then something stands in for it.
                        Err(Failed::Statement(_)) if mending.starts_with("CREATE EXTENSION") => {
                            self.undo(unit).await?;
                        }
                        Err(Failed::Statement(second)) => {
                            self.undo(unit).await?;
                            let mut failure = self.at_fault(&error, statement, unit, &sql);
                            if let ReplayError::Statement(told) = &mut failure {
                                told.advice = Some(format!("nothing could take its place: {}", second.message()));
                            }
                            return Err(failure);
                        }
                        Err(lost) => return Err(self.hopeless(lost, &self.place(statement, unit), &statement.sql)),
                    }
                }
                Remedy::Instead { sql: other, key } => {
                    if !tried.insert(key) {
                        return Err(self.at_fault(&error, statement, unit, &sql));
                    }
                    sql = other;
                }
                Remedy::Skip => {
                    self.passed_over(How::Skipped);
                    return Ok(());
                }
                Remedy::Outside if self.in_transaction && self.observer.is_none() => {
                    return self.outside(statement, unit).await;
                }
                Remedy::CommitFirst
                    if self.in_transaction && self.observer.is_none() && tried.insert("commit".to_owned()) =>
                {
                    let place = self.place(statement, unit);
                    self.repairs.note(format!(
                        "{place}: PostgreSQL refuses this in the transaction of the statements before it; they were committed first"
                    ));
                    self.send("COMMIT").await.map_err(|failed| self.hopeless(failed, &place, "COMMIT"))?;
                    self.begin(&place).await?;
                }
                Remedy::None | Remedy::Outside | Remedy::CommitFirst => {
                    return Err(self.at_fault(&error, statement, unit, &sql));
                }
            }
        }
    }

    /// One try, after which [`Self::undo`] leads back if it fails.
    async fn attempt(&self, sql: &str) -> Result<(), Failed> {
        if self.in_transaction { self.send(&format!("{sql}\n{}", self.tail())).await } else { self.send(sql).await }
    }

    /// What moves the savepoint behind what has just been sent.
    fn tail(&self) -> &'static str {
        if self.foreign_savepoints { SAVEPOINT } else { MOVE_SAVEPOINT }
    }

    async fn begin(&mut self, place: &Place) -> Result<(), ReplayError> {
        let sql = format!("BEGIN; {SAVEPOINT}");
        self.send(&sql).await.map_err(|failed| self.hopeless(failed, place, "BEGIN"))?;
        self.in_transaction = true;
        Ok(())
    }

    /// A statement that begins or ends a transaction.
    async fn control(&mut self, kind: Transaction, statement: &Statement, unit: &Unit) -> Result<(), ReplayError> {
        match self.send(&statement.sql).await {
            Ok(()) => {}
            Err(Failed::Statement(error)) => return Err(self.at_fault(&error, statement, unit, &statement.sql)),
            Err(lost) => return Err(self.hopeless(lost, &self.place(statement, unit), &statement.sql)),
        }
        match kind {
            Transaction::Begin => self.in_transaction = true,
            Transaction::Commit | Transaction::Rollback => {
                self.in_transaction = false;
                self.let_go();
            }
            Transaction::Savepoint => {}
        }
        self.passed_over(How::Control);
        if self.in_transaction {
            self.send(SAVEPOINT)
                .await
                .map_err(|failed| self.hopeless(failed, &self.place(statement, unit), SAVEPOINT))?;
        }
        Ok(())
    }

    /// A statement that no transaction may hold, in the middle of one.
    async fn outside(&mut self, statement: &Statement, unit: &Unit) -> Result<(), ReplayError> {
        let place = self.place(statement, unit);
        self.repairs.note(format!(
            "{place}: PostgreSQL refuses this inside a transaction, where {} runs it; it was run outside of one",
            if unit.mode == Mode::Transaction { "the framework" } else { "the file" }
        ));
        self.send("COMMIT").await.map_err(|failed| self.hopeless(failed, &place, "COMMIT"))?;
        self.in_transaction = false;
        Box::pin(self.single(statement, unit)).await?;
        self.begin(&place).await
    }

    async fn send(&self, sql: &str) -> Result<(), Failed> {
        Ok(self.client.batch_execute(sql).await?)
    }

    fn place(&self, statement: &Statement, unit: &Unit) -> Place {
        Place { path: unit.path.clone(), line: statement.line }
    }

    /// The error for a session that is gone, or for transaction control that failed.
    fn hopeless(&self, failed: Failed, place: &Place, sql: &str) -> ReplayError {
        match failed {
            Failed::Statement(error) => ReplayError::Statement(Box::new(statement_error(&error, place.clone(), sql))),
            Failed::Session(error) => ReplayError::EngineAt {
                place: place.clone(),
                reason: crate::postgres::error_text(&error),
                statement: Some(excerpt(sql)),
                hint: String::new(),
                exact: true,
            },
        }
    }

    fn at_fault(&self, error: &DbError, statement: &Statement, unit: &Unit, sql: &str) -> ReplayError {
        let mut place = self.place(statement, unit);
        // The position counts the characters of what was sent, which may be something in the statement's place.
        if let Some(ErrorPosition::Original(position)) = error.position()
            && sql == statement.sql
        {
            let position = (*position as usize).saturating_sub(1);
            place.line += sql.chars().take(position).filter(|c| *c == '\n').count();
        }
        let mut told = statement_error(error, place, &statement.sql);
        told.advice = self.repairs.advice(error);
        ReplayError::Statement(Box::new(told))
    }
}

fn statement_error(error: &DbError, place: Place, sql: &str) -> StatementError {
    StatementError {
        place,
        statement: excerpt(sql),
        sqlstate: error.code().code().to_owned(),
        message: error.message().to_owned(),
        detail: error.detail().map(str::to_owned),
        hint: error.hint().map(str::to_owned),
        context: error.where_().map(str::to_owned),
        advice: None,
    }
}

/// How many of the next statements may go together.
fn batch_length(statements: &[Statement]) -> usize {
    let alone = |statement: &Statement| {
        matches!(statement.class, Class::Transaction(_) | Class::Alone | Class::Server | Class::CreateExtension(_))
    };
    let mut bytes = 0;
    let together = statements
        .iter()
        .take(BATCH_STATEMENTS)
        .take_while(|statement| {
            bytes += statement.sql.len();
            !alone(statement) && bytes <= BATCH_BYTES
        })
        .count();
    together.max(1)
}
