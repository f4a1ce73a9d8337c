//! Drizzle: `0000_title.sql` in the order of `meta/_journal.json`, or `NAME/migration.sql` beside `snapshot.json`.
//!
//! Promises the reading of `drizzle-orm/src/migrator.ts` and `pg-core/dialect.ts`: the journal alone says what runs and
//! in which order, a file that it names must be there, others are passed over; everything runs in one transaction;
//! `--> statement-breakpoint` parts statements. The part before a breakpoint is sent on its own, so where it ends
//! without a semicolon the marker becomes one. The newer layout without a journal goes by the folders' names.

use serde::Deserialize;

use super::{DiscoveryError, Evidence, Folder, Found, Framework, History, malformed, whole};
use crate::migration::checksum;

pub(crate) struct Drizzle;

const JOURNAL: &str = "meta/_journal.json";
const BREAKPOINT: &str = "--> statement-breakpoint";

#[derive(Deserialize)]
struct Journal {
    #[serde(default)]
    dialect: String,
    entries: Vec<Entry>,
}

#[derive(Deserialize)]
struct Entry {
    tag: String,
    /// Milliseconds since 1970: what the history knows a migration by.
    #[serde(default)]
    when: i64,
}

impl Framework for Drizzle {
    fn name(&self) -> &'static str {
        "drizzle"
    }

    fn looks_for(&self) -> &'static str {
        "meta/_journal.json and the files that it names, or NAME/migration.sql with NAME/snapshot.json"
    }

    fn detect(&self, folder: &Folder) -> Option<Evidence> {
        if folder.has(JOURNAL) {
            return Evidence::at(95, JOURNAL);
        }
        let script = folder.folders().into_iter().find(|name| is_folder(folder, name))?;
        Evidence::at(95, &format!("{script}/migration.sql"))
    }

    fn read(&self, folder: &Folder) -> Result<Found, DiscoveryError> {
        let mut found = Found::default();
        if folder.has(JOURNAL) {
            self.by_journal(folder, &mut found)?;
        } else {
            for name in folder.folders().into_iter().filter(|name| is_folder(folder, name)) {
                let (version, title) = name.split_once('_').unwrap_or((name, ""));
                let path = format!("{name}/migration.sql");
                let mut migration = whole(folder, &path, version, title, true)?;
                name.clone_into(&mut migration.key);
                migration.checksums = folder.sums(&path, |bytes| vec![checksum::sha256(bytes)]);
                found.migrations.push(migration);
            }
        }
        for migration in &mut found.migrations {
            migration.sql = end_statements(&migration.sql);
        }
        Ok(found)
    }

    fn history(&self) -> History {
        History {
            ddl: Some(
                "CREATE SCHEMA IF NOT EXISTS drizzle; CREATE TABLE IF NOT EXISTS drizzle.__drizzle_migrations \
                 (id serial PRIMARY KEY, hash text NOT NULL, created_at bigint);",
            ),
            tables: &["drizzle.__drizzle_migrations"],
            schemas: &["drizzle"],
        }
    }
}

impl Drizzle {
    fn by_journal(&self, folder: &Folder, found: &mut Found) -> Result<(), DiscoveryError> {
        let journal: Journal = serde_json::from_str(folder.text(JOURNAL)?)
            .map_err(|error| malformed(self, JOURNAL, error.line(), format!("not a journal: {error}")))?;
        if !matches!(journal.dialect.as_str(), "" | "pg" | "postgresql") {
            let what = format!("the migrations are for {}, not for PostgreSQL", journal.dialect);
            return Err(malformed(self, JOURNAL, 1, what));
        }
        let mut listed: Vec<String> = Vec::new();
        for entry in journal.entries {
            let path = format!("{}.sql", entry.tag);
            if !folder.has(&path) {
                return Err(DiscoveryError::MissingFile {
                    framework: self.name().to_owned(),
                    listed_in: JOURNAL.to_owned(),
                    path,
                    hint: "Restore it, or take its entry out of the journal".to_owned(),
                });
            }
            if listed.contains(&path) {
                return Err(malformed(self, JOURNAL, 1, format!("{path} is named twice")));
            }
            let (version, title) = entry.tag.split_once('_').unwrap_or((entry.tag.as_str(), ""));
            let mut migration = whole(folder, &path, version, title, true)?;
            migration.key = entry.when.to_string();
            migration.checksums = folder.sums(&path, |bytes| vec![checksum::sha256(bytes)]);
            found.migrations.push(migration);
            listed.push(path);
        }
        let other: Vec<String> =
            folder.sql().filter(|path| !listed.iter().any(|known| known == path)).map(str::to_owned).collect();
        found.ignored(&other, "meta/_journal.json does not name it, so Drizzle does not run it");
        Ok(())
    }
}

fn is_folder(folder: &Folder, name: &str) -> bool {
    folder.has(&format!("{name}/migration.sql")) && folder.has(&format!("{name}/snapshot.json"))
}

fn end_statements(sql: &str) -> String {
    let mut out = String::with_capacity(sql.len());
    let mut parts = sql.split(BREAKPOINT).peekable();
    while let Some(part) = parts.next() {
        out.push_str(part);
        if parts.peek().is_some() {
            let ended = part.trim_end().ends_with(';') || part.trim().is_empty();
            out.push_str(if ended { BREAKPOINT } else { ";" });
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;

    fn journal(tags: &[&str]) -> String {
        let entries: Vec<String> = tags
            .iter()
            .enumerate()
            .map(|(at, tag)| format!(r#"{{"idx":{at},"version":"7","when":{at},"tag":"{tag}","breakpoints":true}}"#))
            .collect();
        format!(r#"{{"version":"7","dialect":"postgresql","entries":[{}]}}"#, entries.join(","))
    }

    #[test]
    fn the_journal_alone_decides() {
        let set = found(&[
            ("meta/_journal.json", &journal(&["0001_b", "0000_a"])),
            ("meta/0000_snapshot.json", "{}"),
            (
                "0000_a.sql",
                "create table a ();--> statement-breakpoint\ncreate table b ()\n--> statement-breakpoint\nselect 1;",
            ),
            ("0001_b.sql", "select 1;"),
            ("0002_c.sql", "select 2;"),
        ]);
        assert_eq!(set.framework, "drizzle");
        assert_eq!(paths(&set), ["0001_b.sql", "0000_a.sql"]);
        assert_eq!(
            set.migrations[1].sql,
            "create table a ();--> statement-breakpoint\ncreate table b ()\n;\nselect 1;"
        );
        assert!(set.notes[0].contains("0002_c.sql"), "{:?}", set.notes);
        assert_eq!(set.history_schemas, ["drizzle"]);
    }

    #[test]
    fn a_named_file_must_be_there() {
        let message = error(&[("meta/_journal.json", &journal(&["0000_a"]))]).to_string();
        assert!(message.starts_with("meta/_journal.json names 0000_a.sql, which is not"), "{message}");
        let message = error(&[("meta/_journal.json", "{")]).to_string();
        assert!(message.contains("not a journal"), "{message}");
    }

    #[test]
    fn folders_with_snapshots_are_drizzle_and_not_prisma() {
        let set = found(&[
            ("20250102000000_b/migration.sql", "select 2;"),
            ("20250102000000_b/snapshot.json", "{}"),
            ("20250101000000_a/migration.sql", "select 1;"),
            ("20250101000000_a/snapshot.json", "{}"),
        ]);
        assert_eq!(set.framework, "drizzle");
        assert_eq!(versions(&set), ["20250101000000", "20250102000000"]);
    }
}
