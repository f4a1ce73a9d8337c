//! Opens a session, and says why where that fails: what, where, why, and what to try next.

use std::fmt;
use std::io;
use std::time::Duration;

use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_postgres::error::SqlState;
use tokio_postgres::{Client, Config, NoTls};

use super::dsn::{Address, ChannelBinding, Dsn, Host, SessionKind, SslMode};
use super::error_text;
use super::tls::{self, TlsError};

/// A session and what is known about its server.
pub struct Connected {
    pub client: Client,
    /// Carries the session; ends when `client` is dropped.
    pub task: JoinHandle<()>,
    /// The host of several that took the session: `db.example.com:5432`.
    pub host: String,
    /// As the server reported it on its own accord: `15.18 (Debian 15.18-1)`.
    pub server_version: Option<String>,
    pub tls: bool,
}

impl Connected {
    /// Says goodbye, so that the server logs no lost connection.
    pub async fn close(self) {
        drop(self.client);
        let _ = timeout(Duration::from_secs(2), self.task).await;
    }
}

/// Why there is no session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConnectErrorKind {
    /// Nothing listens there.
    Refused,
    UnknownHost,
    /// No answer in time.
    Timeout,
    /// The password is wrong or missing.
    Password,
    /// `pg_hba.conf` has no entry that lets us in.
    NotAdmitted,
    NoRole,
    NoDatabase,
    /// The role may not connect to this database.
    NoPermission,
    TooManySessions,
    /// Starting up, shutting down or recovering.
    NotReady,
    /// The TLS handshake failed, or the server has no TLS.
    Tls,
    /// What was configured cannot be used: a missing certificate file.
    Configuration,
    Other,
}

/// A failed connection: `cannot connect to shop as app at db:5432: connection refused`, and a hint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConnectError {
    pub kind: ConnectErrorKind,
    /// Database, role and host; never a password.
    pub target: String,
    pub reason: String,
    /// What to try next.
    pub hint: Option<String>,
}

impl ConnectError {
    /// Whether it is a matter of what was typed or configured; otherwise it could not be told.
    pub fn is_usage(&self) -> bool {
        self.kind == ConnectErrorKind::Configuration
    }
}

impl fmt::Display for ConnectError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "cannot connect to {}: {}", self.target, self.reason)
    }
}

impl std::error::Error for ConnectError {}

/// Connects to the first host that takes the session.
///
/// # Errors
/// With several hosts, the last one's kind and hint, and every host's reason.
pub async fn connect(dsn: &Dsn, application_name: &str) -> Result<Connected, ConnectError> {
    let mut failures: Vec<(&Host, Failure)> = Vec::new();
    for host in &dsn.hosts {
        match attempt(dsn, host, application_name).await {
            Ok(connected) => return Ok(connected),
            Err(failure) => {
                // A server that was reached and said no is not asked again under another name; libpq does the same.
                let settled = failure.kind == ConnectErrorKind::Password;
                failures.push((host, failure));
                if settled {
                    break;
                }
            }
        }
    }
    let reason = match failures.as_slice() {
        [(_, only)] if dsn.hosts.len() == 1 => only.reason.clone(),
        several => {
            several.iter().map(|(host, failure)| format!("{host}: {}", failure.reason)).collect::<Vec<_>>().join("; ")
        }
    };
    let hosts: Vec<String> = dsn.hosts.iter().map(ToString::to_string).collect();
    let target = format!("{} at {}", dsn.database_and_user(), hosts.join(", "));
    let (kind, hint) = failures.pop().map_or((ConnectErrorKind::Other, None), |(_, last)| (last.kind, last.hint));
    Err(ConnectError { kind, target, reason, hint })
}

pub(super) struct Failure {
    pub(super) kind: ConnectErrorKind,
    pub(super) reason: String,
    pub(super) hint: Option<String>,
}

impl Failure {
    /// Whether another way (with TLS, or without) may fare better.
    pub(super) fn is_worth_another_way(&self) -> bool {
        matches!(self.kind, ConnectErrorKind::NotAdmitted | ConnectErrorKind::Tls)
    }
}

/// The ways to try, in order.
pub(super) fn ways(dsn: &Dsn, host: &Host) -> &'static [tokio_postgres::config::SslMode] {
    use tokio_postgres::config::SslMode as Wire;
    match dsn.tls.mode {
        // As in libpq: nobody listens in on a unix socket.
        _ if matches!(host.address, Address::Unix(_)) => &[Wire::Disable],
        SslMode::Disable => &[Wire::Disable],
        SslMode::Allow => &[Wire::Disable, Wire::Require],
        SslMode::Prefer => &[Wire::Prefer, Wire::Disable],
        SslMode::Require | SslMode::VerifyCa | SslMode::VerifyFull => &[Wire::Require],
    }
}

async fn attempt(dsn: &Dsn, host: &Host, application_name: &str) -> Result<Connected, Failure> {
    let mut first = None;
    for &mode in ways(dsn, host) {
        match timeout(dsn.connect_timeout, session(dsn, host, mode, application_name)).await {
            Ok(Ok(connected)) => return Ok(connected),
            Ok(Err(failure)) => {
                let again = failure.is_worth_another_way();
                // The first way is the one that was asked for: its failure is the one to tell.
                first.get_or_insert(failure);
                if !again {
                    break;
                }
            }
            Err(_) => return Err(timed_out(dsn.connect_timeout)),
        }
    }
    Err(first.unwrap_or_else(|| timed_out(dsn.connect_timeout)))
}

async fn session(
    dsn: &Dsn,
    host: &Host,
    mode: tokio_postgres::config::SslMode,
    application_name: &str,
) -> Result<Connected, Failure> {
    let mut config = config(dsn, host, application_name);
    config.ssl_mode(mode);
    if mode == tokio_postgres::config::SslMode::Disable {
        let (client, connection) = match config.connect(NoTls).await {
            Ok(session) => session,
            Err(error) => return Err(explain(&error, dsn, host).await),
        };
        let server_version = connection.parameter("server_version").map(str::to_owned);
        let task = tokio::spawn(async move { drop(connection.await) });
        return Ok(Connected { client, task, host: host.to_string(), server_version, tls: false });
    }
    let connector = tls::connector(&dsn.tls).map_err(|error| unusable(&error))?;
    let (client, connection) = match config.connect(connector).await {
        Ok(session) => session,
        Err(error) => return Err(explain(&error, dsn, host).await),
    };
    let server_version = connection.parameter("server_version").map(str::to_owned);
    let task = tokio::spawn(async move { drop(connection.await) });
    // `prefer` may have ended without.
    let tls = mode == tokio_postgres::config::SslMode::Require;
    Ok(Connected { client, task, host: host.to_string(), server_version, tls })
}

pub(super) fn config(dsn: &Dsn, host: &Host, application_name: &str) -> Config {
    use tokio_postgres::config;
    let mut config = Config::new();
    config
        .user(&dsn.user)
        .dbname(&dsn.dbname)
        .port(host.port)
        .application_name(application_name)
        .connect_timeout(dsn.connect_timeout)
        .keepalives(dsn.keepalives.enabled)
        .keepalives_idle(dsn.keepalives.idle)
        .keepalives_interval(dsn.keepalives.interval)
        .keepalives_retries(dsn.keepalives.retries)
        .target_session_attrs(match dsn.session {
            SessionKind::Any => config::TargetSessionAttrs::Any,
            SessionKind::ReadWrite => config::TargetSessionAttrs::ReadWrite,
            SessionKind::ReadOnly => config::TargetSessionAttrs::ReadOnly,
        })
        .channel_binding(match dsn.channel_binding {
            ChannelBinding::Disable => config::ChannelBinding::Disable,
            ChannelBinding::Prefer => config::ChannelBinding::Prefer,
            ChannelBinding::Require => config::ChannelBinding::Require,
        });
    if dsn.tls.direct {
        config.ssl_negotiation(config::SslNegotiation::Direct);
    }
    match &host.address {
        Address::Tcp { name, address } => {
            config.host(name);
            if let Some(address) = address {
                config.hostaddr(*address);
            }
        }
        #[cfg(unix)]
        Address::Unix(folder) => {
            config.host_path(folder);
        }
        #[cfg(not(unix))]
        Address::Unix(folder) => {
            config.host(folder.display().to_string());
        }
    }
    if let Some(password) = &host.password {
        config.password(password.expose());
    }
    if let Some(options) = &dsn.options {
        config.options(options);
    }
    config
}

pub(super) fn timed_out(after: Duration) -> Failure {
    Failure {
        kind: ConnectErrorKind::Timeout,
        reason: format!("no answer within {} s", after.as_secs_f64()),
        hint: Some(
            "is the host reachable from here (VPN, firewall, security group)? `connect_timeout` sets the patience"
                .to_owned(),
        ),
    }
}

pub(super) fn unusable(error: &TlsError) -> Failure {
    Failure { kind: ConnectErrorKind::Configuration, reason: error.to_string(), hint: None }
}

pub(super) async fn explain(error: &tokio_postgres::Error, dsn: &Dsn, host: &Host) -> Failure {
    if let Some(said) = error.as_db_error() {
        return explain_refusal(said, dsn);
    }
    let reason = error_text(error);
    let of_kind =
        |kind, hint: &str| Failure { kind, reason: reason.clone(), hint: (!hint.is_empty()).then(|| hint.to_owned()) };
    if let Some(cause) = cause::<rustls::Error>(error) {
        return of_kind(ConnectErrorKind::Tls, tls_hint(cause));
    }
    if reason.contains("server does not support TLS") {
        return of_kind(
            ConnectErrorKind::Tls,
            "the server has TLS switched off; `sslmode=prefer` or `disable` goes on without, where that is acceptable",
        );
    }
    if reason.contains("password missing") {
        return Failure {
            kind: ConnectErrorKind::Password,
            reason: "the server asks for a password, and none was given".to_owned(),
            hint: Some("set PGPASSWORD, or add a line to ~/.pgpass".to_owned()),
        };
    }
    let Some(cause) = cause::<io::Error>(error) else {
        return of_kind(ConnectErrorKind::Other, "");
    };
    explain_io(cause, &reason, dsn, host).await
}

pub(super) async fn explain_io(cause: &io::Error, reason: &str, dsn: &Dsn, host: &Host) -> Failure {
    match (cause.kind(), &host.address) {
        (io::ErrorKind::NotFound, Address::Unix(_)) => Failure {
            kind: ConnectErrorKind::Refused,
            reason: format!("there is no socket {host}"),
            hint: Some("is the server running, and is this its socket folder and port?".to_owned()),
        },
        (io::ErrorKind::ConnectionRefused, _) => Failure {
            kind: ConnectErrorKind::Refused,
            reason: "connection refused".to_owned(),
            hint: Some("is the server running and listening on this host and port?".to_owned()),
        },
        (io::ErrorKind::TimedOut, _) => timed_out(dsn.connect_timeout),
        (_, Address::Tcp { name, address: None })
            if tokio::net::lookup_host((name.as_str(), host.port)).await.is_err() =>
        {
            Failure {
                kind: ConnectErrorKind::UnknownHost,
                reason: format!("there is no host `{name}`, or its name cannot be looked up from here"),
                hint: Some("check the spelling, and whether the name is known outside of a VPN".to_owned()),
            }
        }
        _ => Failure { kind: ConnectErrorKind::Other, reason: reason.to_owned(), hint: None },
    }
}

/// The first cause of type `T` in the chain, looking into `io::Error` as well.
fn cause<'e, T: std::error::Error + 'static>(error: &'e (dyn std::error::Error + 'static)) -> Option<&'e T> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(found) = error.downcast_ref::<T>() {
            return Some(found);
        }
        let inner = error.downcast_ref::<io::Error>().and_then(|error| error.get_ref());
        next = match inner {
            Some(inner) => Some(inner),
            None => error.source(),
        };
    }
    None
}

fn tls_hint(error: &rustls::Error) -> &'static str {
    use rustls::CertificateError;
    match error {
        rustls::Error::InvalidCertificate(CertificateError::UnknownIssuer) => {
            "name the certificate that signed the server's with sslrootcert"
        }
        rustls::Error::InvalidCertificate(
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
        ) => "connect under a name that the certificate has, or check less with sslmode=verify-ca",
        rustls::Error::InvalidCertificate(CertificateError::Expired | CertificateError::ExpiredContext { .. }) => {
            "the server's certificate must be renewed"
        }
        _ => "",
    }
}

fn explain_refusal(said: &tokio_postgres::error::DbError, dsn: &Dsn) -> Failure {
    let message = said.message();
    let code = said.code();
    let (kind, hint) = if *code == SqlState::INVALID_PASSWORD {
        (
            ConnectErrorKind::Password,
            "check PGPASSWORD, ~/.pgpass or the password in the URL (percent-encoded)".to_owned(),
        )
    } else if *code == SqlState::INVALID_CATALOG_NAME {
        (ConnectErrorKind::NoDatabase, format!("is `{}` the right database, on the right server?", dsn.dbname))
    } else if *code == SqlState::INVALID_AUTHORIZATION_SPECIFICATION && message.contains("pg_hba.conf") {
        let hint = if dsn.tls.mode < SslMode::Require && message.contains("no encryption") {
            "the server may insist on TLS: try sslmode=require".to_owned()
        } else {
            format!("the server's pg_hba.conf must let `{}` in from this address", dsn.user)
        };
        (ConnectErrorKind::NotAdmitted, hint)
    } else if *code == SqlState::INVALID_AUTHORIZATION_SPECIFICATION {
        (ConnectErrorKind::NoRole, format!("is `{}` the right role?", dsn.user))
    } else if *code == SqlState::INSUFFICIENT_PRIVILEGE {
        (ConnectErrorKind::NoPermission, format!("GRANT CONNECT ON DATABASE {} TO {}", dsn.dbname, dsn.user))
    } else if *code == SqlState::TOO_MANY_CONNECTIONS {
        (ConnectErrorKind::TooManySessions, "end an idle session, or try again later".to_owned())
    } else if *code == SqlState::CANNOT_CONNECT_NOW {
        (ConnectErrorKind::NotReady, "try again in a moment".to_owned())
    } else {
        (ConnectErrorKind::Other, said.hint().unwrap_or_default().to_owned())
    };
    let reason = match said.detail() {
        Some(detail) => format!("{message} ({detail})"),
        None => message.to_owned(),
    };
    Failure { kind, reason, hint: (!hint.is_empty()).then_some(hint) }
}
