//! `gate reconcile`: a run that was left open is settled, by evidence or by a person.
//!
//! Promises: under the lock, so that no command of that run holds it any more; never while a session of the run is
//! active on the server; the tags first and then the journal, so that no machine is told what others cannot see.

use super::{Parts, moment};
use crate::backup::error::Class;
use crate::backup::{Backup, Error, Resource};
use crate::gate::machine::judge::{Settlement, settle};
use crate::gate::machine::known::{Known, runs};
use crate::gate::machine::{Step, blank, settling};
use crate::gate::options::Options;
use crate::gate::receipt::{BackupFacts, Left, Receipt};
use crate::gate::refusal::{Code, Refusal};
use crate::gate::run::{Binding, RunId};
use crate::gate::world::{Locking, Outcome};

/// What a person says of a run that the evidence cannot settle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Said {
    Succeeded,
    Failed,
}

/// What is to be settled.
#[derive(Clone, Debug)]
pub struct Reconciling {
    /// Random: under this the lock is held.
    pub run: RunId,
    pub environment: String,
    /// The run that is meant, or the only open one.
    pub wanted: Option<String>,
    pub said: Option<Said>,
    /// Look, and write nothing.
    pub dry_run: bool,
}

/// Settles one open run. The receipt's outcome is `Settled` (0), `Unknown` (124) or `Refused`; where none is open it is
/// `NothingPending` (0). The command of `parts` is not touched.
pub async fn reconcile(parts: Parts<'_>, order: Reconciling) -> Receipt {
    let mut parts = parts;
    let options = Options { environment: order.environment.clone(), ..Options::default() };
    let binding = Binding { environment: order.environment.clone(), ..Binding::default() };
    let mut receipt = blank(order.run.clone(), binding, String::new(), parts.clock.now(), options.break_glass);
    if let Err(refusal) = parts.settle(&order, &mut receipt).await {
        receipt.outcome = if refusal.code == Code::Unsettled { Outcome::Unknown } else { Outcome::Refused };
        receipt.exit_code = refusal.code.exit();
        receipt.summary = refusal.message.clone();
        receipt.refusals = vec![refusal];
    }
    parts.database.unlock().await;
    receipt.times.ended = Some(parts.clock.now());
    receipt
}

impl Parts<'_> {
    async fn settle(&mut self, order: &Reconciling, receipt: &mut Receipt) -> Result<(), Refusal> {
        let resource =
            self.provider.resource().await.map_err(|error| could_not("reading the database server", &error))?;
        match self.database.try_lock(&order.run).await? {
            Locking::Taken => receipt.times.locked = Some(self.clock.now()),
            Locking::Held(by) => {
                return Err(Refusal::new(Code::Lock, format!("the lock is held, so something is at work: {by}"))
                    .hint("wait for it to end"));
            }
        }
        let identity = self.database.identify(&resource).await?;
        receipt.binding.database.clone_from(&identity.database);
        receipt.binding.resource_id.clone_from(&identity.resource_id);
        receipt.identity = Some(identity);
        let backups = self.provider.list(&resource).await.map_err(|error| could_not("reading its backups", &error))?;
        let records = self.journal.read().await?;
        for note in self.journal.notes() {
            receipt.notes.push(note);
        }
        let known = runs(&records, &backups, &resource.resource_id, &receipt.binding.database);
        let Some(open) = pick(&known, order)? else {
            receipt.outcome = Outcome::NothingPending;
            receipt.exit_code = 0;
            receipt.summary = "no run is open: nothing stands in the way of the next gate".to_owned();
            return Ok(());
        };
        let run = RunId::parse(&open.run).unwrap_or_else(|| order.run.clone());
        describe(receipt, &open, &backups, &resource, &run);
        let evidence = self.database.evidence(&run).await;
        if let Some(look) = &evidence.look {
            receipt.fingerprint_after = Some(look.fingerprint.clone());
            receipt.applied_after = look.applied;
        }
        let settlement = settle(open.before.as_ref(), open.exit.as_ref(), &evidence);
        let (left, why) = decide(&open, settlement, order)?;
        receipt.left = left;
        if !order.dry_run {
            self.write(&open, &why).await?;
        }
        receipt.outcome = Outcome::Settled;
        receipt.exit_code = 0;
        let verb = if order.dry_run { "would be settled" } else { "is settled" };
        receipt.summary = format!("run {} {verb}: {why}", open.run);
        Ok(())
    }

    async fn write(&mut self, open: &Known, why: &str) -> Result<(), Refusal> {
        for step in settling(open, why, moment(self.clock).now) {
            match step {
                Step::Tag { arn, tags } => {
                    let mut answer = self.provider.tag(&arn, &tags).await;
                    for seconds in [1, 2, 4] {
                        if !matches!(&answer, Err(error) if error.class != Class::Permanent) {
                            break;
                        }
                        self.clock.sleep(jiff::SignedDuration::from_secs(seconds)).await;
                        answer = self.provider.tag(&arn, &tags).await;
                    }
                    answer.map_err(|error| could_not("writing the run's tag", &error))?;
                }
                Step::Append(record) => self.journal.append(&record).await?,
                _ => {}
            }
        }
        Ok(())
    }
}

fn could_not(doing: &str, error: &Error) -> Refusal {
    let mut refusal = Refusal::new(Code::CouldNotTell, format!("{doing}: {error}"));
    refusal.hints.clone_from(&error.hints);
    refusal
}

/// The run that is meant. A run that has ended but whose tag still says otherwise counts as open: other machines see it
/// so.
fn pick(known: &[Known], order: &Reconciling) -> Result<Option<Known>, Refusal> {
    let open: Vec<&Known> = known.iter().filter(|known| known.blocks() || known.tag_lags()).collect();
    let Some(wanted) = &order.wanted else {
        return match open.as_slice() {
            [] => Ok(None),
            [only] => Ok(Some((*only).clone())),
            several => {
                let runs: Vec<&str> = several.iter().map(|known| known.run.as_str()).collect();
                Err(Refusal::new(Code::Usage, format!("several runs are open: {}", runs.join(", ")))
                    .hint(format!("tidegate gate reconcile {} --env {}", runs[0], order.environment)))
            }
        };
    };
    match known.iter().find(|known| known.run == *wanted) {
        None => {
            Err(Refusal::new(Code::Usage, format!("neither journal nor backups of this database know of run {wanted}"))
                .hint(format!("tidegate gate status --env {}", order.environment)))
        }
        Some(known) if known.blocks() || known.tag_lags() => Ok(Some(known.clone())),
        Some(known) if known.unfinished() => Err(Refusal::new(
            Code::Usage,
            format!("run {wanted} has not started its command: there is nothing to settle"),
        )
        .hint(format!("tidegate gate --resume {wanted} --env {} -- …", order.environment))),
        Some(_) => Ok(None),
    }
}

/// What is written down of `open`, by the evidence or by what a person said.
fn decide(open: &Known, settlement: Settlement, order: &Reconciling) -> Result<(Option<Left>, String), Refusal> {
    let unsettled = |message: String| Refusal::new(Code::Unsettled, message);
    let contradicted = |why: &str| {
        Refusal::new(Code::Usage, format!("the evidence says otherwise of run {}: {why}", open.run))
            .hint(format!("tidegate gate reconcile {} --env {}", open.run, order.environment))
    };
    match (settlement, order.said) {
        (Settlement::StillRunning(active), _) => Err(unsettled(format!(
            "run {} is still at work: {active} of its sessions are active on the server",
            open.run
        ))
        .hint("wait until they have ended, or end them with pg_terminate_backend()")),
        (Settlement::CouldNotTell(why), _) => Err(unsettled(format!("what run {} did is not known: {why}", open.run))
            .hint("a role with pg_read_all_stats sees the sessions of others")),
        (Settlement::Succeeded(why), Some(Said::Failed)) | (Settlement::Failed(_, why), Some(Said::Succeeded)) => {
            Err(contradicted(&why))
        }
        (Settlement::Succeeded(why), _) => Ok((None, format!("it succeeded: {why}"))),
        (Settlement::Failed(left, why), _) => Ok((Some(left), format!("it failed: {why}"))),
        (Settlement::Unknown(_), Some(Said::Succeeded)) => Ok((None, "it succeeded, as a person says".to_owned())),
        (Settlement::Unknown(_), Some(Said::Failed)) => {
            Ok((Some(Left::Unknown), "it failed, as a person says".to_owned()))
        }
        (Settlement::Unknown(why), None) => Err(unsettled(format!("what run {} did is not known: {why}", open.run))
            .hint("look at the database: which of the pending migrations are there?")
            .hint(format!(
                "tidegate gate reconcile {} --env {} --as succeeded, or --as failed",
                open.run, order.environment
            ))),
    }
}

fn describe(receipt: &mut Receipt, open: &Known, backups: &[Backup], resource: &Resource, run: &RunId) {
    receipt.run = run.clone();
    if let Some(binding) = &open.binding {
        receipt.binding = binding.clone();
    }
    receipt.exit.clone_from(&open.exit);
    receipt.waived.clone_from(&open.waived);
    if let Some(before) = &open.before {
        receipt.pending.clone_from(&before.pending);
        receipt.transactional = before.transactional;
        receipt.fingerprint_before = Some(before.fingerprint.clone());
        receipt.applied_before = before.applied;
    }
    receipt.resource = Some(crate::gate::machine::facts(resource));
    let backup = backups.iter().find(|backup| Some(&backup.arn) == open.arn.as_ref());
    receipt.backup = backup.map(|backup| BackupFacts {
        id: backup.id.clone(),
        arn: backup.arn.clone(),
        adopted: open.adopted,
        created: backup.original_created.or(backup.created),
        point: backup.point(),
        point_is_exact: backup.database_time.is_some(),
    });
}
