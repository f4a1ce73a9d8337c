//! `tidegate gate`: what is typed → the parts of the gate → a receipt → exit code.
//!
//! Every error of ours ends with a code from 120 to 125, and stderr with one line that names run and outcome: the
//! command may use any other number.

pub(super) mod parts;
mod place;
pub(super) mod planner;
mod reconcile;
mod report;
mod run;
mod status;
mod unrehearsed;
mod verify;

use std::process::ExitCode;

use crate::cli::args::{GateAction, GateArgs, Global};
use crate::cli::environment::Environment;
use crate::cli::failure::{Code, Failure};
use crate::cli::ui::Ui;
use crate::gate::refusal;
use crate::process::Signals;

/// # Errors
/// Only with codes of the gate.
pub async fn run(
    args: &GateArgs,
    global: &Global,
    environment: &Environment,
    signals: &Signals,
    ui: &Ui,
) -> Result<ExitCode, Failure> {
    let result = match &args.action {
        None => run::run(&args.run, global, environment, signals, ui).await,
        Some(GateAction::Status { env, json }) => status::run(env.as_deref(), *json, global, environment, ui).await,
        Some(GateAction::Reconcile { run, env, settle, dry_run, migrations, read }) => {
            let asked = reconcile::Asked {
                run: run.as_deref(),
                env: env.as_deref(),
                settle: *settle,
                dry_run: *dry_run,
                migrations: migrations.as_deref(),
                read,
            };
            reconcile::run(&asked, global, environment, ui).await
        }
        Some(GateAction::Verify { receipt, env, offline, json }) => {
            let asked = verify::Asked { receipt, env: env.as_deref(), offline: *offline, json: *json };
            verify::run(&asked, global, environment, ui).await
        }
    };
    result.map_err(of_the_gate)
}

fn of_the_gate(failure: Failure) -> Failure {
    match failure.code {
        Code::Usage | Code::CouldNotTell | Code::Finding => {
            Failure { code: Code::Gate(refusal::Code::CouldNotTell.exit()), ..failure }
        }
        Code::Gate(_) | Code::Signal(_) => failure,
    }
}
