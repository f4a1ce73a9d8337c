use std::path::Path;

use super::super::{Difference, compare};
use super::*;

fn artifact(path: &str, text: &str) -> Artifact {
    Artifact { format: "markdown".into(), path: path.into(), bytes: text.into() }
}

fn put(folder: &Path, path: &str, text: &str) {
    std::fs::create_dir_all(folder.join(path).parent().unwrap()).unwrap();
    std::fs::write(folder.join(path), text).unwrap();
}

fn run(folder: &Path, artifacts: &[Artifact]) -> Report {
    write(folder, artifacts, WriteOptions::default()).unwrap()
}

#[test]
fn writes_once_and_removes_what_is_stale() {
    let folder = tempfile::tempdir().unwrap();
    let (a, b) = (artifact("a.md", "A\n"), artifact("tables/b.md", "B\n"));
    assert_eq!(run(folder.path(), &[a.clone(), b.clone()]).written, ["a.md", "tables/b.md"]);
    assert_eq!(run(folder.path(), &[a.clone(), b]).written, Vec::<String>::new());
    let report = run(folder.path(), std::slice::from_ref(&a));
    assert_eq!(report.removed, ["tables/b.md"]);
    assert!(!folder.path().join("tables").exists(), "an emptied folder goes too");
    assert_eq!(compare(folder.path(), &[a]).unwrap(), []);
}

/// What a run that was killed between the renames and the removals leaves is still listed, so the next one removes it.
#[test]
fn what_is_stale_stays_listed_until_it_is_gone() {
    let folder = tempfile::tempdir().unwrap();
    run(folder.path(), &[artifact("a.md", "A"), artifact("b.md", "B")]);
    put(folder.path(), "c/stale.md", "S");
    let (Found::Manifest(mut manifest), _) = Manifest::read(folder.path()) else { panic!("there is a manifest") };
    manifest.files.insert("c/stale.md".into(), Entry { format: "markdown".into(), sha256: hash(b"S") });
    std::fs::write(folder.path().join(MANIFEST), manifest.to_json()).unwrap();
    let interim = new_manifest(&[artifact("a.md", "A2")], Some(&manifest)).with(Some(&manifest));
    let list: Vec<&str> = interim.files.keys().map(String::as_str).collect();
    assert_eq!(list, ["a.md", "b.md", "c/stale.md"]);
    assert_eq!(interim.files["a.md"].sha256, hash(b"A2"));
    // As a killed run leaves it: the list and one file are new, the stale ones are there.
    std::fs::write(folder.path().join(MANIFEST), interim.to_json()).unwrap();
    put(folder.path(), "a.md", "A2");
    let report = run(folder.path(), &[artifact("a.md", "A3")]);
    assert_eq!((report.written, report.removed), (vec!["a.md".to_owned()], vec!["b.md".into(), "c/stale.md".into()]));
    let (Found::Manifest(last), _) = Manifest::read(folder.path()) else { panic!("there is a manifest") };
    assert_eq!(last.files.keys().collect::<Vec<_>>(), ["a.md"]);
}

#[test]
fn another_formats_files_stay() {
    let folder = tempfile::tempdir().unwrap();
    run(folder.path(), &[artifact("a.md", "A")]);
    let json = Artifact { format: "json".into(), path: "schema.json".into(), bytes: b"{}".to_vec() };
    assert_eq!(run(folder.path(), &[json]).removed, Vec::<String>::new());
    assert!(folder.path().join("a.md").exists());
    assert_eq!(run(folder.path(), &[artifact("b.md", "B")]).removed, ["a.md"]);
}

#[test]
fn a_foreign_file_is_never_replaced() {
    let folder = tempfile::tempdir().unwrap();
    put(folder.path(), "README.md", "by hand");
    let error = write(folder.path(), &[artifact("README.md", "ours")], WriteOptions::default()).unwrap_err();
    assert!(matches!(error, ArtifactError::Foreign { .. }), "{error}");
    assert_eq!(std::fs::read_to_string(folder.path().join("README.md")).unwrap(), "by hand");
    write(folder.path(), &[artifact("README.md", "ours")], WriteOptions { force: true }).unwrap();
    assert_eq!(std::fs::read_to_string(folder.path().join("README.md")).unwrap(), "ours");
}

#[test]
fn a_stale_file_that_was_edited_stays() {
    let folder = tempfile::tempdir().unwrap();
    run(folder.path(), &[artifact("a.md", "A"), artifact("b.md", "B")]);
    put(folder.path(), "b.md", "edited");
    let report = run(folder.path(), &[artifact("a.md", "A")]);
    assert_eq!(report.removed, Vec::<String>::new());
    assert!(report.notes[0].contains("edited by hand"));
}

#[test]
fn a_hostile_manifest_touches_nothing_outside() {
    let parent = tempfile::tempdir().unwrap();
    let folder = parent.path().join("docs");
    let victim = parent.path().join("x");
    std::fs::write(&victim, "mine").unwrap();
    let (inside, outside) = (hash(b"mine"), victim.display().to_string());
    for path in ["../x", "a/../../x", outside.as_str()] {
        let json = serde_json::json!({"tidegate": 1, "files": {path: {"format": "markdown", "sha256": inside}}});
        put(&folder, MANIFEST, &json.to_string());
        let report = run(&folder, &[artifact("a.md", "A")]);
        assert!(victim.exists(), "{path}");
        assert!(report.notes[0].contains("outside its folder"), "{:?}", report.notes);
    }
}

#[cfg(unix)]
#[test]
fn links_are_neither_followed_nor_removed_through() {
    let parent = tempfile::tempdir().unwrap();
    let (folder, elsewhere) = (parent.path().join("docs"), parent.path().join("elsewhere"));
    put(&elsewhere, "b.md", "mine");
    std::fs::create_dir_all(&folder).unwrap();
    std::os::unix::fs::symlink(&elsewhere, folder.join("tables")).unwrap();
    let files = serde_json::json!({"tables/b.md": {"format": "markdown", "sha256": hash(b"mine")}});
    put(&folder, MANIFEST, &serde_json::json!({"tidegate": 1, "files": files}).to_string());
    run(&folder, &[artifact("a.md", "A")]);
    assert!(elsewhere.join("b.md").exists());
    let error = write(&folder, &[artifact("tables/c.md", "C")], WriteOptions::default()).unwrap_err();
    assert!(matches!(error, ArtifactError::Link { .. }), "{error}");
    assert!(!elsewhere.join("c.md").exists());
}

#[test]
fn an_unreadable_manifest_removes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    run(folder.path(), &[artifact("a.md", "A"), artifact("b.md", "B")]);
    put(folder.path(), MANIFEST, "<<<<<<< HEAD");
    let report = run(folder.path(), &[artifact("a.md", "A2")]);
    assert!(folder.path().join("b.md").exists());
    assert!(report.notes[0].contains("cannot be read"));
}

#[test]
fn an_output_that_is_a_file_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    put(folder.path(), "out", "x");
    let error = write(&folder.path().join("out"), &[artifact("a.md", "A")], WriteOptions::default()).unwrap_err();
    assert!(matches!(error, ArtifactError::NotAFolder { .. }), "{error}");
}

#[test]
fn every_changed_byte_is_seen() {
    let folder = tempfile::tempdir().unwrap();
    let wanted = [artifact("a.md", "one\ntwo\n"), artifact("b.md", "B")];
    run(folder.path(), &wanted);
    put(folder.path(), "a.md", "one\ntwO\n");
    std::fs::remove_file(folder.path().join("b.md")).unwrap();
    let differences = compare(folder.path(), &wanted).unwrap();
    assert_eq!(
        differences,
        [
            Difference::Changed {
                path: "a.md".into(),
                line: Some(2),
                there: Some("twO".into()),
                wanted: Some("two".into())
            },
            Difference::Missing { path: "b.md".into() }
        ]
    );
}

#[test]
fn names_that_differ_in_case_alone_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let both = [artifact("A.md", "1"), artifact("a.md", "2")];
    let error = write(folder.path(), &both, WriteOptions::default()).unwrap_err();
    assert!(matches!(error, ArtifactError::Collision { .. }));
}
