use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What counts as a difference between two schemas.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Diff {
    /// Any of `owners`, `grants`, `extension-versions`, `comments`, `column-order`, `not-charted`.
    pub ignore: Vec<String>,
    /// Globs on `schema.name`, or on `schema.table.name` for what is in a table; what matches is left out.
    pub exclude: Vec<String>,
}
