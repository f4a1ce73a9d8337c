//! sqlx: `N_title.sql` or `N_title.up.sql` with `.down.sql`, in the folder itself.
//!
//! Promises sqlx's own reading (`sqlx-core/src/migrate/source.rs`, `migration_type.rs`): the part before the first `_`
//! is an `i64`, order is by that number, a `.sql` file whose prefix is no number is an error and not passed over, and a
//! file that begins with `-- no-transaction` runs outside a transaction.

use serde::Deserialize;

use super::{DiscoveryError, Evidence, Folder, Found, Framework, History, in_order, malformed, whole};
use crate::migration::{checksum, text};

pub(crate) struct Sqlx;

const UP: &str = ".up.sql";
const DOWN: &str = ".down.sql";

impl Framework for Sqlx {
    fn name(&self) -> &'static str {
        "sqlx"
    }

    fn looks_for(&self) -> &'static str {
        "NUMBER_title.sql or NUMBER_title.up.sql in the folder itself"
    }

    fn detect(&self, folder: &Folder) -> Option<Evidence> {
        let mut files = folder.top().filter(|name| text::has_ending(name, ".sql")).peekable();
        let first = *files.peek()?;
        if !files.all(|name| version(name).is_some()) {
            return None;
        }
        let scaffold = |line: &str| {
            line.starts_with("-- no-transaction")
                || matches!(line, "-- Add migration script here" | "-- Add up migration script here")
        };
        if let Some(file) = folder.sql_with_line(scaffold) {
            return Evidence::at(79, file);
        }
        let rust = folder.beside("sqlx-data.json") || folder.beside("sqlx.toml");
        (rust || folder.beside_says("Cargo.toml", "sqlx")).then(|| Evidence::at(78, first)).flatten()
    }

    fn read(&self, folder: &Folder) -> Result<Found, DiscoveryError> {
        let settings = settings(folder);
        let mut found = Found { history_table: settings.table_name, ..Found::default() };
        let mut migrations = Vec::new();
        for path in folder.top() {
            let Some((_, title)) = path.split_once('_').filter(|(_, title)| title.ends_with(".sql")) else { continue };
            let Some(number) = version(path) else {
                return Err(malformed(self, path, 1, "the part before the first _ must be a whole number"));
            };
            if title.ends_with(DOWN) {
                found.downs.push(path.to_owned());
                continue;
            }
            let title = title.strip_suffix(UP).unwrap_or_else(|| title.trim_end_matches(".sql"));
            let mut migration = whole(folder, path, &number.to_string(), &title.replace('_', " "), true)?;
            migration.transactional = !migration.sql.starts_with("-- no-transaction");
            migration.checksums = folder.sums(path, |bytes| vec![checksum::sqlx(bytes, &settings.ignored_chars)]);
            migrations.push((number, migration));
        }
        found.migrations = in_order(self, migrations)?;
        let stray: Vec<String> = folder.sql().filter(|path| path.contains('/')).map(str::to_owned).collect();
        found.ignored(&stray, "sqlx does not look into folders");
        Ok(found)
    }

    fn history(&self) -> History {
        History {
            ddl: Some(
                "CREATE TABLE IF NOT EXISTS _sqlx_migrations (version bigint PRIMARY KEY, description text NOT NULL, \
                 installed_on timestamptz NOT NULL DEFAULT now(), success boolean NOT NULL, checksum bytea NOT NULL, \
                 execution_time bigint NOT NULL);",
            ),
            tables: &["public._sqlx_migrations"],
            schemas: &[],
        }
    }
}

/// What `sqlx.toml` says under `[migrate]` (`sqlx-core/src/config/migrate.rs`).
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
struct Settings {
    table_name: Option<String>,
    ignored_chars: Vec<char>,
}

fn settings(folder: &Folder) -> Settings {
    #[derive(Default, Deserialize)]
    #[serde(default)]
    struct File {
        migrate: Settings,
    }
    let text = folder.beside_bytes("sqlx.toml").map(|(_, bytes)| String::from_utf8_lossy(bytes));
    text.and_then(|text| toml::from_str::<File>(&text).ok()).unwrap_or_default().migrate
}

/// Rust's own parsing of `i64`, so that a sign is taken as sqlx takes it.
fn version(name: &str) -> Option<i64> {
    name.split_once('_')?.0.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;

    #[test]
    fn numbers_are_compared_as_numbers_and_the_marker_counts() {
        let set = found(&[
            ("10_ten.sql", "select 10;"),
            ("9_nine_things.sql", "-- no-transaction\nselect 9;"),
            ("002_two.up.sql", "-- Add up migration script here\n"),
            ("002_two.down.sql", "drop table a;"),
            ("README.md", ""),
        ]);
        assert_eq!(set.framework, "sqlx");
        assert_eq!(versions(&set), ["2", "9", "10"]);
        assert_eq!(set.migrations[0].name, "two");
        assert_eq!(set.migrations[1].name, "nine things");
        assert_eq!(set.migrations.iter().map(|m| m.transactional).collect::<Vec<_>>(), [true, false, true]);
        assert_eq!(set.history_tables, ["public._sqlx_migrations"]);
    }

    #[test]
    fn a_rust_project_with_sqlx_around_it_is_enough() {
        let options = beside(&[("Cargo.toml", "[dependencies]\nsqlx = \"0.8\"\n")]);
        assert_eq!(with(&[("1_a.sql", "select 1;")], &options).unwrap().framework, "sqlx");
    }

    #[test]
    fn what_sqlx_refuses_is_refused() {
        let options = forced("sqlx");
        let error = with(&[("abc_x.sql", "")], &options).unwrap_err();
        assert!(error.to_string().starts_with("abc_x.sql, line 1: the part before the first _"), "{error}");
        let error = with(&[("1_a.sql", ""), ("01_b.sql", "")], &options).unwrap_err();
        assert!(matches!(&error, DiscoveryError::DuplicateVersion { first, second, .. }
            if first == "01_b.sql" && second == "1_a.sql"));
        let error = with(&[("1_a.down.sql", "")], &options).unwrap_err();
        assert!(matches!(error, DiscoveryError::DownOnly { .. }), "{error}");
    }
}
