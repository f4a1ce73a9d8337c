//! What belongs to the database as a whole, and extended statistics.

use super::quote::{foreign_options, ident, idents, literal, qualified};
use super::remarks::{Target, comment};
use super::triggers::state;
use super::{Part, Writer};
use crate::schema::{EventTrigger, Extension, ForeignServer, Namespace, Publication, Statistics};

impl Writer<'_> {
    /// `public` is in every new database.
    pub(super) fn namespace(&mut self, namespace: &Namespace) {
        let target = Target::new(format!("schema {}", namespace.name), "SCHEMA", "SCHEMA", ident(&namespace.name));
        if namespace.name != "public" {
            self.add(Part::Object, target.object.clone(), format!("CREATE SCHEMA {};", target.name));
        }
        let statements = self.about(&target, &namespace.about);
        self.statements.extend(statements);
    }

    /// Whatever version there is: a copy need not have the very one.
    pub(super) fn extension(&mut self, extension: &Extension) {
        let target = Target::new(format!("extension {}", extension.name), "EXTENSION", "", ident(&extension.name));
        // One that makes its own schema is told none.
        let own = self.schema.schemas.iter().any(|namespace| {
            namespace.name == extension.schema && namespace.about.extension.as_ref() == Some(&extension.name)
        });
        let place = if own { String::new() } else { format!(" WITH SCHEMA {}", ident(&extension.schema)) };
        let sql = format!("CREATE EXTENSION IF NOT EXISTS {}{place} CASCADE;", target.name);
        self.add(Part::Object, target.object.clone(), sql);
        self.statements.extend(comment(&target, extension.comment.as_deref()));
    }

    pub(super) fn foreign_server(&mut self, server: &ForeignServer) {
        let target =
            Target::new(format!("foreign server {}", server.name), "SERVER", "FOREIGN SERVER", ident(&server.name));
        let mut sql = format!("CREATE SERVER {}", target.name);
        if let Some(kind) = &server.server_type {
            sql.push_str(&format!(" TYPE {}", literal(kind)));
        }
        if let Some(version) = &server.version {
            sql.push_str(&format!(" VERSION {}", literal(version)));
        }
        sql.push_str(&format!("\n    FOREIGN DATA WRAPPER {}", ident(&server.wrapper)));
        sql.push_str(&foreign_options(&server.options));
        self.add(Part::Object, target.object.clone(), sql + ";");
        let statements = self.about(&target, &server.about);
        self.statements.extend(statements);
    }

    pub(super) fn statistics(&mut self, statistics: &Statistics) {
        let name = qualified(&statistics.name);
        let target = Target::new(format!("statistics {}", statistics.name), "STATISTICS", "", name);
        let Some(table) = self.schema.table(&statistics.table) else {
            self.note(&target.object, &format!("table {} is left out", statistics.table));
            return;
        };
        let kinds =
            if statistics.kinds.is_empty() { String::new() } else { format!(" ({})", statistics.kinds.join(", ")) };
        let on = |text: &String| if table.column(text).is_some() { ident(text) } else { format!("({text})") };
        let on: Vec<_> = statistics.on.iter().map(on).collect();
        let sql = format!(
            "CREATE STATISTICS {}{kinds} ON {} FROM {};",
            target.name,
            on.join(", "),
            qualified(&statistics.table)
        );
        self.add(Part::Object, target.object.clone(), sql);
        let statements = self.about(&target, &statistics.about);
        self.statements.extend(statements);
    }

    pub(super) fn publication(&mut self, publication: &Publication) {
        let target =
            Target::new(format!("publication {}", publication.name), "PUBLICATION", "", ident(&publication.name));
        let mut objects: Vec<String> = Vec::new();
        for table in &publication.tables {
            if self.schema.table(&table.name).is_none() {
                self.note(&target.object, &format!("table {} is left out", table.name));
                continue;
            }
            // PostgreSQL 14 and older, which know no schemas here, take the word once.
            let word = if objects.is_empty() || !publication.schemas.is_empty() { "TABLE " } else { "" };
            let columns =
                if table.columns.is_empty() { String::new() } else { format!(" ({})", idents(&table.columns)) };
            let filter = table.filter.as_ref().map(|text| format!(" WHERE ({text})")).unwrap_or_default();
            objects.push(format!("{word}ONLY {}{columns}{filter}", qualified(&table.name)));
        }
        objects.extend(publication.schemas.iter().map(|name| format!("TABLES IN SCHEMA {}", ident(name))));
        let mut sql = format!("CREATE PUBLICATION {}", target.name);
        if publication.all_tables {
            sql.push_str("\n    FOR ALL TABLES");
        } else if !objects.is_empty() {
            sql.push_str(&format!("\n    FOR {}", objects.join(",\n        ")));
        }
        let mut settings = Vec::new();
        if publication.operations != ["insert", "update", "delete", "truncate"] {
            settings.push(format!("publish = {}", literal(&publication.operations.join(", "))));
        }
        settings.extend(publication.via_partition_root.then(|| "publish_via_partition_root = true".to_owned()));
        if !settings.is_empty() {
            sql.push_str(&format!("\n    WITH ({})", settings.join(", ")));
        }
        self.add(Part::Object, target.object.clone(), sql + ";");
        let statements = self.about(&target, &publication.about);
        self.statements.extend(statements);
    }

    /// The last of all: it would fire for what comes after it.
    pub(super) fn event_trigger(&mut self, trigger: &EventTrigger) {
        let target = Target::new(format!("event trigger {}", trigger.name), "EVENT TRIGGER", "", ident(&trigger.name));
        let mut sql = format!("CREATE EVENT TRIGGER {} ON {}", target.name, ident(&trigger.event));
        if !trigger.tags.is_empty() {
            let tags: Vec<_> = trigger.tags.iter().map(|tag| literal(tag)).collect();
            sql.push_str(&format!("\n    WHEN TAG IN ({})", tags.join(", ")));
        }
        sql.push_str(&format!("\n    EXECUTE FUNCTION {}();", qualified(&trigger.function)));
        self.add(Part::Object, target.object.clone(), sql);
        if let Some(state) = state(trigger.enabled.as_deref()) {
            let sql = format!("ALTER EVENT TRIGGER {} {};", target.name, state);
            self.add(Part::Object, format!("state of {}", target.object), sql);
        }
        let statements = self.about(&target, &trigger.about);
        self.statements.extend(statements);
    }
}
