//! The plan without a database: what the migrations here add over those of another state.

use std::collections::BTreeSet;

use super::difference::difference;
use super::files;
use super::{has_sql, only, rehearse, script};
use crate::cli::failure::{Code, Failure};
use crate::cli::settings::{Against, PlanSettings};
use crate::cli::ui::Ui;
use crate::commands::migrations::{As, Found};
use crate::commands::off_the_runtime;
use crate::git;
use crate::plan::document::Migrations;
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
        Against::Upstream | Against::Database(..) | Against::Environment(..) => upstream(settings, ui).await?,
    };
    let (set, base) = (here.set.clone(), base.set);
    let difference = difference(&base, &set);
    let pending = only(&set, difference.places.iter().copied());
    let script = script(&pending)?;
    let mut run = None;
    if has_sql(&pending) {
        let request = Request {
            applied: Some(&base),
            pending: &script,
            target: None,
            major: 0,
            ddl: &|| None,
            settings: &[],
            engines: &settings.read.engine,
            options: &settings.read.engine_options,
        };
        run = Some(rehearse(&request, ui).await?);
    }
    let places = difference.places.iter().copied().collect();
    let lint = super::lint::findings(&here, &set, places, 0, settings).await?;
    let mut notes = set.notes.clone();
    notes.push("no database was asked: how large the tables are is not known".to_owned());
    let findings = Findings {
        target: None,
        migrations: Migrations { framework: set.framework.clone(), source: here.label.clone(), base: Some(name) },
        history: difference.history(&base),
        pending: &pending,
        again: &BTreeSet::new(),
        script: &script,
        dry_run: run.as_ref(),
        before: &Schema::default(),
        after: None,
        stats: None,
        search_path: Vec::new(),
        lint,
        gaps: Vec::new(),
        notes,
    };
    Ok(assemble(findings))
}

/// The migrations of the upstream branch.
async fn upstream(settings: &PlanSettings, ui: &Ui) -> Result<(Found, String), Failure> {
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
