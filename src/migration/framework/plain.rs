//! Plain SQL: every `.sql` file of a folder, in natural order.
//!
//! Promises the order in which a person numbers files (`2_b` before `10_a`, a folder's files together), each file sent
//! as `psql -f` would send it: no transaction but those that it opens itself. Files that by their name go down are
//! left out and named.

use super::{DiscoveryError, Evidence, Folder, Found, Framework, History, whole};
use crate::migration::text;

pub(crate) struct Plain;

impl Framework for Plain {
    fn name(&self) -> &'static str {
        "plain"
    }

    fn looks_for(&self) -> &'static str {
        "any .sql file"
    }

    fn detect(&self, folder: &Folder) -> Option<Evidence> {
        folder.sql().next().and_then(|file| Evidence::at(10, file))
    }

    fn read(&self, folder: &Folder) -> Result<Found, DiscoveryError> {
        let mut found = Found::default();
        let mut files: Vec<&str> = folder.sql().collect();
        files.sort_by(|a, b| text::natural(a, b));
        for path in files {
            if goes_down(path) {
                found.downs.push(path.to_owned());
                continue;
            }
            let name = text::file_name(path);
            let stem = &name[..name.len() - ".sql".len()];
            let (digits, rest) = text::leading_digits(stem);
            let version = if digits.is_empty() { stem } else { digits };
            let title = if digits.is_empty() { stem } else { rest.trim_start_matches(['_', '-', '.', ' ']) };
            let title = title.strip_suffix(".up").unwrap_or(title);
            found.migrations.push(whole(folder, path, version, title, false)?);
        }
        if !found.migrations.is_empty() {
            let downs = found.downs.clone();
            found.ignored(&downs, "by its name it goes down");
        }
        shared_numbers(&mut found);
        Ok(found)
    }

    fn history(&self) -> History {
        History::default()
    }
}

/// Plain SQL knows no versions, so one number twice stops nothing; it is a likely slip all the same.
fn shared_numbers(found: &mut Found) {
    let numbered = |version: &str| version.starts_with(|first: char| first.is_ascii_digit());
    let mut notes = Vec::new();
    for pair in found.migrations.windows(2) {
        let [one, two] = pair else { continue };
        if one.version == two.version && numbered(&one.version) && text::parent(&one.path) == text::parent(&two.path) {
            notes.push(format!("{} and {} have one number: they run in the order of their names", one.path, two.path));
        }
    }
    found.notes.append(&mut notes);
}

fn goes_down(path: &str) -> bool {
    let name = text::file_name(path).to_ascii_lowercase();
    let stem = name.strip_suffix(".sql").unwrap_or(&name);
    let word = |word: &str| stem == word || stem.strip_suffix(word).is_some_and(|rest| rest.ends_with(['.', '_', '-']));
    word("down") || word("rollback") || word("undo") || word("revert") || in_down_folder(path)
}

fn in_down_folder(path: &str) -> bool {
    text::parent(path).split('/').any(|folder| {
        ["down", "rollback", "rollbacks", "undo", "revert"].iter().any(|word| folder.eq_ignore_ascii_case(word))
    })
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;

    #[test]
    fn people_count_numbers() {
        let set = found(&[
            ("10_b.sql", "select 10;"),
            ("2_a.sql", "select 2;"),
            ("2_a.down.sql", ""),
            ("rollback/2_a.sql", ""),
            ("3/b.sql", ""),
            ("3/a.SQL", ""),
        ]);
        assert_eq!(set.framework, "plain");
        assert_eq!(paths(&set), ["2_a.sql", "3/a.SQL", "3/b.sql", "10_b.sql"]);
        assert_eq!(set.migrations[0].name, "a");
        assert!(set.notes[0].contains("2_a.down.sql, rollback/2_a.sql"), "{:?}", set.notes);
        assert_eq!(set.history_ddl, None);
    }

    #[test]
    fn one_number_twice_is_noted() {
        let set = found(&[("7_a.sql", ""), ("7_b.sql", ""), ("8_c.sql", "")]);
        assert_eq!(set.notes, ["7_a.sql and 7_b.sql have one number: they run in the order of their names"]);
    }

    #[test]
    fn nothing_but_downs() {
        let error = error(&[("a_down.sql", ""), ("b.rollback.sql", "")]);
        assert!(matches!(&error, DiscoveryError::DownOnly { files, .. } if files.len() == 2), "{error}");
    }
}
