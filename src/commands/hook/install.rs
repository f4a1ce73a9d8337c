//! `tidegate hook install` and `uninstall`.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use super::hook_failure;
use super::project::below;
use crate::cli::args::{Global, HookName};
use crate::cli::config::{FILE_NAME, Loaded};
use crate::cli::environment::Environment;
use crate::cli::failure::{Code, Failure};
use crate::cli::ui::Ui;
use crate::commands::output;
use crate::hook::install::{Done, Values};
use crate::hook::manager::{self, Kind, Manager};
use crate::hook::{Folder, Hook, install as hooks};
use crate::progress::Progress as _;

pub(super) fn install(
    only: &[HookName],
    direct: bool,
    force: bool,
    global: &Global,
    environment: &Environment,
    ui: &Ui,
) -> Result<ExitCode, Failure> {
    let folder = Folder::find(&environment.working_directory).map_err(hook_failure)?;
    let wanted: Vec<Hook> =
        if only.is_empty() { Hook::ALL.to_vec() } else { only.iter().map(|name| (*name).into()).collect() };
    let loaded = Loaded::find(global.config.as_deref(), environment)?;
    let config = configuration(&folder, &loaded, ui);
    match Manager::find(&folder).filter(|_| !direct) {
        Some(manager) if manager.kind == Kind::Husky => into_husky(&folder, &manager, &wanted, ui)?,
        Some(manager) => return into_manager(&folder, &manager, &wanted, ui),
        None => {
            folder.own().map_err(hook_failure)?;
            let known = std::env::current_exe().map_err(|error| {
                Failure::new(Code::CouldNotTell, format!("cannot tell where tidegate itself lies: {error}"))
            })?;
            let done = hooks::install(&folder.path, &wanted, &Values { known, config, force }).map_err(hook_failure)?;
            tell(&folder, &folder.path, &done, ui);
            if let Some((scope, value)) = &folder.configured {
                ui.note(&format!(
                    "core.hooksPath ({scope}) is {}: the hooks lie in the work tree, so commit them or keep them out of git",
                    value.display()
                ));
            }
        }
    }
    if loaded.file.is_none() {
        ui.warning(&format!("there is no {FILE_NAME} yet, and without it the hooks do nothing: tidegate init"));
    } else if loaded.config.docs.out.is_none() {
        ui.warning("[docs] in tidegate.toml names no `out`: there is no documentation that a commit could hold");
    }
    Ok(ExitCode::SUCCESS)
}

/// The configuration relative to the root, where it is not the one that a hook finds by itself.
fn configuration(folder: &Folder, loaded: &Loaded, ui: &Ui) -> Option<PathBuf> {
    let path = below(&folder.root, loaded.file.as_ref()?);
    if path.is_none() {
        ui.warning("the configuration lies outside the repository: the hooks will not find it");
    }
    path.filter(|path| path != Path::new(FILE_NAME))
}

fn into_husky(folder: &Folder, manager: &Manager, wanted: &[Hook], ui: &Ui) -> Result<(), Failure> {
    let mut done = Vec::new();
    for hook in wanted {
        done.push((*hook, manager::add_to_husky(&manager.path, *hook).map_err(hook_failure)?));
    }
    tell(folder, &manager.path, &done, ui);
    ui.note("husky runs these: commit them, and everybody who installed tidegate has them");
    Ok(())
}

/// What belongs into the YAML of another manager is shown, and not written: that text is the user's.
fn into_manager(folder: &Folder, manager: &Manager, wanted: &[Hook], ui: &Ui) -> Result<ExitCode, Failure> {
    let file = shown(folder, &manager.path);
    if wanted.iter().all(|hook| manager.calls(*hook)) {
        ui.status(&format!("{file} calls tidegate already"));
        return Ok(ExitCode::SUCCESS);
    }
    output::print(manager.kind.snippet().as_bytes())?;
    let run = match manager.kind {
        Kind::PreCommit => {
            "pre-commit install --hook-type pre-commit --hook-type pre-merge-commit --hook-type pre-push"
        }
        _ => "lefthook install",
    };
    Err(Failure::new(
        Code::Finding,
        format!("{} manages the hooks here, so nothing was installed", manager.kind.name()),
    )
    .hint(format!("add the lines above (they are on stdout) to {file}, then: {run}"))
    .hint("to put the hooks beside it all the same: tidegate hook install --direct"))
}

pub(super) fn uninstall(force: bool, environment: &Environment, ui: &Ui) -> Result<ExitCode, Failure> {
    let folder = Folder::find(&environment.working_directory).map_err(hook_failure)?;
    let mut done = Vec::new();
    let manager = Manager::find(&folder);
    if let Some(manager) = manager.as_ref().filter(|manager| manager.kind == Kind::Husky) {
        let mut removed = Vec::new();
        for hook in Hook::ALL {
            removed.push((hook, manager::remove_from_husky(&manager.path, hook).map_err(hook_failure)?));
        }
        tell(&folder, &manager.path, &removed, ui);
        done.extend(removed);
    }
    // A shared folder holds nothing of ours, for we never wrote there.
    if folder.own().is_ok() {
        let removed = hooks::uninstall(&folder.path, force).map_err(hook_failure)?;
        tell(&folder, &folder.path, &removed, ui);
        done.extend(removed);
    }
    if done.iter().all(|(_, done)| *done == Done::Nothing) {
        ui.status("no hook of tidegate's is installed here");
    }
    for manager in manager.iter().filter(|manager| manager.kind != Kind::Husky) {
        if Hook::ALL.iter().any(|hook| manager.calls(*hook)) {
            ui.note(&format!("{} calls tidegate: take its lines out there", shown(&folder, &manager.path)));
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn tell(root: &Folder, folder: &Path, done: &[(Hook, Done)], ui: &Ui) {
    // A hook of git's own is called; into a script of husky's the lines go at the top.
    let chained = match folder == root.path {
        true => "installed; the hook that was there runs first",
        false => "installed; what was there runs after it",
    };
    for (hook, done) in done {
        let path = shown(root, &folder.join(hook.name()));
        let what = match done {
            Done::Installed => "installed",
            Done::Chained => chained,
            Done::Renewed => "brought up to date",
            Done::Unchanged => "installed already",
            Done::Calls => "calls tidegate by itself; left as it is",
            Done::Removed => "removed",
            Done::Restored => "as it was before tidegate",
            Done::Nothing => continue,
        };
        ui.status(&format!("{path}: {what}"));
    }
}

pub(super) fn shown(folder: &Folder, path: &Path) -> String {
    path.strip_prefix(&folder.root).unwrap_or(path).display().to_string()
}
