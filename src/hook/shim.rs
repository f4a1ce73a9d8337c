//! The script that git runs: `hooks/shim.sh` of this repository with three values put in.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use super::Hook;
use super::quote::shell_bytes;

/// Counts up when the shim's text changes.
pub const VERSION: u32 = 1;

const TEMPLATE: &str = include_str!("../../hooks/shim.sh");
const MARK: &[u8] = b"# tidegate hook shim ";

/// What follows the hook's name where the hook from before lies.
pub const BEFORE: &str = ".before-tidegate";

/// What a file in a hook's place is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Foreign,
    /// As this version writes it.
    Current,
    /// As an older (or newer) version wrote it.
    Outdated,
    /// Ours, with somebody's changes.
    Changed,
}

/// The shim of a hook. `known` is where tidegate lies when it is not on the PATH of the hook, `config` the
/// configuration, relative to the work tree's root, where it is not `tidegate.toml` there.
pub fn render(hook: Hook, known: &Path, config: Option<&Path>) -> Vec<u8> {
    fill(&[
        (b"hook=", shell_bytes(hook.name())),
        (b"known=", shell_bytes(known)),
        (b"config=", config.map(shell_bytes).unwrap_or_default()),
    ])
}

fn fill(values: &[(&[u8], Vec<u8>); 3]) -> Vec<u8> {
    let mut out = Vec::with_capacity(TEMPLATE.len() + 256);
    for line in TEMPLATE.as_bytes().split_inclusive(|byte| *byte == b'\n') {
        let value = values.iter().find(|(key, _)| line.starts_with(key) && line.contains(&b'@'));
        match value {
            Some((key, value)) => {
                out.extend_from_slice(key);
                out.extend_from_slice(value);
                out.push(b'\n');
            }
            None => out.extend_from_slice(line),
        }
    }
    out
}

/// What `text` is, told from its own words.
pub fn kind(hook: Hook, text: &[u8]) -> Kind {
    let Some(version) = text.split(|byte| *byte == b'\n').nth(1).and_then(|line| line.strip_prefix(MARK)) else {
        return Kind::Foreign;
    };
    if version != VERSION.to_string().as_bytes() {
        return Kind::Outdated;
    }
    let hook = shell_bytes(hook.name());
    let (Some(known), Some(config)) = (value(text, b"known="), value(text, b"config=")) else { return Kind::Changed };
    match fill(&[(b"hook=", hook), (b"known=", known), (b"config=", config)]) == text {
        true => Kind::Current,
        false => Kind::Changed,
    }
}

/// The path that a shim falls back to, as it is spelled there without quotes; for telling whether it is there.
pub fn known(text: &[u8]) -> Option<PathBuf> {
    use std::os::unix::ffi::OsStrExt as _;
    let quoted = value(text, b"known=")?;
    let inner = match quoted.strip_prefix(b"'").and_then(|rest| rest.strip_suffix(b"'")) {
        Some(inner) => replace(inner, b"'\\''", b"'"),
        None => quoted,
    };
    Some(PathBuf::from(OsStr::from_bytes(&inner)))
}

/// What stands between `key` and the next of the template's lines: a quoted value may hold line ends.
fn value(text: &[u8], key: &[u8]) -> Option<Vec<u8>> {
    let after: &[u8] = if key == b"known=" { b"\nconfig=" } else { b"\n\ncase $0 in" };
    let mut start = vec![b'\n'];
    start.extend_from_slice(key);
    let from = find(text, &start)? + start.len();
    let length = find(text.get(from..)?, after)?;
    text.get(from..from + length).map(<[u8]>::to_vec)
}

fn find(text: &[u8], wanted: &[u8]) -> Option<usize> {
    text.windows(wanted.len()).position(|window| window == wanted)
}

fn replace(text: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    let (mut out, mut rest) = (Vec::new(), text);
    while let Some(at) = find(rest, from) {
        out.extend_from_slice(&rest[..at]);
        out.extend_from_slice(to);
        rest = &rest[at + from.len()..];
    }
    out.extend_from_slice(rest);
    out
}

#[cfg(test)]
mod tests {
    use std::os::unix::ffi::OsStrExt as _;

    use super::*;

    #[test]
    fn a_shim_is_recognised() {
        for path in [&b"/usr/bin/tidegate"[..], b"/with space/it's \xff/tidegate", b"/line\nend/tidegate"] {
            let path = Path::new(OsStr::from_bytes(path));
            let text = render(Hook::PrePush, path, Some(Path::new("a b/tidegate.toml")));
            assert_eq!(kind(Hook::PrePush, &text), Kind::Current);
            assert_eq!(known(&text).as_deref(), Some(path));
            assert_eq!(kind(Hook::PreCommit, &text), Kind::Changed);
            assert!(!text.windows(6).any(|window| window == b"@HOOK@"));
        }
        let text = render(Hook::PreCommit, Path::new("/t"), None);
        let edited = [&text[..], b"echo more\n"].concat();
        assert_eq!(kind(Hook::PreCommit, &edited), Kind::Changed);
        let older = String::from_utf8(text).unwrap().replace("shim 1", "shim 0");
        assert_eq!(kind(Hook::PreCommit, older.as_bytes()), Kind::Outdated);
        for foreign in ["", "#!/bin/sh\nmake\n", "#!/bin/sh\n# calls tidegate\n"] {
            assert_eq!(kind(Hook::PreCommit, foreign.as_bytes()), Kind::Foreign);
        }
    }

    #[test]
    fn the_version_is_the_templates() {
        assert!(TEMPLATE.contains(&format!("\n# tidegate hook shim {VERSION}\n")));
    }
}
