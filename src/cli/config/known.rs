//! Unknown keys, with the nearest known one. What is known is read off the configuration's own JSON Schema.

use serde_json::Value;

/// The first key that the configuration does not have, as a dotted path, and the nearest known key at its place.
pub(super) fn unknown_key(table: &toml::Table) -> Option<(String, Option<String>)> {
    let root = serde_json::to_value(schemars::schema_for!(super::Config)).ok()?;
    search(table, &root, &root, "")
}

fn search(table: &toml::Table, schema: &Value, root: &Value, path: &str) -> Option<(String, Option<String>)> {
    let schema = resolve(schema, root);
    let dotted = |key: &str| if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") };
    let Some(properties) = schema.get("properties").and_then(Value::as_object) else {
        // Names are the user's own; what stands under each is not.
        let inner = schema.get("additionalProperties")?;
        return table.iter().find_map(|(key, value)| search(value.as_table()?, inner, root, &dotted(key)));
    };
    for (key, value) in table {
        let dotted = dotted(key);
        let Some(inner) = properties.get(key) else {
            return Some((dotted, nearest(key, properties.keys().map(String::as_str))));
        };
        let inner = resolve(inner, root);
        let found = match value {
            toml::Value::Table(table) => search(table, inner, root, &dotted),
            toml::Value::Array(items) => inner.get("items").and_then(|item| {
                items.iter().filter_map(toml::Value::as_table).find_map(|table| search(table, item, root, &dotted))
            }),
            _ => None,
        };
        if found.is_some() {
            return found;
        }
    }
    None
}

fn resolve<'a>(schema: &'a Value, root: &'a Value) -> &'a Value {
    match schema.get("$ref").and_then(Value::as_str).and_then(|reference| reference.strip_prefix('#')) {
        Some(pointer) => root.pointer(pointer).unwrap_or(schema),
        None => schema,
    }
}

fn nearest<'a>(word: &str, known: impl Iterator<Item = &'a str>) -> Option<String> {
    known
        .map(|candidate| (strsim::damerau_levenshtein(word, candidate), candidate))
        .filter(|(distance, candidate)| *distance <= candidate.len().max(word.len()) / 2)
        .min()
        .map(|(_, candidate)| candidate.to_owned())
}
