//! What the tests stand on: a private PostgreSQL, the program in a folder of its own, git repositories, tools.
//!
//! Each topic uses a part of it, so nothing here is required to be used by all.
#![allow(dead_code)]

pub(crate) mod cli;
pub(crate) mod front;
pub(crate) mod postgres;
pub(crate) mod repo;
pub(crate) mod tool;

use std::path::{Path, PathBuf};

/// The root of the repository.
pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// A file of the repository, by its path from the root.
pub(crate) fn repository_file(path: &str) -> PathBuf {
    root().join(path)
}
