//! What git tells a pre-push hook: one line per reference that is to change on the remote.

/// One reference that is pushed. Hashes are `None` where git writes zeros.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Update {
    /// `refs/heads/main`, `HEAD~`, or `(delete)`.
    pub local_ref: String,
    /// What is pushed; `None` deletes.
    pub local: Option<String>,
    pub remote_ref: String,
    /// What the remote has; `None` where the reference is new there.
    pub remote: Option<String>,
}

/// Reads `<local ref> <local hash> <remote ref> <remote hash>` per line. Source: githooks(5), pre-push.
///
/// # Errors
/// The line that is not of that form.
pub fn parse(text: &str) -> Result<Vec<Update>, String> {
    text.lines()
        .filter(|line| !line.trim().is_empty())
        .map(|line| update(line).ok_or_else(|| line.to_owned()))
        .collect()
}

fn update(line: &str) -> Option<Update> {
    // From the right: a local name can be any expression, `HEAD@{1 day ago}` included.
    let mut words = line.rsplitn(4, ' ');
    let remote = hash(words.next()?)?;
    let remote_ref = words.next()?.to_owned();
    let local = hash(words.next()?)?;
    let local_ref = words.next()?.to_owned();
    Some(Update { local_ref, local, remote_ref, remote })
}

/// SHA-1 or SHA-256 in hexadecimal; all zeros are nothing.
fn hash(word: &str) -> Option<Option<String>> {
    let valid = [40, 64].contains(&word.len()) && word.bytes().all(|byte| byte.is_ascii_hexdigit());
    valid.then(|| word.bytes().any(|byte| byte != b'0').then(|| word.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_update_is_read() {
        let (a, b, zero) = ("a".repeat(40), "b".repeat(64), "0".repeat(40));
        let text = format!(
            "refs/heads/x {a} refs/heads/x {zero}\n(delete) {zero} refs/heads/y {a}\nHEAD@{{1 day ago}} {a} refs/tags/v {b}\n"
        );
        let updates = parse(&text).unwrap();
        assert_eq!((&updates[0].local, &updates[0].remote), (&Some(a.clone()), &None));
        assert_eq!((&updates[1].local, updates[1].local_ref.as_str()), (&None, "(delete)"));
        assert_eq!((updates[2].local_ref.as_str(), &updates[2].remote), ("HEAD@{1 day ago}", &Some(b)));
        assert_eq!(parse(""), Ok(vec![]));
        for wrong in ["x", "a b c d", &format!("refs/heads/x {a} refs/heads/x 0")] {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
    }
}
