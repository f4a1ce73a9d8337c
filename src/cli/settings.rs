//! What is meant: flags win over environment, environment over file. Nothing below reads any of them again.

mod backup;
mod diff;
mod docs;
mod environment;
mod gate;
mod hook;
mod lint;
mod plan;
mod watch;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::args::{ReadArgs, Reader};
use super::config::{Loaded, expand};
use super::environment::Environment;
use super::failure::Failure;
use crate::source::engine::{EngineChoice, EngineOptions};
use crate::source::locate::Source;

pub use backup::{CreateSettings, UpkeepSettings, Whose, adopt_settings, create_settings, prune_tier, upkeep_settings};
pub use diff::{DiffSettings, diff_settings};
pub use docs::{DocsSettings, docs_settings};
pub use environment::{Access, BackupSettings, EnvironmentSettings, GateOptions, environment_settings};
pub use gate::{GateSettings, gate_plan_settings, gate_settings, inherited};
pub use hook::{HookSettings, hook_settings};
pub use lint::{LintSettings, lint_settings};
pub use plan::{Against, PlanSettings, plan_settings};
pub use watch::{WatchSettings, watch_settings};

/// How a source is read.
#[derive(Clone, Debug)]
pub struct ReadSettings {
    pub source: Source,
    pub framework: Option<String>,
    pub placeholders: BTreeMap<String, String>,
    /// The framework's history table, where the configuration names one.
    pub history_table: Option<String>,
    pub migrations_dir: Option<PathBuf>,
    pub engine: EngineChoice,
    pub command: Option<Vec<String>>,
    pub engine_options: EngineOptions,
    pub strict: bool,
    pub cache: Option<PathBuf>,
    pub reader: Reader,
    pub stats: bool,
    pub statement_timeout: Duration,
    /// Where tidegate was started, which paths on stderr are relative to.
    pub working_directory: PathBuf,
    /// What `git:` sources and the replay's own command start from: the configuration's folder.
    pub project: PathBuf,
}

impl ReadSettings {
    /// A path as a person here would write it.
    pub fn shown(&self, path: &Path) -> String {
        match path.strip_prefix(&self.working_directory) {
            Ok(relative) if relative.as_os_str().is_empty() => ".".to_owned(),
            Ok(relative) => relative.display().to_string(),
            Err(_) => path.display().to_string(),
        }
    }
}

impl From<super::config::ConfigError> for Failure {
    fn from(error: super::config::ConfigError) -> Self {
        let failure = Failure::from_error(super::failure::Code::Usage, &error);
        match error {
            super::config::ConfigError::Unset { name, .. } => {
                failure.hint(format!("export {name}=… , or name the source on the command line"))
            }
            _ => failure,
        }
    }
}

fn usage(error: &dyn std::error::Error) -> Failure {
    Failure::from_error(super::failure::Code::Usage, error)
}

/// Merges what was typed with the configuration into how the source is read.
pub fn read_settings(
    source: Option<&str>,
    args: &ReadArgs,
    stats: bool,
    loaded: &Loaded,
    environment: &Environment,
) -> Result<ReadSettings, Failure> {
    let config = &loaded.config;
    let from_file = |path: &str| loaded.directory.join(path);
    let expanded = |key: &str, value: &Option<String>| -> Result<Option<String>, Failure> {
        Ok(value.as_ref().map(|value| expand(key, value, environment)).transpose()?)
    };
    let migrations_dir = expanded("migrations.dir", &config.migrations.dir)?.map(|dir| from_file(&dir));
    let named = source;
    let source = match source {
        Some(text) => relative_to(text.parse().map_err(|error| usage(&error))?, &environment.working_directory),
        None => match (expanded("docs.source", &config.docs.source)?, &migrations_dir) {
            (Some(text), _) => relative_to(text.parse().map_err(|error| usage(&error))?, &loaded.directory),
            (None, Some(dir)) => Source::Path(dir.clone()),
            (None, None) => return Err(no_source(loaded)),
        },
    };
    let engine = match &args.engine {
        Some(engine) => Some(engine.clone()),
        None => expanded("replay.engine", &config.replay.engine)?,
    };
    let server_bin = expanded("replay.server_bin", &config.replay.server_bin)?.map(|path| from_file(&path));
    let cache =
        (!args.no_cache && config.replay.cache.unwrap_or(true)).then(|| environment.cache_directory()).flatten();
    let reader = match (args.reader, config.docs.reader.as_deref()) {
        (Some(reader), _) => reader,
        (None, None | Some("catalog")) => Reader::Catalog,
        (None, Some("information-schema")) => Reader::InformationSchema,
        (None, Some(other)) => {
            return Err(Failure::usage(format!("docs.reader: {other:?} is no reader"))
                .hint("write `catalog` or `information-schema`"));
        }
    };
    let command = match &config.replay.command {
        Some(words) if words.is_empty() => return Err(Failure::usage("replay.command is empty")),
        // It applies the project's migrations: another folder that was named here is not what it would show.
        Some(_) if named.is_some() && migrations_dir.as_ref().is_some_and(|dir| !is_path(&source, dir)) => None,
        other => other.clone(),
    };
    let framework = args.framework.clone().or_else(|| config.migrations.framework.clone());
    Ok(ReadSettings {
        source,
        framework: framework.filter(|name| name != "auto"),
        placeholders: config.migrations.placeholders.clone(),
        history_table: expanded("migrations.history_table", &config.migrations.history_table)?,
        migrations_dir,
        engine: engine_choice(engine.as_deref())?,
        command,
        engine_options: EngineOptions {
            deadline: duration("deadline", args.deadline.as_ref().or(config.replay.deadline.as_ref()), 120)?,
            server_bin,
            path: environment.get("PATH").map(|path| std::env::split_paths(path).collect()).unwrap_or_default(),
            // What the engine unpacks stays, whether or not finished readings are kept.
            cache: environment.cache_directory(),
            environment: environment.for_postgres(),
            ..EngineOptions::default()
        },
        strict: args.strict || config.replay.strict,
        cache,
        reader,
        stats,
        statement_timeout: duration("docs.statement_timeout", config.docs.statement_timeout.as_ref(), 60)?,
        working_directory: environment.working_directory.clone(),
        project: loaded.directory.clone(),
    })
}

fn no_source(loaded: &Loaded) -> Failure {
    let failure = Failure::usage("no source: say what to draw");
    match &loaded.file {
        Some(file) => failure.hint(format!("set `source` under [docs] in {}", file.display())),
        None => failure.hint("tidegate docs migrations, or `tidegate init` to write a tidegate.toml"),
    }
}

fn relative_to(source: Source, directory: &Path) -> Source {
    match source {
        Source::Path(path) => Source::Path(directory.join(path)),
        other => other,
    }
}

fn is_path(source: &Source, path: &Path) -> bool {
    let real = |path: &Path| path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let same = |a: &Path, b: &Path| a.components().eq(b.components()) || real(a) == real(b);
    matches!(source, Source::Path(named) if same(named, path))
}

fn engine_choice(text: Option<&str>) -> Result<EngineChoice, Failure> {
    match text {
        None | Some("auto") => Ok(EngineChoice::Auto),
        Some("embedded") => Ok(EngineChoice::Embedded),
        Some("local") => Ok(EngineChoice::Local),
        Some(url) if url.starts_with("postgres://") || url.starts_with("postgresql://") => {
            Ok(EngineChoice::Url(url.to_owned()))
        }
        Some(other) => {
            let shown = other.split("://").next().unwrap_or_default();
            Err(Failure::usage(format!("{shown:?} is no engine"))
                .hint("write auto, embedded, local, or the postgres:// URL of an empty database"))
        }
    }
}

fn duration(key: &str, text: Option<&String>, default_seconds: u64) -> Result<Duration, Failure> {
    let Some(text) = text else { return Ok(Duration::from_secs(default_seconds)) };
    let failure = || Failure::usage(format!("{key}: {text:?} is no length of time")).hint("write `30s`, `2m` or `1h`");
    let span: jiff::SignedDuration = text.parse().map_err(|_| failure())?;
    match Duration::try_from(span) {
        Ok(duration) if !duration.is_zero() => Ok(duration),
        _ => Err(failure()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_of_time_are_read_as_people_write_them() {
        let read = |text: &str| duration("x", Some(&text.to_owned()), 1);
        assert_eq!(read("30s").unwrap(), Duration::from_secs(30));
        assert_eq!(read("2m").unwrap(), Duration::from_secs(120));
        assert_eq!(read("1h").unwrap(), Duration::from_secs(3600));
        assert!(read("0s").is_err() && read("-3s").is_err() && read("soon").is_err());
    }

    #[test]
    fn an_unknown_engine_never_shows_a_password() {
        let failure = engine_choice(Some("mysql://u:hunter2@h/d")).unwrap_err();
        assert!(!failure.message.contains("hunter2"));
    }
}
