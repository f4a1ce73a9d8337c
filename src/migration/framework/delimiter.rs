//! Statements that end with something else than a semicolon, made to end with one.

/// Puts a semicolon where `delimiter` ends a statement: outside strings, quoted names, dollar quotes and comments.
/// Line ends stay where they are, so that line numbers stay.
pub(super) fn to_semicolons(sql: &str, delimiter: &str) -> String {
    if delimiter.is_empty() || delimiter == ";" {
        return sql.to_owned();
    }
    let mut out = String::with_capacity(sql.len() + 8);
    let mut at = 0;
    while at < sql.len() {
        let rest = &sql[at..];
        if rest.starts_with(delimiter) {
            out.push(';');
            out.extend(delimiter.chars().filter(|char| matches!(char, '\n' | '\r')));
            at += delimiter.len();
            continue;
        }
        let length = opaque(rest).unwrap_or_else(|| rest.chars().next().map_or(1, char::len_utf8));
        out.push_str(&rest[..length]);
        at += length;
    }
    out
}

/// Puts a semicolon in the place of lines that are one of `words` alone (`/`, `go`), as clients of other databases end
/// statements, where they are not inside a string, a dollar quote or a comment.
pub(super) fn lone_words_to_semicolons(sql: &str, words: &[&str]) -> String {
    let mut out = String::with_capacity(sql.len());
    let mut at = 0;
    while at < sql.len() {
        let rest = &sql[at..];
        if at == 0 || sql[..at].ends_with('\n') {
            let line = rest.split('\n').next().unwrap_or(rest);
            if words.iter().any(|word| line.trim().eq_ignore_ascii_case(word)) {
                out.push(';');
                at += line.len();
                continue;
            }
        }
        let length = opaque(rest).unwrap_or_else(|| rest.chars().next().map_or(1, char::len_utf8));
        out.push_str(&rest[..length]);
        at += length;
    }
    out
}

/// The length of the string, quoted name, dollar quote or comment that `rest` starts with. One that never ends goes
/// to the end.
fn opaque(rest: &str) -> Option<usize> {
    let until = |from: usize, end: &str| rest[from..].find(end).map_or(rest.len(), |at| from + at + end.len());
    match rest.as_bytes() {
        [b'\'', ..] => Some(until(1, "'")),
        [b'"', ..] => Some(until(1, "\"")),
        // The line end stays outside: it may be a part of the delimiter.
        [b'-', b'-', ..] => Some(rest.find('\n').unwrap_or(rest.len())),
        [b'/', b'*', ..] => Some(until(2, "*/")),
        [b'$', ..] => {
            let tag = rest[1..].find(|c: char| !c.is_alphanumeric() && c != '_').map(|length| length + 2)?;
            rest[..tag].ends_with('$').then(|| until(tag, &rest[..tag]))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::{lone_words_to_semicolons, to_semicolons};

    #[test]
    fn only_what_ends_a_statement_is_replaced() {
        assert_eq!(
            to_semicolons("select '//' -- //\n//\nselect $f$ // $f$ //\n/* // */ select \"//\"//", "//"),
            "select '//' -- //\n;\nselect $f$ // $f$ ;\n/* // */ select \"//\";"
        );
        assert_eq!(to_semicolons("select 1\n\n\nselect $1\n\n\n", "\n\n\n"), "select 1;\n\n\nselect $1;\n\n\n");
        assert_eq!(to_semicolons("select 1; select 2;", ";"), "select 1; select 2;");
        assert_eq!(to_semicolons("select 'open //", "//"), "select 'open //");
    }
    #[test]
    fn only_lines_of_their_own_end_a_statement() {
        assert_eq!(
            lone_words_to_semicolons("select 4 / 2\n/\nselect '\n/\n', $$\ngo\n$$\n GO \n", &["/", "go"]),
            "select 4 / 2\n;\nselect '\n/\n', $$\ngo\n$$\n;\n"
        );
    }
}
