//! Installing beside what is there, and leaving everything as it was.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};

use super::*;
use crate::support::cli::files;

fn tidegate(repo: &Repo, arguments: &str) -> Ran {
    repo.run_shell(&format!("tidegate hook {arguments}"), &[])
}

fn own(repo: &Repo, hook: &str, text: &str, mode: u32) {
    repo.write(&format!(".git/hooks/{hook}"), text);
    fs::set_permissions(repo.path().join(".git/hooks").join(hook), fs::Permissions::from_mode(mode)).unwrap();
}

/// Every hook with its bytes, its mode and where it leads.
fn snapshot(repo: &Repo) -> Vec<(String, Vec<u8>, u32, Option<std::path::PathBuf>)> {
    let folder = repo.path().join(".git/hooks");
    let mut all: Vec<_> = fs::read_dir(&folder)
        .unwrap()
        .map(|entry| {
            let path = entry.unwrap().path();
            let mode = path.symlink_metadata().unwrap().permissions().mode();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            (name, fs::read(&path).unwrap_or_default(), mode, fs::read_link(&path).ok())
        })
        .collect();
    all.sort();
    all
}

fn states(repo: &Repo) -> Vec<String> {
    let text = tidegate(repo, "status --json").good().stdout;
    let value: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(value["version"], 1);
    assert_eq!(value["tidegate"]["found"], true);
    value["hooks"].as_array().unwrap().iter().map(|hook| hook["state"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn twice_is_once_and_back_is_back() {
    let repo = Repo::new();
    own(&repo, "pre-commit", "#!/bin/sh\necho mine >> ran\n", 0o750);
    own(&repo, "pre-push", "not executable\n", 0o644);
    repo.write(".git/hooks/target", "#!/bin/sh\n");
    symlink("target", repo.path().join(".git/hooks/pre-merge-commit")).unwrap();
    let before = snapshot(&repo);
    tidegate(&repo, "install").good().says("the hook that was there runs first");
    let installed = snapshot(&repo);
    assert_eq!(states(&repo), ["installed"; 3]);
    tidegate(&repo, "install").good().says("installed already");
    assert_eq!(snapshot(&repo), installed);
    tidegate(&repo, "uninstall").good();
    assert_eq!(snapshot(&repo), before);
    tidegate(&repo, "uninstall").good().says("no hook of tidegate's");
    assert_eq!(snapshot(&repo), before);
    // Only one of them.
    tidegate(&repo, "install --only pre-push").good();
    assert_eq!(states(&repo), ["foreign", "foreign", "installed"]);
}

#[test]
fn the_hook_from_before_runs_first_and_can_stop() {
    let repo = Repo::new();
    own(&repo, "pre-commit", "#!/bin/sh\necho mine >> ran\n[ ! -e stop ]\n", 0o755);
    repo.write("tidegate.toml", CONFIG).write("migrations/1_a.sql", A).write(".gitignore", "ran\nstop\n");
    install(&repo);
    repo.stage();
    commit(&repo, &[]).good();
    assert_eq!(repo.read("ran"), "mine\n");
    shows(&repo, &["a"]);
    repo.write("stop", "").write("migrations/2_bad.sql", "no SQL").stage();
    commit(&repo, &[]).bad().says_no("2_bad");
    assert_eq!(repo.read("ran"), "mine\nmine\n");
}

#[test]
fn what_is_not_ours_is_not_touched() {
    let repo = Repo::new();
    tidegate(&repo, "install").good();
    let shim = repo.read(".git/hooks/pre-commit");
    // Somebody's lines in our hook.
    own(&repo, "pre-commit", &format!("{shim}echo more\n"), 0o755);
    assert_eq!(states(&repo)[0], "changed");
    let before = snapshot(&repo);
    tidegate(&repo, "install").bad().says("was changed after tidegate wrote it");
    tidegate(&repo, "uninstall").bad().says("was changed after tidegate wrote it");
    assert_eq!(snapshot(&repo), before);
    // An older shim is brought up to date.
    own(&repo, "pre-commit", &shim.replace("hook shim 1", "hook shim 0"), 0o755);
    assert_eq!(states(&repo)[0], "outdated");
    tidegate(&repo, "install").good().says("brought up to date");
    assert_eq!(repo.read(".git/hooks/pre-commit"), shim);
    // Somebody put another hook over ours, with one from before still beside it.
    own(&repo, "pre-commit.before-tidegate", "older\n", 0o755);
    own(&repo, "pre-commit", "newer\n", 0o755);
    let before = snapshot(&repo);
    tidegate(&repo, "install").bad().says("pre-commit.before-tidegate");
    assert_eq!(snapshot(&repo), before);
    // A folder in a hook's place.
    let other = Repo::new();
    fs::create_dir(other.path().join(".git/hooks/pre-push")).unwrap();
    let ran = tidegate(&other, "install").bad().says("is a folder, not a file");
    assert_eq!(ran.status, Some(2));
    assert!(!exists(&other, ".git/hooks/pre-commit"));
    assert_eq!(states(&other)[2], "unreadable");
    // A hook that calls tidegate by itself.
    let calls = Repo::new();
    own(&calls, "pre-commit", "#!/bin/sh\ntidegate hook run pre-commit\n", 0o755);
    tidegate(&calls, "install").good().says("calls tidegate by itself");
    assert_eq!(states(&calls), ["calls-tidegate", "installed", "installed"]);
}

#[test]
fn another_users_hook_is_refused() {
    let repo = Repo::new();
    own(&repo, "pre-commit", "#!/bin/sh\n", 0o755);
    let path = repo.path().join(".git/hooks/pre-commit");
    if std::os::unix::fs::chown(&path, Some(4242), None).is_err() {
        // Only root can give a file away. Somebody else can still have one that cannot be read.
        fs::set_permissions(&path, fs::Permissions::from_mode(0o000)).unwrap();
        assert_eq!(tidegate(&repo, "install").bad().says("cannot read").status, Some(3));
        return;
    }
    let ran = tidegate(&repo, "install").bad().says("belongs to another user (uid 4242)").says("chown");
    assert_eq!(ran.status, Some(3));
    assert_eq!(repo.read(".git/hooks/pre-commit"), "#!/bin/sh\n");
    assert!(!exists(&repo, ".git/hooks/pre-push"));
}

#[test]
fn a_shared_folder_is_not_written() {
    let repo = Repo::new();
    let shared = tempfile::tempdir().unwrap();
    repo.git(["config", "core.hooksPath", shared.path().to_str().unwrap()]);
    let ran = tidegate(&repo, "install").bad().says("outside this repository").says("core.hooksPath");
    assert_eq!(ran.status, Some(2));
    assert!(files(shared.path()).is_empty());
    tidegate(&repo, "uninstall").good();
    // The same through the user's own configuration.
    let global = shared.path().join("gitconfig");
    fs::write(&global, "[core]\nhooksPath = ~/all-hooks\n").unwrap();
    repo.git(["config", "--unset", "core.hooksPath"]);
    let environment = [("GIT_CONFIG_GLOBAL", global.to_str().unwrap()), ("HOME", shared.path().to_str().unwrap())];
    repo.run_shell("tidegate hook install", &environment).bad().says("git's global configuration");
    assert!(!shared.path().join("all-hooks").exists());
    // The advice helps.
    let ran = repo.run_shell("tidegate hook install", &environment).bad();
    let command = advised(&ran, "git config --local");
    repo.run_shell(command.split_once(": ").unwrap().1, &environment).good();
    repo.run_shell("tidegate hook install", &environment).good();
    assert!(exists(&repo, ".git/hooks/pre-commit"));
}

#[test]
fn a_folder_of_hooks_in_the_work_tree_is_used() {
    let repo = Repo::new();
    repo.git(["config", "core.hooksPath", ".githooks"]);
    repo.write(".githooks/pre-commit", "#!/bin/sh\necho mine >> ran\n");
    fs::set_permissions(repo.path().join(".githooks/pre-commit"), fs::Permissions::from_mode(0o755)).unwrap();
    repo.write("sub/x", "").write("tidegate.toml", CONFIG).write("migrations/1_a.sql", A).write(".gitignore", "ran\n");
    tidegate(&repo.at("sub"), "install").good().says(".githooks/pre-commit").says("core.hooksPath");
    assert!(exists(&repo, ".githooks/pre-push") && !exists(&repo, ".git/hooks/pre-push"));
    repo.stage();
    commit(&repo, &[]).good();
    shows(&repo, &["a"]);
    assert_eq!(repo.read("ran"), "mine\n");
}

#[test]
fn husky_gets_a_block_and_loses_it_again() {
    let repo = Repo::new();
    repo.git(["config", "core.hooksPath", ".husky/_"]);
    // As husky 9 sets it up: its own folder calls the scripts beside it.
    repo.write(".husky/pre-commit", "echo lint-staged >> ran\nexec true");
    repo.write(".husky/_/pre-commit", "#!/bin/sh\nexec sh -e .husky/pre-commit \"$@\"\n");
    repo.write(".husky/_/pre-push", "#!/bin/sh\nexec sh -e .husky/pre-push \"$@\"\n");
    for hook in ["pre-commit", "pre-push"] {
        fs::set_permissions(repo.path().join(".husky/_").join(hook), fs::Permissions::from_mode(0o755)).unwrap();
    }
    let before = files(&repo.path().join(".husky"));
    repo.write(".husky/pre-push", "cat > pushed\n");
    let with_push = files(&repo.path().join(".husky"));
    tidegate(&repo, "install").good().says(".husky/pre-commit").says("husky runs these");
    tidegate(&repo, "install").good();
    assert_eq!(states(&repo), ["managed"; 3]);
    repo.write("tidegate.toml", CONFIG).write("migrations/1_a.sql", A).write(".gitignore", "ran\npushed\n").stage();
    commit(&repo, &[]).good();
    shows(&repo, &["a"]);
    assert_eq!(repo.read("ran"), "lint-staged\n");
    let remote = Repo::with(&["--bare"]);
    repo.git(["push", "-q", remote.path().to_str().unwrap(), "main"]);
    assert!(repo.read("pushed").starts_with("refs/heads/main "), "{}", repo.read("pushed"));
    tidegate(&repo, "uninstall").good();
    assert_eq!(files(&repo.path().join(".husky")), with_push);
    fs::remove_file(repo.path().join(".husky/pre-push")).unwrap();
    assert_eq!(files(&repo.path().join(".husky")), before);
}

#[test]
fn other_managers_are_shown_their_lines() {
    for (file, name, other) in [
        ("lefthook.yml", "lefthook", "assert_lefthook_installed: true\n"),
        (".pre-commit-config.yaml", "pre-commit", "repos: []\n"),
    ] {
        let repo = Repo::new();
        repo.write(file, other);
        let ran = tidegate(&repo, "install").bad().says(&format!("{name} manages the hooks here"));
        assert_eq!(ran.status, Some(1));
        assert_eq!(repo.read(file), other);
        assert!(!exists(&repo, ".git/hooks/pre-commit"));
        // What is shown is what they read.
        let yaml = yaml_rust2::YamlLoader::load_from_str(&ran.stdout).unwrap();
        assert_eq!(yaml.len(), 1, "{}", ran.stdout);
        repo.write(file, &ran.stdout);
        tidegate(&repo, "install").good().says("calls tidegate already");
        assert_eq!(states(&repo), ["managed"; 3]);
        tidegate(&repo, "install --direct").good();
        assert!(exists(&repo, ".git/hooks/pre-commit"));
        tidegate(&repo, "uninstall").good().says("take its lines out");
        assert!(!exists(&repo, ".git/hooks/pre-commit"));
    }
}

/// What this repository offers to the pre-commit framework can be run.
#[test]
fn our_hooks_for_pre_commit_are_commands() {
    let text = fs::read_to_string(crate::support::repository_file(".pre-commit-hooks.yaml")).unwrap();
    let yaml = yaml_rust2::YamlLoader::load_from_str(&text).unwrap();
    let repo = Repo::new();
    let mut ids = Vec::new();
    for hook in yaml[0].as_vec().unwrap() {
        ids.push(hook["id"].as_str().unwrap());
        repo.run_shell(&format!("{} --help", hook["entry"].as_str().unwrap()), &[]).good();
    }
    assert_eq!(ids, ["tidegate-docs", "tidegate-lint", "tidegate-push"]);
}
