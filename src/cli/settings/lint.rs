//! What `tidegate lint` looks at, and what it makes of it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use globset::{Glob, GlobSet, GlobSetBuilder};

use crate::cli::args::{LintArgs, LintFailOn, LintFormat};
use crate::cli::config::{Loaded, expand};
use crate::cli::environment::Environment;
use crate::cli::failure::Failure;
use crate::lint::{self, Severity};

/// Everything that `tidegate lint` needs.
#[derive(Clone, Debug)]
pub struct LintSettings {
    /// Files, folders and `-`, as they were typed.
    pub paths: Vec<String>,
    /// Where the configuration says that migrations are.
    pub migrations_dir: Option<PathBuf>,
    pub framework: Option<String>,
    pub placeholders: BTreeMap<String, String>,
    pub all: bool,
    /// Only where somebody named one: then it must be readable.
    pub upstream: Option<String>,
    pub format: LintFormat,
    /// `None` never fails.
    pub fail_on: Option<Severity>,
    pub options: lint::Options,
    pub exclude: GlobSet,
    pub colour: bool,
    pub working_directory: PathBuf,
    /// The configuration's folder, which `exclude` counts from.
    pub project: PathBuf,
}

/// Merges what was typed with the configuration into what is linted.
pub fn lint_settings(args: &LintArgs, loaded: &Loaded, environment: &Environment) -> Result<LintSettings, Failure> {
    let config = &loaded.config.lint;
    let dir = loaded.config.migrations.dir.as_ref();
    let dir = dir.map(|dir| expand("migrations.dir", dir, environment)).transpose()?;
    let either = |typed: &[String], written: &[String]| {
        if typed.is_empty() { written.to_vec() } else { typed.to_vec() }
    };
    let version = args.pg_version.as_ref().or(config.pg_version.as_ref());
    let options = lint::Options {
        enable: config.enable.iter().chain(&args.enable).cloned().collect(),
        disable: config.disable.iter().chain(&args.disable).cloned().collect(),
        only: either(&args.only, &config.only),
        severity: config.severity.clone(),
        pg_version: version
            .map(|text| lint::pg_version(text))
            .transpose()
            .map_err(|problem| Failure::usage(format!("pg_version: {problem}")))?,
    };
    let framework = args.framework.clone().or_else(|| loaded.config.migrations.framework.clone());
    let plain = environment.get("NO_COLOR").is_some_and(|value| !value.is_empty());
    let dumb = environment.get("TERM") == Some("dumb");
    Ok(LintSettings {
        paths: args.paths.clone(),
        migrations_dir: dir.map(|dir| loaded.directory.join(dir)),
        framework: framework.filter(|name| name != "auto"),
        placeholders: loaded.config.migrations.placeholders.clone(),
        all: args.all,
        upstream: args.upstream.clone().or_else(|| loaded.config.migrations.upstream.clone()),
        format: if args.json { LintFormat::Json } else { args.format },
        fail_on: fail_on(args.fail_on, config.fail_on.as_deref())?,
        options,
        exclude: globs(&config.exclude)?,
        colour: environment.stdout_is_terminal && !plain && !dumb,
        working_directory: environment.working_directory.clone(),
        project: loaded.directory.clone(),
    })
}

impl LintSettings {
    /// Whether the configuration leaves this file out.
    pub fn is_excluded(&self, file: &Path) -> bool {
        file.strip_prefix(&self.project).is_ok_and(|below| self.exclude.is_match(below))
    }
}

fn fail_on(typed: Option<LintFailOn>, written: Option<&str>) -> Result<Option<Severity>, Failure> {
    let typed = typed.map(|level| match level {
        LintFailOn::Error => "error",
        LintFailOn::Warning => "warning",
        LintFailOn::Never => "never",
    });
    match typed.or(written) {
        Some("error") => Ok(Some(Severity::Error)),
        None | Some("warning") => Ok(Some(Severity::Warning)),
        Some("never") => Ok(None),
        Some(other) => Err(Failure::usage(format!("lint.fail_on: {other:?} is no severity"))
            .hint("write `error`, `warning` or `never`")),
    }
}

fn globs(patterns: &[String]) -> Result<GlobSet, Failure> {
    let mut builder = GlobSetBuilder::new();
    let wrong = |error: globset::Error| Failure::usage(format!("lint.exclude: {error}"));
    for pattern in patterns {
        builder.add(Glob::new(pattern).map_err(wrong)?);
    }
    builder.build().map_err(wrong)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_typed_wins_over_what_is_written() {
        assert_eq!(fail_on(Some(LintFailOn::Never), Some("error")).unwrap(), None);
        assert_eq!(fail_on(None, Some("error")).unwrap(), Some(Severity::Error));
        assert_eq!(fail_on(None, None).unwrap(), Some(Severity::Warning));
        assert!(fail_on(None, Some("fatal")).is_err());
    }

    #[test]
    fn globs_that_are_none_are_told() {
        assert!(globs(&["db/[".to_owned()]).is_err());
        assert!(globs(&["db/legacy/**".to_owned()]).unwrap().is_match("db/legacy/1.sql"));
    }
}
