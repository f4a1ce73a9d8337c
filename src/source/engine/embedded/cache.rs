//! Where the embedded engine unpacks the code that it runs.
//!
//! Whoever can write there decides what is run, so a folder is used only if it belongs to this user and no one else can
//! write to it; otherwise the engine unpacks into its own temporary folder, which costs time and nothing else.

use std::io;
use std::path::{Path, PathBuf};

use crate::progress::Progress;

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
