//! pre-push: what is about to be shared is true.
//!
//! Git runs no hook on a rebase, a cherry-pick or a revert, so this is the last place before others see it. Judged
//! are the commits that are pushed and nothing on disk: their configuration, their migrations, their documentation.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io::Read as _;
use std::process::ExitCode;

use super::files::{self, Files};
use super::history;
use super::project::{Here, Project};
use super::state::State;
use super::{git_failure, pre_commit};
use crate::artifact::settle;
use crate::cli::args::Global;
use crate::cli::environment::Environment;
use crate::cli::failure::{Code, Failure};
use crate::cli::settings::hook_settings;
use crate::cli::ui::Ui;
use crate::hook::push::{self, Update};
use crate::hook::quote::shell;
use crate::progress::Progress as _;

/// One commit that is pushed, and every reference that gets it.
pub(super) struct Pushed {
    pub(super) commit: String,
    pub(super) updates: Vec<Update>,
    /// Whether the remote is not known to have it already.
    is_new: bool,
}

pub(super) async fn run(
    arguments: &[OsString],
    global: &Global,
    environment: &Environment,
    ui: &Ui,
) -> Result<ExitCode, Failure> {
    let here = Here::find(environment)?;
    let remote = arguments.first().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let updates = updates(environment)?;
    let pushed = pushed(&here, &remote, updates)?;
    let mut failures: Vec<Failure> = Vec::new();
    for one in &pushed {
        let state = State::Commit(one.commit.clone());
        let Some(project) = Project::find(&here, state, global, environment)? else { continue };
        let hooks = hook_settings(None, &project.loaded)?;
        if hooks.docs && one.is_new {
            failures.extend(docs(&here, &project, one, environment, ui).await?);
        }
        if hooks.migrations || hooks.lint {
            failures.extend(history::judge(&here, &project, one, &remote, hooks, environment, ui).await?);
        }
    }
    together(failures)
}

/// All that is wrong with a push, as one failure: the first leads, the others follow.
fn together(failures: Vec<Failure>) -> Result<ExitCode, Failure> {
    let mut all = failures.into_iter();
    let Some(mut first) = all.next() else { return Ok(ExitCode::SUCCESS) };
    for other in all {
        first.causes.push(format!("and {}", other.message));
        first.causes.extend(other.causes);
        first.hints.extend(other.hints);
    }
    first.hints.dedup();
    Err(first)
}

/// What git says on stdin, or what the pre-commit framework makes of it.
fn updates(environment: &Environment) -> Result<Vec<Update>, Failure> {
    let mut text = String::new();
    if let (Some(commit), Some(reference)) =
        (environment.get("PRE_COMMIT_TO_REF"), environment.get("PRE_COMMIT_REMOTE_BRANCH"))
    {
        let before = environment.get("PRE_COMMIT_FROM_REF").filter(|hash| hash.len() == commit.len());
        let zero = "0".repeat(commit.len());
        let local = environment.get("PRE_COMMIT_LOCAL_BRANCH").unwrap_or("HEAD");
        text = format!("{local} {commit} {reference} {}\n", before.unwrap_or(&zero));
    } else {
        let mut bytes = Vec::new();
        std::io::stdin().lock().read_to_end(&mut bytes).map_err(|error| {
            Failure::new(Code::CouldNotTell, format!("cannot read what git says on stdin: {error}"))
        })?;
        text.push_str(&String::from_utf8_lossy(&bytes));
    }
    push::parse(&text).map_err(|line| {
        Failure::new(Code::CouldNotTell, format!("git says «{line}» about the push, which is not understood"))
            .hint("git calls this hook with one line per reference on its stdin; see git help githooks")
    })
}

fn pushed(here: &Here, remote: &str, updates: Vec<Update>) -> Result<Vec<Pushed>, Failure> {
    let mut commits: BTreeMap<String, Vec<Update>> = BTreeMap::new();
    for update in updates {
        // A deletion shares nothing, and a tag of something else than a commit holds no migrations.
        let Some(local) = &update.local else { continue };
        let Some(commit) = here.git.commit(local).map_err(git_failure)? else { continue };
        if let (Some(id), true) = (&update.remote, update.remote_ref.starts_with("refs/heads/"))
            && here.git.commit(id).map_err(git_failure)?.is_none()
        {
            let id = id.get(..12).unwrap_or(id);
            return Err(Failure::new(
                Code::CouldNotTell,
                format!(
                    "the remote has {id} as {}, which is not in this repository: nothing can be compared with it",
                    update.remote_ref
                ),
            )
            .hint(format!("git fetch {} {}", shell(remote), shell(&update.remote_ref)))
            .hint("in a shallow clone: git fetch --unshallow"));
        }
        commits.entry(commit).or_default().push(update);
    }
    commits
        .into_iter()
        .map(|(commit, updates)| {
            let is_new = is_new(here, remote, &commit, &updates)?;
            Ok(Pushed { commit, updates, is_new })
        })
        .collect()
}

/// Whether no reference that the remote is known to have leads to the commit.
fn is_new(here: &Here, remote: &str, commit: &str, updates: &[Update]) -> Result<bool, Failure> {
    // The name is taken as a glob, so one that is a URL or holds a wildcard counts for nothing known.
    let plain = !remote.is_empty() && remote.chars().all(|c| c.is_alphanumeric() || "-_./".contains(c));
    let mut words = vec!["rev-list".to_owned(), "--max-count=1".to_owned(), commit.to_owned()];
    words.extend(updates.iter().filter_map(|update| update.remote.as_ref()).map(|id| format!("^{id}")));
    if plain {
        words.extend(["--not".to_owned(), format!("--remotes={remote}")]);
    }
    // A tag's old object may not be here; then it is new.
    let listed = here.git.run(&words);
    Ok(listed.map_or(true, |listed| !listed.is_empty()))
}

/// What is wrong with the documentation in a commit.
async fn docs(
    here: &Here,
    project: &Project,
    pushed: &Pushed,
    environment: &Environment,
    ui: &Ui,
) -> Result<Option<Failure>, Failure> {
    let settings = project.settings(environment)?;
    if settings.out.is_none() {
        return Ok(None);
    }
    let Some(artifacts) = project.artifacts(&settings, ui).await? else { return Ok(None) };
    let files = Files::read(project, files::out_below(project, &settings)?)?;
    let judged = files.judge(&artifacts)?;
    let differing = settle::differing(&judged.scene);
    if differing.is_empty() {
        return Ok(None);
    }
    if files.is_ignored()? {
        ui.note(&format!("{} is ignored by git: nothing is compared", files.shown()));
        return Ok(None);
    }
    let short = pushed.commit.get(..12).unwrap_or(&pushed.commit);
    let out = files.shown();
    let names = pushed.updates.iter().map(|update| update.remote_ref.as_str()).collect::<Vec<_>>().join(", ");
    let failure = Failure::new(
        Code::Finding,
        format!(
            "{out} in {short} (for {names}) does not show that commit's migrations: {}",
            pre_commit::listed(&differing)
        ),
    );
    let quoted = files.quoted("");
    let quoted = quoted.trim_end_matches('/');
    let renew = format!("tidegate docs && git add -- {quoted} && git commit -m 'Renew {out}'");
    let head = here.git.commit("HEAD").map_err(git_failure)?;
    Ok(Some(if head.as_ref() == Some(&pushed.commit) {
        failure.hint(format!("{renew}, then push again"))
    } else {
        let branch = pushed.updates.iter().find_map(|update| update.local_ref.strip_prefix("refs/heads/"));
        failure.hint(format!(
            "git switch {} && {renew}, then push again",
            branch.map_or_else(|| format!("--detach {short}"), shell)
        ))
    }))
}
