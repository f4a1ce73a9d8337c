//! squawk's own rules, as a library.
//!
//! Promises what the `squawk` program of the linked version reports for the same text and settings: the same rules,
//! places, messages and advice, with its ignore comments honoured; and a finding `syntax-error` per error, and no
//! other, where its parser does not understand the text. The parser recurses, so a text that nests too deeply is not
//! given to it.

mod catalogue;
mod depth;

use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};

use squawk_linter::{Linter, Rule};
use squawk_syntax::SourceFile;

pub(crate) use catalogue::{ALL, about};
pub use squawk_linter::Version;

/// The name that the `squawk` program gives to what it cannot parse.
pub(crate) const SYNTAX_ERROR: &str = "syntax-error";

/// The name of findings about ignore comments that name no rule.
pub(crate) const UNUSED_IGNORE: &str = "unused-ignore";

/// What squawk said, in its own words. The range is in bytes of the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Raw {
    pub(crate) rule: String,
    pub(crate) message: String,
    pub(crate) help: Option<String>,
    pub(crate) range: Range<usize>,
}

/// Lints one text with these rules. `transactional` says that whatever runs it opens a transaction around it.
pub(crate) fn lint(text: &str, rules: &[Rule], version: Option<Version>, transactional: bool) -> Vec<Raw> {
    if let Err(deep) = depth::check(text) {
        return vec![not_parsed(deep.range, "it nests too deeply for squawk's parser")];
    }
    // A fault inside the library is a finding and not the end.
    catch_unwind(AssertUnwindSafe(|| parsed(text, rules, version, transactional)))
        .unwrap_or_else(|_| vec![not_parsed(0..0, "squawk's parser broke on it")])
}

fn parsed(text: &str, rules: &[Rule], version: Option<Version>, transactional: bool) -> Vec<Raw> {
    let parse = SourceFile::parse(text);
    let errors = parse.errors();
    if !errors.is_empty() {
        let raw = |error: squawk_syntax::syntax_error::SyntaxError| Raw {
            rule: SYNTAX_ERROR.to_owned(),
            message: error.message().to_owned(),
            help: None,
            range: usize::from(error.range().start())..usize::from(error.range().end()),
        };
        return errors.into_iter().map(raw).collect();
    }
    let mut linter = Linter::from(rules.iter().copied());
    if let Some(version) = version {
        linter.settings.pg_version = version;
    }
    linter.settings.assume_in_transaction = transactional;
    let violations = linter.lint(&parse, text).into_iter().map(|violation| Raw {
        rule: violation.code.to_string(),
        message: violation.message,
        help: violation.help,
        range: usize::from(violation.text_range.start())..usize::from(violation.text_range.end()),
    });
    violations.collect()
}

fn not_parsed(range: Range<usize>, why: &str) -> Raw {
    Raw {
        rule: SYNTAX_ERROR.to_owned(),
        message: format!("Not parsed, so not linted: {why}."),
        help: Some("Read this file yourself, or split it.".to_owned()),
        range,
    }
}

/// The rules that the `squawk` program runs when nothing is said.
pub(crate) fn defaults() -> impl Iterator<Item = Rule> {
    ALL.iter().copied().filter(|rule| !rule.is_opt_in() && rule.expands_to().is_empty())
}

/// The rules that a name stands for: itself, or those of an alias.
pub(crate) fn named(name: &str) -> Option<Vec<Rule>> {
    // squawk has no name for it on its command line.
    let rule = if name == UNUSED_IGNORE { Rule::UnusedIgnore } else { Rule::try_from(name).ok()? };
    Some(if rule.expands_to().is_empty() { vec![rule] } else { rule.expands_to().to_vec() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(text: &str, transactional: bool) -> Vec<String> {
        let rules: Vec<Rule> = defaults().collect();
        lint(text, &rules, None, transactional).into_iter().map(|raw| raw.rule).collect()
    }

    #[test]
    fn ignore_comments_of_squawk_are_honoured() {
        assert!(names("drop table t;", false).contains(&"ban-drop-table".to_owned()));
        assert!(!names("-- squawk-ignore ban-drop-table\ndrop table t;", false).contains(&"ban-drop-table".to_owned()));
        assert!(names("-- squawk-ignore-file\ndrop table t;", false).is_empty());
    }

    #[test]
    fn a_transaction_of_the_framework_counts() {
        let text = "create index concurrently if not exists i on t (a); select 1;";
        let rule = "ban-concurrent-index-creation-in-transaction".to_owned();
        assert!(names(text, true).contains(&rule) && !names(text, false).contains(&rule));
    }

    #[test]
    fn what_does_not_parse_is_said() {
        assert_eq!(names("drop tabel t", false)[0], SYNTAX_ERROR);
        let deep = format!("select {}1{};", "(".repeat(200_000), ")".repeat(200_000));
        assert_eq!(names(&deep, false), [SYNTAX_ERROR]);
    }

    #[test]
    fn aliases_stand_for_their_rules() {
        assert_eq!(named("require-timeout-settings").unwrap().len(), 2);
        assert_eq!(named("prefer-timestamptz").unwrap(), named("prefer-timestamp-tz").unwrap());
        assert!(named("no-such-rule").is_none());
    }

    #[test]
    fn every_rule_is_listed_under_the_name_that_squawk_gives_it() {
        for rule in ALL {
            let rules = named(&rule.to_string()).unwrap();
            assert!(rules == [*rule] || rules == rule.expands_to());
            assert!(!about(*rule).is_empty());
        }
    }
}
