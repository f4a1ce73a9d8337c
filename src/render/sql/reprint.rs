//! Prints of PostgreSQL that it does not read back as it meant them.
//!
//! `state IN ('a', 'b')` on a `varchar` is an array of `varchar` that is made one of `text` as a whole, and is printed
//! `(ARRAY['a'::character varying, …])::text[]`. Read again, the cast goes into the array and to each element, and the
//! next print is another. With its own type said first, `(ARRAY[…]::character varying[])::text[]`, the array stays what
//! it was, and so does the print.

/// The statement with the type of such arrays said.
pub(super) fn faithful(sql: String) -> String {
    const START: &str = "(ARRAY[";
    if !sql.contains(START) {
        return sql;
    }
    let mut types: Vec<(usize, String)> = Vec::new();
    let mut at = 0;
    while at < sql.len() {
        let next = after(&sql, at);
        if next == at + 1
            && sql[at..].starts_with(START)
            && let Some(found) = element_type(&sql, at + START.len())
        {
            types.push(found);
        }
        at = next;
    }
    let mut result = String::with_capacity(sql.len() + 32 * types.len());
    let mut copied = 0;
    types.sort();
    for (end, name) in types {
        result.push_str(&sql[copied..end]);
        result.push_str(&format!("::{name}[]"));
        copied = end;
    }
    result.push_str(&sql[copied..]);
    result
}

/// Where the array that begins at `start` ends, behind its bracket, and the type that is said of all its elements.
/// `None` where no cast of the whole follows, or one of them does not say its type.
fn element_type(sql: &str, start: usize) -> Option<(usize, String)> {
    let bytes = sql.as_bytes();
    let mut depth = 0usize;
    let mut cast = None;
    let mut name: Option<&str> = None;
    let mut at = start;
    while at < sql.len() {
        let next = after(sql, at);
        let ends = depth == 0 && matches!(bytes[at], b',' | b']');
        match bytes[at] {
            _ if next > at + 1 => {}
            b'(' | b'[' => depth += 1,
            b')' | b']' if depth > 0 => depth -= 1,
            b':' if depth == 0 && sql[at..].starts_with("::") => cast = Some(at + 2),
            _ => {}
        }
        if ends {
            let said = sql[cast.take()?..at].trim();
            // A modifier (`varchar(3)`) would be checked anew.
            if said.contains('(') || name.is_some_and(|name| name != said) {
                return None;
            }
            name = Some(said);
            if bytes[at] == b']' {
                let is_cast = sql[next..].starts_with(")::");
                return name.filter(|_| is_cast).map(|name| (next, name.to_owned()));
            }
        }
        at = next;
    }
    None
}

/// The end of what begins at `at`: of a string, a quoted name, a body between dollar signs, or one character.
fn after(sql: &str, at: usize) -> usize {
    let bytes = sql.as_bytes();
    let is_word = |at: usize| bytes.get(at).is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'_');
    let close = |from: usize, what: &str| sql[from..].find(what).map_or(sql.len(), |found| from + found + what.len());
    match bytes[at] {
        b'"' => close(at + 1, "\""),
        b'\'' => {
            let escapes = at > 0 && bytes[at - 1] == b'E' && (at == 1 || !is_word(at - 2));
            let mut end = at + 1;
            while end < sql.len() {
                match bytes[end] {
                    b'\\' if escapes => end += 2,
                    b'\'' => return end + 1,
                    _ => end += 1,
                }
            }
            sql.len()
        }
        b'$' if at == 0 || !is_word(at - 1) => {
            let tag = sql[at + 1..].find(|c: char| !(c.is_alphanumeric() || c == '_')).map(|length| at + 1 + length);
            match tag.filter(|end| bytes[*end] == b'$') {
                Some(end) => close(end + 1, &sql[at..=end]),
                None => at + 1,
            }
        }
        _ => (at + 1..=sql.len()).find(|end| sql.is_char_boundary(*end)).unwrap_or(sql.len()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn changed(sql: &str) -> String {
        faithful(sql.to_owned())
    }

    #[test]
    fn the_arrays_type_is_said() {
        assert_eq!(
            changed("(a)::text = ANY ((ARRAY['x,]'::character varying, 'it''s'::character varying])::text[])"),
            "(a)::text = ANY ((ARRAY['x,]'::character varying, 'it''s'::character varying]::character varying[])::text[])"
        );
        let twice = "(ARRAY[(1)::\"A.b\"])::int[] + (ARRAY[((2)::c)::\"A.b\"])::int[]";
        let expected = "(ARRAY[(1)::\"A.b\"]::\"A.b\"[])::int[] + (ARRAY[((2)::c)::\"A.b\"]::\"A.b\"[])::int[]";
        assert_eq!(changed(twice), expected);
    }

    #[test]
    fn what_is_another_matter_stays() {
        for text in [
            "(ARRAY['a'::text, 'b'::text])",
            "(ARRAY[a, b])::text[]",
            "(ARRAY['a'::character varying(3)])::text[]",
            "(ARRAY['a'::character varying, b])::text[]",
            "(ARRAY['a'::x, 'b'::y])::text[]",
            "'(ARRAY[1::a])::b[]'",
            "AS $body$ (ARRAY[1::a])::b[] $body$",
            "E'\\'(ARRAY[1::a])::b[]'",
            "\"(ARRAY[1::a])::b[]\"",
            "(ARRAY[",
            "(ARRAY['é'::a",
        ] {
            assert_eq!(changed(text), text);
        }
    }
}
