//! Snapshots of an RDS instance, an Aurora or a Multi-AZ cluster. Which of them it is, is found out.
//!
//! Promises: a cluster's instance is never asked for a snapshot (RDS refuses it), the cluster is; each method gives at
//! most one order, once; what RDS leaves out of an answer is an error, never
//! guessed.
//!
//! - `host`: what an endpoint's name says
//! - `find`: which resource is meant
//! - `calls`: the questions
//! - `convert`, `tagging`, `fault`: answers, tags and errors in our words; pure

mod calls;
mod convert;
mod fault;
mod find;
mod host;
mod tagging;

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};

pub use find::Target;
pub use host::{Host, HostKind};

use super::{Backup, Error, Provider, Quota, Resource, ResourceKind, Tags};
use crate::aws::{self, Aws};
use calls::{Calls, filter, incomplete};
use fault::{Call, fault};

/// One instance or cluster and its snapshots.
#[derive(Clone, Debug)]
pub struct Rds {
    aws: Aws,
    calls: Calls,
    kind: ResourceKind,
    /// `DBInstanceIdentifier` or `DBClusterIdentifier`.
    name: String,
    target: Target,
    copy_tags: bool,
}

impl Rds {
    /// Connects to the Region that `options` names, else the one in the target's host, else that of the AWS settings,
    /// and finds the resource there.
    ///
    /// # Errors
    /// As [`Self::open`], or no Region is known.
    pub async fn connect(mut options: aws::Options, target: Target, copy_tags: bool) -> Result<Self, Error> {
        options.region = options.region.or_else(|| target.region());
        let aws = Aws::connect(&options).await.map_err(|error| fault(error, Call::Question))?;
        Self::open(aws, target, copy_tags).await
    }

    /// Finds the resource. `copy_tags`: its own tags are given to its backups.
    ///
    /// # Errors
    /// There is none: the nearest names are among the hints. Or AWS could not be asked.
    pub async fn open(aws: Aws, target: Target, copy_tags: bool) -> Result<Self, Error> {
        let calls = Calls::new(&aws);
        let (kind, name) = find::find(&calls, &target, aws.region()).await?;
        Ok(Self { aws, calls, kind, name, target, copy_tags })
    }

    pub fn aws(&self) -> &Aws {
        &self.aws
    }

    pub fn kind(&self) -> ResourceKind {
        self.kind
    }

    /// `DBInstanceIdentifier` or `DBClusterIdentifier`.
    pub fn name(&self) -> &str {
        &self.name
    }

    async fn instance(&self) -> Result<Resource, Error> {
        let action = "rds:DescribeDBInstances";
        let Some(answer) = self.calls.instance(&self.name).await? else {
            return Err(find::no_such(&format!("DB instance {:?} any more", self.name), self.aws.region()));
        };
        if answer.db_cluster_identifier().is_some_and(|cluster| !cluster.is_empty()) {
            return Err(find::no_such(&format!("DB instance {:?} outside of a cluster", self.name), self.aws.region()));
        }
        convert::instance(&answer, self.aws.region()).ok_or_else(|| incomplete(action, "name, ARN or DbiResourceId"))
    }

    async fn cluster(&self) -> Result<Resource, Error> {
        let action = "rds:DescribeDBClusters";
        let Some(answer) = self.calls.cluster(&self.name).await? else {
            return Err(find::no_such(&format!("DB cluster {:?} any more", self.name), self.aws.region()));
        };
        let members = find::members(&self.calls, &self.name).await?;
        convert::cluster(&answer, &members, self.aws.region())
            .ok_or_else(|| incomplete(action, "name, ARN or DbClusterResourceId"))
    }

    /// Instance snapshots that match any of the two, each once.
    async fn instance_snapshots(&self, resource: &Resource, manual: bool) -> Result<Vec<Backup>, Error> {
        let mut found: Vec<Backup> = Vec::new();
        for (name, value) in [("dbi-resource-id", &resource.resource_id), ("db-instance-id", &resource.name)] {
            let page = self.calls.snapshots(filter(name, value), manual).await?;
            for answer in &page {
                let backup = convert::snapshot(answer).ok_or_else(|| incomplete(SNAPSHOTS, "name or ARN"))?;
                if !found.iter().any(|known| known.arn == backup.arn) {
                    found.push(backup);
                }
            }
        }
        Ok(found)
    }

    async fn cluster_snapshots(&self, resource: &Resource, manual: bool) -> Result<Vec<Backup>, Error> {
        let answers = self.calls.cluster_snapshots(manual).await?;
        let mut found = Vec::new();
        for answer in &answers {
            let backup =
                convert::cluster_snapshot(answer).ok_or_else(|| incomplete(CLUSTER_SNAPSHOTS, "name or ARN"))?;
            if backup.resource_id == resource.resource_id || backup.resource.eq_ignore_ascii_case(&resource.name) {
                found.push(backup);
            }
        }
        Ok(found)
    }
}

const SNAPSHOTS: &str = "rds:DescribeDBSnapshots";
const CLUSTER_SNAPSHOTS: &str = "rds:DescribeDBClusterSnapshots";

#[async_trait]
impl Provider for Rds {
    async fn resource(&self) -> Result<Resource, Error> {
        let mut resource = match self.kind {
            ResourceKind::Instance => self.instance().await?,
            ResourceKind::Cluster => self.cluster().await?,
        };
        let proxy = find::proxy_endpoint(&self.calls, &self.target, &resource).await;
        resource.endpoints.extend(proxy);
        Ok(resource)
    }

    async fn request(&self, resource: &Resource, id: &str, tags: &Tags) -> Result<Backup, Error> {
        let none = Tags::new();
        let tags = tagging::merged(tags, if self.copy_tags { &resource.tags } else { &none });
        let (client, tags) = (&self.calls.orders, Some(tagging::to_aws(&tags)));
        match resource.kind {
            ResourceKind::Instance => {
                let action = "rds:CreateDBSnapshot";
                let order =
                    client.create_db_snapshot().db_instance_identifier(&resource.name).db_snapshot_identifier(id);
                let answer = order.set_tags(tags).send().await.map_err(|error| self.calls.order(action, error))?;
                made(answer.db_snapshot.as_ref().and_then(convert::snapshot), action)
            }
            ResourceKind::Cluster => {
                let action = "rds:CreateDBClusterSnapshot";
                let order = client.create_db_cluster_snapshot();
                let order = order.db_cluster_identifier(&resource.name).db_cluster_snapshot_identifier(id);
                let answer = order.set_tags(tags).send().await.map_err(|error| self.calls.order(action, error))?;
                made(answer.db_cluster_snapshot.as_ref().and_then(convert::cluster_snapshot), action)
            }
        }
    }

    async fn backup(&self, id: &str) -> Result<Option<Backup>, Error> {
        match self.kind {
            ResourceKind::Instance => {
                let Some(answer) = self.calls.snapshot(id).await? else { return Ok(None) };
                convert::snapshot(&answer).map(Some).ok_or_else(|| incomplete(SNAPSHOTS, "name or ARN"))
            }
            ResourceKind::Cluster => {
                let Some(answer) = self.calls.cluster_snapshot(id).await? else { return Ok(None) };
                convert::cluster_snapshot(&answer).map(Some).ok_or_else(|| incomplete(CLUSTER_SNAPSHOTS, "name or ARN"))
            }
        }
    }

    async fn list(&self, resource: &Resource) -> Result<Vec<Backup>, Error> {
        match self.kind {
            ResourceKind::Instance => self.instance_snapshots(resource, true).await,
            ResourceKind::Cluster => self.cluster_snapshots(resource, true).await,
        }
    }

    async fn tag(&self, arn: &str, tags: &Tags) -> Result<(), Error> {
        let order = self.calls.orders.add_tags_to_resource().resource_name(arn);
        let answer = order.set_tags(Some(tagging::to_aws(tags))).send().await;
        answer.map(|_| ()).map_err(|error| self.calls.order("rds:AddTagsToResource", error))
    }

    async fn untag(&self, arn: &str, keys: &[&str]) -> Result<(), Error> {
        let keys = keys.iter().map(|key| (*key).to_owned()).collect();
        let order = self.calls.orders.remove_tags_from_resource().resource_name(arn);
        let answer = order.set_tag_keys(Some(keys)).send().await;
        answer.map(|_| ()).map_err(|error| self.calls.order("rds:RemoveTagsFromResource", error))
    }

    async fn delete(&self, id: &str) -> Result<(), Error> {
        let client = &self.calls.orders;
        match self.kind {
            ResourceKind::Instance => {
                let answer = client.delete_db_snapshot().db_snapshot_identifier(id).send().await;
                answer.map(|_| ()).map_err(|error| self.calls.order("rds:DeleteDBSnapshot", error))
            }
            ResourceKind::Cluster => {
                let answer = client.delete_db_cluster_snapshot().db_cluster_snapshot_identifier(id).send().await;
                answer.map(|_| ()).map_err(|error| self.calls.order("rds:DeleteDBClusterSnapshot", error))
            }
        }
    }

    async fn is_shared(&self, id: &str) -> Result<bool, Error> {
        let client = &self.calls.asks;
        match self.kind {
            ResourceKind::Instance => {
                let action = "rds:DescribeDBSnapshotAttributes";
                let answer = client.describe_db_snapshot_attributes().db_snapshot_identifier(id).send().await;
                let answer = answer.map_err(|error| self.calls.question(action, error))?;
                let result =
                    answer.db_snapshot_attributes_result.ok_or_else(|| incomplete(action, "the attributes"))?;
                let attributes = result.db_snapshot_attributes().iter();
                Ok(attributes
                    .filter(|one| is_restore(one.attribute_name()))
                    .any(|one| !one.attribute_values().is_empty()))
            }
            ResourceKind::Cluster => {
                let action = "rds:DescribeDBClusterSnapshotAttributes";
                let answer =
                    client.describe_db_cluster_snapshot_attributes().db_cluster_snapshot_identifier(id).send().await;
                let answer = answer.map_err(|error| self.calls.question(action, error))?;
                let result =
                    answer.db_cluster_snapshot_attributes_result.ok_or_else(|| incomplete(action, "the attributes"))?;
                let attributes = result.db_cluster_snapshot_attributes().iter();
                Ok(attributes
                    .filter(|one| is_restore(one.attribute_name()))
                    .any(|one| !one.attribute_values().is_empty()))
            }
        }
    }

    async fn is_being_copied(&self, backup: &Backup) -> Result<bool, Error> {
        let of_the_same =
            Resource { name: backup.resource.clone(), resource_id: backup.resource_id.clone(), ..Resource::default() };
        let others = match self.kind {
            ResourceKind::Instance => self.instance_snapshots(&of_the_same, false).await?,
            ResourceKind::Cluster => self.cluster_snapshots(&of_the_same, false).await?,
        };
        let from_it = |other: &&Backup| {
            other
                .copied_from
                .as_deref()
                .is_some_and(|source| source == backup.arn || source.eq_ignore_ascii_case(&backup.id))
        };
        Ok(others.iter().filter(from_it).any(|copy| copy.progress() == super::Progress::Wait))
    }

    async fn quota(&self) -> Result<Option<Quota>, Error> {
        Ok(convert::quota(&self.calls.account_quotas().await?, self.kind))
    }

    fn elsewhere(&self, region: &str) -> Box<dyn Provider> {
        let aws = self.aws.in_region(region);
        Box::new(Self { calls: Calls::new(&aws), aws, ..self.clone() })
    }

    async fn copy_here(
        &self,
        backup: &Backup,
        _from_region: &str,
        id: &str,
        tags: &Tags,
        kms_key: Option<&str>,
    ) -> Result<Backup, Error> {
        let (client, tags) = (&self.calls.orders, Some(tagging::to_aws(tags)));
        let kms_key = kms_key.map(str::to_owned);
        match self.kind {
            ResourceKind::Instance => {
                let action = "rds:CopyDBSnapshot";
                let order = client.copy_db_snapshot().source_db_snapshot_identifier(&backup.arn).copy_tags(false);
                let order = order.target_db_snapshot_identifier(id).set_kms_key_id(kms_key).set_tags(tags);
                let answer = order.send().await.map_err(|error| self.calls.order(action, error))?;
                made(answer.db_snapshot.as_ref().and_then(convert::snapshot), action)
            }
            ResourceKind::Cluster => {
                let action = "rds:CopyDBClusterSnapshot";
                let order = client.copy_db_cluster_snapshot().source_db_cluster_snapshot_identifier(&backup.arn);
                let order = order.target_db_cluster_snapshot_identifier(id).copy_tags(false);
                let answer = order.set_kms_key_id(kms_key).set_tags(tags).send().await;
                let answer = answer.map_err(|error| self.calls.order(action, error))?;
                made(answer.db_cluster_snapshot.as_ref().and_then(convert::cluster_snapshot), action)
            }
        }
    }

    fn clock_skew(&self) -> Option<SignedDuration> {
        self.aws.clock_skew()
    }

    async fn credentials_end(&self) -> Result<Option<Timestamp>, Error> {
        self.aws.credentials_end().await.map_err(|error| fault(error, Call::Question))
    }
}

/// The answer to an order. One that says nothing leaves open whether it was carried out.
fn made(backup: Option<Backup>, action: &'static str) -> Result<Backup, Error> {
    let lost = || aws::Error::new(aws::Kind::Lost, action, "the answer leaves out the snapshot");
    backup.ok_or_else(|| fault(lost(), Call::Order))
}

fn is_restore(attribute: Option<&str>) -> bool {
    attribute == Some("restore")
}
