//! The lexer's tokens with their places, and one rule that the lexer leaves to others.

use squawk_lexer::{LiteralKind, TokenKind, tokenize};

/// A token and where it stands, in bytes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Placed {
    pub(super) kind: TokenKind,
    pub(super) start: usize,
    pub(super) end: usize,
}

impl Placed {
    pub(super) fn text<'a>(&self, whole: &'a str) -> &'a str {
        &whole[self.start..self.end]
    }

    /// Neither white space nor a comment.
    pub(super) fn is_solid(&self) -> bool {
        !matches!(self.kind, TokenKind::Whitespace | TokenKind::LineComment | TokenKind::BlockComment { .. })
    }
}

/// The tokens of `text` from a place on.
///
/// A quoted string that follows another with nothing but white space and a newline between continues it, escapes
/// included: in `E'a'⏎'b\'c'` the last quote is the end. The lexer reads each on its own, so this reads the second.
pub(super) struct Tokens<'a> {
    text: &'a str,
    at: usize,
    inner: Box<dyn Iterator<Item = squawk_lexer::Token> + 'a>,
    escapes: Escapes,
}

#[derive(Clone, Copy, PartialEq)]
enum Escapes {
    No,
    /// An `E''` string has just ended.
    Ended,
    /// And a newline came after it.
    NextLine,
}

impl<'a> Tokens<'a> {
    pub(super) fn new(text: &'a str, at: usize) -> Self {
        Self { text, at, inner: Box::new(tokenize(&text[at..])), escapes: Escapes::No }
    }
}

impl Iterator for Tokens<'_> {
    type Item = Placed;

    fn next(&mut self) -> Option<Placed> {
        let token = self.inner.next()?;
        let start = self.at;
        let mut placed = Placed { kind: token.kind, start, end: start + token.len as usize };
        self.escapes = match (token.kind, self.escapes) {
            (TokenKind::Literal { kind: LiteralKind::EscStr { .. } }, _) => Escapes::Ended,
            (TokenKind::Literal { kind: LiteralKind::Str { .. } }, Escapes::NextLine) => {
                let (length, terminated) = escaped_string(&self.text[start..]);
                placed.end = start + length;
                placed.kind = TokenKind::Literal { kind: LiteralKind::EscStr { terminated } };
                self.inner = Box::new(tokenize(&self.text[placed.end..]));
                Escapes::Ended
            }
            (TokenKind::Whitespace, Escapes::Ended) if placed.text(self.text).contains('\n') => Escapes::NextLine,
            (TokenKind::Whitespace | TokenKind::LineComment, before) => before,
            _ => Escapes::No,
        };
        self.at = placed.end;
        Some(placed)
    }
}

/// The length in bytes of the string that `text` begins with, and whether it ends.
fn escaped_string(text: &str) -> (usize, bool) {
    let bytes = text.as_bytes();
    let mut at = 1;
    while at < bytes.len() {
        match (bytes[at], bytes.get(at + 1)) {
            (b'\\', Some(_)) | (b'\'', Some(b'\'')) => at += 2,
            (b'\'', _) => return (at + 1, true),
            _ => at += 1,
        }
    }
    // A backslash may have stepped into the middle of a character, never past the end.
    (bytes.len(), false)
}
