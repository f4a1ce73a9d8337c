use super::fake::{Fake, Hours};
use super::*;
use crate::backup::{Class, Quota, Reason as Why, Tags};
use crate::gate::world::Clock as _;
use crate::progress::Silent;
use crate::upkeep::Shelf;
use crate::upkeep::create::{NotMade, Order, copy, request, room, wait};

fn order() -> Order {
    let tags = [(tags::ID, "new"), (tags::RUN, "0f3a"), (tags::RESOURCE, SERVER)];
    Order {
        run: "0f3a".to_owned(),
        id: "new".to_owned(),
        tags: tags.into_iter().map(|(key, value)| (key.to_owned(), value.to_owned())).collect(),
        until: now() + SignedDuration::from_hours(2),
        poll: SignedDuration::from_secs(15),
    }
}

async fn make(fake: &Fake, clock: &Hours) -> Result<Backup, NotMade> {
    let shelf = Shelf { region: "eu-west-1", provider: fake, clock, copies: &[] };
    let asked = request(&shelf, &resource(), &order()).await?;
    wait(&shelf, &asked, &order(), &Silent).await
}

#[tokio::test]
async fn it_is_asked_for_once_and_waited_for() {
    let fake = Fake::new(Vec::new());
    // A status that nobody has heard of means: not yet.
    fake.world.lock().unwrap().statuses = vec!["creating", "pondering", "available"];
    let clock = Hours::default();
    let made = make(&fake, &clock).await.unwrap();
    assert_eq!((made.id.as_str(), made.status.as_str()), ("new", "available"));
    assert_eq!(fake.logged("request").len(), 1);
    assert_eq!(clock.now(), now() + SignedDuration::from_secs(30));
}

#[tokio::test]
async fn row_7_a_lost_answer_is_found_under_the_same_name() {
    for arrived in [true, false] {
        let fake = Fake::new(Vec::new());
        fake.before("request new", move |world| {
            if arrived {
                world.there.push(Backup { tags: order().tags, ..backup("new", 0) });
            }
            Some(super::fake::error(Class::Unknown, Why::Unreachable))
        });
        fake.world.lock().unwrap().statuses = vec!["available"; 3];
        assert!(make(&fake, &Hours::default()).await.is_ok());
        assert_eq!(fake.ids(), ["new"]);
        assert_eq!(fake.logged("request").len(), if arrived { 1 } else { 2 });
    }
}

#[tokio::test]
async fn row_7_what_has_the_name_already_is_taken_only_with_our_run() {
    let others: [fn(&mut Backup); 3] = [
        |backup| drop(backup.tags.insert(tags::RUN.to_owned(), "another".to_owned())),
        |backup| drop(backup.tags.remove(tags::RUN)),
        |backup| backup.resource_id = "db-NEW".to_owned(),
    ];
    for change in others {
        let mut there = Backup { tags: order().tags, ..backup("new", 0) };
        change(&mut there);
        let fake = Fake::new(vec![there]);
        assert!(matches!(make(&fake, &Hours::default()).await, Err(NotMade::Another { .. })));
    }
    let fake = Fake::new(vec![Backup { tags: order().tags, ..backup("new", 0) }]);
    assert!(make(&fake, &Hours::default()).await.is_ok());
}

#[tokio::test]
async fn row_6_a_busy_server_is_waited_for_and_a_stopped_one_is_not() {
    let fake = Fake::new(Vec::new());
    fake.fails("request new", 12, Class::Transient, Why::Busy);
    fake.world.lock().unwrap().statuses = vec!["available"];
    assert!(make(&fake, &Hours::default()).await.is_ok());
    let fake = Fake::new(Vec::new());
    fake.fails("request new", 1, Class::Permanent, Why::InvalidState);
    assert!(matches!(make(&fake, &Hours::default()).await, Err(NotMade::Provider(_))));
    assert_eq!(fake.logged("request").len(), 1);
    // Not longer than until the deadline.
    let fake = Fake::new(Vec::new());
    fake.fails("request new", 9999, Class::Transient, Why::Busy);
    let clock = Hours::default();
    assert!(matches!(make(&fake, &clock).await, Err(NotMade::Provider(_))));
    assert!(clock.now() >= order().until && clock.now() < order().until + SignedDuration::from_mins(1));
}

#[tokio::test]
async fn row_3_dead_is_dead_at_once() {
    for status in ["failed", "deleting", "deleted", "incompatible-parameters"] {
        let fake = Fake::new(Vec::new());
        fake.world.lock().unwrap().statuses = vec!["creating", status];
        assert!(matches!(make(&fake, &Hours::default()).await, Err(NotMade::Dead { .. })), "{status}");
    }
}

#[tokio::test]
async fn row_4_what_vanishes_is_missed_after_a_short_grace() {
    let fake = Fake::new(Vec::new());
    for _ in 0..3 {
        fake.before("describe new", |world| {
            world.there.clear();
            None
        });
    }
    let clock = Hours::default();
    assert!(matches!(make(&fake, &clock).await, Err(NotMade::Vanished { .. })));
    assert!(clock.now() <= now() + SignedDuration::from_mins(3));
}

#[tokio::test]
async fn row_1_another_one_under_the_same_name_is_not_taken_for_it() {
    let fake = Fake::new(Vec::new());
    fake.before("describe new", |world| {
        world.there[0].arn = "arn:another".to_owned();
        world.there[0].status = "available".to_owned();
        None
    });
    assert!(matches!(make(&fake, &Hours::default()).await, Err(NotMade::Another { .. })));
    let fake = Fake::new(Vec::new());
    fake.before("describe new", |world| {
        world.there[0].tags = Tags::new();
        world.there[0].status = "available".to_owned();
        None
    });
    assert!(matches!(make(&fake, &Hours::default()).await, Err(NotMade::Another { .. })));
}

#[tokio::test]
async fn row_2_the_wait_ends_at_the_deadline_with_a_last_look() {
    let fake = Fake::new(Vec::new());
    let clock = Hours::default();
    let Err(NotMade::Late { state, .. }) = make(&fake, &clock).await else { panic!("it was never made") };
    assert_eq!(state, "creating");
    assert_eq!(clock.now(), order().until);
    let looks = fake.logged("describe").len();
    assert!((400..=500).contains(&looks), "{looks} looks in two hours, four a minute");
}

#[tokio::test]
async fn row_9_throttling_is_waited_out_inside_the_deadline() {
    let fake = Fake::new(Vec::new());
    fake.fails("describe new", 40, Class::Transient, Why::Throttled);
    fake.world.lock().unwrap().statuses = vec!["available"];
    assert!(make(&fake, &Hours::default()).await.is_ok());
    let fake = Fake::new(Vec::new());
    fake.fails("describe new", 1, Class::Permanent, Why::CredentialsExpired);
    assert!(matches!(make(&fake, &Hours::default()).await, Err(NotMade::Provider(_))));
}

#[tokio::test]
async fn row_8_a_quota_that_is_used_up_is_told_before_anything_is_asked_for() {
    let fake = Fake::new(Vec::new());
    let shelf = Shelf { region: "eu-west-1", provider: &fake, clock: &Hours::default(), copies: &[] };
    for (used, fits) in [(99, true), (100, false), (101, false)] {
        fake.world.lock().unwrap().quota = Some(Quota { used, limit: 100 });
        assert_eq!(room(&shelf).await.is_ok(), fits);
    }
    let said = room(&shelf).await.unwrap_err().to_string();
    assert_eq!(said, "the account's quota of manual snapshots in eu-west-1 is used up: 101 of 100");
    // What cannot be told here the order itself tells.
    fake.fails("quota", 1, Class::Permanent, Why::AccessDenied);
    assert!(room(&shelf).await.is_ok());
}

#[tokio::test]
async fn a_copy_names_its_source_and_no_run_uses_it() {
    let mut source = Backup { tags: order().tags, ..backup("new", 0) };
    source.tags.insert("tidegate:use/0f3a".to_owned(), "waiting".to_owned());
    let there = Fake::new(Vec::new());
    let shelf = Shelf { region: "eu-central-1", provider: &there, clock: &Hours::default(), copies: &[] };
    let order = Order { tags: tags::of_copy(&source.tags, "new"), ..order() };
    let asked = copy(&shelf, &source, "eu-west-1", None, &order).await.unwrap();
    there.world.lock().unwrap().statuses = vec!["copying", "available"];
    let made = wait(&shelf, &asked, &order, &Silent).await.unwrap();
    assert_eq!(there.logged("copy"), ["new from eu-west-1"]);
    assert_eq!(made.tags.get(tags::COPY_OF).map(String::as_str), Some("new"));
    assert!(made.is_ours() && tags::runs(&made.tags).is_empty());
}
