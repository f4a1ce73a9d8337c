//! What `tidegate lint` says of the pending migrations, for the plan.

use std::collections::BTreeSet;

use crate::cli::failure::{Code, Failure};
use crate::cli::settings::PlanSettings;
use crate::commands::migrations::Found;
use crate::commands::off_the_runtime;
use crate::lint::{self, Input};
use crate::migration::MigrationSet;
use crate::plan::document::Finding;

/// Findings in the migrations at `pending`, judged for a server of the major version where it is known.
pub(in crate::commands) async fn findings(
    listed: &Found,
    set: &MigrationSet,
    pending: BTreeSet<usize>,
    major: u32,
    settings: &PlanSettings,
) -> Result<Vec<Finding>, Failure> {
    let mut options = settings.lint.clone();
    if options.pg_version.is_none() && major > 0 {
        options.pg_version = lint::pg_version(&major.to_string()).ok();
    }
    let (set, files) = (set.clone(), listed.tree.clone());
    let found = off_the_runtime(move || {
        lint::run(&Input { set: &set, files: &files, pending: Some(&pending), upstream: None, options: &options })
    });
    let found = found.await?.map_err(|error| {
        Failure::from_error(Code::Usage, &error).hint("see [lint] in tidegate.toml; tidegate lint --rules lists them")
    })?;
    let told = |finding: lint::Finding| Finding {
        rule: finding.rule,
        severity: finding.severity.name().to_owned(),
        path: finding.path,
        line: finding.place.map(|place| place.line),
        message: finding.message,
        help: finding.help,
    };
    Ok(found.into_iter().map(told).collect())
}
