//! The model itself, as the versioned document that tidegate reads back (`schema.json`).

use crate::schema::Document;

use super::{File, View};

/// `schema.json`: canonical, so that the same schema gives the same bytes.
pub fn render(view: &View<'_>) -> File {
    File::text("schema.json", Document::new(view.schema.clone(), view.gaps.to_vec()).to_json())
}
