//! What may be handed to a parser at all.
//!
//! Parsers recurse into nested expressions, and drop deep trees by recursion: a text of 100,000 parentheses ends the
//! process instead of being refused. So the depth that a text can reach is counted from its tokens first, never too
//! low, and whatever is deeper or longer than real statements are is not parsed.

use squawk_lexer::{LiteralKind, TokenKind};

use super::class::unquote;
use super::tokens::Tokens;

/// The longest text that is parsed, in bytes. What is longer is data: `INSERT` with thousands of rows.
pub const LONGEST: usize = 512 * 1024;

/// How deep parentheses, `CASE` and operators before their operand may nest.
const DEEPEST: usize = 40;

/// How many tokens may stand between two commas or semicolons of one depth: a chain of operators is a deep tree.
const LONGEST_CHAIN: usize = 2000;

/// Whether a parser may read the text.
pub(super) fn is_safe(text: &str) -> bool {
    text.len() <= LONGEST && is_shallow(text, 0)
}

fn is_shallow(text: &str, within: usize) -> bool {
    // Each open parenthesis: how many chained tokens it has, and how many of its levels are of other making.
    let mut open = vec![Level::default()];
    let mut before_operand = true;
    let mut routine = false;
    for token in Tokens::new(text, 0).filter(super::tokens::Placed::is_solid) {
        let body = token.text(text);
        routine |= within == 0 && ["function", "procedure"].iter().any(|word| body.eq_ignore_ascii_case(word));
        let level = open.last_mut().expect("the outermost level is never closed");
        level.chain += 1;
        match token.kind {
            TokenKind::OpenParen | TokenKind::OpenBracket => {
                open.push(Level::default());
                before_operand = true;
            }
            TokenKind::CloseParen | TokenKind::CloseBracket => {
                if open.len() > 1 {
                    open.pop();
                }
                before_operand = false;
            }
            TokenKind::Comma | TokenKind::Semi => {
                *level = Level::default();
                before_operand = true;
            }
            TokenKind::Ident if NESTING.iter().any(|word| body.eq_ignore_ascii_case(word)) => {
                level.nested += 1;
                before_operand = true;
            }
            TokenKind::Ident if JOINING.iter().any(|word| body.eq_ignore_ascii_case(word)) => before_operand = true,
            // Bodies of functions are parsed too, where their language is SQL.
            TokenKind::Literal { kind } if routine && !is_shallow_body(body, kind) => return false,
            TokenKind::Ident
            | TokenKind::QuotedIdent { .. }
            | TokenKind::Literal { .. }
            | TokenKind::PositionalParam { .. }
            | TokenKind::Dot => before_operand = false,
            // An operator: before its operand it nests, between two it chains.
            _ if before_operand => level.nested += 1,
            _ => before_operand = true,
        }
        let depth: usize = open.iter().map(|level| level.nested).sum::<usize>() + open.len();
        let chain: usize = open.iter().map(|level| level.chain).sum();
        if depth > DEEPEST || chain > LONGEST_CHAIN {
            return false;
        }
    }
    true
}

/// Whether the content of a string may be parsed.
fn is_shallow_body(literal: &str, kind: LiteralKind) -> bool {
    match kind {
        LiteralKind::DollarQuotedString { .. } => {
            let inner = literal.splitn(3, '$').nth(2).unwrap_or_default();
            is_shallow(inner, 1)
        }
        LiteralKind::Str { .. } | LiteralKind::NationalStr { .. } if literal.len() > DEEPEST => {
            is_shallow(&unquote(literal.trim_start_matches(['n', 'N']), '\''), 1)
        }
        // Any character may be escaped, a parenthesis too.
        LiteralKind::EscStr { .. } | LiteralKind::UnicodeEscStr { .. } if literal.len() > DEEPEST => {
            let inner = literal.split_once('\'').map_or("", |(_, inner)| inner);
            literal.matches('\\').count() < DEEPEST / 2 && is_shallow(inner, 1)
        }
        _ => true,
    }
}

#[derive(Default)]
struct Level {
    nested: usize,
    chain: usize,
}

/// Keywords that open something inside what is around them.
const NESTING: &[&str] = &["case", "not", "explain", "prepare", "array", "row"];

/// Keywords after which an operand comes.
const JOINING: &[&str] = &[
    "and",
    "or",
    "when",
    "then",
    "else",
    "is",
    "in",
    "like",
    "ilike",
    "between",
    "union",
    "except",
    "intersect",
    "all",
    "select",
    "where",
    "on",
    "having",
    "by",
    "set",
    "default",
    "using",
    "check",
    "return",
    "as",
    "similar",
    "to",
];
