//! What changed between two schemas: objects added, removed, renamed, and changed fact by fact.
//!
//! Two laws hold, whatever the schemas: [`diff`] is empty exactly when their canonical JSON is equal, and
//! `diff(a, b).invert() == diff(b, a)`. They hold by construction, for every fact that the model has or will have,
//! because what is compared is each object's canonical JSON, keyed by kind and name. [`ObjectKind`] and [`Change`] name
//! the outcome in PostgreSQL's own words; [`ObjectChange::definition`] gives the model's types back.
//!
//! ```
//! use tidegate::schema::diff::diff;
//! use tidegate::schema::{EnumType, QualifiedName, Schema};
//!
//! let mood = EnumType { name: QualifiedName::new("public", "mood"), ..EnumType::default() };
//! let to = Schema { enums: vec![mood], ..Schema::default() };
//! assert_eq!(diff(&Schema::default(), &to).summary().to_string(), "1 enum added");
//! ```
//!
//! # Renames
//!
//! A schema does not tell what a table was called before, so a rename is a conclusion, drawn only where one removed and
//! one added object of a kind are identical but for the name, and each is the other's only candidate:
//!
//! - A table or view must be identical with everything in it, the names of its constraints and indexes included.
//!   `ALTER TABLE … RENAME` keeps those, and a new table is given new ones: that is what tells the two apart.
//! - A column must also stand at the same place among the columns that stayed: a new one would stand at the end.
//! - A PostgreSQL schema must have been left by all its objects for the new one, each under its own name.
//! - Extensions cannot be renamed, and a table without columns says too little.
//!
//! What merely follows a rename is not told again: a foreign key to a renamed table, a key of a renamed column. Names
//! inside SQL text (a view's definition, a default) are not followed, so those show as changed.

mod change;
mod compare;
pub mod document;
mod follow;
mod gaps;
pub mod ignore;
mod kind;
mod objects;
mod order;
mod renames;
mod summary;
#[cfg(test)]
mod tests;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Gap, Schema};

pub use change::{Change, Fact, ObjectChange};
pub use kind::ObjectKind;
pub use summary::{Count, Summary, Verb};

/// What it takes to get from one schema to another.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SchemaDiff {
    /// Objects of the database, by kind and name. What belongs to a table stands in its `parts`.
    pub changes: Vec<ObjectChange>,
    /// Where one side has a gap, so that nothing is claimed about what lies inside.
    pub not_comparable: Vec<NotComparable>,
}

/// A gap of one side or both, and the differences that it swallowed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct NotComparable {
    pub side: Side,
    #[serde(flatten)]
    pub gap: Gap,
    /// Objects that look different and lie inside the gap, so that nobody can say.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub objects: Vec<ObjectName>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    From,
    To,
    Both,
}

impl Side {
    fn invert(self) -> Self {
        match self {
            Self::From => Self::To,
            Self::To => Self::From,
            Self::Both => Self::Both,
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct ObjectName {
    pub kind: ObjectKind,
    /// As [`ObjectChange::name`]; a part of a table has the table's name and a space before its own.
    pub name: String,
}

/// What changed from one schema to the other. Both must be in canonical order, as every reader returns them.
pub fn diff(from: &Schema, to: &Schema) -> SchemaDiff {
    SchemaDiff { changes: compare::changes(from, to), not_comparable: Vec::new() }
}

/// What an added or removed object holds, by kind, in the order in which it was declared: the columns, constraints and
/// indexes of a table. Kind, name, and the part as in `schema.json`.
pub fn parts(kind: ObjectKind, definition: &Value) -> Vec<(ObjectKind, String, Value)> {
    let mut parts = Vec::new();
    for (field, kind) in objects::parts_of(kind) {
        let mut list: Vec<_> = objects::of_field(*kind, definition.get(*field)).into_iter().collect();
        list.sort_by_key(|(_, (place, _))| *place);
        parts.extend(list.into_iter().map(|((kind, name, _), (_, body))| (kind, name, Value::Object(body))));
    }
    parts
}

impl SchemaDiff {
    /// No difference was found. Whether none was missed, [`Self::is_complete`] tells.
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }

    /// Nothing was left out because of a gap.
    pub fn is_complete(&self) -> bool {
        self.not_comparable.is_empty()
    }

    /// The way back.
    pub fn invert(self) -> Self {
        Self {
            changes: self.changes.into_iter().map(ObjectChange::invert).collect(),
            not_comparable: self
                .not_comparable
                .into_iter()
                .map(|gap| NotComparable { side: gap.side.invert(), ..gap })
                .collect(),
        }
    }

    /// How many of which kind: `2 tables added, 1 column changed`.
    pub fn summary(&self) -> Summary {
        Summary::of(&self.changes)
    }

    /// The changes of one kind: `diff.of_kind(ObjectKind::Table)`.
    pub fn of_kind(&self, kind: ObjectKind) -> impl Iterator<Item = &ObjectChange> {
        self.changes.iter().filter(move |change| change.kind == kind)
    }
}
