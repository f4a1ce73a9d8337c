//! Workflow commands, which GitHub shows at the line in a pull request.

use std::fmt::Write as _;

use super::Report;
use crate::lint::finding::Finding;

/// One `::error` or `::warning` per finding and a line that sums them up.
pub fn github(report: &Report) -> String {
    let mut out = String::new();
    for finding in &report.findings {
        command(&mut out, finding);
    }
    let _ = writeln!(out, "tidegate lint: {}", report.summary());
    out
}

fn command(out: &mut String, finding: &Finding) {
    let _ = write!(out, "::{} file={}", finding.severity, property(&finding.path));
    if let Some(place) = &finding.place {
        let _ = write!(out, ",line={},endLine={}", place.line, place.end_line);
        // GitHub refuses columns over several lines.
        if place.line == place.end_line {
            let _ = write!(out, ",col={},endColumn={}", place.column, place.end_column);
        }
    }
    let help = finding.help.as_ref().map(|help| format!("\n{help}")).unwrap_or_default();
    let text = format!("{}{help}", finding.message);
    let _ = writeln!(out, ",title={}::{}", property(&finding.rule), data(&text));
}

fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lint::report::testing;

    #[test]
    fn everything_is_escaped() {
        assert_eq!(
            github(&testing::report()),
            "::warning file=db/a%2C b%3Ac #1.sql,line=5,endLine=5,col=1,endColumn=18,title=ban-drop-table::\
             100%25: line%0Aand, «colon»\u{1b}[31m%0ADo not.\n\
             ::error file=db/2.sql,title=migration-edited::Edited.\n\
             tidegate lint: 1 error, 1 warning in 3 migrations\n"
        );
    }
}
