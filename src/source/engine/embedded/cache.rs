//! Where the embedded engine unpacks the code that it runs, and keeps an empty database that it made once.
//!
//! Whoever can write there decides what is run, so a folder is used only if it belongs to this user and no one else can
//! write to it; otherwise the engine unpacks into its own temporary folder, which costs time and nothing else.

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use crate::progress::Progress;

/// An empty database as `initdb` makes it, which takes longer than all else when an engine is opened.
pub(super) struct Empty(PathBuf);

impl Empty {
    /// In the cache's folder.
    pub(super) fn within(folder: &Path) -> Self {
        Self(folder.join(format!("{}.empty", super::BUILD.replace(' ', "-"))))
    }

    /// The archive, where a whole one is kept.
    pub(super) fn load(&self) -> Option<Vec<u8>> {
        let bytes = std::fs::read(&self.0).ok()?;
        let (hash, archive) = bytes.split_first_chunk::<32>()?;
        (*hash == <[u8; 32]>::from(Sha256::digest(archive))).then(|| archive.to_vec())
    }

    /// Keeps an archive; one that cannot be kept is made again next time.
    pub(super) fn store(&self, archive: &[u8]) {
        let Some(folder) = self.0.parent() else { return };
        let write = || -> io::Result<()> {
            let mut file = tempfile::Builder::new().prefix(".empty-").tempfile_in(folder)?;
            file.write_all(&Sha256::digest(archive))?;
            file.write_all(archive)?;
            file.flush()?;
            file.persist(&self.0).map(drop).map_err(|error| error.error)
        };
        let _ = write();
    }

    /// It turned out to be of no use.
    pub(super) fn forget(&self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

/// The folder to use: `wanted`, or one in `scratch`.
pub(super) fn folder(wanted: Option<&Path>, scratch: &Path, progress: &dyn Progress) -> PathBuf {
    let own = scratch.join("cache");
    let Some(wanted) = wanted else { return own };
    match private(wanted, scratch) {
        Ok(()) => wanted.to_owned(),
        Err(reason) => {
            progress.note(&format!(
                "the embedded engine is unpacked anew each time, because {} cannot be its cache: {reason}",
                wanted.display()
            ));
            own
        }
    }
}

/// Makes `folder` if it is missing, and sees that it is this user's alone and can be written.
fn private(folder: &Path, scratch: &Path) -> io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        let found = std::fs::symlink_metadata(folder)?;
        // The scratch folder was made a moment ago: its owner is who this process is.
        if found.uid() != std::fs::metadata(scratch)?.uid() {
            return Err(io::Error::other("it belongs to another user"));
        }
        if !found.is_dir() {
            return Err(io::Error::other("it is not a folder"));
        }
        if found.mode() & 0o022 != 0 {
            return Err(io::Error::other("others can write to it"));
        }
    }
    tempfile::tempfile_in(folder).map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::progress::Silent;

    #[test]
    fn an_empty_database_is_kept_whole_or_not_at_all() {
        let folder = tempfile::tempdir().unwrap();
        let empty = Empty::within(folder.path());
        assert_eq!(empty.load(), None);
        empty.store(b"archive");
        assert_eq!(empty.load().unwrap(), b"archive");
        for bytes in [&b""[..], b"short", &[0; 60]] {
            std::fs::write(&empty.0, bytes).unwrap();
            assert_eq!(empty.load(), None);
        }
        empty.store(b"archive");
        empty.forget();
        assert_eq!(empty.load(), None);
    }

    #[test]
    fn a_missing_folder_is_made_for_this_user_alone() {
        let scratch = tempfile::tempdir().unwrap();
        let wanted = scratch.path().join("a/b");
        assert_eq!(folder(Some(&wanted), scratch.path(), &Silent), wanted);
        #[cfg(unix)]
        {
            use std::os::unix::fs::MetadataExt;
            assert_eq!(std::fs::metadata(&wanted).unwrap().mode() & 0o777, 0o700);
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_folder_that_others_can_write_to_is_not_used() {
        use std::os::unix::fs::PermissionsExt;
        let scratch = tempfile::tempdir().unwrap();
        let wanted = scratch.path().join("open");
        std::fs::create_dir(&wanted).unwrap();
        std::fs::set_permissions(&wanted, std::fs::Permissions::from_mode(0o777)).unwrap();
        assert_eq!(folder(Some(&wanted), scratch.path(), &Silent), scratch.path().join("cache"));
    }

    #[cfg(unix)]
    #[test]
    fn a_link_is_not_followed() {
        let scratch = tempfile::tempdir().unwrap();
        let target = scratch.path().join("target");
        std::fs::create_dir(&target).unwrap();
        let wanted = scratch.path().join("link");
        std::os::unix::fs::symlink(&target, &wanted).unwrap();
        assert_eq!(folder(Some(&wanted), scratch.path(), &Silent), scratch.path().join("cache"));
    }

    #[test]
    fn what_cannot_be_a_folder_is_not_used() {
        let scratch = tempfile::tempdir().unwrap();
        let wanted = scratch.path().join("file");
        std::fs::write(&wanted, "").unwrap();
        assert_eq!(folder(Some(&wanted.join("below")), scratch.path(), &Silent), scratch.path().join("cache"));
    }
}
