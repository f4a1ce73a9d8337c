//! pre-commit and pre-merge-commit: the documentation of what is staged, in that very commit.
//!
//! Git (up to this day's versions) has written a merge's tree before it runs `pre-merge-commit`: what that hook stages
//! does not land in the merge. So there it only checks, and `git commit`, which then ends the merge, brings the
//! documentation along.

use std::process::ExitCode;

use super::files::{self, Files};
use super::git_failure;
use super::inputs;
use super::private;
use super::project::{Here, Input, Project};
use super::state::State;
use crate::artifact::settle::{self, Refusal, Why};
use crate::cli::args::{Global, HookMode};
use crate::cli::environment::Environment;
use crate::cli::failure::{Code, Failure};
use crate::cli::settings::{DocsSettings, hook_settings};
use crate::cli::ui::Ui;
use crate::commands::docs::counted;
use crate::hook::Hook;
use crate::progress::Progress as _;

/// How many file names an error shows.
const SHOWN: usize = 12;

/// Whether anything staged can change the documentation. Answers from index and HEAD alone, in milliseconds.
///
/// # Errors
/// Outside a work tree, and where the configuration that is staged is none.
pub(super) fn is_concerned(global: &Global, environment: &Environment) -> Result<bool, Failure> {
    let here = Here::find(environment)?;
    let Some(project) = staged_project(&here, global, environment)? else { return Ok(false) };
    let settings = project.settings(environment)?;
    if settings.out.is_none() || project.input(&settings) == Input::Elsewhere {
        return Ok(false);
    }
    let mut paths = project.deciding(&settings);
    let out = files::out_below(&project, &settings)?;
    paths.push(if out.as_os_str().is_empty() { ".".into() } else { out });
    Ok(!inputs::staged(&project.git, &paths).map_err(git_failure)?.is_empty())
}

fn staged_project(here: &Here, global: &Global, environment: &Environment) -> Result<Option<Project>, Failure> {
    Project::find(here, State::Staged(here.index(environment)), global, environment)
}

pub(super) async fn run(
    hook: Hook,
    mode: Option<HookMode>,
    global: &Global,
    environment: &Environment,
    ui: &Ui,
) -> Result<ExitCode, Failure> {
    let here = Here::find(environment)?;
    let Some(project) = staged_project(&here, global, environment)? else { return Ok(ExitCode::SUCCESS) };
    if !project.tracked
        && let Some(file) = &project.loaded.file
    {
        ui.note(&format!("{} is not staged: the file on disk counts", settings_name(&project, file)));
    }
    let mode = hook_settings(mode, &project.loaded)?.mode;
    let settings = project.settings(environment)?;
    let Some(artifacts) = project.artifacts(&settings, ui).await? else {
        return nothing_to_draw(&project, &settings, ui);
    };
    let files = Files::read(&project, files::out_below(&project, &settings)?)?;
    let mut judged = files.judge(&artifacts)?;
    let differing = settle::differing(&judged.scene);
    if differing.is_empty() {
        return Ok(ExitCode::SUCCESS);
    }
    if files.is_ignored()? {
        return Err(Failure::usage(format!(
            "{} is ignored by git, so no commit can hold the documentation",
            files.shown()
        ))
        .hint("take it out of .gitignore, or leave `out` out of tidegate.toml and the hook has nothing to do"));
    }
    let disk_is_the_state = project.disk_is_the_state(&settings).map_err(git_failure)?;
    files.look_around(&mut judged, !disk_is_the_state)?;
    let steps = settle::settle(&judged.scene).map_err(|refusals| refused(&files, &refusals))?;
    let out = files.shown();
    let stale = format!("{out} does not show what is staged: {}", listed(&differing));
    if hook == Hook::PreMergeCommit {
        let stage = "tidegate hook run pre-commit --mode stage && ";
        let command = format!("{}git commit --no-edit", if mode == HookMode::Check { stage } else { "" });
        return Err(Failure::new(Code::Finding, stale).hint(format!(
            "the merge is made and waits for its commit; this brings the documentation along: {command}"
        )));
    }
    let index = here.index(environment);
    if private::is_private(&here, &index) {
        return Err(private::refusal(&here, &project, &index, &out, disk_is_the_state).map_err(git_failure)?);
    }
    if mode == HookMode::Check {
        return Err(Failure::new(Code::Finding, stale).hint("tidegate hook run pre-commit --mode stage"));
    }
    files.apply(&judged, &steps)?;
    ui.status(&format!("tidegate: {out} brought up to date and staged: {}", listed(&differing)));
    Ok(ExitCode::SUCCESS)
}

/// No migrations are staged. Fine before the first; not where they are all about to go.
fn nothing_to_draw(project: &Project, settings: &DocsSettings, ui: &Ui) -> Result<ExitCode, Failure> {
    let Input::Path(source) = project.input(settings) else { return Ok(ExitCode::SUCCESS) };
    let before = match project.git.commit("HEAD").map_err(git_failure)? {
        Some(head) => !State::Commit(head).below(&project.git, &source).map_err(git_failure)?.is_empty(),
        None => false,
    };
    if before {
        return Err(Failure::new(Code::Finding, format!("this commit takes away all of {}", source.display()))
            .hint("where that is meant, take the documentation's settings out of tidegate.toml in the same commit"));
    }
    ui.note(&format!("nothing is staged in {} yet: there is nothing to document", source.display()));
    Ok(ExitCode::SUCCESS)
}

fn refused(files: &Files<'_>, refusals: &[Refusal]) -> Failure {
    let out = files.shown();
    let mut failure = Failure::new(
        Code::Finding,
        format!(
            "{out} has to change with this commit, and {} in it would be overwritten",
            counted(refusals.len(), "file")
        ),
    );
    failure.causes.extend(refusals.iter().take(SHOWN).map(ToString::to_string));
    let names = |wanted: &dyn Fn(&Why) -> bool| -> Vec<String> {
        refusals.iter().filter(|refusal| wanted(&refusal.why)).take(SHOWN).map(|one| files.quoted(&one.path)).collect()
    };
    let deleted = names(&|why| *why == Why::DeletedByHand);
    let foreign = names(&|why| *why == Why::Foreign);
    let edited = names(&|why| !matches!(why, Why::DeletedByHand | Why::Foreign));
    if !edited.is_empty() {
        failure = failure
            .hint("to keep the words, put them where tidegate reads them: COMMENT ON …, [docs.describe], or a template")
            .hint(format!("to give up the edit: tidegate docs && git add -- {}", edited.join(" ")));
    }
    if !deleted.is_empty() {
        failure = failure.hint(format!("to have it back: git restore -- {}", deleted.join(" ")));
    }
    if !foreign.is_empty() {
        failure = failure
            .hint(format!("move it away, or replace it: tidegate docs --force && git add -- {}", foreign.join(" ")));
    }
    failure
}

pub(super) fn listed(paths: &[String]) -> String {
    let manifest = |path: &&String| *path == crate::artifact::MANIFEST;
    let mut names: Vec<&str> = paths.iter().filter(|path| !manifest(path)).map(String::as_str).collect();
    if names.is_empty() {
        names.push(crate::artifact::MANIFEST);
    }
    let more = names.len().saturating_sub(SHOWN);
    names.truncate(SHOWN);
    if more > 0 { format!("{} and {more} more", names.join(", ")) } else { names.join(", ") }
}

fn settings_name(project: &Project, file: &std::path::Path) -> String {
    project.config.as_deref().unwrap_or(file).display().to_string()
}
