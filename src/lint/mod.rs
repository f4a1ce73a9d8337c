//! Hazards in migrations: squawk's rules on each one, and what no single file can know.
//!
//! Promises, pure and the same on every machine: for one file what the `squawk` program of the linked version says
//! about it; beside that, rules of our own over the whole set, which never say again what squawk says. A table that
//! is new in the same pending set holds nobody up, so findings about locks on it are dropped. Nothing that a file
//! holds breaks a run: what cannot be parsed is a finding itself.

mod catalogue;
mod context;
mod finding;
mod ignore;
mod options;
pub mod report;
mod rules;
mod squawk;
mod statements;
pub mod upstream;

use std::collections::BTreeSet;

pub use catalogue::{About, Origin, catalogue, docs_url, explain};
pub use finding::{Excerpt, Finding, Place, Severity};
pub use options::{Options, UnknownRule, Version, pg_version};
pub use upstream::Upstream;

use crate::migration::{MigrationSet, Tree};
use context::Context;
use options::Selection;

/// The parser recurses; [`squawk`] holds texts back that would need more.
const STACK: usize = 256 * 1024 * 1024;

/// What is linted.
#[derive(Clone, Copy, Debug)]
pub struct Input<'a> {
    /// The whole set, in the order in which its framework applies it.
    pub set: &'a MigrationSet,
    /// The files of the set, for what stands outside the part that goes up. May be empty.
    pub files: &'a Tree,
    /// Which migrations are linted, by their place in the set; what went before is only looked at. `None` where that
    /// is not known: all are linted, and no table counts as new.
    pub pending: Option<&'a BTreeSet<usize>>,
    pub upstream: Option<&'a Upstream>,
    pub options: &'a Options,
}

/// Every finding, in the order of the set and then of each file. Those about files that are not in the set come last.
///
/// # Errors
/// Where the options name a rule that is not there.
pub fn run(input: &Input<'_>) -> Result<Vec<Finding>, UnknownRule> {
    let selection = Selection::new(input.options)?;
    let found = std::thread::scope(|scope| {
        let builder = std::thread::Builder::new().name("lint".to_owned()).stack_size(STACK);
        builder.spawn_scoped(scope, || lint(input, &selection)).ok()?.join().ok()
    });
    Ok(found.unwrap_or_else(|| vec![broken(input)]))
}

/// Checks names before anything is read.
///
/// # Errors
/// The first name that is no rule's.
pub fn check(options: &Options) -> Result<(), UnknownRule> {
    Selection::new(options).map(|_| ())
}

fn lint(input: &Input<'_>, selection: &Selection) -> Vec<Finding> {
    let context = Context::new(input);
    let mut findings = Vec::new();
    for prepared in context.pending() {
        findings.extend(prepared.squawk(&context, selection));
    }
    for rule in &selection.ours {
        (rule.check)(&context, &mut findings);
    }
    findings.retain(|finding| selection.is_on(&finding.rule) && !context.ignored(finding));
    for finding in &mut findings {
        if let Some(severity) = selection.severity(&finding.rule) {
            finding.severity = severity;
        }
    }
    findings.sort_by_cached_key(|finding| context.order(finding));
    findings
}

/// A run that broke is no clean one.
fn broken(input: &Input<'_>) -> Finding {
    let path = input.set.migrations.first().map(|migration| migration.path.clone()).unwrap_or_default();
    Finding {
        rule: squawk::SYNTAX_ERROR.to_owned(),
        severity: Severity::Error,
        message: "Not linted: the linter broke on these migrations, or had no memory.".to_owned(),
        help: Some("Lint the files one by one to see which it is.".to_owned()),
        path,
        place: None,
    }
}

#[cfg(test)]
mod tests;
