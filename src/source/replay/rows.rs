//! Rows that look for rows which were never loaded.
//!
//! A script that loads some tables with `COPY` and fills others with `INSERT` is replayed with the latter's rows alone,
//! and a foreign key then finds nothing at its other end. The schema does not depend on them, so they give way. Only
//! where loading was passed over: otherwise the same statement fails on the real database, too.

use tokio_postgres::error::DbError;

use super::repair::Remedy;
use super::script::Statement;
use crate::migration::statement::class::words;
use crate::schema::name::quote_ident_always as quote;

pub(super) fn without(error: &DbError, statement: &Statement, mut note: impl FnMut(String)) -> Remedy {
    let (Some(schema), Some(table)) = (error.schema(), error.table()) else { return Remedy::None };
    let Some(first) = words(&statement.sql).next() else { return Remedy::None };
    let why = "they need rows that the script loads with COPY, which was passed over";
    if ["insert", "update", "delete", "merge", "with"].iter().any(|verb| first.is(verb)) {
        note(format!("table {schema}.{table}: a change of its rows was passed over: {why}"));
        return Remedy::Skip;
    }
    if first.is("alter") {
        note(format!("table {schema}.{table}: its rows were taken out: {why}"));
        let name = format!("{}.{}", quote(schema), quote(table));
        return Remedy::Run { sql: format!("TRUNCATE TABLE {name} CASCADE;"), key: format!("rows of {name}") };
    }
    Remedy::None
}
