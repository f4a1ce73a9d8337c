//! dbmate: `N_title.sql` in the folder itself, with `-- migrate:up` and `-- migrate:down` in each.
//!
//! Promises the reading of `pkg/dbmate/db.go` and `migration.go`: a name starts with digits, order is that of the file
//! names as text (`10_…` before `9_…`), a file may hold several up blocks that each run in a transaction of their own
//! unless its line says `transaction:false`, and SQL before the first block is refused.

use super::{DiscoveryError, Evidence, Folder, Found, Framework, History, malformed};
use crate::migration::{Migration, text};

pub(crate) struct Dbmate;

impl Framework for Dbmate {
    fn name(&self) -> &'static str {
        "dbmate"
    }

    fn looks_for(&self) -> &'static str {
        "NUMBER_title.sql with a line «-- migrate:up»"
    }

    fn detect(&self, folder: &Folder) -> Option<Evidence> {
        folder.sql_with_line(|line| marker(line) == Some(Marker::Up)).and_then(|file| Evidence::at(95, file))
    }

    fn read(&self, folder: &Folder) -> Result<Found, DiscoveryError> {
        let mut found = Found::default();
        let mut other = Vec::new();
        let mut last: Option<(&str, &str)> = None;
        // A tree is sorted by name already, as dbmate sorts.
        for path in folder.sql() {
            let version = text::leading_digits(path).0;
            if version.is_empty() || path.contains('/') || !path.ends_with(".sql") {
                other.push(path.to_owned());
                continue;
            }
            if let Some((_, first)) = last.filter(|(known, _)| *known == version) {
                return Err(DiscoveryError::DuplicateVersion {
                    framework: self.name().to_owned(),
                    version: version.to_owned(),
                    first: first.to_owned(),
                    second: path.to_owned(),
                });
            }
            last = Some((version, path));
            self.blocks(path, version, folder.text(path)?, &mut found.migrations)?;
        }
        found.ignored(&other, "dbmate takes only NUMBER_title.sql in the folder itself");
        Ok(found)
    }

    fn history(&self) -> History {
        History {
            ddl: Some("CREATE TABLE IF NOT EXISTS schema_migrations (version varchar PRIMARY KEY);"),
            tables: &["public.schema_migrations"],
            schemas: &[],
        }
    }
}

impl Dbmate {
    fn blocks(&self, path: &str, version: &str, sql: &str, out: &mut Vec<Migration>) -> Result<(), DiscoveryError> {
        let name = path[version.len()..].trim_start_matches('_').trim_end_matches(".sql");
        let before = out.len();
        let mut up = false;
        for (number, line) in sql.split_inclusive('\n').enumerate().map(|(at, line)| (at + 1, line)) {
            match marker(line) {
                Some(Marker::Up) => {
                    up = true;
                    out.push(Migration {
                        version: version.to_owned(),
                        name: name.to_owned(),
                        path: path.to_owned(),
                        first_line: number,
                        sql: String::new(),
                        transactional: !line.split_whitespace().any(|word| word == "transaction:false"),
                        ..Migration::default()
                    });
                }
                Some(Marker::Down) if out.len() == before => {
                    return Err(malformed(self, path, number, "«-- migrate:up» must come before «-- migrate:down»"));
                }
                Some(Marker::Down) => up = false,
                None if out.len() == before && !line.trim().is_empty() && !line.trim_start().starts_with("--") => {
                    return Err(malformed(self, path, number, "SQL before «-- migrate:up»"));
                }
                None => {}
            }
            if let (true, Some(migration)) = (up, out.last_mut()) {
                migration.sql.push_str(line);
            }
        }
        if out.len() == before {
            return Err(malformed(self, path, 1, "no line «-- migrate:up»"));
        }
        Ok(())
    }
}

#[derive(PartialEq, Eq)]
enum Marker {
    Up,
    Down,
}

/// `-- migrate:up` at the start of a line, alone or with options after a blank.
fn marker(line: &str) -> Option<Marker> {
    let rest = line.strip_prefix("--")?.trim_start().strip_prefix("migrate:")?;
    let end = rest.find(char::is_whitespace).unwrap_or(rest.len());
    match &rest[..end] {
        "up" => Some(Marker::Up),
        "down" => Some(Marker::Down),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;

    #[test]
    fn order_is_that_of_names_and_blocks_have_their_own_transactions() {
        let set = found(&[
            ("9_nine.sql", "-- migrate:up\nselect 9;\n-- migrate:down\n"),
            (
                "10_ten.sql",
                "-- about\n-- migrate:up transaction:false\nselect 1;\n-- migrate:down\nselect 2;\n\
                 -- migrate:up\nselect 3;\n-- migrate:down\n",
            ),
            ("readme.sql", ""),
        ]);
        assert_eq!(set.framework, "dbmate");
        assert_eq!(versions(&set), ["10", "10", "9"]);
        assert_eq!(set.migrations[0].sql, "-- migrate:up transaction:false\nselect 1;\n");
        assert_eq!(set.migrations.iter().map(|m| m.first_line).collect::<Vec<_>>(), [2, 6, 1]);
        assert_eq!(set.migrations.iter().map(|m| m.transactional).collect::<Vec<_>>(), [false, true, true]);
        assert_eq!(set.migrations[2].name, "nine");
    }

    #[test]
    fn what_dbmate_refuses_is_refused() {
        for (sql, words) in [
            ("select 1;\n-- migrate:up\n", "line 1: SQL before"),
            ("-- migrate:down\n-- migrate:up\n", "line 1: «-- migrate:up» must come before"),
        ] {
            let message = error(&[("1_a.sql", sql)]).to_string();
            assert!(message.contains(words), "{message}");
        }
        let message = error(&[("1_a.sql", "-- migrate:up\n"), ("2_b.sql", "-- nothing\n")]).to_string();
        assert!(message.contains("2_b.sql, line 1: no line"), "{message}");
        let message = error(&[("1_a.sql", "-- migrate:up\n"), ("1_b.sql", "-- migrate:up\n")]).to_string();
        assert!(message.contains("1_a.sql and 1_b.sql"), "{message}");
    }
}
