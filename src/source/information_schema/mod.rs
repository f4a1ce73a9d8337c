//! The portable reader: sees what the SQL standard's views show, and says what they do not.
//!
//! It reads `information_schema` alone, each view by itself, and puts them together here: the customary join of three
//! of its views takes minutes on a few thousand tables. It also is the cross-check of [`super::catalog`], which it
//! shares no query with. On these facts both must agree ([`disagreements`]):
//!
//! | fact | told by | left out |
//! |---|---|---|
//! | table | `tables` | materialized views, which the standard does not know |
//! | column, and its place | `columns` | |
//! | type | `columns` | modifiers inside arrays, precision 6 of times (the default) |
//! | nullability | `columns` | whether column or domain says it |
//! | default, identity, generated | `columns` | settings of the sequence behind an identity |
//! | primary key, unique key | `table_constraints`, `key_column_usage` | `INCLUDE`, `NULLS NOT DISTINCT` |
//! | foreign key with its rules | the same, `referential_constraints` | the column list of `SET NULL` |
//! | check | `check_constraints` | `NOT VALID`, `NO INHERIT`, checks of foreign tables |
//! | view | `views` | options |
//! | routine with the types of its arguments | `routines`, `parameters` | aggregates, window and internal functions |
//! | trigger | `triggers` | `TRUNCATE`, clones on partitions before PostgreSQL 15 |
//!
//! The views show only what the role has privileges on, and name constraints by schema, not by table: where two tables
//! of one schema have constraints of the same name and different content, each of them becomes a gap.

mod constraints;
mod data_type;
mod facts;
mod relations;
mod routines;
mod triggers;

use std::time::Duration;

use tokio_postgres::IsolationLevel;

pub use facts::{Fact, FactKind, disagreements, facts};

use super::{Reading, Server};
use crate::schema::{Gap, GapKind, Schema};

/// How to read.
#[derive(Clone, Debug)]
pub struct Options {
    /// How long one query may take.
    pub statement_timeout: Duration,
    /// How long a query may wait for a lock.
    pub lock_timeout: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self { statement_timeout: Duration::from_secs(120), lock_timeout: Duration::from_secs(10) }
    }
}

/// Why `information_schema` could not be read.
#[derive(Debug, thiserror::Error)]
#[error("could not read information_schema.{view}: {}", message(source))]
pub struct InformationSchemaError {
    view: &'static str,
    source: tokio_postgres::Error,
}

fn message(error: &tokio_postgres::Error) -> String {
    match error.as_db_error() {
        Some(server) => format!("{} ({})", server.message(), server.code().code()),
        None => error.to_string(),
    }
}

/// The system's own schemas, which no query here reads.
const USERS_OWN: &str = "NOT IN ('pg_catalog', 'information_schema')";

/// What the views have no column for, one gap each.
const NOT_READABLE: &[&str] = &[
    "aggregates",
    "comments",
    "domains, enums, composite and range types",
    "event triggers",
    "exclusion constraints",
    "extensions",
    "extended statistics",
    "foreign servers",
    "grants and owners",
    "indexes",
    "materialized views",
    "partitions and inheritance",
    "policies",
    "publications",
    "rules",
    "sequences",
];

/// Reads what `information_schema` tells; everything that it cannot tell comes back as gaps.
pub async fn read(client: &mut tokio_postgres::Client, options: &Options) -> Result<Reading, InformationSchemaError> {
    let failed = |view: &'static str| move |source| InformationSchemaError { view, source };
    let session = "information_schema_catalog_name";
    let transaction = client
        .build_transaction()
        .isolation_level(IsolationLevel::RepeatableRead)
        .read_only(true)
        .start()
        .await
        .map_err(failed(session))?;
    let settings = format!(
        "SET LOCAL search_path TO ''; SET LOCAL TIME ZONE 'UTC'; SET LOCAL DateStyle TO 'ISO, MDY'; \
         SET LOCAL IntervalStyle TO 'postgres'; SET LOCAL jit TO off; \
         SET LOCAL statement_timeout TO {}; SET LOCAL lock_timeout TO {}",
        options.statement_timeout.as_millis(),
        options.lock_timeout.as_millis()
    );
    transaction.batch_execute(&settings).await.map_err(failed(session))?;
    let sql = "SELECT current_setting('server_version'), current_setting('server_version_num'), \
               catalog_name::text FROM information_schema.information_schema_catalog_name";
    let row = transaction.query_typed_one(sql, &[]).await.map_err(failed(session))?;
    let server = Server { version: row.get(0), version_num: row.get::<_, &str>(1).parse().unwrap_or(0) };
    let database: String = row.get(2);

    let mut schema = Schema::default();
    let mut gaps: Vec<Gap> = NOT_READABLE
        .iter()
        .map(|kind| Gap {
            kind: GapKind::NotReadable,
            scope: (*kind).to_owned(),
            reason: "information_schema does not show them".to_owned(),
        })
        .collect();
    relations::read(&transaction, &mut schema).await?;
    constraints::read(&transaction, &mut schema, &mut gaps).await?;
    routines::read(&transaction, &mut schema).await?;
    triggers::read(&transaction, &mut schema).await?;
    transaction.commit().await.map_err(failed(session))?;
    schema.canonicalize();
    gaps.sort();
    let origin = format!("information_schema of database {database} on PostgreSQL {}", server.version);
    Ok(Reading { schema, gaps, server: Some(server), origin, stats: None })
}

/// The rows of one query. A decoding error is the view's error, too.
async fn rows(
    transaction: &tokio_postgres::Transaction<'_>,
    view: &'static str,
    columns: &str,
    schema_column: &str,
) -> Result<Vec<Vec<Option<String>>>, InformationSchemaError> {
    // Every column as text: the views' own types are domains, which would have to be looked up.
    let columns: Vec<String> = columns.split_whitespace().map(|name| format!("{name}::text")).collect();
    let sql = format!("SELECT {} FROM information_schema.{view} WHERE {schema_column} {USERS_OWN}", columns.join(", "));
    let failed = |source| InformationSchemaError { view, source };
    let rows = transaction.query_typed(&sql, &[]).await.map_err(failed)?;
    rows.iter().map(|row| (0..row.len()).map(|at| row.try_get(at).map_err(failed)).collect()).collect()
}
