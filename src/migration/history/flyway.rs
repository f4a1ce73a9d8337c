//! Flyway's rows (`MigrationInfoImpl.java`, `AppliedMigration.java`): one per event, in the order of `installed_rank`.

use super::Late;
use super::compare::{Record, Rules};
use super::table::Row;
use crate::migration::framework::flyway::version::Version;
use crate::migration::{MigrationSet, Role};

pub(super) fn records(set: &MigrationSet, rows: &[Row]) -> (Vec<Record>, Rules) {
    let mut out: Vec<Record> = Vec::new();
    let mut baseline: Option<Version> = None;
    for row in rows {
        let kind = row.text("type");
        let version = row.get("version").and_then(Version::parse);
        let key = match &version {
            Some(version) if kind == "SQL_BASELINE" => format!("B:{}", version.canonical()),
            Some(version) => version.canonical(),
            None => format!("R:{}", row.text("description")),
        };
        if matches!(kind.as_str(), "BASELINE" | "SQL_BASELINE") && row.is("success") {
            baseline = version.clone().max(baseline);
        }
        match kind.as_str() {
            // The schema's own creation and what marks the start name no file.
            "SCHEMA" | "BASELINE" => continue,
            // Taken back, or struck from the history: it counts as if it had never run.
            kind if kind.starts_with("UNDO") || kind == "DELETE" => {
                if row.is("success") {
                    out.retain(|record| record.key != key);
                }
                continue;
            }
            _ => {}
        }
        out.retain(|record| record.key != key);
        let sum = row.get("checksum").map(str::to_owned);
        out.push(Record {
            key,
            version: version.as_ref().map_or_else(|| "R".to_owned(), |_| row.text("version")),
            name: row.text("description"),
            when: row.get("installed_on").map(str::to_owned),
            no_sum: sum.is_none().then(|| "the history holds no checksum for it".to_owned()),
            sum,
            dirty: (!row.is("success")).then(|| {
                let remedy = "undo by hand what it left, then: flyway repair";
                ("success = false".to_owned(), remedy.to_owned())
            }),
            without_file: false,
        });
    }
    let below = |key: &str| match (&baseline, Version::parse(key)) {
        (Some(baseline), Some(version)) => version <= *baseline,
        _ => false,
    };
    // A row that a baseline has made needless asks for no file any more.
    for record in &mut out {
        record.without_file = below(&record.key);
    }
    let once = set.migrations.iter().filter(|migration| migration.role == Role::Once);
    let covered = once.map(|migration| migration.key().to_owned()).filter(|key| below(key)).collect();
    if let (true, Some(baseline)) = (out.is_empty(), &baseline) {
        // Nothing but the mark: the history is not empty all the same.
        out.push(Record { key: format!("baseline {}", baseline.canonical()), without_file: true, ..Record::default() });
    }
    let late = if set.runs_late == Some(true) { Late::Runs } else { Late::Refuses };
    (out, Rules { late, covered, ..Rules::default() })
}
