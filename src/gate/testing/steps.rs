//! The machine by itself, without the driver: answers that no step of its state brings.

use super::*;
use crate::gate::machine::{Event, Machine, Moment, Step};
use crate::gate::world::{Entry, Locking, Outcome};

fn moment() -> Moment {
    Moment { now: at("2026-03-01T12:00:00Z"), random: 0.0 }
}

/// The answer that a good world gives.
fn answer(world: &World, step: &Step) -> Event {
    let mut state = world.state();
    match step {
        Step::Resource => Event::Resource(Ok(state.resource.clone())),
        Step::Preflight => Event::Preflight(Vec::new()),
        Step::Identify(_) => Event::Identity(Ok(state.identity.clone())),
        Step::Quota => Event::Quota(Ok(None)),
        Step::Credentials => Event::Credentials(Ok(None)),
        Step::TryLock(_) => Event::Locking(Ok(Locking::Taken)),
        Step::StillLocked => Event::Held(Ok(())),
        Step::Look => Event::Look(Ok(Box::new(state.seen_now()))),
        Step::Backups(_) => Event::Backups(Ok(Vec::new())),
        Step::Journal => Event::Journal(Ok(Vec::new())),
        Step::Append(_) => Event::Appended(Ok(())),
        Step::Request { id, tags, .. } => {
            state.takes = SignedDuration::ZERO;
            let made = state.make(id, tags).unwrap();
            Event::Requested(Ok(state.shown(&made.id).unwrap()))
        }
        Step::Backup(id) => Event::Backup(Ok(state.shown(id))),
        Step::Tag { .. } => Event::Tagged(Ok(())),
        Step::Prune { .. } => Event::Pruned(Vec::new()),
        Step::Evidence(_) => Event::Evidence(state.evidence()),
        Step::Unlock => Event::Unlocked,
        other => panic!("{other:?}"),
    }
}

/// Up to the first step that `stop` names.
fn until(world: &World, stop: fn(&Step) -> bool) -> (Machine, Step) {
    let (mut machine, mut step) = Machine::begin(order(1, options()), moment());
    while !stop(&step) {
        step = machine.on(moment(), answer(world, &step));
    }
    (machine, step)
}

/// To the end, with good answers; the steps, and the receipt.
fn to_the_end(world: &World, machine: &mut Machine, mut step: Step) -> (Vec<Step>, Receipt) {
    let mut steps = Vec::new();
    loop {
        if let Step::End(receipt) = step {
            return (steps, *receipt);
        }
        let event = answer(world, &step);
        steps.push(step);
        step = machine.on(moment(), event);
    }
}

/// Whether `step` writes down that the run has ended, and how.
fn is_ended(step: &Step, how: Option<Outcome>) -> bool {
    let Step::Append(record) = step else { return false };
    matches!(record.entry, Entry::Ended { outcome, .. } if how.is_none_or(|how| how == outcome))
}

/// Before the command a no; once it has started, nobody says that it has not.
#[test]
fn an_answer_out_of_step_never_starts_the_command_and_never_denies_it() {
    let world = World::new();
    let (mut machine, mut step) = Machine::begin(order(1, options()), moment());
    while !matches!(step, Step::Run { .. }) {
        let mut other = machine.clone();
        let odd = other.on(moment(), Event::Exited(Exit::Code { code: 0 }));
        let (steps, receipt) = to_the_end(&world, &mut other, odd);
        assert!(!steps.iter().any(|step| matches!(step, Step::Run { .. })), "{:?}", machine.state());
        assert_eq!((receipt.outcome, refused(&receipt)), (Outcome::Refused, Some(Code::CouldNotTell)));
        step = machine.on(moment(), answer(&world, &step));
    }
    let odd = machine.on(moment(), Event::Slept);
    let (steps, receipt) = to_the_end(&world, &mut machine, odd);
    assert_eq!((receipt.outcome, receipt.exit_code), (Outcome::Unknown, 124), "{receipt:#?}");
    assert!(steps.iter().any(|step| is_ended(step, Some(Outcome::Unknown))), "{steps:#?}");
}

#[test]
fn an_answer_out_of_step_does_not_change_what_the_command_did() {
    let world = World::new();
    let (mut machine, _) = until(&world, |step| matches!(step, Step::Run { .. }));
    let behaviour = Behaviour::well();
    world.state().work(&behaviour);
    let mut step = machine.on(moment(), Event::Exited(behaviour.exit));
    // Before that is known, nobody can say what it did, and least of all that it was not started.
    while !is_ended(&step, None) {
        let mut other = machine.clone();
        let odd = other.on(moment(), Event::Quota(Ok(None)));
        let (steps, receipt) = to_the_end(&world, &mut other, odd);
        assert_eq!((receipt.outcome, receipt.exit_code), (Outcome::Unknown, 124), "{:?}", machine.state());
        assert!(steps.iter().any(|step| is_ended(step, Some(Outcome::Unknown))), "{steps:#?}");
        step = machine.on(moment(), answer(&world, &step));
    }
    let before = machine.receipt().clone();
    let odd = machine.on(moment(), Event::Quota(Ok(None)));
    let (_, receipt) = to_the_end(&world, &mut machine, odd);
    assert_eq!((receipt.outcome, receipt.exit_code), (Outcome::Succeeded, 0));
    assert_eq!((receipt.outcome, receipt.refusals), (before.outcome, before.refusals));
}

/// A history whose last entry was replaced by another one has moved, although it is as long as it was.
#[test]
fn row_21_the_head_of_the_history_counts_by_itself() {
    let changes: [fn(&mut Look); 2] = [|look| look.head = Some("v4b".to_owned()), |look| look.applied = Some(5)];
    for change in changes {
        let world = World::new();
        let (mut machine, mut step) = until(&world, |step| matches!(step, Step::Look));
        step = machine.on(moment(), answer(&world, &step));
        while !matches!(step, Step::Look) {
            step = machine.on(moment(), answer(&world, &step));
        }
        let mut look = world.state().seen_now();
        change(&mut look);
        let step = machine.on(moment(), Event::Look(Ok(Box::new(look))));
        let (steps, receipt) = to_the_end(&world, &mut machine, step);
        assert_eq!(refused(&receipt), Some(Code::StalePlan));
        assert!(!steps.iter().any(|step| matches!(step, Step::Run { .. })));
    }
}
