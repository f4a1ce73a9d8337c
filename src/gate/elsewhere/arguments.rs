//! What is typed for the command: no URL, no pairs, no option of `psql` in it may point at another database than the one
//! that was verified. Pure.
//!
//! Shell lines (`sh -c '…'`) are looked through piece by piece; variables in them that are known are filled in. A
//! program's own files are not looked into.

use std::collections::BTreeMap;

use super::{Verified, is_aside, names_a_place, variables};
use crate::gate::refusal::{Code, Refusal};
use crate::postgres::Dsn;
use crate::postgres::dsn::Address;

const SHELLS: [&str; 8] = ["sh", "bash", "dash", "zsh", "ksh", "ash", "fish", "busybox"];

/// Programs that take `-h`, `-p` and `-d`, and which of them takes the database's name alone.
const CLIENTS: [(&str, bool); 5] =
    [("psql", true), ("pgcli", true), ("pg_restore", false), ("vacuumdb", false), ("reindexdb", false)];

/// Options of theirs that have a value, but for those that name a place.
const WITH_VALUE: &str = "cfFLoPRTUvnjtSIN";
const LONG_WITH_VALUE: [&str; 14] = [
    "command",
    "file",
    "username",
    "variable",
    "set",
    "output",
    "pset",
    "log-file",
    "field-separator",
    "record-separator",
    "table-attr",
    "schema",
    "table",
    "jobs",
];

/// Refuses where one of the command's words names another host, port or database than `verified`. No value is repeated.
/// `inherited`: the variables that the command would inherit.
pub(in crate::gate) fn check(
    words: &[String],
    inherited: &BTreeMap<String, String>,
    verified: &Dsn,
) -> Option<Refusal> {
    let verified = Verified::of(verified)?;
    let around = around(inherited, verified);
    let mut against: Vec<String> = Vec::new();
    for (at, word) in words.iter().enumerate().skip(1) {
        let in_shell = words[..at].iter().any(|word| SHELLS.contains(&base(word)));
        let is_line = in_shell && word.contains(char::is_whitespace);
        let line = if is_line { pieces(word, &around) } else { vec![word.clone()] };
        for (place, piece) in line.iter().enumerate() {
            let before = if is_line { place.checked_sub(1).map(|at| &line[at]) } else { words.get(at - 1) };
            // `host=a` alone sets a variable of the shell.
            let assigns = is_line && !piece.starts_with("dbname=") && !piece.contains(char::is_whitespace);
            if let Some((name, what)) = judge(piece, before.map(String::as_str), assigns, &around, verified) {
                against.push(format!("{} {what}", called(at, name.as_deref())));
            }
        }
        if is_line {
            against.extend(client(&line, verified).map(|what| format!("{} {what}", called(at, None))));
        }
    }
    against.extend(client(words, verified).map(|what| format!("an option {what}")));
    against.dedup();
    if against.is_empty() {
        return None;
    }
    let message = format!(
        "the command itself speaks of another database than {}: {}",
        verified.dsn.redacted(),
        against.join("; ")
    );
    Some(
        Refusal::new(Code::Environment, message)
            .hint("leave it out: the command gets DATABASE_URL, PGHOST, PGPORT and PGDATABASE from tidegate")
            .hint(
                "where a program wants it typed: tidegate gate -- sh -c 'exec goose -dir migrations postgres \
                 \"$DATABASE_URL\" up'",
            ),
    )
}

/// `argument 2 (--url=…)`
fn called(at: usize, name: Option<&str>) -> String {
    match name {
        Some(name) => format!("argument {at} ({name}…)"),
        None => format!("argument {at}"),
    }
}

/// What variables in a shell line stand for: those that tidegate sets, then those that are inherited.
fn around(inherited: &BTreeMap<String, String>, verified: Verified<'_>) -> BTreeMap<String, String> {
    let mut around = inherited.clone();
    // It is replaced by the verified one, whatever it is.
    around.remove("DATABASE_URL");
    let host = match &verified.host.address {
        Address::Tcp { name, .. } => name.clone(),
        Address::Unix(folder) => folder.display().to_string(),
    };
    let port = verified.host.port.to_string();
    for (name, value) in
        [("PGHOST", &host), ("PGPORT", &port), ("PGDATABASE", &verified.dsn.dbname), ("PGUSER", &verified.dsn.user)]
    {
        around.insert(name.to_owned(), value.clone());
    }
    around
}

/// In which way a word speaks of another database, and the name of the option that it is the value of. `assigns`: a lone
/// `a=b` means something else here.
fn judge(
    word: &str,
    before: Option<&str>,
    assigns: bool,
    around: &BTreeMap<String, String>,
    verified: Verified<'_>,
) -> Option<(Option<String>, &'static str)> {
    let option = before.filter(|before| before.starts_with('-') && !before.contains('='));
    // `psql -v host=a` sets a variable of its own.
    let assigns = assigns || matches!(option, Some("-v" | "--set" | "--variable" | "-D" | "--var" | "-var"));
    let is_url = word.contains("://") || word.contains("jdbc:");
    if names_a_place(word) && (is_url || !assigns) {
        let aside = option.is_some_and(is_aside);
        return verified.differs(word, around).filter(|_| !aside).map(|what| (option.map(with_space), what));
    }
    if let Some((name, value)) = word.split_once('=')
        && !name.is_empty()
        && name.chars().all(|letter| letter.is_ascii_uppercase() || letter.is_ascii_digit() || letter == '_')
    {
        return variables::of(name, value, around, verified).map(|what| (Some(format!("{name}=")), what));
    }
    let glued = (word.starts_with('-') && !word.starts_with("--")).then(|| word.get(2..).map(|rest| (2, rest)));
    let values = word.match_indices('=').map(|(at, _)| (at + 1, &word[at + 1..])).chain(glued.flatten());
    let (at, value) = values.into_iter().find(|(_, value)| names_a_place(value))?;
    let name = &word[..at];
    verified.differs(value, around).filter(|_| !is_aside(name)).map(|what| (Some(name.to_owned()), what))
}

fn with_space(name: &str) -> String {
    format!("{name} ")
}

/// A shell line in its words, known variables filled in. Quotes hold together what is between them, nothing else is
/// understood.
fn pieces(line: &str, around: &BTreeMap<String, String>) -> Vec<String> {
    let mut pieces = vec![String::new()];
    let mut quote = None;
    for letter in line.chars() {
        match (quote, letter) {
            (Some(open), letter) if letter == open => quote = None,
            (None, '\'' | '"') => quote = Some(letter),
            (None, ';' | '|' | '(' | ')' | '`' | '<' | '>') => pieces.extend([";".to_owned(), String::new()]),
            (None, letter) if letter.is_whitespace() => pieces.push(String::new()),
            (_, letter) => {
                if let Some(last) = pieces.last_mut() {
                    last.push(letter);
                }
            }
        }
    }
    pieces.retain(|piece| !piece.is_empty());
    pieces.iter().map(|piece| filled_in(piece, around)).collect()
}

/// `$NAME`, `${NAME}` and `${NAME:-otherwise}`, where NAME is known; else as it stands.
fn filled_in(text: &str, around: &BTreeMap<String, String>) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find('$') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let braced = rest.strip_prefix("${").and_then(|inner| inner.split_once('}'));
        let (name, after) = match braced {
            Some((inner, after)) => (inner.split([':', '-', '?', '+', '=']).next().unwrap_or_default(), after),
            None => {
                let is_name = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
                let end = rest[1..].find(|letter| !is_name(letter)).map_or(rest.len(), |end| end + 1);
                (&rest[1..end], &rest[end..])
            }
        };
        match around.get(name) {
            Some(value) => {
                out.push_str(value);
                rest = after;
            }
            None => {
                out.push('$');
                rest = &rest[1..];
            }
        }
    }
    out.push_str(rest);
    out
}

fn base(word: &str) -> &str {
    word.rsplit('/').next().unwrap_or(word)
}

/// In which way the options of `psql` and its like speak of another database.
fn client(words: &[String], verified: Verified<'_>) -> Option<&'static str> {
    let is_client = |word: &String| CLIENTS.iter().find(|(name, _)| *name == base(word));
    let (at, (_, takes_name)) = words.iter().enumerate().find_map(|(at, word)| Some((at, is_client(word)?)))?;
    let mut rest = words[at + 1..].iter().take_while(|word| !matches!(word.as_str(), ";" | "&&" | "&"));
    let mut named = !takes_name;
    while let Some(word) = rest.next() {
        let (option, value) = if let Some(long) = word.strip_prefix("--") {
            let (name, value) = long.split_once('=').map_or((long, None), |(name, value)| (name, Some(value)));
            let option = match name {
                "host" => 'h',
                "port" => 'p',
                "dbname" => 'd',
                other if value.is_some() || !LONG_WITH_VALUE.contains(&other) => continue,
                _ => ' ',
            };
            (option, value)
        } else if let Some(short) = word.strip_prefix('-') {
            let has_value = |letter: char| "hpd".contains(letter) || WITH_VALUE.contains(letter);
            let Some((at, option)) = short.char_indices().find(|(_, letter)| has_value(*letter)) else { continue };
            (option, Some(&short[at + option.len_utf8()..]).filter(|value| !value.is_empty()))
        } else if std::mem::replace(&mut named, true) {
            continue;
        } else {
            ('d', Some(word.as_str()))
        };
        let Some(value) = value.or_else(|| rest.next().map(String::as_str)) else { break };
        // What a variable stands for is not known here; a URL was looked at as a word.
        if value.contains('$') || value.contains("://") {
            named |= option == 'd';
            continue;
        }
        match option {
            'h' if !verified.is_host(value) => return Some("names another host"),
            'p' if !verified.is_port(value) => return Some("names another port"),
            'd' if !value.contains('=') && value != verified.dsn.dbname => return Some("names another database"),
            'd' => named = true,
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::postgres::Env;

    fn checked(words: &[&str]) -> Option<Refusal> {
        let verified = Dsn::parse("postgres://app:secret@db.example.com:5432/shop", &Env::default()).unwrap();
        let inherited = [("APP_HOST", "db.example.com"), ("OTHER_HOST", "staging"), ("DATABASE_URL", "postgres://x/y")];
        let inherited = inherited.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
        check(&words, &inherited, &verified)
    }

    #[test]
    fn what_names_the_same_or_nothing_is_fine() {
        for words in [
            &["sqlx", "migrate", "run"][..],
            &["dbmate", "--url", "postgres://other:pw@db.example.com/shop?sslmode=require", "up"],
            &["flyway", "-url=jdbc:postgresql://db.example.com:5432/shop?user=a", "migrate"],
            &["goose", "postgres", "user=x host=db.example.com dbname=shop sslmode=disable", "up"],
            &["migrate", "-database", "pgx5://db.example.com:5432/shop?x-migrations-table=m", "up"],
            &["atlas", "migrate", "apply", "--dev-url", "postgres://localhost/dev"],
            &["atlas", "migrate", "apply", "--dev-url=docker://postgres/16/dev"],
            &["prisma", "migrate", "diff", "--shadow-database-url", "postgres://localhost/shadow"],
            &["sh", "-c", "exec goose postgres \"$DATABASE_URL\" up"],
            &["sh", "-c", "exec flyway -url=\"jdbc:postgresql://$PGHOST:${PGPORT:-5432}/$PGDATABASE\" migrate"],
            &["sh", "-c", "a --url postgres://$APP_HOST/shop; psql -X -h $PGHOST -d \"$PGDATABASE\" -f x.sql"],
            &["sh", "-c", "psql \"$DATABASE_URL\" -v ON_ERROR_STOP=1 -f x.sql && echo host=done"],
            &["psql", "-X", "-v", "dbname=other", "-v", "ON_ERROR_STOP=1", "-f", "x.sql"],
            &["psql", "-hdb.example.com", "--port=5432", "-Xqd", "shop", "-c", "SELECT 1"],
            &["psql", "postgres://app@db.example.com/shop"],
            &["psql", "-c", "CREATE SUBSCRIPTION s CONNECTION 'host=staging dbname=x' PUBLICATION p"],
            &["./migrate.sh", "--mirror", "https://example.com/a?host=b", "--set=a=b"],
            &["x", "mysql://root@elsewhere/shop"],
            &["env", "PGHOST=db.example.com", "PGAPPNAME=x", "sqlx", "migrate", "run"],
            &["postgres://elsewhere/is-the-program"],
        ] {
            assert_eq!(checked(words), None, "{words:?}");
        }
    }

    #[test]
    fn another_host_port_or_database_is_refused_and_no_value_repeated() {
        for (words, said) in [
            (
                &["dbmate", "--url", "postgres://a:hunter2@staging/shop", "up"][..],
                "argument 2 (--url …) names another host",
            ),
            (
                &["dbmate", "--url=postgres://a:hunter2@db.example.com/other"],
                "argument 1 (--url=…) names another database",
            ),
            (&["goose", "postgres", "postgresql://db.example.com:6432/shop", "up"], "argument 2 names another port"),
            (
                &["goose", "postgres", "host=staging dbname=shop password=hunter2", "up"],
                "argument 2 names another host",
            ),
            (&["goose", "postgres", "dbname=other", "up"], "another database"),
            (&["goose", "postgres", "service=staging", "up"], "cannot be read"),
            (&["migrate", "-database", "pgx5://a:hunter2@staging/shop", "up"], "(-database …) names another host"),
            (&["migrate", "-database", "cockroach://a:hunter2@staging:26257/shop", "up"], "another host"),
            (&["sqlx", "migrate", "run", "--database-url", "POSTGRES://a:hunter2@staging/shop"], "another host"),
            (&["flyway", "-url=jdbc:postgresql://staging:5432/shop?password=hunter2"], "(-url=…) names another host"),
            (&["liquibase", "--url=jdbc:postgresql:shop", "update"], "another host"),
            (&["mvn", "-Dflyway.url=jdbc:postgresql://staging/shop"], "(-Dflyway.url=…) names another host"),
            (&["alembic", "-x", "url=postgresql+asyncpg://a:hunter2@staging/shop", "upgrade"], "another host"),
            (&["x", "postgres://a:hunter2@db.example.com,staging/shop"], "several hosts"),
            (&["x", "postgres://a:hun/ter2@db.example.com/shop"], "cannot be read"),
            (&["psql", "-dpostgres://a:hunter2@staging/shop"], "another host"),
            (&["psql", "postgres://a:hunter2@staging/shop", "-f", "x.sql"], "another host"),
            (&["psql", "-h", "staging", "-f", "x.sql"], "an option names another host"),
            (&["psql", "-Xqhstaging"], "another host"),
            (&["/usr/bin/psql", "--host=staging"], "another host"),
            (&["psql", "-p", "6432"], "another port"),
            (&["psql", "-v", "a=b", "-f", "x.sql", "other"], "another database"),
            (&["pg_restore", "--dbname", "other", "dump"], "another database"),
            (&["env", "PGHOST=staging", "sqlx", "migrate", "run"], "argument 1 (PGHOST=…) names another host"),
            (&["env", "DATABASE_URL=postgres://a:hunter2@staging/shop", "x"], "(DATABASE_URL=…) names another host"),
            (&["sh", "-c", "exec dbmate --url 'postgres://a:hunter2@staging/shop' up"], "argument 2 (--url …) names"),
            (&["sh", "-c", "cd db; PGDATABASE=other sqlx migrate run"], "names another database"),
            (&["bash", "-ec", "goose postgres \"host=staging password=hunter2\" up"], "another host"),
            (&["sh", "-c", "x --url postgres://$OTHER_HOST/shop"], "another host"),
            (&["sh", "-c", "x --url postgres://a:hunter2@$WHO_KNOWS/shop"], "another host"),
            (&["sh", "-c", "x && psql -h staging -f x.sql"], "another host"),
        ] {
            let refusal = checked(words).unwrap_or_else(|| panic!("{words:?}"));
            assert_eq!((refusal.code, refusal.code.exit()), (Code::Environment, 120));
            assert!(refusal.message.contains(said), "{words:?}: {}", refusal.message);
            let told = format!("{refusal:?}");
            assert!(!told.contains("hunter2") && !told.contains("ter2") && !told.contains("secret"), "{told}");
        }
    }
}
