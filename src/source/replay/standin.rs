//! Stand-ins for extensions that the engine lacks.
//!
//! A stand-in is a script in `standin/`, run in the schema where the extension would be. What it creates is then
//! registered in `pg_extension` and `pg_depend` as the extension's own, so that for the server and for the catalog
//! reader it is an extension like any other: `COMMENT ON EXTENSION` and `DROP EXTENSION` work, and its objects are
//! hidden from the drawing. An extension without a script gets the empty one, and its types and functions get stubs
//! when a statement asks for them.

use std::collections::BTreeMap;

use sha2::{Digest, Sha256};

use crate::migration::statement::class::ExtensionRequest;
use crate::schema::name::quote_ident_always as quote;

/// Name, script, the schema that the extension makes for itself (if it does), and whether the script is known to leave
/// out a good part, so that missing functions and types are stubbed.
const SCRIPTS: &[(&str, &str, Option<&str>, bool)] = &[
    ("hypopg", include_str!("standin/hypopg.sql"), None, false),
    ("pg_cron", include_str!("standin/pg_cron.sql"), Some("cron"), false),
    ("pg_graphql", include_str!("standin/pg_graphql.sql"), Some("graphql"), true),
    ("pg_jsonschema", include_str!("standin/pg_jsonschema.sql"), None, false),
    ("pg_net", include_str!("standin/pg_net.sql"), Some("net"), true),
    ("pg_partman", include_str!("standin/pg_partman.sql"), None, true),
    ("pg_stat_statements", include_str!("standin/pg_stat_statements.sql"), None, false),
    ("pg_uuidv7", include_str!("standin/pg_uuidv7.sql"), None, false),
    ("pg_prewarm", "", None, true),
    ("pg_repack", "", None, true),
    ("pg_tle", "", Some("pgtle"), true),
    ("pgaudit", "", None, false),
    ("pgjwt", include_str!("standin/pgjwt.sql"), None, false),
    ("pgsodium", include_str!("standin/pgsodium.sql"), Some("pgsodium"), true),
    ("postgis", include_str!("standin/postgis.sql"), None, true),
    ("supabase_vault", include_str!("standin/supabase_vault.sql"), Some("vault"), true),
    ("timescaledb", include_str!("standin/timescaledb.sql"), None, true),
    ("vector", include_str!("standin/vector.sql"), None, true),
];

/// Procedural languages by extension: their functions keep their bodies, which nothing here can run.
const LANGUAGES: &[(&str, &str)] = &[
    ("plv8", "plv8"),
    ("plcoffee", "plcoffee"),
    ("plls", "plls"),
    ("plpython3u", "plpython3u"),
    ("plpython2u", "plpython2u"),
    ("plpythonu", "plpythonu"),
    ("plperl", "plperl"),
    ("plperlu", "plperlu"),
    ("pltcl", "pltcl"),
    ("pltclu", "pltclu"),
    ("plr", "plr"),
    ("pllua", "pllua"),
    ("plrust", "plrust"),
    ("pljava", "java"),
    ("plsh", "plsh"),
];

/// Foreign-data wrappers that are called as their extension is, and `dblink`'s. A wrapper without a handler takes
/// servers and foreign tables, and only refuses to read them.
const WRAPPERS: &[(&str, &str)] = &[
    ("postgres_fdw", "postgres_fdw"),
    ("dblink", "dblink_fdw"),
    ("clickhouse_fdw", "clickhouse_fdw"),
    ("mongo_fdw", "mongo_fdw"),
    ("multicorn", "multicorn"),
    ("mysql_fdw", "mysql_fdw"),
    ("ogr_fdw", "ogr_fdw"),
    ("oracle_fdw", "oracle_fdw"),
    ("redis_fdw", "redis_fdw"),
    ("sqlite_fdw", "sqlite_fdw"),
    ("tds_fdw", "tds_fdw"),
];

/// The extension that brings a language.
pub(super) fn extension_of_language(language: &str) -> Option<&'static str> {
    LANGUAGES.iter().find(|(_, name)| *name == language).map(|(extension, _)| *extension)
}

/// Whether missing objects may be those of this extension.
pub(super) fn is_partial(extension: &str) -> bool {
    match SCRIPTS.iter().find(|(name, ..)| *name == extension) {
        Some((_, _, _, partial)) => *partial,
        None => !LANGUAGES.iter().any(|(name, _)| *name == extension),
    }
}

/// Whether there is more than an empty script for it.
pub(super) fn is_known(extension: &str) -> bool {
    SCRIPTS.iter().any(|(name, ..)| *name == extension) || LANGUAGES.iter().any(|(name, _)| *name == extension)
}

/// SQL that puts the stand-in in the extension's place, in one transaction.
pub(super) fn install(request: &ExtensionRequest) -> String {
    let (script, own_schema) = match SCRIPTS.iter().find(|(name, ..)| *name == request.name) {
        Some((_, script, schema, _)) => ((*script).to_owned(), *schema),
        None => (language(&request.name) + &wrapper(&request.name), None),
    };
    let schema = request.schema.as_deref().or(own_schema);
    let mut parameters = BTreeMap::new();
    parameters.insert("name", literal(&request.name));
    parameters.insert("version", literal(request.version.as_deref().unwrap_or("unknown")));
    as_members(&script, schema, &parameters)
}

/// SQL that creates further objects as an extension's own; in the extension's schema where none is given.
pub(super) fn extend(extension: &str, schema: Option<&str>, script: &str) -> String {
    let mut parameters = BTreeMap::new();
    parameters.insert("name", literal(extension));
    as_members(script, schema, &parameters)
}

/// Runs a script between a mark and its registration: whatever has a newer OID than the mark came from the script.
fn as_members(script: &str, schema: Option<&str>, parameters: &BTreeMap<&str, String>) -> String {
    let place = match schema {
        Some(schema) => {
            format!("CREATE SCHEMA IF NOT EXISTS {0};\nSELECT pg_catalog.set_config('search_path', {1}, true);\n", quote(schema), literal(&quote(schema)))
        }
        // Where the session creates by default, and nowhere else.
        None => "SELECT pg_catalog.set_config('search_path', pg_catalog.quote_ident(coalesce(pg_catalog.current_schema(), 'public')), true);\n".to_owned(),
    };
    let name = &parameters["name"];
    let version = parameters.get("version").cloned().unwrap_or_else(|| "'unknown'".to_owned());
    format!(
        "SELECT pg_catalog.set_config('tidegate.search_path', pg_catalog.current_setting('search_path'), true);\n\
         CREATE SCHEMA tidegate_mark;\n\
         {place}\
         {script}\n\
         {register}\n\
         SELECT pg_catalog.set_config('search_path', pg_catalog.current_setting('tidegate.search_path'), true);\n\
         DROP SCHEMA tidegate_mark;",
        register = include_str!("standin/register.sql").replace("@name@", name).replace("@version@", &version),
    )
}

fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// A language whose functions can be declared and not called.
fn language(extension: &str) -> String {
    match LANGUAGES.iter().find(|(name, _)| *name == extension) {
        // The handler is a function that only raises an error.
        Some((_, language)) => format!(
            "CREATE FUNCTION {0}() RETURNS language_handler LANGUAGE internal AS 'language_handler_in';\n\
             CREATE TRUSTED LANGUAGE {1} HANDLER {0};",
            quote(&format!("{language}_call_handler")),
            quote(language)
        ),
        None => String::new(),
    }
}

fn wrapper(extension: &str) -> String {
    match WRAPPERS.iter().find(|(name, _)| *name == extension) {
        Some((_, wrapper)) => format!("CREATE FOREIGN DATA WRAPPER {};", quote(wrapper)),
        None => String::new(),
    }
}

/// A hash of every script, for the cache's key.
pub(super) fn fingerprint() -> String {
    let mut hash = Sha256::new();
    for (name, script, schema, partial) in SCRIPTS {
        hash.update(format!("{name}\0{script}\0{schema:?}\0{partial}\0"));
    }
    hash.update(format!("{LANGUAGES:?}{WRAPPERS:?}"));
    hash.update(include_str!("standin/register.sql"));
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}
