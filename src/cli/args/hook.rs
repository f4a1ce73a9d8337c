use std::ffi::OsString;

use clap::{Args, Subcommand, ValueEnum};

const HOOK_EXAMPLES: &str = "\
The hooks
  pre-commit         brings the documentation of what is staged into the commit itself
  pre-merge-commit   the same check before a merge's commit
  pre-push           documentation, edited or removed migrations, lint, of what is pushed

Examples:
  tidegate hook install
  tidegate hook status --json
  TIDEGATE_SKIP=1 git commit      (this once without tidegate)
  git commit --no-verify          (this once without any hook)
  tidegate hook uninstall         (everything as it was before)

What they do is set under [hook] in tidegate.toml.";

/// Git hooks that keep the documentation true: install, uninstall, status
#[derive(Debug, Args)]
#[command(after_help = HOOK_EXAMPLES, subcommand_required = true, arg_required_else_help = true)]
pub struct HookArgs {
    #[command(subcommand)]
    pub action: HookAction,
}

#[derive(Debug, Subcommand)]
pub enum HookAction {
    /// Put the hooks beside whatever hooks are there
    Install {
        /// Only these hooks, with commas [default: all three]
        #[arg(long, value_name = "HOOK", value_delimiter = ',', value_enum)]
        only: Vec<HookName>,
        /// Into git's own folder of hooks although husky, lefthook or pre-commit manages them
        #[arg(long)]
        direct: bool,
        /// Replace hooks of tidegate's that somebody changed
        #[arg(long)]
        force: bool,
    },
    /// Take the hooks away and put back what was there before
    Uninstall {
        /// Remove hooks of tidegate's that somebody changed
        #[arg(long)]
        force: bool,
    },
    /// Tell what is installed, what else is there, and whether a hook would find tidegate
    Status {
        /// As JSON on stdout
        #[arg(long)]
        json: bool,
    },
    /// Do what a hook does (git calls this)
    Run {
        #[arg(value_enum)]
        hook: HookName,
        /// What pre-commit does when the documentation would change [default: `mode` under [hook]]
        #[arg(long, value_enum)]
        mode: Option<HookMode>,
        /// What git hands to the hook: for pre-push the remote's name and URL
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<OsString>,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum HookName {
    PreCommit,
    PreMergeCommit,
    PrePush,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum HookMode {
    /// Write the new documentation and stage it
    Stage,
    /// Fail with the command to run
    Check,
}
