//! Diesel: `VERSION_title/up.sql` with `down.sql` and, where wanted, `metadata.toml`.
//!
//! Promises the reading of `diesel_migrations/src/file_based_migrations.rs` and `migrations_internals/src/lib.rs`: the
//! version is the folder's name up to the first `_` with its dashes taken out, compared as text; a folder without
//! `up.sql` is an error; `metadata.toml` decides about the transaction, and one that does not say
//! `run_in_transaction` means **no** transaction, because the field's own default is `false`.

use serde::Deserialize;

use super::{DiscoveryError, Evidence, Folder, Found, Framework, History, in_order, malformed, whole};

pub(crate) struct Diesel;

impl Framework for Diesel {
    fn name(&self) -> &'static str {
        "diesel"
    }

    fn looks_for(&self) -> &'static str {
        "VERSION_title/up.sql"
    }

    fn detect(&self, folder: &Folder) -> Option<Evidence> {
        let script = |path: &&str| path.split_once('/').is_some_and(|(_, file)| matches!(file, "up.sql" | "down.sql"));
        let first = folder.paths().find(script)?;
        let own = folder.beside("diesel.toml") || folder.beside_says("Cargo.toml", "diesel");
        let marked =
            folder.paths().find(|path| path.ends_with("/metadata.toml") || path.contains("diesel_initial_setup/"));
        match marked {
            Some(file) => Evidence::at(82, file),
            None => Evidence::at(if own { 82 } else { 80 }, first),
        }
    }

    fn read(&self, folder: &Folder) -> Result<Found, DiscoveryError> {
        let mut found = Found::default();
        let mut migrations = Vec::new();
        for name in folder.folders().into_iter().filter(|name| !name.starts_with('.')) {
            let up = format!("{name}/up.sql");
            if !folder.has(&up) {
                let down = format!("{name}/down.sql");
                if folder.has(&down) {
                    found.downs.push(down);
                    continue;
                }
                let stray: Vec<String> =
                    folder.sql().filter(|path| path.starts_with(&format!("{name}/"))).map(str::to_owned).collect();
                found.ignored(&stray, "Diesel takes only VERSION_title/up.sql");
                continue;
            }
            let version = name.split('_').next().unwrap_or(name).replace('-', "");
            let title = name.split_once('_').map_or(name, |(_, title)| title);
            let mut migration = whole(folder, &up, &version, title, transactional(folder, name)?)?;
            if migration.sql.is_empty() {
                return Err(malformed(self, &up, 1, "the file is empty, and Diesel refuses an empty migration"));
            }
            migration.name = title.to_owned();
            migrations.push((version, migration));
        }
        // A single folder without its up file is a mistake to name; nothing but such folders is a folder of downs.
        if let (false, Some(down)) = (migrations.is_empty(), found.downs.first()) {
            let up = down.replace("/down.sql", "/up.sql");
            return Err(malformed(self, down, 1, format!("its other half {up} is missing")));
        }
        found.migrations = in_order(self, migrations)?;
        let stray: Vec<String> = folder.sql().filter(|path| !path.contains('/')).map(str::to_owned).collect();
        found.ignored(&stray, "Diesel takes only VERSION_title/up.sql");
        Ok(found)
    }

    fn history(&self) -> History {
        History {
            ddl: Some(
                "CREATE TABLE IF NOT EXISTS __diesel_schema_migrations (version varchar(50) PRIMARY KEY NOT NULL, \
                 run_on timestamp NOT NULL DEFAULT CURRENT_TIMESTAMP);",
            ),
            tables: &["public.__diesel_schema_migrations"],
            schemas: &[],
        }
    }
}

#[derive(Deserialize)]
struct Metadata {
    #[serde(default)]
    run_in_transaction: bool,
}

/// A file that Diesel cannot read counts for it as no file at all.
fn transactional(folder: &Folder, name: &str) -> Result<bool, DiscoveryError> {
    let path = format!("{name}/metadata.toml");
    if !folder.has(&path) {
        return Ok(true);
    }
    Ok(toml::from_str::<Metadata>(folder.text(&path)?).map_or(true, |metadata| metadata.run_in_transaction))
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;

    #[test]
    fn versions_are_text_without_dashes() {
        let set = found(&[
            ("2020-01-02-000000_b/up.sql", "select 2;"),
            ("2020-01-02-000000_b/down.sql", ""),
            ("00000000000000_diesel_initial_setup/up.sql", "select 0;"),
            ("20200101000000_a/up.sql", "select 1;"),
            ("9_late/up.sql", "select 9;"),
            ("10_early/up.sql", "select 10;"),
        ]);
        assert_eq!(set.framework, "diesel");
        assert_eq!(versions(&set), ["00000000000000", "10", "20200101000000", "20200102000000", "9"]);
        assert_eq!(set.migrations[3].name, "b");
        assert_eq!(set.migrations[3].path, "2020-01-02-000000_b/up.sql");
    }

    #[test]
    fn metadata_decides_about_the_transaction_as_diesel_reads_it() {
        let set = found(&[
            ("1_a/up.sql", "select 1;"),
            ("1_a/metadata.toml", "run_in_transaction = false\n"),
            ("2_b/up.sql", "select 1;"),
            ("2_b/metadata.toml", "run_in_transaction = true\n"),
            ("3_c/up.sql", "select 1;"),
            ("3_c/metadata.toml", "# nothing said\n"),
            ("4_d/up.sql", "select 1;"),
            ("4_d/metadata.toml", "not toml at all ["),
        ]);
        let wrapped: Vec<bool> = set.migrations.iter().map(|migration| migration.transactional).collect();
        assert_eq!(wrapped, [false, true, false, true]);
    }

    #[test]
    fn half_a_migration_is_named() {
        let error = error(&[("1_a/up.sql", "select 1;"), ("2_b/down.sql", "")]);
        assert!(error.to_string().contains("2_b/up.sql is missing"), "{error}");
        let error = super::super::testing::error(&[("2_b/down.sql", "")]);
        assert!(matches!(error, DiscoveryError::DownOnly { .. }), "{error}");
    }

    #[test]
    fn a_version_spelled_in_two_ways_is_one_version() {
        let error = error(&[("2020-01-01-000000_a/up.sql", "select 1;"), ("20200101000000_b/up.sql", "select 1;")]);
        assert!(matches!(error, DiscoveryError::DuplicateVersion { .. }), "{error}");
    }
}
