//! Flyway: `V1_2__title.sql`, `R__title.sql`, `B5__title.sql`, `U1_2__title.sql`, at any depth.
//!
//! Promises the reading of Flyway's `ResourceNameParser`, `MigrationVersion`, `ResolvedMigrationComparator`,
//! `SqlScriptMetadata` and `PlaceholderReplacingReader`: versions are compared number by number (`1.10` after `1.2`,
//! `1.0` is `1`), repeatable migrations come last in the order of their descriptions, an empty database starts from
//! the highest baseline, undo files do not run, and every `${name}` must have a value. Callbacks `beforeMigrate` and
//! `afterMigrate` run first and last.

mod settings;
mod transaction;

use std::collections::BTreeMap;

use self::settings::Settings;
use super::{DiscoveryError, Evidence, Folder, Found, Framework, History, in_order};
use crate::migration::placeholder::{Obstacle, expand};
use crate::migration::{Migration, text};

pub(crate) struct Flyway;

impl Framework for Flyway {
    fn name(&self) -> &'static str {
        "flyway"
    }

    fn looks_for(&self) -> &'static str {
        "V1__title.sql or R__title.sql"
    }

    fn detect(&self, folder: &Folder) -> Option<Evidence> {
        let named = |wanted: fn(&Kind) -> bool| folder.sql().find(|path| parse(path).is_some_and(|kind| wanted(&kind)));
        let sure = |kind: &Kind| matches!(kind, Kind::Versioned { title, .. } | Kind::Baseline { title, .. } if !title.is_empty());
        match named(sure) {
            Some(file) => Evidence::at(80, file),
            None => named(|kind| matches!(kind, Kind::Repeatable { .. } | Kind::Undo))
                .and_then(|file| Evidence::at(70, file)),
        }
    }

    fn read(&self, folder: &Folder) -> Result<Found, DiscoveryError> {
        let settings = Settings::read(folder);
        let mut found = Found::default();
        let mut versioned = Vec::new();
        let mut baselines: Vec<(Version, Migration)> = Vec::new();
        let mut repeatable = Vec::new();
        let mut callbacks: BTreeMap<&str, Vec<Migration>> = BTreeMap::new();
        let mut other = Vec::new();
        for path in folder.paths() {
            if let Some(command) = program(path, folder) {
                return Err(command);
            }
            if !text::has_ending(path, ".sql") {
                continue;
            }
            match parse(path) {
                Some(Kind::Versioned { version, title }) => {
                    let migration = self.migration(folder, &settings, path, &version.shown(), title)?;
                    versioned.push((version, migration));
                }
                Some(Kind::Baseline { version, title }) => {
                    let migration = self.migration(folder, &settings, path, &version.shown(), title)?;
                    baselines.push((version, migration));
                }
                Some(Kind::Repeatable { title }) => {
                    let migration = self.migration(folder, &settings, path, "R", title)?;
                    repeatable.push((migration.name.clone(), migration));
                }
                Some(Kind::Undo) => found.downs.push(path.to_owned()),
                Some(Kind::Callback { event }) => {
                    callbacks.entry(event).or_default().push(self.migration(folder, &settings, path, event, event)?);
                }
                None => other.push(path.to_owned()),
            }
        }
        // Of baselines the highest counts, and what it covers does not run on an empty database.
        baselines.sort_by(|(a, _), (b, _)| a.cmp(b));
        if let Some((baseline, migration)) = baselines.pop() {
            let (covered, after): (Vec<_>, Vec<_>) =
                versioned.into_iter().partition(|(version, _)| *version <= baseline);
            let covered: Vec<String> =
                covered.into_iter().chain(baselines).map(|(_, migration)| migration.path).collect();
            found.ignored(&covered, &format!("an empty database starts from the baseline {}", migration.path));
            versioned = after;
            versioned.push((baseline, migration));
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

fn program(path: &str, folder: &Folder) -> Option<DiscoveryError> {
    let name = text::file_name(path);
    let stem = name.strip_suffix(".java").or_else(|| name.strip_suffix(".kt"))?;
    let ours = matches!(parse(&format!("{stem}.sql")), Some(Kind::Versioned { .. } | Kind::Repeatable { .. }));
    let gradle = folder.beside("build.gradle") || folder.beside("build.gradle.kts");
    let command = if gradle { r#"["gradle", "flywayMigrate"]"# } else { r#"["flyway", "migrate"]"# };
    (ours && folder.peek(path).contains("JavaMigration")).then(|| DiscoveryError::ProgramAmongSql {
        framework: "flyway".to_owned(),
        path: path.to_owned(),
        command: command.to_owned(),
    })
}

enum Kind<'a> {
    Versioned { version: Version, title: &'a str },
    Baseline { version: Version, title: &'a str },
    Repeatable { title: &'a str },
    Undo,
    Callback { event: &'a str },
}

/// What Flyway makes of a file's name; `None` for one that it passes over.
fn parse(path: &str) -> Option<Kind<'_>> {
    let name = text::file_name(path);
    let stem = &name[..name.len().checked_sub(".sql".len())?];
    let (before, title) = stem.split_once("__").unwrap_or((stem, ""));
    let event = before.strip_prefix("before").or_else(|| before.strip_prefix("after")).unwrap_or("");
    if event.starts_with(|first: char| first.is_ascii_uppercase()) {
        return Some(Kind::Callback { event: before });
    }
    let (prefix, version) = before.split_at_checked(1)?;
    match prefix {
        "R" if version.is_empty() && stem.starts_with("R__") => Some(Kind::Repeatable { title }),
        "V" => Some(Kind::Versioned { version: Version::parse(version)?, title }),
        "B" => Some(Kind::Baseline { version: Version::parse(version)?, title }),
        "U" => Version::parse(version).map(|_| Kind::Undo),
        _ => None,
    }
}

/// `1.2.3` number by number, each as its length and digits without leading zeros, so that size does not matter;
/// zeros at the end are dropped. The text comes last and decides nothing.
#[derive(Clone, Debug)]
struct Version {
    parts: Vec<(usize, String)>,
    text: String,
}

impl Version {
    fn parse(spelled: &str) -> Option<Self> {
        let text = spelled.replace('_', ".");
        let mut parts = Vec::new();
        for part in text.split('.') {
            if part.is_empty() || !part.bytes().all(|byte| byte.is_ascii_digit()) {
                return None;
            }
            let digits = part.trim_start_matches('0');
            parts.push((digits.len(), digits.to_owned()));
        }
        while parts.len() > 1 && parts.last().is_some_and(|(length, _)| *length == 0) {
            parts.pop();
        }
        Some(Self { parts, text })
    }

    fn shown(&self) -> String {
        self.text.clone()
    }
}

impl PartialEq for Version {
    fn eq(&self, other: &Self) -> bool {
        self.parts == other.parts
    }
}

impl Eq for Version {}

impl PartialOrd for Version {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Version {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.parts.cmp(&other.parts)
    }
}

#[cfg(test)]
mod tests;
