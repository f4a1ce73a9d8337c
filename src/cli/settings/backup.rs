//! What the `tidegate backup` verbs work on.

use globset::{GlobBuilder, GlobSet, GlobSetBuilder};
use jiff::SignedDuration;

use super::environment::length;
use super::{EnvironmentSettings, environment_settings};
use crate::backup::{Tags, tags};
use crate::cli::args::{BackupAdoptArgs, BackupCreateArgs, BackupOf, BackupPruneArgs};
use crate::cli::config::Loaded;
use crate::cli::environment::Environment;
use crate::cli::failure::Failure;

/// What every verb needs.
pub struct UpkeepSettings {
    pub environment: EnvironmentSettings,
    pub whose: Whose,
    pub json: bool,
}

/// For which of the server's databases a backup is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Whose {
    All,
    Named(String),
    /// The one in the environment's URL, which may have to be fetched first.
    OfUrl(String),
}

/// Merges what was typed with the configuration.
///
/// # Errors
/// No such environment, or nothing that names the database.
pub fn upkeep_settings(of: &BackupOf, loaded: &Loaded, environment: &Environment) -> Result<UpkeepSettings, Failure> {
    let settings = environment_settings(of.env.as_deref(), false, loaded, environment)?;
    let whose = match (&of.database, of.all_databases, &settings.database_url) {
        (_, true, _) => Whose::All,
        (Some(name), false, _) => Whose::Named(name.clone()),
        (None, false, Some(url)) => Whose::OfUrl(url.clone()),
        (None, false, None) => {
            let key = format!("environments.{}.database_url", settings.name);
            return Err(Failure::usage(format!(
                "which database the backups are for is not known: {key} is not set here, or a variable in it is not"
            ))
            .hint("name it: --database shop")
            .hint("or take the backups that are for all databases of the server: --all-databases"));
        }
    };
    Ok(UpkeepSettings { environment: settings, whose, json: of.json })
}

/// How `backup create` goes about it.
pub struct CreateSettings {
    pub tier: String,
    pub wait: bool,
    pub timeout: SignedDuration,
    /// The user's own.
    pub tags: Tags,
}

/// # Errors
/// A tier or a tag that RDS would not take.
pub fn create_settings(args: &BackupCreateArgs, settings: &UpkeepSettings) -> Result<CreateSettings, Failure> {
    let pairs = args.tags.iter().map(|text| tag(text)).collect::<Result<Tags, Failure>>()?;
    Ok(CreateSettings {
        tier: tier(&args.tier)?,
        wait: !args.no_wait,
        timeout: match &args.timeout {
            Some(text) => length("--timeout", text)?,
            None => settings.environment.gate.timeout,
        },
        tags: pairs,
    })
}

/// The tier of `backup prune --tier`, which must have a policy.
///
/// # Errors
/// No policy names it.
pub fn prune_tier(args: &BackupPruneArgs, settings: &UpkeepSettings) -> Result<Option<String>, Failure> {
    let Some(tier) = &args.tier else { return Ok(None) };
    let known: Vec<&str> = settings.environment.policy.tiers.keys().map(String::as_str).collect();
    if known.contains(&tier.as_str()) {
        return Ok(Some(tier.clone()));
    }
    let failure = Failure::usage(format!("--tier: no policy of {} names the tier {tier:?}", settings.environment.name));
    Err(match known.as_slice() {
        [] => failure.hint(format!("write [environments.{}.retention.{tier}]", settings.environment.name)),
        known => failure.hint(format!("there is {}", known.join(", "))),
    })
}

/// What `backup adopt` takes, and as what.
///
/// # Errors
/// No glob, or no tier.
pub fn adopt_settings(args: &BackupAdoptArgs) -> Result<(GlobSet, String), Failure> {
    let mut set = GlobSetBuilder::new();
    let wrong = |error: globset::Error| Failure::usage(format!("{error}"));
    for glob in &args.globs {
        // RDS stores names in lower case.
        set.add(GlobBuilder::new(glob).case_insensitive(true).build().map_err(wrong)?);
    }
    Ok((set.build().map_err(wrong)?, tier(&args.tier)?))
}

fn tier(name: &str) -> Result<String, Failure> {
    if tags::value(name) == name {
        return Ok(name.to_owned());
    }
    Err(Failure::usage(format!("--tier: {name:?} cannot be written as a tag"))
        .hint("letters, digits, spaces and _.:/=+-@, such as pre-migration, scheduled, monthly, release"))
}

fn tag(text: &str) -> Result<(String, String), Failure> {
    let wrong = |why: &str| Failure::usage(format!("--tag: {text:?} {why}")).hint("--tag release=2026.1");
    let (key, value) = text.split_once('=').ok_or_else(|| wrong("is not KEY=VALUE"))?;
    let reserved = ["aws:", "rds:", tags::PREFIX];
    if reserved.iter().any(|prefix| key.to_ascii_lowercase().starts_with(prefix)) {
        return Err(wrong("has a key that belongs to AWS or to tidegate"));
    }
    if tags::value(key) != key || tags::value(value) != value {
        return Err(wrong("has what RDS does not take in tags: letters, digits, spaces and _.:/=+-@ alone"));
    }
    Ok((key.to_owned(), value.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_what_rds_takes() {
        assert_eq!(tag("release=2026.1").unwrap(), ("release".to_owned(), "2026.1".to_owned()));
        assert_eq!(tag("url=a=b").unwrap().1, "a=b");
        for wrong in ["release", "=x", "a=", "aws:x=1", "RDS:x=1", "tidegate:pinned=no", "a=größe", "a=b#c"] {
            assert!(tag(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn tiers_are_tags_too() {
        assert!(tier("pre-migration").is_ok() && tier("my tier").is_ok());
        assert!(tier("").is_err() && tier("a;b").is_err() && tier(" a").is_err());
    }
}
