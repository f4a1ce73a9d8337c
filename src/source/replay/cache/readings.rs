//! Finished readings: an unchanged set of migrations is answered without opening an engine.

use std::path::Path;

use serde::{Deserialize, Serialize};

use super::{Key, Shelf};
use crate::schema::Document;
use crate::source::{Reading, Server};

const SHELF: Shelf = Shelf { extension: "json", most_files: 1000, most_bytes: 512 << 20 };

/// A reading as it is kept.
#[derive(Serialize, Deserialize)]
struct Entry {
    key: String,
    engine: String,
    server: Option<(String, u32)>,
    document: Document,
}

/// The reading of a key, where a whole one is kept.
pub fn load(folder: &Path, key: &Key) -> Option<Reading> {
    let entry: Entry = serde_json::from_slice(&SHELF.load(folder, key)?).ok()?;
    if entry.key != key.0 || entry.document.tidegate != crate::schema::document::VERSION {
        return None;
    }
    Some(Reading {
        schema: entry.document.schema,
        gaps: entry.document.gaps,
        server: entry.server.map(|(version, version_num)| Server { version, version_num }),
        origin: entry.engine,
        stats: None,
    })
}

/// Keeps a reading, and forgets the oldest where there are too many.
pub fn store(folder: &Path, key: &Key, reading: &Reading) {
    let entry = Entry {
        key: key.0.clone(),
        engine: reading.origin.clone(),
        server: reading.server.as_ref().map(|server| (server.version.clone(), server.version_num)),
        document: Document::new(reading.schema.clone(), reading.gaps.clone()),
    };
    let _ = SHELF.store(folder, key, |file| Ok(serde_json::to_writer(file, &entry)?));
}

#[cfg(test)]
pub(super) fn path(folder: &Path, key: &Key) -> std::path::PathBuf {
    SHELF.path(folder, key)
}
