//! The only part of `history` that asks the database.

use tokio_postgres::Client;

use super::{History, Options, Status};
use crate::migration::MigrationSet;

/// The state of the database behind `client` against `set`, which [`list_with`](crate::migration::list_with) made.
///
/// Never fails: what could not be read is in [`Status::history`] and [`Status::could_not_tell`], with everything
/// pending.
pub async fn read(_client: &Client, set: &MigrationSet, _options: &Options) -> Status {
    let reason = "reading the history of this framework is not supported".to_owned();
    let mut status = Status::all_pending(set, History::Unreadable { reason: reason.clone() });
    status.could_not_tell.push(reason);
    status
}
