//! Constraints of tables. Read from `conkey`, `confkey` and the flags of `pg_constraint`, never parsed from text.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{QualifiedName, is_default};

/// A primary key or a unique constraint.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct UniqueKey {
    pub name: String,
    /// In the key's order.
    pub columns: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub include: Vec<String>,
    #[serde(skip_serializing_if = "is_default")]
    pub nulls_not_distinct: bool,
    /// `WITHOUT OVERLAPS` on the last column (PostgreSQL 18).
    #[serde(skip_serializing_if = "is_default")]
    pub without_overlaps: bool,
    #[serde(skip_serializing_if = "is_default")]
    pub deferrable: bool,
    #[serde(skip_serializing_if = "is_default")]
    pub initially_deferred: bool,
    /// Storage parameters of its index, `name=value`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub options: Vec<String>,
    /// `REPLICA IDENTITY USING INDEX` names its index.
    #[serde(skip_serializing_if = "is_default")]
    pub replica_identity: bool,
    /// `CLUSTER ON` names its index.
    #[serde(skip_serializing_if = "is_default")]
    pub clustered: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct ForeignKey {
    pub name: String,
    /// The referencing columns, pairwise with `referenced_columns`.
    pub columns: Vec<String>,
    pub references: QualifiedName,
    pub referenced_columns: Vec<String>,
    #[serde(rename = "match", skip_serializing_if = "is_default")]
    pub match_type: MatchType,
    #[serde(skip_serializing_if = "is_default")]
    pub on_update: ReferentialAction,
    #[serde(skip_serializing_if = "is_default")]
    pub on_delete: ReferentialAction,
    /// The columns of `ON DELETE SET NULL (…)` / `SET DEFAULT (…)`, where named.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub on_delete_columns: Vec<String>,
    #[serde(skip_serializing_if = "is_default")]
    pub deferrable: bool,
    #[serde(skip_serializing_if = "is_default")]
    pub initially_deferred: bool,
    #[serde(skip_serializing_if = "is_default")]
    pub not_valid: bool,
    #[serde(skip_serializing_if = "is_default")]
    pub not_enforced: bool,
    /// The last column pair is a `PERIOD` (PostgreSQL 18).
    #[serde(skip_serializing_if = "is_default")]
    pub period: bool,
    /// Declared in tidegate's configuration, not in the database.
    #[serde(rename = "virtual", skip_serializing_if = "is_default")]
    pub is_virtual: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum MatchType {
    #[default]
    Simple,
    Full,
    Partial,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ReferentialAction {
    #[default]
    NoAction,
    Restrict,
    Cascade,
    SetNull,
    SetDefault,
}

impl ReferentialAction {
    /// As SQL spells it.
    pub fn sql(self) -> &'static str {
        match self {
            Self::NoAction => "NO ACTION",
            Self::Restrict => "RESTRICT",
            Self::Cascade => "CASCADE",
            Self::SetNull => "SET NULL",
            Self::SetDefault => "SET DEFAULT",
        }
    }
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Check {
    pub name: String,
    /// Without the word `CHECK` and its outer parentheses: `price > 0`.
    pub expression: String,
    #[serde(skip_serializing_if = "is_default")]
    pub no_inherit: bool,
    #[serde(skip_serializing_if = "is_default")]
    pub not_valid: bool,
    #[serde(skip_serializing_if = "is_default")]
    pub not_enforced: bool,
    /// Comes from a parent table alone (`conislocal` is false).
    #[serde(skip_serializing_if = "is_default")]
    pub inherited: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Exclusion {
    pub name: String,
    /// As `pg_get_constraintdef` prints it: `EXCLUDE USING gist (room WITH =, during WITH &&)`.
    pub definition: String,
    #[serde(skip_serializing_if = "is_default")]
    pub deferrable: bool,
    #[serde(skip_serializing_if = "is_default")]
    pub initially_deferred: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
}

/// A not-null constraint that says more than [`super::Column::not_null`] does: a name of its own, a comment, or a flag.
///
/// PostgreSQL 18 keeps every NOT NULL as a constraint and 17 does not, so a generated name
/// (`<table>_<column>_not_null`) is left out and both print the same.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct NamedNotNull {
    pub name: String,
    pub column: String,
    #[serde(skip_serializing_if = "is_default")]
    pub no_inherit: bool,
    #[serde(skip_serializing_if = "is_default")]
    pub not_valid: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
}
