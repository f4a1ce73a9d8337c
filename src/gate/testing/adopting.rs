//! `--adopt`: a backup that somebody else made.

use super::*;
use crate::gate::world::Outcome;

fn adopt(name: Option<&str>) -> Options {
    starting(Start::Adopt(name.map(str::to_owned)))
}

#[test]
fn row_05_the_newest_good_one_is_taken_and_not_the_newest() {
    let world = World::new();
    {
        let mut state = world.state();
        state.made_by_hand("good-old", mins(90));
        state.made_by_hand("good-new", mins(40));
        state.made_by_hand("in-work", mins(10)).status = "creating".to_owned();
        state.made_by_hand("broken", mins(5)).status = "failed".to_owned();
        state.made_by_hand("foreign", mins(4)).tags.clear();
        state.made_by_hand("cloned", mins(3)).tags = Tags::from([(tags::ID.to_owned(), "good-old".to_owned())]);
        state.made_by_hand("elsewhere", mins(2)).resource_id = "db-BBBB".to_owned();
        state.made_by_hand("automatic", mins(2)).origin = Origin::Automated;
        state.made_by_hand("tomorrow", -mins(60));
        state.backups.rotate_left(3);
    }
    let receipt = world.gate(1, adopt(None));
    assert_eq!(receipt.outcome, Outcome::Succeeded, "{receipt:#?}");
    let backup = receipt.backup.unwrap();
    assert_eq!((backup.id.as_str(), backup.adopted), ("good-new", true));
    assert_eq!(world.count(Kind::Request), 0);
    let state = world.state();
    let used = state.backups.iter().find(|backup| backup.id == "good-new").unwrap();
    assert!(used.tags[&tags::RunTag::key(run_id(1).as_str())].starts_with("succeeded db=shop"));
}

/// Others who prune must see at once that somebody counts on it.
#[test]
fn it_is_marked_as_used_before_it_is_waited_for() {
    let world = World::new();
    world.state().made_by_hand("hand", mins(10));
    world.gate(1, adopt(None));
    let log = &world.state().log;
    let of = |kind: Kind| log.iter().position(|call| call.kind == kind).unwrap();
    assert!(log[of(Kind::Tag)].what.starts_with("waiting db=shop"), "{:?}", log[of(Kind::Tag)]);
    assert!(of(Kind::Tag) < of(Kind::Backup));
}

#[test]
fn row_05_what_is_still_being_made_is_waited_for_where_nothing_is_good_yet() {
    let world = World::new();
    world.state().made_by_hand("in-work", mins(10)).status = "creating".to_owned();
    world.before(Kind::Backup, 9, |state| state.backups[0].status = "available".to_owned());
    let receipt = world.gate(1, adopt(None));
    assert_eq!((receipt.outcome, world.count(Kind::Request)), (Outcome::Succeeded, 0), "{receipt:#?}");
    // While it is being made, AWS may not say when it was begun.
    let world = World::new();
    let in_work = |backup: &mut Backup| {
        (backup.status, backup.created, backup.database_time) = ("creating".to_owned(), None, None);
    };
    in_work(world.state().made_by_hand("in-work", mins(10)));
    world.before(Kind::Backup, 9, |state| {
        state.backups[0].status = "available".to_owned();
        state.backups[0].created = Some(state.now);
    });
    assert_eq!(world.gate(1, adopt(None)).outcome, Outcome::Succeeded);
}

#[test]
fn row_22_the_edges_of_what_is_adopted() {
    let max = options().max_backup_age;
    let skew = mins(5);
    for (age, code) in [
        (mins(1), None),
        (-skew, None),
        (-skew - secs(1), Some(Code::CouldNotTell)),
        (max, Some(Code::BackupAge)),
        (max + secs(1), Some(Code::BackupAge)),
    ] {
        let world = World::new();
        world.state().made_by_hand("hand", age);
        // By the time that it is confirmed a moment has gone by.
        world.before(Kind::Append, 1, |state| state.now += secs(1));
        let receipt = world.gate(1, adopt(Some("hand")));
        assert_eq!(refused(&receipt), code, "{age:?}: {receipt:#?}");
        assert_eq!(world.count(Kind::Append) > 0, code.is_none() || age == max, "{age:?}");
    }
}

#[test]
fn a_named_backup_must_be_fit_as_well() {
    let changes: [(&str, Code, fn(&mut Backup)); 8] = [
        ("of another database", Code::Backup, |backup| {
            backup.tags.insert(tags::DATABASE.to_owned(), "crm".to_owned());
        }),
        ("failed", Code::Backup, |backup| backup.status = "failed".to_owned()),
        ("elsewhere", Code::Backup, |backup| backup.resource_id = "db-BBBB".to_owned()),
        ("foreign", Code::Backup, |backup| backup.tags.clear()),
        ("cloned", Code::Backup, |backup| drop(backup.tags.insert(tags::ID.to_owned(), "x".to_owned()))),
        ("too old", Code::BackupAge, |backup| backup.database_time = Some(at("2026-03-01T05:59:00Z"))),
        ("future", Code::CouldNotTell, |backup| backup.database_time = Some(at("2026-03-01T13:00:00Z"))),
        ("timeless", Code::CouldNotTell, |backup| (backup.database_time, backup.created) = (None, None)),
    ];
    for (what, code, change) in changes {
        for name in [Some("hand"), None] {
            let world = World::new();
            change(world.state().made_by_hand("hand", mins(10)));
            let receipt = world.gate(1, adopt(name));
            let code = if name.is_some() { code } else { Code::Backup };
            assert_eq!((refused(&receipt), world.count(Kind::Run)), (Some(code), 0), "{what}: {receipt:#?}");
        }
    }
    let world = World::new();
    world.state().made_by_hand("hand", mins(10));
    assert_eq!(refused(&world.gate(1, adopt(Some("other")))), Some(Code::Backup));
    assert_eq!(world.gate(2, adopt(Some("HAND"))).outcome, Outcome::Succeeded);
    let world = World::new();
    world.state().made_by_hand("hand", mins(10)).tags.insert(tags::DATABASE.to_owned(), "shop".to_owned());
    assert_eq!(world.gate(1, adopt(None)).outcome, Outcome::Succeeded, "its own is fit");
}

#[test]
fn a_person_may_let_an_old_backup_pass_and_nothing_else_about_it() {
    use crate::gate::receipt::BreakGlass;
    let glass = || Some(BreakGlass { code: Code::BackupAge, reason: "we must".to_owned(), used: false });
    let world = World::new();
    world.state().made_by_hand("hand", mins(600));
    let receipt = world.gate(1, Options { break_glass: glass(), ..adopt(Some("hand")) });
    assert_eq!(receipt.outcome, Outcome::Succeeded, "{receipt:#?}");
    assert!(receipt.break_glass.unwrap().used);
    let world = World::new();
    world.state().made_by_hand("hand", mins(600));
    world.before(Kind::Identify, 3, |state| state.backups[0].status = "deleting".to_owned());
    let receipt = world.gate(1, Options { break_glass: glass(), ..adopt(Some("hand")) });
    assert_eq!((refused(&receipt), world.count(Kind::Run)), (Some(Code::Backup), 0));
}

#[test]
fn a_backup_that_grows_too_old_before_the_start_is_refused() {
    let world = World::new();
    world.state().made_by_hand("hand", mins(350));
    world.before(Kind::Prune, 1, |state| state.now += mins(20));
    let receipt = world.gate(1, adopt(None));
    assert_eq!((refused(&receipt), world.count(Kind::Run)), (Some(Code::BackupAge), 0));
    // A person lets its age pass, at the very last look as well.
    use crate::gate::receipt::BreakGlass;
    let world = World::new();
    world.state().made_by_hand("hand", mins(350));
    world.before(Kind::Prune, 1, |state| state.now += mins(20));
    let break_glass = Some(BreakGlass { code: Code::BackupAge, reason: "we must".to_owned(), used: false });
    let receipt = world.gate(1, Options { break_glass, ..adopt(None) });
    assert_eq!((receipt.outcome, receipt.break_glass.unwrap().used), (Outcome::Succeeded, true));
}

#[test]
fn several_databases_of_an_instance_share_a_backup_up_to_a_limit() {
    let world = World::new();
    world.state().made_by_hand("shared", mins(10));
    for database in 0..tags::MOST_USES {
        {
            let mut state = world.state();
            state.identity.database = format!("shop{database}");
            state.applied = 4;
        }
        let receipt = world.gate_on(&format!("m{database}"), order(database as u8, adopt(None))).unwrap();
        assert_eq!(receipt.outcome, Outcome::Succeeded, "{database}: {receipt:#?}");
    }
    world.state().identity.database = "one-more".to_owned();
    world.state().applied = 4;
    let receipt = world.gate(99, adopt(Some("shared")));
    assert_eq!(refused(&receipt), Some(Code::Backup));
    assert!(receipt.summary.contains("20 runs use it already"), "{}", receipt.summary);
}

#[test]
fn another_databases_run_on_the_same_backup_stops_nobody() {
    let world = World::new();
    world.state().made_by_hand("shared", mins(10));
    world.state().identity.database = "billing".to_owned();
    world.state().behaviour.exit = Exit::Lost { why: "gone".to_owned() };
    assert_eq!(world.gate_on("a", order(1, adopt(None))).unwrap().exit_code, 124);
    world.state().identity.database = "shop".to_owned();
    world.state().applied = 4;
    world.state().behaviour = Behaviour::well();
    assert_eq!(world.gate_on("b", order(2, adopt(None))).unwrap().outcome, Outcome::Succeeded);
    world.state().identity.database = "billing".to_owned();
    assert_eq!(refused(&world.gate_on("c", order(3, adopt(None))).unwrap()), Some(Code::Unsettled));
}

#[test]
fn a_run_tag_that_cannot_be_read_counts_as_an_open_run() {
    let world = World::new();
    let tag = (tags::RunTag::key(run_id(7).as_str()), "dancing".to_owned());
    world.state().made_by_hand("hand", mins(1000)).tags.extend([tag]);
    let receipt = world.gate(1, options());
    assert_eq!((refused(&receipt), receipt.exit_code), (Some(Code::Unsettled), 124));
    assert!(receipt.summary.contains(run_id(7).as_str()));
    assert_eq!(world.count(Kind::Request), 0);
}
