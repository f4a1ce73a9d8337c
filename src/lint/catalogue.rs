//! Every rule by name, wherever it comes from.

use serde::Serialize;

use super::finding::Severity;
use super::options::{self, UnknownRule};
use super::{rules, squawk};

/// Whose rule it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Origin {
    Squawk,
    Tidegate,
}

/// A rule, for people.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct About {
    pub name: String,
    pub origin: Origin,
    /// As it is without `[lint.severity]`.
    pub severity: Severity,
    /// Whether it runs when nothing is said.
    pub default: bool,
    /// One line.
    pub summary: String,
    pub docs: String,
}

/// Every rule: ours, then squawk's, each in the order of their names. Aliases are not in it.
pub fn catalogue() -> Vec<About> {
    let about = |name: &str, origin, severity, default, summary: &str| About {
        name: name.to_owned(),
        origin,
        severity,
        default,
        summary: summary.to_owned(),
        docs: docs_url(name),
    };
    let mut ours: Vec<About> =
        rules::ALL.iter().map(|rule| about(rule.name, Origin::Tidegate, rule.severity, true, rule.summary)).collect();
    let listed = squawk::ALL.iter().filter(|rule| rule.expands_to().is_empty());
    let mut theirs: Vec<About> = listed
        .map(|rule| {
            about(&rule.to_string(), Origin::Squawk, Severity::Warning, !rule.is_opt_in(), squawk::about(*rule))
        })
        .collect();
    let text = "What squawk's parser does not understand.";
    theirs.push(about(squawk::SYNTAX_ERROR, Origin::Squawk, Severity::Error, true, text));
    ours.sort_by(|a, b| a.name.cmp(&b.name));
    theirs.sort_by(|a, b| a.name.cmp(&b.name));
    ours.extend(theirs);
    ours
}

/// A rule for people: its page, or where that is.
///
/// # Errors
/// Where there is no such rule.
pub fn explain(name: &str) -> Result<String, UnknownRule> {
    let names = options::expand(name)?;
    let told = |about: &About| match rules::page(&about.name) {
        Some(page) => page.to_owned(),
        None => format!("# {}\n\n{}\n\nA rule of squawk: <{}>\n", about.name, about.summary, about.docs),
    };
    let all = catalogue();
    Ok(all.iter().filter(|about| names.contains(&about.name)).map(told).collect::<Vec<_>>().join("\n"))
}

/// Where a rule is explained: a page on the web, or one in tidegate's own repository, which `--explain` prints.
pub fn docs_url(name: &str) -> String {
    if rules::ALL.iter().any(|rule| rule.name == name) {
        format!("docs/rules/{name}.md")
    } else if name == squawk::SYNTAX_ERROR {
        "https://squawkhq.com/docs/rules".to_owned()
    } else {
        format!("https://squawkhq.com/docs/{name}")
    }
}
