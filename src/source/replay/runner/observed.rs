//! The runner under observation: each statement in a transaction, so that its locks can be read.

use tokio_postgres::error::SqlState;

use super::{Failed, Runner};
use crate::migration::statement::class::words;
use crate::source::replay::observe::{How, Observer};

impl Runner<'_> {
    /// One try that is looked at, where an observer is there. Outside of a transaction the statement gets one of its
    /// own, so that its locks are still there to be read, unless it cannot run in one.
    pub(super) async fn attempt_observed(&mut self, sql: &str) -> Result<(), Failed> {
        let Some(mut observer) = self.observer.take() else { return self.attempt(sql).await };
        let result = self.attempt_with(&mut observer, sql).await;
        self.observer = Some(observer);
        result
    }

    async fn attempt_with(&self, observer: &mut Observer, sql: &str) -> Result<(), Failed> {
        if self.in_transaction {
            self.attempt(sql).await?;
            return Ok(observer.inside(self.client).await?);
        }
        // PostgreSQL refuses `LOCK TABLE` and the like outside of a transaction, and so it shall here. What it refuses
        // inside of one it says itself.
        if !wants_transaction(sql) {
            self.send("BEGIN").await?;
            match self.send(sql).await {
                Ok(()) => {
                    observer.inside(self.client).await?;
                    self.send("COMMIT").await?;
                    observer.end();
                    return Ok(());
                }
                Err(Failed::Statement(error)) => {
                    self.send("ROLLBACK").await?;
                    let refused = [SqlState::ACTIVE_SQL_TRANSACTION, SqlState::INVALID_TRANSACTION_TERMINATION];
                    if !refused.contains(error.code()) {
                        return Err(Failed::Statement(error));
                    }
                }
                Err(lost) => return Err(lost),
            }
        }
        self.send(sql).await?;
        Ok(observer.alone(self.client).await?)
    }

    pub(super) fn passed_over(&mut self, how: How) {
        if let Some(observer) = &mut self.observer {
            observer.other(how);
        }
    }

    pub(super) fn let_go(&mut self) {
        if let Some(observer) = &mut self.observer {
            observer.end();
        }
    }
}

/// Whether it is refused outside of a transaction.
fn wants_transaction(sql: &str) -> bool {
    words(sql).next().is_some_and(|word| word.is("lock") || word.is("declare"))
}
