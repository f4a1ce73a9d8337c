//! Tables of every kind: ordinary, partitioned, partitions, foreign, unlogged, inherited.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    About, Check, Column, Exclusion, ForeignKey, Index, NamedNotNull, Policy, QualifiedName, Rule, Trigger, UniqueKey,
    is_default,
};

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Table {
    pub name: QualifiedName,
    #[serde(flatten)]
    pub about: About,
    #[serde(skip_serializing_if = "is_default")]
    pub unlogged: bool,
    /// Present on a partitioned table (which may itself be a partition).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub partition_key: Option<PartitionKey>,
    /// Present on a partition.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub partition_of: Option<PartitionOf>,
    /// Parents by `INHERITS`, in their declared order.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub inherits: Vec<QualifiedName>,
    /// Present on a foreign table.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub foreign: Option<ForeignTable>,
    /// `CREATE TABLE … OF type`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub of_type: Option<QualifiedName>,
    /// The table access method where it is not `heap`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub access_method: Option<String>,
    /// Storage parameters, `name=value`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub options: Vec<String>,
    /// `full`, `nothing` or `index`, only where it is not the default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub replica_identity: Option<String>,
    #[serde(skip_serializing_if = "is_default")]
    pub row_security: bool,
    #[serde(skip_serializing_if = "is_default")]
    pub force_row_security: bool,
    /// In their real order.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub columns: Vec<Column>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub primary_key: Option<UniqueKey>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub unique_keys: Vec<UniqueKey>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub foreign_keys: Vec<ForeignKey>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub checks: Vec<Check>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub exclusions: Vec<Exclusion>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub not_nulls: Vec<NamedNotNull>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub indexes: Vec<Index>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub triggers: Vec<Trigger>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub policies: Vec<Policy>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub rules: Vec<Rule>,
}

impl Table {
    pub fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|column| column.name == name)
    }

    pub fn is_primary(&self, column: &str) -> bool {
        self.primary_key.as_ref().is_some_and(|key| key.columns.iter().any(|name| name == column))
    }

    pub fn is_foreign(&self, column: &str) -> bool {
        self.foreign_keys.iter().any(|key| key.columns.iter().any(|name| name == column))
    }

    /// Unique on its own: by a constraint, or by a unique index that is neither partial nor on an expression.
    pub fn is_unique(&self, column: &str) -> bool {
        let alone = |columns: &[String]| matches!(columns, [only] if only == column);
        self.unique_keys.iter().any(|key| alone(&key.columns))
            || self.indexes.iter().any(|index| {
                index.unique
                    && !index.invalid
                    && index.predicate.is_none()
                    && matches!(index.keys.as_slice(), [key] if key.column.as_deref() == Some(column))
            })
    }

    /// Whether these columns together are unique, so that a foreign key on them is one-to-one.
    pub fn is_unique_set(&self, columns: &[String]) -> bool {
        let same = |other: &[String]| other.len() == columns.len() && columns.iter().all(|name| other.contains(name));
        self.primary_key.as_ref().is_some_and(|key| same(&key.columns))
            || self.unique_keys.iter().any(|key| same(&key.columns))
            || self.indexes.iter().any(|index| {
                let keys: Option<Vec<String>> = index.keys.iter().map(|key| key.column.clone()).collect();
                index.unique && !index.invalid && index.predicate.is_none() && keys.is_some_and(|keys| same(&keys))
            })
    }
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct PartitionKey {
    /// `range`, `list` or `hash`.
    pub strategy: String,
    /// As `pg_get_partkeydef` prints it: `RANGE (created_at)`.
    pub definition: String,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct PartitionOf {
    pub parent: QualifiedName,
    /// `FOR VALUES FROM … TO …`, `FOR VALUES IN …`, `FOR VALUES WITH …` or `DEFAULT`.
    pub bound: String,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct ForeignTable {
    pub server: String,
    /// `name=value`, known-harmless ones only: options can hold secrets.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub options: Vec<String>,
}
