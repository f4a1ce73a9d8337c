//! AWS as it is reached: credentials, Region, endpoint, and what its errors mean.
//!
//! Promises: an order is one request (the SDK's own retries are off for it: what was ordered twice must not look as if
//! it had been ordered once), a question is asked up to three times, and both end within [`Options::timeout`];
//! credentials are found where every AWS tool finds them; an error names the action and what to do, and never a secret.

pub mod clock;
pub mod error;
pub mod github;
mod http;
pub mod token;
pub mod url;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use aws_config::identity::IdentityCache;
use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider, future};
use jiff::{SignedDuration, Timestamp};

pub use clock::Clock;
pub use error::{Error, Kind};

/// Where to look for credentials and which Region is meant. Everything else (`AWS_ENDPOINT_URL`, FIPS, dual-stack,
/// profiles, SSO, roles of instances and containers) is read by the SDK as it always is.
#[derive(Clone, Debug)]
pub struct Options {
    /// Default: what the AWS settings say.
    pub region: Option<String>,
    /// A profile of the AWS configuration files. Default: what the AWS settings say.
    pub profile: Option<String>,
    /// The environment of the process: GitHub's web identity, and when the environment's credentials end.
    pub variables: BTreeMap<String, String>,
    /// From a call's beginning to its end, repeated questions and credentials that must be fetched anew included.
    pub timeout: Duration,
    /// One endpoint and one pair of keys in place of all that.
    pub fixed: Option<Fixed>,
}

impl Default for Options {
    fn default() -> Self {
        Self { region: None, profile: None, variables: BTreeMap::new(), timeout: Duration::from_secs(30), fixed: None }
    }
}

/// See [`Options::fixed`].
#[derive(Clone)]
pub struct Fixed {
    pub endpoint: String,
    pub access_key: String,
    pub secret_key: String,
}

impl std::fmt::Debug for Fixed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Fixed").field("endpoint", &self.endpoint).finish_non_exhaustive()
    }
}

/// One account in one Region.
#[derive(Clone, Debug)]
pub struct Aws {
    sdk: SdkConfig,
    region: String,
    seen: Arc<Mutex<Option<Seen>>>,
    clock: Clock,
}

/// Who we are, as STS says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    pub account: String,
    /// `arn:aws:sts::123456789012:assumed-role/deploy/run-17`
    pub arn: String,
}

impl Aws {
    /// Reads the AWS settings. Nobody is asked for anything yet.
    ///
    /// # Errors
    /// No Region is known.
    pub async fn connect(options: &Options) -> Result<Self, Error> {
        let mut loader = aws_config::defaults(BehaviorVersion::v2026_01_12())
            .timeout_config(timeouts(options.timeout))
            .identity_cache(IdentityCache::lazy().load_timeout(options.timeout).build());
        if let Some(region) = &options.region {
            loader = loader.region(Region::new(region.clone()));
        }
        if let Some(profile) = &options.profile {
            loader = loader.profile_name(profile);
        }
        if let Some(fixed) = &options.fixed {
            let keys = Credentials::new(&fixed.access_key, &fixed.secret_key, None, None, "Fixed");
            loader = loader.endpoint_url(&fixed.endpoint).credentials_provider(keys);
        }
        let sdk = loader.load().await;
        let region = sdk.region().map(ToString::to_string).ok_or_else(Error::no_region)?;
        let environment_ends = environment_ends(&options.variables);
        let github = github::Request::from(&options.variables).filter(|_| options.profile.is_none());
        let inner = match github {
            Some(request) => {
                Some(SharedCredentialsProvider::new(github::Identity::new(request, &sdk, options.timeout)))
            }
            None => sdk.credentials_provider(),
        };
        let seen = Arc::new(Mutex::new(None));
        let sdk = match inner {
            Some(inner) => {
                let watched = Watched { inner, seen: seen.clone(), environment_ends };
                sdk.into_builder().credentials_provider(SharedCredentialsProvider::new(watched)).build()
            }
            None => sdk,
        };
        Ok(Self { sdk, region, seen, clock: Clock::default() })
    }

    /// The same account in another Region.
    pub fn in_region(&self, region: &str) -> Self {
        let sdk = self.sdk.to_builder().region(Region::new(region.to_owned())).build();
        Self { sdk, region: region.to_owned(), ..self.clone() }
    }

    pub fn region(&self) -> &str {
        &self.region
    }

    /// For clients of other services; see [`questions`] and [`orders`].
    pub fn sdk(&self) -> &SdkConfig {
        &self.sdk
    }

    /// What the answers so far say about our clock.
    pub fn clock(&self) -> &Clock {
        &self.clock
    }

    /// How far the clock of AWS is ahead of ours. `None` before the first answer.
    pub fn clock_skew(&self) -> Option<SignedDuration> {
        self.clock.skew()
    }

    /// Whose credentials these are. Allowed to everyone who has any.
    pub async fn caller(&self) -> Result<Caller, Error> {
        let action = "sts:GetCallerIdentity";
        let config = aws_sdk_sts::config::Builder::from(&self.sdk)
            .retry_config(questions())
            .interceptor(self.clock.clone())
            .build();
        let answer = aws_sdk_sts::Client::from_conf(config).get_caller_identity().send().await;
        let answer = answer.map_err(|error| Error::of(action, &self.region, error))?;
        match (answer.account, answer.arn) {
            (Some(account), Some(arn)) => Ok(Caller { account, arn }),
            _ => Err(Error::new(Kind::Content, action, "the answer names no account")),
        }
    }

    /// When the credentials in use end, where they say so. Those that renew themselves say when the present ones do.
    pub async fn credentials_end(&self) -> Result<Option<Timestamp>, Error> {
        let known = self.seen.lock().ok().and_then(|seen| *seen);
        let seen = match known {
            Some(seen) => seen,
            None => {
                let action = "sts:GetCallerIdentity";
                let provider = self.sdk.credentials_provider().ok_or_else(|| Error::no_credentials(action))?;
                provider.provide_credentials().await.map_err(|error| Error::of_credentials(action, &error))?;
                self.seen.lock().ok().and_then(|seen| *seen).unwrap_or_default()
            }
        };
        Ok(seen.end)
    }
}

/// How often a client that changes something asks: once.
pub fn orders() -> RetryConfig {
    RetryConfig::disabled()
}

/// How often a client that only asks may ask, when it is throttled or the connection breaks. Among them are the pages of
/// long lists, and one of them must not cost the whole list.
pub fn questions() -> RetryConfig {
    RetryConfig::standard().with_max_attempts(3).with_max_backoff(Duration::from_secs(2))
}

fn timeouts(whole: Duration) -> TimeoutConfig {
    TimeoutConfig::builder()
        .connect_timeout(whole.min(Duration::from_secs(10)))
        .read_timeout(whole)
        .operation_attempt_timeout(whole)
        .operation_timeout(whole)
        .build()
}

/// `AWS_CREDENTIAL_EXPIRATION`, which `aws configure export-credentials` and others set beside keys in the environment.
fn environment_ends(variables: &BTreeMap<String, String>) -> Option<(String, Timestamp)> {
    let key = variables.get("AWS_ACCESS_KEY_ID")?;
    Some((key.clone(), variables.get("AWS_CREDENTIAL_EXPIRATION")?.parse().ok()?))
}

#[derive(Clone, Copy, Debug, Default)]
struct Seen {
    end: Option<Timestamp>,
}

/// Notes when the credentials that it hands on end.
#[derive(Debug)]
struct Watched {
    inner: SharedCredentialsProvider,
    seen: Arc<Mutex<Option<Seen>>>,
    environment_ends: Option<(String, Timestamp)>,
}

impl ProvideCredentials for Watched {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(async move {
            let credentials = self.inner.provide_credentials().await?;
            let stated = credentials.expiry().and_then(|end| Timestamp::try_from(end).ok());
            let exported = self.environment_ends.as_ref().filter(|(key, _)| key == credentials.access_key_id());
            let end = stated.or(exported.map(|(_, end)| *end));
            if let Ok(mut seen) = self.seen.lock() {
                *seen = Some(Seen { end });
            }
            Ok(credentials)
        })
    }

    fn fallback_on_interrupt(&self) -> Option<Credentials> {
        self.inner.fallback_on_interrupt()
    }
}
