//! A run that was left waiting: who goes on with it, and who must not.

use super::*;
use crate::gate::machine::Order;
use crate::gate::world::{Entry, Outcome};

/// A world in which run 1 was killed while it waited for its backup.
fn left_waiting() -> World {
    let world = World::new();
    world.before(Kind::Backup, 4, |state| state.kill = Some(Kill::Before(state.calls)));
    assert!(world.gate_on("here", order(1, options())).is_none());
    world
}

fn resume(run: Option<u8>) -> Options {
    starting(Start::Resume(run.map(|run| run_id(run).to_string())))
}

fn went_on(world: &World, receipt: &Receipt) {
    assert_eq!(receipt.outcome, Outcome::Succeeded, "{receipt:#?}");
    assert_eq!((receipt.run.clone(), world.count(Kind::Request), world.count(Kind::Run)), (run_id(1), 1, 1));
    assert_eq!(world.state().backups.len(), 1);
}

#[test]
fn row_15_a_killed_job_that_is_started_again_adopts() {
    for machine in ["here", "there"] {
        for options in [options(), resume(Some(1)), resume(None)] {
            let world = left_waiting();
            let receipt = world.gate_on(machine, order(2, options)).unwrap();
            went_on(&world, &receipt);
            // What it did is written under the run's own id, on this machine too.
            let journal = &world.state().journals[machine];
            assert!(journal.iter().all(|record| record.run == run_id(1)));
            assert!(matches!(journal[0].entry, Entry::Begun { .. }));
            assert!(matches!(journal.last().unwrap().entry, Entry::Ended { outcome: Outcome::Succeeded, .. }));
        }
    }
}

/// Whether its database was dropped and made again since, only a person can tell.
#[test]
fn a_run_that_does_not_say_its_oid_is_gone_on_with_by_name_alone() {
    let older = || {
        let world = World::new();
        world.state().identity.database_oid = None;
        world.before(Kind::Backup, 4, |state| state.kill = Some(Kill::Before(state.calls)));
        assert!(world.gate_on("here", order(1, options())).is_none());
        world.state().identity.database_oid = Some(16384);
        world
    };
    for machine in ["here", "there"] {
        let world = older();
        let receipt = world.gate_on(machine, order(2, options())).unwrap();
        assert_eq!((receipt.run.clone(), world.count(Kind::Request)), (run_id(2), 2), "{receipt:#?}");
        let asked = format!("--resume {}", run_id(1));
        assert!(receipt.notes.iter().any(|note| note.contains(&asked)), "{:?}", receipt.notes);
        let world = older();
        went_on(&world, &world.gate_on(machine, order(2, resume(Some(1)))).unwrap());
    }
}

#[test]
fn row_15_the_deadline_of_a_resumed_run_begins_anew() {
    let world = left_waiting();
    world.wait(mins(100));
    world.state().takes = mins(0);
    went_on(&world, &world.gate(2, resume(Some(1))));
}

#[test]
fn a_run_that_differs_in_anything_is_not_gone_on_with() {
    type Change = (&'static str, fn(&mut Order, &mut State));
    let changes: [Change; 6] = [
        ("the command", |order, _| order.argv = "other".to_owned()),
        ("the environment", |order, _| order.options.environment = "staging".to_owned()),
        ("the database", |_, state| state.identity.database = "shop2".to_owned()),
        ("dropped and made again", |_, state| state.identity.database_oid = Some(99)),
        ("the pending migrations", |_, state| state.all = 7),
        ("the commit", |order, _| order.commit = "beef".to_owned()),
    ];
    for machine in ["here", "there"] {
        for (what, change) in changes {
            // On another machine only the tags of this very database are looked at.
            let hidden = machine == "there" && what == "the database";
            let world = left_waiting();
            let mut named = order(2, resume(Some(1)));
            change(&mut named, &mut world.state());
            let receipt = world.gate_on(machine, named).unwrap();
            assert_eq!((refused(&receipt), receipt.exit_code), (Some(Code::Resume), 120), "{what}");
            assert!(hidden || receipt.summary.contains(what), "{}", receipt.summary);
            let mut unnamed = order(3, resume(None));
            change(&mut unnamed, &mut world.state());
            let receipt = world.gate_on(machine, unnamed).unwrap();
            assert_eq!(refused(&receipt), Some(Code::Resume), "{what}");
            assert!(hidden || receipt.summary.contains(what), "{}", receipt.summary);
            assert_eq!((world.count(Kind::Request), world.count(Kind::Run)), (1, 0));
            // A new gate takes a backup of its own.
            let mut new = order(4, options());
            change(&mut new, &mut world.state());
            let receipt = world.gate_on(machine, new).unwrap();
            assert_eq!(receipt.outcome, Outcome::Succeeded, "{what}: {receipt:#?}");
            assert_eq!((world.count(Kind::Request), world.count(Kind::Run)), (2, 1));
        }
    }
}

#[test]
fn a_run_of_another_resource_is_not_gone_on_with() {
    let world = left_waiting();
    {
        let mut state = world.state();
        state.resource.resource_id = "db-BBBB".to_owned();
        state.identity.resource_id = "db-BBBB".to_owned();
    }
    let receipt = world.gate(2, resume(Some(1)));
    assert_eq!(refused(&receipt), Some(Code::Resume));
    assert!(receipt.summary.contains("the database server"), "{}", receipt.summary);
}

#[test]
fn a_resume_of_nothing_of_what_ended_and_of_nonsense() {
    let world = World::new();
    assert_eq!(refused(&world.gate(1, resume(None))), Some(Code::Resume));
    assert_eq!(refused(&world.gate(1, resume(Some(9)))), Some(Code::Resume));
    assert_eq!(refused(&world.gate(1, starting(Start::Resume(Some("rm -rf".to_owned()))))), Some(Code::Usage));
    world.gate(2, options());
    world.state().applied = 4;
    let receipt = world.gate(3, resume(Some(2)));
    assert_eq!(refused(&receipt), Some(Code::Resume));
    assert!(receipt.summary.contains("has ended"), "{}", receipt.summary);
    assert_eq!(world.count(Kind::Run), 1);
}

#[test]
fn several_runs_that_match_must_be_named() {
    let world = left_waiting();
    // The same again from another machine that could see neither journal nor tags.
    let twin = {
        let state = world.state();
        let mut twin = state.backups[0].clone();
        let id = format!("tidegate-prod-db-{}", run_id(2));
        twin.arn = twin.arn.replace(&twin.id, &id);
        let tag = twin.tags.remove(&tags::RunTag::key(run_id(1).as_str())).unwrap();
        twin.tags.insert(tags::RunTag::key(run_id(2).as_str()), tag);
        twin.tags.insert(tags::RUN.to_owned(), run_id(2).to_string());
        twin.tags.insert(tags::ID.to_owned(), id.clone());
        Backup { id, status: "available".to_owned(), ..twin }
    };
    world.state().backups.push(twin);
    let receipt = world.gate(3, resume(None));
    assert_eq!(refused(&receipt), Some(Code::Resume));
    assert!(receipt.summary.contains(run_id(1).as_str()) && receipt.summary.contains(run_id(2).as_str()));
    let receipt = world.gate(4, resume(Some(2)));
    assert_eq!((receipt.outcome, receipt.run), (Outcome::Succeeded, run_id(2)), "{:?}", receipt.refusals);
    assert_eq!(world.count(Kind::Request), 1);
}

#[test]
fn row_25a_a_stale_resume_takes_a_new_backup() {
    for machine in ["here", "there"] {
        for options in [resume(Some(1)), resume(None), options()] {
            let world = left_waiting();
            world.wait(mins(60 * 24 * 3));
            let start = options.start.clone();
            let receipt = world.gate_on(machine, order(2, options)).unwrap();
            assert_eq!(receipt.outcome, Outcome::Succeeded, "{receipt:#?}");
            assert_eq!((receipt.run.clone(), world.count(Kind::Request)), (run_id(2), 2), "{machine} {start:?}");
            let state = world.state();
            assert_eq!(receipt.backup.unwrap().id, state.backups[1].id);
            if start != Start::New {
                let tag = &state.backups[0].tags[&tags::RunTag::key(run_id(1).as_str())];
                assert!(tag.starts_with("refused "), "the run that was replaced has ended: {tag}");
            }
        }
    }
}

#[test]
fn row_25a_a_backup_that_died_or_is_gone_is_replaced() {
    let changes: [fn(&mut State); 2] =
        [|state| state.backups[0].status = "failed".to_owned(), |state| state.backups.clear()];
    for (at, change) in changes.into_iter().enumerate() {
        for options in [resume(Some(1)), options()] {
            let world = left_waiting();
            change(&mut world.state());
            let receipt = world.gate(2, options);
            assert_eq!(receipt.outcome, Outcome::Succeeded, "{receipt:#?}");
            // What was only asked for, and never seen, is asked for again under its own name.
            let same = at == 1;
            assert_eq!(receipt.run == run_id(1), same);
            assert_eq!(world.count(Kind::Run), 1);
        }
    }
}

#[test]
fn row_25d_a_confirmed_backup_that_is_gone_is_replaced_by_one_of_another_name() {
    let world = World::new();
    world.before(Kind::Prune, 1, |state| state.kill = Some(Kill::Before(state.calls)));
    assert!(world.gate_on("here", order(1, options())).is_none());
    world.state().backups.clear();
    let receipt = world.gate(2, options());
    assert_eq!((receipt.outcome, receipt.run), (Outcome::Succeeded, run_id(2)));
}

#[test]
fn row_25b_a_command_that_outlives_its_gate_keeps_the_lock() {
    let world = World::new();
    world.before(Kind::Run, 1, |state| state.kill = Some(Kill::After(state.calls)));
    assert!(world.gate_on("here", order(1, options())).is_none());
    for machine in ["here", "there"] {
        for start in [Start::New, Start::Resume(None), Start::Adopt(None)] {
            let options = Options { lock_wait: secs(20), ..starting(start) };
            let receipt = world.gate_on(machine, order(2, options)).unwrap();
            assert_eq!((refused(&receipt), receipt.exit_code), (Some(Code::Lock), 123));
        }
    }
    world.command_ends();
    for machine in ["here", "there"] {
        for start in [Start::New, Start::Adopt(None)] {
            let receipt = world.gate_on(machine, order(3, starting(start))).unwrap();
            assert_eq!((refused(&receipt), receipt.exit_code), (Some(Code::Unsettled), 124));
        }
    }
    // What it did is there to be seen, and `--resume` says so without running anything.
    let receipt = world.gate(4, resume(Some(1)));
    assert_eq!((receipt.outcome, receipt.exit_code, receipt.run), (Outcome::Settled, 0, run_id(1)));
    assert_eq!(world.count(Kind::Run), 1);
    assert_eq!(world.gate(5, options()).outcome, Outcome::NothingPending);
}

#[test]
fn row_18_resume_of_a_run_past_running_never_runs_again() {
    for (behaviour, outcome, code) in [
        (Behaviour::well(), Outcome::Settled, 0),
        (Behaviour { applies: 0, ..Behaviour::well() }, Outcome::Settled, 120),
        (Behaviour { applies: 1, ..Behaviour::well() }, Outcome::Settled, 120),
        (Behaviour { applies: 0, dirties: true, ..Behaviour::well() }, Outcome::Refused, 124),
        (Behaviour { lingers: mins(600), ..Behaviour::well() }, Outcome::Refused, 124),
    ] {
        for named in [Some(1), None] {
            let world = World::new();
            world.state().behaviour = behaviour.clone();
            world.before(Kind::Run, 1, |state| state.kill = Some(Kill::After(state.calls)));
            assert!(world.gate_on("here", order(1, options())).is_none());
            world.command_ends();
            let receipt = world.gate(2, resume(named));
            assert_eq!((receipt.outcome, receipt.exit_code), (outcome, code), "{receipt:#?}");
            assert_eq!(world.count(Kind::Run), 1);
            let open = refused(&world.gate(3, Options { dry_run: true, ..options() })) == Some(Code::Unsettled);
            assert_eq!(open, outcome == Outcome::Refused);
        }
    }
}

#[test]
fn a_settled_run_must_be_settled_where_others_see_it() {
    let world = World::new();
    world.before(Kind::Run, 1, |state| state.kill = Some(Kill::After(state.calls)));
    assert!(world.gate_on("here", order(1, options())).is_none());
    world.command_ends();
    let tag = world.state().log.iter().filter(|call| call.kind == Kind::Tag).count() + 1;
    world.fails(Kind::Tag, tag, Class::Permanent, Reason::AccessDenied);
    let receipt = world.gate(2, resume(Some(1)));
    assert_eq!(refused(&receipt), Some(Code::CouldNotTell), "{receipt:#?}");
    assert_eq!(refused(&world.gate(3, options())), Some(Code::Unsettled), "nothing was settled");
}

#[test]
fn row_15_moved_from_machine_to_machine_with_time_between() {
    let world = left_waiting();
    for machine in ["b", "c"] {
        world.wait(mins(30));
        world.state().backups[0].status = "copying".to_owned();
        let looks = world.count(Kind::Backup);
        world.before(Kind::Backup, looks + 5, |state| state.kill = Some(Kill::Before(state.calls)));
        assert!(world.gate_on(machine, order(2, options())).is_none());
    }
    world.state().backups[0].status = "available".to_owned();
    went_on(&world, &world.gate_on("d", order(3, options())).unwrap());
}

#[test]
fn what_was_overtaken_is_ended_with_the_success_that_overtook_it() {
    for machine in ["here", "there"] {
        let world = left_waiting();
        let mut other = order(2, options());
        other.commit = "beef".to_owned();
        assert_eq!(world.gate_on(machine, other).unwrap().outcome, Outcome::Succeeded);
        let tag = world.state().backups[0].tags[&tags::RunTag::key(run_id(1).as_str())].clone();
        assert!(tag.starts_with("refused "), "its backup is no longer kept for it: {tag}");
        let journal = world.state().journals[machine].clone();
        let ended = journal.iter().any(|record| record.run == run_id(1) && matches!(record.entry, Entry::Ended { .. }));
        assert!(ended);
    }
    for machine in ["here", "there"] {
        let world = left_waiting();
        let mut other = order(2, options());
        other.argv = "another".to_owned();
        assert_eq!(world.gate_on(machine, other).unwrap().outcome, Outcome::Succeeded);
        let tag = world.state().backups[0].tags[&tags::RunTag::key(run_id(1).as_str())].clone();
        assert!(tag.starts_with("waiting "), "another command has a history of its own: {tag}");
    }
    let world = left_waiting();
    world.state().behaviour = Behaviour::fails(1);
    let mut other = order(2, options());
    other.commit = "beef".to_owned();
    assert_eq!(world.gate_on("here", other).unwrap().outcome, Outcome::Failed);
    let tag = world.state().backups[0].tags[&tags::RunTag::key(run_id(1).as_str())].clone();
    assert!(tag.starts_with("waiting "), "its migrations are still pending: {tag}");
}
