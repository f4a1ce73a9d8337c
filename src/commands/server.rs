//! The database server as every verb of the gate reaches it: AWS settings, the URL where it is kept in AWS, the time.

use std::sync::Arc;

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};

use crate::aws::url::Reference;
use crate::aws::{self, Aws};
use crate::backup::rds::{Host, Target};
use crate::cli::environment::Environment;
use crate::cli::settings::{Access, EnvironmentSettings};
use crate::cli::ui::Ui;
use crate::gate::database::{self, Tokens};
use crate::gate::refusal::{Code, Refusal};
use crate::gate::world::Clock;
use crate::postgres::Dsn;
use crate::postgres::dsn::{Address, Secret};
use crate::progress::Progress as _;

/// The AWS settings of an environment.
pub(super) fn aws_options(access: &Access, environment: &Environment) -> aws::Options {
    aws::Options {
        region: access.region.clone(),
        profile: access.profile.clone(),
        variables: environment.variables.clone(),
        ..aws::Options::default()
    }
}

/// The connection string itself: `secretsmanager://…` and `ssm://…` are fetched.
pub(super) async fn url(text: &str, options: &aws::Options, ui: &Ui) -> Result<String, aws::Error> {
    let Some(reference) = Reference::parse(text) else { return Ok(text.to_owned()) };
    ui.step(&format!("reading {}", reference.name), 0, None);
    let mut options = options.clone();
    options.region = reference.region.clone().or(options.region);
    let aws = Aws::connect(&options).await?;
    reference.fetch(&aws).await
}

/// The database that the environment's URL names, and the AWS settings that go with it, the Region of an RDS host
/// included.
///
/// # Errors
/// The URL cannot be fetched, or means nothing.
pub(super) async fn database(
    access: &Access,
    environment: &Environment,
    ui: &Ui,
) -> Result<(database::Target, aws::Options), Refusal> {
    let mut options = aws_options(access, environment);
    let url = url(&access.url, &options, ui).await.map_err(of_aws)?;
    let bundle = access.ca_bundle.as_deref();
    let named = database::Target::parse(&url, &environment.variables, environment.home.clone(), bundle)?;
    options.region = options.region.or_else(|| host_and_port(&named.dsn).0.and_then(|host| region(&host)));
    Ok((named, options))
}

/// The same, with whatever it takes to sign in.
///
/// # Errors
/// As [`database`], or AWS cannot be asked for tokens.
pub(super) async fn signed_in(
    access: &Access,
    environment: &Environment,
    ui: &Ui,
) -> Result<database::Target, Refusal> {
    let (named, options) = database(access, environment, ui).await?;
    if !access.iam_auth {
        return Ok(named);
    }
    let aws = Aws::connect(&options).await.map_err(of_aws)?;
    Ok(named.with_tokens(Arc::new(SignIn { aws })))
}

/// Sign-in tokens of the account that is worked with.
pub(super) struct SignIn {
    pub(super) aws: Aws,
}

#[async_trait]
impl Tokens for SignIn {
    async fn token(&self, host: &str, port: u16, user: &str) -> Result<Secret, Refusal> {
        let token = aws::token::sign_in(&self.aws, host, port, user, region(host).as_deref()).await;
        token.map(Secret::new).map_err(of_aws)
    }
}

pub(super) fn of_aws(error: aws::Error) -> Refusal {
    Refusal { code: Code::CouldNotTell, message: error.to_string(), hints: error.hints }
}

/// The Region of an RDS host.
fn region(host: &str) -> Option<String> {
    Host::parse(host).map(|host| host.region)
}

fn host_and_port(dsn: &Dsn) -> (Option<String>, Option<u16>) {
    match dsn.hosts.first() {
        Some(host) => match &host.address {
            Address::Tcp { name, .. } => (Some(name.clone()), Some(host.port)),
            Address::Unix(_) => (None, None),
        },
        None => (None, None),
    }
}

/// What is known of the resource: the name that is configured, and the host of the URL.
pub(super) fn target(settings: &EnvironmentSettings, dsn: Option<&Dsn>) -> Target {
    let (host, port) = dsn.map(host_and_port).unwrap_or_default();
    Target { instance: settings.backup.instance.clone(), host, port }
}

/// The machine's own time.
pub(super) struct SystemClock;

#[async_trait]
impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }

    async fn sleep(&self, time: SignedDuration) {
        tokio::time::sleep(time.try_into().unwrap_or_default()).await;
    }

    fn random(&self) -> f64 {
        // Jitter alone: where the system has no random bytes, none is as good as any.
        f64::from(getrandom::u32().unwrap_or_default()) / (f64::from(u32::MAX) + 1.0)
    }
}
