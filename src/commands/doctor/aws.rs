//! AWS: who we are there, the resource, what may be done with it.

use jiff::Timestamp;

use super::database::{Reachable, of_refusal};
use crate::aws::{self, Aws};
use crate::backup::rds::{Rds, Target};
use crate::backup::{self, Backup, Provider as _, Reason, Resource};
use crate::cli::environment::Environment;
use crate::cli::settings::EnvironmentSettings;
use crate::cli::ui::Ui;
use crate::commands::server::{self, aws_options};
use crate::doctor::permissions::Asked;
use crate::doctor::resource::Bounds;
use crate::doctor::{Check, account, backups, credentials, permissions, resource};
use crate::gate::machine::known::runs;
use crate::postgres::dsn::Dsn;
use crate::progress::Progress as _;

/// What AWS has let us have so far.
pub(super) struct Reached {
    pub(super) account: Option<Account>,
    /// The database's URL, fetched where AWS keeps it. A secret.
    pub(super) url: Option<String>,
    /// Why there is none, where one is configured.
    pub(super) url_failed: Option<Check>,
}

/// An account that knows us.
pub(super) struct Account {
    aws: Aws,
    target: Target,
    renewed: bool,
}

impl Account {
    pub(super) fn aws(&self) -> &Aws {
        &self.aws
    }
}

/// Credentials and Region; and the database's URL where AWS keeps it.
pub(super) async fn reach(
    settings: &EnvironmentSettings,
    environment: &Environment,
    ui: &Ui,
    checks: &mut Vec<Check>,
) -> Reached {
    let text = settings.database_url.as_deref();
    let reference = text.and_then(aws::url::Reference::parse);
    let options = aws_options(&settings.access(), environment);
    let mut reached = Reached { account: None, url: text.map(str::to_owned), url_failed: None };
    if let Some(reference) = reference {
        ui.step(&format!("reading {}", reference.name), 0, None);
        let region = reference.region.clone().or_else(|| options.region.clone());
        let fetched = match Aws::connect(&aws::Options { region, ..options.clone() }).await {
            Ok(aws) => reference.fetch(&aws).await,
            Err(error) => Err(error),
        };
        reached.url = match fetched {
            Ok(url) => {
                checks.push(Check::ok("database-url", format!("read from {}", reference.name)));
                Some(url)
            }
            Err(error) => {
                reached.url_failed = Some(account::unanswered("database-url", &error));
                None
            }
        };
    }
    let dsn = reached.url.as_deref().and_then(|url| Dsn::parse(url, &environment.for_postgres()).ok());
    let target = server::target(settings, dsn.as_ref());
    let region = options.region.clone().or_else(|| target.region());
    ui.step("asking AWS who we are", 0, None);
    let aws = match Aws::connect(&aws::Options { region, ..options }).await {
        Ok(aws) => aws,
        Err(error) => {
            checks.push(account::unanswered("aws-region", &error));
            return reached;
        }
    };
    let caller = account::caller(&aws).await;
    checks.push(caller);
    checks.push(credentials::clock(aws.clock_skew()));
    let renewed = renewed(environment, settings);
    reached.account = Some(Account { aws, target, renewed });
    reached
}

/// Keys that were exported end for good; everything else the SDK asks for anew.
fn renewed(environment: &Environment, settings: &EnvironmentSettings) -> bool {
    let github = environment.get("ACTIONS_ID_TOKEN_REQUEST_URL").is_some();
    let exported = environment.get("AWS_ACCESS_KEY_ID").is_some() && settings.backup.profile.is_none();
    github || !exported
}

/// The resource and everything about it; `None` where it was not found.
pub(super) async fn look(
    account: Account,
    settings: &EnvironmentSettings,
    database: Option<&Reachable>,
    ui: &Ui,
    checks: &mut Vec<Check>,
) -> Option<Resource> {
    let bounds = Bounds { now: Timestamp::now(), timeout: settings.gate.timeout };
    match account.aws.credentials_end().await {
        Ok(end) => checks.push(credentials::lifetime(end, account.renewed, bounds)),
        Err(error) => checks.push(account::unanswered("credentials-lifetime", &error)),
    }
    if account.target.instance.is_none() && account.target.host.is_none() {
        checks.push(
            Check::could_not_tell("resource", "neither an instance nor the database's host is known")
                .mend(format!("set instance under [environments.{}.backup]", settings.name)),
        );
        return None;
    }
    ui.step("looking for the instance", 0, None);
    let aws = account.aws.clone();
    let provider = match Rds::open(aws.clone(), account.target, settings.backup.copy_tags).await {
        Ok(provider) => provider,
        Err(error) => {
            checks.push(no_resource(&error));
            return None;
        }
    };
    let found = match provider.resource().await {
        Ok(found) => found,
        Err(error) => {
            checks.push(no_resource(&error));
            return None;
        }
    };
    checks.extend(resource::judge(&found, bounds));
    ui.step("asking what is allowed", 0, None);
    checks.push(account::key(&aws, &found).await);
    checks.extend(account::instances(&aws, &found, bounds.now).await);
    let listed = provider.list(&found).await;
    let quota = provider.quota().await;
    let mut random = [0; 8];
    let random = match getrandom::fill(&mut random) {
        Ok(()) => backup::name::hex(&random),
        Err(_) => "0000000000000000".to_owned(),
    };
    let regions: Vec<String> = settings.backup.copy_to.iter().map(|(region, _)| region.clone()).collect();
    let asked = Asked { resource: &found, backups: &listed, quota: &quota, copy_to: &regions, random: &random };
    checks.extend(permissions::probe(&provider, &asked).await);
    checks.extend(quota.ok().map(backups::quota));
    match &listed {
        Ok(listed) => {
            checks.extend(backups::janitors(&found, listed));
            checks.push(open_runs(listed, &found, settings, database));
        }
        Err(error) => checks.push(Check::could_not_tell("open-runs", error.to_string())),
    }
    Some(found)
}

/// A journal that cannot be read stops every gate, whatever the tags say.
fn open_runs(
    listed: &[Backup],
    resource: &Resource,
    settings: &EnvironmentSettings,
    database: Option<&Reachable>,
) -> Check {
    let Some(database) = database else { return backups::open_runs(listed, "", &settings.name) };
    match database.records(settings) {
        Ok(records) => {
            let known = runs(&records, listed, &resource.resource_id, database.name());
            backups::known_runs(&known, &settings.name)
        }
        Err(refusal) => of_refusal("open-runs", refusal),
    }
}

fn no_resource(error: &backup::Error) -> Check {
    let check = match error.reason {
        Reason::ResourceNotFound | Reason::AccessDenied | Reason::CredentialsExpired | Reason::NoCredentials => {
            Check::failed("resource", error.to_string())
        }
        _ => Check::could_not_tell("resource", error.to_string()),
    };
    check.mend_all(error.hints.iter().cloned())
}
