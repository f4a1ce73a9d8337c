use proptest::prelude::*;

use super::*;
use crate::migration::statement::shape::{Alter, Drop, ReindexTarget};
use crate::migration::statement::table::{ColumnChange, ConstraintKind, Detach, Generated, TableAction};
use crate::migration::statement::{Judgement, judge};

fn one(text: &str) -> Understood {
    understand(text)
}

/// `create table public.t` and the like, for each object.
fn objects(text: &str) -> Vec<String> {
    let kind = |touched: &Touched| format!("{:?} {:?} {}", touched.action, touched.kind, touched.name).to_lowercase();
    one(text).touched.iter().map(kind).collect()
}

fn actions(text: &str) -> Vec<TableAction> {
    match one(text).shape {
        Shape::Alter(Alter { actions, .. }) => actions,
        other => panic!("{text} is {other:?}"),
    }
}

fn action(text: &str) -> TableAction {
    let mut actions = actions(&format!("ALTER TABLE t {text}"));
    assert_eq!(actions.len(), 1, "{text}: {actions:?}");
    actions.remove(0)
}

#[test]
fn every_statement_has_a_class() {
    for (text, class, command, opaque) in [
        ("CREATE TABLE t (a int)", Class::Schema, "CREATE TABLE", false),
        ("ALTER TABLE t ADD COLUMN b text;", Class::Schema, "ALTER TABLE", false),
        ("COMMENT ON TABLE t IS 'x'", Class::Schema, "COMMENT", false),
        ("GRANT SELECT ON t TO app", Class::Schema, "GRANT", false),
        ("SELECT 1 AS a INTO t", Class::Schema, "SELECT INTO", false),
        ("CREATE TABLE t AS SELECT f()", Class::Schema, "CREATE TABLE AS", true),
        ("CREATE EXTENSION citext", Class::Schema, "CREATE EXTENSION", true),
        ("INSERT INTO t VALUES (1)", Class::Data, "INSERT", false),
        ("INSERT INTO t SELECT f(x) FROM u", Class::Data, "INSERT", true),
        ("WITH gone AS (DELETE FROM t RETURNING *) SELECT * FROM gone", Class::Data, "SELECT", false),
        ("EXPLAIN ANALYZE DELETE FROM t", Class::Data, "EXPLAIN", false),
        ("COPY t FROM stdin", Class::Data, "COPY", false),
        ("COPY t TO stdout", Class::Other, "COPY", false),
        ("TRUNCATE t", Class::Data, "TRUNCATE", false),
        ("REFRESH MATERIALIZED VIEW v", Class::Data, "REFRESH MATERIALIZED VIEW", true),
        ("BEGIN", Class::Transaction, "BEGIN", false),
        ("COMMIT;", Class::Transaction, "COMMIT", false),
        ("ROLLBACK TO a", Class::Transaction, "ROLLBACK TO SAVEPOINT", false),
        ("SET search_path = a", Class::Other, "SET", false),
        ("SELECT * FROM t", Class::Other, "SELECT", false),
        ("SELECT pg_catalog.set_config('search_path', '', false)", Class::Other, "SELECT", true),
        ("DO $$ BEGIN DROP TABLE t; END $$", Class::Other, "DO", true),
        ("CALL p()", Class::Other, "CALL", true),
        ("EXECUTE s", Class::Other, "EXECUTE", true),
        ("VACUUM (FULL) t", Class::Other, "VACUUM", false),
        ("LOCK TABLE t IN SHARE MODE", Class::Other, "LOCK", false),
        ("SELEC 1", Class::NotParsed, "", true),
        ("CREATE TABLE t (a int", Class::NotParsed, "", true),
        ("", Class::NotParsed, "", true),
        ("ALTER TABLE t DROP COLUMN IF EXISTS a,", Class::NotParsed, "", true),
    ] {
        let found = one(text);
        assert_eq!((found.class, found.command.as_str(), found.opaque), (class, command, opaque), "{text}: {found:?}");
    }
}

#[test]
fn objects_are_told_with_what_is_done_to_them() {
    for (text, expected) in [
        ("CREATE TABLE a.\"T\" (b int REFERENCES C (d))", vec!["create table a.t", "reference table c"]),
        ("ALTER TABLE ONLY t RENAME TO u", vec!["rename table t"]),
        (
            "ALTER TABLE IF EXISTS t ADD CONSTRAINT k FOREIGN KEY (a) REFERENCES u",
            vec!["alter table t", "reference table u"],
        ),
        ("ALTER TABLE t ATTACH PARTITION p DEFAULT", vec!["alter table t", "alter table p"]),
        ("CREATE UNIQUE INDEX CONCURRENTLY i ON s.t (a)", vec!["create index i", "attach table s.t"]),
        ("DROP TABLE IF EXISTS a, b.c CASCADE", vec!["drop table a", "drop table b.c"]),
        ("DROP FUNCTION f(int), g()", vec!["drop function f", "drop function g"]),
        ("DROP TRIGGER x ON t", vec!["drop trigger x", "attach relation t"]),
        ("DROP MATERIALIZED VIEW v", vec!["drop materializedview v"]),
        ("TRUNCATE ONLY a, b", vec!["truncate table a", "truncate table b"]),
        ("LOCK a, b", vec!["lock relation a", "lock relation b"]),
        (
            "INSERT INTO a SELECT * FROM b JOIN c USING (x)",
            vec!["write relation a", "read relation b", "read relation c"],
        ),
        (
            "UPDATE a SET x = (SELECT max(y) FROM b) FROM c WHERE true",
            vec!["write relation a", "read relation b", "read relation c"],
        ),
        ("DELETE FROM a USING b WHERE a.x = b.x", vec!["write relation a", "read relation b"]),
        ("MERGE INTO a USING b ON a.x = b.x WHEN MATCHED THEN DELETE", vec!["write table a", "read relation b"]),
        ("WITH t AS (SELECT * FROM t), u AS (SELECT * FROM t) SELECT * FROM u", vec!["read relation t"]),
        ("WITH RECURSIVE t AS (SELECT 1 UNION ALL SELECT * FROM t) SELECT * FROM t", vec![]),
        ("COPY a.t (b) FROM stdin", vec!["write table a.t"]),
        ("CREATE VIEW v AS SELECT * FROM t", vec!["create view v", "read relation t"]),
        ("CREATE TABLE t (LIKE u) INHERITS (w)", vec!["create table t", "reference relation u", "reference table w"]),
        (
            "CREATE TRIGGER x BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION f()",
            vec!["create trigger x", "attach relation t"],
        ),
        ("CREATE POLICY p ON t USING (true)", vec!["create policy p", "attach table t"]),
        ("COMMENT ON TABLE t IS NULL", vec!["describe table t"]),
        ("VACUUM ANALYZE t", vec!["maintain table t"]),
        ("CLUSTER t USING i", vec!["maintain table t", "reference index i"]),
        ("REINDEX TABLE CONCURRENTLY t", vec!["maintain table t"]),
        ("CREATE SCHEMA s CREATE TABLE t (a int)", vec!["create schema s", "create table t"]),
        ("ALTER TYPE e ADD VALUE 'x'", vec!["alter type e"]),
        ("CREATE SEQUENCE s OWNED BY NONE", vec!["create sequence s"]),
        ("ALTER TABLE t SET SCHEMA u", vec!["alter table t", "reference schema u"]),
    ] {
        assert_eq!(objects(text), expected, "{text}");
    }
}

#[test]
fn names_are_folded_as_postgresql_folds_them() {
    let name = |text: &str| one(&format!("DROP TABLE {text}")).touched[0].name.clone();
    assert_eq!(name("Ab.ÄÉ").name, "ÄÉ");
    assert_eq!(name("Ab.\"C\"\"d\"").to_string(), "ab.C\"d");
    assert_eq!(name("Ab.\"C\"").written, "Ab.\"C\"");
    assert_eq!(name("U&\"d\\0061t\"").name, "dat");
    assert_eq!(name(&"a".repeat(70)).name.len(), 63);
    assert_eq!(name(&format!("\"{}é\"", "a".repeat(62))).name.len(), 62);
    assert!(name("t").may_be(&name("s.t")) && !name("u.t").may_be(&name("s.t")));
}

#[test]
fn actions_of_alter_table_have_their_parts() {
    let TableAction::AddColumn { column, if_not_exists: true } =
        action("ADD COLUMN IF NOT EXISTS \"B\" numeric(10, 2) NOT NULL DEFAULT 0 CHECK (\"B\" > 0) REFERENCES u (x)")
    else {
        panic!("not a column")
    };
    let ty = column.ty.as_ref().unwrap();
    assert_eq!((column.name.as_str(), ty.name.as_str(), ty.modifiers.as_slice()), ("B", "numeric", &[10, 2][..]));
    assert!(column.not_null && column.default.as_ref().unwrap().steady);
    let [check, key] = column.constraints.as_slice() else { panic!("{:?}", column.constraints) };
    assert!(matches!(&check.kind, ConstraintKind::Check(expression) if expression.text == "\"B\" > 0"));
    assert!(matches!(&key.kind, ConstraintKind::ForeignKey { columns, references, referenced }
        if *columns == ["B"] && references.name == "u" && *referenced == ["x"]));

    let column = |text: &str| match action(&format!("ADD a {text}")) {
        TableAction::AddColumn { column, .. } => column,
        other => panic!("{other:?}"),
    };
    assert!(column("bigserial").ty.unwrap().is_serial());
    assert!(column("int GENERATED ALWAYS AS IDENTITY").identity);
    assert_eq!(column("int GENERATED ALWAYS AS (b + 1) STORED").generated, Some(Generated::Stored));
    assert_eq!(column("int GENERATED ALWAYS AS (b + 1) VIRTUAL").generated, Some(Generated::Virtual));
    for (default, steady) in [
        ("now()", true),
        ("CURRENT_TIMESTAMP", true),
        ("'{}'::jsonb", true),
        ("(now() AT TIME ZONE 'utc')", true),
        ("-1.5", true),
        ("ARRAY[]::text[]", true),
        ("gen_random_uuid()", false),
        ("clock_timestamp()", false),
        ("mine.now()", false),
        ("nextval('s')", false),
        ("now() + random() * interval '1 day'", false),
        ("lower(f())", false),
    ] {
        let found = column(&format!("text DEFAULT {default}")).default.unwrap();
        assert_eq!(found.steady, steady, "{default}");
    }
    for (ty, own, array) in [
        ("INT", "int4", false),
        ("character varying(20)", "varchar", false),
        ("char(3)", "bpchar", false),
        ("\"char\"", "char", false),
        ("timestamp(3) with time zone", "timestamptz", false),
        ("timestamp", "timestamp", false),
        ("double precision", "float8", false),
        ("float(24)", "float4", false),
        ("text[]", "text", true),
        ("int ARRAY[3]", "int4", true),
        ("Mine.Mood", "mood", false),
        ("interval day to second", "interval", false),
        ("bit varying(5)", "varbit", false),
    ] {
        let found = column(ty).ty.unwrap();
        assert_eq!((found.name.as_str(), found.array), (own, array), "{ty}: {found:?}");
    }

    let constraint = |text: &str| match action(&format!("ADD CONSTRAINT k {text}")) {
        TableAction::AddConstraint(constraint) => constraint,
        other => panic!("{other:?}"),
    };
    assert!(constraint("CHECK (a > 0) NOT VALID").not_valid);
    let key = constraint("FOREIGN KEY (a, b) REFERENCES u (c, d) ON DELETE CASCADE NOT VALID");
    assert!(key.not_valid && key.name.as_deref() == Some("k"));
    assert!(matches!(key.kind, ConstraintKind::ForeignKey { columns, referenced, .. }
        if columns == ["a", "b"] && referenced == ["c", "d"]));
    assert!(matches!(constraint("UNIQUE USING INDEX i").kind,
        ConstraintKind::Unique { using_index: Some(index), .. } if index == "i"));
    assert!(matches!(constraint("PRIMARY KEY (a)").kind,
        ConstraintKind::PrimaryKey { columns, using_index: None } if columns == ["a"]));
    assert!(matches!(constraint("EXCLUDE USING gist (a WITH &&)").kind, ConstraintKind::Exclude));
    assert!(matches!(constraint("NOT NULL a NOT VALID").kind, ConstraintKind::NotNull { column } if column == "a"));
    assert!(constraint("CHECK (a > 0) NOT ENFORCED").not_enforced);

    for (text, expected) in [
        ("DROP COLUMN a CASCADE", TableAction::DropColumn { column: "a".into(), cascade: true }),
        ("VALIDATE CONSTRAINT k", TableAction::ValidateConstraint { name: "k".into() }),
        ("RENAME COLUMN a TO B", TableAction::RenameColumn { from: "a".into(), to: "b".into() }),
        ("RENAME a TO b", TableAction::RenameColumn { from: "a".into(), to: "b".into() }),
        ("RENAME TO \"U\"", TableAction::RenameTo("U".into())),
        ("SET SCHEMA s", TableAction::SetSchema("s".into())),
        ("SET TABLESPACE x", TableAction::SetTablespace),
        ("SET UNLOGGED", TableAction::SetUnlogged),
        ("ENABLE ROW LEVEL SECURITY", TableAction::RowSecurity(super::super::table::RowSecurity::Enable)),
        ("CLUSTER ON i", TableAction::ClusterOn { index: "i".into() }),
        ("REPLICA IDENTITY FULL", TableAction::ReplicaIdentity),
        ("INHERIT p", TableAction::Inherit(Name::bare("p"))),
        (
            "DETACH PARTITION p CONCURRENTLY",
            TableAction::DetachPartition { partition: Name::bare("p"), mode: Detach::Concurrently },
        ),
        (
            "SET (fillfactor = 70, autovacuum_enabled = off)",
            TableAction::Parameters(vec!["fillfactor".into(), "autovacuum_enabled".into()]),
        ),
        ("DISABLE TRIGGER ALL", TableAction::Trigger { enable: false }),
        ("OWNER TO app", TableAction::Owner),
        (
            "ALTER COLUMN a SET NOT NULL",
            TableAction::AlterColumn { column: "a".into(), change: ColumnChange::SetNotNull },
        ),
        (
            "ALTER a SET STATISTICS 100",
            TableAction::AlterColumn { column: "a".into(), change: ColumnChange::Statistics },
        ),
        (
            "ALTER a ADD GENERATED ALWAYS AS IDENTITY",
            TableAction::AlterColumn { column: "a".into(), change: ColumnChange::AddIdentity },
        ),
        (
            "ALTER a RESTART WITH 5",
            TableAction::AlterColumn { column: "a".into(), change: ColumnChange::AlterIdentity },
        ),
    ] {
        assert_eq!(action(text), expected, "{text}");
    }
    assert!(matches!(action("ALTER a TYPE varchar(20) USING a::text"),
        TableAction::AlterColumn { change: ColumnChange::Type { ty, using: Some(using), .. }, .. }
        if ty.modifiers == [20] && using.text == "a::text"));
    assert_eq!(actions("ALTER TABLE t ADD a int, DROP b, ALTER c DROP DEFAULT").len(), 3);
    assert_eq!(actions("ALTER SEQUENCE s RESTART WITH 3 OWNED BY s.t.c").len(), 1);
}

#[test]
fn other_statements_have_their_parts() {
    let reindex = |text: &str| match one(text).shape {
        Shape::Reindex { concurrently, target } => (concurrently, matches!(target, ReindexTarget::Table(_))),
        other => panic!("{text}: {other:?}"),
    };
    assert_eq!(reindex("REINDEX TABLE t"), (false, true));
    assert_eq!(reindex("REINDEX TABLE CONCURRENTLY t"), (true, true));
    assert_eq!(reindex("REINDEX (CONCURRENTLY) INDEX i"), (true, false));
    assert_eq!(reindex("REINDEX (CONCURRENTLY off) TABLE t"), (false, true));
    let full = |text: &str| matches!(one(text).shape, Shape::Vacuum { full: true, .. });
    assert!(full("VACUUM FULL t") && full("VACUUM (FULL, VERBOSE) t") && full("VACUUM (FULL true) t"));
    assert!(!full("VACUUM (FULL false) t") && !full("VACUUM t"));
    let every = |text: &str| matches!(one(text).shape, Shape::Rows(Rows { every_row: true, .. }));
    assert!(every("DELETE FROM t") && every("UPDATE t SET a = 1") && !every("UPDATE t SET a = 1 WHERE b"));
    assert!(matches!(one("SELECT * FROM a, b AS c FOR UPDATE OF c").shape,
        Shape::Rows(Rows { read, locked, .. }) if read[0].name == "a" && locked[0].name == "b"));
    assert!(matches!(
        one("DROP INDEX CONCURRENTLY IF EXISTS a").shape,
        Shape::Drop(Drop { concurrently: true, if_exists: true, cascade: false, .. })
    ));
    assert!(matches!(one("SET LOCAL lock_timeout = '2s'").shape,
        Shape::Set { parameter, local: true, .. } if parameter == "lock_timeout"));
    assert!(matches!(one("LOCK TABLE a IN SHARE ROW EXCLUSIVE MODE").shape,
        Shape::Lock { mode: Some(mode), .. } if mode == "SHARE ROW EXCLUSIVE"));
}

#[test]
fn what_only_adds_is_on_a_list() {
    for text in [
        "CREATE TABLE t (a int PRIMARY KEY DEFAULT f(), b int REFERENCES u)",
        "CREATE TABLE IF NOT EXISTS t (a int)",
        "ALTER TABLE t ADD COLUMN a text",
        "ALTER TABLE t ADD a timestamptz NOT NULL DEFAULT now(), ADD b int NULL",
        "CREATE INDEX CONCURRENTLY i ON t (a) WHERE b IS NULL",
        "CREATE VIEW v AS SELECT f(a) FROM t",
        "CREATE TYPE e AS ENUM ('a')",
        "ALTER TYPE e ADD VALUE IF NOT EXISTS 'b'",
        "CREATE SCHEMA s",
        "CREATE SEQUENCE s",
        "COMMENT ON TABLE t IS 'x'",
        "BEGIN",
        "COMMIT",
        "SET lock_timeout = '5s'",
    ] {
        assert_eq!(judge(&one(text)), Judgement::Additive, "{text}: {:?}", one(text));
    }
    for text in [
        "CREATE TABLE t AS SELECT 1",
        "CREATE TABLE t PARTITION OF u DEFAULT",
        "ALTER TABLE t ADD COLUMN a text NOT NULL",
        "ALTER TABLE t ADD COLUMN a uuid DEFAULT gen_random_uuid()",
        "ALTER TABLE t ADD COLUMN a serial",
        "ALTER TABLE t ADD COLUMN a int UNIQUE",
        "ALTER TABLE t ADD COLUMN a int, DROP COLUMN b",
        "ALTER TABLE t ADD COLUMN a int GENERATED ALWAYS AS (f(b)) STORED",
        "CREATE INDEX i ON t (a)",
        "CREATE INDEX CONCURRENTLY i ON t (lower(a))",
        "CREATE UNIQUE INDEX CONCURRENTLY i ON t (a)",
        "CREATE OR REPLACE VIEW v AS SELECT 1",
        "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "CREATE EXTENSION citext",
        "CREATE SCHEMA s CREATE TABLE t (a int)",
        "DO $$ BEGIN END $$",
        "CALL p()",
        "SELECT 1",
        "SELECT setval('s', 1)",
        "INSERT INTO t VALUES (1)",
        "UPDATE t SET a = 1 WHERE b",
        "COPY t FROM stdin",
        "TRUNCATE t",
        "DROP TABLE t",
        "DROP INDEX i",
        "SET search_path = evil",
        "SET ROLE app",
        "EXECUTE s",
        "EXPLAIN ANALYZE INSERT INTO t VALUES (1)",
        "CREATE TABLE t (a int); DROP TABLE u",
        "gibberish",
        "",
    ] {
        assert_ne!(judge(&one(text)), Judgement::Additive, "{text}");
    }
    for text in
        ["DROP TABLE t", "TRUNCATE t", "ALTER TABLE t DROP a", "DELETE FROM t", "DROP SCHEMA s", "DROP OWNED BY r"]
    {
        assert_eq!(judge(&one(text)), Judgement::Destructive, "{text}");
    }
}

#[test]
fn depth_and_length_are_bounded() {
    let deep = 100_000;
    for text in [
        format!("SELECT {}1{}", "(".repeat(deep), ")".repeat(deep)),
        format!("SELECT {}", "(".repeat(deep)),
        format!("SELECT {}1", "NOT ".repeat(deep)),
        format!("SELECT {}1", "- ".repeat(deep)),
        format!("SELECT {}1", "1 + ".repeat(deep)),
        format!("SELECT {}1", "1 = ".repeat(deep)),
        format!("SELECT {}1", "a ^ - ".repeat(deep)),
        format!("SELECT {}1", "CASE WHEN ".repeat(deep)),
        format!("SELECT {}1", "SELECT ".repeat(deep)),
        format!("SELECT {}1", "ARRAY[".repeat(deep)),
        format!("SELECT 1{}", "::int".repeat(deep)),
        format!("SELECT a{}", "[1]".repeat(deep)),
        format!("SELECT a{}", ".b".repeat(deep)),
        format!("SELECT 1{}", " UNION SELECT 1".repeat(deep)),
        format!("SELECT * FROM a{}", " JOIN a ON true".repeat(deep)),
        format!("{}SELECT 1", "EXPLAIN ".repeat(deep)),
        format!("{}SELECT 1", "WITH a AS (".repeat(deep)),
        format!("{}SELECT 1", "PREPARE a AS ".repeat(deep)),
        format!("SELECT 1{}", " COLLATE a".repeat(deep)),
        format!("SELECT 1{}", " IS NULL".repeat(deep)),
        format!("SELECT 1{}", " BETWEEN 1 AND 2".repeat(deep)),
        format!("CREATE FUNCTION f() RETURNS int LANGUAGE sql AS $$ SELECT {}1 $$", "(".repeat(deep)),
        format!("CREATE FUNCTION f() RETURNS int LANGUAGE sql AS $a$ SELECT {}1 $a$", "1 + ".repeat(deep)),
        format!("CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT {}1'", "(".repeat(deep)),
        format!("CREATE FUNCTION f() RETURNS int LANGUAGE sql AS E'SELECT {}1'", "(".repeat(deep)),
        format!("CREATE FUNCTION f() RETURNS int LANGUAGE sql AS U&'SELECT {}1'", "\\0028".repeat(deep)),
        format!("CREATE FUNCTION f() RETURNS int LANGUAGE sql AS E'SELECT {}1'", "\\x28".repeat(deep)),
        format!("CREATE FUNCTION f() RETURNS int LANGUAGE sql BEGIN ATOMIC {}", "BEGIN ATOMIC ".repeat(deep)),
        format!("CREATE TABLE t (a {})", "int[".repeat(deep)),
        format!("CREATE TABLE t (a {})", "setof ".repeat(deep)),
        format!("SELECT {}", "EXISTS(".repeat(deep)),
        format!("SELECT {}", "f(".repeat(deep)),
        format!("SELECT {}", "a IN (".repeat(deep)),
        format!("SELECT {}", "ROW(".repeat(deep)),
        format!("SELECT {} FROM", "@ ! ~ ".repeat(deep)),
        format!("CREATE SCHEMA s {}", "CREATE SCHEMA s ".repeat(deep)),
        format!("CREATE RULE r AS ON INSERT TO t DO {}", "EXPLAIN ".repeat(deep)),
    ] {
        assert_eq!(understand(&text).class, Class::NotParsed, "{}…", &text[..60]);
    }
    // As deep and as long as the guard lets through, on the small stack of a test's thread.
    for unit in ["(", "NOT ", "- ", "1 + ", "CASE WHEN ", "ARRAY[", "f(", "a = ", "(SELECT ", "EXISTS(SELECT ", "ROW("]
    {
        for count in [1, 5, 10, 20, 30, 50, 60, 63, 64, 100, 400, 900, 999, 1900] {
            let text = format!("SELECT {}1", unit.repeat(count));
            understand(&text);
            let close = ")".repeat(unit.matches('(').count() * count) + &"]".repeat(unit.matches('[').count() * count);
            understand(&format!("{text}{close}"));
        }
    }
}

#[test]
fn rows_by_the_megabyte_are_data() {
    let rows = "(1, 'some text', NULL, 12.5, '2024-01-01'),\n".repeat(120_000);
    let text = format!("INSERT INTO public.\"T\" (a, b) VALUES {}(1, '', NULL, 1, NULL);", rows);
    assert!(text.len() > 5_000_000);
    let found = understand(&text);
    assert_eq!((found.class, found.reader), (Class::Data, Reader::Words));
    assert_eq!(found.touched[0].name.to_string(), "public.T");
    assert_ne!(judge(&found), Judgement::Additive);
    assert_eq!(understand(&format!("CREATE TABLE t (a int DEFAULT 1{})", " ".repeat(600_000))).class, Class::NotParsed);
}

#[test]
fn pieces_that_are_no_sql_have_a_class_too() {
    let text = "-- a\n\\set x 1\nCOPY t FROM stdin;\n1\n\\.\nSELECT 'open";
    let classes: Vec<Class> = understand_all(text).iter().map(|(_, found)| found.class).collect();
    assert_eq!(classes, vec![Class::Other, Class::Data, Class::Data, Class::NotParsed]);
}

/// Statements as migrations have them, to be broken.
const REAL: &[&str] = &[
    "CREATE TABLE IF NOT EXISTS public.orders (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, total numeric(10, 2) \
     NOT NULL DEFAULT 0 CHECK (total >= 0), customer uuid REFERENCES customers (id) ON DELETE CASCADE, note text[]);",
    "ALTER TABLE ONLY public.orders ADD COLUMN \"Über\" timestamptz DEFAULT now(), ADD CONSTRAINT k FOREIGN KEY (a, b) \
     REFERENCES s.u (c, d) NOT VALID, ALTER COLUMN total TYPE numeric(12, 2) USING total::numeric, DROP COLUMN x;",
    "CREATE UNIQUE INDEX CONCURRENTLY i ON t USING gin (lower(a) gin_trgm_ops DESC NULLS LAST, (b -> 'c')) WHERE d IS NULL;",
    "CREATE OR REPLACE FUNCTION f(a int DEFAULT 1, OUT b text) RETURNS SETOF record LANGUAGE sql STABLE AS $$ SELECT \
     a, CASE WHEN a > 1 THEN 'x' ELSE E'\\n' END FROM t $$;",
    "CREATE FUNCTION g() RETURNS int BEGIN ATOMIC SELECT 1; SELECT CASE WHEN true THEN 2 END; END;",
    "WITH RECURSIVE a AS (SELECT 1 UNION ALL SELECT n + 1 FROM a), b AS (DELETE FROM t RETURNING *) INSERT INTO u SELECT \
     * FROM a JOIN b USING (n) ON CONFLICT (n) DO UPDATE SET x = excluded.x RETURNING *;",
    "CREATE TRIGGER x AFTER UPDATE OF a ON t REFERENCING OLD TABLE AS o FOR EACH STATEMENT WHEN (pg_trigger_depth() = 0) \
     EXECUTE FUNCTION f('a');",
    "CREATE POLICY p ON t AS RESTRICTIVE FOR ALL TO app USING (owner = current_user) WITH CHECK (true);",
    "DO $body$ DECLARE r record; BEGIN FOR r IN SELECT 1 LOOP EXECUTE format('DROP TABLE %I', r); END LOOP; END $body$;",
    "COPY t (a, b) FROM stdin WITH (FORMAT csv);\n1,2\n\\.\n",
    "CREATE TABLE p PARTITION OF t FOR VALUES FROM ('2024-01-01') TO (MAXVALUE) PARTITION BY HASH (a);",
    "GRANT SELECT (a), UPDATE ON TABLE t TO app WITH GRANT OPTION; ALTER DEFAULT PRIVILEGES IN SCHEMA s REVOKE ALL ON TABLES FROM PUBLIC;",
    "ALTER TYPE mood ADD VALUE IF NOT EXISTS 'ok' BEFORE 'good'; COMMENT ON COLUMN s.t.c IS 'it''s';",
];

/// A real statement with pieces cut out, doubled and put elsewhere.
fn broken() -> impl Strategy<Value = String> {
    let cut = (0..REAL.len(), 0..REAL.len(), any::<[prop::sample::Index; 4]>(), "\\PC{0,4}");
    cut.prop_map(|(one, another, places, scrap)| {
        let (one, another) = (REAL[one], REAL[another]);
        let at = |text: &str, place: prop::sample::Index| {
            let mut at = place.index(text.len() + 1);
            while !text.is_char_boundary(at) {
                at -= 1;
            }
            at
        };
        let (start, end) = (at(one, places[0]), at(one, places[1]));
        let (from, to) = (at(another, places[2]), at(another, places[3]));
        let middle = &another[from.min(to)..from.max(to)];
        format!("{}{scrap}{middle}{}", &one[..start], &one[end..])
    })
}

fn holds(text: &str) -> Result<(), TestCaseError> {
    let mut at = 0;
    for (piece, found) in understand_all(text) {
        prop_assert!(piece.range.start >= at);
        at = piece.range.end;
        if found.class == Class::NotParsed {
            prop_assert!(found.touched.is_empty() && found.shape == Shape::Other && found.opaque);
        }
        if judge(&found) == Judgement::Additive {
            prop_assert!(matches!(found.class, Class::Schema | Class::Transaction | Class::Other) && !found.opaque);
        }
    }
    // What stands between the pieces is white space and comments.
    understand(text);
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    #[test]
    fn any_text_is_understood_or_not_parsed(text in any::<String>()) {
        holds(&text)?;
    }

    #[test]
    fn any_bytes_are_understood_or_not_parsed(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        holds(&String::from_utf8_lossy(&bytes))?;
    }

    #[test]
    fn broken_statements_are_understood_or_not_parsed(text in broken()) {
        holds(&text)?;
    }
}

#[test]
fn real_statements_are_parsed() {
    for (piece, found) in REAL.iter().flat_map(|text| understand_all(text)) {
        assert_ne!(found.class, Class::NotParsed, "{piece:?} {found:?}");
        assert!(!found.disputed, "{found:?}");
    }
}
