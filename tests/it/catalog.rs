//! Both readers against real servers: what they read, how often they ask, and where they agree.

use std::time::Duration;

use tidegate::schema::{Gap, GapKind, QualifiedName, Schema};
use tidegate::source::{Reading, catalog, information_schema};

use crate::support::postgres::{Database, connect, server, server_18};

const KINDS: &str = include_str!("../fixtures/kinds.sql");
const KINDS_18: &str = include_str!("../fixtures/kinds18.sql");

fn wait_for<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap().block_on(work)
}

fn read_with(url: &str, options: &catalog::Options) -> Result<Reading, catalog::CatalogError> {
    wait_for(async { catalog::read(&mut connect(url).await, options).await })
}

fn read(database: &Database) -> Reading {
    read_with(&database.url(), &catalog::Options::default()).unwrap()
}

fn read_portable(database: &Database) -> Reading {
    wait_for(async {
        information_schema::read(&mut connect(&database.url()).await, &information_schema::Options::default())
            .await
            .unwrap()
    })
}

fn kinds() -> Database {
    let database = server().database();
    database.execute(KINDS);
    database
}

fn kinds_18() -> Database {
    let database = server_18().database();
    database.execute(KINDS);
    database.execute(KINDS_18);
    database
}

fn table<'a>(schema: &'a Schema, namespace: &str, name: &str) -> &'a tidegate::schema::Table {
    schema.table(&QualifiedName::new(namespace, name)).unwrap_or_else(|| panic!("no table {namespace}.{name}"))
}

#[test]
fn every_kind_is_read() {
    let reading = read(&kinds());
    let Schema {
        schemas,
        extensions,
        enums,
        domains,
        composites,
        ranges,
        sequences,
        tables,
        views,
        routines,
        aggregates,
        statistics,
        event_triggers,
        publications,
        foreign_servers,
    } = &reading.schema;
    let counts = [
        ("schemas", schemas.len(), 3),
        ("extensions", extensions.len(), 2),
        ("enums", enums.len(), 1),
        ("domains", domains.len(), 1),
        ("composites", composites.len(), 2),
        ("ranges", ranges.len(), 2),
        ("sequences", sequences.len(), 2),
        ("tables", tables.len(), 22),
        ("views", views.len(), 5),
        ("routines", routines.iter().filter(|routine| routine.about.extension.is_none()).count(), 10),
        ("aggregates", aggregates.len(), 3),
        ("statistics", statistics.len(), 2),
        ("event triggers", event_triggers.len(), 1),
        ("publications", publications.len(), 3),
        ("foreign servers", foreign_servers.len(), 1),
    ];
    for (kind, found, expected) in counts {
        assert_eq!(found, expected, "{kind}");
    }
    assert_eq!(enums[0].labels, ["sad", "ok", "happy"], "labels are in sort order");
    let tables = &reading.schema;
    assert_eq!(table(tables, "shop", "customers").columns.len(), 17, "the dropped column is gone");
    assert_eq!(table(tables, "public", "customers").columns.len(), 4, "same name, other schema");
    let odd = table(tables, "Odd.Schema", "Tabelle \"mit\" Namen");
    let partly = odd.foreign_keys.iter().find(|key| key.name == "partly").unwrap();
    assert_eq!(partly.columns, ["a", "c"]);
    assert_eq!(partly.referenced_columns, ["line", "id"]);
    assert_eq!(partly.on_delete_columns, ["c"]);
    let duplicate = |name| table(tables, "public", name).foreign_keys.iter().filter(|key| key.name == "dup").count();
    assert_eq!((duplicate("customers"), duplicate("orders")), (1, 1), "two tables, one name");
    assert_eq!(table(tables, "public", "event_notes").foreign_keys.len(), 1, "no twins for partitions");
    let text = reading.schema.canonical_json();
    assert!(!text.contains("very-secret"), "a user mapping's password is read");
}

#[test]
fn what_postgresql_18_added_is_read() {
    let reading = read(&kinds_18());
    let rooms = table(&reading.schema, "temporal", "rooms");
    let twice = rooms.column("twice").unwrap();
    assert!(twice.generated.as_ref().unwrap().is_virtual);
    assert!(rooms.primary_key.as_ref().unwrap().without_overlaps);
    assert!(rooms.checks[0].not_enforced && !rooms.checks[0].not_valid);
    assert_eq!(rooms.not_nulls.len(), 1, "{:?}", rooms.not_nulls);
    assert_eq!(rooms.not_nulls[0].name, "floor_is_known");
    assert_eq!(rooms.not_nulls[0].comment.as_deref(), Some("Stairs are counted."));
    let bookings = table(&reading.schema, "temporal", "bookings");
    let key = |name: &str| bookings.foreign_keys.iter().find(|key| key.name == name).unwrap();
    assert!(key("bookings_room").period);
    assert!(key("bookings_guest").not_enforced && !key("bookings_guest").not_valid);
    assert!(bookings.not_nulls[0].no_inherit);
    let animals = table(&reading.schema, "public", "animals");
    assert!(animals.not_nulls.iter().any(|constraint| constraint.name == "id_is_known" && constraint.not_valid));
    assert!(table(&reading.schema, "shop", "products").not_nulls.is_empty(), "a renamed column keeps a made-up name");
}

#[test]
fn the_number_of_statements_does_not_grow() {
    let count = |tables: usize| {
        let database = server().database();
        for number in 0..tables {
            database.execute(&format!("CREATE TABLE t{number} (id serial PRIMARY KEY, a text CHECK (a <> ''))"));
        }
        database.log_statements();
        assert_eq!(read(&database).schema.tables.len(), tables);
        let logged = database.logged_statements();
        assert!(logged.len() <= 25, "{} statements: {logged:#?}", logged.len());
        logged.len()
    };
    let few = count(1);
    assert!(few > 10, "the log tells nothing: {few}");
    assert_eq!(few, count(40));
}

#[test]
fn another_history_gives_the_same_bytes() {
    let (one, other) = (server().database(), server().database());
    let a = "CREATE TABLE a (id integer PRIMARY KEY, name text); CREATE INDEX a_name ON a (name);";
    let b = "CREATE TABLE b (id integer PRIMARY KEY, CONSTRAINT x CHECK (id > 0), CONSTRAINT c CHECK (id < 9));";
    one.execute(&format!("{a} {b} GRANT SELECT ON a TO PUBLIC; COMMENT ON TABLE a IS 'A';"));
    other.execute(&format!("CREATE TABLE gone (x int); DROP TABLE gone; {b} {a} DROP TABLE a; {a} COMMENT ON TABLE a IS 'A'; GRANT SELECT ON a TO PUBLIC;"));
    assert_eq!(read(&one).schema.canonical_json(), read(&other).schema.canonical_json());
    other.execute("ALTER TABLE a ADD n integer");
    assert_ne!(read(&one).schema.fingerprint(), read(&other).schema.fingerprint());
}

#[test]
fn the_runner_of_migrations_is_left_out() {
    let database = kinds();
    let options = catalog::Options { leave_out_owner: Some("tester".into()), ..catalog::Options::default() };
    let schema = read_with(&database.url(), &options).unwrap().schema;
    assert!(!schema.canonical_json().contains("\"owner\": \"tester\""));
    let odd = table(&schema, "Odd.Schema", "Tabelle \"mit\" Namen");
    assert_eq!(odd.about.owner.as_deref(), Some("kinds_owner"), "another owner is a fact");
}

#[test]
fn a_session_setting_does_not_show() {
    let database = kinds();
    let before = read(&database).schema;
    let name = &database.name;
    database.execute(&format!(
        "ALTER DATABASE {name} SET TimeZone TO 'Asia/Tokyo'; ALTER DATABASE {name} SET DateStyle TO 'German';
         ALTER DATABASE {name} SET search_path TO shop, public; ALTER DATABASE {name} SET quote_all_identifiers TO on;"
    ));
    assert_eq!(before.canonical_json(), read(&database).schema.canonical_json());
}

#[test]
fn uncharted_kinds_are_gaps() {
    let gaps = read(&kinds()).gaps;
    let scopes: Vec<&str> =
        gaps.iter().filter(|gap| gap.kind == GapKind::NotCharted).map(|gap| gap.scope.as_str()).collect();
    let expected =
        ["casts", "collations", "default privileges", "operators", "text search configurations", "user mappings"];
    assert_eq!(scopes, expected);
    assert!(gaps[0].reason.contains("text as shop.mood"), "{}", gaps[0].reason);
}

#[test]
fn what_a_role_may_not_read_is_a_gap() {
    let database = kinds();
    database.execute(
        "DO $$ BEGIN CREATE ROLE kinds_nobody LOGIN; EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$;
         REVOKE SELECT ON pg_catalog.pg_policy FROM PUBLIC;",
    );
    let reading = read_with(&database.url_as("kinds_nobody"), &catalog::Options::default()).unwrap();
    let denied: Vec<&Gap> = reading.gaps.iter().filter(|gap| gap.kind == GapKind::NoPermission).collect();
    assert_eq!(denied.len(), 1, "{denied:?}");
    assert_eq!(denied[0].scope, "policies");
    let mut all = read(&database).schema;
    all.tables.iter_mut().for_each(|table| table.policies.clear());
    assert_eq!(all.canonical_json(), reading.schema.canonical_json(), "everything else is there");
}

#[test]
fn a_timeout_is_told_apart() {
    let database = server().database();
    database.execute("CREATE TABLE held (id integer)");
    let options =
        catalog::Options { lock_timeout: Duration::from_millis(200), stats: true, ..catalog::Options::default() };
    let outcome = wait_for(async {
        let holder = connect(&database.url()).await;
        holder.batch_execute("BEGIN; LOCK TABLE held").await.unwrap();
        let outcome = catalog::read(&mut connect(&database.url()).await, &options).await;
        holder.batch_execute("ROLLBACK").await.unwrap();
        outcome
    });
    assert!(matches!(outcome, Err(catalog::CatalogError::LockTimeout { .. })), "{outcome:?}");
    assert_eq!(read(&database).schema.tables.len(), 1);
}

#[test]
fn figures_come_only_when_asked_for() {
    let database = server().database();
    database.execute(
        "CREATE TABLE counted AS SELECT generate_series(1, 1000) AS n; CREATE TABLE never (); ANALYZE counted",
    );
    assert_eq!(read(&database).stats, None);
    let options = catalog::Options { stats: true, ..catalog::Options::default() };
    let stats = read_with(&database.url(), &options).unwrap().stats.unwrap();
    let counted = stats.tables[&QualifiedName::new("public", "counted")];
    assert_eq!(counted.rows, Some(1000));
    assert!(counted.bytes >= 8192);
    assert_eq!(stats.tables[&QualifiedName::new("public", "never")].rows, None);
}

#[test]
fn two_readings_that_agree_settle_it() {
    let database = kinds();
    let reading = wait_for(async {
        let mut client = connect(&database.url()).await;
        catalog::read_settled(&mut client, &catalog::Options::default(), 3).await.unwrap()
    });
    assert_eq!(reading.schema, read(&database).schema);
}

/// Whoever reads while others change the schema gets a schema, a gap or a refusal that says so, and nothing else.
#[test]
fn a_schema_that_changes_meanwhile_is_never_half_read() {
    let database = server().database();
    let url = database.url();
    wait_for(async {
        let (changer, mut reader) = (connect(&url).await, connect(&url).await);
        let change = "CREATE TABLE s (id serial PRIMARY KEY, a text CHECK (a <> '')); CREATE INDEX ON s (lower(a));
                      CREATE VIEW v AS SELECT * FROM s; CREATE RULE r AS ON DELETE TO s DO INSTEAD NOTHING;";
        let changing = tokio::spawn(async move {
            for _ in 0..150 {
                changer.batch_execute(change).await.unwrap();
                changer.batch_execute("DROP VIEW v; DROP TABLE s").await.unwrap();
            }
        });
        let mut readings = 0;
        while !changing.is_finished() {
            match catalog::read(&mut reader, &catalog::Options::default()).await {
                Ok(reading) => {
                    assert!(reading.gaps.iter().all(|gap| gap.kind == GapKind::Unstable), "{:?}", reading.gaps);
                    assert!(reading.schema.tables.len() <= 1);
                    let whole = reading.schema.tables.iter().all(|table| table.primary_key.is_some());
                    assert!(whole, "a table came without its key");
                }
                Err(catalog::CatalogError::Changing { .. }) => {}
                Err(other) => panic!("{other}"),
            }
            readings += 1;
        }
        assert!(readings > 3, "only {readings} readings");
        changing.await.unwrap();
    });
    assert!(read(&database).gaps.is_empty(), "once it is still, nothing is missing");
}

#[test]
fn both_readers_agree() {
    for database in [kinds(), kinds_18()] {
        let found = information_schema::disagreements(&read(&database), &read_portable(&database));
        assert!(found.is_empty(), "{}", found.join("\n"));
    }
}

#[test]
fn only_ambiguous_names_are_gaps_of_the_portable_reader() {
    let reading = read_portable(&kinds());
    let scopes: Vec<&str> = reading
        .gaps
        .iter()
        .map(|gap| gap.scope.as_str())
        .filter(|scope| scope.contains(' ') && scope.contains('.'))
        .collect();
    let expected = [
        "check public.customers same_check",
        "check public.orders same_check",
        "foreign key public.customers dup",
        "foreign key public.orders dup",
    ];
    assert_eq!(scopes, expected);
}

/// For each fact of the table, one change of one reading: the comparison sees every one of them.
#[test]
fn every_fact_that_one_reader_lacks_is_seen() {
    let database = kinds();
    let (catalog, portable) = (read(&database), read_portable(&database));
    fn customers(schema: &mut Schema) -> &mut tidegate::schema::Table {
        schema.tables.iter_mut().find(|table| table.name == QualifiedName::new("shop", "customers")).unwrap()
    }
    fn named<'a>(schema: &'a mut Schema, name: &str) -> &'a mut tidegate::schema::Column {
        customers(schema).columns.iter_mut().find(|column| column.name == name).unwrap()
    }
    fn later(schema: &mut Schema) -> &mut tidegate::schema::ForeignKey {
        let orders = schema.tables.iter_mut().find(|table| table.name.name == "orders").unwrap();
        orders.foreign_keys.iter_mut().find(|key| key.name == "later").unwrap()
    }
    type Change = (&'static str, fn(&mut Schema));
    let changes: [Change; 15] = [
        ("table", |schema| schema.tables.retain(|table| table.name.name != "empty")),
        ("column", |schema| customers(schema).columns.truncate(16)),
        ("type", |schema| named(schema, "price").data_type = "numeric(10,3)".into()),
        ("nullability", |schema| named(schema, "name").not_null = false),
        ("default", |schema| named(schema, "price").default = None),
        ("identity", |schema| named(schema, "id").identity = None),
        ("generated", |schema| named(schema, "tax").generated = None),
        ("primary key", |schema| customers(schema).primary_key = None),
        ("unique key", |schema| schema.tables.iter_mut().for_each(|table| table.unique_keys.clear())),
        ("foreign key", |schema| later(schema).referenced_columns = vec!["sku".into()]),
        ("foreign key", |schema| later(schema).on_delete = tidegate::schema::ReferentialAction::Cascade),
        ("check", |schema| customers(schema).checks.clear()),
        ("view", |schema| schema.views.iter_mut().for_each(|view| view.definition.push(' '))),
        ("routine", |schema| schema.routines.retain(|routine| routine.name.name != "half")),
        ("trigger", |schema| customers(schema).triggers.clear()),
    ];
    for (what, change) in changes {
        let mut changed = portable.clone();
        change(&mut changed.schema);
        let found = information_schema::disagreements(&catalog, &changed);
        let word = format!("only the catalog says {what}: ");
        assert!(found.iter().any(|line| line.starts_with(&word)), "{what}: {found:#?}");
        let mut changed = catalog.clone();
        change(&mut changed.schema);
        let found = information_schema::disagreements(&changed, &portable);
        let word = format!("only information_schema says {what}: ");
        assert!(found.iter().any(|line| line.starts_with(&word)), "{what}: {found:#?}");
    }
}
