//! `tidegate gate verify RECEIPT`.

use std::path::Path;
use std::process::ExitCode;

use super::parts;
use crate::aws::Aws;
use crate::backup::Provider as _;
use crate::backup::rds::{Rds, Target};
use crate::cli::args::Global;
use crate::cli::config::Loaded;
use crate::cli::environment::Environment;
use crate::cli::failure::{Code, Failure};
use crate::cli::settings::environment_settings;
use crate::cli::ui::Ui;
use crate::commands::server;
use crate::gate::receipt::Receipt;
use crate::gate::verify::{self, Finding, Live, Status};

pub(super) struct Asked<'a> {
    pub(super) receipt: &'a Path,
    pub(super) env: Option<&'a str>,
    pub(super) offline: bool,
    pub(super) json: bool,
}

pub(super) async fn run(
    asked: &Asked<'_>,
    global: &Global,
    environment: &Environment,
    ui: &Ui,
) -> Result<ExitCode, Failure> {
    let path = environment.working_directory.join(asked.receipt);
    let text = std::fs::read_to_string(&path)
        .map_err(|error| Failure::usage(format!("cannot read {}: {error}", asked.receipt.display())))?;
    let receipt = verify::read(&text)
        .map_err(|error| Failure::new(Code::CouldNotTell, format!("{}: {error}", asked.receipt.display())))?;
    let live = match (asked.offline, &receipt.backup) {
        (false, Some(backup)) => Some(live(&receipt, &backup.id, asked, global, environment).await?),
        _ => None,
    };
    let mut findings = vec![verify::whole(&text)];
    findings.extend(verify::verify(&receipt, live.as_ref()));
    let verdict = verify::verdict(&findings);
    if asked.json {
        crate::commands::output::print(crate::schema::document::pretty(&findings).as_bytes())?;
    } else {
        let lines: String = findings.iter().map(line).collect();
        crate::commands::output::print(lines.as_bytes())?;
    }
    if live.is_none() && !asked.offline {
        ui.status("the receipt names no backup, so AWS was not asked");
    }
    ui.status(&closing(&findings, asked.receipt));
    Ok(ExitCode::from(match verdict {
        Status::Ok => 0,
        Status::Failed => Code::Finding.number(),
        Status::CouldNotTell => Code::CouldNotTell.number(),
    }))
}

/// `tidegate gate verify: receipt.json holds, 12 checks`
fn closing(findings: &[Finding], receipt: &Path) -> String {
    let of = |status: Status| findings.iter().filter(|finding| finding.status == status).count();
    let (all, failed, open) = (findings.len(), of(Status::Failed), of(Status::CouldNotTell));
    let told = match (failed, open) {
        (0, 0) => format!("holds, {all} checks"),
        (0, open) => format!("could not be told: {open} of {all} checks had no answer"),
        (failed, _) => format!("does NOT hold: {failed} of {all} checks failed"),
    };
    format!("tidegate gate verify: {} {told}", receipt.display())
}

fn line(finding: &Finding) -> String {
    let mark = match finding.status {
        Status::Ok => "ok",
        Status::Failed => "FAILED",
        Status::CouldNotTell => "could not tell",
    };
    format!("{mark:14}  {}: {}\n", finding.check, finding.seen)
}

async fn live(
    receipt: &Receipt,
    backup: &str,
    asked: &Asked<'_>,
    global: &Global,
    environment: &Environment,
) -> Result<Live, Failure> {
    let loaded = Loaded::find(global.config.as_deref(), environment)?;
    let env = asked.env.or_else(|| {
        let known = &loaded.config.environments;
        known.contains_key(&receipt.binding.environment).then_some(receipt.binding.environment.as_str())
    });
    let settings = environment_settings(env, false, &loaded, environment)?;
    let mut options = server::aws_options(&settings.access(), environment);
    let resource = receipt.resource.as_ref();
    options.region = resource.map(|resource| resource.region.clone()).or(options.region);
    let aws = Aws::connect(&options).await.map_err(|error| parts::failure(&server::of_aws(error)))?;
    let name = resource.map(|resource| resource.name.clone()).or(settings.backup.instance.clone());
    let target = Target { instance: name, ..Target::default() };
    let rds = match Rds::open(aws, target, false).await {
        Ok(rds) => rds,
        Err(error) => return Ok(Live { backup: Err(error.clone()), resource: Err(error) }),
    };
    Ok(Live { backup: rds.backup(backup).await, resource: rds.resource().await })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_closing_line_says_what_came_of_it() {
        let told = |all: &[Status]| {
            let findings: Vec<Finding> = all
                .iter()
                .map(|status| Finding { check: "x".to_owned(), status: *status, seen: "y".to_owned() })
                .collect();
            closing(&findings, Path::new("r.json"))
        };
        assert_eq!(told(&[Status::Ok, Status::Ok]), "tidegate gate verify: r.json holds, 2 checks");
        assert!(told(&[Status::Ok, Status::CouldNotTell]).contains("could not be told: 1 of 2"));
        assert!(told(&[Status::Failed, Status::CouldNotTell]).contains("does NOT hold: 1 of 2"));
    }
}
