//! Liquibase's rows: a changeset is known by file, id and author (`StandardChangeLogHistoryService.java`).

use super::compare::Record;
use super::table::Row;
use crate::migration::MigrationSet;

pub(super) fn records(set: &MigrationSet, rows: &[Row]) -> Vec<Record> {
    let mut out: Vec<Record> = Vec::new();
    for row in rows {
        let (id, author, kind) = (row.text("id"), row.text("author"), row.text("exectype"));
        let file = row.text("filename").trim_start_matches("classpath:").to_owned();
        let key = key(set, &file, &id, &author);
        let sum = row.get("md5sum").map(str::to_owned);
        let failed = kind == "FAILED";
        // A changeset that was passed over has not run: it is tried again each time.
        if kind == "SKIPPED" {
            continue;
        }
        let (sum, no_sum) = known_version(set, &key, sum);
        out.retain(|record| record.key != key);
        out.push(Record {
            key,
            version: format!("{author}:{id}"),
            name: file,
            when: row.get("dateexecuted").map(str::to_owned),
            sum,
            no_sum,
            dirty: failed.then(|| {
                let remedy = "undo by hand what it left, then run liquibase update again";
                ("exectype = FAILED".to_owned(), remedy.to_owned())
            }),
            without_file: false,
        });
    }
    out
}

/// The key of the changeset here that a row means. The path in a row starts from where Liquibase looked, which may lie
/// above or below the folder that tidegate was given, so one path may be the end of the other.
fn key(set: &MigrationSet, file: &str, id: &str, author: &str) -> String {
    let exact = format!("{file}::{id}::{author}");
    let keys = || set.migrations.iter().map(crate::migration::Migration::key);
    if keys().any(|key| key == exact) {
        return exact;
    }
    // Of a file of plain SQL that was included, Liquibase makes up the id.
    let tail = if author == "includeAll" { "::raw::includeAll".to_owned() } else { format!("::{id}::{author}") };
    let file = file.replace('\\', "/");
    let ends =
        |long: &str, short: &str| long == short || long.strip_suffix(short).is_some_and(|rest| rest.ends_with('/'));
    let mut like: Vec<&str> = keys()
        .filter(|key| key.strip_suffix(&tail).is_some_and(|path| ends(path, &file) || ends(&file, path)))
        .collect();
    like.dedup();
    match like.as_slice() {
        [one] => (*one).to_owned(),
        _ => exact,
    }
}

/// A sum of a version that tidegate computes, or why there is none to compare.
fn known_version(set: &MigrationSet, key: &str, sum: Option<String>) -> (Option<String>, Option<String>) {
    let Some(sum) = sum else {
        return (None, Some("the history holds no checksum for it: Liquibase takes the file as it is".to_owned()));
    };
    let version = sum.split_once(':').map_or("1", |(version, _)| version);
    let file = set.migrations.iter().find(|migration| migration.key() == key);
    let prefix = format!("{version}:");
    let comparable = file.is_none_or(|file| {
        file.checksums.is_empty() || file.checksums.iter().any(|known| known.starts_with(&prefix) && known.len() > 30)
    });
    // The file itself may declare any sum to be good.
    let waived = file.is_some_and(|file| {
        file.checksums.iter().any(|known| *known == sum || matches!(known.as_str(), "1:any" | "1:all" | "1:*" | "any"))
    });
    if waived {
        let good = file.and_then(|file| file.checksums.first().cloned());
        return (good, None);
    }
    if comparable {
        return (Some(sum), None);
    }
    (None, Some(format!("its checksum is of version {version}, which tidegate does not compute here")))
}
