//! What a gap hides, and the differences that therefore nobody can tell.
//!
//! A reader says in words what it could not see (`table public.orders`, `indexes`, `schema secret`, `dump.sql:12`).
//! Whatever seems to differ inside is taken out of the changes and put beside the gap.

use std::collections::BTreeSet;

use super::{Change, NotComparable, ObjectChange, ObjectKind, ObjectName, SchemaDiff, Side};
use crate::schema::{Gap, GapKind, QualifiedName};

impl SchemaDiff {
    /// The same differences, without those that lie inside a gap of either side.
    ///
    /// What both sides could not tell in the very same words (an extension that the engine lacks, a statement skipped
    /// in both) they have in common, and it is left out. Unless it hides what nobody has looked at: what a role may not
    /// read may differ however alike the refusals are.
    pub fn behind(mut self, from: &[Gap], to: &[Gap]) -> Self {
        let both: BTreeSet<&Gap> = from.iter().filter(|gap| to.contains(gap)).collect();
        let only = |gaps: &[Gap], side| -> Vec<(Side, Gap)> {
            gaps.iter().filter(|gap| !both.contains(gap)).map(|gap| (side, gap.clone())).collect()
        };
        let mut gaps = only(from, Side::From);
        gaps.extend(only(to, Side::To));
        gaps.extend(both.iter().filter(|gap| is_unseen(gap)).map(|gap| (Side::Both, (*gap).clone())));
        gaps.sort_by(|a, b| (&a.1, a.0).cmp(&(&b.1, b.0)));
        gaps.dedup();
        for (side, gap) in gaps {
            let curtain = Curtain { side, unreadable: is_unseen(&gap), hides: Hides::of(&gap) };
            let mut objects = Vec::new();
            self.changes = curtain.drawn(std::mem::take(&mut self.changes), None, &mut objects);
            self.not_comparable.push(NotComparable { side, gap, objects });
        }
        self
    }
}

/// Whether what the gap hides was not looked at at all.
fn is_unseen(gap: &Gap) -> bool {
    match gap.kind {
        GapKind::NoPermission | GapKind::Unstable => true,
        GapKind::NotReadable => matches!(Hides::of(gap), Hides::Kinds { .. }),
        GapKind::MissingExtension | GapKind::SkippedStatement | GapKind::NotCharted => false,
    }
}

#[derive(Debug, PartialEq, Eq)]
enum Hides {
    /// Objects of whole kinds, and facts of all objects.
    Kinds { kinds: BTreeSet<ObjectKind>, facts: BTreeSet<&'static str> },
    /// A PostgreSQL schema and what is in it.
    Inside(String),
    /// An extension and what it brought.
    Extension(String),
    /// Objects of which the scope's text speaks.
    Named(String),
    /// Nobody knows what a statement that was skipped would have made.
    Anything,
    /// Nothing that the model holds.
    Nothing,
}

impl Hides {
    fn of(gap: &Gap) -> Self {
        if gap.kind == GapKind::NotCharted {
            return Self::Nothing;
        }
        if let Some(kinds) = kinds(&gap.scope) {
            return kinds;
        }
        let line = gap.scope.rsplit_once(':').is_some_and(|(_, line)| line.parse::<u32>().is_ok());
        match gap.scope.split_once(' ') {
            _ if line => Self::Anything,
            Some(("schema", name)) => Self::Inside(name.to_owned()),
            Some(("extension" | "platform", name)) => Self::Extension(name.to_owned()),
            Some(("tablespace" | "database", _)) => Self::Nothing,
            Some(_) => Self::Named(gap.scope.clone()),
            None => Self::Anything,
        }
    }
}

/// `tables and views`, `functions, procedures and aggregates`: nothing unless every word is known.
fn kinds(scope: &str) -> Option<Hides> {
    use ObjectKind::{
        Aggregate, Attribute, CheckConstraint, Column, CompositeType, Domain, Enum, EventTrigger, ExclusionConstraint,
        Extension, ForeignKey, ForeignServer, ForeignTable, Function, Index, MaterializedView, NotNullConstraint,
        Policy, PrimaryKey, Procedure, Publication, RangeType, Rule, Schema, Sequence, Statistics, Table, Trigger,
        UniqueConstraint, View,
    };
    let (mut kinds, mut facts) = (BTreeSet::new(), BTreeSet::new());
    for word in scope.split(", ").flat_map(|words| words.split(" and ")) {
        let (some, more): (&[ObjectKind], &[&'static str]) = match word {
            "schemas" => (&[Schema], &[]),
            "extensions" => (&[Extension], &["extension"]),
            "tables" => (&[Table, ForeignTable], &[]),
            "views" => (&[View, MaterializedView], &[]),
            "materialized views" => (&[MaterializedView], &[]),
            "types" => (&[Enum, Domain, CompositeType, RangeType], &[]),
            "enums" => (&[Enum], &[]),
            "domains" => (&[Domain], &[]),
            "composite" => (&[CompositeType], &[]),
            "range types" => (&[RangeType], &[]),
            "columns" => (&[Column, Attribute], &[]),
            "sequences" => (&[Sequence], &[]),
            "indexes" => (&[Index], &[]),
            "constraints" => (
                &[PrimaryKey, UniqueConstraint, ForeignKey, CheckConstraint, ExclusionConstraint, NotNullConstraint],
                &[],
            ),
            "exclusion constraints" => (&[ExclusionConstraint], &[]),
            "triggers" => (&[Trigger], &[]),
            "policies" => (&[Policy], &[]),
            "rules" => (&[Rule], &[]),
            "functions" => (&[Function], &[]),
            "procedures" => (&[Procedure], &[]),
            "aggregates" => (&[Aggregate], &[]),
            "extended statistics" => (&[Statistics], &[]),
            "event triggers" => (&[EventTrigger], &[]),
            "publications" => (&[Publication], &[]),
            "foreign servers" => (&[ForeignServer], &[]),
            "comments" => (&[], &["comment"]),
            "initial privileges" | "grants" => (&[], &["grants"]),
            "owners" => (&[], &["owner"]),
            "roles" => (&[], &["owner", "grants", "roles"]),
            "collations" => (&[], &["collation", "keys"]),
            "operator classes" => (&[], &["operator_class", "keys"]),
            "partitions" => (&[], &["partition_key", "partition_of"]),
            "inheritance" => (&[], &["inherits", "inherited"]),
            "dependencies" => (&[], &["depends_on", "extension", "owned_by_table", "owned_by_column", "inherits"]),
            _ => return None,
        };
        kinds.extend(some);
        facts.extend(more);
    }
    Some(Hides::Kinds { kinds, facts })
}

/// One gap, drawn before the changes.
struct Curtain {
    side: Side,
    unreadable: bool,
    hides: Hides,
}

impl Curtain {
    /// What is still to be seen. What is not goes to `hidden`.
    fn drawn(
        &self,
        changes: Vec<ObjectChange>,
        within: Option<&str>,
        hidden: &mut Vec<ObjectName>,
    ) -> Vec<ObjectChange> {
        let mut seen = Vec::new();
        for change in changes {
            let name = match within {
                Some(outer) => format!("{outer} {}", change.name),
                None => change.name.clone(),
            };
            if self.covers(&change, within) {
                hidden.push(ObjectName { kind: change.kind, name });
                continue;
            }
            let ObjectChange { kind, change: Change::Changed { facts, parts }, .. } = change else {
                seen.push(change);
                continue;
            };
            let many = facts.len();
            let facts: Vec<_> = facts.into_iter().filter(|fact| !self.covers_fact(&fact.fact)).collect();
            if facts.len() < many {
                hidden.push(ObjectName { kind, name: name.clone() });
            }
            let parts = self.drawn(parts, Some(&name), hidden);
            if !facts.is_empty() || !parts.is_empty() {
                seen.push(ObjectChange { kind, name: change.name, change: Change::Changed { facts, parts } });
            }
        }
        seen
    }

    fn covers_fact(&self, fact: &str) -> bool {
        matches!(&self.hides, Hides::Kinds { facts, .. } if facts.contains(fact))
    }

    fn covers(&self, change: &ObjectChange, within: Option<&str>) -> bool {
        match &self.hides {
            Hides::Kinds { kinds, .. } => kinds.contains(&change.kind),
            Hides::Inside(name) if within.is_none() => {
                (change.kind == ObjectKind::Schema && change.name == *name)
                    || ([&change.name, change.old_name()].iter().any(|text| schema_of(text).as_ref() == Some(name))
                        && (self.unreadable || self.is_absent(change)))
            }
            Hides::Extension(name) if within.is_none() => {
                let brought = match &change.change {
                    Change::Added { definition, .. } | Change::Removed { definition, .. } => {
                        definition.get("extension").is_some_and(|extension| extension == name.as_str())
                    }
                    _ => false,
                };
                brought || (change.kind == ObjectKind::Extension && change.name == *name)
            }
            Hides::Named(scope) => {
                let speaks = |name: &str| scope.strip_suffix(name).is_some_and(|before| before.ends_with(' '));
                let bare = |name: &str| speaks(name) || name.split_once('(').is_some_and(|(name, _)| speaks(name));
                match within {
                    // `index orders_idx`, `check public.orders total_positive`.
                    Some(outer) => speaks(&change.name) && (!scope.contains('.') || scope.contains(outer)),
                    None => bare(&change.name) || bare(change.old_name()),
                }
            }
            Hides::Anything => self.is_absent(change),
            Hides::Inside(_) | Hides::Extension(_) | Hides::Nothing => false,
        }
    }

    /// Whether the object is missing on the side of the gap.
    fn is_absent(&self, change: &ObjectChange) -> bool {
        match change.change {
            Change::Added { .. } => self.side != Side::To,
            Change::Removed { .. } => self.side != Side::From,
            Change::Renamed { .. } => true,
            Change::Changed { .. } => false,
        }
    }
}

/// The PostgreSQL schema of an object's name.
fn schema_of(name: &str) -> Option<String> {
    let name = name.split_once('(').map_or(name, |(name, _)| name);
    name.parse::<QualifiedName>().ok().map(|name| name.schema)
}
