//! `tidegate backup pin`.

use std::process::ExitCode;

use serde::Serialize;

use super::open::{Open, failure};
use super::report::{VERSION, print_json};
use crate::backup::{Tags, tags};
use crate::cli::args::BackupPinArgs;
use crate::cli::environment::Environment;
use crate::cli::failure::{Code, Failure};
use crate::cli::settings::UpkeepSettings;
use crate::cli::ui::Ui;

#[derive(Serialize)]
struct Pinning {
    version: u32,
    id: String,
    /// Its Region, and those with a copy.
    regions: Vec<String>,
    /// Null where the pin was taken away.
    pinned: Option<String>,
}

pub(super) async fn run(
    args: &BackupPinArgs,
    settings: &UpkeepSettings,
    environment: &Environment,
    ui: &Ui,
) -> Result<ExitCode, Failure> {
    let open = Open::new(settings, environment, ui).await?;
    let home = open.home();
    let pinned = (!args.remove).then(|| match args.reason.as_deref().map(tags::words) {
        Some(reason) if !reason.is_empty() => reason,
        _ => format!("since {}", home.clock.now().strftime("%Y-%m-%d")),
    });
    let mut regions = Vec::new();
    for shelf in std::iter::once(home).chain(open.elsewhere()) {
        let Some(backup) = shelf.describe(&args.id).await.map_err(failure)? else { continue };
        if backup.resource_id != open.resource.resource_id {
            return Err(Failure::usage(format!("{} is of another server, {}", args.id, backup.resource_id)));
        }
        // What is not ours nothing of ours deletes, and its tags are others' business.
        if !backup.is_ours() {
            return Err(Failure::usage(format!("{} is none of tidegate's, which never deletes it", args.id)));
        }
        match &pinned {
            Some(why) => shelf.tag(&backup.arn, &Tags::from([(tags::PINNED.to_owned(), why.clone())])).await,
            None => shelf.untag(&backup.arn, &[tags::PINNED]).await,
        }
        .map_err(failure)?;
        regions.push(shelf.region.to_owned());
    }
    ui.finish();
    if regions.is_empty() {
        return Err(Failure::new(Code::Usage, format!("there is no backup {} of {}", args.id, open.told()))
            .hint("tidegate backup list shows their names"));
    }
    let what = match &pinned {
        Some(why) => format!("{} is pinned ({why})", args.id),
        None => format!("{} is pinned no more", args.id),
    };
    ui.status(&format!("tidegate backup: {what} in {}", regions.join(", ")));
    if settings.json {
        print_json(&Pinning { version: VERSION, id: args.id.clone(), regions, pinned })?;
    }
    Ok(ExitCode::SUCCESS)
}
