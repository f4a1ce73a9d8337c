//! Walks along a row, one cell after the other, as the query lists them.

use tokio_postgres::Row;
use tokio_postgres::types::FromSql;

pub(super) struct Cells<'a> {
    row: &'a Row,
    at: usize,
}

impl<'a> Cells<'a> {
    pub(super) fn new(row: &'a Row) -> Self {
        Self { row, at: 0 }
    }

    /// The next cell. An error means that query and reader disagree about a type.
    pub(super) fn next<T: FromSql<'a>>(&mut self) -> Result<T, tokio_postgres::Error> {
        let at = self.at;
        self.at += 1;
        self.row.try_get(at)
    }

    pub(super) fn skip(&mut self) {
        self.at += 1;
    }

    /// The next cell where an empty text stands for nothing.
    pub(super) fn text(&mut self) -> Result<Option<String>, tokio_postgres::Error> {
        Ok(self.next::<Option<String>>()?.filter(|text| !text.is_empty()))
    }
}
