//! Pages with what points at them: targets, links, the outline.

use std::collections::BTreeMap;

use super::sheet::Sheet;

/// A place in the book: a page, counted from 0, and a height on it in points from the top.
#[derive(Clone, Copy, Debug)]
pub(super) struct Spot {
    pub page: usize,
    pub y: f32,
}

/// A rectangle on a page that leads to a target: x, y, width, height in points from the upper left corner.
#[derive(Clone, Debug)]
pub(super) struct Link {
    pub page: usize,
    pub area: (f32, f32, f32, f32),
    pub target: String,
}

/// A line of the outline and of the contents.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    /// 0 for a part, 1 for a chapter, 2 for an object.
    pub level: usize,
    pub title: String,
    pub spot: Spot,
}

#[derive(Default)]
pub(super) struct Book {
    pub sheets: Vec<Sheet>,
    /// What the page is about, for its header; empty for none.
    pub headers: Vec<String>,
    pub targets: BTreeMap<String, Spot>,
    pub links: Vec<Link>,
    pub outline: Vec<Entry>,
}

impl Book {
    pub(super) fn add(&mut self, sheet: Sheet, header: impl Into<String>) -> usize {
        self.sheets.push(sheet);
        self.headers.push(header.into());
        self.sheets.len() - 1
    }

    pub(super) fn entry(&mut self, level: usize, title: impl Into<String>, spot: Spot) {
        self.outline.push(Entry { level, title: title.into(), spot });
    }

    /// This book, then the other.
    pub(super) fn append(&mut self, other: Self) {
        let shift = self.sheets.len();
        let moved = |spot: Spot| Spot { page: spot.page + shift, ..spot };
        self.sheets.extend(other.sheets);
        self.headers.extend(other.headers);
        self.targets.extend(other.targets.into_iter().map(|(key, spot)| (key, moved(spot))));
        self.links.extend(other.links.into_iter().map(|link| Link { page: link.page + shift, ..link }));
        let entries = other.outline.into_iter();
        self.outline.extend(entries.map(|entry| Entry { spot: moved(entry.spot), ..entry }));
    }
}
