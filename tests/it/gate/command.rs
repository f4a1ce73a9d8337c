//! The migrate command: its environment, its descriptors, its signals, its end.

use std::os::unix::fs::PermissionsExt as _;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use jiff::SignedDuration;
use tidegate::gate::Refusal;
use tidegate::gate::command::MigrateCommand;
use tidegate::gate::database::{Held, PostgresDatabase, Tokens};
use tidegate::gate::options::{CommandOptions, DatabaseOptions};
use tidegate::gate::world::{Command as _, Database as _, Exit, Locking};
use tidegate::postgres::dsn::Secret;
use tidegate::process::Signals;

use super::stage::{Gate, database, holders, run_id, target, tcp_url, until, with_tls};
use crate::support::postgres::{self, server};

#[test]
fn the_end_of_the_command_is_the_end_of_the_gate() {
    let shop = server().database();
    for (script, code) in [("exit 0", 0), ("exit 3", 3), ("exit 255", 255), ("kill -KILL $$", 137)] {
        let mut gate = Gate::sh(&shop.url(), script).start();
        assert_eq!(gate.ended().code(), Some(code), "{script}: {}", gate.read("gate"));
    }
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    std::fs::write(path("plain"), "echo never").unwrap();
    std::fs::write(path("orphan"), "#!/no/such/interpreter\n").unwrap();
    std::fs::set_permissions(path("orphan"), std::fs::Permissions::from_mode(0o755)).unwrap();
    for (word, code) in [
        ("no-such-program".to_owned(), 127),
        (path("none"), 127),
        (format!("{}/x", path("plain")), 127),
        (path("plain"), 126),
        (path("orphan"), 126),
        (folder.path().display().to_string(), 126),
    ] {
        let mut gate = Gate::words(&shop.url(), &[&word]).start();
        assert_eq!(gate.ended().code(), Some(code), "{word}: {}", gate.read("gate"));
        assert_eq!(holders(&shop), 0);
    }
}

#[test]
fn row_18_an_ignored_sigchld_loses_no_exit() {
    // Some that start other programs ignore it, and children inherit that: the system then forgets how theirs end.
    let shop = server().database();
    let mut gate = Gate::sh(&shop.url(), "exit 3").start_with_sigchld_ignored();
    assert_eq!(gate.ended().code(), Some(3), "{}", gate.read("gate"));
}

#[test]
fn row_17_sigterm_is_passed_on_and_waited_for() {
    let shop = server().database();
    for (signal, code) in [("TERM", 7), ("INT", 8), ("HUP", 9)] {
        let script = "trap 'sleep 0.5; echo TERM >> said; exit 7' TERM; trap 'echo INT >> said; exit 8' INT; \
                      trap 'echo HUP >> said; exit 9' HUP; echo begun >> said; while :; do sleep 0.05; done";
        let mut gate = Gate::sh(&shop.url(), script).start();
        gate.until_says("said", "begun");
        gate.signal(signal);
        assert_eq!(gate.ended().code(), Some(code), "{signal}: {}", gate.read("gate"));
        assert_eq!(gate.read("said"), format!("begun\n{signal}\n"));
        assert_eq!(holders(&shop), 0);
    }
    // A command without a trap dies of it, and one that was only told something goes on.
    let script = "trap 'echo USR1 >> said' USR1; echo begun >> said; while :; do sleep 0.05; done";
    let mut gate = Gate::sh(&shop.url(), script).kill_after(Duration::from_millis(100)).start();
    gate.until_says("said", "begun");
    gate.signal("USR1");
    gate.until_says("said", "USR1");
    std::thread::sleep(Duration::from_millis(500));
    gate.signal("TERM");
    assert_eq!(gate.ended().code(), Some(143));
}

#[test]
fn row_17_a_command_that_ignores_sigterm_is_killed_in_time() {
    let shop = server().database();
    let script = "trap '' TERM; echo begun >> said; while :; do sleep 0.05; done";
    let mut gate = Gate::sh(&shop.url(), script).kill_after(Duration::from_millis(700)).start();
    gate.until_says("said", "begun");
    gate.signal("TERM");
    std::thread::sleep(Duration::from_millis(200));
    assert!(gate.process.try_wait().unwrap().is_none(), "it has its time");
    assert_eq!(gate.ended().code(), Some(137), "{}", gate.read("gate"));
    assert_eq!(holders(&shop), 0);
}

#[test]
fn row_17_what_the_command_started_ends_before_the_gate() {
    let shop = server().database();
    // The shell dies of the signal; what it started writes on for a while, or for ever.
    for (trap, last) in [("sleep 1; echo last >> said; exit", "begun\nlast\n"), ("", "begun\n")] {
        let grandchild = format!("trap \"{trap}\" TERM; echo begun >> said; while :; do sleep 0.05; done");
        let script = format!("sh -c '{grandchild}' & echo $! > grandchild; wait");
        let mut gate = Gate::sh(&shop.url(), &script).kill_after(Duration::from_secs(3)).start();
        gate.until_says("said", "begun");
        gate.signal("TERM");
        assert_eq!(gate.ended().code(), Some(143), "{}", gate.read("gate"));
        let stat = format!("/proc/{}/stat", gate.read("grandchild").trim());
        assert!(!std::fs::read_to_string(stat).is_ok_and(|stat| !stat.contains(") Z ")), "it still runs");
        assert_eq!(gate.read("said"), last);
    }
}

#[test]
fn row_17_before_the_command_starts_a_signal_ends_the_gate() {
    let shop = server().database();
    let first = Gate::sh(&shop.url(), "echo begun >> said; while [ ! -e go ]; do sleep 0.05; done").start();
    first.until_says("said", "begun");
    let mut second = Gate::sh(&shop.url(), "echo never >> said").start();
    until("the second waits", || second.read("gate").contains("held by"));
    second.signal("TERM");
    assert_eq!(second.ended().code(), Some(143));
    first.write("go");
    std::thread::sleep(Duration::from_millis(500));
    assert_eq!(second.read("said"), "");
}

#[test]
fn a_terminal_is_the_commands_own() {
    use std::io::Write as _;
    let shop = server().database();
    let mut gate =
        Gate::sh(&shop.url(), "echo begun > said; read answer; echo \"got $answer\" >> said").start_on_a_terminal();
    gate.until_says("said", "begun");
    // Held open: the end of what is typed would end the terminal.
    let mut typed = gate.process.stdin.take().unwrap();
    typed.write_all(b"yes\n").unwrap();
    gate.until_says("said", "got yes");
    assert_eq!(gate.ended().code(), Some(0));
}

#[test]
fn ctrl_c_at_a_terminal_reaches_the_command_once() {
    use std::io::Write as _;
    let shop = server().database();
    let script = "trap 'echo interrupted >> said' INT; echo begun > said; \
                  while [ ! -e go ]; do sleep 0.05; done; exit 5";
    let mut gate = Gate::sh(&shop.url(), script).kill_after(Duration::from_millis(100)).start_on_a_terminal();
    gate.until_says("said", "begun");
    let mut typed = gate.process.stdin.take().unwrap();
    typed.write_all(b"\x03").unwrap();
    gate.until_says("said", "interrupted");
    // What it means is the command's own affair: nobody kills it.
    std::thread::sleep(Duration::from_millis(600));
    gate.write("go");
    assert_eq!(gate.ended().code(), Some(5));
    assert_eq!(gate.read("said"), "begun\ninterrupted\n");
}

#[test]
fn the_command_inherits_the_locks_descriptor_and_no_other() {
    let shop = server().database();
    let list = ["ls", "-l", "/proc/self/fd"];
    let mut gate = Gate::words(&shop.url(), &list).start();
    assert_eq!(gate.ended().code(), Some(0));
    let descriptors = |text: &str| -> Vec<(u32, String)> {
        let lines = text.lines().filter_map(|line| line.split_once(" -> "));
        lines.map(|(left, to)| (left.rsplit(' ').next().unwrap().parse().unwrap(), to.to_owned())).collect()
    };
    // What this process hands to each of its children anyway.
    let usual = Command::new(list[0]).args(&list[1..]).output().unwrap().stdout;
    let usual: Vec<u32> = descriptors(std::str::from_utf8(&usual).unwrap()).into_iter().map(|(fd, _)| fd).collect();
    let found = descriptors(&gate.read("stdout"));
    let more: Vec<_> = found.iter().filter(|(fd, _)| !usual.contains(fd)).collect();
    assert!(more.len() == 1 && more[0].0 >= 100 && more[0].1.starts_with("socket:["), "{found:?} beyond {usual:?}");
}

#[test]
fn the_command_gets_the_verified_url_and_nothing_else() {
    let shop = with_tls().database();
    let url = tcp_url("tester:hunter2", &shop.name, "?sslmode=require");
    let asks = "SELECT current_database() || ' ' || application_name || ' ' || current_setting('lock_timeout') || ' ' || \
                current_setting('work_mem') FROM pg_stat_activity WHERE pid = pg_backend_pid()";
    let script = format!(
        "env > env; cat /proc/$$/cmdline /proc/$PPID/cmdline > words; psql \"$DATABASE_URL\" -Atc \"{asks}\" > by_url; \
         psql -Atc \"{asks}\" > by_variables"
    );
    let mut gate = Gate::sh(&url, &script)
        .env("PGHOST", "staging")
        .env("PGHOSTADDR", "10.0.0.1")
        .env("PGSERVICE", "staging")
        .env("PGDATABASE", "other")
        .env("PGAPPNAME", "mine")
        .env("DATABASE_URL", "postgres://staging/other")
        .env("TIDEGATE_BACKUP_ID", "old")
        .env("TIDEGATE_TEST_GATE_LOCK_TIMEOUT", "5")
        .start();
    assert_eq!(gate.ended().code(), Some(0), "{}", gate.read("stderr"));
    let seen = format!("{} tidegate-0707070707070707 5s 4MB\n", shop.name);
    assert_eq!((gate.read("by_url"), gate.read("by_variables")), (seen.clone(), seen));
    let environment = gate.read("env");
    for line in [
        "PGHOST=localhost",
        "PGUSER=tester",
        "PGPASSWORD=hunter2",
        "PGSSLMODE=require",
        "TIDEGATE_RUN_ID=0707070707070707",
        "TIDEGATE_BACKUP_ID=backup-1",
        "PGOPTIONS=-c lock_timeout=5000",
    ] {
        assert!(environment.lines().any(|found| found == line), "{line} in\n{environment}");
    }
    assert!(!environment.contains("staging") && !environment.contains("PGSERVICE"), "{environment}");
    assert!(!gate.read("words").contains("hunter2"));
    for file in ["stdout", "stderr", "gate"] {
        assert!(!gate.read(file).contains("hunter2"), "{file}");
    }
}

/// Tokens that are good for one moment: each takes the place of the one before, on the server itself.
struct Fresh {
    made: AtomicUsize,
}

#[async_trait]
impl Tokens for Fresh {
    async fn token(&self, host: &str, port: u16, user: &str) -> Result<Secret, Refusal> {
        assert_eq!((host, port, user), ("localhost", with_tls().port(), "signs_in"));
        let token = format!("token/{}?a=b&c", self.made.fetch_add(1, Ordering::SeqCst));
        postgres::execute(&with_tls().url("postgres"), &format!("ALTER ROLE signs_in PASSWORD '{token}'"));
        Ok(Secret::new(token))
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn row_14_every_connection_and_the_command_have_a_token_of_their_own() {
    let shop = with_tls().database();
    shop.execute("CREATE ROLE signs_in LOGIN");
    let tokens = Arc::new(Fresh { made: AtomicUsize::new(0) });
    let url = tcp_url("signs_in", &shop.name, "?sslmode=require");
    let target = target(&url).with_tokens(tokens.clone());
    let planner = super::stage::planner();
    let mut gate = PostgresDatabase::new(target.clone(), DatabaseOptions::default(), planner, Default::default());
    assert_eq!(gate.try_lock(&run_id(1)).await, Ok(Locking::Taken));
    let before = tokens.made.load(Ordering::SeqCst);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("who").display().to_string();
    let script =
        format!("psql \"$DATABASE_URL\" -Atc 'SELECT current_user' > {file} && psql -Atc 'SELECT 1' >> {file}");
    let options = CommandOptions {
        variables: std::collections::BTreeMap::new(),
        words: ["sh", "-c", &script].map(str::to_owned).to_vec(),
        lock_timeout: None,
        kill_after: SignedDuration::from_secs(30),
    };
    let mut command = MigrateCommand::new(options, target, gate.held(), Signals::deaf());
    assert_eq!(command.run(&run_id(1), None).await, Exit::Code { code: 0 });
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "signs_in\n1\n");
    assert_eq!(tokens.made.load(Ordering::SeqCst), before + 1, "made anew for the command");
    gate.unlock().await;
    drop(gate);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_the_lock_no_command_starts() {
    let shop = server().database();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("ran");
    let start = |held: Held| {
        let words = vec!["touch".to_owned(), file.display().to_string()];
        let options = CommandOptions {
            words,
            variables: std::collections::BTreeMap::new(),
            lock_timeout: None,
            kill_after: SignedDuration::from_secs(30),
        };
        MigrateCommand::new(options, target(&shop.url()), held, Signals::deaf())
    };
    let mut gate = database(&shop.url());
    let exit = start(gate.held()).run(&run_id(1), None).await;
    assert!(exit.never_ran() && !file.exists(), "{exit:?}");
    assert_eq!(gate.try_lock(&run_id(1)).await, Ok(Locking::Taken));
    let mut command = start(gate.held());
    gate.unlock().await;
    assert!(command.run(&run_id(1), None).await.never_ran() && !file.exists());
}
