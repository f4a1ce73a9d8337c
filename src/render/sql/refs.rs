//! Which objects a piece of SQL speaks of.
//!
//! The reader prints every definition with an empty `search_path`, so that whatever is not PostgreSQL's own is written
//! `schema.name`. Looking for those finds every dependency without a parser; a column that happens to be written the
//! same way only makes an order stricter than it need be.

use std::collections::BTreeSet;

use crate::schema::QualifiedName;

/// How a name is used: functions and relations may share one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Use {
    /// Followed by a parenthesis.
    Call,
    /// A type, a relation, a sequence.
    Name,
}

pub(super) type Refs = BTreeSet<(QualifiedName, Use)>;

#[derive(Clone, Debug, PartialEq, Eq)]
enum Token {
    Name(String),
    Text(String),
    Other(char),
}

/// The qualified names in a text. Names in a string count where a `reg…` cast makes it one.
pub(super) fn collect(text: &str, into: &mut Refs) {
    let tokens = tokens(text);
    let mut at = 0;
    while at < tokens.len() {
        match tokens.get(at..) {
            Some([Token::Name(schema), Token::Other('.'), Token::Name(name), rest @ ..]) => {
                let used = if rest.first() == Some(&Token::Other('(')) { Use::Call } else { Use::Name };
                into.insert((QualifiedName::new(schema.clone(), name.clone()), used));
                at += 3;
                // A column of it, which names nothing else.
                while matches!(tokens.get(at..at + 2), Some([Token::Other('.'), Token::Name(_)])) {
                    at += 2;
                }
                continue;
            }
            Some([Token::Text(inside), Token::Other(':'), Token::Other(':'), Token::Name(cast), ..])
                if cast.starts_with("reg") && cast != "regexp" =>
            {
                let used = if cast.starts_with("regproc") { Use::Call } else { Use::Name };
                let name = inside.split('(').next().unwrap_or_default();
                if let Ok(name) = name.parse::<QualifiedName>() {
                    into.insert((name, used));
                }
            }
            _ => {}
        }
        at += 1;
    }
}

/// The names of functions that a text calls, whatever schema they are in: for bodies, which are written by people.
pub(super) fn called(text: &str) -> BTreeSet<String> {
    let tokens = tokens(text);
    let pairs = tokens.windows(2);
    pairs
        .filter_map(|pair| match pair {
            [Token::Name(name), Token::Other('(')] => Some(name.clone()),
            _ => None,
        })
        .collect()
}

/// Names, strings and everything else, character by character; white space and comments are left out.
fn tokens(text: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let is_word = |c: char| c.is_alphanumeric() || c == '_' || c == '$' || !c.is_ascii();
        let length = match c {
            '"' | '\'' => {
                let escapes = c == '\'' && matches!(tokens.last(), Some(Token::Name(name)) if name == "e");
                let (inside, length) = quoted(rest, c, escapes);
                tokens.push(if c == '"' { Token::Name(inside) } else { Token::Text(inside) });
                length
            }
            '-' if rest.starts_with("--") => rest.find('\n').unwrap_or(rest.len()),
            '/' if rest.starts_with("/*") => rest.find("*/").map_or(rest.len(), |end| end + 2),
            c if c.is_whitespace() => c.len_utf8(),
            c if c.is_alphabetic() || c == '_' || !c.is_ascii() => {
                let length = rest.find(|c| !is_word(c)).unwrap_or(rest.len());
                tokens.push(Token::Name(rest[..length].to_lowercase()));
                length
            }
            c if c.is_ascii_digit() => {
                // `1.5` names nothing.
                let length = rest.find(|c: char| !is_word(c) && c != '.').unwrap_or(rest.len());
                tokens.push(Token::Other('0'));
                length
            }
            other => {
                tokens.push(Token::Other(other));
                other.len_utf8()
            }
        };
        rest = &rest[length..];
    }
    tokens
}

/// What stands between quotes, and how long it is with them.
fn quoted(text: &str, quote: char, escapes: bool) -> (String, usize) {
    let mut inside = String::new();
    let mut chars = text.char_indices().skip(1).peekable();
    while let Some((at, c)) = chars.next() {
        match c {
            '\\' if escapes => inside.extend(chars.next().map(|(_, escaped)| escaped)),
            c if c == quote => match chars.peek() {
                Some((_, next)) if *next == quote => {
                    chars.next();
                    inside.push(quote);
                }
                _ => return (inside, at + 1),
            },
            other => inside.push(other),
        }
    }
    (inside, text.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<String> {
        let mut refs = Refs::new();
        collect(text, &mut refs);
        refs.into_iter().map(|(name, used)| format!("{name}{}", if used == Use::Call { "()" } else { "" })).collect()
    }

    #[test]
    fn qualified_names_are_found_past_strings_and_columns() {
        assert_eq!(found("shop.mood[]"), ["shop.mood"]);
        assert_eq!(
            found("SELECT a.b.c, shop.f (x) FROM \"Odd.S\".\"T \"\"x\"\"\" 1.5"),
            ["\"Odd.S\".\"T \"\"x\"\"\"", "a.b", "shop.f()"]
        );
        assert_eq!(found("'x.y'::text || E'it\\'s z.z' /* c.c */ -- d.d"), [""; 0]);
        assert_eq!(found("nextval('public.a_id_seq'::regclass)"), ["public.a_id_seq"]);
        assert_eq!(found("'public.f(integer)'::regprocedure"), ["public.f()"]);
    }

    #[test]
    fn calls_are_found_without_a_schema() {
        let called = called("SELECT lower(a), public.f ($1) -- g(x)");
        assert_eq!(called.into_iter().collect::<Vec<_>>(), ["f", "lower"]);
    }
}
