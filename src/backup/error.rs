use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Whether to try again, give up, or find out what happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Class {
    /// It did not happen, and may succeed later: throttled, the instance is busy, no network.
    Transient,
    /// It did not happen and will not.
    Permanent,
    /// The answer was lost: it may or may not have happened.
    Unknown,
}

/// Why a provider said no.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Reason {
    Throttled,
    /// No connection, a timeout, a 5xx.
    Unreachable,
    /// The resource does something else at the moment (`backing-up`, `modifying`).
    Busy,
    /// The resource cannot be backed up in its state (`stopped`, `failed`, `storage-full`).
    InvalidState,
    ResourceNotFound,
    BackupNotFound,
    AlreadyExists,
    QuotaExceeded,
    AccessDenied,
    /// Expired while we worked.
    CredentialsExpired,
    /// None were found, or AWS does not know them.
    NoCredentials,
    /// The key that encrypts the resource cannot be used.
    Key,
    /// Anything else that AWS refused.
    Refused,
}

/// A call that did not bring what was asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    pub class: Class,
    pub reason: Reason,
    /// The IAM action: `rds:CreateDBSnapshot`.
    pub action: &'static str,
    /// The provider's own code: `SnapshotQuotaExceeded`.
    pub code: Option<String>,
    /// What the provider said; no secret.
    pub message: String,
    /// What to do about it, where that is known.
    pub hints: Vec<String>,
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.code {
            Some(code) => write!(f, "{}: {code}: {}", self.action, self.message),
            None => write!(f, "{}: {}", self.action, self.message),
        }
    }
}

impl std::error::Error for Error {}
