//! The plan on a terminal: a header, each migration with what its statements lock and do, the verdict last.

use std::fmt::Write as _;

use super::{counted, headline, history, locks, plain, seen, without_locks};
use crate::plan::document::{MadeFrom, Outcome, Plan, Statement, Step, Transaction};
use crate::plan::verdict::{Level, sentence};
use crate::plan::{effect, size};

/// How the report is drawn.
#[derive(Clone, Copy, Debug, Default)]
pub struct Style {
    pub colour: bool,
}

/// The plan as text.
pub fn text(plan: &Plan, style: Style) -> String {
    let mut out = String::new();
    header(plan, &mut out);
    for step in &plan.pending {
        migration(plan, step, style, &mut out);
    }
    changes(plan, &mut out);
    findings(plan, &mut out);
    for gap in &plan.gaps {
        let _ = writeln!(out, "not known: {}: {}", plain(&gap.scope), plain(&gap.reason));
    }
    for note in &plan.notes {
        let _ = writeln!(out, "note: {}", plain(note));
    }
    verdict(plan, style, &mut out);
    out
}

fn header(plan: &Plan, out: &mut String) {
    if let Some(target) = &plan.target {
        let _ = writeln!(out, "target      {} (PostgreSQL {})", plain(&target.url), plain(&target.server_version));
    }
    let migrations = &plan.migrations;
    let _ = writeln!(out, "migrations  {} ({})", plain(&migrations.source), plain(&migrations.framework));
    let _ = writeln!(out, "history     {}", plain(&history(plan)));
    let _ = writeln!(out, "pending     {}", counted(plan.pending.len(), "migration"));
    if let Some(copy) = &plan.copy {
        let from = match copy.made_from {
            MadeFrom::Replay => "the applied migrations",
            MadeFrom::Catalog => "the target's catalog",
        };
        let mut line = format!("rehearsed   on {}, a copy made of {from}", copy.engine);
        if let Some(target) = plan.target.as_ref().filter(|target| target.major != copy.major) {
            let _ = write!(line, "; the target is PostgreSQL {}, so locks may differ", target.major);
        }
        let _ = writeln!(out, "{line}");
    }
    for name in &plan.history.dirty {
        let _ = writeln!(out, "            dirty: {}", plain(name));
    }
}

fn migration(plan: &Plan, step: &Step, style: Style, out: &mut String) {
    let how = match step.transaction {
        Transaction::Framework => "one transaction",
        Transaction::Message => "one message, so one transaction",
        Transaction::Own => "transactions of its own",
        Transaction::None => "no transaction",
    };
    let again = if step.again { ", again" } else { "" };
    let name = style.bold(&plain(&step.path));
    if step.program {
        let _ = writeln!(out, "\n{name}  a program{again}: its statements are not known");
        return;
    }
    let _ = writeln!(out, "\n{name}  {}, {how}{again}", counted(step.statements.len(), "statement"));
    for found in &step.statements {
        statement(plan, found, style, out);
    }
}

fn statement(plan: &Plan, statement: &Statement, style: Style, out: &mut String) {
    let _ = writeln!(out, "  {:>4}  {}", statement.line, headline(&statement.sql, 90));
    let locks = locks(statement);
    if statement.outcome == Outcome::Ran || statement.outcome == Outcome::RanAlone {
        for (relation, mode, how) in &locks {
            let size = plan.figures.get(*relation).map(|found| format!(" ({})", size::figures(found)));
            let waits = if *mode >= crate::migration::statement::LockMode::ShareUpdateExclusive {
                mode.who_waits()
            } else {
                ""
            };
            let waits = if waits.is_empty() { String::new() } else { format!(": {waits}") };
            let size = size.unwrap_or_default();
            let _ = writeln!(out, "        {mode} on {}{size}, {}{waits}", plain(relation), seen(*how));
        }
    }
    let done = matches!(statement.outcome, Outcome::Ran | Outcome::RanAlone);
    if (locks.is_empty() && statement.effects.is_empty()) || !done {
        let _ = writeln!(out, "        {}", without_locks(statement));
    }
    for effect in &statement.effects {
        let _ = writeln!(out, "        {}", style.warn(&plain(&short(effect))));
    }
    if let Some(failure) = &statement.failure {
        let place = format!("{}:{}", failure.path, failure.line);
        let state = failure.sqlstate.as_ref().map(|state| format!(" (SQLSTATE {state})")).unwrap_or_default();
        let _ = writeln!(out, "        {}", style.bad(&plain(&format!("{place}: {}{state}", failure.message))));
        for (label, text) in [("detail", &failure.detail), ("hint", &failure.hint)] {
            if let Some(text) = text {
                let _ = writeln!(out, "          {label}: {}", plain(text).replace('\n', "\n            "));
            }
        }
    }
}

/// The effect without the table's size, which stands with its lock.
fn short(found: &effect::Effect) -> String {
    sentence(&Plan::default(), &effect::Effect { under: None, ..found.clone() })
}

fn changes(plan: &Plan, out: &mut String) {
    if let Some(diff) = &plan.diff {
        let _ = writeln!(out, "\nschema      {}", diff.summary());
        for change in &diff.changes {
            let _ = writeln!(out, "  {}", plain(&super::change_line(change)));
        }
    }
    let hanging: Vec<_> = plan
        .tables
        .iter()
        .filter(|(_, around)| {
            !(around.referenced_by.is_empty() && around.references.is_empty() && around.views.is_empty())
        })
        .collect();
    if hanging.is_empty() {
        return;
    }
    let _ = writeln!(out, "\ntouched tables and what hangs on them");
    for (table, around) in hanging {
        let _ = writeln!(out, "  {}", plain(table));
        for (what, names) in [
            ("referenced by", &around.referenced_by),
            ("references", &around.references),
            ("views", &around.views),
            ("children", &around.children),
        ] {
            if !names.is_empty() {
                let _ = writeln!(out, "    {what} {}", plain(&names.join(", ")));
            }
        }
    }
}

fn findings(plan: &Plan, out: &mut String) {
    if plan.lint.is_empty() {
        return;
    }
    let _ = writeln!(out, "\nlint        {}", counted(plan.lint.len(), "finding"));
    for finding in &plan.lint {
        let line = finding.line.map(|line| format!(":{line}")).unwrap_or_default();
        let text = headline(&finding.message, 120);
        let _ = writeln!(out, "  {}{line}: {} {} ({})", plain(&finding.path), finding.severity, text, finding.rule);
    }
}

fn verdict(plan: &Plan, style: Style, out: &mut String) {
    let level = plan.verdict.level;
    let words = level.words();
    let painted = match level {
        Level::NothingPending | Level::Safe => style.good(words),
        Level::Caution => style.warn(words),
        Level::Dangerous | Level::Fails | Level::CouldNotTell => style.bad(words),
    };
    let _ = writeln!(out, "\nverdict     {painted}");
    let cautions = plan.verdict.reasons.iter().filter(|reason| reason.level <= Level::Caution).count();
    let worse = plan.verdict.reasons.len() - cautions;
    for reason in plan.verdict.reasons.iter().take(worse + MOST_CAUTIONS) {
        let place = match (&reason.path, reason.line) {
            (Some(path), Some(line)) => format!("{path}:{line}: "),
            (Some(path), None) => format!("{path}: "),
            _ => String::new(),
        };
        let line = format!("  {}: {place}{}", reason.level.words(), reason.text);
        let _ = writeln!(out, "{}", plain(&line));
    }
    if cautions > MOST_CAUTIONS {
        let _ = writeln!(out, "  caution: and {} more, all with their statements above", cautions - MOST_CAUTIONS);
    }
}

/// More reasons of the mildest level than these are only counted.
const MOST_CAUTIONS: usize = 20;

impl Style {
    fn paint(self, text: &str, code: &str) -> String {
        if self.colour { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_owned() }
    }

    fn bold(self, text: &str) -> String {
        self.paint(text, "1")
    }

    fn good(self, text: &str) -> String {
        self.paint(text, "1;32")
    }

    fn warn(self, text: &str) -> String {
        self.paint(text, "33")
    }

    fn bad(self, text: &str) -> String {
        self.paint(text, "1;31")
    }
}
