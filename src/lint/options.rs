//! Which rules run, and how bad their findings are.

use std::collections::{BTreeMap, BTreeSet};

use thiserror::Error;

use super::finding::Severity;
use super::rules::{self, Own};
use super::squawk;

pub use super::squawk::Version;

/// What a project says about rules, by name. An alias of squawk's stands for its rules.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Options {
    /// Rules that squawk runs only when asked.
    pub enable: Vec<String>,
    pub disable: Vec<String>,
    /// Nothing but these; empty for all.
    pub only: Vec<String>,
    pub severity: BTreeMap<String, Severity>,
    /// The server that the migrations run on. Without it squawk takes 15.
    pub pg_version: Option<Version>,
}

/// A name that is no rule's.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("there is no rule {name:?}{}", nearest.as_ref().map(|near| format!("; did you mean {near:?}?")).unwrap_or_default())]
pub struct UnknownRule {
    pub name: String,
    pub nearest: Option<String>,
}

/// Reads a version as `16`, `16.2` or `9.6.1`.
///
/// # Errors
/// What is wrong with it.
pub fn pg_version(text: &str) -> Result<Version, String> {
    let fine = !text.is_empty() && text.split('.').all(|part| part.parse::<u16>().is_ok());
    let wrong = || format!("{text:?} is no version of PostgreSQL; write one like \"16\" or \"16.2\"");
    if fine { text.parse().map_err(|_| wrong()) } else { Err(wrong()) }
}

/// The options, checked.
#[derive(Debug)]
pub(crate) struct Selection {
    pub(crate) squawk: Vec<squawk_linter::Rule>,
    pub(crate) ours: Vec<&'static Own>,
    pub(crate) version: Option<Version>,
    on: BTreeSet<String>,
    severity: BTreeMap<String, Severity>,
}

impl Selection {
    pub(crate) fn new(options: &Options) -> Result<Self, UnknownRule> {
        let names = |list: &[String]| -> Result<BTreeSet<String>, UnknownRule> {
            Ok(list.iter().map(|name| expand(name)).collect::<Result<Vec<_>, _>>()?.into_iter().flatten().collect())
        };
        let (only, disabled) = (names(&options.only)?, names(&options.disable)?);
        let mut on = if only.is_empty() {
            let ours = rules::ALL.iter().map(|rule| rule.name.to_owned());
            let theirs = squawk::defaults().map(|rule| rule.to_string());
            ours.chain(theirs).chain([squawk::SYNTAX_ERROR.to_owned()]).collect()
        } else {
            only
        };
        on.extend(names(&options.enable)?);
        on.retain(|name| !disabled.contains(name));
        let mut severity = BTreeMap::new();
        for (name, level) in &options.severity {
            severity.extend(expand(name)?.into_iter().map(|name| (name, *level)));
        }
        Ok(Self {
            squawk: squawk::ALL.iter().copied().filter(|rule| on.contains(&rule.to_string())).collect(),
            ours: rules::ALL.iter().filter(|rule| on.contains(rule.name)).collect(),
            version: options.pg_version,
            on,
            severity,
        })
    }

    pub(crate) fn is_on(&self, rule: &str) -> bool {
        self.on.contains(rule)
    }

    pub(crate) fn severity(&self, rule: &str) -> Option<Severity> {
        self.severity.get(rule).copied()
    }
}

/// Whether there is such a rule.
pub(crate) fn known(name: &str) -> bool {
    expand(name).is_ok()
}

/// Whether it is a rule of ours.
pub(crate) fn is_ours(name: &str) -> bool {
    name == squawk::SYNTAX_ERROR || rules::ALL.iter().any(|rule| rule.name == name)
}

/// The names that a name stands for.
pub(crate) fn expand(name: &str) -> Result<Vec<String>, UnknownRule> {
    if is_ours(name) {
        return Ok(vec![name.to_owned()]);
    }
    if let Some(rules) = squawk::named(name) {
        return Ok(rules.iter().map(ToString::to_string).collect());
    }
    let all = squawk::ALL.iter().map(ToString::to_string).chain(rules::ALL.iter().map(|rule| rule.name.to_owned()));
    let near = all.map(|known| (strsim::damerau_levenshtein(name, &known), known)).min();
    let nearest = near.filter(|(distance, known)| *distance <= known.len() / 2).map(|(_, known)| known);
    Err(UnknownRule { name: name.to_owned(), nearest })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn strings(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn unknown_names_are_told_with_the_nearest() {
        let options = Options { disable: strings(&["prefer-text-feild"]), ..Options::default() };
        let error = Selection::new(&options).unwrap_err();
        assert_eq!(error.to_string(), "there is no rule \"prefer-text-feild\"; did you mean \"prefer-text-field\"?");
        assert!(Selection::new(&Options { only: strings(&["migration-edit"]), ..Options::default() }).is_err());
        assert_eq!(expand("xxxxxxxx").unwrap_err().nearest, None);
    }

    #[test]
    fn only_disable_and_enable_work_together() {
        let none = Selection::new(&Options::default()).unwrap();
        assert!(none.is_on("ban-drop-table") && none.is_on("syntax-error") && !none.is_on("require-table-schema"));
        let options = Options {
            only: strings(&["require-timeout-settings"]),
            enable: strings(&["require-table-schema"]),
            disable: strings(&["require-statement-timeout"]),
            ..Options::default()
        };
        let some = Selection::new(&options).unwrap();
        assert_eq!(some.on.iter().collect::<Vec<_>>(), ["require-lock-timeout", "require-table-schema"]);
        assert_eq!(some.squawk.len(), 2);
    }

    #[test]
    fn versions() {
        assert_eq!(pg_version("16").unwrap(), "16".parse().unwrap());
        assert!(pg_version("16.2").is_ok() && pg_version("9.6.1").is_ok());
        assert!(pg_version("").is_err() && pg_version("-1").is_err() && pg_version("new").is_err());
    }
}
