//! What exists in the fake's AWS account. Tests put it there and change it as they like.

use std::collections::{BTreeMap, VecDeque};

use jiff::{SignedDuration, Timestamp};

use crate::support::postgres::system_version;

pub(crate) type Tags = BTreeMap<String, String>;

/// The one Region that everything is in unless a test says otherwise.
pub(crate) const REGION: &str = "eu-west-1";
pub(crate) const ACCOUNT: &str = "123456789012";

/// The account.
pub(crate) struct World {
    pub(crate) instances: Vec<Instance>,
    pub(crate) clusters: Vec<Cluster>,
    pub(crate) snapshots: Vec<Snapshot>,
    pub(crate) proxies: Vec<Proxy>,
    /// Manual snapshots of each kind that a Region may have.
    pub(crate) limit: usize,
    /// At most so many on a page, whatever is asked for.
    pub(crate) page: usize,
    /// What becomes of new snapshots. The answer to the order shows the first stage, and each look at the snapshot by
    /// its name moves it on by one.
    pub(crate) life: Vec<Stage>,
    /// The same for copies.
    pub(crate) copy_life: Vec<Stage>,
    /// Whether snapshots of clusters say which cluster they were made of.
    pub(crate) cluster_resource_ids: bool,
    /// How far this AWS's clock is ahead of ours.
    pub(crate) clock_ahead: SignedDuration,
    /// Secrets Manager's, by name.
    pub(crate) secrets: BTreeMap<String, String>,
    /// Parameter Store's, by name.
    pub(crate) parameters: BTreeMap<String, String>,
    /// KMS keys by id or ARN, each with its `KeyState`.
    pub(crate) keys: BTreeMap<String, String>,
    /// How long credentials that STS gives away last.
    pub(crate) session: SignedDuration,
    /// The ends of those that it has given, by access key.
    pub(super) sessions: BTreeMap<String, Timestamp>,
    /// Words of identity that GitHub gave, each good for one role.
    pub(super) words: Vec<String>,
}

impl Default for World {
    fn default() -> Self {
        Self {
            instances: Vec::new(),
            clusters: Vec::new(),
            snapshots: Vec::new(),
            proxies: Vec::new(),
            limit: 100,
            page: 100,
            life: vec![Stage::at("creating", 0), Stage::at("creating", 50), Stage::at("available", 100)],
            copy_life: vec![Stage::at("copying", 0), Stage::at("available", 100)],
            cluster_resource_ids: true,
            clock_ahead: SignedDuration::ZERO,
            secrets: BTreeMap::new(),
            parameters: BTreeMap::new(),
            keys: BTreeMap::new(),
            session: SignedDuration::from_hours(1),
            sessions: BTreeMap::new(),
            words: Vec::new(),
        }
    }
}

impl World {
    pub(crate) fn now(&self) -> Timestamp {
        Timestamp::now().checked_add(self.clock_ahead).unwrap()
    }

    /// Takes this for a word of identity, once.
    pub(crate) fn trust(&mut self, word: &str) {
        self.words.push(word.to_owned());
    }

    pub(crate) fn instance(&mut self, name: &str) -> &mut Instance {
        self.instances.iter_mut().find(|one| one.name == name).unwrap_or_else(|| panic!("no instance {name}"))
    }

    pub(crate) fn cluster(&mut self, name: &str) -> &mut Cluster {
        self.clusters.iter_mut().find(|one| one.name == name).unwrap_or_else(|| panic!("no cluster {name}"))
    }

    pub(crate) fn snapshot(&mut self, id: &str) -> &mut Snapshot {
        self.snapshots.iter_mut().find(|one| one.id == id).unwrap_or_else(|| panic!("no snapshot {id}"))
    }
}

#[derive(Clone)]
pub(crate) struct Instance {
    pub(crate) region: String,
    pub(crate) name: String,
    pub(crate) resource_id: String,
    pub(crate) status: String,
    /// What its status becomes, one at each look.
    pub(crate) next: VecDeque<String>,
    pub(crate) engine: String,
    pub(crate) version: String,
    pub(crate) address: String,
    pub(crate) port: u16,
    pub(crate) cluster: Option<String>,
    pub(crate) replica_of: Option<String>,
    pub(crate) multi_az: bool,
    pub(crate) kms_key: Option<String>,
    pub(crate) storage: i32,
    pub(crate) retention_days: i32,
    pub(crate) window: String,
    pub(crate) restorable: Option<Timestamp>,
    pub(crate) ca: String,
    /// When the server's certificate ends.
    pub(crate) certificate_till: Option<Timestamp>,
    /// `PendingModifiedValues`, by name.
    pub(crate) pending: Tags,
    /// Of its parameter group.
    pub(crate) parameters: String,
    pub(crate) tags: Tags,
}

impl Instance {
    /// A PostgreSQL that is available.
    pub(crate) fn new(name: &str) -> Self {
        Self {
            region: REGION.to_owned(),
            name: name.to_owned(),
            resource_id: format!("db-{}", name.to_ascii_uppercase()),
            status: "available".to_owned(),
            next: VecDeque::new(),
            engine: "postgres".to_owned(),
            version: system_version().to_owned(),
            address: format!("{name}.c0ffee.{REGION}.rds.amazonaws.com"),
            port: 5432,
            cluster: None,
            replica_of: None,
            multi_az: true,
            kms_key: None,
            storage: 20,
            retention_days: 7,
            window: "03:00-03:30".to_owned(),
            restorable: None,
            ca: "rds-ca-rsa2048-g1".to_owned(),
            certificate_till: Some(Timestamp::now() + SignedDuration::from_hours(300 * 24)),
            pending: Tags::new(),
            parameters: "in-sync".to_owned(),
            tags: Tags::new(),
        }
    }

    /// Where its endpoint is: a local server can be it.
    pub(crate) fn at(mut self, address: &str, port: u16) -> Self {
        address.clone_into(&mut self.address);
        self.port = port;
        self
    }

    pub(crate) fn region(mut self, region: &str) -> Self {
        self.address = self.address.replace(&self.region, region);
        region.clone_into(&mut self.region);
        self
    }

    pub(crate) fn status(mut self, status: &str) -> Self {
        status.clone_into(&mut self.status);
        self
    }

    pub(crate) fn tag(mut self, key: &str, value: &str) -> Self {
        self.tags.insert(key.to_owned(), value.to_owned());
        self
    }

    pub(crate) fn arn(&self) -> String {
        format!("arn:aws:rds:{}:{ACCOUNT}:db:{}", self.region, self.name)
    }
}

#[derive(Clone)]
pub(crate) struct Cluster {
    pub(crate) region: String,
    pub(crate) name: String,
    pub(crate) resource_id: String,
    pub(crate) status: String,
    pub(crate) next: VecDeque<String>,
    pub(crate) engine: String,
    pub(crate) version: String,
    pub(crate) writer_address: String,
    pub(crate) reader_address: String,
    /// Custom endpoints: name and address.
    pub(crate) custom: Vec<(String, String)>,
    pub(crate) port: u16,
    /// Names of its instances, the writer first.
    pub(crate) members: Vec<String>,
    pub(crate) replica_of: Option<String>,
    pub(crate) kms_key: Option<String>,
    /// `PendingModifiedValues`, by name.
    pub(crate) pending: Tags,
    pub(crate) tags: Tags,
}

impl Cluster {
    /// An Aurora that is available. Its instances are put into the world beside it.
    pub(crate) fn new(name: &str) -> Self {
        let address = |hash: &str| format!("{name}.{hash}-c0ffee.{REGION}.rds.amazonaws.com");
        Self {
            region: REGION.to_owned(),
            name: name.to_owned(),
            resource_id: format!("cluster-{}", name.to_ascii_uppercase()),
            status: "available".to_owned(),
            next: VecDeque::new(),
            engine: "aurora-postgresql".to_owned(),
            version: system_version().to_owned(),
            writer_address: address("cluster"),
            reader_address: address("cluster-ro"),
            custom: Vec::new(),
            port: 5432,
            members: Vec::new(),
            replica_of: None,
            kms_key: None,
            pending: Tags::new(),
            tags: Tags::new(),
        }
    }

    /// Where its writer endpoint is.
    pub(crate) fn at(mut self, address: &str, port: u16) -> Self {
        address.clone_into(&mut self.writer_address);
        self.port = port;
        self
    }

    pub(crate) fn tag(mut self, key: &str, value: &str) -> Self {
        self.tags.insert(key.to_owned(), value.to_owned());
        self
    }

    /// The cluster with as many instances, `NAME-1` being the writer.
    pub(crate) fn into_world(mut self, world: &mut World, instances: usize) {
        for number in 1..=instances {
            let mut instance = Instance::new(&format!("{}-{number}", self.name));
            instance.cluster = Some(self.name.clone());
            instance.engine.clone_from(&self.engine);
            self.members.push(instance.name.clone());
            world.instances.push(instance);
        }
        world.clusters.push(self);
    }

    pub(crate) fn arn(&self) -> String {
        format!("arn:aws:rds:{}:{ACCOUNT}:cluster:{}", self.region, self.name)
    }
}

/// RDS Proxy, and the one cluster or instance that it leads to.
#[derive(Clone)]
pub(crate) struct Proxy {
    pub(crate) name: String,
    pub(crate) address: String,
    pub(crate) cluster: Option<String>,
    pub(crate) instance: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Instance,
    Cluster,
}

/// A status in a snapshot's life.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Stage {
    pub(crate) status: String,
    pub(crate) percent: Option<i32>,
    /// It is not there any more.
    pub(crate) gone: bool,
}

impl Stage {
    pub(crate) fn at(status: &str, percent: i32) -> Self {
        Self { status: status.to_owned(), percent: Some(percent), gone: false }
    }

    pub(crate) fn is(status: &str) -> Self {
        Self { status: status.to_owned(), percent: None, gone: false }
    }

    pub(crate) fn gone() -> Self {
        Self { status: String::new(), percent: None, gone: true }
    }
}

#[derive(Clone)]
pub(crate) struct Snapshot {
    pub(crate) region: String,
    pub(crate) kind: Kind,
    pub(crate) id: String,
    /// The name of what it was made of.
    pub(crate) resource: String,
    pub(crate) resource_id: String,
    /// `manual`, `automated`, `awsbackup`
    pub(crate) origin: String,
    pub(crate) stage: Stage,
    pub(crate) next: VecDeque<Stage>,
    pub(crate) created: Timestamp,
    pub(crate) original_created: Timestamp,
    /// `SnapshotDatabaseTime`; shown once it is available, and for instances alone.
    pub(crate) database_time: Option<Timestamp>,
    pub(crate) engine: String,
    pub(crate) size: i32,
    pub(crate) encrypted: bool,
    pub(crate) copied_from: Option<String>,
    /// Accounts, or `all`.
    pub(crate) shared_with: Vec<String>,
    pub(crate) tags: Tags,
}

impl Snapshot {
    /// A manual snapshot of an instance that is available.
    pub(crate) fn new(id: &str, of: &Instance, created: Timestamp) -> Self {
        Self {
            region: of.region.clone(),
            kind: Kind::Instance,
            id: id.to_owned(),
            resource: of.name.clone(),
            resource_id: of.resource_id.clone(),
            origin: "manual".to_owned(),
            stage: Stage::at("available", 100),
            next: VecDeque::new(),
            created,
            original_created: created,
            database_time: Some(created),
            engine: of.engine.clone(),
            size: of.storage,
            encrypted: of.kms_key.is_some(),
            copied_from: None,
            shared_with: Vec::new(),
            tags: Tags::new(),
        }
    }

    /// The same of a cluster.
    pub(crate) fn of_cluster(id: &str, of: &Cluster, created: Timestamp) -> Self {
        let instance = Instance { region: of.region.clone(), ..Instance::new(&of.name) };
        Self {
            kind: Kind::Cluster,
            resource_id: of.resource_id.clone(),
            engine: of.engine.clone(),
            encrypted: of.kms_key.is_some(),
            database_time: None,
            ..Self::new(id, &instance, created)
        }
    }

    pub(crate) fn tag(mut self, key: &str, value: &str) -> Self {
        self.tags.insert(key.to_owned(), value.to_owned());
        self
    }

    pub(crate) fn arn(&self) -> String {
        let kind = if self.kind == Kind::Instance { "snapshot" } else { "cluster-snapshot" };
        format!("arn:aws:rds:{}:{ACCOUNT}:{kind}:{}", self.region, self.id)
    }
}
