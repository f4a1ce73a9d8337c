//! Which table it is, and what is told where it is none of this framework's.

use tidegate::migration::history::History;

use super::{brief, list, read, read_as};
use crate::support::postgres::server;

const UP: &[(&str, &str)] = &[("1_a.up.sql", "select 1;"), ("2_b.up.sql", "select 2;")];

/// Five frameworks call their table `schema_migrations`: each is known by its columns, and none is taken for another.
#[test]
fn the_five_kinds_of_schema_migrations() {
    let kinds = [
        ("golang-migrate", "CREATE TABLE schema_migrations (version bigint PRIMARY KEY, dirty boolean NOT NULL)"),
        ("ecto", "CREATE TABLE schema_migrations (version bigint PRIMARY KEY, inserted_at timestamp(0))"),
        ("dbmate", "CREATE TABLE schema_migrations (version varchar PRIMARY KEY)"),
        (
            "rails",
            "CREATE TABLE schema_migrations (version varchar PRIMARY KEY); \
             CREATE TABLE ar_internal_metadata (key varchar PRIMARY KEY, value varchar)",
        ),
        ("supabase", "CREATE TABLE schema_migrations (version text PRIMARY KEY, statements text[], name text)"),
    ];
    let sets = [
        list("golang-migrate", UP),
        list("ecto", &[("1_a.exs", "use Ecto.Migration")]),
        list("dbmate", &[("1_a.sql", "-- migrate:up\n")]),
        list("rails", &[("1_a.rb", "class A < ActiveRecord::Migration[7.0]")]),
    ];
    for (kind, table) in kinds {
        let database = server().database();
        database.execute(table);
        database.execute(
            "INSERT INTO schema_migrations SELECT (jsonb_populate_record(NULL::schema_migrations, \
            '{\"version\": 1, \"dirty\": false}')).*",
        );
        for set in &sets {
            let status = read(&database, set, None);
            // Nothing tells dbmate's from that of a Rails before 5.0, but for the files.
            let fits = kind == set.framework || (kind == "dbmate" && set.framework == "rails");
            if fits {
                assert_eq!(status.history, History::Read, "{kind} for {}: {status}", set.framework);
                continue;
            }
            let History::OtherFramework { table, theirs } = &status.history else {
                panic!("{kind} was taken for {}: {status}", set.framework)
            };
            assert_eq!((table.as_str(), theirs.as_str()), ("public.schema_migrations", kind), "{}", set.framework);
            assert_eq!(status.pending.len(), set.migrations.len());
            let said = status.to_string();
            let both = format!("public.schema_migrations is the history of {kind} and not of {}", set.framework);
            assert!(said.contains(&both) && !status.is_up_to_date(), "{said}");
        }
    }
}

#[test]
fn a_table_of_an_unknown_kind_names_its_columns() {
    let database = server().database();
    database.execute("CREATE TABLE migrations (id serial, migration varchar, batch integer)");
    let set = list("typeorm", &[("a.ts", "class A1700000000001 implements MigrationInterface {}")]);
    let status = read(&database, &set, None);
    assert_eq!(status.history, History::OtherFramework { table: "public.migrations".into(), theirs: "Laravel".into() });
    database.execute("DROP TABLE migrations; CREATE TABLE migrations (who text, knows text)");
    let said = read(&database, &set, None).to_string();
    assert!(said.contains("an unknown one, with the columns who, knows"), "{said}");
}

#[test]
fn what_may_not_be_read_is_not_nothing() {
    let database = server().database();
    let role = format!("reader_{}", database.name);
    database.execute(&format!(
        "CREATE TABLE schema_migrations (version bigint PRIMARY KEY, dirty boolean NOT NULL); \
         INSERT INTO schema_migrations VALUES (2, false); CREATE ROLE {role} LOGIN"
    ));
    let status = read_as(&database.url_as(&role), &list("golang-migrate", UP), None);
    assert_eq!(
        status.history,
        History::NoPermission { table: "public.schema_migrations".into(), role: role.clone() },
        "{status}"
    );
    assert_eq!(brief(&status), "pending 1 2; unsure !");
    assert!(status.to_string().contains("grant it SELECT"), "{status}");
    // Rows that a policy hides are as good as unread.
    database.execute(&format!(
        "GRANT SELECT ON schema_migrations TO {role}; ALTER TABLE schema_migrations ENABLE ROW LEVEL SECURITY"
    ));
    let status = read_as(&database.url_as(&role), &list("golang-migrate", UP), None);
    assert_eq!((status.history.clone(), status.is_certain()), (History::Empty, false), "{status}");
    database.execute(&format!("DROP OWNED BY {role}; DROP ROLE {role}"));
}

#[test]
fn the_table_is_the_one_that_the_framework_would_use() {
    let database = server().database();
    let table = "(version bigint PRIMARY KEY, dirty boolean NOT NULL)";
    database.execute(&format!(
        "CREATE SCHEMA app; CREATE SCHEMA \"Odd.One\"; CREATE TABLE app.schema_migrations {table}; \
         CREATE TABLE \"Odd.One\".\"my \"\"table\" {table}; INSERT INTO app.schema_migrations VALUES (1, false); \
         INSERT INTO \"Odd.One\".\"my \"\"table\" VALUES (2, false)"
    ));
    let set = list("golang-migrate", UP);
    // Not in the search path: nothing is assumed, and what is there is named.
    let status = read(&database, &set, None);
    assert_eq!((status.history.clone(), brief(&status)), (History::NoTable, "pending 1 2; unsure !".to_owned()));
    assert!(status.to_string().contains("history_table = \"app.schema_migrations\""), "{status}");
    assert_eq!(brief(&read(&database, &set, Some("app.schema_migrations"))), "applied 1; pending 2");
    assert_eq!(brief(&read(&database, &set, Some("\"Odd.One\".\"my \"\"table\""))), "applied 1 2");
    assert_eq!(brief(&read(&database, &set, Some("nowhere"))), "pending 1 2; unsure !");
    // In the search path of the role, as the framework would find it.
    database.execute(&format!("ALTER DATABASE {} SET search_path = app, public", database.name));
    assert_eq!(brief(&read(&database, &set, None)), "applied 1; pending 2");
    database.execute(&format!("CREATE TABLE public.schema_migrations {table}"));
    assert_eq!(read(&database, &set, None).table.as_deref(), Some("app.schema_migrations"));
}

#[test]
fn a_history_of_another_framework_beside_is_named() {
    let database = server().database();
    database.execute("CREATE TABLE knex_migrations (id serial, name varchar, batch integer)");
    let status = read(&database, &list("golang-migrate", UP), None);
    assert_eq!(status.history, History::NoTable);
    assert!(status.to_string().contains("public.knex_migrations is there, the history of knex"), "{status}");
}

#[test]
fn plain_sql_keeps_none() {
    let status = read(&server().database(), &list("plain", &[("1.sql", "select 1;")]), None);
    assert_eq!((status.history.clone(), brief(&status)), (History::NoneKept, "pending 1; unsure !".to_owned()));
}

#[test]
fn nothing_is_written() {
    let database = server().database();
    database.execute("CREATE TABLE schema_migrations (version bigint PRIMARY KEY, dirty boolean NOT NULL)");
    database.log_statements();
    read(&database, &list("golang-migrate", UP), None);
    let statements = database.logged_statements();
    assert!(!statements.is_empty() && statements.len() <= 4, "{statements:?}");
    assert!(statements.iter().all(|statement| statement.starts_with("statement: SELECT")), "{statements:?}");
}

#[test]
fn a_person_and_a_program_are_told_the_same() {
    let database = server().database();
    database.execute(
        "CREATE TABLE schema_migrations (version varchar PRIMARY KEY); \
        INSERT INTO schema_migrations VALUES ('1'), ('9')",
    );
    let set = list(
        "dbmate",
        &[("1_a.sql", "-- migrate:up\n"), ("2_b.sql", "-- migrate:up\n"), ("3_c.sql", "-- migrate:up\n")],
    );
    let status = read(&database, &set, None);
    assert_eq!(status.summary(), "2 of 3 pending; 1 applied migration has no file here; next: 2_b.sql");
    let json = serde_json::to_value(&status).unwrap();
    assert_eq!(json["history"]["state"], "read");
    assert_eq!(json["pending"][0]["version"], "2");
    assert_eq!(json["missing"][0]["version"], "9");
}
