//! A session over a socket that we opened ourselves: what its server presented is known, and another process can hold
//! it open.
//!
//! Promises: a session that is dropped says nothing to the server, it only lets go of its descriptor; so it lives on
//! for as long as another process has that descriptor. [`Direct::close`] says goodbye, and then it ends for all.
//!
//! PostgreSQL notices that a client is gone by the end of its connection, which comes when the last descriptor of the
//! socket is closed. TLS makes no difference: nobody sends its closing alert when a process is killed.

use std::io;
use std::net::IpAddr;
use std::os::fd::{AsFd as _, OwnedFd};
use std::sync::PoisonError;
use std::time::Duration;

use socket2::{SockRef, TcpKeepalive};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpStream, UnixStream};
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_postgres::config::SslMode as Wire;
use tokio_postgres::tls::{MakeTlsConnect, TlsConnect};
use tokio_postgres::{Client, NoTls};

use super::connect::{self, ConnectError, ConnectErrorKind, Failure};
use super::dsn::{Address, Dsn, Host, Keepalives};
use super::tls::{self, Certificate, Seen};

/// A session, its socket, and what its server presented.
pub struct Direct {
    // Dropped first: once the task is ended, nobody tells the server that `client` is gone.
    task: Task,
    pub client: Client,
    socket: OwnedFd,
    /// Absent without TLS.
    pub certificate: Option<Certificate>,
}

struct Task(JoinHandle<()>);

impl Drop for Task {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Direct {
    /// Opens a session with the one host that `dsn` names.
    ///
    /// # Errors
    /// As [`connect::connect`]; also where there are several hosts: which one is meant must not be left to chance.
    pub async fn open(dsn: &Dsn, application_name: &str) -> Result<Self, ConnectError> {
        let failed = |failure: Failure| {
            let hosts: Vec<String> = dsn.hosts.iter().map(ToString::to_string).collect();
            let target = format!("{} at {}", dsn.database_and_user(), hosts.join(", "));
            ConnectError { kind: failure.kind, target, reason: failure.reason, hint: failure.hint }
        };
        let [host] = dsn.hosts.as_slice() else {
            let reason = "the connection string names several hosts".to_owned();
            return Err(failed(Failure { kind: ConnectErrorKind::Configuration, reason, hint: None }));
        };
        let mut first = None;
        for &way in connect::ways(dsn, host) {
            let failure = match timeout(dsn.connect_timeout, open(dsn, host, way, application_name)).await {
                Ok(Ok(session)) => return Ok(session),
                Ok(Err(failure)) => failure,
                Err(_) => connect::timed_out(dsn.connect_timeout),
            };
            let again = failure.is_worth_another_way();
            first.get_or_insert(failure);
            if !again {
                break;
            }
        }
        Err(failed(first.unwrap_or_else(|| connect::timed_out(dsn.connect_timeout))))
    }

    /// Another descriptor of the socket, closed when a program is started, unless that is changed.
    ///
    /// # Errors
    /// Too many open files.
    pub fn descriptor(&self) -> io::Result<OwnedFd> {
        self.socket.try_clone()
    }

    /// Says goodbye: the server ends the session, whoever else has the descriptor.
    pub async fn close(self) {
        let Self { mut task, client, .. } = self;
        drop(client);
        let _ = timeout(Duration::from_secs(2), &mut task.0).await;
    }
}

async fn open(dsn: &Dsn, host: &Host, way: Wire, application_name: &str) -> Result<Direct, Failure> {
    let attempt = Attempt { dsn, host, way, application_name };
    let opened = match &host.address {
        Address::Unix(folder) => {
            let socket = folder.join(format!(".s.PGSQL.{}", host.port));
            match UnixStream::connect(socket).await {
                Ok(stream) => return attempt.over(stream.as_fd().try_clone_to_owned(), stream).await,
                Err(error) => error,
            }
        }
        Address::Tcp { name, address } => match tcp(name, *address, host.port, &dsn.keepalives).await {
            Ok(stream) => return attempt.over(stream.as_fd().try_clone_to_owned(), stream).await,
            Err(error) => error,
        },
    };
    Err(attempt.failed(&opened).await)
}

async fn tcp(name: &str, address: Option<IpAddr>, port: u16, keepalives: &Keepalives) -> io::Result<TcpStream> {
    let stream = match address {
        Some(address) => TcpStream::connect((address, port)).await?,
        None => TcpStream::connect((name, port)).await?,
    };
    stream.set_nodelay(true)?;
    if keepalives.enabled {
        let probes = TcpKeepalive::new().with_time(keepalives.idle).with_interval(keepalives.interval);
        SockRef::from(&stream).set_tcp_keepalive(&probes.with_retries(keepalives.retries))?;
    }
    Ok(stream)
}

#[derive(Clone, Copy)]
struct Attempt<'a> {
    dsn: &'a Dsn,
    host: &'a Host,
    way: Wire,
    application_name: &'a str,
}

impl Attempt<'_> {
    async fn over<S>(self, socket: io::Result<OwnedFd>, stream: S) -> Result<Direct, Failure>
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let socket = match socket {
            Ok(socket) => socket,
            Err(error) => return Err(self.failed(&error).await),
        };
        let seen = Seen::default();
        let (client, task) = if self.way == Wire::Disable {
            self.session(stream, NoTls).await?
        } else {
            let connector = tls::connector_that_shows(&self.dsn.tls, seen.clone());
            let mut connector = connector.map_err(|error| connect::unusable(&error))?;
            let name = match &self.host.address {
                Address::Tcp { name, .. } => name.as_str(),
                Address::Unix(_) => "",
            };
            let Ok(tls) = MakeTlsConnect::<S>::make_tls_connect(&mut connector, name);
            self.session(stream, tls).await?
        };
        let certificate = seen.lock().unwrap_or_else(PoisonError::into_inner).take();
        Ok(Direct { task, client, socket, certificate })
    }

    async fn session<S, T>(self, stream: S, tls: T) -> Result<(Client, Task), Failure>
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
        T: TlsConnect<S>,
        T::Stream: Send + 'static,
    {
        let mut config = connect::config(self.dsn, self.host, self.application_name);
        config.ssl_mode(self.way);
        match config.connect_raw(stream, tls).await {
            Ok((client, connection)) => Ok((client, Task(tokio::spawn(async move { drop(connection.await) })))),
            Err(error) => Err(connect::explain(&error, self.dsn, self.host).await),
        }
    }

    async fn failed(self, error: &io::Error) -> Failure {
        connect::explain_io(error, &error.to_string(), self.dsn, self.host).await
    }
}
