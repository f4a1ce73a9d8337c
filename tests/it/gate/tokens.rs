//! `auth = "rds-iam"`: a server that takes nothing but tokens of AWS, and checks them as AWS does.

use super::deploy::Deploy;
use crate::aws::fake::{Instance, SECRET_KEY, Stage};
use crate::support::cli::Cli;
use crate::support::front::Front;
use crate::support::postgres::USER;

struct Iam {
    deploy: Deploy,
    front: Front,
}

impl Iam {
    fn new() -> Self {
        let deploy = Deploy::new();
        let front = Front::before(deploy.database.server().port(), SECRET_KEY);
        let iam = Self { deploy, front };
        let restorable = Some(jiff::Timestamp::now() - jiff::SignedDuration::from_mins(4));
        let instance = Instance { restorable, ..Instance::new("prod-db").at("127.0.0.1", iam.front.port) };
        iam.deploy.fake.with(|world| world.instances = vec![instance]);
        iam.rewrite("[environments.prod]\n", "[environments.prod]\nauth = \"rds-iam\"\n");
        iam
    }

    fn rewrite(&self, from: &str, to: &str) {
        let path = self.deploy.path("tidegate.toml");
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(text.contains(from));
        std::fs::write(path, text.replace(from, to)).unwrap();
    }

    fn url(&self) -> String {
        let (port, name) = (self.front.port, &self.deploy.database.name);
        format!("postgres://{USER}@127.0.0.1:{port}/{name}?sslmode=disable")
    }

    fn on(&self, cli: Cli) -> Cli {
        cli.env("DATABASE", self.url()).nowhere_says("X-Amz-Signature").nowhere_says(SECRET_KEY)
    }
}

#[test]
fn row_14_gate_and_command_sign_in_with_tokens_that_aws_would_take() {
    let iam = Iam::new();
    // So long that the command's token is of another second than the first.
    let creating = std::iter::repeat_n(Stage::at("creating", 1), 12);
    iam.deploy.fake.with(|world| world.life = creating.chain([Stage::at("available", 100)]).collect());
    iam.on(iam.deploy.gate(&[])).run();
    assert_eq!((iam.deploy.applied().len(), iam.deploy.ran().len()), (1, 1));

    let visits = iam.front.visits();
    assert!(visits.iter().all(|visit| visit.refused.is_none()), "{visits:#?}");
    let run = iam.deploy.ran()[0].split(' ').next().unwrap().to_owned();
    let name = format!("tidegate-{run}");
    let (command, gate): (Vec<_>, Vec<_>) = visits.iter().partition(|visit| visit.application_name == name);
    assert!(!command.is_empty() && gate.len() > 3, "{visits:#?}");
    // Signed after the last look at the snapshot, and not what was used before.
    let log = iam.deploy.fake.log();
    let running = log.iter().position(|call| format!("{:?}", call.parameters).contains("running ")).unwrap();
    let last = log[running..].iter().find(|call| call.action == "DescribeDBSnapshots").unwrap();
    for visit in command {
        assert!(visit.signed.unwrap().as_second() >= last.at.as_second(), "{visit:?} {last:?}");
        assert_ne!(visit.token, gate[0].token);
    }
}

#[test]
fn credentials_that_the_server_does_not_take_start_nothing() {
    let iam = Iam::new();
    let other = |cli: Cli| iam.on(cli).env("AWS_SECRET_ACCESS_KEY", "OfAnotherAccount");
    let run = other(iam.deploy.gate(&[])).status(125).stderr_has("PAM authentication failed").run();
    assert!(run.stderr.contains("GRANT rds_iam TO") && run.stderr.contains("rds-db:connect"), "{}", run.stderr);
    assert!(iam.deploy.ran().is_empty() && iam.deploy.asked_for().is_empty());
    assert!(iam.front.visits().iter().all(|visit| visit.refused.is_some()));
    other(iam.deploy.tidegate(&["doctor"])).status(1).stdout_has("rds-db:connect").run();
}

#[test]
fn doctor_and_plan_sign_in_like_the_gate() {
    let iam = Iam::new();
    let doctor = iam.on(iam.deploy.tidegate(&["doctor"])).run().stdout();
    for check in ["database-reachable", "history", "identity"] {
        assert!(doctor.lines().any(|line| line.starts_with("ok ") && line.contains(check)), "{check}\n{doctor}");
    }
    let before = iam.front.visits().len();
    iam.on(iam.deploy.tidegate(&["plan", "--env", "prod"])).stdout_has("20260101000001").run();
    let visits = iam.front.visits();
    assert!(visits.len() > before && visits.iter().all(|visit| visit.refused.is_none()), "{visits:#?}");
    // Without credentials there is no token, and that is no verdict.
    let none = iam.on(iam.deploy.tidegate(&["plan", "--env", "prod"])).env("AWS_ACCESS_KEY_ID", "");
    none.env("AWS_SECRET_ACCESS_KEY", "").status(3).stdout_is("").run();
}

#[test]
fn a_plan_reads_the_url_that_aws_keeps() {
    let iam = Iam::new();
    let url = iam.url();
    iam.deploy.fake.with(|world| {
        world.secrets.insert("prod/shop".to_owned(), url.clone());
        world.parameters.insert("/prod/shop".to_owned(), url);
    });
    let mut from = "${DATABASE}".to_owned();
    for reference in ["secretsmanager://prod/shop", "ssm:///prod/shop", "ssm:///prod/gone"] {
        iam.rewrite(&format!("database_url = \"{from}\""), &format!("database_url = \"{reference}\""));
        reference.clone_into(&mut from);
        let plan = iam.on(iam.deploy.tidegate(&["plan", "--env", "prod"]));
        if reference.ends_with("gone") {
            plan.status(3).stdout_is("").stderr_has("/prod/gone").run();
        } else {
            plan.stdout_has("20260101000001").run();
        }
    }
    assert!(iam.deploy.fake.log().iter().all(|call| ["GetSecretValue", "GetParameter"].contains(&&*call.action)));
}
