//! The plan as Markdown, for a pull request: the verdict first, then a table per migration.

use std::fmt::Write as _;

use super::{change_line, counted, headline, history, locks, seen, without_locks};
use crate::plan::document::{MadeFrom, Outcome, Plan, Statement, Step};
use crate::plan::size;
use crate::plan::verdict::{Level, sentence};

/// The plan as Markdown.
pub fn markdown(plan: &Plan) -> String {
    let mut out = String::new();
    let mark = match plan.verdict.level {
        Level::NothingPending | Level::Safe => "✅",
        Level::Caution => "⚠️",
        Level::Dangerous | Level::Fails | Level::CouldNotTell => "⛔",
    };
    let _ = writeln!(out, "## {mark} Migration plan: {}\n", plan.verdict.level.words());
    let _ = writeln!(out, "{}\n", about(plan));
    for reason in &plan.verdict.reasons {
        let place = match (&reason.path, reason.line) {
            (Some(path), Some(line)) => format!("{}: ", code(&format!("{path}:{line}"))),
            (Some(path), None) => format!("{}: ", code(path)),
            _ => String::new(),
        };
        let _ = writeln!(out, "- **{}** {place}{}", reason.level.words(), escape(&reason.text));
    }
    for step in &plan.pending {
        migration(plan, step, &mut out);
    }
    if let Some(diff) = plan.diff.as_ref().filter(|diff| !diff.is_empty()) {
        let _ = writeln!(out, "\n### Schema: {}\n", escape(&diff.summary().to_string()));
        for change in &diff.changes {
            let _ = writeln!(out, "- {}", code(&change_line(change)));
        }
    }
    if !plan.lint.is_empty() {
        let _ = writeln!(out, "\n### Lint: {}\n", counted(plan.lint.len(), "finding"));
        for finding in &plan.lint {
            let line = finding.line.map(|line| format!(":{line}")).unwrap_or_default();
            let place = code(&format!("{}{line}", finding.path));
            let text = escape(&headline(&finding.message, 200));
            let _ = writeln!(out, "- {place} {}: {text} ({})", finding.severity, code(&finding.rule));
        }
    }
    if !(plan.gaps.is_empty() && plan.notes.is_empty()) {
        let _ = writeln!(out, "\n### Notes\n");
        for gap in &plan.gaps {
            let _ = writeln!(out, "- not known: {}: {}", escape(&gap.scope), escape(&gap.reason));
        }
        for note in &plan.notes {
            let _ = writeln!(out, "- {}", escape(note));
        }
    }
    out
}

fn about(plan: &Plan) -> String {
    let mut parts = Vec::new();
    if let Some(target) = &plan.target {
        parts.push(format!("Target {} (PostgreSQL {})", code(&target.url), escape(&target.server_version)));
    }
    parts.push(format!("history: {}", escape(&history(plan))));
    parts.push(format!("{} pending", counted(plan.pending.len(), "migration")));
    if let Some(copy) = &plan.copy {
        let from = match copy.made_from {
            MadeFrom::Replay => "the applied migrations",
            MadeFrom::Catalog => "the target's catalog",
        };
        parts.push(format!("rehearsed on {}, a copy made of {from}", escape(&copy.engine)));
    }
    format!("{}.", parts.join("; "))
}

fn migration(plan: &Plan, step: &Step, out: &mut String) {
    let _ = writeln!(out, "\n### {}\n", code(&step.path));
    if step.program {
        let _ = writeln!(out, "A program: its statements are not known.");
        return;
    }
    let _ = writeln!(out, "| line | statement | locks | effects |\n|---:|---|---|---|");
    for statement in &step.statements {
        let _ = writeln!(
            out,
            "| {} | {} | {} | {} |",
            statement.line,
            code(&headline(&statement.sql, 90)),
            lock_cell(plan, statement),
            effect_cell(statement)
        );
    }
}

fn lock_cell(plan: &Plan, statement: &Statement) -> String {
    let locks = locks(statement);
    if locks.is_empty() || !matches!(statement.outcome, Outcome::Ran | Outcome::RanAlone) {
        return without_locks(statement).to_owned();
    }
    let lines: Vec<String> = locks
        .iter()
        .map(|(relation, mode, how)| {
            let size = plan.figures.get(*relation).map(|found| format!(" ({})", size::figures(found)));
            format!("{mode} on {}{}, {}", code(relation), size.unwrap_or_default(), seen(*how))
        })
        .collect();
    lines.join("<br>")
}

fn effect_cell(statement: &Statement) -> String {
    let mut lines: Vec<String> = statement
        .effects
        .iter()
        .map(|effect| {
            escape(&sentence(&Plan::default(), &crate::plan::effect::Effect { under: None, ..effect.clone() }))
        })
        .collect();
    if let Some(failure) = &statement.failure {
        lines.push(format!("**fails**: {}", escape(&failure.message)));
    }
    lines.join("<br>")
}

/// Text that stays text: nothing in it is markup, and it stays on its line.
pub(crate) fn escape(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        match c {
            '\\' | '`' | '*' | '_' | '[' | ']' | '#' | '|' | '~' | '!' => {
                out.push('\\');
                out.push(c);
            }
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            // A mention would call somebody.
            '@' => out.push_str("&#64;"),
            c if c.is_control() => out.push(' '),
            c => out.push(c),
        }
    }
    out
}

/// A code span, which also stands in a cell of a table.
fn code(text: &str) -> String {
    let flat: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let longest = flat.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest + 1);
    let pad = if flat.starts_with('`') || flat.ends_with('`') || flat.is_empty() { " " } else { "" };
    format!("{fence}{pad}{}{pad}{fence}", flat.replace('|', "\\|"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_a_name_is_markup() {
        assert_eq!(escape("<b>|x|\n@me"), "&lt;b&gt;\\|x\\| &#64;me");
        assert_eq!(code("a`b|c"), "``a`b\\|c``");
        assert_eq!(code("`"), "`` ` ``");
    }
}
