//! The JSON Schema of `tidegate plan --json`, derived from the types, so that others can read it.

use schemars::generate::SchemaSettings;

use super::Plan;

/// JSON Schema (draft 2020-12) of [`Plan`], as committed in `docs/plan.schema.json`.
pub fn json_schema() -> String {
    let schema = SchemaSettings::draft2020_12().into_generator().into_root_schema_for::<Plan>();
    crate::schema::document::pretty(&schema)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `TIDEGATE_UPDATE=1 cargo test published` writes the file anew.
    #[test]
    fn the_committed_file_is_what_the_types_say() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/plan.schema.json");
        if std::env::var_os("TIDEGATE_UPDATE").is_some() {
            std::fs::write(path, json_schema()).unwrap();
        }
        let committed = std::fs::read_to_string(path).unwrap_or_default();
        assert!(committed == json_schema(), "docs/plan.schema.json is stale: TIDEGATE_UPDATE=1 cargo test published");
    }

    #[test]
    fn a_plan_is_valid_and_survives_being_read() {
        let validator = jsonschema::validator_for(&serde_json::from_str(&json_schema()).unwrap()).unwrap();
        for plan in [Plan::default(), crate::plan::report::tests::sample()] {
            let text = crate::plan::json(&plan);
            let value = serde_json::from_str(&text).unwrap();
            let errors: Vec<_> = validator.iter_errors(&value).map(|error| error.to_string()).collect();
            assert_eq!(errors, [""; 0]);
            assert_eq!(serde_json::from_str::<Plan>(&text).unwrap(), plan);
        }
    }
}
