//! The kill matrix: the process ends at every call, before and after its effect; then a second gate, then a resume.

use super::*;
use crate::gate::options::Prune;
use crate::gate::world::{Entry, Outcome};

/// A world in which a backup takes no longer than it needs to be waited for at all: every call more is one more kill.
fn short() -> World {
    let world = World::new();
    world.state().takes = secs(40);
    world
}

/// How many calls a run makes that nobody kills.
fn calls() -> usize {
    let world = short();
    world.gate(1, options());
    world.state().calls
}

/// What must hold whatever happened: at most one backup, at most one start, and that only after a confirmation.
fn witness(world: &World, what: &str) {
    let state = world.state();
    assert!(state.backups.len() <= 1, "{what}: a second backup");
    let runs: Vec<usize> = (0..state.log.len()).filter(|at| state.log[*at].kind == Kind::Run).collect();
    assert!(runs.len() <= 1, "{what}: run twice");
    for run in runs {
        let last = &state.log[run - 1];
        let backup = last.backup.as_ref().expect("the last call is a look at the backup");
        assert!(last.kind == Kind::Backup && backup.status == "available" && state.log[run].locked, "{what}");
    }
}

#[test]
fn row_15_killed_at_every_call_the_run_is_gone_on_with() {
    let all = calls();
    assert!(all > 30, "{all}");
    let (mut ran, mut blocked, mut resumed) = (0, 0, 0);
    for at in 1..=all {
        for kill in [Kill::Before(at), Kill::After(at)] {
            // The second gate is on the same machine, or on another one without that journal.
            for second in ["here", "there"] {
                let what = format!("{kill:?}, then {second}");
                let world = short();
                world.state().kill = Some(kill);
                let first = world.gate_on("here", order(1, options()));
                assert!(first.is_none(), "{what}");
                world.state().kill = None;
                let started = world.count(Kind::Run) > 0;
                if world.state().command_alive {
                    let options = Options { lock_wait: secs(5), ..options() };
                    let receipt = world.gate_on(second, order(2, options)).unwrap();
                    assert_eq!(receipt.exit_code, 123, "{what}");
                    world.command_ends();
                }
                let receipt = world.gate_on(second, order(3, options())).unwrap();
                witness(&world, &what);
                match receipt.outcome {
                    Outcome::Succeeded => {
                        assert!(!started, "{what}");
                        ran += 1;
                        resumed += usize::from(receipt.run == run_id(1));
                    }
                    Outcome::NothingPending => assert!(started, "{what}"),
                    Outcome::Refused => {
                        assert_eq!(refused(&receipt), Some(Code::Unsettled), "{what}: {receipt:#?}");
                        blocked += 1;
                    }
                    other => panic!("{what}: {other:?}"),
                }
                // And then a resume, of the first run by its id.
                let resume = starting(Start::Resume(Some(run_id(1).to_string())));
                world.gate_on(second, order(4, resume)).unwrap();
                witness(&world, &what);
                assert_eq!(world.state().lock, None, "{what}");
            }
        }
    }
    assert!(ran > 100 && resumed > 50 && blocked >= 10, "{ran} ran, {resumed} of them went on, {blocked} blocked");
}

#[test]
fn row_15_killed_twice() {
    let all = calls();
    for first in (1..=all).step_by(3) {
        for second in (1..=all).step_by(2) {
            let what = format!("killed at {first}, then at {second}");
            let world = short();
            world.state().kill = Some(Kill::After(first));
            assert!(world.gate_on("here", order(1, options())).is_none());
            if world.state().command_alive {
                world.command_ends();
            }
            let so_far = world.state().calls;
            world.state().kill = Some(Kill::Before(so_far + second));
            let machine = if second % 4 == 1 { "there" } else { "here" };
            let _ = world.gate_on(machine, order(2, options()));
            if world.state().command_alive {
                world.command_ends();
            }
            world.state().kill = None;
            world.gate_on("here", order(3, options())).unwrap();
            witness(&world, &what);
        }
    }
}

#[test]
fn row_18_between_the_journals_line_and_the_tag() {
    // `running` is in the journal and not in the tag: this machine knows, and asks for somebody to look.
    let world = World::new();
    world.before(Kind::Tag, 1, |state| state.kill = Some(Kill::Before(state.calls)));
    assert!(world.gate_on("here", order(1, options())).is_none());
    world.state().kill = None;
    assert_eq!(refused(&world.gate(2, options())), Some(Code::Unsettled));
    // Nothing ran, which another machine sees by the tag: the tag is written before the start.
    let receipt = world.gate_on("there", order(3, options())).unwrap();
    assert_eq!((receipt.outcome, receipt.run), (Outcome::Succeeded, run_id(1)));
    // And then the first machine sees that the run has ended.
    world.state().applied = 4;
    assert_eq!(world.gate(4, options()).outcome, Outcome::Succeeded);
}

#[test]
fn row_18_a_journals_end_does_not_outweigh_what_another_machine_runs() {
    // Run 1 is refused here after `running`, and its tag cannot be written any more: the tag says `waiting`.
    let world = World::new();
    for nth in 1..40 {
        world.fails(Kind::Tag, nth, Class::Transient, Reason::Throttled);
    }
    let receipt = world.gate(1, options());
    assert_eq!(refused(&receipt), Some(Code::CouldNotTell));
    let tags_by_now = world.count(Kind::Tag);
    assert!(tags_by_now < 39);
    for nth in tags_by_now + 1..40 {
        world.before(Kind::Tag, nth, |_| {});
    }
    let world = {
        // The same, with the tags working again.
        let again = World::new();
        for nth in 1..=tags_by_now {
            again.fails(Kind::Tag, nth, Class::Transient, Reason::Throttled);
        }
        again.gate(1, options());
        again
    };
    // Another machine goes on with it, and is killed while its command runs.
    world.before(Kind::Run, 1, |state| state.kill = Some(Kill::After(state.calls)));
    assert!(world.gate_on("there", order(2, options())).is_none());
    world.state().command_alive = false;
    world.state().lock = None;
    world.state().kill = None;
    assert_eq!(world.count(Kind::Run), 1);
    // Here the journal says that run 1 was refused. The tag says that it runs.
    let ended = world.state().journals["here"].last().cloned().unwrap();
    assert!(matches!(ended.entry, Entry::Ended { outcome: Outcome::Refused, .. }));
    assert_eq!(refused(&world.gate(3, options())), Some(Code::Unsettled));
}

#[test]
fn killed_while_old_backups_are_pruned() {
    for prune in [Prune::Before, Prune::AfterSuccess] {
        let world = World::new();
        world.before(Kind::Prune, 1, |state| state.kill = Some(Kill::Before(state.calls)));
        assert!(world.gate_on("here", order(1, Options { prune, ..options() })).is_none());
        world.state().kill = None;
        let receipt = world.gate(2, options());
        let wanted = if prune == Prune::Before { Outcome::Succeeded } else { Outcome::NothingPending };
        assert_eq!(receipt.outcome, wanted);
        witness(&world, "pruning");
    }
}

#[test]
fn row_17_a_signal_between_any_two_calls_ends_the_run_and_says_how_to_go_on() {
    let (mut refused, mut waiting, mut ran) = (0, 0, 0);
    for at in 0..=calls() {
        let what = format!("after {at} calls");
        let world = short();
        world.state().signal_from = Some(at);
        let receipt = world.gate(1, options());
        assert_eq!(world.state().lock, None, "{what}");
        world.state().signal_from = None;
        if receipt.outcome != Outcome::Refused {
            // It came after the start: the command had it.
            assert!(receipt.times.started.is_some(), "{what}: {receipt:#?}");
            // And what it did is looked at and written down, whatever else is asked of the gate.
            assert_eq!(receipt.outcome, Outcome::Succeeded, "{what}: {receipt:#?}");
            let key = tags::RunTag::key(run_id(1).as_str());
            assert!(world.state().backups[0].tags[&key].starts_with("succeeded "), "{what}");
            let journal = world.state().journals["here"].clone();
            let ended = |record: &Record| matches!(record.entry, Entry::Ended { outcome: Outcome::Succeeded, .. });
            assert!(journal.iter().any(ended), "{what}: {journal:#?}");
            ran += 1;
            continue;
        }
        refused += 1;
        assert_eq!((receipt.exit_code, super::refused(&receipt)), (143, Some(Code::Interrupted)), "{what}");
        assert_eq!((world.count(Kind::Run), receipt.times.started), (0, None), "{what}");
        let resumable = receipt.refusals[0].hints.iter().any(|hint| hint.contains("--resume"));
        let key = tags::RunTag::key(run_id(1).as_str());
        let phase = world.state().backups.first().map(|one| one.tags[&key].split(' ').next().unwrap().to_owned());
        // What the backup says is true: it waits for somebody to go on, or the run is over.
        match phase.as_deref() {
            Some("waiting") => assert!(resumable, "{what}: {receipt:#?}"),
            Some(phase) => assert_eq!((phase, resumable), ("refused", false), "{what}"),
            None => {}
        }
        waiting += usize::from(resumable);
        // Nobody has to look at the database: no run was left open.
        let next = match resumable {
            true => world.gate(2, starting(Start::Resume(Some(run_id(1).to_string())))),
            false => world.gate(2, options()),
        };
        assert_eq!((next.outcome, world.count(Kind::Run)), (Outcome::Succeeded, 1), "{what}: {next:#?}");
        assert_eq!(next.run == run_id(1), resumable, "{what}");
        assert!(!resumable || world.count(Kind::Request) == 1, "{what}: a second backup");
    }
    assert!(refused > 20 && waiting > 5 && ran > 3, "{refused} refused, {waiting} of them waiting, {ran} ran");
}
