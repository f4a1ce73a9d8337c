//! Stubs for single objects of an extension that has no script of its own, made from the server's error alone.

use tokio_postgres::Client;
use tokio_postgres::error::{DbError, SqlState};

use super::repair::missing;
use crate::migration::statement::class::words;
use crate::schema::name::{quote_ident_always as quote, split_identifiers};

/// One object to create.
#[derive(Debug)]
pub(super) struct Stub {
    /// As a gap names it: `function public.h3_cell(text)`.
    pub(super) scope: String,
    pub(super) schema: Option<String>,
    pub(super) sql: String,
}

/// The extension in `extension "x" is not available` and its older wordings.
pub(super) fn unavailable_extension(message: &str) -> Option<String> {
    if let Some(rest) = message.strip_prefix("could not open extension control file \"") {
        let file = rest.split('"').next()?.rsplit('/').next()?;
        return file.strip_suffix(".control").map(str::to_owned);
    }
    let name = message.strip_prefix("extension \"")?.strip_suffix("\" is not available")?;
    Some(name.to_owned())
}

/// The stub for what the error misses, where it misses something that can be made up.
pub(super) async fn for_error(error: &DbError, sql: &str, client: &Client) -> Option<Stub> {
    let message = error.message();
    if let Some(name) = missing(message, "type \"") {
        return type_stub(&name);
    }
    // Of an argument, the same without quotes.
    if let Some(name) = message.strip_prefix("type ").and_then(|rest| rest.strip_suffix(" does not exist")) {
        return type_stub(name);
    }
    if let Some(schema) = missing(message, "schema \"") {
        return Some(Stub { scope: format!("schema {schema}"), sql: String::new(), schema: Some(schema) });
    }
    if let Some(name) = missing(message, "access method \"") {
        return Some(access_method(&name));
    }
    if message.starts_with("operator class \"") {
        let mut names = message.split('"').skip(1).step_by(2);
        let (class, method) = (names.next()?, names.next()?);
        return operator_class(class, method, sql, client).await;
    }
    if let Some(rest) = message.strip_prefix("data type ")
        && let Some((kind, method)) = rest.split_once(" has no default operator class for access method \"")
    {
        let method = method.trim_end_matches('"');
        let name = format!("tidegate_{method}_{}", kind.replace(|c: char| !c.is_alphanumeric(), "_"));
        return Some(Stub {
            scope: format!("operator class for {kind} in {method}"),
            schema: None,
            sql: class_sql(&quote(&name), "DEFAULT ", kind, method),
        });
    }
    if *error.code() == SqlState::UNDEFINED_FUNCTION {
        if let Some(operator) = message.strip_prefix("operator does not exist: ") {
            return operator_stub(operator);
        }
        let signature = message.strip_prefix("function ").or_else(|| message.strip_prefix("procedure "))?;
        return function(signature.strip_suffix(" does not exist")?, message.starts_with("procedure"), sql);
    }
    None
}

/// Schema, where one is given, and name.
fn split(name: &str) -> Option<(Option<String>, String)> {
    let mut parts = split_identifiers(name)?;
    let last = parts.pop()?;
    Some((parts.pop(), last))
}

fn place(schema: Option<&String>, name: &str) -> String {
    schema.map(|schema| format!("{}.{}", quote(schema), quote(name))).unwrap_or_else(|| quote(name))
}

/// A type that holds text and takes one number in parentheses.
pub(super) fn text_like(name: &str, schema: Option<&String>) -> String {
    let full = place(schema, name);
    let helper = |suffix: &str| place(schema, &format!("{name}_{suffix}"));
    let (input, output, modify, show) = (helper("in"), helper("out"), helper("typmod_in"), helper("typmod_out"));
    format!(
        "CREATE TYPE {full};\n\
         CREATE FUNCTION {input}(cstring, oid, integer) RETURNS {full} LANGUAGE internal IMMUTABLE STRICT AS 'textin';\n\
         CREATE FUNCTION {output}({full}) RETURNS cstring LANGUAGE internal IMMUTABLE STRICT AS 'textout';\n\
         CREATE FUNCTION {modify}(cstring[]) RETURNS integer LANGUAGE internal IMMUTABLE STRICT AS 'varchartypmodin';\n\
         CREATE FUNCTION {show}(integer) RETURNS cstring LANGUAGE internal IMMUTABLE STRICT AS 'varchartypmodout';\n\
         CREATE TYPE {full} (INPUT = {input}, OUTPUT = {output}, TYPMOD_IN = {modify}, TYPMOD_OUT = {show}, \
         INTERNALLENGTH = VARIABLE, STORAGE = extended, COLLATABLE = true);\n\
         CREATE CAST ({full} AS text) WITHOUT FUNCTION AS IMPLICIT;\n\
         CREATE CAST (text AS {full}) WITHOUT FUNCTION AS ASSIGNMENT;"
    )
}

fn type_stub(name: &str) -> Option<Stub> {
    let (schema, name) = split(name.trim_end_matches("[]"))?;
    Some(Stub { scope: format!("type {name}"), sql: text_like(&name, schema.as_ref()), schema })
}

fn access_method(name: &str) -> Stub {
    let sql = format!("CREATE ACCESS METHOD {} TYPE INDEX HANDLER gisthandler;", quote(name));
    Stub { scope: format!("access method {name}"), schema: None, sql }
}

/// An operator class for the type of the column that the statement indexes.
async fn operator_class(class: &str, method: &str, sql: &str, client: &Client) -> Option<Stub> {
    let (schema, name) = split(class)?;
    let column = indexed_type(&name, sql, client).await?;
    let scope = format!("operator class {name} for {method}");
    let class = place(schema.as_ref(), &name);
    Some(Stub { scope, schema, sql: class_sql(&class, "", &column, method) })
}

/// A class without operators. Its functions are never called on an empty table; those of other kinds than `btree` and
/// `hash` raise an error instead of misreading a value.
fn class_sql(class: &str, default: &str, column: &str, method: &str) -> String {
    let raising = |numbers: &[u8]| {
        numbers.iter().map(|number| format!("FUNCTION {number} pg_catalog.trigger_in(cstring)")).collect::<Vec<_>>()
    };
    let functions = match method {
        "btree" => vec!["FUNCTION 1 pg_catalog.bttextcmp(text, text)".to_owned()],
        "hash" => vec!["FUNCTION 1 pg_catalog.hashtext(text)".to_owned()],
        "gin" | "brin" => raising(&[1, 2, 3, 4]),
        "spgist" => raising(&[1, 2, 3, 4, 5]),
        // Numbers 3 and 4 of gist are called for every row where they are there, and may be left out. An access method
        // of an extension's own has the handler of gist, too: see [`access_method`].
        _ => raising(&[1, 2, 5, 6, 7]),
    };
    format!(
        "CREATE OPERATOR CLASS {class} {default}FOR TYPE {column} USING {} AS {};",
        quote(method),
        functions.join(", ")
    )
}

/// The type of the column that stands before an operator class in `CREATE INDEX`.
async fn indexed_type(class: &str, sql: &str, client: &Client) -> Option<String> {
    let all: Vec<_> = words(sql).collect();
    let at = all.iter().position(|word| word.name() == Some(class))?;
    let column = all[..at].iter().rev().find_map(|word| word.name())?;
    let on = all.iter().position(|word| word.is("on"))?;
    let skip = usize::from(all.get(on + 1)?.is("only"));
    let mut table = all.get(on + 1 + skip)?.name()?.to_owned();
    let mut qualified = quote(&table);
    if matches!(all.get(on + 2 + skip), Some(crate::migration::statement::class::Word::Mark(dot)) if dot == ".") {
        table = all.get(on + 3 + skip)?.name()?.to_owned();
        qualified = format!("{qualified}.{}", quote(&table));
    }
    let found = client
        .query_opt(
            "SELECT pg_catalog.format_type(coalesce(nullif(t.typbasetype, 0), t.oid), NULL) FROM pg_catalog.pg_attribute a \
             JOIN pg_catalog.pg_type t ON t.oid = a.atttypid WHERE a.attrelid = pg_catalog.to_regclass($1) AND a.attname = $2",
            &[&qualified, &column],
        )
        .await
        .ok()??;
    found.get(0)
}

fn operator_stub(text: &str) -> Option<Stub> {
    // `left op right`, where a type may have several words.
    let at = text.find(|c: char| "+-*/<>=~!@#%^&|`?".contains(c))?;
    let (left, rest) = text.split_at(at);
    let end = rest.find(' ')?;
    let (operator, right) = rest.split_at(end);
    let known = |side: &str| {
        Some(side.trim())
            .filter(|side| !side.is_empty())
            .map(|side| if side == "unknown" { "text" } else { side }.to_owned())
    };
    let (left, right) = (known(left)?, known(right)?);
    let result =
        if matches!(operator, "<->" | "<#>" | "<=>" | "<+>" | "<<->>") { "double precision" } else { "boolean" };
    let helper =
        format!("tidegate_operator_{}", operator.bytes().map(|byte| format!("{byte:02x}")).collect::<String>());
    let sql = format!(
        "CREATE FUNCTION {0}({left}, {right}) RETURNS {result} LANGUAGE sql IMMUTABLE AS 'SELECT NULL::{result}';\n\
         CREATE OPERATOR {operator} (LEFTARG = {left}, RIGHTARG = {right}, FUNCTION = {0});",
        quote(&helper)
    );
    Some(Stub { scope: format!("operator {left} {operator} {right}"), schema: None, sql })
}

/// A function that takes what it was asked with and returns nothing.
fn function(signature: &str, procedure: bool, sql: &str) -> Option<Stub> {
    let open = signature.find('(')?;
    let (schema, name) = split(&signature[..open])?;
    let inside = signature[open + 1..].strip_suffix(')')?;
    let mut arguments = Vec::new();
    for argument in split_arguments(inside) {
        let (label, kind) =
            argument.split_once(" => ").map_or((None, argument.as_str()), |(label, kind)| (Some(label), kind));
        let kind = match kind {
            "unknown" => "text",
            "record" => return None,
            other => other,
        };
        arguments.push(match label {
            Some(label) => format!("{} {kind}", quote(label.trim_matches('"'))),
            None => kind.to_owned(),
        });
    }
    let full = place(schema.as_ref(), &name);
    let arguments = arguments.join(", ");
    let scope = format!("function {signature}");
    let is_trigger = words(sql).take(8).any(|word| word.is("trigger"));
    let text = if procedure {
        format!("CREATE PROCEDURE {full}({arguments}) LANGUAGE sql AS '';")
    } else if is_trigger {
        format!("CREATE FUNCTION {full}() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';")
    } else {
        let result = likely_result(&name);
        format!(
            "CREATE FUNCTION {full}({arguments}) RETURNS {result} LANGUAGE sql IMMUTABLE AS 'SELECT NULL::{result}';"
        )
    };
    Some(Stub { scope, schema, sql: text })
}

/// Commas inside parentheses separate nothing: `numeric(10,2), text`.
fn split_arguments(text: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut depth = 0usize;
    for c in text.chars() {
        match c {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if c == ',' && depth == 0 {
            parts.push(String::new());
        } else if let Some(last) = parts.last_mut() {
            last.push(c);
        }
    }
    parts.iter().map(|part| part.trim().to_owned()).filter(|part| !part.is_empty()).collect()
}

fn likely_result(name: &str) -> &'static str {
    let name = name.to_lowercase();
    let has = |parts: &[&str]| parts.iter().any(|part| name.contains(part));
    if has(&["uuid"]) {
        "uuid"
    } else if name.starts_with("is_") || has(&["contains", "intersects", "within", "matches", "validate", "exists"]) {
        "boolean"
    } else if has(&["json"]) {
        "jsonb"
    } else if has(&["distance", "similarity", "area", "length"]) {
        "double precision"
    } else if has(&["count", "num"]) {
        "bigint"
    } else {
        "text"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_extension_that_is_not_there_is_named_by_any_server() {
        for message in [
            "extension \"pg_foo\" is not available",
            "could not open extension control file \"/usr/share/postgresql/12/extension/pg_foo.control\": No such file or directory",
        ] {
            assert_eq!(unavailable_extension(message).as_deref(), Some("pg_foo"));
        }
        assert_eq!(unavailable_extension("extension \"a\" already exists"), None);
    }

    #[test]
    fn functions_take_what_they_were_asked_with() {
        let stub = function("h3.cell(a => numeric(10,2), unknown, \"Odd\" => text[])", false, "SELECT 1").unwrap();
        assert_eq!(stub.schema.as_deref(), Some("h3"));
        assert!(
            stub.sql
                .starts_with("CREATE FUNCTION \"h3\".\"cell\"(\"a\" numeric(10,2), text, \"Odd\" text[]) RETURNS text")
        );
        let stub = function("touch()", false, "CREATE TRIGGER a BEFORE UPDATE ON t EXECUTE FUNCTION touch()").unwrap();
        assert!(stub.sql.contains("RETURNS trigger"));
    }

    #[test]
    fn operators_keep_types_of_several_words() {
        let stub = operator_stub("double precision <-> public.thing").unwrap();
        assert!(stub.sql.contains("LEFTARG = double precision, RIGHTARG = public.thing"), "{}", stub.sql);
    }
}
