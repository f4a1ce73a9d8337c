//! `gate reconcile`: what evidence settles, what a person may say.

use super::*;
use crate::gate::receipt::Left;
use crate::gate::world::Outcome;

/// A world in which the gate was killed while its command ran, and the command then did this.
fn lost(behaviour: Behaviour) -> World {
    let world = World::new();
    world.state().behaviour = behaviour;
    world.before(Kind::Run, 1, |state| state.kill = Some(Kill::After(state.calls)));
    assert!(world.gate_on("here", order(1, options())).is_none());
    world
}

fn blocks(world: &World, machine: &str) -> bool {
    let receipt = world.gate_on(machine, order(9, Options { dry_run: true, ..options() })).unwrap();
    refused(&receipt) == Some(Code::Unsettled)
}

#[test]
fn row_18_evidence_settles_what_it_proves() {
    let cases: [(&str, Behaviour, Outcome, u8, Option<Left>); 5] = [
        ("all", Behaviour::well(), Outcome::Settled, 0, None),
        ("nothing", Behaviour { applies: 0, ..Behaviour::well() }, Outcome::Settled, 0, Some(Left::Nothing)),
        ("part", Behaviour { applies: 1, ..Behaviour::well() }, Outcome::Settled, 0, Some(Left::Part)),
        ("odd", Behaviour { applies: 0, dirties: true, ..Behaviour::well() }, Outcome::Unknown, 124, None),
        ("at work", Behaviour { lingers: mins(60), ..Behaviour::well() }, Outcome::Unknown, 124, None),
    ];
    for (what, behaviour, outcome, code, left) in cases {
        let world = lost(behaviour);
        world.command_ends();
        let receipt = world.reconcile_on("here", None, None);
        assert_eq!((receipt.outcome, receipt.exit_code, receipt.left), (outcome, code, left), "{what}: {receipt:#?}");
        for machine in ["here", "there"] {
            assert_eq!(blocks(&world, machine), outcome == Outcome::Unknown, "{what} {machine}");
        }
        assert_eq!((world.count(Kind::Run), world.state().lock), (1, None));
    }
}

#[test]
fn row_25b_nothing_is_settled_while_the_command_lives() {
    let world = lost(Behaviour::well());
    for said in [None, Some(Said::Succeeded), Some(Said::Failed)] {
        let receipt = world.reconcile_on("here", None, said);
        assert_eq!((refused(&receipt), receipt.exit_code), (Some(Code::Lock), 123));
    }
}

#[test]
fn row_25c_nobody_settles_what_is_active_or_cannot_be_seen() {
    for blind in [false, true] {
        let world = lost(Behaviour { lingers: mins(60), dirties: true, applies: 0, ..Behaviour::well() });
        world.command_ends();
        world.state().blind = blind;
        for said in [None, Some(Said::Succeeded), Some(Said::Failed)] {
            let receipt = world.reconcile_on("here", Some(run_id(1).as_str()), said);
            assert_eq!((receipt.outcome, receipt.exit_code), (Outcome::Unknown, 124), "{blind} {said:?}");
        }
        assert!(blocks(&world, "here") && blocks(&world, "there"));
        world.wait(mins(61));
        world.state().blind = false;
        let receipt = world.reconcile_on("here", None, Some(Said::Failed));
        assert_eq!((receipt.outcome, receipt.exit_code, receipt.left), (Outcome::Settled, 0, Some(Left::Unknown)));
        assert!(!blocks(&world, "here") && !blocks(&world, "there"));
    }
}

#[test]
fn a_person_does_not_overrule_the_evidence() {
    let world = lost(Behaviour::well());
    world.command_ends();
    let receipt = world.reconcile_on("here", None, Some(Said::Failed));
    assert_eq!(refused(&receipt), Some(Code::Usage));
    assert!(blocks(&world, "here"));
    assert_eq!(world.reconcile_on("here", None, Some(Said::Succeeded)).outcome, Outcome::Settled);
}

#[test]
fn another_machine_settles_by_tags_alone() {
    let world = lost(Behaviour::well());
    world.command_ends();
    let receipt = world.reconcile_on("there", None, None);
    assert_eq!((receipt.outcome, receipt.run), (Outcome::Settled, run_id(1)));
    // The first machine's journal still says `running`; the tag is later.
    assert!(!blocks(&world, "here"));
    let world = lost(Behaviour { applies: 0, ..Behaviour::well() });
    world.command_ends();
    let receipt = world.reconcile_on("there", None, None);
    assert_eq!(receipt.outcome, Outcome::Unknown, "what was there before is in the other's journal");
    assert_eq!(world.reconcile_on("there", None, Some(Said::Failed)).outcome, Outcome::Settled);
    assert!(!blocks(&world, "here"));
}

#[test]
fn nothing_open_unknown_and_waiting_runs() {
    let world = World::new();
    let receipt = world.reconcile_on("here", None, None);
    assert_eq!((receipt.outcome, receipt.exit_code), (Outcome::NothingPending, 0));
    assert_eq!(refused(&world.reconcile_on("here", Some("nobody"), None)), Some(Code::Usage));
    world.before(Kind::Backup, 4, |state| state.kill = Some(Kill::Before(state.calls)));
    assert!(world.gate_on("here", order(1, options())).is_none());
    assert_eq!(refused(&world.reconcile_on("here", Some(run_id(1).as_str()), Some(Said::Failed))), Some(Code::Usage));
    // What has ended well is left as it is.
    let world = World::new();
    world.gate(1, options());
    let tags = world.state().backups[0].tags.clone();
    for wanted in [None, Some(run_id(1))] {
        let receipt = world.reconcile_on("here", wanted.as_ref().map(RunId::as_str), Some(Said::Failed));
        assert_eq!(receipt.outcome, Outcome::NothingPending, "{receipt:#?}");
        assert_eq!(world.state().backups[0].tags, tags);
    }
}

#[test]
fn a_tag_that_could_not_be_written_is_caught_up_with() {
    let world = World::new();
    world.fails(Kind::Tag, 2, Class::Permanent, Reason::AccessDenied);
    let receipt = world.gate(1, options());
    assert_eq!(receipt.outcome, Outcome::Succeeded);
    assert!(receipt.notes.iter().any(|note| note.contains("gate reconcile")), "{receipt:#?}");
    world.state().applied = 4;
    assert!(!blocks(&world, "here") && blocks(&world, "there"));
    world.state().applied = 6;
    assert_eq!(world.reconcile_on("here", None, None).outcome, Outcome::Settled);
    world.state().applied = 4;
    assert!(!blocks(&world, "there"));
}

#[test]
fn a_run_whose_tag_cannot_be_read_is_settled_by_a_person() {
    let world = World::new();
    let tag = (tags::RunTag::key(run_id(7).as_str()), "dancing".to_owned());
    world.state().made_by_hand("hand", mins(1000)).tags.extend([tag]);
    assert!(blocks(&world, "here"));
    assert_eq!(world.reconcile_on("here", None, None).outcome, Outcome::Unknown);
    let receipt = world.reconcile_on("here", None, Some(Said::Failed));
    assert_eq!(receipt.outcome, Outcome::Settled, "{receipt:#?}");
    assert!(!blocks(&world, "here"));
}
