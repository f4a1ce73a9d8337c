//! `tidegate plan`: what is pending → a throw-away copy → what each statement does there → a verdict.

mod against_files;
pub(super) mod against_target;
mod difference;
pub(super) mod files;
pub(super) mod lint;

use std::process::ExitCode;

use crate::cli::args::{Global, PlanArgs, PlanFailOn, PlanFormat};
use crate::cli::config::Loaded;
use crate::cli::environment::Environment;
use crate::cli::failure::{Code, Failure};
use crate::cli::settings::{Against, PlanSettings, plan_settings};
use crate::cli::ui::Ui;
use crate::commands::server;
use crate::gate::refusal::{Code as Refused, Refusal};
use crate::migration::MigrationSet;
use crate::plan::dry_run::{DryRun, Request, dry_run};
use crate::plan::report::{Style, markdown, text};
use crate::plan::{self, Level, Plan};
use crate::postgres::dsn::Dsn;
use crate::source::replay::{ReplayError, Script};

pub async fn run(args: &PlanArgs, global: &Global, environment: &Environment, ui: &Ui) -> Result<ExitCode, Failure> {
    let loaded = Loaded::find(global.config.as_deref(), environment)?;
    let settings = plan_settings(args, &loaded, environment)?;
    let plan = match &settings.against {
        Against::Database(url, from) => {
            against_target::plan(&dsn(url, &settings)?, from.as_ref(), &settings, ui).await?.plan
        }
        Against::Environment(access, from) => {
            let target = server::signed_in(access, environment, ui).await.map_err(could_not_sign_in)?;
            let dsn = target.dsn_now().await.map_err(could_not_sign_in)?;
            against_target::plan(&dsn, from.as_ref(), &settings, ui).await?.plan
        }
        Against::Files(_) | Against::Upstream => against_files::plan(&settings, ui).await?,
    };
    let printed = match settings.format {
        PlanFormat::Json => plan::json(&plan),
        PlanFormat::Markdown => markdown(&plan),
        PlanFormat::Text => text(&plan, Style { colour: settings.colour }),
    };
    super::output::print(printed.as_bytes())?;
    Ok(ExitCode::from(code(&plan, &settings)))
}

/// The verdict that a limit names.
pub(super) fn level(limit: PlanFailOn) -> Level {
    match limit {
        PlanFailOn::Caution => Level::Caution,
        PlanFailOn::Dangerous => Level::Dangerous,
        PlanFailOn::Fails => Level::Fails,
    }
}

/// The same refusal as the gate's, with the exit codes of a plan.
fn could_not_sign_in(refusal: Refusal) -> Failure {
    let code = if refusal.code == Refused::Usage { Code::Usage } else { Code::CouldNotTell };
    Failure::new(code, refusal.message).hints(refusal.hints)
}

fn dsn(url: &str, settings: &PlanSettings) -> Result<Dsn, Failure> {
    Dsn::parse(url, &settings.read.engine_options.environment).map_err(|error| Failure::from_error(Code::Usage, &error))
}

/// Text on stdout has said it all, so the exit code alone is left to tell.
fn code(plan: &Plan, settings: &PlanSettings) -> u8 {
    let limit = level(settings.fail_on);
    match plan.verdict.level {
        Level::CouldNotTell => Code::CouldNotTell.number(),
        level if level >= limit => Code::Finding.number(),
        _ => 0,
    }
}

/// The statements of what is pending; of a program there are none.
fn script(pending: &MigrationSet) -> Result<Script, Failure> {
    // A file that ends in the middle of a statement fails wherever it runs.
    Script::of_migrations(pending).map_err(|error| Failure::from_error(Code::Finding, &error))
}

/// Whether there is anything to rehearse: not where all is programs.
fn has_sql(pending: &MigrationSet) -> bool {
    pending.migrations.iter().any(|migration| !migration.program)
}

fn has_programs(pending: &MigrationSet) -> bool {
    pending.migrations.iter().any(|migration| migration.program)
}

/// The dry run, with its failure worded for people.
async fn rehearse(request: &Request<'_>, ui: &Ui) -> Result<DryRun, Failure> {
    dry_run(request, ui).await.map_err(|error| could_not_copy(&error))
}

fn could_not_copy(error: &ReplayError) -> Failure {
    let mut failure = Failure::new(Code::CouldNotTell, "the dry run could not be made");
    failure.causes.push(error.to_string());
    failure.hints(error.hint())
}

/// The same set with only these migrations.
fn only(set: &MigrationSet, places: impl IntoIterator<Item = usize>) -> MigrationSet {
    let migrations = places.into_iter().filter_map(|at| set.migrations.get(at).cloned()).collect();
    MigrationSet { migrations, notes: Vec::new(), ..set.clone() }
}
