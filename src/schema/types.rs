//! Types that users make: enums, domains, composite and range types.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{About, Check, Column, QualifiedName, is_default};

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct EnumType {
    pub name: QualifiedName,
    #[serde(flatten)]
    pub about: About,
    /// In sort order (`enumsortorder`).
    pub labels: Vec<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Domain {
    pub name: QualifiedName,
    #[serde(flatten)]
    pub about: About,
    /// The underlying type, as `format_type` prints it.
    #[serde(rename = "type")]
    pub data_type: String,
    #[serde(skip_serializing_if = "is_default")]
    pub not_null: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub default: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub collation: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub checks: Vec<Check>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct CompositeType {
    pub name: QualifiedName,
    #[serde(flatten)]
    pub about: About,
    pub attributes: Vec<Column>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct RangeType {
    pub name: QualifiedName,
    #[serde(flatten)]
    pub about: About,
    pub subtype: String,
    /// The name of its multirange type (PostgreSQL 14 and later).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub multirange: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub collation: Option<String>,
    /// Only where it is not the subtype's default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub operator_class: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub canonical: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subtype_diff: Option<String>,
}
