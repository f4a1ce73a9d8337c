use std::os::unix::fs::PermissionsExt as _;

use super::*;
use crate::gate::run::{Binding, RunId};
use crate::gate::world::{Entry, Exit, Look, Outcome};

const DATABASE: &str = "prod-db.x.rds.amazonaws.com:5432/shop";

fn record(number: u8, entry: Entry) -> Record {
    Record { run: RunId::from_random([number; 8]), at: "2026-03-01T12:00:00Z".parse().unwrap(), entry }
}

fn records() -> Vec<Record> {
    let binding = Binding { argv: "a".repeat(64), environment: "prod \"x\"\n".to_owned(), ..Binding::default() };
    let arn = || "arn:aws:rds:eu-west-1:1:snapshot:tidegate-x".to_owned();
    vec![
        record(1, Entry::Begun { binding }),
        record(1, Entry::Requested { backup: "tidegate-x".to_owned() }),
        record(1, Entry::Adopted { backup: "tidegate-x".to_owned(), arn: arn() }),
        record(1, Entry::Confirmed { backup: "tidegate-x".to_owned(), arn: arn(), point: None }),
        record(2, Entry::Waived { why: "größer".to_owned() }),
        record(1, Entry::Running { before: Look { applied: Some(3), ..Look::default() } }),
        record(1, Entry::Exited { how: Exit::Signal { signal: 9 } }),
        record(1, Entry::Ended { outcome: Outcome::Unknown, detail: String::new() }),
    ]
}

fn journal(folder: &Path) -> FileJournal {
    FileJournal::new(folder, "prod", DATABASE)
}

fn written(folder: &Path) -> FileJournal {
    let mut journal = journal(folder);
    for record in records() {
        journal.write(&record).unwrap();
    }
    journal
}

fn code(answer: Result<Vec<Record>, Refusal>) -> (Code, String) {
    let refusal = answer.unwrap_err();
    assert!(!refusal.hints.is_empty(), "{refusal:?}");
    (refusal.code, refusal.message)
}

#[tokio::test]
async fn what_was_appended_is_read_back() {
    let folder = tempfile::tempdir().unwrap();
    let mut journal = journal(&folder.path().join("deep/state"));
    assert_eq!(Journal::read(&mut journal).await, Ok(Vec::new()));
    assert!(!folder.path().join("deep").exists(), "reading makes nothing");
    for record in records() {
        journal.append(&record).await.unwrap();
    }
    assert_eq!(Journal::read(&mut journal).await, Ok(records()));
    assert_eq!(journal.path().metadata().unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(journal.path().parent().unwrap().metadata().unwrap().permissions().mode() & 0o777, 0o700);
    assert!(journal.notes().is_empty());
    let text = std::fs::read_to_string(journal.path()).unwrap();
    assert_eq!(text.lines().count(), records().len() + 1);
    assert!(text.starts_with("{\"sum\":\"") && text.contains("\"tidegate\":\"gate journal\",\"version\":1"));
    for line in text.lines() {
        serde_json::from_str::<serde_json::Value>(line).unwrap();
    }
}

#[test]
fn every_database_and_environment_has_its_own_file() {
    let folder = Path::new("/x");
    let name = |environment: &str, database: &str| FileJournal::new(folder, environment, database).path().to_owned();
    let names = [name("prod", "a"), name("prod", "b"), name("pro", "da"), name("../../etc", "a"), name("", "a")];
    for (at, one) in names.iter().enumerate() {
        assert_eq!(one.parent(), Some(folder));
        assert!(names[at + 1..].iter().all(|other| other != one), "{names:?}");
    }
    assert!(names[0].file_name().unwrap().to_str().unwrap().starts_with("prod-"));
}

#[test]
fn what_other_environments_wrote_of_the_same_database_is_read_as_well() {
    let folder = tempfile::tempdir().unwrap();
    let mut prod = FileJournal::new(folder.path(), "prod", DATABASE);
    let mut hotfix = FileJournal::new(folder.path(), "hotfix", DATABASE);
    let running = record(1, Entry::Running { before: Look::default() });
    prod.write(&running).unwrap();
    FileJournal::new(folder.path(), "prod", "other").write(&records()[0]).unwrap();
    std::fs::write(folder.path().join("diary.journal"), "Dear diary,\n").unwrap();
    assert_eq!(hotfix.records().unwrap(), std::slice::from_ref(&running));
    assert!(!hotfix.path().exists(), "reading makes nothing");
    // Whoever settles it, the end is the last word, whichever file is read first.
    let ended = Entry::Ended { outcome: Outcome::Settled, detail: String::new() };
    let ended = Record { at: "2026-03-01T12:00:01Z".parse().unwrap(), ..record(1, ended) };
    hotfix.write(&ended).unwrap();
    for journal in [&mut prod, &mut hotfix] {
        assert_eq!(journal.records().unwrap(), [running.clone(), ended.clone()]);
    }
    // What may tell of an open run and cannot be read is not passed over.
    let good = std::fs::read_to_string(prod.path()).unwrap();
    std::fs::write(prod.path(), good.replace("running", "waiting")).unwrap();
    let (code, message) = code(hotfix.records());
    assert!(code == Code::Journal && message.contains("prod-") && message.contains("corrupt"), "{message}");
}

/// Whatever single byte changes, and whatever line goes, is seen.
#[test]
fn a_change_anywhere_is_seen() {
    let folder = tempfile::tempdir().unwrap();
    let mut journal = written(folder.path());
    let good = std::fs::read(journal.path()).unwrap();
    for at in 0..good.len() {
        let mut bad = good.clone();
        bad[at] ^= 1;
        std::fs::write(journal.path(), &bad).unwrap();
        // The last newline is all that tells a whole line from a torn one.
        let answer = journal.records();
        if at == good.len() - 1 {
            assert_eq!(answer.unwrap().len(), records().len() - 1);
        } else {
            assert_eq!(code(answer).0, Code::Journal, "byte {at}");
        }
    }
    let lines: Vec<&str> = std::str::from_utf8(&good).unwrap().split_inclusive('\n').collect();
    for gone in 0..lines.len() - 1 {
        let rest: String = lines.iter().enumerate().filter(|(at, _)| *at != gone).map(|(_, line)| *line).collect();
        std::fs::write(journal.path(), rest).unwrap();
        assert_eq!(code(journal.records()).0, Code::Journal, "line {gone} is gone");
    }
    for twice in 0..lines.len() {
        let mut more = lines.clone();
        more.insert(twice, lines[twice]);
        std::fs::write(journal.path(), more.concat()).unwrap();
        assert_eq!(code(journal.records()).0, Code::Journal, "line {twice} is there twice");
    }
    let mut swapped = lines.clone();
    swapped.swap(3, 4);
    std::fs::write(journal.path(), swapped.concat()).unwrap();
    assert!(journal.write(&records()[0]).is_err(), "and nothing is added to it");
    assert_eq!(std::fs::read_to_string(journal.path()).unwrap(), swapped.concat());
}

/// A crash in the middle of a write, at every byte: what was whole stays, what was torn is set aside.
#[test]
fn a_torn_last_line_is_set_aside() {
    let folder = tempfile::tempdir().unwrap();
    let mut journal = written(folder.path());
    let good = std::fs::read(journal.path()).unwrap();
    let last = good[..good.len() - 1].iter().rposition(|byte| *byte == b'\n').unwrap() + 1;
    let kept = records().len() - 1;
    for end in last + 1..good.len() {
        std::fs::write(journal.path(), &good[..end]).unwrap();
        assert_eq!(journal.records().unwrap(), records()[..kept]);
        assert!(journal.notes().concat().contains("torn by a crash"));
        journal.write(&records()[0]).unwrap();
        let noted = journal.notes().concat();
        let aside = journal.path().with_extension(format!("torn-{}", kept + 1));
        assert!(noted.contains(aside.to_str().unwrap()), "{noted}");
        assert_eq!(std::fs::read(aside).unwrap(), &good[last..end]);
        assert_eq!(journal.records().unwrap().len(), kept + 1);
        assert!(journal.notes().is_empty());
    }
    // Blocks that were allocated and never written.
    let mut blank = good[..last].to_vec();
    blank.extend([0; 300]);
    std::fs::write(journal.path(), &blank).unwrap();
    assert_eq!(journal.records().unwrap().len(), kept);
    // Not even the header came to disk.
    let header = good.iter().position(|byte| *byte == b'\n').unwrap();
    for end in 0..header {
        std::fs::write(journal.path(), &good[..end]).unwrap();
        assert_eq!(journal.records().unwrap(), []);
        journal.write(&records()[0]).unwrap();
        assert_eq!(journal.records().unwrap(), records()[..1]);
    }
}

#[test]
fn a_foreign_another_or_newer_journal_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let mut journal = written(folder.path());
    let good = std::fs::read_to_string(journal.path()).unwrap();
    let mut other = FileJournal::new(folder.path(), "prod", "other");
    let newer =
        "{\"sum\":\"0123456789abcdef0123456789abcdef\",\"tidegate\":\"gate journal\",\"version\":2,\"new\":1}\n";
    let cases: [(&str, &str); 8] = [
        ("\n", "not a journal"),
        ("Dear diary,\n", "not a journal"),
        ("Dear diary", "not a journal"),
        ("{}\n", "not a journal"),
        ("\u{7f}ELF\n", "not a journal"),
        ("{\"sum\":\"0123456789abcdef0123456789abcdef\",\"tidegate\":\"cache\",\"version\":1}\n", "not a journal"),
        (newer, "version 2"),
        (&good, "another database"),
    ];
    for (text, what) in cases {
        let journal = if what == "another database" { &mut other } else { &mut journal };
        std::fs::write(journal.path(), text).unwrap();
        let (code, message) = code(journal.records());
        assert!(code == Code::Journal && message.contains(what), "{message}");
        assert!(journal.write(&records()[0]).is_err());
        assert_eq!(std::fs::read_to_string(journal.path()).unwrap(), text, "nothing is written to it");
    }
    std::fs::write(journal.path(), [b'\xff', b'\xfe', b'\n']).unwrap();
    assert!(code(journal.records()).1.contains("not a journal"));
}

#[test]
fn what_cannot_be_read_or_made_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    std::fs::write(&file, "").unwrap();
    let mut inside = journal(&file);
    assert_eq!(inside.write(&records()[0]).unwrap_err().code, Code::Journal);
    let mut journal = journal(folder.path());
    std::fs::create_dir(journal.path()).unwrap();
    assert_eq!(code(journal.records()).0, Code::Journal);
    assert_eq!(journal.write(&records()[0]).unwrap_err().code, Code::Journal);
}

/// A full disk is an error before anything is done, and leaves whole lines behind.
#[test]
fn a_full_disk_fails_closed() {
    struct Mount(PathBuf);
    impl Drop for Mount {
        fn drop(&mut self) {
            let _ = std::process::Command::new("umount").arg(&self.0).status();
        }
    }
    let folder = tempfile::tempdir().unwrap();
    let mounted = std::process::Command::new("mount")
        .args(["-t", "tmpfs", "-o", "size=16k", "tmpfs"])
        .arg(folder.path())
        .stderr(std::process::Stdio::null())
        .status()
        .is_ok_and(|status| status.success());
    if !mounted {
        // Whoever may not mount has at least a device that is always full.
        let full = FileJournal { path: PathBuf::from("/dev/full"), database: DATABASE.to_owned(), notes: Vec::new() };
        let mut file = OpenOptions::new().write(true).open("/dev/full").unwrap();
        assert_eq!(full.put(&mut file, 0, b"x").unwrap_err().kind(), io::ErrorKind::StorageFull);
        return;
    }
    let mount = Mount(folder.path().to_owned());
    let mut journal = journal(folder.path());
    let mut whole = 0;
    let refusal = loop {
        match journal.write(&records()[5]) {
            Ok(()) => whole += 1,
            Err(refusal) => break refusal,
        }
        assert!(whole < 1000);
    };
    assert!(whole > 3, "{whole}");
    assert!(refusal.code == Code::Journal && refusal.hints[0].contains("make room"), "{refusal:?}");
    assert_eq!(journal.records().unwrap().len(), whole, "what was promised is there");
    assert!(journal.notes().is_empty(), "and nothing torn");
    drop(mount);
}

#[test]
fn two_writers_take_turns() {
    let folder = tempfile::tempdir().unwrap();
    std::thread::scope(|scope| {
        for writer in 0..4 {
            let path = folder.path();
            scope.spawn(move || {
                for _ in 0..10 {
                    journal(path).write(&record(writer, Entry::Waived { why: "x".to_owned() })).unwrap();
                }
            });
        }
    });
    assert_eq!(journal(folder.path()).records().unwrap().len(), 40);
}
