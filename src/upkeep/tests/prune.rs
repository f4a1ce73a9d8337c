use super::fake::{Fake, Hours, World};
use super::*;
use crate::backup::{Class, Reason as Why};
use crate::progress::Silent;
use crate::retention::Reason;
use crate::upkeep::Shelf;
use crate::upkeep::prune::{Fate, Item, Judged, carry_out, judge};

async fn plan(fake: &Fake, policy: &Policy) -> Judged {
    let shelf = Shelf { region: "eu-west-1", provider: fake, clock: &Hours::default(), copies: &[] };
    judge(&shelf, &resource(), policy, &scope()).await.unwrap()
}

async fn prune(fake: &Fake, policy: &Policy) -> Vec<Item> {
    let shelf = Shelf { region: "eu-west-1", provider: fake, clock: &Hours::default(), copies: &[] };
    let judged = judge(&shelf, &resource(), policy, &scope()).await.unwrap();
    carry_out(&shelf, &resource(), policy, &scope(), &judged, &Silent).await
}

fn fates(items: &[Item]) -> Vec<(&str, &'static str)> {
    let told = |fate: &Fate| match fate {
        Fate::Deleted => "deleted",
        Fate::Gone => "gone",
        Fate::Kept(_) => "kept",
        Fate::Failed(_) => "failed",
    };
    items.iter().map(|item| (item.id.as_str(), told(&item.fate))).collect()
}

fn of<'a>(world: &'a mut World, id: &str) -> &'a mut Backup {
    world.there.iter_mut().find(|backup| backup.id == id).unwrap()
}

#[tokio::test]
async fn exactly_what_the_policy_lets_go_is_deleted_the_oldest_first() {
    let fake = Fake::new(daily(6));
    let items = prune(&fake, &keep_last(3)).await;
    assert_eq!(fates(&items), [("d5", "deleted"), ("d4", "deleted"), ("d3", "deleted")]);
    assert_eq!(fake.logged("delete"), ["d5", "d4", "d3"]);
    assert_eq!(fake.ids(), ["d0", "d1", "d2"]);
}

#[tokio::test]
async fn row_23_each_is_described_again_as_the_last_call_before_its_deletion() {
    let fake = Fake::new(daily(4));
    prune(&fake, &keep_last(2)).await;
    let log = fake.log();
    for id in ["d3", "d2"] {
        let delete = log.iter().position(|line| *line == format!("delete {id}")).unwrap();
        assert_eq!(log[delete - 1], format!("describe {id}"));
        let before = [format!("shared {id}"), format!("copied {id}"), "list".to_owned(), format!("describe {id}")];
        assert!(log[..delete].ends_with(&before), "{log:?}");
    }
}

#[tokio::test]
async fn row_23_what_changed_since_the_plan_stays() {
    let changes: [fn(&mut World); 8] = [
        |world| drop(of(world, "d3").tags.insert(tags::PINNED.to_owned(), "audit".to_owned())),
        |world| drop(of(world, "d3").tags.insert("tidegate:use/0f".to_owned(), "running".to_owned())),
        |world| drop(of(world, "d3").tags.insert(tags::ID.to_owned(), "other".to_owned())),
        |world| drop(of(world, "d3").tags.remove(tags::ID)),
        |world| of(world, "d3").resource_id = "db-NEW".to_owned(),
        |world| of(world, "d3").status = "copying".to_owned(),
        |world| of(world, "d3").created = Some(now() + days(2)),
        |world| drop(of(world, "d3").tags.insert(tags::TIER.to_owned(), "release".to_owned())),
    ];
    for change in changes {
        let fake = Fake::new(daily(4));
        fake.before("describe d3", move |world| {
            change(world);
            None
        });
        let items = prune(&fake, &keep_last(2)).await;
        assert_eq!(fates(&items), [("d3", "kept"), ("d2", "deleted")]);
        assert_eq!(fake.logged("delete"), ["d2"]);
    }
}

#[tokio::test]
async fn row_23_what_is_shared_or_copied_since_the_plan_stays() {
    for call in ["shared d3", "copied d3"] {
        let fake = Fake::new(daily(4));
        // The first answer is for the plan; from the second one on it is different.
        fake.before(call, |_| None);
        fake.before(call, |world| {
            world.shared.push("d3".to_owned());
            world.copied.push("d3".to_owned());
            None
        });
        let items = prune(&fake, &keep_last(3)).await;
        assert_eq!(fates(&items), [("d3", "kept")], "{call}");
        assert!(fake.logged("delete").is_empty(), "{call}");
    }
}

#[tokio::test]
async fn row_24_a_newest_one_that_vanishes_meanwhile_makes_the_next_one_stay() {
    // While the facts are asked for, and while a deletion that was throttled waits for its second try.
    for call in ["copied d1", "delete d1"] {
        let fake = Fake::new(daily(3));
        if call == "copied d1" {
            fake.before(call, |_| None);
        }
        fake.before(call, move |world| {
            world.there.retain(|backup| backup.id != "d0");
            Some(super::fake::error(Class::Transient, Why::Throttled))
        });
        let items = prune(&fake, &keep_last(0)).await;
        assert_eq!(fates(&items), [("d2", "deleted"), ("d1", "kept")], "{call}");
        assert_eq!(fake.ids(), ["d1"], "{call}");
    }
}

#[tokio::test]
async fn row_25d_the_last_good_one_stays_although_another_one_was_counted_on() {
    let fake = Fake::new(daily(2));
    // Right before the second look d0 goes, so that d1 is the only one left.
    fake.before("list", |_| None);
    fake.before("list", |world| {
        world.there.retain(|backup| backup.id != "d0");
        None
    });
    let items = prune(&fake, &keep_last(1)).await;
    assert_eq!(fates(&items), [("d1", "kept")]);
    assert!(matches!(items[0].fate, Fate::Kept(Reason::Floor(1))));
    assert_eq!(fake.ids(), ["d1"]);
}

#[tokio::test]
async fn ids_that_appeared_since_the_plan_are_left_alone() {
    let fake = Fake::new(daily(3));
    fake.before("list", |_| None);
    fake.before("list", |world| {
        world.there.push(backup("late", 90));
        None
    });
    let items = prune(&fake, &keep_last(2)).await;
    assert_eq!(fates(&items), [("d2", "deleted")]);
    assert_eq!(fake.ids(), ["d0", "d1", "late"]);
}

#[tokio::test]
async fn row_26_one_that_cannot_be_deleted_holds_up_no_other() {
    let fake = Fake::new(daily(5));
    fake.fails("delete d4", 1, Class::Permanent, Why::AccessDenied);
    fake.fails("shared d3", 1, Class::Transient, Why::Throttled);
    fake.fails("delete d2", 3, Class::Transient, Why::Unreachable);
    let items = prune(&fake, &keep_last(2)).await;
    assert_eq!(fates(&items), [("d4", "failed"), ("d3", "deleted"), ("d2", "deleted")]);
    assert_eq!(fake.ids(), ["d0", "d1", "d4"]);
}

#[tokio::test]
async fn row_26_what_somebody_else_deleted_is_no_failure() {
    let fake = Fake::new(daily(4));
    fake.before("describe d3", |world| {
        world.there.retain(|backup| backup.id != "d3");
        None
    });
    fake.before("delete d2", |world| {
        world.there.retain(|backup| backup.id != "d2");
        None
    });
    assert_eq!(fates(&prune(&fake, &keep_last(2)).await), [("d3", "gone"), ("d2", "gone")]);
}

#[tokio::test]
async fn a_lost_answer_is_looked_after() {
    let fake = Fake::new(daily(3));
    for _ in 0..6 {
        fake.before("delete d2", |world| {
            of(world, "d2").status = "deleting".to_owned();
            Some(super::fake::error(Class::Unknown, Why::Unreachable))
        });
    }
    assert_eq!(fates(&prune(&fake, &keep_last(2)).await), [("d2", "deleted")]);
    let fake = Fake::new(daily(3));
    fake.before("delete d2", |world| {
        world.there.retain(|backup| backup.id != "d2");
        Some(super::fake::error(Class::Permanent, Why::Refused))
    });
    assert_eq!(fates(&prune(&fake, &keep_last(2)).await), [("d2", "deleted")], "it is gone, whatever was answered");
    let fake = Fake::new(daily(3));
    fake.fails("delete d2", 6, Class::Unknown, Why::Unreachable);
    assert_eq!(fates(&prune(&fake, &keep_last(2)).await), [("d2", "failed")]);
}

#[tokio::test]
async fn row_9_a_question_is_asked_again_until_it_is_answered_but_not_for_ever() {
    let fake = Fake::new(daily(3));
    fake.fails("list", 5, Class::Transient, Why::Throttled);
    assert_eq!(fates(&prune(&fake, &keep_last(2)).await), [("d2", "deleted")]);
    let fake = Fake::new(daily(3));
    fake.fails("list", 9, Class::Transient, Why::Throttled);
    let shelf = Shelf { region: "eu-west-1", provider: &fake, clock: &Hours::default(), copies: &[] };
    assert!(judge(&shelf, &resource(), &keep_last(2), &scope()).await.is_err());
    assert_eq!(fake.logged("list").len(), 6);
}

#[tokio::test]
async fn what_could_not_be_told_stays_and_is_told() {
    let fake = Fake::new(daily(4));
    fake.fails("shared d3", 1, Class::Permanent, Why::AccessDenied);
    let judged = plan(&fake, &keep_last(2)).await;
    let reason = |id: &str| judged.verdicts.iter().find(|verdict| verdict.id == id).unwrap().reason.clone();
    assert_eq!(reason("d3"), Reason::MaybeShared);
    assert_eq!(judged.doubts.iter().map(|doubt| doubt.id.as_str()).collect::<Vec<_>>(), ["d3"]);
    // When it is asked again before the deletion, and has no answer then, it stays as well.
    let fake = Fake::new(daily(4));
    fake.before("copied d3", |_| None);
    fake.fails("copied d3", 1, Class::Permanent, Why::AccessDenied);
    assert_eq!(fates(&prune(&fake, &keep_last(2)).await), [("d3", "failed"), ("d2", "deleted")]);
}

#[tokio::test]
async fn only_what_would_go_is_asked_about_and_shared_ones_do_not_use_up_the_cap() {
    let fake = Fake::new(daily(8));
    fake.world.lock().unwrap().shared = vec!["d7".to_owned(), "d6".to_owned()];
    let policy = Policy { cap: 2, ..keep_last(3) };
    let judged = plan(&fake, &policy).await;
    assert_eq!(judged.leaving().iter().map(|(id, _)| *id).collect::<Vec<_>>(), ["d5", "d4"]);
    assert_eq!(fake.logged("shared").len(), 4, "of those that stay anyway nothing is asked");
    assert!(fake.logged("delete").is_empty(), "a plan deletes nothing");
}

#[tokio::test]
async fn a_copy_that_is_being_made_elsewhere_keeps_its_source() {
    let fake = Fake::new(daily(4));
    let there = Fake::new(vec![Backup { status: "copying".to_owned(), ..backup("d3", 3) }, backup("d2", 2)]);
    let copies: Vec<(String, Box<dyn crate::backup::Provider>)> = vec![("eu-central-1".to_owned(), Box::new(there))];
    let shelf = Shelf { region: "eu-west-1", provider: &fake, clock: &Hours::default(), copies: &copies };
    let judged = judge(&shelf, &resource(), &keep_last(2), &scope()).await.unwrap();
    carry_out(&shelf, &resource(), &keep_last(2), &scope(), &judged, &Silent).await;
    assert_eq!(fake.logged("delete"), ["d2"]);
}

#[tokio::test]
async fn row_22_a_clock_that_is_ahead_deletes_nothing_too_early() {
    let within = Tier { keep_within: Some(days(10)), ..Tier::default() };
    let policy = Policy { tiers: [("scheduled".to_owned(), within)].into(), ..Policy::default() };
    let fake = Fake::new((0..20).map(|age| backup(&format!("d{age}"), age)).collect());
    assert_eq!(plan(&fake, &policy).await.leaving().len(), 9);
    // AWS says that it is a week earlier than this machine thinks.
    fake.world.lock().unwrap().skew = Some(-days(7));
    assert_eq!(plan(&fake, &policy).await.leaving().len(), 2);
    // Seconds are on the way; they make nothing of today a thing of the future.
    fake.world.lock().unwrap().skew = Some(-SignedDuration::from_secs(59));
    let today = plan(&fake, &policy).await.verdicts[0].reason.clone();
    assert_eq!(today, Reason::Floor(1));
    // And where it is later than we think, our own clock counts.
    fake.world.lock().unwrap().skew = Some(days(7));
    assert_eq!(plan(&fake, &policy).await.leaving().len(), 9);
}
