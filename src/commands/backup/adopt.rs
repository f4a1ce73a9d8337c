//! `tidegate backup adopt`: hand-made snapshots come under a policy, after a plan.

use std::process::ExitCode;

use serde::Serialize;

use super::open::{Open, failure};
use super::report::{VERSION, counted, print_json, table};
use crate::cli::args::BackupAdoptArgs;
use crate::cli::environment::Environment;
use crate::cli::failure::{Code, Failure};
use crate::cli::settings::{UpkeepSettings, adopt_settings};
use crate::cli::ui::Ui;
use crate::progress::Progress as _;
use crate::retention::{Action, Candidate, Policy, plan};
use crate::upkeep::adopt::{Terms, candidates, tags_for};

#[derive(Serialize)]
struct Adopting {
    version: u32,
    tier: String,
    /// Whether it was carried out, or is only a plan.
    carried_out: bool,
    backups: Vec<Line>,
}

#[derive(Serialize)]
struct Line {
    id: String,
    adopted: bool,
    /// Why it is not taken over.
    refused: Option<String>,
    error: Option<String>,
    /// What the policy would make of it: `keep` or `delete`, and why.
    then: Option<&'static str>,
    reason: Option<String>,
}

pub(super) async fn run(
    args: &BackupAdoptArgs,
    settings: &UpkeepSettings,
    environment: &Environment,
    ui: &Ui,
) -> Result<ExitCode, Failure> {
    let (globs, tier) = adopt_settings(args)?;
    let open = Open::new(settings, environment, ui).await?;
    let shelf = open.home();
    ui.step("looking for what is to be adopted", 0, None);
    let wanted = |id: &str| globs.is_match(id);
    let found = candidates(&shelf, &open.resource, wanted).await.map_err(failure)?;
    if found.is_empty() {
        return Err(Failure::new(Code::Usage, format!("no snapshot of {} has such a name", open.resource.name))
            .hint("tidegate backup list shows their names"));
    }
    let terms = Terms { tier: &tier, database: open.database.as_deref(), environment: &settings.environment.name };
    let mut all = shelf.list(&open.resource).await.map_err(failure)?;
    for (candidate, _) in found.iter().filter(|(_, refused)| refused.is_none()) {
        let tags = tags_for(&candidate.backup, &open.resource, &terms);
        for one in all.iter_mut().filter(|one| one.backup.id == candidate.backup.id) {
            one.backup.tags.extend(tags.clone());
        }
    }
    let then = afterwards(&all, &settings.environment.policy, &open, shelf.now());
    let mut lines = Vec::new();
    for (candidate, refused) in &found {
        let backup = &candidate.backup;
        let error = match (refused, args.yes) {
            (None, true) => shelf.tag(&backup.arn, &tags_for(backup, &open.resource, &terms)).await.err(),
            _ => None,
        };
        let verdict = then.iter().find(|(id, ..)| *id == backup.id && refused.is_none());
        lines.push(Line {
            id: backup.id.clone(),
            adopted: refused.is_none() && args.yes && error.is_none(),
            refused: refused.clone(),
            error: error.map(|error| error.to_string()),
            then: verdict.map(|(_, action, _)| *action),
            reason: verdict.map(|(.., reason)| reason.clone()),
        });
    }
    ui.finish();
    let wrong = lines.iter().any(|line| line.error.is_some());
    print(settings, tier, args.yes, lines, ui)?;
    Ok(if wrong { ExitCode::from(Code::Finding.number()) } else { ExitCode::SUCCESS })
}

/// What the policy says once they are adopted.
fn afterwards(
    all: &[Candidate],
    policy: &Policy,
    open: &Open,
    now: jiff::Timestamp,
) -> Vec<(String, &'static str, String)> {
    let told = |action| match action {
        Action::Keep => "keep",
        Action::Delete => "delete",
    };
    let verdicts = plan(all, policy, &open.scope(), now).into_iter();
    verdicts.map(|verdict| (verdict.id, told(verdict.action), verdict.reason.to_string())).collect()
}

fn print(settings: &UpkeepSettings, tier: String, carried_out: bool, lines: Vec<Line>, ui: &Ui) -> Result<(), Failure> {
    let takes = lines.iter().filter(|line| line.refused.is_none()).count();
    let taken = lines.iter().filter(|line| line.adopted).count();
    let goes = lines.iter().filter(|line| line.then == Some("delete")).count();
    let mut summary = match (carried_out, takes) {
        (_, 0) => "nothing can be adopted".to_owned(),
        (false, takes) => format!("{} would be adopted as {tier}; carry it out with --yes", counted(takes, "backup")),
        (true, _) => format!("{} adopted as {tier}", counted(taken, "backup")),
    };
    if goes > 0 {
        summary.push_str(&format!("; the next prune would delete {goes} of them"));
    }
    if settings.json {
        print_json(&Adopting { version: VERSION, tier, carried_out, backups: lines })?;
    } else {
        let rows: Vec<Vec<String>> = lines.iter().map(row).collect();
        crate::commands::output::print(table(&rows).as_bytes())?;
    }
    ui.status(&format!("tidegate backup: {summary}"));
    Ok(())
}

fn row(line: &Line) -> Vec<String> {
    let (word, why) = match line {
        Line { refused: Some(why), .. } => ("refused", why.clone()),
        Line { error: Some(error), .. } => ("FAILED", error.clone()),
        Line { then, reason, adopted, .. } => {
            let then = then.map(|then| format!("then {then}: {}", reason.as_deref().unwrap_or_default()));
            (if *adopted { "adopted" } else { "adopt" }, then.unwrap_or_default())
        }
    };
    vec![word.to_owned(), line.id.clone(), why]
}
