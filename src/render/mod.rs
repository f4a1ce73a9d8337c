//! From a schema to files: one [`View`] that every format shows, and one file per format.
//!
//! Pure: no clock, no environment, no hash-map order. The same view gives the same bytes.

pub mod dbml;
pub mod describe;
pub mod diff;
pub mod html;
pub mod json;
pub mod llm;
pub mod markdown;
pub mod mermaid;
pub mod pdf;
pub mod sql;
pub mod svg;
pub mod templates;

pub use crate::view::{self, Cluster, View, ViewOptions, clusters};

/// A file to write: a relative path with `/` between its parts, and its bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    pub path: String,
    pub bytes: Vec<u8>,
}

impl File {
    pub fn text(path: impl Into<String>, text: impl Into<String>) -> Self {
        Self { path: path.into(), bytes: text.into().into_bytes() }
    }
}

#[cfg(test)]
mod golden;
