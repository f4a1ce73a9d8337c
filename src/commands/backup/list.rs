//! `tidegate backup list`.

use std::process::ExitCode;

use serde::Serialize;

use super::open::{Open, failure};
use super::report::{Entry, Server, VERSION, counted, print_json, table};
use crate::cli::environment::Environment;
use crate::cli::failure::Failure;
use crate::cli::settings::UpkeepSettings;
use crate::cli::ui::Ui;
use crate::progress::Progress as _;

#[derive(Serialize)]
struct Listing {
    version: u32,
    environment: String,
    server: Server,
    /// Null for all databases.
    database: Option<String>,
    backups: Vec<Entry>,
}

pub(super) async fn run(settings: &UpkeepSettings, environment: &Environment, ui: &Ui) -> Result<ExitCode, Failure> {
    let open = Open::new(settings, environment, ui).await?;
    let mut backups = Vec::new();
    for shelf in std::iter::once(open.home()).chain(open.elsewhere()) {
        ui.step(&format!("listing the backups in {}", shelf.region), 0, None);
        let listed = shelf.list(&open.resource).await.map_err(failure)?;
        let mut entries: Vec<Entry> =
            listed.iter().map(|one| Entry::new(one, shelf.region, &open.scope(), shelf.now())).collect();
        entries.sort_by(|one, other| (other.point, &other.id).cmp(&(one.point, &one.id)));
        backups.extend(entries);
    }
    ui.finish();
    let ours = backups.iter().filter(|entry| entry.ours).count();
    let summary = format!("{}, {ours} of them tidegate's for {}", counted(backups.len(), "backup"), open.told());
    if settings.json {
        let name = settings.environment.name.clone();
        let (server, database) = (Server::of(&open), open.database.clone());
        print_json(&Listing { version: VERSION, environment: name, server, database, backups })?;
    } else if !backups.is_empty() {
        crate::commands::output::print(text(&backups).as_bytes())?;
    }
    ui.status(&format!("tidegate backup: {summary}; RDS's automated backups are not listed"));
    Ok(ExitCode::SUCCESS)
}

fn text(backups: &[Entry]) -> String {
    let head = ["BACKUP", "TIER", "AGE", "POINT", "SIZE", "STATUS", "REGION", "NOTE"];
    let mut rows = vec![head.map(str::to_owned).to_vec()];
    rows.extend(backups.iter().map(|entry| {
        let status = match entry.percent {
            Some(percent) if entry.status != "available" => format!("{} {percent} %", entry.status),
            _ => entry.status.clone(),
        };
        vec![
            entry.id.clone(),
            entry.tier.clone().unwrap_or_else(|| "-".to_owned()),
            entry.age(),
            entry.point.map_or_else(|| "?".to_owned(), |point| point.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()),
            entry.size_gib.map_or_else(|| "?".to_owned(), |size| format!("{size} GiB")),
            status,
            entry.region.clone(),
            entry.note(),
        ]
    }));
    table(&rows)
}
