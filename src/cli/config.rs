//! `tidegate.toml`: what it may hold, how it is found, and errors that point at the line.
//!
//! `${NAME}` in a value is read from the environment, and only where the value is needed: a developer without the
//! production password can still draw the migrations.

mod diff;
mod environments;
mod hook;
mod known;
mod lint;
mod plan;
mod watch;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::environment::Environment;

pub use diff::Diff;
pub use environments::{Backup, Gate, Notify, Prune, Target, Tier};
pub use hook::Hook;
pub use lint::Lint;
pub use plan::Plan;
pub use watch::Watch;

/// The file's name, looked for from the working directory upward.
pub const FILE_NAME: &str = "tidegate.toml";

/// The configuration file of tidegate.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    pub docs: Docs,
    pub migrations: Migrations,
    pub plan: Plan,
    pub replay: Replay,
    pub diff: Diff,
    pub lint: Lint,
    pub hook: Hook,
    pub watch: Watch,
    /// Databases that migrations run against, by a name of yours: `[environments.prod]`, for `--env prod`.
    pub environments: BTreeMap<String, Target>,
    pub notify: Notify,
}

/// What is documented and how.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Docs {
    /// Where the schema comes from: `postgres://…`, a folder of migrations, `file.sql`, `schema.json`, `git:REV`,
    /// `git:REV:path`, `git:INDEX`. Paths are relative to this file. Default: `migrations.dir`.
    pub source: Option<String>,
    /// The folder that is written, relative to this file.
    pub out: Option<String>,
    /// Any of `mermaid`, `markdown`, `html`, `pdf`, `svg`, `json`, `dbml`, `sql`, `llm`. Default: `markdown` and `html`.
    pub formats: Option<Vec<String>>,
    /// How Markdown is laid out: `pages` (an index and a page per table) or `single` (one file).
    pub layout: Option<String>,
    /// The title on every cover and page.
    pub title: Option<String>,
    /// Globs on `schema.name`; only what matches is shown.
    pub include: Vec<String>,
    /// Globs on `schema.name`; what matches is left out.
    pub exclude: Vec<String>,
    /// Show what extensions bring, too.
    pub extension_objects: bool,
    /// A folder whose files replace built-in templates of the same name.
    pub templates: Option<String>,
    /// The reader for live databases: `catalog` (default) or `information-schema`.
    pub reader: Option<String>,
    /// How long one query of the catalog may take, such as `30s`. Default: `60s`.
    pub statement_timeout: Option<String>,
    /// Relations that the database does not declare.
    pub relation: Vec<Relation>,
    /// Descriptions by object: `"public.orders"`, `"public.orders.state"`. They come before the database's comment.
    pub describe: BTreeMap<String, String>,
    /// Labels by object, shown in front of its description: `"public.customers" = ["pii"]`.
    pub labels: BTreeMap<String, Vec<String>>,
}

/// A foreign key that the database does not declare.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Relation {
    /// `schema.table.column`, several columns with commas: `orders.a, orders.b`. Without a schema: `public`.
    pub from: String,
    /// As `from`, with as many columns.
    pub to: String,
    /// The name shown on the line.
    #[serde(default)]
    pub label: Option<String>,
}

/// Where migrations are.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Migrations {
    /// The folder, relative to this file.
    pub dir: Option<String>,
    /// The framework, or `auto` (default).
    pub framework: Option<String>,
    /// The branch that others build on, as git names it. Default: `origin/HEAD`, else `origin/main` or
    /// `origin/master`.
    pub upstream: Option<String>,
    /// The framework's history table where it is not its usual one: `schema.table`, or `table` in the search path.
    /// Default: what the framework's own configuration names.
    pub history_table: Option<String>,
    /// Values for the placeholders of Flyway and Liquibase and the variables of goose, by name.
    pub placeholders: BTreeMap<String, String>,
}

/// How migrations are applied to a throw-away PostgreSQL.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Replay {
    /// `auto` (default: embedded, then local), `embedded`, `local`, or the `postgres://` URL of an empty database.
    pub engine: Option<String>,
    /// The framework's own command, for migrations that are programs. It gets `DATABASE_URL` of an empty database.
    pub command: Option<Vec<String>>,
    /// How long one statement may take before the engine is taken for hung, such as `2m`. Default: `2m`.
    pub deadline: Option<String>,
    /// The `bin` folder of the server for `engine = "local"`.
    pub server_bin: Option<String>,
    /// Make gaps errors.
    pub strict: bool,
    /// Keep finished replays, and databases as they were before the newest migrations, under the user's cache folder. Default: true.
    pub cache: Option<bool>,
}

/// A configuration and where it was found.
#[derive(Clone, Debug, Default)]
pub struct Loaded {
    pub config: Config,
    pub file: Option<PathBuf>,
    /// What paths in the configuration are relative to.
    pub directory: PathBuf,
}

#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    #[error("cannot read {path}")]
    Read { path: PathBuf, source: std::io::Error },
    #[error("{}:{line}:{column}: {message}", path.display())]
    Parse { path: PathBuf, line: usize, column: usize, message: String },
    #[error("{}: unknown key `{key}`{}", path.display(), nearest(near))]
    UnknownKey { path: PathBuf, key: String, near: Option<String> },
    #[error("{key}: the environment variable {name} is not set")]
    Unset { key: String, name: String },
    #[error("{key}: `${{` without a closing `}}`")]
    Unclosed { key: String },
}

fn nearest(near: &Option<String>) -> String {
    near.as_ref().map(|near| format!("; did you mean `{near}`?")).unwrap_or_default()
}

impl Loaded {
    /// `file` as given, or the first `tidegate.toml` from the working directory upward, or none at all.
    pub fn find(file: Option<&Path>, environment: &Environment) -> Result<Self, ConfigError> {
        let start = &environment.working_directory;
        let file = match file {
            Some(file) => Some(start.join(file)),
            None => start.ancestors().map(|directory| directory.join(FILE_NAME)).find(|file| file.is_file()),
        };
        let Some(file) = file else {
            return Ok(Self { directory: start.clone(), ..Self::default() });
        };
        let text = std::fs::read_to_string(&file).map_err(|source| ConfigError::Read { path: file.clone(), source })?;
        Self::parse(file, &text)
    }

    /// The configuration whose text stands for `file`, wherever that text was read: on disk, in a commit, in an index.
    ///
    /// # Errors
    /// What is no configuration.
    pub fn parse(file: PathBuf, text: &str) -> Result<Self, ConfigError> {
        let config = parse(&file, text)?;
        let directory = file.parent().map(Path::to_owned).unwrap_or_default();
        Ok(Self { config, file: Some(file), directory })
    }
}

fn parse(path: &Path, text: &str) -> Result<Config, ConfigError> {
    let at = |error: &toml::de::Error| {
        let offset = error.span().map_or(0, |span| span.start).min(text.len());
        let before = &text[..offset];
        ConfigError::Parse {
            path: path.to_owned(),
            line: before.matches('\n').count() + 1,
            column: before.rsplit('\n').next().map_or(0, |line| line.chars().count()) + 1,
            message: error.message().to_owned(),
        }
    };
    let value: toml::Table = toml::from_str(text).map_err(|error| at(&error))?;
    if let Some((key, near)) = known::unknown_key(&value) {
        return Err(ConfigError::UnknownKey { path: path.to_owned(), key, near });
    }
    toml::from_str(text).map_err(|error| at(&error))
}

/// Puts `${NAME}` from the environment into a value; `$${` stands for a plain `${`.
pub fn expand(key: &str, value: &str, environment: &Environment) -> Result<String, ConfigError> {
    let mut text = String::new();
    let mut rest = value;
    while let Some(at) = rest.find("${") {
        if rest[..at].ends_with('$') {
            text.push_str(&rest[..at]);
            text.push('{');
            rest = &rest[at + 2..];
            continue;
        }
        text.push_str(&rest[..at]);
        let after = &rest[at + 2..];
        let end = after.find('}').ok_or_else(|| ConfigError::Unclosed { key: key.to_owned() })?;
        let name = &after[..end];
        let unset = || ConfigError::Unset { key: key.to_owned(), name: name.to_owned() };
        text.push_str(environment.get(name).ok_or_else(unset)?);
        rest = &after[end + 1..];
    }
    text.push_str(rest);
    Ok(text)
}

/// The JSON Schema of the file, for editors. Committed as `docs/tidegate.schema.json`.
pub fn json_schema() -> String {
    crate::schema::document::pretty(&schemars::schema_for!(Config))
}

#[cfg(test)]
mod tests;
