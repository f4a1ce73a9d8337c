//! What `tidegate gate` runs, on what, and under which rules.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use super::environment::length;
use super::{Against, EnvironmentSettings, PlanSettings, environment_settings, plan_settings};
use crate::cli::args::{GateRunArgs, PlanArgs, PlanFormat, ReadArgs};
use crate::cli::config::Loaded;
use crate::cli::environment::Environment;
use crate::cli::failure::Failure;
use crate::gate::options::{CommandOptions, DatabaseOptions, Options, Start};
use crate::gate::receipt::BreakGlass;
use crate::gate::refusal::Code;
use crate::source::locate::Source;

/// Everything that a run of the gate needs.
pub struct GateSettings {
    pub environment: EnvironmentSettings,
    /// For looking at what is pending; `against` is filled in once the database's URL is known.
    pub plan: PlanSettings,
    /// What is there already, for migrations without a history.
    pub from: Option<Source>,
    pub options: Options,
    pub database: DatabaseOptions,
    pub command: CommandOptions,
    pub receipt: Option<PathBuf>,
    pub json: bool,
    /// What the command would inherit.
    pub variables: BTreeMap<String, String>,
}

/// Merges what was typed with the configuration.
///
/// # Errors
/// No command, an environment that is not there, a refusal that cannot be passed.
pub fn gate_settings(args: &GateRunArgs, loaded: &Loaded, environment: &Environment) -> Result<GateSettings, Failure> {
    if args.command.is_empty() {
        return Err(Failure::usage("there is no command to run")
            .hint("put it behind two dashes: tidegate gate -- sqlx migrate run"));
    }
    let mut given = environment_settings(args.env.as_deref(), true, loaded, environment)?;
    if let Some(text) = &args.timeout {
        given.gate.timeout = length("--timeout", text)?;
    }
    let (plan, from) =
        gate_plan_settings(args.migrations.as_deref(), args.from.as_deref(), &args.read, loaded, environment)?;
    // An empty name is a variable that nobody has set, and no wish for just any.
    let named = |flag: &str, value: &Option<String>| match value.as_deref().map(str::trim) {
        Some("") => Err(Failure::usage(format!("{flag}: the name behind it is empty"))
            .hint(format!("name it, or write {flag} alone"))),
        value => Ok(value.map(str::to_owned)),
    };
    let start = match (&args.resume, &args.adopt) {
        (Some(run), _) => Start::Resume(named("--resume", run)?),
        (None, Some(backup)) => Start::Adopt(named("--adopt", backup)?),
        (None, None) => Start::New,
    };
    let gate = &given.gate;
    let options = Options {
        environment: given.name.clone(),
        require: gate.require,
        start,
        dry_run: args.dry_run,
        break_glass: args.break_glass.as_deref().map(break_glass).transpose()?,
        timeout: gate.timeout,
        lock_wait: gate.lock_wait,
        max_backup_age: gate.max_backup_age,
        poll: gate.poll,
        prune: gate.prune,
        policy: given.policy.clone(),
        copy_to: given.backup.copy_to.clone(),
    };
    let variables = inherited(loaded, environment);
    Ok(GateSettings {
        database: DatabaseOptions {
            unproven: given.backup.unproven,
            ca_bundle: given.backup.ca_bundle.clone(),
            max_transaction_age: gate.max_transaction_age,
        },
        command: CommandOptions {
            words: args.command.clone(),
            variables: variables.clone(),
            lock_timeout: gate.lock_timeout,
            kill_after: gate.kill_after,
        },
        receipt: match &args.receipt {
            Some(file) => Some(environment.working_directory.join(file)),
            None => gate.receipt.clone(),
        },
        json: args.json,
        variables,
        plan,
        from,
        options,
        environment: given,
    })
}

/// The environment that the command would inherit, without those variables that the configuration itself reads: a URL of
/// another environment is there for tidegate, and is no contradiction. What every program reads is never left out.
pub fn inherited(loaded: &Loaded, environment: &Environment) -> BTreeMap<String, String> {
    let text = serde_json::to_string(&loaded.config).unwrap_or_default();
    let ours: BTreeSet<&str> = text
        .split("${")
        .skip(1)
        .filter_map(|rest| Some(rest.split_once('}')?.0))
        .filter(|name| *name != "DATABASE_URL" && !name.starts_with("PG"))
        .collect();
    environment
        .variables
        .iter()
        .filter(|(name, _)| !ours.contains(name.as_str()))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect()
}

/// How the gate's verbs read the migrations: as `tidegate plan` does.
///
/// # Errors
/// There are no migrations.
pub fn gate_plan_settings(
    migrations: Option<&str>,
    from: Option<&str>,
    read: &ReadArgs,
    loaded: &Loaded,
    environment: &Environment,
) -> Result<(PlanSettings, Option<Source>), Failure> {
    let args = PlanArgs {
        target: None,
        env: None,
        migrations: migrations.map(str::to_owned),
        from: from.map(str::to_owned),
        format: PlanFormat::Text,
        json: false,
        fail_on: None,
        read: read.clone(),
    };
    let settings = plan_settings(&args, loaded, environment)?;
    let from = match &settings.against {
        Against::Files(source) => Some(source.clone()),
        Against::Database(..) | Against::Environment(..) | Against::Upstream => None,
    };
    Ok((settings, from))
}

fn break_glass(text: &str) -> Result<BreakGlass, Failure> {
    let passable = || {
        let names: Vec<&str> = Code::ALL.into_iter().filter(|code| code.can_be_passed()).map(Code::name).collect();
        format!("one of {}, a colon, and why: --break-glass lint:hotfix-for-incident-7", names.join(", "))
    };
    let Some((name, reason)) = text.split_once(':').map(|(name, reason)| (name.trim(), reason.trim())) else {
        return Err(Failure::usage("--break-glass needs a reason").hint(passable()));
    };
    let code = Code::parse(name)
        .ok_or_else(|| Failure::usage(format!("--break-glass: {name:?} is no refusal")).hint(passable()))?;
    if !code.can_be_passed() {
        return Err(Failure::usage(format!("--break-glass: `{name}` cannot be passed by anybody")).hint(passable()));
    }
    if reason.is_empty() {
        return Err(Failure::usage("--break-glass needs a reason").hint(passable()));
    }
    Ok(BreakGlass { code, reason: reason.to_owned(), used: false })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_keeps_two_deploys_apart_is_never_passed() {
        for name in ["lock", "identity", "unsettled", "could-not-tell", "stale-plan", "journal", "nonsense"] {
            assert!(break_glass(&format!("{name}:because")).is_err(), "{name}");
        }
        assert!(break_glass("lint").is_err() && break_glass("lint: ").is_err());
        assert_eq!(break_glass("lint: a:b").unwrap().reason, "a:b");
    }
}
