//! `tidegate completions`

use std::process::ExitCode;

use clap::CommandFactory as _;

use crate::cli::args::Cli;
use crate::cli::failure::Failure;

pub fn run(shell: clap_complete::Shell) -> Result<ExitCode, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "tidegate", &mut script);
    super::output::print(&script)?;
    Ok(ExitCode::SUCCESS)
}
