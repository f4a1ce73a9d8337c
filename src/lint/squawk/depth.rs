//! How deeply a text nests, told from its tokens before anything recurses into it.
//!
//! A stack that overflows cannot be caught. squawk's parser goes down one level per bracket, prefix operator, `CASE`
//! and the like, and dropping its tree goes down one level per operator of a chain. Here both are counted, a little
//! too high rather than too low.

use std::ops::Range;

use squawk_lexer::TokenKind;

use crate::migration::statement::placed_tokens;

/// Levels that the stack of [`super::super::STACK`] bytes holds with much room to spare.
const DEEPEST: usize = 1_000;

/// Operators in one list item that make a tree of as many levels; dropping those is cheaper than parsing brackets.
const LONGEST: usize = 20_000;

#[derive(Debug)]
pub(super) struct TooDeep {
    /// The token at which it is too much.
    pub(super) range: Range<usize>,
}

/// # Errors
/// Where the text nests too deeply.
pub(super) fn check(text: &str) -> Result<(), TooDeep> {
    // Words and operators since the last comma, per open bracket.
    let mut levels: Vec<usize> = vec![0];
    let mut cases: usize = 0;
    // Tokens in a row that could each open a level by themselves: `- - - x`, `NOT NOT x`.
    let mut openers: usize = 0;
    for (kind, range) in placed_tokens(text) {
        let top = levels.len() - 1;
        match kind {
            TokenKind::OpenParen | TokenKind::OpenBracket => levels.push(0),
            TokenKind::CloseParen | TokenKind::CloseBracket if top > 0 => {
                levels.pop();
                openers = 0;
            }
            TokenKind::Semi | TokenKind::Comma => {
                levels[top] = 0;
                openers = 0;
            }
            TokenKind::Whitespace | TokenKind::LineComment | TokenKind::BlockComment { .. } => {}
            TokenKind::Literal { .. } | TokenKind::QuotedIdent { .. } => openers = 0,
            TokenKind::Ident => {
                let word = &text[range.clone()];
                levels[top] += 1;
                if word.eq_ignore_ascii_case("case") {
                    cases += 1;
                } else if word.eq_ignore_ascii_case("end") {
                    cases = cases.saturating_sub(1);
                }
                openers = if opens(word) { openers + 1 } else { 0 };
            }
            _ => {
                levels[top] += 1;
                openers += 1;
            }
        }
        if levels.len() + cases + openers > DEEPEST || levels.last().is_some_and(|count| *count > LONGEST) {
            return Err(TooDeep { range });
        }
    }
    Ok(())
}

/// Words that may stand before an operand, or before one another.
fn opens(word: &str) -> bool {
    const OPENERS: &[&str] = &["not", "explain", "prepare", "select", "from", "as", "all", "with", "begin"];
    OPENERS.iter().any(|opener| word.eq_ignore_ascii_case(opener))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn real_statements_pass() {
        assert!(check("select case when not (a and (b or c)) then f(x[1]) else -1 end from t;").is_ok());
        let values = format!("insert into t values {};", vec!["(1, 'a', now() - 1)"; 50_000].join(", "));
        assert!(check(&values).is_ok());
        let many = "create table t (a int, b text default 'x' not null);\n".repeat(20_000);
        assert!(check(&many).is_ok());
    }

    #[test]
    fn hostile_ones_do_not() {
        for hostile in [
            "(".repeat(5_000),
            "select ".to_owned() + &"- ".repeat(5_000) + "1",
            "select ".to_owned() + &"not ".repeat(5_000) + "a",
            "select ".to_owned() + &"case when a then ".repeat(5_000),
            "select 1 ".to_owned() + &"+ 1 ".repeat(50_000),
            "select ".to_owned() + &"a[".repeat(5_000),
            "explain ".repeat(5_000),
        ] {
            assert!(check(&hostile).is_err(), "{}", &hostile[..40]);
        }
    }
}
