//! Constraints: in `CREATE TABLE` where they need nothing but the table, else once what they need is there.

use super::heritage::Heritage;
use super::quote::{ident, qualified};
use super::remarks::comment_on;
use super::tables::target;
use super::{Part, Statement, Writer};
use crate::render::describe;
use crate::schema::{Check, Column, ForeignKey, Table, UniqueKey};

impl Writer<'_> {
    pub(super) fn key(&self, key: &UniqueKey, primary: bool) -> String {
        format!("CONSTRAINT {} {}", ident(&key.name), describe::unique_key_in(key, primary, ident))
    }

    /// The `NOT NULL` of a column, with the name and flags that PostgreSQL 18 keeps.
    pub(super) fn not_null(&self, table: &Table, column: &Column) -> Option<String> {
        let named = table.not_nulls.iter().find(|constraint| constraint.column == column.name);
        match named {
            _ if !column.not_null => None,
            Some(constraint) if constraint.not_valid => None,
            Some(constraint) => {
                let flag = if constraint.no_inherit { " NO INHERIT" } else { "" };
                Some(format!(" CONSTRAINT {} NOT NULL{flag}", ident(&constraint.name)))
            }
            None => Some(" NOT NULL".to_owned()),
        }
    }

    pub(super) fn is_not_valid(&self, table: &Table, column: &Column) -> bool {
        table.not_nulls.iter().any(|constraint| constraint.column == column.name && constraint.not_valid)
    }

    pub(super) fn check_is_inline(&self, check: &Check, heritage: &Heritage) -> bool {
        let comes_with_parent = check.inherited && matches!(heritage, Heritage::Inherits(_));
        !comes_with_parent && !check.not_valid && !check.expression.is_empty() && !self.calls(&check.expression)
    }

    pub(super) fn inline_constraint_comments(&self, table: &Table, heritage: &Heritage) -> Vec<Statement> {
        let keys = table.primary_key.iter().chain(&table.unique_keys).map(|key| (&key.name, &key.comment));
        let checks = table.checks.iter().filter(|check| self.check_is_inline(check, heritage));
        let not_nulls = table.not_nulls.iter().filter(|constraint| !constraint.not_valid);
        let all = keys
            .chain(checks.map(|check| (&check.name, &check.comment)))
            .chain(not_nulls.map(|constraint| (&constraint.name, &constraint.comment)));
        all.filter_map(|(name, comment)| constraint_comment(table, name, comment.as_deref())).collect()
    }

    /// Checks that call functions of the schema's own, before anything is attached.
    pub(super) fn finish_checks(&mut self, table: &Table) {
        let heritage = self.heritage(table);
        for check in &table.checks {
            let object = format!("check {} of {}", ident(&check.name), target(table).object);
            if check.expression.is_empty() {
                self.note(&object, "its expression could not be read");
            } else if !check.not_valid && !self.check_is_inline(check, &heritage) {
                if !(check.inherited && matches!(heritage, Heritage::Inherits(_))) {
                    self.add_constraint(table, &check.name, &describe::check(check), object);
                }
                self.statements.extend(constraint_comment(table, &check.name, check.comment.as_deref()));
            }
        }
        for exclusion in &table.exclusions {
            let object = format!("exclusion constraint {} of {}", ident(&exclusion.name), target(table).object);
            if exclusion.definition.is_empty() {
                self.note(&object, "its definition could not be read");
                continue;
            }
            let deferral = describe::deferral(exclusion.deferrable, exclusion.initially_deferred);
            self.add_constraint(table, &exclusion.name, &format!("{}{deferral}", exclusion.definition), object);
            self.statements.extend(constraint_comment(table, &exclusion.name, exclusion.comment.as_deref()));
        }
    }

    /// What is not valid: a parent hands it down to its children, so they must be there.
    pub(super) fn finish_not_valid(&mut self, table: &Table) {
        for check in table.checks.iter().filter(|check| check.not_valid) {
            if !check.inherited {
                let object = format!("check {} of {}", ident(&check.name), target(table).object);
                self.add_constraint(table, &check.name, &describe::check(check), object);
            }
            self.statements.extend(constraint_comment(table, &check.name, check.comment.as_deref()));
        }
        let parents = table.inherits.iter().chain(table.partition_of.iter().map(|partition| &partition.parent));
        let parents: Vec<&Table> = parents.filter_map(|name| self.schema.table(name)).collect();
        for constraint in table.not_nulls.iter().filter(|constraint| constraint.not_valid) {
            let handed_down = parents
                .iter()
                .flat_map(|parent| &parent.not_nulls)
                .any(|theirs| theirs.not_valid && theirs.name == constraint.name && theirs.column == constraint.column);
            if !handed_down {
                let object = format!("not-null constraint {} of {}", ident(&constraint.name), target(table).object);
                self.add_constraint(table, &constraint.name, &describe::not_null_in(constraint, ident), object);
            }
            self.statements.extend(constraint_comment(table, &constraint.name, constraint.comment.as_deref()));
        }
    }

    /// Partitions' own come before their parents': PostgreSQL then finds them and makes no second.
    pub(super) fn foreign_keys(&mut self, table: &Table) {
        self.foreign_keys_that(table, |_| true);
    }

    pub(super) fn foreign_keys_that(&mut self, table: &Table, wanted: impl Fn(&ForeignKey) -> bool) {
        for key in table.foreign_keys.iter().filter(|key| !key.is_virtual && wanted(key)) {
            let object = format!("foreign key {} of {}", ident(&key.name), target(table).object);
            if self.schema.table(&key.references).is_none() {
                self.note(&object, &format!("table {} is left out", key.references));
                continue;
            }
            self.add_constraint(table, &key.name, &describe::foreign_key_in(key, ident), object);
            self.statements.extend(constraint_comment(table, &key.name, key.comment.as_deref()));
        }
    }

    fn add_constraint(&mut self, table: &Table, name: &str, definition: &str, object: String) {
        let kind = target(table).kind;
        let sql = format!("ALTER {kind} {}\n    ADD CONSTRAINT {} {definition};", qualified(&table.name), ident(name));
        self.add(Part::Object, object, sql);
    }
}

fn constraint_comment(table: &Table, name: &str, comment: Option<&str>) -> Option<Statement> {
    let object = format!("constraint {} of {}", ident(name), target(table).object);
    comment_on(&object, &format!("CONSTRAINT {} ON {}", ident(name), qualified(&table.name)), comment)
}
