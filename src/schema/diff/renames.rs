//! Renames that there is good evidence for. The rule, and why it is that strict, is told in [`super`].
//!
//! One rename makes another visible: where a table and the table that it points at are both renamed, the second is found
//! first, and then the first is the same but for its name. So the search goes on until it finds nothing more.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::ObjectKind;
use super::follow::Mapping;
use super::objects::{self, Body, Key, Objects};
use crate::schema::{QualifiedName, Schema};

/// What was renamed, old key to new key.
#[derive(Clone, Debug, Default)]
pub(super) struct Renames {
    pub(super) objects: BTreeMap<Key, Key>,
    /// Columns and attributes, by the object that has them.
    pub(super) columns: BTreeMap<Key, BTreeMap<Key, Key>>,
}

/// One side: its objects as they are, and as they would read under the other side's names.
pub(super) struct Named<'a> {
    pub(super) plain: &'a Objects,
    pub(super) followed: &'a Objects,
}

/// Both sides, read under the names found so far.
pub(super) struct Sides {
    pub(super) from: Objects,
    pub(super) to: Objects,
    /// `None` where nothing was renamed.
    followed: Option<(Objects, Objects)>,
}

impl Sides {
    pub(super) fn from(&self) -> Named<'_> {
        Named { plain: &self.from, followed: self.followed.as_ref().map_or(&self.from, |(from, _)| from) }
    }

    pub(super) fn to(&self) -> Named<'_> {
        Named { plain: &self.to, followed: self.followed.as_ref().map_or(&self.to, |(_, to)| to) }
    }
}

/// Both sides as objects, and what was renamed between them.
pub(super) fn find(from: &Schema, to: &Schema) -> (Sides, Renames) {
    let mut sides = Sides { from: objects::of_schema(from), to: objects::of_schema(to), followed: None };
    let mut renames = Renames::default();
    loop {
        let more = round(&sides, &renames);
        if more.objects.is_empty() && more.columns.is_empty() {
            break;
        }
        renames.objects.extend(more.objects);
        for (object, columns) in more.columns {
            renames.columns.entry(object).or_default().extend(columns);
        }
        let mapping = renames.mapping();
        if !mapping.is_empty() {
            let read = |mapping: &Mapping, schema| objects::of_schema(&mapping.applied_to(schema));
            sides.followed = Some((read(&mapping, from), read(&mapping.invert(), to)));
        }
    }
    let schemas = schemas(&sides, &renames);
    renames.objects.extend(schemas);
    (sides, renames)
}

impl Renames {
    fn mapping(&self) -> Mapping {
        let mut mapping = Mapping::default();
        for ((kind, from, _), (_, to, _)) in &self.objects {
            let (names, from, to) = match kind {
                ObjectKind::Table
                | ObjectKind::ForeignTable
                | ObjectKind::View
                | ObjectKind::MaterializedView
                | ObjectKind::Sequence => (&mut mapping.relations, from.as_str(), to.as_str()),
                ObjectKind::Enum | ObjectKind::Domain | ObjectKind::CompositeType | ObjectKind::RangeType => {
                    (&mut mapping.types, from.as_str(), to.as_str())
                }
                ObjectKind::Function => match (from.strip_suffix("()"), to.strip_suffix("()")) {
                    (Some(from), Some(to)) => (&mut mapping.routines, from, to),
                    _ => continue,
                },
                _ => continue,
            };
            if let (Ok(from), Ok(to)) = (from.parse(), to.parse()) {
                names.insert(from, to);
            }
        }
        for ((kind, name, _), columns) in &self.columns {
            if *kind != ObjectKind::CompositeType
                && let Ok(name) = name.parse()
            {
                let columns = columns.iter().map(|((_, from, _), (_, to, _))| (from.clone(), to.clone()));
                mapping.columns.insert(name, columns.collect());
            }
        }
        mapping
    }
}

/// What the names found so far let one see.
fn round(sides: &Sides, known: &Renames) -> Renames {
    let (from, to) = (sides.from(), sides.to());
    let mut found = Renames { objects: evident(&from, &to, &known.objects), ..Renames::default() };
    for (key, (_, body)) in from.plain {
        let Some((_, other)) = to.plain.get(key) else { continue };
        let ordered = objects::parts_of(key.0).iter().find(|(_, kind)| objects::is_ordered(*kind));
        let Some((field, kind)) = ordered.filter(|(field, _)| body.get(*field) != other.get(*field)) else { continue };
        let read = |objects: &Objects| objects.get(key).map(|(_, body)| objects::of_field(*kind, body.get(*field)));
        let [Some(a), Some(a_followed), Some(b), Some(b_followed)] =
            [read(from.plain), read(from.followed), read(to.plain), read(to.followed)]
        else {
            continue;
        };
        let none = BTreeMap::new();
        let known = known.columns.get(key).unwrap_or(&none);
        let from = Named { plain: &a, followed: &a_followed };
        let to = Named { plain: &b, followed: &b_followed };
        let mut columns = evident(&from, &to, known);
        columns.retain(|old, new| before(&a, old, &b) == before(&b, new, &a));
        if !columns.is_empty() {
            found.columns.insert(key.clone(), columns);
        }
    }
    found
}

/// The columns on both sides that stand before this one.
fn before<'a>(columns: &'a Objects, key: &Key, others: &Objects) -> BTreeSet<&'a Key> {
    let place = columns.get(key).map_or(0, |(place, _)| *place);
    let before = columns.iter().filter(|(other, (at, _))| *at < place && others.contains_key(*other));
    before.map(|(key, _)| key).collect()
}

/// Pairs of a removed and an added object that are identical but for their names, each the other's only candidate.
pub(super) fn evident(from: &Named<'_>, to: &Named<'_>, known: &BTreeMap<Key, Key>) -> BTreeMap<Key, Key> {
    let taken: BTreeSet<&Key> = known.values().collect();
    let removed = candidates(from, |key| !to.plain.contains_key(key) && !known.contains_key(key));
    let added = candidates(to, |key| !from.plain.contains_key(key) && !taken.contains(key));
    let mut by_essence: BTreeMap<(ObjectKind, &str), Vec<usize>> = BTreeMap::new();
    for (at, candidate) in removed.iter().enumerate() {
        by_essence.entry((candidate.key.0, &candidate.followed)).or_default().push(at);
    }
    let mut pairs = Vec::new();
    for (at, candidate) in added.iter().enumerate() {
        let alike = by_essence.get(&(candidate.key.0, candidate.plain.as_str())).map_or(&[][..], Vec::as_slice);
        // In both directions, so that the way back finds the same.
        pairs.extend(alike.iter().filter(|old| removed[**old].plain == candidate.followed).map(|old| (*old, at)));
    }
    let (mut old_count, mut new_count) = (vec![0usize; removed.len()], vec![0usize; added.len()]);
    for (old, new) in &pairs {
        old_count[*old] += 1;
        new_count[*new] += 1;
    }
    let only = pairs.into_iter().filter(|(old, new)| old_count[*old] == 1 && new_count[*new] == 1);
    only.map(|(old, new)| (removed[old].key.clone(), added[new].key.clone())).collect()
}

struct Candidate<'a> {
    key: &'a Key,
    plain: String,
    followed: String,
}

fn candidates<'a>(side: &Named<'a>, wanted: impl Fn(&Key) -> bool) -> Vec<Candidate<'a>> {
    let all = side.plain.iter().filter(|(key, (_, body))| wanted(key) && is_telling(key.0, body));
    all.map(|(key, (_, body))| {
        let followed = side.followed.get(key).map_or(body, |(_, body)| body);
        Candidate { key, plain: essence(key.0, body), followed: essence(key.0, followed) }
    })
    .collect()
}

/// Whether being identical says anything.
fn is_telling(kind: ObjectKind, body: &Body) -> bool {
    match kind {
        // Identified by its name alone; a schema goes by what is in it; a table of a publication by its table.
        ObjectKind::Extension | ObjectKind::Schema | ObjectKind::PublishedTable => false,
        ObjectKind::Table | ObjectKind::ForeignTable => body.contains_key("columns"),
        _ => true,
    }
}

/// Everything but the name, as text. A table that points at itself does so under any name.
fn essence(kind: ObjectKind, body: &Body) -> String {
    let mut body = body.clone();
    let name = body.shift_remove("name");
    if kind.is_table()
        && let Some(Value::Array(keys)) = body.get_mut("foreign_keys")
    {
        for key in keys.iter_mut().filter(|key| key.get("references") == name.as_ref()) {
            key["references"] = Value::Null;
        }
    }
    Value::Object(body).to_string()
}

/// PostgreSQL schemas that all their objects left for a new one, each under its own name.
fn schemas(sides: &Sides, renames: &Renames) -> BTreeMap<Key, Key> {
    let place = |key: &Key| -> Option<(String, String)> {
        let text = key.1.split_once('(').map_or(key.1.as_str(), |(name, _)| name);
        text.parse().ok().map(|name: QualifiedName| (name.schema, name.name))
    };
    // Where the objects of each schema went, and where those of the new ones came from: `None` for "not all alike".
    let mut went: BTreeMap<String, BTreeSet<Option<String>>> = BTreeMap::new();
    let mut came: BTreeMap<String, BTreeSet<Option<String>>> = BTreeMap::new();
    let origins: BTreeMap<&Key, &Key> = renames.objects.iter().map(|(old, new)| (new, old)).collect();
    let same = |own: &str, other: Option<(String, String)>| other.filter(|(_, name)| name == own).map(|(s, _)| s);
    for key in sides.from.keys() {
        if let Some((schema, name)) = place(key) {
            went.entry(schema).or_default().insert(same(&name, renames.objects.get(key).and_then(place)));
        }
    }
    for key in sides.to.keys() {
        if let Some((schema, name)) = place(key) {
            came.entry(schema).or_default().insert(same(&name, origins.get(key).and_then(|key| place(key))));
        }
    }
    let only = |set: Option<&BTreeSet<Option<String>>>| match set.map(|set| set.iter().collect::<Vec<_>>()) {
        Some(list) if list.len() == 1 => list[0].clone(),
        _ => None,
    };
    let mut found = BTreeMap::new();
    for (key, (_, body)) in sides.from.range((ObjectKind::Schema, String::new(), 0)..) {
        if key.0 != ObjectKind::Schema {
            break;
        }
        let Some(new) = only(went.get(&key.1)).map(|name| (ObjectKind::Schema, name, 0)) else { continue };
        let alike = sides.to.get(&new).is_some_and(|(_, other)| essence(key.0, body) == essence(key.0, other));
        if alike
            && !sides.to.contains_key(key)
            && !sides.from.contains_key(&new)
            && only(came.get(&new.1)).as_ref() == Some(&key.1)
        {
            found.insert(key.clone(), new);
        }
    }
    found
}
