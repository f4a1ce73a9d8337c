//! `tidegate gate verify`: whether a receipt agrees with itself, and with what AWS says now. Pure.
//!
//! A receipt is not signed: this shows that it is whole and that its backup is there and the one that it names, not
//! that nobody has written it by hand. Its checksum finds damage and careless edits; what AWS keeps of the run (tags,
//! times) is compared for those with care.

mod alone;
mod live;

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use super::receipt::{Receipt, VERSION};
use crate::backup::name::hex;
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

/// SHA-256 over a receipt's canonical JSON without its `checksum`: keys in their order, no white space.
pub fn checksum(receipt: &Value) -> String {
    fn write(value: &Value, into: &mut String) {
        match value {
            Value::Object(fields) => {
                let sorted: BTreeMap<&String, &Value> = fields.iter().collect();
                into.push('{');
                for (at, (name, value)) in sorted.into_iter().enumerate() {
                    into.push_str(if at == 0 { "" } else { "," });
                    into.push_str(&Value::from(name.as_str()).to_string());
                    into.push(':');
                    write(value, into);
                }
                into.push('}');
            }
            Value::Array(items) => {
                into.push('[');
                for (at, item) in items.iter().enumerate() {
                    into.push_str(if at == 0 { "" } else { "," });
                    write(item, into);
                }
                into.push(']');
            }
            plain => into.push_str(&plain.to_string()),
        }
    }
    let mut value = receipt.clone();
    if let Some(fields) = value.as_object_mut() {
        fields.remove("checksum");
    }
    let mut text = String::new();
    write(&value, &mut text);
    hex(&Sha256::digest(text.as_bytes()))
}

/// Whether a receipt's text is what was written, by its checksum.
pub fn whole(text: &str) -> Finding {
    let value: Value = serde_json::from_str(text).unwrap_or_default();
    match value.get("checksum") {
        None | Some(Value::Null) => Finding::new(
            "checksum",
            Status::CouldNotTell,
            "it has none: it was written by an older tidegate, or it was taken out",
        ),
        Some(written) => {
            let computed = checksum(&value);
            let fits = written.as_str() == Some(computed.as_str());
            Finding::holds("checksum", fits, computed, || "something in it is not what was written".to_owned())
        }
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
