//! What is kept between replays: finished readings, and databases as they were before the newest migrations.
//!
//! Each migration's key is made of the key before it and the migration's own text. So an unchanged set finds its
//! reading without an engine being opened, and one that grew finds the database that its first migrations made.
//!
//! Nothing here can make a run fail: what cannot be read is replayed, what cannot be written is not kept. Nothing that
//! was not written whole by this user is believed.

pub mod readings;
pub mod states;

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use sha2::{Digest, Sha256};

use super::{EngineChoice, standin};
use crate::migration::MigrationSet;
use crate::source::engine::embedded;

/// What decides all that a number of first migrations make.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Key(String);

/// The keys of a set, from none of its migrations to all of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Keys(Vec<Key>);

impl Keys {
    /// `extensions` are those that the engine is opened with.
    pub fn of_migrations(set: &MigrationSet, engines: &EngineChoice, extensions: &[String]) -> Self {
        let engine = match engines {
            EngineChoice::Auto | EngineChoice::Embedded => "embedded",
            // Nothing of theirs is kept: which server answers is only known when it runs.
            EngineChoice::Local | EngineChoice::Url(_) => "other",
        };
        let mut key = step(
            "",
            &[
                "tidegate",
                env!("CARGO_PKG_VERSION"),
                engine,
                embedded::BUILD,
                &standin::fingerprint(),
                &extensions.join("\0"),
                &set.framework,
                set.history_ddl.as_deref().unwrap_or_default(),
                &set.history_tables.join("\0"),
                &set.history_schemas.join("\0"),
            ],
        );
        let mut keys = vec![Key(key.clone())];
        for migration in &set.migrations {
            let line = migration.first_line.to_string();
            let transaction = migration.transactional.to_string();
            key = step(&key, &[&migration.path, &line, &transaction, &migration.sql]);
            keys.push(Key(key.clone()));
        }
        Self(keys)
    }

    /// The key after this many migrations.
    pub fn after(&self, migrations: usize) -> Option<&Key> {
        self.0.get(migrations)
    }

    /// How many migrations there are.
    pub fn migrations(&self) -> usize {
        self.0.len() - 1
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

/// A kind of file in the cache's folder, and how much of it is kept.
struct Shelf {
    extension: &'static str,
    most_files: usize,
    most_bytes: u64,
}

/// Where a store writes first; what a killed one left is swept up by a later one.
const UNFINISHED: &str = ".unfinished-";
const SURELY_DEAD: Duration = Duration::from_secs(3600);

impl Shelf {
    fn path(&self, folder: &Path, key: &Key) -> PathBuf {
        folder.join("replay").join(format!("{}.{}", key.0, self.extension))
    }

    /// The bytes under a key. What is used is the last to go.
    fn load(&self, folder: &Path, key: &Key) -> Option<Vec<u8>> {
        let path = self.path(folder, key);
        is_ours_alone(path.parent()?).ok()?;
        let bytes = fs::read(&path).ok()?;
        let _ = File::options().append(true).open(&path).and_then(|file| file.set_modified(SystemTime::now()));
        Some(bytes)
    }

    /// Writes beside the place and renames, so that whoever reads finds all or nothing.
    fn store(&self, folder: &Path, key: &Key, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
        let place = self.path(folder, key);
        let parent = place.parent().unwrap_or(folder);
        private_folder(parent)?;
        let lock = File::options().create(true).truncate(false).write(true).open(parent.join("lock"))?;
        lock.lock()?;
        let mut file = BufWriter::new(tempfile::Builder::new().prefix(UNFINISHED).tempfile_in(parent)?);
        write(&mut file)?;
        let file = file.into_inner().map_err(io::IntoInnerError::into_error)?;
        file.persist(&place).map_err(|error| error.error)?;
        self.evict(parent, &place)
    }

    /// Removes what was not used for longest, never what was just written.
    fn evict(&self, folder: &Path, keep: &Path) -> io::Result<()> {
        let mut entries = Vec::new();
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            let path = entry.path();
            // Another process may have removed it a moment ago.
            let Ok(data) = entry.metadata() else { continue };
            let modified = data.modified()?;
            if entry.file_name().to_string_lossy().starts_with(UNFINISHED) {
                if modified.elapsed().is_ok_and(|age| age > SURELY_DEAD) {
                    let _ = fs::remove_file(&path);
                }
            } else if path.extension().is_some_and(|extension| extension == self.extension) {
                entries.push((modified, path, data.len()));
            }
        }
        let mut total: u64 = entries.iter().map(|(_, _, length)| length).sum();
        let mut files = entries.len();
        entries.sort();
        for (_, path, length) in entries {
            if total <= self.most_bytes && files <= self.most_files {
                break;
            }
            if path != keep && fs::remove_file(&path).is_ok() {
                total -= length;
                files -= 1;
            }
        }
        Ok(())
    }

    fn forget(&self, folder: &Path, key: &Key) {
        let _ = fs::remove_file(self.path(folder, key));
    }
}

fn private_folder(folder: &Path) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        fs::set_permissions(folder, fs::Permissions::from_mode(0o700))?;
    }
    is_ours_alone(folder)
}

/// Whoever can write there decides what is drawn.
fn is_ours_alone(folder: &Path) -> io::Result<()> {
    let found = fs::symlink_metadata(folder)?;
    if !found.is_dir() {
        return Err(io::Error::other("not a folder"));
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt as _;
        if found.uid() != rustix::process::geteuid().as_raw() || found.mode() & 0o022 != 0 {
            return Err(io::Error::other("others can write to it"));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
