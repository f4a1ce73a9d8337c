//! How one replay uses the cache: where it begins, and which states it leaves for the next.
//!
//! What is edited again and again is the newest migration, and what is added comes after it; what a framework runs
//! whenever it has changed comes last and stays last. So the state before the newest migration that runs once is kept,
//! and one a few migrations further back for whoever works on several; but never one that saves next to nothing over
//! the state that is there already.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use tokio::task::JoinHandle;
use tokio_postgres::Client;

use super::cache::states::{self, Known, State};
use super::cache::{Keys, readings};
use super::repair::Repairs;
use super::script::Script;
use super::{EngineChoice, ReplayOptions, session};
use crate::migration::{MigrationSet, Role};
use crate::source::Reading;
use crate::source::engine::Engine;

/// How many migrations before the newest one states are kept.
const BEFORE_THE_NEWEST: [usize; 2] = [5, 0];

/// A state is worth its place where it saves this many migrations or this much time.
const LEAST_MIGRATIONS: usize = 4;
const LEAST_TIME: Duration = Duration::from_millis(250);

/// And where a state was begun with, somebody waits for a small change: keeping another takes longer than a few small
/// migrations do.
const LEAST_AFTER_A_STATE: usize = 16;

/// The cache, opened at the pages of one set of migrations.
pub(super) struct Book {
    folder: PathBuf,
    keys: Keys,
    /// The place of the newest migration.
    newest: usize,
}

impl Book {
    /// `None` where nothing is to be kept.
    pub(super) fn open(
        set: &MigrationSet,
        engines: &EngineChoice,
        options: &ReplayOptions,
        extensions: &[String],
    ) -> Option<Self> {
        let folder = options.cache.clone()?;
        let keys = match engines {
            EngineChoice::Auto | EngineChoice::Embedded => Keys::of_migrations(set, engines, extensions),
            EngineChoice::Local | EngineChoice::Url(_) => return None,
        };
        let newest = set.migrations.iter().rposition(|migration| migration.role == Role::Once);
        Some(Self { folder, keys, newest: newest.unwrap_or(set.migrations.len().saturating_sub(1)) })
    }

    /// The reading of this very set.
    pub(super) fn reading(&self) -> Option<Reading> {
        readings::load(&self.folder, self.keys.after(self.keys.migrations())?)
    }

    pub(super) fn keep_reading(&self, reading: &Reading) {
        if let Some(key) = self.keys.after(self.keys.migrations()) {
            readings::store(&self.folder, key, reading);
        }
    }

    /// The state to begin with.
    pub(super) fn state(&self, script: &Script) -> Option<State> {
        let state = states::longest(&self.folder, &self.keys)?;
        let rest = script.units.get(state.known.done..)?;
        (!rest.iter().any(session::may_look_back)).then_some(state)
    }

    pub(super) fn forget(&self, state: &Known) {
        states::forget(&self.folder, &self.keys, state.done);
    }
}

/// Keeps states while a replay goes on.
pub(super) struct Keeper<'a> {
    book: &'a Book,
    /// Whether it began with a state.
    warm: bool,
    /// How many migrations the newest state that is there was made of.
    last: usize,
    /// When the first migration after it began: opening an engine is no time that a state saves.
    since: Option<Instant>,
    /// Nothing is kept any more: the session may hold what the server does not show.
    hidden: bool,
    writing: Vec<JoinHandle<()>>,
}

impl<'a> Keeper<'a> {
    /// For a replay that begins after `done` migrations.
    pub(super) fn new(book: &'a Book, done: usize) -> Self {
        Self { book, warm: done > 0, last: done, since: None, hidden: false, writing: Vec::new() }
    }

    /// To be called before each unit is run: keeps the state where one is wanted.
    pub(super) async fn before(
        &mut self,
        done: usize,
        script: &Script,
        engine: &Engine,
        client: &Client,
        repairs: &Repairs,
    ) {
        let since = *self.since.get_or_insert_with(Instant::now);
        let (Some(key), false) = (self.book.keys.after(done), self.hidden) else { return };
        if let Some(unit) = done.checked_sub(1).and_then(|before| script.units.get(before)) {
            self.hidden = session::may_hide_something(unit);
        }
        let wanted = BEFORE_THE_NEWEST.iter().any(|distance| done + distance == self.book.newest);
        let least = if self.warm { LEAST_AFTER_A_STATE } else { LEAST_MIGRATIONS };
        let saves = done - self.last >= least || since.elapsed() >= LEAST_TIME;
        if self.hidden || !wanted || !saves || done == self.last {
            return;
        }
        let Some(settings) = session::settings(client).await else { return };
        let Some(snapshot) = engine.snapshot(client).await else { return };
        (self.last, self.since) = (done, Some(Instant::now()));
        let known = Known { done, repairs: repairs.clone(), settings };
        let (folder, key) = (self.book.folder.clone(), key.clone());
        self.writing.push(tokio::task::spawn_blocking(move || {
            if let Some(archive) = snapshot.archive() {
                states::store(&folder, &key, known, &archive);
            }
        }));
    }

    /// Waits until all is written.
    pub(super) async fn finish(self) {
        for writing in self.writing {
            let _ = writing.await;
        }
    }
}
