//! node-pg-migrate: `TIMESTAMP_title.sql` with `-- Up Migration` and `-- Down Migration`, or programs of that name.
//!
//! Promises the reading of `src/sqlMigration.ts`, `src/migration.ts` and `src/utils/fileNameUtils.ts`: a file without a
//! marker goes up as a whole, order is by the number that a name starts with and then by the name, and a number of 17
//! digits is a date. JavaScript and TypeScript migrations are programs.

use super::{DiscoveryError, Evidence, Folder, Found, Framework, History};
use crate::migration::{Migration, text};

pub(crate) struct NodePgMigrate;

const COMMAND: &str = r#"["npx", "node-pg-migrate", "up"]"#;
const PROGRAMS: &[&str] = &[".js", ".ts", ".cjs", ".mjs", ".cts", ".mts"];

impl Framework for NodePgMigrate {
    fn name(&self) -> &'static str {
        "node-pg-migrate"
    }

    fn looks_for(&self) -> &'static str {
        "TIMESTAMP_title.sql with «-- Up Migration», or TIMESTAMP_title.js with pgm"
    }

    fn detect(&self, folder: &Folder) -> Option<Evidence> {
        if let Some(file) = folder.sql_with_line(|line| marker(line) == Some("up")) {
            return Evidence::at(95, file);
        }
        program(folder).and_then(|file| Evidence::at(55, file))
    }

    fn read(&self, folder: &Folder) -> Result<Found, DiscoveryError> {
        let mut found = Found::default();
        let mut files: Vec<&str> =
            folder.top().filter(|path| text::has_ending(path, ".sql") && !number(path).is_empty()).collect();
        if let Some(path) = program(folder) {
            found.refusal = Some(if files.is_empty() {
                let more = folder.top().filter(|path| is_program(path)).count().saturating_sub(1);
                DiscoveryError::Program {
                    framework: self.name().to_owned(),
                    example: path.to_owned(),
                    more,
                    command: COMMAND.to_owned(),
                    instead: None,
                }
            } else {
                DiscoveryError::ProgramAmongSql {
                    framework: self.name().to_owned(),
                    path: path.to_owned(),
                    command: COMMAND.to_owned(),
                }
            });
            files.extend(folder.top().filter(|path| is_program(path)));
        }
        files.sort_by(|a, b| text::compare_numbers(&number(a), &number(b)).then_with(|| text::natural(a, b)));
        for path in files {
            let stem = path.rsplit_once('.').map_or(path, |(stem, _)| stem);
            let mut migration = if is_program(path) {
                let (digits, title) = text::leading_digits(stem);
                super::program(path, digits, title.trim_start_matches(['_', '-']), "")
            } else {
                up(path, folder.text(path)?)
            };
            stem.clone_into(&mut migration.key);
            found.migrations.push(migration);
        }
        let other: Vec<String> = folder
            .sql()
            .filter(|path| !found.migrations.iter().any(|known| known.path == **path))
            .map(str::to_owned)
            .collect();
        found.ignored(&other, "node-pg-migrate takes only TIMESTAMP_title.sql in the folder itself");
        Ok(found)
    }

    fn history(&self) -> History {
        History {
            ddl: Some(
                "CREATE TABLE IF NOT EXISTS pgmigrations (id serial PRIMARY KEY, name varchar(255) NOT NULL, \
                 run_on timestamp NOT NULL);",
            ),
            tables: &["public.pgmigrations"],
            schemas: &[],
        }
    }
}

fn is_program(path: &str) -> bool {
    PROGRAMS.iter().any(|ending| path.ends_with(ending)) && !number(path).is_empty()
}

fn program<'a>(folder: &Folder<'a>) -> Option<&'a str> {
    let says = |path: &str| folder.peek(path).contains("pgm.") || folder.peek(path).contains("node-pg-migrate");
    folder.top().find(|path| is_program(path) && says(path))
}

/// The number that orders a file, as digits. 17 digits are a date, of which the others hold the milliseconds since
/// 1970; both are brought to milliseconds.
fn number(path: &str) -> String {
    let digits = text::leading_digits(path).0;
    if digits.len() != 17 {
        return digits.to_owned();
    }
    milliseconds(digits).map_or_else(|| digits.to_owned(), |value| value.to_string())
}

/// Milliseconds since 1970 of `yyyyMMddHHmmssSSS`.
fn milliseconds(digits: &str) -> Option<i64> {
    let part = |range: std::ops::Range<usize>| digits.get(range)?.parse::<i64>().ok();
    let (year, month, day) = (part(0..4)?, part(4..6)?, part(6..8)?);
    // Days from the civil calendar, years counted from March so that a leap day comes last.
    let years = if month <= 2 { year - 1 } else { year };
    let (era, of_era) = (years.div_euclid(400), years.rem_euclid(400));
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let days = era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468;
    let time = part(8..10)? * 3_600_000 + part(10..12)? * 60_000 + part(12..14)? * 1_000 + part(14..17)?;
    Some(days * 86_400_000 + time)
}

/// What goes up: from the first `Up` marker to the `Down` marker after it; everything where no marker stands.
fn up(path: &str, sql: &str) -> Migration {
    let digits = text::leading_digits(path).0;
    let title = path[digits.len()..].trim_start_matches(['_', '-']);
    let mut migration = Migration {
        version: digits.to_owned(),
        name: title[..title.len() - ".sql".len()].to_owned(),
        path: path.to_owned(),
        first_line: 1,
        transactional: true,
        ..Migration::default()
    };
    let marks: Vec<(usize, &str)> =
        sql.lines().enumerate().filter_map(|(at, line)| marker(line).map(|mark| (at, mark))).collect();
    let first = |wanted: &str| marks.iter().find(|(_, mark)| *mark == wanted).map(|(at, _)| *at);
    let (start, end) = match (first("up"), first("down")) {
        (Some(up), Some(down)) if down > up => (up, down),
        (Some(up), _) => (up, usize::MAX),
        // Without its own marker the whole file goes up, the way down in it as well.
        (None, _) => (0, usize::MAX),
    };
    migration.first_line = start + 1;
    migration.sql = sql.split_inclusive('\n').skip(start).take(end.saturating_sub(start)).collect();
    migration
}

/// `up` or `down` of a line `-- Up Migration`, in any case and with any number of dashes.
fn marker(line: &str) -> Option<&'static str> {
    let words = line.trim_start().strip_prefix("--")?.trim_start_matches(['-', ' ', '\t']);
    ["up", "down"].into_iter().find(|direction| {
        let rest = text::strip_prefix_ignore_case(words, direction).filter(|rest| rest.starts_with([' ', '\t']));
        rest.is_some_and(|rest| text::strip_prefix_ignore_case(rest.trim_start(), "migration").is_some())
    })
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use crate::migration::DiscoveryError;

    #[test]
    fn numbers_and_dates_are_one_order() {
        let set = found(&[
            ("1700000000000_b.sql", "-- Up Migration\nselect 1;\n-- Down Migration\ndrop;"),
            ("20200101000000000_a.sql", "\n---- up migration\nselect 0;\n"),
            ("20240101000000000_c.sql", "-- Down Migration\ndrop;\n-- Up Migration\nselect 2;\n"),
            ("notes.sql", ""),
        ]);
        assert_eq!(set.framework, "node-pg-migrate");
        assert_eq!(set.migrations.iter().map(|m| m.name.as_str()).collect::<Vec<_>>(), ["a", "b", "c"]);
        assert_eq!(set.migrations[1].sql, "-- Up Migration\nselect 1;\n");
        assert_eq!(set.migrations.iter().map(|m| m.first_line).collect::<Vec<_>>(), [2, 1, 3]);
        assert_eq!(super::milliseconds("20240229123456789"), Some(1_709_210_096_789));
    }

    #[test]
    fn programs_are_told() {
        let js = "exports.up = (pgm) => { pgm.createTable('a', {}); };";
        let message = error(&[("1_a.js", js), ("2_b.js", js)]).to_string();
        assert!(message.contains("node-pg-migrate are programs (1_a.js and 1 more)"), "{message}");
        let error = error(&[("1_a.js", js), ("2_b.sql", "-- Up Migration\n")]);
        assert!(matches!(&error, DiscoveryError::ProgramAmongSql { path, .. } if path == "1_a.js"), "{error}");
    }
}
