use super::super::testing::*;
use crate::migration::DiscoveryError;

const FIRST: &str = "\
--liquibase formatted sql

--changeset ann:1 labels:a context:\"x or y\"
--comment: the first
CREATE TABLE t (a int);
--rollback DROP TABLE t;

-- changeset \"Bob B\":two runInTransaction:false dbms:postgresql,h2
-- preconditions onFail:HALT
CREATE INDEX CONCURRENTLY i ON t (a);
--changeset ann:3 dbms:oracle
SELECT 1 FROM dual;
--changeset ann:4 ignore:true
boom
";

#[test]
fn changesets_run_in_the_order_of_their_file() {
    let set = found(&[("b.sql", FIRST), ("a.sql", "-- liquibase formatted sql\n-- changeset x:1\nselect 1;")]);
    assert_eq!(set.framework, "liquibase");
    assert_eq!(versions(&set), ["x:1", "ann:1", "Bob B:two"]);
    let sets = &set.migrations;
    assert_eq!(sets.iter().map(|m| m.first_line).collect::<Vec<_>>(), [2, 3, 8]);
    assert_eq!(sets.iter().map(|m| m.transactional).collect::<Vec<_>>(), [true, true, false]);
    assert_eq!(sets[1].sql.lines().nth(2), Some("CREATE TABLE t (a int);"));
    let notes = set.notes.join("\n");
    assert!(notes.contains("1 changeset with one run") && notes.contains("b.sql (ann:3), b.sql (ann:4)"), "{notes}");
    assert!(set.history_tables.contains(&"public.databasechangeloglock".to_owned()));
}

#[test]
fn delimiters_ignored_lines_and_properties() {
    let sql = "--liquibase formatted sql\n--property name:schema value:shop\n--property name:x value:1 dbms:oracle\n\
        --changeset a:1 endDelimiter:// splitStatements:true\nselect '${schema}'//\nselect '${x}'//\n\
        --changeset a:2\n--ignoreLines:2\nnot sql\nnot sql\nselect 2\n/\n--ignoreLines:start\nnot\n--ignoreLines:end\n\
        select 3;\n";
    let set = found(&[("a.sql", sql)]);
    assert_eq!(set.migrations[0].sql.lines().skip(1).collect::<Vec<_>>(), ["select 'shop';", "select '${x}';"]);
    let second = &set.migrations[1];
    let line = |number: usize| second.sql.lines().nth(number - second.first_line).unwrap();
    assert_eq!([line(9), line(10), line(11), line(12), line(14), line(16)], ["", "", "select 2", ";", "", "select 3;"]);
    assert!(set.notes[0].contains("no value for the properties x"), "{:?}", set.notes);
}

#[test]
fn what_liquibase_refuses_is_refused() {
    let head = "--liquibase formatted sql\n";
    for (sql, words) in [
        ("--changeset nobody\nselect 1;", "line 2: expected --changeset author:id"),
        ("--changeset a:1\nselect 1;\n--changeset a:1\n", "line 4: a second changeset a:1"),
        ("--changeset a:1 endDelimiter:\\w+\n", "line 2: endDelimiter:\\w+ is not understood"),
        ("--changeset a:1\n--ignoreLines:many\n", "line 3: ignoreLines:many"),
    ] {
        let message = error(&[("a.sql", &format!("{head}{sql}"))]).to_string();
        assert!(message.contains(words), "{message}");
    }
}

#[test]
fn a_master_includes_in_its_own_order() {
    let master = "<databaseChangeLog xmlns=\"http://www.liquibase.org/xml/ns/dbchangelog\">\n\
        <property name=\"s\" value=\"shop\"/>\n\
        <include file=\"db/changelog/z.sql\"/>\n\
        <include file=\"inner/more.yaml\" relativeToChangelogFile=\"true\"/>\n\
        <includeAll path=\"db/changelog/all/\"/>\n\
        <changeSet id=\"s\" author=\"me\" runInTransaction=\"false\">\n\
          <sqlFile path=\"scripts/s.sql\" relativeToChangelogFile=\"true\" endDelimiter=\"//\"/>\n\
          <sql dbms=\"oracle\">no</sql>\n\
          <sql>\nselect '${s}';</sql><tagDatabase tag=\"v1\"/><rollback>x</rollback>\n\
        </changeSet></databaseChangeLog>";
    let yaml = "databaseChangeLog:\n  - include:\n      file: y.sql\n      relativeToChangelogFile: true\n";
    let set = found(&[
        ("master.xml", master),
        ("z.sql", "--liquibase formatted sql\n--changeset z:1\nselect 1;"),
        ("inner/more.yaml", yaml),
        ("inner/y.sql", "select 'raw ${s}';"),
        ("all/b.sql", "--liquibase formatted sql\n--changeset b:1\nselect 1;"),
        ("all/a.sql", "--liquibase formatted sql\n--changeset a:1\nselect 1;"),
        ("scripts/s.sql", "select 1//"),
    ]);
    assert_eq!(paths(&set), ["z.sql", "inner/y.sql", "all/a.sql", "all/b.sql", "scripts/s.sql", "master.xml"]);
    assert_eq!(set.migrations[1].sql, "select 'raw ${s}';");
    assert_eq!((set.migrations[4].sql.as_str(), set.migrations[4].transactional), ("select 1;", false));
    assert_eq!((set.migrations[5].sql.trim(), set.migrations[5].first_line), ("select 'shop';", 9));
}

#[test]
fn changes_that_are_not_sql_need_liquibase() {
    let xml = "<databaseChangeLog>\n<changeSet id=\"1\" author=\"me\">\n<createTable tableName=\"t\"/></changeSet>\
               </databaseChangeLog>";
    let message = error(&[("a.xml", xml)]).to_string();
    assert!(message.starts_with("a.xml, line 3: createTable of changeset me:1 is not SQL"), "{message}");
    assert!(message.contains("[\"liquibase\", \"update\"]"), "{message}");
}

#[test]
fn roots_and_what_is_missing_are_named() {
    let include = |file: &str| format!("databaseChangeLog:\n- include:\n    file: {file}\n");
    let message = error(&[("a.yaml", &include("gone.sql"))]).to_string();
    assert!(message.starts_with("a.yaml, line 2, names gone.sql, which is not"), "{message}");
    let sql = "--liquibase formatted sql\n--changeset z:1\nselect 1;";
    let files = [("a.yaml", include("x.sql")), ("b.yaml", include("x.sql")), ("x.sql", sql.to_owned())];
    let files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (*path, text.as_str())).collect();
    assert!(matches!(error(&files), DiscoveryError::SeveralRoots { files, .. } if files == ["a.yaml", "b.yaml"]));
    let options = beside(&[("liquibase.properties", "changeLogFile=src/b.yaml\n")]);
    assert_eq!(with(&files, &options).unwrap().migrations.len(), 1);
    let spring = "spring:\n  liquibase:\n    change-log: classpath:db/changelog/b.yaml\n";
    let options = beside(&[("src/main/resources/application.yml", spring)]);
    assert_eq!(with(&files, &options).unwrap().migrations.len(), 1);
    let message = error(&[("a.yaml", &include("a.yaml"))]).to_string();
    assert!(message.contains("no migrations of liquibase") || message.contains("includes itself"), "{message}");
}
