//! Hasura: `MILLISECONDS_title/{up,down}.sql`, in a folder per database where there are several.
//!
//! Promises the reading of the Hasura CLI (`cli/migrate/source/file/file.go`, `parse.go`, `migration.go`): folders and,
//! from the first layout, files `N_title.up.sql`; order by number; an empty file is passed over; `run_sql` runs a file
//! in one transaction. Metadata in YAML changes no schema.

use super::golang_migrate::parse;
use super::{DiscoveryError, Evidence, Folder, Found, Framework, History, in_order, whole};
use crate::migration::text;

pub(crate) struct Hasura;

impl Framework for Hasura {
    fn name(&self) -> &'static str {
        "hasura"
    }

    fn looks_for(&self) -> &'static str {
        "MILLISECONDS_title/up.sql, in a folder per database or not"
    }

    fn detect(&self, folder: &Folder) -> Option<Evidence> {
        let file = folder.paths().find(|path| path.contains('/') && step(path).is_some())?;
        let milliseconds = |path: &str| {
            let name = step(path).map_or("", |(name, _)| name);
            text::leading_digits(name).0.len() == 13
        };
        let all = folder.paths().filter(|path| path.contains('/') && step(path).is_some()).all(milliseconds);
        let own = folder.beside_says("config.yaml", "metadata_directory") || folder.lies_at("hasura/migrations");
        (all || own).then(|| Evidence::at(84, file)).flatten()
    }

    fn read(&self, folder: &Folder) -> Result<Found, DiscoveryError> {
        let database = database(folder)?;
        let mut found = Found::default();
        let mut migrations = Vec::new();
        let mut other = Vec::new();
        for path in folder.paths() {
            let inside = path.strip_prefix(database.as_str());
            match inside.filter(|inside| inside.matches('/').count() <= 1).and_then(step) {
                Some((name, _)) if folder.tree[path].is_empty() => {
                    found.notes.push(format!("left out {path}: it is empty ({name})"));
                }
                Some((name, up)) => {
                    let (digits, rest) = text::leading_digits(name);
                    let Some(version) = digits.parse::<u64>().ok() else { continue };
                    if up {
                        let migration = whole(folder, path, digits, rest.trim_start_matches('_'), true)?;
                        migrations.push((version, migration));
                    } else {
                        found.downs.push(path.to_owned());
                    }
                }
                None if path.ends_with(".sql") => other.push(path.to_owned()),
                None => {}
            }
        }
        found.migrations = in_order(self, migrations)?;
        found.ignored(&other, "Hasura takes only MILLISECONDS_title/up.sql");
        if !database.is_empty() {
            found.database = Some(database.trim_end_matches('/').to_owned());
            found.notes.push(format!("the migrations are those of the database {}", database.trim_end_matches('/')));
        }
        Ok(found)
    }

    fn history(&self) -> History {
        History {
            ddl: Some(
                "CREATE SCHEMA IF NOT EXISTS hdb_catalog; CREATE TABLE IF NOT EXISTS hdb_catalog.schema_migrations \
                 (version bigint NOT NULL PRIMARY KEY, dirty boolean NOT NULL);",
            ),
            tables: &["hdb_catalog.schema_migrations"],
            schemas: &["hdb_catalog"],
        }
    }
}

/// `1620000000000_title` and whether it goes up, of `1620000000000_title/up.sql` or `1620000000000_title.up.sql`,
/// with or without one folder before it.
fn step(path: &str) -> Option<(&str, bool)> {
    let (folder, file) = path.rsplit_once('/').unwrap_or(("", path));
    let up = match file {
        "up.sql" => true,
        "down.sql" => false,
        _ => return parse(file).filter(|_| folder.is_empty()).map(|step| (file, step.up)),
    };
    let name = text::file_name(folder);
    let (digits, rest) = text::leading_digits(name);
    (!digits.is_empty() && rest.starts_with('_') && digits.parse::<u64>().is_ok()).then_some((name, up))
}

/// The folder of the database with a `/` at its end; empty where the steps lie in the folder itself.
fn database(folder: &Folder) -> Result<String, DiscoveryError> {
    if folder.paths().any(|path| path.matches('/').count() <= 1 && step(path).is_some()) {
        return Ok(String::new());
    }
    let mut names: Vec<String> = folder
        .paths()
        .filter_map(|path| {
            path.split_once('/').filter(|(_, rest)| step(rest).is_some()).map(|(name, _)| name.to_owned())
        })
        .collect();
    names.dedup();
    match names.as_slice() {
        [] => Ok(String::new()),
        [one] => Ok(format!("{one}/")),
        _ => Err(DiscoveryError::SeveralDatabases { framework: "hasura".to_owned(), databases: names }),
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;

    #[test]
    fn one_database_is_taken_and_several_are_asked_about() {
        let set = found(&[
            ("default/1620000000001_b/up.sql", "select 2;"),
            ("default/1620000000001_b/down.sql", ""),
            ("default/1610000000000_a/up.sql", "select 1;"),
            ("default/1630000000000_empty/up.sql", ""),
        ]);
        assert_eq!(set.framework, "hasura");
        assert_eq!(versions(&set), ["1610000000000", "1620000000001"]);
        assert!(set.notes.iter().any(|note| note.contains("1630000000000_empty/up.sql")), "{:?}", set.notes);
        let error = error(&[("a/1620000000000_x/up.sql", "select 1;"), ("b/1620000000000_x/up.sql", "select 1;")]);
        assert!(
            matches!(&error, DiscoveryError::SeveralDatabases { databases, .. } if databases == &["a", "b"]),
            "{error}"
        );
    }

    #[test]
    fn milliseconds_tell_it_from_diesel() {
        assert_eq!(found(&[("1620000000000_a/up.sql", "select 1;")]).framework, "hasura");
        assert_eq!(found(&[("20200101000000_a/up.sql", "select 1;")]).framework, "diesel");
        let files = [("9_a/up.sql", "select 1;"), ("10_b/up.sql", "select 1;"), ("11_c.up.sql", "select 1;")];
        assert_eq!(versions(&with(&files, &forced("hasura")).unwrap()), ["9", "10", "11"]);
    }
}
