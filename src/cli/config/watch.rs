use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How `tidegate watch` follows files.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Watch {
    /// Show the page in a browser on this machine, as `--serve` does.
    pub serve: bool,
    /// The port of the page; 0 for any that is free. Default: 7432, or any where that is taken.
    pub port: Option<u16>,
    /// Look every second in place of waiting for the system's events, as `--poll` does: for network file systems.
    pub poll: bool,
}
