//! The statements that make a schema, in an order in which they run on an empty database.
//!
//! Promises: whatever the model holds is said, or is named in the notes with the reason why not; replaying the text on
//! a server of the same major version and reading that gives the same schema; the same schema gives the same bytes.
//! Left to others are versions of extensions and what extensions own (columns and checks that somebody added to their
//! tables among it), roles (they belong to the cluster and are only listed), rows, relations of the configuration, and
//! kinds that the model does not hold. A copy keeps the empty schema `public` of every new database where it was
//! dropped, unless [`SqlOptions::drop_public`] asks otherwise. A few definitions PostgreSQL itself prints otherwise once
//! it has read its own print: a comparison of rows, a nameless constant in a query. A copy of the copy is then the same.
//!
//! Two phases: types, sequences, tables, routines and views come in the order of their needs, each as small as it can
//! be; then what joins them (defaults and checks that call functions, indexes, partitions, foreign keys, triggers).

mod constraints;
mod extensions;
mod globals;
mod heritage;
mod indexes;
mod order;
pub mod quote;
mod refs;
mod remarks;
mod reprint;
mod routines;
mod script;
mod sequences;
mod tables;
mod triggers;
mod types;
mod views;
mod writer;

use crate::schema::Schema;

pub use script::{Note, Part, SqlScript, Statement};
use writer::{Writer, rank};

/// What to say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SqlOptions {
    /// `ALTER … OWNER TO`.
    pub owners: bool,
    /// `GRANT` and `REVOKE`.
    pub privileges: bool,
    /// Drop `public` where the schema has none: for a new database that is to be the same, never for one in use.
    pub drop_public: bool,
}

impl Default for SqlOptions {
    fn default() -> Self {
        Self { owners: true, privileges: true, drop_public: false }
    }
}

/// The statements that make `schema`.
pub fn render(schema: &Schema, options: &SqlOptions) -> SqlScript {
    let mut writer = Writer::new(schema, options);
    writer.settings();
    writer.surroundings();
    writer.objects();
    writer.joints();
    writer.guards();
    writer.finish()
}

/// `schema.sql`.
pub fn file(view: &super::View<'_>) -> super::File {
    super::File::text("schema.sql", render(view.schema, &SqlOptions::default()).text(view.gaps))
}
