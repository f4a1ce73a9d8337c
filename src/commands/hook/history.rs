//! What a push does to the history of migrations: those that upstream has are history there, and new ones are linted.

use std::collections::BTreeSet;
use std::path::PathBuf;

use super::git_failure;
use super::inputs::utf8;
use super::pre_push::Pushed;
use super::project::{Here, Input, Project};
use super::state::State;
use crate::cli::args::LintArgs;
use crate::cli::environment::Environment;
use crate::cli::failure::{Code, Failure};
use crate::cli::settings::{HookSettings, LintSettings, lint_settings};
use crate::cli::ui::Ui;
use crate::git::{self, GitError, Revision};
use crate::lint::report::{self, Report};
use crate::lint::upstream::{Listed, list};
use crate::lint::{self, Finding, Upstream};
use crate::migration::{self, Tree};
use crate::progress::Progress as _;

/// The rules about what upstream has. They hold whatever `lint.fail_on` says.
const HISTORY: [&str; 5] = [
    "migration-edited",
    "migration-removed",
    "migration-renamed",
    "migration-out-of-order",
    "migration-duplicate-version",
];

/// The migrations of a pushed commit, beside those that others have.
struct Compared {
    files: Tree,
    listed: Listed,
    upstream: Option<Upstream>,
    /// Below the root, for telling paths.
    folder: PathBuf,
}

/// What is wrong with the migrations of a commit. Findings go to stderr as `tidegate lint` shows them.
pub(super) async fn judge(
    here: &Here,
    project: &Project,
    pushed: &Pushed,
    remote: &str,
    hooks: HookSettings,
    environment: &Environment,
    ui: &Ui,
) -> Result<Option<Failure>, Failure> {
    let settings = lint_settings(&LintArgs::default(), &project.loaded, environment)?;
    let Some(compared) = compare(here, project, pushed, remote, &settings, environment)? else { return Ok(None) };
    if compared.upstream.is_none() && hooks.lint {
        ui.note("no branch of a remote is known here yet, so every migration counts as new and is linted");
    }
    let (report, settings) =
        crate::commands::off_the_runtime(move || look(&compared, &settings, hooks).map(|report| (report, settings)))
            .await??;
    let is_history = |finding: &Finding| HISTORY.contains(&finding.rule.as_str());
    let bad =
        |finding: &Finding| is_history(finding) || settings.fail_on.is_some_and(|level| finding.severity >= level);
    if report.findings.is_empty() {
        return Ok(None);
    }
    ui.status(report::text(&report, false).trim_end());
    let mut paths: Vec<&str> =
        report.findings.iter().filter(|finding| bad(finding)).map(|finding| finding.path.as_str()).collect();
    paths.dedup();
    if paths.is_empty() {
        return Ok(None);
    }
    let short = pushed.commit.get(..12).unwrap_or(&pushed.commit);
    let mut failure = Failure::new(
        Code::Finding,
        format!("the migrations of {short} are not fit to be shared: {}", report.summary()),
    );
    failure.causes.extend(
        report
            .findings
            .iter()
            .filter(|finding| is_history(finding))
            .map(|finding| format!("{}: {}", finding.path, finding.message)),
    );
    if failure.causes.is_empty() {
        failure.causes.push(format!("found in {}", paths.join(", ")));
    } else {
        failure = failure.hint("leave what others have as it is, and put the change into a new migration");
    }
    Ok(Some(failure.hint("tidegate lint shows it again; `tidegate lint --explain RULE` says why")))
}

fn look(compared: &Compared, settings: &LintSettings, hooks: HookSettings) -> Result<Report, Failure> {
    let set = &compared.listed.set;
    let pending: Option<BTreeSet<usize>> = compared.upstream.as_ref().map(|upstream| upstream.pending(set));
    let input = lint::Input {
        set,
        files: &compared.files,
        pending: pending.as_ref(),
        upstream: compared.upstream.as_ref(),
        options: &settings.options,
    };
    let findings = lint::run(&input)
        .map_err(|error| Failure::from_error(Code::Usage, &error).hint("tidegate lint --rules lists them"))?;
    let mut report =
        Report { checked: pending.map_or(set.migrations.len(), |pending| pending.len()), ..Report::default() };
    for finding in findings {
        let history = HISTORY.contains(&finding.rule.as_str());
        let wanted = if history { hooks.migrations } else { hooks.lint };
        let path = compared.folder.join(&finding.path);
        if wanted && !settings.exclude.is_match(&path) {
            report.findings.push(Finding { path: path.display().to_string(), ..finding });
        }
    }
    Ok(report)
}

fn compare(
    here: &Here,
    project: &Project,
    pushed: &Pushed,
    remote: &str,
    settings: &LintSettings,
    environment: &Environment,
) -> Result<Option<Compared>, Failure> {
    let folder = match &settings.migrations_dir {
        Some(folder) => super::project::below(&project.root, folder),
        None => match project.input(&project.settings(environment)?) {
            Input::Path(path) => Some(path),
            Input::Elsewhere => None,
        },
    };
    let Some(folder) = folder else { return Ok(None) };
    let entries = State::Commit(pushed.commit.clone()).below(&project.git, &folder).map_err(git_failure)?;
    if entries.iter().any(|entry| entry.path == folder) {
        // A dump or a saved schema has no history.
        return Ok(None);
    }
    let name = utf8(&folder)?;
    let repository = if project.root.join(".git").exists() { &project.root } else { &project.git_dir };
    // A folder that is new, or gone, holds nothing there.
    let at = |revision: &str| -> Result<git::GitTree, Failure> {
        let read =
            git::tree_if_there(repository, &Revision::Commit(revision.to_owned()), &name).map_err(git_failure)?;
        Ok(read.unwrap_or_default())
    };
    let read = at(&pushed.commit)?;
    let options = migration::Options {
        framework: settings.framework.clone(),
        placeholders: settings.placeholders.clone(),
        hints: read.hints,
    };
    let listed = match list(&read.tree, &options) {
        Ok(listed) => listed,
        // All of them gone: nothing to list, and everything to compare.
        Err(_) if read.tree.is_empty() => Listed::default(),
        Err(error) => return Err(Failure::from_error(Code::CouldNotTell, &error)),
    };
    let upstream = others(here, project, pushed, remote, settings)?
        .map(|(upstream, base, tip)| {
            let tip = at(&tip)?.tree;
            let base = match base {
                Some(base) => at(&base)?.tree,
                None => tip.clone(),
            };
            Upstream::new(&upstream, &read.tree, &listed, &base, &tip, &options)
                .map(|compared| compared.of_folder(&name))
                .map_err(|error| Failure::new(Code::CouldNotTell, format!("at {upstream}: {error}")))
        })
        .transpose()?;
    Ok(Some(Compared { files: read.tree, listed, upstream, folder }))
}

/// What the pushed commit is compared with: a name, where it left it, and its tip. A push to the upstream branch itself
/// is compared with what the remote has there at this moment, and nothing of that may go, forced or not.
fn others(
    here: &Here,
    project: &Project,
    pushed: &Pushed,
    remote: &str,
    settings: &LintSettings,
) -> Result<Option<(String, Option<String>, String)>, Failure> {
    let branches: Vec<(&str, &String)> = pushed
        .updates
        .iter()
        .filter_map(|update| Some((update.remote_ref.strip_prefix("refs/heads/")?, update.remote.as_ref()?)))
        .collect();
    let found = match git::upstream(&project.root, settings.upstream.as_deref(), &pushed.commit) {
        Ok(found) => Some(found),
        // A branch that the remote has already is compared with itself.
        Err(GitError::NoUpstream { .. }) if !branches.is_empty() => None,
        Err(error @ (GitError::NoUpstream { .. } | GitError::UnknownRevision { .. })) => {
            // The first push of all; otherwise a misspelled upstream would let everything through.
            if !here.git.run(["for-each-ref", "--count=1", "refs/remotes/"]).map_err(git_failure)?.is_empty() {
                return Err(git_failure(error)
                    .hint("name the branch that others build on: upstream = \"origin/…\" under [migrations]"));
            }
            None
        }
        Err(error) => return Err(git_failure(error)),
    };
    let Some(found) = found else {
        return Ok(branches.first().map(|(name, id)| (format!("{remote}/{name}"), None, (*id).clone())));
    };
    let spelled = here.git.run(["rev-parse", "--abbrev-ref", &found.name]).map_err(git_failure)?;
    let spelled = String::from_utf8_lossy(&spelled).trim().to_owned();
    let itself = branches.iter().find(|(name, _)| format!("{remote}/{name}") == spelled);
    Ok(Some(match itself {
        Some((_, id)) => (spelled, None, (*id).clone()),
        None => (found.name, found.base, found.tip),
    }))
}
