//! A word to a chat about how a run ended, over a Slack-compatible webhook.
//!
//! It is sent when the verdict stands and cannot change it. Whatever the other side does, it costs at most
//! [`PATIENCE`]. The webhook's URL is a secret: it is in no message, no error and no `Debug`.

use std::fmt;
use std::time::Duration;

use aws_smithy_http_client::Connector;
use aws_smithy_http_client::proxy::ProxyConfig;
use aws_smithy_http_client::tls::Provider;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_runtime_api::client::http::HttpConnector as _;
use aws_smithy_runtime_api::http::Request;
use aws_smithy_types::body::SdkBody;

use super::receipt::{Left, Receipt};
use super::report::{last_line, outcome};
use super::restore::shell::is_unseen;
use super::world::Outcome;

/// From the first byte to the last, the name's resolution and TLS included.
pub const PATIENCE: Duration = Duration::from_secs(5);

/// Slack takes up to 3,000 characters in a block.
const LONGEST: usize = 2800;

/// Where to.
#[derive(Clone, PartialEq, Eq)]
pub struct Webhook {
    url: String,
}

impl fmt::Debug for Webhook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Webhook(…)")
    }
}

/// Why nobody was told. Says nothing of the URL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NotifyError {
    /// What is wrong with the URL.
    Url(&'static str),
    /// Nothing came back in time.
    TimedOut,
    /// The answer's status.
    Answered(u16),
    /// No connection, or it broke off.
    Unreachable(String),
}

impl fmt::Display for NotifyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Url(why) => write!(f, "the webhook's URL {why}"),
            Self::TimedOut => write!(f, "the webhook did not answer within {} s", PATIENCE.as_secs()),
            Self::Answered(status) => write!(f, "the webhook answered {status}"),
            Self::Unreachable(why) => write!(f, "the webhook cannot be reached: {why}"),
        }
    }
}

impl std::error::Error for NotifyError {}

impl Webhook {
    /// # Errors
    /// It is no `https://` URL; `http://` is taken only for this very machine, since the URL itself is the secret.
    pub fn parse(url: &str) -> Result<Self, NotifyError> {
        let url = url.trim();
        let (secure, rest) = match (strip(url, "https://"), strip(url, "http://")) {
            (Some(rest), _) => (true, rest),
            (None, Some(rest)) => (false, rest),
            (None, None) => return Err(NotifyError::Url("does not begin with https://")),
        };
        let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
        if authority.is_empty() {
            return Err(NotifyError::Url("names no host"));
        }
        if authority.contains('@') {
            return Err(NotifyError::Url("has a user before its host"));
        }
        if !secure && !is_loopback(authority) {
            return Err(NotifyError::Url("is not encrypted: write https://"));
        }
        if Request::new(SdkBody::empty()).set_uri(url).is_err() {
            return Err(NotifyError::Url("is no URL"));
        }
        Ok(Self { url: url.to_owned() })
    }

    /// Tells how a run ended.
    ///
    /// # Errors
    /// Nobody was told; see [`NotifyError`]. It takes [`PATIENCE`] at most.
    pub async fn send(&self, receipt: &Receipt) -> Result<(), NotifyError> {
        let body = message(receipt);
        tokio::time::timeout(PATIENCE, self.post(body)).await.unwrap_or(Err(NotifyError::TimedOut))
    }

    async fn post(&self, body: String) -> Result<(), NotifyError> {
        let mut request = Request::new(SdkBody::from(body));
        request.set_uri(self.url.as_str()).map_err(|_| NotifyError::Url("is no URL"))?;
        request.set_method("POST").map_err(|_| NotifyError::Url("cannot be posted to"))?;
        request.headers_mut().insert("content-type", "application/json");
        request.headers_mut().insert("user-agent", concat!("tidegate/", env!("CARGO_PKG_VERSION")));
        // The roots of the operating system are read from disk.
        let connector = tokio::task::spawn_blocking(connector)
            .await
            .map_err(|_| NotifyError::Unreachable("TLS could not be set up".to_owned()))?;
        match connector.call(request).await {
            Ok(response) if response.status().is_success() => Ok(()),
            Ok(response) => Err(NotifyError::Answered(response.status().as_u16())),
            Err(error) if error.is_timeout() => Err(NotifyError::TimedOut),
            Err(error) => Err(NotifyError::Unreachable(self.reason(&error))),
        }
    }

    /// The innermost cause, unless it speaks of the URL.
    fn reason(&self, error: &dyn std::error::Error) -> String {
        let mut innermost = error;
        while let Some(source) = innermost.source() {
            innermost = source;
        }
        let text = innermost.to_string();
        let path = strip(&self.url, "https://").or(strip(&self.url, "http://")).unwrap_or(&self.url);
        let secrets = path.split(['/', '?', '#', '&', '=']).skip(1).filter(|part| part.len() > 3);
        if secrets.into_iter().any(|part| text.contains(part)) { "no connection".to_owned() } else { text }
    }
}

fn connector() -> Connector {
    Connector::builder().proxy_config(ProxyConfig::from_env()).tls_provider(Provider::Rustls(CryptoMode::AwsLc)).build()
}

fn strip<'a>(url: &'a str, scheme: &str) -> Option<&'a str> {
    url.get(..scheme.len()).filter(|start| start.eq_ignore_ascii_case(scheme)).map(|_| &url[scheme.len()..])
}

fn is_loopback(authority: &str) -> bool {
    let host = match authority.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or_default(),
        None => authority.split(':').next().unwrap_or_default(),
    };
    host.eq_ignore_ascii_case("localhost")
        || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// Slack's format, which Mattermost, Rocket.Chat and others read, too.
fn message(receipt: &Receipt) -> String {
    let mark = match receipt.outcome {
        Outcome::NothingPending | Outcome::DryRun | Outcome::Succeeded | Outcome::Settled => "✅",
        Outcome::Refused | Outcome::Failed => "⛔",
        Outcome::Unknown => "⚠️",
    };
    let mut lines =
        vec![format!("{mark} {}: the run {}. {}", receipt.binding.environment, outcome(receipt), receipt.summary)];
    lines.extend(receipt.refusals.iter().map(|refusal| format!("• {}: {}", refusal.code.name(), refusal.message)));
    if matches!(receipt.outcome, Outcome::Failed | Outcome::Unknown) {
        lines.push(
            match receipt.left {
                Some(Left::Nothing) => "Nothing was applied; no restore is needed.",
                Some(Left::Part) => "A part was applied; see the receipt before anything else.",
                Some(Left::All) => "Everything was applied; a restore is most likely not needed.",
                Some(Left::Unknown) | None => "What was applied is not known; see the receipt before anything else.",
            }
            .to_owned(),
        );
    }
    lines.push(last_line(receipt));
    let text: String = escape(&lines.join("\n")).chars().take(LONGEST).collect();
    let block = serde_json::json!({ "type": "section", "text": { "type": "mrkdwn", "text": text } });
    serde_json::json!({ "text": text, "blocks": [block] }).to_string()
}

/// Text that calls nobody and links nowhere.
fn escape(text: &str) -> String {
    let mut out = String::new();
    for letter in text.chars() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '@' => out.push_str("@\u{200b}"),
            '\n' => out.push('\n'),
            letter if is_unseen(letter) => out.push('\u{fffd}'),
            letter => out.push(letter),
        }
    }
    out
}

#[cfg(test)]
mod tests;
