//! `tidegate hook`: installs, removes, tells and runs the git hooks.

mod files;
mod history;
mod inputs;
mod install;
mod pre_commit;
mod pre_push;
mod private;
mod project;
mod state;
mod status;

use std::process::ExitCode;

use crate::cli::args::{Global, HookAction, HookArgs, HookName};
use crate::cli::environment::Environment;
use crate::cli::failure::{Code, Failure};
use crate::cli::ui::Ui;
use crate::git::GitError;
use crate::hook::{Hook, HookError};

impl From<HookName> for Hook {
    fn from(name: HookName) -> Self {
        match name {
            HookName::PreCommit => Self::PreCommit,
            HookName::PreMergeCommit => Self::PreMergeCommit,
            HookName::PrePush => Self::PrePush,
        }
    }
}

/// Everything that needs no runtime: installing and the like, and a commit in which nothing concerns us.
///
/// # Errors
/// What stands in the way; a hook's error blocks what git was about to do.
pub fn at_once(
    args: &HookArgs,
    global: &Global,
    environment: &Environment,
    ui: &Ui,
) -> Result<Option<ExitCode>, Failure> {
    let done = match &args.action {
        HookAction::Install { only, direct, force } => {
            install::install(only, *direct, *force, global, environment, ui)?
        }
        HookAction::Uninstall { force } => install::uninstall(*force, environment, ui)?,
        HookAction::Status { json } => status::status(*json, environment)?,
        HookAction::Run { hook, .. } => {
            let hook = Hook::from(*hook);
            if environment.get("TIDEGATE_SKIP").is_some_and(|value| !value.is_empty() && value != "0") {
                ui.status(&format!("tidegate: {hook} skipped, because TIDEGATE_SKIP is set"));
                return Ok(Some(ExitCode::SUCCESS));
            }
            let concerned = match hook {
                Hook::PrePush => true,
                Hook::PreCommit | Hook::PreMergeCommit => {
                    pre_commit::is_concerned(global, environment).map_err(|failure| skippable(failure, hook))?
                }
            };
            return Ok((!concerned).then_some(ExitCode::SUCCESS));
        }
    };
    Ok(Some(done))
}

/// What [`at_once`] left to do.
///
/// # Errors
/// Everything that blocks a commit, a merge or a push.
pub async fn run(args: &HookArgs, global: &Global, environment: &Environment, ui: &Ui) -> Result<ExitCode, Failure> {
    let HookAction::Run { hook, mode, arguments } = &args.action else { return Ok(ExitCode::SUCCESS) };
    let hook = Hook::from(*hook);
    let result = match hook {
        Hook::PreCommit | Hook::PreMergeCommit => pre_commit::run(hook, *mode, global, environment, ui).await,
        Hook::PrePush => pre_push::run(arguments, global, environment, ui).await,
    };
    result.map_err(|failure| skippable(failure, hook))
}

/// A hook that blocks says how to pass it.
fn skippable(failure: Failure, hook: Hook) -> Failure {
    let command = match hook {
        Hook::PreCommit => "git commit",
        Hook::PreMergeCommit => "git merge",
        Hook::PrePush => "git push",
    };
    failure
        .hint(format!("to go on without tidegate this once: TIDEGATE_SKIP=1 {command} … (or {command} --no-verify …)"))
}

fn git_failure(error: GitError) -> Failure {
    let code = match error {
        GitError::NotARepository { .. } | GitError::BareIndex { .. } => Code::Usage,
        _ => Code::CouldNotTell,
    };
    Failure::from_error(code, &error)
}

fn hook_failure(error: HookError) -> Failure {
    let code = match &error {
        HookError::Git(GitError::NotARepository { .. }) => Code::Usage,
        HookError::Git(_) => Code::CouldNotTell,
        error if error.could_not_tell() => Code::CouldNotTell,
        _ => Code::Usage,
    };
    let hints = error.hints();
    Failure::from_error(code, &error).hints(hints)
}
