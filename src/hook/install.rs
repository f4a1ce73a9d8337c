//! Installs, removes and tells the shims in a folder of hooks.

use std::fs;
use std::io::{self, Write as _};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use super::shim::{self, BEFORE, Kind};
use super::{Hook, HookError};

/// What lies in a hook's place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    pub hook: Hook,
    pub path: PathBuf,
    pub state: State,
    /// Whether git would run it.
    pub executable: bool,
    /// Where the hook from before lies, where there is one.
    pub before: Option<PathBuf>,
    /// The path that the shim falls back to.
    pub known: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    Missing,
    Ours(Kind),
    /// Somebody's own hook.
    Foreign,
    /// Somebody's own hook, which calls `tidegate hook run`.
    Calls,
}

/// What was done with one hook.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Done {
    Installed,
    /// The hook that was there was put beside it and is called first.
    Chained,
    Renewed,
    Unchanged,
    /// It calls tidegate already.
    Calls,
    Removed,
    /// The hook from before is back in its place.
    Restored,
    /// Nothing of ours was there.
    Nothing,
}

/// What goes into the shims.
#[derive(Clone, Debug)]
pub struct Values {
    pub known: PathBuf,
    /// Relative to the work tree's root.
    pub config: Option<PathBuf>,
    /// Replace shims that somebody changed.
    pub force: bool,
}

/// Looks at a hook's place.
///
/// # Errors
/// What is no file, is another user's, or cannot be read.
pub fn look(folder: &Path, hook: Hook) -> Result<Found, HookError> {
    let path = folder.join(hook.name());
    let before = folder.join(format!("{hook}{BEFORE}"));
    let before = before.symlink_metadata().is_ok().then_some(before);
    let mut found = Found { hook, path, state: State::Missing, executable: false, before, known: None };
    let metadata = match found.path.symlink_metadata() {
        Ok(metadata) => metadata,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(found),
        Err(error) => return Err(failed("cannot read", &found.path)(error)),
    };
    if metadata.is_dir() {
        return Err(HookError::NotAFile { path: found.path, what: "a folder" });
    }
    if metadata.uid() != rustix::process::geteuid().as_raw() {
        return Err(HookError::NotOwned { path: found.path, uid: metadata.uid() });
    }
    let target = match fs::metadata(&found.path) {
        Ok(target) if target.is_file() => target,
        Ok(target) => {
            let what = if target.is_dir() { "a folder" } else { "a special file" };
            return Err(HookError::NotAFile { path: found.path, what });
        }
        // A link to nothing, which git passes over: it is kept like any other hook.
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            found.state = State::Foreign;
            return Ok(found);
        }
        Err(error) => return Err(failed("cannot read", &found.path)(error)),
    };
    found.executable = target.permissions().mode() & 0o111 != 0;
    let text = fs::read(&found.path).map_err(failed("cannot read", &found.path))?;
    found.known = shim::known(&text);
    found.state = match shim::kind(hook, &text) {
        Kind::Foreign if calls_tidegate(hook, &text) => State::Calls,
        Kind::Foreign => State::Foreign,
        kind => State::Ours(kind),
    };
    Ok(found)
}

/// Whether a script or a configuration calls the hook by itself, outside comments.
pub(super) fn calls_tidegate(hook: Hook, text: &[u8]) -> bool {
    let call = format!("tidegate hook run {hook}");
    String::from_utf8_lossy(text).lines().any(|line| !line.trim_start().starts_with('#') && line.contains(&call))
}

/// Puts the shims of `hooks` into the folder. All places are looked at before the first is changed.
///
/// # Errors
/// As [`look`]; a changed shim without `force`; a foreign hook where one from before lies already.
pub fn install(folder: &Path, hooks: &[Hook], values: &Values) -> Result<Vec<(Hook, Done)>, HookError> {
    let mut all = Vec::new();
    for hook in hooks {
        let found = look(folder, *hook)?;
        match (&found.state, &found.before) {
            (State::Ours(Kind::Changed), _) if !values.force => {
                return Err(HookError::Changed { path: found.path });
            }
            (State::Foreign, Some(before)) => {
                return Err(HookError::TwoBefore { path: found.path, before: before.clone() });
            }
            _ => all.push(found),
        }
    }
    fs::create_dir_all(folder).map_err(failed("cannot create", folder))?;
    all.into_iter().map(|found| install_one(folder, &found, values).map(|done| (found.hook, done))).collect()
}

fn install_one(folder: &Path, found: &Found, values: &Values) -> Result<Done, HookError> {
    let text = shim::render(found.hook, &values.known, values.config.as_deref());
    match found.state {
        State::Calls => Ok(Done::Calls),
        State::Ours(_) if found.executable && fs::read(&found.path).is_ok_and(|there| there == text) => {
            Ok(Done::Unchanged)
        }
        State::Ours(_) => write(folder, &found.path, &text).map(|()| Done::Renewed),
        State::Missing => write(folder, &found.path, &text)
            .map(|()| if found.before.is_some() { Done::Chained } else { Done::Installed }),
        State::Foreign => {
            let before = folder.join(format!("{}{BEFORE}", found.hook));
            fs::rename(&found.path, &before).map_err(failed("cannot rename", &found.path))?;
            if let Err(error) = write(folder, &found.path, &text) {
                // Back as it was; that a second failure would follow the first is more than can be helped.
                let _ = fs::rename(&before, &found.path);
                return Err(error);
            }
            Ok(Done::Chained)
        }
    }
}

/// Takes the shims away and puts back what was there before them.
///
/// # Errors
/// As [`look`]; a changed shim without `force`.
pub fn uninstall(folder: &Path, force: bool) -> Result<Vec<(Hook, Done)>, HookError> {
    let mut all = Vec::new();
    for hook in Hook::ALL {
        let found = look(folder, hook)?;
        if found.state == State::Ours(Kind::Changed) && !force {
            return Err(HookError::Changed { path: found.path });
        }
        all.push(found);
    }
    all.into_iter().map(|found| uninstall_one(&found).map(|done| (found.hook, done))).collect()
}

fn uninstall_one(found: &Found) -> Result<Done, HookError> {
    match (found.state, &found.before) {
        // One rename: at no moment is there no hook.
        (State::Ours(_) | State::Missing, Some(before)) => {
            fs::rename(before, &found.path).map_err(failed("cannot rename", before))?;
            Ok(Done::Restored)
        }
        (State::Ours(_), None) => {
            fs::remove_file(&found.path).map_err(failed("cannot remove", &found.path))?;
            Ok(Done::Removed)
        }
        (State::Missing | State::Foreign | State::Calls, _) => Ok(Done::Nothing),
    }
}

/// Beside its place first, then by renaming: git never meets half a hook.
pub(super) fn write(folder: &Path, path: &Path, text: &[u8]) -> Result<(), HookError> {
    let mut file = tempfile::Builder::new()
        .prefix(".tidegate-")
        .tempfile_in(folder)
        .map_err(failed("cannot write into", folder))?;
    let all = |file: &mut tempfile::NamedTempFile| {
        file.write_all(text)?;
        file.as_file().set_permissions(fs::Permissions::from_mode(0o755))
    };
    all(&mut file).map_err(failed("cannot write", path))?;
    file.persist(path).map_err(|error| failed("cannot write", path)(error.error))?;
    Ok(())
}

pub(super) fn failed(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> HookError {
    let path = path.to_owned();
    move |source| HookError::Io { action, path, source }
}
