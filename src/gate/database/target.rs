//! The database that the command's own URL reaches, and how every session of the gate reaches it too.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use async_trait::async_trait;

use super::session::Session;
use crate::gate::refusal::{Code, Refusal};
use crate::postgres::connect::{ConnectError, ConnectErrorKind};
use crate::postgres::dsn::{Address, Changes, Roots, Secret, SslMode};
use crate::postgres::{Direct, Dsn, Env};

/// Signs in without a password: an IAM token lasts 15 minutes, counted to the moment of connecting.
#[async_trait]
pub trait Tokens: Send + Sync {
    /// A token that is good for a session opened now.
    async fn token(&self, host: &str, port: u16, user: &str) -> Result<Secret, Refusal>;
}

/// Where the command will go.
#[derive(Clone)]
pub struct Target {
    /// The connection string. A secret.
    text: Secret,
    pub dsn: Dsn,
    tokens: Option<Arc<dyn Tokens>>,
}

/// The names of RDS, in AWS's partitions: `….REGION.rds.amazonaws.com`, and in China `….rds.REGION.amazonaws.com.cn`.
pub(super) fn is_rds(host: &str) -> bool {
    let rest = host.strip_suffix(".amazonaws.com").or_else(|| host.strip_suffix(".amazonaws.com.cn"));
    rest.is_some_and(|rest| rest.rsplit('.').take(2).any(|label| label == "rds"))
}

/// As hosts are compared.
pub(in crate::gate) fn plain(host: &str) -> String {
    host.trim_end_matches('.').to_ascii_lowercase()
}

impl Target {
    /// Reads the connection string that the command will get. `variables` and `home` fill in what it leaves open.
    ///
    /// An RDS host without `sslmode` is asked for its certificate (`verify-full`); `ca_bundle` has the roots where the
    /// string names none.
    ///
    /// # Errors
    /// What was typed or configured cannot be used.
    pub fn parse(
        text: &str,
        variables: &BTreeMap<String, String>,
        home: Option<PathBuf>,
        ca_bundle: Option<&Path>,
    ) -> Result<Self, Refusal> {
        let mut variables = variables.clone();
        // The command does not get these, and preflight says so.
        variables.retain(|name, _| name != "PGSERVICE" && name != "PGHOSTADDR");
        let mut dsn = Dsn::parse(text, &Env { variables, home })
            .map_err(|error| Refusal::new(Code::Usage, format!("the database URL: {error}")))?;
        let of_rds = dsn.hosts.iter().any(|host| match &host.address {
            Address::Tcp { name, .. } => is_rds(&plain(name)),
            Address::Unix(_) => false,
        });
        if of_rds && !dsn.tls.mode_given {
            dsn.tls.mode = SslMode::VerifyFull;
        }
        if let Some(file) = ca_bundle
            && dsn.tls.mode >= SslMode::VerifyCa
            && dsn.tls.roots == Roots::System
        {
            dsn.tls.roots = Roots::File(file.to_owned());
        }
        Ok(Self { text: Secret::new(text), dsn, tokens: None })
    }

    /// Signs in with tokens in place of a password.
    pub fn with_tokens(mut self, tokens: Arc<dyn Tokens>) -> Self {
        self.tokens = Some(tokens);
        self
    }

    /// `shop at db.example.com:5432`
    pub fn place(&self) -> String {
        let hosts: Vec<String> = self.dsn.hosts.iter().map(ToString::to_string).collect();
        format!("{} at {}", self.dsn.dbname, hosts.join(", "))
    }

    /// # Errors
    /// The string leaves open which server it means, or hides it.
    pub(super) fn names_one_server(&self) -> Result<(), Refusal> {
        let refused = |why: &str, hint: &str| Err(Refusal::new(Code::Identity, why).hint(hint));
        match self.dsn.hosts.as_slice() {
            [host] => match &host.address {
                Address::Tcp { name, address: Some(address) } if *name != address.to_string() => refused(
                    "the database URL has `hostaddr`: the server behind it need not be the host that it names",
                    "leave out `hostaddr`",
                ),
                _ => Ok(()),
            },
            _ => refused(
                "the database URL names several hosts: which of them the command would reach is left to chance",
                "name the primary alone",
            ),
        }
    }

    /// The password of this moment: a new token where tokens are used, else what the string or its surroundings say.
    ///
    /// # Errors
    /// No token could be made.
    pub async fn dsn_now(&self) -> Result<Dsn, Refusal> {
        let mut dsn = self.dsn.clone();
        if let Some(tokens) = &self.tokens {
            for host in &mut dsn.hosts {
                let name = match &host.address {
                    Address::Tcp { name, .. } => name.clone(),
                    Address::Unix(folder) => folder.display().to_string(),
                };
                host.password = Some(tokens.token(&name, host.port, &dsn.user).await?);
            }
        }
        Ok(dsn)
    }

    pub(super) async fn open(&self, application_name: &str) -> Result<Session, Refusal> {
        let dsn = self.dsn_now().await?;
        match Direct::open(&dsn, application_name).await {
            Ok(direct) => Ok(Session { direct }),
            Err(error) => {
                let code = if error.is_usage() { Code::Usage } else { Code::CouldNotTell };
                let refusal = Refusal::new(code, error.to_string());
                Err(self.mend(&error).into_iter().fold(refusal, Refusal::hint))
            }
        }
    }

    /// What to try next where a session could not be opened. A token has no password to look after: what must be
    /// mended is who may use it.
    pub fn mend(&self, error: &ConnectError) -> Vec<String> {
        let said_no = matches!(error.kind, ConnectErrorKind::Password | ConnectErrorKind::NoRole);
        if self.tokens.is_none() || !said_no {
            return error.hint.iter().cloned().collect();
        }
        let user = &self.dsn.user;
        vec![
            format!(
                "a token signs in only where IAM authentication is switched on and {user} may use it: GRANT rds_iam TO \"{user}\""
            ),
            format!("the role's policy must allow rds-db:connect on dbuser:RESOURCE_ID/{user}"),
            "a token is good for the endpoint's own name and port alone, and needs TLS (sslmode=require or better)"
                .to_owned(),
        ]
    }

    /// The URL for the command, and what it was made from, with a fresh token where tokens are used.
    ///
    /// # Errors
    /// There is no token.
    pub(in crate::gate) async fn for_command(&self, changes: Changes<'_>) -> Result<(Secret, Dsn), Refusal> {
        let dsn = self.dsn_now().await?;
        let token = self.tokens.as_ref().and_then(|_| dsn.hosts.first()?.password.clone());
        let changes = Changes { password: token.as_ref().map(Secret::expose), ..changes };
        let url = dsn
            .completed(self.text.expose(), &changes)
            .map_err(|error| Refusal::new(Code::Usage, format!("the database URL: {error}")))?;
        Ok((url, dsn))
    }
}
