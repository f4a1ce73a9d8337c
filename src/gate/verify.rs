//! `tidegate gate verify`: whether a receipt agrees with itself, and with what AWS says now. Pure.
//!
//! A receipt is not signed: this shows that it is whole and that its backup is there and the one that it names, not
//! that nobody has written it by hand.

mod alone;
mod live;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::receipt::{Receipt, VERSION};
use crate::backup::{Backup, Error, Resource};

/// What one check has found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Finding {
    /// What was checked: `backup-arn`.
    pub check: String,
    pub status: Status,
    /// What was seen.
    pub seen: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    Ok,
    /// It disagrees.
    Failed,
    CouldNotTell,
}

impl Finding {
    fn new(check: &str, status: Status, seen: impl Into<String>) -> Self {
        Self { check: check.to_owned(), status, seen: seen.into() }
    }

    /// `seen` is asked only where it disagrees.
    fn holds(check: &str, holds: bool, fine: impl Into<String>, wrong: impl FnOnce() -> String) -> Self {
        if holds { Self::new(check, Status::Ok, fine) } else { Self::new(check, Status::Failed, wrong()) }
    }
}

/// What AWS said of the receipt's backup and resource.
#[derive(Clone, Debug)]
pub struct Live {
    pub backup: Result<Option<Backup>, Error>,
    pub resource: Result<Resource, Error>,
}

/// Why a file is no receipt that could be checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unreadable {
    /// It is no JSON, or no receipt.
    NoReceipt(String),
    /// Written by a later tidegate.
    Version(u64),
}

impl std::fmt::Display for Unreadable {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::NoReceipt(why) => write!(f, "it is no receipt: {why}"),
            Self::Version(version) => {
                write!(f, "it has version {version} of the format, and this tidegate knows {VERSION}")
            }
        }
    }
}

impl std::error::Error for Unreadable {}

/// Reads a receipt's text.
///
/// # Errors
/// It is no JSON, has no version or another one, or lacks what a receipt has.
pub fn read(text: &str) -> Result<Receipt, Unreadable> {
    let no_receipt = |error: serde_json::Error| Unreadable::NoReceipt(error.to_string());
    let value: serde_json::Value = serde_json::from_str(text).map_err(no_receipt)?;
    match value.get("tidegate").and_then(serde_json::Value::as_u64) {
        Some(version) if version == u64::from(VERSION) => serde_json::from_value(value).map_err(no_receipt),
        Some(version) => Err(Unreadable::Version(version)),
        None => Err(Unreadable::NoReceipt("it has no version: \"tidegate\" is missing".to_owned())),
    }
}

/// Everything that can be checked: of the receipt alone, and, where AWS was asked, of what is there now.
pub fn verify(receipt: &Receipt, live: Option<&Live>) -> Vec<Finding> {
    let mut findings = alone::alone(receipt);
    if let Some(live) = live {
        findings.extend(live::live(receipt, live));
    }
    findings
}

/// The worst of the findings: a disagreement before what could not be told.
pub fn verdict(findings: &[Finding]) -> Status {
    let has = |status| findings.iter().any(|finding| finding.status == status);
    match () {
        () if has(Status::Failed) => Status::Failed,
        () if has(Status::CouldNotTell) => Status::CouldNotTell,
        () => Status::Ok,
    }
}

#[cfg(test)]
mod tests;
