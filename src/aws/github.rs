//! GitHub's web identity, asked for anew whenever credentials must be.
//!
//! A token of GitHub's lasts minutes and a role's session an hour; waiting for a backup may last longer. Actions that
//! write keys into the environment leave them to end there. A job with `permissions: id-token: write` and
//! `AWS_ROLE_ARN` in its environment can be told apart and gets new ones each time.

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime};

use aws_config::SdkConfig;
use aws_credential_types::Credentials;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{ProvideCredentials, future};
use serde::Deserialize;

use super::error::{Error, Kind};
use super::http;

const AUDIENCE: &str = "sts.amazonaws.com";

/// What the environment says.
#[derive(Clone)]
pub struct Request {
    url: String,
    token: String,
    role: String,
    session: String,
}

impl Request {
    /// `None` outside of GitHub, without a role, or where a file with another web identity is named: then the role
    /// trusts that one.
    pub fn from(variables: &BTreeMap<String, String>) -> Option<Self> {
        let get = |name: &str| variables.get(name).filter(|value| !value.is_empty()).cloned();
        if get("AWS_WEB_IDENTITY_TOKEN_FILE").is_some() {
            return None;
        }
        let session = get("AWS_ROLE_SESSION_NAME")
            .unwrap_or_else(|| format!("tidegate-{}", get("GITHUB_RUN_ID").unwrap_or_else(|| "github".to_owned())));
        Some(Self {
            url: get("ACTIONS_ID_TOKEN_REQUEST_URL")?,
            token: get("ACTIONS_ID_TOKEN_REQUEST_TOKEN")?,
            role: get("AWS_ROLE_ARN")?,
            session,
        })
    }

    fn address(&self) -> String {
        let joint = if self.url.contains('?') { '&' } else { '?' };
        format!("{}{joint}audience={AUDIENCE}", self.url)
    }
}

/// Credentials of `AWS_ROLE_ARN` by GitHub's word.
pub(super) struct Identity {
    request: Request,
    sts: aws_sdk_sts::Client,
    timeout: Duration,
}

impl std::fmt::Debug for Identity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Identity").field("role", &self.request.role).finish_non_exhaustive()
    }
}

#[derive(Deserialize)]
struct Answer {
    value: String,
}

impl Identity {
    pub(super) fn new(request: Request, sdk: &SdkConfig, timeout: Duration) -> Self {
        Self { request, sts: aws_sdk_sts::Client::new(sdk), timeout }
    }

    async fn word(&self) -> Result<String, Error> {
        let refused = |message: String| {
            Error::new(Kind::NoCredentials, "sts:AssumeRoleWithWebIdentity", message)
                .hint("give the job `permissions: id-token: write`")
        };
        let (status, body) = http::get(&self.request.address(), &self.request.token, self.timeout)
            .await
            .map_err(|why| refused(format!("GitHub gave no identity token: {why}")))?;
        if status != 200 {
            return Err(refused(format!("GitHub gave no identity token: HTTP {status}")));
        }
        let answer: Option<Answer> = serde_json::from_slice(&body).ok();
        answer.map(|answer| answer.value).ok_or_else(|| refused("GitHub's answer holds no identity token".to_owned()))
    }

    async fn credentials(&self) -> Result<Credentials, CredentialsError> {
        let action = "sts:AssumeRoleWithWebIdentity";
        let word = self.word().await.map_err(CredentialsError::provider_error)?;
        let answer = self
            .sts
            .assume_role_with_web_identity()
            .role_arn(&self.request.role)
            .role_session_name(&self.request.session)
            .web_identity_token(word)
            .send()
            .await
            .map_err(|error| {
                let error = Error::of(action, "", error).hint(format!(
                    "let the trust policy of {} accept token.actions.githubusercontent.com for this repository",
                    self.request.role
                ));
                CredentialsError::provider_error(error)
            })?;
        let given =
            answer.credentials.ok_or_else(|| CredentialsError::provider_error("the answer holds no credentials"))?;
        let end = SystemTime::try_from(given.expiration).map_err(CredentialsError::provider_error)?;
        let (id, secret) = (given.access_key_id, given.secret_access_key);
        Ok(Credentials::new(id, secret, Some(given.session_token), Some(end), "GitHubWebIdentity"))
    }
}

impl ProvideCredentials for Identity {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(self.credentials())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn variables(more: &[(&str, &str)]) -> BTreeMap<String, String> {
        [
            ("ACTIONS_ID_TOKEN_REQUEST_URL", "https://token.example/?api-version=2"),
            ("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "t"),
            ("AWS_ROLE_ARN", "arn:aws:iam::1:role/deploy"),
        ]
        .iter()
        .chain(more)
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect()
    }

    #[test]
    fn it_needs_a_role_and_no_other_identity() {
        let request = Request::from(&variables(&[("GITHUB_RUN_ID", "17")])).unwrap();
        assert_eq!(request.address(), "https://token.example/?api-version=2&audience=sts.amazonaws.com");
        assert_eq!(request.session, "tidegate-17");
        assert!(Request::from(&variables(&[("AWS_ROLE_ARN", "")])).is_none());
        assert!(Request::from(&variables(&[("AWS_WEB_IDENTITY_TOKEN_FILE", "/var/run/token")])).is_none());
    }
}
