//! `tidegate backup prune`: judged everywhere, deleted only with `--yes`, every keep and delete with its reason.

use std::process::ExitCode;

use serde::Serialize;

use super::open::{Open, failure};
use super::report::{Server, VERSION, counted, print_json, table};
use crate::cli::args::BackupPruneArgs;
use crate::cli::environment::Environment;
use crate::cli::failure::{Code, Failure};
use crate::cli::settings::{UpkeepSettings, prune_tier};
use crate::cli::ui::Ui;
use crate::progress::Progress as _;
use crate::retention::{Action, Policy, Verdict, moment, span};
use crate::upkeep::prune::{Fate, Item, Judged, carry_out, judge};
use crate::upkeep::pruner::told;
use crate::upkeep::{Shelf, consent};

#[derive(Serialize)]
struct Pruning {
    version: u32,
    environment: String,
    server: Server,
    /// Null for all databases.
    database: Option<String>,
    /// The fingerprint of the policy.
    policy: String,
    /// Whether it was carried out, or is only a plan.
    carried_out: bool,
    backups: Vec<Line>,
}

#[derive(Serialize)]
struct Line {
    id: String,
    region: String,
    tier: Option<String>,
    age_seconds: Option<i64>,
    /// `keep` or `delete`
    action: &'static str,
    /// One word: `rules`, `pinned`, `expired`, …
    code: &'static str,
    /// The same in words.
    reason: String,
    /// Whether it is gone.
    deleted: bool,
    /// Why it is still there although it was to go, or what could not be told of it.
    error: Option<String>,
}

pub(super) async fn run(
    args: &BackupPruneArgs,
    settings: &UpkeepSettings,
    environment: &Environment,
    ui: &Ui,
) -> Result<ExitCode, Failure> {
    let tier = prune_tier(args, settings)?;
    let whole = &settings.environment.policy;
    let mut policy = whole.clone();
    policy.tiers.retain(|name, _| tier.as_ref().is_none_or(|tier| tier == name));
    let open = Open::new(settings, environment, ui).await?;
    let mut lines = Vec::new();
    let mut unread = Vec::new();
    for (place, shelf) in std::iter::once(open.home()).chain(open.elsewhere()).enumerate() {
        ui.step(&format!("judging the backups in {}", shelf.region), 0, None);
        match region(&open, &shelf, &policy, args.yes, (tier.is_none() && place == 0).then_some(whole), ui).await {
            Ok(more) => lines.extend(more),
            // The copies stay as they are; what was done here is told nevertheless.
            Err(failure) if place > 0 => unread.push((shelf.region.to_owned(), failure)),
            Err(failure) => return Err(failure),
        }
    }
    ui.finish();
    lines.retain(|line| tier.is_none() || line.tier == tier);
    let wrong = lines.iter().filter(|line| line.error.is_some()).count() + unread.len();
    print(settings, &open, &policy, args.yes, lines, ui)?;
    for (region, failure) in &unread {
        ui.warning(&format!("the copies in {region} could not be judged: {}", failure.message));
    }
    if policy.tiers.is_empty() {
        let name = &settings.environment.name;
        ui.note(&format!("no policy, so nothing is deleted: write [environments.{name}.retention.scheduled]"));
    }
    Ok(if args.yes && wrong > 0 { ExitCode::from(Code::Finding.number()) } else { ExitCode::SUCCESS })
}

/// `agreed`: the policy that somebody agrees to by this.
async fn region(
    open: &Open,
    shelf: &Shelf<'_>,
    policy: &Policy,
    carry: bool,
    agreed: Option<&Policy>,
    ui: &Ui,
) -> Result<Vec<Line>, Failure> {
    let scope = open.scope();
    let judged = judge(shelf, &open.resource, policy, &scope).await.map_err(failure)?;
    if !carry {
        return Ok(lines(&judged, &[], shelf));
    }
    if let Some(agreed) = agreed.filter(|agreed| !agreed.tiers.is_empty()) {
        // Gates may prune by it from now on. That this could not be noted keeps nobody from pruning now.
        if let Err(error) = consent::give(shelf, &judged.candidates, agreed, &scope).await {
            ui.warning(&format!("that the policy was agreed to could not be noted, so gates will not prune: {error}"));
        }
    }
    let items = carry_out(shelf, &open.resource, policy, &scope, &judged, ui).await;
    Ok(lines(&judged, &items, shelf))
}

fn lines(judged: &Judged, items: &[Item], shelf: &Shelf<'_>) -> Vec<Line> {
    let now = shelf.now();
    let line = |verdict: &Verdict| {
        let candidate = judged.candidates.iter().find(|candidate| candidate.backup.id == verdict.id);
        let item = items.iter().find(|item| item.id == verdict.id);
        let doubt = judged.doubts.iter().find(|doubt| doubt.id == verdict.id).map(|doubt| doubt.error.to_string());
        // The second look has the last word.
        let (action, reason) = match item.map(|item| &item.fate) {
            Some(Fate::Kept(reason)) => (Action::Keep, reason),
            _ => (verdict.action, &verdict.reason),
        };
        let done = item.filter(|_| action == Action::Delete).map(told);
        Line {
            id: verdict.id.clone(),
            region: shelf.region.to_owned(),
            tier: candidate.and_then(|candidate| candidate.tier()).map(str::to_owned),
            age_seconds: candidate
                .and_then(|candidate| moment(&candidate.backup))
                .map(|moment| now.duration_since(moment).as_secs()),
            action: match action {
                Action::Keep => "keep",
                Action::Delete => "delete",
            },
            code: reason.code(),
            reason: done.as_ref().map_or_else(|| reason.to_string(), |done| done.reason.clone()),
            deleted: done.as_ref().is_some_and(|done| done.error.is_none()),
            error: done.and_then(|done| done.error).or(doubt),
        }
    };
    judged.verdicts.iter().map(line).collect()
}

fn print(
    settings: &UpkeepSettings,
    open: &Open,
    policy: &Policy,
    carried_out: bool,
    lines: Vec<Line>,
    ui: &Ui,
) -> Result<(), Failure> {
    let goes = lines.iter().filter(|line| line.action == "delete").count();
    let gone = lines.iter().filter(|line| line.deleted).count();
    let summary = match (carried_out, goes) {
        (false, 0) => format!("nothing would be deleted for {}", open.told()),
        (false, goes) => {
            format!("{} would be deleted for {}; carry it out with --yes", counted(goes, "backup"), open.told())
        }
        (true, _) if gone == goes => format!("{} deleted for {}", counted(gone, "backup"), open.told()),
        (true, _) => format!("{gone} of {} deleted for {}", counted(goes, "backup"), open.told()),
    };
    for line in lines.iter().filter(|line| line.action == "delete" && carried_out) {
        if let Some(error) = &line.error {
            ui.warning(&format!("{} in {} is still there: {error}", line.id, line.region));
        }
    }
    if settings.json {
        print_json(&Pruning {
            version: VERSION,
            environment: settings.environment.name.clone(),
            server: Server::of(open),
            database: open.database.clone(),
            policy: policy.fingerprint(),
            carried_out,
            backups: lines,
        })?;
    } else {
        crate::commands::output::print(text(&lines, carried_out).as_bytes())?;
    }
    ui.status(&format!("tidegate backup: {summary}"));
    Ok(())
}

fn text(lines: &[Line], carried_out: bool) -> String {
    let row = |line: &Line| {
        let action = match (line.action, carried_out) {
            ("delete", true) if line.deleted => "deleted",
            ("delete", true) => "FAILED",
            (action, _) => action,
        };
        let age = line.age_seconds.map_or_else(|| "?".to_owned(), |age| span(jiff::SignedDuration::from_secs(age)));
        let reason = match &line.error {
            Some(error) => format!("{} ({error})", line.reason),
            None => line.reason.clone(),
        };
        let tier = line.tier.clone().unwrap_or_else(|| "-".to_owned());
        vec![action.to_owned(), line.id.clone(), line.region.clone(), tier, age, reason]
    };
    table(&lines.iter().map(row).collect::<Vec<_>>())
}
