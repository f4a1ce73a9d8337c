//! The process's surroundings, read once. Nothing below the edge reads them again.

use std::collections::BTreeMap;
use std::io::IsTerminal as _;
use std::path::PathBuf;

use crate::postgres::dsn::Env;

/// What the process was started with.
#[derive(Clone, Debug)]
pub struct Environment {
    pub variables: BTreeMap<String, String>,
    pub working_directory: PathBuf,
    pub home: Option<PathBuf>,
    pub stderr_is_terminal: bool,
    pub stdout_is_terminal: bool,
}

impl Environment {
    /// Variables that are not UTF-8 are left out: no setting of ours can be spelled so.
    pub fn read() -> std::io::Result<Self> {
        let variables: BTreeMap<String, String> = std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
            .collect();
        Ok(Self {
            home: variables.get("HOME").filter(|home| !home.is_empty()).map(PathBuf::from),
            working_directory: std::env::current_dir()?,
            stderr_is_terminal: std::io::stderr().is_terminal(),
            stdout_is_terminal: std::io::stdout().is_terminal(),
            variables,
        })
    }

    pub fn get(&self, name: &str) -> Option<&str> {
        self.variables.get(name).map(String::as_str)
    }

    /// Where results may be kept between runs: `$XDG_CACHE_HOME/tidegate`, `~/.cache/tidegate`, or nowhere.
    pub fn cache_directory(&self) -> Option<PathBuf> {
        let xdg = self.get("XDG_CACHE_HOME").map(PathBuf::from).filter(|path| path.is_absolute());
        let base = xdg.or_else(|| self.home.as_ref().map(|home| home.join(".cache")))?;
        Some(base.join("tidegate"))
    }

    /// What a connection string is read in.
    pub fn for_postgres(&self) -> Env {
        Env { variables: self.variables.clone(), home: self.home.clone() }
    }

    /// Where the state of runs is kept: `$XDG_STATE_HOME/tidegate`, `~/.local/state/tidegate`, or nowhere.
    pub fn state_directory(&self) -> Option<PathBuf> {
        let xdg = self.get("XDG_STATE_HOME").map(PathBuf::from).filter(|path| path.is_absolute());
        let base = xdg.or_else(|| self.home.as_ref().map(|home| home.join(".local/state")))?;
        Some(base.join("tidegate"))
    }
}
