//! A folder on disk as a [`Tree`], and what lies around it.
//!
//! The only part of `migration` that does I/O. Links are followed only where they end inside the folder, so that a
//! link in a stranger's pull request shows nothing of this machine.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use thiserror::Error;

use super::discover::{Options, discover_with};
use super::error::DiscoveryError;
use super::{Hints, Tree, places};

/// Files larger than this are no migrations: reading one would only fill memory.
pub const LARGEST_FILE: u64 = 64 * 1024 * 1024;

#[derive(Debug, Error)]
pub enum FolderError {
    #[error("the migrations folder {} does not exist{}", .path.display(), near(.nearest))]
    Missing { path: PathBuf, nearest: Vec<String> },
    #[error("{} is a file, not a folder of migrations; a dump is named by its own path", .path.display())]
    NotAFolder { path: PathBuf },
    #[error("{} has {size} bytes, more than the {LARGEST_FILE} that a migration may have; move it out of the folder", .path.display())]
    TooLarge { path: PathBuf, size: u64 },
    #[error("cannot read {}: {source}", .path.display())]
    Io { path: PathBuf, source: io::Error },
}

fn near(names: &[String]) -> String {
    if names.is_empty() { String::new() } else { format!("; beside it lie {}", names.join(", ")) }
}

/// What [`read_tree`] read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FolderTree {
    pub tree: Tree,
    pub hints: Hints,
    /// Links and names that were passed over, for stderr.
    pub notes: Vec<String>,
}

/// The files below `path`. Hidden folders, `node_modules` and `target` are left out.
///
/// # Errors
/// Where the folder is not there, a file cannot be read or is larger than [`LARGEST_FILE`].
pub fn read_tree(path: &Path) -> Result<FolderTree, FolderError> {
    let root = match fs::canonicalize(path) {
        Ok(root) if root.is_dir() => root,
        Ok(_) => return Err(FolderError::NotAFolder { path: path.to_owned() }),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Err(FolderError::Missing { path: path.to_owned(), nearest: beside_missing(path) });
        }
        Err(source) => return Err(FolderError::Io { path: path.to_owned(), source }),
    };
    let mut walk = Walk { root: root.clone(), seen: BTreeSet::new(), out: FolderTree::default() };
    walk.folder(&root, "")?;
    walk.out.hints = hints(&root);
    Ok(walk.out)
}

struct Walk {
    root: PathBuf,
    /// Real folders on the way, so that a link to a folder above ends.
    seen: BTreeSet<PathBuf>,
    out: FolderTree,
}

impl Walk {
    fn folder(&mut self, folder: &Path, prefix: &str) -> Result<(), FolderError> {
        if !self.seen.insert(folder.to_owned()) {
            return Ok(());
        }
        let failed = |path: &Path| {
            let path = path.to_owned();
            move |source| FolderError::Io { path, source }
        };
        let mut names = Vec::new();
        for entry in fs::read_dir(folder).map_err(failed(folder))? {
            let entry = entry.map_err(failed(folder))?;
            match entry.file_name().into_string() {
                Ok(name) => names.push(name),
                Err(name) => self.out.notes.push(format!("left out {}: its name is not UTF-8", name.to_string_lossy())),
            }
        }
        names.sort();
        for name in names {
            let path = folder.join(&name);
            let shown = format!("{prefix}{name}");
            let link = fs::symlink_metadata(&path).map_err(failed(&path))?.is_symlink();
            let real = if link { self.link(&path, &shown)? } else { Some(path) };
            let Some(real) = real else { continue };
            let metadata = fs::metadata(&real).map_err(failed(&real))?;
            if metadata.is_dir() {
                if !name.starts_with('.') && name != "node_modules" && name != "target" {
                    self.folder(&real, &format!("{shown}/"))?;
                }
            } else if metadata.is_file() && !name.starts_with('.') {
                if metadata.len() > LARGEST_FILE {
                    return Err(FolderError::TooLarge { path: real, size: metadata.len() });
                }
                let bytes = fs::read(&real).map_err(failed(&real))?;
                self.out.tree.insert(shown, bytes);
            }
        }
        Ok(())
    }

    /// Where a link ends, if that is inside the folder.
    fn link(&mut self, path: &Path, shown: &str) -> Result<Option<PathBuf>, FolderError> {
        match fs::canonicalize(path) {
            Ok(real) if real.starts_with(&self.root) => Ok(Some(real)),
            Ok(_) => {
                self.out.notes.push(format!("left out {shown}: a link that leaves the folder"));
                Ok(None)
            }
            Err(_) => {
                self.out.notes.push(format!("left out {shown}: a link to nothing"));
                Ok(None)
            }
        }
    }
}

fn beside_missing(path: &Path) -> Vec<String> {
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or_else(|| Path::new("."));
    let Ok(entries) = fs::read_dir(parent) else { return Vec::new() };
    let mut names: Vec<String> = entries
        .flatten()
        .filter(|entry| entry.path().is_dir())
        .filter_map(|entry| entry.file_name().into_string().ok())
        .filter(|name| !name.starts_with('.'))
        .collect();
    names.sort();
    names.truncate(5);
    names
}

/// Files whose presence or words tell a framework, wherever they lie between the folder and the project's root.
pub(crate) const TELLING: &[&str] = &[
    "Cargo.toml",
    "go.mod",
    "diesel.toml",
    "sqlx.toml",
    "sqlx-data.json",
    "refinery.toml",
    "atlas.hcl",
    "sqlc.yaml",
    "flyway.conf",
    "flyway.toml",
    "pom.xml",
    "build.gradle",
    "build.gradle.kts",
    "application.properties",
    "application.yml",
    "application.yaml",
    "liquibase.properties",
    "config.yaml",
    "config.toml",
    "package.json",
    "Gemfile",
    "mix.exs",
    "alembic.ini",
    "manage.py",
    "knexfile.js",
    "knexfile.ts",
    "structure.sql",
    "drizzle.config.ts",
    "schema.prisma",
];

/// Larger configuration is not read for words.
pub(crate) const LARGEST_HINT: u64 = 256 * 1024;

/// What lies around a folder: at each level above it up to the project's root (where `.git` lies), at most six.
fn hints(folder: &Path) -> Hints {
    let levels: Vec<&Path> = folder.ancestors().skip(1).take(6).collect();
    let root =
        levels.iter().position(|level| level.join(".git").exists()).unwrap_or(1).min(levels.len().saturating_sub(1));
    let Some(root_path) = levels.get(root) else { return Hints::default() };
    let below = |path: &Path| -> Option<String> {
        let relative = path.strip_prefix(root_path).ok()?;
        relative.iter().map(|part| part.to_str()).collect::<Option<Vec<_>>>().map(|parts| parts.join("/"))
    };
    let mut hints = Hints { location: below(folder), ..Hints::default() };
    for level in &levels[..=root] {
        for name in TELLING {
            let path = level.join(name);
            let Ok(metadata) = fs::metadata(&path) else { continue };
            let (true, Some(shown)) = (metadata.is_file(), below(&path)) else { continue };
            let readable = metadata.len() <= LARGEST_HINT && *name != "structure.sql";
            let bytes = if readable { fs::read(&path).unwrap_or_default() } else { Vec::new() };
            hints.files.insert(shown, bytes);
        }
    }
    hints
}

/// A folder of a project that may hold its migrations.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// Below the project's root, `/` between its parts.
    pub folder: String,
    /// The framework's name, where one was told.
    pub framework: Option<String>,
    /// How many migrations were found; 0 where they are programs or cannot be told.
    pub migrations: usize,
    /// Whether only the framework itself can run them.
    pub programs: bool,
    /// Why they cannot be told, where they cannot.
    pub problem: Option<String>,
}

/// Where in a project its migrations lie, the likeliest first. Folders called as migrations are, and folders that the
/// frameworks' own configuration names (`diesel.toml`, `atlas.hcl`, `sqlc.yaml`, Flyway's, Alembic's).
///
/// # Errors
/// Where the root cannot be read. A candidate that cannot be read is one with a problem.
pub fn find(root: &Path) -> Result<Vec<Candidate>, FolderError> {
    let mut paths = Vec::new();
    names(root, "", 0, &mut paths)?;
    let mut folders = configured(root, &paths);
    for folder in places::likely(paths.iter().map(String::as_str)) {
        if !folders.contains(&folder) {
            folders.push(folder);
        }
    }
    folders.truncate(MOST_CANDIDATES);
    Ok(folders.into_iter().map(|folder| candidate(root, folder)).collect())
}

/// More would be no help to a person.
const MOST_CANDIDATES: usize = 12;

/// Projects nest no deeper than Java does.
const DEEPEST: usize = 10;

/// Files below `folder`, without reading them; links are not followed.
fn names(folder: &Path, prefix: &str, depth: usize, out: &mut Vec<String>) -> Result<(), FolderError> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        // A folder that is closed to us inside the project is no reason to stop.
        Err(_) if depth > 0 => return Ok(()),
        Err(source) => return Err(FolderError::Io { path: folder.to_owned(), source }),
    };
    let mut entries: Vec<(String, fs::FileType)> = entries
        .flatten()
        .filter_map(|entry| Some((entry.file_name().into_string().ok()?, entry.file_type().ok()?)))
        .collect();
    entries.sort_by(|a, b| a.0.cmp(&b.0));
    for (name, kind) in entries {
        if kind.is_file() {
            out.push(format!("{prefix}{name}"));
        } else if kind.is_dir()
            && depth < DEEPEST
            && !name.starts_with('.')
            && !places::FOREIGN.contains(&name.as_str())
        {
            names(&folder.join(&name), &format!("{prefix}{name}/"), depth + 1, out)?;
        }
    }
    Ok(())
}

/// Folders that configuration files at the root and one level below it name.
fn configured(root: &Path, paths: &[String]) -> Vec<String> {
    let mut found = Vec::new();
    for path in paths.iter().filter(|path| path.matches('/').count() <= 1) {
        let (base, name) = path.rsplit_once('/').unwrap_or(("", path));
        let around: &[(&str, &[char])] = match name {
            "diesel.toml" => &[("dir = \"", &['"'])],
            "atlas.hcl" => &[("dir = \"file://", &['"', '?']), ("dir=\"file://", &['"', '?'])],
            "sqlc.yaml" | "sqlc.yml" => &[("schema: \"", &['"']), ("schema: ", &['\n', '\r', '#'])],
            "flyway.conf" | "flyway.toml" => &[("filesystem:", &['"', ',', '\n', '\r'])],
            "alembic.ini" => &[("script_location = ", &['\n', '\r'])],
            _ => continue,
        };
        let Ok(text) = fs::read_to_string(root.join(path)) else { continue };
        for (before, ends) in around {
            for named in text.split(before).skip(1).filter_map(|rest| rest.split(*ends).next()) {
                let named = named.trim().trim_start_matches("./").trim_matches(['/', '"', '\'']);
                let folder =
                    [base, named].iter().filter(|part| !part.is_empty()).copied().collect::<Vec<_>>().join("/");
                // Alembic keeps its migrations one folder below its scripts.
                let folder = if name == "alembic.ini" { format!("{folder}/versions") } else { folder };
                let inside = !named.is_empty() && !named.split('/').any(|part| part == "..");
                let real = inside && paths.iter().any(|path| path.starts_with(&format!("{folder}/")));
                if real && !found.contains(&folder) {
                    found.push(folder);
                }
            }
        }
    }
    found
}

fn candidate(root: &Path, folder: String) -> Candidate {
    let mut out = Candidate { folder, framework: None, migrations: 0, programs: false, problem: None };
    let read = match read_tree(&root.join(&out.folder)) {
        Ok(read) => read,
        Err(error) => return Candidate { problem: Some(error.to_string()), ..out },
    };
    match discover_with(&read.tree, &Options { hints: read.hints, ..Options::default() }) {
        Ok(set) => {
            out.framework = Some(set.framework);
            out.migrations = set.migrations.len();
        }
        Err(error) => {
            out.programs = matches!(error, DiscoveryError::Program { .. } | DiscoveryError::ProgramAmongSql { .. });
            out.framework = match &error {
                DiscoveryError::Program { framework, .. }
                | DiscoveryError::ProgramAmongSql { framework, .. }
                | DiscoveryError::NotSql { framework, .. }
                | DiscoveryError::DuplicateVersion { framework, .. }
                | DiscoveryError::Malformed { framework, .. } => Some(framework.clone()),
                _ => None,
            };
            out.problem = Some(error.to_string());
        }
    }
    out
}

#[cfg(test)]
mod tests;
