//! What runs or guards when rows change: triggers, rules, row-level-security policies.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{QualifiedName, is_default};

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Trigger {
    pub name: String,
    /// `BEFORE`, `AFTER` or `INSTEAD OF`.
    pub timing: String,
    /// Of `INSERT`, `UPDATE`, `DELETE`, `TRUNCATE`, in that order.
    pub events: Vec<String>,
    /// The columns of `UPDATE OF …`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub update_of: Vec<String>,
    /// `FOR EACH ROW`, not for each statement.
    #[serde(skip_serializing_if = "is_default")]
    pub for_each_row: bool,
    /// The `WHEN` condition, without its outer parentheses.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub when: Option<String>,
    pub function: QualifiedName,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub arguments: Vec<String>,
    /// `REFERENCING OLD TABLE AS`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub old_table: Option<String>,
    /// `REFERENCING NEW TABLE AS`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub new_table: Option<String>,
    /// `CREATE CONSTRAINT TRIGGER`.
    #[serde(skip_serializing_if = "is_default")]
    pub constraint: bool,
    #[serde(skip_serializing_if = "is_default")]
    pub deferrable: bool,
    #[serde(skip_serializing_if = "is_default")]
    pub initially_deferred: bool,
    /// `disabled`, `replica` or `always`, only where it is not the ordinary state.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub enabled: Option<String>,
    /// Cloned from the trigger of a partitioned parent.
    #[serde(skip_serializing_if = "is_default")]
    pub inherited: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Rule {
    pub name: String,
    /// As `pg_get_ruledef` prints it.
    pub definition: String,
    /// `disabled`, `replica` or `always`, only where it is not the ordinary state.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub enabled: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Policy {
    pub name: String,
    /// `AS RESTRICTIVE`.
    #[serde(skip_serializing_if = "is_default")]
    pub restrictive: bool,
    #[serde(skip_serializing_if = "is_default")]
    pub command: PolicyCommand,
    /// By name, `PUBLIC` for all.
    pub roles: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub using: Option<String>,
    /// `WITH CHECK`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub check: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum PolicyCommand {
    #[default]
    All,
    Select,
    Insert,
    Update,
    Delete,
}
