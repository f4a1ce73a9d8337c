//! The rows of the failure table that have to do with a single run.

use super::*;
use crate::gate::options::{Prune, Require};
use crate::gate::receipt::{BreakGlass, Left};
use crate::gate::world::Outcome;

fn never_ran(world: &World, receipt: &Receipt, code: Code) {
    assert_eq!(refused(receipt), Some(code), "{receipt:#?}");
    assert_eq!((receipt.outcome, receipt.exit_code), (Outcome::Refused, code.exit()));
    assert_eq!(world.count(Kind::Run), 0);
    assert_eq!(world.state().lock, None, "the lock is given back");
}

fn ran_once(world: &World, receipt: &Receipt) {
    assert_eq!((receipt.outcome, receipt.exit_code), (Outcome::Succeeded, 0), "{receipt:#?}");
    assert_eq!(world.count(Kind::Run), 1);
    assert_eq!(world.state().lock, None, "the lock is given back");
}

fn glass(code: Code) -> Options {
    let break_glass = Some(BreakGlass { code, reason: "we must".to_owned(), used: false });
    Options { break_glass, ..options() }
}

fn phase(world: &World, backup: usize, run: u8) -> String {
    let state = world.state();
    let tag = &state.backups[backup].tags[&tags::RunTag::key(run_id(run).as_str())];
    tag.split(' ').next().unwrap().to_owned()
}

#[test]
fn a_run_from_beginning_to_end() {
    let world = World::new();
    let receipt = world.gate(1, options());
    ran_once(&world, &receipt);
    assert_eq!(world.count(Kind::Request), 1);
    assert_eq!(phase(&world, 0, 1), "succeeded");
    let backup = receipt.backup.unwrap();
    assert_eq!(backup.id, format!("tidegate-prod-db-{}", run_id(1)));
    assert!(backup.point_is_exact && !backup.adopted);
    assert_eq!((receipt.applied_before, receipt.applied_after), (Some(4), Some(6)));
    assert_ne!(receipt.fingerprint_before, receipt.fingerprint_after);
    let tags = world.state().backups[0].tags.clone();
    let of = |key: &str| tags[key].clone();
    assert_eq!((of(tags::ID), of(tags::RUN)), (backup.id, run_id(1).to_string()));
    assert_eq!((of(tags::RESOURCE), of(tags::DATABASE)), ("db-AAAA".to_owned(), "shop".to_owned()));
    assert_eq!((of(tags::IDENTITY), of(tags::TIER)), ("endpoint".to_owned(), "pre-migration".to_owned()));
    assert_eq!(of(tags::COMMIT), "c0ffee");
    assert_eq!(world.count(Kind::Evidence), 1, "what is quiet is not looked at again");
    let world = World::new();
    world.gate_on("here", Order { commit: String::new(), ..order(1, options()) });
    assert!(!world.state().backups[0].tags.contains_key(tags::COMMIT));
}

/// The order of what is written and read last is the promise itself.
#[test]
fn the_last_two_reads_are_identity_and_backup() {
    let world = World::new();
    world.gate(1, options());
    let kinds = world.kinds();
    let run = kinds.iter().position(|kind| *kind == Kind::Run).unwrap();
    let last = [Kind::Look, Kind::StillLocked, Kind::Resource, Kind::Append, Kind::Tag, Kind::StillLocked];
    assert_eq!(kinds[run - 8..run - 2], last);
    assert_eq!(kinds[run - 2..run], [Kind::Identify, Kind::Backup]);
    let log = &world.state().log;
    assert_eq!(log[run - 5].what, format!("running {}", run_id(1)));
    assert!(log[run - 4].what.starts_with("running db=shop oid=16384 env=prod"), "{}", log[run - 4].what);
    let request = kinds.iter().position(|kind| *kind == Kind::Request).unwrap();
    assert_eq!(log[request - 1].what, format!("requested tidegate-prod-db-{}", run_id(1)));
}

type Forgery = (&'static str, fn(&mut Backup));

#[test]
fn row_01_only_this_backup_of_this_run_is_a_success() {
    let forgeries: [Forgery; 7] = [
        ("another ARN", |backup| backup.arn.push('2')),
        ("another run", |backup| drop(backup.tags.insert(tags::RUN.to_owned(), "0".repeat(16)))),
        ("no run", |backup| drop(backup.tags.remove(tags::RUN))),
        ("another resource", |backup| backup.resource_id = "db-BBBB".to_owned()),
        ("no resource", |backup| backup.resource_id = String::new()),
        ("made earlier", |backup| backup.created = Some(at("2026-03-01T11:50:00Z"))),
        ("made by AWS", |backup| backup.origin = Origin::Automated),
    ];
    // At a look while it is waited for, and at the very last look, after it was confirmed.
    for last in [false, true] {
        for (what, forge) in forgeries {
            let world = World::new();
            let counted = World::new();
            counted.gate(1, options());
            let looks = counted.count(Kind::Backup);
            let nth = if last { looks } else { looks - 1 };
            world.before(Kind::Backup, nth, move |state| forge(&mut state.backups[0]));
            let receipt = world.gate(1, options());
            never_ran(&world, &receipt, Code::Backup);
            let journal = &world.state().journals["here"];
            let running =
                journal.iter().any(|record| matches!(record.entry, super::super::world::Entry::Running { .. }));
            assert_eq!(running, last, "{what}");
            let ended = matches!(
                journal.last().unwrap().entry,
                super::super::world::Entry::Ended { outcome: Outcome::Refused, .. }
            );
            assert!(ended, "{what}: it is written down that nothing ran");
        }
    }
}

#[test]
fn row_01_a_backup_that_never_appears_is_no_success() {
    let world = World::new();
    for nth in 1..400 {
        world.fault(Kind::Backup, nth, Fault::Missing);
    }
    let receipt = world.gate(1, options());
    never_ran(&world, &receipt, Code::Backup);
}

#[test]
fn row_02_a_wait_that_outlasts_the_deadline_can_be_resumed() {
    let world = World::new();
    world.state().takes = mins(150);
    let receipt = world.gate(1, options());
    never_ran(&world, &receipt, Code::BackupRunning);
    assert_eq!(receipt.exit_code, 122);
    let hints = receipt.refusals[0].hints.join("\n");
    assert!(hints.contains(&format!("tidegate gate --resume {} --env prod -- ", run_id(1))), "{hints}");
    assert!(receipt.summary.contains("creating"), "{}", receipt.summary);
    let receipt = world.gate(2, starting(Start::Resume(Some(run_id(1).to_string()))));
    ran_once(&world, &receipt);
    assert_eq!((receipt.run, world.count(Kind::Request)), (run_id(1), 1));
}

#[test]
fn row_03_an_unknown_status_is_waited_for() {
    for status in ["copying", "pending", "optimizing", "", "AVAILABLE", "available "] {
        let world = World::new();
        world.before(Kind::Backup, 2, move |state| state.backups[0].status = status.to_owned());
        world.before(Kind::Backup, 30, |state| state.backups[0].status = "available".to_owned());
        let receipt = world.gate(1, options());
        ran_once(&world, &receipt);
        assert!(world.count(Kind::Backup) >= 31, "{status}");
    }
}

#[test]
fn row_03_a_dead_status_stops_at_once() {
    for status in ["failed", "deleted", "deleting", "incompatible-restore", "incompatible-parameters"] {
        let world = World::new();
        world.before(Kind::Backup, 3, move |state| state.backups[0].status = status.to_owned());
        let receipt = world.gate(1, options());
        never_ran(&world, &receipt, Code::Backup);
        assert_eq!(world.count(Kind::Backup), 3, "{status}");
        assert_eq!(phase(&world, 0, 1), "refused");
    }
}

#[test]
fn row_04_a_backup_that_vanishes_stops_the_run() {
    let world = World::new();
    world.before(Kind::Backup, 8, |state| state.backups.clear());
    let receipt = world.gate(1, options());
    never_ran(&world, &receipt, Code::Backup);
    assert_eq!(world.count(Kind::Backup), 8);
}

#[test]
fn row_04_right_after_the_request_it_may_not_be_seen_yet() {
    let world = World::new();
    world.fault(Kind::Backup, 1, Fault::Missing).fault(Kind::Backup, 2, Fault::Missing);
    world.fails(Kind::Backup, 3, Class::Permanent, Reason::BackupNotFound);
    let receipt = world.gate(1, options());
    ran_once(&world, &receipt);
    assert_eq!(world.count(Kind::Request), 1);
}

#[test]
fn row_06_a_resource_that_is_busy_is_waited_for() {
    for status in ["backing-up", "modifying", "upgrading", "some-new-status"] {
        let world = World::new();
        world.state().resource.status = status.to_owned();
        world.before(Kind::Resource, 20, |state| state.resource.status = "available".to_owned());
        let receipt = world.gate(1, options());
        ran_once(&world, &receipt);
        assert!(world.count(Kind::Resource) >= 20);
        let log = &world.state().log;
        let request = log.iter().position(|call| call.kind == Kind::Request).unwrap();
        let looks = log[..request].iter().filter(|call| call.kind == Kind::Resource).count();
        assert!(looks >= 20, "{status}: nothing is asked of it before");
    }
}

#[test]
fn row_06_storage_optimization_is_no_reason_to_wait() {
    let world = World::new();
    world.state().resource.status = "storage-optimization".to_owned();
    let receipt = world.gate(1, options());
    ran_once(&world, &receipt);
    assert!(world.count(Kind::Resource) <= 4);
}

#[test]
fn row_06_what_cannot_be_backed_up_stops_the_run() {
    for status in [
        "stopped",
        "stopping",
        "failed",
        "storage-full",
        "inaccessible-encryption-credentials",
        "inaccessible-encryption-credentials-recoverable",
        "incompatible-network",
        "restore-error",
        "deleting",
    ] {
        let world = World::new();
        world.state().resource.status = status.to_owned();
        let receipt = world.gate(1, options());
        never_ran(&world, &receipt, Code::Backup);
        assert_eq!(world.count(Kind::Request), 0, "{status}");
    }
}

#[test]
fn row_06_busy_until_time_runs_out() {
    let world = World::new();
    world.state().resource.status = "modifying".to_owned();
    let receipt = world.gate(1, options());
    never_ran(&world, &receipt, Code::BackupRunning);
    assert_eq!(world.count(Kind::Request), 0);
}

#[test]
fn row_06_busy_as_the_answer_to_the_request() {
    let world = World::new();
    world.fails(Kind::Request, 1, Class::Transient, Reason::Busy);
    let receipt = world.gate(1, options());
    ran_once(&world, &receipt);
    assert_eq!((world.count(Kind::Request), world.state().backups.len()), (2, 1));
}

#[test]
fn row_07_lost_answer_is_adopted_by_run_tag() {
    let world = World::new();
    world.fault(Kind::Request, 1, Fault::Lost);
    let receipt = world.gate(1, options());
    ran_once(&world, &receipt);
    assert_eq!((world.count(Kind::Request), world.state().backups.len()), (1, 1));
}

#[test]
fn row_07_a_request_that_never_arrived_is_made_again_under_the_same_name() {
    let world = World::new();
    world.fails(Kind::Request, 1, Class::Unknown, Reason::Unreachable);
    world.fails(Kind::Request, 2, Class::Unknown, Reason::Unreachable);
    let receipt = world.gate(1, options());
    ran_once(&world, &receipt);
    let names: Vec<String> =
        world.state().log.iter().filter(|call| call.kind == Kind::Request).map(|call| call.what.clone()).collect();
    assert_eq!(names.len(), 3);
    assert!(names.iter().all(|name| *name == names[0]));
    assert_eq!(world.state().backups.len(), 1);
}

#[test]
fn row_07_lost_and_not_seen_at_once_is_asked_for_again_and_adopted() {
    let world = World::new();
    world.fault(Kind::Request, 1, Fault::Lost).fault(Kind::Backup, 1, Fault::Missing);
    let receipt = world.gate(1, options());
    ran_once(&world, &receipt);
    assert_eq!((world.count(Kind::Request), world.state().backups.len()), (2, 1));
}

#[test]
fn row_07_what_exists_already_is_adopted_only_if_it_is_ours() {
    let forgeries: [Forgery; 4] = [
        ("another run", |backup| drop(backup.tags.insert(tags::RUN.to_owned(), "0".repeat(16)))),
        ("no tags", |backup| backup.tags.clear()),
        ("another resource", |backup| backup.resource_id = "db-BBBB".to_owned()),
        ("made yesterday", |backup| backup.created = Some(at("2026-02-28T12:00:00Z"))),
    ];
    for (what, forge) in forgeries {
        let world = World::new();
        let name = format!("tidegate-prod-db-{}", run_id(1));
        {
            let mut state = world.state();
            let backup = state.made_by_hand(&name, mins(0));
            backup.tags.insert(tags::RUN.to_owned(), run_id(1).to_string());
            forge(backup);
        }
        let receipt = world.gate(1, options());
        never_ran(&world, &receipt, Code::Backup);
        assert_eq!(world.state().backups.len(), 1, "{what}");
    }
}

#[test]
fn row_08_a_quota_that_is_used_up_refuses_by_name() {
    let world = World::new();
    world.state().quota = Some(Quota { used: 100, limit: 100 });
    let receipt = world.gate(1, options());
    never_ran(&world, &receipt, Code::Quota);
    assert!(receipt.summary.contains("quota of manual snapshots in eu-west-1 is used up: 100 of 100"), "{receipt:#?}");
    assert!(!receipt.refusals[0].hints.is_empty());
    assert_eq!((world.count(Kind::Request), world.count(Kind::Prune)), (0, 1), "one attempt to make room");
}

#[test]
fn row_08_what_the_policy_lets_go_makes_room_once() {
    let world = World::new();
    world.state().quota = Some(Quota { used: 100, limit: 100 });
    world.before(Kind::Prune, 1, |state| state.quota = Some(Quota { used: 99, limit: 100 }));
    let receipt = world.gate(1, options());
    ran_once(&world, &receipt);
}

#[test]
fn row_08_nothing_is_pruned_for_room_where_pruning_comes_later_or_never() {
    for prune in [Prune::Never, Prune::AfterSuccess] {
        let world = World::new();
        world.state().quota = Some(Quota { used: 100, limit: 100 });
        let receipt = world.gate(1, Options { prune, ..options() });
        never_ran(&world, &receipt, Code::Quota);
        assert_eq!(world.count(Kind::Prune), 0);
    }
}

#[test]
fn row_08_the_quota_as_the_answer_to_the_request() {
    let world = World::new();
    world.fails(Kind::Request, 1, Class::Permanent, Reason::QuotaExceeded);
    ran_once(&world, &world.gate(1, options()));
    let world = World::new();
    for nth in 1..=2 {
        world.fails(Kind::Request, nth, Class::Permanent, Reason::QuotaExceeded);
    }
    let receipt = world.gate(1, options());
    never_ran(&world, &receipt, Code::Quota);
    assert_eq!((world.count(Kind::Request), world.count(Kind::Prune)), (2, 1));
}

#[test]
fn row_09_throttling_is_waited_out() {
    for kind in [Kind::Resource, Kind::Request, Kind::Backup, Kind::List, Kind::Tag] {
        let world = World::new();
        for nth in 1..=3 {
            world.fails(kind, nth, Class::Transient, Reason::Throttled);
        }
        let receipt = world.gate(1, options());
        ran_once(&world, &receipt);
        assert_eq!(world.state().backups.len(), 1);
    }
}

#[test]
fn row_09_throttling_without_end_ends_with_the_deadline() {
    for (kind, code) in [(Kind::Request, Code::BackupRunning), (Kind::Backup, Code::CouldNotTell)] {
        let world = World::new();
        for nth in 1..2000 {
            world.fails(kind, nth, Class::Transient, Reason::Throttled);
        }
        let receipt = world.gate(1, options());
        never_ran(&world, &receipt, code);
        let waited = world.state().now.duration_since(at("2026-03-01T12:00:00Z"));
        assert!(waited >= mins(119) && waited < mins(125), "{kind:?}: {waited:?}");
        assert!(receipt.refusals[0].hints.iter().any(|hint| hint.contains("--resume")));
    }
}

#[test]
fn row_11_a_read_replica_is_refused() {
    let world = World::new();
    world.state().resource.replica_of = Some("main-db".to_owned());
    let receipt = world.gate(1, options());
    never_ran(&world, &receipt, Code::Replica);
    let world = World::new();
    world.state().resource.replica_of = Some("main-db".to_owned());
    never_ran(&world, &world.gate(1, glass(Code::Replica)), Code::Usage);
}

#[test]
fn row_12_another_database_at_the_recheck_is_refused() {
    let changes: [(&str, fn(&mut Identity)); 6] = [
        ("host", |identity| identity.host = "green:5432".to_owned()),
        ("database", |identity| identity.database = "shop2".to_owned()),
        ("resource", |identity| identity.resource_id = "db-BBBB".to_owned()),
        ("ARN", |identity| identity.resource_arn.push('2')),
        ("system", |identity| identity.system_identifier = None),
        ("proof", |identity| identity.proved_by = super::super::world::ProvedBy::Unproven),
    ];
    // Preflight, under the lock, before the start.
    for nth in [2, 3] {
        for (what, change) in changes {
            let world = World::new();
            world.before(Kind::Identify, nth, move |state| change(&mut state.identity));
            let receipt = world.gate(1, options());
            never_ran(&world, &receipt, Code::Identity);
            assert_eq!(world.count(Kind::Identify), nth, "{what}");
        }
    }
}

#[test]
fn row_12_a_name_that_points_at_another_resource_is_refused() {
    for nth in [2, 3] {
        let world = World::new();
        world.before(Kind::Resource, nth, |state| state.resource.resource_id = "db-BBBB".to_owned());
        never_ran(&world, &world.gate(1, options()), Code::Identity);
        assert_eq!(world.count(Kind::Identify), nth - 1, "it ends there, before anything else is asked or written");
    }
    let world = World::new();
    world.state().identity.resource_id = "db-BBBB".to_owned();
    never_ran(&world, &world.gate(1, options()), Code::Identity);
}

#[test]
fn row_13_the_receipt_says_up_to_when_it_can_be_restored() {
    let world = World::new();
    let restorable = at("2026-03-01T12:03:00Z");
    world.state().resource.latest_restorable = Some(restorable);
    let receipt = world.gate(1, options());
    assert_eq!(receipt.resource.unwrap().latest_restorable, Some(restorable));
    let point = receipt.backup.unwrap().point.unwrap();
    assert!(point < receipt.times.started.unwrap());
    // Where AWS names no last transaction, nobody takes the moment that it was begun for that.
    let world = World::new();
    world.state().made_by_hand("hand", mins(10)).database_time = None;
    let backup = world.gate(1, starting(Start::Adopt(None))).backup.unwrap();
    assert_eq!((backup.point, backup.point_is_exact), (backup.created, false));
}

#[test]
fn row_14_credentials_that_expire_stop_the_run_with_the_way_to_resume() {
    for (kind, nth) in [(Kind::Request, 1), (Kind::Backup, 3), (Kind::Tag, 1)] {
        let world = World::new();
        world.fails(kind, nth, Class::Permanent, Reason::CredentialsExpired);
        let receipt = world.gate(1, options());
        never_ran(&world, &receipt, Code::CouldNotTell);
        if kind != Kind::Tag {
            let hint = format!("tidegate gate --resume {}", run_id(1));
            assert!(receipt.refusals[0].hints.iter().any(|line| line.contains(&hint)), "{kind:?} {receipt:#?}");
            // Signed in again, the run goes on, with the one backup.
            ran_once(&world, &world.gate(2, starting(Start::Resume(Some(run_id(1).to_string())))));
            assert_eq!(world.state().backups.len(), 1);
        }
    }
}

#[test]
fn row_14_credentials_are_held_against_the_deadline() {
    let world = World::new();
    world.state().credentials_end = Some(at("2026-03-01T13:00:00Z"));
    let receipt = world.gate(1, options());
    ran_once(&world, &receipt);
    assert!(receipt.notes.iter().any(|note| note.contains("credentials end at 2026-03-01T13:00:00Z")), "{receipt:#?}");
    let world = World::new();
    world.state().credentials_end = Some(at("2026-03-01T11:59:00Z"));
    never_ran(&world, &world.gate(1, options()), Code::CouldNotTell);
    assert_eq!(world.count(Kind::TryLock), 0);
}

#[test]
fn row_16_the_loser_waits_or_leaves() {
    let world = World::new();
    world.state().lock = Some(99);
    let receipt = world.gate(1, Options { lock_wait: SignedDuration::ZERO, ..options() });
    assert_eq!((refused(&receipt), receipt.exit_code), (Some(Code::Lock), 123));
    assert!(receipt.summary.contains("session 99"));
    assert_eq!((world.count(Kind::TryLock), world.count(Kind::Run)), (1, 0));
    let receipt = world.gate(2, options());
    assert_eq!(receipt.exit_code, 123);
    let waited = world.state().now.duration_since(at("2026-03-01T12:00:00Z"));
    assert!(waited >= mins(10) && waited < mins(11), "{waited:?}");
    let tries = world.count(Kind::TryLock) + 1;
    world.before(Kind::TryLock, tries + 20, |state| state.lock = None);
    let receipt = world.gate(3, options());
    assert_eq!(receipt.outcome, Outcome::Succeeded);
    // What the one did while the other waited is seen: everything is read after the lock.
    let kinds = world.kinds();
    let taken = kinds.iter().rposition(|kind| *kind == Kind::TryLock).unwrap();
    assert_eq!(kinds[taken + 1..taken + 6], [Kind::Resource, Kind::Identify, Kind::Look, Kind::List, Kind::Read]);
}

#[test]
fn row_18_an_exit_that_was_lost_is_unknown_and_blocks() {
    let world = World::new();
    world.state().behaviour = Behaviour { exit: Exit::Lost { why: "gone".to_owned() }, ..Behaviour::well() };
    let receipt = world.gate(1, options());
    assert_eq!((receipt.outcome, receipt.exit_code, receipt.left), (Outcome::Unknown, 124, Some(Left::Unknown)));
    assert_eq!(phase(&world, 0, 1), "unknown");
    let receipt = world.gate(2, options());
    assert_eq!((refused(&receipt), receipt.exit_code), (Some(Code::Unsettled), 124));
    assert!(receipt.refusals[0].hints.iter().any(|hint| hint.contains("gate reconcile")));
    // And on a machine without that journal.
    let receipt = world.gate_on("there", order(3, options())).unwrap();
    assert_eq!((refused(&receipt), world.count(Kind::Run)), (Some(Code::Unsettled), 1));
}

#[test]
fn row_18_an_exit_that_says_nothing_of_the_history() {
    let cases: [(&str, Behaviour, Outcome, u8, Option<Left>); 6] = [
        ("0, nothing done", Behaviour { applies: 0, ..Behaviour::well() }, Outcome::Unknown, 124, Some(Left::Unknown)),
        ("0, half done", Behaviour { applies: 1, ..Behaviour::well() }, Outcome::Unknown, 124, Some(Left::Part)),
        ("7, nothing done", Behaviour::fails(7), Outcome::Failed, 7, Some(Left::Nothing)),
        ("7, half done", Behaviour { applies: 1, ..Behaviour::fails(7) }, Outcome::Failed, 7, Some(Left::Part)),
        ("7, all done", Behaviour { applies: 2, ..Behaviour::fails(7) }, Outcome::Failed, 7, Some(Left::All)),
        ("7, schema odd", Behaviour { dirties: true, ..Behaviour::fails(7) }, Outcome::Unknown, 7, Some(Left::Unknown)),
    ];
    for (what, behaviour, outcome, code, left) in cases {
        let world = World::new();
        world.state().behaviour = behaviour;
        let receipt = world.gate(1, options());
        assert_eq!((receipt.outcome, receipt.exit_code, receipt.left), (outcome, code, left), "{what}");
        let blocked = refused(&world.gate(2, options())) == Some(Code::Unsettled);
        assert_eq!(blocked, outcome == Outcome::Unknown, "{what}");
    }
}

#[test]
fn row_19_a_dirty_history_is_refused_before_anything() {
    let world = World::new();
    world.state().preflight = vec![Refusal::new(Code::DirtyHistory, "version 5 is dirty")];
    never_ran(&world, &world.gate(1, options()), Code::DirtyHistory);
    assert_eq!((world.count(Kind::TryLock), world.count(Kind::Request)), (0, 0));
    let world = World::new();
    world.state().look.refusals = vec![Refusal::new(Code::DirtyHistory, "version 5 is dirty")];
    never_ran(&world, &world.gate(1, options()), Code::DirtyHistory);
    assert_eq!((world.count(Kind::Append), world.count(Kind::Request)), (0, 0));
}

#[test]
fn row_20_nothing_pending_starts_nothing() {
    let world = World::new();
    world.state().applied = 6;
    let receipt = world.gate(1, options());
    assert_eq!((receipt.outcome, receipt.exit_code), (Outcome::NothingPending, 0));
    assert_eq!((world.count(Kind::Request), world.count(Kind::Run), world.count(Kind::Append)), (0, 0, 0));
    assert_eq!(world.state().lock, None);
    let receipt = world.gate(2, Options { require: Require::Always, ..options() });
    ran_once(&world, &receipt);
    assert_eq!(world.count(Kind::Request), 1);
}

#[test]
fn row_20_what_was_pending_before_the_lock_may_not_be_any_more() {
    let world = World::new();
    world.state().lock = Some(99);
    world.before(Kind::TryLock, 5, |state| {
        state.lock = None;
        state.applied = 6;
    });
    let receipt = world.gate(1, options());
    assert_eq!((receipt.outcome, world.count(Kind::Run)), (Outcome::NothingPending, 0));
}

#[test]
fn row_21_a_plan_that_went_stale_is_refused() {
    let changes: [(&str, fn(&mut State)); 4] = [
        ("plan", |state| state.look.plan_hash = "other".to_owned()),
        ("pending", |state| state.all = 7),
        ("history", |state| state.applied = 5),
        ("both", |state| (state.applied, state.all) = (6, 6)),
    ];
    for (what, change) in changes {
        let world = World::new();
        world.before(Kind::Look, 2, change);
        never_ran(&world, &world.gate(1, options()), Code::StalePlan);
        assert_eq!((phase(&world, 0, 1), world.count(Kind::Look)), ("refused".to_owned(), 2), "{what}");
    }
    let world = World::new();
    world.before(Kind::Look, 2, |state| state.look.refusals = vec![Refusal::new(Code::History, "edited")]);
    never_ran(&world, &world.gate(1, options()), Code::History);
}

#[test]
fn row_22_clocks_may_differ_a_little() {
    for (skew, good) in [(-240, true), (-360, false), (240, true), (360, false)] {
        let world = World::new();
        world.before(Kind::Backup, 1, move |state| {
            let now = state.now;
            state.takes = SignedDuration::ZERO;
            state.backups[0].status = "available".to_owned();
            state.backups[0].created = Some(now + secs(skew));
        });
        let receipt = world.gate(1, Options { poll: secs(1), ..options() });
        assert_eq!(receipt.outcome == Outcome::Succeeded, good, "{skew} s: {}", receipt.summary);
        assert_eq!(world.count(Kind::Run), usize::from(good));
    }
}

#[test]
fn row_22_a_backup_without_any_time_is_not_taken() {
    let world = World::new();
    world.before(Kind::Backup, 3, |state| {
        state.backups[0].created = None;
        state.backups[0].status = "available".to_owned();
    });
    never_ran(&world, &world.gate(1, options()), Code::CouldNotTell);
}

#[test]
fn row_25c_a_server_that_goes_on_is_not_taken_for_nothing_happened() {
    let world = World::new();
    world.state().behaviour = Behaviour { lingers: mins(30), ..Behaviour::fails(1) };
    let receipt = world.gate(1, options());
    assert_eq!((receipt.outcome, receipt.exit_code, receipt.left), (Outcome::Unknown, 1, Some(Left::Unknown)));
    assert!(receipt.summary.contains("1 of its sessions still work"), "{}", receipt.summary);
    // A moment is waited, since sessions end just after their client.
    let world = World::new();
    world.state().behaviour = Behaviour { lingers: secs(3), ..Behaviour::fails(1) };
    let receipt = world.gate(1, options());
    assert_eq!((receipt.outcome, receipt.left), (Outcome::Failed, Some(Left::Nothing)));
    let world = World::new();
    world.state().blind = true;
    assert_eq!(world.gate(1, options()).outcome, Outcome::Unknown, "who may not see cannot say");
}

#[test]
fn row_25d_a_backup_that_is_deleted_after_its_confirmation_is_seen_at_last() {
    let world = World::new();
    world.before(Kind::Append, 4, |state| state.backups.clear());
    // The tag cannot be written then.
    let receipt = world.gate(1, options());
    assert_eq!(world.count(Kind::Run), 0, "{receipt:#?}");
    let world = World::new();
    world.before(Kind::Identify, 3, |state| state.backups.clear());
    never_ran(&world, &world.gate(1, options()), Code::Backup);
    let world = World::new();
    world.before(Kind::Identify, 3, |state| state.backups[0].status = "deleting".to_owned());
    never_ran(&world, &world.gate(1, options()), Code::Backup);
    let world = World::new();
    world.before(Kind::Identify, 3, |state| state.backups[0].status = "copying".to_owned());
    never_ran(&world, &world.gate(1, options()), Code::Backup);
    assert_eq!(phase(&world, 0, 1), "refused", "and nobody is kept from trying again");
    let last = {
        let counted = World::new();
        counted.gate(1, options());
        counted.count(Kind::Backup)
    };
    // Whichever way AWS says that there is none; and no glass lets it pass at this look.
    let world = World::new();
    world.fails(Kind::Backup, last, Class::Permanent, Reason::BackupNotFound);
    never_ran(&world, &world.gate(1, glass(Code::Backup)), Code::Backup);
    let world = World::new();
    world.before(Kind::Identify, 3, |state| state.backups[0].status = "failed".to_owned());
    never_ran(&world, &world.gate(1, glass(Code::Backup)), Code::Backup);
    // Where it could not be told for once, everything that is read last is read again.
    let world = World::new();
    world.fails(Kind::Backup, last, Class::Transient, Reason::Throttled);
    ran_once(&world, &world.gate(1, options()));
    let kinds = world.kinds();
    let run = kinds.iter().position(|kind| *kind == Kind::Run).unwrap();
    assert_eq!(kinds[run - 3..run], [Kind::StillLocked, Kind::Identify, Kind::Backup]);
    assert_eq!(world.count(Kind::Identify), 4);
}

#[test]
fn row_25e_a_lock_that_is_lost_while_waiting_ends_the_wait() {
    let world = World::new();
    world.state().takes = mins(60);
    world.before(Kind::Backup, 5, |state| state.lock = None);
    let receipt = world.gate(1, options());
    never_ran(&world, &receipt, Code::Lock);
    assert!(world.count(Kind::Backup) < 9, "the wait ends, not the run after it: {}", world.count(Kind::Backup));
    let world = World::new();
    world.before(Kind::Prune, 1, |state| state.lock = Some(99));
    let receipt = world.gate(1, options());
    assert_eq!((refused(&receipt), world.count(Kind::Run)), (Some(Code::Lock), 0));
    let world = World::new();
    world.before(Kind::Tag, 1, |state| state.lock = Some(99));
    let receipt = world.gate(1, options());
    assert_eq!((refused(&receipt), world.count(Kind::Run)), (Some(Code::Lock), 0), "after `running` was written, too");
}

/// What the command did is still looked at and written down.
#[test]
fn row_25e_a_lock_lost_while_the_command_runs_does_not_lose_the_verdict() {
    let world = World::new();
    world.state().behaviour = Behaviour { lingers: secs(3), ..Behaviour::fails(1) };
    world.before(Kind::Run, 1, |state| {
        state.now += mins(1);
        state.lock = None;
    });
    let receipt = world.gate(1, options());
    assert!(world.state().log.iter().any(|call| call.kind == Kind::StillLocked && !call.ok), "it was seen");
    assert_eq!((receipt.outcome, receipt.left), (Outcome::Failed, Some(Left::Nothing)), "{receipt:#?}");
    assert_eq!(phase(&world, 0, 1), "failed");
}

#[test]
fn row_25e_a_lock_lost_while_the_command_runs_leaves_running_in_the_tags() {
    let world = World::new();
    world.state().kill = Some(Kill::After(usize::MAX));
    world.before(Kind::Run, 1, |state| state.kill = Some(Kill::After(state.calls)));
    assert!(world.gate_on("here", order(1, options())).is_none());
    // A failover: the command lives, the lock is gone.
    world.state().lock = None;
    for machine in ["here", "there"] {
        let receipt = world.gate_on(machine, order(2, options())).unwrap();
        assert_eq!((refused(&receipt), receipt.exit_code), (Some(Code::Unsettled), 124), "{machine}");
    }
    assert_eq!(world.count(Kind::Run), 1);
}

#[test]
fn row_26_pruning_never_changes_the_verdict() {
    let prunes = vec![Pruned { backup: "old".to_owned(), reason: "age".to_owned(), error: Some("denied".to_owned()) }];
    for prune in [Prune::Before, Prune::AfterSuccess] {
        let world = World::new();
        world.state().prunes = prunes.clone();
        let receipt = world.gate(1, Options { prune, ..options() });
        ran_once(&world, &receipt);
        assert_eq!(receipt.pruned, prunes);
        let kinds = world.kinds();
        let of = |kind: Kind| kinds.iter().position(|other| *other == kind).unwrap();
        assert_eq!(of(Kind::Prune) < of(Kind::Run), prune == Prune::Before);
        assert_eq!(world.state().log[of(Kind::Prune)].what, receipt.backup.unwrap().id, "the new one is named");
    }
    let world = World::new();
    world.gate(1, Options { prune: Prune::Never, ..options() });
    assert_eq!(world.count(Kind::Prune), 0);
    let world = World::new();
    world.state().behaviour = Behaviour::fails(1);
    world.gate(1, Options { prune: Prune::AfterSuccess, ..options() });
    assert_eq!(world.count(Kind::Prune), 0, "there was no success");
}

#[test]
fn a_journal_that_cannot_be_written_stops_everything_that_depends_on_it() {
    let full = || Fault::Refusal(Refusal::new(Code::Journal, "no space left on device"));
    let counted = World::new();
    counted.gate(1, options());
    let asked = |world: &World| world.count(Kind::Request);
    for (nth, requests) in [(1, 0), (2, 0), (3, 1), (4, 1)] {
        let world = World::new();
        world.fault(Kind::Append, nth, full());
        never_ran(&world, &world.gate(1, options()), Code::Journal);
        assert_eq!(asked(&world), requests, "append {nth}");
    }
    // After the command, what it did is told all the same.
    for nth in [5, 6] {
        let world = World::new();
        world.fault(Kind::Append, nth, full());
        let receipt = world.gate(1, options());
        ran_once(&world, &receipt);
        assert!(receipt.notes.iter().any(|note| note.contains("no space left")), "{receipt:#?}");
    }
}

#[test]
fn a_tag_that_cannot_be_written_keeps_the_command_from_starting() {
    let world = World::new();
    world.fails(Kind::Tag, 1, Class::Permanent, Reason::AccessDenied);
    let receipt = world.gate(1, options());
    never_ran(&world, &receipt, Code::CouldNotTell);
    assert_eq!(phase(&world, 0, 1), "refused");
}

#[test]
fn break_glass_passes_one_code_and_is_recorded() {
    for (code, set) in [
        (Code::DirtyHistory, true),
        (Code::Lint, false),
        (Code::Plan, false),
        (Code::History, false),
        (Code::LongTransaction, true),
    ] {
        let world = World::new();
        let refusals = vec![Refusal::new(code, "no")];
        if set {
            world.state().preflight = refusals;
        } else {
            world.state().look.refusals = refusals;
        }
        let receipt = world.gate(1, glass(code));
        ran_once(&world, &receipt);
        assert!(receipt.break_glass.unwrap().used);
        assert_eq!(world.state().backups[0].tags[tags::BREAK_GLASS], format!("{}: we must", code.name()));
    }
    let world = World::new();
    world.state().look.refusals = vec![Refusal::new(Code::Lint, "no"), Refusal::new(Code::Plan, "no")];
    let receipt = world.gate(1, glass(Code::Lint));
    never_ran(&world, &receipt, Code::Plan);
    let world = World::new();
    let receipt = world.gate(1, glass(Code::Lint));
    ran_once(&world, &receipt);
    assert!(!receipt.break_glass.unwrap().used, "what did not come up was not passed");
    assert!(!world.state().backups[0].tags.contains_key(tags::BREAK_GLASS));
}

#[test]
fn break_glass_lets_a_run_go_on_without_a_backup() {
    let world = World::new();
    world.fails(Kind::Request, 1, Class::Permanent, Reason::Key);
    let receipt = world.gate(1, glass(Code::Backup));
    ran_once(&world, &receipt);
    assert!(receipt.waived.unwrap().contains("break-glass backup") && receipt.backup.is_none());
    let last = world.kinds();
    let run = last.iter().position(|kind| *kind == Kind::Run).unwrap();
    assert_eq!(last[run - 1], Kind::Identify, "whose database it is, is proved all the same");
    let world = World::new();
    world.state().takes = mins(1000);
    let receipt = world.gate(1, glass(Code::BackupRunning));
    ran_once(&world, &receipt);
    assert_eq!(phase(&world, 0, 1), "succeeded");
    let world = World::new();
    world.state().quota = Some(Quota { used: 5, limit: 5 });
    ran_once(&world, &world.gate(1, glass(Code::Quota)));
    let world = World::new();
    world.before(Kind::Backup, 3, |state| state.backups[0].status = "failed".to_owned());
    ran_once(&world, &world.gate(1, glass(Code::Backup)));
    // What was not named is not passed.
    let world = World::new();
    world.state().takes = mins(1000);
    never_ran(&world, &world.gate(1, glass(Code::Backup)), Code::BackupRunning);
}

#[test]
fn break_glass_never_passes_lock_identity_or_what_is_unknown() {
    for code in Code::ALL.into_iter().filter(|code| !code.can_be_passed()) {
        let world = World::new();
        never_ran(&world, &world.gate(1, glass(code)), Code::Usage);
        assert!(world.kinds().is_empty());
    }
}

#[test]
fn a_dry_run_changes_nothing_anywhere() {
    let world = World::new();
    let receipt = world.gate(1, Options { dry_run: true, ..options() });
    assert_eq!((receipt.outcome, receipt.exit_code), (Outcome::DryRun, 0), "{receipt:#?}");
    for kind in [Kind::Request, Kind::Append, Kind::Tag, Kind::Run, Kind::Prune, Kind::Copy] {
        assert_eq!(world.count(kind), 0, "{kind:?}");
    }
    assert_eq!(world.state().lock, None);
    let notes = receipt.notes.join("\n");
    for word in ["ask for a backup of prod-db", "wait for it", "prune old backups", "start sqlx for 2 pending"] {
        assert!(notes.contains(word), "{notes}");
    }
    let world = World::new();
    world.state().look.additive = true;
    let receipt = world.gate(1, Options { dry_run: true, require: Require::Destructive, ..options() });
    let notes = receipt.notes.join("\n");
    assert!(notes.contains("would take no backup") && !notes.contains("ask for a backup"), "{notes}");
    // It says no where the run itself would.
    let world = World::new();
    world.state().look.refusals = vec![Refusal::new(Code::Lint, "no")];
    never_ran(&world, &world.gate(1, Options { dry_run: true, ..options() }), Code::Lint);
    let world = World::new();
    world.state().lock = Some(9);
    let receipt = world.gate(1, Options { dry_run: true, ..options() });
    assert_eq!((receipt.exit_code, world.count(Kind::TryLock)), (123, 1));
}

#[test]
fn additive_changes_go_without_a_backup_only_where_the_history_can_be_restored() {
    let destructive = || Options { require: Require::Destructive, ..options() };
    let world = World::new();
    world.state().look.additive = true;
    world.state().resource.latest_restorable = Some(at("2026-03-01T11:57:00Z"));
    world.before(Kind::Resource, 12, |state| state.resource.latest_restorable = Some(at("2026-03-01T12:01:00Z")));
    let receipt = world.gate(1, destructive());
    ran_once(&world, &receipt);
    assert_eq!((world.count(Kind::Request), receipt.backup), (0, None));
    assert!(receipt.waived.unwrap().contains("additive"));
    assert!(world.count(Kind::Resource) >= 12);
    // It never comes, there is none, the history's moment is not known, or one statement is not additive.
    let changes: [fn(&mut State); 4] = [
        |state| state.resource.latest_restorable = Some(at("2026-03-01T12:00:00Z")),
        |state| state.resource.latest_restorable = None,
        |state| state.look.at = None,
        |state| {
            state.look.additive = false;
            state.resource.latest_restorable = Some(at("2026-03-01T14:00:00Z"));
        },
    ];
    for change in changes.into_iter().take(2).chain([changes[3]]) {
        let world = World::new();
        world.state().look.additive = true;
        change(&mut world.state());
        let receipt = world.gate(1, destructive());
        ran_once(&world, &receipt);
        assert_eq!(world.count(Kind::Request), 1);
        let waited = receipt.times.requested.unwrap().duration_since(receipt.times.locked.unwrap());
        assert!(waited <= mins(11), "{waited:?}");
    }
    // Otherwise a backup is always taken.
    let world = World::new();
    world.state().look.additive = true;
    world.state().resource.latest_restorable = Some(at("2026-03-01T14:00:00Z"));
    world.gate(1, options());
    assert_eq!(world.count(Kind::Request), 1);
}

#[test]
fn a_command_that_is_not_there_has_done_nothing() {
    for (exit, code) in [(Exit::NotFound, 127), (Exit::NotRunnable { why: "denied".to_owned() }, 126)] {
        let world = World::new();
        world.state().behaviour = Behaviour { exit, ..Behaviour::well() };
        let receipt = world.gate(1, options());
        assert_eq!((receipt.outcome, receipt.exit_code, receipt.left), (Outcome::Failed, code, Some(Left::Nothing)));
        assert_eq!((phase(&world, 0, 1), world.count(Kind::Evidence)), ("failed".to_owned(), 0));
    }
}

#[test]
fn copies_are_ordered_after_the_confirmation_and_carry_no_run() {
    let world = World::new();
    let copy_to = vec![("eu-central-1".to_owned(), Some("key".to_owned())), ("eu-west-1".to_owned(), None)];
    world.fails(Kind::Copy, 2, Class::Permanent, Reason::Refused);
    let receipt = world.gate(1, Options { copy_to: copy_to.clone(), ..options() });
    ran_once(&world, &receipt);
    let state = world.state();
    let (region, copy) = &state.copies[0];
    assert_eq!((region.as_str(), state.copies.len()), ("eu-central-1", 1));
    assert_eq!(state.log.iter().filter(|call| call.kind == Kind::Copy).count(), 1, "none where it is already");
    assert_eq!(copy.tags[tags::COPY_OF], state.backups[0].id);
    assert!(tags::runs(&copy.tags).is_empty());
    drop(state);
    let world = World::new();
    world.state().made_by_hand("hand", mins(10));
    let receipt = world.gate(1, Options { copy_to: copy_to.clone(), ..starting(Start::Adopt(None)) });
    ran_once(&world, &receipt);
    assert_eq!(world.count(Kind::Copy), 0, "what somebody else made is theirs to copy");
    let world = World::new();
    world.fails(Kind::Copy, 1, Class::Permanent, Reason::Refused);
    let receipt = world.gate(1, Options { copy_to, ..options() });
    ran_once(&world, &receipt);
    assert!(receipt.notes.iter().any(|note| note.contains("a copy could not be ordered")));
}
