//! Backups of a database's server: what they are, how they are named, and the contract that every provider keeps.
//!
//! Promises: a backup is known by its ARN, its own name in its own tags and the resource that it was made of, never by
//! being "the most recent one"; a status that nobody has heard of means "wait"; an answer that was lost is *unknown*
//! and never taken for a yes or a no.
//!
//! ```text
//! gate, retention, backup verbs ──► Provider ──► rds (instance), aurora (cluster)
//! ```

pub mod error;
pub mod name;
pub mod rds;
pub mod tags;

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use error::{Class, Error, Reason};
pub use tags::Tags;

/// What a backup is made of: an RDS instance, or an Aurora or Multi-AZ cluster, as it is at the moment of asking.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Resource {
    pub kind: ResourceKind,
    /// `DBInstanceIdentifier` or `DBClusterIdentifier`. A rename or a restore gives it to another resource.
    pub name: String,
    pub arn: String,
    /// `DbiResourceId` or `DbClusterResourceId`: never given to another resource within a Region.
    pub resource_id: String,
    pub region: String,
    /// `postgres`, `aurora-postgresql`
    pub engine: String,
    pub engine_version: String,
    /// `available`, `backing-up`, `modifying`, …
    pub status: String,
    pub endpoints: Vec<Endpoint>,
    /// The instances of a cluster, by `DBInstanceIdentifier`; the instance itself otherwise.
    pub members: Vec<Member>,
    /// The source of a read replica.
    pub replica_of: Option<String>,
    pub multi_az: bool,
    pub encrypted: bool,
    pub kms_key: Option<String>,
    /// GiB; AWS gives none for Aurora.
    pub allocated_storage: Option<i32>,
    /// Days that automated backups are kept; 0 means that there are none.
    pub backup_retention_days: i32,
    /// UTC, `03:00-03:30`
    pub backup_window: Option<String>,
    /// Any moment up to this one can be restored from automated backups.
    #[schemars(with = "Option<String>")]
    pub latest_restorable: Option<Timestamp>,
    /// `rds-ca-rsa2048-g1`
    pub ca: Option<String>,
    /// The resource's own tags.
    pub tags: Tags,
    /// What a restore does not bring back by itself and must be named again.
    pub settings: Settings,
}

impl Resource {
    /// `postgres`, `aurora-postgresql`, and whatever else calls itself so: `custom-postgres`.
    pub fn is_postgres(&self) -> bool {
        self.engine.split('-').any(|word| word == "postgres" || word == "postgresql")
    }

    /// `16` of `16.4`, `9.6` of `9.6.24`: what a server's own major version must be. `None` where AWS names none.
    pub fn major(&self) -> Option<String> {
        let mut numbers = self.engine_version.split(['.', '-']);
        let first = numbers.next()?;
        match first.parse::<u32>().ok()? {
            10.. => Some(first.to_owned()),
            _ => Some(format!("{first}.{}", numbers.next()?)),
        }
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ResourceKind {
    #[default]
    Instance,
    /// Aurora, or Multi-AZ with two readable standbys.
    Cluster,
}

/// Where a resource is reached.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Endpoint {
    pub host: String,
    pub port: u16,
    pub kind: EndpointKind,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum EndpointKind {
    #[default]
    Instance,
    Writer,
    Reader,
    Custom,
    Proxy,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Member {
    /// `DBInstanceIdentifier`; what `aurora_db_instance_identifier()` returns there.
    pub name: String,
    pub writer: bool,
}

/// What `RestoreDB…FromSnapshot` sets to defaults unless it is named. Never a secret.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Settings {
    /// `db.r6g.large`
    pub class: Option<String>,
    pub parameter_group: Option<String>,
    pub option_group: Option<String>,
    pub subnet_group: Option<String>,
    pub security_groups: Vec<String>,
    pub storage_type: Option<String>,
    pub iops: Option<i32>,
    pub iam_auth: bool,
    pub deletion_protection: bool,
    pub publicly_accessible: bool,
    pub performance_insights: bool,
    pub log_exports: Vec<String>,
}

/// A snapshot, as it is at the moment of asking.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Backup {
    /// `DBSnapshotIdentifier`, lower case.
    pub id: String,
    pub arn: String,
    /// The resource's name when the backup was made; it says little, since names are reused.
    pub resource: String,
    /// The resource's id. Cluster snapshots carry `DbClusterResourceId`.
    pub resource_id: String,
    pub origin: Origin,
    /// As AWS spells it: `creating`, `available`, …
    pub status: String,
    /// 0 to 100, where the provider tells.
    pub percent: Option<i32>,
    /// When it was begun: `SnapshotCreateTime`. Changes when a snapshot is copied.
    #[schemars(with = "Option<String>")]
    pub created: Option<Timestamp>,
    /// `OriginalSnapshotCreateTime`, which a copy keeps; cluster snapshots have none.
    #[schemars(with = "Option<String>")]
    pub original_created: Option<Timestamp>,
    /// `SnapshotDatabaseTime`: the last transaction in it.
    #[schemars(with = "Option<String>")]
    pub database_time: Option<Timestamp>,
    /// GiB of the volume, an upper bound of what it costs.
    pub size: Option<i32>,
    pub encrypted: bool,
    /// ARN of the snapshot that it was copied from.
    pub copied_from: Option<String>,
    pub tags: Tags,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Origin {
    Manual,
    Automated,
    /// Made by AWS Backup.
    AwsBackup,
    /// Shared with us by another account, or public.
    Shared,
    /// A type that we do not know; never touched.
    #[default]
    Other,
}

/// What a status means for those who wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    Usable,
    /// In work, or a status that nobody has heard of.
    Wait,
    /// `failed`, `deleted`, `deleting`, `incompatible-…`: it will never be usable.
    Dead,
}

impl Backup {
    pub fn progress(&self) -> Progress {
        match self.status.as_str() {
            "available" => Progress::Usable,
            "failed" | "deleted" | "deleting" => Progress::Dead,
            status if status.starts_with("incompatible") => Progress::Dead,
            _ => Progress::Wait,
        }
    }

    /// The moment whose data it surely holds: `SnapshotDatabaseTime`, else when it was begun.
    pub fn point(&self) -> Option<Timestamp> {
        self.database_time.or(self.original_created).or(self.created)
    }

    /// Whether its own tag names itself. A copy by human hands clones tags, the one that names the original, too.
    pub fn is_ours(&self) -> bool {
        self.tags.get(tags::ID).is_some_and(|id| id.eq_ignore_ascii_case(&self.id))
    }
}

/// Manual snapshots of the account in the Region.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Quota {
    pub used: i64,
    pub limit: i64,
}

/// What every provider can do. Each call is one question or one order. An order is given once; a question may be asked
/// a few times within its time. Waiting is the caller's, so that every delay is seen and bounded in one place.
///
/// Calls may be dropped at any moment; what was ordered by then may or may not have happened.
#[async_trait]
pub trait Provider: Send + Sync {
    /// The resource as it is now.
    async fn resource(&self) -> Result<Resource, Error>;

    /// Orders a backup of `resource` under this name, tagged as it is made. The name is the only guard against doing
    /// it twice: asked again, the answer is [`Reason::AlreadyExists`].
    async fn request(&self, resource: &Resource, id: &str, tags: &Tags) -> Result<Backup, Error>;

    /// Exactly this one; `None` where the provider says that there is none.
    async fn backup(&self, id: &str) -> Result<Option<Backup>, Error>;

    /// Every manual backup of this resource, by its name now and by its resource id, all pages, in no order that means
    /// anything.
    async fn list(&self, resource: &Resource) -> Result<Vec<Backup>, Error>;

    /// Adds tags or overwrites their values.
    async fn tag(&self, arn: &str, tags: &Tags) -> Result<(), Error>;

    /// Takes tags away.
    async fn untag(&self, arn: &str, keys: &[&str]) -> Result<(), Error>;

    async fn delete(&self, id: &str) -> Result<(), Error>;

    /// Whether another account may restore it, or everyone.
    async fn is_shared(&self, id: &str) -> Result<bool, Error>;

    /// Whether it is being copied at this moment, as far as can be seen: deleting the source ends a copy.
    async fn is_being_copied(&self, backup: &Backup) -> Result<bool, Error>;

    /// Worth a look beforehand. Where it cannot be told nothing is lost: the order itself meets the quota.
    async fn quota(&self) -> Result<Option<Quota>, Error>;

    /// The same account in another Region; for copies.
    fn elsewhere(&self, region: &str) -> Box<dyn Provider>;

    /// Orders a copy of `backup` into *this* provider's Region, under this name, with these tags. `kms_key` is needed
    /// where it is encrypted.
    async fn copy_here(
        &self,
        backup: &Backup,
        from_region: &str,
        id: &str,
        tags: &Tags,
        kms_key: Option<&str>,
    ) -> Result<Backup, Error>;

    /// How far the provider's clock is ahead of ours, as its answers so far say. `None` where they say nothing.
    fn clock_skew(&self) -> Option<SignedDuration> {
        None
    }

    /// When the credentials in use end, where they say so.
    async fn credentials_end(&self) -> Result<Option<Timestamp>, Error>;
}
