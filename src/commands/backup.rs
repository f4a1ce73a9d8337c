//! `tidegate backup`: backups apart from a migration, for schedules and for people.

mod adopt;
mod create;
mod list;
mod open;
mod pin;
mod prune;
mod report;

use std::process::ExitCode;

use crate::cli::args::{BackupAction, BackupArgs, BackupOf, Global};
use crate::cli::config::Loaded;
use crate::cli::environment::Environment;
use crate::cli::failure::Failure;
use crate::cli::settings::{UpkeepSettings, upkeep_settings};
use crate::cli::ui::Ui;

pub async fn run(args: &BackupArgs, global: &Global, environment: &Environment, ui: &Ui) -> Result<ExitCode, Failure> {
    let loaded = Loaded::find(global.config.as_deref(), environment)?;
    let settings = |of: &BackupOf| -> Result<UpkeepSettings, Failure> { upkeep_settings(of, &loaded, environment) };
    match &args.action {
        BackupAction::Create(args) => create::run(args, &settings(&args.of)?, environment, ui).await,
        BackupAction::List(args) => list::run(&settings(&args.of)?, environment, ui).await,
        BackupAction::Prune(args) => prune::run(args, &settings(&args.of)?, environment, ui).await,
        BackupAction::Pin(args) => pin::run(args, &settings(&args.of)?, environment, ui).await,
        BackupAction::Adopt(args) => adopt::run(args, &settings(&args.of)?, environment, ui).await,
    }
}
