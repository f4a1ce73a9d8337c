//! What is configured in one state of the repository: the staged `tidegate.toml` counts, not the one on disk.

use std::path::{Path, PathBuf};

use super::git_failure;
use super::state::State;
use crate::cli::args::{DocsArgs, Global};
use crate::cli::config::{FILE_NAME, Loaded};
use crate::cli::environment::Environment;
use crate::cli::failure::Failure;
use crate::cli::settings::{DocsSettings, docs_settings};
use crate::git::{Git, Place};
use crate::source::locate::Source;

/// A repository at work, and the configuration of the state that is judged.
#[derive(Clone, Debug)]
pub(super) struct Project {
    /// In the root of the work tree, with the index of the state.
    pub(super) git: Git,
    pub(super) root: PathBuf,
    pub(super) git_dir: PathBuf,
    pub(super) state: State,
    pub(super) loaded: Loaded,
    /// The configuration, below the root; `None` where it lies outside.
    pub(super) config: Option<PathBuf>,
    /// Whether the state holds the configuration. Where not, the file on disk counts.
    pub(super) tracked: bool,
}

/// What the documentation is drawn from, below the root.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Input {
    /// A folder of migrations, a dump or a saved schema.
    Path(PathBuf),
    /// A live database, another revision, or something outside the repository: no commit here changes it.
    Elsewhere,
}

/// The repository that the process stands in.
pub(super) struct Here {
    pub(super) git: Git,
    pub(super) place: Place,
    pub(super) root: PathBuf,
}

impl Here {
    pub(super) fn find(environment: &Environment) -> Result<Self, Failure> {
        let git = Git::new(&environment.working_directory);
        let place = git.place().map_err(git_failure)?;
        let Some(root) = place.root.clone() else {
            return Err(Failure::usage(format!("{} has no work tree", place.git_dir.display()))
                .hint("this hook is for the clones in which people work, not for a bare repository"));
        };
        Ok(Self { git: git.within(&root), place, root })
    }

    /// The index that is to be committed: the one that git names to its hooks, else the repository's own.
    pub(super) fn index(&self, environment: &Environment) -> PathBuf {
        let named = environment.get("GIT_INDEX_FILE").filter(|name| !name.is_empty());
        named.map_or_else(|| self.place.index.clone(), |name| environment.working_directory.join(name))
    }
}

impl Project {
    /// `None` where nothing is configured: a branch from before tidegate, or after it.
    pub(super) fn find(
        here: &Here,
        state: State,
        global: &Global,
        environment: &Environment,
    ) -> Result<Option<Self>, Failure> {
        let git = match &state {
            State::Staged(file) => here.git.with_index(file),
            State::Commit(_) => here.git.clone(),
        };
        let working = &environment.working_directory;
        let files: Vec<PathBuf> = match &global.config {
            Some(file) => vec![working.join(file)],
            None => working
                .ancestors()
                .take_while(|folder| folder.starts_with(&here.root))
                .map(|folder| folder.join(FILE_NAME))
                .collect(),
        };
        let inside: Vec<(&PathBuf, PathBuf)> =
            files.iter().filter_map(|file| Some((file, below(&here.root, file)?))).collect();
        let names: Vec<_> = inside.iter().map(|(_, path)| state.object(path)).collect();
        let texts = git.objects(&names).map_err(git_failure)?;
        let project = |loaded, config, tracked| Self {
            git: git.clone(),
            root: here.root.clone(),
            git_dir: here.place.git_dir.clone(),
            state: state.clone(),
            loaded,
            config,
            tracked,
        };
        for ((file, path), text) in inside.iter().zip(texts) {
            if let Some(bytes) = text {
                let loaded = Loaded::parse((*file).clone(), &String::from_utf8_lossy(&bytes))?;
                return Ok(Some(project(loaded, Some(path.clone()), true)));
            }
        }
        let Some(file) = files.iter().find(|file| file.is_file()) else { return Ok(None) };
        let path = below(&here.root, file);
        // One that is tracked now and was not then: that commit had none.
        if let (State::Commit(_), Some(path)) = (&state, &path)
            && !git
                .names(["ls-files", "-z", "--"].map(Path::new).into_iter().chain([path.as_path()]))
                .map_err(git_failure)?
                .is_empty()
        {
            return Ok(None);
        }
        Ok(Some(project(Loaded::find(Some(file), environment)?, path, false)))
    }

    /// The settings of `tidegate docs`, without templates: those are the state's own, too.
    pub(super) fn settings(&self, environment: &Environment) -> Result<DocsSettings, Failure> {
        let mut loaded = self.loaded.clone();
        loaded.config.docs.templates = None;
        docs_settings(&DocsArgs { depth: 1, ..DocsArgs::default() }, &loaded, environment)
    }

    pub(super) fn input(&self, settings: &DocsSettings) -> Input {
        let path = match &settings.read.source {
            Source::Path(path) => below(&self.root, path),
            // What is staged is judged here in any case.
            Source::Git { revision, path } if revision == "INDEX" => match (path, &settings.read.migrations_dir) {
                (Some(path), _) => Some(PathBuf::from(path)),
                (None, Some(folder)) => below(&self.root, folder),
                (None, None) => None,
            },
            Source::Git { .. } | Source::Live(_) => None,
        };
        path.map_or(Input::Elsewhere, Input::Path)
    }

    /// The folder of templates, below the root.
    pub(super) fn templates(&self) -> Option<PathBuf> {
        let folder = self.loaded.config.docs.templates.as_ref()?;
        below(&self.root, &self.loaded.directory.join(folder))
    }

    /// The documentation's folder, below the root.
    pub(super) fn out(&self, settings: &DocsSettings) -> Option<PathBuf> {
        below(&self.root, settings.out.as_ref()?)
    }
}

/// A path below the root, without `.` and `..`; `None` for one outside. The root may be spelled through a link.
pub(super) fn below(root: &Path, path: &Path) -> Option<PathBuf> {
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            std::path::Component::ParentDir => {
                plain.pop();
            }
            std::path::Component::CurDir => {}
            part => plain.push(part),
        }
    }
    if let Ok(rest) = plain.strip_prefix(root) {
        return Some(rest.to_owned());
    }
    let found = plain.ancestors().find_map(|ancestor| Some((ancestor, ancestor.canonicalize().ok()?)));
    let (ancestor, real) = found?;
    let full = real.join(plain.strip_prefix(ancestor).ok()?);
    full.strip_prefix(root.canonicalize().ok()?).ok().map(Path::to_owned)
}
