//! Dumps and psql scripts: what `pg_dump` writes, Rails' `structure.sql`, install scripts written by hand.
//!
//! A script is read as psql would read it (variables, conditions, included files, changes of database) and the SQL in
//! it is replayed on a throw-away PostgreSQL. Promises: nothing outside of the database is run; a file that is cut off
//! is an error and never half a schema; data is passed over, and whatever else is passed over is a gap.

mod complete;
mod psql;
mod reader;

use std::path::{Path, PathBuf};

use super::Reading;
use super::engine::EngineChoice;
use super::replay::{ReplayError, ReplayOptions, Script, replay_script};
use crate::migration::statement::Problem;
use crate::progress::Progress;

#[derive(Debug, thiserror::Error)]
pub enum DumpError {
    #[error("cannot read {}: {source}", path.display())]
    Read { path: PathBuf, source: std::io::Error },
    #[error("{name} is {what}; {advice}")]
    Format { name: String, what: &'static str, advice: &'static str },
    #[error("{name}, line {line}: not UTF-8; save it as UTF-8, or dump with `pg_dump --encoding=UTF8`")]
    Encoding { name: String, line: usize },
    #[error("{name}:{line}: {problem}; the file is cut off")]
    CutOff { name: String, line: usize, problem: Problem },
    #[error("{name} is cut off: it begins as pg_dump begins, and its last line, `{line}`, is missing")]
    NoTrailer { name: String, line: &'static str },
    #[error("{name} is empty; if a dump wrote it, that dump failed")]
    Empty { name: String },
    #[error("{name}:{line}: cannot read {file:?}, looked in {}", list(looked_in))]
    Include { name: String, line: usize, file: String, looked_in: Vec<PathBuf> },
    #[error("{name}:{line}: {reason}")]
    Script { name: String, line: usize, reason: String },
    #[error(transparent)]
    Replay(#[from] ReplayError),
}

impl DumpError {
    /// What to do about it, where there is something.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Replay(error) => error.hint(),
            _ => None,
        }
    }
}

fn list(paths: &[PathBuf]) -> String {
    paths.iter().map(|path| path.display().to_string()).collect::<Vec<_>>().join(", ")
}

/// Replays the script at `path` and reads what it makes.
///
/// # Errors
/// Names file and line.
pub async fn read(
    path: &Path,
    engines: &EngineChoice,
    options: &ReplayOptions,
    progress: &dyn Progress,
) -> Result<Reading, DumpError> {
    let bytes = std::fs::read(path).map_err(|source| DumpError::Read { path: path.to_owned(), source })?;
    let folder = path.parent().unwrap_or(Path::new("")).to_owned();
    let open = |file: &Path| std::fs::read(file);
    let script = script(&path.display().to_string(), &bytes, &folder, &open)?;
    Ok(replay_script(&script, engines, options, progress).await?)
}

/// Reads a script without running it. `folder` is where it lies, and `open` reads the files that it includes.
///
/// # Errors
/// Names file and line.
pub fn script(
    name: &str,
    bytes: &[u8],
    folder: &Path,
    open: &dyn Fn(&Path) -> std::io::Result<Vec<u8>>,
) -> Result<Script, DumpError> {
    reader::Reader::new(folder, open).read(name, bytes)
}

/// The text of a script, or what else the bytes are.
fn text(name: &str, bytes: &[u8]) -> Result<String, DumpError> {
    let format = |what, advice| Err(DumpError::Format { name: name.to_owned(), what, advice });
    match bytes {
        [b'P', b'G', b'D', b'M', b'P', ..] => {
            format("a pg_dump archive in custom format", "turn it into SQL with `pg_restore -f dump.sql FILE`")
        }
        [0x1f, 0x8b, ..] => format("compressed with gzip", "unpack it first: `gunzip -k FILE`"),
        [0x28, 0xb5, 0x2f, 0xfd, ..] => format("compressed with zstd", "unpack it first: `zstd -d FILE`"),
        [0x04, 0x22, 0x4d, 0x18, ..] => format("compressed with lz4", "unpack it first: `lz4 -d FILE`"),
        [b'B', b'Z', b'h', ..] => format("compressed with bzip2", "unpack it first: `bunzip2 -k FILE`"),
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => {
            format("UTF-16 text", "save it as UTF-8 (in PowerShell use `pg_dump -f FILE`, not `>`)")
        }
        _ if bytes.get(257..262) == Some(b"ustar") => {
            format("a tar archive", "turn a pg_dump archive into SQL with `pg_restore -f dump.sql FILE`")
        }
        _ => match std::str::from_utf8(bytes) {
            Ok(text) => Ok(text.to_owned()),
            Err(error) => {
                let line = 1 + bytes[..error.valid_up_to()].iter().filter(|byte| **byte == b'\n').count();
                Err(DumpError::Encoding { name: name.to_owned(), line })
            }
        },
    }
}
