//! Who hears a signal: the process itself, which ends, or a child that has taken over, to which it is passed on.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rustix::process::Signal;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::{mpsc, watch};

const HUP: i32 = Signal::HUP.as_raw();
const INT: i32 = Signal::INT.as_raw();
const QUIT: i32 = Signal::QUIT.as_raw();
const USR1: i32 = Signal::USR1.as_raw();
const USR2: i32 = Signal::USR2.as_raw();
const TERM: i32 = Signal::TERM.as_raw();

/// Signals that ask a process to end.
pub(super) fn asks_to_end(number: i32) -> bool {
    matches!(number, HUP | INT | QUIT | TERM)
}

/// The signals of this process. Clones share what they know.
#[derive(Clone, Debug)]
pub struct Signals {
    state: Arc<Mutex<State>>,
    first: watch::Sender<Option<u8>>,
    /// The one that ends us where we stand.
    last: watch::Sender<Option<u8>>,
}

#[derive(Debug, Default)]
struct State {
    first: Option<u8>,
    /// Somebody brings things to an end when the first one comes.
    tidied: bool,
    taken_over: Option<mpsc::UnboundedSender<i32>>,
}

impl Signals {
    /// Begins to listen; within a runtime. `SIGHUP` stays ignored where it was when the process began (`nohup`).
    pub fn listen() -> Self {
        let signals = Self::deaf();
        signals.hear(INT);
        signals.hear(TERM);
        if !is_ignored(HUP) {
            signals.hear(HUP);
        }
        signals
    }

    /// Hears nothing: for tests, and where nobody listens.
    pub fn deaf() -> Self {
        Self { state: Arc::default(), first: watch::Sender::new(None), last: watch::Sender::new(None) }
    }

    fn hear(&self, number: i32) {
        // Where the system does not let us listen, the signal does what it does by itself.
        let Ok(mut stream) = signal(SignalKind::from_raw(number)) else { return };
        let signals = self.clone();
        tokio::spawn(async move {
            while stream.recv().await.is_some() {
                signals.arrived(number);
            }
        });
    }

    fn arrived(&self, number: i32) {
        let mut state = self.state();
        match &state.taken_over {
            Some(child) => drop(child.send(number)),
            None => {
                let number = u8::try_from(number).unwrap_or(u8::MAX);
                if !state.tidied || state.first.is_some() {
                    self.last.send_if_modified(|last| last.is_none().then(|| *last = Some(number)).is_some());
                }
                state.first.get_or_insert(number);
                self.first.send_replace(state.first);
            }
        }
    }

    /// The number of the signal that ends us where we stand: the first one that came while no child had taken over, or
    /// the second where somebody [tidies up](Self::tidy).
    pub async fn interrupted(&self) -> u8 {
        arrival(&self.last).await
    }

    /// The number of the first signal that came while no child had taken over.
    pub async fn asked(&self) -> u8 {
        arrival(&self.first).await
    }

    /// The same, if it has come by now.
    pub fn so_far(&self) -> Option<u8> {
        self.state().first
    }

    /// From now on the first signal only asks: whoever calls this listens to [`Self::asked`], and brings what it does
    /// to an end. The second one ends us all the same.
    pub fn tidy(&self) {
        self.state().tidied = true;
    }

    /// From now on signals are for a child, until what is returned is dropped.
    ///
    /// # Errors
    /// A signal came before: whoever waits in [`Self::interrupted`] is about to end us, and no child may start.
    pub fn take_over(&self) -> Result<TakenOver, u8> {
        let (sender, receiver) = mpsc::unbounded_channel();
        {
            let mut state = self.state();
            if let Some(number) = state.first {
                return Err(number);
            }
            state.taken_over = Some(sender);
        }
        // These end a process that does not expect them; only a child may.
        for number in [QUIT, USR1, USR2] {
            self.hear(number);
        }
        Ok(TakenOver { receiver, signals: self.clone() })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn arrival(sender: &watch::Sender<Option<u8>>) -> u8 {
    let mut receiver = sender.subscribe();
    let number = receiver.wait_for(Option::is_some).await.ok().and_then(|number| *number);
    match number {
        Some(number) => number,
        None => std::future::pending().await,
    }
}

/// Signals go to the one who holds this.
#[derive(Debug)]
pub struct TakenOver {
    receiver: mpsc::UnboundedReceiver<i32>,
    signals: Signals,
}

impl TakenOver {
    /// The number of the next one.
    pub async fn next(&mut self) -> i32 {
        match self.receiver.recv().await {
            Some(number) => number,
            None => std::future::pending().await,
        }
    }
}

impl Drop for TakenOver {
    fn drop(&mut self) {
        self.signals.state().taken_over = None;
    }
}

/// Whether the process was started with this signal ignored, as far as the system tells (Linux does).
fn is_ignored(number: i32) -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or(0);
    mask & (1 << (number - 1)) != 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_signal_reaches_the_process_or_the_child_and_never_neither() {
        let signals = Signals::deaf();
        let mut child = signals.take_over().unwrap();
        signals.arrived(TERM);
        signals.arrived(USR1);
        assert_eq!((child.next().await, child.next().await), (TERM, USR1));
        drop(child);
        signals.arrived(INT);
        signals.arrived(TERM);
        assert_eq!(signals.interrupted().await, 2);
        // Too late to start a child.
        assert_eq!(signals.take_over().unwrap_err(), 2);
    }

    #[tokio::test]
    async fn where_somebody_tidies_up_the_second_signal_ends_us() {
        let signals = Signals::deaf();
        signals.tidy();
        assert_eq!(signals.so_far(), None);
        signals.arrived(TERM);
        assert_eq!((signals.asked().await, signals.so_far()), (15, Some(15)));
        assert_eq!(signals.take_over().unwrap_err(), 15);
        let wait = std::time::Duration::from_millis(20);
        assert!(tokio::time::timeout(wait, signals.interrupted()).await.is_err(), "the first one only asks");
        signals.arrived(INT);
        assert_eq!((signals.interrupted().await, signals.asked().await), (2, 15));
    }
}
