//! What is told of a run: the receipt's file, the terminal, GitHub, the webhook. Nothing here changes the verdict.

use std::path::{Path, PathBuf};

use super::place;
use crate::cli::environment::Environment;
use crate::cli::failure::Failure;
use crate::cli::ui::Ui;
use crate::gate::github;
use crate::gate::notify::Webhook;
use crate::gate::receipt::Receipt;
use crate::gate::report::{self, Around};
use crate::gate::world::Outcome;
use crate::plan::report::Style;

/// Where a run is told about.
pub(super) struct Reporting {
    /// The receipt's file where one was named.
    pub(super) file: Option<PathBuf>,
    /// Where receipts are kept otherwise.
    pub(super) folder: PathBuf,
    /// Whether anything is written or sent at all.
    pub(super) write: bool,
    pub(super) json: bool,
    pub(super) webhook: Option<String>,
    pub(super) framework: Option<String>,
    /// The notes were said as they came up, and need not be said again.
    pub(super) notes_told: bool,
}

pub(super) async fn report(
    receipt: &Receipt,
    reporting: &Reporting,
    environment: &Environment,
    ui: &Ui,
) -> Result<(), Failure> {
    let written = reporting.write.then(|| write(receipt, reporting, ui)).flatten();
    let shown = written.as_deref().map(|path| shown(path, environment));
    let around = Around { framework: reporting.framework.as_deref(), receipt: shown.as_deref() };
    if reporting.json {
        crate::commands::output::print(report::json(receipt).as_bytes())?;
    }
    if reporting.write {
        tell_github(receipt, around, environment, ui);
        tell_webhook(receipt, reporting.webhook.as_deref(), ui).await;
    }
    ui.finish();
    let mut told = receipt.clone();
    if reporting.notes_told {
        told.notes.clear();
    }
    let text = report::text(&told, around, Style { colour: ui.colours() });
    ui.status(text.trim_end());
    ui.always(&report::last_line(receipt));
    Ok(())
}

/// To the place that was named; else, loudly, beside the journal; else on the terminal, so that it is not lost.
fn write(receipt: &Receipt, reporting: &Reporting, ui: &Ui) -> Option<PathBuf> {
    let kept = place::kept(&reporting.folder, &receipt.binding.environment, receipt.run.as_str());
    let text = report::json(receipt);
    let named = reporting.file.as_ref();
    for path in named.into_iter().chain(std::iter::once(&kept)) {
        match place::write(path, &text) {
            Ok(()) => {
                if named.is_some_and(|named| named != path) {
                    ui.always(&format!("warning: the receipt is at {} instead", path.display()));
                }
                return Some(path.clone());
            }
            Err(error) => {
                ui.always(&format!("warning: the receipt cannot be written to {}: {error}", path.display()));
            }
        }
    }
    if receipt.times.started.is_some() && !reporting.json {
        ui.always(&format!("the receipt, which is nowhere else:\n{text}"));
    }
    None
}

fn shown(path: &Path, environment: &Environment) -> String {
    path.strip_prefix(&environment.working_directory).unwrap_or(path).display().to_string()
}

fn tell_github(receipt: &Receipt, around: Around<'_>, environment: &Environment, ui: &Ui) {
    let failed = |what: &str, error: std::io::Error| ui.warning(&format!("{what} cannot be written: {error}"));
    if let Some(file) = environment.get("GITHUB_STEP_SUMMARY").filter(|file| !file.is_empty())
        && let Err(error) = github::append(Path::new(file), &github::summary(receipt, around))
    {
        failed("GITHUB_STEP_SUMMARY", error);
    }
    if let Some(file) = environment.get("GITHUB_OUTPUT").filter(|file| !file.is_empty()) {
        let random = getrandom::u64().map_or_else(|_| receipt.run.to_string(), |bits| format!("{bits:016x}"));
        let text = github::output_file(&github::outputs(receipt, around.receipt), &random);
        if let Err(error) = github::append(Path::new(file), &text) {
            failed("GITHUB_OUTPUT", error);
        }
    }
    if environment.get("GITHUB_ACTIONS") == Some("true")
        && let Some(annotation) = github::annotation(receipt)
    {
        ui.status(&annotation);
    }
}

async fn tell_webhook(receipt: &Receipt, url: Option<&str>, ui: &Ui) {
    // Nothing to do is no news.
    let Some(url) = url.filter(|_| receipt.outcome != Outcome::NothingPending) else { return };
    let sent = match Webhook::parse(url) {
        Ok(webhook) => webhook.send(receipt).await,
        Err(error) => Err(error),
    };
    if let Err(error) = sent {
        ui.warning(&format!("nobody was told: {error}"));
    }
}
