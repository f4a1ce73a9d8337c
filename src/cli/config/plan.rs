use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How pending migrations are judged.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Plan {
    /// The verdict from which on `tidegate plan` exits with 1: `caution`, `dangerous` or `fails` (default).
    pub fail_on: Option<String>,
}
