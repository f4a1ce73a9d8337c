//! What the database says: version, primary, what its role can see, what would drop or end a session.

use tokio_postgres::{Client, SimpleQueryMessage};

use super::Check;
use crate::postgres::error_text;

/// What was asked, in one question that changes nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Facts {
    pub version: String,
    pub version_num: i64,
    pub database: String,
    pub role: String,
    pub standby: bool,
    /// Whether sessions of others show what they do.
    pub sees_others: bool,
    pub read_only: bool,
    /// As `pg_settings` has them, in ms; 0 is off.
    pub idle_session_timeout: i64,
    pub statement_timeout: i64,
    pub tls: bool,
}

const QUESTION: &str = "
    SELECT current_setting('server_version') AS version,
           current_setting('server_version_num')::int AS version_num,
           current_database()::text AS database,
           current_user::text AS role,
           pg_is_in_recovery() AS standby,
           (SELECT r.rolsuper OR COALESCE(
                       (SELECT pg_has_role(r.oid, s.oid, 'USAGE') FROM pg_roles s WHERE s.rolname = 'pg_read_all_stats'),
                       false)
              FROM pg_roles r WHERE r.rolname = current_user) AS sees_others,
           current_setting('transaction_read_only') = 'on' AS read_only,
           COALESCE((SELECT setting::bigint FROM pg_settings WHERE name = 'idle_session_timeout'), 0) AS idle,
           COALESCE((SELECT setting::bigint FROM pg_settings WHERE name = 'statement_timeout'), 0) AS statement";

/// Asks with a simple query: a prepared one fails behind a pooler in a way that hides what is wrong.
///
/// # Errors
/// The server refused the question, or answered something else.
pub async fn ask(client: &Client, tls: bool) -> Result<Facts, String> {
    let messages = client.simple_query(QUESTION).await.map_err(|error| error_text(&error))?;
    let row = messages.iter().find_map(|message| match message {
        SimpleQueryMessage::Row(row) => Some(row),
        _ => None,
    });
    let row = row.ok_or("the server answered nothing")?;
    let text = |name: &str| row.try_get(name).ok().flatten().map(str::to_owned).unwrap_or_default();
    let number = |name: &str| text(name).parse::<i64>().map_err(|_| format!("the server does not say its {name}"));
    let is = |name: &str| text(name) == "t";
    Ok(Facts {
        version: text("version"),
        version_num: number("version_num")?,
        database: text("database"),
        role: text("role"),
        standby: is("standby"),
        sees_others: is("sees_others"),
        read_only: is("read_only"),
        idle_session_timeout: number("idle")?,
        statement_timeout: number("statement")?,
        tls,
    })
}

pub fn judge(facts: &Facts) -> Vec<Check> {
    vec![
        Check::ok("database-reachable", format!("{} as {}, PostgreSQL {}", facts.database, facts.role, facts.version)),
        if facts.version_num >= 100_000 {
            Check::ok("database-version", facts.version.clone())
        } else {
            Check::warning("database-version", format!("{}: older than anything that is tested", facts.version))
        },
        primary(facts),
        activity(facts),
        timeouts(facts),
        encrypted(facts),
    ]
}

fn primary(facts: &Facts) -> Check {
    let name = "database-primary";
    match () {
        () if facts.standby => Check::failed(name, "a standby: it takes no migration, and its locks are its own")
            .mend("point the URL at the primary"),
        () if facts.read_only => Check::failed(name, "its transactions are read-only")
            .mend("is default_transaction_read_only set for the role or the database?"),
        () => Check::ok(name, "not in recovery, and takes writes"),
    }
}

fn activity(facts: &Facts) -> Check {
    let name = "sees-others";
    if facts.sees_others {
        return Check::ok(name, "how long transactions of others are open can be seen");
    }
    let seen = format!("{} does not see how long transactions of others are open", facts.role);
    Check::warning(name, format!("{seen}: where there are any, a gate cannot tell, and refuses"))
        .mend(format!("GRANT pg_read_all_stats TO {}", quoted(&facts.role)))
        .mend("or max_transaction_age = \"0s\" under [environments.NAME.gate], which does not look")
}

fn timeouts(facts: &Facts) -> Check {
    let name = "timeouts";
    let mut seen = Vec::new();
    if facts.idle_session_timeout > 0 {
        seen.push(format!(
            "idle_session_timeout = {} ms may drop the session that holds the lock",
            facts.idle_session_timeout
        ));
    }
    if facts.statement_timeout > 0 {
        seen.push(format!("statement_timeout = {} ms ends long statements of a migration", facts.statement_timeout));
    }
    if seen.is_empty() {
        return Check::ok(name, "neither idle_session_timeout nor statement_timeout");
    }
    Check::warning(name, seen.join("; "))
        .mend(format!("ALTER ROLE {} RESET the one that is in the way", quoted(&facts.role)))
}

fn encrypted(facts: &Facts) -> Check {
    if facts.tls {
        Check::ok("database-tls", "the connection is encrypted")
    } else {
        Check::warning("database-tls", "the connection is not encrypted").mend("sslmode=verify-full in the URL")
    }
}

/// A role's name as SQL writes it.
fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::Status;

    fn facts() -> Facts {
        Facts {
            version: "16.4".to_owned(),
            version_num: 160_004,
            database: "shop".to_owned(),
            role: "app".to_owned(),
            sees_others: true,
            tls: true,
            ..Facts::default()
        }
    }

    #[track_caller]
    fn is(facts: &Facts, name: &str, status: Status) {
        let checks = judge(facts);
        let check = checks.iter().find(|check| check.name == name).unwrap();
        assert_eq!(check.status, status, "{check:?}");
    }

    #[test]
    fn a_good_database_is_ok_throughout() {
        assert!(judge(&facts()).iter().all(|check| check.status == Status::Ok));
    }

    #[test]
    fn what_stops_a_gate_fails() {
        is(&Facts { standby: true, ..facts() }, "database-primary", Status::Failed);
        is(&Facts { read_only: true, ..facts() }, "database-primary", Status::Failed);
    }

    #[test]
    fn what_somebody_should_know_is_a_warning() {
        is(&Facts { sees_others: false, ..facts() }, "sees-others", Status::Warning);
        is(&Facts { idle_session_timeout: 1, ..facts() }, "timeouts", Status::Warning);
        is(&Facts { statement_timeout: 1, ..facts() }, "timeouts", Status::Warning);
        is(&Facts { tls: false, ..facts() }, "database-tls", Status::Warning);
    }
}
