//! The PostgreSQL side of the gate: preflight, lock, identity, evidence.
//!
//! Promises: what could not be told is a refusal; the lock is held by one session that nobody else can be given, and
//! lives for as long as the command does, even when the gate is killed; whichever database the command's own URL
//! reaches is the one that is judged, on a new connection each time.

mod activity;
mod facts;
mod identity;
mod lock;
mod pooler;
mod session;
mod target;

use std::collections::BTreeMap;

use async_trait::async_trait;

use super::elsewhere;
use super::options::DatabaseOptions;
use super::refusal::{Code, Refusal};
use super::run::RunId;
use super::world::{Database, Evidence, Identity, Locking, Look, Planner};
use crate::backup::Resource;
use lock::Lock;
use session::Session;

pub use lock::{CLASS, Held, KEY};
pub(super) use target::plain;
pub use target::{Target, Tokens};

/// The name of the command's sessions in `pg_stat_activity`.
pub fn application_name(run: &RunId) -> String {
    format!("tidegate-{run}")
}

/// The real thing behind [`Database`].
pub struct PostgresDatabase<'a> {
    target: Target,
    options: DatabaseOptions,
    planner: Box<dyn Planner + 'a>,
    /// What the command would inherit.
    variables: BTreeMap<String, String>,
    lock: Option<Lock>,
    held: Held,
}

impl<'a> PostgresDatabase<'a> {
    /// `variables`: the environment that the command would inherit.
    pub fn new(
        target: Target,
        options: DatabaseOptions,
        planner: Box<dyn Planner + 'a>,
        variables: BTreeMap<String, String>,
    ) -> Self {
        Self { target, options, planner, variables, lock: None, held: Held::default() }
    }

    /// The lock's descriptor, once the lock is taken: for [`super::command::MigrateCommand`].
    pub fn held(&self) -> Held {
        self.held.clone()
    }

    /// What the server itself says in preflight.
    async fn server(&mut self) -> Result<Vec<Refusal>, Refusal> {
        let session = self.target.open("tidegate preflight").await?;
        let found = self.judge(&session).await;
        session.close().await;
        found
    }

    async fn judge(&mut self, session: &Session) -> Result<Vec<Refusal>, Refusal> {
        let row = session.row("SELECT pg_is_in_recovery()").await?;
        if row.is(0, "t") {
            return Ok(vec![standby(&self.target)]);
        }
        pooler::refuse(&self.target, session).await?;
        if self.options.max_transaction_age.is_zero() {
            return Ok(Vec::new());
        }
        activity::standing_in_the_way(session, self.options.max_transaction_age).await
    }
}

/// Who holds the deploy lock of the database, as far as its server tells; `None` where nobody does.
///
/// # Errors
/// It cannot be asked.
pub async fn holder(target: &Target) -> Result<Option<String>, Refusal> {
    let session = target.open("tidegate gate status").await?;
    let found = lock::holder(&session).await;
    session.close().await;
    found
}

fn standby(target: &Target) -> Refusal {
    Refusal::new(
        Code::Replica,
        format!("{} is a standby (pg_is_in_recovery() is true): migrations run on the primary", target.place()),
    )
    .hint("let the URL name the primary: the instance's own endpoint, or the cluster's writer endpoint")
}

#[async_trait]
impl Database for PostgresDatabase<'_> {
    async fn preflight(&mut self) -> Vec<Refusal> {
        let mut refusals: Vec<Refusal> =
            elsewhere::variables::check(&self.variables, &self.target.dsn).into_iter().collect();
        if let Err(refusal) = self.target.names_one_server() {
            refusals.push(refusal);
            return refusals;
        }
        match self.server().await {
            Ok(found) => refusals.extend(found),
            // Without a session nothing more can be told.
            Err(refusal) => {
                refusals.push(refusal);
                return refusals;
            }
        }
        match self.planner.glance().await {
            Ok(look) => refusals.extend(look.refusals),
            Err(refusal) => refusals.push(refusal),
        }
        refusals
    }

    async fn try_lock(&mut self, run: &RunId) -> Result<Locking, Refusal> {
        self.target.names_one_server()?;
        let mut lock = match self.lock.take() {
            Some(lock) => lock,
            None => Lock::open(&self.target, run, &self.held).await?,
        };
        // After an error the session is let go, and the next attempt begins with a new one.
        let locking = lock.attempt(&self.target).await?;
        self.lock = Some(lock);
        Ok(locking)
    }

    async fn still_locked(&mut self) -> Result<(), Refusal> {
        let Some(lock) = &self.lock else {
            return Err(Refusal::new(Code::CouldNotTell, "the deploy lock is not held any more"));
        };
        lock.still_held(&self.target).await
    }

    async fn look(&mut self) -> Result<Look, Refusal> {
        self.planner.look().await
    }

    async fn identify(&mut self, resource: &Resource) -> Result<Identity, Refusal> {
        self.target.names_one_server()?;
        let facts = facts::gather(&self.target, self.options.ca_bundle.as_deref()).await?;
        identity::decide(resource, &facts, self.options.unproven)
    }

    async fn evidence(&mut self, run: &RunId) -> Evidence {
        let active = match self.target.open("tidegate evidence").await {
            Ok(session) => {
                let active = activity::of_run(&session, &application_name(run)).await.ok();
                session.close().await;
                active
            }
            Err(_) => None,
        };
        Evidence { active, look: self.planner.glance().await.ok() }
    }

    async fn unlock(&mut self) {
        if let Some(lock) = self.lock.take() {
            lock.release().await;
        }
    }
}
