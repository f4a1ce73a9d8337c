//! The hidden verb behind the engines: their child processes are this program.

use std::process::ExitCode;

use crate::cli::failure::{Code, Failure};
use crate::source::engine;

pub fn run(arguments: &[String]) -> Result<ExitCode, Failure> {
    match engine::run_child(arguments) {
        Ok(()) => Ok(ExitCode::SUCCESS),
        Err(reason) => Err(Failure::new(Code::CouldNotTell, reason)),
    }
}
