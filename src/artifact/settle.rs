//! Which files of the documentation change in an index and in the work tree around it, and which must not.
//!
//! Pure: works on hashes that others read. What is staged follows what was rendered. A file that somebody edited by
//! hand is never replaced, staged or not: its content is known to be tidegate's only where a manifest says so.

use std::collections::{BTreeMap, BTreeSet};

use super::Artifact;
use super::manifest::{MANIFEST, Manifest, hash};
use super::write::new_manifest;

/// The documentation as it lies somewhere: relative path to SHA-256 of the content.
pub type Hashes = BTreeMap<String, String>;

/// What [`settle`] decides from.
#[derive(Clone, Debug, Default)]
pub struct Scene {
    /// What should be staged, the manifest with it.
    pub wanted: Hashes,
    pub staged: Hashes,
    /// What the staged manifest lists, of the formats that were rendered.
    pub listed: BTreeSet<String>,
    /// The files in the work tree.
    pub tree: Hashes,
    /// Paths whose file in the work tree is not what is staged, as git itself judges.
    pub dirty: BTreeSet<String>,
    /// Paths that are staged and deliberately not in the work tree (sparse checkout).
    pub sparse: BTreeSet<String>,
    /// Contents that tidegate is known to have written, by path: what every manifest at hand lists.
    pub known: BTreeMap<String, BTreeSet<String>>,
    /// Paths that a merge has put together; what it made of tidegate's files is tidegate's to replace.
    pub merged: BTreeSet<String>,
    /// Paths that the manifests of the commits before list: only what was committed can have been taken away.
    pub committed: BTreeSet<String>,
    /// Whether the work tree holds other migrations than what is staged, so that documentation of it may differ.
    pub inputs_dirty: bool,
}

/// What happens to one file. In the work tree and in the index it ends as `wanted` says: replaced, or removed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    pub path: String,
    /// In the work tree too; where not, only the index is changed.
    pub in_tree: bool,
    /// `false` removes it.
    pub put: bool,
}

/// A file that stays as it is, and so the documentation cannot be brought up to date.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    pub path: String,
    pub why: Why,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// Its staged content is none that tidegate wrote.
    StagedByHand,
    /// Its staged removal is none that tidegate made.
    RemovedByHand,
    /// Its content in the work tree is neither what is staged nor what tidegate wrote.
    EditedByHand,
    /// It was deleted in the work tree, and that is not staged.
    DeletedByHand,
    /// Never tidegate's.
    Foreign,
}

impl std::fmt::Display for Refusal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let why = match self.why {
            Why::StagedByHand => "was edited by hand and staged",
            Why::RemovedByHand => "was removed by hand, and the removal is staged",
            Why::EditedByHand => "was edited by hand in the work tree",
            Why::DeletedByHand => "was deleted in the work tree",
            Why::Foreign => "was not written by tidegate",
        };
        write!(f, "{}: {why}", self.path)
    }
}

/// The rendered files and their new manifest, by path.
pub fn wanted(artifacts: &[Artifact], old: Option<&Manifest>) -> BTreeMap<String, Vec<u8>> {
    let files = artifacts.iter().map(|artifact| (artifact.path.clone(), artifact.bytes.clone()));
    let manifest = (MANIFEST.to_owned(), new_manifest(artifacts, old).to_json().into_bytes());
    files.chain([manifest]).collect()
}

/// What the manifest lists of the formats that were rendered now: a file of it that is not rendered any more is stale.
pub fn listed(artifacts: &[Artifact], manifest: &Manifest) -> BTreeSet<String> {
    let formats: BTreeSet<&str> = artifacts.iter().map(|artifact| artifact.format.as_str()).collect();
    let of_these = manifest.files.iter().filter(|(_, entry)| formats.contains(entry.format.as_str()));
    of_these.map(|(path, _)| path.clone()).collect()
}

/// The hash of a file as git keeps it. A Git LFS pointer stands for the content whose hash it tells.
pub fn content_hash(bytes: &[u8]) -> String {
    let pointer = (bytes.len() < 1024 && bytes.starts_with(b"version https://git-lfs.github.com/spec/"))
        .then(|| std::str::from_utf8(bytes).ok())
        .flatten()
        .and_then(|text| text.lines().find_map(|line| line.strip_prefix("oid sha256:")));
    pointer.map_or_else(|| hash(bytes), str::to_owned)
}

/// The paths at which what is staged differs from what should be.
pub fn differing(scene: &Scene) -> Vec<String> {
    let changed =
        scene.wanted.iter().filter(|(path, hash)| scene.staged.get(*path) != Some(hash)).map(|(path, _)| path);
    let stale =
        scene.listed.iter().filter(|path| !scene.wanted.contains_key(*path) && scene.staged.contains_key(*path));
    let all: BTreeSet<&String> = changed.chain(stale).collect();
    all.into_iter().cloned().collect()
}

/// Every step that brings the index up to date, or every file that stands against it.
pub fn settle(scene: &Scene) -> Result<Vec<Step>, Vec<Refusal>> {
    let (mut steps, mut refusals) = (Vec::new(), Vec::new());
    for path in differing(scene) {
        match scene.one(&path) {
            Ok(in_tree) => steps.push(Step { put: scene.wanted.contains_key(&path), path, in_tree }),
            Err(why) => refusals.push(Refusal { path, why }),
        }
    }
    if refusals.is_empty() { Ok(steps) } else { Err(refusals) }
}

impl Scene {
    /// Whether the work tree's file follows.
    fn one(&self, path: &str) -> Result<bool, Why> {
        let (wanted, staged, there) = (self.wanted.get(path), self.staged.get(path), self.tree.get(path));
        match staged {
            Some(staged) if !self.is_ours(path, staged) && !self.merged.contains(path) => {
                return Err(if self.is_listed(path) { Why::StagedByHand } else { Why::Foreign });
            }
            // A page that was never committed is new and not yet staged: `git commit -a` takes the manifest without it.
            None if self.committed.contains(path) && wanted.is_some() && !self.merged.contains(path) => {
                return Err(Why::RemovedByHand);
            }
            _ => {}
        }
        let untouched = match (staged, there) {
            (Some(_), _) => !self.dirty.contains(path),
            (None, there) => there.is_none(),
        };
        match there {
            _ if self.sparse.contains(path) => Ok(false),
            Some(there) if Some(there) == wanted => Ok(true),
            _ if untouched => Ok(true),
            // Deleted in the work tree, as it now is in the index.
            None if wanted.is_none() => Ok(true),
            None => Err(Why::DeletedByHand),
            // Written by tidegate from what is not staged: true of the work tree, and left so.
            Some(there) if self.is_ours(path, there) => Ok(!self.inputs_dirty),
            Some(_) if staged.is_none() && !self.is_listed(path) => Err(Why::Foreign),
            Some(_) => Err(Why::EditedByHand),
        }
    }

    fn is_listed(&self, path: &str) -> bool {
        self.known.contains_key(path)
    }

    /// The manifest itself is nobody's text.
    fn is_ours(&self, path: &str, hash: &str) -> bool {
        path == MANIFEST || self.known.get(path).is_some_and(|hashes| hashes.contains(hash))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `a.md` of one scene: wanted, staged and there, as words that stand for contents; `g…` is tidegate's.
    fn scene(wanted: &str, staged: &str, there: &str) -> Scene {
        let one = |content: &str| -> Hashes {
            [("a.md".to_owned(), content.to_owned())].into_iter().filter(|(_, content)| !content.is_empty()).collect()
        };
        Scene {
            wanted: one(wanted),
            staged: one(staged),
            listed: BTreeSet::from(["a.md".to_owned()]),
            committed: BTreeSet::from(["a.md".to_owned()]),
            tree: one(there),
            dirty: if staged == there { BTreeSet::new() } else { BTreeSet::from(["a.md".to_owned()]) },
            known: BTreeMap::from([("a.md".to_owned(), ["g1", "g2", "g3"].map(str::to_owned).into())]),
            ..Scene::default()
        }
    }

    fn step(put: bool, in_tree: bool) -> Result<Vec<Step>, Vec<Why>> {
        Ok(vec![Step { path: "a.md".into(), in_tree, put }])
    }

    fn settled(scene: &Scene) -> Result<Vec<Step>, Vec<Why>> {
        settle(scene).map_err(|all| all.into_iter().map(|refusal| refusal.why).collect())
    }

    #[test]
    fn what_is_ours_follows() {
        assert_eq!(settled(&scene("g2", "g2", "hand")), Ok(vec![]));
        assert_eq!(settled(&scene("g2", "g1", "g1")), step(true, true));
        assert_eq!(settled(&scene("g2", "g1", "g2")), step(true, true));
        assert_eq!(settled(&scene("", "g1", "g1")), step(false, true));
        assert_eq!(settled(&scene("", "g1", "")), step(false, true));
        let never_committed = |scene| Scene { committed: BTreeSet::new(), ..scene };
        assert_eq!(settled(&never_committed(scene("g2", "", ""))), step(true, true));
        assert_eq!(settled(&never_committed(scene("g2", "", "g2"))), step(true, true));
        assert_eq!(settled(&never_committed(scene("g2", "", "hand"))), Err(vec![Why::EditedByHand]));
    }

    #[test]
    fn a_work_tree_ahead_of_the_index_keeps_its_own_documentation() {
        let ahead = scene("g2", "g1", "g3");
        assert_eq!(settled(&ahead), step(true, true));
        assert_eq!(settled(&Scene { inputs_dirty: true, ..ahead }), step(true, false));
    }

    #[test]
    fn what_a_hand_made_is_refused() {
        assert_eq!(settled(&scene("g2", "hand", "hand")), Err(vec![Why::StagedByHand]));
        assert_eq!(settled(&scene("g2", "", "")), Err(vec![Why::RemovedByHand]));
        assert_eq!(settled(&scene("g2", "g1", "hand")), Err(vec![Why::EditedByHand]));
        assert_eq!(settled(&scene("g2", "g1", "")), Err(vec![Why::DeletedByHand]));
        assert_eq!(settled(&scene("", "hand", "hand")), Err(vec![Why::StagedByHand]));
        let nothing = BTreeSet::new;
        let unknown = |scene: Scene| Scene { known: BTreeMap::new(), listed: nothing(), committed: nothing(), ..scene };
        assert_eq!(settled(&unknown(scene("g2", "hand", "hand"))), Err(vec![Why::Foreign]));
        assert_eq!(settled(&unknown(scene("g2", "", "hand"))), Err(vec![Why::Foreign]));
    }

    #[test]
    fn what_a_merge_put_together_is_replaced() {
        let merged = Scene { merged: BTreeSet::from(["a.md".to_owned()]), ..scene("g2", "both", "both") };
        assert_eq!(settled(&merged), step(true, true));
    }

    #[test]
    fn a_sparse_file_stays_out_of_the_work_tree() {
        let sparse = BTreeSet::from(["a.md".to_owned()]);
        assert_eq!(settled(&Scene { sparse, dirty: BTreeSet::new(), ..scene("g2", "g1", "") }), step(true, false));
    }

    #[test]
    fn an_lfs_pointer_stands_for_its_content() {
        let text = format!("version https://git-lfs.github.com/spec/v1\noid sha256:{}\nsize 3\n", hash(b"abc"));
        assert_eq!(content_hash(text.as_bytes()), hash(b"abc"));
        assert_eq!(content_hash(b"abc"), hash(b"abc"));
    }
}
