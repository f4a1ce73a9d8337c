//! `tidegate gate status`: who has the lock, which runs are open, what stands in the way of the next gate.

use std::process::ExitCode;

use schemars::JsonSchema;
use serde::Serialize;

use super::parts;
use crate::backup::Provider as _;
use crate::cli::args::Global;
use crate::cli::config::Loaded;
use crate::cli::environment::Environment;
use crate::cli::failure::Failure;
use crate::cli::settings::environment_settings;
use crate::cli::ui::Ui;
use crate::gate::database;
use crate::gate::journal::FileJournal;
use crate::gate::machine::known::{Known, Stage, runs};
use crate::gate::report::plain;

/// What `--json` prints.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
struct Status {
    /// The version of this format.
    tidegate: u32,
    environment: String,
    database: String,
    /// `DBInstanceIdentifier` or `DBClusterIdentifier`, and its ARN.
    resource: String,
    resource_arn: String,
    /// As AWS spells it.
    resource_status: String,
    /// Who has the lock; absent where nobody has.
    #[serde(skip_serializing_if = "Option::is_none")]
    lock: Option<String>,
    /// Whether a run without a known end stops every gate.
    blocked: bool,
    /// Runs that have not ended.
    open: Vec<Open>,
    journal: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
struct Open {
    run: String,
    /// `begun`, `waiting`, `running`, `unknown`, `unreadable`.
    stage: &'static str,
    blocks: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    backup: Option<String>,
    /// As AWS spells it; absent where the backup is not there.
    #[serde(skip_serializing_if = "Option::is_none")]
    backup_status: Option<String>,
}

pub(super) async fn run(
    env: Option<&str>,
    json: bool,
    global: &Global,
    environment: &Environment,
    ui: &Ui,
) -> Result<ExitCode, Failure> {
    let loaded = Loaded::find(global.config.as_deref(), environment)?;
    let settings = environment_settings(env, true, &loaded, environment)?;
    let refused = |refusal| parts::failure(&refusal);
    let world = parts::world(&settings, environment, ui).await.map_err(refused)?;
    let of_aws = |error| parts::failure(&parts::of_backup(error));
    let resource = world.provider.resource().await.map_err(of_aws)?;
    let backups = world.provider.list(&resource).await.map_err(of_aws)?;
    let mut journal = FileJournal::new(&settings.gate.journal, &settings.name, &world.target.place());
    let records = journal.records().map_err(refused)?;
    let lock = database::holder(&world.target).await.map_err(refused)?;
    let dbname = world.target.dsn.dbname.clone();
    let known = runs(&records, &backups, &resource.resource_id, &dbname);
    let open: Vec<Open> = known
        .iter()
        .filter(|run| run.blocks() || run.unfinished())
        .map(|run| Open {
            run: run.run.clone(),
            stage: stage(run),
            blocks: run.blocks(),
            backup: run.backup.clone(),
            backup_status: backups
                .iter()
                .find(|backup| Some(&backup.id) == run.backup.as_ref())
                .map(|backup| backup.status.clone()),
        })
        .collect();
    let status = Status {
        tidegate: 1,
        environment: settings.name.clone(),
        database: dbname,
        resource: resource.name,
        resource_arn: resource.arn,
        resource_status: resource.status,
        lock,
        blocked: open.iter().any(|run| run.blocks),
        open,
        journal: journal.path().display().to_string(),
    };
    ui.finish();
    let text = if json { crate::schema::document::pretty(&status) } else { text(&status) };
    crate::commands::output::print(text.as_bytes())?;
    Ok(ExitCode::SUCCESS)
}

fn stage(run: &Known) -> &'static str {
    match run.stage {
        Stage::Begun => "begun",
        Stage::Waiting => "waiting",
        Stage::Running => "running",
        Stage::Ended(_) => "unknown",
        Stage::Unreadable => "unreadable",
    }
}

fn text(status: &Status) -> String {
    let head =
        format!("{}: {} on {} ({})", status.environment, status.database, status.resource, status.resource_status);
    let mut text = plain(&head) + "\n";
    match &status.lock {
        Some(holder) => text.push_str(&format!("lock: held by {}\n", plain(holder))),
        None => text.push_str("lock: free\n"),
    }
    for run in &status.open {
        let backup = match (&run.backup, &run.backup_status) {
            (Some(backup), Some(status)) => format!(", backup {backup} ({status})"),
            (Some(backup), None) => format!(", backup {backup} (not there)"),
            (None, _) => String::new(),
        };
        text.push_str(&format!("{}\n", plain(&format!("run {}: {}{backup}", run.run, run.stage))));
        if run.blocks {
            text.push_str(&format!(
                "  stops every gate until it is settled: tidegate gate reconcile --env {} {}\n",
                plain(&status.environment),
                plain(&run.run)
            ));
        } else {
            text.push_str(&format!(
                "  go on with: tidegate gate --env {} --resume {} -- …\n",
                plain(&status.environment),
                plain(&run.run)
            ));
        }
    }
    if status.open.is_empty() {
        text.push_str("no run is open\n");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_name_breaks_out_of_its_line() {
        let status = Status {
            tidegate: 1,
            environment: "prod".to_owned(),
            database: "a\nlock: free\u{1b}[2J".to_owned(),
            resource: "prod-db".to_owned(),
            resource_arn: String::new(),
            resource_status: "available".to_owned(),
            lock: Some("x\ry".to_owned()),
            blocked: false,
            open: Vec::new(),
            journal: String::new(),
        };
        let text = text(&status);
        assert_eq!(text.lines().count(), 3, "{text}");
        assert!(!text.contains(['\u{1b}', '\r']), "{text:?}");
    }
}
