//! Names as PostgreSQL spells them.
//!
//! Everything in the model is addressed by qualified name, never by OID: OIDs differ between two builds of one schema.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// `schema.name`; ordered by the UTF-8 bytes of the schema, then of the name.
///
/// In JSON it is one string in PostgreSQL's own quoting: `public.orders`, `"Odd.Schema"."T"`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct QualifiedName {
    pub schema: String,
    pub name: String,
}

impl QualifiedName {
    pub fn new(schema: impl Into<String>, name: impl Into<String>) -> Self {
        Self { schema: schema.into(), name: name.into() }
    }

    /// The name alone where the schema is `public`, qualified elsewhere. Unquoted: for people, not for SQL.
    pub fn short(&self) -> String {
        if self.schema == "public" { self.name.clone() } else { self.plain() }
    }

    /// `schema.name` without quotes: for people and for glob patterns, not for SQL.
    pub fn plain(&self) -> String {
        format!("{}.{}", self.schema, self.name)
    }
}

impl fmt::Display for QualifiedName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", quote_ident(&self.schema), quote_ident(&self.name))
    }
}

/// Why a text is no qualified name.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("{0:?} is not a qualified name: write schema.name, in double quotes where PostgreSQL needs them")]
pub struct NameError(String);

impl FromStr for QualifiedName {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match split_identifiers(text).as_deref() {
            Some([schema, name]) => Ok(Self::new(schema.clone(), name.clone())),
            _ => Err(NameError(text.to_owned())),
        }
    }
}

impl Serialize for QualifiedName {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for QualifiedName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

impl schemars::JsonSchema for QualifiedName {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "QualifiedName".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": "string",
            "description": "schema.name in PostgreSQL's quoting, such as public.orders or \"Odd.Schema\".\"T\""
        })
    }
}

/// Splits `a."b.c".d` into its identifiers; `None` where the quoting is broken or a part is empty.
pub fn split_identifiers(text: &str) -> Option<Vec<String>> {
    let mut parts = Vec::new();
    let mut chars = text.chars().peekable();
    loop {
        let mut part = String::new();
        if chars.peek() == Some(&'"') {
            chars.next();
            loop {
                match chars.next()? {
                    '"' if chars.peek() == Some(&'"') => {
                        chars.next();
                        part.push('"');
                    }
                    '"' => break,
                    other => part.push(other),
                }
            }
        } else {
            while let Some(&c) = chars.peek() {
                if c == '.' || c == '"' {
                    break;
                }
                part.push(c);
                chars.next();
            }
        }
        if part.is_empty() {
            return None;
        }
        parts.push(part);
        match chars.next() {
            None => return Some(parts),
            Some('.') => {}
            Some(_) => return None,
        }
    }
}

/// An identifier as SQL text: bare where lower-case letters, digits and underscores allow it, else in double quotes.
///
/// Keywords are not looked up: the result is for the model and for reading, where `public.order` is as clear as
/// `public."order"` and does not change when a server learns a new keyword. SQL that is sent to a server must use
/// [`quote_ident_always`].
pub fn quote_ident(name: &str) -> String {
    let bare = name.starts_with(|c: char| c.is_ascii_lowercase() || c == '_')
        && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_' || c == '$');
    if bare { name.to_owned() } else { quote_ident_always(name) }
}

/// An identifier in double quotes, safe in any SQL text.
pub fn quote_ident_always(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn plain_names_stay_bare_and_odd_ones_are_quoted() {
        assert_eq!(QualifiedName::new("public", "orders").to_string(), "public.orders");
        assert_eq!(QualifiedName::new("a.b", "C\"d").to_string(), "\"a.b\".\"C\"\"d\"");
        assert!("orders".parse::<QualifiedName>().is_err());
        assert!("a.b.c".parse::<QualifiedName>().is_err());
        assert!("\"a.b".parse::<QualifiedName>().is_err());
    }

    proptest! {
        #[test]
        fn every_name_survives_its_own_text(schema in "\\PC{1,20}", name in "\\PC{1,20}") {
            let original = QualifiedName::new(schema, name);
            prop_assert_eq!(original.to_string().parse::<QualifiedName>().unwrap(), original);
        }
    }
}
