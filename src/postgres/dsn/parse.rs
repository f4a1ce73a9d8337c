//! From text to pairs of parameter and value; what they mean is not decided here.
//!
//! A password may be cut in the wrong place where it was not percent-encoded. So nothing here repeats what it was
//! given, but for the names of parameters.

use std::collections::BTreeMap;

use super::DsnError;

/// Parameters by libpq's names. Several hosts and ports are separated by commas, as in libpq.
pub(super) type Pairs = BTreeMap<String, String>;

const SCHEMES: [&str; 2] = ["postgres://", "postgresql://"];

pub(super) fn parse(text: &str) -> Result<Pairs, DsnError> {
    let text = text.trim();
    if let Some(rest) = SCHEMES.iter().find_map(|scheme| text.strip_prefix(scheme)) {
        return url(rest);
    }
    if let Some((scheme, _)) = text.split_once("://") {
        // `postgresql+psycopg2://` and the like; anything else could be more than a scheme.
        let known = scheme.len() <= 24 && scheme.starts_with("postgres");
        return Err(DsnError::Scheme(known.then(|| scheme.to_owned())));
    }
    if text.contains('=') || text.is_empty() { conninfo(text) } else { Err(DsnError::NotAConnectionString) }
}

fn url(rest: &str) -> Result<Pairs, DsnError> {
    let mut pairs = Pairs::new();
    let (before, query) = match rest.split_once('?') {
        Some((before, query)) => (before, Some(query)),
        None => (rest, None),
    };
    let (authority, dbname) = before.split_once('/').unwrap_or((before, ""));
    // An `@` this late means that a `/` of the password ended the host too early.
    if dbname.contains('@') || query.is_some_and(|query| query.split('&').any(|pair| !pair.contains('='))) {
        return Err(DsnError::NotEncoded);
    }
    let hosts = match authority.rsplit_once('@') {
        None => authority,
        Some((userinfo, hosts)) => {
            let (user, password) = match userinfo.split_once(':') {
                Some((user, password)) => (user, Some(password)),
                None => (userinfo, None),
            };
            put(&mut pairs, "user", decode(user)?);
            put(&mut pairs, "password", decode(password.unwrap_or_default())?);
            hosts
        }
    };
    let (mut names, mut ports) = (Vec::new(), Vec::new());
    for host in hosts.split(',') {
        let (name, port) = host_and_port(host)?;
        names.push(decode(name)?);
        ports.push(port.to_owned());
    }
    put(&mut pairs, "host", if names.iter().all(String::is_empty) { String::new() } else { names.join(",") });
    put(&mut pairs, "port", if ports.iter().all(String::is_empty) { String::new() } else { ports.join(",") });
    put(&mut pairs, "dbname", decode(dbname)?);
    for pair in query.into_iter().flat_map(|query| query.split('&')) {
        let (name, value) = pair.split_once('=').ok_or(DsnError::NotEncoded)?;
        pairs.insert(decode(name)?, decode(value)?);
    }
    Ok(pairs)
}

fn put(pairs: &mut Pairs, name: &str, value: String) {
    if !value.is_empty() {
        pairs.insert(name.to_owned(), value);
    }
}

/// `host:port`, `[::1]:port`, either part of which may be missing.
fn host_and_port(text: &str) -> Result<(&str, &str), DsnError> {
    if let Some(rest) = text.strip_prefix('[') {
        let (address, rest) = rest.split_once(']').ok_or(DsnError::Host)?;
        return match rest.strip_prefix(':') {
            Some(port) => Ok((address, port)),
            None if rest.is_empty() => Ok((address, "")),
            None => Err(DsnError::Host),
        };
    }
    match text.split_once(':') {
        Some((_, port)) if port.contains(':') => Err(DsnError::Host),
        Some(parts) => Ok(parts),
        None => Ok((text, "")),
    }
}

fn decode(text: &str) -> Result<String, DsnError> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let digit = |byte: Option<u8>| byte.and_then(|byte| char::from(byte).to_digit(16));
            let (Some(high), Some(low)) = (digit(rest.next()), digit(rest.next())) else {
                return Err(DsnError::NotEncoded);
            };
            bytes.push((high * 16 + low) as u8);
        } else {
            bytes.push(byte);
        }
    }
    match String::from_utf8(bytes) {
        Ok(text) if !text.contains('\0') => Ok(text),
        _ => Err(DsnError::NotEncoded),
    }
}

/// Percent-encodes what has a meaning of its own in a URL.
pub(super) fn encode(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    encoded
}

/// `key = value` pairs, values in single quotes where they have spaces; `\` escapes.
fn conninfo(text: &str) -> Result<Pairs, DsnError> {
    let mut pairs = Pairs::new();
    let mut rest = text.chars().peekable();
    loop {
        while rest.next_if(|c| c.is_whitespace()).is_some() {}
        if rest.peek().is_none() {
            return Ok(pairs);
        }
        let mut name = String::new();
        while let Some(c) = rest.next_if(|&c| c != '=' && !c.is_whitespace()) {
            name.push(c);
        }
        while rest.next_if(|c| c.is_whitespace()).is_some() {}
        if rest.next() != Some('=') || name.is_empty() {
            return Err(DsnError::Pair);
        }
        while rest.next_if(|c| c.is_whitespace()).is_some() {}
        let quoted = rest.next_if_eq(&'\'').is_some();
        let mut value = String::new();
        loop {
            match rest.next() {
                Some('\'') if quoted => break,
                Some('\\') => value.extend(rest.next()),
                Some(c) if !quoted && c.is_whitespace() => break,
                Some(c) => value.push(c),
                None if quoted => return Err(DsnError::Pair),
                None => break,
            }
        }
        pairs.insert(name, value);
    }
}
