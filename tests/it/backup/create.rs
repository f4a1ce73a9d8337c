use super::*;
use crate::aws::fake::{Fault, Stage};

fn created(fake: &Fake) -> usize {
    fake.count("CreateDBSnapshot")
}

#[test]
fn it_prints_the_name_of_one_that_can_be_used_and_tags_it() {
    let fake = Fake::with_instance("prod-db");
    fake.with(|world| drop(world.instance("prod-db").tags.insert("team".to_owned(), "shop".to_owned())));
    let run = backup(&fake.env(), "", &["create", "--tier", "release", "--tag", "release=2026.1"])
        .stderr_has("of shop on prod-db in eu-west-1 (db-PROD-DB), tier release")
        .run();
    let stdout = run.stdout();
    let id = stdout.trim_end();
    assert!(id.starts_with("tidegate-prod-db-") && id.len() == "tidegate-prod-db-".len() + 16, "{id}");
    assert_eq!(created(&fake), 1);
    fake.with(|world| {
        let snapshot = world.snapshot(id);
        assert_eq!(snapshot.stage.status, "available");
        let tag = |key: &str| snapshot.tags.get(key).map(String::as_str).unwrap_or_default();
        assert_eq!((tag("tidegate:id"), tag("tidegate:database")), (id, "shop"));
        assert_eq!((tag("tidegate:tier"), tag("tidegate:resource")), ("release", "db-PROD-DB"));
        assert_eq!((tag("release"), tag("team"), tag("tidegate:environment")), ("2026.1", "shop", "prod"));
    });
    // What was intended was said before it was asked for.
    assert!(run.stderr.find("asking for").unwrap() < run.stderr.find("is available").unwrap());
    let all = backup(&fake.env(), "", &["create", "--all-databases", "--json"]).run();
    assert_eq!(json(&all)["backup"]["database"], Value::Null);
    assert_eq!(json(&all)["backup"]["ours"], true);
}

#[test]
fn row_7_an_answer_that_was_lost_does_not_make_a_second_one() {
    let fake = Fake::with_instance("prod-db");
    fake.fault(Fault::on("CreateDBSnapshot").first(1).lose_answer());
    backup(&fake.env(), "", &["create"]).run();
    assert_eq!((created(&fake), there(&fake).len()), (1, 1));
    // Where the order never arrived it is given again, under the same name.
    let fake = Fake::with_instance("prod-db");
    fake.fault(Fault::on("CreateDBSnapshot").first(1).cut());
    backup(&fake.env(), "", &["create"]).run();
    let log = fake.log();
    let names: Vec<&str> = log
        .iter()
        .filter(|call| call.action == "CreateDBSnapshot")
        .map(|call| call.get("DBSnapshotIdentifier"))
        .collect();
    assert!(names.len() == 2 && names[0] == names[1], "{names:?}");
    assert_eq!(there(&fake).len(), 1);
}

#[test]
fn row_8_a_quota_that_is_used_up_is_named_and_nothing_is_deleted_for_it() {
    let fake = with_daily(5);
    fake.with(|world| world.limit = 5);
    backup(&fake.env(), &keep_last(2), &["create"])
        .status(1)
        .stderr_has("the account's quota of manual snapshots in eu-west-1 is used up: 5 of 5")
        .stderr_has("tidegate backup prune --env prod --yes deletes 3 that the policy lets go")
        .run();
    assert_eq!((created(&fake), deleted(&fake).len()), (0, 0));
}

#[test]
fn row_2_time_that_runs_out_is_3_and_a_failure_is_1() {
    let fake = Fake::with_instance("prod-db");
    fake.with(|world| world.life = vec![Stage::at("creating", 7); 1]);
    backup(&fake.env(), "", &["create", "--timeout", "2s"])
        .status(3)
        .stdout_is("")
        .stderr_has("is still being made (creating, 7 %), and the time is over")
        .stderr_has("tidegate backup list shows tidegate-prod-db-")
        .run();
    assert_eq!(created(&fake), 1);
    for status in ["failed", "incompatible-parameters", "deleting"] {
        let fake = Fake::with_instance("prod-db");
        fake.with(|world| world.life = vec![Stage::at("creating", 0), Stage::is(status)]);
        backup(&fake.env(), "", &["create"]).status(1).stdout_is("").stderr_has(format!("is {status}")).run();
    }
}

#[test]
fn row_3_a_status_that_nobody_has_heard_of_means_wait() {
    let fake = Fake::with_instance("prod-db");
    fake.with(|world| world.life = ["creating", "pondering", "nearly-there", "available"].map(Stage::is).to_vec());
    backup(&fake.env(), "", &["create"]).stdout_has("tidegate-prod-db-").run();
}

#[test]
fn row_6_a_busy_server_is_waited_for_and_a_stopped_one_is_not() {
    let fake = Fake::with_instance("prod-db");
    fake.fault(Fault::on("CreateDBSnapshot").first(2).error(
        400,
        "InvalidDBInstanceState",
        "The instance is backing-up.",
    ));
    fake.with(|world| world.instance("prod-db").status = "backing-up".to_owned());
    fake.with(|world| world.instance("prod-db").next = ["backing-up", "available"].map(str::to_owned).into());
    let busy = backup(&fake.env(), "", &["create"]).any_status().run();
    assert!(busy.status == Some(0) || busy.stderr.contains("backing-up"), "{}", busy.stderr);
    let fake = Fake::with_instance("prod-db");
    fake.with(|world| world.instance("prod-db").status = "stopped".to_owned());
    backup(&fake.env(), "", &["create", "--timeout", "3s"]).any_status().stdout_is("").run();
    assert!(there(&fake).is_empty());
}

#[test]
fn row_11_a_read_replica_is_refused() {
    let fake = Fake::with_instance("prod-db");
    fake.with(|world| world.instance("prod-db").replica_of = Some("primary-db".to_owned()));
    backup(&fake.env(), "", &["create"]).status(2).stderr_has("prod-db is a read replica of primary-db").run();
    assert_eq!(created(&fake), 0);
}

#[test]
fn without_waiting_it_is_only_asked_for() {
    let fake = Fake::with_instance("prod-db");
    fake.with(|world| world.life = vec![Stage::at("creating", 0)]);
    backup(&fake.env(), "", &["create", "--no-wait"]).stdout_has("tidegate-prod-db-").run();
    assert_eq!(created(&fake), 1);
}

#[test]
fn copies_are_made_where_the_configuration_says_and_are_backups_of_their_own() {
    let fake = Fake::with_instance("prod-db");
    let more = "[environments.prod.backup]\ncopy_to = [\"eu-central-1\", \"eu-west-1\"]\n";
    let run = backup(&fake.env(), more, &["create", "--json"]).run();
    let id = json(&run)["backup"]["id"].as_str().unwrap().to_owned();
    assert_eq!(json(&run)["copies"][0]["region"], "eu-central-1");
    assert_eq!((fake.count("CopyDBSnapshot"), there(&fake).len()), (1, 2));
    fake.with(|world| {
        let copy = world.snapshots.iter().find(|one| one.region == "eu-central-1").unwrap();
        assert_eq!((copy.id.as_str(), copy.stage.status.as_str()), (id.as_str(), "available"));
        assert_eq!((&copy.tags["tidegate:id"], &copy.tags["tidegate:copy-of"]), (&id, &id));
    });
    // What cannot be copied is told, and the backup is there nevertheless.
    let fake = Fake::with_instance("prod-db");
    fake.fault(Fault::on("CopyDBSnapshot").deny());
    backup(&fake.env(), more, &["create"])
        .status(1)
        .stdout_has("tidegate-prod-db-")
        .stderr_has("there is no copy in eu-central-1: rds:CopyDBSnapshot")
        .run();
}

#[test]
fn what_rds_would_not_take_is_refused_before_anything_is_asked() {
    let fake = Fake::with_instance("prod-db");
    for (arguments, said) in [
        (["create", "--tag", "aws:x=1"], "belongs to AWS or to tidegate"),
        (["create", "--tag", "tidegate:pinned=x"], "belongs to AWS or to tidegate"),
        (["create", "--tag", "novalue"], "is not KEY=VALUE"),
        (["create", "--tier", "a;b"], "cannot be written as a tag"),
        (["create", "--timeout", "soon"], "is no length of time"),
    ] {
        backup(&fake.env(), "", &arguments).status(2).stderr_has(said).run();
    }
    assert!(fake.log().is_empty());
}

#[test]
fn a_database_that_is_not_known_is_asked_for() {
    let fake = Fake::with_instance("prod-db");
    let toml = "[environments.prod]\ndatabase_url = \"${NOWHERE_SET}\"\n[environments.prod.backup]\ninstance = \"prod-db\"\n\
                [environments.prod.gate]\npoll = \"200ms\"\n";
    let cli = |arguments: &[&str]| {
        let mut cli = Cli::new().file("tidegate.toml", toml).arg("backup").args(arguments);
        for (name, value) in fake.env() {
            cli = cli.env(name, value);
        }
        cli
    };
    cli(&["create"]).status(2).stderr_has("--database shop").stderr_has("--all-databases").run();
    cli(&["create", "--database", "crm", "--json"]).stdout_has("\"database\": \"crm\"").run();
    cli(&["create", "--database", "crm", "--all-databases"]).status(2).run();
    assert_eq!(created(&fake), 1);
}
