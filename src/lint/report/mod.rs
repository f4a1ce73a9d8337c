//! Findings for people and for programs. Whatever a file holds is escaped for the format it goes into.

mod github;
mod json;
mod sarif;
mod text;

pub use github::github;
pub use json::{json, rules_json};
pub use sarif::sarif;
pub use text::{rules_text, text};

use super::finding::{Finding, Severity};

/// What a run found.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// With paths as they are to be shown.
    pub findings: Vec<Finding>,
    /// How many migrations were linted.
    pub checked: usize,
}

impl Report {
    pub fn count(&self, severity: Severity) -> usize {
        self.findings.iter().filter(|finding| finding.severity == severity).count()
    }

    /// `2 errors, 1 warning in 3 migrations`.
    pub fn summary(&self) -> String {
        let (errors, warnings) = (self.count(Severity::Error), self.count(Severity::Warning));
        let what = match (errors, warnings) {
            (0, 0) => "no findings".to_owned(),
            (0, warnings) => counted(warnings, "warning"),
            (errors, 0) => counted(errors, "error"),
            (errors, warnings) => format!("{}, {}", counted(errors, "error"), counted(warnings, "warning")),
        };
        format!("{what} in {}", counted(self.checked, "migration"))
    }
}

fn counted(count: usize, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}

#[cfg(test)]
pub(super) mod testing {
    use super::*;
    use crate::lint::finding::Source;

    /// A finding with a place and one without, with everything in them that a format may trip over.
    pub(in crate::lint) fn report() -> Report {
        let source = Source::new("create table a;\ndrop table \"b\u{7}%\";\n", 4);
        let place = source.place(16..source.text.len() - 1);
        let finding = Finding {
            rule: "ban-drop-table".into(),
            severity: Severity::Warning,
            message: "100%: line\nand, «colon»\u{1b}[31m".into(),
            help: Some("Do not.".into()),
            path: "db/a, b:c #1.sql".into(),
            place: Some(place),
        };
        let whole = Finding {
            rule: "migration-edited".into(),
            severity: Severity::Error,
            message: "Edited.".into(),
            help: None,
            path: "db/2.sql".into(),
            place: None,
        };
        Report { findings: vec![finding, whole], checked: 3 }
    }
}
