use super::*;

const NOW: &str = "2026-06-30T12:00:00Z";

/// `count` backups of the tier, one each day, `d0` from today.
fn daily(tier: &str, count: i64) -> Vec<Candidate> {
    (0..count).map(|day| backup(&format!("d{day}"), tier, at(NOW) - days(day))).collect()
}

fn judge(candidates: &[Candidate], tier: Tier) -> Vec<Verdict> {
    plan(candidates, &policy(tier), &scope(), at(NOW))
}

#[test]
fn the_last_so_many_stay() {
    let verdicts = judge(&daily("scheduled", 6), last(4));
    assert_eq!(deleted(&verdicts), ["d4", "d5"]);
    assert_eq!(reason(&verdicts, "d3").to_string(), "keep_last = 4");
    assert_eq!(
        reason(&verdicts, "d5").to_string(),
        "5d old, and nothing of the tier scheduled keeps it (keep_last = 4)"
    );
}

#[test]
fn verdicts_come_the_newest_first_and_what_has_no_age_last() {
    let mut candidates = daily("scheduled", 3);
    candidates.push(backup("undated", "scheduled", at(NOW)).with(|backup| backup.created = None));
    candidates.rotate_left(1);
    let verdicts = judge(&candidates, last(9));
    let ids: Vec<_> = verdicts.iter().map(|one| one.id.as_str()).collect();
    assert_eq!(ids, ["d0", "d1", "d2", "undated"]);
    assert_eq!(*reason(&verdicts, "undated"), Reason::NoAge);
}

#[test]
fn row_24_count_and_age_are_both_floors() {
    let both = Tier { keep_last: Some(2), keep_within: Some(days(4)), ..Tier::default() };
    // The one of exactly that age stays, too.
    assert_eq!(deleted(&judge(&daily("scheduled", 7), both.clone())), ["d5", "d6"]);
    // Where nothing is young enough the count holds.
    let old: Vec<_> = (0..4).map(|n| backup(&format!("o{n}"), "scheduled", at(NOW) - days(40 + n))).collect();
    let verdicts = judge(&old, both);
    assert_eq!(deleted(&verdicts), ["o2", "o3"]);
    assert_eq!(reason(&verdicts, "o1").to_string(), "keep_last = 2");
}

#[test]
fn the_newest_of_each_day_week_month_and_year_stays() {
    // Two on each day, of which the later one counts.
    let mut twice = Vec::new();
    for day in 0..800 {
        let noon = at(NOW) - days(day);
        twice.push(backup(&format!("n{day}"), "scheduled", noon));
        twice.push(backup(&format!("m{day}"), "scheduled", noon - SignedDuration::from_hours(6)));
    }
    let kept = |tier: Tier| {
        let verdicts = judge(&twice, tier);
        let rules = verdicts.iter().filter(|one| matches!(one.reason, Reason::Rules(_) | Reason::Floor(_)));
        rules.map(|one| one.id.clone()).collect::<Vec<_>>()
    };
    assert_eq!(kept(Tier { keep_daily: Some(3), ..Tier::default() }), ["n0", "n1", "n2"]);
    // 2026-06-30 is a Tuesday: the Sundays before are 2 and 9 days back.
    assert_eq!(kept(Tier { keep_weekly: Some(3), ..Tier::default() }), ["n0", "n2", "n9"]);
    assert_eq!(kept(Tier { keep_monthly: Some(3), ..Tier::default() }), ["n0", "n30", "n61"]);
    assert_eq!(kept(Tier { keep_yearly: Some(3), ..Tier::default() }), ["n0", "n181", "n546"]);
    let verdicts = judge(&twice, Tier { keep_monthly: Some(3), keep_yearly: Some(2), ..Tier::default() });
    assert_eq!(reason(&verdicts, "n30").to_string(), "keep_monthly = 3 (2026-05)");
    assert_eq!(reason(&verdicts, "n181").to_string(), "keep_yearly = 2 (2025)");
}

#[test]
fn stretches_without_a_backup_do_not_count() {
    let sparse: Vec<_> =
        [0, 70, 140, 210].map(|day| backup(&format!("s{day}"), "scheduled", at(NOW) - days(day))).into();
    assert_eq!(deleted(&judge(&sparse, Tier { keep_daily: Some(3), ..Tier::default() })), ["s210"]);
}

#[test]
fn tags_and_keep_all_keep() {
    let mut candidates = daily("scheduled", 5);
    candidates[2] = candidates[2].clone().tagged("release", "2026.1");
    candidates[3] = candidates[3].clone().tagged("release", "2026.2");
    let tier = |tag: &str| Tier { keep_tag: vec![tag.to_owned()], ..last(1) };
    assert_eq!(deleted(&judge(&candidates, tier("release"))), ["d1", "d4"]);
    assert_eq!(deleted(&judge(&candidates, tier("release=2026.2"))), ["d1", "d2", "d4"]);
    assert_eq!(deleted(&judge(&candidates, tier("release=2026"))), ["d1", "d2", "d3", "d4"]);
    // A key may hold the sign itself.
    candidates[4] = candidates[4].clone().tagged("a=b", "c");
    assert_eq!(deleted(&judge(&candidates, tier("a=b"))), ["d1", "d2", "d3"]);
    assert!(deleted(&judge(&candidates, Tier { keep_all: true, ..Tier::default() })).is_empty());
}

#[test]
fn a_policy_that_says_nothing_deletes_nothing() {
    let candidates = daily("scheduled", 5);
    let verdicts = plan(&candidates, &Policy::default(), &scope(), at(NOW));
    assert!(deleted(&verdicts).is_empty());
    assert_eq!(reason(&verdicts, "d3").to_string(), "no policy names the tier scheduled");
    let verdicts = judge(&candidates, Tier::default());
    assert!(deleted(&verdicts).is_empty());
    assert_eq!(reason(&verdicts, "d3").to_string(), "the policy of the tier scheduled says nothing");
    let untold = candidates.into_iter().map(|one| one.with(|backup| drop(backup.tags.remove(tags::TIER))));
    let verdicts = judge(&untold.collect::<Vec<_>>(), last(1));
    assert_eq!(*reason(&verdicts, "d3"), Reason::NoTier);
    assert!(deleted(&verdicts).is_empty());
}

#[test]
fn a_release_stays_for_ever_unless_a_policy_names_it() {
    let mut candidates = daily("release", 4);
    candidates.extend((10..14).map(|day| backup(&format!("s{day}"), "scheduled", at(NOW) - days(day))));
    assert_eq!(deleted(&judge(&candidates, last(1))), ["s11", "s12", "s13"]);
    let named = Policy { tiers: [("release".to_owned(), last(2))].into(), ..policy(last(1)) };
    assert_eq!(deleted(&plan(&candidates, &named, &scope(), at(NOW))), ["d2", "d3"]);
}

#[test]
fn row_24_the_newest_good_ones_stay_whatever_their_tier() {
    let mut candidates = daily("scheduled", 4);
    candidates.iter_mut().for_each(|one| *one = one.clone().with(|backup| backup.created = Some(at(NOW) - days(90))));
    let nothing = Tier { keep_last: Some(0), ..Tier::default() };
    let verdicts = judge(&candidates, nothing.clone());
    // Of the same moment the name decides, so that the order of the list does not.
    assert_eq!(deleted(&verdicts), ["d2", "d1", "d0"]);
    assert_eq!(reason(&verdicts, "d3").to_string(), "the newest good one");
    let three = Policy { min_keep: 3, ..policy(nothing.clone()) };
    let verdicts = plan(&candidates, &three, &scope(), at(NOW));
    assert_eq!(deleted(&verdicts), ["d0"]);
    assert_eq!(reason(&verdicts, "d1").to_string(), "one of the newest 3 good ones (min_keep)");
    // Not even 0 lets the last one go.
    let none = Policy { min_keep: 0, ..policy(nothing) };
    assert_eq!(deleted(&plan(&candidates[..1], &none, &scope(), at(NOW))), Vec::<&str>::new());
}

#[test]
fn row_24_what_is_not_good_is_neither_counted_nor_deleted() {
    for status in ["creating", "failed", "deleting", "copying", "incompatible-restore", "never-heard-of"] {
        let mut candidates = daily("scheduled", 3);
        candidates[0] = candidates[0].clone().with(|backup| backup.status = status.to_owned());
        let verdicts = judge(&candidates, last(1));
        assert_eq!(deleted(&verdicts), ["d2"], "{status}");
        assert_eq!(*reason(&verdicts, "d0"), Reason::Status(status.to_owned()));
        assert_eq!(*reason(&verdicts, "d1"), Reason::Floor(1));
        // However old: what has no good end is for people to look at.
        candidates[2] = candidates[2].clone().with(|backup| backup.status = status.to_owned());
        assert!(deleted(&judge(&candidates, last(1))).is_empty(), "{status}");
    }
}

#[test]
fn row_22_the_future_is_neither_counted_nor_deleted() {
    let ahead = at(NOW) + days(3);
    let set: [fn(&mut Backup, Timestamp); 3] = [
        |backup, moment| backup.created = Some(moment),
        |backup, moment| backup.original_created = Some(moment),
        |backup, moment| backup.database_time = Some(moment),
    ];
    for set in set {
        let mut candidates = daily("scheduled", 3);
        candidates[0] = candidates[0].clone().with(|backup| set(backup, ahead));
        let verdicts = judge(&candidates, last(1));
        // Counted, it would let the one of yesterday go.
        assert_eq!(deleted(&verdicts), ["d2"]);
        assert_eq!(reason(&verdicts, "d0").to_string(), "dated in the future, 2026-07-03T12:00:00Z");
    }
}

#[test]
fn row_22_clocks_may_be_minutes_apart() {
    let judge_ahead = |seconds: i64| {
        let mut candidates = daily("scheduled", 3);
        let moment = at(NOW) + SignedDuration::from_secs(seconds);
        candidates[0] = candidates[0].clone().with(|backup| backup.created = Some(moment));
        let verdicts = judge(&candidates, last(1));
        (deleted(&verdicts).len(), reason(&verdicts, "d0").clone())
    };
    let (counted, reason) = judge_ahead(300);
    assert_eq!(counted, 2, "it is the newest one");
    assert!(matches!(reason, Reason::Future(_)), "and stays whatever else is said");
    assert_eq!(judge_ahead(301).0, 1);
    assert_eq!(judge_ahead(0), (2, Reason::Floor(1)));
}

#[test]
fn row_23_nothing_but_what_is_ours_of_this_database_goes() {
    let other = |change: fn(Candidate) -> Candidate| change(backup("other", "scheduled", at(NOW) - days(300)));
    let cases: [(fn(Candidate) -> Candidate, &str); 14] = [
        (|one| one.with(|backup| backup.origin = Origin::Automated), "automated: RDS keeps and deletes it"),
        (|one| one.with(|backup| backup.origin = Origin::AwsBackup), "made by AWS Backup, which keeps and deletes it"),
        (|one| one.with(|backup| backup.origin = Origin::Shared), "of another account, which shared it"),
        (|one| one.with(|backup| backup.origin = Origin::Other), "of a kind that tidegate does not know"),
        (|one| one.with(|backup| drop(backup.tags.remove(tags::ID))), "not made by tidegate"),
        (|one| one.with(|backup| backup.tags.clear()), "not made by tidegate"),
        (|one| one.tagged(tags::ID, "d1"), "a copy made by hand: its tags are those of d1"),
        (|one| one.with(|backup| backup.resource_id = "db-NEW".to_owned()), "of another server, db-NEW"),
        (|one| one.with(|backup| backup.resource_id.clear()), "of another server, "),
        (|one| one.tagged(tags::RESOURCE, "db-NEW"), "of another server, db-NEW"),
        (|one| one.with(|backup| drop(backup.tags.remove(tags::RESOURCE))), "of another server, "),
        (|one| one.tagged(tags::DATABASE, "crm"), "made for another database, crm"),
        (|one| one.with(|backup| drop(backup.tags.remove(tags::DATABASE))), "made for all databases of the server"),
        (
            |one| one.with(|backup| backup.status = "creating".to_owned()),
            "its status is creating, and only what is available is deleted",
        ),
    ];
    for (change, told) in cases {
        let mut candidates = daily("scheduled", 3);
        candidates.push(other(change));
        let verdicts = judge(&candidates, last(1));
        assert_eq!(deleted(&verdicts), ["d1", "d2"], "{told}");
        assert_eq!(reason(&verdicts, "other").to_string(), told);
        // Nor does it count as one of those that stay.
        let newer = other(change).with(|backup| backup.created = Some(at(NOW)));
        let renamed = |backup: &mut Backup| {
            backup.id = "newer".to_owned();
            backup.tags.values_mut().filter(|value| *value == "other").for_each(|value| *value = "newer".to_owned());
        };
        candidates.push(newer.with(renamed));
        assert!(!deleted(&judge(&candidates, last(1))).contains(&"d0"), "{told}");
    }
}

#[test]
fn row_23_backups_for_all_databases_are_judged_with_their_like() {
    let mut candidates = daily("scheduled", 4);
    for one in &mut candidates[2..] {
        one.backup.tags.remove(tags::DATABASE);
    }
    let all = Scope { database: None, ..scope() };
    let verdicts = plan(&candidates, &policy(last(1)), &all, at(NOW));
    assert_eq!(deleted(&verdicts), ["d3"]);
    assert_eq!(reason(&verdicts, "d0").to_string(), "made for another database, shop");
    assert_eq!(deleted(&judge(&candidates, last(1))), ["d1"]);
}

#[test]
fn row_23_a_database_of_any_name_is_compared_as_its_tag_is_written() {
    let odd = "größe; DROP";
    let mut candidates = daily("scheduled", 3);
    candidates.iter_mut().for_each(|one| *one = one.clone().tagged(tags::DATABASE, &tags::value(odd)));
    let verdicts = plan(&candidates, &policy(last(1)), &Scope { database: Some(odd), ..scope() }, at(NOW));
    assert_eq!(deleted(&verdicts), ["d1", "d2"]);
}

#[test]
fn what_others_count_on_stays() {
    let run = |phase: &str| format!("{phase} db=shop env=prod pending=- argv=- commit=- at=2026-06-01T00:00:00Z");
    let held: [(Candidate, &str); 8] = [
        (backup("h", "scheduled", at(NOW) - days(90)).tagged(tags::PINNED, "audit"), "pinned: audit"),
        (backup("h", "scheduled", at(NOW) - days(90)).tagged(tags::PINNED, ""), "pinned"),
        (
            backup("h", "scheduled", at(NOW) - days(90)).tagged("tidegate:use/0f3a", &run("waiting")),
            "run 0f3a has not ended: waiting",
        ),
        (
            backup("h", "scheduled", at(NOW) - days(90)).tagged("tidegate:use/0f3a", &run("running")),
            "run 0f3a has not ended: running",
        ),
        (
            backup("h", "scheduled", at(NOW) - days(90)).tagged("tidegate:use/0f3a", &run("unknown")),
            "run 0f3a has not ended: unknown",
        ),
        (
            backup("h", "scheduled", at(NOW) - days(90)).tagged("tidegate:use/0f3a", "dancing"),
            "the tag of run 0f3a cannot be read: it may not have ended",
        ),
        (
            Candidate { shared: Known::Yes, ..backup("h", "scheduled", at(NOW) - days(90)) },
            "shared with another account",
        ),
        (Candidate { being_copied: Known::Yes, ..backup("h", "scheduled", at(NOW) - days(90)) }, "being copied"),
    ];
    for (candidate, told) in held {
        let mut candidates = daily("scheduled", 2);
        candidates.push(candidate);
        let verdicts = judge(&candidates, last(1));
        assert_eq!(reason(&verdicts, "h").to_string(), told);
        assert_eq!(deleted(&verdicts), ["d1"]);
    }
    for phase in ["succeeded", "failed", "refused", "settled"] {
        let mut candidates = daily("scheduled", 2);
        candidates[1] = candidates[1].clone().tagged("tidegate:use/0f3a", &run(phase));
        assert_eq!(deleted(&judge(&candidates, last(1))), ["d1"], "{phase}");
        // One run that goes on is enough.
        candidates[1] = candidates[1].clone().tagged("tidegate:use/1f3a", &run("running"));
        assert!(deleted(&judge(&candidates, last(1))).is_empty(), "{phase}");
    }
}

#[test]
fn what_could_not_be_told_is_kept() {
    let mut candidates = daily("scheduled", 4);
    candidates[1].shared = Known::CouldNotTell;
    candidates[2].being_copied = Known::CouldNotTell;
    candidates[3].shared = Known::Unasked;
    candidates[3].being_copied = Known::Unasked;
    let verdicts = judge(&candidates, last(1));
    assert_eq!(deleted(&verdicts), ["d3"]);
    assert_eq!(*reason(&verdicts, "d1"), Reason::MaybeShared);
    assert_eq!(*reason(&verdicts, "d2"), Reason::MaybeCopied);
}

#[test]
fn what_is_listed_twice_is_counted_once_and_must_agree() {
    let mut candidates = daily("scheduled", 3);
    candidates.extend(daily("scheduled", 3));
    let verdicts = judge(&candidates, last(2));
    assert_eq!((verdicts.len(), deleted(&verdicts)), (3, vec!["d2"]));
    // The page was turned while its state changed: counted, it would let another one go.
    for disagreeing in [0, 3] {
        let mut candidates = candidates.clone();
        candidates[disagreeing].backup.status = "creating".to_owned();
        let verdicts = judge(&candidates, last(1));
        assert_eq!(deleted(&verdicts), ["d2"]);
        assert_eq!(*reason(&verdicts, "d0"), Reason::Contradictory);
    }
}

#[test]
fn the_one_just_made_and_the_good_one_before_it_stay() {
    let nothing = policy(Tier { keep_last: Some(0), ..Tier::default() });
    let judge = |candidates: &[Candidate], current| {
        let scope = Scope { current: Some(current), ..scope() };
        plan(candidates, &nothing, &scope, at(NOW))
    };
    let mut candidates = daily("scheduled", 5);
    let verdicts = judge(&candidates, "D0");
    assert_eq!(deleted(&verdicts), ["d2", "d3", "d4"]);
    assert_eq!(*reason(&verdicts, "d0"), Reason::Current);
    assert_eq!(*reason(&verdicts, "d1"), Reason::Previous);
    // An adopted one need not be the newest: that one stays as well.
    let verdicts = judge(&candidates, "d2");
    assert_eq!(deleted(&verdicts), ["d1", "d4"]);
    assert_eq!(*reason(&verdicts, "d3"), Reason::Previous);
    assert_eq!(*reason(&verdicts, "d0"), Reason::Floor(1));
    // The one before it that is good.
    candidates[1].backup.status = "failed".to_owned();
    assert_eq!(deleted(&judge(&candidates, "d0")), ["d3", "d4"]);
    // One made of all databases, or for another one, may be shared by several gates.
    candidates[0].backup.tags.remove(tags::DATABASE);
    let verdicts = judge(&candidates, "d0");
    assert_eq!(*reason(&verdicts, "d0"), Reason::Current);
    assert_eq!(*reason(&verdicts, "d2"), Reason::Previous);
    assert_eq!(deleted(&verdicts), ["d3", "d4"]);
}

#[test]
fn row_25d_nothing_goes_where_the_one_just_made_is_not_there() {
    let judge = |candidates: &[Candidate]| {
        let scope = Scope { current: Some("new"), ..scope() };
        plan(candidates, &policy(last(1)), &scope, at(NOW))
    };
    let mut candidates = daily("scheduled", 5);
    let verdicts = judge(&candidates);
    assert!(deleted(&verdicts).is_empty());
    assert_eq!(reason(&verdicts, "d4").to_string(), "the one just made, new, is not there as a good one: nothing goes");
    candidates.push(backup("new", "scheduled", at(NOW)).with(|backup| backup.status = "deleting".to_owned()));
    assert!(deleted(&judge(&candidates)).is_empty());
    candidates[5].backup.status = "available".to_owned();
    assert_eq!(deleted(&judge(&candidates)), ["d1", "d2", "d3", "d4"]);
}

#[test]
fn row_25_the_oldest_go_first_and_no_more_than_the_cap() {
    let capped = Policy { cap: 3, ..policy(last(2)) };
    let mut candidates = daily("scheduled", 10);
    let verdicts = plan(&candidates, &capped, &scope(), at(NOW));
    assert_eq!(deleted(&verdicts), ["d7", "d8", "d9"]);
    assert_eq!(reason(&verdicts, "d6").to_string(), "it may go, but the cap of 3 in one run is reached");
    // The next runs do the rest.
    for left in [7, 4, 2, 2] {
        let gone: Vec<String> =
            deleted(&plan(&candidates, &capped, &scope(), at(NOW))).into_iter().map(str::to_owned).collect();
        candidates.retain(|one| !gone.contains(&one.backup.id));
        assert_eq!(candidates.len(), left);
    }
    let none = Policy { cap: 0, ..policy(last(2)) };
    assert!(deleted(&plan(&daily("scheduled", 9), &none, &scope(), at(NOW))).is_empty());
}

#[test]
fn the_point_counts_and_the_tag_where_aws_gives_no_time() {
    // A copy keeps the time of the original; the newest by SnapshotCreateTime is not the newest data.
    let mut candidates = daily("scheduled", 3);
    candidates[2].backup.created = Some(at(NOW));
    candidates[2].backup.original_created = Some(at(NOW) - days(2));
    assert_eq!(deleted(&judge(&candidates, last(2))), ["d2"]);
    candidates[2].backup.database_time = Some(at(NOW) - SignedDuration::from_hours(1));
    assert_eq!(deleted(&judge(&candidates, last(2))), ["d1"]);
    let mut candidates = daily("scheduled", 3);
    candidates[2] =
        candidates[2].clone().with(|backup| backup.created = None).tagged(tags::CREATED, "2026-06-30T11:00:00Z");
    assert_eq!(deleted(&judge(&candidates, last(2))), ["d1"]);
    candidates[2] = candidates[2].clone().tagged(tags::CREATED, "yesterday");
    assert_eq!(*reason(&judge(&candidates, last(2)), "d2"), Reason::NoAge);
}

#[test]
fn whoever_agreed_to_a_policy_agreed_to_no_other() {
    let base = policy(Tier { keep_within: Some(days(30)), ..last(3) });
    let mut changed = vec![base.clone()];
    let mut change = |edit: &dyn Fn(&mut Policy)| {
        let mut other = base.clone();
        edit(&mut other);
        changed.push(other);
    };
    change(&|policy| policy.min_keep = 2);
    change(&|policy| policy.cap = 3);
    let tier: [fn(&mut Tier); 9] = [
        |tier| tier.keep_last = None,
        |tier| tier.keep_last = Some(4),
        |tier| tier.keep_within = Some(days(31)),
        |tier| tier.keep_daily = Some(3),
        |tier| tier.keep_weekly = Some(3),
        |tier| tier.keep_monthly = Some(3),
        |tier| tier.keep_yearly = Some(3),
        |tier| tier.keep_tag = vec!["release".to_owned()],
        |tier| tier.keep_all = true,
    ];
    for edit in tier {
        change(&|policy| edit(policy.tiers.get_mut("scheduled").unwrap()));
    }
    change(&|policy| {
        let tier = policy.tiers.remove("scheduled").unwrap();
        policy.tiers.insert("monthly".to_owned(), tier);
    });
    let prints: std::collections::BTreeSet<_> = changed.iter().map(Policy::fingerprint).collect();
    assert_eq!(prints.len(), changed.len());
    assert_eq!(base.fingerprint(), base.clone().fingerprint());
    assert_eq!(base.tiers["scheduled"].in_words(), "keep_last = 3, keep_within = 30d");
}

#[test]
fn a_tier_keeps_nothing_only_where_it_says_so_throughout() {
    let zero = Tier { keep_last: Some(0), keep_weekly: Some(0), keep_within: Some(days(0)), ..Tier::default() };
    assert!(zero.keeps_nothing() && Tier { keep_yearly: Some(0), ..Tier::default() }.keeps_nothing());
    assert!(Tier { keep_within: Some(days(0)), ..Tier::default() }.keeps_nothing());
    assert!(!Tier::default().keeps_nothing(), "what says nothing keeps everything");
    let keeping: [fn(&mut Tier); 8] = [
        |tier| tier.keep_last = Some(1),
        |tier| tier.keep_daily = Some(1),
        |tier| tier.keep_weekly = Some(1),
        |tier| tier.keep_monthly = Some(1),
        |tier| tier.keep_yearly = Some(1),
        |tier| tier.keep_within = Some(days(1)),
        |tier| tier.keep_tag = vec!["release".to_owned()],
        |tier| tier.keep_all = true,
    ];
    for keep in keeping {
        let mut tier = zero.clone();
        keep(&mut tier);
        assert!(!tier.keeps_nothing(), "{tier:?}");
    }
}

/// Programs tell reasons apart by these words.
#[test]
fn every_reason_has_a_word_of_its_own() {
    let mut candidates = daily("scheduled", 8);
    candidates[1] = candidates[1].clone().tagged(tags::PINNED, "audit");
    candidates[2].shared = Known::Yes;
    candidates[3].being_copied = Known::CouldNotTell;
    candidates[4].backup.status = "failed".to_owned();
    candidates[5].backup.tags.clear();
    candidates[6].backup.resource_id = "db-NEW".to_owned();
    let verdicts = judge(&candidates, last(1));
    let codes: Vec<&str> = verdicts.iter().map(|verdict| verdict.reason.code()).collect();
    let expected = ["min-keep", "pinned", "shared", "maybe-copied", "status", "not-ours", "other-server", "expired"];
    assert_eq!(codes, expected);
}
