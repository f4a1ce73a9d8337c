//! When to look: the system's own events, gathered until they are over, or a clock.
//!
//! Events are lost where a queue overflows, come late, and say little about editors that write beside and rename. So a
//! hint says nothing but "look". What is watched is brought up to date after each look, since folders go and come back:
//! besides each folder, the nearest one above it is watched, where its return is seen.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::Duration;

use notify::{Config, ErrorKind, RecommendedWatcher, RecursiveMode};
use notify_debouncer_full::{DebounceEventResult, Debouncer, NoCache, new_debouncer_opt};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use super::inputs::Inputs;

/// How long it has to be quiet before a hint comes: editors write, rename and touch within less.
const QUIET: Duration = Duration::from_millis(60);

/// How often there is a look without events.
pub const POLL: Duration = Duration::from_secs(1);

/// Why the system's events cannot be had.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoEvents {
    #[error("the system allows no more watched folders: its limit `fs.inotify.max_user_watches` is reached")]
    Watches,
    #[error("the system allows no more watchers: its limit `fs.inotify.max_user_instances` is reached")]
    Instances,
    #[error("cannot watch {}: {reason}", path.display())]
    Other { path: PathBuf, reason: String },
}

impl NoEvents {
    fn new(error: &notify::Error, path: &Path) -> Self {
        match &error.kind {
            ErrorKind::MaxFilesWatch => Self::Watches,
            // EMFILE, and ENOSPC from elsewhere.
            ErrorKind::Io(error) if error.raw_os_error() == Some(24) => Self::Instances,
            ErrorKind::Io(error) if error.raw_os_error() == Some(28) => Self::Watches,
            _ => Self::Other { path: path.to_owned(), reason: error.to_string() },
        }
    }

    /// What to type to lift the limit.
    pub fn remedy(&self) -> Option<&'static str> {
        match self {
            Self::Watches => Some("sudo sysctl fs.inotify.max_user_watches=524288"),
            Self::Instances => Some("sudo sysctl fs.inotify.max_user_instances=1024"),
            Self::Other { .. } => None,
        }
    }
}

/// What the watcher's thread tells.
struct Told {
    /// Folders that may be another one by now, so that a watch of them watches nothing.
    gone: BTreeSet<PathBuf>,
    /// Events were lost.
    everything: bool,
}

/// Tells when to look.
pub struct Hints {
    watcher: Option<Debouncer<RecommendedWatcher, NoCache>>,
    told: UnboundedReceiver<Told>,
    /// What is watched, and which folder it was.
    watched: BTreeMap<PathBuf, (bool, Option<u64>)>,
}

impl Hints {
    /// By a clock alone.
    pub fn polling() -> Self {
        // The sender is gone, and so nothing ever comes.
        Self { watcher: None, told: unbounded_channel().1, watched: BTreeMap::new() }
    }

    /// By the system's events.
    ///
    /// # Errors
    /// The system has none, or no more.
    pub fn events() -> Result<Self, NoEvents> {
        let (sender, told) = unbounded_channel();
        let handler = move |result: DebounceEventResult| tell(&sender, result);
        let watcher = new_debouncer_opt(QUIET, None, handler, NoCache::new(), Config::default())
            .map_err(|error| NoEvents::new(&error, Path::new(".")))?;
        Ok(Self { watcher: Some(watcher), told, watched: BTreeMap::new() })
    }

    /// Whether a clock alone tells.
    pub fn is_polling(&self) -> bool {
        self.watcher.is_none()
    }

    /// Watches what is there of the inputs now. To be called before each look, so that nothing falls between.
    ///
    /// # Errors
    /// A limit of the system; what could be watched is.
    pub fn follow(&mut self, inputs: &Inputs) -> Result<(), NoEvents> {
        let Some(watcher) = &mut self.watcher else { return Ok(()) };
        let wanted = wanted(inputs);
        let old: Vec<PathBuf> = self
            .watched
            .iter()
            .filter(|(path, known)| wanted.get(*path) != Some(known))
            .map(|(path, _)| path.clone())
            .collect();
        for path in old {
            // It may be gone, and its watch with it.
            let _ = watcher.unwatch(&path);
            self.watched.remove(&path);
        }
        let mut first = Ok(());
        for (path, about) in wanted {
            if self.watched.contains_key(&path) {
                continue;
            }
            let mode = if about.0 { RecursiveMode::Recursive } else { RecursiveMode::NonRecursive };
            match watcher.watch(&path, mode) {
                Ok(()) => {
                    self.watched.insert(path, about);
                }
                // It went a moment ago, which the folder above tells.
                Err(_) if !path.exists() => {}
                Err(error) => first = first.and(Err(NoEvents::new(&error, &path))),
            }
        }
        first
    }

    /// Waits for the next reason to look. Can be dropped and called again without losing one.
    pub async fn next(&mut self) {
        if self.watcher.is_none() {
            return tokio::time::sleep(POLL).await;
        }
        match self.told.recv().await {
            Some(told) => self.take(told),
            // The watcher's thread is gone.
            None => tokio::time::sleep(POLL).await,
        }
        while let Ok(told) = self.told.try_recv() {
            self.take(told);
        }
    }

    fn take(&mut self, told: Told) {
        let Some(watcher) = &mut self.watcher else { return };
        let stale: Vec<PathBuf> = self
            .watched
            .keys()
            .filter(|path| told.everything || told.gone.iter().any(|gone| path.starts_with(gone)))
            .cloned()
            .collect();
        for path in stale {
            let _ = watcher.unwatch(&path);
            self.watched.remove(&path);
        }
    }
}

fn tell(sender: &UnboundedSender<Told>, result: DebounceEventResult) {
    let told = match result {
        Ok(events) => {
            let everything = events.iter().any(|event| event.need_rescan());
            let goes = |event: &notify::Event| {
                matches!(
                    event.kind,
                    notify::EventKind::Remove(_) | notify::EventKind::Modify(notify::event::ModifyKind::Name(_))
                )
            };
            // Reading is no reason to look, least of all our own.
            let telling: Vec<_> = events.iter().filter(|event| !event.kind.is_access() || everything).collect();
            if telling.is_empty() {
                return;
            }
            let gone = telling.iter().filter(|event| goes(event)).flat_map(|event| event.paths.clone()).collect();
            Told { gone, everything }
        }
        Err(_) => Told { gone: BTreeSet::new(), everything: true },
    };
    // Nobody listens any more: the program ends.
    let _ = sender.send(told);
}

/// What to watch, whether with all below it, and which folder it is.
fn wanted(inputs: &Inputs) -> BTreeMap<PathBuf, (bool, Option<u64>)> {
    let mut wanted = BTreeMap::new();
    for folder in &inputs.folders {
        if folder.is_dir() {
            wanted.insert(folder.clone(), (true, identity(folder)));
        }
    }
    for path in inputs.folders.iter().chain(&inputs.files) {
        if let Some(above) = path.ancestors().skip(1).find(|above| above.is_dir()) {
            wanted.entry(above.to_owned()).or_insert_with(|| (false, identity(above)));
        }
    }
    wanted
}

#[cfg(unix)]
fn identity(folder: &Path) -> Option<u64> {
    use std::os::unix::fs::MetadataExt as _;
    std::fs::metadata(folder).ok().map(|found| found.ino())
}

#[cfg(not(unix))]
fn identity(_: &Path) -> Option<u64> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_of_the_system_are_told_by_name() {
        let limit = |error: notify::Error| NoEvents::new(&error, Path::new("m"));
        let error = limit(notify::Error::new(ErrorKind::MaxFilesWatch));
        assert!(error.to_string().contains("fs.inotify.max_user_watches") && error.remedy().is_some());
        let error = limit(notify::Error::io(std::io::Error::from_raw_os_error(24)));
        assert!(error.to_string().contains("fs.inotify.max_user_instances"));
        let error = limit(notify::Error::generic("odd"));
        assert_eq!((error.to_string().as_str(), error.remedy()), ("cannot watch m: odd", None));
    }

    #[test]
    fn what_is_not_there_is_watched_from_above() {
        let folder = tempfile::tempdir().unwrap();
        let inputs = Inputs {
            folders: BTreeSet::from([folder.path().join("db/migrations")]),
            files: BTreeSet::from([folder.path().join("tidegate.toml")]),
            ..Inputs::default()
        };
        let paths = || wanted(&inputs).into_iter().map(|(path, (deep, _))| (path, deep)).collect::<Vec<_>>();
        assert_eq!(paths(), [(folder.path().to_owned(), false)]);
        std::fs::create_dir_all(folder.path().join("db/migrations")).unwrap();
        assert_eq!(
            paths(),
            [
                (folder.path().to_owned(), false),
                (folder.path().join("db"), false),
                (folder.path().join("db/migrations"), true)
            ]
        );
    }

    async fn comes(hints: &mut Hints) -> bool {
        tokio::time::timeout(Duration::from_secs(20), hints.next()).await.is_ok()
    }

    #[tokio::test]
    async fn a_folder_that_goes_and_comes_back_is_watched_again() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().canonicalize().unwrap();
        let place = root.join("db/migrations");
        std::fs::create_dir_all(&place).unwrap();
        let inputs = Inputs { folders: BTreeSet::from([place.clone()]), ..Inputs::default() };
        let mut hints = Hints::events().unwrap();
        hints.follow(&inputs).unwrap();
        for round in 0..3 {
            std::fs::write(place.join(format!("{round}.sql")), "x").unwrap();
            assert!(comes(&mut hints).await, "a file, round {round}");
            hints.follow(&inputs).unwrap();
            std::fs::remove_dir_all(root.join("db")).unwrap();
            assert!(comes(&mut hints).await, "the folder goes, round {round}");
            hints.follow(&inputs).unwrap();
            std::fs::create_dir_all(&place).unwrap();
            while !hints.watched.contains_key(&place) {
                assert!(comes(&mut hints).await, "the folder comes, round {round}");
                hints.follow(&inputs).unwrap();
            }
        }
    }
}
