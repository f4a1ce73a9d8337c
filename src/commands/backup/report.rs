//! Backups as people and programs read them. The JSON's shape stands in docs/guide/backup.md, and only grows.

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use super::open::Open;
use crate::backup::{Backup, ResourceKind, tags};
use crate::cli::failure::{Code, Failure};
use crate::retention::{Candidate, Scope, foreign, moment, span};

/// The version of every document here.
pub(super) const VERSION: u32 = 1;

/// The server.
#[derive(Serialize)]
pub(super) struct Server {
    pub(super) kind: ResourceKind,
    pub(super) name: String,
    pub(super) resource_id: String,
    pub(super) arn: String,
    pub(super) region: String,
}

impl Server {
    pub(super) fn of(open: &Open) -> Self {
        let resource = &open.resource;
        Self {
            kind: resource.kind,
            name: resource.name.clone(),
            resource_id: resource.resource_id.clone(),
            arn: resource.arn.clone(),
            region: resource.region.clone(),
        }
    }
}

/// A backup. What is not known is null.
#[derive(Serialize)]
pub(super) struct Entry {
    pub(super) id: String,
    pub(super) arn: String,
    pub(super) region: String,
    pub(super) status: String,
    pub(super) percent: Option<i32>,
    /// Made by tidegate, for this database of this server.
    pub(super) ours: bool,
    /// Why not.
    pub(super) foreign: Option<String>,
    pub(super) tier: Option<String>,
    pub(super) database: Option<String>,
    pub(super) created: Option<Timestamp>,
    /// The moment whose data it surely holds.
    pub(super) point: Option<Timestamp>,
    pub(super) age_seconds: Option<i64>,
    pub(super) size_gib: Option<i32>,
    pub(super) encrypted: bool,
    pub(super) pinned: Option<String>,
    pub(super) copy_of: Option<String>,
    pub(super) runs: Vec<Run>,
}

/// A run that uses a backup.
#[derive(Serialize)]
pub(super) struct Run {
    pub(super) run: String,
    /// `unreadable` where its tag cannot be read.
    pub(super) phase: &'static str,
    pub(super) at: Option<Timestamp>,
}

impl Entry {
    pub(super) fn new(candidate: &Candidate, region: &str, scope: &Scope<'_>, now: Timestamp) -> Self {
        let backup = &candidate.backup;
        let tag = |key: &str| backup.tags.get(key).cloned();
        let foreign = foreign(candidate, scope);
        Self {
            id: backup.id.clone(),
            arn: backup.arn.clone(),
            region: region.to_owned(),
            status: backup.status.clone(),
            percent: backup.percent,
            ours: foreign.is_none(),
            foreign: foreign.map(|reason| reason.to_string()),
            tier: tag(tags::TIER),
            database: tag(tags::DATABASE),
            created: backup.original_created.or(backup.created),
            point: moment(backup),
            age_seconds: moment(backup).map(|moment| now.duration_since(moment).as_secs()),
            size_gib: backup.size,
            encrypted: backup.encrypted,
            pinned: tag(tags::PINNED),
            copy_of: tag(tags::COPY_OF),
            runs: runs(backup),
        }
    }

    /// `3d`, or `in the future`.
    pub(super) fn age(&self) -> String {
        match self.age_seconds {
            Some(seconds) if seconds < -60 => "in the future".to_owned(),
            Some(seconds) => span(SignedDuration::from_secs(seconds)),
            None => "?".to_owned(),
        }
    }

    /// What is worth a word.
    pub(super) fn note(&self) -> String {
        let mut notes: Vec<String> = self.foreign.iter().cloned().collect();
        notes.extend(self.pinned.as_ref().map(|why| format!("pinned: {why}")));
        notes.extend(self.copy_of.as_ref().map(|_| "a copy".to_owned()));
        let open = self.runs.iter().filter(|run| !matches!(run.phase, "succeeded" | "failed" | "refused" | "settled"));
        notes.extend(open.map(|run| format!("run {}: {}", run.run, run.phase)));
        notes.join("; ")
    }
}

fn runs(backup: &Backup) -> Vec<Run> {
    let told = |run| match run {
        Ok(tags::RunTag { run, phase, at, .. }) => Run { run, phase: phase.name(), at: Some(at) },
        Err(run) => Run { run, phase: "unreadable", at: None },
    };
    tags::runs(&backup.tags).into_iter().map(told).collect()
}

/// Columns as wide as what is in them; the last one ends where it ends. Names come from AWS, and a terminal obeys none.
pub(super) fn table(rows: &[Vec<String>]) -> String {
    let plain = |text: &String| -> String {
        text.chars().map(|letter| if letter.is_control() { '\u{fffd}' } else { letter }).collect()
    };
    let rows: Vec<Vec<String>> = rows.iter().map(|row| row.iter().map(plain).collect()).collect();
    let columns = rows.iter().map(Vec::len).max().unwrap_or_default();
    let width = |column: usize| {
        rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max().unwrap_or_default()
    };
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let mut text = String::new();
    for row in &rows {
        let cells = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}"));
        let line = cells.collect::<Vec<_>>().join("  ");
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

/// On stdout.
pub(super) fn print_json(document: &impl Serialize) -> Result<(), Failure> {
    let text = serde_json::to_string_pretty(document)
        .map_err(|error| Failure::new(Code::CouldNotTell, format!("a fault inside tidegate: {error}")))?;
    crate::commands::output::print(format!("{text}\n").as_bytes())
}

pub(super) fn counted(count: usize, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_align_and_terminals_obey_nothing() {
        let rows = [vec!["a", "größer", "x"], vec!["bcd", "\u{1b}[2J", ""]];
        let rows = rows.map(|row| row.into_iter().map(str::to_owned).collect::<Vec<_>>());
        assert_eq!(table(&rows), "a    größer  x\nbcd  \u{fffd}[2J\n");
    }
}
