//! The child's side of the embedded engine: PostgreSQL on standard input and output.
//!
//! It runs in a process of its own because nothing inside can be trusted to end: a statement may spin for ever or take
//! the whole process down with it, and PostgreSQL's own timeouts and cancel requests have no effect in there.
//!
//! What it promises: the bytes on stdin are sessions of the PostgreSQL wire protocol, one after the other, each from a
//! startup message to a terminate message; the database in memory outlives them. A session is a fresh backend, so no
//! state of an earlier one is left. When stdin ends, whatever is running, [`serve`] removes its scratch folder and
//! returns, and the caller ends the process.

use std::collections::VecDeque;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, SyncSender, channel, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use oliphaunt_wasix::session::{
    CatalogProfile, ClusterSeed, PostgresConfig, PreparedDatabase, ProtocolPumpOutcome, ProtocolStream, StartupConfig,
};
use oliphaunt_wasix::{DatabaseStorage, Extension};

use crate::postgres::wire;

/// What the parent asks for on the command line of the child.
#[derive(Clone, Debug, Default)]
pub struct ServeOptions {
    /// Extensions to make available to `CREATE EXTENSION`, by SQL name; unknown names are left out.
    pub extensions: Vec<String>,
    /// A folder of this engine's own, removed at the end.
    pub scratch: Option<PathBuf>,
    /// An archive to begin with in place of an empty database.
    pub state: Option<PathBuf>,
}

/// Serves until stdin ends.
///
/// # Errors
/// The text of what the engine could not do.
pub fn serve(options: ServeOptions) -> Result<(), String> {
    let (ended, end) = channel();
    let (bytes, input) = sync_channel(64);
    let stdin_ended = ended.clone();
    spawn("stdin", move || {
        let _ = stdin_ended.send(forward_stdin(&bytes));
    })?;
    let (extensions, state) = (options.extensions, options.state);
    spawn("engine", move || {
        let _ = ended.send(sessions(&extensions, state.as_deref(), input));
    })?;
    // Whichever ends first ends the process: the other thread may be spinning in a statement.
    let outcome = end.recv().unwrap_or(Ok(()));
    if let Some(scratch) = options.scratch {
        let _ = std::fs::remove_dir_all(scratch);
    }
    outcome
}

fn spawn(name: &str, body: impl FnOnce() + Send + 'static) -> Result<(), String> {
    // PostgreSQL recurses deeply in its parser and planner.
    thread::Builder::new()
        .name(name.to_owned())
        .stack_size(64 << 20)
        .spawn(body)
        .map(drop)
        .map_err(|error| format!("cannot start a thread: {error}"))
}

fn forward_stdin(bytes: &SyncSender<Vec<u8>>) -> Result<(), String> {
    let mut stdin = io::stdin().lock();
    let mut buffer = vec![0; 64 << 10];
    loop {
        match stdin.read(&mut buffer) {
            Ok(0) => return Ok(()),
            Ok(n) => {
                if bytes.send(buffer[..n].to_vec()).is_err() {
                    return Ok(());
                }
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(format!("cannot read from the parent: {error}")),
        }
    }
}

/// Settings that make the embedded server behave like a freshly installed one, but for durability, which it needs not.
fn settings() -> PostgresConfig {
    let mut config = PostgresConfig::default();
    for (name, value) in [
        // A dump or a large replay in one transaction locks every table it makes, and its indexes and TOAST tables.
        // The table of locks has this many for each of the possible sessions, and is filled in at every start: one
        // session is all that there ever is.
        ("max_locks_per_transaction", "4096"),
        ("max_connections", "20"),
        ("max_wal_senders", "0"),
        ("max_worker_processes", "0"),
        ("autovacuum_max_workers", "1"),
        ("autovacuum_worker_slots", "1"),
        // All of the data is in memory as it is.
        ("shared_buffers", "32MB"),
        ("fsync", "off"),
        ("full_page_writes", "off"),
        // What `initdb` leaves behind; the embedding crate has its own ideas.
        ("search_path", "\"$user\", public"),
        ("allow_system_table_mods", "off"),
        ("TimeZone", "UTC"),
    ] {
        config.insert(name, value);
    }
    config
}

/// What this build brings along, by the name that `CREATE EXTENSION` takes.
fn extension(name: &str) -> Option<Extension> {
    match name {
        // Released in a package of its own.
        "vector" => Some(oliphaunt_extension_vector::VECTOR),
        // The embedding crate knows more names than it brings, and fails to open with one that it lacks.
        name if super::EXTENSIONS.contains(&name) => Extension::by_sql_name(name),
        _ => None,
    }
}

/// An empty database, or the one that was kept.
fn prepare(state: Option<&Path>) -> Result<PreparedDatabase, String> {
    let seed = match state {
        Some(path) => {
            let archive = std::fs::read(path).map_err(|error| format!("cannot read the kept state: {error}"))?;
            let code = liboliphaunt_wasix_portable::manifest().map_err(|error| error.to_string())?;
            let manifest = super::snapshot::manifest(&archive, &code.runtime.module_sha256);
            Some(ClusterSeed::new(archive, manifest))
        }
        None => None,
    };
    PreparedDatabase::prepare_with_seed(DatabaseStorage::Memory, CatalogProfile::default(), "postgres", seed)
        .map_err(|error| format!("{error:#}"))
}

fn sessions(extensions: &[String], state: Option<&Path>, input: Receiver<Vec<u8>>) -> Result<(), String> {
    let extensions: Vec<Extension> = extensions.iter().filter_map(|name| extension(name)).collect();
    let link = Link(Arc::new(Mutex::new(Input { input, pending: VecDeque::new(), left: 0, terminated: false })));
    let prepared = prepare(state);
    while let Some(startup) = link.startup().map_err(|e| e.to_string())? {
        let session = prepared
            .as_ref()
            .map_err(Clone::clone)
            .and_then(|prepared| session(prepared, &extensions, &startup, &link));
        // The parent learns of it by the end of its pipe, and reads the reason on stderr.
        session?;
    }
    Ok(())
}

/// One session, from its startup message to its end.
fn session(prepared: &PreparedDatabase, extensions: &[Extension], startup: &[u8], link: &Link) -> Result<(), String> {
    let text = |error: &dyn std::fmt::Display| format!("{error:#}");
    let runtime = prepared.runtime().map_err(|e| text(&e))?;
    let mut session =
        runtime.open_with_extensions(settings(), StartupConfig::default(), extensions).map_err(|e| text(&e))?;
    let answer = session.startup_with_packet(startup).map_err(|e| text(&e))?;
    link.send(&answer.output).map_err(|e| text(&e))?;
    if answer.accepted {
        session.attach_protocol_stream(link.clone()).map_err(|e| text(&e))?;
        while let Some(group) = link.group().map_err(|e| text(&e))? {
            match session.send_with_connection_protocol_pump(&group, Vec::new).map_err(|e| text(&e))? {
                ProtocolPumpOutcome::Buffered(answer) => link.send(&answer).map_err(|e| text(&e))?,
                // COPY took the stream over and served it until the terminate message.
                ProtocolPumpOutcome::Streamed => break,
            }
        }
    }
    session.shutdown().map_err(|e| text(&e))
}

/// What arrives on stdin, as the session loop and, during COPY, the backend itself read it.
struct Input {
    input: Receiver<Vec<u8>>,
    pending: VecDeque<u8>,
    /// What is left of the message that the backend is reading during COPY.
    left: usize,
    /// The backend has read the terminate message: what follows is the next session's.
    terminated: bool,
}

impl Input {
    /// Waits until `count` bytes are there. `false` when stdin has ended before.
    fn fill(&mut self, count: usize) -> bool {
        while self.pending.len() < count {
            match self.input.recv() {
                Ok(bytes) => self.pending.extend(bytes),
                Err(_) => return false,
            }
        }
        true
    }

    /// The head of the next message; `None` when stdin has ended.
    fn head(&mut self) -> io::Result<Option<(u8, usize)>> {
        if !self.fill(5) {
            return Ok(None);
        }
        let mut head = [0; 5];
        for (to, from) in head.iter_mut().zip(&self.pending) {
            *to = *from;
        }
        wire::head(head).map(Some)
    }
}

#[derive(Clone)]
struct Link(Arc<Mutex<Input>>);

impl Link {
    fn with<T>(&self, work: impl FnOnce(&mut Input) -> T) -> T {
        // One thread alone reads: a poisoned lock has nothing half-done behind it.
        work(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// The next startup message, with its length word; `None` at the end of input.
    fn startup(&self) -> io::Result<Option<Vec<u8>>> {
        self.with(|input| {
            (input.left, input.terminated) = (0, false);
            if !input.fill(4) {
                return Ok(None);
            }
            let mut length = [0; 4];
            for (to, from) in length.iter_mut().zip(&input.pending) {
                *to = *from;
            }
            let length = u32::from_be_bytes(length) as usize;
            if !(8..=10_000).contains(&length) {
                return Err(io::Error::new(io::ErrorKind::InvalidData, "not a startup message"));
            }
            Ok(input.fill(length).then(|| input.pending.drain(..length).collect()))
        })
    }

    /// The next messages up to the one that asks for an answer; `None` at a terminate message or the end of input.
    fn group(&self) -> io::Result<Option<Vec<u8>>> {
        self.with(|input| {
            let mut group = Vec::new();
            loop {
                let Some((tag, length)) = input.head()? else { return Ok(None) };
                if !input.fill(length) {
                    return Ok(None);
                }
                group.extend(input.pending.drain(..length));
                match tag {
                    b'X' => return Ok(None),
                    b'Q' | b'S' | b'F' | b'H' => return Ok(Some(group)),
                    _ => {}
                }
            }
        })
    }

    fn send(&self, bytes: &[u8]) -> io::Result<()> {
        let mut stdout = io::stdout().lock();
        stdout.write_all(bytes)?;
        stdout.flush()
    }
}

impl Read for Link {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.with(|input| {
            if input.left == 0 {
                let head = if input.terminated { None } else { input.head()? };
                let Some((tag, length)) = head else { return Ok(0) };
                input.left = length;
                input.terminated = tag == b'X';
            }
            if !input.fill(1) {
                return Ok(0);
            }
            // Never more than this message: what comes after a terminate message is not for this backend.
            let count = buffer.len().min(input.pending.len()).min(input.left);
            input.left -= count;
            for (to, from) in buffer.iter_mut().zip(input.pending.drain(..count)) {
                *to = from;
            }
            Ok(count)
        })
    }
}

impl Write for Link {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.send(bytes)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl ProtocolStream for Link {
    fn read_ready(&mut self) -> io::Result<bool> {
        // A read waits until the parent has sent the next message, which is what COPY wants.
        Ok(true)
    }
}
