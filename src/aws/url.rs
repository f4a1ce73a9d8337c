//! Database URLs that AWS keeps: `secretsmanager://NAME` and `ssm://NAME`.
//!
//! What they hold is never part of an error, and the name of the secret is.

use std::fmt::Write as _;

use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use serde_json::{Map, Value};

use super::error::{Error, Kind};
use super::{Aws, questions};

/// Where a database URL is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Store {
    SecretsManager,
    /// Systems Manager's Parameter Store.
    Parameters,
}

impl Store {
    fn action(self) -> &'static str {
        match self {
            Self::SecretsManager => "secretsmanager:GetSecretValue",
            Self::Parameters => "ssm:GetParameter",
        }
    }
}

/// `secretsmanager://NAME[?region=…&key=…&host=…&dbname=…&…]`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reference {
    pub store: Store,
    /// A name, or an ARN.
    pub name: String,
    /// `region=`, else the ARN's.
    pub region: Option<String>,
    /// The field of a JSON secret that holds the URL.
    pub key: Option<String>,
    /// What the secret leaves out: `host`, `port`, `dbname`, `user`, and parameters of the connection such as
    /// `sslmode`. RDS's own secrets hold name and password alone.
    pub more: Vec<(String, String)>,
}

impl Reference {
    /// `None` where it is neither of the two.
    pub fn parse(text: &str) -> Option<Self> {
        let (scheme, rest) = text.split_once("://")?;
        let store = match scheme {
            "secretsmanager" => Store::SecretsManager,
            "ssm" => Store::Parameters,
            _ => return None,
        };
        let (name, query) = rest.split_once('?').unwrap_or((rest, ""));
        let mut name = decode(name);
        // Only a parameter without folders may go without the slash at its beginning.
        if store == Store::Parameters && name.contains('/') && !name.starts_with(['/']) && !name.starts_with("arn:") {
            name.insert(0, '/');
        }
        let of_arn = name.strip_prefix("arn:").and_then(|arn| arn.split(':').nth(2)).map(str::to_owned);
        let mut reference = Self { store, region: of_arn, name, key: None, more: Vec::new() };
        for (key, value) in query.split('&').filter(|pair| !pair.is_empty()).map(pair) {
            match key.as_str() {
                "region" => reference.region = Some(value),
                "key" => reference.key = Some(value),
                _ => reference.more.push((key, value)),
            }
        }
        Some(reference)
    }

    /// Fetches the URL: `postgres://…`.
    ///
    /// # Errors
    /// It cannot be read, or what is read is no URL of PostgreSQL. The error names action and secret and nothing of
    /// what it holds.
    pub async fn fetch(&self, aws: &Aws) -> Result<String, Error> {
        let aws = match &self.region {
            Some(region) if region != aws.region() => aws.in_region(region),
            _ => aws.clone(),
        };
        let text = match self.store {
            Store::SecretsManager => self.secret(&aws).await?,
            Store::Parameters => self.parameter(&aws).await?,
        };
        self.connection(&text).map_err(|why| {
            Error::new(Kind::Content, self.store.action(), format!("{} {why}", self.name))
                .hint("it must hold a postgres:// URL, or JSON with host, username, password and dbname")
        })
    }

    async fn secret(&self, aws: &Aws) -> Result<String, Error> {
        let config = aws_sdk_secretsmanager::config::Builder::from(aws.sdk()).retry_config(questions()).build();
        let client = aws_sdk_secretsmanager::Client::from_conf(config);
        let answer = client.get_secret_value().secret_id(&self.name).send().await;
        let answer = answer.map_err(|error| self.failed(aws, error))?;
        answer.secret_string.ok_or_else(|| {
            Error::new(Kind::Content, self.store.action(), format!("{} holds bytes and no text", self.name))
        })
    }

    async fn parameter(&self, aws: &Aws) -> Result<String, Error> {
        let config = aws_sdk_ssm::config::Builder::from(aws.sdk()).retry_config(questions()).build();
        let client = aws_sdk_ssm::Client::from_conf(config);
        let answer = client.get_parameter().name(&self.name).with_decryption(true).send().await;
        let answer = answer.map_err(|error| self.failed(aws, error))?;
        answer
            .parameter
            .and_then(|parameter| parameter.value)
            .ok_or_else(|| Error::new(Kind::Content, self.store.action(), format!("{} has no value", self.name)))
    }

    fn failed<E>(&self, aws: &Aws, error: SdkError<E, HttpResponse>) -> Error
    where
        E: std::error::Error + ProvideErrorMetadata + Send + Sync + 'static,
    {
        let error = Error::of(self.store.action(), aws.region(), error);
        let error = Error { message: format!("{}: {}", self.name, error.message), ..error };
        match error.code.as_deref() {
            Some("ResourceNotFoundException" | "ParameterNotFound") => error
                .hint(format!("it was looked for in {}: `?region=…` at the end names another Region", aws.region())),
            _ => error,
        }
    }

    fn connection(&self, text: &str) -> Result<String, &'static str> {
        let text = text.trim();
        let object: Option<Map<String, Value>> = serde_json::from_str(text).ok();
        match (&self.key, object) {
            (Some(key), Some(object)) => match object.get(key) {
                Some(Value::String(url)) => self.completed(url.trim()),
                Some(_) => Err("has that key, and it holds no text"),
                None => Err("has no such key"),
            },
            (Some(_), None) => Err("is no JSON object, and a key of it was named"),
            (None, Some(object)) => self.composed(&object),
            (None, None) => self.completed(text),
        }
    }

    fn completed(&self, url: &str) -> Result<String, &'static str> {
        if !url.starts_with("postgres://") && !url.starts_with("postgresql://") {
            return Err("holds no postgres:// URL");
        }
        let mut url = url.to_owned();
        for (key, value) in &self.more {
            let joint = if url.contains('?') { '&' } else { '?' };
            let _ = write!(url, "{joint}{}={}", encode(key), encode(value));
        }
        Ok(url)
    }

    /// A URL out of fields as the consoles and rotation functions of AWS write them.
    fn composed(&self, fields: &Map<String, Value>) -> Result<String, &'static str> {
        let field = |names: &[&str]| {
            let given = self.more.iter().find(|(key, _)| names.contains(&key.as_str())).map(|(_, value)| value.clone());
            given.or_else(|| {
                names.iter().find_map(|name| match fields.get(*name)? {
                    Value::String(text) if !text.is_empty() => Some(text.clone()),
                    Value::Number(number) => Some(number.to_string()),
                    _ => None,
                })
            })
        };
        match fields.get("engine").and_then(Value::as_str) {
            None | Some("postgres" | "postgresql" | "aurora-postgresql") => {}
            Some(_) => return Err("is of another engine than PostgreSQL"),
        }
        let user = field(&USER).ok_or("has no username")?;
        let password = field(&["password"]).ok_or("has no password")?;
        let host = field(&HOST).ok_or("has no host; add ?host=…&dbname=…")?;
        let mut url = format!("postgres://{}:{}@{}", encode(&user), encode(&password), bracketed(&host));
        if let Some(port) = field(&["port"]) {
            let port: u16 = port.parse().map_err(|_| "has a port that is none")?;
            let _ = write!(url, ":{port}");
        }
        if let Some(database) = field(&DATABASE) {
            let _ = write!(url, "/{}", encode(&database));
        }
        let mut joint = '?';
        let own = |key: &str| USER.contains(&key) || HOST.contains(&key) || DATABASE.contains(&key) || key == "port";
        for (key, value) in self.more.iter().filter(|(key, _)| !own(key)) {
            let _ = write!(url, "{joint}{}={}", encode(key), encode(value));
            joint = '&';
        }
        Ok(url)
    }
}

const USER: [&str; 2] = ["username", "user"];
const HOST: [&str; 2] = ["host", "hostname"];
const DATABASE: [&str; 3] = ["dbname", "database", "db"];

fn bracketed(host: &str) -> String {
    if host.contains(':') && !host.starts_with('[') { format!("[{host}]") } else { encode(host) }
}

fn pair(text: &str) -> (String, String) {
    let (key, value) = text.split_once('=').unwrap_or((text, ""));
    (decode(key), decode(value))
}

/// Percent-encodes everything that is not unreserved (RFC 3986, section 2.3).
pub(super) fn encode(text: &str) -> String {
    let mut encoded = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}

fn decode(text: &str) -> String {
    let bytes = text.as_bytes();
    let (mut decoded, mut at) = (Vec::new(), 0);
    while let Some(byte) = bytes.get(at) {
        let code = bytes.get(at + 1..at + 3).and_then(|hex| std::str::from_utf8(hex).ok());
        match (byte, code.and_then(|hex| u8::from_str_radix(hex, 16).ok())) {
            (b'%', Some(code)) => {
                decoded.push(code);
                at += 3;
            }
            _ => {
                decoded.push(*byte);
                at += 1;
            }
        }
    }
    String::from_utf8_lossy(&decoded).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn connection(reference: &str, text: &str) -> Result<String, &'static str> {
        Reference::parse(reference).unwrap().connection(text)
    }

    #[test]
    fn references_are_read() {
        let parse = |text: &str| Reference::parse(text).unwrap();
        let one = parse("secretsmanager://prod/db?region=eu-west-1&key=url");
        assert_eq!(
            (one.name.as_str(), one.region.as_deref(), one.key.as_deref()),
            ("prod/db", Some("eu-west-1"), Some("url"))
        );
        let arn = parse("secretsmanager://arn:aws:secretsmanager:us-east-2:1:secret:db-AbCdEf");
        assert_eq!(
            (arn.name.as_str(), arn.region.as_deref()),
            ("arn:aws:secretsmanager:us-east-2:1:secret:db-AbCdEf", Some("us-east-2"))
        );
        assert_eq!(parse("secretsmanager://rds!db-1").name, "rds!db-1");
        assert_eq!(parse("ssm://prod/db").name, "/prod/db");
        assert_eq!(parse("ssm:///prod/db").name, "/prod/db");
        assert_eq!(parse("ssm://plain").name, "plain");
        assert_eq!(Reference::parse("postgres://x"), None);
    }

    #[test]
    fn a_url_is_taken_as_it_is_and_json_is_put_together() {
        let url = "postgres://u:p@h/d";
        assert_eq!(connection("ssm://a", url).unwrap(), url);
        assert_eq!(connection("ssm://a?sslmode=verify-full", url).unwrap(), "postgres://u:p@h/d?sslmode=verify-full");
        assert_eq!(connection("ssm://a?key=k", r#"{"k": "postgres://u:p@h/d"}"#).unwrap(), url);
        let json = r#"{"engine":"postgres","host":"h.example","username":"a@b","password":"p/:?#[]@ %é","dbname":"shop one","port":5433}"#;
        assert_eq!(
            connection("secretsmanager://a", json).unwrap(),
            "postgres://a%40b:p%2F%3A%3F%23%5B%5D%40%20%25%C3%A9@h.example:5433/shop%20one"
        );
        let managed = r#"{"username":"postgres","password":"x"}"#;
        assert_eq!(
            connection("secretsmanager://a?host=h&dbname=shop&sslmode=require", managed).unwrap(),
            "postgres://postgres:x@h/shop?sslmode=require"
        );
        assert_eq!(connection("secretsmanager://a", managed), Err("has no host; add ?host=…&dbname=…"));
    }

    #[test]
    fn what_is_not_understood_is_not_repeated() {
        for text in [
            "hunter2",
            "{\"password\": \"hunter2\"}",
            "{\"username\": \"hunter2",
            "mysql://hunter2@h/d",
            "[\"hunter2\"]",
        ] {
            let error = connection("secretsmanager://a", text).unwrap_err();
            assert!(!error.contains("hunter2"), "{error}");
        }
        assert!(connection("ssm://a", r#"{"engine":"mysql","host":"h","username":"u","password":"p"}"#).is_err());
    }
}
