//! Finished readings, kept between runs: an unchanged set of migrations is answered without opening an engine.
//!
//! Each step's key is made of the key before it and the migration's own text, so a set that only grew shares its keys
//! with the shorter one. Kept is the reading after the last step; a server's state would go to the same place, under
//! the keys of the steps before.
//!
//! Nothing here can make a run fail: what cannot be read is replayed, what cannot be written is not kept.

use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{EngineChoice, standin};
use crate::migration::MigrationSet;
use crate::schema::{Document, Gap, Schema};
use crate::source::{Reading, Server};

/// What all readings together may take.
const MOST_BYTES: u64 = 512 << 20;

/// The build of the embedded engine: another one may read otherwise.
const EMBEDDED: &str = "oliphaunt-wasix =0.3.2";

/// What decides a reading.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key(String);

impl Key {
    /// The key after the last migration of a set.
    pub fn of_migrations(set: &MigrationSet, engines: &EngineChoice) -> Self {
        let engine = match engines {
            EngineChoice::Auto | EngineChoice::Embedded => "embedded",
            // Their readings are not kept: which server answers is only known when it runs.
            EngineChoice::Local | EngineChoice::Url(_) => "other",
        };
        let mut key = step(
            "",
            &[
                "tidegate",
                env!("CARGO_PKG_VERSION"),
                engine,
                EMBEDDED,
                &standin::fingerprint(),
                &set.framework,
                set.history_ddl.as_deref().unwrap_or_default(),
                &set.history_tables.join("\0"),
                &set.history_schemas.join("\0"),
            ],
        );
        for migration in &set.migrations {
            let line = migration.first_line.to_string();
            let transaction = migration.transactional.to_string();
            key = step(&key, &[&migration.path, &line, &transaction, &migration.sql]);
        }
        Self(key)
    }
}

/// The parts are told apart by their lengths.
fn step(before: &str, parts: &[&str]) -> String {
    let mut hash = Sha256::new();
    hash.update(before);
    for part in parts {
        hash.update(part.len().to_le_bytes());
        hash.update(part);
    }
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A reading as it is kept.
#[derive(Serialize, Deserialize)]
struct Entry {
    key: String,
    engine: String,
    server: Option<(String, u32)>,
    document: Document,
}

fn path(folder: &Path, key: &Key) -> PathBuf {
    folder.join("replay").join(format!("{}.json", key.0))
}

/// The reading of a key, where a whole one is kept.
pub fn load(folder: &Path, key: &Key) -> Option<Reading> {
    let path = path(folder, key);
    let bytes = fs::read(&path).ok()?;
    let entry: Entry = serde_json::from_slice(&bytes).ok()?;
    if entry.key != key.0 || entry.document.tidegate != crate::schema::document::VERSION {
        return None;
    }
    // So that the oldest by use is the first to go.
    let _ = File::options().append(true).open(&path).and_then(|file| file.set_modified(SystemTime::now()));
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
    let _ = try_store(folder, key, reading);
}

fn try_store(folder: &Path, key: &Key, reading: &Reading) -> std::io::Result<()> {
    let place = path(folder, key);
    let parent = place.parent().unwrap_or(folder);
    private_folder(parent)?;
    let lock = File::options().create(true).truncate(false).write(true).open(parent.join("lock"))?;
    lock.lock()?;
    let gaps: Vec<Gap> = reading.gaps.clone();
    let schema: Schema = reading.schema.clone();
    let entry = Entry {
        key: key.0.clone(),
        engine: reading.origin.clone(),
        server: reading.server.as_ref().map(|server| (server.version.clone(), server.version_num)),
        document: Document::new(schema, gaps),
    };
    let mut file = tempfile::NamedTempFile::new_in(parent)?;
    serde_json::to_writer(&mut file, &entry)?;
    file.flush()?;
    file.persist(&place).map_err(|error| error.error)?;
    evict(parent, &place)
}

fn private_folder(folder: &Path) -> std::io::Result<()> {
    fs::create_dir_all(folder)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        fs::set_permissions(folder, fs::Permissions::from_mode(0o700))?;
    }
    Ok(())
}

/// Removes the readings that were not used for longest, never the one just written.
fn evict(folder: &Path, keep: &Path) -> std::io::Result<()> {
    let mut entries = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let path = entry.path();
        if path.extension().is_some_and(|extension| extension == "json") {
            let data = entry.metadata()?;
            entries.push((data.modified()?, path, data.len()));
        }
    }
    let mut total: u64 = entries.iter().map(|(_, _, length)| length).sum();
    entries.sort();
    for (_, path, length) in entries {
        if total <= MOST_BYTES {
            break;
        }
        if path != keep && fs::remove_file(&path).is_ok() {
            total -= length;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::migration::Migration;
    use crate::schema::Namespace;

    fn set(texts: &[&str]) -> MigrationSet {
        let migration = |sql: &&str| Migration { sql: (*sql).to_owned(), ..Migration::default() };
        MigrationSet { migrations: texts.iter().map(migration).collect(), ..MigrationSet::default() }
    }

    fn key(texts: &[&str]) -> Key {
        Key::of_migrations(&set(texts), &EngineChoice::Auto)
    }

    #[test]
    fn the_engine_in_the_key_is_the_one_that_is_built_in() {
        let (name, version) = EMBEDDED.split_once(' ').unwrap();
        let manifest = include_str!("../../../Cargo.toml");
        let section = manifest.split(&format!("[dependencies.{name}]")).nth(1).unwrap();
        assert!(section.trim_start().starts_with(&format!("version = \"{version}\"")));
    }

    #[test]
    fn any_change_of_a_migration_changes_the_key() {
        assert_eq!(key(&["a", "b"]), key(&["a", "b"]));
        assert_ne!(key(&["a", "b"]), key(&["ab"]));
        assert_ne!(key(&["a", "b"]), key(&["b", "a"]));
        assert_ne!(key(&["a"]), key(&["a", ""]));
        let mut other = set(&["a"]);
        other.migrations[0].transactional = true;
        assert_ne!(key(&["a"]), Key::of_migrations(&other, &EngineChoice::Auto));
        assert_ne!(key(&["a"]), Key::of_migrations(&set(&["a"]), &EngineChoice::Local));
    }

    #[test]
    fn what_was_kept_comes_back_and_broken_entries_do_not() {
        let folder = tempfile::tempdir().unwrap();
        let key = key(&["CREATE SCHEMA a"]);
        assert!(load(folder.path(), &key).is_none());
        let schema =
            Schema { schemas: vec![Namespace { name: "a".into(), ..Namespace::default() }], ..Schema::default() };
        let reading = Reading { schema: schema.clone(), origin: "embedded PostgreSQL 18".into(), ..Reading::default() };
        store(folder.path(), &key, &reading);
        let back = load(folder.path(), &key).unwrap();
        assert_eq!((back.schema, back.origin.as_str()), (schema, "embedded PostgreSQL 18"));
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = fs::metadata(folder.path().join("replay")).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o700);
        }
        let place = path(folder.path(), &key);
        let text = fs::read_to_string(&place).unwrap();
        fs::write(&place, &text[..text.len() / 2]).unwrap();
        assert!(load(folder.path(), &key).is_none());
        // One that was copied under another name is another set's.
        let other = Key("0".repeat(64));
        fs::write(path(folder.path(), &other), &text).unwrap();
        assert!(load(folder.path(), &other).is_none());
    }

    #[test]
    fn a_folder_that_cannot_be_written_is_no_error() {
        let file = tempfile::NamedTempFile::new().unwrap();
        store(file.path(), &key(&[]), &Reading::default());
        assert!(load(file.path(), &key(&[])).is_none());
    }
}
