//! What a throw-away server lacks, told from its own errors, and how to mend it.
//!
//! Nothing is guessed beforehand: a statement runs, and if the server misses a role, an extension or an object of an
//! extension that is only stood in for, that one thing is made and the statement runs again. An error that no rule
//! knows is the statement's own.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use tokio_postgres::Client;
use tokio_postgres::error::{DbError, SqlState};

use super::assumed;
use super::environment;
use super::rewrite;
use super::rows;
use super::script::Statement;
use super::standin;
use super::stub;
use crate::migration::statement::class::{Class, ExtensionRequest};
use crate::schema::name::quote_ident_always as quote;
use crate::schema::{Gap, GapKind};

/// What to do about an error.
#[derive(Debug)]
pub(super) enum Remedy {
    /// Run this, then the statement again. The key says what it makes, so that nothing is tried twice.
    Run { sql: String, key: String },
    /// Run this in the statement's place.
    Instead { sql: String, key: String },
    /// Nothing is lost without the statement.
    Skip,
    /// The statement has to run outside of a transaction.
    Outside,
    /// The statement needs what came before it to be committed.
    CommitFirst,
    /// The statement is at fault.
    None,
}

/// What was mended so far, and what is told about it.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Repairs {
    /// Roles that were made because a statement named them.
    pub roles: BTreeSet<String>,
    pub gaps: BTreeSet<Gap>,
    notes: Vec<String>,
    /// Extensions that are stood in for, with the schema that was asked for.
    extensions: BTreeMap<String, Option<String>>,
    /// Extensions that were created because something of theirs was missing.
    assumed: BTreeSet<String>,
    /// Schemas made because the migrations expect them.
    schemas: BTreeSet<String>,
    /// Tables of the framework, created before the first migration.
    history_tables: Vec<String>,
    /// Whether rows are missing that statements may rely on. The script's own, so a kept state does not say it.
    #[serde(skip)]
    pub rows_left_out: bool,
    /// Whether the server is ours alone, so that roles may be given all rights.
    own_server: bool,
}

impl Repairs {
    pub(super) fn new(history_tables: &[String], own_server: bool) -> Self {
        Self { history_tables: history_tables.to_vec(), own_server, ..Self::default() }
    }

    /// Something for stderr, once.
    pub(super) fn note(&mut self, text: String) {
        if !self.notes.contains(&text) {
            self.notes.push(text);
        }
    }

    pub(super) fn take_notes(&mut self) -> Vec<String> {
        std::mem::take(&mut self.notes)
    }

    pub(super) fn skipped_server_statement(&mut self, path: &str, statement: &Statement) {
        let first: String = statement.sql.split_whitespace().take(2).collect::<Vec<_>>().join(" ");
        self.note(format!("{path}:{}: skipped {first}: it is about the server and not about a schema", statement.line));
    }

    /// What tidegate suggests about an error that is the statement's own.
    pub(super) fn advice(&self, error: &DbError) -> Option<String> {
        let message = error.message();
        if message.starts_with("syntax error at or near \":") || message.contains("near \"$\"") {
            return Some("a placeholder was left in the text: tidegate runs the file as it stands".to_owned());
        }
        None
    }

    pub(super) async fn remedy(
        &mut self,
        error: &DbError,
        statement: &Statement,
        sql: &str,
        client: &Client,
        in_transaction: bool,
    ) -> Remedy {
        let code = error.code();
        let message = error.message();
        if let Class::CreateExtension(request) = &statement.class {
            return self.extension(code, message, request);
        }
        if let Some(name) = missing(message, "role \"") {
            return self.role(&name);
        }
        match *code {
            SqlState::ACTIVE_SQL_TRANSACTION | SqlState::INVALID_TRANSACTION_TERMINATION if in_transaction => {
                Remedy::Outside
            }
            SqlState::UNSAFE_NEW_ENUM_VALUE_USAGE => Remedy::CommitFirst,
            SqlState::DUPLICATE_OBJECT if matches!(statement.class, Class::CreateRole(_)) => Remedy::Skip,
            SqlState::DUPLICATE_SCHEMA => match &statement.class {
                Class::CreateSchema(name) if name == "public" || self.schemas.contains(name) => Remedy::Skip,
                _ => Remedy::None,
            },
            SqlState::DUPLICATE_TABLE => self.own_history_table(message),
            SqlState::FOREIGN_KEY_VIOLATION | SqlState::NOT_NULL_VIOLATION if self.rows_left_out => {
                rows::without(error, statement, |text| self.note(text))
            }
            _ => self.missing_object(error, statement, sql, client).await,
        }
    }

    fn role(&mut self, name: &str) -> Remedy {
        self.roles.insert(name.to_owned());
        // On a server of our own the role may do anything: what it may do on the real one is not ours to judge.
        let rights = if self.own_server { "SUPERUSER" } else { "NOINHERIT" };
        Remedy::Run { sql: format!("CREATE ROLE {} NOLOGIN {rights};", quote(name)), key: format!("role {name}") }
    }

    /// Whatever the reason for which an extension could not be created, something stands in for it.
    fn extension(&mut self, code: &SqlState, message: &str, request: &ExtensionRequest) -> Remedy {
        if *code == SqlState::DUPLICATE_OBJECT {
            let known = self.extensions.contains_key(&request.name) || request.name == "plpgsql";
            return if known { Remedy::Skip } else { Remedy::None };
        }
        if let Some(role) = missing(message, "role \"") {
            return self.role(&role);
        }
        if let Some(schema) = missing(message, "schema \"") {
            // `CREATE EXTENSION … SCHEMA extensions` on a platform that has the schema.
            self.schemas.insert(schema.clone());
            return Remedy::Run { sql: format!("CREATE SCHEMA {};", quote(&schema)), key: format!("schema {schema}") };
        }
        if let Some(needed) = message.strip_prefix("required extension \"").and_then(|rest| rest.split('"').next()) {
            let request = ExtensionRequest { name: needed.to_owned(), ..ExtensionRequest::default() };
            return Remedy::Run {
                sql: format!("CREATE EXTENSION IF NOT EXISTS {} CASCADE;", quote(&request.name)),
                key: format!("extension {needed}"),
            };
        }
        if request.version.is_some() && message.contains("no installation script") {
            self.note(format!("extension {}: the engine has another version than the one asked for", request.name));
            let schema = request.schema.as_ref().map(|schema| format!(" SCHEMA {}", quote(schema))).unwrap_or_default();
            return Remedy::Instead {
                sql: format!("CREATE EXTENSION {}{schema} CASCADE;", quote(&request.name)),
                key: "version".to_owned(),
            };
        }
        self.stand_in(request)
    }

    fn stand_in(&mut self, request: &ExtensionRequest) -> Remedy {
        self.extensions.insert(request.name.clone(), request.schema.clone());
        let how = if standin::is_known(&request.name) {
            "a stand-in takes its place"
        } else {
            "what other objects need of it is stood in for"
        };
        self.gaps.insert(Gap {
            kind: GapKind::MissingExtension,
            scope: format!("extension {}", request.name),
            reason: format!("the engine does not have it; {how}"),
        });
        Remedy::Instead { sql: standin::install(request), key: format!("stand-in {}", request.name) }
    }

    fn own_history_table(&self, message: &str) -> Remedy {
        let Some(name) = message.strip_prefix("relation \"").and_then(|rest| rest.split('"').next()) else {
            return Remedy::None;
        };
        let ours = self
            .history_tables
            .iter()
            .find(|table| table.rsplit('.').next().is_some_and(|last| last.trim_matches('"') == name));
        match ours {
            Some(table) => {
                Remedy::Run { sql: format!("DROP TABLE IF EXISTS {table};"), key: format!("history {table}") }
            }
            None => Remedy::None,
        }
    }

    /// An object that an extension or a platform would have brought.
    async fn missing_object(&mut self, error: &DbError, statement: &Statement, sql: &str, client: &Client) -> Remedy {
        let message = error.message();
        // Asked for inside a block: `DO $$ … CREATE EXTENSION IF NOT EXISTS … $$`.
        if let Some(name) = stub::unavailable_extension(message)
            && !self.extensions.contains_key(&name)
        {
            let request = ExtensionRequest { name: name.clone(), ..ExtensionRequest::default() };
            return match self.stand_in(&request) {
                Remedy::Instead { sql, key } => Remedy::Run { sql, key },
                other => other,
            };
        }
        if let Some(language) = missing(message, "language \"")
            && let Some(extension) = standin::extension_of_language(&language)
            && !self.extensions.contains_key(extension)
        {
            let request = ExtensionRequest { name: extension.to_owned(), ..ExtensionRequest::default() };
            return match self.stand_in(&request) {
                Remedy::Instead { sql, key } => Remedy::Run { sql, key },
                other => other,
            };
        }
        if let Some(remedy) = self.change_of_extension(error, statement) {
            return remedy;
        }
        if let Some(remedy) = self.assumed(message, statement) {
            return remedy;
        }
        if let Some(platform) = environment::missing(message) {
            self.schemas.extend(platform.schemas.iter().map(|schema| (*schema).to_owned()));
            self.gaps.insert(Gap {
                kind: GapKind::MissingExtension,
                scope: format!("platform {}", platform.name),
                reason: format!("the migrations expect what {} brings; a stand-in takes its place", platform.name),
            });
            self.extensions.insert(platform.name.to_owned(), None);
            let key = format!("platform {}", platform.name);
            return Remedy::Run { sql: standin::extend(platform.name, None, platform.script), key };
        }
        if let Some(other) = rewrite::without_what_is_missing(error, sql, &self.extensions) {
            if let Some(gap) = other.gap {
                self.gaps.insert(gap);
            }
            return Remedy::Instead { key: format!("rewrite {}", other.sql), sql: other.sql };
        }
        let partial: Vec<&String> = self.extensions.keys().filter(|name| standin::is_partial(name)).collect();
        let Some(owner) = partial.last() else { return Remedy::None };
        let owner = (*owner).clone();
        match stub::for_error(error, sql, client).await {
            Some(stub) => {
                self.gaps.insert(Gap {
                    kind: GapKind::MissingExtension,
                    scope: stub.scope.clone(),
                    reason: "it would come with an extension that the engine lacks; a stub takes its place".to_owned(),
                });
                Remedy::Run { sql: standin::extend(&owner, stub.schema.as_deref(), &stub.sql), key: stub.scope }
            }
            None => Remedy::None,
        }
    }

    /// An extension or a schema that the migrations use and none of them creates.
    fn assumed(&mut self, message: &str, statement: &Statement) -> Option<Remedy> {
        if let Some((extension, schema)) = assumed::extension(message)
            && !self.extensions.contains_key(extension)
            && self.assumed.insert(extension.to_owned())
        {
            self.gaps.insert(Gap {
                kind: GapKind::NotReadable,
                scope: format!("extension {extension}"),
                reason: "used, and created by nothing that was replayed".to_owned(),
            });
            let request = ExtensionRequest { name: extension.to_owned(), schema, ..ExtensionRequest::default() };
            let place = request.schema.as_ref().map(|schema| format!(" SCHEMA {}", quote(schema))).unwrap_or_default();
            return Some(Remedy::Run {
                sql: format!("CREATE EXTENSION IF NOT EXISTS {}{place} CASCADE;", quote(extension)),
                key: format!("extension {extension}"),
            });
        }
        if let Some((extension, schema)) = assumed::extension(message)
            && !self.extensions.contains_key(extension)
        {
            // The engine did not have it.
            let request = ExtensionRequest { name: extension.to_owned(), schema, ..ExtensionRequest::default() };
            return match self.stand_in(&request) {
                Remedy::Instead { sql, key } => Some(Remedy::Run { sql, key }),
                other => Some(other),
            };
        }
        let schema = missing(message, "schema \"")?;
        let first = crate::migration::statement::class::words(&statement.sql).next()?;
        if !(first.is("create") || first.is("grant")) || !self.schemas.insert(schema.clone()) {
            return None;
        }
        self.gaps.insert(Gap {
            kind: GapKind::NotReadable,
            scope: format!("schema {schema}"),
            reason: "used, and created by nothing that was replayed".to_owned(),
        });
        Some(Remedy::Run { sql: format!("CREATE SCHEMA {};", quote(&schema)), key: format!("schema {schema}") })
    }

    /// `ALTER EXTENSION`, `COMMENT ON EXTENSION` and the like, of one that is only stood in for or not there at all.
    fn change_of_extension(&mut self, error: &DbError, statement: &Statement) -> Option<Remedy> {
        let mut words = crate::migration::statement::class::words(&statement.sql);
        let (first, second, third) = (words.next()?, words.next()?, words.next()?);
        let name = if first.is("alter") && second.is("extension") {
            third.name()?.to_owned()
        } else if first.is("comment") && third.is("extension") {
            words.next()?.name()?.to_owned()
        } else {
            return None;
        };
        let absent = *error.code() == SqlState::UNDEFINED_OBJECT;
        (absent || self.extensions.contains_key(&name)).then_some(Remedy::Skip)
    }
}

/// The name in `<prefix>name" does not exist`.
pub(super) fn missing(message: &str, prefix: &str) -> Option<String> {
    let rest = message.strip_prefix(prefix)?;
    let name = rest.strip_suffix("\" does not exist")?;
    Some(name.to_owned())
}
