//! What the gate looks at where nothing could be rehearsed: no engine, or one that failed.
//!
//! Only the rehearsal may be missing. History, pending list and lint are read and judged as ever, and where they cannot
//! be, the answer stays what it was: could not tell.

use super::planner::{GatePlanner, could_not_tell, counted, of_history, unread};
use crate::cli::failure::{Code as ExitCode, Failure};
use crate::cli::settings::PlanSettings;
use crate::cli::ui::Ui;
use crate::commands::migrations::As;
use crate::commands::plan::against_target::{self, Glance};
use crate::commands::plan::files;
use crate::commands::plan::lint::findings;
use crate::gate::receipt::Judged;
use crate::gate::refusal::{Code, Refusal};
use crate::gate::world::Look;
use crate::migration::history::History;
use crate::plan::document::Finding;
use crate::plan::{Level, pending_hash};
use crate::source::engine::EngineChoice;

/// The look without a plan, which `failure` has kept from being made, and what it followed from.
///
/// # Errors
/// `failure` itself, unless only the rehearsal is missing.
pub(super) async fn look(planner: &GatePlanner<'_>, failure: &Failure) -> Result<(Glance, Look), Refusal> {
    let settings = &planner.settings;
    // With `from` it is the files that say what is pending, and no history.
    if failure.code != ExitCode::CouldNotTell || planner.from.is_some() {
        return Err(could_not_tell(failure));
    }
    let dsn = planner.target.dsn_now().await?;
    // The history cannot be read either: then it was that.
    let Ok(glance) = against_target::glance(&dsn, settings, planner.ui).await else {
        return Err(could_not_tell(failure));
    };
    let read = matches!(glance.status.history, History::Read | History::Empty | History::NoTable);
    if !read || !glance.status.is_certain() {
        return Err(could_not_tell(failure));
    }
    let found = lint(&glance, settings, planner.ui).await.map_err(|failure| could_not_tell(&failure))?;
    let why = could_not_tell(failure);
    let mut look = of_history(&glance.status, glance.at);
    look.pending_hash = pending_hash(&glance.pending);
    look.pending = glance.pending.migrations.iter().map(unread).collect();
    if glance.complete {
        look.fingerprint.clone_from(&glance.fingerprint);
    }
    look.verdict = Some(Judged { level: Level::CouldNotTell, reasons: vec![why.message.clone()] });
    look.refusals.extend(counted(&found, planner.limits.lint));
    match planner.limits.verdict {
        Some(_) => look.refusals.push(refusal(&why, &settings.read.engine)),
        None => look.notes.push(format!(
            "the migrations were not rehearsed, and gate.fail_on = \"never\" lets that pass: {}",
            why.message
        )),
    }
    Ok((glance, look))
}

fn refusal(why: &Refusal, engine: &EngineChoice) -> Refusal {
    let mut refusal = Refusal::new(Code::Plan, format!("the plan could not be made: {}", why.message));
    refusal.hints.clone_from(&why.hints);
    if matches!(engine, EngineChoice::Auto | EngineChoice::Embedded) {
        refusal = refusal.hint(
            "rehearse on a PostgreSQL of this machine: --engine local, or engine = \"local\" under [replay] in \
             tidegate.toml",
        );
    }
    refusal.hint(
        "or go on without a rehearsal: --break-glass plan:REASON once, gate.fail_on = \"never\" always; lint and \
         history are judged all the same",
    )
}

/// What lint says of the pending migrations, as the plan would have said it.
async fn lint(glance: &Glance, settings: &PlanSettings, ui: &Ui) -> Result<Vec<Finding>, Failure> {
    let listed = files::read(&settings.read.source, As::List, &settings.read, ui).await?;
    let set = listed.set.clone();
    let is_pending = |path: &str| glance.pending.migrations.iter().any(|migration| migration.path == path);
    let places = set.migrations.iter().enumerate().filter(|(_, migration)| is_pending(&migration.path));
    let places = places.map(|(place, _)| place).collect();
    let major = glance.server.split(|letter: char| !letter.is_ascii_digit()).next().unwrap_or_default();
    findings(&listed, &set, places, major.parse().unwrap_or_default(), settings).await
}
