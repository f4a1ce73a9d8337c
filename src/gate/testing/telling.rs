//! What a run says of itself: moments, fingerprints, notes and hints, by which people judge it later.

use super::*;
use crate::gate::options::Require;
use crate::gate::world::{Entry, Outcome, ProvedBy};

fn says(receipt: &Receipt, words: &str) -> bool {
    receipt.notes.iter().any(|note| note.contains(words))
}

#[test]
fn every_moment_is_in_the_receipt_and_in_order() {
    let receipt = World::new().gate(1, options());
    let times = receipt.times;
    let moments = [times.begun, times.locked, times.requested, times.confirmed, times.started, times.ended];
    let moments: Vec<Timestamp> = moments.into_iter().map(Option::unwrap).collect();
    assert!(moments.is_sorted(), "{moments:?}");
    assert_eq!(moments[0], at("2026-03-01T12:00:00Z"));
}

#[test]
fn the_schema_before_and_after_is_in_the_receipt() {
    let receipt = World::new().gate(1, options());
    assert_eq!(receipt.fingerprint_before.as_deref(), Some("schema 4 0"));
    assert_eq!(receipt.fingerprint_after.as_deref(), Some("schema 6 0"));
}

#[test]
fn more_than_one_refusal_is_counted() {
    let refusals = |count: usize| vec![Refusal::new(Code::Lint, "no"); count];
    for (count, told) in [(1, "not started: no"), (2, "not started: no (and 1 more)"), (4, "no (and 3 more)")] {
        let world = World::new();
        world.state().look.refusals = refusals(count);
        let receipt = world.gate(1, options());
        assert!(receipt.summary.ends_with(told), "{}", receipt.summary);
        assert_eq!(receipt.refusals.len(), count);
    }
}

#[test]
fn who_must_reconcile_is_told_and_nobody_else() {
    let world = World::new();
    assert!(!says(&world.gate(1, options()), "gate reconcile"));
    let world = World::new();
    world.state().behaviour.exit = Exit::Lost { why: "gone".to_owned() };
    let receipt = world.gate(1, options());
    assert!(says(&receipt, &format!("gate reconcile {} --env prod", run_id(1))), "{receipt:#?}");
}

#[test]
fn what_nothing_proves_is_told() {
    for (proved_by, told) in [(ProvedBy::Unproven, true), (ProvedBy::Endpoint, false)] {
        let world = World::new();
        world.state().identity.proved_by = proved_by;
        assert_eq!(says(&world.gate(1, options()), "nothing proves that the database is on prod-db"), told);
    }
}

#[test]
fn row_14_credentials_that_last_are_not_spoken_of() {
    for (end, told) in
        [("2026-03-01T13:59:59Z", true), ("2026-03-01T14:00:00Z", false), ("2026-03-02T12:00:00Z", false)]
    {
        let world = World::new();
        world.state().credentials_end = Some(at(end));
        assert_eq!(says(&world.gate(1, options()), "credentials end"), told, "{end}");
    }
}

#[test]
fn the_end_of_a_run_that_was_overtaken_has_its_own_moment() {
    let world = World::new();
    world.before(Kind::Backup, 3, |state| state.kill = Some(Kill::Before(state.calls)));
    assert!(world.gate_on("here", order(1, options())).is_none());
    world.state().kill = None;
    world.wait(mins(30));
    let later = world.state().now;
    world.gate_on("here", Order { commit: "beef".to_owned(), ..order(2, options()) });
    let key = tags::RunTag::key(run_id(1).as_str());
    let value = world.state().backups[0].tags[&key].clone();
    let tag = tags::RunTag::parse(&key, &value).unwrap().unwrap();
    assert!(tag.phase == tags::Phase::Refused && tag.at >= later, "{value}");
}

#[test]
fn the_settling_of_a_run_has_its_own_moment() {
    let world = World::new();
    world.state().behaviour.exit = Exit::Lost { why: "gone".to_owned() };
    world.gate(1, options());
    world.wait(mins(30));
    let later = world.state().now;
    let receipt = world.reconcile_on("here", None, None);
    assert_eq!(receipt.outcome, Outcome::Settled);
    let key = tags::RunTag::key(run_id(1).as_str());
    let value = world.state().backups[0].tags[&key].clone();
    let tag = tags::RunTag::parse(&key, &value).unwrap().unwrap();
    assert!(tag.phase == tags::Phase::Settled && tag.at >= later, "{value}");
}

/// The name of the backup is on disk before it is asked for, and once.
#[test]
fn row_07_a_run_that_goes_on_writes_its_request_down_once_and_first() {
    let count = |world: &World| {
        let state = world.state();
        let requested = |record: &&Record| matches!(record.entry, Entry::Requested { .. });
        state.journals["here"].iter().filter(requested).count()
    };
    // Killed when it was begun, and before the order itself.
    for (kind, nth) in [(Kind::Append, 2), (Kind::Request, 1)] {
        let world = World::new();
        world.before(kind, nth, |state| state.kill = Some(Kill::Before(state.calls)));
        assert!(world.gate_on("here", order(1, options())).is_none());
        world.state().kill = None;
        let receipt = world.gate(2, starting(Start::Resume(Some(run_id(1).to_string()))));
        assert_eq!((receipt.outcome, &receipt.run), (Outcome::Succeeded, &run_id(1)), "{receipt:#?}");
        assert_eq!((count(&world), world.count(Kind::Request)), (1, 1), "{kind:?}");
        let log = &world.state().log;
        let request = log.iter().position(|call| call.kind == Kind::Request).unwrap();
        assert!(log[..request].iter().any(|call| call.kind == Kind::Append && call.what.starts_with("requested ")));
    }
}

#[test]
fn row_07_whether_a_lost_request_arrived_must_be_told() {
    let lost = |reason: Reason| {
        let world = World::new();
        world.fails(Kind::Request, 1, Class::Unknown, Reason::Unreachable);
        world.fails(Kind::Backup, 1, Class::Permanent, reason);
        let receipt = world.gate(1, Options { require: Require::Always, ..options() });
        (receipt, world.count(Kind::Request))
    };
    let (receipt, requests) = lost(Reason::BackupNotFound);
    assert_eq!((receipt.outcome, requests), (Outcome::Succeeded, 2), "{receipt:#?}");
    let (receipt, requests) = lost(Reason::AccessDenied);
    assert_eq!((refused(&receipt), requests), (Some(Code::CouldNotTell), 1), "{receipt:#?}");
}
