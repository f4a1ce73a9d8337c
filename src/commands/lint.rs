//! `tidegate lint`: migrations → findings, printed for people or for programs.

use std::process::ExitCode;

use crate::cli::args::{Global, LintArgs, LintFormat};
use crate::cli::config::Loaded;
use crate::cli::environment::Environment;
use crate::cli::failure::{Code, Failure};
use crate::cli::settings::{LintSettings, lint_settings};
use crate::cli::ui::Ui;
use crate::lint::report::{self, Report};
use crate::lint::{self, Finding, Input, UnknownRule};
use crate::progress::Progress as _;

mod subject;

use subject::Subject;

pub async fn run(args: &LintArgs, global: &Global, environment: &Environment, ui: &Ui) -> Result<ExitCode, Failure> {
    if args.rules {
        let listed =
            if args.json || args.format == LintFormat::Json { report::rules_json() } else { report::rules_text() };
        super::output::print(listed.as_bytes())?;
        return Ok(ExitCode::SUCCESS);
    }
    if let Some(rule) = &args.explain {
        super::output::print(lint::explain(rule).map_err(unknown)?.as_bytes())?;
        return Ok(ExitCode::SUCCESS);
    }
    let loaded = Loaded::find(global.config.as_deref(), environment)?;
    let settings = lint_settings(args, &loaded, environment)?;
    lint::check(&settings.options).map_err(unknown)?;
    let (report, notes, settings) = super::off_the_runtime(move || {
        let mut notes = Vec::new();
        let report = subject::subjects(&settings, &mut notes).and_then(|all| look(&all, &settings));
        report.map(|report| (report, notes, settings))
    })
    .await??;
    notes.iter().for_each(|note| ui.note(note));
    print(&report, &settings)?;
    ui.status(&format!("tidegate lint: {}", report.summary()));
    let bad = settings.fail_on.is_some_and(|level| report.findings.iter().any(|finding| finding.severity >= level));
    Ok(if bad { ExitCode::from(Code::Finding.number()) } else { ExitCode::SUCCESS })
}

fn unknown(error: UnknownRule) -> Failure {
    Failure::from_error(Code::Usage, &error).hint("tidegate lint --rules lists them")
}

fn look(subjects: &[Subject], settings: &LintSettings) -> Result<Report, Failure> {
    let mut report = Report::default();
    for subject in subjects {
        let pending = subject.pending();
        let input = Input {
            set: &subject.listed.set,
            files: &subject.files,
            pending: pending.as_ref(),
            upstream: subject.upstream.as_ref(),
            options: &settings.options,
        };
        let findings = lint::run(&input).map_err(unknown)?;
        report.checked += subject.count(settings);
        let wanted = findings.into_iter().filter(|finding| subject.is_wanted(&finding.path, settings));
        report
            .findings
            .extend(wanted.map(|finding| Finding { path: subject.shown(&finding.path, settings), ..finding }));
    }
    Ok(report)
}

fn print(report: &Report, settings: &LintSettings) -> Result<(), Failure> {
    let text = match settings.format {
        LintFormat::Text => report::text(report, settings.colour),
        LintFormat::Github => report::github(report),
        LintFormat::Json => report::json(report),
        LintFormat::Sarif => report::sarif(report),
    };
    super::output::print(text.as_bytes())
}
