//! One spelling of a view's query for every server.
//!
//! Before PostgreSQL 16 the columns of a view that reads one relation are printed with its name (`SELECT c.id FROM
//! shop.customers c`), since then without. The newer spelling is brought about here: where the outermost query reads
//! exactly one relation, the prefix goes, save inside subqueries, which every version prints with prefixes.

/// The server's text without its final semicolon and the space that it puts in front.
pub(in crate::source) fn normalized(text: &str) -> String {
    let text = text.trim().trim_end_matches(';');
    let tokens = tokens(text);
    match only_relation(text, &tokens) {
        Some(name) => without_prefix(text, &tokens, &name),
        None => text.to_owned(),
    }
}

/// A word, a quoted name, a string, or one other character; blanks are left out.
struct Token {
    start: usize,
    end: usize,
    /// Parentheses around it; an opening one has the depth outside.
    depth: usize,
    /// Whether it stands in a subquery.
    nested: bool,
}

fn tokens(text: &str) -> Vec<Token> {
    let bytes = text.as_bytes();
    let mut tokens = Vec::new();
    // For each open parenthesis, whether what it opens is a query.
    let mut open: Vec<bool> = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        let start = at;
        let word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'$' || byte >= 0x80;
        match bytes[at] {
            byte if byte.is_ascii_whitespace() => {
                at += 1;
                continue;
            }
            quote @ (b'"' | b'\'') => {
                let escapes = quote == b'\'' && start > 0 && bytes[start - 1] == b'E';
                at = after_quote(bytes, at, escapes);
            }
            byte if word(byte) => {
                while at < bytes.len() && word(bytes[at]) {
                    at += 1;
                }
            }
            _ => at += 1,
        }
        let text = &text[start..at];
        if text == ")" {
            open.pop();
        }
        tokens.push(Token { start, end: at, depth: open.len(), nested: open.contains(&true) });
        if text == "(" {
            let rest = std::str::from_utf8(&bytes[at..]).unwrap_or_default().trim_start();
            open.push(["SELECT ", "WITH ", "VALUES "].iter().any(|word| rest.starts_with(word)));
        }
    }
    tokens
}

fn after_quote(bytes: &[u8], start: usize, escapes: bool) -> usize {
    let quote = bytes[start];
    let mut at = start + 1;
    while at < bytes.len() {
        if escapes && bytes[at] == b'\\' {
            at += 2;
        } else if bytes[at] != quote {
            at += 1;
        } else if bytes.get(at + 1) == Some(&quote) {
            at += 2;
        } else {
            return at + 1;
        }
    }
    bytes.len()
}

/// The name by which the outermost query refers to the one relation that it reads.
fn only_relation(text: &str, tokens: &[Token]) -> Option<String> {
    let word = |token: &Token| &text[token.start..token.end];
    let outer: Vec<&Token> = tokens.iter().filter(|token| token.depth == 0).collect();
    // After a WITH list, the query itself starts at the first SELECT outside parentheses.
    let query = outer.iter().position(|token| word(token) == "SELECT")?;
    let outer = &outer[query..];
    if outer.iter().any(|token| matches!(word(token), "UNION" | "INTERSECT" | "EXCEPT")) {
        return None;
    }
    let from = outer.iter().position(|token| word(token) == "FROM")?;
    let clause: Vec<&str> = outer[from + 1..]
        .iter()
        .map(|token| word(token))
        .take_while(|word| {
            !matches!(*word, "WHERE" | "GROUP" | "HAVING" | "ORDER" | "LIMIT" | "OFFSET" | "WINDOW" | "FOR")
        })
        .collect();
    // schema.name, name, and either with an alias. Functions, joins and lists have other tokens.
    let name = match clause.as_slice() {
        [name] | [_, ".", name] | [_, ".", _, name] => *name,
        [table, alias] if *table != "ONLY" => *alias,
        _ => return None,
    };
    name.starts_with(|c: char| c == '"' || c == '_' || c.is_alphabetic()).then(|| name.to_owned())
}

fn without_prefix(text: &str, tokens: &[Token], name: &str) -> String {
    let mut result = String::with_capacity(text.len());
    let mut copied = 0;
    let word = |at: usize| tokens.get(at).map_or("", |token| &text[token.start..token.end]);
    for at in 0..tokens.len() {
        let follows = at > 0 && word(at - 1) == ".";
        if !tokens[at].nested && !follows && word(at) == name && word(at + 1) == "." && word(at + 2) != "*" {
            // The relation itself is `schema.name` in FROM: there the schema may have the name that is looked for.
            let in_from = at > 0 && tokens[at].depth == 0 && matches!(word(at - 1), "FROM" | "ONLY");
            if !in_from {
                result.push_str(&text[copied..tokens[at].start]);
                copied = tokens[at + 1].end;
            }
        }
    }
    result.push_str(&text[copied..]);
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_prefix_of_an_only_relation_goes() {
        assert_eq!(
            normalized(" SELECT c.id,\n    (c.price * 2) AS twice\n   FROM shop.customers c\n  WHERE (c.price > 1);"),
            "SELECT id,\n    (price * 2) AS twice\n   FROM shop.customers c\n  WHERE (price > 1)"
        );
        assert_eq!(normalized(" SELECT shop.shop FROM shop.shop;"), "SELECT shop FROM shop.shop");
        assert_eq!(
            normalized("SELECT EXTRACT(year FROM t.at) AS y FROM t"),
            "SELECT EXTRACT(year FROM at) AS y FROM t"
        );
        assert_eq!(normalized("SELECT \"a.b\".\"c\", 'a.b.c' FROM \"a.b\";"), "SELECT \"c\", 'a.b.c' FROM \"a.b\"");
    }

    #[test]
    fn subqueries_joins_and_whole_rows_stay() {
        let nested = "SELECT n, ( SELECT max(o.id) AS max FROM o WHERE (o.c = t.n)) AS last FROM t";
        assert_eq!(normalized(nested), nested);
        assert_eq!(normalized(&nested.replacen("SELECT n", "SELECT t.n", 1)), nested);
        for text in [
            "SELECT a.x, b.y FROM (a JOIN b ON ((a.x = b.y)))",
            "SELECT a.x FROM a, b",
            "SELECT a.x FROM a UNION SELECT b.x FROM b",
            "SELECT a.* FROM a",
            "SELECT g.g FROM generate_series(1, 2) g(g)",
        ] {
            assert_eq!(normalized(text), text);
        }
    }

    #[test]
    fn the_outer_query_after_with_is_the_one_that_counts() {
        assert_eq!(
            normalized("WITH a AS (\n SELECT t.x FROM t\n )\n SELECT a.x\n   FROM a"),
            "WITH a AS (\n SELECT t.x FROM t\n )\n SELECT x\n   FROM a"
        );
    }
}
