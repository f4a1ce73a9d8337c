//! The language around the SQL of a psql script: variables, conditions, and words of commands.
//!
//! What only a server or the machine could answer (`\gset`, a command in backticks) stays unknown, and the reader says
//! so; nothing is ever run.

use std::collections::BTreeMap;

use squawk_lexer::TokenKind;

use crate::migration::statement::class::unquote;
use crate::migration::statement::placed_tokens;

/// psql's variables.
#[derive(Clone, Debug)]
pub(super) struct Variables(BTreeMap<String, String>);

impl Default for Variables {
    /// Those that every session has.
    fn default() -> Self {
        let known = [
            ("DBNAME", "postgres"),
            ("USER", "postgres"),
            ("ENCODING", "UTF8"),
            ("AUTOCOMMIT", "on"),
            ("ON_ERROR_STOP", "off"),
        ];
        Self(known.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect())
    }
}

impl Variables {
    pub(super) fn set(&mut self, name: &str, value: String) {
        self.0.insert(name.to_owned(), value);
    }

    pub(super) fn unset(&mut self, name: &str) {
        self.0.remove(name);
    }

    fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// `:name`, `:'name'` and `:"name"` outside of quotes, for variables that are set; all else stays.
    pub(super) fn interpolate(&self, sql: &str) -> String {
        if !sql.contains(':') {
            return sql.to_owned();
        }
        let all: Vec<_> = placed_tokens(sql).collect();
        let mut text = String::with_capacity(sql.len());
        let mut at = 0;
        while let Some((kind, range)) = all.get(at) {
            let colon = *kind == TokenKind::Colon;
            // Two colons are a cast.
            let after_colon =
                at.checked_sub(1).and_then(|before| all.get(before)).is_some_and(|before| before.0 == TokenKind::Colon);
            let next = all.get(at + 1);
            if let (true, false, Some((next_kind, next_range))) = (colon, after_colon, next)
                && let Some(value) = self.value(*next_kind, &sql[next_range.clone()])
            {
                text.push_str(&value);
                at += 2;
                continue;
            }
            text.push_str(&sql[range.clone()]);
            at += 1;
        }
        text
    }

    fn value(&self, kind: TokenKind, word: &str) -> Option<String> {
        match kind {
            TokenKind::Ident => {
                // Letters that belong to the word in SQL but not to a variable's name end the name.
                self.get(word).map(str::to_owned)
            }
            TokenKind::Literal { .. } if word.starts_with('\'') => {
                let value = self.get(&unquote(word, '\''))?;
                Some(format!("'{}'", value.replace('\'', "''")))
            }
            TokenKind::QuotedIdent { .. } => {
                let value = self.get(&unquote(word, '"'))?;
                Some(format!("\"{}\"", value.replace('"', "\"\"")))
            }
            _ => None,
        }
    }
}

/// A word of a command's line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Argument {
    Known(String),
    /// It holds a command in backticks, or a variable that is not set.
    Unknown(String),
}

impl Argument {
    pub(super) fn text(&self) -> &str {
        match self {
            Self::Known(text) | Self::Unknown(text) => text,
        }
    }
}

/// The words after a command's name, up to a `\\`.
pub(super) fn arguments(line: &str, variables: &Variables) -> Vec<Argument> {
    let mut found = Vec::new();
    let mut chars = line.chars().peekable();
    loop {
        while chars.next_if(|c| c.is_whitespace()).is_some() {}
        let Some(&first) = chars.peek() else { return found };
        if first == '\\' {
            return found;
        }
        let mut text = String::new();
        let mut known = true;
        while let Some(&c) = chars.peek() {
            if c.is_whitespace() {
                break;
            }
            chars.next();
            match c {
                '\'' => quoted(&mut chars, &mut text),
                '"' => {
                    text.push('"');
                    for c in chars.by_ref() {
                        text.push(c);
                        if c == '"' {
                            break;
                        }
                    }
                }
                '`' => {
                    known = false;
                    text.push('`');
                    for c in chars.by_ref() {
                        text.push(c);
                        if c == '`' {
                            break;
                        }
                    }
                }
                ':' => known &= variable(&mut chars, &mut text, variables),
                other => text.push(other),
            }
        }
        found.push(if known { Argument::Known(text) } else { Argument::Unknown(text) });
    }
}

type Chars<'a> = std::iter::Peekable<std::str::Chars<'a>>;

/// The rest of a quoted word, with psql's escapes.
fn quoted(chars: &mut Chars<'_>, text: &mut String) {
    while let Some(c) = chars.next() {
        match c {
            '\'' if chars.next_if_eq(&'\'').is_some() => text.push('\''),
            '\'' => return,
            '\\' => match chars.next() {
                Some('n') => text.push('\n'),
                Some('t') => text.push('\t'),
                Some('r') => text.push('\r'),
                Some(other) => text.push(other),
                None => return,
            },
            other => text.push(other),
        }
    }
}

/// What follows a colon; whether it is known.
fn variable(chars: &mut Chars<'_>, text: &mut String, variables: &Variables) -> bool {
    if chars.next_if_eq(&'{').is_some() {
        // `:{?name}` asks whether it is set.
        chars.next_if_eq(&'?');
        let mut name = String::new();
        for c in chars.by_ref() {
            if c == '}' {
                break;
            }
            name.push(c);
        }
        text.push_str(if variables.get(&name).is_some() { "TRUE" } else { "FALSE" });
        return true;
    }
    let quote = chars.next_if(|c| matches!(c, '\'' | '"'));
    let mut name = String::new();
    while let Some(c) = chars.next_if(|c| c.is_alphanumeric() || *c == '_') {
        name.push(c);
    }
    if let Some(quote) = quote {
        chars.next_if_eq(&quote);
    }
    match (variables.get(&name), quote) {
        (Some(value), Some('\'')) => text.push_str(&format!("'{}'", value.replace('\'', "''"))),
        (Some(value), Some(_)) => text.push_str(&format!("\"{}\"", value.replace('"', "\"\""))),
        (Some(value), None) => text.push_str(value),
        (None, _) if name.is_empty() => text.push(':'),
        (None, _) => {
            text.push(':');
            text.push_str(&name);
            return false;
        }
    }
    true
}

/// A condition's truth as psql reads it: the beginning of `true`, `false`, `yes`, `no`, and `on`, `off`, `1`, `0`.
/// `None` where it is not known.
pub(super) fn truth(arguments: &[Argument]) -> Option<bool> {
    let [Argument::Known(text)] = arguments else { return None };
    let text = text.to_ascii_lowercase();
    let begins = |word: &str| !text.is_empty() && word.starts_with(text.as_str());
    match text.as_str() {
        "1" | "on" => Some(true),
        "0" | "of" | "off" => Some(false),
        _ if begins("true") || begins("yes") => Some(true),
        _ if begins("false") || begins("no") => Some(false),
        _ => None,
    }
}

/// Commands that only show something or change how it is shown.
pub(super) fn is_harmless(name: &str) -> bool {
    const NAMES: &[&str] = &[
        "restrict",
        "unrestrict",
        "echo",
        "qecho",
        "warn",
        "pset",
        "timing",
        "x",
        "a",
        "t",
        "f",
        "H",
        "C",
        "T",
        "o",
        "out",
        "encoding",
        "p",
        "print",
        "w",
        "write",
        "s",
        "z",
        "l",
        "list",
        "h",
        "help",
        "conninfo",
        "errverbose",
        "cd",
        "html",
        "password",
        "setenv",
        "ef",
        "ev",
        "sf",
        "sv",
        "e",
        "edit",
        "copyright",
        "?",
        ".",
        ";",
        "",
    ];
    NAMES.contains(&name) || name.starts_with('d')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(pairs: &[(&str, &str)]) -> Variables {
        let mut variables = Variables::default();
        for (name, value) in pairs {
            variables.set(name, (*value).to_owned());
        }
        variables
    }

    #[test]
    fn variables_are_put_in_outside_of_quotes_alone() {
        let variables = with(&[("app", "o'shop"), ("n", "3")]);
        assert_eq!(
            variables
                .interpolate("SELECT :'app', :n::int, ':n', \":n\", :\"app\", a[1:n], x::n, $$:n$$ -- :n\n, :unset"),
            "SELECT 'o''shop', 3::int, ':n', \":n\", \"o'shop\", a[13], x::n, $$:n$$ -- :n\n, :unset"
        );
    }

    #[test]
    fn words_of_a_command_are_read_as_psql_reads_them() {
        let variables = with(&[("x", "v")]);
        let texts: Vec<_> = arguments(" a 'b c''d\\n' \"E f\" :x :{?x} :{?y} \\\\ SELECT", &variables);
        let known = ["a", "b c'd\n", "\"E f\"", "v", "TRUE", "FALSE"].map(|text| Argument::Known(text.to_owned()));
        assert_eq!(texts, known);
        assert_eq!(arguments("`date`", &variables), vec![Argument::Unknown("`date`".to_owned())]);
        assert_eq!(arguments(":y", &variables), vec![Argument::Unknown(":y".to_owned())]);
    }

    #[test]
    fn conditions_are_true_false_or_not_known() {
        let ask = |text: &str| truth(&arguments(text, &with(&[("yes", "on")])));
        assert_eq!([ask("true"), ask("t"), ask(":yes"), ask("1")], [Some(true); 4]);
        assert_eq!([ask("off"), ask("fal"), ask("0"), ask(":{?nope}")], [Some(false); 4]);
        assert_eq!([ask(":nope"), ask("maybe"), ask(""), ask("a b")], [None; 4]);
    }
}
