//! An earlier run whose outcome was not known is settled: by `--resume` here, by `gate reconcile` in the driver.
//!
//! First its tags, since other machines see nothing else, then the journal; a run whose tag could not be written is not
//! settled.

use std::collections::VecDeque;

use jiff::Timestamp;

use super::judge::Settlement;
use super::known::Known;
use super::{Event, Machine, Planned, State, Step};
use crate::backup::tags::{self, Phase, RunTag, Tags};
use crate::gate::receipt::Left;
use crate::gate::refusal::{Code, Refusal};
use crate::gate::run::RunId;
use crate::gate::world::{Entry, Outcome, Record};

impl Machine {
    /// `--resume` of a run whose outcome was not known: it is never run again, but perhaps it is known by now.
    pub(super) fn settled(&mut self, known: &Known, settlement: Settlement) -> Step {
        let run = known.run.clone();
        let environment = self.options.environment.clone();
        let reconcile = format!("tidegate gate reconcile {run} --env {environment} --as succeeded, or --as failed");
        let (left, code, why) = match settlement {
            Settlement::Succeeded(why) => (None, 0, why),
            Settlement::Failed(left, why) => (Some(left), Code::Resume.exit(), why),
            Settlement::StillRunning(active) => {
                let message = format!("run {run} is still at work: {active} of its sessions are active on the server");
                return self.refuse(Refusal::new(Code::Unsettled, message).hint("wait until they have ended"));
            }
            Settlement::Unknown(why) | Settlement::CouldNotTell(why) => {
                let message = format!("what run {run} did is not known: {why}");
                return self
                    .refuse(Refusal::new(Code::Unsettled, message).hint("look at the database").hint(reconcile));
            }
        };
        self.receipt.left = left;
        self.receipt.outcome = Outcome::Settled;
        self.receipt.exit_code = code;
        self.receipt.summary = match left {
            None => format!("run {run} succeeded: {why}. It was not run again"),
            Some(Left::Nothing) => format!("run {run} failed: {why}. Run the gate again without --resume"),
            Some(_) => format!("run {run} failed: {why}. Look at the database before the gate is run again"),
        };
        self.settle_known(known, &why)
    }

    /// An earlier run is settled: first in its tags, since other machines see nothing else, then in the journal.
    fn settle_known(&mut self, known: &Known, why: &str) -> Step {
        self.closing = settling(known, why, self.at.now);
        self.superseded = Some(known.clone());
        self.next_settling()
    }

    fn next_settling(&mut self) -> Step {
        match self.closing.front().cloned() {
            Some(step) => self.ask(State::Planned(Planned::Settling), step),
            None => {
                if let Some(run) = self.superseded.take().and_then(|known| RunId::parse(&known.run)) {
                    self.receipt.run = run;
                }
                self.close()
            }
        }
    }

    pub(super) fn settling(&mut self, event: Event) -> Step {
        match event {
            Event::Tagged(Ok(())) | Event::Appended(Ok(())) => {
                self.closing.pop_front();
                self.next_settling()
            }
            Event::Tagged(Err(error)) => {
                let step = self.closing.front().cloned().unwrap_or(Step::Unlock);
                match self.again(&error, |_| step) {
                    Some(step) => step,
                    None => {
                        self.closing.clear();
                        let refusal = self.provider_refusal("settling the run in its tags", &error);
                        self.refuse(refusal)
                    }
                }
            }
            Event::Appended(Err(refusal)) => {
                self.closing.clear();
                self.refuse(refusal)
            }
            event => {
                self.closing.clear();
                self.out_of_step(&event)
            }
        }
    }
}

/// What settles an earlier run: its tag on every backup that has one, then the journal.
pub(in crate::gate) fn settling(known: &Known, why: &str, now: Timestamp) -> VecDeque<Step> {
    let tag = known.tag.clone().unwrap_or_else(|| {
        let binding = known.binding.clone().unwrap_or_default();
        RunTag {
            run: known.run.clone(),
            phase: Phase::Settled,
            database: tags::short(&binding.database),
            oid: binding.database_oid,
            environment: tags::short(&binding.environment),
            pending: tags::short(&binding.pending),
            argv: tags::short(&binding.argv),
            commit: tags::short(&binding.commit),
            at: now,
        }
    });
    let tag = RunTag { phase: Phase::Settled, at: now, ..tag };
    let written = Tags::from([(RunTag::key(&tag.run), tag.to_value())]);
    let mut steps: VecDeque<Step> =
        known.carriers.iter().map(|arn| Step::Tag { arn: arn.clone(), tags: written.clone() }).collect();
    if let Some(run) = RunId::parse(&known.run) {
        let entry = Entry::Ended { outcome: Outcome::Settled, detail: why.to_owned() };
        steps.push_back(Step::Append(Box::new(Record { run, at: now, entry })));
    }
    steps
}
