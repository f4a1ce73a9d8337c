//! Connection strings: what to connect to, as whom, and how much to trust the other side.
//!
//! What it promises: a string that `psql` takes means the same here (URLs and `key=value`, libpq's environment
//! variables, `~/.pgpass`), and no password ever leaves a [`Dsn`] in text: not in an error, not in `Debug`, not in
//! [`Dsn::redacted`].
//!
//! `tokio-postgres` has a parser of its own; it knows neither `sslmode=verify-full` nor `sslrootcert` nor the
//! environment, which is why this one is here.

mod parse;
mod passfile;
mod settings;
mod url;

use std::collections::BTreeMap;
use std::fmt;
use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

pub use settings::DsnError;
pub use url::Changes;

/// The surroundings that a connection string is read in. Nothing here reads them from the process.
#[derive(Clone, Debug, Default)]
pub struct Env {
    pub variables: BTreeMap<String, String>,
    pub home: Option<PathBuf>,
}

/// Where and how to connect.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dsn {
    /// At least one; tried in this order.
    pub hosts: Vec<Host>,
    pub user: String,
    pub dbname: String,
    pub tls: TlsOptions,
    pub channel_binding: ChannelBinding,
    /// How long one host may take to accept a session.
    pub connect_timeout: Duration,
    /// Command-line options for the server (`-c search_path=…`).
    pub options: Option<String>,
    pub session: SessionKind,
    pub keepalives: Keepalives,
    /// Things worth a word to the user that stop nothing.
    pub notes: Vec<String>,
}

/// One server to try.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Host {
    pub address: Address,
    pub port: u16,
    /// From the string, the environment or the password file, in that order.
    pub password: Option<Secret>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Address {
    /// A name or an address, and the address to use without looking the name up.
    Tcp { name: String, address: Option<IpAddr> },
    /// The folder that a unix socket is in.
    Unix(PathBuf),
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.address {
            Address::Tcp { name, .. } if name.contains(':') => write!(f, "[{name}]:{}", self.port),
            Address::Tcp { name, .. } => write!(f, "{name}:{}", self.port),
            Address::Unix(folder) => write!(f, "{}/.s.PGSQL.{}", folder.display(), self.port),
        }
    }
}

/// A password: never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The password itself, for the wire alone.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// `sslmode`, weakest first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum SslMode {
    Disable,
    /// Without TLS, unless the server insists.
    Allow,
    /// With TLS, unless the server has none.
    #[default]
    Prefer,
    /// With TLS, to whoever answers.
    Require,
    /// With TLS, to a server whose certificate our root signed.
    VerifyCa,
    /// With TLS, to a server whose certificate our root signed for this host name.
    VerifyFull,
}

impl SslMode {
    pub fn name(self) -> &'static str {
        match self {
            Self::Disable => "disable",
            Self::Allow => "allow",
            Self::Prefer => "prefer",
            Self::Require => "require",
            Self::VerifyCa => "verify-ca",
            Self::VerifyFull => "verify-full",
        }
    }

    fn parse(text: &str) -> Option<Self> {
        [Self::Disable, Self::Allow, Self::Prefer, Self::Require, Self::VerifyCa, Self::VerifyFull]
            .into_iter()
            .find(|mode| mode.name() == text)
    }
}

/// Whom to trust, and how to show who we are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TlsOptions {
    pub mode: SslMode,
    /// Whether the string or the environment named `sslmode` (or `ssl=true`, or the system's roots); else it is ours.
    pub mode_given: bool,
    pub roots: Roots,
    /// Certificate chain and private key of the client, PEM files.
    pub identity: Option<(PathBuf, PathBuf)>,
    /// TLS from the first byte (`sslnegotiation=direct`, PostgreSQL 17 and later).
    pub direct: bool,
}

/// The certificates that a server's must be signed by.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Roots {
    /// Those that the operating system trusts.
    #[default]
    System,
    /// A PEM file (`sslrootcert`).
    File(PathBuf),
}

/// Whether the password exchange is tied to the TLS session, which keeps a man in the middle out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ChannelBinding {
    Disable,
    #[default]
    Prefer,
    Require,
}

/// `target_session_attrs`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SessionKind {
    #[default]
    Any,
    ReadWrite,
    ReadOnly,
}

/// How a silent peer is found out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Keepalives {
    pub enabled: bool,
    /// Silence before the first probe.
    pub idle: Duration,
    /// Between probes.
    pub interval: Duration,
    pub retries: u32,
}

impl Default for Keepalives {
    fn default() -> Self {
        Self { enabled: true, idle: Duration::from_secs(60), interval: Duration::from_secs(10), retries: 6 }
    }
}

impl Dsn {
    /// Reads a URL (`postgres://…`) or `key=value` pairs, and fills in what they leave open: from the environment, the
    /// password file, and libpq's defaults, in this order.
    ///
    /// # Errors
    /// What cannot be understood. No error repeats a part of `text` that could be a password.
    pub fn parse(text: &str, env: &Env) -> Result<Self, DsnError> {
        let given = parse::parse(text)?;
        settings::assemble(given, env)
    }

    /// The same, of which only what names a place counts: parameters of other programs are no errors.
    ///
    /// # Errors
    /// What cannot be understood.
    pub fn parse_place(text: &str, env: &Env) -> Result<Self, DsnError> {
        let mut given = parse::parse(text)?;
        given.retain(|name, _| matches!(name.as_str(), "host" | "hostaddr" | "port" | "dbname" | "user" | "service"));
        settings::assemble(given, env)
    }

    /// The names in `key=value` pairs. `None` where `text` is no pairs, or is a URL.
    pub fn names_in_pairs(text: &str) -> Option<Vec<String>> {
        if text.contains("://") || !text.contains('=') {
            return None;
        }
        let names: Vec<String> = parse::parse(text).ok()?.into_keys().collect();
        names.iter().all(|name| name.chars().all(|c| c.is_ascii_lowercase() || c == '_')).then_some(names)
    }

    /// The same as a URL, without any password: for people, and for nothing else.
    pub fn redacted(&self) -> String {
        let hosts: Vec<String> = self
            .hosts
            .iter()
            .map(|host| match &host.address {
                Address::Unix(folder) => format!("{}:{}", parse::encode(&folder.display().to_string()), host.port),
                Address::Tcp { .. } => host.to_string(),
            })
            .collect();
        let mut url =
            format!("postgres://{}@{}/{}", parse::encode(&self.user), hosts.join(","), parse::encode(&self.dbname));
        if self.tls.mode != SslMode::default() {
            url.push_str("?sslmode=");
            url.push_str(self.tls.mode.name());
        }
        url
    }

    /// `shop as app`: the database and the role, for an error message.
    pub fn database_and_user(&self) -> String {
        format!("{} as {}", self.dbname, self.user)
    }
}

impl fmt::Display for Dsn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.redacted())
    }
}

#[cfg(test)]
mod tests;
