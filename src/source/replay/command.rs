//! Frameworks that are programs (Rails, Django, Alembic…): the user's own command makes the schema.
//!
//! The command gets the database of an engine in `DATABASE_URL` and libpq's variables. What it prints goes to stderr
//! line by line, so that stdout stays data. Its readings are never cached: what it depends on is not known.

use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt as _, AsyncRead, BufReader};
use tokio::process::Command;

use super::{EngineChoice, EngineOptions, ReplayError, engine, finish};
use crate::progress::Progress;
use crate::source::{Reading, catalog};

/// Tables in which frameworks remember what they applied.
const HISTORY_TABLES: &[&str] = &[
    "public.schema_migrations",
    "public.ar_internal_metadata",
    "public.django_migrations",
    "public.alembic_version",
    "public.knex_migrations",
    "public.knex_migrations_lock",
    "public.\"SequelizeMeta\"",
    "public.pgmigrations",
    "public._prisma_migrations",
    "public._sqlx_migrations",
    "public.__diesel_schema_migrations",
    "public.refinery_schema_history",
    "public.seaql_migrations",
    "public.goose_db_version",
    "public.flyway_schema_history",
    "public.databasechangelog",
    "public.databasechangeloglock",
    "public.\"__EFMigrationsHistory\"",
    "public.mikro_orm_migrations",
    "public.kysely_migration",
    "public.kysely_migration_lock",
    "drizzle.__drizzle_migrations",
    "atlas_schema_revisions.atlas_schema_revisions",
    "supabase_migrations.schema_migrations",
];

const HISTORY_SCHEMAS: &[&str] = &["drizzle", "atlas_schema_revisions", "supabase_migrations"];

/// How to run the command.
#[derive(Clone, Debug, Default)]
pub struct CommandOptions {
    pub engine: EngineOptions,
    /// The folder to run it in.
    pub directory: PathBuf,
    /// How long it may take altogether.
    pub timeout: Option<Duration>,
    pub strict: bool,
}

#[derive(Debug, thiserror::Error)]
pub enum CommandError {
    #[error("the replay command is empty")]
    Empty,
    #[error("cannot run {program:?}: {source}")]
    Start { program: String, source: std::io::Error },
    #[error("{program:?} ended with {status}{}", last_lines(.output))]
    Failed { program: String, status: std::process::ExitStatus, output: String },
    #[error("{program:?} was still running after {} s and was stopped", timeout.as_secs())]
    Timeout { program: String, timeout: Duration },
    #[error("a command needs a server that other programs can reach, and the {engine} engine is none")]
    NoUrl { engine: &'static str },
}

fn last_lines(output: &str) -> String {
    if output.is_empty() { String::new() } else { format!("; it said last:\n{output}") }
}

/// Runs `argv` on an empty database and reads what it made.
///
/// # Errors
/// The command fails or takes too long, or no engine with a URL can be had.
pub async fn run(
    argv: &[String],
    engines: &EngineChoice,
    options: &CommandOptions,
    progress: &dyn Progress,
) -> Result<Reading, ReplayError> {
    // The embedded engine has no socket that another program could reach.
    let choice = match engines {
        EngineChoice::Auto | EngineChoice::Local => EngineChoice::Local,
        EngineChoice::Url(url) => EngineChoice::Url(url.clone()),
        EngineChoice::Embedded => return Err(CommandError::NoUrl { engine: "embedded" }.into()),
    };
    let mut engine = engine::open(&choice, &options.engine, progress).await?;
    let result = on_engine(argv, &mut engine, options, progress).await;
    engine.close().await;
    let reading = result?;
    if options.strict && !reading.gaps.is_empty() {
        return Err(ReplayError::Strict(reading.gaps));
    }
    Ok(reading)
}

async fn on_engine(
    argv: &[String],
    engine: &mut engine::Engine,
    options: &CommandOptions,
    progress: &dyn Progress,
) -> Result<Reading, ReplayError> {
    let url = engine.database_url().ok_or(CommandError::NoUrl { engine: "embedded" })?;
    progress.step(&format!("running {}", argv.first().map_or("", String::as_str)), 0, None);
    execute(argv, &url, options, progress).await?;
    progress.step("reading the schema", 1, Some(1));
    let mut client = engine.connect().await?;
    let catalog =
        catalog::Options { leave_out_owner: Some(engine.superuser().to_owned()), ..catalog::Options::default() };
    let mut reading =
        catalog::read(&mut client, &catalog).await.map_err(|error| ReplayError::Catalog(error.to_string()))?;
    let names = |list: &[&str]| list.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
    finish::leave_out(&mut reading.schema, &names(HISTORY_TABLES), &names(HISTORY_SCHEMAS));
    reading.origin = format!("{}, made by {}", engine.description(), argv.first().map_or("", String::as_str));
    Ok(reading)
}

async fn execute(
    argv: &[String],
    url: &str,
    options: &CommandOptions,
    progress: &dyn Progress,
) -> Result<(), CommandError> {
    let Some((program, arguments)) = argv.split_first() else { return Err(CommandError::Empty) };
    let mut command = Command::new(program);
    command
        .args(arguments)
        .current_dir(&options.directory)
        .env("DATABASE_URL", url)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    for name in INHERITED {
        command.env_remove(name);
    }
    // A hook's own, such as the index of the commit under way, is not meant for a program that may call git.
    for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("GIT_")) {
        command.env_remove(name);
    }
    command.envs(variables(url));
    let mut child = command.spawn().map_err(|source| CommandError::Start { program: program.clone(), source })?;
    let (out, err) = (child.stdout.take(), child.stderr.take());
    let work = async {
        let (first, second, status) = tokio::join!(relay(out, progress), relay(err, progress), child.wait());
        (second.into_iter().chain(first).collect::<Vec<_>>(), status)
    };
    let (said, status) = match options.timeout {
        None => work.await,
        Some(timeout) => match tokio::time::timeout(timeout, work).await {
            Ok(ended) => ended,
            // Dropping the child ends it.
            Err(_) => return Err(CommandError::Timeout { program: program.clone(), timeout }),
        },
    };
    let status = status.map_err(|source| CommandError::Start { program: program.clone(), source })?;
    if status.success() {
        return Ok(());
    }
    Err(CommandError::Failed { program: program.clone(), status, output: said.join("\n") })
}

/// libpq's variables that would lead elsewhere.
const INHERITED: &[&str] =
    &["PGHOST", "PGHOSTADDR", "PGPORT", "PGUSER", "PGPASSWORD", "PGDATABASE", "PGSERVICE", "PGSSLMODE", "PGOPTIONS"];

/// Shows each line, and keeps the last.
async fn relay(stream: Option<impl AsyncRead + Unpin>, progress: &dyn Progress) -> Vec<String> {
    const LAST: usize = 20;
    let mut last = Vec::new();
    let Some(stream) = stream else { return last };
    let mut lines = BufReader::new(stream).split(b'\n');
    while let Ok(Some(line)) = lines.next_segment().await {
        let line = String::from_utf8_lossy(&line).trim_end().to_owned();
        progress.note(&line);
        if last.len() == LAST {
            last.remove(0);
        }
        last.push(line);
    }
    last
}

/// What libpq's variables say of a URL.
fn variables(url: &str) -> Vec<(&'static str, String)> {
    let mut found = Vec::new();
    let Ok(config) = url.parse::<tokio_postgres::Config>() else { return found };
    match config.get_hosts().first() {
        Some(tokio_postgres::config::Host::Tcp(host)) => found.push(("PGHOST", host.clone())),
        #[cfg(unix)]
        Some(tokio_postgres::config::Host::Unix(folder)) => found.push(("PGHOST", folder.display().to_string())),
        None => {}
    }
    if let Some(port) = config.get_ports().first() {
        found.push(("PGPORT", port.to_string()));
    }
    let password = config.get_password().map(|password| String::from_utf8_lossy(password).into_owned());
    let rest = [
        ("PGUSER", config.get_user().map(str::to_owned)),
        ("PGDATABASE", config.get_dbname().map(str::to_owned)),
        ("PGPASSWORD", password),
    ];
    found.extend(rest.into_iter().filter_map(|(name, value)| Some((name, value?))));
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::progress::Silent;

    async fn run(script: &str, timeout: Option<Duration>) -> Result<(), CommandError> {
        let argv: Vec<String> = ["sh", "-c", script].map(str::to_owned).into();
        let options = CommandOptions { directory: std::env::temp_dir(), timeout, ..CommandOptions::default() };
        execute(&argv, "postgresql://me:pw@db.example:5433/shop", &options, &Silent).await
    }

    #[tokio::test]
    async fn the_command_finds_the_database_in_its_environment() {
        let script = r#"test "$DATABASE_URL" = postgresql://me:pw@db.example:5433/shop && test "$PGHOST$PGPORT$PGUSER$PGDATABASE" = db.example5433meshop"#;
        run(script, None).await.unwrap();
    }

    #[tokio::test]
    async fn a_command_that_fails_hangs_or_is_not_there_is_named() {
        let failed = run("echo first; echo oops >&2; exit 3", None).await.unwrap_err().to_string();
        assert!(failed.contains("exit status: 3") && failed.contains("oops"), "{failed}");
        let hung = run("sleep 30", Some(Duration::from_millis(100))).await.unwrap_err().to_string();
        assert!(hung.contains("was stopped"), "{hung}");
        let options = CommandOptions { directory: std::env::temp_dir(), ..CommandOptions::default() };
        let absent = execute(&["no-such-program-here".to_owned()], "postgresql://h/d", &options, &Silent).await;
        assert!(absent.unwrap_err().to_string().starts_with("cannot run \"no-such-program-here\""));
    }
}
