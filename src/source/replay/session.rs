//! What the migrations' session holds besides the database, and whether it can be put into another session.
//!
//! A state that is kept lives on in a new session. Settings are carried over; anything else that only the old session
//! has (temporary tables, another role, cached values of a sequence) makes a state that is not kept. The server is
//! asked, and the text is only searched for what the server does not show.

use std::collections::BTreeMap;

use tokio_postgres::Client;
use tokio_postgres::types::Type;

use super::script::Unit;
use crate::migration::statement::class::{Word, words};

/// Settings that the migrations made for their session, by name.
pub(super) type Settings = BTreeMap<String, String>;

/// Names what a new session would lack. Every name is qualified, since the migrations may have set any search path.
const LACKS: &str = "
SELECT pg_catalog.concat_ws(', ',
    CASE WHEN current_user::text OPERATOR(pg_catalog.<>) 'postgres' OR session_user::text OPERATOR(pg_catalog.<>) 'postgres'
        THEN 'role' END,
    CASE WHEN EXISTS (SELECT FROM pg_catalog.pg_class WHERE relpersistence OPERATOR(pg_catalog.<>) 'p')
        THEN 'temporary or unlogged table' END,
    CASE WHEN EXISTS (SELECT FROM pg_catalog.pg_proc WHERE pronamespace OPERATOR(pg_catalog.=) pg_catalog.pg_my_temp_schema())
           OR EXISTS (SELECT FROM pg_catalog.pg_type WHERE typnamespace OPERATOR(pg_catalog.=) pg_catalog.pg_my_temp_schema())
        THEN 'temporary function or type' END,
    CASE WHEN EXISTS (SELECT FROM pg_catalog.pg_sequence WHERE seqcache OPERATOR(pg_catalog.>) 1)
        THEN 'sequence with a cache' END,
    CASE WHEN EXISTS (SELECT FROM pg_catalog.pg_prepared_statements WHERE from_sql) THEN 'prepared statement' END,
    CASE WHEN EXISTS (SELECT FROM pg_catalog.pg_cursors WHERE is_holdable) THEN 'cursor' END,
    CASE WHEN EXISTS (SELECT FROM pg_catalog.pg_listening_channels()) THEN 'channel' END,
    CASE WHEN EXISTS (SELECT FROM pg_catalog.pg_locks WHERE locktype OPERATOR(pg_catalog.=) 'advisory')
        THEN 'advisory lock' END)";

const SETTINGS: &str = "
SELECT name, setting FROM pg_catalog.pg_settings WHERE source OPERATOR(pg_catalog.=) 'session' AND setting IS NOT NULL";

const SET: &str = "SELECT pg_catalog.set_config($1, $2, false)";

/// The settings to carry over; `None` where settings are not all there is. The session is in no transaction.
pub(super) async fn settings(client: &Client) -> Option<Settings> {
    // Nothing is prepared, which the migrations' session would see.
    let lacks = client.query_typed(LACKS, &[]).await.ok()?;
    if !lacks.first()?.get::<_, &str>(0).is_empty() {
        return None;
    }
    let rows = client.query_typed(SETTINGS, &[]).await.ok()?;
    Some(rows.iter().map(|row| (row.get(0), row.get(1))).collect())
}

/// Puts settings into a new session.
pub(super) async fn restore(client: &Client, settings: &Settings) -> Result<(), tokio_postgres::Error> {
    for (name, value) in settings {
        client.query_typed(SET, &[(name, Type::TEXT), (value, Type::TEXT)]).await?;
    }
    Ok(())
}

/// Whether units may leave something in their session that the server does not show: a setting of a name that no
/// server knows (`app.user`), a loaded library, the seed of `random`.
pub(super) fn may_hide_something(unit: &Unit) -> bool {
    unit.statements.iter().any(|statement| hides(&statement.sql, 0))
}

/// Whether units may ask for what only the session of those before them has: the last value of a sequence.
pub(super) fn may_look_back(unit: &Unit) -> bool {
    let looks = |sql: &str| {
        let sql = sql.to_ascii_lowercase();
        ["currval", "lastval"].iter().any(|name| sql.contains(name))
    };
    unit.statements.iter().any(|statement| looks(&statement.sql))
}

fn hides(sql: &str, depth: usize) -> bool {
    // Most statements have none of these, and reading every token of large ones for them would be a waste.
    let lower = sql.to_ascii_lowercase();
    if !["set", "load"].iter().any(|word| lower.contains(word)) {
        return false;
    }
    let words: Vec<Word> = words(sql).collect();
    let is = |at: usize, keyword: &str| words.get(at).is_some_and(|word| word.is(keyword));
    let mark = |at: usize, text: &str| matches!(words.get(at), Some(Word::Mark(mark)) if mark == text);
    if is(0, "load") || lower.contains("setseed") {
        return true;
    }
    words.iter().enumerate().any(|(at, word)| match word {
        Word::Bare(name) if name == "set_config" => {
            // Of a name that is spelled out and has no dot, the server tells.
            !matches!(words.get(at + 2), Some(Word::Text(setting)) if !setting.contains('.'))
        }
        Word::Bare(name) if name == "set" => {
            let at = if is(at + 1, "session") { at + 2 } else { at + 1 };
            is(at, "seed") || (words.get(at).is_some_and(|word| word.name().is_some()) && mark(at + 1, "."))
        }
        // A body, or a statement that is put together from strings.
        Word::Text(text) => depth < 3 && hides(text, depth + 1),
        Word::Mark(text) if text.starts_with('$') => {
            depth < 3 && hides(text.splitn(3, '$').nth(2).unwrap_or_default(), depth + 1)
        }
        _ => false,
    })
}

#[cfg(test)]
mod tests {
    use super::super::script::{Mode, Statement};
    use super::*;

    fn unit(sql: &str) -> Unit {
        Unit { path: "1.sql".to_owned(), statements: vec![Statement::new(sql, 1)], mode: Mode::Transaction }
    }

    #[test]
    fn what_the_server_shows_is_not_taken_for_hidden() {
        for sql in [
            "SET search_path = app",
            "SET SESSION timezone TO 'UTC'",
            "SELECT pg_catalog.set_config('search_path', '', false)",
            "UPDATE t SET a = 1, b = c.d FROM c",
            "ALTER TABLE t ALTER c SET DEFAULT 1",
            "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS $$ UPDATE t SET a = 1 RETURNING a $$",
        ] {
            assert!(!may_hide_something(&unit(sql)), "{sql}");
        }
    }

    #[test]
    fn what_the_server_does_not_show_is() {
        for sql in [
            "SET app.user = 'x'",
            "SET SESSION app.user TO 'x'",
            "SELECT set_config('app.user', 'x', false)",
            "SELECT set_config(name, 'x', false) FROM settings",
            "DO $$ BEGIN PERFORM set_config('app.user', 'x', false); END $$",
            "DO $do$ BEGIN SET app.user = 'x'; END $do$",
            "DO 'BEGIN EXECUTE ''SET app.user = 1''; END'",
            "DO $$SET app.user = 'x'$$",
            "LOAD 'auto_explain'",
            "SELECT setseed(0.5)",
            "SET SEED TO 0.5",
        ] {
            assert!(may_hide_something(&unit(sql)), "{sql}");
        }
    }

    #[test]
    fn a_sequences_last_value_is_the_sessions() {
        assert!(may_look_back(&unit("INSERT INTO t VALUES (CURRVAL('s'))")));
        assert!(may_look_back(&unit("DO $$ BEGIN PERFORM lastval(); END $$")));
        assert!(!may_look_back(&unit("SELECT nextval('s')")));
    }
}
