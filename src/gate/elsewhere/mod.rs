//! Whether a text names another database than the one that was verified: URLs as all the tools spell them, and libpq's
//! `key=value` pairs. Pure.
//!
//! Promises: whatever reads as the place of a PostgreSQL database and is not the verified one, or cannot be taken apart,
//! is told; roles, passwords and parameters are not compared; no value is repeated.

pub(super) mod arguments;
pub(super) mod variables;

use std::collections::BTreeMap;
use std::path::Path;

use super::database::plain;
use crate::postgres::dsn::{Address, Host};
use crate::postgres::{Dsn, Env};

/// Schemes of PostgreSQL and of what speaks its protocol, in the spelling of drivers and of migration tools.
const SCHEMES: &[&str] = &[
    "cockroach",
    "cockroachdb",
    "crdb",
    "crdb-postgres",
    "ecto",
    "pg",
    "pgsql",
    "pgx",
    "pgx4",
    "pgx5",
    "postgis",
    "postgres",
    "postgresql",
    "pq",
    "psql",
    "redshift",
    "yugabyte",
    "yugabytedb",
    "ysql",
];

/// Keys of libpq's pairs that say where the database is.
const PLACE: [&str; 4] = ["host", "hostaddr", "dbname", "service"];

const UNREADABLE: &str = "cannot be read as the URL of a PostgreSQL database";

/// The database that was verified.
#[derive(Clone, Copy)]
struct Verified<'a> {
    dsn: &'a Dsn,
    host: &'a Host,
}

impl<'a> Verified<'a> {
    /// `None` where it names no host: that is refused elsewhere.
    fn of(dsn: &'a Dsn) -> Option<Self> {
        Some(Self { dsn, host: dsn.hosts.first()? })
    }

    fn is_host(self, value: &str) -> bool {
        match &self.host.address {
            Address::Tcp { name, .. } => plain(name) == plain(value.trim()),
            Address::Unix(folder) => Path::new(value) == folder,
        }
    }

    fn is_port(self, value: &str) -> bool {
        value.trim().parse() == Ok(self.host.port)
    }

    /// In which way `text` speaks of something else. What it leaves open comes from `around`, as for the command.
    fn differs(self, text: &str, around: &BTreeMap<String, String>) -> Option<&'static str> {
        let (url, java) = essence(text);
        let mut env = Env::default();
        if java {
            // Java's driver asks no variable of libpq's.
            env.variables.extend([("PGHOST", "localhost"), ("PGPORT", "5432")].map(|(k, v)| (k.into(), v.into())));
        } else {
            for name in ["PGHOST", "PGPORT", "PGDATABASE"] {
                env.variables.extend(around.get(name).map(|value| (name.to_owned(), value.clone())));
            }
        }
        // Roles are not compared, and some URLs have none.
        env.variables.insert("PGUSER".to_owned(), self.dsn.user.clone());
        let Ok(named) = Dsn::parse_place(&url, &env) else { return Some(UNREADABLE) };
        let [host] = named.hosts.as_slice() else { return Some("names several hosts") };
        let same_host = match &host.address {
            Address::Tcp { name, address: None } => self.is_host(name),
            Address::Tcp { name, address: Some(address) } => *name == address.to_string() && self.is_host(name),
            Address::Unix(folder) => self.is_host(&folder.display().to_string()),
        };
        if !same_host {
            Some("names another host")
        } else if host.port != self.host.port {
            Some("names another port")
        } else if named.dbname != self.dsn.dbname {
            Some("names another database")
        } else {
            None
        }
    }
}

/// Whether `text` is a PostgreSQL URL of any tool's, or pairs that name a place.
fn names_a_place(text: &str) -> bool {
    let text = text.trim();
    if let Some((scheme, _)) = text.split_once("://") {
        let is_scheme = |letter: char| letter.is_ascii_alphanumeric() || ":+-._".contains(letter);
        return scheme.chars().all(is_scheme)
            && scheme.starts_with(|letter: char| letter.is_ascii_alphabetic())
            && SCHEMES.contains(&family(scheme).as_str());
    }
    text.to_ascii_lowercase().starts_with("jdbc:postgresql:") || names_in_pairs(text)
}

/// `host = 'a b' dbname=c`: the whole text is pairs.
fn names_in_pairs(text: &str) -> bool {
    let names = Dsn::names_in_pairs(text);
    names.is_some_and(|names| names.iter().any(|name| PLACE.contains(&name.as_str())))
}

/// `postgresql` of `jdbc:postgresql`, `jdbc:aws-wrapper:postgresql`, `postgresql+asyncpg`.
fn family(scheme: &str) -> String {
    let scheme = scheme.rsplit(':').next().unwrap_or(scheme);
    scheme.split('+').next().unwrap_or(scheme).to_ascii_lowercase()
}

/// The URL without what only its own tool understands (`jdbc:`, a driver, parameters that name no place), and whether it
/// is Java's.
fn essence(value: &str) -> (String, bool) {
    let value = value.trim();
    let java = value.get(..5).is_some_and(|start| start.eq_ignore_ascii_case("jdbc:"));
    let Some((scheme, rest)) = value.split_once("://") else {
        return match value.get("jdbc:postgresql:".len()..).filter(|_| java) {
            Some(database) => (format!("postgres:///{}", database.trim_start_matches('/')), true),
            None => (value.to_owned(), false),
        };
    };
    let family = family(scheme);
    let scheme = if SCHEMES.contains(&family.as_str()) { "postgres" } else { &family };
    let (before, query) = rest.split_once('?').unwrap_or((rest, ""));
    let place = ["host=", "hostaddr=", "port=", "dbname=", "service="];
    let query: Vec<&str> = query.split('&').filter(|pair| place.iter().any(|name| pair.starts_with(name))).collect();
    let mark = if query.is_empty() { "" } else { "?" };
    (format!("{scheme}://{before}{mark}{}", query.join("&")), java)
}

/// Whether something of that name is by its nature another database: `--dev-url`, `SHADOW_DATABASE_URL`, `REPLICA_URL`.
fn is_aside(name: &str) -> bool {
    const ASIDE: [&str; 9] = ["dev", "shadow", "test", "replica", "read", "reader", "readonly", "ro", "standby"];
    name.split(|letter: char| !letter.is_ascii_alphanumeric())
        .any(|word| ASIDE.iter().any(|aside| word.eq_ignore_ascii_case(aside)))
}
