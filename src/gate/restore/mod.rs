//! The way back: which commands bring a backup to life again, and what that costs. Pure.
//!
//! Promises: nothing here changes what is there until names are swapped at the very end; every setting that a restore
//! would reset is named in the command or in the list of what is lost. A restore never goes into the instance that is
//! there: it makes a new one, with the default security group and parameters, Single-AZ, unprotected, unless told
//! otherwise. A restored Aurora cluster has no instances at all until they are made.

mod commands;
mod loses;
pub mod shell;

pub use shell::Command;

use super::receipt::{Receipt, ResourceFacts};
use crate::backup::ResourceKind;

/// How to restore what a receipt names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Restore {
    /// The name of the new instance or cluster.
    pub makes: String,
    /// From the backup of the run. Empty where there is none.
    pub from_backup: Vec<Step>,
    /// To a moment just before the command started, out of the automated backups. Empty where there are none.
    pub to_a_moment: Vec<Step>,
    /// Once the new one is there, whichever way it was made.
    pub afterwards: Vec<Step>,
    /// What the new one will not have.
    pub loses: Vec<String>,
}

/// One step: what it is about, and what to type.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Step {
    pub what: String,
    pub commands: Vec<Command>,
}

impl Step {
    fn new(what: impl Into<String>, commands: Vec<Command>) -> Self {
        Self { what: what.into(), commands }
    }
}

/// `None` where the receipt does not say what was (or would have been) backed up.
pub fn restore(receipt: &Receipt) -> Option<Restore> {
    let resource = receipt.resource.as_ref()?;
    let makes = new_name(&resource.name, receipt.run.as_str());
    let from_backup = receipt.backup.as_ref().map(|backup| commands::from_backup(resource, backup, &makes));
    let to_a_moment = commands::moment(receipt).map(|moment| commands::to_a_moment(resource, &moment, &makes));
    let (from_backup, to_a_moment) = (from_backup.unwrap_or_default(), to_a_moment.unwrap_or_default());
    if from_backup.is_empty() && to_a_moment.is_empty() {
        return None;
    }
    Some(Restore {
        from_backup,
        to_a_moment,
        afterwards: commands::afterwards(resource, &makes, receipt.run.as_str()),
        loses: loses::loses(receipt, resource),
        makes,
    })
}

/// Whether it is Aurora, whose cluster and instances are two things; a Multi-AZ cluster makes its own instances.
fn is_aurora(resource: &ResourceFacts) -> bool {
    resource.kind == ResourceKind::Cluster && resource.engine.starts_with("aurora")
}

/// `NAME-restored-RUN`, within the 63 characters of an instance's name, with room for a number behind it.
fn new_name(name: &str, run: &str) -> String {
    suffixed(name, "restored", run)
}

fn suffixed(name: &str, word: &str, run: &str) -> String {
    let run: String = run.chars().take(8).collect();
    let end = format!("-{word}-{run}");
    let kept: String = name.chars().take(60 - end.len()).collect();
    format!("{}{end}", kept.trim_end_matches('-'))
}

#[cfg(test)]
mod tests;
