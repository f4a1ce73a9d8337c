//! How a run ends: what goes into journal, tags and receipt, after the command or without it.

use std::collections::VecDeque;

use jiff::{SignedDuration, Timestamp};

use super::known::{Known, Stage};
use super::{Ending, Event, Machine, Moment, Starting, State, Step, judge};
use crate::backup::Resource;
use crate::backup::tags::{self, Phase, RunTag, Tags};
use crate::gate::options::Prune;
use crate::gate::receipt::{BreakGlass, Receipt, ResourceFacts, Times, VERSION};
use crate::gate::refusal::{Code, Refusal};
use crate::gate::run::{Binding, RunId, pending_hash};
use crate::gate::world::{Entry, Evidence, Exit, Look, Outcome, Record};

/// How long sessions of a command that ended are waited for, and a look at what it left.
const AFTERMATH: SignedDuration = SignedDuration::from_secs(30);

/// A receipt that says nothing yet.
pub fn blank(
    run: RunId,
    binding: Binding,
    program: String,
    begun: Timestamp,
    break_glass: Option<BreakGlass>,
) -> Receipt {
    Receipt {
        tidegate: VERSION,
        checksum: None,
        run,
        outcome: Outcome::Refused,
        exit_code: Code::CouldNotTell.exit(),
        summary: String::new(),
        binding,
        program,
        exit: None,
        refusals: Vec::new(),
        break_glass,
        identity: None,
        resource: None,
        backup: None,
        waived: None,
        pending: Vec::new(),
        verdict: None,
        transactional: false,
        fingerprint_before: None,
        fingerprint_after: None,
        applied_before: None,
        applied_after: None,
        left: None,
        times: Times { begun: Some(begun), ..Times::default() },
        pruned: Vec::new(),
        notes: Vec::new(),
    }
}

/// What a receipt says of `resource`.
pub(in crate::gate) fn facts(resource: &Resource) -> ResourceFacts {
    ResourceFacts {
        kind: resource.kind,
        name: resource.name.clone(),
        arn: resource.arn.clone(),
        resource_id: resource.resource_id.clone(),
        region: resource.region.clone(),
        engine: resource.engine.clone(),
        multi_az: resource.multi_az,
        members: resource.members.iter().map(|member| member.name.clone()).collect(),
        settings: resource.settings.clone(),
        latest_restorable: resource.latest_restorable,
    }
}

impl Machine {
    pub fn receipt(&self) -> &Receipt {
        &self.receipt
    }

    pub(super) fn note(&mut self, note: String) {
        if !self.receipt.notes.contains(&note) {
            self.receipt.notes.push(note);
        }
    }

    /// Those of `refusals` that nobody lets pass.
    pub(super) fn not_passed(&mut self, refusals: Vec<Refusal>) -> Vec<Refusal> {
        let (passed, kept): (Vec<_>, Vec<_>) = refusals.into_iter().partition(|refusal| {
            refusal.code.can_be_passed()
                && self.options.break_glass.as_ref().is_some_and(|glass| glass.code == refusal.code)
        });
        if let Some(glass) = &mut self.receipt.break_glass
            && !passed.is_empty()
        {
            glass.used = true;
        }
        for refusal in passed {
            self.note(format!("passed by --break-glass {}: {}", refusal.code.name(), refusal.message));
        }
        kept
    }

    pub(super) fn note_resource(&mut self) {
        self.receipt.resource = Some(facts(&self.resource));
    }

    pub(super) fn note_look(&mut self, look: Box<Look>) {
        for note in &look.notes {
            self.note(note.clone());
        }
        self.receipt.binding.pending = pending_hash(&look.pending);
        self.receipt.pending.clone_from(&look.pending);
        self.receipt.verdict.clone_from(&look.verdict);
        self.receipt.transactional = look.transactional;
        self.receipt.fingerprint_before = Some(look.fingerprint.clone()).filter(|print| !print.is_empty());
        self.receipt.applied_before = look.applied;
        self.look = look;
    }

    /// A line for the journal, in this run's name.
    pub(super) fn append(&mut self, state: State, entry: Entry) -> Step {
        let record = self.record(entry);
        self.ask(state, Step::Append(Box::new(record)))
    }

    fn record(&self, entry: Entry) -> Record {
        Record { run: self.receipt.run.clone(), at: self.at.now, entry }
    }

    /// This run's tag on its backup, and the refusal that was passed.
    pub(super) fn run_tag(&self, phase: Phase) -> Tags {
        let binding = &self.receipt.binding;
        let tag = RunTag {
            run: self.receipt.run.to_string(),
            phase,
            database: tags::short(&binding.database),
            oid: binding.database_oid,
            environment: tags::short(&binding.environment),
            pending: tags::short(&binding.pending),
            argv: tags::short(&binding.argv),
            commit: tags::short(&binding.commit),
            at: self.at.now,
        };
        let mut written = Tags::from([(RunTag::key(&tag.run), tag.to_value())]);
        if let Some(glass) = self.receipt.break_glass.as_ref().filter(|glass| glass.used) {
            let passed = tags::words(&format!("{}: {}", glass.code.name(), glass.reason));
            written.insert(tags::BREAK_GLASS.to_owned(), passed);
        }
        written
    }

    fn tag_step(&self, phase: Phase) -> Option<Step> {
        let arn = self.chosen.as_ref()?.arn.clone()?;
        Some(Step::Tag { arn, tags: self.run_tag(phase) })
    }

    /// The tag that ends an earlier run without its command.
    pub(super) fn ended_tag(&self, known: &Known) -> Option<Step> {
        let tag = RunTag { phase: Phase::Refused, at: self.at.now, ..known.tag.clone()? };
        Some(Step::Tag { arn: known.arn.clone()?, tags: Tags::from([(RunTag::key(&tag.run), tag.to_value())]) })
    }

    pub(super) fn refuse(&mut self, refusal: Refusal) -> Step {
        self.refuse_all(vec![refusal])
    }

    /// The end without the command; once that was started, nothing of the kind can be said any more.
    pub(super) fn refuse_all(&mut self, refusals: Vec<Refusal>) -> Step {
        let message = refusals.first().map(|refusal| refusal.message.clone()).unwrap_or_default();
        match self.state {
            State::Running(Starting::Command) => return self.exited(Exit::Lost { why: message }),
            // It ran, and what it did is not known yet.
            State::Ending(Ending::Exited | Ending::Evidence) => {
                self.note(message);
                return self.conclude(&Evidence::default());
            }
            State::Ending(Ending::Closing) | State::Ended => {
                self.note(message);
                return self.closed();
            }
            _ => {}
        }
        let code = refusals.first().map_or(Code::CouldNotTell, |refusal| refusal.code);
        let more = if refusals.len() > 1 { format!(" (and {} more)", refusals.len() - 1) } else { String::new() };
        self.receipt.outcome = Outcome::Refused;
        self.receipt.exit_code = code.exit() + self.signal.filter(|_| code == Code::Interrupted).unwrap_or_default();
        self.receipt.summary = format!("the command was not started: {message}{more}");
        self.receipt.left = None;
        self.receipt.refusals = refusals;
        if self.options.dry_run || !(self.begun || self.running) {
            return self.close();
        }
        if self.can_be_resumed(code) {
            let hint = self.resume_command();
            if let Some(refusal) = self.receipt.refusals.first_mut()
                && !refusal.hints.contains(&hint)
            {
                refusal.hints.push(hint);
            }
            return self.close();
        }
        let ended = Entry::Ended { outcome: Outcome::Refused, detail: message };
        self.closing = VecDeque::from([Step::Append(Box::new(self.record(ended)))]);
        self.closing.extend(self.tag_step(Phase::Refused));
        self.close()
    }

    /// Whether a signal can still end the run before its command, with `step` as the next one.
    pub fn can_be_interrupted(&self, step: &Step) -> bool {
        match self.state {
            State::Ending(_) | State::Ended => false,
            State::Running(Starting::Command) => matches!(step, Step::Run { .. }),
            _ => self.signal.is_none(),
        }
    }

    /// A signal came in place of the next step, which is not done. What the run has ordered stays as it is.
    pub fn interrupt(&mut self, at: Moment, signal: u8) -> Step {
        self.at = at;
        self.pause = None;
        self.closing.clear();
        self.signal = Some(signal);
        if self.state == State::Running(Starting::Command) {
            self.state = State::Running(Starting::Backup);
            self.receipt.times.started = None;
        }
        self.refuse(Refusal::interrupted(signal))
    }

    /// Whether the run stays as it is, waiting, for somebody to go on with it.
    fn can_be_resumed(&self, code: Code) -> bool {
        let passing =
            matches!(code, Code::BackupRunning | Code::CouldNotTell | Code::Lock | Code::Journal | Code::Interrupted);
        passing && self.chosen.is_some() && !self.running
    }

    pub(super) fn exited(&mut self, exit: Exit) -> Step {
        self.receipt.times.ended = Some(self.at.now);
        self.receipt.exit = Some(exit.clone());
        self.append(State::Ending(Ending::Exited), Entry::Exited { how: exit })
    }

    pub(super) fn ending(&mut self, part: Ending, event: Event) -> Step {
        match (part, event) {
            (Ending::Exited, Event::Appended(answer)) => {
                if let Err(refusal) = answer {
                    self.note(format!("how the command ended could not be written down: {}", refusal.message));
                }
                if self.receipt.exit.as_ref().is_some_and(Exit::never_ran) {
                    return self.conclude(&Evidence::default());
                }
                let step = Step::Evidence(self.receipt.run.clone());
                let step = self.ask(State::Ending(Ending::Evidence), step);
                self.patience = self.at.now + AFTERMATH;
                step
            }
            (Ending::Evidence, Event::Evidence(evidence)) => {
                if judge::is_settled(&evidence) || self.at.now >= self.patience {
                    return self.conclude(&evidence);
                }
                let step = Step::Evidence(self.receipt.run.clone());
                self.retry(step)
            }
            (Ending::Closing, Event::Tagged(Err(error))) => {
                let step = self.closing.front().cloned().unwrap_or(Step::Unlock);
                if let Some(step) = self.again(&error, |_| step) {
                    return step;
                }
                let outcome = self.receipt.outcome.name();
                self.note(format!(
                    "the end of the run ({outcome}) could not be written into the backup's tags: {error}; on other \
                     machines the run stays open until tidegate gate reconcile {} --env {}",
                    self.receipt.run, self.options.environment
                ));
                self.next_closing()
            }
            (Ending::Closing, Event::Appended(Err(refusal))) => {
                self.note(format!(
                    "the end of the run could not be written down: {}; it stays open until tidegate gate reconcile {} \
                     --env {}",
                    refusal.message, self.receipt.run, self.options.environment
                ));
                self.next_closing()
            }
            (Ending::Closing, Event::Pruned(pruned)) => {
                self.receipt.pruned.extend(pruned);
                self.next_closing()
            }
            (Ending::Closing, _) => self.next_closing(),
            (_, event) => self.out_of_step(&event),
        }
    }

    fn conclude(&mut self, evidence: &Evidence) -> Step {
        let exit = self.receipt.exit.clone().unwrap_or(Exit::Lost { why: "it was not told".to_owned() });
        let verdict = judge::verdict(&exit, &self.look, evidence);
        if let Some(look) = &evidence.look {
            self.receipt.fingerprint_after = Some(look.fingerprint.clone()).filter(|print| !print.is_empty());
            self.receipt.applied_after = look.applied;
        }
        self.receipt.outcome = verdict.outcome;
        self.receipt.exit_code = verdict.exit_code;
        self.receipt.left = verdict.left;
        self.receipt.summary.clone_from(&verdict.why);
        if verdict.outcome == Outcome::Unknown {
            let (run, environment) = (&self.receipt.run, &self.options.environment);
            let hint = format!(
                "look at the database; every later gate is refused until tidegate gate reconcile {run} --env {environment}"
            );
            self.note(hint);
        }
        let phase = match verdict.outcome {
            Outcome::Succeeded => Phase::Succeeded,
            Outcome::Failed => Phase::Failed,
            _ => Phase::Unknown,
        };
        let ended = Entry::Ended { outcome: verdict.outcome, detail: verdict.why };
        self.closing = VecDeque::from([Step::Append(Box::new(self.record(ended)))]);
        self.closing.extend(self.tag_step(phase));
        if verdict.outcome == Outcome::Succeeded {
            self.end_the_overtaken();
        }
        let prunes = self.options.prune == Prune::AfterSuccess && self.relies_on_backup;
        if prunes && verdict.outcome == Outcome::Succeeded {
            let current = self.chosen_id();
            self.closing.push_back(Step::Prune { resource: self.resource.clone(), current });
        }
        self.close()
    }

    /// Runs of the same command that were left waiting, and whose migrations are no longer pending: nobody can go on
    /// with them, and their backups must not be kept for ever on their account.
    fn end_the_overtaken(&mut self) {
        let detail = format!("overtaken by run {}", self.receipt.run);
        let overtaken: Vec<Known> = self
            .known
            .iter()
            .filter(|known| known.stage == Stage::Waiting && known.run != self.receipt.run.as_str())
            .filter(|known| known.is_of_the_same_command(&self.receipt.binding))
            .cloned()
            .collect();
        for known in overtaken {
            let Some(run) = RunId::parse(&known.run) else { continue };
            let entry = Entry::Ended { outcome: Outcome::Refused, detail: detail.clone() };
            self.closing.push_back(Step::Append(Box::new(Record { run, at: self.at.now, entry })));
            self.closing.extend(self.ended_tag(&known));
        }
    }

    pub(super) fn close(&mut self) -> Step {
        if !matches!(self.state, State::Preflight(_)) {
            self.closing.push_back(Step::Unlock);
        }
        self.closed()
    }

    fn next_closing(&mut self) -> Step {
        self.closing.pop_front();
        self.closed()
    }

    fn closed(&mut self) -> Step {
        match self.closing.front().cloned() {
            Some(step) => self.ask(State::Ending(Ending::Closing), step),
            None => {
                self.state = State::Ended;
                self.receipt.times.ended = self.receipt.times.ended.or(Some(self.at.now));
                Step::End(self.receipt.clone())
            }
        }
    }
}
