//! From what was found out to a plan: pure, so that the same findings always make the same plan.

use std::collections::{BTreeMap, BTreeSet};

use sha2::{Digest as _, Sha256};

use super::around;
use super::document::{
    Copy, Failure, Figures, Finding, History, Lock, Migrations, Outcome, Plan, RelationKind, Seen, Statement, Step,
    Target, Transaction, VERSION,
};
use super::dry_run::DryRun;
use super::effect::{Effect, EffectKind};
use super::known::Known;
use super::verdict::judge;
use crate::migration::statement::LockMode;
use crate::migration::statement::{Understood, understand};
use crate::migration::{Migration, MigrationSet};
use crate::schema::diff::diff;
use crate::schema::select::Selection;
use crate::schema::{Gap, QualifiedName, Schema, Stats};
use crate::source::replay::observe::{self, How, Observation};
use crate::source::replay::script::{Mode, Script, Unit};
use crate::source::replay::{ReplayError, StatementError};

/// The major version whose locks are told where no server was asked.
const CURRENT: u32 = 18;

/// Everything that a plan is made of.
#[derive(Debug)]
pub struct Findings<'a> {
    pub target: Option<Target>,
    pub migrations: Migrations,
    pub history: History,
    /// The pending migrations, in order.
    pub pending: &'a MigrationSet,
    /// Which of them had run before and run again, by their place in `pending`.
    pub again: &'a BTreeSet<usize>,
    /// The same as statements, a unit for each: of a program there are none.
    pub script: &'a Script,
    /// What came of running them.
    pub dry_run: Option<&'a DryRun>,
    /// The schema that the pending migrations meet.
    pub before: &'a Schema,
    /// The schema afterwards, where it is known by other means than the dry run.
    pub after: Option<&'a Schema>,
    pub stats: Option<&'a Stats>,
    pub search_path: Vec<String>,
    pub lint: Vec<Finding>,
    pub gaps: Vec<Gap>,
    pub notes: Vec<String>,
}

/// Puts a plan together and judges it.
pub fn assemble(findings: Findings<'_>) -> Plan {
    let pending = steps(&findings);
    let dry_run = findings.dry_run;
    let before = dry_run.map_or(findings.before, |run| &run.before);
    // What programs do is not in the dry run.
    let ran_all = dry_run.filter(|_| pending.iter().all(|step| !step.program));
    let ends = findings.after.map(|after| (findings.before, after));
    let ends = ends.or_else(|| ran_all.and_then(|run| Some((before, run.after.as_ref()?))));
    let mut gaps = findings.gaps;
    gaps.extend(dry_run.into_iter().flat_map(|run| run.gaps.iter().cloned()));
    gaps.sort();
    gaps.dedup();
    let mut notes = findings.notes;
    notes.extend(dry_run.into_iter().flat_map(|run| run.notes.iter().cloned()));
    let mut plan = Plan {
        tidegate: VERSION,
        pending_hash: pending_hash(findings.pending),
        hash: String::new(),
        target: findings.target,
        migrations: findings.migrations,
        history: findings.history,
        copy: dry_run.map(|run| Copy {
            engine: run.engine.clone(),
            major: run.major,
            made_from: run.made_from,
            drift: run.drift.clone(),
            differs: run.differs.clone(),
        }),
        pending,
        tables: BTreeMap::new(),
        diff: ends.map(|(before, after)| diff(&without_extensions(before), &without_extensions(after))),
        lint: findings.lint,
        gaps,
        notes,
        figures: BTreeMap::new(),
        verdict: super::verdict::Verdict::default(),
    };
    surround(&mut plan, before, findings.stats);
    plan.hash = hash(&plan);
    plan.verdict = judge(&plan);
    plan
}

/// Without what extensions bring: `CREATE EXTENSION` is one change and not a hundred.
fn without_extensions(schema: &Schema) -> Schema {
    Selection::default().apply(schema).unwrap_or_else(|_| schema.clone())
}

/// SHA-256 over what is pending, as it would run.
pub fn pending_hash(pending: &MigrationSet) -> String {
    let mut hash = Sha256::new();
    let mut part = |text: &str| {
        hash.update(text.len().to_le_bytes());
        hash.update(text);
    };
    part(&pending.framework);
    for migration in &pending.migrations {
        part(migration.key());
        part(&migration.path);
        part(if migration.transactional { "transaction" } else { "" });
        part(&migration.sql);
    }
    hexadecimal(hash)
}

/// SHA-256 over the plan without what changes by itself and what is judged from it.
fn hash(plan: &Plan) -> String {
    let content = Plan {
        hash: String::new(),
        figures: BTreeMap::new(),
        verdict: super::verdict::Verdict::default(),
        ..plan.clone()
    };
    hexadecimal(Sha256::new_with_prefix(crate::plan::json(&content)))
}

fn hexadecimal(hash: Sha256) -> String {
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

fn steps(findings: &Findings<'_>) -> Vec<Step> {
    let before = findings.dry_run.map_or(findings.before, |run| &run.before);
    let mut known = Known::new(before, findings.search_path.clone());
    let engine = findings.dry_run.map(|run| run.major);
    let major = findings.target.as_ref().map(|target| target.major).or(engine).unwrap_or(CURRENT);
    let rehearsed = findings.dry_run.map(|run| &run.rehearsed);
    let mut observations = rehearsed.map(|run| run.observations.as_slice()).unwrap_or_default().iter();
    let mut failure = rehearsed.and_then(|run| run.failure.as_ref());
    let mut steps = Vec::new();
    for (at, migration) in findings.pending.migrations.iter().enumerate() {
        if migration.program {
            // What fails after it may fail for want of what it does.
            let before = failure.take().filter(|error| is_within(error, &steps));
            fails_last(&mut steps, before);
        }
        let unit = findings.script.units.get(at).filter(|_| !migration.program);
        let mut statements = Vec::new();
        for statement in unit.into_iter().flat_map(|unit| &unit.statements) {
            let understood = understand(&statement.sql);
            let mut told = Statement {
                line: statement.line,
                sql: statement.sql.strip_suffix("\n;").unwrap_or(&statement.sql).to_owned(),
                command: understood.command.clone(),
                opaque: understood.opaque,
                effects: known.effects(&understood),
                ..Statement::default()
            };
            match observations.next() {
                Some(observation) => observed(&mut told, observation, &understood, before, &known, major),
                None => {
                    told.locks = known.locks(&understood, major);
                    if let Some(error) = failure.take() {
                        told.outcome = Outcome::Failed;
                        told.failure = Some(failed(error, &migration.path, statement.line));
                    }
                }
            }
            under(&mut told, before);
            statements.push(told);
        }
        let mut step = step(migration, unit, findings.script);
        step.again = findings.again.contains(&at);
        step.statements = statements;
        steps.push(step);
    }
    fails_last(&mut steps, failure);
    steps
}

fn is_within(error: &ReplayError, steps: &[Step]) -> bool {
    let path = match error {
        ReplayError::Statement(error) => &error.place.path,
        ReplayError::EngineAt { place, .. } => &place.path,
        _ => return true,
    };
    steps.iter().any(|step| step.path == *path)
}

/// A transaction that cannot be committed fails after its last statement.
fn fails_last(steps: &mut [Step], failure: Option<&ReplayError>) {
    let last = steps.iter_mut().rev().find_map(|step| step.statements.last_mut());
    if let (Some(error), Some(last)) = (failure, last) {
        last.outcome = Outcome::Failed;
        last.failure = Some(failed(error, "", last.line));
    }
}

fn step(migration: &Migration, unit: Option<&Unit>, script: &Script) -> Step {
    let transaction = match unit {
        Some(unit) if unit.controls_transactions() => Transaction::Own,
        Some(unit) if unit.mode == Mode::Transaction => Transaction::Framework,
        Some(unit) if unit.statements.len() > 1 && script.sends_whole_files() => Transaction::Message,
        Some(_) => Transaction::None,
        None if migration.transactional => Transaction::Framework,
        None => Transaction::None,
    };
    Step {
        version: migration.version.clone(),
        name: migration.name.clone(),
        path: migration.path.clone(),
        sha256: hexadecimal(Sha256::new_with_prefix(&migration.sql)),
        again: false,
        program: migration.program,
        transaction,
        statements: Vec::new(),
    }
}

/// Joins what was seen with what is known.
fn observed(
    told: &mut Statement,
    observation: &Observation,
    understood: &Understood,
    before: &Schema,
    known: &Known<'_>,
    major: u32,
) {
    told.outcome = match observation.how {
        How::Observed => Outcome::Ran,
        How::Alone => Outcome::RanAlone,
        How::Control => Outcome::Control,
        How::Skipped => Outcome::Skipped,
    };
    told.locks = strongest(&observation.locks);
    told.held = strongest(&observation.held).into_iter().filter(|lock| lock.mode.blocks_writes()).collect();
    if observation.how == How::Alone {
        told.locks = known.locks(understood, major);
    }
    let truncates = told.effects.iter().any(|effect| effect.kind == EffectKind::LosesData);
    for relation in observation.new_files.iter().filter(|relation| !relation.created) {
        let (kind, name) = match relation.kind {
            'i' => match around::table_of_index(before, &relation.name) {
                Some(table) => (EffectKind::BuildsIndex, table),
                None => continue,
            },
            _ if understood.command == "TRUNCATE" => (EffectKind::LosesData, relation.name.clone()),
            _ => (EffectKind::Rewrites, relation.name.clone()),
        };
        let name = name.to_string();
        // An index is built again with its table, and goes without saying then.
        let rewritten = observation.new_files.iter().any(|other| other.kind != 'i' && other.name.to_string() == name);
        if kind == EffectKind::BuildsIndex && (rewritten || truncates) {
            continue;
        }
        match told.effects.iter_mut().find(|effect| effect.kind == kind && effect.relation.as_ref() == Some(&name)) {
            Some(effect) => effect.seen = Seen::Observed,
            None => told.effects.push(Effect {
                kind,
                relation: Some(name),
                under: None,
                seen: Seen::Observed,
                detail: None,
            }),
        }
    }
    told.effects.sort();
}

/// The strongest lock on each relation that was there before.
fn strongest(locks: &[observe::Lock]) -> Vec<Lock> {
    let mut found: BTreeMap<(String, RelationKind), LockMode> = BTreeMap::new();
    for lock in locks.iter().filter(|lock| !lock.relation.created) {
        let Some(mode) = LockMode::of_catalog_name(&lock.mode) else { continue };
        let key = (lock.relation.name.to_string(), kind(lock.relation.kind));
        found.entry(key).and_modify(|known| *known = mode.max(*known)).or_insert(mode);
    }
    found.into_iter().map(|((relation, kind), mode)| Lock { relation, kind, mode, seen: Seen::Observed }).collect()
}

fn kind(relkind: char) -> RelationKind {
    match relkind {
        'r' | 'p' | 'f' => RelationKind::Table,
        'i' | 'I' => RelationKind::Index,
        'v' => RelationKind::View,
        'm' => RelationKind::MaterializedView,
        'S' => RelationKind::Sequence,
        _ => RelationKind::Other,
    }
}

/// Gives every effect on a relation the lock under which it happens.
fn under(told: &mut Statement, before: &Schema) {
    for effect in &mut told.effects {
        let Some(relation) = &effect.relation else { continue };
        let on = |lock: &&Lock| lock.relation == *relation || index_is_on(before, lock, relation);
        effect.under = told.locks.iter().chain(&told.held).filter(on).map(|lock| lock.mode).max();
    }
}

fn index_is_on(before: &Schema, lock: &Lock, table: &str) -> bool {
    lock.kind == RelationKind::Index
        && lock.relation.parse().is_ok_and(|index: QualifiedName| {
            around::table_of_index(before, &index).is_some_and(|found| found.to_string() == table)
        })
}

fn failed(error: &ReplayError, path: &str, line: usize) -> Failure {
    match error {
        ReplayError::Statement(error) => {
            let StatementError { place, sqlstate, message, detail, hint, advice, .. } = error.as_ref();
            Failure {
                path: place.path.clone(),
                line: place.line,
                message: message.clone(),
                sqlstate: Some(sqlstate.clone()),
                detail: detail.clone(),
                hint: advice.clone().or_else(|| hint.clone()),
            }
        }
        other => Failure { path: path.to_owned(), line, message: other.to_string(), ..Failure::default() },
    }
}

/// The tables that the plan touches, what hangs on them, and their figures.
fn surround(plan: &mut Plan, before: &Schema, stats: Option<&Stats>) {
    let mut touched: BTreeSet<String> = BTreeSet::new();
    for statement in plan.pending.iter().flat_map(|step| &step.statements) {
        let locked = statement.locks.iter().filter(|lock| lock.mode > LockMode::AccessShare);
        touched.extend(locked.map(|lock| lock.relation.clone()));
        touched.extend(statement.effects.iter().filter_map(|effect| effect.relation.clone()));
    }
    for text in touched {
        let Ok(name) = text.parse::<QualifiedName>() else { continue };
        if before.table(&name).is_some() {
            plan.tables.insert(text.clone(), around::surroundings(before, &name));
        }
        if let Some(found) = stats.and_then(|stats| stats.tables.get(&name)) {
            plan.figures.insert(text, Figures { rows: found.rows, bytes: found.bytes });
        }
    }
}
