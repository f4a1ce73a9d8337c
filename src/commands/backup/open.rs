//! From settings to the server's backups: here, and in the Regions with copies.

use crate::aws;
use crate::backup::rds::Rds;
use crate::backup::{self, Provider, Reason, Resource};
use crate::cli::environment::Environment;
use crate::cli::failure::{Code, Failure};
use crate::cli::settings::{UpkeepSettings, Whose};
use crate::cli::ui::Ui;
use crate::commands::server::{self, SystemClock};
use crate::postgres::dsn::Dsn;
use crate::progress::Progress as _;
use crate::retention::Scope;
use crate::upkeep::{Shelf, pruner};

/// The backups of one server, everywhere.
pub(super) struct Open {
    provider: Rds,
    pub(super) resource: Resource,
    /// `None` for all databases.
    pub(super) database: Option<String>,
    copies: Vec<(String, Box<dyn Provider>)>,
}

impl Open {
    /// Finds the server, and the database that the backups are for.
    pub(super) async fn new(settings: &UpkeepSettings, environment: &Environment, ui: &Ui) -> Result<Self, Failure> {
        let name = &settings.environment.name;
        Self::found(settings, environment, ui).await.map_err(|failure| failure.of_environment(name))
    }

    async fn found(settings: &UpkeepSettings, environment: &Environment, ui: &Ui) -> Result<Self, Failure> {
        let backup = &settings.environment.backup;
        let options = server::aws_options(&settings.environment.access(), environment);
        let url = url(settings, &options, ui).await?;
        let dsn = url.as_deref().map(|url| dsn(url, environment)).transpose()?;
        let target = server::target(&settings.environment, dsn.as_ref());
        let database = match &settings.whose {
            Whose::All => None,
            Whose::Named(name) => Some(name.clone()),
            Whose::OfUrl(_) => dsn.map(|dsn| dsn.dbname),
        };
        ui.step("looking for the database server", 0, None);
        let provider = Rds::connect(options, target, backup.copy_tags).await.map_err(failure)?;
        let home = Shelf { region: provider.aws().region(), provider: &provider, clock: &SystemClock, copies: &[] };
        let resource = home.resource().await.map_err(failure)?;
        let copies = pruner::copies(&provider, &resource.region, &backup.copy_to);
        Ok(Self { provider, resource, database, copies })
    }

    /// What is pruned by the policy here.
    pub(super) fn scope(&self) -> Scope<'_> {
        let database = self.database.as_deref();
        Scope { resource_id: &self.resource.resource_id, database, current: None }
    }

    pub(super) fn home(&self) -> Shelf<'_> {
        Shelf { region: &self.resource.region, provider: &self.provider, clock: &SystemClock, copies: &self.copies }
    }

    /// The Regions with copies.
    pub(super) fn elsewhere(&self) -> impl Iterator<Item = Shelf<'_>> {
        self.copies.iter().map(|(region, provider)| Shelf {
            region,
            provider: provider.as_ref(),
            clock: &SystemClock,
            copies: &[],
        })
    }

    /// `shop on prod-db in eu-west-1`
    pub(super) fn told(&self) -> String {
        let database = self.database.as_deref().unwrap_or("all databases");
        format!("{database} on {} in {}", self.resource.name, self.resource.region)
    }
}

/// The URL is asked for where it names the database, and where nothing else names the server.
async fn url(settings: &UpkeepSettings, options: &aws::Options, ui: &Ui) -> Result<Option<String>, Failure> {
    let needed = matches!(settings.whose, Whose::OfUrl(_)) || settings.environment.backup.instance.is_none();
    let Some(text) = settings.environment.database_url.as_deref().filter(|_| needed) else { return Ok(None) };
    let failed =
        |error: aws::Error| Failure::new(Code::CouldNotTell, error.to_string()).hints(error.hints.iter().cloned());
    server::url(text, options, ui).await.map(Some).map_err(failed)
}

fn dsn(url: &str, environment: &Environment) -> Result<Dsn, Failure> {
    Dsn::parse(url, &environment.for_postgres()).map_err(|error| Failure::from_error(Code::Usage, &error))
}

/// A provider's no as the end of the command: 1 for a no, 2 for a wrong name, 3 for what could not be told.
pub(super) fn failure(error: backup::Error) -> Failure {
    let code = match error.reason {
        Reason::ResourceNotFound => Code::Usage,
        Reason::InvalidState | Reason::QuotaExceeded | Reason::Key | Reason::AlreadyExists | Reason::Refused => {
            Code::Finding
        }
        _ => Code::CouldNotTell,
    };
    Failure::new(code, error.to_string()).hints(error.hints.iter().cloned())
}
