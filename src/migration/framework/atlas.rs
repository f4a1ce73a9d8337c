//! Atlas: `VERSION_title.sql` in the folder itself, with `atlas.sum` beside them.
//!
//! Promises the reading of `sql/migrate/dir.go` and `lex.go` and of `cmd/atlas/internal/cmdapi/migrate.go`: order is
//! that of the file names as text, an empty database starts from the last checkpoint, and the directives of a file
//! count only where they open it and a blank line parts them from the SQL (`-- atlas:txmode none`). A file may name
//! another end of statements in its first line (`-- atlas:delimiter`).

use super::delimiter::to_semicolons;
use super::{DiscoveryError, Evidence, Folder, Found, Framework, History, in_order, malformed, whole};
use crate::migration::{Role, checksum};

pub(crate) struct Atlas;

const SUM: &str = "atlas.sum";

impl Framework for Atlas {
    fn name(&self) -> &'static str {
        "atlas"
    }

    fn looks_for(&self) -> &'static str {
        "VERSION_title.sql in the folder itself, with atlas.sum"
    }

    fn detect(&self, folder: &Folder) -> Option<Evidence> {
        if folder.has(SUM) {
            // Atlas also keeps sums for folders in the layout of others, and then runs what they would run.
            let others = |name: &str| name.ends_with(".up.sql") || (name.starts_with('V') && name.contains("__"));
            return Evidence::at(if folder.top().any(others) { 74 } else { 83 }, SUM);
        }
        let file =
            folder.sql_with_line(|line| line.starts_with("-- atlas:txmode ") || line == "-- atlas:checkpoint")?;
        Evidence::at(74, file)
    }

    fn read(&self, folder: &Folder) -> Result<Found, DiscoveryError> {
        let mut found = Found::default();
        let mut migrations = Vec::new();
        for path in folder.top().filter(|path| path.ends_with(".sql")) {
            let stem = path.trim_end_matches(".sql");
            let (version, title) = stem.split_once('_').unwrap_or((stem, ""));
            let mut migration = whole(folder, path, version, title, true)?;
            if let Some(mode) = directive(&migration.sql, "txmode") {
                migration.transactional = match mode.as_str() {
                    "none" => false,
                    "file" => true,
                    other => return Err(malformed(self, path, 1, format!("unknown atlas:txmode {other}"))),
                };
            }
            if let Some(delimiter) = delimiter(&migration.sql) {
                migration.sql = to_semicolons(&migration.sql, &delimiter);
            }
            if directive(&migration.sql, "checkpoint").is_some() {
                migration.role = Role::Baseline;
            }
            migrations.push((version.to_owned(), migration));
        }
        found.migrations = in_order(self, migrations)?;
        found.migrations.sort_by(|a, b| a.path.cmp(&b.path));
        self.compare_sum(folder, &mut found)?;
        Ok(found)
    }

    fn history(&self) -> History {
        History {
            ddl: Some(
                "CREATE SCHEMA IF NOT EXISTS atlas_schema_revisions; \
                 CREATE TABLE IF NOT EXISTS atlas_schema_revisions.atlas_schema_revisions (version varchar PRIMARY KEY \
                 NOT NULL, description varchar NOT NULL, type bigint NOT NULL DEFAULT 2, applied bigint NOT NULL DEFAULT \
                 0, total bigint NOT NULL DEFAULT 0, executed_at timestamptz NOT NULL, execution_time bigint NOT NULL, \
                 error text, error_stmt text, hash varchar NOT NULL, partial_hashes jsonb, operator_version varchar NOT \
                 NULL);",
            ),
            tables: &["atlas_schema_revisions.atlas_schema_revisions"],
            schemas: &["atlas_schema_revisions"],
        }
    }
}

impl Atlas {
    /// Atlas itself stops where sum and folder differ. A lost file is an error here, too; whatever else differs is said
    /// and does not keep the schema from being drawn.
    fn compare_sum(&self, folder: &Folder, found: &mut Found) -> Result<(), DiscoveryError> {
        if !folder.has(SUM) {
            return Ok(());
        }
        let mut lines = folder.text(SUM)?.lines();
        let head = lines.next().unwrap_or_default().trim_start_matches("h1:");
        let said: Vec<(&str, &str)> = lines.filter_map(|line| line.rsplit_once(" h1:")).collect();
        let listed: Vec<&str> = said.iter().map(|(path, _)| *path).collect();
        let sums = Self::sums(folder);
        for migration in &mut found.migrations {
            let sum = sums.iter().find(|(path, _)| folder.listing && *path == migration.path);
            migration.checksums = sum.map(|(_, sum)| sum.clone()).into_iter().collect();
        }
        if let Some(lost) = listed.iter().find(|name| !folder.has(name)) {
            return Err(DiscoveryError::MissingFile {
                framework: self.name().to_owned(),
                listed_in: SUM.to_owned(),
                path: (*lost).to_owned(),
                hint: "Restore it, or write the sum anew with: atlas migrate hash".to_owned(),
            });
        }
        for path in sums.iter().map(|(path, _)| path).filter(|path| !listed.contains(&path.as_str())) {
            found
                .notes
                .push(format!("{path} is not in atlas.sum: Atlas would stop there (atlas migrate hash mends it)"));
        }
        let stop = match said
            .iter()
            .find(|(path, sum)| sums.iter().all(|known| known != &(path.to_string(), sum.to_string())))
        {
            Some((path, _)) => {
                format!("{path} is not what atlas.sum says of it, or a file before it was added or edited")
            }
            None if said.len() != sums.len() => "a file is not in atlas.sum".to_owned(),
            None if head != checksum::Atlas::folder(said.iter().copied()) => {
                "its first line does not fit the rest".to_owned()
            }
            None => return Ok(()),
        };
        found.notes.push(format!("atlas.sum does not fit the folder: {stop}"));
        found.stop = Some(format!("Atlas would refuse: {stop}. If that is meant, run: atlas migrate hash"));
        Ok(())
    }

    /// Name and sum of each file, as Atlas would write them into `atlas.sum` now.
    fn sums(folder: &Folder) -> Vec<(String, String)> {
        let mut running = checksum::Atlas::new();
        let sum = |path: &str| {
            let ignored = directive(&folder.peek(path), "sum").is_some_and(|mode| mode == "ignore");
            Some((path.to_owned(), running.file(path, folder.bytes(path), ignored)?))
        };
        folder.top().filter(|path| path.ends_with(".sql")).filter_map(sum).collect()
    }
}

/// The value of a directive of the file, from the comments that open it and end with a blank line.
fn directive(sql: &str, name: &str) -> Option<String> {
    let mut value = None;
    for line in sql.lines() {
        if !line.starts_with("--") && !line.starts_with('#') {
            return value.filter(|_| line.trim().is_empty());
        }
        let words = line.trim_start_matches(['-', '#', ' ']).strip_prefix("atlas:");
        if let Some(rest) = words.and_then(|words| words.strip_prefix(name)) {
            value = Some(rest.trim().to_owned());
        }
    }
    value
}

fn delimiter(sql: &str) -> Option<String> {
    let spelled = sql.lines().next()?.strip_prefix("-- atlas:delimiter ")?;
    Some(spelled.replace("\\n", "\n").replace("\\r", "\r").replace("\\t", "\t"))
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;

    #[test]
    fn names_are_compared_as_text_and_directives_must_stand_apart() {
        let set = found(&[
            ("atlas.sum", "h1:sum=\n10_b.sql h1:b=\n2_a.sql h1:a=\n3_c.sql h1:c=\n"),
            ("2_a.sql", "-- atlas:txmode none\n\nCREATE INDEX CONCURRENTLY i ON t (a);"),
            ("10_b.sql", "select 1;"),
            ("3_c.sql", "-- atlas:txmode none\nselect 1;"),
            ("4_d.sql", "select 4;"),
        ]);
        assert_eq!(set.framework, "atlas");
        assert_eq!(versions(&set), ["10", "2", "3", "4"]);
        assert_eq!(set.migrations.iter().map(|m| m.transactional).collect::<Vec<_>>(), [true, false, true, true]);
        assert!(set.notes[0].starts_with("4_d.sql is not in atlas.sum"), "{:?}", set.notes);
    }

    #[test]
    fn an_empty_database_starts_from_the_last_checkpoint() {
        let set = found(&[
            ("atlas.sum", ""),
            ("1_a.sql", "select 1;"),
            ("2_checkpoint.sql", "-- atlas:checkpoint\n\nselect 2;"),
            ("3_c.sql", "select 3;"),
        ]);
        assert_eq!(versions(&set), ["2", "3"]);
        assert!(set.notes[0].contains("1_a.sql"), "{:?}", set.notes);
    }

    #[test]
    fn delimiters_and_lost_files() {
        let set = found(&[("atlas.sum", ""), ("1_a.sql", "-- atlas:delimiter \\n\\n\\n\nselect 1\n\n\nselect 2")]);
        assert_eq!(set.migrations[0].sql, "-- atlas:delimiter \\n\\n\\n\nselect 1;\n\n\nselect 2");
        let message = error(&[("atlas.sum", "h1:x=\n1_a.sql h1:a=\n"), ("2_b.sql", "")]).to_string();
        assert!(message.starts_with("atlas.sum names 1_a.sql"), "{message}");
    }
}
