//! From pairs to a [`Dsn`]: what each parameter means, and what stands in for those that are missing.

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::parse::Pairs;
use super::{
    Address, ChannelBinding, Dsn, Env, Host, Keepalives, Roots, Secret, SessionKind, SslMode, TlsOptions, passfile,
};

/// Why a connection string cannot be used. Always a matter of what was typed or configured.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DsnError {
    #[error("not a connection string: expected postgres://user@host/database or key=value pairs")]
    NotAConnectionString,
    #[error("{}expected a URL that starts with postgres:// or postgresql://", .0.as_ref().map(|s| format!("`{s}://` is another tool's notation; ")).unwrap_or_default())]
    Scheme(Option<String>),
    #[error(
        "the URL cannot be taken apart: special characters in a user name, password or database name are written \
         percent-encoded (`@` as %40, `/` as %2F, `:` as %3A, `?` as %3F, `%` as %25)"
    )]
    NotEncoded,
    #[error("the host in the connection string is not a name, an address or [an IPv6 address]")]
    Host,
    #[error("the key=value pairs cannot be taken apart: values with spaces are written in single quotes")]
    Pair,
    #[error("the connection string has a parameter that PostgreSQL does not know: `{0}`")]
    Unknown(String),
    #[error("`{name}` is not supported: {instead}")]
    Unsupported { name: String, instead: &'static str },
    #[error("`{name}` must be {expected}")]
    Value { name: &'static str, expected: &'static str },
    #[error("the connection string names {hosts} hosts, but {other} values of `{name}`")]
    Count { name: &'static str, hosts: usize, other: usize },
    #[error("no user: name one in the connection string or in PGUSER")]
    NoUser,
}

/// Parameters that other tools put into the URL that they share with us, or that only matter to libpq itself.
const HARMLESS: &[&str] = &[
    "application_name",
    "client_encoding",
    "connection_limit",
    "fallback_application_name",
    "gssdelegation",
    "gssencmode",
    "gsslib",
    "krbsrvname",
    "load_balance_hosts",
    "max_protocol_version",
    "min_protocol_version",
    "pgbouncer",
    "pool_timeout",
    "prepared_statements",
    "schema",
    "single_use_connections",
    "socket_timeout",
    "sslcertmode",
    "sslcompression",
    "sslkeylogfile",
    "sslsni",
    "statement_cache_size",
    "tcp_user_timeout",
    "uselibpqcompat",
];

/// Parameters that ask for protection that would silently be missing.
const UNSUPPORTED: &[(&str, &str)] = &[
    ("service", "write the connection out, or set PGHOST, PGUSER and PGDATABASE"),
    ("sslcrl", "certificate revocation lists are not read"),
    ("sslcrldir", "certificate revocation lists are not read"),
    ("sslpassword", "decrypt the key of the client certificate first"),
    ("requirepeer", "the owner of a socket is not checked"),
    ("require_auth", "the server chooses how to authenticate"),
    ("ssl_max_protocol_version", "TLS 1.2 and 1.3 are spoken"),
    ("replication", "replication connections are not for reading a schema"),
    ("oauth_issuer", "OAuth is not spoken"),
    ("oauth_client_id", "OAuth is not spoken"),
];

pub(super) fn assemble(mut given: Pairs, env: &Env) -> Result<Dsn, DsnError> {
    let mut notes = Vec::new();
    let mut take = |name: &str, variable: &str| {
        let given = given.remove(name).filter(|value| !value.is_empty());
        given.or_else(|| env.variables.get(variable).filter(|value| !value.is_empty()).cloned())
    };
    if take("service", "PGSERVICE").is_some() {
        return Err(unsupported("service"));
    }
    let user = take("user", "PGUSER").or_else(|| operating_system_user(env)).ok_or(DsnError::NoUser)?;
    let dbname = take("dbname", "PGDATABASE").unwrap_or_else(|| user.clone());
    let password = take("password", "PGPASSWORD").map(Secret::new);
    let addresses = addresses(take("host", "PGHOST"), take("hostaddr", "PGHOSTADDR"), take("port", "PGPORT"))?;
    let passfile =
        take("passfile", "PGPASSFILE").map(PathBuf::from).or_else(|| Some(env.home.as_ref()?.join(".pgpass")));

    let ssl = take("ssl", "");
    let mode = take("sslmode", "PGSSLMODE").or_else(|| (ssl.as_deref() == Some("true")).then(|| "require".to_owned()));
    let identity = (take("sslcert", "PGSSLCERT"), take("sslkey", "PGSSLKEY"));
    let tls =
        tls(mode, take("sslrootcert", "PGSSLROOTCERT"), identity, take("sslnegotiation", "PGSSLNEGOTIATION"), env)?;
    let connect_timeout = match take("connect_timeout", "PGCONNECT_TIMEOUT") {
        // libpq waits for ever at 0 or less; so long that no one will notice the difference.
        Some(text) => match number(&text, "connect_timeout")? {
            seconds @ 1.. => Duration::from_secs(seconds.unsigned_abs()),
            _ => Duration::from_secs(24 * 3600),
        },
        None => Duration::from_secs(15),
    };
    let options = take("options", "PGOPTIONS");
    let session = session_kind(take("target_session_attrs", "PGTARGETSESSIONATTRS").as_deref())?;
    let channel_binding = match take("channel_binding", "PGCHANNELBINDING").as_deref() {
        None | Some("prefer") => ChannelBinding::Prefer,
        Some("disable") => ChannelBinding::Disable,
        Some("require") => ChannelBinding::Require,
        Some(_) => return Err(DsnError::Value { name: "channel_binding", expected: "disable, prefer or require" }),
    };
    let keepalives = keepalives(&mut take)?;
    if let Some(text) = take("ssl_min_protocol_version", "PGSSLMINPROTOCOLVERSION")
        && text == "TLSv1.3"
    {
        return Err(DsnError::Unsupported {
            name: "ssl_min_protocol_version=TLSv1.3".to_owned(),
            instead: "TLS 1.2 and 1.3 are spoken",
        });
    }
    for name in given.keys() {
        if UNSUPPORTED.iter().any(|(known, _)| known == name) {
            return Err(unsupported(name));
        }
        if !HARMLESS.contains(&name.as_str()) {
            // A name that looks like no name may be a piece of a password.
            let plain = name.len() <= 40 && name.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
            return Err(if plain { DsnError::Unknown(name.clone()) } else { DsnError::NotEncoded });
        }
    }

    let from_file = match (&password, passfile) {
        (None, Some(file)) => {
            let keys: Vec<_> = addresses.iter().map(|(address, port)| (passfile_host(address), *port)).collect();
            let (found, note) = passfile::look_up(&file, &dbname, &user, &keys);
            notes.extend(note);
            found
        }
        _ => vec![None; addresses.len()],
    };
    let hosts = addresses
        .into_iter()
        .zip(from_file)
        .map(|((address, port), found)| Host { address, port, password: password.clone().or(found.map(Secret::new)) })
        .collect();
    Ok(Dsn { hosts, user, dbname, tls, channel_binding, connect_timeout, options, session, keepalives, notes })
}

fn unsupported(name: &str) -> DsnError {
    let instead = UNSUPPORTED.iter().find(|(known, _)| *known == name).map_or("", |(_, instead)| instead);
    DsnError::Unsupported { name: name.to_owned(), instead }
}

fn operating_system_user(env: &Env) -> Option<String> {
    ["USER", "LOGNAME", "USERNAME"]
        .iter()
        .find_map(|name| env.variables.get(*name).filter(|user| !user.is_empty()).cloned())
}

/// What the password file calls a host: the name, and `localhost` for the default socket.
fn passfile_host(address: &Address) -> String {
    match address {
        Address::Tcp { name, .. } => name.clone(),
        Address::Unix(folder) if SOCKET_FOLDERS.iter().any(|usual| Path::new(usual) == folder) => {
            "localhost".to_owned()
        }
        Address::Unix(folder) => folder.display().to_string(),
    }
}

/// Where distributions and the PostgreSQL project itself put the socket.
const SOCKET_FOLDERS: [&str; 2] = ["/var/run/postgresql", "/tmp"];

fn addresses(
    host: Option<String>,
    hostaddr: Option<String>,
    port: Option<String>,
) -> Result<Vec<(Address, u16)>, DsnError> {
    let split = |text: Option<String>| -> Vec<String> {
        text.map(|text| text.split(',').map(|part| part.trim().to_owned()).collect()).unwrap_or_default()
    };
    let (names, numbers, ports) = (split(host), split(hostaddr), split(port));
    let hosts = names.len().max(numbers.len()).max(1);
    if !names.is_empty() && !numbers.is_empty() && names.len() != numbers.len() {
        return Err(DsnError::Count { name: "hostaddr", hosts: names.len(), other: numbers.len() });
    }
    if ports.len() > 1 && ports.len() != hosts {
        return Err(DsnError::Count { name: "port", hosts, other: ports.len() });
    }
    (0..hosts)
        .map(|at| {
            let port = match ports.get(at).or(ports.first()).map(String::as_str) {
                None | Some("") => 5432,
                Some(text) => text
                    .parse()
                    .ok()
                    .filter(|&port| port > 0)
                    .ok_or(DsnError::Value { name: "port", expected: "a number from 1 to 65535" })?,
            };
            let number = match numbers.get(at).map(String::as_str) {
                None | Some("") => None,
                Some(text) => {
                    Some(text.parse().map_err(|_| DsnError::Value { name: "hostaddr", expected: "an IP address" })?)
                }
            };
            let name = names.get(at).filter(|name| !name.is_empty()).cloned();
            let address = match (name, number) {
                (Some(name), None) if name.starts_with('/') => Address::Unix(PathBuf::from(name)),
                (Some(name), address) => Address::Tcp { name, address },
                (None, Some(address)) => Address::Tcp { name: address.to_string(), address: Some(address) },
                (None, None) => default_address(port),
            };
            Ok((address, port))
        })
        .collect()
}

fn default_address(port: u16) -> Address {
    let socket = |folder: &&&str| Path::new(folder).join(format!(".s.PGSQL.{port}")).exists();
    match SOCKET_FOLDERS.iter().find(socket) {
        Some(folder) if cfg!(unix) => Address::Unix(PathBuf::from(folder)),
        _ => Address::Tcp { name: "localhost".to_owned(), address: None },
    }
}

fn tls(
    mode: Option<String>,
    roots: Option<String>,
    identity: (Option<String>, Option<String>),
    negotiation: Option<String>,
    env: &Env,
) -> Result<TlsOptions, DsnError> {
    let mode = mode
        .map(|text| {
            SslMode::parse(&text).ok_or(DsnError::Value {
                name: "sslmode",
                expected: "disable, allow, prefer, require, verify-ca or verify-full",
            })
        })
        .transpose()?;
    let mode_given = mode.is_some() || roots.as_deref() == Some("system");
    let of_user =
        |name: &str| env.home.as_ref().map(|home| home.join(".postgresql").join(name)).filter(|file| file.is_file());
    let (roots, mode) = match roots.as_deref() {
        // Anyone can have a certificate that the system trusts: without its host name it says nothing.
        Some("system") => match mode {
            None | Some(SslMode::VerifyFull) => (Roots::System, SslMode::VerifyFull),
            Some(_) => {
                return Err(DsnError::Value { name: "sslmode", expected: "verify-full with sslrootcert=system" });
            }
        },
        Some(file) => (Roots::File(PathBuf::from(file)), mode.unwrap_or_default()),
        None => match of_user("root.crt") {
            Some(file) => (Roots::File(file), mode.unwrap_or_default()),
            None if mode == Some(SslMode::VerifyCa) => {
                return Err(DsnError::Value {
                    name: "sslrootcert",
                    expected: "named for sslmode=verify-ca: the file with the certificate that signed the server's",
                });
            }
            None => (Roots::System, mode.unwrap_or_default()),
        },
    };
    // As in libpq: who names a root wants it looked at.
    let mode = if mode == SslMode::Require && roots != Roots::System { SslMode::VerifyCa } else { mode };
    let identity = match identity {
        (None, None) => of_user("postgresql.crt").zip(of_user("postgresql.key")),
        (Some(certificate), Some(key)) => Some((certificate.into(), key.into())),
        _ => return Err(DsnError::Value { name: "sslcert", expected: "given together with sslkey" }),
    };
    let direct = match negotiation.as_deref() {
        None | Some("postgres") => false,
        Some("direct") if mode >= SslMode::Require => true,
        Some("direct") => {
            return Err(DsnError::Value {
                name: "sslmode",
                expected: "require or stronger with sslnegotiation=direct",
            });
        }
        Some(_) => return Err(DsnError::Value { name: "sslnegotiation", expected: "postgres or direct" }),
    };
    Ok(TlsOptions { mode, mode_given, roots, identity, direct })
}

fn session_kind(text: Option<&str>) -> Result<SessionKind, DsnError> {
    match text {
        None | Some("any" | "prefer-standby") => Ok(SessionKind::Any),
        Some("read-write" | "primary") => Ok(SessionKind::ReadWrite),
        Some("read-only" | "standby") => Ok(SessionKind::ReadOnly),
        Some(_) => Err(DsnError::Value {
            name: "target_session_attrs",
            expected: "any, read-write, read-only, primary, standby or prefer-standby",
        }),
    }
}

fn keepalives(take: &mut impl FnMut(&str, &str) -> Option<String>) -> Result<Keepalives, DsnError> {
    let mut keepalives = Keepalives::default();
    let mut value = |name: &'static str| take(name, "").map(|text| number(&text, name)).transpose();
    if let Some(enabled) = value("keepalives")? {
        keepalives.enabled = enabled != 0;
    }
    if let Some(seconds @ 1..) = value("keepalives_idle")? {
        keepalives.idle = Duration::from_secs(seconds.unsigned_abs());
    }
    if let Some(seconds @ 1..) = value("keepalives_interval")? {
        keepalives.interval = Duration::from_secs(seconds.unsigned_abs());
    }
    if let Some(count @ 1..) = value("keepalives_count")? {
        keepalives.retries = u32::try_from(count).unwrap_or(u32::MAX);
    }
    Ok(keepalives)
}

fn number(text: &str, name: &'static str) -> Result<i64, DsnError> {
    text.trim().parse().map_err(|_| DsnError::Value { name, expected: "a whole number" })
}
