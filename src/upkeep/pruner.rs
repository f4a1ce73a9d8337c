//! The prune of a gate: the same rules, and it never changes the verdict.

use super::prune::{Fate, Item, carry_out, judge};
use super::{Shelf, consent};
use crate::backup::{Provider, Resource};
use crate::gate::receipt::Pruned;
use crate::gate::world::Clock;
use crate::progress::Progress;
use crate::retention::{Policy, Reason, Scope};

/// Prunes by the policy of one environment, here and where copies are.
pub struct Pruner<'a> {
    pub provider: &'a dyn Provider,
    pub clock: &'a dyn Clock,
    pub progress: &'a dyn Progress,
    /// The environment's name, for what is said.
    pub environment: String,
    pub policy: Policy,
    /// The database that the migrations run against.
    pub database: String,
    /// Regions with copies.
    pub copies: Vec<(String, Box<dyn Provider>)>,
}

/// The Regions of `backup.copy_to` other than the resource's own, each with its provider.
pub fn copies(
    provider: &dyn Provider,
    home: &str,
    regions: &[(String, Option<String>)],
) -> Vec<(String, Box<dyn Provider>)> {
    let others = regions.iter().map(|(region, _)| region).filter(|region| *region != home);
    others.map(|region| (region.clone(), provider.elsewhere(region))).collect()
}

impl Pruner<'_> {
    /// Lets go what the policy lets go, but never `current` and the good one before it. Where nobody has agreed to the
    /// policy yet it only says what would go.
    pub async fn prune(&self, resource: &Resource, current: &str) -> Vec<Pruned> {
        if self.policy.tiers.is_empty() {
            return Vec::new();
        }
        let database = Some(self.database.as_str());
        let home = Shelf { region: &resource.region, provider: self.provider, clock: self.clock, copies: &self.copies };
        let scope = Scope { resource_id: &resource.resource_id, database, current: Some(current) };
        // Room for one that is not made yet: then the newest good one is the one before it.
        let scope = match home.describe(current).await {
            Ok(Some(_)) => scope,
            Ok(None) => Scope { current: None, ..scope },
            Err(error) => return vec![not_judged(current, &home, &error.to_string())],
        };
        let judged = match judge(&home, resource, &self.policy, &scope).await {
            Ok(judged) => judged,
            Err(error) => return vec![not_judged(current, &home, &error.to_string())],
        };
        if !consent::is_given(&judged.candidates, &self.policy, &scope) {
            return judged.leaving().into_iter().map(|(id, reason)| self.only_planned(id, reason)).collect();
        }
        let mut pruned = Vec::new();
        if let Err(error) = consent::give(&home, &judged.candidates, &self.policy, &scope).await {
            // Otherwise the one that carries it might go, and nobody would have agreed any more.
            return vec![not_judged(current, &home, &format!("the policy could not be noted on it: {error}"))];
        }
        let items = carry_out(&home, resource, &self.policy, &scope, &judged, self.progress).await;
        pruned.extend(items.iter().map(told));
        for (region, provider) in &self.copies {
            let there = Shelf { region, provider: provider.as_ref(), clock: self.clock, copies: &[] };
            // The copy of the new one is still being made: it counts for nothing yet, and nothing waits for it.
            let scope = Scope { current: None, ..scope };
            match judge(&there, resource, &self.policy, &scope).await {
                Ok(judged) => {
                    let items = carry_out(&there, resource, &self.policy, &scope, &judged, self.progress).await;
                    pruned.extend(items.iter().map(|item| in_region(told(item), region)));
                }
                Err(error) => pruned.push(not_judged(current, &there, &error.to_string())),
            }
        }
        pruned
    }

    fn only_planned(&self, id: &str, reason: &Reason) -> Pruned {
        let error = format!(
            "only planned: nobody has agreed to this policy yet (tidegate backup prune --env {} --yes, once)",
            self.environment
        );
        Pruned { backup: id.to_owned(), reason: reason.to_string(), error: Some(error) }
    }
}

/// As a receipt tells it.
pub fn told(item: &Item) -> Pruned {
    let error = match &item.fate {
        Fate::Deleted | Fate::Gone => None,
        Fate::Kept(reason) => Some(format!("kept at the second look: {reason}")),
        Fate::Failed(error) => Some(error.to_string()),
    };
    let reason = match &item.fate {
        Fate::Gone => format!("{}; somebody else had deleted it already", item.reason),
        _ => item.reason.to_string(),
    };
    Pruned { backup: item.id.clone(), reason, error }
}

fn in_region(pruned: Pruned, region: &str) -> Pruned {
    Pruned { reason: format!("{} (the copy in {region})", pruned.reason), ..pruned }
}

/// Nothing was deleted, and why.
fn not_judged(current: &str, shelf: &Shelf<'_>, why: &str) -> Pruned {
    Pruned {
        backup: current.to_owned(),
        reason: format!("no backup was pruned in {}", shelf.region),
        error: Some(why.to_owned()),
    }
}
