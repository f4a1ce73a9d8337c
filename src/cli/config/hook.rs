use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What the git hooks do.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Hook {
    /// What pre-commit does when the documentation would change: `stage` (write it and stage it, default) or `check`
    /// (fail with the command to run).
    pub mode: Option<String>,
    /// pre-push compares the documentation in each pushed commit with its migrations. Default: true.
    pub docs: Option<bool>,
    /// pre-push refuses migrations that the upstream has and that were edited or removed. Default: true.
    pub migrations: Option<bool>,
    /// pre-push lints the migrations that the upstream does not have. Default: true.
    pub lint: Option<bool>,
}
