//! Two years of backups under the policies that teams keep by hand, pruned as they are made. What must be left is
//! reckoned from the calendar alone.

use std::collections::BTreeSet;

use jiff::civil::{Date, date};
use jiff::tz::TimeZone;

use super::*;

const BEGIN: Date = date(2024, 7, 1);
const DAYS: i64 = 730;

fn midnight(day: Date) -> Timestamp {
    day.to_zoned(TimeZone::UTC).unwrap().timestamp()
}

/// The `n`th day of the history.
fn day(n: i64) -> Date {
    BEGIN.checked_add(jiff::Span::new().days(n)).unwrap()
}

/// What is there, pruned every time that something is made.
struct History {
    there: Vec<Candidate>,
    policy: Policy,
    largest: usize,
}

impl History {
    fn new(tiers: impl IntoIterator<Item = (&'static str, Tier)>) -> Self {
        let tiers = tiers.into_iter().map(|(name, tier)| (name.to_owned(), tier)).collect();
        Self { there: Vec::new(), policy: Policy { tiers, ..Policy::default() }, largest: 0 }
    }

    fn make(&mut self, tier: &str, moment: Timestamp) {
        self.there.push(backup(&format!("{tier}-{moment}"), tier, moment));
        self.prune(moment + SignedDuration::from_mins(20));
        self.largest = self.largest.max(self.there.len());
    }

    fn prune(&mut self, now: Timestamp) {
        // A policy never sees its backups in the same order twice.
        let turn = now.as_second() as usize % self.there.len().max(1);
        self.there.rotate_left(turn);
        let verdicts = plan(&self.there, &self.policy, &scope(), now);
        let gone: BTreeSet<String> = deleted(&verdicts).into_iter().map(str::to_owned).collect();
        assert!(gone.len() <= self.policy.cap as usize);
        self.there.retain(|one| !gone.contains(&one.backup.id));
    }

    fn left(&self) -> BTreeSet<String> {
        self.there.iter().map(|one| one.backup.id.clone()).collect()
    }
}

fn ids<'a>(tier: &'a str, moments: impl IntoIterator<Item = Timestamp> + 'a) -> impl Iterator<Item = String> + 'a {
    moments.into_iter().map(move |moment| format!("{tier}-{moment}"))
}

fn hours(hours: i64) -> SignedDuration {
    SignedDuration::from_hours(hours)
}

/// The last days of the months before the last day of the history, the newest first.
fn ends_of_months(before: Date) -> impl Iterator<Item = Date> {
    (1..).map(move |back| before.first_of_month().checked_sub(jiff::Span::new().months(back - 1).days(1)).unwrap())
}

#[test]
fn thirty_daily_and_six_monthly() {
    let tier = Tier { keep_daily: Some(30), keep_monthly: Some(6), ..Tier::default() };
    let mut history = History::new([("scheduled", tier)]);
    (0..DAYS).for_each(|n| history.make("scheduled", midnight(day(n)) + hours(3)));
    let last = day(DAYS - 1);
    let daily = (0..30).map(|back| day(DAYS - 1 - back));
    // The month that goes on counts as the first of the six.
    let monthly = ends_of_months(last).take(5);
    let days: BTreeSet<Date> = daily.chain(monthly).collect();
    assert_eq!(last, date(2026, 6, 30));
    // The last day of May is one of the thirty days no more, those of January to April are not either.
    assert_eq!(days.len(), 35);
    let expected: BTreeSet<_> = ids("scheduled", days.into_iter().map(|day| midnight(day) + hours(3))).collect();
    assert_eq!(history.left(), expected);
    assert!(history.largest <= 30 + 6 + 1, "{}", history.largest);
}

#[test]
fn the_last_thirty_of_every_six_hours() {
    let mut history = History::new([("scheduled", last(30))]);
    let moments: Vec<Timestamp> = (0..DAYS * 4).map(|n| midnight(BEGIN) + hours(6 * n)).collect();
    moments.iter().for_each(|moment| history.make("scheduled", *moment));
    let expected: BTreeSet<_> = ids("scheduled", moments[moments.len() - 30..].iter().copied()).collect();
    assert_eq!(history.left(), expected);
    assert_eq!(history.largest, 30);
}

#[test]
fn the_table_of_tiers() {
    let mut history = History::new([
        ("scheduled", Tier { keep_within: Some(days(7)), ..Tier::default() }),
        ("pre-migration", Tier { keep_within: Some(days(30)), ..Tier::default() }),
        ("monthly", Tier { keep_monthly: Some(12), ..Tier::default() }),
    ]);
    let mut expected = BTreeSet::new();
    let end = midnight(day(DAYS - 1)) + hours(3);
    let young = |moment: &Timestamp| end - hours(30 * 24) <= *moment;
    for n in 0..DAYS {
        let noon = midnight(day(n)) + hours(12);
        history.make("scheduled", midnight(day(n)) + hours(3));
        if n == DAYS - 1 {
            break;
        }
        // Deploys come in bursts, and not at all in August.
        if n % 11 < 4 && day(n).month() != 8 {
            for deploy in 0..n % 3 + 1 {
                let moment = noon + hours(deploy);
                history.make("pre-migration", moment);
                expected.extend(ids("pre-migration", Some(moment).filter(young)));
            }
        }
        if n % 90 == 45 {
            history.make("release", noon - hours(1));
            expected.extend(ids("release", [noon - hours(1)]));
        }
        if day(n).day() == 1 {
            history.make("monthly", noon - hours(8));
        }
    }
    // The one of seven days ago is minutes too old when the last one is there.
    expected.extend(ids("scheduled", (0..7).map(|back| end - hours(24 * back))));
    let firsts =
        (0..12).map(|back| day(DAYS - 1).first_of_month().checked_sub(jiff::Span::new().months(back)).unwrap());
    expected.extend(ids("monthly", firsts.map(|day| midnight(day) + hours(4))));
    assert_eq!(history.left(), expected);
    assert_eq!(expected.iter().filter(|id| id.starts_with("release")).count(), 8);
}

#[test]
fn every_two_days_and_three_are_kept() {
    let mut history = History::new([("scheduled", last(3))]);
    (0..DAYS).step_by(2).for_each(|n| history.make("scheduled", midnight(day(n)) + hours(1)));
    let expected: BTreeSet<_> = ids("scheduled", [724, 726, 728].map(|n| midnight(day(n)) + hours(1))).collect();
    assert_eq!(history.left(), expected);
    assert_eq!(history.largest, 3);
}

#[test]
fn weeks_and_years_of_a_history_without_weekends() {
    let tier = Tier { keep_weekly: Some(5), keep_yearly: Some(9), ..Tier::default() };
    let mut history = History::new([("scheduled", tier)]);
    let workday = |day: Date| !matches!(day.weekday(), jiff::civil::Weekday::Saturday | jiff::civil::Weekday::Sunday);
    (0..DAYS).map(day).filter(|day| workday(*day)).for_each(|day| history.make("scheduled", midnight(day) + hours(3)));
    // The last day is a Tuesday, the weeks before end with a Friday; so do the years 2024 and 2025, nearly.
    let fridays = [date(2026, 6, 26), date(2026, 6, 19), date(2026, 6, 12), date(2026, 6, 5)];
    let all = fridays.into_iter().chain([date(2026, 6, 30), date(2025, 12, 31), date(2024, 12, 31)]);
    let expected: BTreeSet<_> = ids("scheduled", all.map(|day| midnight(day) + hours(3))).collect();
    assert_eq!(history.left(), expected);
}

#[test]
fn row_25_a_policy_that_comes_after_a_year_catches_up() {
    let mut history = History::new([]);
    (0..365).for_each(|n| history.make("scheduled", midnight(day(n)) + hours(3)));
    assert_eq!(history.left().len(), 365, "without a policy nothing goes");
    history.policy.tiers.insert("scheduled".to_owned(), last(14));
    for n in 365..365 + 60 {
        let before = history.there.len();
        history.make("scheduled", midnight(day(n)) + hours(3));
        assert_eq!(history.there.len(), (before + 1).saturating_sub(10).max(14));
    }
    let expected: BTreeSet<_> = ids("scheduled", (0..14).map(|back| midnight(day(424 - back)) + hours(3))).collect();
    assert_eq!(history.left(), expected);
}

#[test]
fn row_24_backups_that_stop_are_never_used_up() {
    let tier = Tier { keep_within: Some(days(7)), keep_daily: Some(2), ..Tier::default() };
    let mut history = History::new([("scheduled", tier)]);
    history.policy.min_keep = 4;
    (0..30).for_each(|n| history.make("scheduled", midnight(day(n)) + hours(3)));
    // From here on every backup fails, for two years.
    for n in 30..DAYS {
        let moment = midnight(day(n)) + hours(3);
        let failed =
            backup(&format!("failed-{n}"), "scheduled", moment).with(|backup| backup.status = "failed".to_owned());
        history.there.push(failed);
        history.prune(moment);
    }
    let good: BTreeSet<_> = history.left().into_iter().filter(|id| !id.starts_with("failed")).collect();
    let expected: BTreeSet<_> = ids("scheduled", (26..30).map(|n| midnight(day(n)) + hours(3))).collect();
    assert_eq!(good, expected);
}
