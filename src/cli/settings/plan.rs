//! What `tidegate plan` plans.

use super::environment::{Access, access};
use super::{ReadSettings, read_settings, usage};
use crate::cli::args::{PlanArgs, PlanFailOn, PlanFormat};
use crate::cli::config::{Loaded, expand};
use crate::cli::environment::Environment;
use crate::cli::failure::Failure;
use crate::lint;
use crate::source::locate::Source;

/// Everything that `tidegate plan` needs.
#[derive(Clone)]
pub struct PlanSettings {
    /// The migrations and the engine.
    pub read: ReadSettings,
    pub against: Against,
    pub format: PlanFormat,
    pub fail_on: PlanFailOn,
    /// Which rules of `tidegate lint` look at what is pending.
    pub lint: lint::Options,
    /// `migrations.upstream`.
    pub upstream: Option<String>,
    pub colour: bool,
}

/// What the migrations are pending on.
#[derive(Clone)]
pub enum Against {
    /// A database: its URL, and where its history is not asked, the state of the files that it has had.
    Database(String, Option<Source>),
    /// The same for the database of an environment, which AWS may know the URL and the password of.
    Environment(Box<Access>, Option<Source>),
    /// The migrations of another state.
    Files(Source),
    /// Those of the upstream branch.
    Upstream,
}

/// Merges what was typed with the configuration.
pub fn plan_settings(args: &PlanArgs, loaded: &Loaded, environment: &Environment) -> Result<PlanSettings, Failure> {
    let config = &loaded.config;
    let source = match &args.migrations {
        Some(source) => source.clone(),
        None => folder(loaded, environment)?,
    };
    let read = read_settings(Some(&source), &args.read, false, loaded, environment)?;
    if let Source::Live(_) = read.source {
        return Err(Failure::usage("--migrations names a database, and migrations are files")
            .hint("name a folder, git:REV or git:INDEX; the database is the argument without a flag"));
    }
    let from = args.from.as_ref().map(|from| state(from, environment)).transpose()?;
    let against = match (&args.target, &args.env) {
        (Some(url), _) => Against::Database(database(url)?, from),
        (None, Some(name)) => Against::Environment(Box::new(access(name, loaded, environment)?), from),
        (None, None) => from.map_or(Against::Upstream, Against::Files),
    };
    let fail_on = match (args.fail_on, config.plan.fail_on.as_deref()) {
        (Some(level), _) => level,
        (None, None | Some("fails")) => PlanFailOn::Fails,
        (None, Some("dangerous")) => PlanFailOn::Dangerous,
        (None, Some("caution")) => PlanFailOn::Caution,
        (None, Some(other)) => {
            return Err(Failure::usage(format!("plan.fail_on: {other:?} is no verdict"))
                .hint("write `caution`, `dangerous` or `fails`"));
        }
    };
    let plain =
        environment.get("NO_COLOR").is_some_and(|value| !value.is_empty()) || environment.get("TERM") == Some("dumb");
    Ok(PlanSettings {
        read,
        against,
        format: if args.json { PlanFormat::Json } else { args.format },
        fail_on,
        lint: lint::Options {
            enable: config.lint.enable.clone(),
            disable: config.lint.disable.clone(),
            only: config.lint.only.clone(),
            severity: config.lint.severity.clone(),
            pg_version: config.lint.pg_version.as_ref().map(|text| version("lint.pg_version", text)).transpose()?,
        },
        upstream: config.migrations.upstream.clone(),
        colour: environment.stdout_is_terminal && !plain,
    })
}

fn version(key: &str, text: &str) -> Result<lint::Version, Failure> {
    lint::pg_version(text).map_err(|problem| Failure::usage(format!("{key}: {problem}")))
}

/// `migrations.dir`, or the source of the docs where that is a folder.
fn folder(loaded: &Loaded, environment: &Environment) -> Result<String, Failure> {
    let config = &loaded.config;
    let named = match (&config.migrations.dir, &config.docs.source) {
        (Some(dir), _) => Some(("migrations.dir", dir)),
        (None, Some(source)) if !source.contains("://") && !source.starts_with("git:") => Some(("docs.source", source)),
        _ => None,
    };
    match named {
        Some((key, path)) => Ok(loaded.directory.join(expand(key, path, environment)?).display().to_string()),
        None => Err(Failure::usage("where the migrations are is not said")
            .hint("--migrations DIR, or `dir` under [migrations] in tidegate.toml (`tidegate init` writes one)")),
    }
}

fn database(url: &str) -> Result<String, Failure> {
    match url.parse() {
        Ok(Source::Live(url)) => Ok(url),
        Ok(_) => Err(Failure::usage("the target is not a database")
            .hint("name it as postgres://user@host/database; migrations go behind --migrations")),
        Err(error) => Err(usage(&error)),
    }
}

/// A SOURCE, or a bare revision of git where no such path is there.
fn state(text: &str, environment: &Environment) -> Result<Source, Failure> {
    let source: Source = text.parse().map_err(|error| usage(&error))?;
    Ok(match source {
        Source::Live(_) => {
            return Err(Failure::usage("--from names a database").hint("a database is the argument without a flag"));
        }
        Source::Path(path) => {
            let path = environment.working_directory.join(path);
            if path.exists() { Source::Path(path) } else { Source::Git { revision: text.to_owned(), path: None } }
        }
        git => git,
    })
}
