//! The plan for a database: its history says what is pending, its catalog what that meets.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::difference::difference;
use super::files;
use super::{has_programs, has_sql, only, rehearse, script};
use crate::cli::failure::{Code, Failure};
use crate::cli::settings::PlanSettings;
use crate::cli::ui::Ui;
use crate::commands::migrations::As;
use crate::migration::history::{self, History as Found, Status};
use crate::migration::{MigrationSet, Role};
use crate::plan::document::{History, HistoryState, Late, LateOutcome, Migrations, Target};
use crate::plan::dry_run::{Request, comparable};
use crate::plan::target::{self, Session};
use crate::plan::{Findings, Plan, assemble, pending_hash};
use crate::postgres::connect::connect;
use crate::postgres::dsn::Dsn;
use crate::postgres::error_text;
use crate::progress::Progress as _;
use crate::render::sql;
use crate::schema::Schema;
use crate::source::locate::Source;
use crate::source::replay::script::{Mode, Statement, Unit};
use crate::source::replay::{Script, leave_out};
use crate::source::{Reading, catalog};

/// What is told of the migrations, by the history or by another state of the files.
struct Told {
    /// The places of what is pending, in the order in which it runs.
    places: Vec<usize>,
    /// Which of those run again.
    again: BTreeSet<usize>,
    applied: Option<MigrationSet>,
    history: History,
    base: Option<String>,
}

/// What was read of the target.
struct Read {
    url: String,
    session: Session,
    status: Status,
    reading: Reading,
    at: Timestamp,
}

/// A plan, and what it was made from.
pub(in crate::commands) struct Planned {
    pub(in crate::commands) plan: Plan,
    pub(in crate::commands) glance: Glance,
}

/// What a plan is made from, before any rehearsal.
pub(in crate::commands) struct Glance {
    pub(in crate::commands) status: Status,
    /// What would run by the history, in order.
    pub(in crate::commands) pending: MigrationSet,
    /// SHA-256 over every migration, those that were applied too: the copy is made from them.
    pub(in crate::commands) files: String,
    /// As in [`Target::fingerprint`].
    pub(in crate::commands) fingerprint: String,
    /// As `server_version` says.
    pub(in crate::commands) server: String,
    pub(in crate::commands) session: Session,
    /// Whether nothing of the schema was hidden.
    pub(in crate::commands) complete: bool,
    /// When history and catalog had been read, by the server's clock.
    pub(in crate::commands) at: Timestamp,
}

pub(in crate::commands) async fn glance(dsn: &Dsn, settings: &PlanSettings, ui: &Ui) -> Result<Glance, Failure> {
    let mut set = files::read(&settings.read.source, As::List, &settings.read, ui).await?.set;
    let read = read(dsn, &set, settings, ui).await?;
    let schema = without_history(&read, &mut set);
    Ok(glance_of(&read, &set, &schema))
}

/// The target's schema without the framework's own tables, which `set` then names.
fn without_history(read: &Read, set: &mut MigrationSet) -> Schema {
    if let Some(table) = read.status.table.as_ref().filter(|table| !set.history_tables.contains(table)) {
        set.history_tables.push(table.clone());
    }
    let mut schema = read.reading.schema.clone();
    leave_out(&mut schema, &set.history_tables, &set.history_schemas);
    schema
}

fn glance_of(read: &Read, set: &MigrationSet, schema: &Schema) -> Glance {
    Glance {
        pending: only(set, pending(set, &read.status).0),
        files: pending_hash(set),
        fingerprint: schema.fingerprint(),
        server: read.reading.server.as_ref().map(|server| server.version.clone()).unwrap_or_default(),
        session: read.session.clone(),
        complete: read.reading.gaps.is_empty(),
        status: read.status.clone(),
        at: read.at,
    }
}

pub(in crate::commands) async fn plan(
    dsn: &Dsn,
    from: Option<&Source>,
    settings: &PlanSettings,
    ui: &Ui,
) -> Result<Planned, Failure> {
    let listed = files::read(&settings.read.source, As::List, &settings.read, ui).await?;
    let mut set = listed.set.clone();
    let read = read(dsn, &set, settings, ui).await?;
    let schema = without_history(&read, &mut set);
    let status = &read.status;
    let mut notes = set.notes.clone();
    let known = match from {
        Some(source) => {
            let base = files::read(source, As::List, &settings.read, ui).await?;
            let difference = difference(&base.set, &set);
            Told {
                places: difference.places.clone(),
                again: BTreeSet::new(),
                history: difference.history(&base.set),
                applied: Some(base.set),
                base: Some(base.label),
            }
        }
        None => {
            notes.extend(status.notes.iter().cloned());
            let (places, again) = pending(&set, status);
            let (applied, history) = (applied(&set, status, &schema), summary(status));
            Told { places, again, applied, history, base: None }
        }
    };
    let pending = only(&set, known.places.iter().copied());
    let script = script(&pending)?;
    let server = read.reading.server.clone().unwrap_or_default();
    let places = known.places.iter().copied().collect();
    let lint = super::lint::findings(&listed, &set, places, server.version_num / 10_000, settings).await?;
    if read.session.standby {
        notes.push("the target is a standby: migrations run on its primary".to_owned());
    }
    let mut run = None;
    let mut by_command = None;
    if has_sql(&pending) {
        let whole = &read.reading.schema;
        let request = Request {
            applied: known.applied.as_ref(),
            pending: &script,
            target: Some(&schema),
            major: server.version_num / 10_000,
            ddl: &|| Some(ddl(whole)),
            settings: &read.session.settings,
            engines: &settings.read.engine,
            options: &settings.read.engine_options,
        };
        run = Some(rehearse(&request, ui).await?);
    }
    if has_programs(&pending) {
        match crate::commands::reading::by_command(&settings.read, ui).await? {
            Some(mut made) => {
                leave_out(&mut made.schema, &set.history_tables, &set.history_schemas);
                notes.push(format!(
                    "some migrations are programs: what all change is the difference to what `replay.command` makes ({})",
                    made.origin
                ));
                by_command = Some((comparable(&schema, false), comparable(&made.schema, false)));
            }
            None => notes.push(
                "some migrations are programs: set replay.command in tidegate.toml to see what they change".to_owned(),
            ),
        }
    }
    let findings = Findings {
        target: Some(Target {
            url: read.url.clone(),
            major: server.version_num / 10_000,
            server_version: server.version,
            fingerprint: schema.fingerprint(),
        }),
        migrations: Migrations { framework: set.framework.clone(), source: listed.label.clone(), base: known.base },
        history: known.history,
        pending: &pending,
        again: &known.again,
        script: &script,
        dry_run: run.as_ref(),
        before: by_command.as_ref().map_or(&schema, |(before, _)| before),
        after: by_command.as_ref().map(|(_, after)| after),
        stats: read.reading.stats.as_ref(),
        search_path: read.session.search_path.clone(),
        lint,
        gaps: read.reading.gaps.clone(),
        notes,
    };
    Ok(Planned { plan: assemble(findings), glance: glance_of(&read, &set, &schema) })
}

/// Reads history and catalog, and nothing else is ever done to the target.
async fn read(dsn: &Dsn, set: &MigrationSet, settings: &PlanSettings, ui: &Ui) -> Result<Read, Failure> {
    dsn.notes.iter().for_each(|note| ui.note(note));
    ui.step(&format!("connecting to {}", dsn.redacted()), 0, None);
    let mut connected = connect(dsn, "tidegate plan").await.map_err(|error| {
        let code = if error.is_usage() { Code::Usage } else { Code::CouldNotTell };
        Failure::from_error(code, &error).hints(error.hint.clone())
    })?;
    let unreadable = |what: &str, why: String| {
        let mut failure = Failure::new(Code::CouldNotTell, format!("cannot read the {what} of {}", dsn.redacted()));
        failure.causes.push(why);
        failure
    };
    let read_only = "SET default_transaction_read_only = on";
    connected.client.batch_execute(read_only).await.map_err(|error| unreadable("settings", error_text(&error)))?;
    let session =
        target::session(&connected.client).await.map_err(|error| unreadable("settings", error_text(&error)))?;
    ui.step("reading the history", 0, None);
    let table = settings.read.history_table.clone();
    let status = history::read(&connected.client, set, &history::Options { table }).await;
    ui.step("reading the catalog", 0, None);
    let options = catalog::Options {
        stats: true,
        statement_timeout: settings.read.statement_timeout,
        ..catalog::Options::default()
    };
    let reading = catalog::read(&mut connected.client, &options)
        .await
        .map_err(|error| unreadable("schema", error.to_string()))?;
    let at = target::clock(&connected.client).await.map_err(|error| unreadable("clock", error_text(&error)))?;
    connected.close().await;
    Ok(Read { url: dsn.redacted(), session, status, reading, at })
}

/// The places of what will run, in its order, and which of those run again, by their place among them.
fn pending(set: &MigrationSet, status: &Status) -> (Vec<usize>, BTreeSet<usize>) {
    let mut places = Vec::new();
    let mut again = BTreeSet::new();
    for pending in &status.pending {
        for place in &pending.migrations {
            if pending.again {
                again.insert(places.len());
            }
            places.push(*place);
        }
    }
    if places.is_empty() {
        return (places, again);
    }
    // Callbacks run around whatever runs, and no history tells of them.
    let callbacks = |first: bool| {
        let versioned = set.migrations.iter().position(|migration| migration.role != Role::Callback).unwrap_or(0);
        let all = set.migrations.iter().enumerate().filter(|(_, migration)| migration.role == Role::Callback);
        all.map(|(at, _)| at).filter(move |at| (*at < versioned) == first)
    };
    let missing = |at: &usize| !places.contains(at);
    let before: Vec<usize> = callbacks(true).filter(missing).collect();
    let after: Vec<usize> = callbacks(false).filter(missing).collect();
    let again = again.into_iter().map(|at| at + before.len()).collect();
    (before.into_iter().chain(places).chain(after).collect(), again)
}

/// What the target has had, where that is exactly known and every file of it is here.
fn applied(set: &MigrationSet, status: &Status, schema: &Schema) -> Option<MigrationSet> {
    let certain = status.is_certain() && status.missing.is_empty() && status.dirty.is_empty();
    match status.history {
        Found::Read if certain => {}
        // Nothing was applied, and nothing is there.
        Found::Empty | Found::NoTable if schema.tables.is_empty() && schema.views.is_empty() => {}
        _ => return None,
    }
    let had = |migration: &crate::migration::Migration| {
        let same = |applied: &history::Applied| applied.path == migration.path && applied.version == migration.version;
        status.applied.iter().any(same)
    };
    let places: Vec<usize> =
        set.migrations.iter().enumerate().filter(|(_, migration)| had(migration)).map(|(at, _)| at).collect();
    let complete = places.iter().all(|at| !set.migrations[*at].program);
    (complete && places.len() >= status.applied.len()).then(|| only(set, places))
}

/// The history in short, for the plan.
fn summary(status: &Status) -> History {
    let state = match &status.history {
        Found::Read => HistoryState::Read,
        Found::Empty => HistoryState::Empty,
        Found::NoTable | Found::NoneKept => HistoryState::NoTable,
        Found::NoPermission { .. } | Found::OtherFramework { .. } | Found::Unreadable { .. } => {
            HistoryState::Unreadable
        }
    };
    History {
        state,
        table: status.table.clone(),
        applied: status.applied.len(),
        dirty: status
            .dirty
            .iter()
            .map(|dirty| format!("{}: {}; {}", dirty.version, dirty.recorded, dirty.remedy))
            .collect(),
        changed: status.changed.iter().map(|changed| changed.path.clone()).collect(),
        missing: status.missing.iter().map(|missing| missing.version.clone()).collect(),
        out_of_order: status.out_of_order.iter().map(late).collect(),
        could_not_tell: status.could_not_tell.clone(),
    }
}

fn late(found: &history::OutOfOrder) -> Late {
    let outcome = match found.outcome {
        history::Late::Runs => LateOutcome::Runs,
        history::Late::Skips => LateOutcome::Skips,
        history::Late::Refuses => LateOutcome::Refuses,
    };
    Late { path: found.path.clone(), outcome }
}

/// The whole schema as DDL, with the framework's own tables.
fn ddl(schema: &Schema) -> Script {
    let rendered = sql::render(schema, &sql::SqlOptions { drop_public: true, ..sql::SqlOptions::default() });
    let statements = rendered.statements.iter().map(|statement| Statement::new(&statement.sql, 1)).collect();
    let unit = Unit { path: "the target's catalog".to_owned(), statements, mode: Mode::Autocommit };
    Script {
        units: vec![unit],
        notes: rendered.notes.iter().map(|note| format!("not in the copy: {note}")).collect(),
        ..Script::default()
    }
}
