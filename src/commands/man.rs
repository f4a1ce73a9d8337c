//! `tidegate man`

use std::path::Path;
use std::process::ExitCode;

use clap::CommandFactory as _;

use crate::cli::args::Cli;
use crate::cli::failure::{Code, Failure};

pub fn run(out: Option<&Path>) -> Result<ExitCode, Failure> {
    let mut command = Cli::command();
    command.build();
    let failure = |error: std::io::Error| Failure::from_error(Code::CouldNotTell, &error);
    let Some(folder) = out else {
        let mut page = Vec::new();
        clap_mangen::Man::new(command).render(&mut page).map_err(failure)?;
        super::output::print(&page)?;
        return Ok(ExitCode::SUCCESS);
    };
    std::fs::create_dir_all(folder).map_err(|error| cannot_write(folder, &error))?;
    let visible = command.get_subcommands().filter(|verb| !verb.is_hide_set() && verb.get_name() != "help");
    let pages = std::iter::once(&command).chain(visible);
    for page in pages {
        let name = page.get_display_name().unwrap_or_else(|| page.get_name()).to_owned();
        let path = folder.join(format!("{name}.1"));
        let mut text = Vec::new();
        clap_mangen::Man::new(page.clone()).render(&mut text).map_err(failure)?;
        std::fs::write(&path, text).map_err(|error| cannot_write(&path, &error))?;
    }
    Ok(ExitCode::SUCCESS)
}

fn cannot_write(path: &Path, error: &std::io::Error) -> Failure {
    Failure::new(Code::CouldNotTell, format!("cannot write {}: {error}", path.display()))
}
