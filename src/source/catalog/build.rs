//! What is known so far while the parts of a reading are put together.

use std::collections::{BTreeMap, HashMap};

use super::Options;
use super::acl::{self, Defaults, Grantable};
use crate::schema::{About, Column, Gap, GapKind, Grant, QualifiedName, Schema, Table, TableStats, View};

/// OIDs of the catalogs themselves: fixed in every version, and part of the address of comments and dependencies.
pub(super) mod class {
    pub(in crate::source::catalog) const TYPE: u32 = 1247;
    pub(in crate::source::catalog) const ROUTINE: u32 = 1255;
    pub(in crate::source::catalog) const RELATION: u32 = 1259;
    pub(in crate::source::catalog) const SERVER: u32 = 1417;
    pub(in crate::source::catalog) const CONSTRAINT: u32 = 2606;
    pub(in crate::source::catalog) const NAMESPACE: u32 = 2615;
    pub(in crate::source::catalog) const REWRITE: u32 = 2618;
    pub(in crate::source::catalog) const TRIGGER: u32 = 2620;
    pub(in crate::source::catalog) const EXTENSION: u32 = 3079;
    pub(in crate::source::catalog) const POLICY: u32 = 3256;
    pub(in crate::source::catalog) const STATISTICS: u32 = 3381;
    pub(in crate::source::catalog) const EVENT_TRIGGER: u32 = 3466;
    pub(in crate::source::catalog) const PUBLICATION: u32 = 6104;
}

/// Where a relation went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    Table(usize),
    View(usize),
    Composite(usize),
    Sequence,
    Index,
}

pub(super) struct Relation {
    pub(super) name: QualifiedName,
    pub(super) place: Place,
    /// `attnum` of each column, in the order of the model's columns.
    pub(super) numbers: Vec<i16>,
    /// `attcollation` of each, in the same order.
    pub(super) collations: Vec<u32>,
}

/// What a key's constraint leaves to its index.
#[derive(Default)]
pub(super) struct KeyIndex {
    pub(super) include: Vec<String>,
    pub(super) nulls_not_distinct: bool,
    pub(super) options: Vec<String>,
    pub(super) replica_identity: bool,
    pub(super) clustered: bool,
}

#[derive(Clone, Debug)]
pub(super) struct OperatorClass {
    pub(super) name: QualifiedName,
    pub(super) default: bool,
}

pub(super) struct Build<'a> {
    pub(super) options: &'a Options,
    pub(super) defaults: Defaults,
    pub(super) schema: Schema,
    pub(super) gaps: Vec<Gap>,
    pub(super) stats: BTreeMap<QualifiedName, TableStats>,
    /// Whether every definition that must be there was there.
    pub(super) stable: bool,
    pub(super) roles: HashMap<u32, String>,
    pub(super) collations: HashMap<u32, QualifiedName>,
    pub(super) operator_classes: HashMap<u32, OperatorClass>,
    /// Without the system's own: what lives in another schema is not read.
    pub(super) namespaces: HashMap<u32, String>,
    pub(super) extensions: HashMap<u32, String>,
    /// By catalog and object: the extension that brought it.
    pub(super) members: HashMap<(u32, u32), u32>,
    /// By catalog, object and column: taken out as they are used.
    pub(super) comments: HashMap<(u32, u32, i32), String>,
    /// By catalog, object and column: privileges as an extension, or `initdb`, set them up.
    pub(super) initial_acls: HashMap<(u32, u32, i32), Vec<String>>,
    /// By child: its parents by inheritance, in order.
    pub(super) parents: HashMap<u32, Vec<u32>>,
    /// By view: what it reads.
    pub(super) reads: HashMap<u32, Vec<u32>>,
    pub(super) relations: HashMap<u32, Relation>,
    /// By type: the place in the model.
    pub(super) domains: HashMap<u32, usize>,
    /// By index and key number: parameters of the operator class.
    pub(super) index_parameters: HashMap<(u32, i16), Vec<String>>,
    /// By the index behind a primary or unique key.
    pub(super) key_indexes: HashMap<u32, KeyIndex>,
}

impl<'a> Build<'a> {
    pub(super) fn new(options: &'a Options, defaults: Defaults) -> Self {
        Self {
            options,
            defaults,
            schema: Schema::default(),
            gaps: Vec::new(),
            stats: BTreeMap::new(),
            stable: true,
            roles: HashMap::new(),
            collations: HashMap::new(),
            operator_classes: HashMap::new(),
            namespaces: HashMap::new(),
            extensions: HashMap::new(),
            members: HashMap::new(),
            comments: HashMap::new(),
            initial_acls: HashMap::new(),
            parents: HashMap::new(),
            reads: HashMap::new(),
            relations: HashMap::new(),
            domains: HashMap::new(),
            index_parameters: HashMap::new(),
            key_indexes: HashMap::new(),
        }
    }

    /// In canonical order, with the gaps sorted.
    pub(super) fn finish(mut self) -> (Schema, Vec<Gap>, BTreeMap<QualifiedName, TableStats>) {
        self.schema.canonicalize();
        self.gaps.sort();
        self.gaps.dedup();
        (self.schema, self.gaps, self.stats)
    }

    /// `None` where the object lives in one of the system's schemas, and is not read.
    pub(super) fn name(&self, namespace: u32, name: String) -> Option<QualifiedName> {
        self.namespaces.get(&namespace).map(|schema| QualifiedName::new(schema.clone(), name))
    }

    pub(super) fn comment(&mut self, catalog: u32, oid: u32) -> Option<String> {
        self.comments.remove(&(catalog, oid, 0))
    }

    /// What is common to every kind of object. `acl` is `None` where nobody granted or revoked anything.
    pub(super) fn about(&mut self, catalog: u32, oid: u32, owner: u32, acl: Option<&[String]>, on: Grantable) -> About {
        let owner = self.roles.get(&owner).cloned();
        let grants = acl.map(|acl| self.grants(catalog, oid, acl, owner.as_deref().unwrap_or(""), on));
        About {
            comment: self.comment(catalog, oid),
            owner: owner.filter(|name| self.options.leave_out_owner.as_ref() != Some(name)),
            extension: self.extension_of(catalog, oid),
            grants: grants.unwrap_or_default(),
        }
    }

    pub(super) fn extension_of(&self, catalog: u32, oid: u32) -> Option<String> {
        self.members.get(&(catalog, oid)).and_then(|extension| self.extensions.get(extension)).cloned()
    }

    fn grants(&self, catalog: u32, oid: u32, acl: &[String], owner: &str, on: Grantable) -> Vec<Grant> {
        let given = match on {
            Grantable::Routine => self.defaults.routine.as_slice(),
            Grantable::DataType => self.defaults.data_type.as_slice(),
            Grantable::Relation | Grantable::Other => &[],
        };
        let before = self.initial_acls.get(&(catalog, oid, 0)).map_or(given, Vec::as_slice);
        acl::grants(acl, before, owner, on)
    }

    /// A definition that must be there. Where it is not, the object changed while it was read.
    pub(super) fn required(&mut self, definition: Option<String>, scope: impl FnOnce() -> String) -> String {
        definition.unwrap_or_else(|| self.unstable(scope()))
    }

    /// The same for a definition that belongs to a relation.
    pub(super) fn required_of(&mut self, relation: u32, definition: Option<String>) -> String {
        definition.unwrap_or_else(|| {
            let scope = self.scope(relation);
            self.unstable(scope)
        })
    }

    fn unstable(&mut self, scope: String) -> String {
        self.stable = false;
        let reason = "a definition came back empty: it changed while it was read".to_owned();
        self.gaps.push(Gap { kind: GapKind::Unstable, scope, reason });
        String::new()
    }

    pub(super) fn place(&self, relation: u32) -> Option<Place> {
        self.relations.get(&relation).map(|relation| relation.place)
    }

    /// What a gap calls a relation, a part of which could not be read.
    pub(super) fn scope(&self, relation: u32) -> String {
        let name = self.relation_name(relation).unwrap_or_default();
        match self.place(relation) {
            Some(Place::View(_)) => format!("view {name}"),
            Some(Place::Composite(_)) => format!("type {name}"),
            _ => format!("table {name}"),
        }
    }

    pub(super) fn relation_name(&self, relation: u32) -> Option<QualifiedName> {
        self.relations.get(&relation).map(|relation| relation.name.clone())
    }

    pub(super) fn table_mut(&mut self, relation: u32) -> Option<&mut Table> {
        match self.place(relation)? {
            Place::Table(at) => self.schema.tables.get_mut(at),
            _ => None,
        }
    }

    pub(super) fn view_mut(&mut self, relation: u32) -> Option<&mut View> {
        match self.place(relation)? {
            Place::View(at) => self.schema.views.get_mut(at),
            _ => None,
        }
    }

    pub(super) fn columns(&self, relation: u32) -> &[Column] {
        match self.place(relation) {
            Some(Place::Table(at)) => &self.schema.tables[at].columns,
            Some(Place::View(at)) => &self.schema.views[at].columns,
            Some(Place::Composite(at)) => &self.schema.composites[at].attributes,
            _ => &[],
        }
    }

    pub(super) fn columns_mut(&mut self, relation: u32) -> Option<&mut Vec<Column>> {
        match self.place(relation)? {
            Place::Table(at) => Some(&mut self.schema.tables[at].columns),
            Place::View(at) => Some(&mut self.schema.views[at].columns),
            Place::Composite(at) => Some(&mut self.schema.composites[at].attributes),
            Place::Sequence | Place::Index => None,
        }
    }

    /// The place of a column among the model's columns. Dropped columns leave holes in the numbers.
    pub(super) fn column_at(&self, relation: u32, number: i16) -> Option<usize> {
        let numbers = &self.relations.get(&relation)?.numbers;
        let guess = usize::try_from(number).ok()?.checked_sub(1)?;
        if numbers.get(guess) == Some(&number) {
            return Some(guess);
        }
        numbers.binary_search(&number).ok()
    }

    pub(super) fn column_names(&self, relation: u32, numbers: &[i16]) -> Vec<String> {
        let columns = self.columns(relation);
        numbers
            .iter()
            .filter_map(|number| self.column_at(relation, *number))
            .filter_map(|at| columns.get(at).map(|column| column.name.clone()))
            .collect()
    }

    pub(super) fn collation(&self, oid: Option<u32>) -> Option<String> {
        self.collations.get(&oid?).map(ToString::to_string)
    }
}

/// The state of a trigger or rule, where it is not the ordinary one.
pub(super) fn enabled(letter: &str) -> Option<String> {
    match letter {
        "D" => Some("disabled".to_owned()),
        "R" => Some("replica".to_owned()),
        "A" => Some("always".to_owned()),
        _ => None,
    }
}

/// A function, operator or operator class as an expression would name it: `pg_catalog` goes without saying.
pub(super) fn spoken(name: &QualifiedName) -> String {
    if name.schema == "pg_catalog" { crate::schema::name::quote_ident(&name.name) } else { name.to_string() }
}

/// From the two texts that queries give for a name: schema and name.
pub(super) fn pair(parts: Option<Vec<String>>) -> Option<QualifiedName> {
    match <[String; 2]>::try_from(parts?) {
        Ok([schema, name]) => Some(QualifiedName { schema, name }),
        Err(_) => None,
    }
}
