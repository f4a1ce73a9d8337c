//! The model: one plain-data [`Schema`], the same whichever source it was read from.
//!
//! Promises: no OID, no clock, no server version, no row count; canonical order (see [`canonical`]); a JSON form in
//! which defaults are left out, so that a new field never changes the bytes of a schema that does not use it.

pub mod about;
pub mod canonical;
pub mod column;
pub mod constraint;
pub mod decorate;
pub mod diff;
pub mod document;
pub mod global;
pub mod index;
pub mod name;
pub mod published;
pub mod routine;
pub mod select;
pub mod sequence;
pub mod stats;
pub mod table;
#[cfg(test)]
pub(crate) mod testing;
pub mod trigger;
pub mod types;
pub mod view;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use about::{About, Grant};
pub use column::{Column, Generated, Identity, IdentityMode};
pub use constraint::{Check, Exclusion, ForeignKey, MatchType, NamedNotNull, ReferentialAction, UniqueKey};
pub use document::{Document, Gap, GapKind};
pub use global::{EventTrigger, Extension, ForeignServer, Namespace, Publication, PublishedTable, Statistics};
pub use index::{Index, IndexKey};
pub use name::QualifiedName;
pub use routine::{Aggregate, Argument, ArgumentMode, MovingAggregate, Routine, RoutineKind};
pub use sequence::Sequence;
pub use stats::{Stats, TableStats};
pub use table::{ForeignTable, PartitionKey, PartitionOf, Table};
pub use trigger::{Policy, PolicyCommand, Rule, Trigger};
pub use types::{CompositeType, Domain, EnumType, RangeType};
pub use view::View;

/// Everything that one database declares.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Schema {
    /// PostgreSQL's schemas (namespaces), without the system's own.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub schemas: Vec<Namespace>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub extensions: Vec<Extension>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub enums: Vec<EnumType>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub domains: Vec<Domain>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub composites: Vec<CompositeType>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub ranges: Vec<RangeType>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub sequences: Vec<Sequence>,
    /// Ordinary, partitioned and foreign tables, and partitions.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tables: Vec<Table>,
    /// Views and materialized views.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub views: Vec<View>,
    /// Functions and procedures.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub routines: Vec<Routine>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub aggregates: Vec<Aggregate>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub statistics: Vec<Statistics>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub event_triggers: Vec<EventTrigger>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub publications: Vec<Publication>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub foreign_servers: Vec<ForeignServer>,
}

impl Schema {
    /// The table of that name. Tables are in canonical order, so this is a binary search.
    pub fn table(&self, name: &QualifiedName) -> Option<&Table> {
        self.tables.binary_search_by(|table| table.name.cmp(name)).ok().map(|at| &self.tables[at])
    }

    /// The view of that name.
    pub fn view(&self, name: &QualifiedName) -> Option<&View> {
        self.views.binary_search_by(|view| view.name.cmp(name)).ok().map(|at| &self.views[at])
    }
}

/// For `skip_serializing_if`: whether a field has the value that the JSON leaves out.
pub(crate) fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}
