//! The checks for people and for programs.

use std::fmt::Write as _;

use super::{Report, Status};

/// The report as JSON.
pub fn json(report: &Report) -> String {
    crate::gate::report::pretty(report)
}

/// The report for a terminal: a line per check, and how to mend what needs it.
pub fn text(report: &Report, colour: bool) -> String {
    let paint = |status: Status| {
        let code = match status {
            Status::Ok => "32",
            Status::Warning | Status::Untested => "33",
            Status::Failed | Status::CouldNotTell => "31",
        };
        let words = format!("{:<14}", status.words());
        if colour { format!("\x1b[{code}m{words}\x1b[0m") } else { words }
    };
    let width = report.checks.iter().map(|check| check.name.chars().count()).max().unwrap_or(0).min(44);
    let plain = crate::gate::report::plain;
    let mut out = String::new();
    for check in &report.checks {
        let _ = writeln!(out, "{}  {:<width$}  {}", paint(check.status), plain(&check.name), plain(&check.seen));
        for mend in &check.mend {
            let _ = writeln!(out, "{:14}  {:<width$}  try: {}", "", "", plain(mend));
        }
    }
    let counted: Vec<String> = [Status::Failed, Status::CouldNotTell, Status::Warning, Status::Untested, Status::Ok]
        .into_iter()
        .map(|status| (report.checks.iter().filter(|check| check.status == status).count(), status))
        .filter(|(count, _)| *count > 0)
        .map(|(count, status)| format!("{count} {}", status.words()))
        .collect();
    let environment = report.environment.as_deref().unwrap_or("no environment");
    let _ = writeln!(out, "{}: {}", plain(environment), counted.join(", "));
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::Check;

    #[test]
    fn every_check_is_a_line_and_mending_stands_below() {
        let checks = vec![
            Check::ok("database", "PostgreSQL 16.4"),
            Check::failed("quota", "100 of 100\x1b[2J used").mend("tidegate backup prune"),
        ];
        let text = text(&Report::new(Some("prod".to_owned()), checks), false);
        assert_eq!(
            text,
            "ok              database  PostgreSQL 16.4\n\
             failed          quota     100 of 100\u{fffd}[2J used\n                          try: tidegate backup prune\n\
             prod: 1 failed, 1 ok\n"
        );
    }
}
