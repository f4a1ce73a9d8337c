//! One run of the gate: its random id, and everything that a resumed run must have in common with it.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::world::PendingFile;
use crate::backup::name::hex;

/// 16 hexadecimal digits, random.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct RunId(String);

impl RunId {
    /// From 8 random bytes.
    pub fn from_random(bytes: [u8; 8]) -> Self {
        Self(hex(&bytes))
    }

    pub fn parse(text: &str) -> Option<Self> {
        let digits = |letter: char| letter.is_ascii_digit() || ('a'..='f').contains(&letter);
        (text.len() == 16 && text.chars().all(digits)).then(|| Self(text.to_owned()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for RunId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What a run is bound to. Where a resumed run differs in any of these it is another run.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Binding {
    /// SHA-256 over the command's words, each ended by a zero byte. The words themselves may hold secrets.
    pub argv: String,
    pub environment: String,
    /// `DbiResourceId` or `DbClusterResourceId`.
    pub resource_id: String,
    pub database: String,
    /// See [`super::world::Identity::database_oid`]; absent in what an older tidegate wrote.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub database_oid: Option<u32>,
    /// [`pending_hash`] of what is pending.
    pub pending: String,
    /// The commit of the migrations; empty outside of git.
    pub commit: String,
}

impl Binding {
    /// The first thing in which `other` differs, in words.
    pub fn difference(&self, other: &Self) -> Option<&'static str> {
        [
            (self.argv != other.argv, "the command"),
            (self.environment != other.environment, "the environment"),
            (self.resource_id != other.resource_id, "the database server"),
            (self.database != other.database, "the database"),
            (made_anew(self.database_oid, other.database_oid), MADE_ANEW),
            (self.pending != other.pending, "the pending migrations"),
            (self.commit != other.commit, "the commit"),
        ]
        .into_iter()
        .find_map(|(differs, what)| differs.then_some(what))
    }
}

/// The difference that an OID shows.
pub(super) const MADE_ANEW: &str = "the database, which was dropped and made again since";

/// Whether two OIDs are known and differ.
pub(in crate::gate) fn made_anew(one: Option<u32>, other: Option<u32>) -> bool {
    one.zip(other).is_some_and(|(one, other)| one != other)
}

/// SHA-256 over the paths and the SHA-256 of the pending migrations in their order, each ended by a zero byte: it can be
/// computed again from a receipt.
pub fn pending_hash(pending: &[PendingFile]) -> String {
    let mut hash = Sha256::new();
    for part in pending.iter().flat_map(|file| [&file.path, &file.sha256]) {
        hash.update(part.as_bytes());
        hash.update([0]);
    }
    hex(&hash.finalize())
}

/// See [`Binding::argv`].
pub fn argv_hash(words: &[String]) -> String {
    let mut hash = Sha256::new();
    for word in words {
        hash.update(word.as_bytes());
        hash.update([0]);
    }
    hex(&hash.finalize())
}
