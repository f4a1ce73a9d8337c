use std::os::unix::fs::symlink;

use tempfile::TempDir;

use super::*;

fn project(files: &[(&str, &str)]) -> TempDir {
    let folder = TempDir::new().unwrap();
    for (path, text) in files {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    folder
}

#[test]
fn files_and_what_lies_around_them() {
    let project = project(&[
        (".git/HEAD", ""),
        ("Cargo.toml", "sqlx"),
        ("db/structure.sql", "a long dump"),
        ("db/m/1_a.sql", "select 1;"),
        ("db/m/inner/2.sql", "select 2;"),
        ("db/m/.hidden/3.sql", ""),
        ("db/m/.keep", ""),
        ("db/m/node_modules/x.sql", ""),
    ]);
    let read = read_tree(&project.path().join("db/m")).unwrap();
    assert_eq!(read.tree.keys().collect::<Vec<_>>(), ["1_a.sql", "inner/2.sql"]);
    assert_eq!(read.hints.location.as_deref(), Some("db/m"));
    assert_eq!(read.hints.files["Cargo.toml"], b"sqlx");
    assert_eq!(read.hints.files["db/structure.sql"], b"");
}

#[test]
fn links_are_followed_only_inside() {
    let project = project(&[("m/real.sql", "select 1;"), ("m/sub/x.sql", ""), ("secret.sql", "secret")]);
    let folder = project.path().join("m");
    symlink("real.sql", folder.join("same.sql")).unwrap();
    symlink("../secret.sql", folder.join("out.sql")).unwrap();
    symlink("nowhere", folder.join("broken.sql")).unwrap();
    symlink("..", folder.join("sub/up")).unwrap();
    symlink(".", folder.join("loop")).unwrap();
    let read = read_tree(&folder).unwrap();
    assert_eq!(read.tree.keys().collect::<Vec<_>>(), ["real.sql", "same.sql", "sub/x.sql"]);
    assert_eq!(
        read.notes,
        ["left out broken.sql: a link to nothing", "left out out.sql: a link that leaves the folder"]
    );
    // The folder itself may be a link.
    symlink("m", project.path().join("alias")).unwrap();
    assert_eq!(read_tree(&project.path().join("alias")).unwrap().tree.len(), 3);
}

#[test]
fn what_is_not_a_folder_is_said() {
    let project = project(&[("db/migrations/1.sql", ""), ("dump.sql", "")]);
    let message = read_tree(&project.path().join("db/migration")).unwrap_err().to_string();
    assert!(message.contains("does not exist; beside it lie migrations"), "{message}");
    let message = read_tree(&project.path().join("dump.sql")).unwrap_err().to_string();
    assert!(message.contains("is a file, not a folder of migrations"), "{message}");
    let large = fs::File::create(project.path().join("db/migrations/2.sql")).unwrap();
    large.set_len(LARGEST_FILE + 1).unwrap();
    let message = read_tree(&project.path().join("db/migrations")).unwrap_err().to_string();
    assert!(message.contains("has 67108865 bytes"), "{message}");
}

#[test]
fn a_project_is_searched_for_its_migrations() {
    let project = project(&[
        ("Cargo.toml", "sqlx = \"0.8\""),
        ("migrations/1_a.sql", "select 1;"),
        ("web/prisma/migrations/1_a/migration.sql", "select 1;"),
        ("rails/db/migrate/1_a.rb", "class A < ActiveRecord::Migration[7.0]"),
        ("atlas.hcl", "env \"x\" {\n  migration {\n    dir = \"file://schema/steps?format=atlas\"\n  }\n}\n"),
        ("schema/steps/1_a.sql", "select 1;"),
        ("schema/steps/atlas.sum", "h1:x=\n1_a.sql h1:y=\n"),
        ("api/alembic.ini", "[alembic]\nscript_location = alembic\n"),
        ("api/alembic/versions/a.py", "down_revision = None"),
        ("tests/migrations/1_x.up.sql", ""),
        ("node_modules/y/migrations/1.sql", ""),
    ]);
    let found = find(project.path()).unwrap();
    let told: Vec<(&str, Option<&str>, usize, bool)> =
        found.iter().map(|one| (one.folder.as_str(), one.framework.as_deref(), one.migrations, one.programs)).collect();
    assert_eq!(
        told,
        [
            ("api/alembic/versions", Some("alembic"), 0, true),
            ("schema/steps", Some("atlas"), 1, false),
            ("migrations", Some("sqlx"), 1, false),
            ("web/prisma/migrations", Some("prisma"), 1, false),
            ("rails/db/migrate", Some("rails"), 0, true),
            ("tests/migrations", Some("sqlx"), 1, false),
        ]
    );
    assert!(find(&project.path().join("nowhere")).is_err());
}
