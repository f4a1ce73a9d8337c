//! Views and materialized views.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{About, Column, Index, QualifiedName, Rule, Trigger, is_default};

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct View {
    pub name: QualifiedName,
    #[serde(flatten)]
    pub about: About,
    #[serde(skip_serializing_if = "is_default")]
    pub materialized: bool,
    pub columns: Vec<Column>,
    /// As `pg_get_viewdef` prints it, without the final semicolon.
    pub definition: String,
    /// `name=value`, such as `security_invoker=true`, `check_option=local`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub options: Vec<String>,
    /// Tables and views that it reads, by name.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub depends_on: Vec<QualifiedName>,
    /// Of a materialized view.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub indexes: Vec<Index>,
    /// `INSTEAD OF` triggers.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub triggers: Vec<Trigger>,
    /// Other than the one that makes it a view.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub rules: Vec<Rule>,
}
