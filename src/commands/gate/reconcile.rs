//! `tidegate gate reconcile`.

use std::process::ExitCode;

use super::parts;
use super::report::{self, Reporting};
use crate::cli::args::{Global, ReadArgs, SettleAs};
use crate::cli::config::Loaded;
use crate::cli::environment::Environment;
use crate::cli::failure::Failure;
use crate::cli::settings::{environment_settings, gate_plan_settings};
use crate::cli::ui::Ui;
use crate::commands::server::SystemClock;
use crate::gate::database::PostgresDatabase;
use crate::gate::driver::{self, Parts, Reconciling, Said};
use crate::gate::journal::FileJournal;
use crate::gate::options::DatabaseOptions;
use crate::gate::world::Uninterrupted;

pub(super) struct Asked<'a> {
    pub(super) run: Option<&'a str>,
    pub(super) env: Option<&'a str>,
    pub(super) settle: Option<SettleAs>,
    pub(super) dry_run: bool,
    pub(super) migrations: Option<&'a str>,
    pub(super) read: &'a ReadArgs,
}

pub(super) async fn run(
    asked: &Asked<'_>,
    global: &Global,
    environment: &Environment,
    ui: &Ui,
) -> Result<ExitCode, Failure> {
    let loaded = Loaded::find(global.config.as_deref(), environment)?;
    let settings = environment_settings(asked.env, true, &loaded, environment)?;
    let (plan, from) = gate_plan_settings(asked.migrations, None, asked.read, &loaded, environment)?;
    let world = parts::world(&settings, environment, ui).await.map_err(|refusal| parts::failure(&refusal))?;
    let planner = parts::planner(&world.target, from, plan, &settings, ui);
    let framework = planner.framework.clone();
    let options = DatabaseOptions {
        unproven: settings.backup.unproven,
        ca_bundle: settings.backup.ca_bundle.clone(),
        ..DatabaseOptions::default()
    };
    let mut journal = FileJournal::new(&settings.gate.journal, &settings.name, &world.target.place());
    let mut database =
        PostgresDatabase::new(world.target.clone(), options, Box::new(planner), environment.variables.clone());
    let parts = Parts {
        clock: &SystemClock,
        provider: &world.provider,
        database: &mut database,
        journal: &mut journal,
        command: &mut parts::NoCommand,
        pruner: &mut parts::NoPruner,
        // It runs nothing, and what it writes is written in a moment.
        interrupts: &Uninterrupted,
        progress: ui,
    };
    let order = Reconciling {
        run: parts::run_id()?,
        environment: settings.name.clone(),
        wanted: asked.run.map(str::to_owned),
        said: asked.settle.map(|said| match said {
            SettleAs::Succeeded => Said::Succeeded,
            SettleAs::Failed => Said::Failed,
        }),
        dry_run: asked.dry_run,
    };
    let receipt = driver::reconcile(parts, order).await;
    let reporting = Reporting {
        file: None,
        folder: settings.gate.journal.join("receipts"),
        write: false,
        json: false,
        webhook: None,
        framework: framework.get().cloned(),
        notes_told: false,
    };
    report::report(&receipt, &reporting, environment, ui).await?;
    Ok(ExitCode::from(receipt.exit_code))
}
