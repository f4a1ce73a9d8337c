//! What the gate looks at before it lets a command run: plan, history and fingerprint, put together for [`Look`].

use std::sync::{Arc, OnceLock};

use async_trait::async_trait;
use jiff::Timestamp;
use sha2::{Digest as _, Sha256};

use super::unrehearsed;
use crate::backup::name::hex;
use crate::cli::failure::{Code as ExitCode, Failure};
use crate::cli::settings::PlanSettings;
use crate::cli::ui::Ui;
use crate::commands::plan::against_target::{self, Glance, Planned};
use crate::gate::database::Target;
use crate::gate::receipt::Judged;
use crate::gate::refusal::{Code, Refusal};
use crate::gate::world::{Look, PendingFile, Planner};
use crate::lint::Severity;
use crate::migration::Migration;
use crate::migration::history::{History, Status};
use crate::migration::statement::{Judgement, judge, understand};
use crate::plan::document::{Finding, Outcome, Plan, Step, Transaction};
use crate::plan::target::Session;
use crate::plan::verdict::Reason;
use crate::plan::{Level, pending_hash};
use crate::source::locate::Source;

/// How many findings a refusal quotes.
const QUOTED: usize = 5;
/// How many reasons of the verdict a receipt has.
const QUOTED_REASONS: usize = 10;

/// From which finding and which verdict on the gate refuses.
#[derive(Clone, Debug)]
pub(super) struct Limits {
    /// `None` never refuses.
    pub(super) lint: Option<Severity>,
    /// `None` never refuses.
    pub(super) verdict: Option<Level>,
}

/// Plans for the database that the command will reach, with the settings of `tidegate plan`.
pub(in crate::commands) struct GatePlanner<'a> {
    pub(super) target: Target,
    pub(super) from: Option<Source>,
    pub(super) settings: PlanSettings,
    pub(super) limits: Limits,
    /// Its name, for what is typed next.
    pub(super) environment: String,
    pub(super) ui: &'a Ui,
    /// The migrations' framework, once they were read; for what is said afterwards.
    pub(super) framework: Arc<OnceLock<String>>,
    /// The newest look at all of it, and what it followed from.
    pub(super) last: Option<(Grounds, Look)>,
}

/// Everything that a plan follows from and that can change while the gate waits. The same grounds make the same plan,
/// so that looking again needs no second rehearsal: it would come between the confirmation and the command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Grounds {
    /// Every migration, as it would run.
    files: String,
    /// Of the schema, the framework's own tables left out.
    fingerprint: String,
    /// The whole history.
    status: Status,
    server: String,
    /// Settings of sessions that change what a migration means.
    session: Session,
}

#[async_trait]
impl Planner for GatePlanner<'_> {
    async fn look(&mut self) -> Result<Look, Refusal> {
        if let Some((grounds, look)) = &self.last {
            let glance = against_target::glance(&self.target.dsn_now().await?, &self.settings, self.ui).await;
            let glance = glance.map_err(|failure| could_not_tell(&failure))?;
            if grounds_of(&glance).as_ref() == Some(grounds) {
                return Ok(Look { at: Some(glance.at), ..look.clone() });
            }
        }
        let planned =
            against_target::plan(&self.target.dsn_now().await?, self.from.as_ref(), &self.settings, self.ui).await;
        let (glance, look) = match planned {
            Ok(planned) => {
                let look = look(&planned, &self.limits, &self.environment);
                (planned.glance, look)
            }
            Err(failure) => unrehearsed::look(self, &failure).await?,
        };
        // Where `from` says what is there already, the plan follows from that state of the files as well.
        let grounds = grounds_of(&glance).filter(|_| self.from.is_none());
        self.last = grounds.map(|grounds| (grounds, look.clone()));
        Ok(look)
    }

    async fn glance(&mut self) -> Result<Look, Refusal> {
        let glance = against_target::glance(&self.target.dsn_now().await?, &self.settings, self.ui).await;
        let glance = glance.map_err(|failure| could_not_tell(&failure))?;
        self.framework.get_or_init(|| glance.status.framework.clone());
        let mut look = of_history(&glance.status, glance.at);
        look.pending_hash = pending_hash(&glance.pending);
        look.pending = glance.pending.migrations.iter().map(unread).collect();
        // A fingerprint that leaves something out proves nothing about what is left out.
        if glance.complete {
            look.fingerprint = glance.fingerprint;
        }
        Ok(look)
    }
}

/// `None` where something of the schema was hidden, or the history could not be told: then nothing stands for a plan.
fn grounds_of(glance: &Glance) -> Option<Grounds> {
    (glance.complete && glance.status.is_certain()).then(|| Grounds {
        files: glance.files.clone(),
        fingerprint: glance.fingerprint.clone(),
        status: glance.status.clone(),
        server: glance.server.clone(),
        session: glance.session.clone(),
    })
}

pub(super) fn could_not_tell(failure: &Failure) -> Refusal {
    let code = match failure.code {
        ExitCode::Usage => Code::Usage,
        // A migration that cannot even be read as SQL.
        ExitCode::Finding => Code::Plan,
        _ => Code::CouldNotTell,
    };
    let causes: Vec<&str> =
        std::iter::once(failure.message.as_str()).chain(failure.causes.iter().map(String::as_str)).collect();
    Refusal { code, message: causes.join(": "), hints: failure.hints.clone() }
}

/// What the history alone says.
pub(super) fn of_history(status: &Status, at: Timestamp) -> Look {
    let mut refusals = Vec::new();
    for dirty in &status.dirty {
        let message = format!("{} was begun and not finished well ({})", dirty.version, dirty.recorded);
        refusals.push(Refusal::new(Code::DirtyHistory, message).hint(dirty.remedy.clone()));
    }
    let applied = match status.history {
        History::Read | History::Empty => Some(status.applied.len() + status.missing.len()),
        _ => None,
    };
    Look {
        applied,
        head: applied.map(|count| head(status, count)),
        keeps_history: status.history != History::NoneKept,
        up_to_date: status.is_certain()
            && matches!(status.history, History::Read)
            && status.pending.is_empty()
            && status.dirty.is_empty()
            && status.changed.is_empty(),
        refusals,
        at: Some(at),
        ..Look::default()
    }
}

/// What moves when anything is applied or taken back: `0042_orders (17 applied, 0f3a9c51)`.
fn head(status: &Status, count: usize) -> String {
    let mut hash = Sha256::new();
    let missing = status.missing.iter().map(|missing| (missing.version.as_str(), missing.when.as_deref()));
    let applied = status.applied.iter().map(|applied| (applied.version.as_str(), applied.when.as_deref()));
    for (version, when) in applied.chain(missing) {
        for part in [version, when.unwrap_or_default()] {
            hash.update(part.as_bytes());
            hash.update([0]);
        }
    }
    let newest = status.applied.last().map_or("none", |applied| applied.version.as_str());
    format!("{newest} ({count} applied, {})", hex(&hash.finalize()[..8]))
}

fn look(planned: &Planned, limits: &Limits, environment: &str) -> Look {
    let plan = &planned.plan;
    let mut look = of_history(&planned.glance.status, planned.glance.at);
    look.plan_hash = plan.hash.clone();
    look.pending_hash = plan.pending_hash.clone();
    look.pending = plan.pending.iter().map(file).collect();
    look.fingerprint = plan.target.as_ref().map(|target| target.fingerprint.clone()).unwrap_or_default();
    look.up_to_date &= plan.pending.is_empty();
    look.additive = !plan.pending.is_empty() && plan.pending.iter().all(additive);
    look.transactional = plan.pending.iter().all(in_one_transaction);
    look.notes.clone_from(&plan.notes);
    look.verdict = Some(judged(plan));
    look.refusals.extend(counted(&plan.lint, limits.lint));
    look.refusals.extend(verdict(plan, limits, environment));
    look
}

/// A migration that is only counted here: what it says is in the plan.
pub(super) fn unread(migration: &Migration) -> PendingFile {
    PendingFile {
        version: migration.key().to_owned(),
        path: migration.path.clone(),
        sha256: hex(&Sha256::digest(migration.sql.as_bytes())),
    }
}

fn file(step: &Step) -> PendingFile {
    PendingFile { version: step.version.clone(), path: step.path.clone(), sha256: step.sha256.clone() }
}

/// A whitelist: whatever is not known to add may take away.
fn additive(step: &Step) -> bool {
    let adds = |sql: &str| judge(&understand(sql)) == Judgement::Additive;
    !step.program && !step.again && !step.statements.is_empty() && step.statements.iter().all(|one| adds(&one.sql))
}

fn in_one_transaction(step: &Step) -> bool {
    let control = |outcome| matches!(outcome, Outcome::Control | Outcome::RanAlone);
    !step.program
        && matches!(step.transaction, Transaction::Framework | Transaction::Message)
        && !step.statements.iter().any(|statement| control(statement.outcome))
}

/// The verdict, with the reasons that weigh.
fn judged(plan: &Plan) -> Judged {
    let weighs = |reason: &&Reason| reason.level >= Level::Dangerous;
    let mut reasons: Vec<String> = plan.verdict.reasons.iter().filter(weighs).map(reason).collect();
    if reasons.len() > QUOTED_REASONS {
        let more = reasons.len() - QUOTED_REASONS;
        reasons.truncate(QUOTED_REASONS);
        reasons.push(format!("and {more} more"));
    }
    Judged { level: plan.verdict.level, reasons }
}

fn reason(reason: &Reason) -> String {
    match (&reason.path, reason.line) {
        (Some(path), Some(line)) => format!("{path}:{line}: {}", reason.text),
        (Some(path), None) => format!("{path}: {}", reason.text),
        (None, _) => reason.text.clone(),
    }
}

/// The findings that `limit` counts, as a no.
pub(super) fn counted(findings: &[Finding], limit: Option<Severity>) -> Option<Refusal> {
    let limit = limit?;
    let counts = |severity: &str| limit == Severity::Warning || severity != Severity::Warning.name();
    let found: Vec<String> = findings
        .iter()
        .filter(|finding| counts(&finding.severity))
        .map(|finding| match finding.line {
            Some(line) => format!("{}:{line}: {} ({})", finding.path, finding.message, finding.rule),
            None => format!("{}: {} ({})", finding.path, finding.message, finding.rule),
        })
        .collect();
    if found.is_empty() {
        return None;
    }
    let message = format!("lint has {} of {} or worse: {}", count(found.len(), "finding"), limit.name(), list(&found));
    Some(
        Refusal::new(Code::Lint, message)
            .hint("tidegate lint explains each; `-- tidegate-ignore RULE` in the migration accepts one"),
    )
}

fn verdict(plan: &Plan, limits: &Limits, environment: &str) -> Option<Refusal> {
    let limit = limits.verdict?;
    let level = plan.verdict.level;
    if level < limit || level == Level::NothingPending {
        return None;
    }
    let reasons: Vec<String> = plan.verdict.reasons.iter().filter(|reason| reason.level >= limit).map(reason).collect();
    let refusal = Refusal::new(Code::Plan, format!("the plan's verdict is \"{}\": {}", level.words(), list(&reasons)))
        .hint(shows_it(environment));
    Some(match level {
        Level::CouldNotTell => refusal.hint(
            "migrations that are programs can be rehearsed with replay.command; gate.fail_on = \"never\" goes on without a verdict",
        ),
        _ => refusal,
    })
}

fn count(number: usize, what: &str) -> String {
    if number == 1 { format!("1 {what}") } else { format!("{number} {what}s") }
}

/// `default` is the environment that `DATABASE_URL` alone makes, and cannot be named.
fn shows_it(environment: &str) -> String {
    let of = match environment {
        "" | "default" => "\"$DATABASE_URL\"".to_owned(),
        name => format!("--env {name}"),
    };
    format!("tidegate plan {of} shows it whole")
}

fn list(lines: &[String]) -> String {
    let mut text = lines.iter().take(QUOTED).cloned().collect::<Vec<_>>().join("; ");
    if lines.len() > QUOTED {
        text.push_str(&format!("; and {} more", lines.len() - QUOTED));
    }
    text
}
