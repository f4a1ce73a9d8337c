//! Programs that manage a repository's hooks: husky, lefthook, the pre-commit framework.
//!
//! Where one is at work, tidegate belongs into its configuration. Husky's hooks are shell scripts in the work tree: a
//! marked block goes in and comes out again. The YAML of the others is the user's text, and is shown what to add.

use std::fs;
use std::path::{Path, PathBuf};

use super::install::{Done, calls_tidegate, failed};
use super::{Folder, Hook, HookError};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Husky,
    Lefthook,
    PreCommit,
}

/// A manager that was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Manager {
    pub kind: Kind,
    /// Its configuration file, or husky's folder.
    pub path: PathBuf,
}

const LEFTHOOK: &[&str] =
    &["lefthook.yml", "lefthook.yaml", ".lefthook.yml", ".lefthook.yaml", "lefthook.toml", "lefthook.json"];
const PRE_COMMIT: &[&str] = &[".pre-commit-config.yaml", ".pre-commit-config.yml"];

const BEGIN: &str = "# >>> tidegate >>>";
const END: &str = "# <<< tidegate <<<";
/// Stands in a file that tidegate made.
const NEW: &str = "# This file was made by `tidegate hook install`.";

impl Kind {
    pub fn name(self) -> &'static str {
        match self {
            Self::Husky => "husky",
            Self::Lefthook => "lefthook",
            Self::PreCommit => "pre-commit",
        }
    }

    /// What to add to its configuration.
    pub fn snippet(self) -> &'static str {
        match self {
            Self::Husky => "tidegate hook run pre-commit",
            Self::Lefthook => include_str!("../../hooks/lefthook.yml"),
            Self::PreCommit => include_str!("../../hooks/pre-commit-config.yaml"),
        }
    }
}

impl Manager {
    /// Told from files alone; nothing of theirs is run.
    pub fn find(folder: &Folder) -> Option<Self> {
        let husky = folder.configured.as_ref().and_then(|_| {
            let inner = folder.path.file_name().is_some_and(|name| name == "_");
            let outer = if inner { folder.path.parent()? } else { &folder.path };
            (outer.file_name()? == ".husky").then(|| outer.to_owned())
        });
        let husky = husky.or_else(|| {
            let usual = folder.root.join(".husky");
            (folder.configured.is_none() && usual.is_dir()).then_some(usual)
        });
        if let Some(path) = husky {
            return Some(Self { kind: Kind::Husky, path });
        }
        let first = |names: &[&str]| names.iter().map(|name| folder.root.join(name)).find(|path| path.is_file());
        first(LEFTHOOK)
            .map(|path| Self { kind: Kind::Lefthook, path })
            .or_else(|| first(PRE_COMMIT).map(|path| Self { kind: Kind::PreCommit, path }))
    }

    /// Whether its configuration calls tidegate for a hook.
    pub fn calls(&self, hook: Hook) -> bool {
        let file = if self.kind == Kind::Husky { self.path.join(hook.name()) } else { self.path.clone() };
        let Ok(text) = fs::read(file) else { return false };
        let listed = self.kind == Kind::PreCommit && {
            let id = if hook == Hook::PrePush { "tidegate-push" } else { "tidegate-docs" };
            String::from_utf8_lossy(&text)
                .lines()
                .any(|line| line.trim_start_matches(['-', ' ']) == format!("id: {id}"))
        };
        // One entry of the framework serves commits and merges alike.
        listed || calls_tidegate(hook, &text)
    }
}

/// Puts the call into husky's script.
///
/// # Errors
/// What cannot be read or written.
pub fn add_to_husky(folder: &Path, hook: Hook) -> Result<Done, HookError> {
    let path = folder.join(hook.name());
    let old = match fs::read(&path) {
        Ok(old) => Some(old),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
        Err(error) => return Err(failed("cannot read", &path)(error)),
    };
    if old.as_ref().is_some_and(|old| calls_tidegate(hook, old)) {
        return Ok(Done::Unchanged);
    }
    match old {
        Some(old) => {
            // Its mode stays.
            fs::write(&path, with_block(hook, &old)).map_err(failed("cannot write", &path))?;
            Ok(Done::Chained)
        }
        None => {
            let text = format!("#!/bin/sh\n{NEW}\n{}", block(hook));
            super::install::write(folder, &path, text.as_bytes())?;
            Ok(Done::Installed)
        }
    }
}

/// Takes the call out of husky's script again, byte for byte as it was.
///
/// # Errors
/// What cannot be read or written.
pub fn remove_from_husky(folder: &Path, hook: Hook) -> Result<Done, HookError> {
    let path = folder.join(hook.name());
    let text = match fs::read(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Done::Nothing),
        Err(error) => return Err(failed("cannot read", &path)(error)),
    };
    let Some(rest) = without_block(&text) else { return Ok(Done::Nothing) };
    if rest == format!("#!/bin/sh\n{NEW}\n").as_bytes() {
        fs::remove_file(&path).map_err(failed("cannot remove", &path))?;
        return Ok(Done::Removed);
    }
    fs::write(&path, rest).map_err(failed("cannot write", &path))?;
    Ok(Done::Restored)
}

/// The lines that call tidegate. What git says about a push is read once and handed on to the lines below.
fn block(hook: Hook) -> String {
    let call = match hook {
        Hook::PreCommit | Hook::PreMergeCommit => format!("tidegate hook run {hook} || exit $?\n"),
        Hook::PrePush => "tidegate_updates=$(cat)\n\
                          { [ -z \"$tidegate_updates\" ] || printf '%s\\n' \"$tidegate_updates\"; } |\n    \
                          tidegate hook run pre-push \"$@\" || exit $?\n\
                          exec <<TIDEGATE_UPDATES\n$tidegate_updates\nTIDEGATE_UPDATES\n"
            .to_owned(),
    };
    format!("{BEGIN}\n{call}{END}\n")
}

/// Below the shebang and husky's own first lines: a script that ends with `exec` or `exit` must not hide the call.
fn with_block(hook: Hook, text: &[u8]) -> Vec<u8> {
    let mut at = 0;
    let mut end = 0;
    for line in text.split_inclusive(|byte| *byte == b'\n').take(10) {
        end += line.len();
        if line.starts_with(b"#!") || line.windows(8).any(|window| window == b"husky.sh") {
            at = end;
        }
    }
    let (head, tail) = text.split_at(at);
    let mut out = head.to_vec();
    if !head.is_empty() && !head.ends_with(b"\n") {
        out.push(b'\n');
        let block = block(hook).replace(BEGIN, &format!("{BEGIN} (no line end before)"));
        out.extend_from_slice(block.as_bytes());
    } else {
        out.extend_from_slice(block(hook).as_bytes());
    }
    out.extend_from_slice(tail);
    out
}

fn without_block(text: &[u8]) -> Option<Vec<u8>> {
    let (mut out, mut inside, mut seen) = (Vec::new(), false, false);
    for line in text.split_inclusive(|byte| *byte == b'\n') {
        if !inside && line.starts_with(BEGIN.as_bytes()) {
            (inside, seen) = (true, true);
            if line.ends_with(b"(no line end before)\n") {
                out.pop();
            }
        } else if inside {
            inside = !line.starts_with(END.as_bytes());
        } else {
            out.extend_from_slice(line);
        }
    }
    // A block without its end is somebody's edit: nothing below it is taken away.
    (seen && !inside).then_some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_block_comes_out_as_it_went_in() {
        for text in [
            "npm test\n",
            "npm test",
            "",
            "#!/bin/sh",
            "#!/usr/bin/env sh\n. \"$(dirname -- \"$0\")/_/husky.sh\"\n\nexec npx lint-staged\n",
        ] {
            for hook in Hook::ALL {
                let with = with_block(hook, text.as_bytes());
                assert!(calls_tidegate(hook, &with), "{text}");
                assert_eq!(without_block(&with).unwrap(), text.as_bytes());
            }
        }
        assert_eq!(without_block(b"npm test\n"), None);
        assert_eq!(without_block(format!("{BEGIN}\nnpm test\n").as_bytes()), None);
    }

    #[test]
    fn huskys_own_lines_come_first() {
        let text = b"#!/usr/bin/env sh\n. \"$(dirname -- \"$0\")/_/husky.sh\"\nexec npx lint-staged\n";
        let with = String::from_utf8(with_block(Hook::PreCommit, text)).unwrap();
        let lines: Vec<&str> = with.lines().collect();
        assert_eq!((lines[2], lines[5]), (BEGIN, "exec npx lint-staged"));
    }
}
