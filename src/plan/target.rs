//! What else of the target counts beside its schema: how its sessions begin. Read only.

use jiff::Timestamp;
use tokio_postgres::Client;

/// Settings that change what a migration means.
///
/// Whether a change between `timestamp` and `timestamptz` rewrites a table depends on the time zone.
const SETTINGS: &[&str] = &["search_path", "check_function_bodies", "TimeZone"];

/// What a session of this role in this database begins with.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Session {
    /// Those of [`SETTINGS`] that are set for the role, the database or the server, by name.
    pub settings: Vec<(String, String)>,
    /// The schemas in which a bare name is looked for, in order.
    pub search_path: Vec<String>,
    /// Whether the server is a standby, on which no migration runs.
    pub standby: bool,
}

/// Asks a fresh session.
///
/// # Errors
/// The session is gone.
pub async fn session(client: &Client) -> Result<Session, tokio_postgres::Error> {
    let row = client
        .query_one("SELECT pg_catalog.current_schemas(false)::text[], pg_catalog.pg_is_in_recovery()", &[])
        .await?;
    let rows = client
        .query(
            "SELECT s.name, pg_catalog.current_setting(s.name) FROM pg_catalog.pg_settings s \
             WHERE s.name = ANY($1::text[]) AND s.source NOT IN ('default', 'override') \
             ORDER BY s.name",
            &[&SETTINGS],
        )
        .await?;
    Ok(Session {
        settings: rows.iter().map(|row| (row.get(0), row.get(1))).collect(),
        search_path: row.get(0),
        standby: row.get(1),
    })
}

/// What time it is for the server.
///
/// # Errors
/// The session is gone.
pub async fn clock(client: &Client) -> Result<Timestamp, tokio_postgres::Error> {
    let query = "SELECT (extract(epoch FROM pg_catalog.clock_timestamp()) * 1000000)::bigint";
    let micros: i64 = client.query_one(query, &[]).await?.get(0);
    Ok(Timestamp::from_microsecond(micros).unwrap_or(Timestamp::MIN))
}
