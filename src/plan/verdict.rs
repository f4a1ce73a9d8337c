//! The verdict: a plain level, and a reason for everything above `safe`.
//!
//! Pure: facts of the plan in, judgement out. What is not known weighs as what is large. The level is that of the worst
//! reason.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::document::{Figures, HistoryState, LateOutcome, Outcome, Plan, Seen, Statement, Step};
use super::effect::{Effect, EffectKind, WHOLE_TABLE, WITH_SCHEMA};
use crate::migration::statement::LockMode;
use crate::schema::diff::ObjectKind;

/// Up to here a table is so small that reading or writing all of it is over in a moment.
pub const SMALL_ROWS: u64 = 10_000;
pub const SMALL_BYTES: u64 = 16 << 20;

/// Frameworks that stop before anything runs where the checksum of an applied migration differs, unless told not to.
const REFUSE_EDITED: &[&str] = &["sqlx", "refinery", "flyway", "liquibase"];
/// And where the file of an applied one is gone.
const REFUSE_MISSING: &[&str] = &["sqlx", "refinery", "flyway"];

/// How a plan is judged, best first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    #[default]
    NothingPending,
    /// It runs, and nobody waits for longer than a moment.
    Safe,
    /// It runs; somebody should look at the reasons first.
    Caution,
    /// It stops others for as long as a large table takes, loses data, or may fail on the rows that are there.
    Dangerous,
    /// It does not run.
    Fails,
    CouldNotTell,
}

impl Level {
    /// For people.
    pub fn words(self) -> &'static str {
        match self {
            Self::NothingPending => "nothing pending",
            Self::Safe => "safe",
            Self::Caution => "caution",
            Self::Dangerous => "dangerous",
            Self::Fails => "fails",
            Self::CouldNotTell => "could not tell",
        }
    }
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Verdict {
    pub level: Level,
    /// Worst first, then in the order in which things run.
    pub reasons: Vec<Reason>,
}

/// Why the verdict is what it is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Reason {
    pub level: Level,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<usize>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub table: Option<String>,
    /// The figures of the table, as far as they are known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub figures: Option<Figures>,
    /// The whole sentence: `rewrites public.orders (12 M rows, 3.4 GB) under ACCESS EXCLUSIVE: reads and writes wait`.
    pub text: String,
}

/// Judges a plan by everything else in it.
pub fn judge(plan: &Plan) -> Verdict {
    let mut reasons = Vec::new();
    history(plan, &mut reasons);
    let mut program: Option<&Step> = None;
    for step in &plan.pending {
        let text = match program {
            _ if step.program => Some("is a program: its statements and their locks are not known".to_owned()),
            Some(before) => Some(format!("was tried without {}, which is a program and runs before it", before.path)),
            None => None,
        };
        if let Some(text) = text {
            let path = Some(step.path.clone());
            reasons.push(Reason { level: Level::Caution, path, text, ..Reason::default() });
        }
        program = program.or(Some(step).filter(|step| step.program));
        for statement in &step.statements {
            of_statement(plan, step, statement, &mut reasons);
        }
    }
    lost_unseen(plan, &mut reasons);
    copy(plan, &mut reasons);
    for finding in plan.lint.iter().filter(|finding| finding.severity == "error") {
        reasons.push(Reason {
            level: Level::Caution,
            path: Some(finding.path.clone()),
            line: finding.line,
            text: format!("lint: {} ({})", finding.message, finding.rule),
            ..Reason::default()
        });
    }
    // Stable: of one level, in the order in which things run.
    reasons.sort_by_key(|reason| std::cmp::Reverse(reason.level));
    let best = if plan.pending.is_empty() { Level::NothingPending } else { Level::Safe };
    let level = reasons.iter().map(|reason| reason.level).max().map_or(best, |worst| worst.max(best));
    Verdict { level, reasons }
}

fn history(plan: &Plan, reasons: &mut Vec<Reason>) {
    let mut say = |level, text: String| reasons.push(Reason { level, text, ..Reason::default() });
    let history = &plan.history;
    for text in &history.could_not_tell {
        say(Level::CouldNotTell, text.clone());
    }
    for name in &history.dirty {
        say(Level::CouldNotTell, format!("the history is dirty: {name}"));
    }
    let framework = plan.migrations.framework.as_str();
    let asked = history.state == HistoryState::Read;
    let refuses = |frameworks: &[&str]| match asked && frameworks.contains(&framework) {
        true => (Level::Fails, format!("; {framework} refuses to go on")),
        false => (Level::Caution, String::new()),
    };
    for name in &history.changed {
        let (level, more) = refuses(REFUSE_EDITED);
        say(level, format!("{name} was edited after it was applied{more}"));
    }
    for name in &history.missing {
        let (level, more) = refuses(REFUSE_MISSING);
        say(level, format!("{name} was applied, and is not among the files{more}"));
    }
    for late in &history.out_of_order {
        let (level, outcome) = match late.outcome {
            LateOutcome::Refuses => (Level::Fails, "refuses to go on"),
            LateOutcome::Skips => (Level::Caution, "passes it over without a word"),
            LateOutcome::Runs => (Level::Caution, "runs it all the same"),
            LateOutcome::NotKnown => (Level::Caution, "may pass it over or refuse it"),
        };
        say(level, format!("{} is older than the newest applied migration: {framework} {outcome}", late.path));
    }
    if history.state == HistoryState::NoTable && !plan.pending.is_empty() {
        say(
            Level::Caution,
            "the target has no history of this framework: every migration counts as pending".to_owned(),
        );
    }
}

fn copy(plan: &Plan, reasons: &mut Vec<Reason>) {
    let Some(copy) = &plan.copy else { return };
    let mut say = |level, text: String| reasons.push(Reason { level, text, ..Reason::default() });
    if let Some(drift) = &copy.drift {
        let text = format!("the target is not what its migrations make: {}", drift.summary());
        say(Level::Caution, text);
    }
    if let Some(differs) = &copy.differs {
        say(Level::Caution, format!("the copy is not quite the target: {}", differs.summary()));
    }
}

/// What is gone afterwards although no text says so: a `DO` block or a function dropped it. Where every statement could
/// be read, the statements themselves tell it, and better: a table that was renamed and changed is not lost.
fn lost_unseen(plan: &Plan, reasons: &mut Vec<Reason>) {
    let statements = || plan.pending.iter().flat_map(|step| &step.statements);
    let effects = || statements().flat_map(|statement| &statement.effects);
    let unread = |statement: &Statement| {
        statement.opaque || statement.effects.iter().any(|effect| effect.kind == EffectKind::NotParsed)
    };
    let (Some(diff), true) = (&plan.diff, statements().any(unread)) else { return };
    let mut say = |table: &str, what: String| {
        let told = |effect: &Effect| {
            effect.relation.as_deref() == Some(table)
                && (effect.kind == EffectKind::Renames
                    || effect.kind == EffectKind::LosesData
                        && effect
                            .detail
                            .as_ref()
                            .is_none_or(|told| *told == what || told == WHOLE_TABLE || told.starts_with(WITH_SCHEMA)))
        };
        if effects().any(told) {
            return;
        }
        let effect = Effect {
            kind: EffectKind::LosesData,
            relation: Some(table.to_owned()),
            under: None,
            seen: Seen::Observed,
            detail: Some(format!("{what}, dropped by code that no text shows")),
        };
        reasons.push(Reason {
            level: level(plan, &effect).unwrap_or(Level::Dangerous),
            table: Some(table.to_owned()),
            figures: plan.figures.get(table).copied(),
            text: sentence(plan, &effect),
            ..Reason::default()
        });
    };
    for change in diff.changes.iter().filter(|change| change.kind == ObjectKind::Table) {
        if change.is_removed() {
            say(&change.name, WHOLE_TABLE.to_owned());
        }
        for part in change.parts().iter().filter(|part| part.kind == ObjectKind::Column && part.is_removed()) {
            say(&change.name, format!("column {}", part.name));
        }
    }
}

fn of_statement(plan: &Plan, step: &Step, statement: &Statement, reasons: &mut Vec<Reason>) {
    let reason = |level, table: Option<&String>, text: String| Reason {
        level,
        path: Some(step.path.clone()),
        line: Some(statement.line),
        figures: table.and_then(|name| plan.figures.get(name)).copied(),
        table: table.cloned(),
        text,
    };
    if let Some(failure) = &statement.failure {
        let mut found = reason(Level::Fails, None, format!("fails: {}", failure.message));
        found.line = Some(failure.line);
        reasons.push(found);
    }
    // What reads every row to see whether it meets a rule, and what fails where one does not, is one thing to a person.
    let same = |a: &Effect, b: &Effect| (&a.relation, &a.detail) == (&b.relation, &b.detail);
    let checks = |effect: &Effect| {
        statement.effects.iter().any(|other| other.kind == EffectKind::FailsOnBadRows && same(effect, other))
    };
    let told = |effect: &Effect| {
        let tells = |other: &&Effect| other.kind.grows_with_rows() && same(effect, other);
        statement.effects.iter().find(tells).is_some_and(|other| level(plan, other).is_some())
    };
    for effect in &statement.effects {
        let Some(level) = level(plan, effect) else { continue };
        if effect.kind == EffectKind::FailsOnBadRows && told(effect) {
            continue;
        }
        let mut text = sentence(plan, effect);
        if effect.kind.grows_with_rows() && checks(effect) {
            text.push_str("; fails if a row breaks the rule");
        }
        reasons.push(reason(level, effect.relation.as_ref(), text));
    }
    // Whoever holds ACCESS EXCLUSIVE and then does something long keeps everybody waiting for as long.
    let long = statement.effects.iter().any(|effect| {
        (effect.kind.grows_with_rows() || effect.kind == EffectKind::ChangesRows)
            && fill(plan, effect.relation.as_ref()) == Fill::Large
    });
    for lock in statement.held.iter().filter(|lock| long && lock.mode.blocks_writes()) {
        if statement.effects.iter().any(|effect| effect.relation.as_ref() == Some(&lock.relation)) {
            continue;
        }
        let text = format!(
            "runs while {} is still locked by an earlier statement ({}): {}",
            lock.relation,
            lock.mode,
            lock.mode.who_waits()
        );
        reasons.push(reason(Level::Caution, Some(&lock.relation), text));
    }
}

/// How full a table is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Fill {
    /// Not a byte.
    Empty,
    /// The last `ANALYZE` found no row, which may have changed.
    NoneSeen,
    Small,
    /// Or not known.
    Large,
}

fn fill(plan: &Plan, table: Option<&String>) -> Fill {
    match table.and_then(|table| plan.figures.get(table)) {
        Some(Figures { bytes: 0, .. }) => Fill::Empty,
        Some(Figures { rows: Some(0), .. }) => Fill::NoneSeen,
        Some(Figures { rows: Some(rows), bytes }) if *rows <= SMALL_ROWS && *bytes <= SMALL_BYTES => Fill::Small,
        // Never analyzed: the size alone has to tell.
        Some(Figures { rows: None, bytes }) if *bytes <= SMALL_BYTES => Fill::Small,
        _ => Fill::Large,
    }
}

fn level(plan: &Plan, effect: &Effect) -> Option<Level> {
    let fill = fill(plan, effect.relation.as_ref());
    let rows = effect.relation.as_ref().and_then(|name| plan.figures.get(name)).and_then(|figures| figures.rows);
    Some(match effect.kind {
        EffectKind::Rewrites | EffectKind::Scans | EffectKind::BuildsIndex => match effect.under {
            Some(mode) if mode.blocks_writes() && fill == Fill::Large => Level::Dangerous,
            Some(mode) if mode.blocks_writes() && fill == Fill::Small => Level::Caution,
            // Nothing to be read; or under a lock that lets reads and writes through, where time is all it takes.
            _ => return None,
        },
        EffectKind::FailsOnRows if fill == Fill::Empty => return None,
        EffectKind::FailsOnRows if fill == Fill::NoneSeen => Level::Caution,
        EffectKind::FailsOnRows if rows.is_some() => Level::Fails,
        EffectKind::FailsOnRows => Level::Dangerous,
        EffectKind::FailsOnBadRows if fill <= Fill::NoneSeen => return None,
        EffectKind::FailsOnBadRows => Level::Caution,
        EffectKind::LosesData if fill <= Fill::NoneSeen => Level::Caution,
        EffectKind::LosesData => Level::Dangerous,
        EffectKind::Renames
        | EffectKind::Removes
        | EffectKind::ChangesRows
        | EffectKind::RunsCode
        | EffectKind::NotParsed => Level::Caution,
    })
}

/// The effect as a person reads it, with what is known of the table's size.
pub fn sentence(plan: &Plan, effect: &Effect) -> String {
    let mut text = effect.kind.verb().to_owned();
    if let Some(relation) = &effect.relation {
        text.push_str(&format!(" {relation}"));
        if let Some(figures) = plan.figures.get(relation) {
            text.push_str(&format!(" ({})", super::size::figures(figures)));
        }
    }
    if let Some(detail) = &effect.detail {
        text.push_str(&format!(": {detail}"));
    }
    let mode = effect.under.filter(|mode| effect.kind.grows_with_rows() && *mode >= LockMode::ShareUpdateExclusive);
    if let Some(mode) = mode {
        text.push_str(&format!(", under {mode}: {}", mode.who_waits()));
    }
    text
}

impl Plan {
    /// Whether a statement of it failed on the copy.
    pub fn fails(&self) -> bool {
        self.pending.iter().flat_map(|step| &step.statements).any(|statement| statement.outcome == Outcome::Failed)
    }
}
