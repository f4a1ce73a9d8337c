//! Which framework's migrations a folder holds, and the set of them.
//!
//! Detection looks at names, at markers in the files and, where the caller knows it, at what lies around the folder.
//! A forced framework is taken at its word. Two sure signs of different frameworks are an error and not a guess.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::error::{DiscoveryError, list};
use super::framework::{self, Evidence, Found, Framework, SURE};
use super::{MigrationSet, Tree, places, text};

/// What the migrations folder alone does not say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// A framework's name; `None` and `auto` detect it.
    pub framework: Option<String>,
    /// Values for the placeholders of Flyway and Liquibase and the variables of goose, by name.
    pub placeholders: BTreeMap<String, String>,
    pub hints: Hints,
}

/// What lies around the migrations folder.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Hints {
    /// The folder's path below the project's root: `supabase/migrations`.
    pub location: Option<String>,
    /// Files outside the folder by their path below the project's root (`Cargo.toml`, `supabase/config.toml`). Bytes
    /// only where the file is a small configuration; empty otherwise.
    pub files: Tree,
}

/// Names that `--framework` takes, in the order in which they are listed for people.
pub fn frameworks() -> impl Iterator<Item = &'static str> {
    framework::ALL.iter().map(|framework| framework.name())
}

/// The migrations of `tree`, with nothing known but the folder.
///
/// # Errors
/// See [`DiscoveryError`].
pub fn discover(tree: &Tree, framework: Option<&str>) -> Result<MigrationSet, DiscoveryError> {
    discover_with(tree, &Options { framework: framework.map(str::to_owned), ..Options::default() })
}

/// The migrations of `tree`, in the order in which their framework applies them to an empty database. Every one is SQL.
///
/// # Errors
/// See [`DiscoveryError`]. Migrations that are programs are an error that says how to run them.
pub fn discover_with(tree: &Tree, options: &Options) -> Result<MigrationSet, DiscoveryError> {
    let mut set = read(tree, options, false)?;
    if let Some(refusal) = set.refusal {
        return Err(refusal);
    }
    if let Some((start, covered)) = set.starting_point() {
        let mut files = Vec::new();
        let mut at = 0;
        set.migrations.retain(|migration| {
            at += 1;
            let goes = covered.contains(&(at - 1));
            if goes {
                files.push(migration.path.clone());
            }
            !goes
        });
        if !files.is_empty() {
            set.notes.insert(0, format!("left out {}: an empty database starts from {start}", list(&files)));
        }
    }
    Ok(set)
}

/// Every migration of `tree` in the order of its framework, with what the framework's history knows it by: to compare
/// with a database ([`super::history`]) or with other files, not to replay. Holds those that an empty database would
/// skip, and those that are programs, by name and without SQL.
///
/// # Errors
/// See [`DiscoveryError`].
pub fn list_with(tree: &Tree, options: &Options) -> Result<MigrationSet, DiscoveryError> {
    read(tree, options, true)
}

fn read(tree: &Tree, options: &Options, listing: bool) -> Result<MigrationSet, DiscoveryError> {
    let folder = Folder { tree, options, listing };
    let forced = options.framework.as_deref().filter(|name| *name != "auto");
    if let Some(name) = forced {
        framework(name)?;
    }
    if tree.is_empty() {
        return Err(DiscoveryError::Empty);
    }
    let framework = match forced {
        Some(name) => framework(name)?,
        None => {
            let framework = detect(&folder)?;
            if framework.name() == "plain" {
                deeper(&folder)?;
            }
            framework
        }
    };
    let found = framework.read(&folder)?;
    if found.migrations.is_empty() {
        return Err(nothing(framework, &folder, found));
    }
    let history = framework.history();
    Ok(MigrationSet {
        framework: framework.name().to_owned(),
        migrations: found.migrations,
        history_ddl: history.ddl.map(str::to_owned),
        history_tables: history.tables.iter().map(|name| (*name).to_owned()).collect(),
        history_schemas: history.schemas.iter().map(|name| (*name).to_owned()).collect(),
        notes: found.notes,
        history_table: found.history_table,
        database: found.database,
        stop: found.stop,
        runs_late: found.runs_late,
        refusal: found.refusal,
    })
}

fn framework(name: &str) -> Result<&'static dyn Framework, DiscoveryError> {
    let wanted = name.trim().to_ascii_lowercase();
    framework::ALL.iter().copied().find(|framework| framework.name() == wanted).ok_or_else(|| {
        let nearest = frameworks()
            .map(|known| (strsim::damerau_levenshtein(&wanted, known), known))
            .min()
            .filter(|(distance, _)| *distance <= 3)
            .map(|(_, known)| known.to_owned());
        DiscoveryError::UnknownFramework { name: name.to_owned(), nearest, known: known() }
    })
}

fn known() -> String {
    frameworks().collect::<Vec<_>>().join(", ")
}

fn detect(folder: &Folder) -> Result<&'static dyn Framework, DiscoveryError> {
    let mut evidence: Vec<(Evidence, &'static dyn Framework)> =
        framework::ALL.iter().filter_map(|framework| Some((framework.detect(folder)?, *framework))).collect();
    // Stable: of equals, the one that is listed first.
    evidence.sort_by_key(|(evidence, _)| std::cmp::Reverse(evidence.strength));
    match evidence.as_slice() {
        [] => Err(deeper(folder)
            .err()
            .unwrap_or_else(|| DiscoveryError::NothingFound { found: folder.summary(), known: known() })),
        [(first, one), (second, other), ..] if second.strength >= SURE => Err(DiscoveryError::Mixed {
            first_framework: one.name().to_owned(),
            first: first.file.clone(),
            second_framework: other.name().to_owned(),
            second: second.file.clone(),
        }),
        [(_, framework), ..] => Ok(*framework),
    }
}

/// Where a project was named and not the folder of its migrations: plain SQL would take every `.sql` file of it.
fn deeper(folder: &Folder) -> Result<(), DiscoveryError> {
    if folder.top().any(|path| text::has_ending(path, ".sql")) {
        return Ok(());
    }
    for inner in places::likely(folder.paths()) {
        let prefix = format!("{inner}/");
        let tree: Tree = folder
            .tree
            .iter()
            .filter_map(|(path, bytes)| Some((path.strip_prefix(&prefix)?.to_owned(), bytes.clone())))
            .collect();
        let inside = Folder { tree: &tree, ..*folder };
        match detect(&inside) {
            Ok(framework) if framework.name() != "plain" => {
                return Err(DiscoveryError::Deeper { framework: framework.name().to_owned(), folder: inner });
            }
            _ => {}
        }
    }
    Ok(())
}

fn nothing(framework: &dyn Framework, folder: &Folder, found: Found) -> DiscoveryError {
    if found.downs.is_empty() {
        DiscoveryError::NothingOfFramework {
            framework: framework.name().to_owned(),
            looks_for: framework.looks_for().to_owned(),
            found: folder.summary(),
        }
    } else {
        DiscoveryError::DownOnly {
            framework: framework.name().to_owned(),
            looks_for: framework.looks_for().to_owned(),
            files: found.downs,
        }
    }
}

/// A migrations folder as the frameworks look at it.
pub(crate) struct Folder<'a> {
    pub(crate) tree: &'a Tree,
    pub(crate) options: &'a Options,
    /// Whether checksums are wanted.
    pub(crate) listing: bool,
}

impl<'a> Folder<'a> {
    pub(crate) fn paths(&self) -> impl Iterator<Item = &'a str> + use<'a> {
        self.tree.keys().map(String::as_str)
    }

    /// Files that lie in the folder itself.
    pub(crate) fn top(&self) -> impl Iterator<Item = &'a str> + use<'a> {
        self.paths().filter(|path| !path.contains('/'))
    }

    /// Files with `.sql` at the end, at any depth.
    pub(crate) fn sql(&self) -> impl Iterator<Item = &'a str> + use<'a> {
        self.paths().filter(|path| text::has_ending(path, ".sql"))
    }

    /// Names of the folders right below this one, sorted.
    pub(crate) fn folders(&self) -> Vec<&'a str> {
        let mut names: Vec<&str> =
            self.paths().filter_map(|path| path.split_once('/').map(|(folder, _)| folder)).collect();
        names.dedup();
        names
    }

    pub(crate) fn has(&self, path: &str) -> bool {
        self.tree.contains_key(path)
    }

    /// The text of a file of the tree.
    pub(crate) fn text(&self, path: &str) -> Result<&'a str, DiscoveryError> {
        text::decode(path, self.tree.get(path).map_or(&[], Vec::as_slice))
    }

    /// The bytes of a file of the tree.
    pub(crate) fn bytes(&self, path: &str) -> &'a [u8] {
        self.tree.get(path).map_or(&[], Vec::as_slice)
    }

    /// The checksums of a file, where they are wanted.
    pub(crate) fn sums(&self, path: &str, of: impl FnOnce(&'a [u8]) -> Vec<String>) -> Vec<String> {
        if self.listing { of(self.bytes(path)) } else { Vec::new() }
    }

    /// The start of a file, whatever its encoding: enough to look for markers.
    pub(crate) fn peek(&self, path: &str) -> Cow<'a, str> {
        const ENOUGH: usize = 64 * 1024;
        let bytes = self.tree.get(path).map_or(&[][..], Vec::as_slice);
        String::from_utf8_lossy(&bytes[..bytes.len().min(ENOUGH)])
    }

    /// The first SQL file in which one line fulfils `marker`.
    pub(crate) fn sql_with_line(&self, marker: impl Fn(&str) -> bool) -> Option<&'a str> {
        self.sql().find(|path| self.peek(path).lines().any(&marker))
    }

    /// Whether a file of that name lies around the folder.
    pub(crate) fn beside(&self, name: &str) -> bool {
        self.beside_bytes(name).is_some()
    }

    /// Whether a file of that name lies around the folder and says `word`.
    pub(crate) fn beside_says(&self, name: &str, word: &str) -> bool {
        self.options.hints.files.iter().any(|(path, bytes)| {
            text::file_name(path).eq_ignore_ascii_case(name) && String::from_utf8_lossy(bytes).contains(word)
        })
    }

    /// The nearest to the root of the files of that name around the folder.
    pub(crate) fn beside_bytes(&self, name: &str) -> Option<(&'a str, &'a [u8])> {
        let files = &self.options.hints.files;
        files
            .iter()
            .filter(|(path, _)| text::file_name(path).eq_ignore_ascii_case(name))
            .min_by_key(|(path, _)| path.matches('/').count())
            .map(|(path, bytes)| (path.as_str(), bytes.as_slice()))
    }

    /// Whether the folder is known to lie at `place`, a path's last parts.
    pub(crate) fn lies_at(&self, place: &str) -> bool {
        self.options.hints.location.as_deref().is_some_and(|location| {
            let location = location.trim_matches('/');
            location == place || location.ends_with(&format!("/{place}"))
        })
    }

    /// What is here, for an error message: `3 .sql files, 1 .toml file`.
    pub(crate) fn summary(&self) -> String {
        let mut kinds: BTreeMap<String, usize> = BTreeMap::new();
        for path in self.paths() {
            let name = text::file_name(path);
            let kind = match name.rsplit_once('.') {
                Some((stem, ending)) if !stem.is_empty() => format!(".{}", ending.to_lowercase()),
                _ => String::new(),
            };
            *kinds.entry(kind).or_default() += 1;
        }
        let plural = |count: usize| if count == 1 { "" } else { "s" };
        let kinds: Vec<String> = kinds
            .iter()
            .map(|(kind, count)| match kind.as_str() {
                "" => format!("{count} other file{}", plural(*count)),
                kind => format!("{count} {kind} file{}", plural(*count)),
            })
            .collect();
        let first = self.paths().next().map_or_else(String::new, |path| format!(" ({path}{})", more(self.tree.len())));
        format!("{}{first}", kinds.join(", "))
    }
}

fn more(count: usize) -> &'static str {
    if count > 1 { ", …" } else { "" }
}

#[cfg(test)]
mod tests {
    use super::super::framework::testing::*;
    use super::*;

    #[test]
    fn every_failure_says_what_and_what_to_do() {
        assert!(error(&[]).to_string().contains("the migrations folder is empty"));
        let message = error(&[("README.md", ""), ("a.txt", ""), ("LICENSE", "")]).to_string();
        assert!(message.contains("1 other file, 1 .md file, 1 .txt file (LICENSE, …)"), "{message}");
        assert!(message.contains("--framework (sqlx, diesel,"), "{message}");
        let message = with(&[("a.sql", "")], &forced("flywya")).unwrap_err().to_string();
        assert!(message.contains("unknown framework «flywya» (did you mean «flyway»?)"), "{message}");
        let message = with(&[("a.sql", "")], &forced("prisma")).unwrap_err().to_string();
        assert!(
            message.contains("no migrations of prisma found: it looks for TIMESTAMP_title/migration.sql"),
            "{message}"
        );
        assert!(message.contains("found 1 .sql file (a.sql)"), "{message}");
        let files = [("1_a.sql", "-- +goose Up\n"), ("2_b.sql", "-- migrate:up\n")];
        let message = error(&files).to_string();
        assert!(message.contains("1_a.sql is goose, 2_b.sql is dbmate"), "{message}");
        assert_eq!(with(&[files[0]], &forced("GOOSE")).unwrap().framework, "goose");
        assert_eq!(with(&[files[0]], &forced("auto")).unwrap().framework, "goose");
    }

    #[test]
    fn a_file_in_another_encoding_is_named() {
        let mut tree = tree(&[("1_a.up.sql", "select 1;")]);
        tree.insert("2_b.up.sql".to_owned(), b"select '\xe4';".to_vec());
        let message = discover(&tree, None).unwrap_err().to_string();
        assert!(message.starts_with("2_b.up.sql is not UTF-8: byte 0xe4 at offset 8 (line 1)"), "{message}");
        tree.insert("2_b.up.sql".to_owned(), b"\xff\xfes\0".to_vec());
        let message = discover(&tree, None).unwrap_err().to_string();
        assert!(message.starts_with("2_b.up.sql is UTF-16 LE"), "{message}");
        tree.insert("2_b.up.sql".to_owned(), b"\xef\xbb\xbfselect 2;".to_vec());
        assert_eq!(discover(&tree, None).unwrap().migrations[1].sql, "select 2;");
    }

    #[test]
    fn a_project_is_not_taken_for_a_folder_of_sql() {
        let message = error(&[("prisma/migrations/1_a/migration.sql", ""), ("seed/x.sql", "")]).to_string();
        assert!(message.contains("migrations of prisma lie deeper, in prisma/migrations"), "{message}");
        let message = error(&[("src/main.rs", ""), ("migrations/1_a/up.sql", "select 1;")]).to_string();
        assert!(message.contains("in migrations"), "{message}");
        assert_eq!(found(&[("a/1.sql", ""), ("b/2.sql", "")]).framework, "plain");
    }
}
