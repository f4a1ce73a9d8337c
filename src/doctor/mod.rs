//! Checks that say whether a gate would work here, each with how to mend it.
//!
//! Promises: nothing is changed anywhere; what was not tried is called untested and never fine; what could not be told
//! is no yes. The edge asks (configuration, database, AWS) and the modules here ask or judge, one topic each.

pub mod account;
pub mod backups;
pub mod credentials;
pub mod database;
pub mod permissions;
mod report;
pub mod resource;

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use report::{json, text};

/// The version of [`Report`]'s format.
pub const VERSION: u32 = 1;

/// What `tidegate doctor` has seen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Report {
    /// The version of this format.
    pub tidegate: u32,
    /// Absent where it could not even be told which one is meant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub environment: Option<String>,
    pub checks: Vec<Check>,
}

/// One check.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Check {
    /// `database-reachable`, `permission rds:CreateDBSnapshot`
    pub name: String,
    pub status: Status,
    /// What was seen; no secret.
    pub seen: String,
    /// What to do about it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub mend: Vec<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    Ok,
    /// It works, and somebody should know.
    Warning,
    /// A gate would refuse.
    Failed,
    CouldNotTell,
    /// There is no way to try it that would surely do nothing.
    Untested,
}

impl Status {
    pub fn words(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warning => "warning",
            Self::Failed => "failed",
            Self::CouldNotTell => "could not tell",
            Self::Untested => "untested",
        }
    }
}

impl Check {
    pub fn new(name: impl Into<String>, status: Status, seen: impl Into<String>) -> Self {
        Self { name: name.into(), status, seen: seen.into(), mend: Vec::new() }
    }

    pub fn ok(name: impl Into<String>, seen: impl Into<String>) -> Self {
        Self::new(name, Status::Ok, seen)
    }

    pub fn warning(name: impl Into<String>, seen: impl Into<String>) -> Self {
        Self::new(name, Status::Warning, seen)
    }

    pub fn failed(name: impl Into<String>, seen: impl Into<String>) -> Self {
        Self::new(name, Status::Failed, seen)
    }

    pub fn could_not_tell(name: impl Into<String>, seen: impl Into<String>) -> Self {
        Self::new(name, Status::CouldNotTell, seen)
    }

    pub fn untested(name: impl Into<String>, seen: impl Into<String>) -> Self {
        Self::new(name, Status::Untested, seen)
    }

    #[must_use]
    pub fn mend(mut self, mend: impl Into<String>) -> Self {
        self.mend.push(mend.into());
        self
    }

    #[must_use]
    pub fn mend_all(mut self, mend: impl IntoIterator<Item = String>) -> Self {
        self.mend.extend(mend);
        self
    }
}

impl Report {
    pub fn new(environment: Option<String>, mut checks: Vec<Check>) -> Self {
        // The environment that `DATABASE_URL` makes stands in no file.
        if let Some(name) = environment.as_deref().filter(|name| *name != "default") {
            let section = format!("[environments.{name}.");
            for mend in checks.iter_mut().flat_map(|check| &mut check.mend) {
                *mend = mend.replace("[environments.NAME.", &section);
            }
        }
        Self { tidegate: VERSION, environment, checks }
    }

    /// The exit code: 1 where something failed, 3 where nothing did and something could not be told.
    pub fn exit(&self) -> u8 {
        let all: BTreeSet<Status> = self.checks.iter().map(|check| check.status).collect();
        match () {
            () if all.contains(&Status::Failed) => 1,
            () if all.contains(&Status::CouldNotTell) => 3,
            () => 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_to_mend_names_the_environment_where_it_has_a_name() {
        let mend = |environment: Option<&str>| {
            let check = Check::failed("x", "y").mend("set journal under [environments.NAME.gate]");
            Report::new(environment.map(str::to_owned), vec![check]).checks.remove(0).mend.remove(0)
        };
        assert_eq!(mend(Some("prod")), "set journal under [environments.prod.gate]");
        assert_eq!(mend(Some("default")), mend(None));
    }

    #[test]
    fn the_worst_check_decides() {
        let exit =
            |all: &[Status]| Report::new(None, all.iter().map(|status| Check::new("x", *status, "y")).collect()).exit();
        assert_eq!(exit(&[]), 0);
        assert_eq!(exit(&[Status::Ok, Status::Warning, Status::Untested]), 0);
        assert_eq!(exit(&[Status::Ok, Status::CouldNotTell]), 3);
        assert_eq!(exit(&[Status::CouldNotTell, Status::Failed]), 1);
    }
}
