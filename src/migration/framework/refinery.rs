//! refinery: `V1__title.sql` and `U2__title.sql`, at any depth.
//!
//! Promises the reading of `refinery_core/src/util.rs` and `runner.rs`: one whole number, `V` or `U` alike (`U` may be
//! applied late, it is not an undo), order by number. Rust migrations (`V1__title.rs`) are programs.

use super::{DiscoveryError, Evidence, Folder, Found, Framework, History, in_order, malformed, program, whole};
use crate::migration::{checksum, text};

pub(crate) struct Refinery;

impl Framework for Refinery {
    fn name(&self) -> &'static str {
        "refinery"
    }

    fn looks_for(&self) -> &'static str {
        "V1__title.sql or U1__title.sql"
    }

    fn detect(&self, folder: &Folder) -> Option<Evidence> {
        let file = folder.paths().find(|path| parse(path).is_some())?;
        if let Some(file) = folder.paths().find(|path| path.ends_with(".rs") && parse(path).is_some()) {
            return Evidence::at(85, file);
        }
        let rust = folder.beside("refinery.toml") || folder.beside_says("Cargo.toml", "refinery");
        Evidence::at(if rust { 85 } else { 60 }, file)
    }

    fn read(&self, folder: &Folder) -> Result<Found, DiscoveryError> {
        let mut found = Found::default();
        let mut migrations = Vec::new();
        let mut other = Vec::new();
        for path in folder.paths() {
            let Some((version, title)) = parse(path) else {
                if path.ends_with(".sql") {
                    other.push(path.to_owned());
                }
                continue;
            };
            if path.ends_with(".rs") {
                found.refusal.get_or_insert_with(|| DiscoveryError::ProgramAmongSql {
                    framework: self.name().to_owned(),
                    path: path.to_owned(),
                    command: r#"["cargo", "run", "--", "migrate"]"#.to_owned(),
                });
            }
            let number: i64 =
                version.parse().map_err(|_| malformed(self, path, 1, "the version must be a whole number"))?;
            let version = number.to_string();
            let migration = if path.ends_with(".rs") {
                program(path, &version, title, "")
            } else {
                let mut migration = whole(folder, path, &version, title, true)?;
                migration.checksums = folder.sums(path, |bytes| match std::str::from_utf8(bytes) {
                    Ok(sql) => checksum::refinery(title, number, sql),
                    Err(_) => Vec::new(),
                });
                migration
            };
            migrations.push((number, migration));
        }
        found.migrations = in_order(self, migrations)?;
        found.ignored(&other, "refinery takes only V1__title.sql and U1__title.sql");
        Ok(found)
    }

    fn history(&self) -> History {
        History {
            ddl: Some(
                "CREATE TABLE IF NOT EXISTS refinery_schema_history (version integer PRIMARY KEY, name varchar(255), \
                 applied_on varchar(255), checksum varchar(255));",
            ),
            tables: &["public.refinery_schema_history"],
            schemas: &[],
        }
    }
}

/// Version as spelled and title of `V1__title.sql`. The pattern lets `1.2` pass; reading the number refuses it.
fn parse(path: &str) -> Option<(&str, &str)> {
    let name = text::file_name(path);
    let stem = name.strip_suffix(".sql").or_else(|| name.strip_suffix(".rs"))?;
    let rest = stem.strip_prefix(['V', 'U'])?;
    let (version, title) = rest.split_once("__")?;
    let (whole, fraction) = version.split_once('.').unwrap_or((version, "0"));
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let word = !title.is_empty() && title.chars().all(|char| char.is_alphanumeric() || char == '_');
    (digits(whole) && digits(fraction) && word).then_some((version, title))
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;

    fn rust() -> crate::migration::Options {
        beside(&[("Cargo.toml", "refinery = \"0.8\"")])
    }

    #[test]
    fn both_letters_in_one_order_at_any_depth() {
        let files = [("V10__ten.sql", ""), ("U9__nine.sql", ""), ("old/V2__two.sql", ""), ("V3-three.sql", "")];
        let set = with(&files, &rust()).unwrap();
        assert_eq!(set.framework, "refinery");
        assert_eq!(versions(&set), ["2", "9", "10"]);
        assert!(set.notes[0].contains("V3-three.sql"), "{:?}", set.notes);
    }

    #[test]
    fn programs_and_fractions_are_refused() {
        let error = with(&[("V1__a.sql", ""), ("V2__b.rs", "")], &rust()).unwrap_err();
        assert!(error.to_string().contains("V2__b.rs, which is a program"), "{error}");
        let error = with(&[("V1.5__a.sql", "")], &rust()).unwrap_err();
        assert!(error.to_string().contains("whole number"), "{error}");
    }
}
