//! Looks for PostgreSQL's server binaries where distributions put them.

use std::path::{Path, PathBuf};

use super::super::EngineError;

/// The `bin` folder to use: `named`, or the first with a server in `path` and the usual places, newest version first.
///
/// # Errors
/// [`EngineError::NoServer`] with every folder that was looked in.
pub(super) fn server(named: Option<&Path>, path: &[PathBuf]) -> Result<PathBuf, EngineError> {
    let candidates = match named {
        Some(named) => vec![named.to_owned(), named.join("bin")],
        None => path.iter().cloned().chain(usual_places()).collect(),
    };
    match candidates.iter().find(|folder| has_server(folder)) {
        // `initdb` looks for its files beside where it really lies.
        Some(folder) => Ok(folder.canonicalize().unwrap_or_else(|_| folder.clone())),
        None => Err(EngineError::NoServer { looked_in: candidates }),
    }
}

fn has_server(folder: &Path) -> bool {
    ["postgres", "initdb"].iter().all(|name| folder.join(name).is_file())
}

fn usual_places() -> Vec<PathBuf> {
    let mut places = Vec::new();
    for (parent, prefix, below) in [
        // Debian and Ubuntu; Fedora and RHEL (PGDG); Alpine; SUSE.
        ("/usr/lib/postgresql", "", "bin"),
        ("/usr", "pgsql-", "bin"),
        ("/usr/libexec", "postgresql", ""),
        ("/usr/lib", "postgresql", "bin"),
        // Homebrew on Apple silicon, on Intel and on Linux; MacPorts; Postgres.app.
        ("/opt/homebrew/opt", "postgresql@", "bin"),
        ("/usr/local/opt", "postgresql@", "bin"),
        ("/home/linuxbrew/.linuxbrew/opt", "postgresql@", "bin"),
        ("/opt/local/lib", "postgresql", "bin"),
        ("/Applications/Postgres.app/Contents/Versions", "", "bin"),
    ] {
        let mut found = versions(Path::new(parent), prefix);
        found.sort_by_key(|(version, _)| std::cmp::Reverse(*version));
        if found.is_empty() {
            places.push(Path::new(parent).join(format!("{prefix}*")).join(below));
        }
        places.extend(found.into_iter().map(|(_, folder)| folder.join(below)));
    }
    places.extend(["/usr/local/pgsql/bin", "/usr/local/bin", "/usr/bin"].map(PathBuf::from));
    places
}

/// Folders in `parent` that are named `prefix` and a version.
fn versions(parent: &Path, prefix: &str) -> Vec<(u32, PathBuf)> {
    let Ok(entries) = std::fs::read_dir(parent) else { return Vec::new() };
    entries
        .flatten()
        .filter_map(|entry| {
            let name = entry.file_name();
            let version = name.to_str()?.strip_prefix(prefix)?;
            let major: String = version.chars().take_while(char::is_ascii_digit).collect();
            Some((major.parse().ok()?, entry.path()))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn install(folder: &Path) {
        std::fs::create_dir_all(folder).unwrap();
        std::fs::write(folder.join("postgres"), "").unwrap();
        std::fs::write(folder.join("initdb"), "").unwrap();
    }

    #[test]
    fn the_named_folder_is_the_only_one_looked_in() {
        let root = tempfile::tempdir().unwrap();
        let elsewhere = root.path().join("elsewhere");
        install(&elsewhere);
        let named = root.path().join("named");
        let error = server(Some(&named), &[elsewhere]).unwrap_err().to_string();
        assert!(error.contains(&named.display().to_string()), "{error}");
        assert!(!error.contains("elsewhere"), "{error}");
        install(&named.join("bin"));
        assert!(server(Some(&named), &[]).unwrap().ends_with("named/bin"));
    }

    #[test]
    fn a_folder_without_initdb_is_no_server() {
        let root = tempfile::tempdir().unwrap();
        std::fs::write(root.path().join("postgres"), "").unwrap();
        assert!(server(Some(root.path()), &[]).is_err());
    }

    #[test]
    fn newer_versions_come_first_by_number() {
        let root = tempfile::tempdir().unwrap();
        for version in ["9.6", "15", "18", "trash"] {
            std::fs::create_dir(root.path().join(version)).unwrap();
        }
        let mut found = versions(root.path(), "");
        found.sort_by_key(|(version, _)| std::cmp::Reverse(*version));
        let names: Vec<_> = found.iter().map(|(version, _)| *version).collect();
        assert_eq!(names, [18, 15, 9]);
    }
}
