//! Liquibase: formatted SQL, and changelogs in XML, YAML or JSON that include SQL.
//!
//! Promises the reading of Liquibase's `AbstractFormattedChangeLogParser`, `SqlChangeLogParser`, `DatabaseChangeLog`
//! (include, includeAll) and `ExpressionExpander`: changesets run in the order of their file, files in the order in
//! which the root changelog includes them, `includeAll` goes by path as text; a changeset for other databases or with
//! `ignore:true` does not run; each runs in a transaction unless `runInTransaction:false`; `${name}` without a value
//! stays as it is. Contexts and labels select nothing, as when Liquibase is run without any. Preconditions are not
//! evaluated. Changes other than SQL (`createTable`) are Liquibase's to write.
//!
//! `splitStatements` and `stripComments` change nothing for PostgreSQL: statements are told apart by its own grammar.

mod formatted;
mod include;
mod node;
mod sums;
mod walk;

use std::collections::BTreeMap;

use super::delimiter::{lone_words_to_semicolons, to_semicolons};
use super::{DiscoveryError, Evidence, Folder, Found, Framework, History, malformed};
use crate::migration::{Migration, Role, text};

pub(crate) struct Liquibase;

const COMMAND: &str = r#"["liquibase", "update"]"#;

impl Framework for Liquibase {
    fn name(&self) -> &'static str {
        "liquibase"
    }

    fn looks_for(&self) -> &'static str {
        "a changelog: SQL that begins with «--liquibase formatted sql», or databaseChangeLog in XML, YAML or JSON"
    }

    fn detect(&self, folder: &Folder) -> Option<Evidence> {
        let file = folder.paths().find(|path| is_changelog(folder, path))?;
        Evidence::at(95, file)
    }

    fn read(&self, folder: &Folder) -> Result<Found, DiscoveryError> {
        let mut walk = walk::Walk::new(folder);
        for root in roots(folder)? {
            walk.file(&root, &root)?;
        }
        Ok(walk.finish())
    }

    fn history(&self) -> History {
        History {
            ddl: Some(
                "CREATE TABLE IF NOT EXISTS databasechangelog (id varchar(255) NOT NULL, author varchar(255) NOT NULL, \
                 filename varchar(255) NOT NULL, dateexecuted timestamp NOT NULL, orderexecuted integer NOT NULL, \
                 exectype varchar(10) NOT NULL, md5sum varchar(35), description varchar(255), comments varchar(255), \
                 tag varchar(255), liquibase varchar(20), contexts varchar(255), labels varchar(255), \
                 deployment_id varchar(10)); \
                 CREATE TABLE IF NOT EXISTS databasechangeloglock (id integer PRIMARY KEY NOT NULL, locked boolean NOT \
                 NULL, lockgranted timestamp, lockedby varchar(255));",
            ),
            tables: &["public.databasechangelog", "public.databasechangeloglock"],
            schemas: &[],
        }
    }
}

/// One changeset of formatted SQL.
#[derive(Debug)]
struct ChangeSet {
    author: String,
    id: String,
    line: usize,
    transactional: bool,
    /// Whether it is for PostgreSQL and not ignored.
    runs: bool,
    /// Whether it has a context or labels.
    context: bool,
    preconditions: bool,
    role: Role,
    /// The path under which the history knows it, where that is not the file's own.
    logical_path: Option<String>,
    split: bool,
    strip: bool,
    /// Run by another program (`runWith`): version 8 of the checksum counts it in.
    run_with: bool,
    /// The lines that Liquibase takes for SQL, without its own.
    body: String,
    /// The same with the way back that stands in a block comment, where there is one: Liquibase has not always known
    /// that for its own.
    whole: Option<String>,
    /// Sums that the file itself declares to be good; `1:any` takes all.
    valid: Vec<String>,
    delimiter: Option<String>,
    sql: String,
}

/// Values for `${name}`; of two, the first counts.
struct Variables {
    values: BTreeMap<String, String>,
    unknown: Vec<String>,
}

impl Variables {
    fn set(&mut self, name: &str, value: &str) {
        self.values.entry(name.to_owned()).or_insert_with(|| value.to_owned());
    }

    fn put_in(&mut self, sql: &str) -> String {
        let mut out = String::with_capacity(sql.len());
        let mut rest = sql;
        while let Some((before, after)) = rest.split_once("${") {
            out.push_str(before);
            let Some((name, end)) = after.split_once('}') else {
                out.push_str("${");
                rest = after;
                continue;
            };
            match self.values.get(name.trim()) {
                Some(value) => out.push_str(value),
                None => {
                    self.unknown.push(name.to_owned());
                    out.push_str(&format!("${{{name}}}"));
                }
            }
            rest = end;
        }
        out.push_str(rest);
        out
    }
}

/// Whether a `dbms` attribute lets PostgreSQL through.
fn for_postgresql(dbms: Option<&str>) -> bool {
    let Some(list) = dbms.map(str::trim).filter(|list| !list.is_empty()) else { return true };
    let names: Vec<&str> = list.split(',').map(str::trim).collect();
    if names.iter().any(|name| matches!(*name, "none" | "!postgresql")) {
        return false;
    }
    names.iter().any(|name| matches!(*name, "postgresql" | "all")) || names.iter().all(|name| name.starts_with('!'))
}

/// Ends statements with semicolons where the changeset says that something else ends them.
fn end_statements(sql: &str, delimiter: Option<&str>, split: bool) -> Result<String, String> {
    match delimiter {
        Some(spelled) => {
            // It is a regular expression; in practice one of a few plain ones.
            let plain = spelled.replace("\\n", "\n").replace("\\r", "").replace("\\$", "$").replace("\\/", "/");
            let plain = plain.replace("\\s*", "");
            let plain = plain.strip_suffix('$').filter(|rest| rest.starts_with('\n')).unwrap_or(&plain).to_owned();
            if plain.contains('\\') {
                return Err(format!("endDelimiter:{spelled} is not understood; end the statements with ;"));
            }
            Ok(to_semicolons(sql, &plain))
        }
        None if split => Ok(lone_words_to_semicolons(sql, &["/", "go"])),
        None => Ok(sql.to_owned()),
    }
}

fn is_changelog(folder: &Folder, path: &str) -> bool {
    if text::has_ending(path, ".sql") {
        return formatted::is_formatted(&folder.peek(path));
    }
    let structured = [".xml", ".yaml", ".yml", ".json"].iter().any(|ending| path.ends_with(ending));
    structured && folder.peek(path).contains("databaseChangeLog")
}

/// The root that a configuration names: Liquibase's own, or Spring's (`spring.liquibase.change-log`).
fn named_root(folder: &Folder) -> Option<String> {
    let setting = |line: &str| -> Option<String> {
        let (key, value) = line.split_once(['=', ':'])?;
        let key = key.trim().to_ascii_lowercase().replace('-', "");
        let named = matches!(
            key.as_str(),
            "changelog" | "changelogfile" | "liquibase.command.changelogfile" | "spring.liquibase.changelog"
        );
        named.then(|| value.trim().trim_matches(['"', '\'']).to_owned())
    };
    ["liquibase.properties", "application.properties", "application.yml", "application.yaml"].iter().find_map(|name| {
        let (_, bytes) = folder.beside_bytes(name)?;
        let text = String::from_utf8_lossy(bytes).into_owned();
        text.lines().filter_map(setting).find_map(|path| include::resolve(folder, &path))
    })
}

/// The changelogs that no other one includes: where Liquibase starts.
fn roots(folder: &Folder) -> Result<Vec<String>, DiscoveryError> {
    if let Some(path) = named_root(folder) {
        return Ok(vec![path]);
    }
    let all: Vec<&str> = folder.paths().filter(|path| is_changelog(folder, path)).collect();
    let mut included = Vec::new();
    for path in all.iter().filter(|path| !text::has_ending(path, ".sql")) {
        include::includes(folder, path, &mut included)?;
    }
    let roots: Vec<String> =
        all.iter().filter(|path| !included.iter().any(|known| known == *path)).map(|path| (*path).to_owned()).collect();
    let structured: Vec<&String> = roots.iter().filter(|path| !text::has_ending(path, ".sql")).collect();
    let master = || {
        let mut named = structured.iter().filter(|path| {
            let name = text::file_name(path).to_ascii_lowercase();
            ["master", "root", "main"].iter().any(|word| name.contains(word))
        });
        named.next().filter(|_| named.next().is_none())
    };
    match structured.as_slice() {
        // Nothing but formatted SQL: the order of names, as includeAll has it.
        [] => Ok(roots),
        [one] => Ok(vec![(*one).clone()]),
        _ => match master() {
            Some(path) => Ok(vec![(*path).clone()]),
            None => Err(DiscoveryError::SeveralRoots {
                framework: "liquibase".to_owned(),
                files: structured.into_iter().cloned().collect(),
            }),
        },
    }
}

#[cfg(test)]
mod tests;
