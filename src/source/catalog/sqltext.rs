//! Small readings of SQL text that the server printed, which skip over quoted names and strings.

/// The bytes of a text that are neither in quotes nor in strings, with their position and the depth of parentheses
/// around them. A parenthesis itself has the depth outside it.
struct Bare<'a> {
    bytes: &'a [u8],
    at: usize,
    depth: usize,
}

impl<'a> Bare<'a> {
    fn new(text: &'a str) -> Self {
        Self { bytes: text.as_bytes(), at: 0, depth: 0 }
    }

    /// The end of the quoted part that starts at `start`, whose quote may be doubled inside.
    fn after_quote(&self, start: usize) -> usize {
        let quote = self.bytes[start];
        // In E'' strings, which the server prints wherever there is a backslash, a backslash takes the next byte.
        let escapes = quote == b'\'' && start > 0 && self.bytes[start - 1] == b'E';
        let mut at = start + 1;
        while let Some(&byte) = self.bytes.get(at) {
            if escapes && byte == b'\\' {
                at += 2;
            } else if byte != quote {
                at += 1;
            } else if self.bytes.get(at + 1) == Some(&quote) {
                at += 2;
            } else {
                return at + 1;
            }
        }
        self.bytes.len()
    }
}

impl Iterator for Bare<'_> {
    /// Position, byte, depth.
    type Item = (usize, u8, usize);

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let byte = *self.bytes.get(self.at)?;
            let at = self.at;
            match byte {
                b'"' | b'\'' => {
                    self.at = self.after_quote(at);
                    continue;
                }
                b'(' => {
                    self.depth += 1;
                    self.at += 1;
                    return Some((at, byte, self.depth - 1));
                }
                b')' => self.depth = self.depth.saturating_sub(1),
                _ => {}
            }
            self.at += 1;
            return Some((at, byte, self.depth));
        }
    }
}

/// `((a > 0))` becomes `a > 0`; `(a) OR (b)` stays.
pub(in crate::source) fn without_outer_parentheses(text: &str) -> &str {
    let mut text = text.trim();
    while let Some(inner) = inside(text) {
        text = inner.trim();
    }
    text
}

/// `((a || b))` becomes `(a || b)`: one pair is needed where an expression stands among columns, two are not.
pub(in crate::source) fn with_single_parentheses(text: &str) -> &str {
    let mut text = text.trim();
    while let Some(inner) = inside(text).filter(|inner| inside(inner).is_some()) {
        text = inner;
    }
    text
}

/// What stands between a first and a last parenthesis that belong together.
fn inside(text: &str) -> Option<&str> {
    let inner = text.strip_prefix('(')?.strip_suffix(')')?;
    let closes_early = Bare::new(text).any(|(at, byte, depth)| byte == b')' && depth == 0 && at + 1 < text.len());
    (!closes_early).then_some(inner)
}

/// The condition of `CREATE TRIGGER … WHEN (…) EXECUTE FUNCTION …`, without its outer parentheses.
///
/// `pg_get_expr` refuses it, since it speaks of two rows (`OLD` and `NEW`).
pub(in crate::source) fn trigger_condition(definition: &str) -> Option<String> {
    let start = Bare::new(definition)
        .find(|(at, byte, depth)| *byte == b'W' && *depth == 0 && definition[*at..].starts_with("WHEN ("))?
        .0
        + "WHEN ".len();
    let (end, ..) =
        Bare::new(&definition[start..]).find(|(at, byte, depth)| *byte == b')' && *depth == 0 && *at > 0)?;
    Some(without_outer_parentheses(&definition[start..=start + end]).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn outer_parentheses_go_only_in_pairs() {
        assert_eq!(without_outer_parentheses("((a > 0))"), "a > 0");
        assert_eq!(without_outer_parentheses("((a > 0) OR (b > 0))"), "(a > 0) OR (b > 0)");
        assert_eq!(without_outer_parentheses("(a) OR (b)"), "(a) OR (b)");
        assert_eq!(without_outer_parentheses("(a = ')'::text)"), "a = ')'::text");
        assert_eq!(without_outer_parentheses("(\"a)\" = E'\\')'::text)"), "\"a)\" = E'\\')'::text");
        assert_eq!(with_single_parentheses("((a || b))"), "(a || b)");
        assert_eq!(with_single_parentheses("lower(a)"), "lower(a)");
        assert_eq!(with_single_parentheses("((a) || (b))"), "((a) || (b))");
    }

    #[test]
    fn a_triggers_condition_is_found_past_odd_names() {
        let definition = "CREATE TRIGGER \"x WHEN (\" BEFORE UPDATE ON public.\"t WHEN (a)\" FOR EACH ROW \
                          WHEN (((old.a)::text <> ') EXECUTE'::text)) EXECUTE FUNCTION public.f(' WHEN (')";
        assert_eq!(trigger_condition(definition).unwrap(), "(old.a)::text <> ') EXECUTE'::text");
        assert_eq!(trigger_condition("CREATE TRIGGER a BEFORE UPDATE ON b EXECUTE FUNCTION f()"), None);
    }
}
