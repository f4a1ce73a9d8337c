//! For any backups and any policy.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;

const NOW: &str = "2026-06-30T12:00:00Z";
const TIERS: [&str; 4] = ["pre-migration", "scheduled", "monthly", "release"];

/// What is odd about a backup; nothing, for most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Odd {
    Nothing,
    Foreign(u8),
    Cloned,
    OtherServer,
    OtherDatabase,
    AllDatabases,
    Shared,
    MaybeShared,
    BeingCopied,
    Pinned,
    Running,
    Unreadable,
    NotGood(u8),
    Future,
    Undated,
    NoTier,
}

fn odd() -> impl Strategy<Value = Odd> {
    use Odd::*;
    let rare = prop_oneof![
        (0u8..4).prop_map(Foreign),
        Just(Cloned),
        Just(OtherServer),
        Just(OtherDatabase),
        Just(AllDatabases),
        Just(Shared),
        Just(MaybeShared),
        Just(BeingCopied),
        Just(Pinned),
        Just(Running),
        Just(Unreadable),
        (0u8..4).prop_map(NotGood),
        Just(Future),
        Just(Undated),
        Just(NoTier),
    ];
    prop_oneof![3 => Just(Nothing), 1 => rare]
}

fn made(number: usize, hours: i64, tier: usize, odd: Odd) -> Candidate {
    let id = format!("b{number}");
    let mut one = backup(&id, TIERS[tier], at(NOW) - SignedDuration::from_hours(hours));
    let run = "running db=shop env=prod pending=- argv=- commit=- at=2026-06-01T00:00:00Z";
    match odd {
        Odd::Nothing => {}
        Odd::Foreign(kind) => {
            one.backup.origin =
                [Origin::Automated, Origin::AwsBackup, Origin::Shared, Origin::Other][usize::from(kind)];
        }
        Odd::Cloned => one = one.tagged(tags::ID, "b-of-somebody"),
        Odd::OtherServer => one.backup.resource_id = "db-OTHER".to_owned(),
        Odd::OtherDatabase => one = one.tagged(tags::DATABASE, "crm"),
        Odd::AllDatabases => drop(one.backup.tags.remove(tags::DATABASE)),
        Odd::Shared => one.shared = Known::Yes,
        Odd::MaybeShared => one.shared = Known::CouldNotTell,
        Odd::BeingCopied => one.being_copied = Known::Yes,
        Odd::Pinned => one = one.tagged(tags::PINNED, "audit"),
        Odd::Running => one = one.tagged("tidegate:use/0f3a", run),
        Odd::Unreadable => one = one.tagged("tidegate:use/0f3a", "?"),
        Odd::NotGood(kind) => {
            one.backup.status = ["creating", "failed", "copying", "deleting"][usize::from(kind)].to_owned();
        }
        Odd::Future => one.backup.created = Some(at(NOW) + SignedDuration::from_hours(hours + 1)),
        Odd::Undated => one.backup.created = None,
        Odd::NoTier => drop(one.backup.tags.remove(tags::TIER)),
    }
    one
}

/// Up to 60 backups of 400 days, some of the same hour.
fn candidates() -> impl Strategy<Value = Vec<(Candidate, Odd)>> {
    let one = (0i64..400 * 24, 0usize..4, odd());
    proptest::collection::vec(one, 0..60).prop_map(|all| {
        let made = |(number, (hours, tier, odd))| (made(number, hours, tier, odd), odd);
        all.into_iter().enumerate().map(made).collect()
    })
}

fn tier() -> impl Strategy<Value = Tier> {
    let count = || proptest::option::of(0u32..8);
    (count(), proptest::option::of(0i64..200), count(), count(), count(), count(), prop::bool::weighted(0.1)).prop_map(
        |(keep_last, within, keep_daily, keep_weekly, keep_monthly, keep_yearly, keep_all)| Tier {
            keep_last,
            keep_within: within.map(days),
            keep_daily,
            keep_weekly,
            keep_monthly,
            keep_yearly,
            keep_tag: Vec::new(),
            keep_all,
        },
    )
}

fn policies() -> impl Strategy<Value = Policy> {
    (proptest::collection::btree_map(0usize..4, tier(), 0..=4), 0u32..6).prop_map(|(tiers, min_keep)| Policy {
        tiers: tiers.into_iter().map(|(name, tier)| (TIERS[name].to_owned(), tier)).collect(),
        min_keep,
        cap: u32::MAX,
    })
}

fn only(all: &[(Candidate, Odd)]) -> Vec<Candidate> {
    all.iter().map(|(candidate, _)| candidate.clone()).collect()
}

fn gone(candidates: &[Candidate], policy: &Policy, scope: &Scope<'_>) -> BTreeSet<String> {
    deleted(&plan(candidates, policy, scope, at(NOW))).into_iter().map(str::to_owned).collect()
}

/// Every policy that differs in one value alone, which is raised.
fn raised(policy: &Policy) -> Vec<Policy> {
    let mut all = vec![Policy { min_keep: policy.min_keep + 1, ..policy.clone() }];
    for name in policy.tiers.keys() {
        let edits: [fn(&mut Tier); 6] = [
            |tier| tier.keep_last = tier.keep_last.map(|count| count + 1),
            |tier| tier.keep_within = tier.keep_within.map(|within| within + days(9)),
            |tier| tier.keep_daily = tier.keep_daily.map(|count| count + 1),
            |tier| tier.keep_weekly = tier.keep_weekly.map(|count| count + 1),
            |tier| tier.keep_monthly = tier.keep_monthly.map(|count| count + 1),
            |tier| tier.keep_yearly = tier.keep_yearly.map(|count| count + 1),
        ];
        for edit in edits {
            let mut more = policy.clone();
            more.tiers.entry(name.clone()).and_modify(edit);
            all.push(more);
        }
    }
    all
}

/// Whether it is one of those that a policy counts.
fn counts(odd: Odd) -> bool {
    use Odd::*;
    matches!(odd, Nothing | Shared | MaybeShared | BeingCopied | Pinned | Running | Unreadable | NoTier)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn the_newest_good_ones_always_stay(all in candidates(), policy in policies()) {
        let gone = gone(&only(&all), &policy, &scope());
        let mut good: Vec<_> = all.iter().filter(|(_, odd)| counts(*odd)).map(|(one, _)| &one.backup).collect();
        good.sort_by_key(|backup| (backup.created, &backup.id));
        for backup in good.iter().rev().take(policy.min_keep.max(1) as usize) {
            prop_assert!(!gone.contains(&backup.id));
        }
    }

    #[test]
    fn row_23_what_is_not_ours_or_is_held_is_never_deleted(all in candidates(), policy in policies()) {
        let gone = gone(&only(&all), &policy, &scope());
        for (candidate, odd) in &all {
            prop_assert!(*odd == Odd::Nothing || !gone.contains(&candidate.backup.id), "{:?}", odd);
        }
    }

    #[test]
    fn row_24_count_and_age_are_floors(all in candidates(), policy in policies()) {
        let gone = gone(&only(&all), &policy, &scope());
        for (name, tier) in &policy.tiers {
            let mut good: Vec<_> = all
                .iter()
                .filter(|(one, odd)| counts(*odd) && *odd != Odd::NoTier && one.backup.tags[tags::TIER] == *name)
                .map(|(one, _)| &one.backup)
                .collect();
            good.sort_by_key(|backup| std::cmp::Reverse((backup.created, backup.id.clone())));
            for (place, backup) in good.iter().enumerate() {
                let age = at(NOW).duration_since(backup.created.unwrap());
                let counted = tier.keep_last.is_some_and(|count| place < count as usize);
                let young = tier.keep_within.is_some_and(|within| age < within);
                prop_assert!(!(counted || young || tier.keep_all) || !gone.contains(&backup.id));
            }
        }
    }

    #[test]
    fn raising_one_value_never_deletes_more(all in candidates(), policy in policies()) {
        let candidates = only(&all);
        let before = gone(&candidates, &policy, &scope());
        for more in raised(&policy) {
            let after = gone(&candidates, &more, &scope());
            prop_assert!(after.is_subset(&before), "{:?}", more);
        }
    }

    #[test]
    fn the_order_of_the_candidates_does_not_matter(
        (all, shuffled) in candidates().prop_flat_map(|all| (Just(all.clone()), Just(all).prop_shuffle())),
        policy in policies(),
        cap in 0u32..12,
    ) {
        let policy = Policy { cap, ..policy };
        let judge = |all: &[(Candidate, Odd)]| plan(&only(all), &policy, &scope(), at(NOW));
        prop_assert_eq!(judge(&all), judge(&shuffled));
    }

    #[test]
    fn a_second_run_finds_nothing_to_do(all in candidates(), policy in policies()) {
        let mut candidates = only(&all);
        let gone_first = gone(&candidates, &policy, &scope());
        candidates.retain(|one| !gone_first.contains(&one.backup.id));
        prop_assert!(gone(&candidates, &policy, &scope()).is_empty());
    }

    #[test]
    fn row_25_a_cap_only_puts_off(all in candidates(), policy in policies(), cap in 1u32..7) {
        let mut candidates = only(&all);
        let all_at_once = gone(&candidates, &policy, &scope());
        let capped = Policy { cap, ..policy };
        let mut by_and_by = BTreeSet::new();
        loop {
            let next = gone(&candidates, &capped, &scope());
            prop_assert!(next.len() <= cap as usize);
            if next.is_empty() {
                break;
            }
            let age = |id: &String| candidates.iter().find(|one| one.backup.id == *id).unwrap().backup.created;
            let youngest = next.iter().map(age).max();
            let left = all_at_once.difference(&by_and_by).filter(|id| !next.contains(*id));
            prop_assert!(left.map(age).min() >= youngest.filter(|_| all_at_once.len() > by_and_by.len() + next.len()));
            candidates.retain(|one| !next.contains(&one.backup.id));
            by_and_by.extend(next);
        }
        prop_assert_eq!(by_and_by, all_at_once);
    }

    #[test]
    fn an_empty_policy_deletes_nothing(all in candidates(), tiers in 0usize..4, min_keep in 0u32..3) {
        let tiers = TIERS[..tiers].iter().map(|name| ((*name).to_owned(), Tier::default())).collect();
        let empty = Policy { tiers, min_keep, cap: 99 };
        prop_assert!(gone(&only(&all), &empty, &scope()).is_empty());
    }

    #[test]
    fn one_just_made_lets_no_more_go(all in candidates(), policy in policies(), which in any::<prop::sample::Index>()) {
        prop_assume!(!all.is_empty());
        let candidates = only(&all);
        let (current, odd) = which.get(&all);
        let with = Scope { current: Some(&current.backup.id), ..scope() };
        let after = gone(&candidates, &policy, &with);
        prop_assert!(after.is_subset(&gone(&candidates, &policy, &scope())));
        prop_assert!(!after.contains(&current.backup.id));
        let before = |one: &&(Candidate, Odd)| {
            counts(one.1) && one.0.backup.id != current.backup.id && one.0.backup.created <= current.backup.created
        };
        let previous = all.iter().filter(before).max_by_key(|(one, _)| (one.backup.created, one.backup.id.clone()));
        if let Some((previous, _)) = previous {
            prop_assert!(!after.contains(&previous.backup.id));
        }
        if matches!(odd, Odd::NotGood(_) | Odd::Future | Odd::Undated) {
            prop_assert!(after.is_empty());
        }
    }

    /// Whose clock is behind keeps more.
    #[test]
    fn row_22_an_earlier_now_never_deletes_more(all in candidates(), policy in policies(), hours in 1i64..9000) {
        let candidates = only(&all);
        let late: BTreeSet<String> = gone(&candidates, &policy, &scope());
        let early = at(NOW) - SignedDuration::from_hours(hours);
        for id in deleted(&plan(&candidates, &policy, &scope(), early)) {
            prop_assert!(late.contains(id));
        }
    }
}
