use super::*;
use crate::migration::Migration;
use crate::schema::{Namespace, Schema};
use crate::source::Reading;

fn set(texts: &[&str]) -> MigrationSet {
    let migration = |sql: &&str| Migration { sql: (*sql).to_owned(), ..Migration::default() };
    MigrationSet { migrations: texts.iter().map(migration).collect(), ..MigrationSet::default() }
}

fn keys(texts: &[&str]) -> Keys {
    Keys::of_migrations(&set(texts), &EngineChoice::Auto, &[])
}

fn key(texts: &[&str]) -> Key {
    keys(texts).after(texts.len()).unwrap().clone()
}

#[test]
fn any_change_of_a_migration_changes_the_key() {
    assert_eq!(key(&["a", "b"]), key(&["a", "b"]));
    assert_ne!(key(&["a", "b"]), key(&["ab"]));
    assert_ne!(key(&["a", "b"]), key(&["b", "a"]));
    assert_ne!(key(&["a"]), key(&["a", ""]));
    let mut other = set(&["a"]);
    other.migrations[0].transactional = true;
    let of = |set: &MigrationSet, engine, extensions: &[String]| {
        Keys::of_migrations(set, &engine, extensions).after(1).unwrap().clone()
    };
    assert_ne!(key(&["a"]), of(&other, EngineChoice::Auto, &[]));
    assert_ne!(key(&["a"]), of(&set(&["a"]), EngineChoice::Local, &[]));
    assert_ne!(key(&["a"]), of(&set(&["a"]), EngineChoice::Auto, &["vector".to_owned()]));
}

#[test]
fn a_set_that_grew_shares_the_keys_of_the_shorter_one() {
    let (short, long) = (keys(&["a", "b"]), keys(&["a", "b", "c"]));
    assert_eq!(
        (0..=2).map(|at| short.after(at)).collect::<Vec<_>>(),
        (0..=2).map(|at| long.after(at)).collect::<Vec<_>>()
    );
    assert_ne!(keys(&["a", "x", "c"]).after(2), long.after(2));
    assert_eq!((long.migrations(), long.after(4)), (3, None));
}

#[test]
fn what_was_kept_comes_back_and_broken_entries_do_not() {
    let folder = tempfile::tempdir().unwrap();
    let key = key(&["CREATE SCHEMA a"]);
    assert!(readings::load(folder.path(), &key).is_none());
    let schema = Schema { schemas: vec![Namespace { name: "a".into(), ..Namespace::default() }], ..Schema::default() };
    let reading = Reading { schema: schema.clone(), origin: "embedded PostgreSQL 18".into(), ..Reading::default() };
    readings::store(folder.path(), &key, &reading);
    let back = readings::load(folder.path(), &key).unwrap();
    assert_eq!((back.schema, back.origin.as_str()), (schema, "embedded PostgreSQL 18"));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = fs::metadata(folder.path().join("replay")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o700);
    }
    let place = readings::path(folder.path(), &key);
    let text = fs::read_to_string(&place).unwrap();
    fs::write(&place, &text[..text.len() / 2]).unwrap();
    assert!(readings::load(folder.path(), &key).is_none());
    // One that was copied under another name is another set's.
    let other = Key("0".repeat(64));
    fs::write(readings::path(folder.path(), &other), &text).unwrap();
    assert!(readings::load(folder.path(), &other).is_none());
}

#[test]
fn a_folder_that_cannot_be_written_is_no_error() {
    let file = tempfile::NamedTempFile::new().unwrap();
    readings::store(file.path(), &key(&[]), &Reading::default());
    assert!(readings::load(file.path(), &key(&[])).is_none());
}

#[cfg(unix)]
#[test]
fn a_folder_that_others_can_write_to_is_not_believed() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    readings::store(folder.path(), &key(&["a"]), &Reading::default());
    assert!(readings::load(folder.path(), &key(&["a"])).is_some());
    fs::set_permissions(folder.path().join("replay"), fs::Permissions::from_mode(0o777)).unwrap();
    assert!(readings::load(folder.path(), &key(&["a"])).is_none());
}

#[test]
fn the_oldest_go_first_and_the_newest_stays() {
    let folder = tempfile::tempdir().unwrap();
    let shelf = Shelf { extension: "test", most_files: 2, most_bytes: 25 };
    let place = |name: &str| shelf.path(folder.path(), &Key(name.to_owned()));
    let age = |name: &str, seconds: u64| {
        let file = File::options().append(true).open(place(name)).unwrap();
        file.set_modified(SystemTime::now() - Duration::from_secs(seconds)).unwrap();
    };
    let put = |name: &str, length: usize| {
        shelf.store(folder.path(), &Key(name.to_owned()), |file| file.write_all(&vec![0; length])).unwrap();
    };
    let there = || ["a", "b", "c", "d"].map(|name| place(name).exists());
    put("a", 10);
    age("a", 50);
    put("b", 10);
    age("b", 40);
    // Used again, and so no longer the oldest.
    assert!(shelf.load(folder.path(), &Key("a".to_owned())).is_some());
    put("c", 10);
    assert_eq!(there(), [true, false, true, false]);
    put("d", 100);
    assert_eq!(there(), [false, false, false, true]);
    let left = folder.path().join("replay").join(format!("{UNFINISHED}x"));
    fs::write(&left, "").unwrap();
    put("a", 1);
    assert!(left.exists(), "somebody may be writing it");
    File::options().append(true).open(&left).unwrap().set_modified(SystemTime::now() - SURELY_DEAD * 2).unwrap();
    put("a", 1);
    assert!(!left.exists());
}
