//! `schema.pdf`: cover, contents, pictures and a data dictionary of every object, made without a browser.
//!
//! Promises: the same bytes for the same view (no date, a file identifier that is the hash of what is drawn); every
//! name can be found and copied; only the glyphs in use are embedded. DejaVu has no Chinese, Japanese, Korean, Arabic
//! joining forms or emoji: such a character is drawn as `□`, keeps its place in searching and copying through
//! `ActualText`, and the cover says so where it happens.
//!
//! How: [`sheet`] draws on one page; [`book`] holds pages, targets, links and the outline; [`flow`] sets text and
//! tables from page to page; [`picture`], [`dictionary`], [`objects`], [`database`] and [`front`] fill the book; [`finish`] embeds
//! the fonts and writes the file.

mod book;
mod database;
mod details;
mod dictionary;
mod finish;
mod flow;
mod fonts;
mod front;
mod objects;
mod pen;
mod picture;
mod sheet;

use super::{File, View};
use book::Book;

/// What can go wrong: nothing that a schema can cause.
#[derive(Debug, thiserror::Error)]
pub enum PdfError {
    #[error("the {face} face could not be reduced to the glyphs in use: {reason}")]
    Font { face: &'static str, reason: String },
    #[error("the PDF could not be written: {0}")]
    Write(String),
}

/// The file `schema.pdf`.
pub fn render(view: &View<'_>) -> Result<File, PdfError> {
    let mut body = Book::default();
    picture::add(view, &mut body);
    dictionary::add(view, &mut body);
    objects::add(view, &mut body);
    database::add(view, &mut body);
    let book = front::bind(view, body);
    Ok(File { path: "schema.pdf".to_owned(), bytes: finish::write(&view.title, book)? })
}

#[cfg(test)]
mod tests;
