//! The pure judges, at their edges.

use super::*;
use crate::gate::machine::Chosen;
use crate::gate::machine::confirm::{Answer, SKEW, Terms, answer, words};
use crate::gate::machine::judge::{self, Settlement};
use crate::gate::machine::known::{Known, Stage, runs};
use crate::gate::receipt::Left;
use crate::gate::run::Binding;
use crate::gate::world::{Entry, Outcome};

fn now() -> Timestamp {
    at("2026-03-01T12:00:00Z")
}

fn backup() -> Backup {
    let tags =
        Tags::from([(tags::ID.to_owned(), "tidegate-x".to_owned()), (tags::RUN.to_owned(), run_id(1).to_string())]);
    Backup {
        id: "tidegate-x".to_owned(),
        arn: "arn:x".to_owned(),
        resource_id: "db-AAAA".to_owned(),
        origin: Origin::Manual,
        status: "available".to_owned(),
        created: Some(now()),
        tags,
        ..Backup::default()
    }
}

fn chosen() -> Chosen {
    Chosen { id: "tidegate-x".to_owned(), arn: None, adopted: false, since: now(), asked: None }
}

fn asked(backup: &Backup, chosen: &Chosen, age: SignedDuration) -> Answer {
    let run = run_id(1);
    let terms = Terms { run: run.as_str(), resource_id: "db-AAAA", now: now() + age, max_age: mins(60) };
    answer(backup, chosen, terms)
}

fn is_good(answer: &Answer) -> bool {
    matches!(answer, Answer::Good(_))
}

#[test]
fn row_22_the_edges_of_age_and_skew() {
    let ago = |length: SignedDuration| Backup { created: Some(now() - length), ..backup() };
    let second = secs(1);
    assert!(is_good(&asked(&ago(SKEW), &chosen(), secs(0))));
    assert!(!is_good(&asked(&ago(SKEW + second), &chosen(), secs(0))));
    assert!(is_good(&asked(&backup(), &chosen(), mins(60))));
    assert!(!is_good(&asked(&backup(), &chosen(), mins(60) + second)));
    assert!(is_good(&asked(&ago(-SKEW), &chosen(), secs(0))));
    assert!(!is_good(&asked(&ago(-SKEW - second), &chosen(), secs(0))));
    // The age is that of the data, not of the order.
    let stale = Backup { database_time: Some(now() - mins(61)), ..backup() };
    assert!(!is_good(&asked(&stale, &chosen(), secs(0))));
    // A copy is as old as its source.
    let copied = Backup { original_created: Some(now() - mins(61)), ..backup() };
    assert!(!is_good(&asked(&copied, &chosen(), secs(0))));
}

#[test]
fn row_01_a_name_is_compared_as_aws_does_and_an_arn_must_be_there() {
    let upper = Backup { id: "TIDEGATE-X".to_owned(), ..backup() };
    assert!(is_good(&asked(&upper, &chosen(), secs(0))));
    assert!(!is_good(&asked(&Backup { id: "tidegate-y".to_owned(), ..backup() }, &chosen(), secs(0))));
    assert!(!is_good(&asked(&Backup { arn: String::new(), ..backup() }, &chosen(), secs(0))));
    let seen = Chosen { arn: Some("arn:x".to_owned()), ..chosen() };
    assert!(is_good(&asked(&backup(), &seen, secs(0))));
    for origin in [Origin::Automated, Origin::AwsBackup, Origin::Shared, Origin::Other] {
        assert!(!is_good(&asked(&Backup { origin, ..backup() }, &chosen(), secs(0))));
    }
}

/// While it is being made its tags may not be seen yet; another run's are never its own.
#[test]
fn row_01_a_tag_that_is_not_there_yet() {
    let making = |run: Option<&str>| {
        let mut backup = Backup { status: "creating".to_owned(), ..backup() };
        backup.tags.clear();
        backup.tags.extend(run.map(|run| (tags::RUN.to_owned(), run.to_owned())));
        backup
    };
    assert_eq!(asked(&making(None), &chosen(), secs(0)), Answer::Wait);
    assert!(matches!(asked(&making(Some("0000000000000000")), &chosen(), secs(0)), Answer::No(_)));
    let adopted = Chosen { adopted: true, ..chosen() };
    assert!(matches!(asked(&making(None), &adopted, secs(0)), Answer::No(_)));
    let old = Backup { created: Some(now() - mins(30)), ..backup() };
    assert!(is_good(&asked(&old, &adopted, secs(0))), "what somebody else made was made before");
}

#[test]
fn lengths_of_time_in_words() {
    let cases = [(0, "0s"), (59, "59s"), (60, "1m"), (90, "1m 30s"), (3600, "1h"), (7200, "2h"), (21_725, "6h 2m 5s")];
    for (seconds, text) in cases {
        assert_eq!(words(secs(seconds)), text);
    }
}

fn before() -> Look {
    World::new().state().seen_now()
}

/// What is seen after `change`, by a role that sees all.
fn after(change: fn(&mut State)) -> Evidence {
    let world = World::new();
    let mut state = world.state();
    change(&mut state);
    state.evidence()
}

const EXIT_0: Exit = Exit::Code { code: 0 };
const EXIT_1: Exit = Exit::Code { code: 1 };

fn outcome(exit: &Exit, before: &Look, evidence: &Evidence) -> (Outcome, u8, Option<Left>) {
    let verdict = judge::verdict(exit, before, evidence);
    (verdict.outcome, verdict.exit_code, verdict.left)
}

#[test]
fn row_18_nothing_was_applied_needs_every_proof() {
    let nothing = (Outcome::Failed, 1, Some(Left::Nothing));
    let unknown = (Outcome::Unknown, 1, Some(Left::Unknown));
    assert_eq!(outcome(&EXIT_1, &before(), &after(|_| {})), nothing);
    let not_in_one = Look { transactional: false, ..before() };
    assert_eq!(outcome(&EXIT_1, &not_in_one, &after(|_| {})), unknown);
    let no_print = Look { fingerprint: String::new(), ..before() };
    let mut blank = after(|_| {});
    blank.look.as_mut().unwrap().fingerprint = String::new();
    assert_eq!(outcome(&EXIT_1, &no_print, &blank), unknown, "no fingerprint is no proof");
    assert_eq!(outcome(&EXIT_1, &before(), &after(|state| state.dirt = 1)), unknown);
    assert_eq!(outcome(&EXIT_1, &before(), &after(|state| state.blind = true)), unknown);
    assert_eq!(outcome(&EXIT_1, &before(), &after(|state| state.active_until = state.now + secs(9))), unknown);
    assert_eq!(outcome(&EXIT_1, &before(), &Evidence { active: Some(0), look: None }), unknown);
    let plain = || Look { keeps_history: false, applied: None, head: None, ..before() };
    let same = || Evidence { active: Some(0), look: Some(plain()) };
    assert_eq!(outcome(&EXIT_1, &plain(), &same()), unknown, "rows may have changed without a history");
    assert_eq!(outcome(&Exit::Signal { signal: 15 }, &before(), &after(|_| {})), (Outcome::Failed, 143, nothing.2));
}

#[test]
fn row_18_success_needs_the_history() {
    let unknown = (Outcome::Unknown, 124, Some(Left::Unknown));
    assert_eq!(outcome(&EXIT_0, &before(), &after(|state| state.applied = 6)), (Outcome::Succeeded, 0, None));
    assert_eq!(outcome(&EXIT_0, &before(), &after(|_| {})), unknown);
    assert_eq!(outcome(&EXIT_0, &before(), &after(|state| state.applied = 5)), (unknown.0, 124, Some(Left::Part)));
    // The history went back, or what is pending changed without it.
    assert_eq!(outcome(&EXIT_0, &before(), &after(|state| state.applied = 3)), unknown);
    assert_eq!(outcome(&EXIT_0, &before(), &after(|state| state.all = 4)), unknown);
    assert_eq!(outcome(&EXIT_1, &before(), &after(|state| state.applied = 3)).0, Outcome::Unknown);
    // Every part of the history counts by itself, and a history that begins is one.
    assert_eq!(outcome(&EXIT_1, &before(), &after(|state| state.all = 4)).0, Outcome::Unknown);
    let mut other_head = after(|_| {});
    other_head.look.as_mut().unwrap().head = Some("v4b".to_owned());
    assert_eq!(outcome(&EXIT_1, &before(), &other_head).0, Outcome::Unknown);
    let none_yet = Look { keeps_history: false, applied: None, head: None, ..before() };
    assert_eq!(outcome(&EXIT_0, &none_yet, &after(|_| {})), (Outcome::Unknown, 124, Some(Left::Part)));
    assert_eq!(outcome(&EXIT_0, &before(), &after(|state| (state.applied, state.blind) = (6, true))), unknown);
    // The first migration of all makes the history.
    let first = Look { keeps_history: true, applied: None, head: None, ..before() };
    assert_eq!(outcome(&EXIT_0, &first, &after(|state| state.applied = 6)), (Outcome::Succeeded, 0, None));
    // Plain SQL: the exit code decides, and the receipt says so.
    let plain = || Look { keeps_history: false, applied: None, head: None, ..before() };
    let verdict = judge::verdict(&EXIT_0, &plain(), &Evidence { active: Some(0), look: Some(plain()) });
    assert!(verdict.outcome == Outcome::Succeeded && verdict.why.contains("no history"), "{verdict:?}");
    // Nothing was pending, and `require = "always"` started it all the same.
    let done = || after(|state| state.applied = 6);
    let before = done().look.unwrap();
    assert_eq!(outcome(&EXIT_0, &before, &done()), (Outcome::Succeeded, 0, None));
    assert_eq!(outcome(&EXIT_1, &before, &done()), (Outcome::Failed, 1, Some(Left::Nothing)));
    assert_eq!(outcome(&Exit::Lost { why: String::new() }, &before, &done()), unknown);
}

/// A person decides by these words what to look for.
#[test]
fn row_18_it_is_told_what_speaks_against_certainty() {
    let why = |exit: &Exit, before: &Look, evidence: &Evidence| judge::verdict(exit, before, evidence).why;
    let has = |why: String, words: &str| assert!(why.contains(words), "{why}");
    let not_in_one = Look { transactional: false, ..before() };
    has(why(&EXIT_1, &not_in_one, &after(|_| {})), "not all that was pending is in one transaction");
    has(why(&EXIT_1, &before(), &after(|state| state.dirt = 1)), "and yet the schema has changed");
    has(why(&EXIT_0, &before(), &after(|state| state.applied = 5)), "and yet 1 file of what was pending still is");
    has(why(&EXIT_1, &before(), &after(|state| (state.applied, state.all) = (5, 7))), "; 2 files of what was pending");
    let part = judge::settle(Some(&before()), None, &after(|state| state.applied = 5));
    assert_eq!(part, Settlement::Failed(Left::Part, "1 file of what was pending still is".to_owned()));
}

#[test]
fn row_18_what_settles_a_lost_run() {
    let settle =
        |before: Option<&Look>, exit: Option<&Exit>, evidence: &Evidence| judge::settle(before, exit, evidence);
    let known = before();
    let before = Some(&known);
    assert!(matches!(settle(before, None, &after(|state| state.applied = 6)), Settlement::Succeeded(_)));
    assert!(matches!(settle(before, None, &after(|_| {})), Settlement::Failed(Left::Nothing, _)));
    assert!(matches!(settle(before, None, &after(|state| state.applied = 5)), Settlement::Failed(Left::Part, _)));
    assert!(matches!(settle(before, None, &after(|state| state.dirt = 1)), Settlement::Unknown(_)));
    assert!(matches!(settle(before, None, &after(|state| state.blind = true)), Settlement::CouldNotTell(_)));
    assert!(matches!(settle(before, None, &Evidence { active: Some(0), look: None }), Settlement::Unknown(_)));
    let busy = after(|state| state.active_until = state.now + secs(9));
    assert_eq!(settle(before, Some(&EXIT_0), &busy), Settlement::StillRunning(1));
    let not_in_one = Look { transactional: false, ..known.clone() };
    assert!(matches!(settle(Some(&not_in_one), None, &after(|state| state.applied = 5)), Settlement::Unknown(_)));
    assert!(matches!(settle(Some(&not_in_one), None, &after(|_| {})), Settlement::Unknown(_)));
    // What the exit says, where it was written down.
    let part = after(|state| state.applied = 5);
    assert!(matches!(settle(Some(&not_in_one), Some(&EXIT_1), &part), Settlement::Failed(Left::Part, _)));
    let never = Settlement::Failed(Left::Nothing, "the command was not found".to_owned());
    assert_eq!(settle(Some(&not_in_one), Some(&Exit::NotFound), &after(|_| {})), never);
    let plain = Look { keeps_history: false, applied: None, head: None, ..known.clone() };
    let same = Evidence { active: Some(0), look: Some(plain.clone()) };
    assert!(matches!(settle(Some(&plain), Some(&EXIT_0), &same), Settlement::Succeeded(_)));
    assert!(matches!(settle(Some(&plain), None, &same), Settlement::Unknown(_)));
    // Nothing was pending: whether the command did anything cannot be seen.
    let done = after(|state| state.applied = 6);
    assert!(matches!(settle(done.look.as_ref(), None, &done), Settlement::Unknown(_)));
    // Without the journal only what is done is certain.
    assert!(matches!(settle(None, None, &done), Settlement::Succeeded(_)));
    assert!(matches!(settle(None, None, &after(|_| {})), Settlement::Unknown(_)));
    assert!(matches!(settle(None, None, &same), Settlement::Unknown(_)));
}

/// What journal and tag say of one run, and whether it then blocks.
#[test]
fn row_25e_journal_and_tag_are_believed_where_they_are_worst() {
    use tags::Phase;
    let entry = |entry: Entry| Record { run: run_id(1), at: now(), entry };
    let ended = |outcome: Outcome| entry(Entry::Ended { outcome, detail: String::new() });
    let begun = || entry(Entry::Begun { binding: Binding::default() });
    let requested = || entry(Entry::Requested { backup: "tidegate-x".to_owned() });
    let running = || entry(Entry::Running { before: Look::default() });
    let journals: [(&str, Vec<Record>); 8] = [
        ("none", vec![]),
        ("begun", vec![begun()]),
        ("waiting", vec![begun(), requested()]),
        ("running", vec![begun(), requested(), running()]),
        ("succeeded", vec![begun(), requested(), running(), ended(Outcome::Succeeded)]),
        ("unknown", vec![begun(), requested(), running(), ended(Outcome::Unknown)]),
        ("refused", vec![begun(), requested(), ended(Outcome::Refused)]),
        ("settled", vec![begun(), requested(), running(), ended(Outcome::Settled)]),
    ];
    let phases = [
        None,
        Some(Phase::Waiting),
        Some(Phase::Running),
        Some(Phase::Unknown),
        Some(Phase::Succeeded),
        Some(Phase::Failed),
        Some(Phase::Refused),
        Some(Phase::Settled),
    ];
    // b: blocks, w: waits, e: has ended, -: nothing is known. One column for each phase above.
    let table = [
        ("none", "-wbbeeee"),
        ("begun", "wwbbeeee"),
        ("waiting", "wwbbeeee"),
        ("running", "bbbbeeee"),
        ("succeeded", "eeeeeeee"),
        ("unknown", "bbbbeeee"),
        ("refused", "eebbeeee"),
        ("settled", "eeeeeeee"),
    ];
    for ((name, records), (row, columns)) in journals.iter().zip(table) {
        assert_eq!(*name, row);
        for (phase, expected) in phases.iter().zip(columns.chars()) {
            let mut backup = backup();
            if let Some(phase) = phase {
                let (key, value) = tagged(*phase);
                backup.tags.insert(key, value);
            }
            let known = runs(records, &[backup], "db-AAAA", "shop");
            let seen = match known.as_slice() {
                [] => '-',
                [one] if one.blocks() => 'b',
                [one] if one.unfinished() => 'w',
                [_] => 'e',
                more => panic!("{more:?}"),
            };
            assert_eq!(seen, expected, "journal {name}, tag {phase:?}");
        }
    }
}

fn tagged(phase: tags::Phase) -> (String, String) {
    let tag = tags::RunTag {
        run: run_id(1).to_string(),
        phase,
        database: tags::short("shop"),
        oid: None,
        environment: tags::short("prod"),
        pending: tags::short("p"),
        argv: tags::short("a"),
        commit: tags::short(""),
        at: now(),
    };
    (tags::RunTag::key(&tag.run), tag.to_value())
}

#[test]
fn a_clone_by_human_hands_says_nothing_where_the_original_does() {
    use tags::Phase;
    let with = |id: &str, phase: Phase| {
        let mut backup = Backup { id: id.to_owned(), arn: format!("arn:{id}"), ..backup() };
        backup.tags.extend([tagged(phase)]);
        backup
    };
    let one = |backups: &[Backup]| -> Known {
        let mut known = runs(&[], backups, "db-AAAA", "shop");
        assert_eq!(known.len(), 1);
        known.remove(0)
    };
    let both = [with("clone", Phase::Running), with("tidegate-x", Phase::Succeeded)];
    let known = one(&both);
    assert!(!known.blocks());
    assert_eq!(known.carriers, ["arn:clone", "arn:tidegate-x"]);
    assert_eq!(known.backup.as_deref(), Some("tidegate-x"));
    assert!(one(&both[..1]).blocks(), "alone it is all there is");
    assert!(runs(&[], &both, "db-BBBB", "shop").is_empty() && runs(&[], &both, "db-AAAA", "other").is_empty());
    let mut unreadable = both.clone();
    unreadable[1].tags.insert(tags::RunTag::key(run_id(1).as_str()), "?".to_owned());
    assert_eq!(one(&unreadable).stage, Stage::Unreadable);
    // Of several of its own the worst is believed.
    let mut twice = [with("tidegate-x", Phase::Succeeded), with("tidegate-y", Phase::Running)];
    twice[1].tags.insert(tags::ID.to_owned(), "tidegate-y".to_owned());
    assert!(one(&twice).blocks());
}
