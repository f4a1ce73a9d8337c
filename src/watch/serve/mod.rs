//! The page for a browser on this machine, which reloads itself and shows errors over the last good page.
//!
//! It listens on loopback alone. Another site's name may lead here all the same (DNS rebinding), so a request whose
//! `Host` is not ours is refused, and nothing is ever sent that lets another origin read it.

mod page;

use std::convert::Infallible;
use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener};

use axum::Router;
use axum::extract::{Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;
use futures_util::Stream;
use serde::Serialize;
use tokio::sync::watch;

pub use page::Page;

/// Where the page is unless somebody says otherwise.
pub const PORT: u16 = 7432;

/// What went wrong, as the page tells it. Plain text throughout.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Problem {
    pub title: String,
    /// Its first line is the headline.
    pub message: String,
    pub causes: Vec<String>,
    pub hints: Vec<String>,
    /// What is seen underneath.
    pub foot: String,
}

/// What browsers are shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown {
    pub page: Page,
    pub problem: Option<Problem>,
}

#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    #[error("port {port} of this machine is taken")]
    Taken { port: u16 },
    #[error("cannot listen on {address}")]
    Listen { address: SocketAddr, source: io::Error },
}

/// Sockets that listen, and the address for people.
#[derive(Debug)]
pub struct Listening {
    sockets: Vec<TcpListener>,
    port: u16,
}

impl Listening {
    /// On the port that was asked for (0: any that is free), or else on [`PORT`], or else on any.
    ///
    /// # Errors
    /// The port that was asked for is taken, or there is no loopback.
    pub fn on(port: Option<u16>) -> Result<Self, ServeError> {
        match (Self::at(port.unwrap_or(PORT)), port) {
            (Err(ServeError::Taken { .. }), None) => Self::at(0),
            (result, _) => result,
        }
    }

    fn at(port: u16) -> Result<Self, ServeError> {
        let bind = |address: SocketAddr| {
            let listen = |source: io::Error| match source.kind() {
                io::ErrorKind::AddrInUse => ServeError::Taken { port: address.port() },
                _ => ServeError::Listen { address, source },
            };
            let socket = TcpListener::bind(address).map_err(listen)?;
            socket.set_nonblocking(true).map_err(listen)?;
            let port = socket.local_addr().map_err(listen)?.port();
            Ok((socket, port))
        };
        let (first, port) = bind(SocketAddr::from((Ipv4Addr::LOCALHOST, port)))?;
        let mut sockets = vec![first];
        // `localhost` means this one to some browsers. A machine without it does well with the other.
        match bind(SocketAddr::from((Ipv6Addr::LOCALHOST, port))) {
            Ok((second, _)) => sockets.push(second),
            Err(taken @ ServeError::Taken { .. }) => return Err(taken),
            Err(ServeError::Listen { .. }) => {}
        }
        Ok(Self { sockets, port })
    }

    /// What to open.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}/", self.port)
    }

    /// Serves until dropped.
    ///
    /// # Errors
    /// The sockets can no longer be listened on.
    pub async fn serve(self, shown: watch::Receiver<Shown>) -> io::Result<()> {
        let port = self.port;
        let app = Router::new()
            .route("/", get(page))
            .route("/events", get(events))
            .with_state(shown)
            .layer(middleware::from_fn(move |request: Request, next: Next| guarded(port, request, next)));
        let mut serving = Vec::new();
        for socket in self.sockets {
            let listener = tokio::net::TcpListener::from_std(socket)?;
            serving.push(async { axum::serve(listener, app.clone()).await });
        }
        futures_util::future::try_join_all(serving).await.map(drop)
    }
}

/// Refuses what was not sent to us by a name of ours, and tells browsers to keep the answer to themselves.
async fn guarded(port: u16, request: Request, next: Next) -> Response {
    let host = request.headers().get(header::HOST).and_then(|host| host.to_str().ok());
    let mut response = match host {
        Some(host) if is_ours(host, port) => next.run(request).await,
        _ => (StatusCode::FORBIDDEN, "tidegate answers to 127.0.0.1, [::1] and localhost alone\n").into_response(),
    };
    for (name, value) in [
        (header::CACHE_CONTROL, "no-store"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::X_FRAME_OPTIONS, "DENY"),
    ] {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response.headers_mut().insert("cross-origin-resource-policy", HeaderValue::from_static("same-origin"));
    response
}

/// Whether a `Host` names this machine's loopback at our port.
fn is_ours(host: &str, port: u16) -> bool {
    let (name, given) = match host.rsplit_once(':') {
        Some((name, given)) if !given.ends_with(']') => (name, given.parse().ok()),
        _ => (host, Some(80)),
    };
    given == Some(port) && ["127.0.0.1", "[::1]", "localhost"].iter().any(|ours| name.eq_ignore_ascii_case(ours))
}

async fn page(State(shown): State<watch::Receiver<Shown>>) -> Html<String> {
    Html(shown.borrow().page.html.clone())
}

#[derive(Serialize)]
struct Told<'a> {
    version: &'a str,
    problem: &'a Option<Problem>,
}

async fn events(State(mut shown): State<watch::Receiver<Shown>>) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    // The first event tells what is so already.
    shown.mark_changed();
    let stream = futures_util::stream::unfold(shown, |mut shown| async move {
        shown.changed().await.ok()?;
        let event = {
            let now = shown.borrow_and_update();
            let told = Told { version: &now.page.version, problem: &now.problem };
            Event::default().event("state").data(serde_json::to_string(&told).unwrap_or_default())
        };
        Some((Ok(event), shown))
    });
    Sse::new(stream).keep_alive(KeepAlive::default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_of_this_machine_are_ours() {
        for host in ["127.0.0.1:7432", "localhost:7432", "LOCALHOST:7432", "[::1]:7432"] {
            assert!(is_ours(host, 7432), "{host}");
        }
        for host in [
            "",
            "127.0.0.1",
            "localhost:80",
            "evil.example:7432",
            "localhost.evil.example:7432",
            "127.0.0.1.nip.io:7432",
            "[::1]",
            "[::2]:7432",
            "127.0.0.1:7432:7432",
            "user@127.0.0.1:7432",
        ] {
            assert!(!is_ours(host, 7432), "{host}");
        }
        assert!(is_ours("localhost", 80));
    }

    #[test]
    fn a_port_that_was_asked_for_and_is_taken_is_an_error() {
        let first = Listening::on(Some(0)).unwrap();
        let second = Listening::on(Some(first.port));
        assert!(matches!(second, Err(ServeError::Taken { port }) if port == first.port));
    }
}
