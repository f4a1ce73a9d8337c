//! One file per verb: what was typed becomes settings, the layers below do the work, and their errors become failures.

pub mod backup;
pub mod completions;
pub mod diff;
pub mod docs;
pub mod doctor;
pub mod engine;
pub mod gate;
pub mod hook;
pub mod init;
pub mod lint;
pub mod man;
mod migrations;
mod output;
pub mod plan;
mod reading;
mod server;
pub mod watch;

use crate::cli::failure::{Code, Failure};

/// Runs what is not async (rendering, layout, libgit2, folders) where it holds up nothing that is.
pub(crate) async fn off_the_runtime<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Failure> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|error| Failure::new(Code::CouldNotTell, format!("a fault inside tidegate: {error}")))
}
