//! What people, programs and browsers are told of each round.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use serde_json::json;
use tokio::sync::watch;

use super::round::Outcome;
use crate::cli::args::Format;
use crate::cli::environment::Environment;
use crate::cli::failure::Failure;
use crate::cli::settings::WatchSettings;
use crate::cli::ui::Ui;
use crate::commands::output;
use crate::watch::hints::{Hints, NoEvents};
use crate::watch::serve::{Problem, Shown};

/// The version of the lines that `--json` prints.
const VERSION: u32 = 1;

pub(super) struct Teller<'a> {
    ui: &'a Ui,
    json: bool,
    /// For somebody who sits before it: the time of day there. A log wants date and zone.
    terminal: bool,
    /// What was not read, as said before: the same is not said in each round.
    said: Mutex<BTreeSet<String>>,
}

impl<'a> Teller<'a> {
    pub(super) fn new(settings: &WatchSettings, environment: &Environment, ui: &'a Ui) -> Self {
        let terminal = environment.stderr_is_terminal && environment.get("CI").is_none();
        Self { ui, json: settings.json, terminal, said: Mutex::default() }
    }

    pub(super) fn ui(&self) -> &'a Ui {
        self.ui
    }

    fn status(&self, text: &str) {
        let time = match self.terminal {
            true => jiff::Zoned::now().strftime("%H:%M:%S").to_string(),
            false => jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
        };
        self.ui.status(&format!("{time} {text}"));
    }

    pub(super) fn begins(&self, settings: &WatchSettings, url: Option<&str>) {
        let read = &settings.docs.read;
        let names: Vec<_> = settings.docs.formats.iter().map(|format: &Format| format.name()).collect();
        let writes =
            settings.docs.out.as_deref().map(|out| format!(", writing {} ({})", read.shown(out), names.join(", ")));
        self.status(&format!("watching {}{}", read.shown(&settings.source), writes.unwrap_or_default()));
        if let Some(url) = url {
            self.status(&format!("open {url}"));
        }
        self.line(&json!({ "version": VERSION, "event": "watching", "source": settings.source, "out": settings.docs.out, "url": url }));
    }

    /// The system's events cannot be had: says so, and how they could be.
    pub(super) fn polls(&self, error: &NoEvents) -> Hints {
        self.ui.warning(&format!("{error}; looking every second instead, as with --poll"));
        if let Some(remedy) = error.remedy() {
            self.ui.status(&format!("  try: {remedy}"));
        }
        Hints::polling()
    }

    pub(super) fn ended(&self, outcome: &Outcome, settings: &WatchSettings, shown: &watch::Sender<Shown>) {
        self.ui.rest();
        let problem = match (&outcome.done, &outcome.broken_configuration) {
            (Err(failure), _) => Some(("Does not replay", failure)),
            (Ok(_), Some(failure)) => Some(("The configuration is broken", failure)),
            (Ok(_), None) => None,
        };
        if let Some(failure) = &outcome.broken_configuration {
            self.failed(failure, "the configuration from before stays in use");
        }
        match &outcome.done {
            Ok(done) => self.drawn(done, outcome, settings),
            Err(failure) => {
                let stays = match settings.docs.out.as_deref() {
                    Some(out) => format!("{} stays as it was", settings.docs.read.shown(out)),
                    None => "the page stays as it was".to_owned(),
                };
                self.failed(failure, &stays);
            }
        }
        let page = outcome.done.as_ref().ok().and_then(|done| done.page.clone());
        shown.send_modify(|now| {
            if let Some(page) = page {
                now.page = page;
            }
            now.problem = problem.map(|(title, failure)| shown_problem(title, failure));
        });
    }

    fn drawn(&self, done: &super::round::Done, outcome: &Outcome, settings: &WatchSettings) {
        let mut said = self.said.lock().unwrap_or_else(PoisonError::into_inner);
        let gaps: BTreeSet<String> = done.gaps.iter().cloned().collect();
        for gap in gaps.difference(&said) {
            self.ui.warning(gap);
        }
        *said = gaps;
        let seconds = outcome.took.as_secs_f64();
        match (&done.report, &settings.docs.out) {
            (Some(report), Some(out)) => {
                report.notes.iter().for_each(|note| self.ui.warning(note));
                let out_shown = settings.docs.read.shown(out);
                let count = |count: usize, what: &str| (count > 0).then(|| format!("{count} {what}"));
                let parts = [count(report.written.len(), "written"), count(report.removed.len(), "removed")];
                let parts: Vec<_> = parts.into_iter().flatten().collect();
                let what = if parts.is_empty() { "is up to date".to_owned() } else { parts.join(", ") };
                let colon = if parts.is_empty() { "" } else { ":" };
                self.status(&format!("{out_shown}{colon} {what} ({seconds:.1} s)"));
                self.line(&json!({
                    "version": VERSION, "event": "written", "out": out, "written": report.written,
                    "unchanged": report.unchanged, "removed": report.removed, "seconds": seconds,
                }));
            }
            _ => {
                self.status(&format!("shown ({seconds:.1} s)"));
                self.line(&json!({ "version": VERSION, "event": "shown", "seconds": seconds }));
            }
        }
    }

    fn failed(&self, failure: &Failure, stays: &str) {
        self.status(stays);
        self.ui.failure(failure);
        self.line(&json!({
            "version": VERSION, "event": "failed", "message": failure.message, "causes": failure.causes,
            "hints": failure.hints,
        }));
    }

    fn line(&self, value: &serde_json::Value) {
        if self.json {
            // Whoever read it is gone, and the documentation is followed all the same.
            let _ = output::print(format!("{value}\n").as_bytes());
        }
    }
}

fn shown_problem(title: &str, failure: &Failure) -> Problem {
    Problem {
        title: title.to_owned(),
        message: failure.message.clone(),
        causes: failure.causes.clone(),
        hints: failure.hints.clone(),
        foot: "Underneath is the last good page. This goes away by itself when the file is mended.".to_owned(),
    }
}
