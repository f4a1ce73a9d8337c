//! What a statement does beyond its lock: what takes time under it, what loses data, what stops running code.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::document::Seen;
use crate::migration::statement::LockMode;

/// The detail of a lost table,
pub(super) const WHOLE_TABLE: &str = "the whole table";
/// and the beginning of it where its schema goes.
pub(super) const WITH_SCHEMA: &str = "with schema";

/// One effect on one relation that was there before.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct Effect {
    pub kind: EffectKind,
    /// The table; for a rebuilt index, the index. Absent where it is not about one relation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub relation: Option<String>,
    /// The lock under which it happens, where it holds somebody up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub under: Option<LockMode>,
    pub seen: Seen,
    /// What exactly: a column, a constraint, a new name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum EffectKind {
    /// Every row is written anew, into another file.
    Rewrites,
    /// Every row is read to see whether it meets a rule.
    Scans,
    /// An index is built, for which every row is read.
    BuildsIndex,
    /// It fails as soon as the table has a row.
    FailsOnRows,
    /// It fails if a row does not meet the new rule.
    FailsOnBadRows,
    /// Rows or columns are gone afterwards.
    LosesData,
    /// What running code calls it by changes.
    Renames,
    /// It is gone, and running code may still ask for it.
    Removes,
    /// Rows are inserted, updated or deleted.
    ChangesRows,
    /// It runs code that its text does not show, which may do otherwise where there are rows.
    RunsCode,
    /// It could not be parsed: only what was observed is known.
    NotParsed,
}

impl EffectKind {
    /// In the plan's sentences: `rewrites public.orders`.
    pub fn verb(self) -> &'static str {
        match self {
            Self::Rewrites => "rewrites",
            Self::Scans => "reads every row of",
            Self::BuildsIndex => "builds an index on",
            Self::FailsOnRows => "fails if there is a row in",
            Self::FailsOnBadRows => "fails if a row breaks the rule in",
            Self::LosesData => "loses data of",
            Self::Renames => "renames",
            Self::Removes => "removes something that running code may use",
            Self::ChangesRows => "changes rows of",
            Self::RunsCode => "runs code that its text does not show",
            Self::NotParsed => "could not be parsed",
        }
    }

    /// Whether it lasts the longer the larger the table is.
    pub fn grows_with_rows(self) -> bool {
        matches!(self, Self::Rewrites | Self::Scans | Self::BuildsIndex)
    }
}
