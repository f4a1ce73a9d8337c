//! What `tidegate plan` plans.

use super::{ReadSettings, read_settings, usage};
use crate::cli::args::{FailOn, PlanArgs, PlanFormat};
use crate::cli::config::{Loaded, expand};
use crate::cli::environment::Environment;
use crate::cli::failure::Failure;
use crate::source::locate::Source;

/// Everything that `tidegate plan` needs.
#[derive(Clone)]
pub struct PlanSettings {
    /// The migrations and the engine.
    pub read: ReadSettings,
    pub against: Against,
    pub format: PlanFormat,
    pub fail_on: FailOn,
    /// `migrations.upstream`.
    pub upstream: Option<String>,
    pub colour: bool,
}

/// What the migrations are pending on.
#[derive(Clone)]
pub enum Against {
    /// The URL of a database.
    Database(String),
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
    let against = match (&args.target, &args.env, &args.from) {
        (Some(url), _, _) => Against::Database(database(url)?),
        (None, Some(name), _) => Against::Database(of_environment(name, loaded, environment)?),
        (None, None, Some(from)) => Against::Files(state(from, environment)?),
        (None, None, None) => Against::Upstream,
    };
    let fail_on = match (args.fail_on, config.plan.fail_on.as_deref()) {
        (Some(level), _) => level,
        (None, None | Some("fails")) => FailOn::Fails,
        (None, Some("dangerous")) => FailOn::Dangerous,
        (None, Some("caution")) => FailOn::Caution,
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
        upstream: config.migrations.upstream.clone(),
        colour: environment.stdout_is_terminal && !plain,
    })
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

fn of_environment(name: &str, loaded: &Loaded, environment: &Environment) -> Result<String, Failure> {
    let Some(found) = loaded.config.environments.get(name) else {
        let known: Vec<&str> = loaded.config.environments.keys().map(String::as_str).collect();
        let hint = match known.as_slice() {
            [] => format!("write [environments.{name}] with its database_url into tidegate.toml"),
            known => format!("there is {}", known.join(", ")),
        };
        return Err(Failure::usage(format!("there is no environment {name:?} in tidegate.toml")).hint(hint));
    };
    let key = format!("environments.{name}.database_url");
    match &found.database_url {
        Some(url) => database(&expand(&key, url, environment)?),
        None => Err(Failure::usage(format!("{key} is not set")).hint("set it to \"${DATABASE_URL}\" or the like")),
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
