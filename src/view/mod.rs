//! What every format shows: the selected schema with the look-ups that drawing it needs.

pub mod clusters;

use std::collections::BTreeMap;

use crate::schema::select::base_type;
use crate::schema::{CompositeType, Domain, EnumType, ForeignKey, Gap, QualifiedName, RangeType, Schema, Stats, Table};

pub use clusters::{Cluster, clusters};

/// How the documentation is dressed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ViewOptions {
    /// The title on every cover. `Database schema` where none is given.
    pub title: Option<String>,
}

/// One selected schema, ready to be drawn.
#[derive(Clone, Debug)]
pub struct View<'a> {
    pub title: String,
    pub schema: &'a Schema,
    pub gaps: &'a [Gap],
    /// Present only with `--stats`.
    pub stats: Option<&'a Stats>,
    incoming: BTreeMap<&'a QualifiedName, Vec<(&'a Table, &'a ForeignKey)>>,
    partitions: BTreeMap<&'a QualifiedName, Vec<&'a Table>>,
    types: BTreeMap<String, UserType<'a>>,
}

/// A type that the schema declares itself.
#[derive(Clone, Copy, Debug)]
pub enum UserType<'a> {
    Enum(&'a EnumType),
    Domain(&'a Domain),
    Composite(&'a CompositeType),
    Range(&'a RangeType),
}

impl<'a> View<'a> {
    pub fn new(schema: &'a Schema, gaps: &'a [Gap], stats: Option<&'a Stats>, options: &ViewOptions) -> Self {
        let mut incoming: BTreeMap<_, Vec<_>> = BTreeMap::new();
        let mut partitions: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for table in &schema.tables {
            if let Some(partition) = &table.partition_of {
                partitions.entry(&partition.parent).or_default().push(table);
            }
            for key in &table.foreign_keys {
                incoming.entry(&key.references).or_default().push((table, key));
            }
        }
        let mut types = BTreeMap::new();
        types.extend(schema.enums.iter().map(|object| (object.name.to_string(), UserType::Enum(object))));
        types.extend(schema.domains.iter().map(|object| (object.name.to_string(), UserType::Domain(object))));
        types.extend(schema.composites.iter().map(|object| (object.name.to_string(), UserType::Composite(object))));
        types.extend(schema.ranges.iter().map(|object| (object.name.to_string(), UserType::Range(object))));
        Self {
            title: options.title.clone().unwrap_or_else(|| "Database schema".to_owned()),
            schema,
            gaps,
            stats,
            incoming,
            partitions,
            types,
        }
    }

    /// Tables that stand for themselves: partitions are told with their parent, wherever the parent is shown.
    pub fn main_tables(&self) -> impl Iterator<Item = &'a Table> + '_ {
        self.schema.tables.iter().filter(|table| {
            table.partition_of.as_ref().is_none_or(|partition| self.schema.table(&partition.parent).is_none())
        })
    }

    /// The partitions of a table, one level down, by name.
    pub fn partitions(&self, parent: &QualifiedName) -> &[&'a Table] {
        self.partitions.get(parent).map_or(&[], Vec::as_slice)
    }

    /// How many partitions a table has on all levels.
    pub fn partition_count(&self, parent: &QualifiedName) -> usize {
        let mut open = vec![parent];
        let mut count = 0;
        // Bounded, since a saved document may claim that two tables are partitions of each other.
        while let Some(name) = open.pop().filter(|_| count <= self.schema.tables.len()) {
            let below = self.partitions(name);
            count += below.len();
            open.extend(below.iter().map(|table| &table.name));
        }
        count
    }

    /// Who points at a table, without the keys that partitions only repeat from their parent.
    pub fn referenced_by(&self, name: &QualifiedName) -> impl Iterator<Item = (&'a Table, &'a ForeignKey)> + '_ {
        let all = self.incoming.get(name).map_or(&[][..], Vec::as_slice);
        all.iter().copied().filter(|(table, _)| {
            table.partition_of.as_ref().is_none_or(|partition| self.schema.table(&partition.parent).is_none())
        })
    }

    /// How many rows a foreign key can tie to how many.
    pub fn cardinality(&self, table: &Table, key: &ForeignKey) -> Cardinality {
        let optional = key.columns.iter().any(|name| table.column(name).is_none_or(|column| !column.not_null));
        let single = table.is_unique_set(&key.columns)
            || key.columns.iter().any(|name| table.is_unique(name) || table.is_unique_set(std::slice::from_ref(name)));
        Cardinality { optional, single }
    }

    /// The table that stands for this one: itself, or for a partition the topmost parent that is shown.
    pub fn main_table(&self, name: &QualifiedName) -> Option<&'a Table> {
        let mut table = self.schema.table(name)?;
        // Bounded, since a saved document may claim that two tables are partitions of each other.
        for _ in 0..self.schema.tables.len() {
            match table.partition_of.as_ref().and_then(|partition| self.schema.table(&partition.parent)) {
                Some(parent) => table = parent,
                None => break,
            }
        }
        Some(table)
    }

    /// The user-made type of a column, if it is one: `public.mood[]` finds `public.mood`.
    pub fn user_type(&self, data_type: &str) -> Option<UserType<'a>> {
        self.types.get(base_type(data_type)).copied()
    }
}

/// Both ends of a foreign key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cardinality {
    /// A row may point at nothing: one of the key's columns can be NULL.
    pub optional: bool,
    /// At most one row points at a row: the key's columns, or some of them, are unique.
    pub single: bool,
}

/// A type in the short form that people write: `timestamptz`, `varchar(255)`, `int`; `public.` is left out.
pub fn short_type(data_type: &str) -> String {
    let (base, array) = match data_type.find("[]") {
        Some(at) => data_type.split_at(at),
        None => (data_type, ""),
    };
    let with_modifier = |from: &str, to: &str| -> Option<String> {
        let rest = base.strip_prefix(from)?;
        (rest.is_empty() || rest.starts_with('(')).then(|| format!("{to}{rest}"))
    };
    let zoned = |from: &str, to: &str, suffix: &str| -> Option<String> {
        let inner = base.strip_prefix(from)?.strip_suffix(suffix)?;
        (inner.is_empty() || (inner.starts_with('(') && inner.ends_with(')'))).then(|| format!("{to}{inner}"))
    };
    let short = with_modifier("character varying", "varchar")
        .or_else(|| with_modifier("character", "char"))
        .or_else(|| with_modifier("bit varying", "varbit"))
        .or_else(|| with_modifier("integer", "int"))
        .or_else(|| with_modifier("boolean", "bool"))
        .or_else(|| with_modifier("double precision", "float8"))
        .or_else(|| with_modifier("real", "float4"))
        .or_else(|| zoned("timestamp", "timestamptz", " with time zone"))
        .or_else(|| zoned("timestamp", "timestamp", " without time zone"))
        .or_else(|| zoned("time", "timetz", " with time zone"))
        .or_else(|| zoned("time", "time", " without time zone"))
        .unwrap_or_else(|| base.strip_prefix("public.").unwrap_or(base).to_owned());
    format!("{short}{array}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_are_short() {
        for (long, short) in [
            ("character varying(255)", "varchar(255)"),
            ("timestamp with time zone", "timestamptz"),
            ("timestamp(3) without time zone", "timestamp(3)"),
            ("time with time zone", "timetz"),
            ("integer[]", "int[]"),
            ("integer", "int"),
            ("public.mood[]", "mood[]"),
            ("shop.mood", "shop.mood"),
            ("numeric(10,2)", "numeric(10,2)"),
            ("double precision", "float8"),
            ("characters", "characters"),
        ] {
            assert_eq!(short_type(long), short);
        }
    }
}
