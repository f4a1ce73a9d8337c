//! Against real sockets: one that takes the message, one that never answers, one that hangs up.

use std::time::Instant;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

use super::*;
use crate::gate::report::tests::{failed, refused};

/// A server for one connection that reads a whole request and then does as told; gives back what it read.
async fn serve(answer: &'static str) -> (Webhook, tokio::task::JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let task = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut read = Vec::new();
        let mut buffer = [0; 4096];
        loop {
            let count = stream.read(&mut buffer).await.unwrap();
            read.extend_from_slice(&buffer[..count]);
            let text = String::from_utf8_lossy(&read).into_owned();
            let length =
                text.lines().find_map(|line| line.to_lowercase().strip_prefix("content-length: ")?.parse().ok());
            let body = text.split_once("\r\n\r\n").map_or(0, |(_, body)| body.len());
            if count == 0 || length.is_some_and(|length: usize| body >= length) {
                stream.write_all(answer.as_bytes()).await.unwrap();
                return text;
            }
        }
    });
    (Webhook::parse(&format!("http://127.0.0.1:{port}/services/T000/s3cr3t")).unwrap(), task)
}

#[tokio::test]
async fn a_message_arrives() {
    let (webhook, server) = serve("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok").await;
    webhook.send(&failed()).await.unwrap();
    let request = server.await.unwrap();
    assert!(request.starts_with("POST /services/T000/s3cr3t HTTP/1.1\r\n"), "{request}");
    let body: serde_json::Value = serde_json::from_str(request.split_once("\r\n\r\n").unwrap().1).unwrap();
    let text = body["text"].as_str().unwrap();
    assert!(text.contains("run 0f3a9c51d2e47b86 failed") && text.contains("A part was applied"), "{text}");
    assert_eq!(body["blocks"][0]["text"]["text"], body["text"]);
}

#[tokio::test]
async fn a_refusal_of_the_server_is_told_without_the_url() {
    let (webhook, server) = serve("HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n").await;
    let error = webhook.send(&failed()).await.unwrap_err();
    assert_eq!(error, NotifyError::Answered(404));
    assert!(!format!("{error} {error:?} {webhook:?}").contains("s3cr3t"));
    server.await.unwrap();
}

/// It accepts, and then says nothing for as long as it is asked.
#[tokio::test]
async fn a_server_that_never_answers_costs_five_seconds_and_no_more() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let held = tokio::spawn(async move {
        let mut held = Vec::new();
        while let Ok((stream, _)) = listener.accept().await {
            held.push(stream);
        }
    });
    let begun = Instant::now();
    let error = Webhook::parse(&format!("http://127.0.0.1:{port}/x")).unwrap().send(&failed()).await.unwrap_err();
    assert_eq!(error, NotifyError::TimedOut);
    let took = begun.elapsed();
    assert!(took >= PATIENCE && took < PATIENCE * 3, "{took:?}");
    held.abort();
}

/// TLS that never comes: the handshake is within the same time.
#[tokio::test]
async fn a_server_that_never_speaks_tls_costs_no_more() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let begun = Instant::now();
    let error = Webhook::parse(&format!("https://127.0.0.1:{port}/x")).unwrap().send(&failed()).await.unwrap_err();
    assert_eq!(error, NotifyError::TimedOut);
    assert!(begun.elapsed() < PATIENCE * 3);
}

#[tokio::test]
async fn a_server_that_hangs_up_is_told() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let server = tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            // Zero makes the kernel reset the connection.
            #[allow(deprecated)]
            stream.set_linger(Some(std::time::Duration::ZERO)).unwrap();
            drop(stream);
        }
    });
    let url = format!("http://127.0.0.1:{port}/services/s3cr3t");
    let error = Webhook::parse(&url).unwrap().send(&failed()).await.unwrap_err();
    assert!(matches!(error, NotifyError::Unreachable(_)), "{error:?}");
    assert!(!format!("{error} {error:?}").contains("s3cr3t"));
    server.abort();
}

#[tokio::test]
async fn nobody_listens() {
    let port = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port();
    let error = Webhook::parse(&format!("http://localhost:{port}/s3cr3t")).unwrap().send(&failed()).await.unwrap_err();
    assert!(matches!(error, NotifyError::Unreachable(_)), "{error:?}");
    assert!(!format!("{error} {error:?}").contains("s3cr3t"));
}

#[test]
fn a_url_is_encrypted_or_of_this_machine() {
    for fine in [
        "https://hooks.slack.com/services/a",
        "HTTPS://h/x",
        "http://localhost:1/x",
        "http://127.0.0.9/",
        "http://[::1]:80/x",
    ] {
        assert!(Webhook::parse(fine).is_ok(), "{fine}");
    }
    for wrong in [
        "",
        "hooks.slack.com/x",
        "ftp://h/x",
        "https://",
        "https:///x",
        "http://hooks.slack.com/x",
        "http://127.0.0.1@evil.example/x",
        "http://localhost.evil.example/x",
        "http://[::2]/x",
        "https://user:pass@h/x",
        "https://h/\u{0}",
    ] {
        let error = Webhook::parse(wrong).unwrap_err();
        assert!(matches!(error, NotifyError::Url(_)), "{wrong}");
        assert!(!error.to_string().contains("evil"), "{error}");
    }
}

#[test]
fn a_message_calls_nobody() {
    let mut receipt = refused();
    receipt.refusals[0].message = "<!channel> & @here \u{1b}[2J <https://evil.example|click>".to_owned();
    let body: serde_json::Value = serde_json::from_str(&message(&receipt)).unwrap();
    let text = body["text"].as_str().unwrap();
    assert!(text.contains("&lt;!channel&gt; &amp; @\u{200b}here"), "{text}");
    assert!(!text.contains(['<', '>', '\u{1b}']) && !text.contains("@here"), "{text}");
}
