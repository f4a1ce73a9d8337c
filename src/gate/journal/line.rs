//! The journal's lines: how they are written, and what may be wrong with them.

use std::path::Path;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::backup::name::hex;
use crate::gate::world::Record;

/// The version of this format.
const VERSION: u32 = 1;
const WHAT: &str = "gate journal";
/// Digits of the checksum.
const DIGITS: usize = 32;
/// `{"sum":"` and `",` around it.
const BEFORE: &str = "{\"sum\":\"";
const AFTER: &str = "\",";

#[derive(Serialize, Deserialize)]
struct Header {
    tidegate: String,
    version: u32,
    database: String,
}

#[derive(Serialize, Deserialize)]
struct Numbered<R> {
    seq: u64,
    record: R,
}

/// What a journal holds.
#[derive(Debug)]
pub(super) struct Contents {
    pub records: Vec<Record>,
    /// The checksum of the last whole line.
    pub sum: String,
    /// Where the whole lines end.
    pub end: u64,
    /// So many bytes after them are no whole line.
    pub torn: usize,
}

/// Why a journal is not gone on with.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// It is none of tidegate's journals.
    Foreign,
    /// It is of a newer version.
    Newer(u32),
    /// It is another database's.
    Another(String),
    /// The line of this number is not what was written.
    Corrupt(usize, &'static str),
}

impl Fault {
    pub(super) fn message(&self) -> String {
        match self {
            Self::Foreign => "it is not a journal of tidegate".to_owned(),
            Self::Newer(version) => {
                format!("it is of version {version}, and this tidegate knows versions up to {VERSION}")
            }
            Self::Another(database) => format!("it is of another database: {database}"),
            Self::Corrupt(line, what) => format!("line {line} is corrupt: {what}"),
        }
    }

    pub(super) fn hint(&self, path: &Path) -> String {
        match self {
            Self::Newer(_) => "use the tidegate that wrote it, or a newer one".to_owned(),
            Self::Foreign | Self::Another(_) => format!("move {} away, or set gate.journal elsewhere", path.display()),
            Self::Corrupt(..) => format!(
                "look at the database for runs that were left open; then move {} away: tags on the backups still tell \
                 of them",
                path.display()
            ),
        }
    }
}

fn checksum(before: &str, body: &str) -> String {
    let mut hash = Sha256::new();
    hash.update(before.as_bytes());
    hash.update([0]);
    hash.update(body.as_bytes());
    hex(&hash.finalize()[..DIGITS / 2])
}

/// `{"sum":"…",` and then the fields of `body`, a JSON object.
fn sealed(before: &str, body: &str) -> String {
    let fields = body.strip_prefix('{').unwrap_or(body);
    format!("{BEFORE}{}{AFTER}{fields}\n", checksum(before, fields))
}

/// The checksum at the head of a line, and the fields after it.
fn opened(line: &str) -> Option<(&str, &str)> {
    let rest = line.strip_prefix(BEFORE)?;
    let (sum, rest) = rest.split_at_checked(DIGITS)?;
    Some((sum, rest.strip_prefix(AFTER)?))
}

/// The first line of a journal of `database`.
pub(super) fn header(database: &str) -> String {
    let header = Header { tidegate: WHAT.to_owned(), version: VERSION, database: database.to_owned() };
    sealed("", &json(&header))
}

/// The line of `record`, the `seq`th, after a line with the checksum `before`.
pub(super) fn line(before: &str, seq: u64, record: &Record) -> String {
    sealed(before, &json(&Numbered { seq, record }))
}

fn json(value: &impl Serialize) -> String {
    // Plain structs with string keys: there is nothing in them that JSON cannot say.
    serde_json::to_string(value).unwrap_or_default()
}

/// The checksum of a line that was written here.
pub(super) fn sum_of(line: &str) -> String {
    opened(line).map(|(sum, _)| sum.to_owned()).unwrap_or_default()
}

/// What `bytes` hold, which must be a journal of `database`.
///
/// # Errors
/// They are no journal, not this one's, or not what was written.
pub(super) fn read(bytes: &[u8], database: &str) -> Result<Contents, Fault> {
    let whole = bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
    let torn = bytes.len() - whole;
    let mut contents = Contents { records: Vec::new(), sum: String::new(), end: whole as u64, torn };
    if whole == 0 {
        // Not even the header came to disk whole: it was ours if what there is of it begins like it, or is blank.
        let header = header(database);
        let ours = bytes.iter().zip(header.as_bytes()).all(|(byte, wanted)| byte == wanted || *byte == 0);
        return if ours && torn < header.len() { Ok(contents) } else { Err(Fault::Foreign) };
    }
    let text = std::str::from_utf8(&bytes[..whole]).map_err(|_| match bytes.starts_with(BEFORE.as_bytes()) {
        true => Fault::Corrupt(
            1 + bytes.iter().take_while(|byte| byte.is_ascii()).filter(|byte| **byte == b'\n').count(),
            "it is no text",
        ),
        false => Fault::Foreign,
    })?;
    for (at, line) in text.lines().enumerate() {
        let number = at + 1;
        let Some((sum, fields)) = opened(line) else {
            return Err(if at == 0 { Fault::Foreign } else { Fault::Corrupt(number, "it has no checksum") });
        };
        let body = format!("{{{fields}");
        if at == 0 {
            first(&body, database)?;
        }
        if checksum(&contents.sum, fields) != sum {
            return Err(Fault::Corrupt(number, "its checksum does not fit, or the line before it is gone"));
        }
        contents.sum = sum.to_owned();
        if at > 0 {
            let numbered: Numbered<Record> =
                serde_json::from_str(&body).map_err(|_| Fault::Corrupt(number, "it cannot be read"))?;
            if numbered.seq != at as u64 {
                return Err(Fault::Corrupt(number, "a line is missing before it"));
            }
            contents.records.push(numbered.record);
        }
    }
    Ok(contents)
}

fn first(body: &str, database: &str) -> Result<(), Fault> {
    #[derive(Deserialize)]
    struct Any {
        tidegate: String,
        version: u32,
    }
    let any: Any = serde_json::from_str(body).map_err(|_| Fault::Foreign)?;
    if any.tidegate != WHAT {
        return Err(Fault::Foreign);
    }
    if any.version > VERSION {
        return Err(Fault::Newer(any.version));
    }
    let header: Header = serde_json::from_str(body).map_err(|_| Fault::Foreign)?;
    if header.database == database { Ok(()) } else { Err(Fault::Another(header.database)) }
}
