//! The pending migrations, run on a throw-away copy of the target's schema.
//!
//! The copy is the applied migrations replayed, where they are known and make what the target has; otherwise the
//! target's catalog written as DDL. Which of the two is truer is measured and not guessed: both are read back and
//! compared with the target.

use super::document::MadeFrom;
use crate::migration::MigrationSet;
use crate::progress::Progress;
use crate::schema::diff::ignore::{Aside, Ignore};
use crate::schema::diff::{SchemaDiff, diff};
use crate::schema::select::Selection;
use crate::schema::{Gap, Schema};
use crate::source::engine::{EngineChoice, EngineOptions};
use crate::source::replay::rehearse::{Rehearsed, Stage};
use crate::source::replay::{ReplayError, Script, may_be_the_engines_own};

/// The major version that keeps every NOT NULL as a constraint with a name.
const NAMED_NOT_NULLS: u32 = 18;

/// What is to be rehearsed, and on what.
pub struct Request<'a> {
    /// What the target has had, in order; `None` where that is not exactly known, or cannot be replayed.
    pub applied: Option<&'a MigrationSet>,
    pub pending: &'a Script,
    /// The target's schema, without the framework's own tables; `None` where there is no target.
    pub target: Option<&'a Schema>,
    /// The target's major version; 0 without one.
    pub major: u32,
    /// The target's whole schema as DDL, made when it is needed.
    pub ddl: &'a (dyn Fn() -> Option<Script> + Send + Sync),
    /// What sessions of the target begin with, such as its `search_path`.
    pub settings: &'a [(String, String)],
    pub engines: &'a EngineChoice,
    pub options: &'a EngineOptions,
}

/// What came of it.
#[derive(Debug, Default)]
pub struct DryRun {
    pub engine: String,
    pub major: u32,
    pub made_from: MadeFrom,
    pub drift: Option<SchemaDiff>,
    pub differs: Option<SchemaDiff>,
    /// The copy before the pending migrations.
    pub before: Schema,
    /// And after them; `None` where they failed.
    pub after: Option<Schema>,
    pub rehearsed: Rehearsed,
    pub gaps: Vec<Gap>,
    pub notes: Vec<String>,
}

/// Makes the copy and runs what is pending on it.
///
/// # Errors
/// No engine could be had, or the copy could not be made. A pending migration that fails is no error but a result.
pub async fn dry_run(request: &Request<'_>, progress: &dyn Progress) -> Result<DryRun, ReplayError> {
    if *request.engines != EngineChoice::Auto {
        return on(request, request.engines, progress).await;
    }
    let first = on(request, &EngineChoice::Embedded, progress).await;
    let why = match &first {
        Err(error) if may_be_the_engines_own(error) => error.to_string(),
        Ok(DryRun { rehearsed: Rehearsed { failure: Some(error), .. }, .. }) if may_be_the_engines_own(error) => {
            error.to_string()
        }
        _ => return first,
    };
    let line = why.lines().next().unwrap_or_default().to_owned();
    progress.note(&format!("{line}; trying a local server instead"));
    match on(request, &EngineChoice::Local, progress).await {
        Err(ReplayError::Engine(_)) => first,
        second => second,
    }
}

/// A stage with a copy on it.
struct Prepared {
    stage: Stage,
    script: Script,
    made_from: MadeFrom,
    before: Schema,
    gaps: Vec<Gap>,
    /// From the target to the copy, empty without a target.
    differs: SchemaDiff,
}

async fn on(request: &Request<'_>, choice: &EngineChoice, progress: &dyn Progress) -> Result<DryRun, ReplayError> {
    let mut notes = Vec::new();
    let mut prepared = copy(request, choice, &mut notes, progress).await?;
    let drift = prepared.1.take();
    let Prepared { mut stage, script, made_from, before, mut gaps, differs } = prepared.0;
    let mut run = DryRun {
        engine: stage.description().to_owned(),
        major: stage.version_num() / 10_000,
        made_from,
        drift,
        differs: (!differs.is_empty()).then_some(differs),
        notes,
        ..DryRun::default()
    };
    run.notes.extend(script.notes.iter().filter(|_| made_from == MadeFrom::Catalog).cloned());
    let result = rehearse(request, &mut stage, &script, progress).await;
    let left = stage.close().await;
    let (rehearsed, after) = result?;
    run.notes.extend(rehearsed.notes.iter().cloned());
    run.notes.extend(left);
    if let Some(reading) = after {
        gaps.extend(reading.gaps);
        run.after = Some(reading.schema);
    }
    run.before = before;
    run.gaps = gaps;
    run.rehearsed = rehearsed;
    Ok(run)
}

async fn rehearse(
    request: &Request<'_>,
    stage: &mut Stage,
    script: &Script,
    progress: &dyn Progress,
) -> Result<(Rehearsed, Option<crate::source::Reading>), ReplayError> {
    let rehearsed = stage.rehearse(request.pending, request.settings, progress).await?;
    let after = match rehearsed.failure {
        Some(_) => None,
        None => Some(stage.read(script).await?),
    };
    Ok((rehearsed, after))
}

/// The copy that is truest to the target, and how far the target is from its migrations.
async fn copy(
    request: &Request<'_>,
    choice: &EngineChoice,
    notes: &mut Vec<String>,
    progress: &dyn Progress,
) -> Result<(Prepared, Option<SchemaDiff>), ReplayError> {
    let replayed = match request.applied {
        Some(set) => match Script::of_migrations(set) {
            Ok(script) => Some(prepare(request, choice, script, MadeFrom::Replay, progress).await),
            Err(error) => Some(Err(error)),
        },
        None => None,
    };
    let replayed = match replayed {
        Some(Ok(prepared)) if prepared.differs.is_empty() || request.target.is_none() => return Ok((prepared, None)),
        Some(Err(error)) if request.target.is_none() || may_be_the_engines_own(&error) => return Err(error),
        Some(Err(error)) => {
            let line = error.to_string().lines().next().unwrap_or_default().to_owned();
            notes.push(format!("what was applied could not be replayed, so the copy is made of the catalog: {line}"));
            None
        }
        Some(Ok(prepared)) => Some(prepared),
        None => None,
    };
    let drift = replayed.as_ref().map(|prepared| prepared.differs.clone().invert());
    let catalog = match (request.ddl)() {
        Some(script) => prepare(request, choice, script, MadeFrom::Catalog, progress).await,
        None => match replayed {
            Some(prepared) => return Ok((prepared, drift)),
            None => return Err(ReplayError::Catalog("nothing to make a copy from".to_owned())),
        },
    };
    match (replayed, catalog) {
        (Some(replayed), Ok(catalog)) if catalog.differs.changes.len() > replayed.differs.changes.len() => {
            catalog.stage.close().await;
            Ok((replayed, drift))
        }
        (replayed, Ok(catalog)) => {
            if let Some(replayed) = replayed {
                replayed.stage.close().await;
            }
            Ok((catalog, drift))
        }
        (Some(replayed), Err(error)) => {
            let line = error.to_string().lines().next().unwrap_or_default().to_owned();
            notes.push(format!("the catalog could not be copied, so the copy is made of what was applied: {line}"));
            Ok((replayed, drift))
        }
        (None, Err(error)) => Err(error),
    }
}

async fn prepare(
    request: &Request<'_>,
    choice: &EngineChoice,
    mut script: Script,
    made_from: MadeFrom,
    progress: &dyn Progress,
) -> Result<Prepared, ReplayError> {
    // The framework's own tables are there on the target, so a migration may name them.
    script.history_tables.clone_from(&request.pending.history_tables);
    script.history_schemas.clone_from(&request.pending.history_schemas);
    let mut options = request.options.clone();
    for name in script.extensions().into_iter().chain(request.pending.extensions()) {
        if !options.extensions.contains(&name) {
            options.extensions.push(name);
        }
    }
    let mut stage = Stage::open(choice, &options, progress).await?;
    let result = match stage.prepare(&script, request.settings, progress).await {
        Ok(()) => stage.read(&script).await,
        Err(error) => Err(error),
    };
    match result {
        Ok(reading) => {
            let differs = match request.target {
                Some(target) => {
                    let named = request.major >= NAMED_NOT_NULLS && stage.version_num() / 10_000 >= NAMED_NOT_NULLS;
                    diff(&comparable(target, named), &comparable(&reading.schema, named))
                }
                None => SchemaDiff::default(),
            };
            let before = reading.schema;
            Ok(Prepared { stage, script, made_from, before, gaps: reading.gaps, differs })
        }
        Err(error) => {
            stage.close().await;
            Err(error)
        }
    }
}

/// Without what differs between any two servers and says nothing about what migrations do: owners, privileges, the
/// versions of extensions and what they bring. `named` keeps named not-null constraints, which servers before
/// PostgreSQL 18 do not have.
pub fn comparable(schema: &Schema, named: bool) -> Schema {
    let aside = [Aside::Owners, Aside::Grants, Aside::ExtensionVersions];
    let ignore = Ignore::new(&aside, &[]).unwrap_or_default();
    let mut schema = ignore.apply(schema, &Selection::default()).unwrap_or_else(|_| schema.clone());
    if !named {
        schema.tables.iter_mut().for_each(|table| table.not_nulls.clear());
    }
    schema
}
