//! The real parts of the gate: AWS, the database's URL, the instance, the journal.

use std::sync::Arc;

use async_trait::async_trait;
use jiff::Timestamp;

use super::planner::{GatePlanner, Limits};
use crate::aws::Aws;
use crate::backup::rds::Rds;
use crate::backup::{self, Reason, Resource};
use crate::cli::environment::Environment;
use crate::cli::failure::{Code as ExitCode, Failure};
use crate::cli::settings::{EnvironmentSettings, PlanSettings};
use crate::cli::ui::Ui;
use crate::commands::plan::level;
use crate::commands::server::{self, SignIn, of_aws};
use crate::gate::RunId;
use crate::gate::database;
use crate::gate::receipt::Pruned;
use crate::gate::refusal::{Code, Refusal};
use crate::gate::world::{Command, Exit, Pruner};
use crate::progress::Progress as _;
use crate::source::locate::Source;
use crate::upkeep;

/// What any call to AWS is given, however short `--timeout` is.
const SHORTEST: std::time::Duration = std::time::Duration::from_secs(10);

/// What is known once AWS was asked.
pub(super) struct World {
    pub(super) provider: Rds,
    pub(super) target: database::Target,
}

/// Fetches the URL if it is a secret, and finds the instance.
pub(super) async fn world(
    settings: &EnvironmentSettings,
    environment: &Environment,
    ui: &Ui,
) -> Result<World, Refusal> {
    found(settings, environment, ui).await.map_err(|refusal| refusal.of_environment(&settings.name))
}

async fn found(settings: &EnvironmentSettings, environment: &Environment, ui: &Ui) -> Result<World, Refusal> {
    let (mut target, mut options) = server::database(&settings.access(), environment, ui).await?;
    // One question may not take longer than all of them together.
    let whole = std::time::Duration::try_from(settings.gate.timeout).unwrap_or(SHORTEST).max(SHORTEST);
    options.timeout = options.timeout.min(whole);
    let meant = server::target(settings, Some(&target.dsn));
    ui.step("looking for the instance", 0, None);
    let aws = Aws::connect(&options).await.map_err(of_aws)?;
    if settings.iam_auth {
        target = target.with_tokens(Arc::new(SignIn { aws: aws.clone() }));
    }
    let provider = Rds::open(aws, meant, settings.backup.copy_tags).await.map_err(of_backup)?;
    Ok(World { provider, target })
}

pub(super) fn of_backup(error: backup::Error) -> Refusal {
    let code = match error.reason {
        Reason::ResourceNotFound => Code::Usage,
        _ => Code::CouldNotTell,
    };
    Refusal { code, message: error.to_string(), hints: error.hints }
}

/// A refusal outside of a run.
pub(super) fn failure(refusal: &Refusal) -> Failure {
    Failure::new(ExitCode::Gate(refusal.code.exit()), refusal.message.clone()).hints(refusal.hints.iter().cloned())
}

/// How the gate looks at what is pending.
pub(in crate::commands) fn planner<'a>(
    target: &database::Target,
    from: Option<Source>,
    plan: PlanSettings,
    settings: &EnvironmentSettings,
    ui: &'a Ui,
) -> GatePlanner<'a> {
    let verdict = settings.gate.fail_on.map(level);
    let limits = Limits { lint: settings.gate.lint, verdict };
    GatePlanner {
        target: target.clone(),
        from,
        settings: plan,
        limits,
        environment: settings.name.clone(),
        ui,
        framework: Arc::default(),
        last: None,
    }
}

/// A random id, or why there is none: without it two runs could share one.
pub(super) fn run_id() -> Result<RunId, Failure> {
    let mut bytes = [0; 8];
    getrandom::fill(&mut bytes)
        .map_err(|error| Failure::new(ExitCode::CouldNotTell, format!("the system gives no random bytes: {error}")))?;
    Ok(RunId::from_random(bytes))
}

/// `upkeep`'s pruner, as the gate calls it.
pub(super) struct PolicyPruner<'a>(pub(super) upkeep::pruner::Pruner<'a>);

#[async_trait]
impl Pruner for PolicyPruner<'_> {
    async fn prune(&mut self, resource: &Resource, current: &str, _now: Timestamp) -> Vec<Pruned> {
        self.0.prune(resource, current).await
    }
}

/// For verbs that prune nothing.
pub(super) struct NoPruner;

#[async_trait]
impl Pruner for NoPruner {
    async fn prune(&mut self, _resource: &Resource, _current: &str, _now: Timestamp) -> Vec<Pruned> {
        Vec::new()
    }
}

/// For verbs that run nothing.
pub(super) struct NoCommand;

#[async_trait]
impl Command for NoCommand {
    async fn run(&mut self, _run: &RunId, _backup: Option<&str>) -> Exit {
        Exit::NotRunnable { why: "this verb runs no command".to_owned() }
    }
}
