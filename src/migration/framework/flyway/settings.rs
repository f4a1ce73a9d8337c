//! What Flyway is told about placeholders and schemas, from the configuration that lies around the migrations.
//!
//! `flyway.conf`, `flyway.toml` and Spring's `application.properties` or `application.yml` are read; values given by the caller win.

use std::collections::BTreeMap;

use super::super::{DiscoveryError, Folder, yaml};
use super::names::Names;
use crate::migration::{Migration, Role, text};

pub(super) struct Settings {
    pub(super) replace: bool,
    pub(super) prefix: String,
    pub(super) suffix: String,
    /// The schema that Flyway makes the default one, where it is not the connection's own.
    schema: Option<String>,
    /// The history table, where it is not the usual one.
    table: Option<String>,
    pub(super) out_of_order: Option<bool>,
    pub(super) names: Names,
    /// Names in lower case: Flyway compares them without case.
    placeholders: BTreeMap<String, String>,
}

impl Settings {
    pub(super) fn read(folder: &Folder) -> Self {
        let mut known = BTreeMap::new();
        for name in ["application.yml", "application.yaml", "application.properties", "flyway.conf"] {
            if let Some((_, bytes)) = folder.beside_bytes(name) {
                let text = String::from_utf8_lossy(bytes);
                let lines = match yaml::parse(&text) {
                    Ok(Some(value)) if name.ends_with("ml") => yaml::settings(&value),
                    _ => properties(&text),
                };
                known.extend(lines.into_iter().filter_map(|(key, value)| {
                    let key = key.strip_prefix("spring.flyway.").or_else(|| key.strip_prefix("flyway."))?;
                    Some((normal(key), value))
                }));
            }
        }
        if let Some((_, bytes)) = folder.beside_bytes("flyway.toml") {
            let table = toml::from_str::<toml::Table>(&String::from_utf8_lossy(bytes)).unwrap_or_default();
            if let Some(toml::Value::Table(flyway)) = table.get("flyway") {
                flatten("", flyway, &mut known);
            }
        }
        let schema = known.get("defaultschema").or_else(|| known.get("schemas"));
        let schema = schema.and_then(|list| list.split(',').next()).map(|name| name.trim().to_owned());
        let mut placeholders: BTreeMap<String, String> = known
            .iter()
            .filter_map(|(key, value)| Some((key.strip_prefix("placeholders.")?.to_lowercase(), value.clone())))
            .collect();
        let given = &folder.options.placeholders;
        placeholders.extend(given.iter().map(|(name, value)| (name.to_lowercase(), value.clone())));
        let names = Names::of(&known);
        let text = |key: &str, default: &str| known.get(key).map_or(default, String::as_str).to_owned();
        Self {
            replace: text("placeholderreplacement", "true") != "false",
            prefix: text("placeholderprefix", "${"),
            suffix: text("placeholdersuffix", "}"),
            schema: schema.filter(|name| !name.is_empty() && name != "public"),
            table: known.get("table").filter(|name| !name.is_empty()).cloned(),
            out_of_order: known.get("outoforder").map(|value| value == "true"),
            names,
            placeholders,
        }
    }

    /// Schema and name of the history table, where the configuration sets one of them.
    pub(super) fn history_table(&self) -> Option<String> {
        let table = self.table.as_deref().unwrap_or("flyway_schema_history");
        match &self.schema {
            Some(schema) => Some(format!("{schema}.{table}")),
            None => self.table.clone(),
        }
    }

    /// The value of a placeholder. Those that Flyway sets itself have fixed values here, the same on every machine.
    pub(super) fn value(&self, name: &str, path: &str) -> Option<String> {
        let name = name.to_lowercase();
        if let Some(value) = self.placeholders.get(&name) {
            return Some(value.clone());
        }
        let value = match name.strip_prefix("flyway:")? {
            "defaultschema" => self.schema.as_deref().unwrap_or("public"),
            "user" | "database" => "postgres",
            "filename" => text::file_name(path),
            "table" => "flyway_schema_history",
            "timestamp" => "1970-01-01 00:00:00",
            "workingdirectory" => ".",
            "environment" => "default",
            _ => return None,
        };
        Some(value.to_owned())
    }

    /// Flyway creates its default schema and puts it first in the search path. On the line that is there already, so
    /// that line numbers stay.
    pub(super) fn enter_schema(&self, migrations: &mut [Migration]) {
        let Some(schema) = &self.schema else { return };
        let quoted = format!("\"{}\"", schema.replace('"', "\"\""));
        for (at, migration) in migrations.iter_mut().enumerate() {
            let create = if at == 0 || migration.role == Role::Baseline {
                format!("CREATE SCHEMA IF NOT EXISTS {quoted}; ")
            } else {
                String::new()
            };
            migration.sql.insert_str(0, &format!("{create}SET search_path = {quoted}, public; "));
        }
    }
}

/// The settings of one script, from `V1__title.sql.conf` beside it.
pub(super) fn script(folder: &Folder, path: &str) -> Result<BTreeMap<String, String>, DiscoveryError> {
    let conf = format!("{path}.conf");
    if !folder.has(&conf) {
        return Ok(BTreeMap::new());
    }
    Ok(properties(folder.text(&conf)?).into_iter().map(|(key, value)| (normal(&key), value)).collect())
}

fn properties(text: &str) -> Vec<(String, String)> {
    text.lines()
        .map(str::trim)
        .filter(|line| !line.starts_with(['#', '!']))
        .filter_map(|line| line.split_once('='))
        .map(|(key, value)| (key.trim().to_owned(), value.trim().to_owned()))
        .collect()
}

/// `placeholder-replacement` and `placeholderReplacement` are one; the name of a placeholder stays as it is.
fn normal(key: &str) -> String {
    match key.strip_prefix("placeholders.") {
        Some(_) => key.to_owned(),
        None => key.replace(['-', '_'], "").to_lowercase(),
    }
}

fn flatten(prefix: &str, table: &toml::Table, out: &mut BTreeMap<String, String>) {
    for (key, value) in table {
        let key = format!("{prefix}{key}");
        match value {
            toml::Value::Table(inner) => flatten(&format!("{key}."), inner, out),
            toml::Value::Array(list) => {
                let list: Vec<String> = list.iter().filter_map(|item| item.as_str().map(str::to_owned)).collect();
                out.insert(normal(&key), list.join(","));
            }
            toml::Value::String(text) => {
                out.insert(normal(&key), text.clone());
            }
            other => {
                out.insert(normal(&key), other.to_string());
            }
        }
    }
}
