//! Which instance or cluster is meant: by name, or by the host of the database's URL.

use aws_sdk_rds::types::DbInstance;

use super::calls::{Calls, filter};
use super::convert;
use super::host::{Host, HostKind};
use crate::backup::{Class, Endpoint, EndpointKind, Error, Reason, Resource, ResourceKind};

/// What is known of it beforehand.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Target {
    /// `DBInstanceIdentifier` or `DBClusterIdentifier`.
    pub instance: Option<String>,
    /// Of the database's URL.
    pub host: Option<String>,
    pub port: Option<u16>,
}

impl Target {
    /// The Region that the host names.
    pub fn region(&self) -> Option<String> {
        Host::parse(self.host.as_deref()?).map(|host| host.region)
    }

    fn by_proxy(&self) -> Option<&str> {
        let host = self.host.as_deref()?;
        Host::parse(host).filter(|parsed| parsed.kind == HostKind::Proxy).map(|_| host)
    }
}

/// A resource's kind and its name.
pub(super) type Found = (ResourceKind, String);

pub(super) async fn find(calls: &Calls, target: &Target, region: &str) -> Result<Found, Error> {
    if let Some(name) = &target.instance {
        return match named(calls, name).await? {
            Some(found) => Ok(found),
            None => Err(not_found(calls, &format!("DB instance or cluster {name:?}"), name, region).await),
        };
    }
    let Some(host) = &target.host else {
        let message = "nothing says which DB instance is meant: the database's URL names no host".to_owned();
        let error = Error { message, ..no_such("DB instance", region) };
        return Err(error.hinted("set `instance` in [environments.NAME.backup]"));
    };
    let parsed = Host::parse(host);
    let found = match parsed.as_ref().map(|parsed| (parsed.kind, parsed.name.as_str())) {
        Some((HostKind::Custom, name)) => calls
            .cluster_endpoint(name)
            .await?
            .filter(|endpoint| endpoint.endpoint().is_some_and(|at| same(at, host)))
            .and_then(|endpoint| endpoint.db_cluster_identifier)
            .map(|cluster| (ResourceKind::Cluster, cluster)),
        Some((HostKind::Proxy, _)) => behind_proxy(calls, host).await?,
        Some((HostKind::Instance, name)) => {
            // A rename keeps endpoints for a while, and gives names to others: the host decides, not its first label.
            match calls.instance(name).await?.filter(|instance| reached_at(instance, host, target.port)) {
                Some(instance) => belongs(&instance),
                None => reached(calls, host, target.port).await?,
            }
        }
        Some((HostKind::Cluster, _)) | None => reached(calls, host, target.port).await?,
    };
    match found {
        Some(found) => Ok(found),
        None => {
            let near = parsed.as_ref().map_or(host.as_str(), |parsed| parsed.name.as_str());
            let error =
                not_found(calls, &format!("DB instance or cluster that is reached at {host}"), near, region).await;
            Err(error.hinted("behind a tunnel or another name: set `instance` in [environments.NAME.backup]"))
        }
    }
}

/// The instance or cluster of this name; for a cluster's instance, the cluster.
async fn named(calls: &Calls, name: &str) -> Result<Option<Found>, Error> {
    if let Some(instance) = calls.instance(name).await? {
        return Ok(belongs(&instance));
    }
    let cluster = calls.cluster(name).await?;
    Ok(cluster.and_then(|cluster| cluster.db_cluster_identifier).map(|name| (ResourceKind::Cluster, name)))
}

/// A cluster's instance cannot be backed up by itself.
fn belongs(instance: &DbInstance) -> Option<Found> {
    match instance.db_cluster_identifier.clone().filter(|cluster| !cluster.is_empty()) {
        Some(cluster) => Some((ResourceKind::Cluster, cluster)),
        None => Some((ResourceKind::Instance, instance.db_instance_identifier.clone()?)),
    }
}

async fn reached(calls: &Calls, host: &str, port: Option<u16>) -> Result<Option<Found>, Error> {
    let instances = calls.instances(None).await?;
    if let Some(instance) = instances.iter().find(|instance| reached_at(instance, host, port)) {
        return Ok(belongs(instance));
    }
    let clusters = calls.clusters().await?;
    let cluster = clusters.into_iter().find(|cluster| {
        convert::cluster(cluster, &[], "")
            .is_some_and(|cluster| cluster.endpoints.iter().any(|at| at_endpoint(at, host, port)))
    });
    Ok(cluster.and_then(|cluster| cluster.db_cluster_identifier).map(|name| (ResourceKind::Cluster, name)))
}

fn reached_at(instance: &DbInstance, host: &str, port: Option<u16>) -> bool {
    convert::instance_endpoint(instance).is_some_and(|endpoint| at_endpoint(&endpoint, host, port))
}

fn at_endpoint(endpoint: &Endpoint, host: &str, port: Option<u16>) -> bool {
    same(&endpoint.host, host) && port.is_none_or(|port| port == endpoint.port)
}

fn same(one: &str, other: &str) -> bool {
    one.trim_end_matches('.').eq_ignore_ascii_case(other.trim_end_matches('.'))
}

/// The one resource that the proxy at `host` leads to.
async fn behind_proxy(calls: &Calls, host: &str) -> Result<Option<Found>, Error> {
    let proxies = calls.proxies().await?;
    let proxy = proxies.iter().find(|proxy| proxy.endpoint().is_some_and(|at| same(at, host)));
    let Some(proxy) = proxy.and_then(|proxy| proxy.db_proxy_name()) else { return Ok(None) };
    let targets = calls.proxy_targets(proxy).await?;
    if let Some(cluster) = targets.iter().find_map(|target| target.tracked_cluster_id().filter(|id| !id.is_empty())) {
        return Ok(Some((ResourceKind::Cluster, cluster.to_owned())));
    }
    match targets.iter().find_map(|target| target.rds_resource_id()) {
        Some(name) => named(calls, name).await,
        None => Ok(None),
    }
}

/// The proxy's endpoint where it leads to this very resource. Nothing where that cannot be told.
///
/// AWS tells no port of a proxy, so that it is known by its host alone, and the port is the one that was asked for.
/// Nothing is proved by it: an endpoint of this kind speaks against the database behind it, at whatever port.
pub(super) async fn proxy_endpoint(calls: &Calls, target: &Target, resource: &Resource) -> Option<Endpoint> {
    let host = target.by_proxy()?;
    let (kind, name) = behind_proxy(calls, host).await.ok()??;
    let leads_here = kind == resource.kind && name.eq_ignore_ascii_case(&resource.name);
    let port = target.port.unwrap_or_default();
    leads_here.then(|| Endpoint { host: host.to_owned(), port, kind: EndpointKind::Proxy })
}

/// The instances of a cluster.
pub(super) async fn members(calls: &Calls, cluster: &str) -> Result<Vec<DbInstance>, Error> {
    calls.instances(Some(filter("db-cluster-id", cluster))).await
}

async fn not_found(calls: &Calls, what: &str, name: &str, region: &str) -> Error {
    let error = no_such(what, region);
    let (Ok(instances), Ok(clusters)) = (calls.instances(None).await, calls.clusters().await) else { return error };
    let instances = instances.into_iter().filter_map(|instance| instance.db_instance_identifier);
    let names: Vec<String> =
        instances.chain(clusters.into_iter().filter_map(|one| one.db_cluster_identifier)).collect();
    let near = nearest(name, &names);
    if names.is_empty() {
        error.hinted(&format!("{region} has none at all in this account: is another Region or account meant?"))
    } else if near.is_empty() {
        error.hinted(&format!("there are {} others in {region}: is another Region or account meant?", names.len()))
    } else {
        error.hinted(&format!("did you mean {}?", near.join(" or ")))
    }
}

/// Up to three names that look like `name`, the most alike first.
fn nearest<'a>(name: &str, names: &'a [String]) -> Vec<&'a str> {
    let name = name.to_ascii_lowercase();
    let mut near: Vec<(f64, &str)> = names
        .iter()
        .map(|other| (strsim::jaro_winkler(&name, other), other.as_str()))
        .filter(|(likeness, _)| *likeness > 0.75)
        .collect();
    near.sort_by(|one, other| other.0.total_cmp(&one.0).then_with(|| one.1.cmp(other.1)));
    near.dedup_by(|one, other| one.1 == other.1);
    near.into_iter().take(3).map(|(_, name)| name).collect()
}

pub(super) fn no_such(what: &str, region: &str) -> Error {
    Error {
        class: Class::Permanent,
        reason: Reason::ResourceNotFound,
        action: "rds:DescribeDBInstances",
        code: None,
        message: format!("there is no {what} in {region}"),
        hints: Vec::new(),
    }
}

impl Error {
    fn hinted(mut self, hint: &str) -> Self {
        self.hints.push(hint.to_owned());
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_names_come_first() {
        let names = ["prod-db", "prod-db-2", "staging", "analytics"].map(str::to_owned);
        assert_eq!(nearest("prod-bd", &names), ["prod-db", "prod-db-2"]);
        assert_eq!(nearest("zzz", &names), Vec::<&str>::new());
    }

    #[test]
    fn hosts_are_compared_as_dns_does() {
        assert!(same("Prod.example.", "prod.EXAMPLE"));
        assert!(!same("prod.example", "prod.example.evil"));
    }
}
