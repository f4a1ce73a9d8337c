//! Supabase: `supabase/migrations/TIMESTAMP_title.sql`.
//!
//! Promises the reading of the Supabase CLI (`pkg/migration/list.go`, `file.go`, `history.go`): names that are not
//! digits, `_` and a title are passed over, order is that of the names as text, a first `…_init.sql` from before
//! 9 December 2021 is skipped, and the statements of a file are sent as one batch, which is one transaction.

use super::{DiscoveryError, Evidence, Folder, Found, Framework, History, whole};
use crate::migration::{checksum, text};

pub(crate) struct Supabase;

impl Framework for Supabase {
    fn name(&self) -> &'static str {
        "supabase"
    }

    fn looks_for(&self) -> &'static str {
        "TIMESTAMP_title.sql in supabase/migrations"
    }

    fn detect(&self, folder: &Folder) -> Option<Evidence> {
        let file = folder.top().find(|name| parse(name).is_some())?;
        let config = folder.options.hints.files.keys().any(|path| path.ends_with("supabase/config.toml"));
        if folder.lies_at("supabase/migrations") {
            return Evidence::at(88, file);
        }
        if config && folder.options.hints.location.is_none() {
            return Evidence::at(84, file);
        }
        // Nothing but Supabase has these functions and roles; a 14-digit timestamp is how its CLI names files.
        let own = |line: &str| {
            ["auth.uid()", "auth.users", "to authenticated", "storage.buckets"]
                .iter()
                .any(|word| line.to_ascii_lowercase().contains(word))
        };
        let file = folder.sql_with_line(own).filter(|_| folder.top().filter_map(parse).all(|(v, _)| v.len() == 14))?;
        Evidence::at(62, file)
    }

    fn read(&self, folder: &Folder) -> Result<Found, DiscoveryError> {
        let mut found = Found::default();
        let mut other = Vec::new();
        let mut last: Option<(&str, &str)> = None;
        let mut first = true;
        for path in folder.paths() {
            let parsed = parse(path).filter(|_| !path.contains('/'));
            // The CLI looks at the first entry of the folder only.
            let skipped = std::mem::take(&mut first) && parsed.is_some_and(|(version, title)| outdated(version, title));
            let Some((version, title)) = parsed.filter(|_| !skipped) else {
                if text::has_ending(path, ".sql") {
                    other.push(path.to_owned());
                }
                continue;
            };
            if let Some((_, known)) = last.filter(|(before, _)| *before == version) {
                return Err(DiscoveryError::DuplicateVersion {
                    framework: self.name().to_owned(),
                    version: version.to_owned(),
                    first: known.to_owned(),
                    second: path.to_owned(),
                });
            }
            last = Some((version, path));
            let mut migration = whole(folder, path, version, title, true)?;
            if folder.listing {
                migration.checksums = vec![checksum::supabase(&migration.sql)];
            }
            found.migrations.push(migration);
        }
        found.ignored(&other, "the Supabase CLI takes only TIMESTAMP_title.sql in the folder itself");
        Ok(found)
    }

    fn history(&self) -> History {
        History {
            ddl: Some(
                "CREATE SCHEMA IF NOT EXISTS supabase_migrations; \
                 CREATE TABLE IF NOT EXISTS supabase_migrations.schema_migrations (version text NOT NULL PRIMARY KEY, \
                 statements text[], name text);",
            ),
            tables: &["supabase_migrations.schema_migrations", "supabase_migrations.seed_files"],
            schemas: &["supabase_migrations"],
        }
    }
}

fn parse(name: &str) -> Option<(&str, &str)> {
    let (digits, rest) = text::leading_digits(name);
    let title = rest.strip_prefix('_')?.strip_suffix(".sql")?;
    (!digits.is_empty()).then_some((digits, title))
}

fn outdated(version: &str, title: &str) -> bool {
    title == "init" && version.len() == 14 && version < "20211209000000"
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use crate::migration::Options;

    fn at_home() -> Options {
        let mut options = Options::default();
        options.hints.location = Some("apps/web/supabase/migrations".to_owned());
        options
    }

    #[test]
    fn the_place_tells_and_the_old_init_is_skipped() {
        let files = [
            ("20210101000000_init.sql", "select 0;"),
            ("20230102000000_b.sql", "select 2;"),
            ("20230101000000_a.sql", "select 1;"),
            ("draft.sql", ""),
        ];
        let set = with(&files, &at_home()).unwrap();
        assert_eq!(set.framework, "supabase");
        assert_eq!(versions(&set), ["20230101000000", "20230102000000"]);
        assert!(set.notes[0].contains("20210101000000_init.sql, draft.sql"), "{:?}", set.notes);
    }

    #[test]
    fn a_newer_init_runs() {
        let set = with(&[("20230101000000_init.sql", "select 1;")], &at_home()).unwrap();
        assert_eq!(set.migrations.len(), 1);
    }

    #[test]
    fn without_a_place_its_own_words_tell() {
        let sql = "create policy p on t for select to authenticated using (auth.uid() = owner);";
        assert_eq!(found(&[("20230101000000_a.sql", sql)]).framework, "supabase");
        assert_eq!(found(&[("20230101000000_a.sql", "select 1;")]).framework, "plain");
    }
}
