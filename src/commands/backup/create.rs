//! `tidegate backup create`: one backup, asked for under one name, waited for, and copied.

use std::process::ExitCode;

use serde::Serialize;

use super::open::{Open, failure};
use super::report::{Entry, Server, VERSION, print_json};
use crate::backup::name::backup_name;
use crate::backup::{Backup, Tags, tags};
use crate::cli::args::BackupCreateArgs;
use crate::cli::environment::Environment;
use crate::cli::failure::{Code, Failure};
use crate::cli::settings::{CreateSettings, UpkeepSettings, create_settings};
use crate::cli::ui::Ui;
use crate::gate::RunId;
use crate::progress::Progress as _;
use crate::retention::{Candidate, exact};
use crate::upkeep::create::{NotMade, Order, copy, request, room, wait};
use crate::upkeep::prune::judge;

#[derive(Serialize)]
struct Made {
    version: u32,
    environment: String,
    server: Server,
    backup: Entry,
    /// In other Regions.
    copies: Vec<Entry>,
    /// Why a copy is missing.
    errors: Vec<String>,
}

pub(super) async fn run(
    args: &BackupCreateArgs,
    settings: &UpkeepSettings,
    environment: &Environment,
    ui: &Ui,
) -> Result<ExitCode, Failure> {
    let wanted = create_settings(args, settings)?;
    let open = Open::new(settings, environment, ui).await?;
    let home = open.home();
    if let Some(source) = &open.resource.replica_of {
        return Err(Failure::usage(format!("{} is a read replica of {source}", open.resource.name))
            .hint("a replica may be hours behind: take the backup of its source"));
    }
    if let Err(problem) = room(&home).await {
        return Err(no_room(problem, settings, &open).await);
    }
    let order = order(settings, &wanted, &open, home.clock.now())?;
    ui.status(&format!(
        "tidegate backup: asking for {} of {} ({}), tier {}",
        order.id,
        open.told(),
        open.resource.resource_id,
        wanted.tier
    ));
    let asked = request(&home, &open.resource, &order).await.map_err(|problem| told(problem, &order, &wanted))?;
    let mut backup = asked.clone();
    let (mut copies, mut errors) = (Vec::new(), Vec::new());
    if wanted.wait {
        backup = wait(&home, &asked, &order, ui).await.map_err(|problem| told(problem, &order, &wanted))?;
        ui.status(&format!("tidegate backup: {} is available", backup.id));
        (copies, errors) = copied(settings, &open, &backup, &order, ui).await;
    } else if open.elsewhere().next().is_some() {
        ui.note("without waiting no copies are made in other Regions: a copy needs what is usable");
    }
    ui.finish();
    for error in &errors {
        ui.warning(error);
    }
    let code = if errors.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(Code::Finding.number()) };
    if settings.json {
        let entry = |backup: &Backup, region: &str| {
            let candidate = Candidate { backup: backup.clone(), ..Candidate::default() };
            Entry::new(&candidate, region, &open.scope(), home.now())
        };
        print_json(&Made {
            version: VERSION,
            environment: settings.environment.name.clone(),
            server: Server::of(&open),
            backup: entry(&backup, home.region),
            copies: copies.iter().map(|(region, copy)| entry(copy, region)).collect(),
            errors,
        })?;
    } else {
        crate::commands::output::print(format!("{}\n", backup.id).as_bytes())?;
    }
    Ok(code)
}

fn order(
    settings: &UpkeepSettings,
    wanted: &CreateSettings,
    open: &Open,
    now: jiff::Timestamp,
) -> Result<Order, Failure> {
    let mut random = [0; 8];
    // Without it two backups could get one name.
    getrandom::fill(&mut random)
        .map_err(|error| Failure::new(Code::CouldNotTell, format!("the system gives no random bytes: {error}")))?;
    let run = RunId::from_random(random).to_string();
    let id = backup_name(&open.resource.name, &run);
    let mut written = wanted.tags.clone();
    written.extend([
        (tags::ID.to_owned(), id.clone()),
        (tags::RUN.to_owned(), run.clone()),
        (tags::RESOURCE.to_owned(), open.resource.resource_id.clone()),
        (tags::ENVIRONMENT.to_owned(), tags::value(&settings.environment.name)),
        (tags::TIER.to_owned(), wanted.tier.clone()),
        (tags::CREATED.to_owned(), now.to_string()),
    ]);
    written.extend(open.database.as_ref().map(|database| (tags::DATABASE.to_owned(), tags::value(database))));
    let until = now
        .checked_add(wanted.timeout)
        .map_err(|_| Failure::usage("--timeout: that is longer than time is counted"))?;
    Ok(Order { run, id, tags: written, until, poll: settings.environment.gate.poll })
}

/// Copies in every Region of `copy_to`, under the same name. What fails in one holds up no other.
async fn copied(
    settings: &UpkeepSettings,
    open: &Open,
    backup: &Backup,
    order: &Order,
    ui: &Ui,
) -> (Vec<(String, Backup)>, Vec<String>) {
    let order = Order { tags: tags::of_copy(&Tags::clone(&backup.tags), &backup.id), ..order.clone() };
    let (mut asked, mut copies, mut errors) = (Vec::new(), Vec::new(), Vec::new());
    for shelf in open.elsewhere() {
        let keys = &settings.environment.backup.copy_to;
        let key = keys.iter().find(|(region, _)| region == shelf.region).and_then(|(_, key)| key.as_deref());
        ui.status(&format!("tidegate backup: asking for a copy in {}", shelf.region));
        match copy(&shelf, backup, &open.resource.region, key, &order).await {
            Ok(copy) => asked.push((shelf, copy)),
            Err(problem) => errors.push(format!("there is no copy in {}: {problem}", shelf.region)),
        }
    }
    for (shelf, copy) in asked {
        match wait(&shelf, &copy, &order, ui).await {
            Ok(copy) => copies.push((shelf.region.to_owned(), copy)),
            Err(problem) => errors.push(format!("the copy in {} is not usable: {problem}", shelf.region)),
        }
    }
    (copies, errors)
}

/// A quota that is used up, with what the policy would let go anyway. Nothing is deleted to make room.
async fn no_room(problem: NotMade, settings: &UpkeepSettings, open: &Open) -> Failure {
    let failure = Failure::new(Code::Finding, problem.to_string());
    let judged = judge(&open.home(), &open.resource, &settings.environment.policy, &open.scope()).await;
    let failure = match judged.map(|judged| judged.leaving().len()) {
        Ok(0) | Err(_) => failure.hint("tidegate backup list shows what there is"),
        Ok(goes) => failure.hint(format!(
            "tidegate backup prune --env {} --yes deletes {goes} that the policy lets go",
            settings.environment.name
        )),
    };
    failure.hint("or ask AWS for more: Service Quotas, Amazon RDS, manual snapshots")
}

fn told(problem: NotMade, order: &Order, wanted: &CreateSettings) -> Failure {
    match problem {
        NotMade::Provider(error) => failure(error),
        NotMade::Late { .. } => Failure::new(Code::CouldNotTell, problem.to_string())
            .hint(format!("it goes on without us; tidegate backup list shows {}", order.id))
            .hint(format!("next time give it longer than {}: --timeout", exact(wanted.timeout))),
        problem => Failure::new(Code::Finding, problem.to_string())
            .hint("look at the events of the database server: aws rds describe-events --duration 120"),
    }
}
