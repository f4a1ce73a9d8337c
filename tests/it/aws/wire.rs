//! A request by hand, for what a test puts into moto or asks the fake: no SDK, so that nothing of ours is in between.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

/// Asks a service of the Query protocol; the status and the body.
pub(crate) fn query(
    url: &str,
    region: &str,
    service: &str,
    action: &str,
    parameters: &[(&str, &str)],
) -> (u16, String) {
    let mut body = format!("Action={action}&Version=2014-10-31");
    for (name, value) in parameters {
        body.push_str(&format!("&{name}={}", encode(value)));
    }
    post(url, region, service, "application/x-www-form-urlencoded", None, &body)
}

/// Asks a service of the JSON protocol: `secretsmanager.CreateSecret`.
pub(crate) fn json(url: &str, region: &str, target: &str, body: &serde_json::Value) -> (u16, String) {
    let service = if target.starts_with("AmazonSSM") { "ssm" } else { "secretsmanager" };
    post(url, region, service, "application/x-amz-json-1.1", Some(target), &body.to_string())
}

fn post(url: &str, region: &str, service: &str, kind: &str, target: Option<&str>, body: &str) -> (u16, String) {
    let host = url.strip_prefix("http://").unwrap();
    let target = target.map(|target| format!("x-amz-target: {target}\r\n")).unwrap_or_default();
    let mut stream = TcpStream::connect(host).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
    write!(
        stream,
        "POST / HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\ncontent-type: {kind}\r\n{target}content-length: {}\r\n\
         authorization: AWS4-HMAC-SHA256 Credential=AKIATEST/20260101/{region}/{service}/aws4_request, \
         SignedHeaders=host, Signature=0\r\n\r\n{body}",
        body.len()
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    (head.split(' ').nth(1).unwrap().parse().unwrap(), body.to_owned())
}

fn encode(text: &str) -> String {
    text.bytes()
        .map(|byte| if byte.is_ascii_alphanumeric() { char::from(byte).to_string() } else { format!("%{byte:02X}") })
        .collect()
}
