//! The environment that the command would inherit: nothing in it may point at another database than the one that was
//! verified. Pure.

use std::collections::BTreeMap;

use super::{Verified, is_aside, names_a_place};
use crate::gate::refusal::{Code, Refusal};
use crate::postgres::Dsn;

/// Read as URLs by programs, whatever stands in front: `HASURA_GRAPHQL_DATABASE_URL`, `SPRING_DATASOURCE_URL`,
/// `SQLALCHEMY_DATABASE_URI`, `GOOSE_DBSTRING`. Judged where they speak of PostgreSQL at all.
const URLS: [&str; 6] = ["URL", "URI", "DSN", "DBSTRING", "CONNECTION_STRING", "CONNSTR"];

/// `DB_HOST`, `DATABASE_PORT`, `POSTGRES_DB`.
const FAMILIES: [&str; 3] = ["DB", "DATABASE", "POSTGRES"];

/// What tells of which kind the database of a family is: `DB_CONNECTION=mysql`.
const KINDS: [&str; 7] = ["CONNECTION", "DRIVER", "TYPE", "ENGINE", "ADAPTER", "DIALECT", "CLIENT"];

/// Refuses where a variable names another host, port or database than `verified`. No value is repeated.
pub(in crate::gate) fn check(variables: &BTreeMap<String, String>, verified: &Dsn) -> Option<Refusal> {
    let verified = Verified::of(verified)?;
    let against: Vec<String> = variables
        .iter()
        .filter(|(name, _)| !is_of_another_kind(name, variables))
        .filter_map(|(name, value)| Some(format!("{name} {}", of(name, value, variables, verified)?)))
        .collect();
    if against.is_empty() {
        return None;
    }
    Some(
        Refusal::new(
            Code::Environment,
            format!(
                "the environment that the command would inherit speaks of another database than {}: {}",
                verified.dsn.redacted(),
                against.join("; ")
            ),
        )
        .hint("unset them for this step: the command gets DATABASE_URL, PGHOST, PGPORT and PGDATABASE from tidegate")
        .hint("one that the command does not read: env -u NAME tidegate gate …"),
    )
}

/// In which way the variable `name` speaks of another database.
pub(super) fn of(
    name: &str,
    value: &str,
    around: &BTreeMap<String, String>,
    verified: Verified<'_>,
) -> Option<&'static str> {
    if value.is_empty() {
        return None;
    }
    let unless = |holds: bool, what: &'static str| (!holds).then_some(what);
    match name {
        "PGHOST" => unless(verified.is_host(value), "names another host"),
        "PGHOSTADDR" => unless(verified.is_host(value), "names an address"),
        "PGPORT" => unless(verified.is_port(value), "names another port"),
        "PGDATABASE" => unless(value == verified.dsn.dbname, "names another database"),
        "PGSERVICE" => Some("names a service, and what that means is not known here"),
        // Read from AWS for us; no other program knows what it means, and the command gets what it stands for.
        "DATABASE_URL" if value.starts_with("secretsmanager://") || value.starts_with("ssm://") => None,
        "DATABASE_URL" => verified.differs(value, around),
        url if is_url(url) && !is_aside(url) && names_a_place(value) => verified.differs(value, around),
        part => of_family(part, value, around, verified),
    }
}

fn is_url(name: &str) -> bool {
    URLS.iter().any(|end| name.strip_suffix(end).is_some_and(|start| start.is_empty() || start.ends_with('_')))
}

/// `DB_HOST` and the like, by which programs put a URL together themselves.
fn of_family(
    name: &str,
    value: &str,
    around: &BTreeMap<String, String>,
    verified: Verified<'_>,
) -> Option<&'static str> {
    let (family, part) =
        FAMILIES.iter().find_map(|family| Some((*family, name.strip_prefix(family)?.strip_prefix('_')?)))?;
    // A job's own PostgreSQL for tests is set up by `POSTGRES_DB`.
    if family == "POSTGRES" && !around.contains_key("POSTGRES_HOST") {
        return None;
    }
    match part {
        // Kubernetes says `tcp://10.0.0.1:5432` for a service that happens to be called `db`.
        "HOST" | "HOSTNAME" if !verified.is_host(value) => Some("names another host"),
        "PORT" if !value.contains("://") && !verified.is_port(value) => Some("names another port"),
        "NAME" | "DATABASE" | "DB" if value != verified.dsn.dbname => Some("names another database"),
        _ => None,
    }
}

/// Whether its family says that it is no PostgreSQL.
fn is_of_another_kind(name: &str, variables: &BTreeMap<String, String>) -> bool {
    let Some(family) = FAMILIES.iter().find(|family| name.starts_with(**family)) else { return false };
    let is_part = name[family.len()..].starts_with('_') && !is_url(name);
    let kinds = KINDS.iter().filter_map(|kind| variables.get(&format!("{family}_{kind}")));
    let speaks = |kind: &str| ["pg", "postg", "pdo_pgsql"].iter().any(|word| kind.to_ascii_lowercase().contains(word));
    is_part && kinds.clone().next().is_some() && !kinds.into_iter().any(|kind| speaks(kind))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::postgres::Env;

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
            &[("GOOSE_DBSTRING", "host=db.example.com dbname=shop user=x sslmode=disable pool_max_conns=3")],
            &[("HASURA_GRAPHQL_DATABASE_URL", "postgres://hasura:pw@DB.example.com/shop")],
            &[("DB_HOST", "db.example.com"), ("DB_PORT", "5432"), ("DB_NAME", "shop"), ("DB_DATABASE", "shop")],
            &[("DB_CONNECTION", "mysql"), ("DB_HOST", "elsewhere"), ("DB_PORT", "3306")],
            &[("DB_PORT", "tcp://10.0.0.1:5432"), ("POSTGRES_DB", "test"), ("POSTGRES_PASSWORD", "x")],
            &[("SHADOW_DATABASE_URL", "postgres://localhost/shadow"), ("CURL", "postgres://elsewhere/x")],
            &[("DOCS_URL", "https://example.com/shop"), ("REDIS_URL", "redis://elsewhere/1"), ("X_DSN", "a=b")],
            &[("SENTRY_DSN", "https://key@sentry.example.com/1"), ("DB_HOSTS", "elsewhere")],
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
            ("HASURA_GRAPHQL_DATABASE_URL", "postgres://a:hunter2@staging/shop", "HASURA_GRAPHQL_DATABASE_URL names"),
            ("APP_URI", "postgresql+psycopg2://a:hunter2@db.example.com/other", "another database"),
            ("APP_DSN", "host=db.example.com dbname=other password=hunter2", "another database"),
            ("APP_DSN", "host=db.example.com port=6432 password='hunter2 x'", "another port"),
            ("APP_URL", "cockroachdb://a:hunter2@staging:26257/shop", "another host"),
            ("APP_URL", "postgres://a:hunter2@db.example.com/shop?service=staging", "cannot be read"),
            ("FLYWAY_URL", "jdbc:postgresql:shop", "another host"),
            ("FLYWAY_URL", "jdbc:aws-wrapper:postgresql://staging/shop?password=hunter2", "another host"),
            ("DB_HOST", "staging", "DB_HOST names another host"),
            ("DB_PORT", "6432", "another port"),
            ("DB_NAME", "other", "another database"),
            ("DATABASE_HOST", "staging", "another host"),
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
