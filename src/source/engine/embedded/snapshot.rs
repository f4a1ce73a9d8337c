//! The files of the embedded engine's database as one archive, and what the engine wants to know to begin with them.
//!
//! They are read through SQL, since the engine keeps them in its own memory. The order makes them consistent although
//! a session goes on: first a checkpoint, then the data, then the log that leads from the checkpoint to here, and the
//! control file last. Beginning with them is what PostgreSQL does after a crash: it replays that log.

use std::io::{self, Cursor, Write as _};

use serde_json::json;
use sha2::{Digest, Sha256};
use tokio_postgres::types::Type;
use tokio_postgres::{Client, Error};

/// What one answer may hold: all of it is in the engine's memory at once.
const MOST_BYTES_AT_ONCE: i64 = 8 << 20;

/// Larger databases are not worth keeping.
const MOST_BYTES: i64 = 256 << 20;

/// The lowest level compresses pages fourfold already, and in a fifth of the time of the usual one.
const LEVEL: i32 = 1;

const TREE: &str = "
WITH RECURSIVE found (path, isdir, size) AS (
    SELECT name, about.isdir, about.size
    FROM pg_catalog.pg_ls_dir('.') AS name, pg_catalog.pg_stat_file(name) AS about
    UNION ALL
    SELECT place.path, about.isdir, about.size
    FROM found,
        pg_catalog.pg_ls_dir(found.path) AS name,
        pg_catalog.concat(found.path, '/', name) AS place (path),
        pg_catalog.pg_stat_file(place.path) AS about
    WHERE found.isdir
)
SELECT path, isdir, size FROM found";

/// The first and the last file of the log that a restart needs.
const LOG: &str = "
SELECT pg_catalog.pg_walfile_name(redo_lsn), pg_catalog.pg_walfile_name(pg_catalog.pg_current_wal_insert_lsn())
FROM pg_catalog.pg_control_checkpoint()";

const READ: &str = "SELECT path, pg_catalog.pg_read_binary_file(path) FROM pg_catalog.unnest($1::text[]) AS path";

/// A file or a folder below the data directory.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Node {
    path: String,
    folder: bool,
    size: i64,
}

/// What is needed of a data directory, in the order in which it has to be read.
#[derive(Debug, Default, PartialEq, Eq)]
struct Needed {
    folders: Vec<String>,
    files: Vec<Node>,
}

impl Needed {
    fn of(nodes: Vec<Node>, first_log: &str, last_log: &str) -> Self {
        let mut needed = Self::default();
        for node in nodes {
            if node.folder {
                needed.folders.push(node.path);
                continue;
            }
            let wanted = match node.path.strip_prefix("pg_wal/") {
                // Files of the log that were used up lie there under names of the future.
                Some(name) if !name.contains('/') => (first_log..=last_log).contains(&name),
                _ => !matches!(node.path.as_str(), "postmaster.pid" | "postmaster.opts"),
            };
            if wanted {
                needed.files.push(node);
            }
        }
        needed.folders.sort();
        needed.files.sort_by(|a, b| (rank(&a.path), &a.path).cmp(&(rank(&b.path), &b.path)));
        needed
    }
}

fn rank(path: &str) -> u8 {
    match path {
        "global/pg_control" => 2,
        path if path.starts_with("pg_wal/") => 1,
        _ => 0,
    }
}

/// Reads all files of the database behind a superuser's session, which is in no transaction.
///
/// `None` where there is more than is worth keeping.
///
/// # Errors
/// The session's: its role may have no right to, or it is gone.
pub(crate) async fn take(client: &Client) -> Result<Option<Files>, Error> {
    client.batch_execute("CHECKPOINT").await?;
    // Prepared statements would be seen by the migrations' session, so everything here goes without.
    let log = client.query_typed(LOG, &[]).await?;
    let (first, last): (String, String) = match log.first() {
        Some(row) => (row.get(0), row.get(1)),
        None => return Ok(None),
    };
    let nodes = client.query_typed(TREE, &[]).await?;
    let nodes = nodes.iter().map(|row| Node { path: row.get(0), folder: row.get(1), size: row.get(2) }).collect();
    let needed = Needed::of(nodes, &first, &last);
    if needed.files.iter().map(|file| file.size).sum::<i64>() > MOST_BYTES {
        return Ok(None);
    }
    let mut files = Files { folders: needed.folders, files: Vec::new() };
    let mut rest = needed.files.as_slice();
    while !rest.is_empty() {
        let mut bytes = 0;
        let fits = |file: &&Node| {
            bytes += file.size;
            bytes <= MOST_BYTES_AT_ONCE
        };
        let (now, later) = rest.split_at(rest.iter().take_while(fits).count().max(1));
        let paths: Vec<&str> = now.iter().map(|file| file.path.as_str()).collect();
        for row in client.query_typed(READ, &[(&paths, Type::TEXT_ARRAY)]).await? {
            files.files.push((row.get(0), row.get::<_, &[u8]>(1).to_vec()));
        }
        rest = later;
    }
    Ok(Some(files))
}

/// A database's files, by path below its data directory.
pub(crate) struct Files {
    folders: Vec<String>,
    files: Vec<(String, Vec<u8>)>,
}

impl Files {
    /// A compressed archive of them. Takes a tenth of a second of processor time.
    ///
    /// # Errors
    /// None in practice: it writes to memory.
    pub(crate) fn archive(&self) -> io::Result<Vec<u8>> {
        let mut archive = tar::Builder::new(zstd::Encoder::new(Vec::new(), LEVEL)?);
        let header = |kind: tar::EntryType, mode: u32, size: usize| {
            let mut header = tar::Header::new_ustar();
            header.set_entry_type(kind);
            header.set_mode(mode);
            header.set_size(size as u64);
            header
        };
        for path in &self.folders {
            archive.append_data(&mut header(tar::EntryType::Directory, 0o700, 0), path, io::empty())?;
        }
        for (path, bytes) in &self.files {
            let mut header = header(tar::EntryType::Regular, 0o600, bytes.len());
            archive.append_data(&mut header, path, Cursor::new(bytes))?;
        }
        let mut encoder = archive.into_inner()?;
        encoder.flush()?;
        encoder.finish()
    }
}

/// What the embedding crate asks of an archive before it unpacks it in place of running `initdb`.
pub(super) fn manifest(archive: &[u8], module_sha256: &str) -> Vec<u8> {
    let sha256: String = Sha256::digest(archive).iter().map(|byte| format!("{byte:02x}")).collect();
    json!({
        "schema": "oliphaunt-cluster-seed-v1",
        "artifactRole": "cluster-seed-standard",
        "catalogProfile": "standard",
        "runtime": {
            "product": "liboliphaunt-wasix",
            "version": super::BUILD.rsplit(' ').next(),
            "engineFamily": "wasix",
            "target": "portable",
            "physicalFormat": "wasix-pg18-v1",
            "postgresMajor": 18,
            "compatibilityKey": "wasix-pg18-datum32-v1",
            "consumerSha256": module_sha256,
            "producerSha256": module_sha256,
            "initdbSha256": "",
        },
        "source": { "producer": "wasix-initdb" },
        // The counts are of no use to us: the engine only wants some.
        "archive": {
            "path": "state.tar.zst",
            "sha256": sha256,
            "compressedBytes": archive.len(),
            "expandedBytes": archive.len(),
            "regularFiles": 1,
            "directories": 1,
        },
        "requiredRuntimeFeatures": [],
        "extensions": { "selected": [], "startupConfiguration": [] },
        "icu": null,
    })
    .to_string()
    .into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(path: &str) -> Node {
        Node { path: path.to_owned(), folder: false, size: 1 }
    }

    #[test]
    fn the_log_comes_after_the_data_and_the_control_file_last() {
        let nodes = vec![
            file("global/pg_control"),
            file("pg_wal/000000010000000000000005"),
            file("pg_wal/000000010000000000000006"),
            file("pg_wal/000000010000000000000007"),
            file("pg_wal/archive_status/x"),
            file("postmaster.pid"),
            Node { path: "pg_wal".to_owned(), folder: true, size: 0 },
            file("base/5/1259"),
            file("PG_VERSION"),
        ];
        let needed = Needed::of(nodes, "000000010000000000000005", "000000010000000000000006");
        let paths: Vec<_> = needed.files.iter().map(|file| file.path.as_str()).collect();
        assert_eq!(
            paths,
            [
                "PG_VERSION",
                "base/5/1259",
                "pg_wal/000000010000000000000005",
                "pg_wal/000000010000000000000006",
                "pg_wal/archive_status/x",
                "global/pg_control"
            ]
        );
        assert_eq!(needed.folders, ["pg_wal"]);
    }

    #[test]
    fn an_archive_holds_every_file_and_folder() {
        let files = Files {
            folders: vec!["pg_notify".to_owned()],
            files: vec![("base/5/1259".to_owned(), vec![7; 8192]), ("PG_VERSION".to_owned(), b"18\n".to_vec())],
        };
        let bytes = files.archive().unwrap();
        let mut archive = tar::Archive::new(zstd::Decoder::new(Cursor::new(bytes)).unwrap());
        let found: Vec<_> = archive
            .entries()
            .unwrap()
            .map(|entry| {
                let entry = entry.unwrap();
                (entry.path().unwrap().display().to_string(), entry.size())
            })
            .collect();
        assert_eq!(
            found,
            [("pg_notify".to_owned(), 0), ("base/5/1259".to_owned(), 8192), ("PG_VERSION".to_owned(), 3)]
        );
    }
}
