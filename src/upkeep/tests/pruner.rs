use super::fake::{Fake, Hours};
use super::*;
use crate::backup::{Class, Reason as Why};
use crate::gate::receipt::Pruned;
use crate::progress::Silent;
use crate::upkeep::pruner::{Pruner, copies};
use crate::upkeep::{Shelf, consent};

fn agreed(mut backups: Vec<Backup>, policy: &Policy) -> Vec<Backup> {
    backups.last_mut().unwrap().tags.insert(tags::POLICY.to_owned(), policy.fingerprint());
    backups
}

async fn prune(fake: &Fake, policy: &Policy, current: &str) -> Vec<Pruned> {
    let regions: Vec<_> = fake.world.lock().unwrap().elsewhere.keys().map(|region| (region.clone(), None)).collect();
    let pruner = Pruner {
        provider: fake,
        clock: &Hours::default(),
        progress: &Silent,
        environment: "prod".to_owned(),
        policy: policy.clone(),
        database: "shop".to_owned(),
        copies: copies(fake, "eu-west-1", &regions),
    };
    pruner.prune(&resource(), current).await
}

#[tokio::test]
async fn the_first_prune_of_a_policy_is_only_a_plan() {
    let fake = Fake::new(daily(6));
    let policy = keep_last(2);
    let pruned = prune(&fake, &policy, "d0").await;
    assert_eq!(pruned.iter().map(|one| one.backup.as_str()).collect::<Vec<_>>(), ["d5", "d4", "d3", "d2"]);
    assert!(pruned.iter().all(|one| one.error.as_ref().unwrap().contains("tidegate backup prune --env prod --yes")));
    assert!(fake.logged("delete").is_empty() && fake.logged("tag").is_empty());
    // Agreed to once, it is carried out; the newest good one carries that on.
    let shelf = Shelf { region: "eu-west-1", provider: &fake, clock: &Hours::default(), copies: &[] };
    let candidates = shelf.list(&resource()).await.unwrap();
    consent::give(&shelf, &candidates, &policy, &scope()).await.unwrap();
    assert_eq!(fake.logged("tag"), ["arn:d0"]);
    assert!(prune(&fake, &policy, "d0").await.iter().all(|one| one.error.is_none()));
    assert_eq!(fake.ids(), ["d0", "d1"]);
    // To a policy that was changed nobody has agreed.
    fake.world.lock().unwrap().there.extend([backup("old", 7), backup("older", 8)]);
    assert_eq!(prune(&fake, &keep_last(1), "d0").await.len(), 2);
    assert_eq!(fake.ids(), ["d0", "d1", "old", "older"]);
}

#[tokio::test]
async fn consent_outlives_the_backup_that_carried_it() {
    let policy = keep_last(2);
    let fake = Fake::new(agreed(daily(4), &policy));
    prune(&fake, &policy, "d0").await;
    assert_eq!(fake.ids(), ["d0", "d1"]);
    assert_eq!(fake.world.lock().unwrap().there[0].tags.get(tags::POLICY), Some(&policy.fingerprint()));
    // Where it cannot be carried on, nothing is deleted.
    let fake = Fake::new(agreed(daily(4), &policy));
    fake.fails("tag arn:d0", 1, Class::Permanent, Why::AccessDenied);
    assert!(prune(&fake, &policy, "d0").await[0].error.is_some());
    assert!(fake.logged("delete").is_empty());
}

#[tokio::test]
async fn consent_of_others_is_none() {
    let policy = keep_last(2);
    let mut backups = agreed(daily(4), &policy);
    backups[3].tags.insert(tags::DATABASE.to_owned(), "crm".to_owned());
    let fake = Fake::new(backups);
    prune(&fake, &policy, "d0").await;
    assert!(fake.logged("delete").is_empty());
}

#[tokio::test]
async fn the_one_just_made_and_the_good_one_before_it_stay() {
    let policy = keep_last(0);
    let fake = Fake::new(agreed(daily(5), &policy));
    prune(&fake, &policy, "d0").await;
    assert_eq!(fake.ids(), ["d0", "d1"]);
}

#[tokio::test]
async fn row_8_room_is_made_only_by_what_expires_anyway_and_a_good_one_stays() {
    let policy = keep_last(0);
    let fake = Fake::new(agreed(daily(3), &policy));
    // The new one is not made yet.
    prune(&fake, &policy, "to-be-made").await;
    assert_eq!(fake.ids(), ["d0"]);
    let nothing = Policy::default();
    let fake = Fake::new(agreed(daily(3), &nothing));
    assert!(prune(&fake, &nothing, "to-be-made").await.is_empty());
    assert_eq!(fake.ids().len(), 3);
}

#[tokio::test]
async fn row_25d_one_that_is_not_good_any_more_stops_the_prune() {
    let policy = keep_last(1);
    let mut backups = agreed(daily(4), &policy);
    backups[0].status = "deleting".to_owned();
    let fake = Fake::new(backups);
    assert!(prune(&fake, &policy, "d0").await.is_empty());
    assert!(fake.logged("delete").is_empty());
}

#[tokio::test]
async fn row_26_what_goes_wrong_is_told_item_by_item() {
    let policy = keep_last(2);
    let fake = Fake::new(agreed(daily(4), &policy));
    fake.fails("delete d3", 1, Class::Permanent, Why::AccessDenied);
    let pruned = prune(&fake, &policy, "d0").await;
    assert!(pruned[0].error.as_ref().unwrap().contains("AccessDenied"));
    assert_eq!(pruned[1].error, None);
    for call in ["list", "describe d0"] {
        let fake = Fake::new(agreed(daily(4), &policy));
        fake.fails(call, 1, Class::Permanent, Why::AccessDenied);
        let pruned = prune(&fake, &policy, "d0").await;
        assert_eq!(pruned.len(), 1, "{call}");
        assert!(pruned[0].error.as_ref().unwrap().contains("AccessDenied"));
        assert!(fake.logged("delete").is_empty());
    }
}

#[tokio::test]
async fn copies_are_pruned_where_they_are_by_the_same_policy() {
    let policy = keep_last(2);
    let fake = Fake::new(agreed(daily(2), &policy));
    let copying = Backup { status: "copying".to_owned(), ..backup("d0", 0) };
    let there = Fake::new(vec![copying, backup("d1", 1), backup("d2", 2), backup("d3", 3), backup("foreign", 9)]);
    there.world.lock().unwrap().there[4].tags.clear();
    fake.world.lock().unwrap().elsewhere.insert("eu-central-1".to_owned(), there.clone());
    let pruned = prune(&fake, &policy, "d0").await;
    assert!(fake.logged("delete").is_empty());
    assert_eq!(there.logged("delete"), ["d3"], "the one that is being copied counts for nothing yet");
    assert!(pruned[0].reason.ends_with("(the copy in eu-central-1)"));
}
