//! The JSON Schema of receipts, derived from the types, so that others can read them.

use schemars::generate::SchemaSettings;

use super::receipt::Receipt;

/// JSON Schema (draft 2020-12) of [`Receipt`], as committed in `docs/receipt.schema.json`.
pub fn json_schema() -> String {
    let schema = SchemaSettings::draft2020_12().into_generator().into_root_schema_for::<Receipt>();
    crate::schema::document::pretty(&schema)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gate::report::{json, tests};

    /// `TIDEGATE_UPDATE=1 cargo test published` writes the file anew.
    #[test]
    fn the_committed_file_is_what_the_types_say() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/receipt.schema.json");
        if std::env::var_os("TIDEGATE_UPDATE").is_some() {
            std::fs::write(path, json_schema()).unwrap();
        }
        let committed = std::fs::read_to_string(path).unwrap_or_default();
        assert!(
            committed == json_schema(),
            "docs/receipt.schema.json is stale: TIDEGATE_UPDATE=1 cargo test published"
        );
    }

    #[test]
    fn a_receipt_is_valid_and_survives_being_read() {
        let validator = jsonschema::validator_for(&serde_json::from_str(&json_schema()).unwrap()).unwrap();
        for receipt in [tests::failed(), tests::refused(), tests::cluster(), tests::nothing_pending()] {
            let text = json(&receipt);
            let value = serde_json::from_str(&text).unwrap();
            let errors: Vec<_> = validator.iter_errors(&value).map(|error| error.to_string()).collect();
            assert_eq!(errors, [""; 0]);
            let read = serde_json::from_str::<Receipt>(&text).unwrap();
            assert_eq!(Receipt { checksum: None, ..read }, receipt);
        }
    }
}
