use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A database that migrations run against.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Target {
    /// Its `postgres://` URL; better from the environment: `${PROD_DATABASE_URL}`. `secretsmanager://NAME` and
    /// `ssm://NAME` are read from AWS.
    pub database_url: Option<String>,
    /// How sessions sign in: `password` (default) or `rds-iam`, with a token for each connection.
    pub auth: Option<String>,
    pub backup: Backup,
    pub gate: Gate,
    /// What is kept of each tier: `[environments.prod.retention.pre-migration]`.
    pub retention: BTreeMap<String, Tier>,
    pub prune: Prune,
}

/// What is backed up, and where that is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Backup {
    /// `rds` (default). Whether it is an instance, Aurora or a Multi-AZ cluster is found out.
    pub provider: Option<String>,
    /// `DBInstanceIdentifier` or `DBClusterIdentifier`. Default: what the URL's host names.
    pub instance: Option<String>,
    /// Default: the Region in the URL's host, else what the AWS settings say.
    pub region: Option<String>,
    /// A profile of the AWS configuration files. Default: what the AWS settings say.
    pub profile: Option<String>,
    /// `proved` (default) or `unproven`: go on although nothing proves that the database is this instance's. Said
    /// loudly, and recorded.
    pub identity: Option<String>,
    /// A PEM file with the roots of RDS, for proving the server's certificate. Default: `sslrootcert` of the URL, else
    /// the roots of the operating system.
    pub ca_bundle: Option<String>,
    /// Regions that every backup of the gate and of `backup create` is copied to.
    pub copy_to: Vec<String>,
    /// The KMS key for copies of encrypted backups, by Region.
    pub copy_kms_key: BTreeMap<String, String>,
    /// Whether the resource's own tags are given to its backups. Default: true.
    pub copy_tags: Option<bool>,
}

/// How migrations are held until a backup is confirmed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Gate {
    /// When a backup is taken: `always`, `pending` (default) or `destructive`.
    pub require: Option<String>,
    /// How long a backup may take, such as `2h` (default).
    pub timeout: Option<String>,
    /// How long to wait for another deploy to end, such as `10m` (default); `0s` leaves at once.
    pub lock_wait: Option<String>,
    /// How old the backup's point may be when the command starts, such as `6h` (default).
    pub max_backup_age: Option<String>,
    /// The time between two looks at the backup, such as `15s` (default).
    pub poll: Option<String>,
    /// When backups are pruned by the policy: `before` (default: after the confirmation, before the command),
    /// `after-success` or `never`.
    pub prune: Option<String>,
    /// The finding of `tidegate lint` from which on the gate refuses: `note`, `warning`, `error` (default) or `never`.
    pub lint: Option<String>,
    /// The plan's verdict from which on the gate refuses: `caution`, `dangerous`, `fails` (default) or
    /// `never`. A plan that could not be made counts as the worst.
    pub fail_on: Option<String>,
    /// How old an open transaction of others may be, such as `5m` (default); `0s` asks for none.
    pub max_transaction_age: Option<String>,
    /// Set as `lock_timeout` for the command's sessions, such as `5s`. Default: not set.
    pub lock_timeout: Option<String>,
    /// How long the command may take to end after a signal before it is killed, such as `30s` (default).
    pub kill_after: Option<String>,
    /// The folder of the journals. Default: `$XDG_STATE_HOME/tidegate`, else `~/.local/state/tidegate`.
    pub journal: Option<String>,
    /// Where the receipt is written. Default: beside the journal.
    pub receipt: Option<String>,
}

/// What is kept of one tier. A backup stays when any rule keeps it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Tier {
    /// The newest so many.
    pub keep_last: Option<u32>,
    /// Everything younger than this, such as `30d`.
    pub keep_within: Option<String>,
    /// The newest of each of the last so many days (UTC) that have one.
    pub keep_daily: Option<u32>,
    /// The same by weeks from Monday on.
    pub keep_weekly: Option<u32>,
    /// The same by months.
    pub keep_monthly: Option<u32>,
    /// The same by years.
    pub keep_yearly: Option<u32>,
    /// Everything with one of these tags: `release`, or `release=2026.1`.
    pub keep_tag: Vec<String>,
    /// Everything, for ever.
    pub keep_all: bool,
}

/// Bounds on deleting, whatever the tiers say.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Prune {
    /// So many good backups of the database always stay. At least 1, which is the default.
    pub min_keep: Option<u32>,
    /// At most so many are deleted in one run. Default: 10.
    pub cap: Option<u32>,
}

/// Who is told about outcomes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Notify {
    /// A Slack-compatible webhook; better from the environment: `${SLACK_WEBHOOK}`.
    pub webhook: Option<String>,
}
