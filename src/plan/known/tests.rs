use super::*;
use crate::migration::statement::understand;
use crate::schema::{Check, Column, Domain, Index, PartitionOf, Table};

fn name(name: &str) -> QualifiedName {
    QualifiedName::new("public", name)
}

fn before() -> Schema {
    let column = |name: &str, ty: &str| Column { name: name.into(), data_type: ty.into(), ..Column::default() };
    let check = Check { name: "c".into(), expression: "(b IS NOT NULL)".into(), ..Check::default() };
    let index = Index { name: "t_a".into(), ..Index::default() };
    let default = PartitionOf { parent: name("p"), bound: "DEFAULT".into() };
    let mut schema = Schema {
        tables: vec![
            Table { name: name("t"), checks: vec![check], indexes: vec![index], ..Table::default() },
            Table { name: name("d"), columns: vec![column("x", "public.positive")], ..Table::default() },
            Table { name: name("p"), ..Table::default() },
            Table { name: name("p_rest"), partition_of: Some(default), ..Table::default() },
        ],
        domains: vec![Domain { name: name("positive"), ..Domain::default() }],
        ..Schema::default()
    };
    schema.canonicalize();
    schema
}

/// The effects of the last of some statements, in short: `scans public.t`.
fn last(statements: &[&str]) -> Vec<String> {
    let schema = before();
    let mut known = Known::new(&schema, Vec::new());
    let all: Vec<Vec<Effect>> = statements.iter().map(|sql| known.effects(&understand(sql))).collect();
    let short = |effect: &Effect| {
        let kind = serde_json::to_value(effect.kind).unwrap();
        format!("{} {}", kind.as_str().unwrap(), effect.relation.as_deref().unwrap_or("-"))
    };
    all.last().unwrap().iter().map(short).collect()
}

#[test]
fn what_rows_would_meet_is_known_of_each_kind() {
    for (sql, expected) in [
        ("ALTER TABLE t ADD COLUMN n int NOT NULL", vec!["fails_on_rows public.t"]),
        ("ALTER TABLE t ADD COLUMN n int NOT NULL DEFAULT 1", vec![]),
        ("ALTER TABLE t ADD COLUMN n serial", vec![]),
        ("ALTER TABLE t ADD COLUMN n int REFERENCES d", vec![]),
        ("ALTER TABLE t ADD COLUMN n int UNIQUE", vec!["builds_index public.t", "fails_on_bad_rows public.t"]),
        ("ALTER TABLE t ADD CHECK (a > 0)", vec!["scans public.t", "fails_on_bad_rows public.t"]),
        ("ALTER TABLE t ADD CHECK (a > 0) NOT VALID", vec![]),
        ("ALTER TABLE t ADD UNIQUE USING INDEX t_a", vec![]),
        ("ALTER TABLE t ALTER COLUMN a SET NOT NULL", vec!["scans public.t", "fails_on_bad_rows public.t"]),
        ("ALTER TABLE t ALTER COLUMN b SET NOT NULL", vec![]),
        ("ALTER TABLE t DROP COLUMN a", vec!["loses_data public.t"]),
        ("ALTER TABLE t RENAME TO tt", vec!["renames public.t"]),
        ("ALTER DOMAIN positive ADD CHECK (VALUE > 0)", vec!["scans public.d", "fails_on_bad_rows public.d"]),
        ("CREATE TABLE p_1 PARTITION OF p FOR VALUES IN (1)", vec!["scans public.p_rest"]),
        ("CREATE INDEX ON t (a)", vec!["builds_index public.t"]),
        ("CREATE INDEX ON fresh (a)", vec![]),
        ("DELETE FROM t WHERE a = 1", vec!["changes_rows public.t"]),
        ("DO $$ BEGIN END $$", vec!["runs_code -"]),
        (
            "DROP SCHEMA public CASCADE",
            vec!["loses_data public.d", "loses_data public.p", "loses_data public.p_rest", "loses_data public.t"],
        ),
        ("THIS IS NO SQL", vec!["not_parsed -"]),
    ] {
        assert_eq!(last(&[sql]), expected, "{sql}");
    }
}

#[test]
fn what_came_before_counts() {
    let proof =
        ["ALTER TABLE t ADD CONSTRAINT n CHECK (a IS NOT NULL) NOT VALID", "ALTER TABLE t VALIDATE CONSTRAINT n"];
    assert!(last(&[proof[0], proof[1], "ALTER TABLE t ALTER a SET NOT NULL"]).is_empty());
    assert!(!last(&[proof[0], "ALTER TABLE t ALTER a SET NOT NULL"]).is_empty());
    assert_eq!(last(&["ALTER TABLE t RENAME TO tt", "ALTER TABLE tt DROP COLUMN a"]), ["loses_data public.t"]);
    assert!(last(&["DROP TABLE t", "CREATE TABLE t (a int)", "CREATE INDEX ON t (a)"]).is_empty());
}

#[test]
fn locks_that_cannot_be_observed_are_known() {
    let schema = before();
    let known = Known::new(&schema, Vec::new());
    for (sql, relation, mode) in [
        ("CREATE INDEX CONCURRENTLY ON t (a)", "public.t", LockMode::ShareUpdateExclusive),
        ("DROP INDEX CONCURRENTLY t_a", "public.t", LockMode::ShareUpdateExclusive),
        ("REINDEX INDEX CONCURRENTLY t_a", "public.t", LockMode::ShareUpdateExclusive),
        ("VACUUM FULL t", "public.t", LockMode::AccessExclusive),
        ("ALTER TABLE p DETACH PARTITION p_rest CONCURRENTLY", "public.p", LockMode::ShareUpdateExclusive),
    ] {
        let locks = known.locks(&understand(sql), 15);
        let lock = locks.iter().find(|lock| lock.relation == relation).unwrap_or_else(|| panic!("{sql}: {locks:?}"));
        assert_eq!((lock.mode, lock.seen), (mode, Seen::Known), "{sql}");
    }
}

#[test]
fn a_table_is_lost_once_and_only_with_the_schema_that_it_is_in() {
    assert_eq!(last(&["DROP TABLE t, d", "DROP SCHEMA public"]), ["loses_data public.p", "loses_data public.p_rest"]);
    let away = ["ALTER TABLE t SET SCHEMA other", "DROP TABLE d, p, p_rest", "DROP SCHEMA public CASCADE"];
    assert_eq!(last(&away), Vec::<String>::new());
    let back = [&away[..2], &["ALTER TABLE other.t SET SCHEMA public", "DROP SCHEMA public CASCADE"]].concat();
    assert_eq!(last(&back), ["loses_data public.t"]);
    assert_eq!(last(&[&away[..2], &["DROP SCHEMA other CASCADE"]].concat()), ["loses_data public.t"]);
}
