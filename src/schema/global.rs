//! Objects that belong to the database as a whole, and extended statistics.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{About, QualifiedName, is_default};

/// A PostgreSQL schema.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Namespace {
    pub name: String,
    #[serde(flatten)]
    pub about: About,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Extension {
    pub name: String,
    pub version: String,
    pub schema: String,
    /// Only where it differs from the one that the extension brings itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
}

/// Extended statistics (`CREATE STATISTICS`).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Statistics {
    pub name: QualifiedName,
    #[serde(flatten)]
    pub about: About,
    pub table: QualifiedName,
    /// Of `dependencies`, `mcv`, `ndistinct`, in that order. Empty for statistics on one expression.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub kinds: Vec<String>,
    /// Columns in the table's order, then expressions, as text.
    pub on: Vec<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct EventTrigger {
    pub name: String,
    #[serde(flatten)]
    pub about: About,
    /// `ddl_command_end`, …
    pub event: String,
    /// `WHEN TAG IN (…)`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
    pub function: QualifiedName,
    /// `disabled`, `replica` or `always`, only where it is not the ordinary state.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub enabled: Option<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Publication {
    pub name: String,
    #[serde(flatten)]
    pub about: About,
    #[serde(skip_serializing_if = "is_default")]
    pub all_tables: bool,
    /// `FOR TABLES IN SCHEMA`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub schemas: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tables: Vec<PublishedTable>,
    /// Of `insert`, `update`, `delete`, `truncate`, in that order.
    pub operations: Vec<String>,
    #[serde(skip_serializing_if = "is_default")]
    pub via_partition_root: bool,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct PublishedTable {
    pub name: QualifiedName,
    /// Empty means all.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub columns: Vec<String>,
    /// The row filter.
    #[serde(rename = "where", skip_serializing_if = "Option::is_none")]
    pub filter: Option<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct ForeignServer {
    pub name: String,
    #[serde(flatten)]
    pub about: About,
    pub wrapper: String,
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub server_type: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// `name=value`, known-harmless ones only: options can hold secrets.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub options: Vec<String>,
}
