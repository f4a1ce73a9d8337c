//! What waiting costs, and that the lock is looked at meanwhile.

use super::*;
use crate::gate::driver::calls_per_hour;

const AWS: [Kind; 6] = [Kind::Resource, Kind::Request, Kind::Backup, Kind::List, Kind::Tag, Kind::Quota];

#[test]
fn an_hour_of_waiting_makes_a_bounded_number_of_calls() {
    for poll in [5, 15, 60, 300] {
        let world = World::new();
        world.state().takes = mins(110);
        world.gate(1, Options { poll: secs(poll), ..options() });
        let log = &world.state().log;
        let begun = log.iter().find(|call| call.kind == Kind::Request).unwrap().at;
        for hour in 0..1 {
            let (from, to) = (begun + mins(60 * hour), begun + mins(60 * (hour + 1)));
            let asked = log.iter().position(|call| call.kind == Kind::Request).unwrap();
            let calls =
                log[asked + 1..].iter().filter(|call| AWS.contains(&call.kind) && call.at >= from && call.at < to);
            let calls = calls.count();
            assert!(calls as u64 <= calls_per_hour(secs(poll)) + 1, "{poll}: {calls}");
            assert!(calls as i64 >= 3600 / poll - 1, "{poll}: {calls}");
        }
        let around = log.iter().filter(|call| AWS.contains(&call.kind) && call.kind != Kind::Backup).count();
        assert!(around <= 20, "{around}");
    }
    assert_eq!(calls_per_hour(secs(15)), 300);
}

#[test]
fn the_command_starts_within_one_poll_of_the_backup() {
    for (takes, poll) in [(63, 15), (301, 15), (1000, 60), (95, 5), (3333, 30)] {
        let world = World::new();
        world.state().takes = secs(takes);
        let receipt = world.gate(1, Options { poll: secs(poll), ..options() });
        let ready = receipt.times.requested.unwrap() + secs(takes);
        let late = receipt.times.started.unwrap().duration_since(ready);
        assert!(late >= SignedDuration::ZERO && late <= secs(poll + 1), "{takes}/{poll}: {late:?}");
    }
}

#[test]
fn row_25e_the_lock_is_asked_for_at_least_every_30_seconds() {
    for poll in [1, 15, 20, 300] {
        let world = World::new();
        world.state().takes = mins(40);
        // And while it is tried again.
        for nth in 10..18 {
            world.fails(Kind::Backup, nth, Class::Transient, Reason::Throttled);
        }
        world.gate(1, Options { poll: secs(poll), ..options() });
        let log = &world.state().log;
        let run = log.iter().position(|call| call.kind == Kind::Run).unwrap();
        let mut last = log.iter().find(|call| call.kind == Kind::TryLock).unwrap().at;
        for call in &log[..run] {
            assert!(call.at.duration_since(last) <= secs(30), "{poll}: {:?}", call.at.duration_since(last));
            if call.kind == Kind::StillLocked {
                last = call.at;
            }
        }
    }
}

#[test]
fn looks_are_spread_by_jitter() {
    let world = World::new();
    world.state().takes = mins(30);
    world.gate(1, options());
    let log = &world.state().log;
    let looks: Vec<Timestamp> = log.iter().filter(|call| call.kind == Kind::Backup).map(|call| call.at).collect();
    let mut gaps: Vec<i64> = looks.windows(2).map(|pair| pair[1].duration_since(pair[0]).as_millis() as i64).collect();
    gaps.pop();
    assert!(gaps.iter().all(|gap| (12_000..=15_000).contains(gap)), "{gaps:?}");
    gaps.sort_unstable();
    gaps.dedup();
    assert!(gaps.len() > 3, "{gaps:?}");
}

/// The times between calls of `kind`, in ms.
fn gaps(world: &World, kind: Kind) -> Vec<i64> {
    let log = &world.state().log;
    let calls: Vec<Timestamp> = log.iter().filter(|call| call.kind == kind).map(|call| call.at).collect();
    calls.windows(2).map(|pair| pair[1].duration_since(pair[0]).as_millis() as i64).collect()
}

#[test]
fn row_09_what_is_asked_again_is_asked_ever_more_seldom() {
    let world = World::new();
    for nth in 1..=40 {
        world.fails(Kind::Resource, nth, Class::Transient, Reason::Throttled);
    }
    world.gate(1, options());
    let gaps = gaps(&world, Kind::Resource);
    assert!(gaps.len() >= 5, "{gaps:?}");
    for (nth, gap) in gaps.iter().enumerate() {
        let longest = (1000 << nth.min(5)).min(30_000);
        assert!((longest / 2..=longest).contains(gap), "{gaps:?}");
    }
}

#[test]
fn row_16_the_lock_is_tried_every_one_to_two_seconds() {
    let world = World::new();
    world.state().lock = Some(99);
    world.gate(1, Options { lock_wait: mins(1), ..options() });
    let mut gaps = gaps(&world, Kind::TryLock);
    gaps.pop();
    assert!(gaps.len() >= 28 && gaps.iter().all(|gap| (1000..=2000).contains(gap)), "{gaps:?}");
}

/// What was said, one line after another.
#[derive(Default)]
struct Ears(std::sync::Mutex<Vec<String>>);

impl crate::progress::Progress for Ears {
    fn step(&self, text: &str, done: usize, total: Option<usize>) {
        let count = total.map(|total| format!(" {done}/{total}")).unwrap_or_default();
        self.0.lock().unwrap().push(format!("{text}{count}"));
    }

    fn note(&self, text: &str) {
        self.0.lock().unwrap().push(format!("note: {text}"));
    }

    fn reached(&self, text: &str) {
        self.0.lock().unwrap().push(format!("! {text}"));
    }
}

#[test]
fn who_waits_hears_what_for_and_how_far_it_is() {
    let world = World::new();
    world.state().takes = mins(10);
    world.state().resource.status = "modifying".to_owned();
    world.before(Kind::Resource, 6, |state| state.resource.status = "available".to_owned());
    let ears = Ears::default();
    let receipt = world.heard("here", order(1, options()), &ears).unwrap();
    assert_eq!(receipt.exit_code, 0, "{receipt:#?}");
    let lines = ears.0.into_inner().unwrap();
    let at = |what: &str| lines.iter().position(|line| line.starts_with(what)).unwrap_or_else(|| panic!("{lines:#?}"));
    let waiting = at("waiting until a backup can be asked for: prod-db is modifying");
    let asking = at("asking for the backup");
    let creating = at("waiting for the backup tidegate-prod-db-");
    let confirmed = at("! the backup tidegate-prod-db-");
    let running = at("! running ");
    assert!(waiting < asking && asking < creating && creating < confirmed && confirmed < running, "{lines:#?}");
    assert_eq!(lines.iter().filter(|line| line.starts_with("! ")).count(), 2, "{lines:#?}");
}

#[test]
fn who_waits_for_the_lock_hears_who_holds_it() {
    let world = World::new();
    world.state().lock = Some(99);
    world.before(Kind::TryLock, 3, |state| state.lock = None);
    let ears = Ears::default();
    world.heard("here", order(1, options()), &ears).unwrap();
    let lines = ears.0.into_inner().unwrap();
    assert!(lines.iter().any(|line| line == "taking the lock of this database: session 99 holds it"), "{lines:#?}");
}

/// The command waits for its tag, and the tag that takes it back is no reason to wait as long once more.
#[test]
fn row_25_a_tag_that_cannot_be_written_is_tried_no_longer_than_the_timeout() {
    for timeout in [20, 7200] {
        let world = World::new();
        world.state().takes = secs(5);
        for nth in 1..60 {
            world.fails(Kind::Tag, nth, Class::Unknown, Reason::Unreachable);
        }
        let receipt = world.gate(1, Options { timeout: secs(timeout), ..options() });
        assert_eq!((refused(&receipt), world.count(Kind::Run)), (Some(Code::CouldNotTell), 0), "{receipt:#?}");
        let first = world.state().log.iter().find(|call| call.kind == Kind::Tag).unwrap().at;
        let tried = receipt.times.ended.unwrap().duration_since(first);
        // A last pause may end after the patience.
        assert!(tried <= secs(timeout.min(60) + 31), "{timeout}: {tried:?}");
    }
}
