//! The versioned JSON document that tidegate writes and reads back (`schema.json`).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Schema;

/// The version that this program writes, and the newest that it reads.
pub const VERSION: u32 = 1;

/// A saved schema: the model and what could not be read of it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Document {
    /// The version of this format. A reader refuses a newer one instead of misreading it.
    pub tidegate: u32,
    /// What could not be read. Not part of the schema, nor of its fingerprint.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub gaps: Vec<Gap>,
    pub schema: Schema,
}

impl Document {
    pub fn new(schema: Schema, mut gaps: Vec<Gap>) -> Self {
        gaps.sort();
        gaps.dedup();
        Self { tidegate: VERSION, gaps, schema }
    }

    pub fn to_json(&self) -> String {
        pretty(self)
    }
}

/// Something that a source could not tell, with the scope that it hides: inside it nothing may be called absent.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct Gap {
    pub kind: GapKind,
    /// The object that is hidden or only partly known, such as `table public.orders` or `extension pg_cron`.
    pub scope: String,
    /// Why, in a sentence for people.
    pub reason: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum GapKind {
    /// The role may not read it.
    NoPermission,
    /// An extension that the engine lacks; something stands in for it.
    MissingExtension,
    /// A statement that was skipped (a psql command, a data load…).
    SkippedStatement,
    /// A definition that came back empty: the object changed while it was read.
    Unstable,
    /// A kind of object that the model does not hold (operators, casts…).
    NotCharted,
    /// A fact that this reader cannot see at all.
    NotReadable,
}

/// Two-space indent and a final newline.
pub(crate) fn pretty<T: Serialize>(value: &T) -> String {
    let mut text = serde_json::to_string_pretty(value).expect("the model has no map with keys that are not strings");
    text.push('\n');
    text
}
