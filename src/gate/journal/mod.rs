//! The journal: a file with one line for everything that a run is about to do, written and synced before it is done.
//!
//! Promises: what `append` returned for is on disk, file and folder; each line carries a number and a checksum over
//! itself and the line before, so that nothing is changed, lost in the middle or mixed up unseen; a file that is not
//! ours, not this database's or of a newer tidegate is never written to. A last line that a crash tore is set aside:
//! nothing was done that depended on it. Mode 0600; no secret is in it. What other environments wrote of the same
//! database beside it is read as well: a run that is open is open under every name.
//!
//! ```text
//! {"sum":"…","tidegate":"gate journal","version":1,"database":"prod …"}
//! {"sum":"…","seq":1,"record":{"run":"…","at":"…","is":"begun",…}}
//! ```

mod line;

use std::fs::{File, OpenOptions};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use rustix::fs::{FlockOperation, flock};
use sha2::{Digest as _, Sha256};

use super::refusal::{Code, Refusal};
use super::world::{Journal, Record};
use crate::backup::name::hex;
use line::{Contents, Fault};

/// How long another writer is waited for. A line takes milliseconds.
const PATIENCE: Duration = Duration::from_secs(10);

/// Of its file's name.
const EXTENSION: &str = "journal";

/// The journal of one database.
#[derive(Clone, Debug)]
pub struct FileJournal {
    path: PathBuf,
    /// What tells this database from every other: in the header, compared when the file is read.
    database: String,
    notes: Vec<String>,
}

impl FileJournal {
    /// The journal of `database` (host, port and name, or whatever tells it from others; no secret) in `folder`. Nothing
    /// is created before something is written.
    pub fn new(folder: &Path, environment: &str, database: &str) -> Self {
        Self { path: folder.join(file_name(environment, database)), database: database.to_owned(), notes: Vec::new() }
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Reads without the traits around it: for `gate status`.
    ///
    /// # Errors
    /// It is corrupt, foreign or cannot be read.
    pub fn records(&mut self) -> Result<Vec<Record>, Refusal> {
        let own = self.own()?;
        let others = self.others()?;
        let in_both = others.iter().any(|other| own.iter().any(|record| record.run == other.run));
        let mut records: Vec<Record> = others.into_iter().chain(own).collect();
        if in_both {
            records.sort_by_key(|record| record.at);
        }
        Ok(records)
    }

    /// What journals of this database beside this one hold: those of other environments.
    fn others(&self) -> Result<Vec<Record>, Refusal> {
        let folder = self.path.parent().unwrap_or(Path::new("."));
        let unreadable = |error: &io::Error| self.refusal("cannot be read: its folder cannot", error);
        let entries = match std::fs::read_dir(folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(unreadable(&error)),
        };
        let mut paths = Vec::new();
        for entry in entries {
            let path = entry.map_err(|error| unreadable(&error))?.path();
            if path != self.path && path.extension().is_some_and(|end| end == EXTENSION) && path.is_file() {
                paths.push(path);
            }
        }
        paths.sort();
        let mut records = Vec::new();
        for path in paths {
            let other = Self { path, database: self.database.clone(), notes: Vec::new() };
            let mut file = File::open(&other.path).map_err(|error| other.refusal("cannot be read", &error))?;
            other.lock(&file, FlockOperation::NonBlockingLockShared)?;
            match line::read(&other.bytes(&mut file)?, &self.database) {
                Ok(contents) => records.extend(contents.records),
                Err(Fault::Another(_) | Fault::Foreign) => {}
                Err(fault) => return Err(other.faulty(&fault)),
            }
        }
        Ok(records)
    }

    fn own(&mut self) -> Result<Vec<Record>, Refusal> {
        let mut file = match File::open(&self.path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(self.refusal("cannot be read", &error)),
        };
        self.lock(&file, FlockOperation::NonBlockingLockShared)?;
        let contents = self.contents(&mut file)?;
        if contents.torn > 0 {
            self.notes.push(format!(
                "the last line of {} was torn by a crash ({} bytes): nothing was done that depends on it",
                self.path.display(),
                contents.torn
            ));
        }
        Ok(contents.records)
    }

    fn write(&mut self, record: &Record) -> Result<(), Refusal> {
        let folder = self.path.parent().unwrap_or(Path::new(".")).to_owned();
        std::fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(&folder)
            .map_err(|error| self.refusal("cannot be made: its folder cannot", &error))?;
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(&self.path)
            .map_err(|error| self.refusal("cannot be opened", &error))?;
        self.lock(&file, FlockOperation::NonBlockingLockExclusive)?;
        let contents = self.contents(&mut file)?;
        if contents.torn > 0 {
            self.set_aside(&mut file, &contents)?;
        }
        let mut text = String::new();
        let mut sum = contents.sum.clone();
        if contents.end == 0 {
            let header = line::header(&self.database);
            sum = line::sum_of(&header);
            text.push_str(&header);
        }
        text.push_str(&line::line(&sum, contents.records.len() as u64 + 1, record));
        self.put(&mut file, contents.end, text.as_bytes()).map_err(|error| {
            // Whatever part of it came to disk is taken back, so that the next writer finds whole lines.
            let _ = file.set_len(contents.end);
            self.refusal("cannot be written", &error)
        })?;
        File::open(&folder)
            .and_then(|folder| folder.sync_all())
            .map_err(|error| self.refusal("cannot be synced", &error))
    }

    fn put(&self, file: &mut File, at: u64, bytes: &[u8]) -> io::Result<()> {
        file.seek(SeekFrom::Start(at))?;
        file.write_all(bytes)?;
        file.sync_all()
    }

    /// What a crash tore goes into a file beside the journal.
    fn set_aside(&mut self, file: &mut File, contents: &Contents) -> Result<(), Refusal> {
        let mut torn = vec![0; contents.torn];
        let aside = self.path.with_extension(format!("torn-{}", contents.records.len() + 1));
        file.seek(SeekFrom::Start(contents.end))
            .and_then(|_| file.read_exact(&mut torn))
            .and_then(|()| OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&aside))
            .and_then(|mut kept| kept.write_all(&torn))
            .and_then(|()| file.set_len(contents.end))
            .and_then(|()| file.sync_all())
            .map_err(|error| self.refusal("cannot be mended after a crash", &error))?;
        self.notes.push(format!(
            "the last line of {} was torn by a crash and is in {}",
            self.path.display(),
            aside.display()
        ));
        Ok(())
    }

    fn lock(&self, file: &File, operation: FlockOperation) -> Result<(), Refusal> {
        let until = Instant::now() + PATIENCE;
        loop {
            match flock(file, operation) {
                Ok(()) => return Ok(()),
                Err(error) if error == rustix::io::Errno::WOULDBLOCK || error == rustix::io::Errno::INTR => {
                    if Instant::now() >= until {
                        return Err(Refusal::new(
                            Code::Journal,
                            format!("the journal {} is held by another process", self.path.display()),
                        ));
                    }
                    std::thread::sleep(Duration::from_millis(20));
                }
                Err(error) => return Err(self.refusal("cannot be locked", &error.into())),
            }
        }
    }

    fn contents(&self, file: &mut File) -> Result<Contents, Refusal> {
        line::read(&self.bytes(file)?, &self.database).map_err(|fault| self.faulty(&fault))
    }

    fn bytes(&self, file: &mut File) -> Result<Vec<u8>, Refusal> {
        let mut bytes = Vec::new();
        file.seek(SeekFrom::Start(0))
            .and_then(|_| file.read_to_end(&mut bytes))
            .map_err(|error| self.refusal("cannot be read", &error))?;
        Ok(bytes)
    }

    fn faulty(&self, fault: &Fault) -> Refusal {
        Refusal::new(Code::Journal, format!("the journal {}: {}", self.path.display(), fault.message()))
            .hint(fault.hint(&self.path))
    }

    fn refusal(&self, what: &str, error: &io::Error) -> Refusal {
        let refusal = Refusal::new(Code::Journal, format!("the journal {} {what}: {error}", self.path.display()));
        match error.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => refusal.hint("make room on that disk"),
            _ => refusal.hint("set gate.journal to a folder that can be written and stays"),
        }
    }
}

#[async_trait]
impl Journal for FileJournal {
    async fn read(&mut self) -> Result<Vec<Record>, Refusal> {
        let mut journal = self.clone();
        let (journal, records) = off_the_runtime(move || {
            let records = journal.records();
            (journal, records)
        })
        .await?;
        self.notes = journal.notes;
        records
    }

    async fn append(&mut self, record: &Record) -> Result<(), Refusal> {
        let (mut journal, record) = (self.clone(), record.clone());
        let (journal, written) = off_the_runtime(move || {
            let written = journal.write(&record);
            (journal, written)
        })
        .await?;
        self.notes = journal.notes;
        written
    }

    fn notes(&mut self) -> Vec<String> {
        std::mem::take(&mut self.notes)
    }
}

/// Syncing a disk may take long, and the lock's heartbeat must not wait for it.
async fn off_the_runtime<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, Refusal> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|error| Refusal::new(Code::Journal, format!("the journal could not be worked on: {error}")))
}

/// `prod-1f0c93ab5d2e4477.journal`: the environment's name where a file may be called so, and what tells databases apart.
fn file_name(environment: &str, database: &str) -> String {
    let plain: String = environment
        .chars()
        .map(|letter| if letter.is_ascii_alphanumeric() || "-_".contains(letter) { letter } else { '-' })
        .take(60)
        .collect();
    let mut hash = Sha256::new();
    hash.update(environment.as_bytes());
    hash.update([0]);
    hash.update(database.as_bytes());
    format!("{plain}-{}.{EXTENSION}", hex(&hash.finalize()[..8]))
}

#[cfg(test)]
mod tests;
