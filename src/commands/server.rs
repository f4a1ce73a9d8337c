//! The database server as every verb of the gate reaches it: AWS settings, the URL where it is kept in AWS, the time.

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};

use crate::aws::url::Reference;
use crate::aws::{self, Aws};
use crate::backup::rds::Target;
use crate::cli::environment::Environment;
use crate::cli::settings::EnvironmentSettings;
use crate::cli::ui::Ui;
use crate::gate::world::Clock;
use crate::postgres::Dsn;
use crate::postgres::dsn::Address;
use crate::progress::Progress as _;

/// The AWS settings of an environment.
pub(super) fn aws_options(settings: &EnvironmentSettings, environment: &Environment) -> aws::Options {
    aws::Options {
        region: settings.backup.region.clone(),
        profile: settings.backup.profile.clone(),
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

/// What is known of the resource: the name that is configured, and the host of the URL.
pub(super) fn target(settings: &EnvironmentSettings, dsn: Option<&Dsn>) -> Target {
    let (host, port) = match dsn.and_then(|dsn| dsn.hosts.first()) {
        Some(host) => match &host.address {
            Address::Tcp { name, .. } => (Some(name.clone()), Some(host.port)),
            Address::Unix(_) => (None, None),
        },
        None => (None, None),
    };
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
