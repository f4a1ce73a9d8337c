//! A schema saved as `schema.json`, read back.
//!
//! A document of a newer version is refused rather than misread, and what was edited by hand is brought into canonical
//! order again.

use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::Reading;
use crate::schema::{Document, document};

#[derive(Debug, thiserror::Error)]
pub enum SavedError {
    #[error("cannot read {}: {source}", path.display())]
    Read { path: PathBuf, source: std::io::Error },
    #[error("{name}, line {line}, column {column}: {reason}")]
    Json { name: String, line: usize, column: usize, reason: String },
    #[error(
        "{name} is a tidegate document of version {found}, and this program reads up to version {}: use a newer tidegate",
        document::VERSION
    )]
    Newer { name: String, found: u64 },
    #[error("{name} is no tidegate document: it has no number called `tidegate` that says its version")]
    NoVersion { name: String },
}

/// Reads the file at `path`.
///
/// # Errors
/// Names the file, and inside it line and column.
pub fn read(path: &Path) -> Result<Reading, SavedError> {
    let bytes = std::fs::read(path).map_err(|source| SavedError::Read { path: path.to_owned(), source })?;
    parse(&path.display().to_string(), &bytes)
}

/// Reads a document's bytes; `name` is what errors call it.
///
/// # Errors
/// Names line and column, or both versions.
pub fn parse(name: &str, bytes: &[u8]) -> Result<Reading, SavedError> {
    // The version alone first: a newer document may have a form that this program cannot read at all.
    #[derive(Deserialize)]
    struct Version {
        tidegate: Option<serde_json::Value>,
    }
    let broken = |error: serde_json::Error| {
        let reason = error.to_string();
        // The library repeats the place at the end of its message.
        let reason = reason.split(" at line ").next().unwrap_or_default().to_owned();
        SavedError::Json { name: name.to_owned(), line: error.line(), column: error.column(), reason }
    };
    let bytes = bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(bytes);
    let version: Version = serde_json::from_slice(bytes).map_err(broken)?;
    match version.tidegate.as_ref().and_then(serde_json::Value::as_u64) {
        None | Some(0) => return Err(SavedError::NoVersion { name: name.to_owned() }),
        Some(found) if found > u64::from(document::VERSION) => {
            return Err(SavedError::Newer { name: name.to_owned(), found });
        }
        Some(_) => {}
    }
    let document: Document = serde_json::from_slice(bytes).map_err(broken)?;
    let mut schema = document.schema;
    schema.canonicalize();
    let mut gaps = document.gaps;
    gaps.sort();
    gaps.dedup();
    Ok(Reading { schema, gaps, origin: format!("saved schema {name}"), ..Reading::default() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::{Gap, GapKind, Namespace, Schema};

    fn error(text: &str) -> String {
        parse("schema.json", text.as_bytes()).expect_err("refused").to_string()
    }

    #[test]
    fn what_was_saved_is_read_back_in_canonical_order() {
        let name = |name: &str| Namespace { name: name.into(), ..Namespace::default() };
        let schema = Schema { schemas: vec![name("b"), name("a")], ..Schema::default() };
        let gap = Gap {
            kind: GapKind::NotCharted,
            scope: "operator public.+".into(),
            reason: "operators are not drawn".into(),
        };
        let text = Document::new(schema, vec![gap.clone()]).to_json();
        let reading = parse("schema.json", text.as_bytes()).unwrap();
        assert_eq!(reading.schema.schemas, vec![name("a"), name("b")]);
        assert_eq!(reading.gaps, vec![gap]);
        assert!(parse("schema.json", format!("\u{feff}{text}").as_bytes()).is_ok());
    }

    #[test]
    fn a_newer_version_is_refused_with_both_versions() {
        let message = error(r#"{"tidegate": 7, "schema": {"tables": "another form"}}"#);
        assert!(message.contains("version 7") && message.contains("version 1"), "{message}");
    }

    #[test]
    fn broken_json_is_named_by_line_and_column() {
        assert_eq!(error("{\n \"tidegate\": 1,\n oops"), "schema.json, line 3, column 2: key must be a string");
        let message = error("{\"tidegate\": 1,\n \"schema\": {\"tables\": [{\"name\": \"no_dot\"}]}}");
        assert!(message.starts_with("schema.json, line 2, column ") && message.contains("no_dot"), "{message}");
        assert!(error("{}").contains("no tidegate document"));
        assert!(error("[]").starts_with("schema.json, line 1, column "));
        assert!(error("").starts_with("schema.json, line 1, column 0"));
    }
}
