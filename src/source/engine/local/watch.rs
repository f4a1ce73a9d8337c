//! The child's side of the local engine: makes the cluster, starts the server, and stops it when stdin ends.
//!
//! It is a process of its own so that the server ends even if the one that wanted it was killed.

use std::io::{self, Read, Write};
use std::os::unix::fs::{MetadataExt, chown};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::{Duration, Instant};

/// What the parent asks for on the command line of the child.
#[derive(Clone, Debug, Default)]
pub struct WatchOptions {
    /// Where `postgres` and `initdb` are.
    pub bin: PathBuf,
    /// A folder of this server's own, with nothing in it; removed at the end.
    pub folder: PathBuf,
    /// User and group to run the server as; this process's own where absent.
    pub owner: Option<(u32, u32)>,
}

/// Runs the server until stdin ends or the server does. Writes one byte to stdout once it has been started.
///
/// # Errors
/// What could not be done, with what the program concerned said.
pub fn watch(options: &WatchOptions) -> Result<(), String> {
    let (sender, pipe) = channel();
    thread::spawn(move || {
        // Nothing is ever sent: any end of the pipe is the end.
        let _ = io::copy(&mut io::stdin().lock(), &mut io::sink());
        let _ = sender.send(());
    });
    let outcome = run(options, &pipe);
    let _ = std::fs::remove_dir_all(&options.folder);
    outcome
}

fn run(options: &WatchOptions, pipe: &Receiver<()>) -> Result<(), String> {
    if let Some((uid, gid)) = options.owner {
        chown(&options.folder, Some(uid), Some(gid))
            .map_err(|error| format!("cannot hand {} over: {error}", options.folder.display()))?;
    }
    let data = options.folder.join("data");
    let mut initdb = command(options, "initdb");
    initdb
        .arg("--pgdata")
        .arg(&data)
        .args([
            "--username=postgres",
            "--auth=trust",
            "--encoding=UTF8",
            "--locale=C",
            "--no-sync",
            "--no-instructions",
        ])
        .stdout(Stdio::null());
    if !until_done(start(&mut initdb, "initdb")?, "initdb", pipe)? {
        return Ok(());
    }
    let mut server = start(
        command(options, "postgres")
            .arg("-D")
            .arg(&data)
            .arg("-k")
            .arg(&options.folder)
            .args(SETTINGS.iter().flat_map(|setting| ["-c", *setting]))
            .stdout(Stdio::null()),
        "postgres",
    )?;
    let told = io::stdout().write_all(b"+").and_then(|()| io::stdout().flush());
    let outcome = match told {
        Ok(()) => loop {
            match pipe.recv_timeout(Duration::from_millis(50)) {
                Err(RecvTimeoutError::Timeout) => {}
                _ => break Ok(()),
            }
            match server.try_wait() {
                Ok(None) => {}
                Ok(Some(status)) => return Err(ended("postgres", status)),
                Err(error) => break Err(error.to_string()),
            }
        },
        Err(error) => Err(error.to_string()),
    };
    stop(&mut server);
    outcome
}

/// No network, no durability, room for thousands of tables in one transaction, and nothing left in shared memory that
/// does not go with the folder.
const SETTINGS: &[&str] = &[
    "listen_addresses=",
    "unix_socket_permissions=0700",
    "port=5432",
    "fsync=off",
    "synchronous_commit=off",
    "full_page_writes=off",
    "autovacuum=off",
    "jit=off",
    "max_connections=20",
    "max_locks_per_transaction=4096",
    "dynamic_shared_memory_type=mmap",
    "logging_collector=off",
    "log_destination=stderr",
    "log_min_messages=fatal",
    "log_min_error_statement=panic",
    "TimeZone=UTC",
];

fn command(options: &WatchOptions, program: &str) -> Command {
    let mut command = Command::new(options.bin.join(program));
    command.stdin(Stdio::null()).current_dir(&options.folder).env("LC_ALL", "C").env("PGTZ", "UTC");
    if let Some((uid, gid)) = options.owner {
        // Supplementary groups go with the user.
        command.gid(gid).uid(uid);
    }
    command
}

fn start(command: &mut Command, name: &str) -> Result<Child, String> {
    command.spawn().map_err(|error| format!("cannot run {name}: {error}"))
}

/// Waits for a program that ends by itself. `false` when the pipe ended first, and the program with it.
fn until_done(mut child: Child, name: &str, pipe: &Receiver<()>) -> Result<bool, String> {
    loop {
        match child.try_wait().map_err(|error| error.to_string())? {
            Some(status) if status.success() => return Ok(true),
            Some(status) => return Err(ended(name, status)),
            None => {}
        }
        if !matches!(pipe.recv_timeout(Duration::from_millis(10)), Err(RecvTimeoutError::Timeout)) {
            stop(&mut child);
            return Ok(false);
        }
    }
}

fn ended(name: &str, status: std::process::ExitStatus) -> String {
    match (status.code(), status.signal()) {
        (Some(code), _) => format!("{name} ended with code {code}"),
        (None, Some(signal)) => format!("{name} was ended by signal {signal}"),
        (None, None) => format!("{name} ended"),
    }
}

/// `SIGQUIT` is PostgreSQL's immediate shutdown: it frees what it holds and writes nothing.
fn stop(child: &mut Child) {
    let quit = rustix::process::Pid::from_child(child);
    let _ = rustix::process::kill_process(quit, rustix::process::Signal::QUIT);
    let until = Instant::now() + Duration::from_secs(6);
    while Instant::now() < until {
        if !matches!(child.try_wait(), Ok(None)) {
            return;
        }
        thread::sleep(Duration::from_millis(5));
    }
    let _ = child.kill();
    let _ = child.wait();
}

/// The user and group to run a server as, where this process is root: `postgres`, or else `nobody`.
///
/// # Errors
/// This process is root and there is no such user.
pub(super) fn unprivileged() -> Result<Option<(u32, u32)>, String> {
    if !rustix::process::geteuid().is_root() {
        return Ok(None);
    }
    let mut users = String::new();
    std::fs::File::open("/etc/passwd")
        .and_then(|mut file| file.read_to_string(&mut users))
        .map_err(|error| format!("cannot read /etc/passwd: {error}"))?;
    ["postgres", "nobody"].iter().find_map(|name| user(&users, name)).map(Some).ok_or_else(|| {
        "a server does not run as root, and there is no user `postgres` or `nobody` to run it as".to_owned()
    })
}

/// User and group of `name` in the text of `/etc/passwd`.
fn user(users: &str, name: &str) -> Option<(u32, u32)> {
    users.lines().find_map(|line| {
        let mut fields = line.split(':');
        (fields.next()? == name).then_some(())?;
        Some((fields.nth(1)?.parse().ok()?, fields.next()?.parse().ok()?))
    })
}

/// Whether every folder above `folder` lets other users through.
pub(super) fn others_can_enter(folder: &Path) -> bool {
    folder.ancestors().skip(1).all(|above| std::fs::metadata(above).is_ok_and(|found| found.mode() & 0o001 != 0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn users_are_found_by_their_whole_name() {
        let users = "root:x:0:0::/root:/bin/sh\npostgresql:x:1:1::/:\npostgres:x:104:106:admin:/var:/bin/bash\n";
        assert_eq!(user(users, "postgres"), Some((104, 106)));
        assert_eq!(user(users, "nobody"), None);
        assert_eq!(user("postgres", "postgres"), None);
    }

    #[test]
    fn a_closed_folder_above_is_noticed() {
        use std::os::unix::fs::PermissionsExt;
        let root = tempfile::tempdir_in("/tmp").unwrap();
        let inner = root.path().join("inner");
        std::fs::create_dir(&inner).unwrap();
        std::fs::set_permissions(root.path(), std::fs::Permissions::from_mode(0o700)).unwrap();
        assert!(!others_can_enter(&inner));
        std::fs::set_permissions(root.path(), std::fs::Permissions::from_mode(0o711)).unwrap();
        assert!(others_can_enter(&inner));
    }
}
