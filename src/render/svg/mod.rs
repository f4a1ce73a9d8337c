//! `schema.svg`: the picture as a file of its own, and the same as an element for the page.
//!
//! No script, no request, no font file; light and dark by the reader's preference. Everything out of the database is
//! escaped, and what XML cannot hold becomes U+FFFD.
//!
//! What the page's script can rely on (all values are the model's own names, unshortened):
//!
//! | element | attributes |
//! |---|---|
//! | `svg.tg` | `viewBox="0 0 W H"` |
//! | `g.f.hN` (frame) | `data-cluster` = the cluster's id; `N` = 0 to 9, its colour |
//! | `g.t.hN` (table), with `.v` a view, `.p` partitioned, `.x` foreign | `id` = [`table_id`], `data-name` = `public.orders` (as `QualifiedName` prints it), `data-cluster`, `transform="translate(x y)"` |
//! | `g.c` inside (column) | `data-col` = the column's name |
//! | `g.e` (line), with `.virtual`, `.reads`, `.inherits` | `data-from`, `data-to` = tables' `data-name`; `data-key` = the constraint's name; `data-columns`, `data-refs` = JSON lists of column names |
//!
//! Lines come after frames and before tables. Colours are custom properties of `.tg`, listed in [`STYLE`]; the class
//! `dark` or `light` on any ancestor overrules the reader's preference. `.dim` and `.hot` on `t`, `c` and `e` fade and
//! emphasise; `.hot` lines take the accent colour.

mod draw;
mod escape;
mod style;

pub use draw::table_id;
pub use style::STYLE;

use super::{File, View};
use crate::layout::Picture;

/// The file `schema.svg`.
pub fn render(view: &View<'_>, picture: &Picture) -> File {
    File::text("schema.svg", draw::document(view, picture))
}

/// The picture as an element, without [`STYLE`], which the page holds once.
pub fn element(view: &View<'_>, picture: &Picture) -> String {
    draw::element(view, picture)
}

#[cfg(test)]
mod tests;
