//! The documentation as it lies in a state of the repository and in the work tree: gathered to be judged, and changed.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::git_failure;
use super::inputs::{unstaged, utf8};
use super::project::Project;
use super::state::Entry;
use crate::artifact::settle::{self, Hashes, Scene, Step};
use crate::artifact::{self, Artifact, MANIFEST, Manifest};
use crate::cli::failure::{Code, Failure};
use crate::commands::docs;
use crate::git::GitError;

/// The documentation's folder in one state.
pub(super) struct Files<'a> {
    project: &'a Project,
    /// Below the root.
    out: PathBuf,
    /// By path relative to `out`.
    entries: BTreeMap<String, Entry>,
    /// The manifest of the state; `None` where there is none or it cannot be read.
    manifest: Option<Manifest>,
}

/// What was rendered and what stands in its place.
pub(super) struct Judged {
    pub(super) scene: Scene,
    pub(super) wanted: BTreeMap<String, Vec<u8>>,
}

impl<'a> Files<'a> {
    pub(super) fn read(project: &'a Project, out: PathBuf) -> Result<Self, Failure> {
        let listed = project.state.below(&project.git, &out).map_err(git_failure)?;
        if listed.iter().any(|entry| entry.path == out) {
            return Err(Failure::usage(format!("{} is a file; the output must be a folder", out.display())));
        }
        let mut entries = BTreeMap::new();
        for entry in listed {
            // What is not UTF-8 is nothing of tidegate's.
            if let Some(path) = entry.path.strip_prefix(&out).ok().and_then(Path::to_str) {
                entries.insert(path.to_owned(), entry.clone());
            }
        }
        let mut files = Self { project, out, entries, manifest: None };
        if let Some(entry) = files.entries.get(MANIFEST) {
            let bytes = project.state.bytes(&project.git, &[entry]).map_err(git_failure)?;
            files.manifest = bytes.first().and_then(|bytes| manifest(bytes));
        }
        Ok(files)
    }

    /// Compares what was rendered with the state alone.
    pub(super) fn judge(&self, artifacts: &[Artifact]) -> Result<Judged, Failure> {
        let wanted = settle::wanted(artifacts, self.manifest.as_ref());
        let mut scene = Scene {
            wanted: wanted.iter().map(|(path, bytes)| (path.clone(), settle::content_hash(bytes))).collect(),
            listed: self.manifest.as_ref().map(|manifest| settle::listed(artifacts, manifest)).unwrap_or_default(),
            ..Scene::default()
        };
        let concerned: BTreeSet<&String> = scene.wanted.keys().chain(&scene.listed).collect();
        let concerned: Vec<(&String, &Entry)> =
            concerned.into_iter().filter_map(|path| Some((path, self.entries.get(path)?))).collect();
        if let Some((_, entry)) = concerned.iter().find(|(_, entry)| entry.special) {
            return Err(Failure::usage(format!(
                "{} is a symbolic link or a submodule, and documentation is written into neither",
                entry.path.display()
            ))
            .hint(format!("take it out of git: git rm --cached -- {}", crate::hook::quote::shell(&entry.path))));
        }
        let entries: Vec<&Entry> = concerned.iter().map(|(_, entry)| *entry).collect();
        let bytes = self.project.state.bytes(&self.project.git, &entries).map_err(git_failure)?;
        let staged: Hashes = concerned
            .iter()
            .zip(&bytes)
            .map(|((path, _), bytes)| ((*path).clone(), settle::content_hash(bytes)))
            .collect();
        scene.staged = staged;
        Ok(Judged { scene, wanted })
    }

    /// Adds what is known of the work tree and of other commits, for deciding what may be replaced.
    pub(super) fn look_around(&self, judged: &mut Judged, inputs_dirty: bool) -> Result<(), Failure> {
        let scene = &mut judged.scene;
        scene.inputs_dirty = inputs_dirty;
        let folder = self.project.root.join(&self.out);
        let paths: BTreeSet<String> = scene.wanted.keys().chain(&scene.listed).cloned().collect();
        for path in &paths {
            if let Some(bytes) = artifact::read(&folder, path).map_err(docs::failure)? {
                scene.tree.insert(path.clone(), settle::content_hash(&bytes));
            }
        }
        let dirty = unstaged(&self.project.git, &[], &[self.pathspec()]).map_err(git_failure)?;
        scene.dirty =
            dirty.iter().filter_map(|path| path.strip_prefix(&self.out).ok()?.to_str()).map(str::to_owned).collect();
        let absent = paths.iter().filter(|path| scene.staged.contains_key(*path) && !scene.tree.contains_key(*path));
        scene.sparse = absent.filter(|path| !scene.dirty.contains(*path)).cloned().collect();
        if !scene.sparse.is_empty() {
            // A new page belongs to a folder that is kept out of the work tree.
            let new = paths.iter().filter(|path| !scene.staged.contains_key(*path) && !scene.tree.contains_key(*path));
            let new: Vec<String> = new.cloned().collect();
            scene.sparse.extend(new);
        }
        let others = self.manifests_of_commits().map_err(git_failure)?;
        // In a merge, a cherry-pick and the like, git or a person has put files of two sides together.
        if others.len() > 1 {
            scene.merged = others.iter().flat_map(|manifest| manifest.files.keys().cloned()).collect();
            scene.merged.insert(MANIFEST.to_owned());
        }
        scene.committed = others.iter().flat_map(|manifest| manifest.files.keys().cloned()).collect();
        let on_disk = std::fs::read(folder.join(MANIFEST)).ok().and_then(|bytes| manifest(&bytes));
        for (path, entry) in self.manifest.iter().chain(&on_disk).chain(&others).flat_map(|manifest| &manifest.files) {
            scene.known.entry(path.clone()).or_default().insert(entry.sha256.clone());
        }
        Ok(())
    }

    /// The manifests of the commits that the next one is made from.
    fn manifests_of_commits(&self) -> Result<Vec<Manifest>, GitError> {
        let mut names = vec!["HEAD"];
        let other = ["MERGE_HEAD", "CHERRY_PICK_HEAD", "REVERT_HEAD", "REBASE_HEAD"];
        names.extend(other.into_iter().filter(|name| self.project.git_dir.join(name).exists()));
        let path = self.out.join(MANIFEST);
        let objects: Vec<_> = names
            .iter()
            .map(|name| {
                let mut object = std::ffi::OsString::from(format!("{name}:"));
                object.push(&path);
                object
            })
            .collect();
        let texts = self.project.git.objects(&objects)?;
        Ok(texts.into_iter().flatten().filter_map(|bytes| manifest(&bytes)).collect())
    }

    /// Brings work tree and index to what was decided. The work tree first: the index takes its files from there, as
    /// `git add` would, filters and line ends included.
    pub(super) fn apply(&self, judged: &Judged, steps: &[Step]) -> Result<(), Failure> {
        let folder = self.project.root.join(&self.out);
        let bytes = |path: &String| judged.wanted.get(path).map_or(&[][..], Vec::as_slice);
        let (in_tree, index_only): (Vec<&Step>, Vec<&Step>) = steps.iter().partition(|step| step.in_tree);
        let mut put: Vec<(&str, &[u8])> =
            in_tree.iter().filter(|step| step.put).map(|step| (step.path.as_str(), bytes(&step.path))).collect();
        let remove: Vec<&str> = in_tree.iter().filter(|step| !step.put).map(|step| step.path.as_str()).collect();
        // A work tree whose manifest stays its own still learns what was put into it.
        let mended = index_only
            .iter()
            .any(|step| step.path == MANIFEST)
            .then(|| mended_manifest(&folder, &judged.wanted, &put, &remove))
            .flatten();
        if let Some(text) = &mended {
            put.push((MANIFEST, text.as_bytes()));
        }
        artifact::replace(&folder, &put, &remove).map_err(docs::failure)?;
        self.stage(judged, &in_tree, &index_only).map_err(|error| {
            git_failure(error)
                .hint("the work tree has the new documentation; stage it yourself: git add, and commit again")
        })
    }

    fn stage(&self, judged: &Judged, in_tree: &[&Step], index_only: &[&Step]) -> Result<(), GitError> {
        let git = &self.project.git;
        let listed = |steps: &[&Step]| -> Vec<u8> {
            use std::os::unix::ffi::OsStrExt as _;
            let paths = steps.iter().map(|step| self.out.join(&step.path));
            paths.flat_map(|path| [path.as_os_str().as_bytes(), b"\0"].concat()).collect()
        };
        if !in_tree.is_empty() {
            git.feed(["update-index", "--add", "--remove", "-z", "--stdin"], listed(in_tree))?;
        }
        let (put, removed): (Vec<&Step>, Vec<&Step>) = index_only.iter().partition(|step| step.put);
        if !removed.is_empty() {
            git.feed(["update-index", "--force-remove", "-z", "--stdin"], listed(&removed))?;
        }
        let mut info = Vec::new();
        for step in put {
            use std::os::unix::ffi::OsStrExt as _;
            let path = self.out.join(&step.path);
            let mut option = std::ffi::OsString::from("--path=");
            option.push(&path);
            let words = ["hash-object".into(), "-w".into(), "--stdin".into(), option];
            let id = git.feed(words, judged.wanted.get(&step.path).cloned().unwrap_or_default())?;
            info.extend_from_slice(format!("100644 {}\t", String::from_utf8_lossy(&id).trim()).as_bytes());
            info.extend_from_slice(path.as_os_str().as_bytes());
            info.push(0);
        }
        if !info.is_empty() {
            git.feed(["update-index", "-z", "--index-info"], info)?;
        }
        let sparse: Vec<&Step> =
            index_only.iter().copied().filter(|step| step.put && judged.scene.sparse.contains(&step.path)).collect();
        if !sparse.is_empty() {
            git.feed(["update-index", "--skip-worktree", "-z", "--stdin"], listed(&sparse))?;
        }
        Ok(())
    }

    /// Whether git is told to pass over the documentation, and holds none of it.
    pub(super) fn is_ignored(&self) -> Result<bool, Failure> {
        let probe = self.out.join(MANIFEST);
        Ok(self.entries.is_empty() && self.project.git.is_ignored(&probe).map_err(git_failure)?)
    }

    /// For people: `docs/schema`.
    pub(super) fn shown(&self) -> String {
        if self.out.as_os_str().is_empty() { ".".to_owned() } else { self.out.display().to_string() }
    }

    /// A file of it as git names it, quoted for a shell.
    pub(super) fn quoted(&self, path: &str) -> String {
        crate::hook::quote::shell(self.out.join(path))
    }

    fn pathspec(&self) -> PathBuf {
        if self.out.as_os_str().is_empty() { PathBuf::from(".") } else { self.out.clone() }
    }
}

fn manifest(bytes: &[u8]) -> Option<Manifest> {
    Manifest::parse(std::str::from_utf8(bytes).ok()?).ok().map(|(manifest, _)| manifest)
}

/// The work tree's manifest with the hashes of what is put there, without what is removed.
fn mended_manifest(
    folder: &Path,
    wanted: &BTreeMap<String, Vec<u8>>,
    put: &[(&str, &[u8])],
    remove: &[&str],
) -> Option<String> {
    let mut own = manifest(&std::fs::read(folder.join(MANIFEST)).ok()?)?;
    let new = manifest(wanted.get(MANIFEST)?)?;
    own.files.retain(|path, _| !remove.contains(&path.as_str()));
    for (path, _) in put {
        if let Some(entry) = new.files.get(*path) {
            own.files.insert((*path).to_owned(), entry.clone());
        }
    }
    Some(own.to_json())
}

/// The documentation's folder below the root.
///
/// # Errors
/// One outside the repository.
pub(super) fn out_below(project: &Project, settings: &crate::cli::settings::DocsSettings) -> Result<PathBuf, Failure> {
    let out = project.out(settings).ok_or_else(|| {
        Failure::new(Code::Usage, "docs.out lies outside the repository, so no commit can hold the documentation")
            .hint("name a folder of the repository as `out` under [docs] in tidegate.toml")
    })?;
    utf8(&out)?;
    Ok(out)
}
