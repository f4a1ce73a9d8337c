//! The rows that pages are made of, as plain data: what a template sees.

use serde::Serialize;

/// A name, and where it is told if it is.
#[derive(Clone, Debug, Serialize)]
pub struct Link {
    pub text: String,
    pub href: Option<String>,
}

/// A line of the list at the top of a page: a value, or links. `code` says that the value is SQL, not prose.
#[derive(Clone, Debug, Serialize)]
pub struct Fact {
    pub label: &'static str,
    pub value: String,
    pub code: bool,
    pub links: Vec<Link>,
}

impl Fact {
    pub fn code(label: &'static str, value: impl Into<String>) -> Self {
        Self { label, value: value.into(), code: true, links: Vec::new() }
    }

    pub fn text(label: &'static str, value: impl Into<String>) -> Self {
        Self { label, value: value.into(), code: false, links: Vec::new() }
    }

    /// Nothing where there is no link.
    pub fn links(label: &'static str, links: Vec<Link>) -> Option<Self> {
        (!links.is_empty()).then_some(Self { label, value: String::new(), code: false, links })
    }
}

#[derive(Clone, Debug, Serialize)]
pub struct TableData {
    /// A plain heading, see [`super::links`].
    pub heading: String,
    /// As SQL spells it.
    pub name: String,
    pub kind: String,
    pub comment: Option<String>,
    pub facts: Vec<Fact>,
    pub columns: Vec<ColumnData>,
    pub constraints: Vec<NamedRow>,
    pub foreign_keys: Vec<ForeignKeyData>,
    pub indexes: Vec<NamedRow>,
    pub triggers: Vec<TriggerData>,
    pub row_security: Option<&'static str>,
    pub policies: Vec<PolicyData>,
    pub rules: Vec<NamedRow>,
    pub statistics: Vec<NamedRow>,
    pub grants: Vec<GrantData>,
    pub partition_key: Option<String>,
    pub partitions: Vec<PartitionData>,
    pub referenced_by: Vec<ForeignKeyData>,
    /// Mermaid; absent where the table stands alone.
    pub diagram: Option<String>,
}

#[derive(Clone, Debug, Serialize)]
pub struct ColumnData {
    pub name: String,
    #[serde(rename = "type")]
    pub data_type: String,
    pub type_href: Option<String>,
    pub not_null: bool,
    /// A default, an identity or a generating expression.
    pub default: Option<String>,
    /// `PK`, `FK`, `UK`.
    pub keys: Vec<&'static str>,
    pub references: Vec<Link>,
    /// Collation, storage, compression, options.
    pub extras: Vec<String>,
    pub comment: Option<String>,
}

/// Anything that has a name and a definition.
#[derive(Clone, Debug, Serialize)]
pub struct NamedRow {
    pub name: String,
    pub definition: String,
    pub notes: Vec<String>,
    pub comment: Option<String>,
}

#[derive(Clone, Debug, Serialize)]
pub struct ForeignKeyData {
    pub name: String,
    /// The other table: the referenced one, or under `referenced_by` the one that points.
    pub table: Link,
    pub columns: String,
    pub referenced_columns: String,
    pub rules: String,
    /// Declared in tidegate's configuration alone.
    #[serde(rename = "virtual")]
    pub is_virtual: bool,
    pub comment: Option<String>,
}

#[derive(Clone, Debug, Serialize)]
pub struct TriggerData {
    pub name: String,
    pub event: String,
    pub call: String,
    pub call_href: Option<String>,
    pub notes: Vec<String>,
    pub comment: Option<String>,
}

#[derive(Clone, Debug, Serialize)]
pub struct PolicyData {
    pub name: String,
    pub command: &'static str,
    pub restrictive: bool,
    pub roles: String,
    pub using: Option<String>,
    pub check: Option<String>,
    pub comment: Option<String>,
}

#[derive(Clone, Debug, Serialize)]
pub struct GrantData {
    pub role: String,
    pub privileges: String,
    /// For a privilege on one column.
    pub column: Option<String>,
    pub grantable: bool,
    pub revoked: bool,
}

#[derive(Clone, Debug, Serialize)]
pub struct PartitionData {
    pub name: String,
    pub bound: String,
    /// 0 for a partition of the table itself, 1 for a partition of a partition…
    pub depth: usize,
    /// What it has that its parent has not: its own partition key, indexes, checks, triggers, policies, comment.
    pub own: Vec<String>,
}
