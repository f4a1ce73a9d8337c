//! Why the migrations of a folder cannot be told: what, on which file, why, and what to type next.

use thiserror::Error;

/// Every text stands alone on a terminal: it names files relative to the migrations folder.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum DiscoveryError {
    #[error("the migrations folder is empty: no file is in it. Name the folder that holds the migrations")]
    Empty,

    #[error(
        "no migrations found: {found}, and none of it is a migration of a framework that tidegate knows. \
         Name the folder that holds the migrations, or say which framework it is with --framework ({known})"
    )]
    NothingFound { found: String, known: String },

    #[error(
        "no migrations of {framework} found: it looks for {looks_for}; found {found}. \
         Leave out --framework to have it detected, or name another folder"
    )]
    NothingOfFramework { framework: String, looks_for: String, found: String },

    #[error("the migrations of {framework} lie deeper, in {folder}. Name that folder")]
    Deeper { framework: String, folder: String },

    #[error("unknown framework «{name}»{}. Known are: {known}", did_you_mean(.nearest))]
    UnknownFramework { name: String, nearest: Option<String>, known: String },

    #[error(
        "only down migrations found ({framework}): {}. A schema is built from the way up; \
         add the up files ({looks_for}) or name the folder that holds them",
        list(.files)
    )]
    DownOnly { framework: String, looks_for: String, files: Vec<String> },

    #[error(
        "two migrations have version {version} ({framework}): {first} and {second}. \
         Which one runs first is not said; give one of them another version"
    )]
    DuplicateVersion { framework: String, version: String, first: String, second: String },

    #[error(
        "{path} is not UTF-8: byte 0x{byte:02x} at offset {offset} (line {line}). \
         Save it as UTF-8, e.g. iconv -f WINDOWS-1252 -t UTF-8 {path}"
    )]
    NotUtf8 { path: String, offset: usize, line: usize, byte: u8 },

    #[error("{path} is {encoding}, not UTF-8. Save it as UTF-8, e.g. iconv -f UTF-16 -t UTF-8 {path}")]
    Utf16 { path: String, encoding: &'static str },

    #[error(
        "migrations of two frameworks lie in one folder: {first} is {first_framework}, {second} is {second_framework}. \
         Say which one counts: --framework {first_framework} or --framework {second_framework}"
    )]
    Mixed { first_framework: String, first: String, second_framework: String, second: String },

    #[error("{path} is a Git LFS pointer, not the file itself. Get the file with: git lfs pull")]
    Lfs { path: String },

    /// Not SQL files: only the framework itself can say what they do.
    #[error(
        "the migrations of {framework} are programs ({example}{}), which only {framework} can run. \
         Let it migrate a throw-away database: set replay.command in tidegate.toml, e.g.\n\n    \
         [replay]\n    command = {command}\n\nDATABASE_URL is set for it{}", and_more(*.more), or_else(.instead)
    )]
    Program { framework: String, example: String, more: usize, command: String, instead: Option<String> },

    /// SQL migrations with programs between them: the SQL alone would give a schema that never was.
    #[error(
        "{framework} also applies {path}, which is a program and not SQL: without it the schema would be half right. \
         Let the framework migrate a throw-away database: set replay.command in tidegate.toml, e.g.\n\n    \
         [replay]\n    command = {command}\n\nDATABASE_URL is set for it"
    )]
    ProgramAmongSql { framework: String, path: String, command: String },

    /// A change that only the framework knows how to write in SQL.
    #[error(
        "{path}, line {line}: {what} is not SQL, so only {framework} can say what it does. \
         Let the framework migrate a throw-away database: set replay.command in tidegate.toml, e.g.\n\n    \
         [replay]\n    command = {command}\n\nDATABASE_URL is set for it"
    )]
    NotSql { framework: String, path: String, line: usize, what: String, command: String },

    #[error(
        "{framework} can start from several files here: {}. Say which one counts in liquibase.properties \
         (changeLogFile = {}) or name a folder that holds one",
        list(.files), .files.first().map_or("", |name| name)
    )]
    SeveralRoots { framework: String, files: Vec<String> },

    #[error(
        "{path}, line {line}: no value for the placeholder {name} ({framework}). \
         Set it in tidegate.toml, e.g.\n\n    [migrations.placeholders]\n    {key} = \"value\"\n"
    )]
    Placeholder { framework: String, path: String, line: usize, name: String, key: String },

    #[error("{path}, line {line}: {what} ({framework})")]
    Malformed { framework: String, path: String, line: usize, what: String },

    #[error("{listed_in} names {path}, which is not in the migrations folder ({framework}). {hint}")]
    MissingFile { framework: String, listed_in: String, path: String, hint: String },

    #[error(
        "migrations of {} databases lie here ({framework}): {}. A chart shows one: name its folder, e.g. {}",
        .databases.len(), list(.databases), .databases.first().map_or("", |name| name)
    )]
    SeveralDatabases { framework: String, databases: Vec<String> },
}

/// The first few names, and how many more there are.
pub(crate) fn list(names: &[String]) -> String {
    const SHOWN: usize = 3;
    let shown = names.iter().take(SHOWN).map(String::as_str).collect::<Vec<_>>().join(", ");
    format!("{shown}{}", and_more(names.len().saturating_sub(SHOWN)))
}

fn and_more(more: usize) -> String {
    if more == 0 { String::new() } else { format!(" and {more} more") }
}

fn did_you_mean(nearest: &Option<String>) -> String {
    nearest.as_ref().map_or_else(String::new, |name| format!(" (did you mean «{name}»?)"))
}

fn or_else(instead: &Option<String>) -> String {
    instead.as_ref().map_or_else(String::new, |text| format!(". {text}"))
}
