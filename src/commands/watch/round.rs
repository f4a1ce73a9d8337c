//! One round: read, render, write.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::artifact::{self, Report, WriteOptions};
use crate::cli::args::Format;
use crate::cli::failure::Failure;
use crate::cli::settings::{DocsSettings, WatchSettings};
use crate::cli::ui::Ui;
use crate::commands::{docs, off_the_runtime, reading};
use crate::progress::Progress as _;
use crate::watch::serve::Page;

/// How a round ended.
pub(super) struct Outcome {
    pub(super) took: Duration,
    pub(super) done: Result<Done, Failure>,
    /// Why the configuration as it is now was not used.
    pub(super) broken_configuration: Option<Failure>,
}

pub(super) struct Done {
    /// Of the folder, where one is written.
    pub(super) report: Option<Report>,
    /// For browsers, where any are served.
    pub(super) page: Option<Page>,
    pub(super) gaps: Vec<String>,
}

/// One round at a time writes: a round that was given up may be in the middle of it, and ends that first.
#[derive(Clone, Default)]
pub(super) struct Writer(Arc<Mutex<()>>);

pub(super) async fn go(
    settings: WatchSettings,
    broken_configuration: Option<Failure>,
    writer: Writer,
    ui: &Ui,
) -> Outcome {
    let started = Instant::now();
    let done = draw(settings, writer, ui).await;
    Outcome { took: started.elapsed(), done, broken_configuration }
}

async fn draw(settings: WatchSettings, writer: Writer, ui: &Ui) -> Result<Done, Failure> {
    let reading = reading::read(&settings.docs.read, ui).await?;
    let gaps = reading.gaps.iter().map(|gap| format!("{}: {}", gap.scope, gap.reason)).collect();
    ui.step("rendering", 0, None);
    off_the_runtime(move || {
        let docs = Arc::new(settings.docs);
        let mut artifacts = docs::render(&docs, &reading)?;
        let page = match settings.serve {
            true => Some(page(&docs, &reading, &mut artifacts)?),
            false => None,
        };
        let report = match &docs.out {
            Some(out) => {
                let _one_at_a_time = writer.0.lock().unwrap_or_else(PoisonError::into_inner);
                let options = WriteOptions { force: settings.force };
                Some(artifact::write(out, &artifacts, options).map_err(docs::failure)?)
            }
            None => None,
        };
        Ok(Done { report, page, gaps })
    })
    .await?
}

/// The page as its file would be, which is rendered for browsers alone where no file is asked for.
fn page(
    settings: &DocsSettings,
    reading: &crate::source::Reading,
    artifacts: &mut [artifact::Artifact],
) -> Result<Page, Failure> {
    let text = |artifacts: &[artifact::Artifact]| {
        let file = artifacts.iter().find(|artifact| artifact.format == Format::Html.name());
        file.map(|file| Page::of(&String::from_utf8_lossy(&file.bytes)))
    };
    if let Some(page) = text(artifacts) {
        return Ok(page);
    }
    let settings = DocsSettings { formats: vec![Format::Html], ..settings.clone() };
    Ok(text(&docs::render(&settings, reading)?).unwrap_or_else(Page::waiting))
}
