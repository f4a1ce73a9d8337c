//! From the book to bytes: fonts, links, page numbers, the nested outline, a fixed file identifier.

use lopdf::{Dictionary, Object, ObjectId, StringFormat};
use printpdf::{
    Actions, BorderArray, ColorArray, Destination, FontId, HighlightingMode, LinkAnnotation, Mm, Op, PdfDocument,
    PdfPage, PdfSaveOptions, Pt, Rect,
};
use sha2::{Digest, Sha256};

use super::PdfError;
use super::book::{Book, Entry};
use super::fonts::reduced;
use super::sheet::{FAINT, RULE, SOFT, font_name};
use crate::layout::font::Face;

pub(super) fn write(title: &str, mut book: Book) -> Result<Vec<u8>, PdfError> {
    number_pages(title, &mut book);
    let mut document = PdfDocument::new(title);
    document.metadata.info.creator = "tidegate".to_owned();
    document.metadata.info.producer = "tidegate".to_owned();
    for face in Face::ALL {
        let characters = book.sheets.iter().flat_map(|sheet| sheet.used[face as usize].iter().copied()).collect();
        document.resources.fonts.map.insert(FontId(font_name(face).to_owned()), reduced(face, &characters)?);
    }
    let heights: Vec<f32> = book.sheets.iter().map(|sheet| sheet.height).collect();
    let mut pages: Vec<PdfPage> = book
        .sheets
        .into_iter()
        .map(|sheet| {
            let (width, height): (Mm, Mm) = (Pt(sheet.width).into(), Pt(sheet.height).into());
            let mut page = PdfPage::new(width, height, sheet.ops);
            let area = Rect::from_wh(Pt(sheet.width), Pt(sheet.height));
            (page.media_box, page.trim_box, page.crop_box) = (area.clone(), area.clone(), area);
            page
        })
        .collect();
    for link in &book.links {
        let Some(spot) = book.targets.get(&link.target) else { continue };
        let (x, y, width, height) = link.area;
        let rect = Rect::from_xywh(Pt(x), Pt(heights[link.page] - y - height), Pt(width), Pt(height));
        let top = (heights[spot.page] - spot.y + 6.0).min(heights[spot.page]);
        let destination = Destination::Xyz { page: spot.page + 1, left: Some(0.0), top: Some(top), zoom: None };
        pages[link.page].ops.push(Op::LinkAnnotation {
            link: LinkAnnotation::new(
                rect,
                Actions::go_to(destination),
                Some(BorderArray::Solid([0.0, 0.0, 0.0])),
                Some(ColorArray::Transparent),
                Some(HighlightingMode::None),
            ),
        });
    }
    document.with_pages(pages);
    let mut warnings = Vec::new();
    let mut file = document.to_lopdf_document(&PdfSaveOptions::default(), &mut warnings);
    drop(document);
    file.version = "1.7".to_owned();
    let ids: Vec<ObjectId> = file.get_pages().into_values().collect();
    outline(&mut file, &book.outline, &ids, &heights).map_err(|cause| PdfError::Write(cause.to_string()))?;
    identify(&mut file);
    file.compress();
    let mut bytes = Vec::new();
    file.save_to(&mut bytes).map_err(|cause| PdfError::Write(cause.to_string()))?;
    Ok(bytes)
}

/// A header with the title and what the page is about, a footer with its number; not on the cover.
fn number_pages(title: &str, book: &mut Book) {
    let count = book.sheets.len();
    for (at, (sheet, header)) in book.sheets.iter_mut().zip(&book.headers).enumerate().skip(1) {
        let (left, right) = (48.0, sheet.width - 48.0);
        let room = right - left;
        let own = super::flow::clipped(Face::Regular, 7.5, header, room * 0.6);
        let title = super::flow::clipped(Face::Regular, 7.5, title, room * 0.35);
        sheet.text(left, 32.0, Face::Regular, 7.5, FAINT, &title);
        sheet.text_right(right, 32.0, Face::Regular, 7.5, SOFT, &own);
        sheet.rule(left, 38.0, room, RULE, 0.5);
        let number = format!("{} / {count}", at + 1);
        let bottom = sheet.height - 24.0;
        sheet.text_right(right, bottom, Face::Regular, 7.5, FAINT, &number);
    }
}

/// Nested bookmarks; what `printpdf` itself writes is flat.
fn outline(
    file: &mut lopdf::Document,
    entries: &[Entry],
    pages: &[ObjectId],
    heights: &[f32],
) -> Result<(), lopdf::Error> {
    if entries.is_empty() {
        return Ok(());
    }
    let root = file.new_object_id();
    let ids: Vec<ObjectId> = entries.iter().map(|_| file.new_object_id()).collect();
    // Per entry: its parent's position; then the children of each in order.
    let mut children: Vec<Vec<usize>> = vec![Vec::new(); entries.len()];
    let mut top = Vec::new();
    let mut open: Vec<usize> = Vec::new();
    let mut parents: Vec<Option<usize>> = Vec::new();
    for (at, entry) in entries.iter().enumerate() {
        while open.last().is_some_and(|last| entries[*last].level >= entry.level) {
            open.pop();
        }
        match open.last() {
            Some(parent) => children[*parent].push(at),
            None => top.push(at),
        }
        parents.push(open.last().copied());
        open.push(at);
    }
    for (at, entry) in entries.iter().enumerate() {
        let siblings = parents[at].map_or(&top, |parent| &children[parent]);
        let place = siblings.iter().position(|sibling| *sibling == at).unwrap_or(0);
        let mut dictionary = Dictionary::new();
        dictionary.set("Title", text_string(&entry.title));
        dictionary.set("Parent", Object::Reference(parents[at].map_or(root, |parent| ids[parent])));
        if let Some(before) = place.checked_sub(1) {
            dictionary.set("Prev", Object::Reference(ids[siblings[before]]));
        }
        if let Some(next) = siblings.get(place + 1) {
            dictionary.set("Next", Object::Reference(ids[*next]));
        }
        if let (Some(first), Some(last)) = (children[at].first(), children[at].last()) {
            dictionary.set("First", Object::Reference(ids[*first]));
            dictionary.set("Last", Object::Reference(ids[*last]));
            // Negative: closed at first.
            dictionary.set("Count", Object::Integer(-i64::try_from(children[at].len()).unwrap_or(i64::MAX)));
        }
        let page = entry.spot.page;
        let upper = (heights[page] - entry.spot.y + 6.0).min(heights[page]);
        dictionary.set(
            "Dest",
            Object::Array(vec![
                Object::Reference(pages[page]),
                Object::Name(b"XYZ".to_vec()),
                Object::Real(0.0),
                Object::Real(upper),
                Object::Null,
            ]),
        );
        file.set_object(ids[at], dictionary);
    }
    let mut dictionary = Dictionary::new();
    dictionary.set("Type", Object::Name(b"Outlines".to_vec()));
    dictionary.set("First", Object::Reference(ids[top[0]]));
    dictionary.set("Last", Object::Reference(ids[top[top.len() - 1]]));
    dictionary.set("Count", Object::Integer(i64::try_from(top.len()).unwrap_or(i64::MAX)));
    file.set_object(root, dictionary);
    let catalog = file.catalog_mut()?;
    catalog.set("Outlines", Object::Reference(root));
    catalog.set("PageMode", Object::Name(b"UseOutlines".to_vec()));
    catalog.set("PageLayout", Object::Name(b"SinglePage".to_vec()));
    Ok(())
}

/// UTF-16 with a byte order mark.
fn text_string(text: &str) -> Object {
    let bytes = [0xfe, 0xff].into_iter().chain(text.encode_utf16().flat_map(u16::to_be_bytes)).collect();
    Object::String(bytes, StringFormat::Hexadecimal)
}

/// An identifier that follows from the content, and no dates: nothing else in the file differs from run to run.
fn identify(file: &mut lopdf::Document) {
    let mut hash = Sha256::new();
    for (id, object) in &file.objects {
        hash.update(id.0.to_be_bytes());
        match object {
            Object::Stream(stream) => hash.update(&stream.content),
            other => hash.update(format!("{other:?}")),
        }
    }
    let digest = hash.finalize()[..16].to_vec();
    let half = || Object::String(digest.clone(), StringFormat::Hexadecimal);
    file.trailer.set("ID", Object::Array(vec![half(), half()]));
    if let Ok(Object::Reference(info)) = file.trailer.get(b"Info").cloned()
        && let Ok(Object::Dictionary(info)) = file.get_object_mut(info)
    {
        for key in [&b"CreationDate"[..], b"ModDate", b"Identifier", b"GTS_PDFXVersion", b"Trapped"] {
            info.remove(key);
        }
    }
}
