//! The database: whether it is reached, what it says, and whether it is the resource's.

use super::aws::Reached;
use super::configuration::Found;
use crate::backup::Resource;
use crate::cli::args::DoctorArgs;
use crate::cli::environment::Environment;
use crate::cli::settings::EnvironmentSettings;
use crate::cli::ui::Ui;
use crate::doctor::{Check, database};
use crate::postgres::connect::{ConnectError, connect};
use crate::postgres::dsn::{Dsn, Env};
use crate::postgres::error_text;
use crate::progress::Progress as _;

/// What servers see in `pg_stat_activity`.
const APPLICATION_NAME: &str = "tidegate doctor";

/// A database that was reached.
pub(super) struct Database {
    facts: database::Facts,
}

impl Database {
    pub(super) fn name(&self) -> &str {
        &self.facts.database
    }

    /// Whether it is this resource's.
    #[allow(clippy::unused_async)]
    pub(super) async fn prove(
        &mut self,
        _resource: &Resource,
        _settings: &EnvironmentSettings,
        _checks: &mut Vec<Check>,
    ) {
    }
}

/// Connects twice, asks, and reads the history.
pub(super) async fn reach(
    found: &Found,
    reached: &Reached,
    _args: &DoctorArgs,
    environment: &Environment,
    ui: &Ui,
    checks: &mut Vec<Check>,
) -> Option<Database> {
    if let Some(failed) = &reached.url_failed {
        checks.push(failed.clone());
    }
    let Some(url) = &reached.url else {
        checks.push(Check::could_not_tell("database-reachable", "its URL is not known"));
        return None;
    };
    let env = Env { variables: environment.variables.clone(), home: environment.home.clone() };
    let dsn = match Dsn::parse(url, &env) {
        Ok(dsn) => dsn,
        Err(error) => {
            checks.push(Check::failed("database-url", error.to_string()));
            return None;
        }
    };
    ui.step(&format!("connecting to {}", dsn.redacted()), 0, None);
    let first = match connect(&dsn, APPLICATION_NAME).await {
        Ok(connected) => connected,
        Err(error) => {
            checks.push(unreachable(&error));
            return None;
        }
    };
    let second = match connect(&dsn, APPLICATION_NAME).await {
        Ok(connected) => connected,
        Err(error) => {
            checks.push(unreachable(&error));
            first.close().await;
            return None;
        }
    };
    let asked = database::ask(&first.client, &second.client, first.tls).await;
    second.close().await;
    first.close().await;
    match asked {
        Ok(facts) => {
            let most = found.settings.gate.max_transaction_age.as_secs();
            checks.extend(database::judge(&facts, most));
            Some(Database { facts })
        }
        Err(error) => {
            checks.push(Check::could_not_tell("database-reachable", error_text(&error)));
            None
        }
    }
}

fn unreachable(error: &ConnectError) -> Check {
    let check = Check::failed("database-reachable", error.to_string());
    check.mend_all(error.hint.iter().cloned())
}
