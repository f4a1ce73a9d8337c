//! Flyway: `V1_2__title.sql`, `R__title.sql`, `B5__title.sql`, `U1_2__title.sql`, at any depth.
//!
//! Promises the reading of Flyway's `ResourceNameParser`, `MigrationVersion`, `ResolvedMigrationComparator`,
//! `SqlScriptMetadata` and `PlaceholderReplacingReader`: versions are compared number by number (`1.10` after `1.2`,
//! `1.0` is `1`), repeatable migrations come last in the order of their descriptions, an empty database starts from
//! the highest baseline, undo files do not run, and every `${name}` must have a value. Callbacks `beforeMigrate` and
//! `afterMigrate` run first and last.

mod names;
mod settings;
mod transaction;
pub(crate) mod version;

use std::collections::BTreeMap;

use self::names::Kind;
use self::settings::Settings;
use super::{DiscoveryError, Evidence, Folder, Found, Framework, History, in_order};
use crate::migration::placeholder::{Obstacle, expand};
use crate::migration::{Migration, Role, checksum, text};

pub(crate) struct Flyway;

impl Framework for Flyway {
    fn name(&self) -> &'static str {
        "flyway"
    }

    fn looks_for(&self) -> &'static str {
        "V1__title.sql or R__title.sql"
    }

    fn detect(&self, folder: &Folder) -> Option<Evidence> {
        let names = Settings::read(folder).names;
        let named =
            |wanted: fn(&Kind) -> bool| folder.paths().find(|path| names.parse(path).is_some_and(|kind| wanted(&kind)));
        let sure = |kind: &Kind| matches!(kind, Kind::Versioned { title, .. } | Kind::Baseline { title, .. } if !title.is_empty());
        match named(sure) {
            Some(file) => Evidence::at(80, file),
            None => named(|kind| matches!(kind, Kind::Repeatable { .. } | Kind::Undo))
                .and_then(|file| Evidence::at(70, file)),
        }
    }

    fn read(&self, folder: &Folder) -> Result<Found, DiscoveryError> {
        let settings = Settings::read(folder);
        let names = &settings.names;
        let mut found =
            Found { history_table: settings.history_table(), runs_late: settings.out_of_order, ..Found::default() };
        // A baseline stands behind the version that it ends with.
        let mut versioned = Vec::new();
        let mut repeatable = Vec::new();
        let mut callbacks: BTreeMap<&str, Vec<Migration>> = BTreeMap::new();
        let mut other = Vec::new();
        for path in folder.paths() {
            if let Some((kind, stem)) = program(path, folder, &settings) {
                found.refusal.get_or_insert_with(|| refusal(path, folder));
                match kind {
                    Kind::Versioned { version, title } => {
                        let mut migration = super::program(path, &version.shown(), &title.replace('_', " "), "");
                        migration.key = version.canonical();
                        versioned.push(((version, false), migration));
                    }
                    _ => {
                        let name = stem.split_once("__").map_or(stem, |(_, title)| title).replace('_', " ");
                        let migration = super::program(path, "R", &name, &format!("R:{name}"));
                        repeatable.push((name, migration));
                    }
                }
                continue;
            }
            if !names.is_script(path) {
                continue;
            }
            match names.parse(path) {
                Some(Kind::Versioned { version, title }) => {
                    let mut migration = self.migration(folder, &settings, path, &version.shown(), title)?;
                    migration.key = version.canonical();
                    versioned.push(((version, false), migration));
                }
                Some(Kind::Baseline { version, title }) => {
                    let mut migration = self.migration(folder, &settings, path, &version.shown(), title)?;
                    migration.key = format!("B:{}", version.canonical());
                    migration.role = Role::Baseline;
                    versioned.push(((version, true), migration));
                }
                Some(Kind::Repeatable { title }) => {
                    let mut migration = self.migration(folder, &settings, path, "R", title)?;
                    migration.key = format!("R:{}", migration.name);
                    migration.role = Role::OnChange;
                    if folder.listing && settings.replace {
                        // The one with the values put in is what Flyway writes; it also takes the one without.
                        migration.checksums.insert(0, checksum::flyway(&migration.sql));
                    }
                    repeatable.push((migration.name.clone(), migration));
                }
                Some(Kind::Undo) => found.downs.push(path.to_owned()),
                Some(Kind::Callback { event }) => {
                    let mut migration = self.migration(folder, &settings, path, event, event)?;
                    migration.role = Role::Callback;
                    callbacks.entry(event).or_default().push(migration);
                }
                None => other.push(path.to_owned()),
            }
        }
        found.migrations.extend(callbacks.remove("beforeMigrate").unwrap_or_default());
        found.migrations.extend(in_order(self, versioned)?);
        found.migrations.extend(in_order(self, repeatable)?);
        if found.migrations.is_empty() {
            return Ok(found);
        }
        found.migrations.extend(callbacks.remove("afterMigrate").unwrap_or_default());
        for migration in callbacks.into_values().flatten() {
            found
                .notes
                .push(format!("left out {}: of the callbacks, beforeMigrate and afterMigrate run", migration.path));
        }
        found.ignored(&other, "its name is not one of a Flyway migration");
        settings.enter_schema(&mut found.migrations);
        Ok(found)
    }

    fn history(&self) -> History {
        History {
            ddl: Some(
                "CREATE TABLE IF NOT EXISTS flyway_schema_history (installed_rank integer NOT NULL CONSTRAINT \
                 flyway_schema_history_pk PRIMARY KEY, version varchar(50), description varchar(200) NOT NULL, \
                 type varchar(20) NOT NULL, script varchar(1000) NOT NULL, checksum integer, installed_by varchar(100) \
                 NOT NULL, installed_on timestamp NOT NULL DEFAULT now(), execution_time integer NOT NULL, \
                 success boolean NOT NULL); \
                 CREATE INDEX IF NOT EXISTS flyway_schema_history_s_idx ON flyway_schema_history (success);",
            ),
            tables: &["public.flyway_schema_history"],
            schemas: &[],
        }
    }
}

impl Flyway {
    fn migration(
        &self,
        folder: &Folder,
        settings: &Settings,
        path: &str,
        version: &str,
        title: &str,
    ) -> Result<Migration, DiscoveryError> {
        let source = folder.text(path)?;
        let script = settings::script(folder, path)?;
        let replace = script.get("placeholderreplacement").map_or(settings.replace, |value| value != "false");
        let sql = if replace { self.put_in(settings, path, source)? } else { source.to_owned() };
        let transactional = match script.get("executeintransaction") {
            Some(value) => value != "false",
            None => transaction::possible(&sql),
        };
        Ok(Migration {
            version: version.to_owned(),
            name: title.replace('_', " "),
            path: path.to_owned(),
            sql,
            first_line: 1,
            transactional,
            checksums: folder.sums(path, |_| vec![checksum::flyway(source)]),
            ..Migration::default()
        })
    }

    fn put_in(&self, settings: &Settings, path: &str, source: &str) -> Result<String, DiscoveryError> {
        let lookup = |name: &str| settings.value(name, path);
        expand(source, &settings.prefix, &settings.suffix, lookup).map_err(|obstacle| match obstacle {
            Obstacle::Unknown { offset, name } => DiscoveryError::Placeholder {
                framework: self.name().to_owned(),
                path: path.to_owned(),
                line: text::line_of(source, offset),
                key: toml_key(&name),
                name: format!("{}{name}{}", settings.prefix, settings.suffix),
            },
            Obstacle::Malformed { offset, what } => super::malformed(self, path, text::line_of(source, offset), what),
        })
    }
}

fn toml_key(name: &str) -> String {
    let bare = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'));
    if bare { name.to_owned() } else { format!("{name:?}") }
}

/// What a class that is a migration would be if it were a script, and its name.
fn program<'a>(path: &'a str, folder: &Folder, settings: &Settings) -> Option<(Kind<'a>, &'a str)> {
    let name = text::file_name(path);
    let stem = name.strip_suffix(".java").or_else(|| name.strip_suffix(".kt"))?;
    let kind = settings.names.parse_stem(stem)?;
    let ours = matches!(kind, Kind::Versioned { .. } | Kind::Repeatable { .. });
    (ours && folder.peek(path).contains("JavaMigration")).then_some((kind, stem))
}

fn refusal(path: &str, folder: &Folder) -> DiscoveryError {
    let gradle = folder.beside("build.gradle") || folder.beside("build.gradle.kts");
    let command = if gradle { r#"["gradle", "flywayMigrate"]"# } else { r#"["flyway", "migrate"]"# };
    DiscoveryError::ProgramAmongSql {
        framework: "flyway".to_owned(),
        path: path.to_owned(),
        command: command.to_owned(),
    }
}

#[cfg(test)]
mod tests;
