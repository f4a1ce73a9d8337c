//! golang-migrate: `N_title.up.sql` with `N_title.down.sql`, in the folder itself.
//!
//! Promises the reading of golang-migrate's `source/parse.go`, `source/migration.go` and `source/iofs/iofs.go`: digits
//! that fit 64 bits, order by number, two up files of one number refused, other names passed over. The PostgreSQL
//! driver (`database/postgres/postgres.go`) sends a file in one go and opens no transaction, so a file with a single
//! `CREATE INDEX CONCURRENTLY` runs.

use super::{DiscoveryError, Evidence, Folder, Found, Framework, History, in_order, numbered, whole};
use crate::migration::text;

pub(crate) struct GolangMigrate;

impl Framework for GolangMigrate {
    fn name(&self) -> &'static str {
        "golang-migrate"
    }

    fn looks_for(&self) -> &'static str {
        "NUMBER_title.up.sql in the folder itself"
    }

    fn detect(&self, folder: &Folder) -> Option<Evidence> {
        let mut ups = folder.top().filter(|name| parse(name).is_some_and(|file| file.up));
        let up = ups.next();
        // A pair or two among many numbered files that it would pass over: the folder is somebody else's.
        let passed_over =
            |name: &&str| text::has_ending(name, ".sql") && parse(name).is_none() && numbered(name, u64::MAX).is_some();
        if folder.top().filter(passed_over).count() > ups.count() + 1 {
            return None;
        }
        // Down files are a sign only where nothing else is there that could go up.
        let downs = || folder.sql().all(|name| parse(name).is_some()).then(|| folder.sql().next()).flatten();
        let file = up.or_else(downs)?;
        Evidence::at(if folder.beside("go.mod") { 78 } else { 75 }, file)
    }

    fn read(&self, folder: &Folder) -> Result<Found, DiscoveryError> {
        let mut found = Found::default();
        let mut migrations = Vec::new();
        let mut other = Vec::new();
        for path in folder.paths() {
            match parse(path) {
                Some(file) if file.up => {
                    migrations.push((file.version, whole(folder, path, file.digits, file.title, false)?));
                }
                Some(_) => found.downs.push(path.to_owned()),
                None if path.ends_with(".sql") => other.push(path.to_owned()),
                None => {}
            }
        }
        found.migrations = in_order(self, migrations)?;
        found.ignored(&other, "golang-migrate takes only NUMBER_title.up.sql in the folder itself");
        Ok(found)
    }

    fn history(&self) -> History {
        History {
            ddl: Some(
                "CREATE TABLE IF NOT EXISTS schema_migrations (version bigint NOT NULL PRIMARY KEY, \
                 dirty boolean NOT NULL);",
            ),
            tables: &["public.schema_migrations"],
            schemas: &[],
        }
    }
}

/// A file name of the form `123_title.up.sql`.
pub(super) struct UpDown<'a> {
    pub(super) version: u64,
    pub(super) digits: &'a str,
    pub(super) title: &'a str,
    pub(super) up: bool,
}

pub(super) fn parse(name: &str) -> Option<UpDown<'_>> {
    let (version, digits, rest) = numbered(name, u64::MAX)?;
    let rest = rest.strip_suffix(".sql").filter(|rest| !rest.contains('/'))?;
    let (title, up) = match rest.strip_suffix(".up") {
        Some(title) => (title, true),
        None => (rest.strip_suffix(".down")?, false),
    };
    Some(UpDown { version, digits, title, up })
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;

    #[test]
    fn order_is_by_number_and_nothing_is_wrapped() {
        let set = found(&[
            ("10_ten.up.sql", "CREATE INDEX CONCURRENTLY i ON t (a);"),
            ("000002_two.up.sql", "select 2;"),
            ("000002_two.down.sql", ""),
            ("9_nine.up.sql", "select 9;"),
            ("seed.sql", "insert"),
            ("sub/3_three.up.sql", "select 3;"),
        ]);
        assert_eq!(set.framework, "golang-migrate");
        assert_eq!(versions(&set), ["000002", "9", "10"]);
        assert!(set.migrations.iter().all(|migration| !migration.transactional));
        assert!(set.notes[0].contains("seed.sql, sub/3_three.up.sql"), "{:?}", set.notes);
    }

    #[test]
    fn one_number_twice_is_refused_even_when_spelled_differently() {
        let error = error(&[("1_a.up.sql", ""), ("01_b.up.sql", "")]);
        assert!(error.to_string().contains("01_b.up.sql and 1_a.up.sql"), "{error}");
    }

    #[test]
    fn a_few_pairs_among_other_numbered_files_are_no_sign() {
        let few = found(&[("1_a.up.sql", "select 1;"), ("2_b.sql", "select 2;"), ("3_c.sql", "select 3;")]);
        assert_eq!((few.framework.as_str(), few.migrations.len()), ("plain", 3));
        let most = found(&[("1_a.up.sql", "select 1;"), ("2_b.up.sql", "select 2;"), ("3_c.sql", "select 3;")]);
        assert_eq!((most.framework.as_str(), most.migrations.len()), ("golang-migrate", 2));
    }

    #[test]
    fn down_files_alone_are_no_migrations() {
        let error = error(&[("1_a.down.sql", ""), ("2_b.down.sql", "")]);
        assert!(matches!(&error, DiscoveryError::DownOnly { files, .. } if files.len() == 2), "{error}");
    }
}
