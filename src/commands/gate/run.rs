//! `tidegate gate -- CMD…`.

use std::path::Path;
use std::process::ExitCode;

use async_trait::async_trait;

use super::report::{self, Reporting};
use super::{parts, place, planner};
use crate::cli::args::{GateRunArgs, Global};
use crate::cli::config::Loaded;
use crate::cli::environment::Environment;
use crate::cli::failure::Failure;
use crate::cli::settings::{GateSettings, gate_settings};
use crate::cli::ui::Ui;
use crate::commands::server::SystemClock;
use crate::gate::command::MigrateCommand;
use crate::gate::database::PostgresDatabase;
use crate::gate::driver::{self, Parts};
use crate::gate::journal::FileJournal;
use crate::gate::machine::{self, Order};
use crate::gate::receipt::Receipt;
use crate::gate::refusal::{Code, Refusal};
use crate::gate::run::{Binding, argv_hash};
use crate::gate::world::{Clock as _, Interrupts, Outcome};
use crate::git::Git;
use crate::process::Signals;
use crate::upkeep::pruner::{Pruner, copies};

pub(super) async fn run(
    args: &GateRunArgs,
    global: &Global,
    environment: &Environment,
    signals: &Signals,
    ui: &Ui,
) -> Result<ExitCode, Failure> {
    signals.tidy();
    let loaded = Loaded::find(global.config.as_deref(), environment)?;
    let settings = gate_settings(args, &loaded, environment)?;
    let order = Order {
        run: parts::run_id()?,
        argv: argv_hash(&settings.command.words),
        program: program(&settings.command.words),
        commit: commit(&loaded.directory).await,
        options: settings.options.clone(),
    };
    ui.status(&format!("run {} of the gate for {}", order.run, settings.environment.name));
    let folder = settings.environment.gate.journal.join("receipts");
    let kept = place::kept(&folder, &settings.environment.name, order.run.as_str());
    let place = settings.receipt.as_ref().unwrap_or(&kept);
    let driven = match place::try_out(place, settings.options.dry_run) {
        Ok(()) => drive(order.clone(), &settings, environment, signals, ui).await,
        Err(error) => Err(no_place(place, &error)),
    };
    let (receipt, framework) = match driven {
        Ok(ended) => ended,
        Err(refusal) => (refused(&order, refusal, signals), None),
    };
    let reporting = Reporting {
        file: settings.receipt.clone(),
        folder,
        write: !settings.options.dry_run,
        json: settings.json,
        webhook: settings.environment.webhook.clone(),
        framework,
        notes_told: !settings.options.dry_run,
    };
    report::report(&receipt, &reporting, environment, ui).await?;
    Ok(ExitCode::from(receipt.exit_code))
}

async fn drive(
    order: Order,
    settings: &GateSettings,
    environment: &Environment,
    signals: &Signals,
    ui: &Ui,
) -> Result<(Receipt, Option<String>), Refusal> {
    let world = tokio::select! {
        biased;
        signal = signals.asked() => return Err(Refusal::interrupted(signal)),
        world = parts::world(&settings.environment, environment, ui) => world?,
    };
    let planner: planner::GatePlanner<'_> =
        parts::planner(&world.target, settings.from.clone(), settings.plan.clone(), &settings.environment, ui);
    let framework = planner.framework.clone();
    let name = &settings.environment.name;
    let mut journal = FileJournal::new(&settings.environment.gate.journal, name, &world.target.place());
    let mut database = PostgresDatabase::new(
        world.target.clone(),
        settings.database.clone(),
        Box::new(planner),
        settings.variables.clone(),
    );
    let mut command =
        MigrateCommand::new(settings.command.clone(), world.target.clone(), database.held(), signals.clone());
    let mut pruner = parts::PolicyPruner(Pruner {
        provider: &world.provider,
        clock: &SystemClock,
        progress: ui,
        environment: name.clone(),
        policy: settings.options.policy.clone(),
        database: world.target.dsn.dbname.clone(),
        copies: copies(&world.provider, world.provider.aws().region(), &settings.options.copy_to),
    });
    let parts = Parts {
        clock: &SystemClock,
        provider: &world.provider,
        database: &mut database,
        journal: &mut journal,
        command: &mut command,
        pruner: &mut pruner,
        interrupts: &Asked(signals),
        progress: ui,
    };
    let receipt = driver::run(parts, order).await;
    Ok((receipt, framework.get().cloned()))
}

/// The signals of this process, as the run hears of them.
struct Asked<'a>(&'a Signals);

#[async_trait]
impl Interrupts for Asked<'_> {
    async fn asked(&self) -> u8 {
        self.0.asked().await
    }

    fn so_far(&self) -> Option<u8> {
        self.0.so_far()
    }
}

/// Found out before hours are spent on a backup, and not after a migration.
fn no_place(path: &Path, error: &std::io::Error) -> Refusal {
    let message = format!("the receipt could not be written to {}: {error}", path.display());
    Refusal::new(Code::Usage, message)
        .hint("name another place: --receipt FILE, or receipt or journal under [environments.NAME.gate]")
}

/// A run that ended before it had anything to work with.
fn refused(order: &Order, refusal: Refusal, signals: &Signals) -> Receipt {
    let binding = Binding {
        argv: order.argv.clone(),
        environment: order.options.environment.clone(),
        commit: order.commit.clone(),
        ..Binding::default()
    };
    let now = SystemClock.now();
    let mut receipt =
        machine::blank(order.run.clone(), binding, order.program.clone(), now, order.options.break_glass.clone());
    receipt.outcome = Outcome::Refused;
    let signal = signals.so_far().filter(|_| refusal.code == Code::Interrupted);
    receipt.exit_code = refusal.code.exit() + signal.unwrap_or_default();
    receipt.summary = format!("the command was not started: {}", refusal.message);
    receipt.refusals = vec![refusal];
    receipt.times.ended = Some(now);
    receipt
}

/// `sqlx` of `/usr/local/bin/sqlx migrate run`.
fn program(words: &[String]) -> String {
    let first = words.first().map(String::as_str).unwrap_or_default();
    Path::new(first).file_name().map_or_else(|| first.to_owned(), |name| name.to_string_lossy().into_owned())
}

/// The commit that is checked out; empty outside of git.
async fn commit(folder: &Path) -> String {
    let folder = folder.to_owned();
    let found = crate::commands::off_the_runtime(move || Git::new(folder).commit("HEAD")).await;
    found.ok().and_then(Result::ok).flatten().unwrap_or_default()
}
