//! The plan without a database: what the migrations here add over those of another state.

use std::collections::{BTreeMap, BTreeSet};

use super::files::{self, As, Listed};
use super::{only, rehearse, script};
use crate::cli::failure::{Code, Failure};
use crate::cli::settings::{Against, PlanSettings};
use crate::cli::ui::Ui;
use crate::commands::off_the_runtime;
use crate::git;
use crate::migration::{Migration, MigrationSet, Role};
use crate::plan::document::{History, HistoryState, Migrations};
use crate::plan::dry_run::Request;
use crate::plan::{Findings, Plan, assemble};
use crate::schema::Schema;
use crate::source::locate::Source;

pub(super) async fn plan(settings: &PlanSettings, ui: &Ui) -> Result<Plan, Failure> {
    let here = files::read(&settings.read.source, As::FromEmpty, &settings.read, ui).await?;
    let (base, name) = match &settings.against {
        Against::Files(source) => {
            let base = files::read(source, As::FromEmpty, &settings.read, ui).await?;
            let name = base.label.clone();
            (base, name)
        }
        Against::Upstream | Against::Database(_) => upstream(settings, ui).await?,
    };
    let (set, base) = (here.set, base.set);
    let difference = difference(&base, &set);
    let pending = only(&set, difference.places.iter().copied());
    let script = script(&pending)?;
    let mut run = None;
    if let Some(script) = script.as_ref().filter(|script| !script.units.is_empty()) {
        let request = Request {
            applied: Some(&base),
            pending: script,
            target: None,
            ddl: &|| None,
            settings: &[],
            engines: &settings.read.engine,
            options: &settings.read.engine_options,
        };
        run = Some(rehearse(&request, ui).await?);
    }
    let mut notes = set.notes.clone();
    notes.push("no database was asked: how large the tables are is not known".to_owned());
    let findings = Findings {
        target: None,
        migrations: Migrations { framework: set.framework.clone(), source: here.label, base: Some(name) },
        history: History {
            state: HistoryState::Files,
            applied: base.migrations.len(),
            changed: difference.changed,
            missing: difference.missing,
            out_of_order: difference.out_of_order,
            ..History::default()
        },
        pending: &pending,
        again: &BTreeSet::new(),
        script: script.as_ref(),
        dry_run: run.as_ref(),
        before: &Schema::default(),
        after: None,
        stats: None,
        search_path: Vec::new(),
        lint: Vec::new(),
        gaps: Vec::new(),
        notes,
    };
    Ok(assemble(findings))
}

/// The migrations of the upstream branch.
async fn upstream(settings: &PlanSettings, ui: &Ui) -> Result<(Listed, String), Failure> {
    let (project, named) = (settings.read.project.clone(), settings.upstream.clone());
    let found = off_the_runtime(move || git::upstream(&project, named.as_deref(), "HEAD")).await?;
    let found = found.map_err(|error| {
        Failure::from_error(Code::CouldNotTell, &error)
            .hint("name the database: tidegate plan postgres://…, or tidegate plan --env NAME")
            .hint("or what is there already: tidegate plan --from REV")
    })?;
    let path = match &settings.read.source {
        Source::Git { path, .. } => path.clone(),
        _ => None,
    };
    let source = Source::Git { revision: found.tip.clone(), path };
    let mut listed = files::read(&source, As::FromEmpty, &settings.read, ui).await?;
    listed.label = listed.label.replace(&format!(" at {}", found.tip), &format!(" at {}", found.name));
    let label = listed.label.clone();
    Ok((listed, label))
}

/// What differs between two states of one folder of migrations.
#[derive(Debug, Default, PartialEq, Eq)]
struct Difference {
    /// Of what runs, in the newer set.
    places: Vec<usize>,
    changed: Vec<String>,
    missing: Vec<String>,
    out_of_order: Vec<String>,
}

fn difference(base: &MigrationSet, here: &MigrationSet) -> Difference {
    fn key(migration: &Migration) -> (&str, &str) {
        (migration.path.as_str(), migration.version.as_str())
    }
    let there: BTreeMap<_, _> = base.migrations.iter().map(|migration| (key(migration), migration)).collect();
    let now: BTreeSet<_> = here.migrations.iter().map(key).collect();
    let last = here.migrations.iter().rposition(|migration| there.contains_key(&key(migration)));
    let mut found = Difference::default();
    for (at, migration) in here.migrations.iter().enumerate() {
        match there.get(&key(migration)) {
            None => {
                found.places.push(at);
                if last.is_some_and(|last| at < last) && migration.role == Role::Once {
                    found.out_of_order.push(migration.path.clone());
                }
            }
            Some(_) if matches!(migration.role, Role::Always) => found.places.push(at),
            Some(before) if before.sql == migration.sql => {}
            Some(_) if migration.role == Role::OnChange => found.places.push(at),
            Some(_) => found.changed.push(migration.path.clone()),
        }
    }
    let gone = base.migrations.iter().filter(|migration| !now.contains(&key(migration)));
    found.missing.extend(gone.map(|migration| migration.path.clone()));
    found.missing.dedup();
    found
}
