//! Options of foreign servers, tables and columns can hold passwords: only those known to be harmless are read.

/// Of `postgres_fdw`, `file_fdw` and the wrappers that follow their naming.
const HARMLESS: &[&str] = &[
    "analyze_sampling",
    "async_capable",
    "batch_size",
    "column_name",
    "database",
    "dbname",
    "delimiter",
    "encoding",
    "escape",
    "extensions",
    "fdw_startup_cost",
    "fdw_tuple_cost",
    "fetch_size",
    "filename",
    "force_not_null",
    "force_null",
    "format",
    "header",
    "host",
    "hostaddr",
    "import_collate",
    "import_default",
    "import_generated",
    "import_not_null",
    "keep_connections",
    "null",
    "parallel_abort",
    "parallel_commit",
    "port",
    "quote",
    "schema_name",
    "sslmode",
    "table_name",
    "truncatable",
    "updatable",
    "use_remote_estimate",
];

/// The harmless ones of `name=value` texts, sorted. A value that could itself be a connection string is left out, too.
pub(super) fn harmless(options: Option<Vec<String>>) -> Vec<String> {
    let keep = |option: &String| {
        option.split_once('=').is_some_and(|(name, value)| {
            let connection = matches!(name, "dbname" | "database" | "host" | "hostaddr" | "filename")
                && (value.contains('=') || value.contains("://"));
            HARMLESS.contains(&name) && !connection
        })
    };
    let mut kept: Vec<String> = options.unwrap_or_default().into_iter().filter(keep).collect();
    kept.sort();
    kept
}

/// Storage parameters, sorted: their order tells only who set them first.
pub(super) fn sorted(options: Option<Vec<String>>) -> Vec<String> {
    let mut options = options.unwrap_or_default();
    options.sort();
    options
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_known_harmless_options_are_kept() {
        let options =
            ["user=me", "password=s3cret", "host=db1", "dbname=host=x password=y", "passfile=/x", "port=5432"];
        let options = options.iter().map(|option| option.to_string()).collect();
        assert_eq!(harmless(Some(options)), ["host=db1", "port=5432"]);
    }
}
