//! Statements with a part that only an absent extension or place understands, written without that part.

use std::collections::BTreeMap;

use tokio_postgres::error::{DbError, SqlState};

use super::standin;
use crate::migration::statement::tokens;
use crate::schema::{Gap, GapKind};

/// A statement to run in another's place.
#[derive(Debug)]
pub(super) struct Other {
    pub(super) sql: String,
    pub(super) gap: Option<Gap>,
}

/// What a type with a modifier of words is called while the schema is read: PostGIS' `geometry(Point,4326)` becomes a
/// domain of that very name, since only the extension itself could read the modifier.
pub(super) fn is_spelled_out(domain: &str) -> bool {
    (domain.starts_with("geometry(") || domain.starts_with("geography(")) && domain.ends_with(')')
}

pub(super) fn without_what_is_missing(
    error: &DbError,
    sql: &str,
    extensions: &BTreeMap<String, Option<String>>,
) -> Option<Other> {
    let message = error.message();
    let quoted = message.split('"').nth(1).unwrap_or_default();
    if message.starts_with("tablespace \"") && message.ends_with("does not exist") {
        let sql = without_word_and_name(sql, "tablespace")?;
        let reason = "tablespaces belong to the server, and a throw-away one has none".to_owned();
        return Some(Other {
            sql,
            gap: Some(Gap { kind: GapKind::SkippedStatement, scope: format!("tablespace {quoted}"), reason }),
        });
    }
    if message.starts_with("unrecognized parameter namespace \"") {
        let gap = Gap {
            kind: GapKind::MissingExtension,
            scope: format!("extension {quoted}"),
            reason: format!("settings of {quoted} on tables and views are left out"),
        };
        let sql = without_clause(sql, "with").or_else(|| {
            // `ALTER TABLE … SET (timescaledb.compress)` has nothing else to say.
            sql.trim_start()
                .get(..5)
                .is_some_and(|start| start.eq_ignore_ascii_case("alter"))
                .then(|| "SELECT;".to_owned())
        })?;
        return Some(Other { sql, gap: Some(gap) });
    }
    if message.starts_with("unrecognized parameter \"") && !extensions.is_empty() {
        return index_options(sql);
    }
    if *error.code() == SqlState::INVALID_TEXT_REPRESENTATION && extensions.contains_key("postgis") {
        return spell_out(sql, extensions.get("postgis").and_then(Option::as_ref));
    }
    None
}

/// Index options that only the real access method knows are set behind its back, so that they are drawn.
fn index_options(sql: &str) -> Option<Other> {
    let (start, end) = clause(sql, "with")?;
    let inside = sql[start..end].split_once('(')?.1.strip_suffix(')')?;
    let options: Vec<String> = inside
        .split(',')
        .map(|option| {
            let option: String = option.split_whitespace().collect();
            format!("'{}'", option.replace('\'', ""))
        })
        .collect();
    let bare = format!("{}{}", &sql[..start], &sql[end..]);
    let sql = format!(
        "{bare}\nUPDATE pg_catalog.pg_class SET reloptions = ARRAY[{}] WHERE oid = \
         (SELECT indexrelid FROM pg_catalog.pg_index ORDER BY indexrelid::bigint DESC LIMIT 1) AND reloptions IS NULL;",
        options.join(", ")
    );
    Some(Other { sql, gap: None })
}

/// Where a clause of a word and parentheses stands, outside of other parentheses.
fn clause(sql: &str, word: &str) -> Option<(usize, usize)> {
    let all: Vec<_> = tokens(sql).collect();
    let mut depth = 0usize;
    let mut start = None;
    for (at, (text, range)) in all.iter().enumerate() {
        match *text {
            "(" => depth += 1,
            ")" => {
                depth = depth.saturating_sub(1);
                if let (0, Some(start)) = (depth, start) {
                    return Some((start, range.end));
                }
            }
            _ if depth == 0 && text.eq_ignore_ascii_case(word) && all.get(at + 1).is_some_and(|next| next.0 == "(") => {
                start = Some(range.start);
            }
            _ => {}
        }
    }
    None
}

fn without_clause(sql: &str, word: &str) -> Option<String> {
    let (start, end) = clause(sql, word)?;
    Some(format!("{}{}", &sql[..start], &sql[end..]))
}

fn without_word_and_name(sql: &str, word: &str) -> Option<String> {
    let all: Vec<_> = tokens(sql).collect();
    let at = all.iter().position(|(text, _)| text.eq_ignore_ascii_case(word))?;
    let end = all.get(at + 1)?.1.end;
    Some(format!("{}{}", &sql[..all[at].1.start], &sql[end..]))
}

/// `geometry(Point,4326)` as the domain `"geometry(Point,4326)"`, which is created first.
fn spell_out(sql: &str, schema: Option<&String>) -> Option<Other> {
    let all: Vec<_> = tokens(sql).collect();
    let mut text = String::new();
    let mut domains: Vec<(String, String)> = Vec::new();
    let mut copied = 0;
    let mut at = 0;
    while at < all.len() {
        let (word, range) = &all[at];
        let base = word.trim_matches('"').to_lowercase();
        let close = all[at..].iter().position(|(text, _)| *text == ")").map(|distance| at + distance);
        let opens = all.get(at + 1).is_some_and(|next| next.0 == "(");
        let names_shape =
            all.get(at + 2).is_some_and(|next| next.0.starts_with(|c: char| c.is_ascii_alphabetic() || c == '\''));
        if let ("geometry" | "geography", true, true, Some(close)) = (base.as_str(), opens, names_shape, close)
            && close - at <= 5
        {
            let inside: String = all[at + 2..close].iter().map(|(text, _)| text.trim_matches('\'')).collect();
            let name = format!("{base}({inside})");
            text.push_str(&sql[copied..range.start]);
            text.push_str(&format!("\"{name}\""));
            copied = all[close].1.end;
            at = close;
            if !domains.iter().any(|(known, _)| *known == name) {
                domains.push((name, base));
            }
        }
        at += 1;
    }
    if domains.is_empty() {
        return None;
    }
    text.push_str(&sql[copied..]);
    let place = schema.map(|schema| format!("\"{}\".", schema.replace('"', "\"\""))).unwrap_or_default();
    let create: String = domains
        .iter()
        .map(|(name, base)| {
            format!(
                "DO $$ BEGIN CREATE DOMAIN {place}\"{name}\" AS {place}{base}; EXCEPTION WHEN duplicate_object THEN NULL; END $$;\n"
            )
        })
        .collect();
    // The domains are the extension's; the statement's own objects are not.
    Some(Other {
        sql: format!("{}\n{text}", standin::extend("postgis", schema.map(String::as_str), &create)),
        gap: None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_clause_is_taken_out_and_the_rest_stays() {
        assert_eq!(
            without_clause(
                "CREATE MATERIALIZED VIEW v WITH (timescaledb.continuous) AS WITH x AS (SELECT 1) SELECT 1;",
                "with"
            )
            .unwrap(),
            "CREATE MATERIALIZED VIEW v  AS WITH x AS (SELECT 1) SELECT 1;"
        );
        assert_eq!(
            without_word_and_name("CREATE TABLE t (a int) TABLESPACE fast;", "tablespace").unwrap(),
            "CREATE TABLE t (a int) ;"
        );
    }

    #[test]
    fn shapes_become_domains_of_their_own_name() {
        let other =
            spell_out("CREATE TABLE t (a geometry(Point, 4326), b geography ( 'LineString' ), c numeric(1,2));", None)
                .unwrap();
        assert!(
            other
                .sql
                .ends_with("CREATE TABLE t (a \"geometry(Point,4326)\", b \"geography(LineString)\", c numeric(1,2));"),
            "{}",
            other.sql
        );
        assert!(spell_out("SELECT numeric(a) FROM t;", None).is_none());
    }
}
