//! What most kinds of object have in common, as statements: owner, comment, privileges.

use super::quote::{literal, role};
use super::{Part, Statement, Writer};
use crate::schema::{About, Grant};

/// How statements about an object name it.
pub(super) struct Target {
    /// For people: `table public.orders`.
    pub(super) object: String,
    /// After `COMMENT ON` and `ALTER`: `MATERIALIZED VIEW`.
    pub(super) kind: &'static str,
    /// After `GRANT … ON`: `TABLE`. Empty where nothing can be granted.
    pub(super) granted: &'static str,
    /// As SQL, with arguments where they belong to it.
    pub(super) name: String,
    /// The name after `GRANT … ON`, where it is another.
    pub(super) granted_name: Option<String>,
}

impl Target {
    pub(super) fn new(object: String, kind: &'static str, granted: &'static str, name: String) -> Self {
        Self { object, kind, granted, name, granted_name: None }
    }
}

impl Writer<'_> {
    /// Owner, comment and privileges.
    pub(super) fn about(&self, target: &Target, about: &About) -> Vec<Statement> {
        let mut statements = Vec::new();
        statements.extend(self.owner(target, about));
        statements.extend(comment(target, about.comment.as_deref()));
        statements.extend(self.grants(target, &about.grants));
        statements
    }

    pub(super) fn owner(&self, target: &Target, about: &About) -> Option<Statement> {
        let owner = about.owner.as_ref().filter(|_| self.options.owners)?;
        let sql = format!("ALTER {} {} OWNER TO {};", target.kind, target.name, role(owner));
        Some(Statement::new(Part::Owner, format!("owner of {}", target.object), sql))
    }

    pub(super) fn grants(&self, target: &Target, grants: &[Grant]) -> Vec<Statement> {
        if !self.options.privileges || target.granted.is_empty() {
            return Vec::new();
        }
        let on = format!("{} {}", target.granted, target.granted_name.as_ref().unwrap_or(&target.name));
        let one = |grant: &Grant| {
            let privileges = if is_all(target, grant) { "ALL".to_owned() } else { grant.privileges.join(", ") };
            privilege(target, grant, &privileges, &on)
        };
        grants.iter().map(one).collect()
    }

    /// Privileges on one column.
    pub(super) fn column_grants(&self, target: &Target, column: &str, grants: &[Grant]) -> Vec<Statement> {
        if !self.options.privileges {
            return Vec::new();
        }
        let on = format!("TABLE {}", target.name);
        let column = super::quote::ident(column);
        let one = |grant: &Grant| {
            let privileges: Vec<_> = grant.privileges.iter().map(|name| format!("{name} ({column})")).collect();
            privilege(target, grant, &privileges.join(", "), &on)
        };
        grants.iter().map(one).collect()
    }
}

/// `MAINTAIN`, which PostgreSQL 17 added, is left out of the model where the seven older ones come with it.
fn is_all(target: &Target, grant: &Grant) -> bool {
    target.granted == "TABLE" && grant.privileges.len() == 7 && !grant.privileges.iter().any(|name| name == "MAINTAIN")
}

fn privilege(target: &Target, grant: &Grant, privileges: &str, on: &str) -> Statement {
    let role = role(&grant.role);
    let sql = match (grant.revoked, grant.grantable) {
        (true, _) => format!("REVOKE {privileges} ON {on} FROM {role};"),
        (false, true) => format!("GRANT {privileges} ON {on} TO {role} WITH GRANT OPTION;"),
        (false, false) => format!("GRANT {privileges} ON {on} TO {role};"),
    };
    Statement::new(Part::Privilege, format!("privileges on {}", target.object), sql)
}

/// `COMMENT ON` what the target names.
pub(super) fn comment(target: &Target, text: Option<&str>) -> Option<Statement> {
    comment_on(&target.object, &format!("{} {}", target.kind, target.name), text)
}

/// The same for what is a part of something: `CONSTRAINT a ON b`.
pub(super) fn comment_on(object: &str, what: &str, text: Option<&str>) -> Option<Statement> {
    let sql = format!("COMMENT ON {what} IS {};", literal(text?));
    Some(Statement::new(Part::Comment, format!("comment on {object}"), sql))
}
