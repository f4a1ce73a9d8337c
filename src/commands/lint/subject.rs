//! From what was named to sets of migrations: a folder beside what upstream holds of it, or files by themselves.

use std::collections::BTreeSet;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use crate::cli::args::LintFormat;
use crate::cli::failure::{Code, Failure};
use crate::cli::settings::LintSettings;
use crate::git::{self, GitError, Revision};
use crate::lint::Upstream;
use crate::lint::upstream::{Listed, list};
use crate::migration::folder::{self, FolderError, LARGEST_FILE};
use crate::migration::{self, DiscoveryError, Hints, Tree};

/// One set of migrations, and what of it is linted.
pub(super) struct Subject {
    pub(super) files: Tree,
    pub(super) listed: Listed,
    pub(super) upstream: Option<Upstream>,
    /// The folder that paths in it count from; `None` for what came through stdin.
    folder: Option<PathBuf>,
    /// Only these, where somebody named files.
    named: Option<BTreeSet<String>>,
}

/// What stdin is called in findings.
const STDIN: &str = "stdin";

/// Everything that is to be linted.
pub(super) fn subjects(settings: &LintSettings, notes: &mut Vec<String>) -> Result<Vec<Subject>, Failure> {
    if settings.paths.is_empty() {
        return Ok(vec![of_folder(&configured(settings, notes)?, settings, notes)?]);
    }
    let mut out = Vec::new();
    let mut in_configured = BTreeSet::new();
    let configured = settings.migrations_dir.as_deref().and_then(|dir| dir.canonicalize().ok());
    for path in &settings.paths {
        if path == "-" {
            let mut text = Vec::new();
            let read = std::io::stdin().lock().take(LARGEST_FILE + 1).read_to_end(&mut text);
            read.map_err(|error| Failure::new(Code::CouldNotTell, format!("cannot read stdin: {error}")))?;
            out.push(alone(None, STDIN, text, settings)?);
            continue;
        }
        let path = settings.working_directory.join(path);
        let real = path.canonicalize().map_err(|error| unreadable(&path, &error))?;
        if real.is_dir() {
            out.push(of_folder(&path, settings, notes)?);
        } else if let Some(below) = configured.as_deref().and_then(|dir| real.strip_prefix(dir).ok()) {
            in_configured.insert(slashed(below));
        } else {
            let bytes = read_file(&real)?;
            let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
            out.push(alone(path.parent(), &name, bytes, settings)?);
        }
    }
    if !in_configured.is_empty()
        && let Some(dir) = &settings.migrations_dir
    {
        out.extend(named_of_folder(dir, in_configured, settings, notes)?);
    }
    Ok(out)
}

/// Files of the configured folder are linted as part of their set; one that is no migration of it, by itself.
fn named_of_folder(
    dir: &Path,
    names: BTreeSet<String>,
    settings: &LintSettings,
    notes: &mut Vec<String>,
) -> Result<Vec<Subject>, Failure> {
    let mut set = of_folder(dir, settings, notes)?;
    let known: BTreeSet<&str> = set.listed.set.migrations.iter().map(|migration| migration.path.as_str()).collect();
    let (inside, outside): (BTreeSet<String>, BTreeSet<String>) =
        names.into_iter().partition(|name| known.contains(name.as_str()));
    let mut out = Vec::new();
    for name in outside {
        let file = dir.join(&name);
        let bytes = read_file(&file)?;
        out.push(alone(Some(dir), &name, bytes, settings)?);
    }
    if !inside.is_empty() {
        set.named = Some(inside);
        out.push(set);
    }
    Ok(out)
}

/// The folder that the configuration names, or the only one that looks like migrations.
fn configured(settings: &LintSettings, notes: &mut Vec<String>) -> Result<PathBuf, Failure> {
    if let Some(dir) = &settings.migrations_dir {
        return Ok(dir.clone());
    }
    let found = folder::find(&settings.project).map_err(|error| folder_failure(&error))?;
    let nothing = || Failure::usage("nothing to lint: say which migrations");
    match found.as_slice() {
        [one] => {
            notes.push(format!("migrations found in {}", one.folder));
            Ok(settings.project.join(&one.folder))
        }
        [] => Err(nothing().hint("tidegate lint FILE… , or set `dir` under [migrations] in tidegate.toml")),
        [first, ..] => {
            let folders: Vec<&str> = found.iter().map(|candidate| candidate.folder.as_str()).collect();
            Err(nothing().hint(format!("tidegate lint {} (found: {})", first.folder, folders.join(", "))))
        }
    }
}

fn of_folder(path: &Path, settings: &LintSettings, notes: &mut Vec<String>) -> Result<Subject, Failure> {
    let read = folder::read_tree(path).map_err(|error| folder_failure(&error))?;
    notes.extend(read.notes);
    let options = options(settings, read.hints);
    let listed = list(&read.tree, &options).map_err(|error| discovery_failure(&error))?;
    notes.extend(listed.set.notes.iter().cloned());
    let upstream = match settings.all {
        true => None,
        false => upstream(path, &read.tree, &listed, &options, settings, notes)?,
    };
    Ok(Subject { files: read.tree, listed, upstream, folder: Some(path.to_owned()), named: None })
}

fn options(settings: &LintSettings, hints: Hints) -> migration::Options {
    migration::Options { framework: settings.framework.clone(), placeholders: settings.placeholders.clone(), hints }
}

/// What the upstream branch holds of a folder. `None` where there is none to compare with and nobody named one.
fn upstream(
    path: &Path,
    files: &Tree,
    listed: &Listed,
    options: &migration::Options,
    settings: &LintSettings,
    notes: &mut Vec<String>,
) -> Result<Option<Upstream>, Failure> {
    let could_not = |error: GitError| Failure::from_error(Code::CouldNotTell, &error);
    let found = match git::upstream(path, settings.upstream.as_deref(), "HEAD") {
        Ok(found) => found,
        Err(error) if settings.upstream.is_some() => return Err(could_not(error)),
        Err(GitError::NotARepository { .. } | GitError::NoCommits { .. }) => return Ok(None),
        Err(error @ GitError::NoUpstream { .. }) if is_shallow(path) => {
            let hint = "this is a shallow clone without it: git fetch --unshallow origin (in CI: fetch-depth: 0)";
            return Err(could_not(error).hint(hint).hint("tidegate lint --all to lint everything"));
        }
        Err(error @ GitError::NoUpstream { .. }) => {
            notes.push(format!("every migration is linted: {error}"));
            return Ok(None);
        }
        Err(error) => return Err(could_not(error)),
    };
    let Some((root, below)) = in_repository(path) else { return Ok(None) };
    let at = |revision: &str| -> Result<Tree, Failure> {
        let read = git::tree_if_there(&root, &Revision::Commit(revision.to_owned()), &below).map_err(could_not)?;
        Ok(read.map(|read| read.tree).unwrap_or_default())
    };
    let tip = at(&found.tip)?;
    let base = match &found.base {
        Some(base) => at(base)?,
        None => tip.clone(),
    };
    Upstream::new(&found.name, files, listed, &base, &tip, options)
        .map(|upstream| Some(upstream.of_folder(&below)))
        .map_err(|error| Failure::new(Code::CouldNotTell, format!("at {}: {error}", found.name)))
}

/// The root of the repository, and the path below it.
fn in_repository(path: &Path) -> Option<(PathBuf, String)> {
    let real = path.canonicalize().ok()?;
    let root = real.ancestors().find(|folder| folder.join(".git").exists())?.to_owned();
    let below = slashed(real.strip_prefix(&root).ok()?);
    Some((root, below))
}

fn is_shallow(path: &Path) -> bool {
    in_repository(path).is_some_and(|(root, _)| root.join(".git/shallow").exists())
}

fn slashed(path: &Path) -> String {
    path.iter().map(|part| part.to_string_lossy()).collect::<Vec<_>>().join("/")
}

/// A file by itself: what its markers say counts, its name does not.
fn alone(folder: Option<&Path>, name: &str, bytes: Vec<u8>, settings: &LintSettings) -> Result<Subject, Failure> {
    let marked =
        |marker: &str| bytes.windows(marker.len()).any(|window| window.eq_ignore_ascii_case(marker.as_bytes()));
    let framework = match &settings.framework {
        Some(framework) => framework.as_str(),
        None if marked("-- +goose up") => "goose",
        None if marked("-- migrate:up") => "dbmate",
        None => "plain",
    };
    let of = |framework: &str, called: &str| {
        let options = options(settings, Hints::default());
        let files = Tree::from([(called.to_owned(), bytes.clone())]);
        list(&files, &migration::Options { framework: Some(framework.to_owned()), ..options })
    };
    // Only a framework that somebody named may make anything of the name, and where it cannot, it is still a file.
    const ANY: &str = "1_any.sql";
    let listed = match &settings.framework {
        Some(framework) => match of(framework, name) {
            Err(error @ DiscoveryError::UnknownFramework { .. }) => Err(error),
            Err(_) => of(framework, ANY).or_else(|_| of("plain", ANY)),
            fine => fine,
        },
        None => of(framework, ANY),
    };
    let mut listed = listed.map_err(|error| {
        let mut failure = discovery_failure(&error);
        failure.message = failure.message.replace(ANY, name);
        failure
    })?;
    listed.set.migrations.iter_mut().for_each(|migration| name.clone_into(&mut migration.path));
    let files = Tree::from([(name.to_owned(), bytes)]);
    Ok(Subject { files, listed, upstream: None, folder: folder.map(Path::to_owned), named: None })
}

fn read_file(path: &Path) -> Result<Vec<u8>, Failure> {
    let metadata = path.metadata().map_err(|error| unreadable(path, &error))?;
    if metadata.len() > LARGEST_FILE {
        let path = path.to_owned();
        return Err(folder_failure(&FolderError::TooLarge { path, size: metadata.len() }));
    }
    std::fs::read(path).map_err(|error| unreadable(path, &error))
}

fn unreadable(path: &Path, error: &std::io::Error) -> Failure {
    if error.kind() == std::io::ErrorKind::NotFound {
        return Failure::usage(format!("{} does not exist", path.display()));
    }
    Failure::new(Code::CouldNotTell, format!("cannot read {}: {error}", path.display()))
}

fn folder_failure(error: &FolderError) -> Failure {
    let code = if matches!(error, FolderError::Io { .. }) { Code::CouldNotTell } else { Code::Usage };
    Failure::from_error(code, error)
}

fn discovery_failure(error: &DiscoveryError) -> Failure {
    let code = if matches!(error, DiscoveryError::UnknownFramework { .. }) { Code::Usage } else { Code::CouldNotTell };
    Failure::from_error(code, error)
}

impl Subject {
    /// By place in the set: what upstream does not have, and what was named. `None` where everything is linted and
    /// nothing is known to be new.
    pub(super) fn pending(&self) -> Option<BTreeSet<usize>> {
        let set = &self.listed.set;
        let named = |path: &str| self.named.as_ref().is_some_and(|names| names.contains(path));
        let named = (0..set.migrations.len()).filter(|index| named(&set.migrations[*index].path));
        self.upstream.as_ref().map(|upstream| upstream.pending(set).into_iter().chain(named).collect())
    }

    /// Whether findings in this file are asked for.
    pub(super) fn is_wanted(&self, path: &str, settings: &LintSettings) -> bool {
        let excluded = self.folder.as_ref().is_some_and(|folder| settings.is_excluded(&folder.join(path)));
        !excluded && self.named.as_ref().is_none_or(|names| names.contains(path))
    }

    /// How many migrations are linted.
    pub(super) fn count(&self, settings: &LintSettings) -> usize {
        let pending = self.pending();
        let set = self.listed.set.migrations.iter().enumerate();
        set.filter(|(index, _)| pending.as_ref().is_none_or(|pending| pending.contains(index)))
            .filter(|(_, migration)| self.is_wanted(&migration.path, settings))
            .count()
    }

    /// A path as this format has it: below the root of the repository, or as a person here would write it.
    pub(super) fn shown(&self, path: &str, settings: &LintSettings) -> String {
        let Some(folder) = &self.folder else { return path.to_owned() };
        if matches!(settings.format, LintFormat::Github | LintFormat::Sarif)
            && let Some((_, below)) = in_repository(folder)
        {
            return if below.is_empty() { path.to_owned() } else { format!("{below}/{path}") };
        }
        let whole = folder.join(path);
        match whole.strip_prefix(&settings.working_directory) {
            Ok(below) => slashed(below),
            Err(_) => whole.display().to_string(),
        }
    }
}
