use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use super::ReadArgs;

const GATE_EXAMPLES: &str = "\
Holds the lock of the database, reads what is pending, has a snapshot made of the very instance that will change, \
waits until it is confirmed, prunes old ones by policy, and only then starts the command. \
\"Could not tell\" is a no.

Exit codes (the receipt is authoritative, since the command may use the same numbers):
  0    the command succeeded, or nothing was pending
  1-   the command's own exit code
  120  refused by policy: lint, plan, dirty history, stale plan, environment that points elsewhere
  121  the backup failed, or is too old
  122  the backup was still being made when time ran out; resume it
  123  another deploy holds the lock
  124  outcome unknown, of this run or an earlier one: see `tidegate gate reconcile`
  125  could not tell: no database, no AWS, identity not proved; usage and configuration, too
  126  the command cannot be run
  127  the command is not there
  128+ ended by a signal

Examples:
  tidegate gate -- sqlx migrate run
  tidegate gate --env prod --dry-run -- npx prisma migrate deploy
  tidegate gate --env prod --timeout 4h --receipt receipt.json -- ./migrate.sh
  tidegate gate --env prod --resume -- ./migrate.sh
  tidegate gate --env prod --adopt -- ./migrate.sh        # a backup made by `tidegate backup create`
  tidegate gate --env prod --break-glass lint:hotfix-for-incident-7 -- ./migrate.sh
  tidegate gate status --env prod";

/// Run a migration only once a backup of its database is confirmed
#[derive(Debug, Args)]
#[command(after_help = GATE_EXAMPLES, args_conflicts_with_subcommands = true)]
pub struct GateArgs {
    #[command(subcommand)]
    pub action: Option<GateAction>,
    #[command(flatten)]
    pub run: GateRunArgs,
}

#[derive(Debug, Args)]
pub struct GateRunArgs {
    /// The environment in tidegate.toml [default: the only one; without any, DATABASE_URL]
    #[arg(long, value_name = "NAME")]
    pub env: Option<String>,
    /// Say everything that would be done, and do nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Go on with an unfinished run: the one of this id, or the only one
    #[arg(long, value_name = "RUN", num_args = 0..=1, conflicts_with = "adopt")]
    pub resume: Option<Option<String>>,
    /// Use a backup that is there: the one of this name, or the newest good one that is young enough
    #[arg(long, value_name = "BACKUP", num_args = 0..=1)]
    pub adopt: Option<Option<String>>,
    /// How long the backup may take [default: 2h, or gate.timeout]
    #[arg(long, value_name = "TIME")]
    pub timeout: Option<String>,
    /// Where the receipt is written [default: beside the journal, or gate.receipt]
    #[arg(long, value_name = "FILE")]
    pub receipt: Option<PathBuf>,
    /// Pass one named refusal of this run; recorded. Never lock, identity, or what is unknown
    #[arg(long, value_name = "CODE:REASON")]
    pub break_glass: Option<String>,
    /// Print the receipt on stdout
    #[arg(long)]
    pub json: bool,
    /// Where the migrations are: a folder, git:REV [default: migrations.dir]
    #[arg(long, value_name = "SOURCE")]
    pub migrations: Option<String>,
    /// What is there already, a revision or a SOURCE, where the migrations are plain SQL and leave no history
    #[arg(long, value_name = "REV")]
    pub from: Option<String>,
    #[command(flatten)]
    pub read: ReadArgs,
    /// The migrate command and its arguments
    #[arg(last = true, value_name = "CMD")]
    pub command: Vec<String>,
}

#[derive(Debug, Subcommand)]
pub enum GateAction {
    /// Show the lock, open runs and their backups
    #[command(after_help = "Example:\n  tidegate gate status --env prod")]
    Status {
        /// The environment in tidegate.toml
        #[arg(long, value_name = "NAME")]
        env: Option<String>,
        /// A document in place of text
        #[arg(long)]
        json: bool,
    },
    /// Settle a run whose end is not known, by what the database shows
    #[command(after_help = "\
Nothing is run again. Without --as, only what history and schema prove is settled.

Examples:
  tidegate gate reconcile --env prod
  tidegate gate reconcile --env prod 0f3a9c51d2e47b86 --as succeeded")]
    Reconcile {
        /// The run [default: the only open one]
        run: Option<String>,
        /// The environment in tidegate.toml
        #[arg(long, value_name = "NAME")]
        env: Option<String>,
        /// What a person has found out; taken only when no session of the run is active any more
        #[arg(long = "as", value_name = "OUTCOME", value_enum)]
        settle: Option<SettleAs>,
        /// Say what would be settled, and write nothing
        #[arg(long)]
        dry_run: bool,
        /// Where the migrations are: a folder, git:REV [default: migrations.dir]
        #[arg(long, value_name = "SOURCE")]
        migrations: Option<String>,
        #[command(flatten)]
        read: ReadArgs,
    },
    /// Check a receipt against itself, and against AWS
    #[command(after_help = "Example:\n  tidegate gate verify receipt.json --env prod")]
    Verify {
        /// The file
        receipt: PathBuf,
        /// The environment in tidegate.toml
        #[arg(long, value_name = "NAME")]
        env: Option<String>,
        /// Check the file alone
        #[arg(long)]
        offline: bool,
        /// A document in place of text
        #[arg(long)]
        json: bool,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum SettleAs {
    Succeeded,
    Failed,
}
