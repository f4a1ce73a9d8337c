//! What Liquibase's history knows a changeset by.

use super::node::Node;
use super::walk::Walk;
use super::{ChangeSet, Variables, for_postgresql};
use crate::migration::checksum::{self, LiquibaseChange};

/// `path::id::author`, as Liquibase itself prints it.
pub(super) fn key(path: &str, author: &str, id: &str) -> String {
    format!("{}::{id}::{author}", path.strip_prefix("classpath:").unwrap_or(path))
}

pub(super) fn condition(context: bool, preconditions: bool) -> Option<String> {
    match (context, preconditions) {
        (true, true) => Some("its contexts or labels and its preconditions".to_owned()),
        (true, false) => Some("its contexts or labels".to_owned()),
        (false, true) => Some("its preconditions".to_owned()),
        (false, false) => None,
    }
}

impl ChangeSet {
    /// Of formatted SQL.
    pub(super) fn checksums(&self, variables: &mut Variables) -> Vec<String> {
        let mut out = Vec::new();
        for text in std::iter::once(&self.body).chain(&self.whole) {
            let sql = variables.put_in(text.trim());
            let change = LiquibaseChange {
                sql: &sql,
                delimiter: self.delimiter.as_deref(),
                split: self.split,
                strip_comments: self.strip,
                ours: true,
            };
            out.extend(checksum::liquibase(&[change]));
        }
        // A lone slash at the end and another runner change what version 8 is over, in ways of their own.
        if self.run_with || self.body.trim().ends_with("\n/") {
            out.retain(|sum| !sum.starts_with("8:"));
        }
        out.extend(self.valid.iter().cloned());
        out
    }
}

impl Walk<'_> {
    /// Of a changeset in XML, YAML or JSON; none where it holds a change that is not SQL.
    pub(super) fn checksums(&mut self, path: &str, set: &Node) -> Vec<String> {
        let mut parts: Vec<(String, &Node)> = Vec::new();
        let mut valid = Vec::new();
        let mut files = false;
        let changes = set.children.iter().flat_map(|child| match child.name.as_str() {
            "changes" => child.children.iter().collect::<Vec<_>>(),
            _ => vec![child],
        });
        for change in changes {
            match change.name.as_str() {
                "sql" => {
                    let attribute = change.attributes.iter().find(|(name, ..)| name == "sql");
                    let sql = attribute.map_or(&change.text, |(_, text, _)| text);
                    parts.push((self.variables.put_in(sql.trim()), change));
                }
                "sqlFile" => {
                    let text = self.target(path, change, "path").and_then(|target| self.folder.text(&target));
                    // Whether values are put in before the sum is taken depends on how Liquibase was started.
                    let Some(text) = text.ok().filter(|text| !text.contains("${")) else { return Vec::new() };
                    files = true;
                    parts.push((text.to_owned(), change));
                }
                "validCheckSum" => {
                    let said = change.attribute("checkSum").unwrap_or(&change.text);
                    valid.push(said.trim().to_ascii_lowercase());
                }
                "comment" | "preConditions" | "rollback" => {}
                _ => return valid,
            }
        }
        let changes: Vec<LiquibaseChange> = parts
            .iter()
            .map(|(sql, change)| LiquibaseChange {
                sql,
                delimiter: change.attribute("endDelimiter"),
                split: !change.says("splitStatements", "false"),
                strip_comments: change.says("stripComments", "true"),
                ours: for_postgresql(change.attribute("dbms")),
            })
            .collect();
        let mut out = checksum::liquibase(&changes);
        if files {
            out.retain(|sum| !sum.starts_with("8:"));
        }
        out.extend(valid);
        out
    }
}
