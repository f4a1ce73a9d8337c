//! What RDS does with a request: one function per action.

use std::collections::BTreeMap;

use super::Answer;
use super::world::{ACCOUNT, Cluster, Instance, Kind, Snapshot, Stage, Tags, World};
use super::xml;

/// The parameters of a request of the Query protocol, and the Region that it was signed for.
pub(super) struct Ask<'a> {
    pub(super) action: &'a str,
    pub(super) region: &'a str,
    pub(super) parameters: &'a BTreeMap<String, String>,
}

type Answered = Result<String, (u16, &'static str, String)>;

impl Ask<'_> {
    fn get(&self, name: &str) -> Option<&str> {
        self.parameters.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    fn need(&self, name: &str) -> Result<&str, (u16, &'static str, String)> {
        self.get(name)
            .ok_or_else(|| (400, "MissingParameter", format!("The request must contain the parameter {name}.")))
    }

    /// `Filters.Filter.1.Name`, `Filters.Filter.1.Values.Value.1`
    fn filter(&self, name: &str) -> Option<Vec<&str>> {
        let number = (1..20).find(|n| self.get(&format!("Filters.Filter.{n}.Name")) == Some(name))?;
        let values = (1..100).map_while(|n| self.get(&format!("Filters.Filter.{number}.Values.Value.{n}")));
        Some(values.collect())
    }

    fn unknown_filter(&self, known: &[&str]) -> Result<(), (u16, &'static str, String)> {
        for number in 1..20 {
            match self.get(&format!("Filters.Filter.{number}.Name")) {
                Some(name) if !known.contains(&name) => {
                    return Err((400, "InvalidParameterValue", format!("Unrecognized filter name: {name}")));
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn tags(&self) -> Result<Option<Tags>, (u16, &'static str, String)> {
        let mut tags = Tags::new();
        for number in 1.. {
            let Some(key) = self.parameters.get(&format!("Tags.Tag.{number}.Key")) else { break };
            let value = self.parameters.get(&format!("Tags.Tag.{number}.Value")).cloned().unwrap_or_default();
            check_tag(key, &value)?;
            tags.insert(key.clone(), value);
        }
        if tags.len() > 50 {
            return Err((400, "InvalidParameterValue", "A resource may have at most 50 tags.".to_owned()));
        }
        Ok(Some(tags).filter(|tags| !tags.is_empty()))
    }
}

pub(super) fn answer(world: &mut World, ask: &Ask<'_>) -> Answer {
    let answered = match ask.action {
        "DescribeDBInstances" => describe_instances(world, ask),
        "DescribeDBClusters" => describe_clusters(world, ask),
        "DescribeDBClusterEndpoints" => describe_cluster_endpoints(world, ask),
        "DescribeDBProxies" => describe_proxies(world, ask),
        "DescribeDBProxyTargets" => describe_proxy_targets(world, ask),
        "DescribeDBSnapshots" => describe_snapshots(world, ask, Kind::Instance),
        "DescribeDBClusterSnapshots" => describe_snapshots(world, ask, Kind::Cluster),
        "DescribeDBSnapshotAttributes" => attributes(world, ask, Kind::Instance),
        "DescribeDBClusterSnapshotAttributes" => attributes(world, ask, Kind::Cluster),
        "DescribeAccountAttributes" => Ok(quotas(world, ask)),
        "CreateDBSnapshot" => create(world, ask, Kind::Instance),
        "CreateDBClusterSnapshot" => create(world, ask, Kind::Cluster),
        "DeleteDBSnapshot" => delete(world, ask, Kind::Instance),
        "DeleteDBClusterSnapshot" => delete(world, ask, Kind::Cluster),
        "CopyDBSnapshot" => copy(world, ask, Kind::Instance),
        "CopyDBClusterSnapshot" => copy(world, ask, Kind::Cluster),
        "AddTagsToResource" => retag(world, ask),
        "RemoveTagsFromResource" => untag(world, ask),
        "ListTagsForResource" => list_tags(world, ask),
        other => Err((400, "InvalidAction", format!("The fake knows no action {other}."))),
    };
    match answered {
        Ok(inner) => Answer::xml(200, xml::answer(ask.action, &inner)),
        Err((status, code, message)) => Answer::error(status, code, &message),
    }
}

/// One page, and the marker of the next.
fn page<T>(
    world: &World,
    ask: &Ask<'_>,
    all: &[T],
) -> Result<(std::ops::Range<usize>, String), (u16, &'static str, String)> {
    let most = match ask.get("MaxRecords").map(str::parse::<usize>) {
        None => 100,
        Some(Ok(most @ 20..=100)) => most,
        Some(_) => return Err((400, "InvalidParameterValue", "MaxRecords must be between 20 and 100.".to_owned())),
    };
    let from = match ask.get("Marker").map(|marker| marker.strip_prefix("page-from-").and_then(|at| at.parse().ok())) {
        None => 0,
        Some(Some(at)) if at <= all.len() => at,
        Some(_) => return Err((400, "InvalidParameterValue", "The marker is not valid.".to_owned())),
    };
    let to = all.len().min(from + most.min(world.page));
    let marker = if to < all.len() { xml::text("Marker", format!("page-from-{to}")) } else { String::new() };
    Ok((from..to, marker))
}

fn describe_instances(world: &mut World, ask: &Ask<'_>) -> Answered {
    ask.unknown_filter(&["db-instance-id", "db-cluster-id", "dbi-resource-id", "engine", "domain"])?;
    let name = ask.get("DBInstanceIdentifier");
    check_name("DBInstanceIdentifier", name)?;
    let clusters = ask.filter("db-cluster-id");
    let region = ask.region.to_owned();
    let mut found: Vec<Instance> = Vec::new();
    for one in world.instances.iter_mut().filter(|one| one.region == region) {
        let by_name = name.is_none_or(|name| one.name.eq_ignore_ascii_case(name) || one.arn() == name);
        let by_cluster =
            clusters.as_ref().is_none_or(|names| one.cluster.as_deref().is_some_and(|name| names.contains(&name)));
        if by_name && by_cluster {
            found.push(one.clone());
            if name.is_some()
                && let Some(next) = one.next.pop_front()
            {
                one.status = next;
            }
        }
    }
    if let (Some(name), true) = (name, found.is_empty()) {
        return Err((404, "DBInstanceNotFound", format!("DBInstance {name} not found.")));
    }
    let (range, marker) = page(world, ask, &found)?;
    Ok(xml::tag("DBInstances", found[range].iter().map(xml::instance).collect::<String>()) + &marker)
}

/// What RDS takes for the name of an instance or a cluster, or for its ARN.
fn check_name(parameter: &str, name: Option<&str>) -> Result<(), (u16, &'static str, String)> {
    let Some(name) = name.filter(|name| !name.starts_with("arn:")) else { return Ok(()) };
    let letters = name.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '-');
    let begins = name.starts_with(|letter: char| letter.is_ascii_alphabetic());
    if letters && begins && name.len() <= 63 && !name.ends_with('-') && !name.contains("--") {
        return Ok(());
    }
    let rule = "Identifiers must begin with a letter; must contain only ASCII letters, digits, and hyphens; and must \
                not end with a hyphen or contain two consecutive hyphens.";
    Err((400, "InvalidParameterValue", format!("The parameter {parameter} is not a valid identifier. {rule}")))
}

fn describe_clusters(world: &mut World, ask: &Ask<'_>) -> Answered {
    let name = ask.get("DBClusterIdentifier");
    check_name("DBClusterIdentifier", name)?;
    let region = ask.region.to_owned();
    let mut found: Vec<Cluster> = Vec::new();
    for one in world.clusters.iter_mut().filter(|one| one.region == region) {
        if name.is_none_or(|name| one.name.eq_ignore_ascii_case(name) || one.arn() == name) {
            found.push(one.clone());
            if name.is_some()
                && let Some(next) = one.next.pop_front()
            {
                one.status = next;
            }
        }
    }
    if let (Some(name), true) = (name, found.is_empty()) {
        return Err((404, "DBClusterNotFoundFault", format!("DBCluster {name} not found.")));
    }
    let (range, marker) = page(world, ask, &found)?;
    Ok(xml::tag("DBClusters", found[range].iter().map(xml::cluster).collect::<String>()) + &marker)
}

fn describe_cluster_endpoints(world: &World, ask: &Ask<'_>) -> Answered {
    let wanted = ask.get("DBClusterEndpointIdentifier");
    let endpoints = world
        .clusters
        .iter()
        .filter(|one| one.region == ask.region)
        .flat_map(|cluster| cluster.custom.iter().map(move |(name, address)| (name, address, &cluster.name)));
    let inner =
        endpoints.filter(|(name, ..)| wanted.is_none_or(|wanted| wanted == *name)).map(|(name, address, cluster)| {
            let inner = xml::text("DBClusterEndpointIdentifier", name)
                + &xml::text("DBClusterIdentifier", cluster)
                + &xml::text("Endpoint", address)
                + &xml::text("EndpointType", "CUSTOM")
                + &xml::text("Status", "available");
            xml::tag("DBClusterEndpointList", inner)
        });
    Ok(xml::tag("DBClusterEndpoints", inner.collect::<String>()))
}

fn describe_proxies(world: &World, _: &Ask<'_>) -> Answered {
    let inner = world.proxies.iter().map(|proxy| {
        xml::tag(
            "member",
            xml::text("DBProxyName", &proxy.name)
                + &xml::text("Endpoint", &proxy.address)
                + &xml::text("Status", "available"),
        )
    });
    Ok(xml::tag("DBProxies", inner.collect::<String>()))
}

fn describe_proxy_targets(world: &World, ask: &Ask<'_>) -> Answered {
    let name = ask.need("DBProxyName")?;
    let proxy = world.proxies.iter().find(|proxy| proxy.name == name);
    let proxy = proxy.ok_or_else(|| (404, "DBProxyNotFoundFault", format!("DBProxy {name} not found.")))?;
    let inner = match (&proxy.cluster, &proxy.instance) {
        (Some(cluster), _) => xml::text("TrackedClusterId", cluster) + &xml::text("Type", "TRACKED_CLUSTER"),
        (None, Some(instance)) => xml::text("RdsResourceId", instance) + &xml::text("Type", "RDS_INSTANCE"),
        (None, None) => return Ok(xml::tag("Targets", "")),
    };
    Ok(xml::tag("Targets", xml::tag("member", inner)))
}

/// `SnapshotIdentifier` or `ClusterSnapshotIdentifier` of this action, behind `DB` or `SourceDB` and so on.
fn id_name(prefix: &str, kind: Kind) -> String {
    format!("{prefix}{}SnapshotIdentifier", if kind == Kind::Instance { "" } else { "Cluster" })
}

fn missing(kind: Kind, id: &str) -> (u16, &'static str, String) {
    match kind {
        Kind::Instance => (404, "DBSnapshotNotFound", format!("DBSnapshot {id} not found.")),
        Kind::Cluster => (404, "DBClusterSnapshotNotFoundFault", format!("DBClusterSnapshot {id} not found.")),
    }
}

fn position(world: &World, region: &str, kind: Kind, id: &str) -> Result<usize, (u16, &'static str, String)> {
    let is = |one: &Snapshot| {
        one.kind == kind && one.region == region && (one.id.eq_ignore_ascii_case(id) || one.arn() == id)
    };
    world.snapshots.iter().position(is).ok_or_else(|| missing(kind, id))
}

fn describe_snapshots(world: &mut World, ask: &Ask<'_>, kind: Kind) -> Answered {
    let lists = if kind == Kind::Instance { "DBSnapshots" } else { "DBClusterSnapshots" };
    let known: &[&str] = match kind {
        Kind::Instance => &["db-instance-id", "db-snapshot-id", "dbi-resource-id", "snapshot-type", "engine"],
        Kind::Cluster => &["db-cluster-id", "db-cluster-snapshot-id", "snapshot-type", "engine"],
    };
    ask.unknown_filter(known)?;
    let of_parameter = ask.get(if kind == Kind::Instance { "DBInstanceIdentifier" } else { "DBClusterIdentifier" });
    let id = id_name("DB", kind);
    if let Some(id) = ask.get(&id) {
        if of_parameter.is_some() && kind == Kind::Cluster {
            let message = "You cannot specify both DBClusterIdentifier and DBClusterSnapshotIdentifier.";
            return Err((400, "InvalidParameterCombination", message.to_owned()));
        }
        let at = position(world, ask.region, kind, id)?;
        if let Some(next) = world.snapshots[at].next.pop_front() {
            world.snapshots[at].stage = next;
        }
        if world.snapshots[at].stage.gone {
            world.snapshots.remove(at);
            return Err(missing(kind, id));
        }
        return Ok(xml::tag(lists, xml::snapshot(&world.snapshots[at], world)));
    }
    let filter = ask.filter(if kind == Kind::Instance { "db-instance-id" } else { "db-cluster-id" });
    let resource = ask.filter("dbi-resource-id");
    let types = ask.get("SnapshotType").map(|one| vec![one]).or_else(|| ask.filter("snapshot-type"));
    let found: Vec<&Snapshot> = world
        .snapshots
        .iter()
        .filter(|one| one.kind == kind && one.region == ask.region)
        .filter(|one| of_parameter.is_none_or(|name| one.resource.eq_ignore_ascii_case(name)))
        .filter(|one| filter.as_ref().is_none_or(|names| names.contains(&one.resource.as_str())))
        .filter(|one| resource.as_ref().is_none_or(|ids| ids.contains(&one.resource_id.as_str())))
        .filter(|one| types.as_ref().is_none_or(|types| types.contains(&one.origin.as_str())))
        .collect();
    let (range, marker) = page(world, ask, &found)?;
    Ok(xml::tag(lists, found[range].iter().map(|one| xml::snapshot(one, world)).collect::<String>()) + &marker)
}

fn attributes(world: &World, ask: &Ask<'_>, kind: Kind) -> Answered {
    let id = ask.need(&id_name("DB", kind))?;
    let snapshot = &world.snapshots[position(world, ask.region, kind, id)?];
    let (id, result, one) = match kind {
        Kind::Instance => ("DBSnapshotIdentifier", "DBSnapshotAttributesResult", "DBSnapshotAttribute"),
        Kind::Cluster => {
            ("DBClusterSnapshotIdentifier", "DBClusterSnapshotAttributesResult", "DBClusterSnapshotAttribute")
        }
    };
    let values: String = snapshot.shared_with.iter().map(|who| xml::text("AttributeValue", who)).collect();
    let attribute = xml::tag(one, xml::text("AttributeName", "restore") + &xml::tag("AttributeValues", values));
    Ok(xml::tag(result, xml::text(id, &snapshot.id) + &xml::tag(&format!("{one}s"), attribute)))
}

fn manual(world: &World, region: &str, kind: Kind) -> usize {
    world.snapshots.iter().filter(|one| one.kind == kind && one.region == region && one.origin == "manual").count()
}

fn quotas(world: &World, ask: &Ask<'_>) -> String {
    let quota = |name: &str, used: usize, max: usize| {
        let inner = xml::text("AccountQuotaName", name) + &xml::text("Used", used) + &xml::text("Max", max);
        xml::tag("AccountQuota", inner)
    };
    let quotas = [
        quota("DBInstances", world.instances.len(), 40),
        quota("ManualSnapshots", manual(world, ask.region, Kind::Instance), world.limit),
        quota("ManualClusterSnapshots", manual(world, ask.region, Kind::Cluster), world.limit),
    ];
    xml::tag("AccountQuotas", quotas.concat())
}

fn create(world: &mut World, ask: &Ask<'_>, kind: Kind) -> Answered {
    let id = ask.need(&id_name("DB", kind))?.to_ascii_lowercase();
    check_id(&id, kind)?;
    let tags = ask.tags()?;
    let (resource, resource_id, status, engine, size, encrypted, source_tags) = match kind {
        Kind::Instance => {
            let name = ask.need("DBInstanceIdentifier")?;
            let one =
                world.instances.iter().find(|one| one.region == ask.region && one.name.eq_ignore_ascii_case(name));
            let one = one.ok_or_else(|| (404, "DBInstanceNotFound", format!("DBInstance {name} not found.")))?;
            if let Some(cluster) = &one.cluster {
                let message = format!(
                    "The specified instance is a member of the cluster {cluster} and a snapshot cannot be created directly. Please use the CreateDBClusterSnapshot API instead."
                );
                return Err((400, "InvalidParameterValue", message));
            }
            let facts =
                (&one.name, &one.resource_id, &one.status, &one.engine, one.storage, one.kms_key.is_some(), &one.tags);
            (facts.0.clone(), facts.1.clone(), facts.2.clone(), facts.3.clone(), facts.4, facts.5, facts.6.clone())
        }
        Kind::Cluster => {
            let name = ask.need("DBClusterIdentifier")?;
            let one = world.clusters.iter().find(|one| one.region == ask.region && one.name.eq_ignore_ascii_case(name));
            let one = one.ok_or_else(|| (404, "DBClusterNotFoundFault", format!("DBCluster {name} not found.")))?;
            (
                one.name.clone(),
                one.resource_id.clone(),
                one.status.clone(),
                one.engine.clone(),
                1,
                one.kms_key.is_some(),
                one.tags.clone(),
            )
        }
    };
    if world.snapshots.iter().any(|one| one.kind == kind && one.region == ask.region && one.id == id) {
        let message = format!("Cannot create the snapshot because a snapshot with the identifier {id} already exists.");
        let code =
            if kind == Kind::Instance { "DBSnapshotAlreadyExists" } else { "DBClusterSnapshotAlreadyExistsFault" };
        return Err((400, code, message));
    }
    if !["available", "storage-optimization"].contains(&status.as_str()) {
        let (code, what) = match kind {
            Kind::Instance => ("InvalidDBInstanceState", "DB instance"),
            Kind::Cluster => ("InvalidDBClusterStateFault", "DB cluster"),
        };
        return Err((
            400,
            code,
            format!("Cannot create a snapshot because the {what} {resource} is not currently in the available state."),
        ));
    }
    if manual(world, ask.region, kind) >= world.limit {
        return Err((
            400,
            "SnapshotQuotaExceeded",
            format!("Cannot create more than {} manual snapshots", world.limit),
        ));
    }
    let now = world.now();
    let mut life: std::collections::VecDeque<Stage> = world.life.clone().into();
    let stage = life.pop_front().unwrap();
    let snapshot = Snapshot {
        region: ask.region.to_owned(),
        kind,
        id,
        resource,
        resource_id,
        origin: "manual".to_owned(),
        stage,
        next: life,
        created: now,
        original_created: now,
        database_time: (kind == Kind::Instance).then_some(now),
        engine,
        size,
        encrypted,
        copied_from: None,
        shared_with: Vec::new(),
        // With tags at creation those of the source are not copied; without, that is a setting of the source's.
        tags: tags.unwrap_or(source_tags),
    };
    let answer = xml::snapshot(&snapshot, world);
    world.snapshots.push(snapshot);
    Ok(answer)
}

fn delete(world: &mut World, ask: &Ask<'_>, kind: Kind) -> Answered {
    let at = position(world, ask.region, kind, ask.need(&id_name("DB", kind))?)?;
    let (status, origin) = (&world.snapshots[at].stage.status, &world.snapshots[at].origin);
    let state = if kind == Kind::Instance { "InvalidDBSnapshotState" } else { "InvalidDBClusterSnapshotStateFault" };
    if origin != "manual" {
        return Err((400, state, format!("Cannot delete the snapshot because its type is {origin}.")));
    }
    if !["available", "failed"].contains(&status.as_str()) {
        return Err((
            400,
            state,
            format!("Cannot delete the snapshot because it is not currently in the available state: {status}."),
        ));
    }
    let mut gone = world.snapshots.remove(at);
    gone.stage = Stage::is("deleted");
    // Deleting the source ends its copies.
    let arn = gone.arn();
    for copy in world.snapshots.iter_mut().filter(|one| one.copied_from.as_deref() == Some(&arn)) {
        if copy.stage.status != "available" {
            copy.stage = Stage::is("failed");
            copy.next.clear();
        }
    }
    Ok(xml::snapshot(&gone, world))
}

fn copy(world: &mut World, ask: &Ask<'_>, kind: Kind) -> Answered {
    let source_id = ask.need(&id_name("SourceDB", kind))?;
    let target = ask.need(&id_name("TargetDB", kind))?.to_ascii_lowercase();
    check_id(&target, kind)?;
    let tags = ask.tags()?;
    let from = source_id.strip_prefix("arn:aws:rds:").and_then(|arn| arn.split(':').next()).unwrap_or(ask.region);
    let source = world.snapshots[position(world, from, kind, source_id)?].clone();
    if source.stage.status != "available" {
        let code = if kind == Kind::Instance { "InvalidDBSnapshotState" } else { "InvalidDBClusterSnapshotStateFault" };
        return Err((400, code, format!("The snapshot {source_id} is not in the available state.")));
    }
    if world.snapshots.iter().any(|one| one.kind == kind && one.region == ask.region && one.id == target) {
        let code =
            if kind == Kind::Instance { "DBSnapshotAlreadyExists" } else { "DBClusterSnapshotAlreadyExistsFault" };
        return Err((400, code, format!("A snapshot with the identifier {target} already exists.")));
    }
    if source.encrypted && from != ask.region && ask.get("KmsKeyId").is_none() {
        return Err((
            400,
            "KMSKeyNotAccessibleFault",
            "A KMS key of this Region is needed for an encrypted snapshot.".to_owned(),
        ));
    }
    if manual(world, ask.region, kind) >= world.limit {
        return Err((400, "SnapshotQuotaExceeded", "Cannot create more manual snapshots".to_owned()));
    }
    let tags = match (tags, ask.get("CopyTags")) {
        (Some(tags), _) => tags,
        (None, Some("true")) => source.tags.clone(),
        (None, _) => Tags::new(),
    };
    let mut life: std::collections::VecDeque<Stage> = world.copy_life.clone().into();
    let stage = life.pop_front().unwrap();
    let copy = Snapshot {
        region: ask.region.to_owned(),
        id: target,
        origin: "manual".to_owned(),
        stage,
        next: life,
        created: world.now(),
        copied_from: Some(source.arn()),
        shared_with: Vec::new(),
        tags,
        ..source
    };
    let answer = xml::snapshot(&copy, world);
    world.snapshots.push(copy);
    Ok(answer)
}

/// The tags of whatever has this ARN.
fn tags_of<'a>(world: &'a mut World, arn: &str) -> Result<&'a mut Tags, (u16, &'static str, String)> {
    let kind = arn.split(':').nth(5).unwrap_or_default().to_owned();
    let snapshots = world.snapshots.iter_mut().map(|one| (one.arn(), &mut one.tags));
    let instances = world.instances.iter_mut().map(|one| (one.arn(), &mut one.tags));
    let clusters = world.clusters.iter_mut().map(|one| (one.arn(), &mut one.tags));
    let mut all = snapshots.chain(instances).chain(clusters);
    all.find(|(known, _)| known == arn).map(|(_, tags)| tags).ok_or_else(|| {
        let code = match kind.as_str() {
            "snapshot" => "DBSnapshotNotFound",
            "cluster-snapshot" => "DBClusterSnapshotNotFoundFault",
            "cluster" => "DBClusterNotFoundFault",
            _ => "DBInstanceNotFound",
        };
        (404, code, format!("{arn} not found."))
    })
}

fn retag(world: &mut World, ask: &Ask<'_>) -> Answered {
    let arn = ask.need("ResourceName")?;
    let new = ask.tags()?.unwrap_or_default();
    let tags = tags_of(world, arn)?;
    let together = tags.keys().chain(new.keys()).collect::<std::collections::BTreeSet<_>>().len();
    if together > 50 {
        return Err((400, "InvalidParameterValue", "A resource may have at most 50 tags.".to_owned()));
    }
    tags.extend(new);
    Ok(String::new())
}

fn untag(world: &mut World, ask: &Ask<'_>) -> Answered {
    let arn = ask.need("ResourceName")?;
    let tags = tags_of(world, arn)?;
    for number in 1.. {
        let Some(key) = ask.get(&format!("TagKeys.member.{number}")) else { break };
        tags.remove(key);
    }
    Ok(String::new())
}

fn list_tags(world: &mut World, ask: &Ask<'_>) -> Answered {
    let tags = tags_of(world, ask.need("ResourceName")?)?;
    Ok(xml::tags("TagList", tags))
}

fn check_id(id: &str, kind: Kind) -> Result<(), (u16, &'static str, String)> {
    let longest = if kind == Kind::Instance { 255 } else { 63 };
    let letters = id.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '-');
    let begins = id.chars().next().is_some_and(|letter| letter.is_ascii_alphabetic());
    if id.len() <= longest && letters && begins && !id.contains("--") && !id.ends_with('-') {
        return Ok(());
    }
    Err((400, "InvalidParameterValue", format!("The parameter {} is not a valid identifier.", id_name("DB", kind))))
}

fn check_tag(key: &str, value: &str) -> Result<(), (u16, &'static str, String)> {
    let fits = |text: &str| {
        text.chars().all(|letter| letter.is_alphanumeric() || letter.is_whitespace() || "_.:/=+-@".contains(letter))
    };
    let reserved = ["aws:", "rds:"].iter().any(|prefix| key.to_ascii_lowercase().starts_with(prefix));
    let lengths = (1..=128).contains(&key.chars().count()) && value.chars().count() <= 256;
    if lengths && fits(key) && fits(value) && !reserved {
        return Ok(());
    }
    Err((400, "InvalidParameterValue", format!("The tag {key} = {value} of account {ACCOUNT} is not valid.")))
}
