//! The command's environment: everything that says where the database is, so that nothing inherited can say otherwise.
//! Pure.
//!
//! The run's `application_name` stands in `PGAPPNAME` and in the URL: libpq, pgx, lib/pq, sqlx and node-postgres take
//! either, Prisma's engine and `tokio-postgres` look at the URL alone. Drivers that take no unknown parameter (asyncpg
//! below SQLAlchemy) say so loudly when they connect; a run that nobody can see would be silent.

use std::collections::BTreeMap;

use jiff::SignedDuration;

use crate::gate::run::RunId;
use crate::postgres::Dsn;
use crate::postgres::dsn::{Address, Roots, Secret};

pub(super) struct Given<'a> {
    pub(super) url: &'a Secret,
    pub(super) dsn: &'a Dsn,
    pub(super) application_name: &'a str,
    pub(super) run: &'a RunId,
    pub(super) backup: Option<&'a str>,
    /// `PGOPTIONS`, where it differs from what is inherited.
    pub(super) options: Option<&'a str>,
}

#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Variables {
    pub(super) set: BTreeMap<String, String>,
    pub(super) remove: Vec<String>,
}

pub(super) fn of_command(given: &Given<'_>) -> Variables {
    let mut variables = Variables::default();
    let mut set = |name: &str, value: &str| drop(variables.set.insert(name.to_owned(), value.to_owned()));
    set("DATABASE_URL", given.url.expose());
    if let Some(host) = given.dsn.hosts.first() {
        match &host.address {
            Address::Tcp { name, .. } => set("PGHOST", name),
            Address::Unix(folder) => set("PGHOST", &folder.display().to_string()),
        }
        set("PGPORT", &host.port.to_string());
        if let Some(password) = &host.password {
            set("PGPASSWORD", password.expose());
        }
    }
    set("PGUSER", &given.dsn.user);
    set("PGDATABASE", &given.dsn.dbname);
    set("PGAPPNAME", given.application_name);
    set("TIDEGATE_RUN_ID", given.run.as_str());
    if let Some(backup) = given.backup {
        set("TIDEGATE_BACKUP_ID", backup);
    }
    // Left to each program's own default where nobody has said anything: lib/pq does not know `prefer`.
    let tls = &given.dsn.tls;
    if tls.mode_given || tls.mode != Default::default() {
        set("PGSSLMODE", tls.mode.name());
    }
    if let Roots::File(file) = &tls.roots {
        set("PGSSLROOTCERT", &file.display().to_string());
    }
    if let Some(options) = given.options {
        set("PGOPTIONS", options);
    }
    variables.remove = ["PGHOSTADDR", "PGSERVICE"].iter().map(|name| (*name).to_owned()).collect();
    if given.backup.is_none() {
        variables.remove.push("TIDEGATE_BACKUP_ID".to_owned());
    }
    variables
}

/// Command-line options for the server.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct ServerOptions {
    pub(super) in_environment: Option<String>,
    /// Only where the URL had some: they go before those of the environment.
    pub(super) in_url: Option<String>,
}

/// `lock_timeout` after whatever else is asked for, so that it holds.
pub(super) fn server_options(dsn: &Dsn, lock_timeout: Option<SignedDuration>) -> ServerOptions {
    let Some(limit) = lock_timeout else { return ServerOptions::default() };
    let ours = format!("-c lock_timeout={}", limit.as_millis());
    let all = match dsn.options.as_deref().filter(|options| !options.is_empty()) {
        Some(given) => format!("{given} {ours}"),
        None => ours,
    };
    ServerOptions { in_url: dsn.options.as_ref().map(|_| all.clone()), in_environment: Some(all) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::postgres::Env;

    fn variables(url: &str, env: &[(&str, &str)], backup: Option<&str>) -> Variables {
        let variables = env.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        let dsn = Dsn::parse(url, &Env { variables, home: None }).unwrap();
        of_command(&Given {
            url: &Secret::new(url),
            dsn: &dsn,
            application_name: "tidegate-1",
            run: &RunId::from_random([1; 8]),
            backup,
            options: None,
        })
    }

    #[test]
    fn everything_that_names_a_place_is_set() {
        let got = variables("postgres://app:p%40ss@db:5433/shop?sslmode=verify-full&sslrootcert=/ca", &[], Some("b-1"));
        let expected = [
            ("DATABASE_URL", "postgres://app:p%40ss@db:5433/shop?sslmode=verify-full&sslrootcert=/ca"),
            ("PGAPPNAME", "tidegate-1"),
            ("PGDATABASE", "shop"),
            ("PGHOST", "db"),
            ("PGPASSWORD", "p@ss"),
            ("PGPORT", "5433"),
            ("PGSSLMODE", "verify-full"),
            ("PGSSLROOTCERT", "/ca"),
            ("PGUSER", "app"),
            ("TIDEGATE_BACKUP_ID", "b-1"),
            ("TIDEGATE_RUN_ID", "0101010101010101"),
        ];
        let set: Vec<(&str, &str)> = got.set.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        assert_eq!(set, expected);
        assert_eq!(got.remove, ["PGHOSTADDR", "PGSERVICE"]);
    }

    #[test]
    fn what_nobody_said_is_left_to_the_program() {
        let got = variables("postgres://app@%2Ftmp/shop", &[], None);
        assert_eq!(got.set.get("PGHOST").map(String::as_str), Some("/tmp"));
        for absent in ["PGSSLMODE", "PGSSLROOTCERT", "PGPASSWORD", "PGOPTIONS", "TIDEGATE_BACKUP_ID"] {
            assert!(!got.set.contains_key(absent), "{absent}");
        }
        // An old one of a gate around this gate would be a lie.
        assert!(got.remove.contains(&"TIDEGATE_BACKUP_ID".to_owned()));
        assert_eq!(variables("postgres://a@h/d", &[("PGSSLMODE", "prefer")], None).set["PGSSLMODE"], "prefer");
    }

    #[test]
    fn lock_timeout_comes_last_wherever_options_are_given() {
        let options = |url: &str, env: &[(&str, &str)], limit: Option<i64>| {
            let variables = env.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
            let dsn = Dsn::parse(url, &Env { variables, home: None }).unwrap();
            let options = server_options(&dsn, limit.map(SignedDuration::from_secs));
            (options.in_environment, options.in_url)
        };
        let text = |text: &str| Some(text.to_owned());
        assert_eq!(options("postgres://a@h/d?options=-c%20x%3D1", &[], None), (None, None));
        assert_eq!(options("postgres://a@h/d", &[], Some(5)), (text("-c lock_timeout=5000"), None));
        let both = text("-c x=1 -c lock_timeout=5000");
        assert_eq!(options("postgres://a@h/d?options=-c%20x%3D1", &[], Some(5)), (both.clone(), both.clone()));
        assert_eq!(options("postgres://a@h/d", &[("PGOPTIONS", "-c x=1")], Some(5)), (both.clone(), both));
    }
}
