use clap::{Args, Subcommand};

const BACKUP_EXAMPLES: &str = "\
What a policy keeps stands under [environments.NAME.retention.TIER] in tidegate.toml.

Examples:
  tidegate backup create --env prod --tier scheduled
  tidegate backup list --env prod
  tidegate backup prune --env prod                 what would be deleted, and why
  tidegate backup prune --env prod --yes
  tidegate backup pin --env prod tidegate-prod-db-0f3a9c51d2e47b86 --reason audit-2026
  tidegate backup adopt --env prod 'before-*' --tier release";

/// Make, list, prune, pin and adopt backups
#[derive(Debug, Args)]
#[command(after_help = BACKUP_EXAMPLES)]
pub struct BackupArgs {
    #[command(subcommand)]
    pub action: BackupAction,
}

#[derive(Debug, Subcommand)]
pub enum BackupAction {
    Create(BackupCreateArgs),
    List(BackupListArgs),
    Prune(BackupPruneArgs),
    Pin(BackupPinArgs),
    Adopt(BackupAdoptArgs),
}

/// Whose backups are meant.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Whose backups")]
pub struct BackupOf {
    /// The environment in tidegate.toml [default: the only one; without any, DATABASE_URL]
    #[arg(long, value_name = "NAME")]
    pub env: Option<String>,
    /// The database [default: the one that the environment's URL names]
    #[arg(long, value_name = "NAME", conflicts_with = "all_databases")]
    pub database: Option<String>,
    /// Backups for all databases of the server: they are made, counted and pruned apart from those for one
    #[arg(long)]
    pub all_databases: bool,
    /// A document in place of text
    #[arg(long)]
    pub json: bool,
}

/// Take a backup, and wait until it can be used
#[derive(Debug, Args)]
#[command(after_help = "\
Prints the backup's name. Exit codes: 0 it can be used (with --no-wait: it was asked for), 1 it failed or cannot be \
made, 2 usage or configuration, 3 could not tell: it is still being made when the time is over, no answer from AWS.

Examples:
  tidegate backup create --env prod
  tidegate backup create --env prod --tier pre-migration   # for `tidegate gate --adopt`
  tidegate backup create --env prod --tier release --tag release=2026.1 --timeout 4h
  tidegate backup create --env prod --no-wait")]
pub struct BackupCreateArgs {
    #[command(flatten)]
    pub of: BackupOf,
    /// The policy that it falls under: pre-migration, scheduled, monthly, release, or a name of your own
    #[arg(long, value_name = "TIER", default_value = "scheduled")]
    pub tier: String,
    /// Wait until it can be used; what happens anyway
    #[arg(long, overrides_with = "no_wait")]
    pub wait: bool,
    /// Ask for it and leave. Copies in other Regions are not made then: they need what is usable
    #[arg(long, overrides_with = "wait")]
    pub no_wait: bool,
    /// How long it may take [default: 2h, or gate.timeout]
    #[arg(long, value_name = "TIME")]
    pub timeout: Option<String>,
    /// A tag of your own (repeatable)
    #[arg(long = "tag", value_name = "KEY=VALUE")]
    pub tags: Vec<String>,
}

/// List the manual snapshots of the database's server
#[derive(Debug, Args)]
#[command(after_help = "\
Manual snapshots of the server, tidegate's and others', the newest first; copies in the Regions of backup.copy_to, too.

Examples:
  tidegate backup list --env prod
  tidegate backup list --env prod --json | jq -r '.backups[] | select(.ours) | .id'")]
pub struct BackupListArgs {
    #[command(flatten)]
    pub of: BackupOf,
}

/// Delete the backups that the policy no longer keeps
#[derive(Debug, Args)]
#[command(after_help = "\
Without --yes it is only a plan. With it, exactly what the policy lets go is deleted, each one judged again right \
before; the gate prunes by a policy only after it was agreed to once in this way. Exit code 1: something that was to be \
deleted is still there.

Examples:
  tidegate backup prune --env prod
  tidegate backup prune --env prod --yes
  tidegate backup prune --env prod --tier scheduled --yes")]
pub struct BackupPruneArgs {
    #[command(flatten)]
    pub of: BackupOf,
    /// Only say what would be deleted; what happens without --yes
    #[arg(long, conflicts_with = "yes")]
    pub dry_run: bool,
    /// Delete
    #[arg(long, short)]
    pub yes: bool,
    /// Only backups of this tier
    #[arg(long, value_name = "TIER")]
    pub tier: Option<String>,
}

/// Keep a backup, whatever the policy says
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  tidegate backup pin --env prod tidegate-prod-db-0f3a9c51d2e47b86 --reason audit-2026
  tidegate backup pin --env prod tidegate-prod-db-0f3a9c51d2e47b86 --remove")]
pub struct BackupPinArgs {
    #[command(flatten)]
    pub of: BackupOf,
    /// Its name, as `tidegate backup list` shows it
    pub id: String,
    /// Why
    #[arg(long, value_name = "TEXT", conflicts_with = "remove")]
    pub reason: Option<String>,
    /// Let the policy decide again
    #[arg(long)]
    pub remove: bool,
}

/// Put hand-made snapshots under a policy
#[derive(Debug, Args)]
#[command(after_help = "\
Manual snapshots of this server that tidegate did not make get its tags, and are pruned like its own from then on. \
Without --yes it is only a plan. Never taken over: what AWS Backup or RDS itself made, what is shared, what is of \
another server under the same name.

Examples:
  tidegate backup adopt --env prod 'before-*' --tier release
  tidegate backup adopt --env prod 'nightly-*' 'weekly-*' --tier scheduled --yes")]
pub struct BackupAdoptArgs {
    #[command(flatten)]
    pub of: BackupOf,
    /// Their names; `*`, `?` and `[a-z]` stand for what they do in a shell
    #[arg(required = true, value_name = "GLOB")]
    pub globs: Vec<String>,
    /// The policy that they fall under
    #[arg(long, value_name = "TIER")]
    pub tier: String,
    /// Write the tags
    #[arg(long, short)]
    pub yes: bool,
}
