//! Runs the program as a person would: in a folder of its own, with an environment that says nothing by itself.
//!
//! ```ignore
//! Cli::new().file("migrations/1_a.sql", "CREATE TABLE a ();").args(["docs", "migrations", "-f", "json"])
//!     .stdout_has("\"public\"").run();
//! ```

use std::ffi::{OsStr, OsString};
use std::fs;
use std::io::{Read, Write};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use tempfile::TempDir;

/// The compiled program.
pub(crate) fn binary() -> &'static Path {
    Path::new(env!("CARGO_BIN_EXE_tidegate"))
}

/// One run of the program, and what it is expected to do. Without [`Self::status`] it must exit with 0.
#[must_use = "nothing happens before `run` is called"]
#[derive(Clone)]
pub(crate) struct Cli {
    home: Arc<TempDir>,
    dir: PathBuf,
    arguments: Vec<OsString>,
    environment: Vec<(OsString, OsString)>,
    stdin: Vec<u8>,
    timeout: Duration,
    status: Option<i32>,
    expectations: Vec<Expectation>,
}

#[derive(Clone)]
enum Expectation {
    StdoutIs(String),
    StdoutHas(String),
    StderrIs(String),
    StderrHas(String),
    NowhereSays(String),
    Writes(String),
    Leaves(String),
}

/// What a run did.
pub(crate) struct Run {
    pub(crate) status: Option<i32>,
    pub(crate) signal: Option<i32>,
    pub(crate) stdout: Vec<u8>,
    pub(crate) stderr: String,
    pub(crate) dir: PathBuf,
    /// Keeps the folder alive for as long as its files are looked at.
    pub(crate) home: Arc<TempDir>,
}

impl Cli {
    /// In a new, empty folder, which goes when the last value that knows it goes.
    pub(crate) fn new() -> Self {
        let home = TempDir::new().unwrap();
        let dir = home.path().join("work");
        fs::create_dir(&dir).unwrap();
        fs::create_dir(home.path().join("home")).unwrap();
        Self {
            home: Arc::new(home),
            dir,
            arguments: Vec::new(),
            environment: Vec::new(),
            stdin: Vec::new(),
            timeout: Duration::from_secs(240),
            status: Some(0),
            expectations: Vec::new(),
        }
    }

    /// In a folder that is there already.
    pub(crate) fn within(dir: impl Into<PathBuf>) -> Self {
        Self { dir: dir.into(), ..Self::new() }
    }

    /// The folder it runs in.
    pub(crate) fn dir(&self) -> &Path {
        &self.dir
    }

    pub(crate) fn arg(mut self, argument: impl AsRef<OsStr>) -> Self {
        self.arguments.push(argument.as_ref().to_owned());
        self
    }

    pub(crate) fn args<S: AsRef<OsStr>>(mut self, arguments: impl IntoIterator<Item = S>) -> Self {
        self.arguments.extend(arguments.into_iter().map(|argument| argument.as_ref().to_owned()));
        self
    }

    pub(crate) fn env(mut self, name: impl AsRef<OsStr>, value: impl AsRef<OsStr>) -> Self {
        self.environment.push((name.as_ref().to_owned(), value.as_ref().to_owned()));
        self
    }

    /// Writes a file before the run, its folders with it.
    pub(crate) fn file(self, path: &str, content: impl AsRef<[u8]>) -> Self {
        let path = self.dir.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
        self
    }

    pub(crate) fn stdin(mut self, bytes: impl AsRef<[u8]>) -> Self {
        self.stdin = bytes.as_ref().to_owned();
        self
    }

    /// After this the whole process group is killed and the test fails.
    pub(crate) fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    pub(crate) fn status(mut self, code: i32) -> Self {
        self.status = Some(code);
        self
    }

    /// The test judges the exit by itself.
    pub(crate) fn any_status(mut self) -> Self {
        self.status = None;
        self
    }

    pub(crate) fn stdout_is(self, text: impl Into<String>) -> Self {
        self.expect(Expectation::StdoutIs(text.into()))
    }

    pub(crate) fn stdout_has(self, text: impl Into<String>) -> Self {
        self.expect(Expectation::StdoutHas(text.into()))
    }

    pub(crate) fn stderr_is(self, text: impl Into<String>) -> Self {
        self.expect(Expectation::StderrIs(text.into()))
    }

    pub(crate) fn stderr_has(self, text: impl Into<String>) -> Self {
        self.expect(Expectation::StderrHas(text.into()))
    }

    /// Neither on stdout nor on stderr nor in any file that is there afterwards: for secrets.
    pub(crate) fn nowhere_says(self, text: impl Into<String>) -> Self {
        self.expect(Expectation::NowhereSays(text.into()))
    }

    /// The file is there afterwards.
    pub(crate) fn writes(self, path: impl Into<String>) -> Self {
        self.expect(Expectation::Writes(path.into()))
    }

    /// Nothing of that name is there afterwards.
    pub(crate) fn leaves_no(self, path: impl Into<String>) -> Self {
        self.expect(Expectation::Leaves(path.into()))
    }

    fn expect(mut self, expectation: Expectation) -> Self {
        self.expectations.push(expectation);
        self
    }

    /// The command as it will run, for tests that hold the child themselves. A process group of its own.
    pub(crate) fn command(&self) -> Command {
        let mut command = Command::new(binary());
        command
            .args(&self.arguments)
            .current_dir(&self.dir)
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", self.home.path().join("home"))
            // Shared between runs: what the embedded engine prepares once is costly. Tests of the cache set their own.
            .env("XDG_CACHE_HOME", Path::new(env!("CARGO_TARGET_TMPDIR")).join("cache"))
            .env("COLUMNS", "120")
            .envs(self.environment.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .process_group(0);
        command
    }

    /// Runs it and checks every expectation.
    pub(crate) fn run(self) -> Run {
        let mut child = self.command().spawn().unwrap();
        let mut stdin = child.stdin.take().unwrap();
        let (mut stdout, mut stderr) = (child.stdout.take().unwrap(), child.stderr.take().unwrap());
        let input = self.stdin.clone();
        // A program that does not read its input closes the pipe: that is no failure of the test.
        let feed = std::thread::spawn(move || drop(stdin.write_all(&input)));
        let output = std::thread::spawn(move || read_all(&mut stdout));
        let errors = std::thread::spawn(move || read_all(&mut stderr));
        let ended = wait(&mut child, self.timeout);
        let status = ended.unwrap_or_else(|| {
            kill_group(&child);
            child.wait().unwrap()
        });
        feed.join().unwrap();
        let run = Run {
            status: status.code(),
            signal: status.signal(),
            stdout: output.join().unwrap(),
            stderr: String::from_utf8(errors.join().unwrap()).unwrap(),
            dir: self.dir.clone(),
            home: self.home.clone(),
        };
        assert!(ended.is_some(), "still running after {:?}\n{}", self.timeout, self.story(&run));
        self.check(&run);
        run
    }

    fn check(&self, run: &Run) {
        let story = || self.story(run);
        if let Some(expected) = self.status {
            assert_eq!(run.status, Some(expected), "exit status (signal {:?})\n{}", run.signal, story());
        }
        for expectation in &self.expectations {
            match expectation {
                Expectation::StdoutIs(text) => assert_eq!(&run.stdout(), text, "stdout\n{}", story()),
                Expectation::StdoutHas(text) => assert!(run.stdout().contains(text), "no {text:?}\n{}", story()),
                Expectation::StderrIs(text) => assert_eq!(&run.stderr, text, "stderr\n{}", story()),
                Expectation::StderrHas(text) => assert!(run.stderr.contains(text), "no {text:?}\n{}", story()),
                Expectation::NowhereSays(text) => {
                    assert!(!run.stdout().contains(text) && !run.stderr.contains(text), "{text:?}\n{}", story());
                    for (path, bytes) in files(&self.dir) {
                        let says = bytes.windows(text.len()).any(|window| window == text.as_bytes());
                        assert!(!says, "{} says {text:?}", path.display());
                    }
                }
                Expectation::Writes(path) => assert!(self.dir.join(path).exists(), "no {path}\n{}", story()),
                Expectation::Leaves(path) => assert!(!self.dir.join(path).exists(), "{path} is there\n{}", story()),
            }
        }
    }

    fn story(&self, run: &Run) -> String {
        let arguments: Vec<_> = self.arguments.iter().map(|argument| argument.to_string_lossy()).collect();
        let status = run.status;
        let (stdout, stderr) = (String::from_utf8_lossy(&run.stdout), &run.stderr);
        let stdout: String = stdout.chars().take(4000).collect();
        format!("$ tidegate {}\nstatus {status:?}\n--- stdout\n{stdout}\n--- stderr\n{stderr}", arguments.join(" "))
    }
}

impl Run {
    pub(crate) fn stdout(&self) -> String {
        String::from_utf8_lossy(&self.stdout).into_owned()
    }

    /// A text file that it wrote.
    pub(crate) fn read(&self, path: &str) -> String {
        fs::read_to_string(self.dir.join(path)).unwrap_or_else(|error| panic!("{path}: {error}\n{}", self.stderr))
    }

    /// Another run in the same folder.
    pub(crate) fn again(&self) -> Cli {
        Cli { home: self.home.clone(), ..Cli::within(&self.dir) }
    }
}

/// Every file below a folder, by path relative to it, in order.
pub(crate) fn files(dir: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut found = Vec::new();
    let mut folders = vec![dir.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let entry = entry.unwrap();
            if entry.file_type().unwrap().is_dir() {
                folders.push(entry.path());
            } else if entry.file_type().unwrap().is_file() {
                found.push((entry.path().strip_prefix(dir).unwrap().to_owned(), fs::read(entry.path()).unwrap()));
            }
        }
    }
    found.sort();
    found
}

/// Waits for the end, `None` if it does not come in time.
pub(crate) fn wait(child: &mut Child, timeout: Duration) -> Option<std::process::ExitStatus> {
    let end = Instant::now() + timeout;
    loop {
        if let Some(status) = child.try_wait().unwrap() {
            return Some(status);
        }
        if Instant::now() >= end {
            return None;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// Kills a child of [`Cli::command`] with all that it started in its group.
pub(crate) fn kill_group(child: &Child) {
    signal_group(child, "KILL");
}

/// Sends a signal, by name, to a child of [`Cli::command`] and all that it started in its group.
pub(crate) fn signal_group(child: &Child, signal: &str) {
    let group = format!("-{}", child.id());
    Command::new("kill").args(["-s", signal, "--", &group]).status().unwrap();
}

fn read_all(source: &mut impl Read) -> Vec<u8> {
    let mut bytes = Vec::new();
    source.read_to_end(&mut bytes).unwrap();
    bytes
}
