//! `tidegate doctor`: everything that a gate needs, asked one after the other; what depends on a no is said to be so.

mod aws;
mod configuration;
mod database;

use std::process::ExitCode;

use crate::cli::args::{DoctorArgs, Global};
use crate::cli::environment::Environment;
use crate::cli::failure::Failure;
use crate::cli::ui::Ui;
use crate::doctor::{self, Check, Report};

pub async fn run(args: &DoctorArgs, global: &Global, environment: &Environment, ui: &Ui) -> Result<ExitCode, Failure> {
    let mut checks = Vec::new();
    let name = look(args, global, environment, ui, &mut checks).await;
    let report = Report::new(name, checks);
    ui.finish();
    let printed = if args.json { doctor::json(&report) } else { doctor::text(&report, ui.colours_stdout()) };
    super::output::print(printed.as_bytes())?;
    Ok(ExitCode::from(report.exit()))
}

/// Fills in the checks; gives back the environment's name.
async fn look(
    args: &DoctorArgs,
    global: &Global,
    environment: &Environment,
    ui: &Ui,
    checks: &mut Vec<Check>,
) -> Option<String> {
    let found = configuration::look(args, global, environment, checks)?;
    let settings = &found.settings;
    let mut reached = aws::reach(settings, environment, ui, checks).await;
    let database = database::reach(&found, &reached, args, environment, ui, checks).await;
    if let Some(account) = reached.account.take() {
        let resource = aws::look(account, settings, database.as_ref(), ui, checks).await;
        if let (Some(mut database), Some(resource)) = (database, resource) {
            database.prove(&resource, settings, checks).await;
        }
    }
    Some(settings.name.clone())
}

/// A failure of the edge as a check that failed.
fn failed(name: &str, failure: &Failure) -> Check {
    let mut seen = failure.message.clone();
    for cause in &failure.causes {
        seen.push_str(&format!(": {cause}"));
    }
    Check::failed(name, seen).mend_all(failure.hints.iter().cloned())
}
