//! How names, types and texts are spelled so that every Mermaid from 10.0 on reads them as they are meant.
//!
//! What is forbidden was read off the grammars of 10.0, 10.9, 11.14 and 12 and is tried against them in the tests.
//! Each function says which rule of which version asks for what it does.

use crate::schema::QualifiedName;

/// An entity's name, without the quotes around it. Different tables never get the same one.
///
/// Quoted names take anything but `"`, `%`, `\`, control characters and nothing; `direction LR` (11.5 to 12) swallows
/// the line; `#` and `;` together are taken for an HTML entity; the names of JavaScript's own object properties make
/// 10.x stumble. What cannot stand is written as its code point in `‹›`, and so is `‹` itself.
pub fn entity(name: &QualifiedName) -> String {
    const OWN_PROPERTIES: &[&str] = &[
        "__definegetter__",
        "__definesetter__",
        "__lookupgetter__",
        "__lookupsetter__",
        "__proto__",
        "constructor",
        "hasownproperty",
        "isprototypeof",
        "propertyisenumerable",
        "tolocalestring",
        "tostring",
        "valueof",
    ];
    let table = part(&name.name);
    let bare = name.schema == "public" && !OWN_PROPERTIES.contains(&table.to_lowercase().as_str());
    if bare { table } else { format!("{}.{table}", part(&name.schema)) }
}

/// One identifier of an entity's name. A dot only ever separates schema and table.
fn part(name: &str) -> String {
    let mut text = String::with_capacity(name.len());
    let last = name.chars().count().saturating_sub(1);
    for (at, c) in name.chars().enumerate() {
        let edge = at == 0 || at == last;
        let forbidden = matches!(c, '"' | '%' | '\\' | '#' | ';' | '<' | '.' | '‹')
            || c.is_control()
            || (c.is_whitespace() && (c != ' ' || edge || ends_with_direction(&text)))
            || is_invisible(c);
        if forbidden {
            text.push_str(&format!("‹{:x}›", u32::from(c)));
        } else {
            text.push(c);
        }
    }
    if text.is_empty() { "‹›".to_owned() } else { text }
}

/// Format characters: they change how the text around them is drawn, or hide that two names differ.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

/// An attribute's name or type: ASCII letters, digits and `- _ [ ] ( )`, starting with a letter or `_`.
///
/// 10.x takes no other letters (accents and CJK came with 11), 11.14 no commas and dots; `pk`, `fk` and `uk` at its
/// beginning are read as keys. Not injective: the original goes into the comment wherever it differs.
pub fn word(text: &str) -> String {
    let mut word = String::with_capacity(text.len());
    for c in text.chars() {
        let c = match c {
            c if c.is_ascii_alphanumeric() => c,
            '_' | '-' | '[' | ']' | '(' | ')' => c,
            _ => '_',
        };
        if !(c == '_' && word.ends_with('_') && !text.contains("__")) {
            word.push(c);
        }
    }
    if word != text {
        // `_x_` is drawn as an emphasized `x`.
        word = word.trim_matches('_').to_owned();
    }
    if !word.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') {
        word.insert(0, '_');
    }
    let mut start = word.chars().take(2).map(|c| c.to_ascii_lowercase());
    let keyword = matches!((start.next(), start.next()), (Some('p' | 'f' | 'u'), Some('k')));
    if keyword && !word[2..].starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_') {
        word.insert(0, '_');
    }
    word
}

/// Text inside quotes: a label or a comment, on one line and of at most `limit` characters.
///
/// `"` ends it; `~` opens a generic type in attribute blocks (and is matched in exponential time in 10.x); `%%` is a
/// comment or a directive; `<tag …>` is taken for HTML; `&…;` and `#…;` are decoded; `direction LR` swallows the line.
pub fn text(text: &str, limit: usize) -> String {
    let mut clean = String::with_capacity(text.len());
    let entities = text.contains(['#', '&']);
    let mut chars = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if let Some((at, _)) = chars.char_indices().nth(limit) {
        chars.truncate(at);
        chars.truncate(chars.trim_end().len());
        chars.push('…');
    }
    let mut chars = chars.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '"' => clean.push('\''),
            '~' => clean.push('∼'),
            '`' => clean.push('\''),
            ';' if entities => clean.push(','),
            '%' if clean.ends_with('%') => clean.push_str(" %"),
            '{' if clean.ends_with('%') => clean.push_str(" {"),
            '<' if chars.peek().is_some_and(|next| next.is_alphanumeric() || matches!(next, '/' | '!' | '_' | '?')) => {
                clean.push_str("< ");
            }
            ' ' if ends_with_direction(&clean) => clean.push('_'),
            c if c.is_control() || is_invisible(c) => {}
            c => clean.push(c),
        }
    }
    clean
}

fn ends_with_direction(text: &str) -> bool {
    const WORD: &str = "direction";
    text.len() >= WORD.len() && text.as_bytes()[text.len() - WORD.len()..].eq_ignore_ascii_case(WORD.as_bytes())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn ordinary_names_stay_as_they_are() {
        assert_eq!(entity(&QualifiedName::new("public", "orders")), "orders");
        assert_eq!(entity(&QualifiedName::new("shop", "Order lines")), "shop.Order lines");
        assert_eq!(entity(&QualifiedName::new("public", "ü 表 🐘")), "ü 表 🐘");
        for same in ["int", "varchar(255)", "text[]", "created_at", "a__b", "pk_id", "ukulele"] {
            assert_eq!(word(same), same);
        }
    }

    #[test]
    fn odd_names_are_spelled_apart() {
        assert_eq!(entity(&QualifiedName::new("public", "a\"b%c")), "a‹22›b‹25›c");
        assert_eq!(entity(&QualifiedName::new("public", "a.b")), "a‹2e›b");
        assert_eq!(entity(&QualifiedName::new("public", "direction LR")), "direction‹20›LR");
        assert_eq!(entity(&QualifiedName::new("public", "constructor")), "public.constructor");
        for (original, spelled) in [
            ("numeric(10,2)", "numeric(10_2)"),
            ("2fa_enabled", "_2fa_enabled"),
            ("pk", "_pk"),
            ("UK-id", "_UK-id"),
            ("naïve", "na_ve"),
            ("\"char\"", "char"),
            ("表", "_"),
            ("", "_"),
        ] {
            assert_eq!(word(original), spelled);
        }
    }

    #[test]
    fn texts_lose_what_mermaid_would_read() {
        assert_eq!(text("say \"hi\"\n\tto <script>x</script>", 80), "say 'hi' to < script>x< /script>");
        assert_eq!(text("100%%{init}", 80), "100% % {init}");
        assert_eq!(text("a direction LR", 80), "a direction_LR");
        assert_eq!(text("&lt;b", 80), "&lt,b");
        assert_eq!(text("one two three", 7), "one two…");
    }

    proptest! {
        #[test]
        fn two_names_are_never_one_entity(
            a in ("[.\"‹›2e%public]{1,4}", "[.\"‹›2e%public ]{1,4}"),
            b in ("[.\"‹›2e%public]{1,4}", "[.\"‹›2e%public ]{1,4}"),
        ) {
            let (a, b) = (QualifiedName::new(a.0, a.1), QualifiedName::new(b.0, b.1));
            prop_assert_eq!(a == b, entity(&a) == entity(&b));
        }
    }
}
