//! A [`Status`] for people: one line that says it all, and the lines below it.

use std::fmt;

use super::{History, Late, Status};

const SHOWN: usize = 5;

impl Status {
    /// `3 of 45 pending; 1 applied migration was edited; next: 20240102_add_b.sql`
    pub fn summary(&self) -> String {
        let fresh = self.pending.iter().filter(|pending| !pending.again).count();
        let again = self.pending.len() - fresh;
        let all = self.applied.len() + fresh;
        let mut parts = match &self.history {
            History::Read if self.pending.is_empty() => {
                vec![format!("nothing pending, {} applied", self.applied.len())]
            }
            History::Read => vec![format!("{fresh} of {all} pending")],
            History::Empty => vec![format!("all {all} pending: the history is empty")],
            History::NoTable => vec![format!("all {all} pending: this database has no history of {}", self.framework)],
            History::NoneKept => vec![format!("{all} files, and no history of them")],
            History::NoPermission { .. } | History::OtherFramework { .. } | History::Unreadable { .. } => {
                vec![format!("all {all} count as pending: the history could not be read")]
            }
        };
        let mut count = |count: usize, one: &str, many: &str| {
            if count > 0 {
                parts.push(format!("{count} {}", if count == 1 { one } else { many }));
            }
        };
        count(again, "runs again", "run again");
        count(self.dirty.len(), "is unfinished", "are unfinished");
        count(self.changed.len(), "applied migration was edited", "applied migrations were edited");
        count(self.missing.len(), "applied migration has no file here", "applied migrations have no file here");
        count(self.out_of_order.len(), "is older than the newest applied", "are older than the newest applied");
        count(self.unverified.len(), "could not be verified", "could not be verified");
        if let Some(next) = self.pending.first() {
            parts.push(format!("next: {}", next.path));
        }
        parts.join("; ")
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.summary())?;
        for reason in &self.could_not_tell {
            writeln!(f, "  could not tell: {reason}")?;
        }
        for dirty in &self.dirty {
            writeln!(f, "  unfinished: {} ({}); {}", dirty.version, dirty.recorded, dirty.remedy)?;
        }
        for changed in &self.changed {
            let (path, recorded, found) = (&changed.path, short(&changed.recorded), short(&changed.found));
            writeln!(f, "  edited since it ran: {path} (recorded {recorded}, now {found})")?;
        }
        for missing in &self.missing {
            let name = if missing.name.is_empty() { String::new() } else { format!(" ({})", missing.name) };
            writeln!(f, "  applied, and no file here: {}{name}", missing.version)?;
        }
        for late in &self.out_of_order {
            let outcome = match late.outcome {
                Late::Runs => "runs it all the same",
                Late::Skips => "passes it over without a word",
                Late::Refuses => "refuses to go on",
            };
            writeln!(
                f,
                "  older than {}, the newest applied: {}; {} {outcome}",
                late.newest, late.path, self.framework
            )?;
        }
        for unverified in self.unverified.iter().take(SHOWN) {
            writeln!(f, "  not verified: {} ({})", unverified.path, unverified.reason)?;
        }
        if self.unverified.len() > SHOWN {
            writeln!(f, "  not verified: {} more", self.unverified.len() - SHOWN)?;
        }
        for note in &self.notes {
            writeln!(f, "  {note}")?;
        }
        Ok(())
    }
}

/// Enough of a checksum to see that it differs.
fn short(sum: &str) -> &str {
    sum.char_indices().nth(16).map_or(sum, |(at, _)| &sum[..at])
}
