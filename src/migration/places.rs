//! Where in a project migrations usually lie, told from paths alone.

use std::collections::BTreeMap;

use super::text;

/// Folders that hold nothing of the project's own.
pub const FOREIGN: &[&str] =
    &["node_modules", "target", "vendor", "dist", "build", "third_party", "venv", "__pycache__", "deps", "_build"];

/// Names under which migrations lie in most projects.
const NAMES: &[&str] = &["migrations", "migration", "migrate", "changelog", "versions", "drizzle"];

/// Parts of a path under which migrations are not the project's own.
const ASIDE: &[&str] =
    &["test", "tests", "spec", "testdata", "fixtures", "examples", "example", "docs", "bench", "benches"];

/// Folders of `paths` (files of a project) that may hold its migrations, the likeliest first.
pub fn likely<'a>(paths: impl Iterator<Item = &'a str>) -> Vec<String> {
    let mut folders: BTreeMap<String, bool> = BTreeMap::new();
    for path in paths {
        if path.split('/').any(|part| FOREIGN.contains(&part) || (part.starts_with('.') && part.len() > 1)) {
            continue;
        }
        let Some(folder) = folder_of(path) else { continue };
        *folders.entry(folder).or_default() |= text::has_ending(path, ".sql") || path.ends_with("/_journal.json");
    }
    let mut ranked: Vec<(bool, bool, usize, String)> = folders
        .into_iter()
        .map(|(folder, sql)| (is_aside(&folder), !sql, folder.matches('/').count(), folder))
        .collect();
    ranked.sort();
    ranked.into_iter().map(|(.., folder)| folder).collect()
}

/// Whether a folder belongs to tests, examples or documentation.
pub(crate) fn is_aside(folder: &str) -> bool {
    folder.split('/').any(|part| ASIDE.contains(&part))
}

/// The outermost folder on the way to `path` that is called as migrations are.
fn folder_of(path: &str) -> Option<String> {
    if let Some(folder) = path.strip_suffix("/meta/_journal.json") {
        return Some(folder.to_owned());
    }
    let telling = [".sql", ".rb", ".py", ".exs", ".js", ".ts", ".rs", ".xml", ".yaml", ".yml", ".json"];
    if !telling.iter().any(|ending| text::has_ending(path, ending)) {
        return None;
    }
    let parts: Vec<&str> = path.split('/').collect();
    let folders = &parts[..parts.len() - 1];
    let at = folders.iter().position(|part| NAMES.contains(&part.to_ascii_lowercase().as_str()))?;
    // `versions` and `drizzle` are common words: they count where their files say so.
    let meant = match folders[at] {
        "versions" => text::has_ending(path, ".py"),
        "drizzle" => text::has_ending(path, ".sql"),
        _ => true,
    };
    meant.then(|| folders[..=at].join("/"))
}

#[cfg(test)]
mod tests {
    use super::likely;

    #[test]
    fn the_projects_own_sql_comes_first() {
        let paths = [
            "node_modules/x/migrations/1.sql",
            ".git/migrations/1.sql",
            "src/app/migrations/0001_initial.py",
            "tests/migrations/1.sql",
            "services/api/migrations/1_a/up.sql",
            "db/migrations/1_a.sql",
            "web/out/meta/_journal.json",
            "alembic/versions/abc.py",
            "docs/versions/readme.json",
            "src/main.rs",
        ];
        assert_eq!(
            likely(paths.into_iter()),
            [
                "db/migrations",
                "web/out",
                "services/api/migrations",
                "alembic/versions",
                "src/app/migrations",
                "tests/migrations"
            ]
        );
    }
}
