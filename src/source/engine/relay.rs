//! Carries one session between a client in this process and an engine, and watches the clock.
//!
//! The clock is watched here, and not by `statement_timeout`, because a migration may set that, and because the
//! embedded engine does not heed it.

use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, DuplexStream};
use tokio::sync::oneshot;
use tokio::time::{Instant, sleep_until, timeout};

use super::EngineError;
use crate::postgres::wire::{self, Tags, Turn};

/// Both ways to an engine.
pub(super) struct Pipes<R, W> {
    pub(super) answers: R,
    pub(super) requests: W,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Failed {
    /// The engine gave no answer in time.
    Hung,
    /// The engine is gone, or talks nonsense.
    Died,
}

pub(super) struct Relay {
    pub(super) deadline: Duration,
    pub(super) patience_to_open: Duration,
    /// Statements that end a session, for an engine that does not tidy up by itself.
    pub(super) farewell: &'static [&'static str],
}

impl Relay {
    /// Runs until the client has gone or `stopped` is told, and gives the pipes back, for another session to use; or
    /// until the engine has failed, and gives back the client, for [`Relay::tell`].
    pub(super) async fn run<R: AsyncRead + Unpin, W: AsyncWrite + Unpin>(
        &self,
        mut client: DuplexStream,
        mut pipes: Pipes<R, W>,
        mut stopped: oneshot::Receiver<()>,
    ) -> Result<Pipes<R, W>, (Failed, DuplexStream)> {
        match self.carry(&mut client, &mut pipes, &mut stopped).await {
            Ok(()) => Ok(pipes),
            Err(failed) => Err((failed, client)),
        }
    }

    /// Tells the client in its own language that the session is over.
    pub(super) async fn tell(mut client: DuplexStream, failure: &EngineError) {
        let _ = client.write_all(&wire::fatal("58000", &failure.to_string())).await;
        let _ = client.shutdown().await;
    }

    async fn carry<R: AsyncRead + Unpin, W: AsyncWrite + Unpin>(
        &self,
        client: &mut DuplexStream,
        pipes: &mut Pipes<R, W>,
        stopped: &mut oneshot::Receiver<()>,
    ) -> Result<(), Failed> {
        let mut asked = vec![0; 64 << 10];
        let mut answered = vec![0; 64 << 10];
        let mut turn = Turn::default();
        let mut frontend = Tags::frontend();
        let mut backend = Tags::backend();
        let mut leaving = false;
        let mut farewell = self.farewell.iter();
        let mut patience = self.patience_to_open;
        let mut until = Instant::now() + patience;
        loop {
            if leaving && !turn.backend_owes() {
                let (bytes, tags) = if turn.copying() {
                    // The client left in the middle of its data.
                    (wire::COPY_FAIL_AND_SYNC.to_vec(), b"fS".as_slice())
                } else if let Some(statement) = farewell.next() {
                    (wire::query(statement), b"Q".as_slice())
                } else {
                    (wire::TERMINATE.to_vec(), b"".as_slice())
                };
                if timeout(patience, pipes.requests.write_all(&bytes)).await.is_err() {
                    return Err(Failed::Died);
                }
                if tags.is_empty() {
                    return Ok(());
                }
                tags.iter().for_each(|&tag| turn.sent(tag));
                until = Instant::now() + patience;
            }
            tokio::select! {
                _ = &mut *stopped, if !leaving => leaving = true,
                read = client.read(&mut asked), if !leaving => match read {
                    Ok(mut count @ 1..) => {
                        let owed = turn.backend_owes();
                        let told = frontend.push(&asked[..count], |tag| {
                            turn.sent(tag);
                            leaving |= tag == b'X';
                        });
                        // The terminate message is the last one, and ours to send.
                        let terminate = if leaving { wire::TERMINATE.len() } else { frontend.begun(b'X') };
                        count = count.saturating_sub(terminate);
                        if told.is_err() {
                            return Err(Failed::Died);
                        }
                        if !owed {
                            until = Instant::now() + patience;
                        }
                        match timeout(patience, pipes.requests.write_all(&asked[..count])).await {
                            Ok(Ok(())) => {}
                            Ok(Err(_)) => return Err(Failed::Died),
                            Err(_) => return Err(Failed::Hung),
                        }
                    }
                    _ => leaving = true,
                },
                read = pipes.answers.read(&mut answered) => match read {
                    Ok(count @ 1..) => {
                        let told = backend.push(&answered[..count], |tag| {
                            turn.received(tag);
                            if matches!(tag, b'C' | b'Z' | b'E' | b'G') {
                                patience = self.deadline;
                                until = Instant::now() + patience;
                            }
                        });
                        if told.is_err() {
                            return Err(Failed::Died);
                        }
                        // A client that has gone still has its last statement finished.
                        if !leaving && client.write_all(&answered[..count]).await.is_err() {
                            leaving = true;
                        }
                    }
                    _ => return Err(Failed::Died),
                },
                () = sleep_until(until), if turn.backend_owes() => return Err(Failed::Hung),
            }
        }
    }
}
