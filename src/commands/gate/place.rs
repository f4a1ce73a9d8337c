//! Where a receipt goes: tried out before anything is ordered, and written so that a reader never sees half of it.
//!
//! A regular file is replaced as a whole. Into everything else (a device, a pipe, `/dev/stdout`) it is written: nobody
//! wants a file in place of `/dev/null`.

use std::fs::{self, File, FileType, OpenOptions};
use std::io::{self, ErrorKind, Write as _};
use std::os::unix::fs::{FileTypeExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use rustix::fs::{Access, OFlags, access};

/// More than a receipt has: so much must fit.
const ROOM: usize = 256 * 1024;

/// Letters of an environment's name in a file's name: a name has at most 255 bytes.
const LETTERS: usize = 100;

/// The receipt's own name, beside the journal: `prod-0f3a9c51d2e47b86.json`.
pub(super) fn kept(folder: &Path, environment: &str, run: &str) -> PathBuf {
    let plain = |letter: char| if letter.is_ascii_alphanumeric() || letter == '-' { letter } else { '_' };
    let name: String = environment.chars().take(LETTERS).map(plain).collect();
    folder.join(format!("{name}-{run}.json"))
}

/// What is written: a file that is replaced, or something that is written into.
enum Place {
    File(PathBuf),
    Into(PathBuf, FileType),
}

fn place(path: &Path) -> io::Result<Place> {
    let found = match fs::metadata(path) {
        Ok(found) => found,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Place::File(path.to_owned())),
        Err(error) => return Err(error),
    };
    if found.is_dir() {
        return Err(io::Error::new(ErrorKind::IsADirectory, "it is a directory"));
    }
    // `/dev/stdout` may lead to a file, which a shell has open.
    let shared = ["/dev", "/proc"].iter().any(|folder| path.starts_with(folder));
    if found.is_file() && !shared {
        // What a symbolic link leads to is replaced, and the link stays.
        return Ok(Place::File(fs::canonicalize(path)?));
    }
    Ok(Place::Into(path.to_owned(), found.file_type()))
}

/// A pipe without a reader is an error, and not waited for.
fn open(path: &Path, kind: FileType) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.append(true);
    if kind.is_fifo() {
        options.custom_flags(i32::try_from(OFlags::NONBLOCK.bits()).unwrap_or_default());
    }
    options.open(path)
}

/// Whether a receipt could be written there now. `dry` leaves nothing behind, not even a folder.
///
/// # Errors
/// It could not, and why.
pub(super) fn try_out(path: &Path, dry: bool) -> io::Result<()> {
    match place(path)? {
        // Nothing is written, and a device that is full says so all the same.
        Place::Into(path, kind) => open(&path, kind)?.write(&[]).map(drop),
        Place::File(path) if dry => {
            let there = path.ancestors().skip(1).find(|folder| folder.exists()).unwrap_or(Path::new("."));
            let there = if there.as_os_str().is_empty() { Path::new(".") } else { there };
            if !there.is_dir() {
                return Err(io::Error::new(ErrorKind::NotADirectory, format!("{} is no folder", there.display())));
            }
            Ok(access(there, Access::WRITE_OK | Access::EXEC_OK)?)
        }
        Place::File(path) => {
            let mut file = in_folder_of(&path)?;
            file.write_all(&vec![b' '; ROOM])?;
            file.as_file().sync_all()
        }
    }
}

/// # Errors
/// It was not written.
pub(super) fn write(path: &Path, text: &str) -> io::Result<()> {
    match place(path)? {
        Place::Into(path, kind) => {
            let mut file = open(&path, kind)?;
            file.write_all(text.as_bytes())?;
            file.flush()
        }
        Place::File(path) => {
            let mut file = in_folder_of(&path)?;
            file.write_all(text.as_bytes())?;
            file.as_file().sync_all()?;
            file.persist(&path).map_err(|error| error.error)?;
            Ok(())
        }
    }
}

fn in_folder_of(path: &Path) -> io::Result<tempfile::NamedTempFile> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    fs::create_dir_all(folder)?;
    tempfile::NamedTempFile::new_in(folder)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_replaced_and_a_link_stays() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        write(&at("new/receipt.json"), "one").unwrap();
        std::os::unix::fs::symlink(at("new/receipt.json"), at("link")).unwrap();
        try_out(&at("link"), false).unwrap();
        assert_eq!(fs::read_to_string(at("link")).unwrap(), "one", "trying changes nothing");
        write(&at("link"), "two").unwrap();
        assert_eq!(fs::read_to_string(at("new/receipt.json")).unwrap(), "two");
        assert!(at("link").is_symlink());
        assert_eq!(fs::read_dir(at("new")).unwrap().count(), 1, "nothing is left behind");
    }

    #[test]
    fn what_cannot_take_it_is_told_and_a_dry_try_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        fs::write(at("file"), "").unwrap();
        rustix::fs::mkfifoat(rustix::fs::CWD, at("pipe"), rustix::fs::Mode::RWXU).unwrap();
        let bad = [folder.path().to_owned(), at("file/receipt.json"), at(&"x".repeat(300)), at("pipe")];
        for path in bad {
            assert!(try_out(&path, true).is_err() && try_out(&path, false).is_err(), "{}", path.display());
            assert!(write(&path, "x").is_err(), "{}", path.display());
        }
        try_out(&at("a/b/receipt.json"), true).unwrap();
        assert!(!at("a").exists());
        assert_eq!(kept(Path::new("r"), &"ä".repeat(300), "0f").as_os_str().len(), "r/".len() + 100 + "-0f.json".len());
    }
}
