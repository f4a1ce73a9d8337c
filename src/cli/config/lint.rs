use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::lint::Severity;

/// Which hazards in migrations are found, and how bad they are. `tidegate lint --rules` lists the rules.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Lint {
    /// From which severity on the exit code is 1: `error`, `warning` (default) or `never`.
    pub fail_on: Option<String>,
    /// Rules that do not run.
    pub disable: Vec<String>,
    /// Rules that run only when asked, and shall.
    pub enable: Vec<String>,
    /// Nothing but these rules.
    pub only: Vec<String>,
    /// Another severity by rule: `error` or `warning`.
    pub severity: BTreeMap<String, Severity>,
    /// Globs on paths below this file's folder; such migrations are looked at, and not linted.
    pub exclude: Vec<String>,
    /// The version of the server that the migrations run on, such as `"16"`. Default: `"15"`, as squawk has it.
    pub pg_version: Option<String>,
}
