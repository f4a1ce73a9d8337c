//! Picture pages: the whole schema where one page can hold it readably, else a page per cluster, else tiles.

use std::collections::BTreeMap;

use super::book::{Book, Spot};
use super::pen::Pen;
use super::sheet::{Colour, INK, SOFT, Sheet};
use crate::layout::font::Face;
use crate::layout::{self, Picture, PictureOptions};
use crate::render::View;
use crate::schema::QualifiedName;
use crate::view::clusters;

/// Landscape pages, the smaller first.
const A4: (f32, f32) = (841.89, 595.28);
const A3: (f32, f32) = (1190.55, 841.89);
const SIDE: f32 = 30.0;
const TOP: f32 = 74.0;
const BOTTOM: f32 = 36.0;
/// Points per pixel: names of 12 pixels come out at about 5 points, still readable on paper.
const LEAST: f32 = 0.40;
/// No larger than a page of text.
const MOST: f32 = 0.75;
/// For tiles.
const TILE: f32 = 0.46;
/// What neighbouring tiles share, in points.
const OVERLAP: f32 = 24.0;

/// The same as in the style sheet of the SVG.
pub(super) const HUES: [Colour; 10] = [
    Colour(0x3b, 0x6f, 0xd4),
    Colour(0x12, 0x90, 0x7c),
    Colour(0xb4, 0x57, 0x0e),
    Colour(0x7a, 0x4f, 0xd0),
    Colour(0xc2, 0x30, 0x6e),
    Colour(0x4d, 0x7c, 0x0f),
    Colour(0x0b, 0x7f, 0xab),
    Colour(0xa1, 0x62, 0x07),
    Colour(0x93, 0x33, 0xa8),
    Colour(0x57, 0x65, 0x7a),
];
/// The colour of every table, the same in pictures and in the dictionary.
pub(super) struct Palette(BTreeMap<QualifiedName, Colour>);

impl Palette {
    pub(super) fn new(view: &View<'_>) -> Self {
        let clusters = clusters(view);
        let coloured = clusters.iter().enumerate().flat_map(|(hue, cluster)| {
            cluster.tables.iter().map(move |table| (table.name.clone(), HUES[hue % HUES.len()]))
        });
        Self(coloured.collect())
    }

    /// Grey for what no cluster holds.
    pub(super) fn of(&self, name: &QualifiedName) -> Colour {
        self.0.get(name).copied().unwrap_or(HUES[HUES.len() - 1])
    }

    /// A view's colour is that of a table that it reads.
    pub(super) fn of_view(&self, view: &crate::schema::View) -> Colour {
        view.depends_on.iter().find_map(|name| self.0.get(name).copied()).unwrap_or(HUES[HUES.len() - 1])
    }
}

pub(super) fn add(view: &View<'_>, book: &mut Book) {
    let options = PictureOptions::for_view(view);
    let groups = clusters(view);
    let whole = layout::picture(view, &options);
    if whole.nodes.is_empty() {
        return;
    }
    if let Some((page, scale)) = page_for(&whole) {
        let spot = Spot { page: book.sheets.len(), y: 40.0 };
        book.entry(0, "Diagram", spot);
        single(book, &whole, "Diagram", page, scale);
        return;
    }
    let spot = Spot { page: book.sheets.len(), y: 40.0 };
    book.entry(0, "Diagrams", spot);
    for group in &groups {
        let own = PictureOptions { max_rows: 12, only: Some(group.id.clone()), dependencies: true, ..options.clone() };
        let mut picture = layout::picture(view, &own);
        // Many long tables: shorter ones, before the picture is cut into tiles.
        if page_for(&picture).is_none() {
            picture = layout::picture(view, &PictureOptions { max_rows: 6, views: false, ..own });
        }
        let spot = Spot { page: book.sheets.len(), y: 40.0 };
        book.entry(1, group.title.clone(), spot);
        match page_for(&picture) {
            Some((page, scale)) => single(book, &picture, &group.title, page, scale),
            None => tiles(book, &picture, &group.title),
        }
    }
}

/// The smallest page on which the picture is readable, and its scale there.
fn page_for(picture: &Picture) -> Option<((f32, f32), f32)> {
    let fit = |(width, height): (f32, f32)| {
        let across = (width - 2.0 * SIDE) / picture.width as f32;
        let down = (height - TOP - BOTTOM) / picture.height as f32;
        across.min(down).min(MOST)
    };
    [(A4, 0.52), (A3, LEAST)].into_iter().find(|(page, least)| fit(*page) >= *least).map(|(page, _)| (page, fit(page)))
}

fn single(book: &mut Book, picture: &Picture, title: &str, page: (f32, f32), scale: f32) {
    let mut sheet = Sheet::new(page.0, page.1);
    heading(&mut sheet, title, "");
    let left = (page.0 - picture.width as f32 * scale) / 2.0;
    let free = page.1 - TOP - BOTTOM - picture.height as f32 * scale;
    let pen = Pen { scale, left, top: TOP + (free / 2.0).min(40.0) };
    pen.draw(&mut sheet, picture);
    let at = book.add(sheet, title);
    pen.links(book, picture, at, (0.0, 0.0, page.0, page.1));
}

/// A picture on several pages, row by row.
fn tiles(book: &mut Book, picture: &Picture, title: &str) {
    let (room_x, room_y) = (A3.0 - 2.0 * SIDE, A3.1 - TOP - BOTTOM);
    let (width, height) = (picture.width as f32 * TILE, picture.height as f32 * TILE);
    let count = |size: f32, room: f32| ((size - OVERLAP) / (room - OVERLAP)).ceil().max(1.0) as usize;
    let (across, down) = (count(width, room_x), count(height, room_y));
    for row in 0..down {
        for column in 0..across {
            let (x, y) = (column as f32 * (room_x - OVERLAP), row as f32 * (room_y - OVERLAP));
            let mut sheet = Sheet::new(A3.0, A3.1);
            let place = format!("row {} of {down}, column {} of {across}", row + 1, column + 1);
            heading(&mut sheet, title, &place);
            let pen = Pen { scale: TILE, left: SIDE - x, top: TOP - y };
            sheet.clip(SIDE, TOP, room_x, room_y);
            pen.draw(&mut sheet, picture);
            sheet.unclip();
            let at = book.add(sheet, title);
            pen.links(book, picture, at, (SIDE, TOP, room_x, room_y));
        }
    }
}

fn heading(sheet: &mut Sheet, title: &str, place: &str) {
    let title = super::flow::clipped(Face::Bold, 14.0, title, sheet.width - 300.0);
    sheet.text(48.0, 60.0, Face::Bold, 14.0, INK, &title);
    sheet.text_right(sheet.width - 48.0, 60.0, Face::Regular, 9.0, SOFT, place);
}
