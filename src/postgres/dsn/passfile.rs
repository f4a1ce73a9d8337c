//! The password file, `~/.pgpass`: lines of `host:port:database:user:password`.

use std::path::Path;

/// What `file` says for each `(host, port)`, in order; and why it was not read, where it is there but cannot be used.
///
/// libpq ignores a file that others can read, because a password in it is no secret any more.
pub(super) fn look_up(
    file: &Path,
    dbname: &str,
    user: &str,
    hosts: &[(String, u16)],
) -> (Vec<Option<String>>, Option<String>) {
    let nothing = vec![None; hosts.len()];
    let Ok(found) = std::fs::metadata(file) else { return (nothing, None) };
    let ignored = |why: &str| Some(format!("the password file {} was ignored: {why}", file.display()));
    if !found.is_file() {
        return (nothing, ignored("it is not a plain file"));
    }
    #[cfg(unix)]
    if std::os::unix::fs::MetadataExt::mode(&found) & 0o077 != 0 {
        return (nothing, ignored("others can read it; `chmod 600` mends that"));
    }
    match std::fs::read(file) {
        Ok(bytes) => {
            let text = String::from_utf8_lossy(&bytes);
            let find = |(host, port): &(String, u16)| find(&text, [host, &port.to_string(), dbname, user]);
            (hosts.iter().map(find).collect(), None)
        }
        Err(error) => (nothing, ignored(&error.to_string())),
    }
}

fn find(text: &str, wanted: [&str; 4]) -> Option<String> {
    text.lines().filter(|line| !line.starts_with('#')).find_map(|line| {
        let fields = fields(line)?;
        let (password, keys) = fields.split_last()?;
        let fits = keys.iter().zip(wanted).all(|(key, value)| *key == "*" || unescape(key) == value);
        (fits && !password.is_empty()).then(|| unescape(password))
    })
}

/// The five fields, still escaped; a colon in the last one is part of it.
fn fields(line: &str) -> Option<Vec<&str>> {
    let mut fields = Vec::new();
    let mut start = 0;
    let mut escaped = false;
    for (at, c) in line.char_indices() {
        if c == ':' && !escaped && fields.len() < 4 {
            fields.push(&line[start..at]);
            start = at + 1;
        }
        escaped = c == '\\' && !escaped;
    }
    fields.push(&line[start..]);
    (fields.len() == 5).then_some(fields)
}

fn unescape(text: &str) -> String {
    let mut plain = String::new();
    let mut rest = text.chars();
    while let Some(c) = rest.next() {
        plain.extend(if c == '\\' { rest.next() } else { Some(c) });
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "# comment:5432:d:u:no\n\
                        db:5432:shop:app:one\n\
                        *:*:shop:app:with\\:colon and \\\\\n\
                        broken line\n\
                        localhost:*:*:*:a:b\n";

    #[test]
    fn the_first_line_that_fits_wins() {
        assert_eq!(find(TEXT, ["db", "5432", "shop", "app"]).as_deref(), Some("one"));
        assert_eq!(find(TEXT, ["db", "5433", "shop", "app"]).as_deref(), Some("with:colon and \\"));
        assert_eq!(find(TEXT, ["localhost", "1", "d", "u"]).as_deref(), Some("a:b"));
        assert_eq!(find(TEXT, ["other", "1", "d", "u"]), None);
    }

    #[cfg(unix)]
    #[test]
    fn a_file_that_others_can_read_is_ignored_with_a_note() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join(".pgpass");
        std::fs::write(&file, "*:*:*:*:secret\n").unwrap();
        let hosts = [("h".to_owned(), 1)];
        for (mode, password, noted) in [(0o600, Some("secret"), false), (0o640, None, true), (0o604, None, true)] {
            std::fs::set_permissions(&file, std::fs::Permissions::from_mode(mode)).unwrap();
            let (found, note) = look_up(&file, "d", "u", &hosts);
            assert_eq!(found[0].as_deref(), password, "{mode:o}");
            assert_eq!(note.is_some(), noted, "{mode:o}");
            assert!(!note.unwrap_or_default().contains("secret"));
        }
        assert_eq!(look_up(&folder.path().join("none"), "d", "u", &hosts), (vec![None], None));
    }
}
