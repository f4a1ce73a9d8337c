//! One changed object, and how it changed.

use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::ObjectKind;

/// An object that is not the same on both sides.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ObjectChange {
    pub kind: ObjectKind,
    /// What lives in a PostgreSQL schema is `schema.name` in PostgreSQL's quoting, a routine with its arguments:
    /// `public.add(a integer)`. Everything else has its bare name. Of a renamed object, the new one.
    pub name: String,
    #[serde(flatten)]
    pub change: Change,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "change", rename_all = "snake_case")]
pub enum Change {
    Added {
        /// The object as in `schema.json`.
        definition: Value,
        /// Of a column or attribute: its place in the table, from 1.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        position: Option<usize>,
    },
    Removed {
        /// The object as in `schema.json`.
        definition: Value,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        position: Option<usize>,
    },
    /// Identical but for its name.
    Renamed {
        /// The name that it had.
        from: String,
    },
    Changed {
        /// By name.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        facts: Vec<Fact>,
        /// What belongs to the object and is not the same: columns, constraints, indexes…, by kind and name.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        parts: Vec<ObjectChange>,
    },
}

/// One fact with its value on both sides; a value that is left out is the fact's default, as in `schema.json`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Fact {
    /// The field of `schema.json`: `type`, `not_null`, `comment`… A column that moved has `position`.
    pub fact: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<Value>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<Value>,
}

impl ObjectChange {
    /// The added or removed object as a type of the model: `change.definition::<Table>()`.
    pub fn definition<T: DeserializeOwned>(&self) -> Option<T> {
        match &self.change {
            Change::Added { definition, .. } | Change::Removed { definition, .. } => T::deserialize(definition).ok(),
            Change::Renamed { .. } | Change::Changed { .. } => None,
        }
    }

    /// What changed of the object itself; nothing unless it is [`Change::Changed`].
    pub fn facts(&self) -> &[Fact] {
        match &self.change {
            Change::Changed { facts, .. } => facts,
            _ => &[],
        }
    }

    /// What changed inside the object; nothing unless it is [`Change::Changed`].
    pub fn parts(&self) -> &[ObjectChange] {
        match &self.change {
            Change::Changed { parts, .. } => parts,
            _ => &[],
        }
    }

    /// The name on the `from` side.
    pub fn old_name(&self) -> &str {
        match &self.change {
            Change::Renamed { from } => from,
            _ => &self.name,
        }
    }

    pub fn is_added(&self) -> bool {
        matches!(self.change, Change::Added { .. })
    }

    pub fn is_removed(&self) -> bool {
        matches!(self.change, Change::Removed { .. })
    }

    pub(super) fn invert(self) -> Self {
        let Self { kind, name, change } = self;
        match change {
            Change::Added { definition, position } => {
                Self { kind, name, change: Change::Removed { definition, position } }
            }
            Change::Removed { definition, position } => {
                Self { kind, name, change: Change::Added { definition, position } }
            }
            Change::Renamed { from } => Self { kind, name: from, change: Change::Renamed { from: name } },
            Change::Changed { facts, parts } => {
                let turn = |Fact { fact, before, after }| Fact { fact, before: after, after: before };
                let facts = facts.into_iter().map(turn).collect();
                let parts = parts.into_iter().map(Self::invert).collect();
                Self { kind, name, change: Change::Changed { facts, parts } }
            }
        }
    }
}
