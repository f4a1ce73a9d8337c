//! Whether the database that was reached is the resource that is backed up: facts in, identity or refusal out. Pure.
//!
//! Promises: a setting never proves anything; what speaks against the resource refuses, whatever else speaks for it and
//! whatever a person allowed. `system_identifier` is no proof, since copies share it.

use super::target::{is_rds, plain};
use crate::backup::{Endpoint, EndpointKind, Resource};
use crate::gate::refusal::{Code, Refusal};
use crate::gate::world::{Identity, ProvedBy};

/// What a connection showed.
#[derive(Clone, Debug, Default)]
pub(super) struct Facts {
    /// The host of the URL, in lower case; nothing for a unix socket.
    pub(super) host: Option<String>,
    pub(super) port: u16,
    /// Both, as people read them.
    pub(super) place: String,
    pub(super) database: String,
    pub(super) database_oid: Option<u32>,
    pub(super) in_recovery: bool,
    /// `server_version_num`: 160004
    pub(super) version: u32,
    pub(super) certificate: Option<Shown>,
    /// `aurora_db_instance_identifier()`
    pub(super) server_name: Option<String>,
    pub(super) system_identifier: Option<String>,
}

/// The certificate that the server presented; it has shown that it has the key.
#[derive(Clone, Debug)]
pub(super) struct Shown {
    /// In lower case, wildcards as they stand.
    pub(super) names: Vec<String>,
    /// Whether a root that we trust signed it, and why not.
    pub(super) trusted: Result<(), String>,
}

pub(super) fn decide(resource: &Resource, facts: &Facts, unproven: bool) -> Result<Identity, Refusal> {
    if let Some(source) = &resource.replica_of {
        return Err(Refusal::new(Code::Replica, format!("{} is a read replica of {source}", resource.name))
            .hint(format!("back up and migrate {source}")));
    }
    if facts.in_recovery {
        return Err(Refusal::new(
            Code::Replica,
            format!("{} is a standby (pg_is_in_recovery() is true): migrations run on the primary", facts.place),
        ));
    }
    if let Some(against) = contradiction(resource, facts) {
        let message = format!("the database at {} is not {}: {against}", facts.place, resource.name);
        return Err(Refusal::new(Code::Identity, message)
            .hint("either the URL or `instance` in the environment's [backup] is wrong; no setting lets this pass"));
    }
    let proved_by = match prove(resource, facts) {
        Some(proof) => proof,
        None if unproven => ProvedBy::Unproven,
        None => return Err(not_proved(resource, facts)),
    };
    Ok(Identity {
        proved_by,
        host: facts.place.clone(),
        database: facts.database.clone(),
        resource_id: resource.resource_id.clone(),
        resource_arn: resource.arn.clone(),
        system_identifier: facts.system_identifier.clone(),
        database_oid: facts.database_oid,
    })
}

/// `16` of 160004, `9.6` of 90624.
fn major(version: u32) -> String {
    if version >= 100_000 {
        (version / 10_000).to_string()
    } else {
        format!("{}.{}", version / 10_000, version / 100 % 100)
    }
}

/// Endpoints behind which there is nothing but the resource's own primary, or one of its instances.
fn own(resource: &Resource) -> impl Iterator<Item = &Endpoint> {
    resource.endpoints.iter().filter(|endpoint| {
        matches!(endpoint.kind, EndpointKind::Instance | EndpointKind::Writer) && !endpoint.host.is_empty()
    })
}

/// What says that it is something else.
fn contradiction(resource: &Resource, facts: &Facts) -> Option<String> {
    if !resource.is_postgres() {
        return Some(format!("AWS says that its engine is `{}`, which is no PostgreSQL", resource.engine));
    }
    let (recorded, said) = (resource.major(), major(facts.version));
    if recorded.as_ref() != Some(&said) {
        let version = &resource.engine_version;
        return Some(format!("AWS says that it runs PostgreSQL `{version}`, and the server says {said}"));
    }
    if let Some(host) = &facts.host {
        let same: Vec<&Endpoint> =
            resource.endpoints.iter().filter(|endpoint| plain(&endpoint.host) == *host).collect();
        let is_own = same.iter().any(|endpoint| own(resource).any(|own| own == *endpoint));
        match same.first() {
            Some(endpoint) if !is_own => return Some(indirect(endpoint.kind).to_owned()),
            None if is_rds(host) => return Some(format!("{host} is none of its endpoints")),
            _ => {}
        }
    }
    if let Some(shown) = &facts.certificate {
        let of_rds: Vec<&str> = shown.names.iter().map(String::as_str).filter(|name| is_rds(name)).collect();
        if !of_rds.is_empty() && !is_for(shown, resource) {
            return Some(format!("its certificate is for {}", of_rds.join(", ")));
        }
    }
    if let Some(name) = &facts.server_name {
        match resource.members.iter().find(|member| member.name.eq_ignore_ascii_case(name)) {
            None => {
                return Some(format!("it calls itself `{}`, and no instance there is called so", name.escape_debug()));
            }
            Some(member) if !member.writer => {
                return Some(format!("it is its instance {}, which AWS does not call the writer", member.name));
            }
            Some(_) => {}
        }
    }
    None
}

fn indirect(kind: EndpointKind) -> &'static str {
    match kind {
        EndpointKind::Reader => "this is its reader endpoint, which leads to replicas",
        EndpointKind::Custom => "this is a custom endpoint, which leads to any of its instances",
        EndpointKind::Proxy => {
            "this is an RDS Proxy: it shares sessions between clients, and which server is behind it is not shown"
        }
        EndpointKind::Instance | EndpointKind::Writer => "this is another endpoint",
    }
}

/// Whether the certificate names one of its endpoints. A wildcard names no instance.
fn is_for(shown: &Shown, resource: &Resource) -> bool {
    own(resource).any(|endpoint| shown.names.contains(&plain(&endpoint.host)))
}

fn prove(resource: &Resource, facts: &Facts) -> Option<ProvedBy> {
    if let Some(shown) = &facts.certificate
        && shown.trusted.is_ok()
        && is_for(shown, resource)
    {
        return Some(ProvedBy::Certificate);
    }
    if let Some(host) = &facts.host
        && own(resource).any(|endpoint| plain(&endpoint.host) == *host && endpoint.port == facts.port)
    {
        return Some(ProvedBy::Endpoint);
    }
    // That it is the writer among them was seen above.
    facts.server_name.as_ref().map(|_| ProvedBy::ServerName)
}

fn not_proved(resource: &Resource, facts: &Facts) -> Refusal {
    let endpoints: Vec<String> = own(resource).map(|endpoint| format!("{}:{}", endpoint.host, endpoint.port)).collect();
    let endpoints = if endpoints.is_empty() { "none".to_owned() } else { endpoints.join(", ") };
    let certificate = match &facts.certificate {
        None => "there is no TLS, so no certificate".to_owned(),
        Some(shown) if is_for(shown, resource) => match &shown.trusted {
            Err(why) => {
                format!("its certificate names the instance, but no root that is trusted here signed it ({why})")
            }
            Ok(()) => "its certificate proves nothing".to_owned(),
        },
        Some(shown) if shown.names.is_empty() => "its certificate names no host".to_owned(),
        Some(shown) => format!("its certificate is for {}", shown.names.join(", ").escape_debug()),
    };
    let refusal = Refusal::new(
        Code::Identity,
        format!(
            "nothing proves that the database at {} is {}: its endpoints are {endpoints}; {certificate}; the server \
             does not say which instance it is",
            facts.place, resource.name
        ),
    );
    refusal
        .hint("let the URL name the endpoint itself")
        .hint(
            "through a tunnel: sslmode=verify-ca with sslrootcert, or `ca_bundle` in the environment's [backup], so \
             that the certificate proves it",
        )
        .hint("where neither can be had: identity = \"unproven\" in [backup] goes on without a proof, and says so")
}

#[cfg(test)]
#[path = "identity_tests.rs"]
mod tests;
