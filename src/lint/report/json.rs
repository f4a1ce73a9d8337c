//! The stable JSON form: `version` is 1 until a field changes its meaning.

use serde_json::{Value, json as value};

use super::Report;
use crate::lint::catalogue::{catalogue, docs_url};
use crate::lint::finding::{Finding, Severity};

/// `{"version": 1, "checked", "errors", "warnings", "findings": […]}`. Lines and columns count from 1; they are null
/// where a finding is about the whole file.
pub fn json(report: &Report) -> String {
    let document = value!({
        "version": 1,
        "checked": report.checked,
        "errors": report.count(Severity::Error),
        "warnings": report.count(Severity::Warning),
        "findings": report.findings.iter().map(finding).collect::<Vec<Value>>(),
    });
    format!("{document:#}\n")
}

/// One finding, as `findings` has it.
pub(crate) fn finding(finding: &Finding) -> Value {
    let place = finding.place.as_ref();
    value!({
        "rule": finding.rule,
        "severity": finding.severity,
        "path": finding.path,
        "line": place.map(|place| place.line),
        "column": place.map(|place| place.column),
        "end_line": place.map(|place| place.end_line),
        "end_column": place.map(|place| place.end_column),
        "message": finding.message,
        "help": finding.help,
        "docs": docs_url(&finding.rule),
    })
}

/// `{"version": 1, "rules": […]}`.
pub fn rules_json() -> String {
    format!("{:#}\n", value!({"version": 1, "rules": catalogue()}))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lint::report::testing;

    #[test]
    fn findings_have_places_or_none() {
        let document: Value = serde_json::from_str(&json(&testing::report())).unwrap();
        assert_eq!(
            (&document["version"], &document["errors"], &document["checked"]),
            (&value!(1), &value!(1), &value!(3))
        );
        assert_eq!(document["findings"][0]["line"], 5);
        assert_eq!(document["findings"][0]["severity"], "warning");
        assert_eq!(document["findings"][1]["line"], Value::Null);
    }

    #[test]
    fn every_rule_is_listed_once() {
        let document: Value = serde_json::from_str(&rules_json()).unwrap();
        let rules = document["rules"].as_array().unwrap();
        let names: std::collections::BTreeSet<&str> = rules.iter().map(|rule| rule["name"].as_str().unwrap()).collect();
        assert_eq!(names.len(), rules.len());
        assert!(names.contains("migration-edited") && names.contains("ban-drop-table"));
    }
}
