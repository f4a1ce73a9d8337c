//! Histories that say how far a database has come, and not which migrations it has had.

use super::compare::{groups, nothing_applied};
use super::table::Row;
use super::{Changed, Dirty, History, Late, Missing, OutOfOrder, Status};
use crate::migration::MigrationSet;
use crate::migration::text;

/// golang-migrate keeps one row: the version reached, and whether getting there went wrong. Everything up to it counts
/// as applied, whether or not it ever ran: a file that was added below is passed over.
pub(super) fn golang_migrate(set: &MigrationSet, rows: &[Row]) -> Status {
    let [row] = rows else {
        let mut status = nothing_applied(set, History::Read);
        status
            .could_not_tell
            .push(format!("schema_migrations holds {} rows and not the one of golang-migrate", rows.len()));
        return status;
    };
    let (version, dirty) = (row.text("version"), row.is("dirty"));
    let groups = groups(set);
    let mut status = Status { framework: set.framework.clone(), history: History::Read, ..Status::default() };
    for group in &groups {
        let order = text::compare_numbers(group.key, &version);
        // A negative version is golang-migrate's for «none».
        if version.starts_with('-') || order.is_gt() || (dirty && order.is_eq()) {
            status.pending.push(group.pending(false));
        } else {
            status.applied.push(group.applied(None));
        }
    }
    if dirty {
        status.dirty.push(Dirty {
            version: version.clone(),
            recorded: "dirty = true".to_owned(),
            remedy: format!(
                "golang-migrate runs nothing until it is mended: undo or finish by hand what version {version} did, then \
                 migrate force with the version that the database is at"
            ),
        });
    }
    let here = groups.iter().any(|group| text::compare_numbers(group.key, &version).is_eq());
    if !here && !version.starts_with('-') {
        status.missing.push(Missing { version: version.clone(), ..Missing::default() });
        status.could_not_tell.push(format!(
            "the database is at version {version}, which no file here has: golang-migrate finds no way on from there"
        ));
    }
    status
}

/// Drizzle (`pg-core/dialect.ts`) looks at the newest row alone: what is older than that is passed over without a word.
/// The layout of one folder per migration knows them by name.
pub(super) fn drizzle(set: &MigrationSet, rows: &[Row]) -> Status {
    let mut status = Status { framework: set.framework.clone(), history: History::Read, ..Status::default() };
    let newest = rows.iter().filter_map(|row| row.number("created_at")).max();
    let mut used = vec![false; rows.len()];
    for group in &groups(set) {
        let when: Option<i64> = group.key.parse().ok();
        let at = rows.iter().position(|row| match when {
            Some(when) => row.number("created_at") == Some(when),
            None => {
                row.get("name") == Some(group.key) || row.number("created_at") == milliseconds(&group.first.version)
            }
        });
        if let Some(at) = at {
            used[at] = true;
            status.applied.push(group.applied(rows[at].get("created_at").map(|time| format!("{time} (its own time)"))));
            let hash = rows[at].text("hash");
            if !hash.is_empty() && !group.first.checksums.contains(&hash) {
                status.changed.push(Changed {
                    version: group.first.version.clone(),
                    path: group.first.path.clone(),
                    recorded: hash,
                    found: group.first.checksums.first().cloned().unwrap_or_default(),
                });
            }
            continue;
        }
        if when.is_some_and(|when| newest.is_some_and(|newest| when <= newest)) {
            status.out_of_order.push(OutOfOrder {
                version: group.first.version.clone(),
                path: group.first.path.clone(),
                newest: newest.map(|newest| newest.to_string()).unwrap_or_default(),
                outcome: Late::Skips,
            });
        } else {
            status.pending.push(group.pending(false));
        }
    }
    for (row, _) in rows.iter().zip(used).filter(|(_, used)| !used) {
        status.missing.push(Missing { version: row.text("created_at"), name: row.text("name"), when: None });
    }
    status
}

/// Milliseconds since 1970 of `yyyyMMddHHmmss`.
fn milliseconds(digits: &str) -> Option<i64> {
    let time = jiff::civil::DateTime::strptime("%Y%m%d%H%M%S", digits.get(..14)?).ok()?;
    Some(time.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp().as_millisecond())
}
