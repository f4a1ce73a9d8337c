//! From a root changelog through everything that it includes, in the order in which Liquibase runs it.

use super::super::list;
use super::include::{included_all, target};
use super::node::{self, Node};
use super::sums::{condition, key};
use super::{
    COMMAND, ChangeSet, DiscoveryError, Folder, Found, Framework, Liquibase, Migration, Role, Variables,
    end_statements, for_postgresql, formatted, malformed, text,
};
use crate::migration::checksum::{self, LiquibaseChange};

/// Changes that leave the schema alone.
const HARMLESS: &[&str] =
    &["tagDatabase", "output", "empty", "comment", "validCheckSum", "preConditions", "rollback", "stop"];

pub(super) struct Walk<'a> {
    pub(super) folder: &'a Folder<'a>,
    pub(super) variables: Variables,
    found: Found,
    /// Changelogs on the way down, so that one that includes itself ends.
    open: Vec<String>,
    /// File, author and id of each changeset, which together must be unique.
    seen: Vec<(String, String, String)>,
    contexts: usize,
    preconditions: usize,
    others: Vec<String>,
}

impl<'a> Walk<'a> {
    pub(super) fn new(folder: &'a Folder<'a>) -> Self {
        let variables = Variables { values: folder.options.placeholders.clone(), unknown: Vec::new() };
        Self {
            folder,
            variables,
            found: Found::default(),
            open: Vec::new(),
            seen: Vec::new(),
            contexts: 0,
            preconditions: 0,
            others: Vec::new(),
        }
    }

    pub(super) fn finish(mut self) -> Found {
        let plural = |count: usize| if count == 1 { "" } else { "s" };
        if self.contexts > 0 {
            let count = self.contexts;
            self.found
                .notes
                .push(format!("contexts and labels select nothing: {count} changeset{} with one run", plural(count)));
        }
        if self.preconditions > 0 {
            let count = self.preconditions;
            self.found
                .notes
                .push(format!("preconditions are not evaluated: {count} changeset{} with one run", plural(count)));
        }
        self.found.ignored(&self.others, "for another database, or to be ignored");
        self.variables.unknown.sort();
        self.variables.unknown.dedup();
        if !self.variables.unknown.is_empty() {
            let names = list(&self.variables.unknown);
            self.found
                .notes
                .push(format!("no value for the properties {names}: they stay as they are, as in Liquibase"));
        }
        self.found
    }

    /// Runs a changelog, whatever its kind.
    pub(super) fn file(&mut self, path: &str, from: &str) -> Result<(), DiscoveryError> {
        if self.open.iter().any(|open| open == path) {
            return Err(malformed(&Liquibase, from, 1, format!("{path} includes itself")));
        }
        self.open.push(path.to_owned());
        if text::has_ending(path, ".sql") {
            self.sql(path)?;
        } else {
            let root = node::parse(path, self.folder.text(path)?)
                .map_err(|(line, what)| malformed(&Liquibase, path, line, what))?;
            for child in &root.children {
                self.item(path, child)?;
            }
        }
        self.open.pop();
        Ok(())
    }

    fn sql(&mut self, path: &str) -> Result<(), DiscoveryError> {
        let sql = self.folder.text(path)?;
        if !formatted::is_formatted(sql) {
            // Included as it is: one changeset, and no properties are put in.
            self.unique(path, "includeAll", "raw", 1)?;
            let change = LiquibaseChange { sql, delimiter: None, split: false, strip_comments: false, ours: true };
            self.found.migrations.push(Migration {
                key: key(path, "includeAll", "raw"),
                checksums: self.folder.sums(path, |_| checksum::liquibase(&[change])),
                version: "includeAll:raw".to_owned(),
                name: text::file_name(path).to_owned(),
                path: path.to_owned(),
                sql: sql.to_owned(),
                first_line: 1,
                transactional: true,
                ..Migration::default()
            });
            return Ok(());
        }
        let file = formatted::parse(sql, &mut self.variables)
            .map_err(|(line, what)| malformed(&Liquibase, path, line, what))?;
        if file.stray {
            self.found.notes.push(format!("{path}: SQL before the first changeset is left out, as in Liquibase"));
        }
        for set in file.sets {
            self.set(path, set)?;
        }
        Ok(())
    }

    fn set(&mut self, path: &str, set: ChangeSet) -> Result<(), DiscoveryError> {
        self.unique(path, &set.author, &set.id, set.line)?;
        if !set.runs {
            self.others.push(format!("{path} ({}:{})", set.author, set.id));
            return Ok(());
        }
        self.contexts += usize::from(set.context);
        self.preconditions += usize::from(set.preconditions);
        let checksums = if self.folder.listing { set.checksums(&mut self.variables) } else { Vec::new() };
        let sql = self.variables.put_in(&set.sql);
        let sql = end_statements(&sql, set.delimiter.as_deref(), set.split)
            .map_err(|what| malformed(&Liquibase, path, set.line, what))?;
        self.found.migrations.push(Migration {
            version: format!("{}:{}", set.author, set.id),
            key: key(set.logical_path.as_deref().unwrap_or(path), &set.author, &set.id),
            checksums,
            role: set.role,
            condition: condition(set.context, set.preconditions),
            name: set.id,
            path: path.to_owned(),
            sql,
            first_line: set.line,
            transactional: set.transactional,
            ..Migration::default()
        });
        Ok(())
    }

    fn unique(&mut self, path: &str, author: &str, id: &str, line: usize) -> Result<(), DiscoveryError> {
        let key = (path.to_owned(), author.to_owned(), id.to_owned());
        if self.seen.contains(&key) {
            return Err(malformed(&Liquibase, path, line, format!("a second changeset {author}:{id} in this file")));
        }
        self.seen.push(key);
        Ok(())
    }

    fn item(&mut self, path: &str, item: &Node) -> Result<(), DiscoveryError> {
        match item.name.as_str() {
            "include" => {
                let target = self.target(path, item, "file")?;
                self.file(&target, path)
            }
            "includeAll" => {
                for target in included_all(self.folder, path, item).ok_or_else(|| self.missing(path, item, "path"))? {
                    self.file(&target, path)?;
                }
                Ok(())
            }
            "property" => {
                if let (Some(name), Some(value), true) =
                    (item.attribute("name"), item.attribute("value"), for_postgresql(item.attribute("dbms")))
                {
                    self.variables.set(name, value);
                } else if let Some(file) = item.attribute("file") {
                    self.found.notes.push(format!("{path}: properties of {file} are not read"));
                }
                Ok(())
            }
            "changeSet" => self.change_set(path, item),
            _ => Ok(()),
        }
    }

    fn change_set(&mut self, path: &str, set: &Node) -> Result<(), DiscoveryError> {
        let (author, id) = (set.attribute("author").unwrap_or(""), set.attribute("id").unwrap_or(""));
        self.unique(path, author, id, set.line)?;
        if !for_postgresql(set.attribute("dbms")) || set.says("ignore", "true") {
            self.others.push(format!("{path} ({author}:{id})"));
            return Ok(());
        }
        let labelled = ["context", "contextFilter", "labels"].iter().any(|name| set.attribute(name).is_some());
        let preconditions = set.children.iter().any(|child| child.name == "preConditions");
        self.contexts += usize::from(labelled);
        self.preconditions += usize::from(preconditions);
        let recorded = Migration {
            version: format!("{author}:{id}"),
            key: key(set.attribute("logicalFilePath").unwrap_or(path), author, id),
            checksums: if self.folder.listing { self.checksums(path, set) } else { Vec::new() },
            role: if set.says("runAlways", "true") {
                Role::Always
            } else if set.says("runOnChange", "true") {
                Role::OnChange
            } else {
                Role::Once
            },
            condition: condition(labelled, preconditions),
            name: id.to_owned(),
            transactional: !set.says("runInTransaction", "false"),
            ..Migration::default()
        };
        // In XML the changes stand right in the changeset, in YAML and JSON under a key.
        let changes = set.children.iter().flat_map(|child| match child.name.as_str() {
            "changes" => child.children.iter().collect::<Vec<_>>(),
            _ => vec![child],
        });
        for change in changes.filter(|change| !HARMLESS.contains(&change.name.as_str())) {
            if !for_postgresql(change.attribute("dbms")) {
                continue;
            }
            let (path, sql, line) = match change.name.as_str() {
                "sql" => {
                    let attribute = change.attributes.iter().find(|(name, ..)| name == "sql");
                    let (sql, line) =
                        attribute.map_or((&change.text, change.text_line), |(_, text, line)| (text, *line));
                    (path.to_owned(), sql.clone(), line)
                }
                "sqlFile" => {
                    let target = self.target(path, change, "path")?;
                    let sql = self.folder.text(&target)?.to_owned();
                    (target, sql, 1)
                }
                other => {
                    self.found.refusal.get_or_insert_with(|| DiscoveryError::NotSql {
                        framework: Liquibase.name().to_owned(),
                        path: path.to_owned(),
                        line: change.line,
                        what: format!("{other} of changeset {author}:{id}"),
                        command: COMMAND.to_owned(),
                    });
                    let (path, first_line) = (path.to_owned(), change.line);
                    self.found.migrations.push(Migration { path, first_line, program: true, ..recorded.clone() });
                    continue;
                }
            };
            let sql = self.variables.put_in(&sql);
            let split = !change.says("splitStatements", "false");
            let sql = end_statements(&sql, change.attribute("endDelimiter"), split)
                .map_err(|what| malformed(&Liquibase, &path, change.line, what))?;
            self.found.migrations.push(Migration { path, sql, first_line: line, ..recorded.clone() });
        }
        Ok(())
    }

    pub(super) fn target(&self, path: &str, item: &Node, attribute: &str) -> Result<String, DiscoveryError> {
        target(self.folder, path, item, attribute).ok_or_else(|| self.missing(path, item, attribute))
    }

    fn missing(&self, path: &str, item: &Node, attribute: &str) -> DiscoveryError {
        DiscoveryError::MissingFile {
            framework: Liquibase.name().to_owned(),
            listed_in: format!("{path}, line {},", item.line),
            path: item.attribute(attribute).unwrap_or("nothing").to_owned(),
            hint: "Name a folder that holds all the changelogs, such as src/main/resources".to_owned(),
        }
    }
}
