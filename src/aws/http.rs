//! One question over HTTPS, with the client that the AWS crates bring.

use std::time::Duration;

use aws_smithy_http_client::Connector;
use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};
use aws_smithy_runtime_api::client::http::HttpConnector as _;
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::byte_stream::ByteStream;

/// The status and the body of the answer. An error says nothing of the URL and the headers, which may hold secrets.
pub(super) async fn get(url: &str, bearer: &str, timeout: Duration) -> Result<(u16, Vec<u8>), String> {
    let mut request = HttpRequest::new(SdkBody::empty());
    request.set_uri(url).map_err(|_| "it is no URL".to_owned())?;
    let headers = request.headers_mut();
    for (name, value) in [("authorization", format!("Bearer {bearer}")), ("accept", "application/json".to_owned())] {
        headers.try_insert(name, value).map_err(|_| "the token cannot be sent in a header".to_owned())?;
    }
    let connector = Connector::builder().tls_provider(Provider::Rustls(CryptoMode::AwsLc)).build();
    let question = async {
        let response = connector.call(request).await.map_err(|error| format!("no answer: {error}"))?;
        let status = response.status().as_u16();
        let body = ByteStream::new(response.into_body()).collect().await;
        Ok((status, body.map_err(|_| "the answer broke off".to_owned())?.to_vec()))
    };
    tokio::time::timeout(timeout, question).await.unwrap_or_else(|_| Err("no answer in time".to_owned()))
}
