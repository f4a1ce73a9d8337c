//! Schemas that differ in anything that the model can say: changes are made to the JSON, blind to what it means.

use serde_json::Value;

use crate::schema::Schema;

pub(super) fn value_of(schema: &Schema) -> Value {
    serde_json::to_value(schema).unwrap()
}

/// The path of every string, number and boolean.
pub(super) fn leaves(value: &Value) -> Vec<String> {
    fn walk(value: &Value, path: String, found: &mut Vec<String>) {
        match value {
            Value::Array(list) => {
                list.iter().enumerate().for_each(|(at, inner)| walk(inner, format!("{path}/{at}"), found));
            }
            Value::Object(fields) => {
                for (name, inner) in fields {
                    walk(inner, format!("{path}/{name}"), found);
                }
            }
            _ => found.push(path),
        }
    }
    let mut found = Vec::new();
    walk(value, String::new(), &mut found);
    found
}

/// A schema for each object, with that object alone.
pub(super) fn one_by_one(schema: &Schema) -> Vec<Schema> {
    let value = value_of(schema);
    let lists = value.as_object().unwrap().iter();
    let objects = lists.flat_map(|(name, list)| list.as_array().unwrap().iter().map(move |object| (name, object)));
    objects.map(|(name, object)| serde_json::from_value(serde_json::json!({ name: [object] })).unwrap()).collect()
}

/// The schema with one leaf changed; `None` where the model does not take any of the values tried (an enumeration).
pub(super) fn leaf(schema: &Schema, path: &str) -> Option<Schema> {
    let mut value = value_of(schema);
    let leaf = value.pointer_mut(path)?;
    *leaf = match leaf.clone() {
        Value::Bool(is) => Value::Bool(!is),
        Value::Number(number) => (number.as_i64()? - 1).into(),
        Value::String(text) if path.ends_with("/command") => if text == "delete" { "select" } else { "delete" }.into(),
        Value::String(text) => format!("{text}x").into(),
        _ => return None,
    };
    read(value)
}

fn read(value: Value) -> Option<Schema> {
    let mut schema: Schema = serde_json::from_value(value).ok()?;
    schema.canonicalize();
    Some(schema)
}

/// The schema after one change for each number.
pub(super) fn mutated(schema: &Schema, seeds: &[u64]) -> Schema {
    seeds.iter().fold(schema.clone(), |schema, seed| one(&schema, *seed).unwrap_or(schema))
}

/// Drops, repeats, swaps, renames or alters something, somewhere.
fn one(schema: &Schema, seed: u64) -> Option<Schema> {
    let mut value = value_of(schema);
    let mut dice = seed;
    let mut roll = |sides: usize| {
        dice = dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(dice >> 33).unwrap() % sides.max(1)
    };
    if roll(4) == 0 {
        let all = leaves(&value);
        return leaf(schema, &all[roll(all.len())]);
    }
    // Down to some list.
    let lists: Vec<&'static str> = super::objects::LISTS.iter().map(|(name, _)| *name).collect();
    let mut place = value.get_mut(lists[roll(lists.len())])?;
    while roll(5) < 3 {
        let deeper = match place {
            Value::Array(list) if !list.is_empty() => {
                let at = roll(list.len());
                let fields = list[at].as_object()?;
                let inner: Vec<String> = fields.iter().filter(|(_, v)| v.is_array()).map(|(k, _)| k.clone()).collect();
                (!inner.is_empty()).then(|| (at, inner[roll(inner.len())].clone()))
            }
            _ => None,
        };
        let Some((at, field)) = deeper else { break };
        place = place.get_mut(at)?.get_mut(&field)?;
    }
    let list = place.as_array_mut().filter(|list| !list.is_empty())?;
    let (at, other) = (roll(list.len()), roll(list.len()));
    match roll(6) {
        0 => drop(list.remove(at)),
        1 => list.swap(at, other),
        2 => list.insert(other, list[at].clone()),
        3 => list.clear(),
        _ => {
            // A few names for all, so that renames meet and cross.
            let name = list[at].get_mut("name")?;
            let text = name.as_str()?.to_owned();
            let (before, _) = text.rsplit_once('.').map_or(("", ""), |parts| parts);
            let new = ["a", "b", "c"][roll(3)];
            *name =
                if before.is_empty() || text.ends_with('"') { new.into() } else { format!("{before}.{new}").into() };
        }
    }
    read(value)
}
