//! A session of the gate: simple queries only, each within a bound.
//!
//! Prepared statements would fail behind a transaction pooler in a way that hides what is wrong.

use std::time::Duration;

use tokio::time::timeout;
use tokio_postgres::SimpleQueryMessage;

use crate::gate::refusal::{Code, Refusal};
use crate::postgres::tls::Certificate;
use crate::postgres::{Direct, error_text};

/// No question of the gate's takes a server longer.
const PATIENCE: Duration = Duration::from_secs(10);

pub(super) struct Session {
    pub(super) direct: Direct,
}

/// Values as PostgreSQL's own text.
pub(super) struct Row(Vec<Option<String>>);

impl Row {
    pub(super) fn text(&self, at: usize) -> Option<&str> {
        self.0.get(at)?.as_deref()
    }

    pub(super) fn is(&self, at: usize, text: &str) -> bool {
        self.text(at) == Some(text)
    }

    /// A value in a message: what a role or a program calls itself is not to be trusted.
    pub(super) fn shown(&self, at: usize) -> String {
        self.text(at).unwrap_or("?").escape_debug().to_string()
    }

    pub(super) fn number(&self, at: usize) -> Option<i64> {
        self.text(at)?.parse().ok()
    }
}

impl Session {
    pub(super) async fn rows(&self, sql: &str) -> Result<Vec<Row>, Refusal> {
        let failed = |why: String| Refusal::new(Code::CouldNotTell, format!("the database does not answer: {why}"));
        let messages = match timeout(PATIENCE, self.direct.client.simple_query(sql)).await {
            Ok(Ok(messages)) => messages,
            Ok(Err(error)) => return Err(failed(error_text(&error))),
            Err(_) => return Err(failed(format!("nothing came within {} s", PATIENCE.as_secs()))),
        };
        let row = |message: &SimpleQueryMessage| match message {
            SimpleQueryMessage::Row(row) => {
                Some(Row((0..row.len()).map(|at| row.get(at).map(str::to_owned)).collect()))
            }
            _ => None,
        };
        Ok(messages.iter().filter_map(row).collect())
    }

    /// The one row of a query that has one.
    pub(super) async fn row(&self, sql: &str) -> Result<Row, Refusal> {
        let mut rows = self.rows(sql).await?;
        match (rows.pop(), rows.is_empty()) {
            (Some(row), true) => Ok(row),
            _ => Err(Refusal::new(Code::CouldNotTell, "the database gave another answer than was asked for")),
        }
    }

    pub(super) fn certificate(&self) -> Option<&Certificate> {
        self.direct.certificate.as_ref()
    }

    pub(super) async fn close(self) {
        self.direct.close().await;
    }
}
