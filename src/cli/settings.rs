//! What is meant: flags win over environment, environment over file. Nothing below reads any of them again.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::args::{DocsArgs, Format, Layout, ReadArgs, Reader};
use super::config::{Loaded, expand};
use super::environment::Environment;
use super::failure::Failure;
use crate::postgres::dsn::Env;
use crate::schema::decorate::Relation;
use crate::schema::select::Selection;
use crate::source::engine::{EngineChoice, EngineOptions};
use crate::source::locate::Source;

/// How a source is read.
#[derive(Clone, Debug)]
pub struct ReadSettings {
    pub source: Source,
    pub framework: Option<String>,
    pub placeholders: BTreeMap<String, String>,
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

/// Everything that `tidegate docs` needs.
#[derive(Clone, Debug)]
pub struct DocsSettings {
    pub read: ReadSettings,
    pub formats: Vec<Format>,
    /// `None` is stdout.
    pub out: Option<PathBuf>,
    pub selection: Selection,
    pub title: Option<String>,
    pub layout: Layout,
    /// Template name to text.
    pub templates: BTreeMap<String, String>,
    pub relations: Vec<Relation>,
    pub descriptions: BTreeMap<String, String>,
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
        other => other.clone(),
    };
    let framework = args.framework.clone().or_else(|| config.migrations.framework.clone());
    Ok(ReadSettings {
        source,
        framework: framework.filter(|name| name != "auto"),
        placeholders: config.migrations.placeholders.clone(),
        migrations_dir,
        engine: engine_choice(engine.as_deref())?,
        command,
        engine_options: EngineOptions {
            deadline: duration("deadline", args.deadline.as_ref().or(config.replay.deadline.as_ref()), 120)?,
            server_bin,
            path: environment.get("PATH").map(|path| std::env::split_paths(path).collect()).unwrap_or_default(),
            // What the engine unpacks stays, whether or not finished readings are kept.
            cache: environment.cache_directory(),
            environment: Env { variables: environment.variables.clone(), home: environment.home.clone() },
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

/// Merges what was typed with the configuration into what is drawn.
pub fn docs_settings(args: &DocsArgs, loaded: &Loaded, environment: &Environment) -> Result<DocsSettings, Failure> {
    let config = &loaded.config.docs;
    let read = read_settings(args.source.as_deref(), &args.read, args.stats, loaded, environment)?;
    let out = match (&args.out, &config.out) {
        (Some(out), _) if out.as_os_str() == "-" => None,
        (Some(out), _) => Some(environment.working_directory.join(out)),
        (None, Some(out)) => Some(loaded.directory.join(expand("docs.out", out, environment)?)),
        (None, None) => None,
    };
    let formats = formats(args, config, out.is_some())?;
    let layout = match (args.layout, config.layout.as_deref()) {
        // One text on stdout can only be one file.
        _ if out.is_none() => Layout::Single,
        (Some(layout), _) => layout,
        (None, None | Some("pages")) => Layout::Pages,
        (None, Some("single")) => Layout::Single,
        (None, Some(other)) => {
            return Err(
                Failure::usage(format!("docs.layout: {other:?} is no layout")).hint("write `pages` or `single`")
            );
        }
    };
    let include = if args.include.is_empty() { &config.include } else { &args.include };
    let exclude: Vec<String> = config.exclude.iter().chain(&args.exclude).cloned().collect();
    let mut selection = Selection::new(include, &exclude)
        .map_err(|error| usage(&error))?
        .with_extension_objects(args.extension_objects || config.extension_objects);
    if let Some(table) = &args.around {
        selection = selection.around(table, args.depth);
    }
    let templates = args
        .templates
        .as_ref()
        .map(|path| environment.working_directory.join(path))
        .or_else(|| config.templates.as_ref().map(|path| loaded.directory.join(path)));
    let relations = config.relation.iter().map(|relation| Relation {
        from: relation.from.clone(),
        to: relation.to.clone(),
        label: relation.label.clone(),
    });
    Ok(DocsSettings {
        read,
        formats,
        out,
        selection,
        title: args.title.clone().or_else(|| config.title.clone()),
        layout,
        templates: templates.as_deref().map(read_templates).transpose()?.unwrap_or_default(),
        relations: relations.collect(),
        descriptions: descriptions(config),
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

fn formats(args: &DocsArgs, config: &super::config::Docs, folder: bool) -> Result<Vec<Format>, Failure> {
    use clap::ValueEnum as _;
    let named = if args.format.is_empty() {
        let parse = |name: &String| {
            Format::from_str(name, false).map_err(|_| {
                let known = Format::value_variants().iter().map(|format| format.name()).collect::<Vec<_>>();
                Failure::usage(format!("docs.formats: {name:?} is no format")).hint(format!("use {}", known.join(", ")))
            })
        };
        config.formats.iter().flatten().map(parse).collect::<Result<Vec<_>, _>>()?
    } else {
        args.format.clone()
    };
    let mut formats = match (named.is_empty(), folder) {
        (false, _) => named,
        (true, true) => vec![Format::Markdown, Format::Html],
        (true, false) => vec![Format::Markdown],
    };
    formats.sort();
    formats.dedup();
    match formats.as_slice() {
        [Format::Pdf] if !folder => {
            Err(Failure::usage("a PDF is no text: it needs a folder").hint("add `-o docs/schema`"))
        }
        [_, _, ..] if !folder => {
            Err(Failure::usage("several formats need a folder")
                .hint("add `-o docs/schema`, or name one format with -f"))
        }
        _ if args.check && !folder => {
            Err(Failure::usage("--check compares with a folder").hint("add `-o docs/schema`"))
        }
        _ => Ok(formats),
    }
}

/// Every file below the folder, by its path relative to it.
fn read_templates(folder: &Path) -> Result<BTreeMap<String, String>, Failure> {
    let failure = |path: &Path, error: &dyn std::error::Error| {
        let mut failure = Failure::usage(format!("cannot read templates from {}", path.display()));
        failure.causes.push(error.to_string());
        failure
    };
    let mut templates = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(current) = folders.pop() {
        for entry in std::fs::read_dir(&current).map_err(|error| failure(&current, &error))? {
            let path = entry.map_err(|error| failure(&current, &error))?.path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let text = std::fs::read_to_string(&path).map_err(|error| failure(&path, &error))?;
                let name = path.strip_prefix(folder).unwrap_or(&path);
                let parts: Vec<_> = name.iter().map(|part| part.to_string_lossy()).collect();
                templates.insert(parts.join("/"), text);
            }
        }
    }
    Ok(templates)
}

/// Descriptions with their labels in front: `[pii, core] One row per customer.`
fn descriptions(config: &super::config::Docs) -> BTreeMap<String, String> {
    let mut descriptions = config.describe.clone();
    for (object, labels) in &config.labels {
        let labels = format!("[{}]", labels.join(", "));
        descriptions.entry(object.clone()).and_modify(|text| *text = format!("{labels} {text}")).or_insert(labels);
    }
    descriptions
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
    fn labels_stand_before_descriptions() {
        let config = super::super::config::Docs {
            describe: BTreeMap::from([("a".into(), "text".into())]),
            labels: BTreeMap::from([("a".into(), vec!["x".into(), "y".into()]), ("b".into(), vec!["z".into()])]),
            ..Default::default()
        };
        let merged = descriptions(&config);
        assert_eq!((merged["a"].as_str(), merged["b"].as_str()), ("[x, y] text", "[z]"));
    }

    #[test]
    fn an_unknown_engine_never_shows_a_password() {
        let failure = engine_choice(Some("mysql://u:hunter2@h/d")).unwrap_err();
        assert!(!failure.message.contains("hunter2"));
    }
}
