//! Which statements Flyway runs outside a transaction of its own accord (`PostgreSQLParser`).

use squawk_lexer::{TokenKind, tokenize};

/// Whether every statement may run in a transaction. One that may not takes the whole file out of it.
pub(super) fn possible(sql: &str) -> bool {
    !heads(sql).iter().any(|head| refused(head))
}

fn refused(head: &[String]) -> bool {
    let words: Vec<&str> = head.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["CREATE" | "DROP", "DATABASE" | "TABLESPACE" | "SUBSCRIPTION", ..]
        | ["ALTER", "SYSTEM", ..]
        | ["CREATE" | "DROP", "INDEX", "CONCURRENTLY", ..]
        | ["CREATE" | "DROP", "UNIQUE", "INDEX", "CONCURRENTLY", ..]
        | ["VACUUM", ..]
        | ["DISCARD", "ALL", ..] => true,
        ["REINDEX", rest @ ..] => {
            let rest = rest.strip_prefix(&["VERBOSE"]).unwrap_or(rest);
            matches!(rest, ["SCHEMA" | "DATABASE" | "SYSTEM", ..])
        }
        _ => false,
    }
}

/// The first few words of each statement, in capitals.
fn heads(sql: &str) -> Vec<Vec<String>> {
    const ENOUGH: usize = 5;
    let mut heads = vec![Vec::new()];
    let mut at = 0;
    for token in tokenize(sql) {
        let text = &sql[at..at + token.len as usize];
        at += token.len as usize;
        match (token.kind, heads.last_mut()) {
            (TokenKind::Semi, _) => heads.push(Vec::new()),
            (TokenKind::Ident, Some(head)) if head.len() < ENOUGH => head.push(text.to_uppercase()),
            _ => {}
        }
    }
    heads
}
