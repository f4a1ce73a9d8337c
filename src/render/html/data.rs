//! What the script is given: the schema in its JSON form, the gaps, the figures.

use std::collections::BTreeMap;

use serde::Serialize;

use super::diagram::Diagram;
use crate::layout::Picture;
use crate::render::View;
use crate::schema::{Gap, Schema, Sequence};

#[derive(Serialize)]
struct Data<'a> {
    title: &'a str,
    schema: &'a Schema,
    #[serde(skip_serializing_if = "<[Gap]>::is_empty")]
    gaps: &'a [Gap],
    /// By qualified name: estimated rows (`null` where unknown) and bytes.
    #[serde(skip_serializing_if = "Option::is_none")]
    stats: Option<BTreeMap<String, (Option<u64>, u64)>>,
    /// The limits of sequences that a script's numbers cannot hold, as text: by name, then by field.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    limits: BTreeMap<String, BTreeMap<&'static str, String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    diagram: Option<Diagram<'a>>,
}

/// JavaScript's `Number.MAX_SAFE_INTEGER`.
const SAFE_INTEGER: u64 = (1 << 53) - 1;

fn limits(schema: &Schema) -> BTreeMap<String, BTreeMap<&'static str, String>> {
    let large = |sequence: &Sequence| -> BTreeMap<&'static str, String> {
        [("start", sequence.start), ("increment", sequence.increment), ("min", sequence.min), ("max", sequence.max)]
            .into_iter()
            .filter(|(_, value)| value.unsigned_abs() > SAFE_INTEGER)
            .map(|(field, value)| (field, value.to_string()))
            .collect()
    };
    let all = schema.sequences.iter().map(|sequence| (sequence.name.to_string(), large(sequence)));
    all.filter(|(_, fields)| !fields.is_empty()).collect()
}

/// JSON that may stand inside a `<script>` element.
pub(super) fn json(view: &View<'_>, picture: &Picture) -> String {
    let stats = view.stats.map(|stats| {
        stats.tables.iter().map(|(name, figures)| (name.to_string(), (figures.rows, figures.bytes))).collect()
    });
    let data = Data {
        title: &view.title,
        schema: view.schema,
        gaps: view.gaps,
        stats,
        limits: limits(view.schema),
        diagram: Diagram::new(view, picture),
    };
    escape(&serde_json::to_string(&data).expect("the model has no map with keys that are not strings"))
}

/// These characters occur in JSON only inside strings, where an escape means the same. Without them no `</script>`,
/// `<!--` or entity can be spelled, whatever a comment in the database says.
fn escape(json: &str) -> String {
    let mut safe = String::with_capacity(json.len() + json.len() / 50);
    for c in json.chars() {
        match c {
            '<' => safe.push_str("\\u003c"),
            '>' => safe.push_str("\\u003e"),
            '&' => safe.push_str("\\u0026"),
            '\u{2028}' => safe.push_str("\\u2028"),
            '\u{2029}' => safe.push_str("\\u2029"),
            other => safe.push(other),
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn escaped_json_means_the_same_and_closes_no_element(text in "(<|>|&|/|script|!--|\u{2028}|\u{2029}|\"|\\\\|\\PC){0,30}") {
            let safe = escape(&serde_json::to_string(&text).unwrap());
            let unsafe_ones = ['<', '>', '&', '\u{2028}', '\u{2029}'];
            prop_assert!(!safe.contains(unsafe_ones));
            prop_assert_eq!(serde_json::from_str::<String>(&safe).unwrap(), text);
        }
    }
}
