//! A child that has the terminal, gets our signals, and inherits one descriptor.
//!
//! Where standard input is a terminal, the child stays in our process group: a prompt of its works, and the terminal
//! itself sends `Ctrl-C` to both. Everywhere else it leads a group of its own, so that a signal reaches all that it
//! started, once.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::io::{self, IsTerminal as _, Read as _};
use std::os::fd::{BorrowedFd, OwnedFd};
use std::os::unix::process::ExitStatusExt as _;
use std::path::{Path, PathBuf};
use std::process::ExitStatus;
use std::time::Duration;

use rustix::fs::{Access, access};
use rustix::process::{Pid, Signal};
use tokio::signal::unix::{SignalKind, signal};
use tokio::time::{Instant, sleep, sleep_until};

use super::signals::{TakenOver, asks_to_end};

/// Inherited descriptors start here: scripts say `exec 3>file`, and shells keep theirs from 10 on.
const FIRST_DESCRIPTOR: i32 = 100;

/// Between two looks at a group whose leader has ended.
const LOOK: Duration = Duration::from_millis(50);

/// How long the dead may take to vanish.
const BURIAL: Duration = Duration::from_secs(2);

/// What to start.
pub struct Start<'a> {
    /// The program, looked up in `PATH`, and its arguments. No shell comes between.
    pub words: &'a [String],
    /// Set on top of the environment that is inherited.
    pub set: &'a BTreeMap<String, String>,
    pub remove: &'a [String],
    /// Open in the child, too, and in no other process that we start.
    pub inherit: Option<BorrowedFd<'a>>,
    /// From a signal that asks it to end to the kill.
    pub kill_after: Duration,
}

/// How it ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ended {
    Code(i32),
    Signal(i32),
    /// It never ran: there is no such program.
    NotFound,
    /// It never ran: the program is there, and why it could not be started.
    NotRunnable(String),
    /// It ran, and how it ended could not be told.
    Lost(String),
}

/// A child that runs.
pub struct Child {
    process: tokio::process::Child,
    id: Pid,
    /// Whether it leads a process group of its own.
    leads: bool,
    kill_after: Duration,
}

impl Child {
    /// # Errors
    /// It did not start, for certain.
    pub fn start(start: &Start<'_>) -> Result<Self, Ended> {
        let Some((program, arguments)) = start.words.split_first() else { return Err(Ended::NotFound) };
        let mut command = tokio::process::Command::new(program);
        command.args(arguments).envs(start.set);
        for name in start.remove {
            command.env_remove(name);
        }
        let leads = !io::stdin().is_terminal();
        if leads {
            command.process_group(0);
        }
        let inherited = start.inherit.map(inheritable).transpose();
        let inherited = inherited.map_err(|error| Ended::NotRunnable(format!("no descriptor for it: {error}")))?;
        // Where whoever started us ignores this signal, the system forgets how our children end, until it is listened
        // to.
        let _listening = signal(SignalKind::child());
        let started = command.spawn();
        // Ours was open to every child for this moment alone.
        drop(inherited);
        let process = started.map_err(|error| not_started(program, &error))?;
        let id = process.id().and_then(|id| Pid::from_raw(i32::try_from(id).ok()?));
        let id = id.ok_or_else(|| Ended::Lost("it has no process id".to_owned()))?;
        Ok(Self { process, id, leads, kill_after: start.kill_after })
    }

    /// Waits for its end, and passes on the signals that come meanwhile. Where it was asked to end, everything in its
    /// group ends with it, after `kill_after` by force.
    pub async fn wait(mut self, signals: &mut TakenOver) -> Ended {
        let mut deadline: Option<Instant> = None;
        let mut killed = false;
        let ended = loop {
            let kill_at = deadline.unwrap_or_else(Instant::now);
            tokio::select! {
                status = self.process.wait() => break status,
                number = signals.next() => {
                    if self.pass_on(number) && asks_to_end(number) {
                        deadline.get_or_insert_with(|| Instant::now() + self.kill_after);
                    }
                }
                () = sleep_until(kill_at), if deadline.is_some() && !killed => {
                    self.send(Signal::KILL);
                    killed = true;
                }
            }
        };
        if self.leads
            && let Some(deadline) = deadline
        {
            self.outlast_the_group(deadline, signals).await;
        }
        match ended {
            Ok(status) => told(status),
            Err(error) => Ended::Lost(error.to_string()),
        }
    }

    /// What the leader started may work on after it.
    async fn outlast_the_group(&self, deadline: Instant, signals: &mut TakenOver) {
        let gone = || rustix::process::test_kill_process_group(self.id).is_err();
        while !gone() && Instant::now() < deadline {
            tokio::select! {
                () = sleep(LOOK) => {}
                number = signals.next() => drop(self.pass_on(number)),
            }
        }
        if !gone() {
            self.send(Signal::KILL);
        }
        let buried = Instant::now() + BURIAL;
        while !gone() && Instant::now() < buried {
            sleep(LOOK).await;
        }
    }

    /// Whether it was passed on: at a terminal `Ctrl-C` and `Ctrl-\` have reached the child already, and what they mean
    /// there is its own affair.
    fn pass_on(&self, number: i32) -> bool {
        let Some(signal) = Signal::from_named_raw(number) else { return false };
        if !self.leads && matches!(signal, Signal::INT | Signal::QUIT) {
            return false;
        }
        self.send(signal);
        true
    }

    fn send(&self, signal: Signal) {
        // It may have ended this moment.
        let _ = if self.leads {
            rustix::process::kill_process_group(self.id, signal)
        } else {
            rustix::process::kill_process(self.id, signal)
        };
    }
}

/// A second descriptor of the same thing, which children inherit.
fn inheritable(descriptor: BorrowedFd<'_>) -> io::Result<OwnedFd> {
    let second = rustix::io::fcntl_dupfd_cloexec(descriptor, FIRST_DESCRIPTOR)?;
    rustix::io::fcntl_setfd(&second, rustix::io::FdFlags::empty())?;
    Ok(second)
}

fn told(status: ExitStatus) -> Ended {
    match (status.code(), status.signal()) {
        (Some(code), _) => Ended::Code(code),
        (None, Some(signal)) => Ended::Signal(signal),
        (None, None) => Ended::Lost(status.to_string()),
    }
}

/// The system says "no such file" as well of a script whose interpreter is missing.
fn not_started(program: &str, error: &io::Error) -> Ended {
    match error.kind() {
        io::ErrorKind::NotFound if is_there(program) => {
            Ended::NotRunnable("the interpreter that its first line names, or its loader, is missing".to_owned())
        }
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => Ended::NotFound,
        _ => Ended::NotRunnable(error.to_string()),
    }
}

fn is_there(program: &str) -> bool {
    candidates(program).iter().any(|path| path.exists())
}

/// Where the system would look for `program`.
fn candidates(program: &str) -> Vec<PathBuf> {
    if program.contains('/') {
        return vec![PathBuf::from(program)];
    }
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).map(|folder| folder.join(OsStr::new(program))).collect()
}

/// Whether `program` could be started now, as far as its file shows: it is there, no folder, may be run, and what its
/// first line names is there.
///
/// # Errors
/// [`Ended::NotFound`], or [`Ended::NotRunnable`] and why.
pub fn startable(program: &str) -> Result<(), Ended> {
    let there: Vec<PathBuf> =
        candidates(program).into_iter().filter(|path| !program.is_empty() && path.exists()).collect();
    let mut why = None;
    for path in there {
        match not_runnable(&path) {
            None => return Ok(()),
            reason => why = why.or(reason),
        }
    }
    Err(why.map_or(Ended::NotFound, Ended::NotRunnable))
}

fn not_runnable(path: &Path) -> Option<String> {
    if path.is_dir() {
        return Some(format!("{} is a directory", path.display()));
    }
    if let Err(error) = access(path, Access::EXEC_OK) {
        return Some(format!("{} may not be run: {error}", path.display()));
    }
    // Where it cannot be read, starting it shows more.
    let mut head = Vec::new();
    std::fs::File::open(path).and_then(|file| file.take(256).read_to_end(&mut head)).ok()?;
    let line = head.strip_prefix(b"#!")?.split(|byte| *byte == b'\n').next()?;
    let line = String::from_utf8_lossy(line).into_owned();
    let interpreter = line.split_whitespace().next()?;
    (!Path::new(interpreter).exists()).then(|| format!("{interpreter}, which its first line names, is not there"))
}
