//! What a statement is, as far as running it somewhere else has to know before the server is asked.
//!
//! Told from the first words alone, so that no statement is too new or too odd for it: whatever is not recognised is
//! [`Class::Other`], and the server's own answer decides.

use squawk_lexer::{LiteralKind, TokenKind};

use super::tokens::Tokens;

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Class {
    CreateExtension(ExtensionRequest),
    Transaction(Transaction),
    /// Refused inside a transaction: `CREATE INDEX CONCURRENTLY`, `VACUUM`, …
    Alone,
    /// About the whole server and nothing in a schema: databases, tablespaces, `ALTER SYSTEM`.
    Server,
    /// `CREATE ROLE`, `CREATE USER`, `CREATE GROUP`, by name.
    CreateRole(String),
    /// `ALTER` or `DROP` of roles, and memberships in them.
    ChangeRole,
    /// `CREATE SCHEMA`, by name where it has one.
    CreateSchema(String),
    CopyFromStdin,
    Other,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transaction {
    Begin,
    /// `COMMIT`, `END`, `PREPARE TRANSACTION`.
    Commit,
    /// `ROLLBACK`, `ABORT`; not `ROLLBACK TO`.
    Rollback,
    /// `SAVEPOINT`, `RELEASE`, `ROLLBACK TO`: the transaction goes on.
    Savepoint,
}

/// What a `CREATE EXTENSION` asks for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ExtensionRequest {
    pub name: String,
    pub if_not_exists: bool,
    pub schema: Option<String>,
    pub version: Option<String>,
}

/// One word of a statement, as PostgreSQL reads it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Word {
    /// A keyword or a bare name, in lower case.
    Bare(String),
    /// A name in double quotes, without them.
    Quoted(String),
    /// A string constant, without its quotes.
    Text(String),
    /// Any other token, as it stands.
    Mark(String),
}

impl Word {
    /// Whether it is this keyword (in lower case).
    pub fn is(&self, keyword: &str) -> bool {
        matches!(self, Self::Bare(word) if word == keyword)
    }

    /// The name that it spells; `None` where it spells none.
    pub fn name(&self) -> Option<&str> {
        match self {
            Self::Bare(name) | Self::Quoted(name) => Some(name),
            Self::Text(_) | Self::Mark(_) => None,
        }
    }
}

/// The words of a text, without comments and white space.
pub fn words(text: &str) -> impl Iterator<Item = Word> + '_ {
    Tokens::new(text, 0).filter(super::tokens::Placed::is_solid).map(|token| {
        let text = token.text(text);
        match token.kind {
            TokenKind::Ident => Word::Bare(text.to_lowercase()),
            TokenKind::QuotedIdent { uescape: false, .. } => Word::Quoted(unquote(text, '"')),
            TokenKind::Literal { kind: LiteralKind::Str { .. } } => Word::Text(unquote(text, '\'')),
            _ => Word::Mark(text.to_owned()),
        }
    })
}

/// Without the quotes around it, and with each doubled one inside taken for one.
pub fn unquote(text: &str, quote: char) -> String {
    let inner = text.strip_prefix(quote).unwrap_or(text);
    let inner = inner.strip_suffix(quote).unwrap_or(inner);
    inner.replace(&String::from_iter([quote, quote]), &String::from(quote))
}

/// Classes one statement.
pub fn class(statement: &str) -> Class {
    let mut words = words(statement);
    let Some(Word::Bare(first)) = words.next() else { return Class::Other };
    // Long enough for every form below, short enough for any statement.
    let rest: Vec<Word> = words.take(24).collect();
    let at = |index: usize, keyword: &str| rest.get(index).is_some_and(|word| word.is(keyword));
    let early = |keyword: &str| rest.iter().take(6).any(|word| word.is(keyword));
    match first.as_str() {
        "begin" => Class::Transaction(Transaction::Begin),
        "start" if at(0, "transaction") => Class::Transaction(Transaction::Begin),
        "commit" | "rollback" if at(0, "prepared") => Class::Alone,
        "commit" | "end" => Class::Transaction(Transaction::Commit),
        "prepare" if at(0, "transaction") => Class::Transaction(Transaction::Commit),
        "rollback" if at(0, "to") || at(1, "to") => Class::Transaction(Transaction::Savepoint),
        "rollback" | "abort" => Class::Transaction(Transaction::Rollback),
        "savepoint" | "release" => Class::Transaction(Transaction::Savepoint),
        "vacuum" | "cluster" => Class::Alone,
        "discard" if at(0, "all") => Class::Alone,
        "reindex" if early("concurrently") || early("database") || early("system") || early("schema") => Class::Alone,
        "copy" if from_stdin(statement) => Class::CopyFromStdin,
        "create" => create(&rest),
        "alter" => match rest.first() {
            Some(word) if ["database", "system", "tablespace"].iter().any(|kind| word.is(kind)) => Class::Server,
            Some(word) if is_role(word) && !at(1, "mapping") => Class::ChangeRole,
            Some(word)
                if word.is("table")
                    && rest.iter().any(|word| word.is("detach"))
                    && rest.iter().any(|word| word.is("concurrently")) =>
            {
                Class::Alone
            }
            _ => Class::Other,
        },
        "drop" => match rest.first() {
            Some(word) if word.is("database") || word.is("tablespace") => Class::Server,
            Some(word) if is_role(word) && !at(1, "mapping") => Class::ChangeRole,
            Some(word) if word.is("index") && at(1, "concurrently") => Class::Alone,
            Some(word) if word.is("subscription") => Class::Alone,
            _ => Class::Other,
        },
        "grant" | "revoke" if is_membership(statement) => Class::ChangeRole,
        "grant" | "revoke" if is_on_server(statement) => Class::Server,
        "comment" if at(0, "on") && (at(1, "database") || at(1, "tablespace")) => Class::Server,
        "comment" if at(0, "on") && at(1, "role") => Class::ChangeRole,
        _ => Class::Other,
    }
}

fn is_role(word: &Word) -> bool {
    ["role", "user", "group"].iter().any(|kind| word.is(kind))
}

fn create(rest: &[Word]) -> Class {
    let at = |index: usize, keyword: &str| rest.get(index).is_some_and(|word| word.is(keyword));
    let name = |index: usize| rest.get(index).and_then(Word::name).unwrap_or_default().to_owned();
    let exists = |index: usize| at(index, "if") && at(index + 1, "not") && at(index + 2, "exists");
    match rest.first() {
        Some(word) if word.is("extension") => extension(&rest[1..]),
        Some(word) if word.is("database") || word.is("tablespace") => Class::Server,
        Some(word) if word.is("subscription") => Class::Alone,
        Some(word) if is_role(word) && !at(1, "mapping") => Class::CreateRole(name(1)),
        Some(word) if word.is("index") && at(1, "concurrently") => Class::Alone,
        Some(word) if word.is("unique") && at(1, "index") && at(2, "concurrently") => Class::Alone,
        Some(word) if word.is("schema") => Class::CreateSchema(if exists(1) { name(4) } else { name(1) }),
        _ => Class::Other,
    }
}

fn extension(rest: &[Word]) -> Class {
    let if_not_exists = rest.len() > 3 && rest[0].is("if") && rest[1].is("not") && rest[2].is("exists");
    let rest = if if_not_exists { &rest[3..] } else { rest };
    let Some(name) = rest.first().and_then(Word::name) else { return Class::Other };
    let after = |keyword: &str| {
        let place = rest.iter().skip(1).position(|word| word.is(keyword))?;
        match rest.get(place + 2)? {
            Word::Bare(text) | Word::Quoted(text) | Word::Text(text) => Some(text.clone()),
            Word::Mark(_) => None,
        }
    };
    Class::CreateExtension(ExtensionRequest {
        name: name.to_owned(),
        if_not_exists,
        schema: after("schema"),
        version: after("version"),
    })
}

/// Whether a `COPY` reads from the client.
fn from_stdin(statement: &str) -> bool {
    let mut depth = 0usize;
    let mut from = false;
    for word in words(statement) {
        match &word {
            Word::Mark(mark) if mark == "(" => depth += 1,
            Word::Mark(mark) if mark == ")" => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth == 0 && from && word.is("stdin") {
            return true;
        }
        from = word.is("from");
    }
    false
}

/// Whether a `GRANT` or `REVOKE` is about membership in a role: it has no `ON`.
fn is_membership(statement: &str) -> bool {
    !words(statement).any(|word| word.is("on"))
}

/// Whether a `GRANT` or `REVOKE` is about a database or a tablespace.
fn is_on_server(statement: &str) -> bool {
    let mut words = words(statement).skip_while(|word| !word.is("on")).skip(1);
    words.next().is_some_and(|word| word.is("database") || word.is("tablespace"))
}

/// The extensions that a text asks for, by name, in the order in which they first appear.
///
/// Statements inside a `DO` block are seen too: the text of each string is searched.
pub fn extensions(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    collect_extensions(text, &mut found, 0);
    found
}

fn collect_extensions(text: &str, found: &mut Vec<String>, depth: usize) {
    // Most files have none, and reading every token of a large dump for them would be a waste.
    if !text.as_bytes().windows(9).any(|window| window.eq_ignore_ascii_case(b"extension")) || depth > 3 {
        return;
    }
    let mut before: [Option<Word>; 2] = [None, None];
    let mut wanted = false;
    for token in Tokens::new(text, 0).filter(super::tokens::Placed::is_solid) {
        let body = token.text(text);
        if let TokenKind::Literal { kind: LiteralKind::DollarQuotedString { .. } | LiteralKind::Str { .. } } =
            token.kind
        {
            let inner = body.trim_start_matches(|c: char| c != '$' && c != '\'');
            let inner = inner.split_once(['$', '\'']).map_or("", |(_, rest)| rest);
            collect_extensions(inner, found, depth + 1);
        }
        let word = match token.kind {
            TokenKind::Ident => Word::Bare(body.to_lowercase()),
            TokenKind::QuotedIdent { .. } => Word::Quoted(unquote(body, '"')),
            _ => Word::Mark(String::new()),
        };
        if wanted && !["if", "not", "exists"].iter().any(|keyword| word.is(keyword)) {
            wanted = false;
            if let Some(name) = word.name()
                && !found.iter().any(|known| known == name)
            {
                found.push(name.to_owned());
            }
        }
        let [_, last] = &before;
        if word.is("extension") && last.as_ref().is_some_and(|last| last.is("create")) {
            wanted = true;
        }
        let [_, last] = before;
        before = [last, Some(word)];
    }
}
