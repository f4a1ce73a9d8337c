//! The JSON document that `tidegate diff -f json` prints, and its JSON Schema.

use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde::{Deserialize, Serialize};

use super::{Count, SchemaDiff};
use crate::schema::Schema;
use crate::schema::document::pretty;

/// The version of this form.
pub const VERSION: u32 = 1;

/// A diff and what was compared.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct DiffDocument {
    /// The version of this format.
    pub version: u32,
    pub from: Compared,
    pub to: Compared,
    /// In one line, for people: `2 tables added, 1 column changed`.
    pub summary: String,
    /// The same, for programs.
    pub counts: Vec<Count>,
    #[serde(flatten)]
    pub diff: SchemaDiff,
}

/// One side.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Compared {
    /// Where it came from, for people, without secrets.
    pub origin: String,
    /// SHA-256 of the canonical JSON of what was compared: selected, and without what was ignored.
    pub fingerprint: String,
}

impl DiffDocument {
    /// Of a diff between two schemas, each with where it came from.
    pub fn new(diff: SchemaDiff, from: (&Schema, &str), to: (&Schema, &str)) -> Self {
        let side = |(schema, origin): (&Schema, &str)| Compared {
            origin: origin.to_owned(),
            fingerprint: schema.fingerprint(),
        };
        let summary = diff.summary();
        Self {
            version: VERSION,
            from: side(from),
            to: side(to),
            summary: summary.to_string(),
            counts: summary.counts,
            diff,
        }
    }

    pub fn to_json(&self) -> String {
        pretty(self)
    }
}

/// JSON Schema (draft 2020-12) of [`DiffDocument`], as committed in `docs/diff.schema.json`.
pub fn json_schema() -> String {
    pretty(&SchemaSettings::draft2020_12().into_generator().into_root_schema_for::<DiffDocument>())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::diff::diff;
    use crate::schema::testing::{large, sample};

    /// `TIDEGATE_UPDATE=1 cargo test diff::document` writes the file anew.
    #[test]
    fn the_committed_file_is_what_the_types_say() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/diff.schema.json");
        if std::env::var_os("TIDEGATE_UPDATE").is_some() {
            std::fs::write(path, json_schema()).unwrap();
        }
        let committed = std::fs::read_to_string(path).unwrap_or_default();
        assert!(
            committed == json_schema(),
            "docs/diff.schema.json is stale: TIDEGATE_UPDATE=1 cargo test diff::document"
        );
    }

    #[test]
    fn every_document_is_valid_and_survives_being_read() {
        let validator = jsonschema::validator_for(&serde_json::from_str(&json_schema()).unwrap()).unwrap();
        let (schema, gaps) = sample();
        let mut renamed = schema.clone();
        renamed.tables.iter_mut().find(|table| table.name.name == "orders").unwrap().columns[3].name = "x".into();
        for (from, to) in [(&schema, &large(9, 4)), (&large(9, 4), &schema), (&schema, &renamed), (&schema, &schema)] {
            let document = DiffDocument::new(diff(from, to).behind(&gaps, &[]), (from, "one"), (to, "other"));
            let text = document.to_json();
            let value = serde_json::from_str(&text).unwrap();
            let errors: Vec<_> = validator.iter_errors(&value).map(|error| error.to_string()).collect();
            assert_eq!(errors, [""; 0], "{text}");
            assert_eq!(serde_json::from_str::<DiffDocument>(&text).unwrap(), document);
        }
    }

    #[test]
    fn what_is_no_document_is_not_valid() {
        let validator = jsonschema::validator_for(&serde_json::from_str(&json_schema()).unwrap()).unwrap();
        let good =
            DiffDocument::new(diff(&Schema::default(), &large(1, 1)), (&Schema::default(), ""), (&large(1, 1), ""));
        for (pointer, wrong) in [("/version", "\"1\""), ("/changes/0/kind", "\"nonesuch\""), ("/changes/0/change", "1")]
        {
            let mut value = serde_json::to_value(&good).unwrap();
            *value.pointer_mut(pointer).unwrap() = serde_json::from_str(wrong).unwrap();
            assert!(!validator.is_valid(&value), "{pointer}");
        }
    }
}
