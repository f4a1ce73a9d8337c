//! Platforms whose migrations expect schemas, tables and functions that no migration creates.

/// What a platform puts into a database before the first migration.
pub(super) struct Platform {
    pub(super) name: &'static str,
    pub(super) schemas: &'static [&'static str],
    pub(super) script: &'static str,
}

const PLATFORMS: &[Platform] = &[
    Platform {
        name: "supabase",
        schemas: &["auth", "storage", "extensions", "realtime", "graphql_public", "_realtime", "supabase_functions"],
        script: include_str!("standin/supabase.sql"),
    },
    Platform { name: "hasura", schemas: &["hdb_catalog"], script: include_str!("standin/hasura.sql") },
];

/// The platform that would have brought what an error misses.
pub(super) fn missing(message: &str) -> Option<&'static Platform> {
    let quoted = message.split('"').nth(1);
    let named = if let Some(rest) = message.strip_prefix("function ") {
        rest.split('(').next()
    } else if let Some(rest) = message.strip_prefix("type \"").or_else(|| message.strip_prefix("relation \"")) {
        rest.split('"').next()
    } else if message.starts_with("schema \"") || message.starts_with("publication \"") {
        quoted
    } else {
        None
    }?;
    if !message.ends_with("does not exist") {
        return None;
    }
    if named == "supabase_realtime" {
        return PLATFORMS.first();
    }
    let schema = named.split('.').next()?;
    let bare = !named.contains('.') && !message.starts_with("schema \"");
    PLATFORMS.iter().find(|platform| !bare && platform.schemas.contains(&schema))
}
