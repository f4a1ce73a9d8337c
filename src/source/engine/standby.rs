//! An embedded engine that is opened before anybody asks for it.
//!
//! Opening one takes longer than all else in a replay that has only the newest migration to run. Whoever replays again
//! and again has the next engine opened while nobody waits for it.

use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::oneshot;
use tokio::time::timeout;

use super::{Engine, EngineChoice, EngineOptions};
use crate::progress::Silent;

/// How long an engine is kept for a use that may not come: it holds some hundred megabytes.
const PATIENCE: Duration = Duration::from_secs(15 * 60);

/// At most one engine, which nobody has used.
#[derive(Default)]
pub struct Standby(Mutex<Option<Waiting>>);

struct Waiting {
    options: EngineOptions,
    /// For whoever wants it; dropped, it ends the engine.
    wanted: oneshot::Sender<oneshot::Sender<Engine>>,
}

impl Standby {
    /// Begins to open an engine, unless one like it is there; any other ends. Within a runtime, and never waits.
    pub fn prepare(&self, options: &EngineOptions) {
        let options = EngineOptions { standby: None, ..options.clone() };
        let mut waiting = self.waiting();
        if waiting.as_ref().is_some_and(|waiting| waiting.is_of_use(&options)) {
            return;
        }
        let (wanted, asked) = oneshot::channel();
        *waiting = Some(Waiting { options: options.clone(), wanted });
        tokio::spawn(wait(options, asked));
    }

    /// The engine that was opened with these options, where there is one.
    pub(super) async fn take(&self, options: &EngineOptions) -> Option<Engine> {
        let waiting = self.waiting().take().filter(|waiting| waiting.is_of_use(options))?;
        let (hand_over, engine) = oneshot::channel();
        waiting.wanted.send(hand_over).ok()?;
        engine.await.ok().filter(|engine| engine.failure().is_none())
    }

    fn waiting(&self) -> MutexGuard<'_, Option<Waiting>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Waiting {
    fn is_of_use(&self, options: &EngineOptions) -> bool {
        let EngineOptions { deadline, extensions, cache, state, program, .. } = &self.options;
        !self.wanted.is_closed()
            && *deadline == options.deadline
            && *extensions == options.extensions
            && *cache == options.cache
            && *state == options.state
            && *program == options.program
    }
}

impl fmt::Debug for Standby {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Standby").finish_non_exhaustive()
    }
}

async fn wait(options: EngineOptions, asked: oneshot::Receiver<oneshot::Sender<Engine>>) {
    // Why it cannot be opened is told to whoever tries next.
    let Ok(engine) = super::open(&EngineChoice::Embedded, &options, &Silent).await else { return };
    let unused = match timeout(PATIENCE, asked).await {
        Ok(Ok(hand_over)) => hand_over.send(engine).err(),
        _ => Some(engine),
    };
    if let Some(engine) = unused {
        engine.close().await;
    }
}
