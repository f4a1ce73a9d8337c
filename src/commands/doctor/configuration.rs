//! What can be told without asking anybody: the configuration, the journal's folder, the policy, the webhook.

use std::path::Path;

use rustix::fs::{Access, access, statvfs};

use super::failed;
use crate::cli::args::{DoctorArgs, Global};
use crate::cli::config::Loaded;
use crate::cli::environment::Environment;
use crate::cli::settings::{EnvironmentSettings, environment_settings};
use crate::doctor::Check;
use crate::gate::notify::Webhook;

/// A journal needs little; below this a disk is as good as full.
const ROOM: u64 = 10 * 1024 * 1024;

pub(super) struct Found {
    pub(super) loaded: Loaded,
    pub(super) settings: EnvironmentSettings,
}

pub(super) fn look(
    args: &DoctorArgs,
    global: &Global,
    environment: &Environment,
    checks: &mut Vec<Check>,
) -> Option<Found> {
    let loaded = match Loaded::find(global.config.as_deref(), environment) {
        Ok(loaded) => loaded,
        Err(error) => {
            checks.push(failed("configuration", &error.into()));
            return None;
        }
    };
    checks.push(match &loaded.file {
        Some(file) => Check::ok("configuration", file.display().to_string()),
        None => Check::warning("configuration", "there is no tidegate.toml; DATABASE_URL alone decides")
            .mend("tidegate init"),
    });
    let with_database = environment_settings(args.env.as_deref(), true, &loaded, environment);
    let settings = match with_database {
        Ok(settings) => settings,
        Err(failure) => {
            // Without the database the rest can still be told.
            match environment_settings(args.env.as_deref(), false, &loaded, environment) {
                Ok(settings) => {
                    checks.push(failed("database-url", &failure));
                    settings
                }
                Err(failure) => {
                    checks.push(failed("environment", &failure));
                    return None;
                }
            }
        }
    };
    checks.push(Check::ok("environment", settings.name.clone()));
    checks.push(journal(&settings.gate.journal));
    checks.push(policy(&settings));
    checks.extend(settings.webhook.as_deref().map(webhook));
    if settings.backup.unproven {
        checks.push(
            Check::warning(
                "identity-setting",
                "identity = \"unproven\": a gate goes on although nothing proves the database",
            )
            .mend("take it out wherever the host can be proved"),
        );
    }
    Some(Found { loaded, settings })
}

/// Nothing is written: whether it could be is asked of the folder, or of the nearest one above that is there.
fn journal(folder: &Path) -> Check {
    let name = "journal";
    let there = folder.ancestors().find(|path| path.exists());
    let shown = folder.display();
    let Some(there) = there else {
        return Check::could_not_tell(name, format!("{shown}: nothing of that path is there"));
    };
    if !there.is_dir() {
        return Check::failed(name, format!("{} is no folder", there.display()))
            .mend("set journal under [environments.NAME.gate]");
    }
    if let Err(error) = access(there, Access::WRITE_OK | Access::EXEC_OK) {
        return Check::failed(name, format!("{} cannot be written to: {error}", there.display()))
            .mend("set journal under [environments.NAME.gate] to a folder that can, and that stays between runs");
    }
    match statvfs(there) {
        Ok(disk) if disk.f_bavail.saturating_mul(disk.f_frsize) < ROOM => {
            Check::failed(name, format!("{shown}: the disk is full"))
                .mend("make room: without a journal no command starts")
        }
        Ok(_) => Check::ok(name, format!("{shown} can be written to")),
        Err(error) => Check::could_not_tell(name, format!("{shown}: {error}")),
    }
}

fn policy(settings: &EnvironmentSettings) -> Check {
    let name = "retention";
    if settings.policy.tiers.is_empty() {
        return Check::warning(name, "no policy: no backup is ever deleted, until the account's quota is used up")
            .mend(format!("write [environments.{}.retention.pre-migration] with keep_last = 3", settings.name));
    }
    let tiers: Vec<&str> = settings.policy.tiers.keys().map(String::as_str).collect();
    if tiers.contains(&"pre-migration") {
        Check::ok(name, tiers.join(", "))
    } else {
        Check::warning(
            name,
            format!("{}: none for pre-migration, so the gate's own backups stay for ever", tiers.join(", ")),
        )
        .mend(format!("write [environments.{}.retention.pre-migration]", settings.name))
    }
}

fn webhook(url: &str) -> Check {
    match Webhook::parse(url) {
        Ok(_) => Check::untested("webhook", "its URL reads well; trying it would tell somebody something"),
        Err(error) => Check::warning("webhook", format!("{error}: nobody would be told")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::Status;

    #[test]
    fn a_journal_needs_a_folder_that_can_be_made() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(journal(&folder.path().join("not/yet/there")).status, Status::Ok);
        let file = folder.path().join("file");
        std::fs::write(&file, "").unwrap();
        assert_eq!(journal(&file.join("below")).status, Status::Failed);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "something was made");
    }

    #[test]
    fn a_webhook_is_never_shown() {
        for url in ["https://hooks.example/s3cr3t", "http://hooks.example/s3cr3t"] {
            assert!(!format!("{:?}", webhook(url)).contains("s3cr3t"));
        }
        assert_eq!(webhook("http://hooks.example/x").status, Status::Warning);
    }
}
