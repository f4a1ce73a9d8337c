//! Sequences, other than those behind identity columns.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{About, QualifiedName, is_default};

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Sequence {
    pub name: QualifiedName,
    #[serde(flatten)]
    pub about: About,
    /// `smallint`, `integer` or `bigint`.
    #[serde(rename = "type")]
    pub data_type: String,
    pub start: i64,
    pub increment: i64,
    pub min: i64,
    pub max: i64,
    pub cache: i64,
    #[serde(skip_serializing_if = "is_default")]
    pub cycle: bool,
    #[serde(skip_serializing_if = "is_default")]
    pub unlogged: bool,
    /// `OWNED BY`: the table of the column.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub owned_by_table: Option<QualifiedName>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub owned_by_column: Option<String>,
}

impl Sequence {
    /// What differs from a sequence that nobody gave a setting, as SQL: `START WITH 100`.
    pub fn settings(&self) -> Vec<String> {
        let (lowest, highest) = match self.data_type.as_str() {
            "smallint" => (i64::from(i16::MIN), i64::from(i16::MAX)),
            "integer" => (i64::from(i32::MIN), i64::from(i32::MAX)),
            _ => (i64::MIN, i64::MAX),
        };
        let (min, max) = if self.increment > 0 { (1, highest) } else { (lowest, -1) };
        let start = if self.increment > 0 { self.min } else { self.max };
        let settings = [
            ("START WITH", self.start, start),
            ("INCREMENT BY", self.increment, 1),
            ("MINVALUE", self.min, min),
            ("MAXVALUE", self.max, max),
            ("CACHE", self.cache, 1),
        ];
        let mut options: Vec<String> = settings
            .iter()
            .filter(|(_, value, default)| value != default)
            .map(|(word, value, _)| format!("{word} {value}"))
            .collect();
        if self.cycle {
            options.push("CYCLE".to_owned());
        }
        options
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_settings_that_were_given_are_told() {
        let plain = Sequence {
            data_type: "integer".into(),
            start: 1,
            increment: 1,
            min: 1,
            max: i64::from(i32::MAX),
            cache: 1,
            ..Sequence::default()
        };
        assert!(plain.settings().is_empty());
        let down = Sequence { increment: -2, start: -1, min: i64::from(i32::MIN), max: -1, ..plain.clone() };
        assert_eq!(down.settings(), ["INCREMENT BY -2"]);
        let odd = Sequence { start: 100, cache: 7, cycle: true, ..plain };
        assert_eq!(odd.settings(), ["START WITH 100", "CACHE 7", "CYCLE"]);
    }
}
