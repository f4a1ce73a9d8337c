//! Bytes of a migration file to text, and the order in which people number files.

use std::cmp::Ordering;

use super::error::DiscoveryError;

/// The file as text, without a UTF-8 byte order mark. Anything that is not UTF-8 is an error that says where.
pub(crate) fn decode<'a>(path: &str, bytes: &'a [u8]) -> Result<&'a str, DiscoveryError> {
    if let Some(encoding) = utf16(bytes) {
        return Err(DiscoveryError::Utf16 { path: path.to_owned(), encoding });
    }
    if bytes.len() < 1024 && bytes.starts_with(b"version https://git-lfs.github.com/spec/") {
        return Err(DiscoveryError::Lfs { path: path.to_owned() });
    }
    let body = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    std::str::from_utf8(body).map_err(|error| {
        let good = error.valid_up_to();
        DiscoveryError::NotUtf8 {
            path: path.to_owned(),
            offset: good + (bytes.len() - body.len()),
            line: 1 + body[..good].iter().filter(|byte| **byte == b'\n').count(),
            byte: body[good],
        }
    })
}

/// Which UTF-16 it is: by its mark, or by the zero that every second byte of plain English is in it.
fn utf16(bytes: &[u8]) -> Option<&'static str> {
    match bytes {
        [0xff, 0xfe, ..] => return Some("UTF-16 LE"),
        [0xfe, 0xff, ..] => return Some("UTF-16 BE"),
        _ => {}
    }
    let head = &bytes[..bytes.len().min(64) & !1];
    let zeros = |start: usize| head.iter().skip(start).step_by(2).filter(|byte| **byte == 0).count() * 2;
    if head.len() < 4 {
        None
    } else if zeros(1) == head.len() && zeros(0) == 0 {
        Some("UTF-16 LE")
    } else if zeros(0) == head.len() && zeros(1) == 0 {
        Some("UTF-16 BE")
    } else {
        None
    }
}

/// `10_b` after `9_a`: runs of digits count as numbers, everything else byte by byte, folders before what follows.
pub(crate) fn natural(a: &str, b: &str) -> Ordering {
    let mut left = a.split('/');
    let mut right = b.split('/');
    loop {
        let order = match (left.next(), right.next()) {
            (None, None) => return a.cmp(b),
            (None, Some(_)) => return Ordering::Less,
            (Some(_), None) => return Ordering::Greater,
            (Some(x), Some(y)) => natural_part(x, y),
        };
        if order != Ordering::Equal {
            return order;
        }
    }
}

fn natural_part(mut a: &str, mut b: &str) -> Ordering {
    loop {
        if a.is_empty() || b.is_empty() {
            return a.len().cmp(&b.len());
        }
        let (digits_a, rest_a) = leading_digits(a);
        let (digits_b, rest_b) = leading_digits(b);
        let order = if digits_a.is_empty() || digits_b.is_empty() {
            let (x, y) = (a.chars().next(), b.chars().next());
            let step = |text: &str| text.chars().next().map_or(0, char::len_utf8);
            let order = x.cmp(&y);
            a = &a[step(a)..];
            b = &b[step(b)..];
            order
        } else {
            a = rest_a;
            b = rest_b;
            compare_numbers(digits_a, digits_b)
        };
        if order != Ordering::Equal {
            return order;
        }
    }
}

/// Compares decimal digits of any length by value.
pub(crate) fn compare_numbers(a: &str, b: &str) -> Ordering {
    let (a, b) = (a.trim_start_matches('0'), b.trim_start_matches('0'));
    a.len().cmp(&b.len()).then_with(|| a.cmp(b))
}

/// The digits that `text` starts with, and the rest.
pub(crate) fn leading_digits(text: &str) -> (&str, &str) {
    text.split_at(text.bytes().take_while(u8::is_ascii_digit).count())
}

/// The line, from 1, on which byte `offset` of `text` is.
pub(crate) fn line_of(text: &str, offset: usize) -> usize {
    1 + text.as_bytes()[..offset].iter().filter(|byte| **byte == b'\n').count()
}

/// `file.sql` of `a/b/file.sql`.
pub(crate) fn file_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// `a/b` of `a/b/file.sql`, empty at the top.
pub(crate) fn parent(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(parent, _)| parent)
}

/// Case of the ending does not matter: `A.SQL` is SQL on every file system.
pub(crate) fn has_ending(path: &str, ending: &str) -> bool {
    path.len() >= ending.len()
        && path.is_char_boundary(path.len() - ending.len())
        && path[path.len() - ending.len()..].eq_ignore_ascii_case(ending)
}

/// `text` without `prefix`, letters compared without case.
pub(crate) fn strip_prefix_ignore_case<'a>(text: &'a str, prefix: &str) -> Option<&'a str> {
    let head = text.get(..prefix.len())?;
    head.eq_ignore_ascii_case(prefix).then(|| &text[prefix.len()..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn natural_order_counts_numbers() {
        let mut names = ["10_b.sql", "9_a.sql", "1/z.sql", "1_a.sql", "009_a.sql", "a.sql", "1/2/x.sql", "1/10/x.sql"];
        names.sort_by(|a, b| natural(a, b));
        assert_eq!(
            names,
            ["1/2/x.sql", "1/10/x.sql", "1/z.sql", "1_a.sql", "009_a.sql", "9_a.sql", "10_b.sql", "a.sql"]
        );
    }

    #[test]
    fn encodings_are_named() {
        assert_eq!(decode("a", b"\xef\xbb\xbfselect 1").unwrap(), "select 1");
        let error = decode("a.sql", b"-- ok\n-- caf\xe9").unwrap_err();
        assert!(matches!(error, DiscoveryError::NotUtf8 { offset: 12, line: 2, byte: 0xe9, .. }), "{error}");
        let error = decode("a.sql", b"\xef\xbb\xbf\xe9").unwrap_err();
        assert!(matches!(error, DiscoveryError::NotUtf8 { offset: 3, line: 1, .. }), "{error}");
        let wide: Vec<u8> = "select 1;".encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert!(matches!(decode("a", &wide), Err(DiscoveryError::Utf16 { encoding: "UTF-16 LE", .. })));
        assert!(matches!(decode("a", b"\xfe\xff\0s"), Err(DiscoveryError::Utf16 { encoding: "UTF-16 BE", .. })));
        assert_eq!(decode("a", b"").unwrap(), "");
        let pointer = b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n";
        assert!(matches!(decode("a", pointer), Err(DiscoveryError::Lfs { .. })));
    }
}
