//! What the name of an RDS endpoint says.

/// The parts of `NAME.HASH.REGION.rds.amazonaws.com`, in China `NAME.HASH.rds.REGION.amazonaws.com.cn`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Host {
    pub kind: HostKind,
    /// The first label: the instance's, cluster's, custom endpoint's or proxy's name when the endpoint was made.
    pub name: String,
    pub region: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HostKind {
    Instance,
    /// Its writer or reader endpoint.
    Cluster,
    Custom,
    Proxy,
}

impl Host {
    /// `None` where it is no endpoint of RDS, or none that says in which Region it is (Aurora's global one).
    pub fn parse(host: &str) -> Option<Self> {
        let host = host.trim_end_matches('.').to_ascii_lowercase();
        let rest = host.strip_suffix(".amazonaws.com").or_else(|| host.strip_suffix(".amazonaws.com.cn"))?;
        let mut labels: Vec<&str> = rest.split('.').collect();
        let service = labels.iter().rposition(|label| *label == "rds").filter(|at| at + 2 >= labels.len())?;
        labels.remove(service);
        // A proxy's further endpoints have one label more: NAME.endpoint.proxy-HASH.REGION.
        let (name, hash, region) = match labels.as_slice() {
            [name, hash, region] => (name, hash, region),
            [name, "endpoint", hash, region] if hash.starts_with("proxy-") => (name, hash, region),
            _ => return None,
        };
        let is_region = region.split('-').count() >= 3 && region.chars().last()?.is_ascii_digit();
        if name.is_empty() || hash.is_empty() || !is_region {
            return None;
        }
        let kind = match hash {
            hash if hash.starts_with("cluster-custom-") => HostKind::Custom,
            hash if hash.starts_with("cluster-") => HostKind::Cluster,
            hash if hash.starts_with("proxy-") => HostKind::Proxy,
            _ => HostKind::Instance,
        };
        Some(Self { kind, name: (*name).to_owned(), region: (*region).to_owned() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn endpoints_are_told_apart() {
        for (host, kind, name, region) in [
            ("prod-db.c1a2b3.eu-west-1.rds.amazonaws.com", HostKind::Instance, "prod-db", "eu-west-1"),
            ("Prod-DB.c1a2b3.EU-west-1.rds.amazonaws.com.", HostKind::Instance, "prod-db", "eu-west-1"),
            ("shop.cluster-c1.us-east-2.rds.amazonaws.com", HostKind::Cluster, "shop", "us-east-2"),
            ("shop.cluster-ro-c1.us-east-2.rds.amazonaws.com", HostKind::Cluster, "shop", "us-east-2"),
            ("some.cluster-custom-c1.us-east-2.rds.amazonaws.com", HostKind::Custom, "some", "us-east-2"),
            ("pool.proxy-c1.us-gov-west-1.rds.amazonaws.com", HostKind::Proxy, "pool", "us-gov-west-1"),
            ("read.endpoint.proxy-c1.eu-west-1.rds.amazonaws.com", HostKind::Proxy, "read", "eu-west-1"),
            ("db.c1.cn-north-1.rds.amazonaws.com.cn", HostKind::Instance, "db", "cn-north-1"),
            ("db.c1.rds.cn-northwest-1.amazonaws.com.cn", HostKind::Instance, "db", "cn-northwest-1"),
            ("shop.cluster-ro-c1.rds.cn-north-1.amazonaws.com.cn", HostKind::Cluster, "shop", "cn-north-1"),
        ] {
            assert_eq!(
                Host::parse(host),
                Some(Host { kind, name: name.to_owned(), region: region.to_owned() }),
                "{host}"
            );
        }
    }

    #[test]
    fn others_are_left_alone() {
        for host in [
            "localhost",
            "",
            "127.0.0.1",
            "db.example.com",
            "rds.amazonaws.com",
            "db.rds.amazonaws.com",
            "shop.global-c1.global.rds.amazonaws.com",
            "db.c1.eu-west-1.rds.amazonaws.com.evil.example",
            "db.c1.eu-west-1.redshift.amazonaws.com",
            "rds.eu-west-1.amazonaws.com",
            "rds.c1.eu-west-1.amazonaws.com",
            "db.rds.c1.eu-west-1.amazonaws.com",
            "a.b.c.d.eu-west-1.rds.amazonaws.com",
        ] {
            assert_eq!(Host::parse(host), None, "{host}");
        }
    }
}
