use proptest::prelude::*;

use super::*;

/// The statements' own texts, with their lines.
fn statements(text: &str) -> Vec<(usize, &str)> {
    split(text)
        .iter()
        .filter(|piece| matches!(piece.kind, Kind::Sql { .. }))
        .map(|piece| (piece.line, piece.text(text)))
        .collect()
}

fn kinds(text: &str) -> Vec<Kind> {
    split(text).iter().map(|piece| piece.kind).filter(|kind| *kind != Kind::Blank).collect()
}

fn problems(text: &str) -> Vec<Problem> {
    split(text).iter().filter_map(|piece| piece.problem).collect()
}

const SEMICOLON: Kind = Kind::Sql { ended: Ended::Semicolon };

#[test]
fn semicolons_in_quotes_comments_and_parentheses_end_nothing() {
    for statement in [
        "SELECT ';';",
        "SELECT E'\\';';",
        "SELECT E'a'\n  'b\\';c';",
        "SELECT U&'\\003B;', U&\"x;\" UESCAPE '!';",
        "SELECT \"a;\"\"b;\";",
        "SELECT $$;$$, $a$ ; $$ ; $a$;",
        "SELECT 1 /* ; /* ; */ ; */ + 1;",
        "SELECT 1 -- ;\n + 1;",
        "CREATE RULE r AS ON INSERT TO t DO ALSO (INSERT INTO a VALUES (1); DELETE FROM b;);",
        "CREATE FUNCTION f() RETURNS int LANGUAGE sql BEGIN ATOMIC SELECT 1; SELECT CASE WHEN true THEN 1 ELSE 2 END; END;",
        "create or replace procedure p() begin atomic insert into t values (1); select t.end, t.case from t; end;",
        "CREATE FUNCTION \"begin\"() RETURNS int AS 'x' LANGUAGE sql;",
        "SELECT N';', B'1', X'F';",
    ] {
        let text = format!("{statement}\nSELECT 2;");
        let line = 1 + statement.matches('\n').count() + 1;
        assert_eq!(statements(&text), vec![(1, statement), (line, "SELECT 2;")]);
    }
}

#[test]
fn begin_opens_a_body_only_in_a_routine() {
    assert_eq!(
        statements("BEGIN; SELECT CASE WHEN a THEN b END FROM t; END; COMMIT;").iter().map(|s| s.1).collect::<Vec<_>>(),
        vec!["BEGIN;", "SELECT CASE WHEN a THEN b END FROM t;", "END;", "COMMIT;"]
    );
}

#[test]
fn data_of_a_copy_is_one_piece() {
    let text = "COPY public.t (a, \"from\") FROM stdin;\n1\t;'\n\\.x\n\\.\nSELECT 1;";
    assert_eq!(kinds(text), vec![SEMICOLON, Kind::CopyData, SEMICOLON]);
    assert_eq!(statements(text)[1], (5, "SELECT 1;"));
    let text = "copy t from STDIN with (format csv);\r\na;b\r\n\\.\r\nSELECT 1;";
    assert_eq!(statements(text)[1], (4, "SELECT 1;"));
    // An empty one, and one at the very end of the text.
    assert_eq!(kinds("COPY t FROM stdin;\n\\.\n"), vec![SEMICOLON, Kind::CopyData]);
    assert_eq!(kinds("COPY t FROM stdin;\n1\n\\."), vec![SEMICOLON, Kind::CopyData]);
    assert_eq!(kinds("COPY (SELECT 1) TO stdout; SELECT 1;"), vec![SEMICOLON, SEMICOLON]);
}

#[test]
fn backslash_commands_last_to_the_end_of_their_line() {
    let text = "\\restrict ab;c'd\n\\set x 'a'\r\nSELECT 1 \\g\nSELECT 2;\n\\echo done";
    let all: Vec<(Kind, &str)> = split(text)
        .iter()
        .map(|piece| (piece.kind, piece.text(text)))
        .filter(|(kind, _)| *kind != Kind::Blank)
        .collect();
    assert_eq!(
        all,
        vec![
            (Kind::PsqlCommand, "\\restrict ab;c'd"),
            (Kind::PsqlCommand, "\\set x 'a'"),
            (Kind::Sql { ended: Ended::Command }, "SELECT 1"),
            (Kind::PsqlCommand, "\\g"),
            (SEMICOLON, "SELECT 2;"),
            (Kind::PsqlCommand, "\\echo done"),
        ]
    );
}

#[test]
fn a_text_that_ends_too_early_names_the_line() {
    assert_eq!(problems("SELECT 1;\n\nSELECT 'a\nb"), vec![Problem::OpenQuote { line: 3 }]);
    assert_eq!(problems("SELECT\n$$ a"), vec![Problem::OpenQuote { line: 2 }]);
    assert_eq!(problems("SELECT 1;\n/* a"), vec![Problem::OpenComment { line: 2 }]);
    assert_eq!(problems("SELECT 1\n/* a"), vec![Problem::OpenComment { line: 2 }]);
    assert_eq!(problems("SELECT \"a"), vec![Problem::OpenName { line: 1 }]);
    assert_eq!(problems("CREATE TABLE t\n(a int;\nSELECT 1;"), vec![Problem::OpenParenthesis { line: 2 }]);
    assert_eq!(
        problems("CREATE FUNCTION f() RETURNS int\nBEGIN ATOMIC SELECT 1;"),
        vec![Problem::OpenBody { line: 2 }]
    );
    assert_eq!(problems("SELECT 1;\nCOPY t FROM stdin;\n1\n2"), vec![Problem::OpenCopy { line: 2 }]);
    assert_eq!(problems("SELECT 1;\nCOPY t FROM stdin;"), vec![Problem::OpenCopy { line: 2 }]);
    assert!(problems("SELECT 1").is_empty());
}

#[test]
fn byte_order_mark_and_line_endings_keep_the_lines() {
    assert_eq!(statements("\u{feff}SELECT 1;\r\n\r\nSELECT 2"), vec![(1, "SELECT 1;"), (3, "SELECT 2")]);
    assert!(split("").is_empty());
    assert_eq!(kinds("; ;\n;"), vec![]);
}

#[test]
fn classes_are_told_from_the_first_words() {
    use class::{Class, ExtensionRequest, Transaction, class};
    let role = |name: &str| Class::CreateRole(name.to_owned());
    for (text, expected) in [
        ("BEGIN;", Class::Transaction(Transaction::Begin)),
        ("start transaction isolation level serializable", Class::Transaction(Transaction::Begin)),
        ("COMMIT", Class::Transaction(Transaction::Commit)),
        ("END;", Class::Transaction(Transaction::Commit)),
        ("ROLLBACK TO SAVEPOINT a", Class::Transaction(Transaction::Savepoint)),
        ("rollback work to a", Class::Transaction(Transaction::Savepoint)),
        ("ROLLBACK;", Class::Transaction(Transaction::Rollback)),
        ("CREATE INDEX CONCURRENTLY a ON t (b)", Class::Alone),
        ("CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS a ON t (b)", Class::Alone),
        ("CREATE INDEX concurrently_made ON t (b)", Class::Other),
        ("DROP INDEX CONCURRENTLY a", Class::Alone),
        ("REINDEX (VERBOSE) TABLE CONCURRENTLY t", Class::Alone),
        ("VACUUM (ANALYZE) t", Class::Alone),
        ("ALTER TABLE t DETACH PARTITION p CONCURRENTLY", Class::Alone),
        ("ALTER SYSTEM SET a = 1", Class::Server),
        ("CREATE DATABASE x", Class::Server),
        ("CREATE USER app WITH PASSWORD 'x'", role("app")),
        ("CREATE ROLE \"Odd Role\"", role("Odd Role")),
        ("CREATE USER MAPPING FOR app SERVER s", Class::Other),
        ("GRANT admin TO app", Class::ChangeRole),
        ("GRANT SELECT ON t TO app", Class::Other),
        ("grant temp on database aerie to public", Class::Server),
        ("CREATE SCHEMA IF NOT EXISTS a AUTHORIZATION b", Class::CreateSchema("a".to_owned())),
        ("COPY t (a) FROM STDIN", Class::CopyFromStdin),
        ("COPY (SELECT a FROM stdin) TO stdout", Class::Other),
        ("", Class::Other),
        (
            "/* a */ create extension if not exists \"uuid-ossp\" with schema extensions version '1.1' cascade;",
            Class::CreateExtension(ExtensionRequest {
                name: "uuid-ossp".to_owned(),
                if_not_exists: true,
                schema: Some("extensions".to_owned()),
                version: Some("1.1".to_owned()),
            }),
        ),
    ] {
        assert_eq!(class(text), expected, "{text}");
    }
}

#[test]
fn extensions_are_found_inside_blocks_too() {
    let text = "CREATE EXTENSION pg_trgm;\n-- CREATE EXTENSION no;\nDO $$ BEGIN CREATE EXTENSION IF NOT EXISTS \"uuid-ossp\"; \
                EXECUTE 'create extension citext'; END $$; CREATE EXTENSION pg_trgm; COMMENT ON EXTENSION plpgsql IS 'x';";
    assert_eq!(class::extensions(text), vec!["pg_trgm", "uuid-ossp", "citext"]);
}

/// Scraps that mean something to the scanner, so that random sequences of them reach its corners.
fn soup() -> impl Strategy<Value = String> {
    let scrap = prop_oneof![
        prop::sample::select(vec![
            "SELECT ",
            "COPY ",
            "t ",
            "FROM ",
            "stdin",
            ";",
            "\n",
            "\\.",
            "\n\\.\n",
            "\\g",
            "\\",
            "'",
            "''",
            "\"",
            "$$",
            "$a$",
            "$",
            "/*",
            "*/",
            "--",
            "(",
            ")",
            "E'",
            "U&'",
            "N'",
            "CREATE ",
            "OR REPLACE ",
            "FUNCTION ",
            "BEGIN ",
            "ATOMIC ",
            "CASE ",
            "END ",
            ".",
            "\r\n",
            "\u{feff}",
            "é",
            "漢",
            "\0",
            " ",
            "\t",
            "1e",
            "0x",
        ])
        .prop_map(str::to_owned),
        "\\PC{0,3}",
    ];
    prop::collection::vec(scrap, 0..40).prop_map(|scraps| scraps.concat())
}

fn holds(text: &str) -> Result<(), TestCaseError> {
    let pieces = split(text);
    let mut at = 0;
    for piece in &pieces {
        prop_assert_eq!(piece.range.start, at);
        prop_assert!(piece.range.end > at);
        prop_assert_eq!(piece.line, 1 + text[..at].matches('\n').count());
        at = piece.range.end;
        class::class(piece.text(text));
    }
    prop_assert_eq!(at, text.len());
    class::extensions(text);
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn pieces_are_the_text_whatever_it_is(text in any::<String>()) {
        holds(&text)?;
    }

    #[test]
    fn pieces_are_the_text_for_scraps_of_sql(text in soup()) {
        holds(&text)?;
    }
}
