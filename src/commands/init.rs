//! `tidegate init`: looks around and writes a commented `tidegate.toml`, and what CI and editors need.

mod surroundings;

use std::path::Path;
use std::process::ExitCode;

use crate::cli::args::InitArgs;
use crate::cli::config::{Config, FILE_NAME};
use crate::cli::environment::Environment;
use crate::cli::failure::{Code, Failure};
use crate::cli::ui::Ui;
use crate::migration::folder::{self, Candidate};

const TEMPLATE: &str = include_str!("../../templates/init/tidegate.toml");

/// What was found. Paths are relative to the project, with `/` between their parts.
#[derive(Debug, Default, PartialEq, Eq)]
struct Findings {
    /// Folders that may hold the migrations, the likeliest first.
    folders: Vec<Candidate>,
    /// A dump that the project keeps, such as Rails' `db/structure.sql`.
    dump: Option<&'static str>,
}

impl Findings {
    fn folder(&self) -> Option<&Candidate> {
        self.folders.first()
    }

    /// The migrations are programs, and no dump stands for them.
    fn needs_command(&self) -> bool {
        self.dump.is_none() && self.folder().is_some_and(|folder| folder.programs)
    }

    fn source(&self) -> &str {
        match (self.folder(), self.dump) {
            (Some(folder), Some(dump)) if folder.programs => dump,
            (Some(folder), _) => &folder.folder,
            (None, Some(dump)) => dump,
            (None, None) => "migrations",
        }
    }
}

pub fn run(args: &InitArgs, environment: &Environment, ui: &Ui) -> Result<ExitCode, Failure> {
    let root = &environment.working_directory;
    let findings = look_around(root)?;
    let text = fill(&findings);
    let asked = surroundings::asked(args, || migrations_folder(root, &findings));
    if args.print {
        match asked.is_empty() {
            true => super::output::print(text.as_bytes())?,
            false => asked.iter().try_for_each(|file| super::output::print(file.text.as_bytes()))?,
        }
        return Ok(ExitCode::SUCCESS);
    }
    let path = root.join(FILE_NAME);
    for file in &asked {
        let path = root.join(file.path);
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).map_err(|error| cannot_write(folder, &error))?;
        }
        write(&path, &file.text, args.force)?;
        ui.status(&format!("wrote {}", file.path));
        ui.status(&format!("  {}", file.next));
    }
    if !asked.is_empty() && path.exists() {
        return Ok(ExitCode::SUCCESS);
    }
    write(&path, &text, args.force)?;
    ui.status(&format!("wrote {FILE_NAME}"));
    match findings.folder() {
        Some(folder) => ui.status(&format!("  {}", told(folder))),
        None if findings.dump.is_none() => ui.warning("found no migrations here: set `source` in tidegate.toml"),
        None => {}
    }
    if let Some(dump) = findings.dump {
        ui.status(&format!("  a dump: {dump}"));
    }
    for folder in findings.folders.iter().skip(1) {
        ui.status(&format!("  also found: {}", told(folder)));
    }
    if findings.needs_command() {
        ui.status("  these migrations are programs: set `replay.command` to what runs them");
    }
    ui.status("next: tidegate docs");
    Ok(ExitCode::SUCCESS)
}

fn write(path: &Path, text: &str, force: bool) -> Result<(), Failure> {
    use std::io::Write as _;
    let mut options = std::fs::OpenOptions::new();
    options.write(true);
    if force {
        options.create(true).truncate(true)
    } else {
        options.create_new(true)
    };
    match options.open(path).and_then(|mut file| file.write_all(text.as_bytes())) {
        Ok(()) => Ok(()),
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {
            Err(Failure::usage(format!("{} exists already", path.display()))
                .hint("tidegate init --force replaces it, --print shows what would be written"))
        }
        Err(error) => Err(cannot_write(path, &error)),
    }
}

fn cannot_write(path: &Path, error: &std::io::Error) -> Failure {
    Failure::new(Code::CouldNotTell, format!("cannot write {}: {error}", path.display()))
}

/// As the configuration says, or else as found.
fn migrations_folder(root: &Path, findings: &Findings) -> String {
    let configured = std::fs::read_to_string(root.join(FILE_NAME)).ok();
    let configured = configured.and_then(|text| toml::from_str::<Config>(&text).ok()).and_then(|c| c.migrations.dir);
    configured.or_else(|| findings.folder().map(|folder| folder.folder.clone())).unwrap_or_else(|| "migrations".into())
}

/// `12 diesel migrations in db/migrations`, and what is wrong with them.
fn told(folder: &Candidate) -> String {
    let framework = folder.framework.as_deref().unwrap_or("SQL");
    let count = if folder.migrations == 0 { String::new() } else { format!("{} ", folder.migrations) };
    let problem = folder.problem.as_ref().map(|problem| format!(" ({problem})")).unwrap_or_default();
    format!("{count}{framework} migrations in {}{problem}", folder.folder)
}

fn look_around(root: &Path) -> Result<Findings, Failure> {
    let dumps = ["db/structure.sql", "db/schema.sql", "structure.sql", "schema.sql"];
    let folders = folder::find(root).map_err(|error| Failure::from_error(Code::CouldNotTell, &error))?;
    Ok(Findings { folders, dump: dumps.into_iter().find(|path| root.join(path).is_file()) })
}

fn fill(findings: &Findings) -> String {
    let quoted = |text: &str| toml::Value::String(text.to_owned()).to_string();
    let dir = match findings.folder() {
        Some(folder) => format!("dir = {}", quoted(&folder.folder)),
        None => "# dir = \"migrations\"".to_owned(),
    };
    let framework = findings.folder().and_then(|folder| folder.framework.as_deref()).unwrap_or("auto");
    TEMPLATE
        .replace("@SOURCE@", &quoted(findings.source()))
        .replace("@DIR@", &dir)
        .replace("@FRAMEWORKS@", &crate::migration::frameworks().collect::<Vec<_>>().join(", "))
        .replace("@FRAMEWORK@", &format!("framework = {}", quoted(framework)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn project(files: &[(&str, &str)]) -> tempfile::TempDir {
        let root = tempfile::tempdir().unwrap();
        for (path, text) in files {
            std::fs::create_dir_all(root.path().join(path).parent().unwrap()).unwrap();
            std::fs::write(root.path().join(path), text).unwrap();
        }
        root
    }

    #[test]
    fn finds_folder_and_framework() {
        let root = project(&[
            ("migrations/2024-01-01-000000_a/up.sql", "CREATE TABLE a ();"),
            ("migrations/2024-01-01-000000_a/down.sql", "DROP TABLE a;"),
            ("node_modules/x/migrations/1.sql", "SELECT 1;"),
        ]);
        let findings = look_around(root.path()).unwrap();
        let folder = findings.folder().unwrap();
        assert_eq!((folder.folder.as_str(), folder.framework.as_deref()), ("migrations", Some("diesel")));
        assert_eq!(told(folder), "1 diesel migrations in migrations");
    }

    #[test]
    fn what_is_written_is_a_configuration() {
        let candidate = |folder: &str, programs| Candidate {
            folder: folder.into(),
            framework: Some("rails".into()),
            migrations: 0,
            programs,
            problem: None,
        };
        for (folders, dump, source) in [
            (vec![], None, "migrations"),
            (vec![candidate("a \"b\"", false)], Some("schema.sql"), "a \"b\""),
            (vec![candidate("db/migrate", true)], Some("db/structure.sql"), "db/structure.sql"),
        ] {
            let findings = Findings { folders, dump };
            let text = fill(&findings);
            assert!(!text.contains('@'), "{text}");
            let config: crate::cli::config::Config = toml::from_str(&text).unwrap();
            assert_eq!(config.docs.source.as_deref(), Some(source));
        }
    }
}
