use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::calendar::Period;
use super::facts::{Candidate, Known, Scope, moment};
use super::policy::{Policy, Tier};
use super::reason::{Action, Reason, Rule, Verdict};
use crate::backup::{Progress, tags};

/// One verdict for each backup, the newest first.
///
/// With the same candidates and an unlimited cap, whatever a policy deletes every smaller one deletes, too. The cap
/// only puts deletions off to a later run: the oldest go first.
pub fn plan(candidates: &[Candidate], policy: &Policy, scope: &Scope<'_>, now: Timestamp) -> Vec<Verdict> {
    let (listed, contradictory) = each_once(candidates);
    let certain = || listed.iter().copied().filter(|candidate| !contradictory.contains(candidate.backup.id.as_str()));
    let ours: Vec<&Candidate> = certain().filter(|candidate| foreign(candidate, scope).is_none()).collect();
    let current = certain().find(|candidate| is_current(candidate, scope) && candidate.is_good(now));
    let floors = Floors::new(&ours, current, policy, scope, now);
    let rules = rules(&ours, policy, now);
    let mut verdicts: Vec<Verdict> = listed
        .iter()
        .map(|candidate| {
            let id = candidate.backup.id.as_str();
            let kept = contradictory
                .contains(id)
                .then_some(Reason::Contradictory)
                .or_else(|| is_current(candidate, scope).then_some(Reason::Current))
                .or_else(|| foreign(candidate, scope))
                .or_else(|| not_good(candidate, now))
                .or_else(|| held(candidate))
                .or_else(|| floors.keep(id))
                .or_else(|| tier(candidate, policy))
                .or_else(|| rules.get(id).cloned().map(Reason::Rules));
            match kept {
                Some(reason) => Verdict { id: id.to_owned(), action: Action::Keep, reason },
                None => Verdict { id: id.to_owned(), action: Action::Delete, reason: expired(candidate, policy, now) },
            }
        })
        .collect();
    // From the end: the oldest go first.
    for late in verdicts.iter_mut().rev().filter(|one| one.action == Action::Delete).skip(policy.cap as usize) {
        *late = Verdict { id: late.id.clone(), action: Action::Keep, reason: Reason::Cap(policy.cap) };
    }
    verdicts
}

/// Every backup once, the newest first and what has no age last, and the ids under which different facts were listed.
fn each_once(candidates: &[Candidate]) -> (Vec<&Candidate>, BTreeSet<&str>) {
    let mut by_id: BTreeMap<&str, &Candidate> = BTreeMap::new();
    let mut contradictory = BTreeSet::new();
    for candidate in candidates {
        let id = candidate.backup.id.as_str();
        if by_id.insert(id, candidate).is_some_and(|other| other != candidate) {
            contradictory.insert(id);
        }
    }
    // What contradicts itself counts for nothing, whichever of its facts came last.
    let mut listed: Vec<&Candidate> = by_id.into_values().collect();
    listed.sort_by_key(|candidate| {
        let moment = moment(&candidate.backup).filter(|_| !contradictory.contains(candidate.backup.id.as_str()));
        std::cmp::Reverse((moment, &candidate.backup.id))
    });
    (listed, contradictory)
}

fn is_current(candidate: &Candidate, scope: &Scope<'_>) -> bool {
    scope.current.is_some_and(|id| id.eq_ignore_ascii_case(&candidate.backup.id))
}

/// Why it is none of those that a policy is about. `None` for ours, of this server and this database.
pub fn foreign(candidate: &Candidate, scope: &Scope<'_>) -> Option<Reason> {
    let backup = &candidate.backup;
    if !candidate.is_manual() {
        return Some(Reason::NotManual(backup.origin));
    }
    let Some(own) = backup.tags.get(tags::ID) else { return Some(Reason::NotOurs) };
    if !backup.is_ours() {
        return Some(Reason::Cloned { of: own.clone() });
    }
    // Both what AWS says and what the tag says: a restore under the old name has another id, a copy of tags the old one.
    let said = backup.tags.get(tags::RESOURCE).map_or("", String::as_str);
    if let Some(other) = [backup.resource_id.as_str(), said].into_iter().find(|id| *id != scope.resource_id) {
        return Some(Reason::OtherServer { resource_id: other.to_owned() });
    }
    let database = backup.tags.get(tags::DATABASE);
    if database.cloned() != scope.database.map(tags::value) {
        return Some(Reason::OtherDatabase { database: database.cloned() });
    }
    None
}

/// Why it can neither be counted on nor be deleted.
fn not_good(candidate: &Candidate, now: Timestamp) -> Option<Reason> {
    let backup = &candidate.backup;
    if backup.progress() != Progress::Usable {
        return Some(Reason::Status(backup.status.clone()));
    }
    if moment(backup).is_none() {
        return Some(Reason::NoAge);
    }
    candidate.future(now).map(Reason::Future)
}

/// Who else counts on it.
fn held(candidate: &Candidate) -> Option<Reason> {
    let backup = &candidate.backup;
    if let Some(why) = backup.tags.get(tags::PINNED) {
        return Some(Reason::Pinned(why.clone()));
    }
    for run in tags::runs(&backup.tags) {
        match run {
            Err(run) => return Some(Reason::UnreadableRun(run)),
            Ok(tag) if tag.phase.unfinished() => return Some(Reason::InUse { run: tag.run, phase: tag.phase }),
            Ok(_) => {}
        }
    }
    match (candidate.shared, candidate.being_copied) {
        (Known::Yes, _) => Some(Reason::Shared),
        (Known::CouldNotTell, _) => Some(Reason::MaybeShared),
        (_, Known::Yes) => Some(Reason::BeingCopied),
        (_, Known::CouldNotTell) => Some(Reason::MaybeCopied),
        _ => None,
    }
}

/// What stays whatever the tiers say.
struct Floors<'a> {
    /// The newest good ones.
    newest: BTreeSet<&'a str>,
    previous: Option<&'a str>,
    missing: Option<String>,
    min_keep: u32,
}

impl<'a> Floors<'a> {
    fn new(
        ours: &[&'a Candidate],
        current: Option<&'a Candidate>,
        policy: &Policy,
        scope: &Scope<'_>,
        now: Timestamp,
    ) -> Self {
        let good = || ours.iter().filter(|candidate| candidate.is_good(now));
        let id = |candidate: &&'a Candidate| candidate.backup.id.as_str();
        let min_keep = policy.min_keep.max(1);
        let before = |current: &'a Candidate| {
            let not_later =
                |other: &&&'a Candidate| moment(&other.backup) <= moment(&current.backup) && !is_current(other, scope);
            good().find(not_later).map(id)
        };
        Self {
            newest: good().take(min_keep as usize).map(id).collect(),
            previous: current.and_then(before),
            missing: scope.current.filter(|_| current.is_none()).map(str::to_owned),
            min_keep,
        }
    }

    fn keep(&self, id: &str) -> Option<Reason> {
        if let Some(current) = &self.missing {
            return Some(Reason::CurrentMissing(current.clone()));
        }
        if self.previous == Some(id) {
            return Some(Reason::Previous);
        }
        self.newest.contains(id).then_some(Reason::Floor(self.min_keep))
    }
}

/// Why no rule can be asked.
fn tier(candidate: &Candidate, policy: &Policy) -> Option<Reason> {
    let Some(name) = candidate.tier() else { return Some(Reason::NoTier) };
    match policy.tiers.get(name) {
        None => Some(Reason::NoPolicy { tier: name.to_owned() }),
        Some(tier) if tier.is_empty() => Some(Reason::EmptyPolicy { tier: name.to_owned() }),
        Some(_) => None,
    }
}

/// The rules of the tiers that keep each backup. Only good ones are counted.
fn rules<'a>(ours: &[&'a Candidate], policy: &Policy, now: Timestamp) -> BTreeMap<&'a str, Vec<Rule>> {
    let mut kept: BTreeMap<&str, Vec<Rule>> = BTreeMap::new();
    for (name, tier) in &policy.tiers {
        let of_tier = ours.iter().filter(|candidate| candidate.tier() == Some(name) && candidate.is_good(now));
        let dated: Vec<(&Candidate, Timestamp)> =
            of_tier.filter_map(|candidate| Some((*candidate, moment(&candidate.backup)?))).collect();
        for (place, (candidate, moment)) in dated.iter().enumerate() {
            let rules = kept.entry(candidate.backup.id.as_str()).or_default();
            rules.extend(tier.keep_last.filter(|count| place < *count as usize).map(Rule::Last));
            rules.extend(tier.keep_within.filter(|within| now.duration_since(*moment) <= *within).map(Rule::Within));
            rules.extend(tier.keep_tag.iter().filter(|tag| candidate.has_tag(tag)).cloned().map(Rule::Tag));
            rules.extend(tier.keep_all.then_some(Rule::All));
        }
        for (rule, count, period) in periods(tier) {
            for (candidate, of) in newest_of_each(&dated, period).into_iter().take(count as usize) {
                kept.entry(candidate.backup.id.as_str()).or_default().push(Rule::Newest { rule, count, of });
            }
        }
    }
    kept.retain(|_, rules| !rules.is_empty());
    kept
}

fn periods(tier: &Tier) -> impl Iterator<Item = (&'static str, u32, Period)> {
    [
        ("keep_daily", tier.keep_daily, Period::Day),
        ("keep_weekly", tier.keep_weekly, Period::Week),
        ("keep_monthly", tier.keep_monthly, Period::Month),
        ("keep_yearly", tier.keep_yearly, Period::Year),
    ]
    .into_iter()
    .filter_map(|(rule, count, period)| Some((rule, count?, period)))
}

/// The newest backup of each stretch that has one, the newest stretch first. `dated` is newest first.
fn newest_of_each<'a>(dated: &[(&'a Candidate, Timestamp)], period: Period) -> Vec<(&'a Candidate, String)> {
    let mut newest: Vec<(&Candidate, String)> = Vec::new();
    for (candidate, moment) in dated {
        let stretch = period.of(*moment);
        if newest.last().is_none_or(|(_, last)| *last != stretch) {
            newest.push((candidate, stretch));
        }
    }
    newest
}

fn expired(candidate: &Candidate, policy: &Policy, now: Timestamp) -> Reason {
    let tier = candidate.tier().unwrap_or_default();
    Reason::Expired {
        tier: tier.to_owned(),
        rules: policy.tiers.get(tier).map(Tier::in_words).unwrap_or_default(),
        age: moment(&candidate.backup).map(|moment| now.duration_since(moment)).unwrap_or_default(),
    }
}
