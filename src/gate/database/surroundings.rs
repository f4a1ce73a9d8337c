//! The environment that the command would inherit: nothing in it may point at another database than the one that was
//! verified. Pure.

use std::collections::BTreeMap;
use std::path::Path;

use super::target::plain;
use crate::gate::refusal::{Code, Refusal};
use crate::postgres::dsn::{Address, Host};
use crate::postgres::{Dsn, Env};

/// Read as URLs by migration tools, beside `DATABASE_URL`; judged where they speak of PostgreSQL at all.
const OTHER_URLS: &[&str] = &[
    "DIRECT_DATABASE_URL",
    "DIRECT_URL",
    "FLYWAY_URL",
    "GOOSE_DBSTRING",
    "JDBC_DATABASE_URL",
    "LIQUIBASE_COMMAND_URL",
    "POSTGRES_URL",
    "QUARKUS_DATASOURCE_JDBC_URL",
    "SPRING_DATASOURCE_URL",
    "SPRING_FLYWAY_URL",
    "SPRING_LIQUIBASE_URL",
    "SQLALCHEMY_DATABASE_URI",
    "TYPEORM_URL",
];

/// Refuses where a variable names another host, port or database than `verified`. No value is repeated.
pub(super) fn check(variables: &BTreeMap<String, String>, verified: &Dsn) -> Option<Refusal> {
    let host = verified.hosts.first()?;
    let mut against: Vec<String> = Vec::new();
    let mut note = |name: &str, what: &str| against.push(format!("{name} {what}"));
    for (name, value) in variables.iter().filter(|(_, value)| !value.is_empty()) {
        match name.as_str() {
            "PGHOST" if !is_host(value, host) => note(name, "names another host"),
            "PGHOSTADDR" if !is_host(value, host) => note(name, "names an address"),
            "PGPORT" if value.trim().parse() != Ok(host.port) => note(name, "names another port"),
            "PGDATABASE" if *value != verified.dbname => note(name, "names another database"),
            "PGSERVICE" => note(name, "names a service, and what that means is not known here"),
            // Read from AWS for us; no other program knows what it means, and the command gets what it stands for.
            "DATABASE_URL" if value.starts_with("secretsmanager://") || value.starts_with("ssm://") => {}
            url if url == "DATABASE_URL" || OTHER_URLS.contains(&url) && is_of_postgres(value) => {
                if let Some(what) = differs(value, variables, verified, host) {
                    note(name, what);
                }
            }
            _ => {}
        }
    }
    if against.is_empty() {
        return None;
    }
    Some(
        Refusal::new(
            Code::Environment,
            format!(
                "the environment that the command would inherit speaks of another database than {}: {}",
                verified.redacted(),
                against.join("; ")
            ),
        )
        .hint("unset them for this step: the command gets DATABASE_URL, PGHOST, PGPORT and PGDATABASE from tidegate"),
    )
}

fn is_host(value: &str, host: &Host) -> bool {
    match &host.address {
        Address::Tcp { name, .. } => plain(name) == plain(value.trim()),
        Address::Unix(folder) => Path::new(value) == folder,
    }
}

fn is_of_postgres(value: &str) -> bool {
    ["postgres", "jdbc:postgres", "postgis:", "psql:", "host=", "dbname="].iter().any(|start| value.starts_with(start))
}

/// In which way a URL speaks of something else.
fn differs(value: &str, variables: &BTreeMap<String, String>, verified: &Dsn, expected: &Host) -> Option<&'static str> {
    const UNREADABLE: &str = "cannot be read as the URL of a PostgreSQL database";
    let mut env = Env::default();
    // What the URL leaves open comes from here, as for the command.
    for name in ["PGHOST", "PGPORT", "PGDATABASE"] {
        env.variables.extend(variables.get(name).map(|value| (name.to_owned(), value.clone())));
    }
    // Roles are not compared, and some URLs have none.
    env.variables.insert("PGUSER".to_owned(), verified.user.clone());
    let Ok(named) = Dsn::parse(&essence(value), &env) else { return Some(UNREADABLE) };
    let [host] = named.hosts.as_slice() else { return Some("names several hosts") };
    let same_host = match &host.address {
        Address::Tcp { name, address: None } => is_host(name, expected),
        Address::Tcp { .. } => false,
        Address::Unix(folder) => is_host(&folder.display().to_string(), expected),
    };
    if !same_host {
        Some("names another host")
    } else if host.port != expected.port {
        Some("names another port")
    } else if named.dbname != verified.dbname {
        Some("names another database")
    } else {
        None
    }
}

/// The URL without what only its own tool understands: `jdbc:`, a driver, parameters that name no place.
fn essence(value: &str) -> String {
    let value = value.trim();
    let value = value.strip_prefix("jdbc:").unwrap_or(value);
    let Some((scheme, rest)) = value.split_once("://") else { return value.to_owned() };
    let family = scheme.split('+').next().unwrap_or(scheme);
    let scheme = if matches!(family, "postgis" | "psql" | "pgsql") { "postgres" } else { family };
    let (before, query) = rest.split_once('?').unwrap_or((rest, ""));
    let place = ["host=", "hostaddr=", "port=", "dbname="];
    let query: Vec<&str> = query.split('&').filter(|pair| place.iter().any(|name| pair.starts_with(name))).collect();
    let mark = if query.is_empty() { "" } else { "?" };
    format!("{scheme}://{before}{mark}{}", query.join("&"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checked(pairs: &[(&str, &str)]) -> Option<Refusal> {
        let verified = Dsn::parse("postgres://app:secret@db.example.com:5432/shop", &Env::default()).unwrap();
        check(&pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect(), &verified)
    }

    #[test]
    fn what_names_the_same_or_nothing_is_fine() {
        for pairs in [
            &[][..],
            &[("PGHOST", "DB.example.com."), ("PGPORT", "5432"), ("PGDATABASE", "shop"), ("PGUSER", "other")],
            &[("PGHOST", ""), ("PGSERVICE", ""), ("DATABASE_URL", "")],
            &[("DATABASE_URL", "postgres://app:secret@db.example.com:5432/shop")],
            &[("DATABASE_URL", "postgresql+asyncpg://other:pw@db.example.com/shop?ssl=require")],
            &[("FLYWAY_URL", "jdbc:postgresql://db.example.com:5432/shop?user=a&currentSchema=b")],
            &[("DATABASE_URL", "postgres:///shop"), ("PGHOST", "db.example.com")],
            &[("FLYWAY_URL", "jdbc:mysql://elsewhere/shop"), ("REPLICA_URL", "postgres://elsewhere/shop")],
            &[("DATABASE_URL", "secretsmanager://prod/shop")],
            &[("GOOSE_DBSTRING", "host=db.example.com dbname=shop user=x sslmode=disable")],
        ] {
            assert_eq!(checked(pairs), None, "{pairs:?}");
        }
    }

    #[test]
    fn another_host_port_or_database_is_refused_by_name_and_without_values() {
        for (name, value, said) in [
            ("PGHOST", "staging", "PGHOST names another host"),
            ("PGHOST", "db.example.com,staging", "another host"),
            ("PGHOST", "/tmp", "another host"),
            ("PGHOSTADDR", "10.0.0.1", "PGHOSTADDR"),
            ("PGPORT", "6432", "PGPORT names another port"),
            ("PGPORT", "x", "another port"),
            ("PGDATABASE", "shop2", "another database"),
            ("PGSERVICE", "prod", "PGSERVICE"),
            ("DATABASE_URL", "postgres://app:hunter2@staging/shop", "DATABASE_URL names another host"),
            ("DATABASE_URL", "postgres://app:hunter2@db.example.com:6432/shop", "another port"),
            ("DATABASE_URL", "postgres://app:hunter2@db.example.com/other", "another database"),
            ("DATABASE_URL", "postgres://app:hunter2@db.example.com,staging/shop", "several hosts"),
            ("DATABASE_URL", "postgres://app:hunter2@db.example.com/shop?host=staging", "another host"),
            ("DATABASE_URL", "mysql://app:hunter2@db.example.com/shop", "cannot be read"),
            ("DATABASE_URL", "postgres://app:hun/ter2@db.example.com/shop", "cannot be read"),
            ("FLYWAY_URL", "jdbc:postgresql://staging:5432/shop?password=hunter2", "FLYWAY_URL names another host"),
        ] {
            let refusal = checked(&[(name, value)]).unwrap_or_else(|| panic!("{name}={value}"));
            assert_eq!(refusal.code, Code::Environment);
            assert!(refusal.message.contains(said), "{}", refusal.message);
            let told = format!("{refusal:?}");
            assert!(!told.contains("hunter2") && !told.contains("ter2") && !told.contains("secret"), "{told}");
        }
    }
}
