//! A child process that never outlives its owner.
//!
//! The child holds the reading end of a pipe whose other end is ours alone: it ends when the pipe does, which the
//! kernel sees to even if this process is killed. Dropping it here ends it at once and waits for it.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::io::AsyncReadExt;
use tokio::process::{Child as Process, ChildStderr, ChildStdin, ChildStdout, Command};

/// How much of what the child said last is kept for an error message.
const TAIL: usize = 4096;

/// A child under a hidden verb of this program.
pub(super) struct Child {
    process: Arc<Mutex<Process>>,
    said: Arc<Said>,
}

/// What the child wrote to stderr.
#[derive(Default)]
struct Said {
    tail: Mutex<Vec<u8>>,
    ended: AtomicBool,
}

impl Child {
    /// Starts `program verb arguments…` with an empty environment but for `environment`.
    pub(super) fn spawn(
        program: &Path,
        arguments: &[String],
        environment: &[(&str, PathBuf)],
    ) -> Result<(Self, ChildStdin, ChildStdout), String> {
        let mut command = Command::new(program);
        command
            .args(arguments)
            .env_clear()
            .envs(environment.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        // Ctrl-C goes to the whole foreground group: it is for this process to decide what ends then.
        #[cfg(unix)]
        command.process_group(0);
        let mut process = command.spawn().map_err(|error| format!("cannot run {}: {error}", program.display()))?;
        let (Some(stdin), Some(stdout), Some(stderr)) =
            (process.stdin.take(), process.stdout.take(), process.stderr.take())
        else {
            return Err("the child process has no pipes".to_owned());
        };
        let said = Arc::<Said>::default();
        tokio::spawn(keep_tail(stderr, Arc::clone(&said)));
        Ok((Self { process: Arc::new(Mutex::new(process)), said }, stdin, stdout))
    }

    /// A handle to end the child from another task.
    pub(super) fn handle(&self) -> Handle {
        Handle { process: Arc::clone(&self.process), said: Arc::clone(&self.said) }
    }

    /// Whether it is there no more.
    pub(super) fn has_ended(&self) -> bool {
        !matches!(self.process.lock().unwrap_or_else(PoisonError::into_inner).try_wait(), Ok(None))
    }

    /// Waits for the child to end by itself, and ends it after `patience`.
    pub(super) fn wait(&self, patience: Duration) {
        let until = Instant::now() + patience;
        loop {
            let mut process = self.process.lock().unwrap_or_else(PoisonError::into_inner);
            match process.try_wait() {
                Ok(None) if Instant::now() < until => {}
                Ok(None) => {
                    let _ = process.start_kill();
                    drop(process);
                    return self.wait(Duration::from_secs(2));
                }
                _ => return,
            }
            drop(process);
            std::thread::sleep(Duration::from_millis(3));
        }
    }
}

/// A child, seen from another task.
#[derive(Clone)]
pub(super) struct Handle {
    process: Arc<Mutex<Process>>,
    said: Arc<Said>,
}

impl Handle {
    /// Ends it at once.
    pub(super) fn kill(&self) {
        let _ = self.process.lock().unwrap_or_else(PoisonError::into_inner).start_kill();
    }

    /// What a child that ended wrote last: one line, without what a program adds for those who mend it.
    pub(super) async fn last_words(&self) -> String {
        // It has ended, but what it said may still be on its way.
        for _ in 0..100 {
            if self.said.ended.load(Ordering::Acquire) {
                break;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        let said = self.said.tail.lock().unwrap_or_else(PoisonError::into_inner);
        let text = String::from_utf8_lossy(&said);
        let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with("at <"));
        let lines: Vec<_> = lines.map(|line| line.strip_prefix("error: ").unwrap_or(line)).collect();
        lines.join("; ")
    }
}

async fn keep_tail(mut stderr: ChildStderr, said: Arc<Said>) {
    let mut buffer = [0; 1024];
    while let Ok(count @ 1..) = stderr.read(&mut buffer).await {
        let mut tail = said.tail.lock().unwrap_or_else(PoisonError::into_inner);
        tail.extend(&buffer[..count]);
        let excess = tail.len().saturating_sub(TAIL);
        tail.drain(..excess);
    }
    said.ended.store(true, Ordering::Release);
}

/// The program that has the hidden verbs.
pub(super) fn program(named: Option<&Path>) -> Result<PathBuf, String> {
    match named {
        Some(path) => Ok(path.to_owned()),
        None => std::env::current_exe().map_err(|error| format!("cannot find this very program: {error}")),
    }
}

/// Makes temporary folders that are this user's alone, whatever the umask says.
pub(super) fn private_folder(prefix: &str) -> tempfile::Builder<'_, 'static> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(prefix);
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o700));
    builder
}
