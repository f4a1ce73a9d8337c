//! The JSON Schema of `schema.json`, derived from the model, so that others can read what tidegate writes.

use schemars::generate::SchemaSettings;

use super::Document;
use super::document::pretty;

/// JSON Schema (draft 2020-12) of [`Document`], as committed in `docs/schema.schema.json`.
pub fn json_schema() -> String {
    let schema = SchemaSettings::draft2020_12().into_generator().into_root_schema_for::<Document>();
    pretty(&schema)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::testing::{large, sample};
    use crate::schema::{Document, Schema};

    fn validator() -> jsonschema::Validator {
        jsonschema::validator_for(&serde_json::from_str(&json_schema()).unwrap()).unwrap()
    }

    /// `TIDEGATE_UPDATE=1 cargo test published` writes the file anew.
    #[test]
    fn the_committed_file_is_what_the_model_says() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/schema.schema.json");
        if std::env::var_os("TIDEGATE_UPDATE").is_some() {
            std::fs::write(path, json_schema()).unwrap();
        }
        let committed = std::fs::read_to_string(path).unwrap_or_default();
        assert!(committed == json_schema(), "docs/schema.schema.json is stale: TIDEGATE_UPDATE=1 cargo test published");
    }

    #[test]
    fn every_document_is_valid() {
        let validator = validator();
        let (schema, gaps) = sample();
        for (schema, gaps) in [(Schema::default(), Vec::new()), (schema, gaps), (large(20, 5), Vec::new())] {
            let text = Document::new(schema, gaps).to_json();
            let value = serde_json::from_str(&text).unwrap();
            let errors: Vec<_> = validator.iter_errors(&value).map(|error| error.to_string()).collect();
            assert_eq!(errors, [""; 0]);
            assert_eq!(serde_json::from_str::<Document>(&text).unwrap().to_json(), text, "it survives being read");
        }
    }

    #[test]
    fn what_is_no_document_is_not_valid() {
        let validator = validator();
        for wrong in [
            r#"{}"#,
            r#"{"tidegate": "1", "schema": {}}"#,
            r#"{"tidegate": 1, "schema": {"tables": [{"name": 7}]}}"#,
            r#"{"tidegate": 1, "schema": {}, "gaps": [{"kind": "nonesuch", "scope": "", "reason": ""}]}"#,
        ] {
            assert!(!validator.is_valid(&serde_json::from_str(wrong).unwrap()), "{wrong}");
        }
    }
}
