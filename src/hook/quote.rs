//! Words for a POSIX shell.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;

/// A word as a shell reads it back, byte for byte: bare where that is safe, else in single quotes.
pub fn shell_bytes(word: impl AsRef<OsStr>) -> Vec<u8> {
    let bytes = word.as_ref().as_bytes();
    let plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"_@%+=:,./-".contains(byte);
    if !bytes.is_empty() && bytes.iter().all(plain) {
        return bytes.to_vec();
    }
    let mut quoted = vec![b'\''];
    for byte in bytes {
        match byte {
            b'\'' => quoted.extend(b"'\\''"),
            byte => quoted.push(*byte),
        }
    }
    quoted.push(b'\'');
    quoted
}

/// The same for people. Control characters show as `?`: a terminal obeys them.
pub fn shell(word: impl AsRef<OsStr>) -> String {
    let text = String::from_utf8_lossy(&shell_bytes(word)).into_owned();
    text.chars().map(|c| if c.is_control() { '?' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shell_reads_back_what_was_quoted() {
        for word in
            [&b"plain/path-1.sql"[..], b"with space", b"it's \"so\" $HOME `x`", b"\xff\xfe", b"", b"a\nb", b"~x"]
        {
            let mut script = b"printf %s ".to_vec();
            script.extend(shell_bytes(OsStr::from_bytes(word)));
            let output = std::process::Command::new("sh").arg("-c").arg(OsStr::from_bytes(&script)).output().unwrap();
            assert_eq!(output.stdout, word);
        }
        assert_eq!(shell("a\x1b[31m"), "'a?[31m'");
    }
}
