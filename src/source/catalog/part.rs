//! The parts of a reading: one query each, in the order in which they are put together.

use super::{
    columns, constraints, event_triggers, extensions, indexes, links, lookups, namespaces, policies, publications,
    relations, remarks, routines, rules, sequences, servers, statistics, triggers, types, uncharted,
};

/// One query. What later parts look up comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Part {
    Session,
    Lookups,
    Remarks,
    Namespaces,
    Extensions,
    Links,
    Relations,
    Types,
    Columns,
    Sequences,
    Indexes,
    Constraints,
    Triggers,
    Policies,
    Rules,
    Routines,
    Statistics,
    EventTriggers,
    Publications,
    Servers,
    Uncharted,
}

impl Part {
    /// All but the session's settings, which must be answered before the rest can be asked.
    pub(super) const ALL: [Self; 20] = [
        Self::Lookups,
        Self::Remarks,
        Self::Namespaces,
        Self::Extensions,
        Self::Links,
        Self::Relations,
        Self::Types,
        Self::Columns,
        Self::Sequences,
        Self::Indexes,
        Self::Constraints,
        Self::Triggers,
        Self::Policies,
        Self::Rules,
        Self::Routines,
        Self::Statistics,
        Self::EventTriggers,
        Self::Publications,
        Self::Servers,
        Self::Uncharted,
    ];

    /// For errors and gaps.
    pub(super) fn what(self) -> &'static str {
        match self {
            Self::Session => "the session's settings",
            Self::Lookups => "roles, collations and operator classes",
            Self::Remarks => "comments and initial privileges",
            Self::Namespaces => "schemas",
            Self::Extensions => "extensions",
            Self::Links => "dependencies",
            Self::Relations => "tables and views",
            Self::Types => "types",
            Self::Columns => "columns",
            Self::Sequences => "sequences",
            Self::Indexes => "indexes",
            Self::Constraints => "constraints",
            Self::Triggers => "triggers",
            Self::Policies => "policies",
            Self::Rules => "rules",
            Self::Routines => "functions, procedures and aggregates",
            Self::Statistics => "extended statistics",
            Self::EventTriggers => "event triggers",
            Self::Publications => "publications",
            Self::Servers => "foreign servers",
            Self::Uncharted => "objects that are not charted",
        }
    }

    /// Whether a schema without it is still worth having: where the role may not read it, it becomes a gap.
    pub(super) fn optional(self) -> bool {
        !matches!(self, Self::Session | Self::Namespaces | Self::Relations | Self::Columns | Self::Types)
    }

    /// The query for a server of this `server_version_num`.
    pub(super) fn sql(self, server: u32, stats: bool) -> String {
        match self {
            Self::Session => String::new(),
            Self::Lookups => lookups::SQL.to_owned(),
            Self::Remarks => remarks::SQL.to_owned(),
            Self::Namespaces => namespaces::SQL.to_owned(),
            Self::Extensions => extensions::SQL.to_owned(),
            Self::Links => links::SQL.to_owned(),
            Self::Relations => relations::sql(stats),
            Self::Types => types::sql(server),
            Self::Columns => columns::sql(server),
            Self::Sequences => sequences::SQL.to_owned(),
            Self::Indexes => indexes::sql(server),
            Self::Constraints => constraints::sql(server),
            Self::Triggers => triggers::sql(server),
            Self::Policies => policies::SQL.to_owned(),
            Self::Rules => rules::SQL.to_owned(),
            Self::Routines => routines::sql(server),
            Self::Statistics => statistics::sql(server),
            Self::EventTriggers => event_triggers::SQL.to_owned(),
            Self::Publications => publications::sql(server),
            Self::Servers => servers::SQL.to_owned(),
            Self::Uncharted => uncharted::SQL.to_owned(),
        }
    }
}
