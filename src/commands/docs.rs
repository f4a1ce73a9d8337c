//! `tidegate docs`: source → schema → render → artifact.

use std::process::ExitCode;
use std::sync::Arc;

use serde_json::json;

use super::{off_the_runtime, reading};
use crate::artifact::{self, Artifact, ArtifactError, Difference, Report, WriteOptions};
use crate::cli::args::{DocsArgs, Format, Global};
use crate::cli::config::Loaded;
use crate::cli::environment::Environment;
use crate::cli::failure::{Code, Failure};
use crate::cli::settings::{DocsSettings, docs_settings};
use crate::cli::ui::Ui;
use crate::progress::Progress as _;
use crate::source::Reading;

mod formats;

pub async fn run(args: &DocsArgs, global: &Global, environment: &Environment, ui: &Ui) -> Result<ExitCode, Failure> {
    let loaded = Loaded::find(global.config.as_deref(), environment)?;
    let settings = Arc::new(docs_settings(args, &loaded, environment)?);
    let reading = Arc::new(reading::read(&settings.read, ui).await?);
    let artifacts = artifacts(&settings, &reading, ui).await?;
    let Some(out) = settings.out.clone() else {
        return print(&artifacts, ui);
    };
    if args.check {
        let differences = off_the_runtime(move || artifact::compare(&out, &artifacts)).await?.map_err(failure)?;
        return tell_check(args, &settings, &differences, ui);
    }
    let options = WriteOptions { force: args.force };
    let report = off_the_runtime(move || artifact::write(&out, &artifacts, options)).await?.map_err(failure)?;
    tell_written(args, &settings, &reading, &report, ui)
}

/// Everything that the settings ask for, rendered from a reading; its gaps are told.
pub(super) async fn artifacts(
    settings: &Arc<DocsSettings>,
    reading: &Arc<Reading>,
    ui: &Ui,
) -> Result<Vec<Artifact>, Failure> {
    ui.step("rendering", 0, None);
    let artifacts = {
        let (settings, reading) = (Arc::clone(settings), Arc::clone(reading));
        off_the_runtime(move || render(&settings, &reading)).await??
    };
    for gap in &reading.gaps {
        ui.warning(&format!("{}: {}", gap.scope, gap.reason));
    }
    Ok(artifacts)
}

/// Selects, decorates and renders every format.
pub(super) fn render(settings: &DocsSettings, reading: &Reading) -> Result<Vec<Artifact>, Failure> {
    let mut decorated = reading.schema.clone();
    for relation in &settings.relations {
        decorated
            .add_relation(relation)
            .map_err(|error| Failure::from_error(Code::Usage, &error).hint("see [[docs.relation]] in tidegate.toml"))?;
    }
    for (object, text) in &settings.descriptions {
        decorated.describe(object, text).map_err(|error| {
            Failure::from_error(Code::Usage, &error).hint("see [docs.describe] and [docs.labels] in tidegate.toml")
        })?;
    }
    let schema = settings.selection.apply(&decorated).map_err(|error| Failure::from_error(Code::Usage, &error))?;
    formats::render(settings, &schema, reading)
}

pub(super) fn failure(error: ArtifactError) -> Failure {
    let code = match error {
        ArtifactError::Io { .. } | ArtifactError::Collision { .. } => Code::CouldNotTell,
        ArtifactError::NotAFolder { .. } | ArtifactError::Foreign { .. } | ArtifactError::Link { .. } => Code::Usage,
    };
    Failure::from_error(code, &error).hints(error.hint())
}

fn print(artifacts: &[Artifact], ui: &Ui) -> Result<ExitCode, Failure> {
    if let Some(first) = artifacts.first() {
        super::output::print(&first.bytes)?;
    }
    if artifacts.len() > 1 {
        let more = artifacts.len() - 1;
        ui.warning(&format!("too large for one diagram: this is the overview, and `-o DIR` writes {more} more"));
    }
    Ok(ExitCode::SUCCESS)
}

fn tell_check(
    args: &DocsArgs,
    settings: &DocsSettings,
    differences: &[Difference],
    ui: &Ui,
) -> Result<ExitCode, Failure> {
    if args.json {
        let list: Vec<_> = differences
            .iter()
            .map(|difference| {
                let kind = match difference {
                    Difference::Missing { .. } => "missing",
                    Difference::Changed { .. } => "changed",
                    Difference::Stale { .. } => "stale",
                };
                json!({"path": difference.path(), "kind": kind})
            })
            .collect();
        super::output::print(format!("{:#}\n", json!({"fresh": list.is_empty(), "differences": list})).as_bytes())?;
    }
    let out = settings.out.as_deref().map(|out| settings.read.shown(out)).unwrap_or_default();
    if differences.is_empty() {
        ui.status(&format!("{out} is up to date"));
        return Ok(ExitCode::SUCCESS);
    }
    for difference in differences {
        ui.status(&format!("  {difference}"));
    }
    let message = format!("{out} is out of date: {}", counted(differences.len(), "file"));
    Err(Failure::new(Code::Finding, message).hint("run the same command without --check, and commit the result"))
}

fn tell_written(
    args: &DocsArgs,
    settings: &DocsSettings,
    reading: &Reading,
    report: &Report,
    ui: &Ui,
) -> Result<ExitCode, Failure> {
    for note in &report.notes {
        ui.warning(note);
    }
    if args.json {
        let gaps: Vec<_> = reading.gaps.iter().map(|gap| json!({"scope": gap.scope, "reason": gap.reason})).collect();
        let value = json!({
            "out": settings.out,
            "origin": reading.origin,
            "fingerprint": reading.schema.fingerprint(),
            "written": report.written,
            "unchanged": report.unchanged,
            "removed": report.removed,
            "gaps": gaps,
        });
        super::output::print(format!("{value:#}\n").as_bytes())?;
    }
    let out = settings.out.as_deref().map(|out| settings.read.shown(out)).unwrap_or_default();
    let schema = &reading.schema;
    ui.status(&format!(
        "{out}: {}, {}, from {}",
        counted(schema.tables.len(), "table"),
        counted(schema.views.len(), "view"),
        reading.origin
    ));
    let mut parts = vec![format!("{} written", report.written.len()), format!("{} unchanged", report.unchanged.len())];
    if !report.removed.is_empty() {
        parts.push(format!("{} removed", report.removed.len()));
    }
    let names: Vec<_> = settings.formats.iter().map(|format: &Format| format.name()).collect();
    ui.status(&format!("  {} ({})", parts.join(", "), names.join(", ")));
    Ok(ExitCode::SUCCESS)
}

/// `1 table`, `2 tables`.
pub(super) fn counted(count: usize, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}
