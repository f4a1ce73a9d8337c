use super::super::testing::*;
use crate::migration::{DiscoveryError, Options};

#[test]
fn versions_are_compared_number_by_number_and_repeatables_come_last() {
    let set = found(&[
        ("V1.10__later.sql", "select 1;"),
        ("V1_2__earlier.sql", "select 1;"),
        ("sub/V1__first.sql", "select 1;"),
        ("V20240101000000000000000001__huge.sql", "select 1;"),
        ("V9__nine.sql", "select 1;"),
        ("R__b_view.sql", "select 1;"),
        ("R__a_view.sql", "select 1;"),
        ("U9__nine.sql", "drop"),
        ("afterMigrate.sql", "select 1;"),
        ("beforeMigrate__grants.sql", "select 1;"),
        ("afterClean.sql", "select 1;"),
        ("Views.sql", "select 1;"),
    ]);
    assert_eq!(set.framework, "flyway");
    assert_eq!(
        paths(&set),
        [
            "beforeMigrate__grants.sql",
            "sub/V1__first.sql",
            "V1_2__earlier.sql",
            "V1.10__later.sql",
            "V9__nine.sql",
            "V20240101000000000000000001__huge.sql",
            "R__a_view.sql",
            "R__b_view.sql",
            "afterMigrate.sql",
        ]
    );
    assert_eq!(set.migrations[2].version, "1.2");
    assert_eq!(set.migrations[6].name, "a view");
    let notes = set.notes.join("\n");
    assert!(notes.contains("afterClean.sql") && notes.contains("Views.sql"), "{notes}");
}

#[test]
fn zeros_at_the_end_are_the_same_version() {
    let error = error(&[("V1.0__a.sql", ""), ("V01__b.sql", "")]);
    assert!(
        matches!(&error, DiscoveryError::DuplicateVersion { first, second, .. }
            if first == "V01__b.sql" && second == "V1.0__a.sql"),
        "{error}"
    );
}

#[test]
fn an_empty_database_starts_from_the_highest_baseline() {
    let set =
        found(&[("V1__a.sql", ""), ("V2__b.sql", ""), ("B2__base.sql", ""), ("B1__base.sql", ""), ("V3__c.sql", "")]);
    assert_eq!(paths(&set), ["B2__base.sql", "V3__c.sql"]);
    assert!(set.notes[0].contains("V1__a.sql") && set.notes[0].contains("B2__base.sql"), "{:?}", set.notes);
}

#[test]
fn undo_files_alone_are_no_migrations() {
    let error = error(&[("U1__a.sql", "drop table a;")]);
    assert!(matches!(error, DiscoveryError::DownOnly { .. }), "{error}");
}

#[test]
fn placeholders_have_values_or_are_named() {
    let sql = "-- ${flyway:filename}\ncreate table ${Owner}.t ();\ngrant all on t to ${missing.role};\n";
    let mut options = beside(&[("flyway.conf", "# c\nflyway.placeholders.owner = app\n")]);
    let error = with(&[("V1__a.sql", sql)], &options).unwrap_err();
    assert!(
        matches!(&error, DiscoveryError::Placeholder { line: 3, name, .. } if name == "${missing.role}"),
        "{error}"
    );
    assert!(error.to_string().contains("\"missing.role\" = \"value\""), "{error}");
    options.placeholders.insert("missing.role".into(), "reader".into());
    let set = with(&[("V1__a.sql", sql)], &options).unwrap();
    assert_eq!(set.migrations[0].sql, "-- V1__a.sql\ncreate table app.t ();\ngrant all on t to reader;\n");
}

#[test]
fn placeholders_of_toml_and_spring_and_switched_off() {
    let files = [("V1__a.sql", "select '${x}';")];
    for (name, text) in [
        ("flyway.toml", "[flyway]\n[flyway.placeholders]\nx = \"1\"\n"),
        ("application.yml", "spring:\n  flyway:\n    placeholders:\n      x: 1\n"),
        ("src/main/resources/application.properties", "spring.flyway.placeholders.x=1\n"),
    ] {
        assert_eq!(with(&files, &beside(&[(name, text)])).unwrap().migrations[0].sql, "select '1';");
    }
    let off = beside(&[("application.properties", "spring.flyway.placeholder-replacement=false")]);
    assert_eq!(with(&files, &off).unwrap().migrations[0].sql, "select '${x}';");
    let conf = [files[0], ("V1__a.sql.conf", "placeholderReplacement=false\n")];
    assert_eq!(with(&conf, &Options::default()).unwrap().migrations[0].sql, "select '${x}';");
}

#[test]
fn statements_that_need_no_transaction_take_the_file_out_of_it() {
    for (sql, wrapped) in [
        ("create table t ();", true),
        ("create table t ();\n/* x */ create unique index\n concurrently i on t (a);", false),
        ("select 'vacuum; vacuum'; -- ; vacuum", true),
        ("VACUUM t;", false),
        ("reindex verbose schema public;", false),
        ("reindex table t;", true),
        ("do $$ begin perform 1; vacuum; end $$;", true),
    ] {
        assert_eq!(found(&[("V1__a.sql", sql)]).migrations[0].transactional, wrapped, "{sql}");
    }
    let set = found(&[("V1__a.sql", "select 1;"), ("V1__a.sql.conf", "executeInTransaction=false\n")]);
    assert!(!set.migrations[0].transactional);
}

#[test]
fn the_default_schema_is_entered_without_moving_lines() {
    let options = beside(&[("flyway.conf", "flyway.defaultSchema=shop\n")]);
    let set =
        with(&[("V1__a.sql", "select '${flyway:defaultSchema}';\nselect 2;"), ("V2__b.sql", "")], &options).unwrap();
    assert_eq!(
        set.migrations[0].sql,
        "CREATE SCHEMA IF NOT EXISTS \"shop\"; SET search_path = \"shop\", public; select 'shop';\nselect 2;"
    );
    assert_eq!(set.migrations[1].sql, "SET search_path = \"shop\", public; ");
}

#[test]
fn migrations_in_java_are_programs() {
    let error = error(&[("V1__a.sql", ""), ("V2__b.java", "class V2__b extends BaseJavaMigration {}")]);
    assert!(matches!(&error, DiscoveryError::ProgramAmongSql { path, .. } if path == "V2__b.java"), "{error}");
}
