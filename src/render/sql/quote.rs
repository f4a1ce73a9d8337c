//! Names and values as SQL that is run: quoted wherever a server could read them as something else.

use crate::schema::QualifiedName;
use crate::schema::name::{quote_ident, quote_ident_always, split_identifiers};

/// Every key word of PostgreSQL 12 to 18 that cannot stand as any name (`pg_get_keywords()`, all but category `U`).
/// Sorted.
#[rustfmt::skip]
const KEYWORDS: &[&str] = &[
    "all", "analyse", "analyze", "and", "any", "array", "as", "asc", "asymmetric", "authorization", "between",
    "bigint", "binary", "bit", "boolean", "both", "case", "cast", "char", "character", "check", "coalesce", "collate",
    "collation", "column", "concurrently", "constraint", "create", "cross", "current_catalog", "current_date",
    "current_role", "current_schema", "current_time", "current_timestamp", "current_user", "dec", "decimal",
    "default", "deferrable", "desc", "distinct", "do", "else", "end", "except", "exists", "extract", "false", "fetch",
    "float", "for", "foreign", "freeze", "from", "full", "grant", "greatest", "group", "grouping", "having", "ilike",
    "in", "initially", "inner", "inout", "int", "integer", "intersect", "interval", "into", "is", "isnull", "join",
    "json", "json_array", "json_arrayagg", "json_exists", "json_object", "json_objectagg", "json_query",
    "json_scalar", "json_serialize", "json_table", "json_value", "lateral", "leading", "least", "left", "like",
    "limit", "localtime", "localtimestamp", "merge_action", "national", "natural", "nchar", "none", "normalize",
    "not", "notnull", "null", "nullif", "numeric", "offset", "on", "only", "or", "order", "out", "outer", "overlaps",
    "overlay", "placing", "position", "precision", "primary", "real", "references", "returning", "right", "row",
    "select", "session_user", "setof", "similar", "smallint", "some", "substring", "symmetric", "system_user",
    "table", "tablesample", "then", "time", "timestamp", "to", "trailing", "treat", "trim", "true", "union", "unique",
    "user", "using", "values", "varchar", "variadic", "verbose", "when", "where", "window", "with", "xmlattributes",
    "xmlconcat", "xmlelement", "xmlexists", "xmlforest", "xmlnamespaces", "xmlparse", "xmlpi", "xmlroot",
    "xmlserialize", "xmltable",
];

/// An identifier: bare where no server misreads it.
pub fn ident(name: &str) -> String {
    if KEYWORDS.binary_search(&name).is_ok() { quote_ident_always(name) } else { quote_ident(name) }
}

pub fn idents(names: &[String]) -> String {
    names.iter().map(|name| ident(name)).collect::<Vec<_>>().join(", ")
}

/// `schema.name`.
pub fn qualified(name: &QualifiedName) -> String {
    format!("{}.{}", ident(&name.schema), ident(&name.name))
}

/// A string, for a session with `standard_conforming_strings`.
pub fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// A role, or `PUBLIC`.
pub(super) fn role(name: &str) -> String {
    if name == "PUBLIC" { name.to_owned() } else { ident(name) }
}

/// A name that the model keeps as text, such as `pg_catalog."C"`, or an operator class with its parameters. The model
/// quotes for reading; this quotes for running.
pub(super) fn requoted(text: &str) -> String {
    let mut quoted = false;
    let end = text.find(|c| {
        quoted ^= c == '"';
        c == '(' && !quoted
    });
    let (name, parameters) = text.split_at(end.unwrap_or(text.len()));
    match split_identifiers(name) {
        Some(parts) => parts.iter().map(|part| ident(part)).collect::<Vec<_>>().join(".") + parameters,
        None => text.to_owned(),
    }
}

/// `a = 1, b = 'x y'`, from `name=value` texts: storage parameters and view options.
pub(super) fn settings(options: &[String]) -> String {
    let one = |option: &String| match option.split_once('=') {
        Some((name, value)) => format!("{} = {}", setting_name(name), value_of(value)),
        None => setting_name(option),
    };
    options.iter().map(one).collect::<Vec<_>>().join(", ")
}

/// `toast.autovacuum_enabled`: each part for itself.
pub(super) fn setting_name(name: &str) -> String {
    name.split('.').map(ident).collect::<Vec<_>>().join(".")
}

fn value_of(value: &str) -> String {
    let number = value.parse::<f64>().is_ok() && value.starts_with(|c: char| c.is_ascii_digit());
    let word = !value.is_empty() && value.chars().all(|c| c.is_ascii_lowercase() || c == '_');
    if number || word { value.to_owned() } else { literal(value) }
}

/// `OPTIONS (host 'x', port '1')`, from `name=value` texts; empty where there are none.
pub(super) fn foreign_options(options: &[String]) -> String {
    if options.is_empty() {
        return String::new();
    }
    let one = |option: &String| {
        let (name, value) = option.split_once('=').unwrap_or((option, ""));
        format!("{} {}", ident(name), literal(value))
    };
    format!(" OPTIONS ({})", options.iter().map(one).collect::<Vec<_>>().join(", "))
}

/// A routine's body between dollar signs that do not occur in it.
pub(super) fn dollar_quoted(body: &str) -> String {
    let fits = |tag: &str| !body.contains(tag) && !body.ends_with('$');
    let tag = if fits("$$") {
        "$$".to_owned()
    } else {
        let numbered = (0u32..).map(|number| if number == 0 { "$body$".into() } else { format!("$body{number}$") });
        // A body is finite, so that some tag does not occur in it. A final dollar sign cannot end a tag with a name.
        numbered.into_iter().find(|tag: &String| !body.contains(tag.as_str())).unwrap_or_default()
    };
    format!("{tag}{body}{tag}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn key_words_are_found() {
        assert!(KEYWORDS.is_sorted());
        assert_eq!(ident("order"), "\"order\"");
        assert_eq!(ident("orders"), "orders");
        assert_eq!(ident("Odd \"x\""), "\"Odd \"\"x\"\"\"");
        assert_eq!(qualified(&QualifiedName::new("user", "t")), "\"user\".t");
    }

    #[test]
    fn names_kept_as_text_are_quoted_for_running() {
        assert_eq!(requoted("pg_catalog.\"C\""), "pg_catalog.\"C\"");
        assert_eq!(requoted("order.ops(siglen=32)"), "\"order\".ops(siglen=32)");
        assert_eq!(requoted("\"a(b\".c"), "\"a(b\".c");
        assert_eq!(requoted("text_ops"), "text_ops");
    }

    #[test]
    fn values_are_bare_only_where_they_can_be() {
        let options = ["fillfactor=70", "toast.autovacuum_enabled=false", "x=a b", "y=", "z=1e"];
        let options: Vec<String> = options.iter().map(|text| (*text).to_owned()).collect();
        assert_eq!(
            settings(&options),
            "fillfactor = 70, toast.autovacuum_enabled = false, x = 'a b', y = '', z = '1e'"
        );
        assert_eq!(foreign_options(&["user=it's".to_owned()]), " OPTIONS (\"user\" 'it''s')");
    }

    #[test]
    fn a_body_never_ends_early() {
        assert_eq!(dollar_quoted("SELECT 1"), "$$SELECT 1$$");
        assert_eq!(dollar_quoted("SELECT $$a$$"), "$body$SELECT $$a$$$body$");
        assert_eq!(dollar_quoted("a$"), "$body$a$$body$");
        assert_eq!(dollar_quoted("$$ $body$"), "$body1$$$ $body$$body1$");
    }
}
