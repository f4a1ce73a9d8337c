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
