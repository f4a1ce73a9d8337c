//! Sequences, other than those behind identity columns.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{About, QualifiedName, is_default};

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Sequence {
    pub name: QualifiedName,
    #[serde(flatten)]
    pub about: About,
    /// `smallint`, `integer` or `bigint`.
    #[serde(rename = "type")]
    pub data_type: String,
    pub start: i64,
    pub increment: i64,
    pub min: i64,
    pub max: i64,
    pub cache: i64,
    #[serde(skip_serializing_if = "is_default")]
    pub cycle: bool,
    #[serde(skip_serializing_if = "is_default")]
    pub unlogged: bool,
    /// `OWNED BY`: the table of the column.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub owned_by_table: Option<QualifiedName>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub owned_by_column: Option<String>,
}
