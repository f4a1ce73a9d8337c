//! What most kinds of object have in common: comment, owner, owning extension, grants.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::is_default;

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct About {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
    /// The owning role. Absent where the source does not tell (a replay: whoever runs the migrations).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    /// The extension that brought the object (`pg_depend.deptype = 'e'`). Such objects are hidden by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub extension: Option<String>,
    /// What differs from the privileges that PostgreSQL gives by itself; the owner's own are left out.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub grants: Vec<Grant>,
}

/// Privileges of one role on one object.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Grant {
    /// The role, or `PUBLIC`.
    pub role: String,
    /// In upper case and alphabetical order: `DELETE`, `INSERT`, `SELECT`…
    pub privileges: Vec<String>,
    /// `WITH GRANT OPTION`.
    #[serde(skip_serializing_if = "is_default")]
    pub grantable: bool,
    /// The reverse: PostgreSQL would give these by default (such as `EXECUTE` to `PUBLIC`) and they were revoked.
    #[serde(skip_serializing_if = "is_default")]
    pub revoked: bool,
}
