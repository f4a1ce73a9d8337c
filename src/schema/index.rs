//! Indexes that back no constraint; those of a primary, unique or exclusion constraint are told by the constraint.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::is_default;

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Index {
    pub name: String,
    /// The access method: `btree`, `gin`, …
    pub method: String,
    #[serde(skip_serializing_if = "is_default")]
    pub unique: bool,
    #[serde(skip_serializing_if = "is_default")]
    pub nulls_not_distinct: bool,
    /// As declared.
    pub keys: Vec<IndexKey>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub include: Vec<String>,
    /// The `WHERE` of a partial index.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub predicate: Option<String>,
    /// Storage parameters, `name=value`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub options: Vec<String>,
    /// `indisvalid` is false: a `CREATE INDEX CONCURRENTLY` that failed, or a partitioned index not yet complete.
    #[serde(skip_serializing_if = "is_default")]
    pub invalid: bool,
    /// Attached to an index of the partitioned parent.
    #[serde(skip_serializing_if = "is_default")]
    pub inherited: bool,
    /// `REPLICA IDENTITY USING INDEX`.
    #[serde(skip_serializing_if = "is_default")]
    pub replica_identity: bool,
    /// `CLUSTER ON`.
    #[serde(skip_serializing_if = "is_default")]
    pub clustered: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct IndexKey {
    /// The column's name; absent for an expression.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub column: Option<String>,
    /// The expression, as `pg_get_indexdef` prints it; absent for a plain column.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expression: Option<String>,
    /// Only where it is not the type's default for the method.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub operator_class: Option<String>,
    /// Only where it is not the column's own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub collation: Option<String>,
    #[serde(skip_serializing_if = "is_default")]
    pub descending: bool,
    /// Said only where it differs from the order's default (last for ascending, first for descending).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nulls_first: Option<bool>,
}

impl IndexKey {
    /// As it stands in `CREATE INDEX`: `lower(email) text_pattern_ops DESC NULLS LAST`. For reading, not for SQL.
    pub fn text(&self) -> String {
        let mut text = match (&self.column, &self.expression) {
            (Some(column), _) => super::name::quote_ident(column),
            (None, Some(expression)) => expression.clone(),
            (None, None) => String::new(),
        };
        if let Some(collation) = &self.collation {
            text.push_str(" COLLATE ");
            text.push_str(collation);
        }
        if let Some(class) = &self.operator_class {
            text.push(' ');
            text.push_str(class);
        }
        if self.descending {
            text.push_str(" DESC");
        }
        match self.nulls_first {
            Some(true) => text.push_str(" NULLS FIRST"),
            Some(false) => text.push_str(" NULLS LAST"),
            None => {}
        }
        text
    }
}
