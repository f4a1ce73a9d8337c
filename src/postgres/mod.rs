//! How PostgreSQL is reached: connection strings, TLS, sessions.

pub mod connect;
pub mod direct;
pub mod dsn;
pub mod tls;
pub mod wire;

pub use connect::{ConnectError, ConnectErrorKind, Connected, connect};
pub use direct::Direct;
pub use dsn::{Dsn, DsnError, Env};

/// What PostgreSQL said, or, where it did not come to that, the whole chain of reasons.
///
/// `tokio_postgres::Error` by itself says no more than `db error`.
pub fn error_text(error: &tokio_postgres::Error) -> String {
    if let Some(said) = error.as_db_error() {
        return said.message().to_owned();
    }
    let mut text = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(reason) = source {
        let reason_text = reason.to_string();
        if !text.contains(&reason_text) {
            text = format!("{text}: {reason_text}");
        }
        source = reason.source();
    }
    text
}
