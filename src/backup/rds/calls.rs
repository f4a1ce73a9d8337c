//! Questions to RDS, page by page, each with its errors told in our words.

use std::collections::BTreeSet;
use std::future::Future;

use aws_sdk_rds::Client;
use aws_sdk_rds::types::{
    AccountQuota, DbCluster, DbClusterEndpoint, DbClusterSnapshot, DbInstance, DbProxy, DbProxyTarget, DbSnapshot,
    Filter,
};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;

use super::fault::{Call, fault};
use crate::aws::{self, Aws, Kind};
use crate::backup::{Error, Reason};

/// The most that RDS puts on a page.
const PAGE: i32 = 100;

/// The clients of one Region.
#[derive(Clone, Debug)]
pub(super) struct Calls {
    pub(super) asks: Client,
    /// Gives each order once.
    pub(super) orders: Client,
    region: String,
}

impl Calls {
    pub(super) fn new(aws: &Aws) -> Self {
        let config = aws_sdk_rds::config::Builder::from(aws.sdk()).interceptor(aws.clock().clone());
        Self {
            asks: Client::from_conf(config.clone().retry_config(aws::questions()).build()),
            orders: Client::from_conf(config.retry_config(aws::orders()).build()),
            region: aws.region().to_owned(),
        }
    }

    pub(super) fn question<E>(&self, action: &'static str, error: SdkError<E, HttpResponse>) -> Error
    where
        E: std::error::Error + ProvideErrorMetadata + Send + Sync + 'static,
    {
        fault(aws::Error::of(action, &self.region, error), Call::Question)
    }

    pub(super) fn order<E>(&self, action: &'static str, error: SdkError<E, HttpResponse>) -> Error
    where
        E: std::error::Error + ProvideErrorMetadata + Send + Sync + 'static,
    {
        fault(aws::Error::of(action, &self.region, error), Call::Order)
    }

    pub(super) async fn instance(&self, name: &str) -> Result<Option<DbInstance>, Error> {
        let action = "rds:DescribeDBInstances";
        match self.asks.describe_db_instances().db_instance_identifier(name).send().await {
            Ok(answer) => {
                let is = |one: &DbInstance| is_called(name, one.db_instance_identifier(), one.db_instance_arn());
                Ok(answer.db_instances.unwrap_or_default().into_iter().find(is))
            }
            Err(error) => no_such(self.question(action, error)),
        }
    }

    pub(super) async fn cluster(&self, name: &str) -> Result<Option<DbCluster>, Error> {
        let action = "rds:DescribeDBClusters";
        match self.asks.describe_db_clusters().db_cluster_identifier(name).send().await {
            Ok(answer) => {
                let is = |one: &DbCluster| is_called(name, one.db_cluster_identifier(), one.db_cluster_arn());
                Ok(answer.db_clusters.unwrap_or_default().into_iter().find(is))
            }
            Err(error) => no_such(self.question(action, error)),
        }
    }

    pub(super) async fn instances(&self, filter: Option<Filter>) -> Result<Vec<DbInstance>, Error> {
        let action = "rds:DescribeDBInstances";
        pages(action, |marker| async {
            let ask = self.asks.describe_db_instances().max_records(PAGE).set_marker(marker);
            let answer = ask.set_filters(filter.clone().map(|filter| vec![filter])).send().await;
            let answer = answer.map_err(|error| self.question(action, error))?;
            Ok((answer.db_instances.unwrap_or_default(), answer.marker))
        })
        .await
    }

    pub(super) async fn clusters(&self) -> Result<Vec<DbCluster>, Error> {
        let action = "rds:DescribeDBClusters";
        pages(action, |marker| async {
            let answer = self.asks.describe_db_clusters().max_records(PAGE).set_marker(marker).send().await;
            let answer = answer.map_err(|error| self.question(action, error))?;
            Ok((answer.db_clusters.unwrap_or_default(), answer.marker))
        })
        .await
    }

    /// The custom endpoint of this name.
    pub(super) async fn cluster_endpoint(&self, name: &str) -> Result<Option<DbClusterEndpoint>, Error> {
        let action = "rds:DescribeDBClusterEndpoints";
        let answer = self.asks.describe_db_cluster_endpoints().db_cluster_endpoint_identifier(name).send().await;
        let answer = answer.map_err(|error| self.question(action, error))?;
        Ok(answer.db_cluster_endpoints.unwrap_or_default().into_iter().next())
    }

    pub(super) async fn proxies(&self) -> Result<Vec<DbProxy>, Error> {
        let action = "rds:DescribeDBProxies";
        pages(action, |marker| async {
            let answer = self.asks.describe_db_proxies().max_records(PAGE).set_marker(marker).send().await;
            let answer = answer.map_err(|error| self.question(action, error))?;
            Ok((answer.db_proxies.unwrap_or_default(), answer.marker))
        })
        .await
    }

    /// What a proxy leads to.
    pub(super) async fn proxy_targets(&self, proxy: &str) -> Result<Vec<DbProxyTarget>, Error> {
        let action = "rds:DescribeDBProxyTargets";
        pages(action, |marker| async {
            let ask = self.asks.describe_db_proxy_targets().db_proxy_name(proxy).max_records(PAGE);
            let answer = ask.set_marker(marker).send().await.map_err(|error| self.question(action, error))?;
            Ok((answer.targets.unwrap_or_default(), answer.marker))
        })
        .await
    }

    pub(super) async fn snapshot(&self, id: &str) -> Result<Option<DbSnapshot>, Error> {
        let action = "rds:DescribeDBSnapshots";
        let answer = match self.asks.describe_db_snapshots().db_snapshot_identifier(id).send().await {
            Ok(answer) => answer.db_snapshots.unwrap_or_default(),
            Err(error) => return absent(self.question(action, error), Reason::BackupNotFound),
        };
        let named =
            |found: &&DbSnapshot| found.db_snapshot_identifier().is_some_and(|name| name.eq_ignore_ascii_case(id));
        Ok(answer.iter().find(named).cloned())
    }

    pub(super) async fn cluster_snapshot(&self, id: &str) -> Result<Option<DbClusterSnapshot>, Error> {
        let action = "rds:DescribeDBClusterSnapshots";
        let answer = match self.asks.describe_db_cluster_snapshots().db_cluster_snapshot_identifier(id).send().await {
            Ok(answer) => answer.db_cluster_snapshots.unwrap_or_default(),
            Err(error) => return absent(self.question(action, error), Reason::BackupNotFound),
        };
        let named = |found: &&DbClusterSnapshot| {
            found.db_cluster_snapshot_identifier().is_some_and(|name| name.eq_ignore_ascii_case(id))
        };
        Ok(answer.iter().find(named).cloned())
    }

    /// `manual` leaves automated ones out, and those that AWS Backup made.
    pub(super) async fn snapshots(&self, filter: Filter, manual: bool) -> Result<Vec<DbSnapshot>, Error> {
        let action = "rds:DescribeDBSnapshots";
        pages(action, |marker| async {
            let ask = self.asks.describe_db_snapshots().max_records(PAGE).set_marker(marker).filters(filter.clone());
            let answer = ask.set_snapshot_type(manual.then(|| "manual".to_owned())).send().await;
            let answer = answer.map_err(|error| self.question(action, error))?;
            Ok((answer.db_snapshots.unwrap_or_default(), answer.marker))
        })
        .await
    }

    /// All of the Region: they cannot be filtered by resource id, and a renamed cluster's older ones bear another name.
    pub(super) async fn cluster_snapshots(&self, manual: bool) -> Result<Vec<DbClusterSnapshot>, Error> {
        let action = "rds:DescribeDBClusterSnapshots";
        pages(action, |marker| async {
            let ask = self.asks.describe_db_cluster_snapshots().max_records(PAGE).set_marker(marker);
            let answer = ask.set_snapshot_type(manual.then(|| "manual".to_owned())).send().await;
            let answer = answer.map_err(|error| self.question(action, error))?;
            Ok((answer.db_cluster_snapshots.unwrap_or_default(), answer.marker))
        })
        .await
    }

    pub(super) async fn account_quotas(&self) -> Result<Vec<AccountQuota>, Error> {
        let action = "rds:DescribeAccountAttributes";
        let answer = self.asks.describe_account_attributes().send().await;
        Ok(answer.map_err(|error| self.question(action, error))?.account_quotas.unwrap_or_default())
    }
}

pub(super) fn filter(name: &str, value: &str) -> Filter {
    Filter::builder().name(name).values(value).build()
}

/// An answer of AWS that leaves out what it always has.
pub(super) fn incomplete(action: &'static str, what: &str) -> Error {
    fault(aws::Error::new(Kind::Content, action, format!("the answer leaves out {what}")), Call::Question)
}

/// Whether an answer is about what was asked for, by its identifier or ARN, and not about something else.
fn is_called(name: &str, identifier: Option<&str>, arn: Option<&str>) -> bool {
    !name.is_empty() && (identifier.is_some_and(|is| is.eq_ignore_ascii_case(name)) || arn == Some(name))
}

/// A name that cannot be one is nobody's: RDS refuses it before it looks (`prod_db`, `prod--db`).
fn no_such<T>(error: Error) -> Result<Option<T>, Error> {
    match error.code.as_deref() {
        Some("InvalidParameterValue") => Ok(None),
        _ => absent(error, Reason::ResourceNotFound),
    }
}

fn absent<T>(error: Error, reason: Reason) -> Result<Option<T>, Error> {
    if error.reason == reason { Ok(None) } else { Err(error) }
}

/// Every page, to the last. A list that goes round in circles is an error, and never half a list.
async fn pages<T, F, A>(action: &'static str, mut ask: F) -> Result<Vec<T>, Error>
where
    F: FnMut(Option<String>) -> A,
    A: Future<Output = Result<(Vec<T>, Option<String>), Error>>,
{
    let (mut all, mut seen, mut marker) = (Vec::new(), BTreeSet::new(), None);
    loop {
        let (page, next) = ask(marker).await?;
        all.extend(page);
        match next.filter(|next| !next.is_empty()) {
            None => return Ok(all),
            Some(next) if seen.insert(next.clone()) => marker = Some(next),
            Some(_) => return Err(incomplete(action, "the end: its pages go round in circles")),
        }
    }
}
