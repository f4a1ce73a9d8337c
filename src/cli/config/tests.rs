use super::*;

fn error(text: &str) -> String {
    parse(Path::new("tidegate.toml"), text).unwrap_err().to_string()
}

fn environment(name: &str, value: &str) -> Environment {
    Environment {
        variables: BTreeMap::from([(name.to_owned(), value.to_owned())]),
        working_directory: PathBuf::from("/"),
        home: None,
        stderr_is_terminal: false,
        stdout_is_terminal: false,
    }
}

#[test]
fn unknown_keys_name_the_nearest_known_one() {
    assert_eq!(error("[docs]\ntitel = \"x\"\n"), "tidegate.toml: unknown key `docs.titel`; did you mean `title`?");
    assert_eq!(error("[doc]\n"), "tidegate.toml: unknown key `doc`; did you mean `docs`?");
    assert_eq!(
        error("[[docs.relation]]\nform = \"a.b\"\nto = \"c.d\"\n"),
        "tidegate.toml: unknown key `docs.relation.form`; did you mean `from`?"
    );
    assert_eq!(error("zzzzzzzzzz = 1\n"), "tidegate.toml: unknown key `zzzzzzzzzz`");
}

#[test]
fn errors_name_line_and_column() {
    assert!(error("[docs]\nformats = 3\n").starts_with("tidegate.toml:2:11: "), "{}", error("[docs]\nformats = 3\n"));
    assert!(error("[docs\n").starts_with("tidegate.toml:1:"));
}

#[test]
fn a_key_that_does_not_exist_is_found_under_any_name() {
    let error = parse(Path::new("x"), "[environments.prod]\ndatabase_ulr = \"\"\n").unwrap_err();
    assert_eq!(error.to_string(), "x: unknown key `environments.prod.database_ulr`; did you mean `database_url`?");
}

#[test]
fn descriptions_take_any_name() {
    let config = parse(Path::new("x"), "[docs.describe]\n\"public.orders\" = \"One row per checkout.\"\n").unwrap();
    assert_eq!(config.docs.describe["public.orders"], "One row per checkout.");
}

#[test]
fn variables_are_put_in_where_they_are_needed() {
    let environment = environment("PORT", "5433");
    let expand = |value| expand("docs.source", value, &environment);
    assert_eq!(expand("postgres://h:${PORT}/d").unwrap(), "postgres://h:5433/d");
    assert_eq!(expand("$${PORT} $ {").unwrap(), "${PORT} $ {");
    assert_eq!(expand("${NONE}").unwrap_err().to_string(), "docs.source: the environment variable NONE is not set");
    assert!(expand("${PORT").is_err());
}

#[test]
fn the_committed_json_schema_is_the_programs_own() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/tidegate.schema.json");
    if std::env::var_os("TIDEGATE_UPDATE").is_some() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, json_schema()).unwrap();
    }
    assert_eq!(std::fs::read_to_string(path).unwrap(), json_schema(), "run with TIDEGATE_UPDATE=1 to renew it");
}
