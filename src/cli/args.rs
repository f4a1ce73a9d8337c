//! What can be typed. Only what was typed: what it means once files and environment are merged is in `settings`.

mod backup;
mod diff;
mod docs;
mod doctor;
mod gate;
mod hook;
mod init;
mod lint;
mod plan;
mod watch;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

pub use backup::{
    BackupAction, BackupAdoptArgs, BackupArgs, BackupCreateArgs, BackupListArgs, BackupOf, BackupPinArgs,
    BackupPruneArgs,
};
pub use diff::{DiffArgs, DiffFormat};
pub use docs::{DocsArgs, Format, Layout};
pub use doctor::DoctorArgs;
pub use gate::{GateAction, GateArgs, GateRunArgs, SettleAs};
pub use hook::{HookAction, HookArgs, HookMode, HookName};
pub use init::{Ci, InitArgs};
pub use lint::{LintArgs, LintFailOn, LintFormat};
pub use plan::{PlanArgs, PlanFailOn, PlanFormat};
pub use watch::WatchArgs;

const EXIT_CODES: &str = "\
Exit codes:
  0  fine
  1  a difference or a finding (with --check: the documentation is out of date)
  2  usage or configuration
  3  could not tell: no database, no permission, a migration that does not run

Results go to stdout, everything else to stderr. Guide: docs/guide in the repository.";

/// Charts a PostgreSQL schema, from migrations, a dump, a git revision or a live database.
#[derive(Debug, Parser)]
#[command(name = "tidegate", version, propagate_version = true, after_help = EXIT_CODES, max_term_width = 100)]
#[command(subcommand_required = true, arg_required_else_help = true)]
pub struct Cli {
    #[command(flatten)]
    pub global: Global,
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Debug, Args)]
pub struct Global {
    /// The configuration file [default: tidegate.toml, looked for upward from here]
    #[arg(long, global = true, value_name = "FILE", env = "TIDEGATE_CONFIG")]
    pub config: Option<PathBuf>,
    /// Only errors on stderr
    #[arg(long, short, global = true)]
    pub quiet: bool,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    Docs(Box<DocsArgs>),
    Diff(Box<DiffArgs>),
    Plan(Box<PlanArgs>),
    Init(InitArgs),
    Gate(Box<GateArgs>),
    Backup(Box<BackupArgs>),
    Lint(LintArgs),
    Hook(HookArgs),
    Doctor(DoctorArgs),
    Watch(Box<WatchArgs>),
    /// Print a completion script for a shell
    #[command(after_help = "Example:\n  tidegate completions bash > /etc/bash_completion.d/tidegate")]
    Completions {
        shell: clap_complete::Shell,
    },
    /// Print the manual page, or write one per command into a folder
    #[command(after_help = "Examples:\n  tidegate man | man -l -\n  tidegate man -o /usr/local/share/man/man1")]
    Man {
        /// The folder for tidegate.1, tidegate-docs.1, …
        #[arg(long, short, value_name = "DIR")]
        out: Option<PathBuf>,
    },
    /// The embedded engine, in a process of its own that can be ended when it hangs
    #[command(name = "__engine", hide = true)]
    Engine {
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<String>,
    },
}

/// How a source is read: shared by every command that takes one.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Reading the source")]
pub struct ReadArgs {
    /// The framework of the migrations [default: found out]
    #[arg(long, value_name = "NAME")]
    pub framework: Option<String>,
    /// Where migrations are replayed: auto, embedded, local, or postgres://… of an empty database
    #[arg(long, value_name = "ENGINE")]
    pub engine: Option<String>,
    /// How long one statement may take before the engine is taken for hung
    #[arg(long, value_name = "TIME")]
    pub deadline: Option<String>,
    /// Make gaps (what could not be read) an error
    #[arg(long)]
    pub strict: bool,
    /// Replay anew although nothing changed
    #[arg(long)]
    pub no_cache: bool,
    /// How a live database is read
    #[arg(long, value_enum)]
    pub reader: Option<Reader>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Reader {
    Catalog,
    InformationSchema,
}
#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    /// Clap wraps to the terminal's width, so a paragraph that we have broken already would be broken twice.
    #[test]
    fn paragraphs_below_the_options_are_broken_by_the_terminal_alone() {
        let mut commands = vec![Cli::command()];
        let mut seen = 0;
        while let Some(command) = commands.pop() {
            let text = command.get_after_help().map(ToString::to_string).unwrap_or_default();
            let lines: Vec<&str> = text.lines().collect();
            for pair in lines.windows(2) {
                let prose = |line: &str| !line.is_empty() && !line.starts_with(' ');
                if prose(pair[0]) && prose(pair[1]) {
                    assert!(pair[0].ends_with(['.', ':']), "{}: {:?}", command.get_name(), pair[0]);
                }
            }
            seen += usize::from(!lines.is_empty());
            commands.extend(command.get_subcommands().cloned());
        }
        assert!(seen > 10, "{seen}");
    }
}
