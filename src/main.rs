//! The process: reads its surroundings once, runs one command, ends with its exit code.
//!
//! A signal drops the running command where it stands: temporary folders, child processes and servers are guards that
//! clean up when dropped, and output is only ever renamed into place. While a migrate command runs, signals are passed
//! on to it instead, and its end is waited for.

use std::ffi::OsString;
use std::process::ExitCode;
use std::time::Duration;

use clap::Parser as _;
use tidegate::cli::args::{Cli, Command};
use tidegate::cli::environment::Environment;
use tidegate::cli::failure::{Code, Failure};
use tidegate::cli::ui::Ui;
use tidegate::commands;
use tidegate::gate::refusal::Code as Refused;
use tidegate::process::Signals;

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // Help and version are no errors, and a closed pipe is no reason to fail.
            let _ = error.print();
            let wrong = if is_gate(std::env::args_os().skip(1)) { Refused::Usage.exit() } else { Code::Usage.number() };
            return ExitCode::from(if error.use_stderr() { wrong } else { 0 });
        }
    };
    let environment = match Environment::read() {
        Ok(environment) => environment,
        Err(error) => {
            eprintln!("error: cannot tell the working directory: {error}");
            return ExitCode::from(Code::CouldNotTell.number());
        }
    };
    let ui = Ui::new(cli.global.quiet, &environment);
    let result = run(cli, &environment, &ui);
    ui.finish();
    match result {
        Ok(code) => code,
        Err(failure) => {
            ui.failure(&failure);
            ExitCode::from(failure.code.number())
        }
    }
}

/// Whether these arguments call the gate, whose own errors must not look like the command's.
fn is_gate(mut arguments: impl Iterator<Item = OsString>) -> bool {
    while let Some(argument) = arguments.next() {
        match argument.to_str() {
            Some("--config") => drop(arguments.next()),
            Some(flag) if flag.starts_with('-') => {}
            verb => return verb == Some("gate"),
        }
    }
    false
}

fn run(cli: Cli, environment: &Environment, ui: &Ui) -> Result<ExitCode, Failure> {
    // These need no runtime, and start the faster for it.
    match &cli.command {
        Command::Engine { arguments } => return commands::engine::run(arguments),
        Command::Completions { shell } => return commands::completions::run(*shell),
        Command::Man { out } => return commands::man::run(out.as_deref()),
        Command::Init(args) => return commands::init::run(args, environment, ui),
        Command::Hook(args) => {
            if let Some(code) = commands::hook::at_once(args, &cli.global, environment, ui)? {
                return Ok(code);
            }
        }
        Command::Backup(_)
        | Command::Docs(_)
        | Command::Diff(_)
        | Command::Doctor(_)
        | Command::Gate(_)
        | Command::Plan(_)
        | Command::Lint(_)
        | Command::Watch(_) => {}
    }
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::from_error(Code::CouldNotTell, &error))?;
    let result = runtime.block_on(async {
        let signals = Signals::listen();
        tokio::select! {
            biased;
            signal = signals.interrupted() => Err(interrupt(signal)),
            result = dispatch(&cli, environment, ui, &signals) => result,
        }
    });
    // Time for a rename that is under way; a renderer that still works writes nothing.
    runtime.shutdown_timeout(Duration::from_secs(2));
    result
}

/// `signals` are for commands that start a child which is to have them in our place.
async fn dispatch(cli: &Cli, environment: &Environment, ui: &Ui, signals: &Signals) -> Result<ExitCode, Failure> {
    match &cli.command {
        Command::Backup(args) => commands::backup::run(args, &cli.global, environment, ui).await,
        Command::Docs(args) => commands::docs::run(args, &cli.global, environment, ui).await,
        Command::Doctor(args) => commands::doctor::run(args, &cli.global, environment, ui).await,
        Command::Diff(args) => commands::diff::run(args, &cli.global, environment, ui).await,
        Command::Lint(args) => commands::lint::run(args, &cli.global, environment, ui).await,
        Command::Plan(args) => commands::plan::run(args, &cli.global, environment, ui).await,
        Command::Hook(args) => commands::hook::run(args, &cli.global, environment, ui).await,
        Command::Watch(args) => commands::watch::run(args, &cli.global, environment, ui).await,
        Command::Gate(args) => commands::gate::run(args, &cli.global, environment, signals, ui).await,
        Command::Engine { .. } | Command::Completions { .. } | Command::Man { .. } | Command::Init(_) => {
            Ok(ExitCode::SUCCESS)
        }
    }
}

fn interrupt(signal: u8) -> Failure {
    Failure::new(Code::Signal(signal), "interrupted; nothing was left half-written")
}
