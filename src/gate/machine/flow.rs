//! Waiting and trying again: every delay of a run is made here, and the lock is looked at while it lasts.

use jiff::{SignedDuration, Timestamp};

use super::{Event, Machine, State, Step};
use crate::backup::error::{Class, Error};
use crate::gate::refusal::{Code, Refusal};

/// The session that holds the lock is asked at least this often.
pub(super) const HEARTBEAT: SignedDuration = SignedDuration::from_secs(25);
/// How long a question is asked again that has no deadline of its own, `--timeout` at most.
const PATIENCE: SignedDuration = SignedDuration::from_secs(60);
const LONGEST_BACKOFF: SignedDuration = SignedDuration::from_secs(30);

/// `step` is done at `until`.
#[derive(Clone, Debug)]
pub(super) struct Pause {
    until: Timestamp,
    step: Step,
}

impl Machine {
    /// `step` as the next question, in `state`.
    pub(super) fn ask(&mut self, state: State, step: Step) -> Step {
        self.state = state;
        self.attempts = 0;
        // Where a tag could not be written, the one that takes it back is tried once: both together may not take more.
        let patience = if self.untagged { SignedDuration::ZERO } else { PATIENCE.min(self.options.timeout) };
        self.patience = self.at.now + patience;
        step
    }

    /// The same, asked again until the deadline of the backup.
    pub(super) fn ask_until_deadline(&mut self, state: State, step: Step) -> Step {
        self.state = state;
        self.attempts = 0;
        self.patience = self.deadline;
        step
    }

    /// `step`, after a while.
    pub(super) fn later(&mut self, wait: SignedDuration, step: Step) -> Step {
        let pause = Pause { until: self.at.now + wait, step };
        self.go_on_waiting(pause)
    }

    fn go_on_waiting(&mut self, pause: Pause) -> Step {
        let now = self.at.now;
        let left = pause.until.duration_since(now);
        if left <= SignedDuration::ZERO {
            return pause.step;
        }
        let since = self.locked.map(|locked| now.duration_since(locked));
        let step = match since {
            Some(since) if since >= HEARTBEAT => Step::StillLocked,
            Some(since) => Step::Sleep(left.min(HEARTBEAT - since)),
            None => Step::Sleep(left),
        };
        self.pause = Some(pause);
        step
    }

    pub(super) fn paused(&mut self, pause: Pause, event: Event) -> Step {
        match event {
            Event::Slept => self.go_on_waiting(pause),
            Event::Held(Ok(())) => {
                self.locked = Some(self.at.now);
                self.go_on_waiting(pause)
            }
            // The command has ended by then: what it did is still looked at and written down.
            Event::Held(Err(_)) if matches!(self.state, State::Ending(_)) => {
                self.locked = None;
                self.go_on_waiting(pause)
            }
            Event::Held(Err(refusal)) => self.lock_is_lost(refusal),
            other => self.out_of_step(&other),
        }
    }

    pub(super) fn lock_is_lost(&mut self, refusal: Refusal) -> Step {
        self.locked = None;
        self.refuse(refusal)
    }

    /// Whether a question that came back with `error` is asked again, and then `step` after a while.
    pub(super) fn again(&mut self, error: &Error, step: impl FnOnce(&Self) -> Step) -> Option<Step> {
        let passing = matches!(error.class, Class::Transient | Class::Unknown);
        if !passing || self.at.now >= self.patience {
            return None;
        }
        let step = step(self);
        Some(self.retry(step))
    }

    /// `step` after a jittered pause that doubles each time.
    pub(super) fn retry(&mut self, step: Step) -> Step {
        let wait = self.backoff();
        self.later(wait, step)
    }

    fn backoff(&mut self) -> SignedDuration {
        let longest = SignedDuration::from_secs(1 << self.attempts.min(5)).min(LONGEST_BACKOFF);
        self.attempts += 1;
        longest.mul_f64(0.5 + self.at.random / 2.0)
    }

    /// The time to the next look: at most one poll, and never less than four fifths of it.
    pub(super) fn poll(&self) -> SignedDuration {
        self.options.poll.max(SignedDuration::from_millis(50)).mul_f64(0.8 + self.at.random / 5.0)
    }

    /// Where the answer decides, any error is a no; who may look again can go on.
    pub(super) fn provider_refusal(&self, doing: &str, error: &Error) -> Refusal {
        let mut refusal = Refusal::new(Code::CouldNotTell, format!("{doing}: {error}"));
        refusal.hints.clone_from(&error.hints);
        refusal
    }

    /// The command that goes on with this run.
    pub(super) fn resume_command(&self) -> String {
        format!("tidegate gate --resume {} --env {} -- …", self.receipt.run, self.options.environment)
    }
}
