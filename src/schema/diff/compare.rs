//! Two sides, object by object.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::objects::{self, Body, Key, Objects};
use super::renames::{self, Named, Renames};
use super::{Change, Fact, ObjectChange, order};
use crate::schema::Schema;

pub(super) fn changes(from: &Schema, to: &Schema) -> Vec<ObjectChange> {
    let (sides, renames) = renames::find(from, to);
    compare(&sides.from(), &sides.to(), &renames.objects, &renames)
}

/// The objects of two lists, in the order in which they are told.
fn compare(from: &Named<'_>, to: &Named<'_>, renamed: &BTreeMap<Key, Key>, all: &Renames) -> Vec<ObjectChange> {
    let new_names: BTreeSet<&Key> = renamed.values().collect();
    let moves = moves(from.plain, to.plain);
    let mut changes: Vec<(Key, String, ObjectChange)> = Vec::new();
    for (key, (place, body)) in from.plain {
        let name = |key: &Key| key.1.clone();
        let change = match (renamed.get(key), to.plain.get(key)) {
            (Some(new), _) => {
                let change = ObjectChange { kind: key.0, name: name(new), change: Change::Renamed { from: name(key) } };
                // In one place, whichever way one looks.
                let (first, second) = if key < new { (key, new) } else { (new, key) };
                changes.push((first.clone(), second.1.clone(), change));
                continue;
            }
            (None, None) => {
                Some(Change::Removed { definition: Value::Object(body.clone()), position: position(key, *place) })
            }
            (None, Some((_, other))) => {
                let followed = |side: &Named<'_>| side.followed.get(key).map(|(_, body)| body.clone());
                let (a, b) = (followed(from), followed(to));
                let one = One { plain: body, followed: a.as_ref().unwrap_or(body) };
                let other = One { plain: other, followed: b.as_ref().unwrap_or(other) };
                altered(key, &one, &other, moves.get(key).copied(), all)
            }
        };
        changes.extend(
            change.map(|change| (key.clone(), String::new(), ObjectChange { kind: key.0, name: name(key), change })),
        );
    }
    for (key, (place, body)) in to.plain {
        if !from.plain.contains_key(key) && !new_names.contains(key) {
            let change = Change::Added { definition: Value::Object(body.clone()), position: position(key, *place) };
            changes.push((key.clone(), String::new(), ObjectChange { kind: key.0, name: key.1.clone(), change }));
        }
    }
    changes.sort_by(|a, b| (&a.0, &a.1).cmp(&(&b.0, &b.1)));
    changes.into_iter().map(|(_, _, change)| change).collect()
}

fn position(key: &Key, place: usize) -> Option<usize> {
    objects::is_ordered(key.0).then_some(place)
}

/// Columns that moved among those that stayed, with their places.
fn moves(from: &Objects, to: &Objects) -> BTreeMap<Key, (usize, usize)> {
    let stayed = from.iter().filter(|(key, _)| objects::is_ordered(key.0));
    let mut stayed: Vec<(usize, usize, &Key)> =
        stayed.filter_map(|(key, (before, _))| to.get(key).map(|(after, _)| (*before, *after, key))).collect();
    stayed.sort();
    let order: Vec<(usize, usize, String)> =
        stayed.iter().map(|(before, after, key)| (*before, *after, format!("{}\0{}", key.1, key.2))).collect();
    let moved = order::moved(&order).into_iter().map(|at| stayed[at]);
    moved.map(|(before, after, key)| (key.clone(), (before, after))).collect()
}

/// One object as it is, and as it would read under the other side's names.
struct One<'a> {
    plain: &'a Body,
    followed: &'a Body,
}

/// What changed of an object that is there on both sides.
fn altered(key: &Key, from: &One<'_>, to: &One<'_>, moved: Option<(usize, usize)>, all: &Renames) -> Option<Change> {
    let parts_of = objects::parts_of(key.0);
    let (mut facts, mut parts) = (Vec::new(), Vec::new());
    if let Some((before, after)) = moved {
        facts.push(Fact { fact: "position".to_owned(), before: Some(json!(before)), after: Some(json!(after)) });
    }
    let fields: BTreeSet<&String> = from.plain.keys().chain(to.plain.keys()).collect();
    for field in fields {
        let (before, after) = (from.plain.get(field), to.plain.get(field));
        if before == after || parts_of.iter().any(|(name, _)| name == field) {
            continue;
        }
        // What only follows a rename is no change. Seen from both sides, so that the way back agrees.
        if from.followed.get(field) == after && to.followed.get(field) == before {
            continue;
        }
        facts.push(Fact { fact: field.clone(), before: before.cloned(), after: after.cloned() });
    }
    facts.sort_by(|a, b| a.fact.cmp(&b.fact));
    for (field, kind) in parts_of {
        if from.plain.get(*field) == to.plain.get(*field) {
            continue;
        }
        let [a, a_followed, b, b_followed] =
            [from.plain, from.followed, to.plain, to.followed].map(|body| objects::of_field(*kind, body.get(*field)));
        let from = Named { plain: &a, followed: &a_followed };
        let to = Named { plain: &b, followed: &b_followed };
        let renamed = match objects::is_ordered(*kind) {
            true => all.columns.get(key).cloned().unwrap_or_default(),
            false => renames::evident(&from, &to, &BTreeMap::new()),
        };
        parts.extend(compare(&from, &to, &renamed, all));
    }
    (!facts.is_empty() || !parts.is_empty()).then_some(Change::Changed { facts, parts })
}
