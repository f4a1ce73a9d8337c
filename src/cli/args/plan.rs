use clap::{Args, ValueEnum};

use super::ReadArgs;

const PLAN_EXAMPLES: &str = "\
The pending migrations run on a throw-away copy of the target's schema; the target itself is only read. \
Without a target, what the migrations here add over those upstream is planned, without a database.

Exit codes:
  0  planned, and the verdict is better than --fail-on
  1  the verdict is --fail-on or worse, or a migration fails
  2  usage or configuration
  3  could not tell: no database, a history that cannot be read or is dirty, no engine

Examples:
  tidegate plan postgres://app@db.example/shop
  tidegate plan --env prod --fail-on dangerous
  tidegate plan --env prod --json > plan.json
  tidegate plan --from origin/main -f markdown
  tidegate plan --from git:HEAD --migrations git:INDEX
  tidegate plan --env prod --from v1.4          # plain SQL, which keeps no history";

/// Say what the pending migrations will do: locks, rewrites, sizes, schema changes
#[derive(Debug, Args)]
#[command(after_help = PLAN_EXAMPLES)]
pub struct PlanArgs {
    /// The database that is to be migrated: postgres://…
    pub target: Option<String>,
    /// The database of an environment in tidegate.toml
    #[arg(long, value_name = "NAME", conflicts_with = "target")]
    pub env: Option<String>,
    /// Where the migrations are: a folder, git:REV, git:INDEX [default: migrations.dir]
    #[arg(long, value_name = "SOURCE")]
    pub migrations: Option<String>,
    /// What is there already, a revision or a SOURCE, instead of asking the target's history [default without a
    /// target: the upstream branch]
    #[arg(long, value_name = "REV")]
    pub from: Option<String>,
    /// How the plan is printed
    #[arg(long, short, value_enum, default_value = "text")]
    pub format: PlanFormat,
    /// The same as --format json
    #[arg(long, conflicts_with = "format")]
    pub json: bool,
    /// The verdict from which on the exit code is 1 [default: fails]
    #[arg(long, value_name = "VERDICT", value_enum)]
    pub fail_on: Option<PlanFailOn>,
    #[command(flatten)]
    pub read: ReadArgs,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum PlanFormat {
    Text,
    Markdown,
    Json,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum PlanFailOn {
    Caution,
    Dangerous,
    Fails,
}
