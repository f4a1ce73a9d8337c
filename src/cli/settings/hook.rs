//! What the git hooks do.

use super::Failure;
use crate::cli::args::HookMode;
use crate::cli::config::Loaded;

/// Everything that the hooks need beside what is documented.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HookSettings {
    pub mode: HookMode,
    pub docs: bool,
    pub migrations: bool,
    pub lint: bool,
}

/// Merges what was typed with the configuration.
///
/// # Errors
/// A mode that there is not.
pub fn hook_settings(mode: Option<HookMode>, loaded: &Loaded) -> Result<HookSettings, Failure> {
    let config = &loaded.config.hook;
    let mode = match (mode, config.mode.as_deref()) {
        (Some(mode), _) => mode,
        (None, None | Some("stage")) => HookMode::Stage,
        (None, Some("check")) => HookMode::Check,
        (None, Some(other)) => {
            return Err(Failure::usage(format!("hook.mode: {other:?} is no mode")).hint("write `stage` or `check`"));
        }
    };
    Ok(HookSettings {
        mode,
        docs: config.docs.unwrap_or(true),
        migrations: config.migrations.unwrap_or(true),
        lint: config.lint.unwrap_or(true),
    })
}
