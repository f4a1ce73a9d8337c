//! Functions, procedures and aggregates. Overloads share a name and differ in their arguments.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{About, QualifiedName, is_default};

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Routine {
    pub name: QualifiedName,
    /// As `pg_get_function_identity_arguments` prints them; with the name it is the key.
    pub identity: String,
    #[serde(flatten)]
    pub about: About,
    #[serde(skip_serializing_if = "is_default")]
    pub kind: RoutineKind,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub arguments: Vec<Argument>,
    /// As `pg_get_function_result` prints it; absent for procedures.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub returns: Option<String>,
    pub language: String,
    /// `immutable` or `stable`; absent means volatile.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub volatility: Option<String>,
    #[serde(skip_serializing_if = "is_default")]
    pub strict: bool,
    #[serde(skip_serializing_if = "is_default")]
    pub leakproof: bool,
    #[serde(skip_serializing_if = "is_default")]
    pub security_definer: bool,
    #[serde(skip_serializing_if = "is_default")]
    pub window: bool,
    /// `safe` or `restricted`; absent means unsafe.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parallel: Option<String>,
    /// Only where it is not the language's default. Text, since PostgreSQL keeps a float.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cost: Option<String>,
    /// Only where it is not the default of a set-returning function.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rows: Option<String>,
    /// `SET` clauses, `name=value`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub settings: Vec<String>,
    /// The source, or for a standard SQL body what `pg_get_function_sqlbody` prints; of a C function, its name in the
    /// library.
    pub body: String,
    /// The library of a C function that is no extension's: `$libdir/unaccent`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub library: Option<String>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum RoutineKind {
    #[default]
    Function,
    Procedure,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Argument {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    #[serde(rename = "type")]
    pub data_type: String,
    #[serde(skip_serializing_if = "is_default")]
    pub mode: ArgumentMode,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub default: Option<String>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ArgumentMode {
    #[default]
    In,
    Out,
    InOut,
    Variadic,
    /// A column of `RETURNS TABLE`.
    Table,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Aggregate {
    pub name: QualifiedName,
    /// As `pg_get_function_identity_arguments` prints them; with the name it is the key.
    pub identity: String,
    #[serde(flatten)]
    pub about: About,
    pub returns: String,
    /// `SFUNC`.
    pub transition_function: String,
    /// `STYPE`.
    pub state_type: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub final_function: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub combine_function: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub initial_value: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sort_operator: Option<String>,
    /// `ordered_set` or `hypothetical`; absent means ordinary.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parallel: Option<String>,
    /// `FINALFUNC_EXTRA`.
    #[serde(skip_serializing_if = "is_default")]
    pub final_function_extra: bool,
    /// `read_only`, `shareable` or `read_write`, only where it is not the default of the kind.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub final_function_modify: Option<String>,
    /// `SSPACE`, in bytes.
    #[serde(skip_serializing_if = "is_default")]
    pub state_space: i32,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub moving: Option<MovingAggregate>,
}

/// How an aggregate moves with a window's frame.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct MovingAggregate {
    /// `MSFUNC`.
    pub transition_function: String,
    /// `MINVFUNC`.
    pub inverse_function: String,
    /// `MSTYPE`.
    pub state_type: String,
    /// `MFINALFUNC`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub final_function: Option<String>,
    /// `MFINALFUNC_EXTRA`.
    #[serde(skip_serializing_if = "is_default")]
    pub final_function_extra: bool,
    /// `MFINALFUNC_MODIFY`, only where it is not the default of the kind.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub final_function_modify: Option<String>,
    /// `MINITCOND`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub initial_value: Option<String>,
    /// `MSSPACE`, in bytes.
    #[serde(skip_serializing_if = "is_default")]
    pub state_space: i32,
}
