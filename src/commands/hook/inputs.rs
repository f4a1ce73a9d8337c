//! What decides the documentation of a state, and the documentation that follows from it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::project::{Input, Project};
use super::state::State;
use super::{git_failure, state};
use crate::artifact::Artifact;
use crate::cli::failure::{Code, Failure};
use crate::cli::settings::DocsSettings;
use crate::cli::ui::Ui;
use crate::commands::migrations::As;
use crate::commands::{docs, migrations, reading};
use crate::git::{Git, GitError};
use crate::migration::folder::TELLING;
use crate::source::locate::Source;

impl Project {
    /// Paths that decide what is drawn: migrations, what tells their framework, configuration, templates.
    pub(super) fn deciding(&self, settings: &DocsSettings) -> Vec<PathBuf> {
        let mut paths: Vec<PathBuf> = self.config.iter().cloned().chain(self.templates()).collect();
        if let Input::Path(source) = self.input(settings) {
            for folder in source.ancestors().skip(1) {
                paths.extend(TELLING.iter().map(|name| folder.join(name)));
            }
            paths.push(if source.as_os_str().is_empty() { PathBuf::from(".") } else { source });
        }
        paths
    }

    /// Whether the files on disk that decide what is drawn are those of the state.
    pub(super) fn disk_is_the_state(&self, settings: &DocsSettings) -> Result<bool, GitError> {
        if let State::Commit(id) = &self.state
            && self.git.commit("HEAD")?.as_ref() != Some(id)
        {
            return Ok(false);
        }
        let paths = self.deciding(settings);
        let staged_too: &[&str] = if matches!(self.state, State::Commit(_)) { &["HEAD"] } else { &[] };
        if !unstaged(&self.git, staged_too, &paths)?.is_empty() {
            return Ok(false);
        }
        let others = ["ls-files", "-z", "--others", "--exclude-standard", "--"].map(Path::new).into_iter();
        Ok(self.git.names(others.chain(paths.iter().map(PathBuf::as_path)))?.is_empty())
    }

    /// Everything that `tidegate docs` would write for this state. `None` where the state has nothing to draw.
    pub(super) async fn artifacts(&self, settings: &DocsSettings, ui: &Ui) -> Result<Option<Vec<Artifact>>, Failure> {
        let mut settings = settings.clone();
        settings.templates = self.template_texts()?;
        let Input::Path(source) = self.input(&settings) else { return Ok(None) };
        let below = self.state.below(&self.git, &source).map_err(git_failure)?;
        let reading = if settings.read.command.is_some() {
            // A program reads the files on disk, whatever is staged.
            if !self.disk_is_the_state(&settings).map_err(git_failure)? {
                return Err(Failure::new(
                    Code::CouldNotTell,
                    "replay.command runs on the work tree, and the migrations there are not those that are judged",
                )
                .hint("stage or put aside what is not staged: git stash --keep-index --include-untracked"));
            }
            settings.read.source = Source::Path(self.root.join(&source));
            reading::read(&settings.read, ui).await?
        } else if below.is_empty() {
            return Ok(None);
        } else if below.iter().any(|entry| entry.path == source) {
            // Kept until it has been read.
            let (_folder, file) = self.as_files(&below, &source)?;
            settings.read.source = Source::Path(file);
            reading::read(&settings.read, ui).await?
        } else {
            let folder = utf8(&source)?;
            let repository = if self.root.join(".git").exists() { self.root.clone() } else { self.git_dir.clone() };
            let found = migrations::at_state(
                repository,
                self.state.revision(),
                Some(folder),
                As::FromEmpty,
                &settings.read,
                ui,
            )
            .await?;
            reading::replay_found(&found, &settings.read, ui).await?
        };
        let (settings, reading) = (Arc::new(settings), Arc::new(reading));
        docs::artifacts(&settings, &reading, ui).await.map(Some)
    }

    /// A dump, with the scripts beside it that it may include, as files on disk.
    fn as_files(&self, below: &[state::Entry], source: &Path) -> Result<(tempfile::TempDir, PathBuf), Failure> {
        let folder = source.parent().unwrap_or_else(|| Path::new(""));
        let beside = self.state.below(&self.git, folder).map_err(git_failure)?;
        let is_script = |entry: &&state::Entry| entry.path.extension().is_some_and(|extension| extension == "sql");
        let scripts = beside.iter().filter(is_script).filter(|entry| entry.path != source);
        let wanted: Vec<&state::Entry> = below.iter().chain(scripts).filter(|entry| !entry.special).collect();
        let failed =
            |error: std::io::Error| Failure::new(Code::CouldNotTell, format!("cannot write a temporary file: {error}"));
        let temporary = tempfile::tempdir().map_err(failed)?;
        for (entry, bytes) in wanted.iter().zip(self.state.bytes(&self.git, &wanted).map_err(git_failure)?) {
            let path = temporary.path().join(&entry.path);
            std::fs::create_dir_all(path.parent().unwrap_or(&path)).map_err(failed)?;
            std::fs::write(&path, bytes).map_err(failed)?;
        }
        let file = temporary.path().join(source);
        Ok((temporary, file))
    }

    fn template_texts(&self) -> Result<BTreeMap<String, String>, Failure> {
        let Some(folder) = self.templates() else { return Ok(BTreeMap::new()) };
        let entries = self.state.below(&self.git, &folder).map_err(git_failure)?;
        let files: Vec<&state::Entry> = entries.iter().filter(|entry| !entry.special).collect();
        let texts = self.state.bytes(&self.git, &files).map_err(git_failure)?;
        let mut templates = BTreeMap::new();
        for (entry, bytes) in files.iter().zip(texts) {
            let name = utf8(entry.path.strip_prefix(&folder).unwrap_or(&entry.path))?;
            let text = String::from_utf8(bytes)
                .map_err(|_| Failure::usage(format!("the template {} is not UTF-8", entry.path.display())))?;
            templates.insert(name, text);
        }
        Ok(templates)
    }
}

/// Paths whose file on disk is not what is staged (or, with a revision, what it holds), as git judges: line ends and
/// filters are no difference.
pub(super) fn unstaged(git: &Git, revision: &[&str], paths: &[PathBuf]) -> Result<Vec<PathBuf>, GitError> {
    let fixed = ["-c", "diff.autoRefreshIndex=true", "-c", "diff.relative=false", "-c", "diff.orderFile=/dev/null"];
    let diff = ["diff", "--name-only", "-z", "--no-ext-diff", "--no-renames", "--ignore-submodules"];
    let words = fixed.iter().chain(&diff).chain(revision).chain(&["--"]).map(Path::new);
    git.names(words.chain(paths.iter().map(PathBuf::as_path)))
}

/// Paths that are staged otherwise than HEAD has them; everything, where there is no commit yet.
pub(super) fn staged(git: &Git, paths: &[PathBuf]) -> Result<Vec<PathBuf>, GitError> {
    let against = |tree: &str| {
        let words = ["diff-index", "--cached", "--name-only", "-z", "--no-renames", "--ignore-submodules", tree, "--"];
        git.names(words.map(Path::new).into_iter().chain(paths.iter().map(PathBuf::as_path)))
    };
    match against("HEAD") {
        Err(error) => match git.commit("HEAD")? {
            Some(_) => Err(error),
            None => {
                let empty = git.feed(["hash-object", "-t", "tree", "--stdin"], Vec::new())?;
                against(String::from_utf8_lossy(&empty).trim())
            }
        },
        listed => listed,
    }
}

pub(super) fn utf8(path: &Path) -> Result<String, Failure> {
    path.to_str()
        .map(str::to_owned)
        .ok_or_else(|| Failure::usage(format!("{} is not UTF-8: no setting can name it", path.display())))
}
