//! A thousand schedules of faults, each from its seed, judged by the log alone.

use super::*;

const SEEDS: u64 = 1000;

/// SplitMix64.
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// From 0 up to, and without, `end`.
    fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }

    fn one_in(&mut self, odds: u64) -> bool {
        self.below(odds) == 0
    }

    fn of<T: Clone>(&mut self, choices: &[T]) -> T {
        choices[self.below(choices.len() as u64) as usize].clone()
    }
}

/// What goes wrong at a call, if anything does.
fn trouble(dice: &mut Dice, state: &mut State, kind: Kind, odds: u64) -> Option<Fault> {
    if !dice.one_in(odds) {
        return None;
    }
    let refusal = |code: Code| Some(Fault::Refusal(Refusal::new(code, "chaos")));
    let aws = |dice: &mut Dice| {
        let (class, reason) = dice.of(&[
            (Class::Transient, Reason::Throttled),
            (Class::Transient, Reason::Unreachable),
            (Class::Transient, Reason::Throttled),
            (Class::Unknown, Reason::Unreachable),
            (Class::Permanent, Reason::AccessDenied),
            (Class::Permanent, Reason::CredentialsExpired),
        ]);
        Some(Fault::Error(error(class, reason)))
    };
    match kind {
        Kind::Resource => match dice.below(8) {
            0 => {
                state.resource.status =
                    dice.of(&["modifying", "backing-up", "stopped", "storage-optimization"]).to_owned();
                None
            }
            1 => {
                state.resource.resource_id = "db-BBBB".to_owned();
                None
            }
            _ => aws(dice),
        },
        Kind::Request => match dice.below(4) {
            0 => Some(Fault::Lost),
            1 => Some(Fault::Error(error(Class::Transient, Reason::Busy))),
            2 => Some(Fault::Error(error(Class::Permanent, Reason::QuotaExceeded))),
            _ => aws(dice),
        },
        Kind::Backup => {
            let at = dice.below(state.backups.len().max(1) as u64) as usize;
            let what = dice.below(12);
            if let Some(backup) = state.backups.get_mut(at) {
                match what {
                    0 => backup.status = "failed".to_owned(),
                    1 => backup.status = "copying".to_owned(),
                    2 => backup.arn.push('2'),
                    3 => backup.resource_id = "db-BBBB".to_owned(),
                    4 => drop(backup.tags.insert(tags::RUN.to_owned(), "0".repeat(16))),
                    5 => drop(state.backups.remove(at)),
                    6 => backup.created = backup.created.map(|created| created - mins(700)),
                    7 => backup.status = "deleting".to_owned(),
                    _ => {}
                }
            }
            match what {
                8 => Some(Fault::Missing),
                9..=11 => aws(dice),
                _ => None,
            }
        }
        Kind::List | Kind::Quota | Kind::Credentials => aws(dice),
        Kind::Tag => dice.of(&[Some(Fault::Lost), None]).or_else(|| aws(dice)),
        Kind::Identify => match dice.below(3) {
            0 => refusal(Code::Identity),
            1 => {
                state.identity.host = "another:5432".to_owned();
                None
            }
            _ => {
                state.identity.resource_id = "db-CCCC".to_owned();
                None
            }
        },
        Kind::StillLocked => {
            state.lock = Some(99);
            None
        }
        Kind::Look => match dice.below(3) {
            0 => refusal(Code::CouldNotTell),
            1 => {
                state.look.plan_hash.push('2');
                None
            }
            _ => {
                state.all += 1;
                None
            }
        },
        Kind::Append | Kind::Read => refusal(Code::Journal),
        Kind::TryLock => {
            state.lock = Some(99);
            None
        }
        Kind::Sleep => {
            state.now += mins(dice.below(200) as i64);
            None
        }
        Kind::Evidence => refusal(Code::CouldNotTell),
        Kind::Preflight | Kind::Copy | Kind::Prune | Kind::Unlock | Kind::Run => None,
    }
}

/// Whether anything in the log is a command that should not have been started.
fn fail_open(log: &[Call]) -> Option<String> {
    let mut started: Vec<(String, usize)> = Vec::new();
    for (at, run) in log.iter().enumerate().filter(|(_, call)| call.kind == Kind::Run) {
        let own: Vec<&Call> = log[..at].iter().filter(|call| call.session == run.session).collect();
        let before = |nth: usize| own[own.len() - nth];
        let (look, who) = (before(1), before(2));
        let Some(backup) = look.backup.as_ref().filter(|_| look.kind == Kind::Backup) else {
            return Some("the last call is no look at a backup".to_owned());
        };
        let first = own.iter().find_map(|call| call.backup.as_ref().filter(|seen| seen.id == backup.id));
        let requested = log[..at].iter().find(|call| call.what == format!("requested {}", backup.id));
        let faults = [
            (!run.locked, "the lock is not held"),
            (backup.status != "available", "the backup is not available"),
            (first.is_none_or(|first| first.arn != backup.arn), "it has another ARN"),
            (backup.resource_id != "db-AAAA", "it is of another resource"),
            (backup.tags.get(tags::RUN) != Some(&run.what), "it is of another run"),
            (backup.point().is_none_or(|point| run.at.duration_since(point) > mins(360)), "it is too old"),
            (
                requested.is_none_or(|call| backup.created.is_none_or(|created| created < call.at - mins(5))),
                "it was not written down before it was asked for, or made before that",
            ),
            (who.kind != Kind::Identify, "the last but one call is no look at the identity"),
            (
                who.identity.is_none() || who.identity != own.iter().find_map(|call| call.identity.clone()),
                "it is another database",
            ),
            (!own.iter().any(|call| call.ok && call.what == format!("running {}", run.what)), "not in the journal"),
            (!own.iter().any(|call| call.kind == Kind::Tag && call.what.starts_with("running ")), "not in the tags"),
        ];
        if let Some((_, what)) = faults.into_iter().find(|(fault, _)| *fault) {
            return Some(what.to_owned());
        }
        let looks: Vec<&&Call> = own.iter().filter(|call| call.kind == Kind::Look).collect();
        let [.., one, two] = looks.as_slice() else { return Some("it was not looked twice".to_owned()) };
        if !(one.ok && two.ok && one.what == two.what) {
            return Some("the plan is stale".to_owned());
        }
        let last_lock = own.iter().rev().find(|call| call.kind == Kind::StillLocked);
        if last_lock.is_none_or(|call| !call.ok) {
            return Some("the lock was not asked for".to_owned());
        }
        for (earlier, began) in &started {
            let looked = log[*began..at].iter().any(|call| call.kind == Kind::Evidence && call.what == *earlier);
            let ended = log[*began..at].iter().any(|call| {
                if looked && call.ok && call.what == format!("ended Settled {earlier}") {
                    return true;
                }
                call.what.starts_with("ended Failed") && call.what.ends_with(earlier.as_str())
                    || call.kind == Kind::Tag && call.what.starts_with("failed ")
                    || call.what.starts_with("ended Succeeded") && call.what.ends_with(earlier.as_str())
            });
            if *earlier == run.what || !ended {
                return Some(format!("run {earlier} was started before and has no known end"));
            }
        }
        started.push((run.what.clone(), at));
    }
    None
}

/// One schedule: a gate that may be killed, a second one, a resume. Whether a command was started.
fn schedule(seed: u64) -> (bool, bool, usize) {
    let mut dice = Dice(seed);
    let world = World::new();
    let odds = dice.of(&[15, 40, 100, 250, 600]);
    {
        let mut state = world.state();
        let longest = dice.of(&[5, 20, 20, 150]);
        state.takes = mins(dice.below(longest) as i64);
        state.behaviour = dice.of(&[
            Behaviour::well(),
            Behaviour::well(),
            Behaviour::fails(1),
            Behaviour { applies: 1, ..Behaviour::fails(2) },
            Behaviour { dirties: true, ..Behaviour::fails(3) },
            Behaviour { exit: Exit::Lost { why: "chaos".to_owned() }, ..Behaviour::well() },
            Behaviour { lingers: mins(9), ..Behaviour::fails(4) },
        ]);
        if dice.one_in(3) {
            state.kill = Some(if dice.one_in(2) {
                Kill::Before(1 + dice.below(80) as usize)
            } else {
                Kill::After(1 + dice.below(80) as usize)
            });
        }
        let mut own = Dice(dice.next());
        state.chaos = Some(Box::new(move |state, kind| trouble(&mut own, state, kind, odds)));
    }
    let machine = |dice: &mut Dice| dice.of(&["here", "there"]);
    let quick = |start: Start| Options { lock_wait: secs(5), poll: mins(2), ..starting(start) };
    let first = world.gate_on("here", order(1, quick(Start::New)));
    let ran = world.count(Kind::Run) > 0;
    let refused = first.as_ref().is_some_and(|receipt| receipt.outcome == crate::gate::world::Outcome::Refused);
    for number in 2..=4 {
        let mut state = world.state();
        if state.command_alive && dice.one_in(2) {
            drop(state);
            world.command_ends();
            state = world.state();
        }
        state.kill = None;
        if state.lock == Some(99) {
            state.lock = None;
        }
        // What was changed for good is mended now and then.
        if dice.one_in(2) {
            let fresh = World::new();
            let fresh = fresh.state();
            state.resource = fresh.resource.clone();
            state.identity = fresh.identity.clone();
        }
        drop(state);
        let start = if number == 3 { Start::Resume(None) } else { Start::New };
        let place = machine(&mut dice);
        world.gate_on(place, order(number, quick(start)));
    }
    let state = world.state();
    if let Some(fault) = fail_open(&state.log) {
        let log: Vec<String> = state
            .log
            .iter()
            .map(|call| format!("{} {:?} {} {}", call.session, call.kind, call.ok, call.what))
            .collect();
        panic!("seed {seed}: {fault}\n{}", log.join("\n"));
    }
    (ran, refused, state.log.len())
}

#[test]
fn no_schedule_of_faults_opens_the_gate() {
    let (mut ran, mut refused, mut calls) = (0, 0, 0);
    for seed in 0..SEEDS {
        let (one, other, log) = schedule(seed);
        ran += u64::from(one);
        refused += u64::from(other);
        calls += log;
    }
    eprintln!("{ran} ran, {refused} were refused, of {SEEDS}; {calls} calls");
    assert!(ran * 10 >= SEEDS * 3, "{ran} of {SEEDS} ended in a run");
    assert!(refused * 10 >= SEEDS * 3, "{refused} of {SEEDS} ended in a refusal");
}

/// The judge can say no.
#[test]
fn the_judge_of_the_log_is_not_blind() {
    let world = World::new();
    world.gate(1, options());
    let log = world.state().log.clone();
    assert_eq!(fail_open(&log), None);
    let run = log.iter().position(|call| call.kind == Kind::Run).unwrap();
    type Forgery = fn(&mut Vec<Call>, usize);
    let forgeries: [Forgery; 12] = [
        |log, run| drop(log.remove(run - 1)),
        |log, run| drop(log.remove(run - 2)),
        |log, run| log[run].locked = false,
        |log, run| log[run - 1].backup.as_mut().unwrap().status = "creating".to_owned(),
        |log, run| log[run - 1].backup.as_mut().unwrap().arn.push('2'),
        |log, run| log[run - 1].backup.as_mut().unwrap().resource_id.push('2'),
        |log, run| drop(log[run - 1].backup.as_mut().unwrap().tags.remove(tags::RUN)),
        |log, run| log[run].at += mins(400),
        |log, run| log[run - 2].identity.as_mut().unwrap().host.push('2'),
        |log, run| log[run - 5].ok = false,
        |log, run| log[run - 4].what = "waiting".to_owned(),
        |log, run| log.push(log[run].clone()),
    ];
    for (at, forge) in forgeries.into_iter().enumerate() {
        let mut log = log.clone();
        forge(&mut log, run);
        assert!(fail_open(&log).is_some(), "forgery {at}");
    }
}
