//! `tidegate hook status`: what is installed, what else is there, and whether a hook would find tidegate.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use serde_json::json;

use super::hook_failure;
use super::install::shown;
use crate::cli::environment::Environment;
use crate::cli::failure::Failure;
use crate::commands::output;
use crate::hook::install::{Found, State, look};
use crate::hook::manager::Manager;
use crate::hook::shim::Kind;
use crate::hook::{Folder, Hook};

/// One hook, as it is told.
struct Line {
    hook: Hook,
    path: PathBuf,
    /// One of `installed`, `outdated`, `changed`, `not-executable`, `calls-tidegate`, `managed`, `foreign`,
    /// `missing`, `unreadable`.
    state: &'static str,
    /// The hook from before, which runs first.
    before: Option<PathBuf>,
    error: Option<String>,
    known: Option<PathBuf>,
}

pub(super) fn status(as_json: bool, environment: &Environment) -> Result<ExitCode, Failure> {
    let folder = Folder::find(&environment.working_directory).map_err(hook_failure)?;
    let manager = Manager::find(&folder);
    let lines: Vec<Line> = Hook::ALL.into_iter().map(|hook| line(&folder, manager.as_ref(), hook)).collect();
    let on_path = on_path(environment);
    let known = lines.iter().find_map(|line| line.known.clone());
    let fallback = known.as_ref().is_some_and(|path| path.is_file());
    let found = on_path.is_some() || fallback;
    let shared = folder.own().is_err();
    if as_json {
        let hooks: Vec<_> = lines
            .iter()
            .map(|line| {
                json!({
                    "hook": line.hook.name(),
                    "path": line.path,
                    "state": line.state,
                    "before": line.before,
                    "error": line.error,
                })
            })
            .collect();
        let value = json!({
            "version": 1,
            "folder": folder.path,
            "hooks_path": folder.configured.as_ref().map(|(scope, path)| json!({"scope": scope, "path": path})),
            "shared": shared,
            "manager": manager.as_ref().map(|manager| json!({"name": manager.kind.name(), "path": manager.path})),
            "hooks": hooks,
            "tidegate": {"found": found, "on_path": on_path, "fallback": known},
        });
        output::print(format!("{value:#}\n").as_bytes())?;
        return Ok(ExitCode::SUCCESS);
    }
    let mut text = format!("hooks in {}\n", shown(&folder, &folder.path));
    if let Some((scope, path)) = &folder.configured {
        let whose = if shared { ", shared with other repositories" } else { "" };
        text.push_str(&format!("  core.hooksPath ({scope}): {}{whose}\n", path.display()));
    }
    if let Some(manager) = &manager {
        text.push_str(&format!("  managed by {} ({})\n", manager.kind.name(), shown(&folder, &manager.path)));
    }
    for line in &lines {
        let said = line.error.clone().unwrap_or_else(|| told(line.state).to_owned());
        let before = if line.before.is_some() { ", runs the hook from before first" } else { "" };
        text.push_str(&format!("  {:<17} {said}{before}\n", line.hook.name()));
    }
    text.push_str(&match (&on_path, &known) {
        (Some(path), _) => format!("tidegate is found on the PATH: {}\n", path.display()),
        (None, Some(path)) if fallback => format!("tidegate is not on the PATH; the hooks use {}\n", path.display()),
        _ => "tidegate is not found by the hooks: put it on the PATH, and run: tidegate hook install\n".to_owned(),
    });
    output::print(text.as_bytes())?;
    Ok(ExitCode::SUCCESS)
}

fn line(folder: &Folder, manager: Option<&Manager>, hook: Hook) -> Line {
    let path = folder.path.join(hook.name());
    let looked = look(&folder.path, hook);
    let managed = manager.is_some_and(|manager| manager.calls(hook));
    match looked {
        Ok(found) => {
            let state = if managed { "managed" } else { state(&found) };
            Line { hook, path, state, before: found.before, error: None, known: found.known }
        }
        Err(error) => {
            Line { hook, path, state: "unreadable", before: None, error: Some(error.to_string()), known: None }
        }
    }
}

fn state(found: &Found) -> &'static str {
    match found.state {
        State::Missing => "missing",
        State::Foreign => "foreign",
        _ if !found.executable => "not-executable",
        State::Calls => "calls-tidegate",
        State::Ours(Kind::Current) => "installed",
        State::Ours(Kind::Outdated) => "outdated",
        State::Ours(Kind::Changed | Kind::Foreign) => "changed",
    }
}

fn told(state: &str) -> &'static str {
    match state {
        "missing" => "not installed",
        "foreign" => "not tidegate's",
        "not-executable" => "not executable, so git passes it over: tidegate hook install",
        "calls-tidegate" => "a hook of your own that calls tidegate",
        "installed" => "installed",
        "outdated" => "installed by another version: tidegate hook install",
        "changed" => "installed, and changed since",
        "managed" => "called by the manager",
        _ => "cannot be told",
    }
}

fn on_path(environment: &Environment) -> Option<PathBuf> {
    use std::os::unix::fs::PermissionsExt as _;
    let runs =
        |path: &Path| path.metadata().is_ok_and(|found| found.is_file() && found.permissions().mode() & 0o111 != 0);
    std::env::split_paths(environment.get("PATH")?).map(|folder| folder.join("tidegate")).find(|path| runs(path))
}
