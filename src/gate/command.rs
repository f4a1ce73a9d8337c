//! The migrate command, run where the gate has proved that it may.
//!
//! Promises: it gets the very URL that was verified, whatever it would have inherited; it holds the lock's descriptor,
//! so that the lock lives as long as it does; signals reach it; secrets are in its environment and never in its words.

mod variables;

use std::os::fd::AsFd as _;
use std::time::Duration;

use async_trait::async_trait;

use super::database::{Held, Target, application_name};
use super::elsewhere::arguments;
use super::options::CommandOptions;
use super::refusal::{Code, Refusal};
use super::run::RunId;
use super::world::{Command, Exit};
use crate::postgres::dsn::Changes;
use crate::process::{Child, Ended, Signals, Start, TakenOver, child};

/// The real thing behind [`Command`].
pub struct MigrateCommand {
    options: CommandOptions,
    target: Target,
    held: Held,
    signals: Signals,
    /// Kept after the command's end: whoever has begun it writes down how it ended before a signal ends us.
    taken_over: Option<TakenOver>,
}

impl MigrateCommand {
    /// `held`: the lock's descriptor, of the database that `target` names.
    pub fn new(options: CommandOptions, target: Target, held: Held, signals: Signals) -> Self {
        Self { options, target, held, signals, taken_over: None }
    }

    async fn start(&mut self, run: &RunId, backup: Option<&str>) -> Result<(Child, TakenOver), Ended> {
        let never = |why: &str| Ended::NotRunnable(why.to_owned());
        let name = application_name(run);
        let options = variables::server_options(&self.target.dsn, self.options.lock_timeout);
        let changes = Changes { application_name: Some(&name), options: options.in_url.as_deref(), password: None };
        let (url, dsn) = self.target.for_command(changes).await.map_err(|refusal| never(&refusal.message))?;
        let variables = variables::of_command(&variables::Given {
            url: &url,
            dsn: &dsn,
            application_name: &name,
            run,
            backup,
            options: options.in_environment.as_deref(),
        });
        let descriptor = self.held.descriptor().ok_or_else(|| never("the deploy lock is not held"))?;
        let taken_over = self
            .signals
            .take_over()
            .map_err(|signal| Ended::NotRunnable(format!("signal {signal} came before it was started")))?;
        let kill_after = Duration::try_from(self.options.kill_after).unwrap_or_default();
        let child = Child::start(&Start {
            words: &self.options.words,
            set: &variables.set,
            remove: &variables.remove,
            inherit: Some(descriptor.as_fd()),
            kill_after,
        })?;
        Ok((child, taken_over))
    }
}

/// Why `program` could not be started; found out before hours are spent on a backup.
fn not_startable(program: &str) -> Option<Refusal> {
    let (code, why) = match child::startable(program) {
        Ok(()) => return None,
        Err(Ended::NotRunnable(why)) => (Code::CommandNotRunnable, format!("cannot be run: {why}")),
        Err(_) if program.contains('/') => (Code::CommandNotFound, "is not there".to_owned()),
        Err(_) => (Code::CommandNotFound, "is in no folder of PATH".to_owned()),
    };
    let hint = match code {
        Code::CommandNotFound => "install it, or name it with its path: tidegate gate -- ./bin/migrate up",
        _ => "make it a program that can be started (chmod +x), or name what runs it: tidegate gate -- sh ./migrate.sh",
    };
    Some(Refusal::new(code, format!("the command {} {why}", program.escape_debug())).hint(hint))
}

#[async_trait]
impl Command for MigrateCommand {
    async fn preflight(&mut self) -> Vec<Refusal> {
        let words = &self.options.words;
        let missing = words.first().and_then(|program| not_startable(program));
        let elsewhere = arguments::check(words, &self.options.variables, &self.target.dsn);
        missing.into_iter().chain(elsewhere).collect()
    }

    async fn run(&mut self, run: &RunId, backup: Option<&str>) -> Exit {
        let ended = match self.start(run, backup).await {
            Ok((child, taken_over)) => child.wait(self.taken_over.insert(taken_over)).await,
            Err(ended) => ended,
        };
        match ended {
            Ended::Code(code) => Exit::Code { code },
            Ended::Signal(signal) => Exit::Signal { signal },
            Ended::NotFound => Exit::NotFound,
            Ended::NotRunnable(why) => Exit::NotRunnable { why },
            Ended::Lost(why) => Exit::Lost { why },
        }
    }
}
