//! Prisma: `NAME/migration.sql`, beside `migration_lock.toml`.
//!
//! Promises the reading of Prisma's `schema-engine` (`migrations_directory.rs`, Prisma docs «Migration histories»):
//! order is that of the folders' names as text, a folder without `migration.sql` is an error, and the script is sent
//! in one go without a transaction of Prisma's own.

use super::{DiscoveryError, Evidence, Folder, Found, Framework, History, malformed, whole};
use crate::migration::checksum;

pub(crate) struct Prisma;

impl Framework for Prisma {
    fn name(&self) -> &'static str {
        "prisma"
    }

    fn looks_for(&self) -> &'static str {
        "TIMESTAMP_title/migration.sql"
    }

    fn detect(&self, folder: &Folder) -> Option<Evidence> {
        let script = |name: &&str| folder.has(&format!("{name}/migration.sql"));
        let snapshot = |name: &&str| folder.has(&format!("{name}/snapshot.json"));
        let first = folder.folders().into_iter().find(|name| script(name) && !snapshot(name))?;
        Evidence::at(95, &format!("{first}/migration.sql"))
    }

    fn read(&self, folder: &Folder) -> Result<Found, DiscoveryError> {
        let mut found = Found::default();
        if let Some(provider) =
            provider(folder)?.filter(|provider| provider != "postgresql" && provider != "cockroachdb")
        {
            let what = format!("the migrations are for {provider}, not for PostgreSQL");
            return Err(malformed(self, "migration_lock.toml", 1, what));
        }
        for name in folder.folders() {
            let path = format!("{name}/migration.sql");
            if folder.has(&path) {
                let (version, title) = name.split_once('_').unwrap_or((name, ""));
                let mut migration = whole(folder, &path, version, title, false)?;
                name.clone_into(&mut migration.key);
                migration.checksums = folder.sums(&path, |bytes| match std::str::from_utf8(bytes) {
                    Ok(text) => checksum::prisma(text),
                    Err(_) => Vec::new(),
                });
                found.migrations.push(migration);
            } else if folder.sql().any(|sql| sql.starts_with(&format!("{name}/"))) {
                found.notes.push(format!("left out {name}: it has no migration.sql, and Prisma would refuse it"));
            }
        }
        let stray: Vec<String> = folder.top().filter(|path| path.ends_with(".sql")).map(str::to_owned).collect();
        found.ignored(&stray, "Prisma takes only NAME/migration.sql");
        Ok(found)
    }

    fn history(&self) -> History {
        History {
            ddl: Some(
                "CREATE TABLE IF NOT EXISTS _prisma_migrations (id varchar(36) PRIMARY KEY NOT NULL, \
                 checksum varchar(64) NOT NULL, finished_at timestamptz, migration_name varchar(255) NOT NULL, \
                 logs text, rolled_back_at timestamptz, started_at timestamptz NOT NULL DEFAULT now(), \
                 applied_steps_count integer NOT NULL DEFAULT 0);",
            ),
            tables: &["public._prisma_migrations"],
            schemas: &[],
        }
    }
}

fn provider(folder: &Folder) -> Result<Option<String>, DiscoveryError> {
    if !folder.has("migration_lock.toml") {
        return Ok(None);
    }
    let lock: Result<toml::Table, _> = toml::from_str(folder.text("migration_lock.toml")?);
    Ok(lock.ok().and_then(|table| table.get("provider")?.as_str().map(str::to_owned)))
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;

    #[test]
    fn folders_run_in_the_order_of_their_names() {
        let set = found(&[
            ("20240102000000_b/migration.sql", "select 2;"),
            ("20240101000000_a/migration.sql", "select 1;"),
            ("20240102000000_a/migration.sql", "select 2;"),
            ("migration_lock.toml", "provider = \"postgresql\"\n"),
        ]);
        assert_eq!(set.framework, "prisma");
        let names: Vec<&str> = set.migrations.iter().map(|migration| migration.name.as_str()).collect();
        assert_eq!(names, ["a", "a", "b"]);
        assert!(!set.migrations[0].transactional);
    }

    #[test]
    fn another_database_is_named() {
        let message =
            error(&[("1_a/migration.sql", ""), ("migration_lock.toml", "provider = \"mysql\"\n")]).to_string();
        assert!(message.contains("for mysql, not for PostgreSQL"), "{message}");
    }
}
