//! An environment of `tidegate.toml`: which database, which backup, which policy. `gate`, `backup` and `doctor` share it.

use std::path::PathBuf;

use jiff::SignedDuration;

use crate::cli::args::PlanFailOn;
use crate::cli::config::{self, Loaded, expand};
use crate::cli::environment::Environment;
use crate::cli::failure::Failure;
use crate::gate::options::{Prune, Require};
use crate::lint::Severity;
use crate::retention::{Policy, Tier};

/// One environment, with every `${NAME}` that it needs filled in.
#[derive(Clone, Debug)]
pub struct EnvironmentSettings {
    pub name: String,
    /// `postgres://…`, `secretsmanager://…` or `ssm://…`. `None` where none was needed and none is set.
    pub database_url: Option<String>,
    /// Sign in with a token of AWS.
    pub iam_auth: bool,
    pub backup: BackupSettings,
    pub gate: GateOptions,
    pub policy: Policy,
    pub webhook: Option<String>,
}

/// How the database of an environment is reached, and nothing else of the environment.
#[derive(Clone, Debug, Default)]
pub struct Access {
    /// `postgres://…`, `secretsmanager://…` or `ssm://…`. A secret.
    pub url: String,
    /// Sign in with a token of AWS.
    pub iam_auth: bool,
    pub region: Option<String>,
    pub profile: Option<String>,
    /// Roots for the server's certificate.
    pub ca_bundle: Option<PathBuf>,
}

impl EnvironmentSettings {
    pub fn access(&self) -> Access {
        Access {
            url: self.database_url.clone().unwrap_or_default(),
            iam_auth: self.iam_auth,
            region: self.backup.region.clone(),
            profile: self.backup.profile.clone(),
            ca_bundle: self.backup.ca_bundle.clone(),
        }
    }
}

/// How the database of the environment `name` is reached. What else it says need not even be set.
///
/// # Errors
/// There is no such environment, it has no URL, a variable that is not set, a value that means nothing.
pub(super) fn access(name: &str, loaded: &Loaded, environment: &Environment) -> Result<Access, Failure> {
    let (name, target) = choose(Some(name), loaded, environment)?;
    let values = Values { name: &name, loaded, environment };
    let Some(url) = values.named("database_url", &target.database_url)? else { return Err(no_url(&name)) };
    Ok(Access {
        url,
        iam_auth: values.choice("auth", &target.auth, &AUTH)? == Some(1),
        region: values.named("backup.region", &target.backup.region)?,
        profile: values.named("backup.profile", &target.backup.profile)?,
        ca_bundle: values.path("backup.ca_bundle", &target.backup.ca_bundle)?,
    })
}

const AUTH: [&str; 2] = ["password", "rds-iam"];

fn no_url(name: &str) -> Failure {
    Failure::usage(format!("environments.{name}.database_url is not set"))
        .hint("set it to \"${DATABASE_URL}\" or the like")
}

/// Values of an environment, with every `${NAME}` filled in.
struct Values<'a> {
    name: &'a str,
    loaded: &'a Loaded,
    environment: &'a Environment,
}

impl Values<'_> {
    fn key(&self, rest: &str) -> String {
        format!("environments.{}.{rest}", self.name)
    }

    fn text(&self, rest: &str, value: &Option<String>) -> Result<Option<String>, Failure> {
        Ok(value.as_ref().map(|value| expand(&self.key(rest), value, self.environment)).transpose()?)
    }

    /// A name: what is empty would mean whatever comes first, a default or anything.
    fn named(&self, rest: &str, value: &Option<String>) -> Result<Option<String>, Failure> {
        match self.text(rest, value)? {
            Some(text) if text.trim().is_empty() => Err(Failure::usage(format!("{} is empty", self.key(rest)))
                .hint("is the variable set that it is read from? Leave the key out where nothing is meant")),
            text => Ok(text),
        }
    }

    fn length(&self, rest: &str, value: &Option<String>, default: SignedDuration) -> Result<SignedDuration, Failure> {
        match self.text(rest, value)? {
            Some(text) => length(&self.key(rest), &text),
            None => Ok(default),
        }
    }

    fn path(&self, rest: &str, value: &Option<String>) -> Result<Option<PathBuf>, Failure> {
        Ok(self.text(rest, value)?.map(|path| self.loaded.directory.join(path)))
    }

    /// Which of `words` it is.
    fn choice(&self, rest: &str, value: &Option<String>, words: &[&str]) -> Result<Option<usize>, Failure> {
        let Some(value) = self.text(rest, value)? else { return Ok(None) };
        words.iter().position(|word| *word == value).map(Some).ok_or_else(|| {
            Failure::usage(format!("{}: {value:?} is none of its words", self.key(rest)))
                .hint(format!("write one of {}", words.join(", ")))
        })
    }
}

/// `[environments.NAME.backup]`.
#[derive(Clone, Debug, Default)]
pub struct BackupSettings {
    /// `DBInstanceIdentifier` or `DBClusterIdentifier`.
    pub instance: Option<String>,
    pub region: Option<String>,
    pub profile: Option<String>,
    /// `identity = "unproven"`.
    pub unproven: bool,
    pub ca_bundle: Option<PathBuf>,
    /// Regions, each with the KMS key to use there.
    pub copy_to: Vec<(String, Option<String>)>,
    pub copy_tags: bool,
}

/// `[environments.NAME.gate]`.
#[derive(Clone, Debug)]
pub struct GateOptions {
    pub require: Require,
    pub timeout: SignedDuration,
    pub lock_wait: SignedDuration,
    pub max_backup_age: SignedDuration,
    pub poll: SignedDuration,
    pub prune: Prune,
    /// `None` for `never`.
    pub lint: Option<Severity>,
    /// `None` for `never`.
    pub fail_on: Option<PlanFailOn>,
    pub max_transaction_age: SignedDuration,
    pub lock_timeout: Option<SignedDuration>,
    pub kill_after: SignedDuration,
    /// The folder of the journals.
    pub journal: PathBuf,
    pub receipt: Option<PathBuf>,
}

/// The environment `named`, or the only one there is. Without any in the configuration, `DATABASE_URL` makes one that
/// is called `default`.
///
/// # Errors
/// There is no such environment, several and none was named, a variable that is not set, a value that means nothing.
pub fn environment_settings(
    named: Option<&str>,
    needs_database: bool,
    loaded: &Loaded,
    environment: &Environment,
) -> Result<EnvironmentSettings, Failure> {
    let (name, target) = choose(named, loaded, environment)?;
    let values = Values { name: &name, loaded, environment };
    let (backup, gate) = (&target.backup, &target.gate);
    values.choice("backup.provider", &backup.provider, &["rds", "aurora"])?;
    let database_url = match &target.database_url {
        Some(url) if needs_database || !url.contains("${") => values.named("database_url", &Some(url.clone()))?,
        // Where the database is not needed an unset variable is no error, and a set one still helps.
        Some(url) => expand(&values.key("database_url"), url, environment).ok().filter(|url| !url.trim().is_empty()),
        None if needs_database => return Err(no_url(&name)),
        None => None,
    };
    let copy_to = backup.copy_to.iter().map(|region| (region.clone(), backup.copy_kms_key.get(region).cloned()));
    // There is nothing below a warning.
    let lint = match values.choice("gate.lint", &gate.lint, &["note", "warning", "error", "never"])? {
        Some(0 | 1) => Some(Severity::Warning),
        None | Some(2) => Some(Severity::Error),
        Some(_) => None,
    };
    let fail_on = match values.choice("gate.fail_on", &gate.fail_on, &["caution", "dangerous", "fails", "never"])? {
        Some(0) => Some(PlanFailOn::Caution),
        Some(1) => Some(PlanFailOn::Dangerous),
        None | Some(2) => Some(PlanFailOn::Fails),
        Some(_) => None,
    };
    let settings = EnvironmentSettings {
        database_url,
        iam_auth: values.choice("auth", &target.auth, &AUTH)? == Some(1),
        backup: BackupSettings {
            instance: values.named("backup.instance", &backup.instance)?,
            region: values.named("backup.region", &backup.region)?,
            profile: values.named("backup.profile", &backup.profile)?,
            unproven: values.choice("backup.identity", &backup.identity, &["proved", "unproven"])? == Some(1),
            ca_bundle: values.path("backup.ca_bundle", &backup.ca_bundle)?,
            copy_to: copy_to.collect(),
            copy_tags: backup.copy_tags.unwrap_or(true),
        },
        gate: GateOptions {
            require: match values.choice("gate.require", &gate.require, &["always", "pending", "destructive"])? {
                Some(0) => Require::Always,
                Some(2) => Require::Destructive,
                _ => Require::Pending,
            },
            timeout: values.length("gate.timeout", &gate.timeout, SignedDuration::from_hours(2))?,
            lock_wait: values.length("gate.lock_wait", &gate.lock_wait, SignedDuration::from_mins(10))?,
            max_backup_age: values.length(
                "gate.max_backup_age",
                &gate.max_backup_age,
                SignedDuration::from_hours(6),
            )?,
            poll: values
                .length("gate.poll", &gate.poll, SignedDuration::from_secs(15))?
                .max(SignedDuration::from_millis(200)),
            prune: match values.choice("gate.prune", &gate.prune, &["before", "after-success", "never"])? {
                Some(1) => Prune::AfterSuccess,
                Some(2) => Prune::Never,
                _ => Prune::Before,
            },
            lint,
            fail_on,
            max_transaction_age: values.length(
                "gate.max_transaction_age",
                &gate.max_transaction_age,
                SignedDuration::from_mins(5),
            )?,
            lock_timeout: gate
                .lock_timeout
                .as_ref()
                .map(|_| values.length("gate.lock_timeout", &gate.lock_timeout, SignedDuration::ZERO))
                .transpose()?,
            kill_after: values.length("gate.kill_after", &gate.kill_after, SignedDuration::from_secs(30))?,
            journal: match values.path("gate.journal", &gate.journal)? {
                Some(folder) => folder,
                None => environment.state_directory().ok_or_else(|| {
                    Failure::usage("there is no folder for the journal: neither HOME nor XDG_STATE_HOME is set")
                        .hint(format!("set {} to a folder that stays", values.key("gate.journal")))
                })?,
            },
            receipt: values.path("gate.receipt", &gate.receipt)?,
        },
        policy: policy(&name, &target)?,
        webhook: loaded
            .config
            .notify
            .webhook
            .as_ref()
            .map(|url| expand("notify.webhook", url, environment))
            .transpose()?
            .filter(|url| !url.is_empty()),
        name,
    };
    Ok(settings)
}

/// The environment `named`, or the only one there is; see [`environment_settings`].
pub(super) fn choose(
    named: Option<&str>,
    loaded: &Loaded,
    environment: &Environment,
) -> Result<(String, config::Target), Failure> {
    let known = &loaded.config.environments;
    let names: Vec<&str> = known.keys().map(String::as_str).collect();
    // It would be found in no message, no journal and no tag.
    if names.iter().any(|name| name.trim().is_empty()) {
        return Err(Failure::usage("an environment in tidegate.toml has an empty name")
            .hint("call it something: [environments.prod]"));
    }
    if named.is_some_and(|name| name.trim().is_empty()) {
        return Err(Failure::usage("--env: the name behind it is empty")
            .hint("is the variable set that it is read from? Name an environment, or leave --env out"));
    }
    match (named, names.as_slice()) {
        (Some(name), _) => match known.get(name) {
            Some(target) => Ok((name.to_owned(), target.clone())),
            None if names.is_empty() => Err(Failure::usage(format!("there is no environment {name:?} in tidegate.toml"))
                .hint(format!("write [environments.{name}] with its database_url into tidegate.toml"))),
            None => Err(Failure::usage(format!("there is no environment {name:?} in tidegate.toml"))
                .hint(format!("there is {}", names.join(", ")))),
        },
        (None, [only]) => Ok(((*only).to_owned(), known[*only].clone())),
        (None, []) if environment.get("DATABASE_URL").is_some() => {
            let database_url = Some("${DATABASE_URL}".to_owned());
            Ok(("default".to_owned(), config::Target { database_url, ..config::Target::default() }))
        }
        (None, []) => Err(Failure::usage("there is no environment: tidegate does not know which database is meant")
            .hint("write [environments.prod] with database_url = \"${DATABASE_URL}\" into tidegate.toml, or export DATABASE_URL")),
        (None, several) => Err(Failure::usage("several environments are in tidegate.toml, and none was named")
            .hint(format!("--env {}", several.join(", or --env ")))),
    }
}

fn policy(name: &str, target: &config::Target) -> Result<Policy, Failure> {
    let mut tiers = std::collections::BTreeMap::new();
    for (tier, given) in &target.retention {
        let key = format!("environments.{name}.retention.{tier}.keep_within");
        let keep_within = given.keep_within.as_ref().map(|text| length(&key, text)).transpose()?;
        let kept = Tier {
            keep_last: given.keep_last,
            keep_within,
            keep_daily: given.keep_daily,
            keep_weekly: given.keep_weekly,
            keep_monthly: given.keep_monthly,
            keep_yearly: given.keep_yearly,
            keep_tag: given.keep_tag.clone(),
            keep_all: given.keep_all,
        };
        // A zero is meant as "not this rule". Where nothing else is said it would mean: delete them all.
        if kept.keeps_nothing() {
            return Err(Failure::usage(format!(
                "environments.{name}.retention.{tier}: every rule is 0, which keeps nothing"
            ))
            .hint("write 1 or more, or leave the section out: what no policy names stays"));
        }
        tiers.insert(tier.clone(), kept);
    }
    let min_keep = target.prune.min_keep.unwrap_or(1);
    if min_keep == 0 {
        return Err(Failure::usage(format!("environments.{name}.prune.min_keep: 0 would let the only backup go"))
            .hint("write 1 or more"));
    }
    Ok(Policy { tiers, min_keep, cap: target.prune.cap.unwrap_or(Policy::default().cap) })
}

/// Far from where the calendar ends: times are added to the present.
const LONGEST: SignedDuration = SignedDuration::from_hours(24 * 36_525);

/// A length of time, zero included: `30s`, `2h`, `30d`, `2w`. A day has 24 hours.
pub(crate) fn length(key: &str, text: &str) -> Result<SignedDuration, Failure> {
    let failure =
        || Failure::usage(format!("{key}: {text:?} is no length of time")).hint("write `30s`, `15m`, `2h` or `30d`");
    let span: jiff::Span = text.trim().parse().map_err(|_| failure())?;
    if span.get_months() != 0 || span.get_years() != 0 {
        return Err(
            Failure::usage(format!("{key}: months and years differ in length")).hint("write days: `30d`, `365d`")
        );
    }
    let length = span.to_duration(jiff::SpanRelativeTo::days_are_24_hours()).map_err(|_| failure())?;
    if length > LONGEST {
        return Err(Failure::usage(format!("{key}: {text:?} is more than a hundred years")).hint("write less"));
    }
    if length.is_negative() { Err(failure()) } else { Ok(length) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tier_that_keeps_nothing_is_refused() {
        let target = |tier: config::Tier| config::Target {
            retention: [("scheduled".to_owned(), tier)].into(),
            ..config::Target::default()
        };
        let zero = config::Tier { keep_last: Some(0), ..Default::default() };
        assert!(policy("prod", &target(zero.clone())).unwrap_err().message.contains("keeps nothing"));
        let within = config::Tier { keep_within: Some("30d".to_owned()), ..zero };
        assert!(policy("prod", &target(within)).is_ok());
        assert!(policy("prod", &target(config::Tier::default())).is_ok());
    }

    #[test]
    fn an_environment_has_a_name() {
        let environment = Environment {
            variables: Default::default(),
            working_directory: PathBuf::new(),
            home: None,
            stderr_is_terminal: false,
            stdout_is_terminal: false,
        };
        let refused = |toml: &str, named: Option<&str>| {
            let config = toml::from_str(toml).unwrap();
            let loaded = Loaded { config, ..Loaded::default() };
            choose(named, &loaded, &environment).err().map(|failure| (failure.message, failure.hints.len()))
        };
        let unnamed = refused("[environments.\"\"]\ndatabase_url = \"x\"", None).unwrap();
        assert!(unnamed.0.contains("empty name") && unnamed.1 == 1, "{unnamed:?}");
        assert!(refused("[environments.prod]", Some("")).unwrap().0.contains("--env"));
        assert_eq!(refused("[environments.prod]", None), None);
    }

    #[test]
    fn lengths_reach_from_seconds_to_weeks() {
        let hours = |text| length("x", text).unwrap().as_hours();
        assert_eq!((hours("30d"), hours("2w"), hours("2h"), hours("0s")), (720, 336, 2, 0));
        for wrong in ["", "soon", "-3s", "1mo", "12"] {
            assert!(length("x", wrong).is_err(), "{wrong}");
        }
    }
}
