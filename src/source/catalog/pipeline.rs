//! One attempt at reading: the transaction, the session's settings, every query at once, and the answers in order.

use std::collections::BTreeMap;

use futures_util::future::join_all;
use tokio_postgres::{IsolationLevel, Row, Transaction};

use super::build::Build;
use super::cells::Cells;
use super::part::Part;
use super::{
    CatalogError, Options, columns, constraints, event_triggers, extensions, indexes, links, lookups, namespaces,
    policies, publications, relations, remarks, routines, rules, sequences, servers, statistics, triggers, types,
    uncharted,
};
use crate::schema::{Gap, GapKind};
use crate::source::{Reading, Server, Stats};

/// Parts that the role may not read, with the server's words.
pub(super) type Denied = BTreeMap<Part, String>;

/// A reading, and whether every definition that must be there was there.
pub(super) struct Attempt {
    pub(super) reading: Reading,
    pub(super) stable: bool,
}

/// Which part failed, and how.
pub(super) struct Refused {
    pub(super) part: Part,
    pub(super) error: CatalogError,
}

/// Oldest `server_version_num` that can be read.
const OLDEST: u32 = 120_000;

pub(super) async fn read_once(
    client: &mut tokio_postgres::Client,
    options: &Options,
    denied: &Denied,
) -> Result<Attempt, Refused> {
    let failed = |part: Part| move |error| Refused { part, error: CatalogError::new(part, error, options) };
    let transaction = client
        .build_transaction()
        .isolation_level(IsolationLevel::RepeatableRead)
        .read_only(true)
        .start()
        .await
        .map_err(failed(Part::Session))?;
    let session = prepare_session(&transaction, options).await.map_err(failed(Part::Session))?;
    let server = session.server;
    if server.version_num < OLDEST {
        return Err(Refused { part: Part::Session, error: CatalogError::TooOld { version: server.version } });
    }

    let asked: Vec<Part> = Part::ALL.into_iter().filter(|part| !denied.contains_key(part)).collect();
    let queries: Vec<String> = asked.iter().map(|part| part.sql(server.version_num, options.stats)).collect();
    // All are on their way before the first answer: one round trip.
    let answers = join_all(queries.iter().map(|sql| transaction.query_typed(sql, &[]))).await;

    let mut build = Build::new(options, session.defaults);
    for (part, rows) in asked.into_iter().zip(answers) {
        let rows = rows.map_err(failed(part))?;
        take(part, &rows, &mut build).map_err(failed(part))?;
    }
    transaction.commit().await.map_err(failed(Part::Session))?;

    for (part, message) in denied {
        let reason = format!("the role may not read them: {message}");
        build.gaps.push(Gap { kind: GapKind::NoPermission, scope: part.what().to_owned(), reason });
    }
    let stable = build.stable;
    let (schema, gaps, tables) = build.finish();
    let stats = options.stats.then_some(Stats { tables });
    let origin = format!("database {} on PostgreSQL {}", session.database, server.version);
    Ok(Attempt { reading: Reading { schema, gaps, server: Some(server), origin, stats }, stable })
}

fn take(part: Part, rows: &[Row], build: &mut Build<'_>) -> Result<(), tokio_postgres::Error> {
    match part {
        Part::Session => Ok(()),
        Part::Lookups => lookups::read(rows, build),
        Part::Remarks => remarks::read(rows, build),
        Part::Namespaces => namespaces::read(rows, build),
        Part::Extensions => extensions::read(rows, build),
        Part::Links => links::read(rows, build),
        Part::Relations => relations::read(rows, build),
        Part::Types => types::read(rows, build),
        Part::Columns => columns::read(rows, build),
        Part::Sequences => sequences::read(rows, build),
        Part::Indexes => indexes::read(rows, build),
        Part::Constraints => constraints::read(rows, build),
        Part::Triggers => triggers::read(rows, build),
        Part::Policies => policies::read(rows, build),
        Part::Rules => rules::read(rows, build),
        Part::Routines => routines::read(rows, build),
        Part::Statistics => statistics::read(rows, build),
        Part::EventTriggers => event_triggers::read(rows, build),
        Part::Publications => publications::read(rows, build),
        Part::Servers => servers::read(rows, build),
        Part::Uncharted => uncharted::read(rows, build),
    }
}

struct Session {
    server: Server,
    database: String,
    defaults: super::acl::Defaults,
}

/// Fixes, for this transaction alone, every setting that shows in a deparsed definition, and the two timeouts. Neither
/// compiling a catalog query nor starting workers for it pays; memory for sorting does, on large schemas.
async fn prepare_session(transaction: &Transaction<'_>, options: &Options) -> Result<Session, tokio_postgres::Error> {
    let settings = [
        ("search_path", String::new()),
        ("statement_timeout", format!("{}ms", options.statement_timeout.as_millis())),
        ("lock_timeout", format!("{}ms", options.lock_timeout.as_millis())),
        ("TimeZone", "UTC".to_owned()),
        ("DateStyle", "ISO, MDY".to_owned()),
        ("IntervalStyle", "postgres".to_owned()),
        ("extra_float_digits", "1".to_owned()),
        ("bytea_output", "hex".to_owned()),
        ("quote_all_identifiers", "off".to_owned()),
        ("standard_conforming_strings", "on".to_owned()),
        ("jit", "off".to_owned()),
        ("work_mem", "64MB".to_owned()),
        ("max_parallel_workers_per_gather", "0".to_owned()),
    ];
    // Only numbers and constants go into the text: no quoting is needed.
    let set: Vec<String> =
        settings.iter().map(|(name, value)| format!("set_config('{name}', '{value}', true)")).collect();
    let sql = format!(
        "SELECT current_setting('server_version'), current_setting('server_version_num'), current_database()::text, \
         acldefault('f', 10)::text[], acldefault('T', 10)::text[], {}",
        set.join(", ")
    );
    let row = transaction.query_typed_one(&sql, &[]).await?;
    let mut cells = Cells::new(&row);
    let version = cells.next()?;
    let version_num = cells.next::<&str>()?.parse().unwrap_or(0);
    Ok(Session {
        server: Server { version, version_num },
        database: cells.next()?,
        defaults: super::acl::Defaults { routine: cells.next()?, data_type: cells.next()? },
    })
}
