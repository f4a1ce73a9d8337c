//! The database: whether it is reached, what it says, what the gate's own preflight says, and whether it is the
//! resource's.

use std::sync::Arc;

use async_trait::async_trait;

use super::aws::Reached;
use super::configuration::Found;
use super::failed;
use crate::backup::Resource;
use crate::cli::args::{DoctorArgs, ReadArgs};
use crate::cli::environment::Environment;
use crate::cli::settings::{EnvironmentSettings, gate_plan_settings, inherited};
use crate::cli::ui::Ui;
use crate::commands::gate::parts::planner;
use crate::commands::server::SignIn;
use crate::doctor::{Check, Status, database};
use crate::gate::database::{PostgresDatabase, Target};
use crate::gate::journal::FileJournal;
use crate::gate::options::DatabaseOptions;
use crate::gate::refusal::{Code, Refusal};
use crate::gate::world::{Database as _, Look, Planner, ProvedBy, Record};
use crate::postgres::connect::{ConnectError, ConnectErrorKind, connect};
use crate::progress::Progress as _;

/// What servers see in `pg_stat_activity`.
const APPLICATION_NAME: &str = "tidegate doctor";

/// A database that was reached.
pub(super) struct Reachable {
    facts: database::Facts,
    /// As the journal calls it.
    place: String,
    gate: PostgresDatabase<'static>,
}

impl Reachable {
    pub(super) fn name(&self) -> &str {
        &self.facts.database
    }

    /// What the journal of this machine says of its runs, as the gate reads it.
    pub(super) fn records(&self, settings: &EnvironmentSettings) -> Result<Vec<Record>, Refusal> {
        FileJournal::new(&settings.gate.journal, &settings.name, &self.place).records()
    }

    /// Whether it is this resource's, judged as the gate does.
    pub(super) async fn prove(&mut self, resource: &Resource, settings: &EnvironmentSettings, checks: &mut Vec<Check>) {
        let name = "identity";
        checks.push(match self.gate.identify(resource).await {
            Ok(identity) if identity.proved_by == ProvedBy::Unproven => {
                Check::warning(name, format!("nothing proves that {} is {}", identity.host, resource.name))
                    .mend("connect with TLS to the instance's own endpoint (sslmode=verify-full)")
            }
            Ok(identity) => Check::ok(
                name,
                format!("{} is {}, proved by its {}", identity.host, resource.name, identity.proved_by.name()),
            ),
            // What speaks against it is let pass by no setting.
            Err(refusal) => {
                let lacks_proof = refusal.message.starts_with("nothing proves");
                of_refusal(name, refusal).mend_all(unproven(settings).filter(|_| lacks_proof))
            }
        });
    }
}

/// The one way around a proof, where it is not taken already.
fn unproven(settings: &EnvironmentSettings) -> Option<String> {
    let key = format!("identity = \"unproven\" under [environments.{}.backup]", settings.name);
    (!settings.backup.unproven).then(|| format!("only where no proof can be had (a tunnel without TLS): {key}"))
}

/// Connects, asks, and runs the gate's preflight.
pub(super) async fn reach(
    found: &Found,
    reached: &Reached,
    args: &DoctorArgs,
    environment: &Environment,
    ui: &Ui,
    checks: &mut Vec<Check>,
) -> Option<Reachable> {
    if let Some(failed) = &reached.url_failed {
        checks.push(failed.clone());
    }
    let settings = &found.settings;
    let Some(url) = &reached.url else {
        checks.push(Check::could_not_tell("database-reachable", "its URL is not known"));
        return None;
    };
    let bundle = settings.backup.ca_bundle.as_deref();
    let mut target = match Target::parse(url, &environment.variables, environment.home.clone(), bundle) {
        Ok(target) => target,
        Err(refusal) => {
            checks.push(of_refusal("database-url", refusal));
            return None;
        }
    };
    if settings.iam_auth {
        let Some(account) = &reached.account else {
            checks.push(Check::could_not_tell("database-reachable", "without AWS there is no token to sign in with"));
            return None;
        };
        target = target.with_tokens(Arc::new(SignIn { aws: account.aws().clone() }));
    }
    let dsn = match target.dsn_now().await {
        Ok(dsn) => dsn,
        Err(refusal) => {
            checks.push(of_refusal("sign-in-token", refusal));
            return None;
        }
    };
    ui.step(&format!("connecting to {}", dsn.redacted()), 0, None);
    let connected = match connect(&dsn, APPLICATION_NAME).await {
        Ok(connected) => connected,
        Err(error) => {
            checks.push(unreachable(&error, target.mend(&error)));
            return None;
        }
    };
    let asked = database::ask(&connected.client, connected.tls).await;
    connected.close().await;
    let facts = match asked {
        Ok(facts) => facts,
        Err(error) => {
            checks.push(Check::could_not_tell("database-reachable", error));
            return None;
        }
    };
    checks.extend(database::judge(&facts));
    let options = DatabaseOptions {
        unproven: settings.backup.unproven,
        ca_bundle: settings.backup.ca_bundle.clone(),
        max_transaction_age: settings.gate.max_transaction_age,
    };
    let mut gate =
        PostgresDatabase::new(target.clone(), options, Box::new(NothingPending), inherited(&found.loaded, environment));
    ui.step("the gate's own preflight", 0, None);
    let refusals = gate.preflight().await;
    if refusals.is_empty() {
        checks.push(Check::ok("preflight", "no pooler, no transaction in the way, an environment that agrees"));
    }
    checks.extend(refusals.into_iter().map(|refusal| of_refusal("preflight", refusal)));
    history(found, &target, args, environment, ui, checks).await;
    Some(Reachable { facts, place: target.place(), gate })
}

/// Whether the gate could tell what is pending.
async fn history(
    found: &Found,
    target: &Target,
    args: &DoctorArgs,
    environment: &Environment,
    ui: &Ui,
    checks: &mut Vec<Check>,
) {
    let name = "history";
    let read = ReadArgs::default();
    let plan = gate_plan_settings(args.migrations.as_deref(), None, &read, &found.loaded, environment);
    let (plan, from) = match plan {
        Ok(plan) => plan,
        Err(failure) => {
            checks.push(failed(name, &failure));
            return;
        }
    };
    ui.step("reading the history", 0, None);
    let look = match planner(target, from, plan, &found.settings, ui).glance().await {
        Ok(look) => look,
        Err(refusal) => {
            let misnamed = refusal.code == Code::Usage && refusal.hints.is_empty();
            let mend = "name the migrations: dir under [migrations] in tidegate.toml, or --migrations";
            checks.push(of_refusal(name, refusal).mend_all(misnamed.then(|| mend.to_owned())));
            return;
        }
    };
    if look.refusals.is_empty() {
        let pending = format!("{} pending", look.pending.len());
        checks.push(match look.applied {
            Some(applied) => Check::ok(name, format!("{applied} applied, {pending}")),
            None if look.keeps_history => Check::ok(name, format!("none yet, so all count as pending: {pending}")),
            None => Check::ok(name, format!("the framework keeps none: {pending}, and the exit code alone decides")),
        });
    }
    checks.extend(look.refusals.into_iter().map(|refusal| of_refusal(name, refusal)));
}

/// What is pending is another question.
struct NothingPending;

#[async_trait]
impl Planner for NothingPending {
    async fn look(&mut self) -> Result<Look, Refusal> {
        Ok(Look::default())
    }

    async fn glance(&mut self) -> Result<Look, Refusal> {
        Ok(Look::default())
    }
}

pub(super) fn of_refusal(name: &str, refusal: Refusal) -> Check {
    let status = if refusal.code == Code::CouldNotTell { Status::CouldNotTell } else { Status::Failed };
    Check::new(name, status, refusal.message).mend_all(refusal.hints)
}

/// A server that says no is a no; one that is not heard of is none.
fn unreachable(error: &ConnectError, mend: Vec<String>) -> Check {
    let name = "database-reachable";
    let check = match error.kind {
        ConnectErrorKind::Refused
        | ConnectErrorKind::UnknownHost
        | ConnectErrorKind::Timeout
        | ConnectErrorKind::TooManySessions
        | ConnectErrorKind::NotReady
        | ConnectErrorKind::Other => Check::could_not_tell(name, error.to_string()),
        _ => Check::failed(name, error.to_string()),
    };
    check.mend_all(mend)
}
