//! `CREATE TABLE`, with the columns and whatever of the constraints needs nothing but the table itself.
//!
//! A partition is made like a table of its own, with its keys and indexes, and attached later: so each of them keeps
//! its name, and PostgreSQL finds the parent's among them.

use super::heritage::Heritage;
use super::order::Node;
use super::quote::{foreign_options, ident, qualified, settings};
use super::refs::{Refs, Use};
use super::remarks::Target;
use super::{Part, Writer, rank};
use crate::render::describe;
use crate::schema::{Column, IdentityMode, Table};

impl Writer<'_> {
    pub(super) fn table(&mut self, table: &Table) -> Node {
        let target = target(table);
        let heritage = self.heritage(table);
        let mut needs = Refs::new();
        let mut parts: Vec<String> = Vec::new();
        for column in &table.columns {
            parts.extend(self.column(table, column, &heritage, &mut needs));
        }
        parts.extend(table.primary_key.iter().map(|key| self.key(key, true)));
        parts.extend(table.unique_keys.iter().map(|key| self.key(key, false)));
        for check in table.checks.iter().filter(|check| self.check_is_inline(check, &heritage)) {
            needs.append(&mut self.refs([check.expression.as_str()]));
            parts.push(format!("CONSTRAINT {} {}", ident(&check.name), describe::check(check)));
        }
        let unlogged = if table.unlogged { "UNLOGGED " } else { "" };
        let mut sql = format!("CREATE {unlogged}{} {}", target.kind, target.name);
        if let Some(of_type) = &table.of_type {
            needs.insert((of_type.clone(), Use::Name));
            sql.push_str(&format!(" OF {}", qualified(of_type)));
        }
        if !parts.is_empty() || table.of_type.is_none() {
            let lines: Vec<_> = parts.iter().map(|part| format!("\n    {part}")).collect();
            sql.push_str(&format!(" ({}\n)", lines.join(",")));
        }
        if let Heritage::Inherits(parents) = &heritage {
            let names: Vec<_> = parents.iter().map(qualified).collect();
            sql.push_str(&format!("\nINHERITS ({})", names.join(", ")));
            needs.extend(parents.iter().map(|name| (name.clone(), Use::Name)));
        }
        if let Some(key) = &table.partition_key {
            needs.append(&mut self.refs([key.definition.as_str()]));
            sql.push_str(&format!("\nPARTITION BY {}", key.definition));
        }
        if let Some(foreign) = &table.foreign {
            sql.push_str(&format!("\nSERVER {}{}", ident(&foreign.server), foreign_options(&foreign.options)));
        }
        if let Some(method) = &table.access_method {
            sql.push_str(&format!("\nUSING {}", ident(method)));
        }
        if !table.options.is_empty() {
            sql.push_str(&format!("\nWITH ({})", settings(&table.options)));
        }
        let mut node = self.node(rank::TABLE, &table.name, &target, sql + ";");
        node.needs = needs;
        // A parent reads better before its partitions.
        node.prefers.extend(table.partition_of.iter().map(|partition| (partition.parent.clone(), Use::Name)));
        for column in &table.columns {
            node.statements.extend(self.column_changes(table, column, &heritage));
        }
        node.statements.extend(self.about(&target, &table.about));
        for column in &table.columns {
            node.statements.extend(self.column_comment(&target, column));
            node.statements.extend(self.column_grants(&target, &column.name, &column.grants));
        }
        node.statements.extend(self.inline_constraint_comments(table, &heritage));
        node
    }

    /// A column as it stands in `CREATE TABLE`; `None` where the parents or the type bring it as it is.
    fn column(&self, table: &Table, column: &Column, heritage: &Heritage, needs: &mut Refs) -> Option<String> {
        if matches!(heritage, Heritage::Inherits(_)) && column.inherited {
            return None;
        }
        let mut text = ident(&column.name);
        let mut said = table.of_type.is_none();
        if table.of_type.is_none() {
            needs.append(&mut self.refs([column.data_type.as_str()]));
            text.push_str(&format!(" {}", column.data_type));
            if let Some(method) = &column.compression {
                text.push_str(&format!(" COMPRESSION {method}"));
            }
            text.push_str(&foreign_options(&column.options));
            if let Some(collation) = &column.collation {
                text.push_str(&format!(" COLLATE {}", super::quote::requoted(collation)));
            }
        } else {
            text.push_str(" WITH OPTIONS");
        }
        if let Some(default) = column.default.as_ref().filter(|_| self.default_is_inline(column)) {
            needs.append(&mut self.refs([default.as_str()]));
            text.push_str(&format!(" DEFAULT {default}"));
            said = true;
        }
        if let Some(generated) = &column.generated {
            needs.append(&mut self.refs([generated.expression.as_str()]));
            let kind = if generated.is_virtual { "VIRTUAL" } else { "STORED" };
            text.push_str(&format!(" GENERATED ALWAYS AS ({}) {kind}", generated.expression));
            said = true;
        }
        if let Some(identity) = column.identity.as_ref().filter(|_| !self.identity_comes_from_parent(table, column)) {
            let mode = match identity.mode {
                IdentityMode::Always => "ALWAYS",
                IdentityMode::ByDefault => "BY DEFAULT",
            };
            text.push_str(&format!(" GENERATED {mode} AS IDENTITY"));
            if !identity.options.is_empty() {
                text.push_str(&format!(" ({})", identity.options.join(" ")));
            }
            said = true;
        }
        if let Some(not_null) = self.not_null(table, column) {
            text.push_str(&not_null);
            said = true;
        }
        said.then_some(text)
    }

    /// A default that calls a function of the schema's own waits until that is there: it may take this very table.
    pub(super) fn default_is_inline(&self, column: &Column) -> bool {
        column.default.as_ref().is_some_and(|text| !self.calls(text))
    }

    /// What `CREATE TABLE` cannot say in every version, or does not because the parents bring the column.
    fn column_changes(&self, table: &Table, column: &Column, heritage: &Heritage) -> Vec<super::Statement> {
        let name = ident(&column.name);
        let mut changes = Vec::new();
        if let Heritage::Inherits(parents) = heritage
            && column.inherited
        {
            let theirs = parents.iter().filter_map(|parent| self.schema.table(parent)?.column(&column.name));
            let theirs: Vec<&Column> = theirs.collect();
            if column.not_null && !theirs.iter().any(|theirs| theirs.not_null) && !self.is_not_valid(table, column) {
                changes.push("SET NOT NULL".to_owned());
            }
            let given =
                theirs.iter().find_map(|theirs| theirs.default.as_ref().filter(|_| self.default_is_inline(theirs)));
            match &column.default {
                Some(default) if given != Some(default) && self.default_is_inline(column) => {
                    changes.push(format!("SET DEFAULT {default}"));
                }
                None if given.is_some() => changes.push("DROP DEFAULT".to_owned()),
                _ => {}
            }
            if column.compression.is_some() && !theirs.iter().any(|theirs| theirs.compression == column.compression) {
                changes.extend(column.compression.as_ref().map(|method| format!("SET COMPRESSION {method}")));
            }
        }
        if let Some(storage) = &column.storage {
            changes.push(format!("SET STORAGE {}", storage.to_uppercase()));
        }
        let of = format!("column {} of {}", name, target(table).object);
        let statement = |change: String| {
            let sql =
                format!("ALTER {} ONLY {} ALTER COLUMN {name} {change};", target(table).kind, qualified(&table.name));
            super::Statement::new(Part::Object, of.clone(), sql)
        };
        changes.into_iter().map(statement).collect()
    }

    /// Defaults that the table was made without.
    pub(super) fn finish_defaults(&mut self, table: &Table) {
        for column in &table.columns {
            if let Some(default) = column.default.as_ref().filter(|_| !self.default_is_inline(column)) {
                self.set_default(target(table).kind, &qualified(&table.name), &table.name.to_string(), column, default);
            }
        }
    }

    pub(super) fn set_default(&mut self, kind: &str, name: &str, spoken: &str, column: &Column, default: &str) {
        let column = ident(&column.name);
        let sql = format!("ALTER {kind} ONLY {name} ALTER COLUMN {column} SET DEFAULT {default};");
        let sql = if kind == "VIEW" { sql.replacen("VIEW ONLY", "VIEW", 1) } else { sql };
        self.add(Part::Object, format!("default of column {column} of {} {spoken}", kind.to_lowercase()), sql);
    }
}

pub(super) fn target(table: &Table) -> Target {
    let kind = if table.foreign.is_some() { "FOREIGN TABLE" } else { "TABLE" };
    Target::new(format!("{} {}", kind.to_lowercase(), table.name), kind, "TABLE", qualified(&table.name))
}
