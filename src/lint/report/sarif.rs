//! SARIF 2.1.0, as code scanning on GitHub and elsewhere takes it.

use serde_json::{Map, Value, json};

use super::Report;
use crate::lint::catalogue::{About, catalogue};
use crate::lint::finding::Finding;

/// One run with every rule that found something. Paths are relative to the root of the repository.
pub fn sarif(report: &Report) -> String {
    let rules: Vec<About> = catalogue()
        .into_iter()
        .filter(|rule| report.findings.iter().any(|finding| finding.rule == rule.name))
        .collect();
    let results: Vec<Value> = report.findings.iter().map(|finding| result(finding, &rules)).collect();
    let document = json!({
        "$schema": "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {
                "name": "tidegate",
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                "rules": rules.iter().map(descriptor).collect::<Vec<Value>>(),
            }},
            "columnKind": "unicodeCodePoints",
            "originalUriBaseIds": {"SRCROOT": {"description": {"text": "The root of the repository."}}},
            "results": results,
        }],
    });
    format!("{document:#}\n")
}

fn descriptor(rule: &About) -> Value {
    let page = crate::lint::rules::page(&rule.name);
    let mut out = json!({
        "id": rule.name,
        "shortDescription": {"text": rule.summary},
        "help": {
            "text": page.unwrap_or(&rule.summary),
            "markdown": page.map_or_else(|| format!("{} [More]({}).", rule.summary, rule.docs), str::to_owned),
        },
        "defaultConfiguration": {"level": rule.severity},
        "properties": {"tags": [rule.origin]},
    });
    if rule.docs.starts_with("https://") {
        out["helpUri"] = json!(rule.docs);
    }
    out
}

fn result(finding: &Finding, rules: &[About]) -> Value {
    let text = match &finding.help {
        Some(help) => format!("{}\n{help}", finding.message),
        None => finding.message.clone(),
    };
    let mut region = Map::new();
    // A finding about the whole file is shown at its first line.
    region.insert("startLine".to_owned(), json!(finding.place.as_ref().map_or(1, |place| place.line)));
    if let Some(place) = &finding.place {
        region.insert("startColumn".to_owned(), json!(place.column));
        region.insert("endLine".to_owned(), json!(place.end_line));
        region.insert("endColumn".to_owned(), json!(place.end_column));
    }
    let mut out = json!({
        "ruleId": finding.rule,
        "level": finding.severity,
        "message": {"text": text},
        "locations": [{"physicalLocation": {
            "artifactLocation": {"uri": uri(&finding.path), "uriBaseId": "SRCROOT"},
            "region": region,
        }}],
    });
    if let Some(index) = rules.iter().position(|rule| rule.name == finding.rule) {
        out["ruleIndex"] = json!(index);
    }
    out
}

/// A relative path as a URI reference.
fn uri(path: &str) -> String {
    let mut out = String::new();
    // A first part with a colon would be taken for a scheme.
    if path.split('/').next().is_some_and(|first| first.contains(':')) {
        out.push_str("./");
    }
    for byte in path.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => out.push(char::from(byte)),
            other => out.push_str(&format!("%{other:02X}")),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lint::report::testing;

    #[test]
    fn results_point_at_rules_and_places() {
        let document: Value = serde_json::from_str(&sarif(&testing::report())).unwrap();
        let run = &document["runs"][0];
        for result in run["results"].as_array().unwrap() {
            let index = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
            assert_eq!(run["tool"]["driver"]["rules"][index]["id"], result["ruleId"]);
        }
        let location = &run["results"][0]["locations"][0]["physicalLocation"];
        assert_eq!(location["artifactLocation"]["uri"], "db/a%2C%20b%3Ac%20%231.sql");
        assert_eq!(location["region"], json!({"startLine": 5, "startColumn": 1, "endLine": 5, "endColumn": 18}));
        assert_eq!(run["results"][1]["locations"][0]["physicalLocation"]["region"], json!({"startLine": 1}));
    }
}
