//! The kinds of object, in PostgreSQL's words.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What an object is. The order is the one in which changes are told: what others need comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ObjectKind {
    Schema,
    Extension,
    Enum,
    Domain,
    CompositeType,
    RangeType,
    Sequence,
    Table,
    ForeignTable,
    View,
    MaterializedView,
    Function,
    Procedure,
    Aggregate,
    Statistics,
    EventTrigger,
    Publication,
    ForeignServer,
    // Parts of those above.
    Column,
    /// Of a composite type.
    Attribute,
    PrimaryKey,
    UniqueConstraint,
    ForeignKey,
    CheckConstraint,
    ExclusionConstraint,
    NotNullConstraint,
    Index,
    Trigger,
    Policy,
    Rule,
    /// A table of a publication.
    PublishedTable,
}

impl ObjectKind {
    /// `materialized view`
    pub fn label(self) -> &'static str {
        match self {
            Self::Schema => "schema",
            Self::Extension => "extension",
            Self::Enum => "enum",
            Self::Domain => "domain",
            Self::CompositeType => "composite type",
            Self::RangeType => "range type",
            Self::Sequence => "sequence",
            Self::Table => "table",
            Self::ForeignTable => "foreign table",
            Self::View => "view",
            Self::MaterializedView => "materialized view",
            Self::Function => "function",
            Self::Procedure => "procedure",
            Self::Aggregate => "aggregate",
            Self::Statistics => "statistics object",
            Self::EventTrigger => "event trigger",
            Self::Publication => "publication",
            Self::ForeignServer => "foreign server",
            Self::Column => "column",
            Self::Attribute => "attribute",
            Self::PrimaryKey => "primary key",
            Self::UniqueConstraint => "unique constraint",
            Self::ForeignKey => "foreign key",
            Self::CheckConstraint => "check constraint",
            Self::ExclusionConstraint => "exclusion constraint",
            Self::NotNullConstraint => "not-null constraint",
            Self::Index => "index",
            Self::Trigger => "trigger",
            Self::Policy => "policy",
            Self::Rule => "rule",
            Self::PublishedTable => "published table",
        }
    }

    /// `1 index`, `2 indexes`
    pub fn counted(self, count: usize) -> String {
        match (count, self) {
            (1, _) => format!("1 {}", self.label()),
            (_, Self::Index) => format!("{count} indexes"),
            (_, Self::Policy) => format!("{count} policies"),
            _ => format!("{count} {}s", self.label()),
        }
    }

    /// Relations with columns: what a picture shows.
    pub fn is_table(self) -> bool {
        matches!(self, Self::Table | Self::ForeignTable)
    }
}
