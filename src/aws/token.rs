//! Sign-in tokens in place of a database password. They last 15 minutes, and no longer than the credentials that signed
//! them: mint one for each connection.

use aws_sdk_rds::auth_token::{AuthTokenGenerator, Config};
use aws_sdk_rds::config::Region;

use super::error::{Error, Kind};
use super::{Aws, url};

const ACTION: &str = "rds-db:connect";

/// A password for `user` at this endpoint. Nothing is asked of AWS but credentials, if they must be fetched.
///
/// # Errors
/// No credentials, or a host that cannot be one.
pub async fn sign_in(aws: &Aws, host: &str, port: u16, user: &str, region: Option<&str>) -> Result<String, Error> {
    let plain = |letter: char| letter.is_ascii_alphanumeric() || "-._".contains(letter);
    if host.is_empty() || !host.chars().all(plain) {
        return Err(Error::new(
            Kind::Content,
            ACTION,
            format!("{host:?} is no host that a sign-in token can be made for"),
        )
        .hint("use the endpoint's own name: a token is valid for that name alone"));
    }
    let config = Config::builder()
        .hostname(host)
        .port(u64::from(port))
        .username(url::encode(user))
        .region(Region::new(region.unwrap_or(aws.region()).to_owned()))
        .build()
        .map_err(|error| Error::new(Kind::Content, ACTION, error.to_string()))?;
    match AuthTokenGenerator::new(config).auth_token(aws.sdk()).await {
        Ok(token) => Ok(token.as_str().to_owned()),
        Err(error) => match error.downcast_ref() {
            Some(credentials) => Err(Error::of_credentials(ACTION, credentials)),
            None => Err(Error::new(Kind::NoCredentials, ACTION, "the sign-in token could not be signed")),
        },
    }
}
