//! The objects that a statement touches, and what it does to each.

use std::fmt;

/// A name as a statement spells it.
///
/// Names are folded as PostgreSQL folds them: ASCII letters outside quotes become small, and what is longer than 63
/// bytes is cut, which the server does with no more than a notice.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Name {
    /// Where the statement names one. Without one the search path decides.
    pub schema: Option<String>,
    pub name: String,
    /// As it stands in the text, quotes included: where it differs from the folded form, people look for this one.
    pub written: String,
}

/// How many bytes of a name PostgreSQL keeps: `NAMEDATALEN` less the end.
pub const LONGEST_NAME: usize = 63;

impl Name {
    /// A name without a schema.
    pub fn bare(name: &str) -> Self {
        Self { schema: None, name: name.to_owned(), written: name.to_owned() }
    }

    /// Of the parts between the dots, folded already. A database in front is dropped: it can only be the current one.
    pub(super) fn of(parts: Vec<String>, written: String) -> Option<Self> {
        let mut parts: Vec<String> = parts.into_iter().map(|part| cut(&part).to_owned()).collect();
        let name = parts.pop()?;
        Some(Self { schema: parts.pop(), name, written })
    }

    /// With `schema` where the statement names none.
    #[must_use]
    pub fn within(&self, schema: &str) -> Self {
        Self { schema: Some(self.schema.clone().unwrap_or_else(|| schema.to_owned())), ..self.clone() }
    }

    /// Whether both may be the same object: equal names, and schemas that do not contradict each other.
    pub fn may_be(&self, other: &Self) -> bool {
        self.name == other.name
            && match (&self.schema, &other.schema) {
                (Some(one), Some(another)) => one == another,
                _ => true,
            }
    }

    /// Whether both are spelled alike: the same name in the same schema, or both without one.
    pub fn is(&self, other: &Self) -> bool {
        self.name == other.name && self.schema == other.schema
    }
}

/// `schema.name` without quotes, as the rest of the program names objects.
impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(schema) = &self.schema {
            write!(f, "{schema}.")?;
        }
        f.write_str(&self.name)
    }
}

/// What PostgreSQL keeps of a name.
pub fn cut(name: &str) -> &str {
    let mut end = name.len().min(LONGEST_NAME);
    while !name.is_char_boundary(end) {
        end -= 1;
    }
    &name[..end]
}

/// A bare name in small letters: ASCII alone, as PostgreSQL does it in UTF-8. A quoted one without its quotes.
pub fn fold(text: &str) -> String {
    match text.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) {
        Some(inner) => inner.replace("\"\"", "\""),
        None => text.to_ascii_lowercase(),
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ObjectKind {
    Table,
    ForeignTable,
    View,
    MaterializedView,
    Index,
    Sequence,
    /// A table, view or the like: the statement does not say which.
    Relation,
    Schema,
    Type,
    Domain,
    Function,
    Procedure,
    /// A function, aggregate or procedure: the statement does not say which.
    Routine,
    Aggregate,
    Trigger,
    Policy,
    Rule,
    Extension,
    Collation,
    Statistics,
    Publication,
    Subscription,
    Server,
    Role,
    Database,
    Tablespace,
    /// Operators, casts, languages, text search and whatever else there is.
    Other,
}

impl ObjectKind {
    /// Whether it has rows, or shows those of others.
    pub fn is_relation(self) -> bool {
        matches!(
            self,
            Self::Table
                | Self::ForeignTable
                | Self::View
                | Self::MaterializedView
                | Self::Index
                | Self::Sequence
                | Self::Relation
        )
    }
}

/// What a statement does to an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Action {
    Create,
    Alter,
    Rename,
    Drop,
    Truncate,
    /// Its rows are read.
    Read,
    /// Its rows are written: `INSERT`, `UPDATE`, `DELETE`, `MERGE`, `COPY … FROM`.
    Write,
    Lock,
    /// Another object comes to depend on it, or stops to: foreign key, parent, `LIKE`, `OF`.
    Reference,
    /// Something that belongs to it is made, changed or dropped: an index, trigger, policy, rule, statistics.
    Attach,
    /// `VACUUM`, `ANALYZE`, `CLUSTER`, `REINDEX`, `REFRESH`.
    Maintain,
    /// Its comment, privileges or label.
    Describe,
}

/// An object and what is done to it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Touched {
    pub kind: ObjectKind,
    pub name: Name,
    pub action: Action,
}
