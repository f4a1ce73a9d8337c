//! Types of columns, as far as locks and rules tell them apart.

use super::class::{Word, words};

/// A type as written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DataType {
    /// As written, white space and comments between tokens made one blank.
    pub text: String,
    /// PostgreSQL's own name: `int4`, `varchar`, `timestamptz`; as folded where it is none of the built-in ones.
    pub name: String,
    pub schema: Option<String>,
    /// What stands in the parentheses, where it is numbers.
    pub modifiers: Vec<i64>,
    pub array: bool,
}

impl DataType {
    /// `smallserial`, `serial` or `bigserial`: a column with a sequence, a default of `nextval` and `NOT NULL`.
    pub fn is_serial(&self) -> bool {
        self.schema.is_none() && matches!(self.name.as_str(), "serial2" | "serial4" | "serial8") && !self.array
    }

    /// Whether PostgreSQL brings it along. Any other may be a domain, whose constraints are checked row by row.
    pub fn is_built_in(&self) -> bool {
        self.schema.as_deref().is_none_or(|schema| schema == "pg_catalog")
            && BUILT_IN.binary_search(&self.name.as_str()).is_ok()
    }
}

/// The base types of PostgreSQL that columns have, by their own names.
const BUILT_IN: &[&str] = &[
    "aclitem",
    "bit",
    "bool",
    "box",
    "bpchar",
    "bytea",
    "char",
    "cid",
    "cidr",
    "circle",
    "date",
    "datemultirange",
    "daterange",
    "float4",
    "float8",
    "inet",
    "int2",
    "int2vector",
    "int4",
    "int4multirange",
    "int4range",
    "int8",
    "int8multirange",
    "int8range",
    "interval",
    "json",
    "jsonb",
    "jsonpath",
    "line",
    "lseg",
    "macaddr",
    "macaddr8",
    "money",
    "name",
    "numeric",
    "nummultirange",
    "numrange",
    "oid",
    "oidvector",
    "path",
    "pg_lsn",
    "pg_snapshot",
    "point",
    "polygon",
    "refcursor",
    "regclass",
    "regcollation",
    "regconfig",
    "regdictionary",
    "regnamespace",
    "regoper",
    "regoperator",
    "regproc",
    "regprocedure",
    "regrole",
    "regtype",
    "serial2",
    "serial4",
    "serial8",
    "text",
    "tid",
    "time",
    "timestamp",
    "timestamptz",
    "timetz",
    "tsmultirange",
    "tsquery",
    "tsrange",
    "tstzmultirange",
    "tstzrange",
    "tsvector",
    "txid_snapshot",
    "uuid",
    "varbit",
    "varchar",
    "xid",
    "xid8",
    "xml",
];

impl DataType {
    /// Reads a type as SQL writes it, or `format_type` prints it. Any text is taken; it need not be a type.
    pub fn parse(text: &str) -> Self {
        let mut names_of_type: Vec<String> = Vec::new();
        let mut quoted = false;
        let mut schema = None;
        let mut modifiers = Vec::new();
        let mut array = false;
        let mut depth = 0usize;
        let mut dot = false;
        for word in words(text) {
            match word {
                Word::Mark(mark) => match mark.as_str() {
                    "(" => depth += 1,
                    ")" => depth = depth.saturating_sub(1),
                    "[" => array = true,
                    "." => dot = true,
                    number if depth > 0 => modifiers.extend(number.parse::<i64>()),
                    _ => {}
                },
                Word::Bare(word) if depth == 0 && word == "array" => array = true,
                Word::Bare(word) | Word::Quoted(word) if depth == 0 && dot => {
                    schema = names_of_type.pop();
                    names_of_type.push(word);
                    dot = false;
                }
                Word::Quoted(word) if depth == 0 => {
                    quoted = true;
                    names_of_type.push(word);
                }
                Word::Bare(word) if depth == 0 => names_of_type.push(word),
                _ => {}
            }
        }
        let written = names_of_type.join(" ");
        let name = if quoted { written } else { own_name(&written, &modifiers) };
        Self { text: text.to_owned(), name, schema, modifiers, array }
    }
}

/// PostgreSQL's own name of a type that SQL calls otherwise.
fn own_name(name: &str, modifiers: &[i64]) -> String {
    let own = match name.strip_prefix("setof ").unwrap_or(name) {
        "int" | "integer" => "int4",
        "bigint" => "int8",
        "smallint" => "int2",
        "serial" => "serial4",
        "bigserial" => "serial8",
        "smallserial" => "serial2",
        "boolean" => "bool",
        "real" => "float4",
        "float" if modifiers.first().is_some_and(|digits| *digits <= 24) => "float4",
        "double precision" | "float" => "float8",
        "decimal" | "dec" => "numeric",
        "character varying"
        | "char varying"
        | "national character varying"
        | "national char varying"
        | "nchar varying" => "varchar",
        "character" | "char" | "national character" | "national char" | "nchar" => "bpchar",
        "bit varying" => "varbit",
        "timestamp without time zone" => "timestamp",
        "timestamp with time zone" => "timestamptz",
        "time without time zone" => "time",
        "time with time zone" => "timetz",
        other if other.starts_with("interval ") => "interval",
        other => other,
    };
    own.to_owned()
}
