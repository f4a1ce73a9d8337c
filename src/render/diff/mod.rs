//! What changed between two schemas, for people: in a terminal, in a pull request, as a picture.
//!
//! Every format tells the same items (see [`item`]), in the order of the diff.

mod fold;
pub mod item;
mod lines;
pub mod markdown;
pub mod mermaid;
#[cfg(test)]
mod tests;
pub mod text;
mod words;

use crate::schema::Schema;
use crate::schema::diff::SchemaDiff;

/// A diff with what it was made of.
#[derive(Clone, Copy, Debug)]
pub struct Compared<'a> {
    pub diff: &'a SchemaDiff,
    pub from: &'a Schema,
    pub to: &'a Schema,
    /// Where each side came from, without secrets, as its reading says.
    pub from_origin: &'a str,
    pub to_origin: &'a str,
}
