//! Text and tables that run from page to page.

use super::book::{Book, Link, Spot};
use super::sheet::{BAND, Colour, FAINT, INK, LINK, Paint, RULE, SOFT, Sheet, advance, width};
use crate::layout::font::{Face, UNITS_PER_EM};

/// A4 upright, in points.
pub(super) const PAGE: (f32, f32) = (595.28, 841.89);
pub(super) const MARGIN: f32 = 48.0;
const TOP: f32 = 58.0;
const BOTTOM: f32 = 792.0;
/// What a line of text takes.
pub(super) const TEXT_WIDTH: f32 = PAGE.0 - 2.0 * MARGIN;

/// The size of a table's labels.
const LABEL: f32 = 6.8;
/// Inside a table's cell.
const PADDING: (f32, f32) = (5.0, 3.5);

#[derive(Clone, Copy, Debug)]
pub(super) struct Style {
    pub face: Face,
    pub size: f32,
    pub colour: Colour,
}

impl Style {
    const fn new(face: Face, size: f32, colour: Colour) -> Self {
        Self { face, size, colour }
    }

    fn leading(self) -> f32 {
        self.size * 1.32
    }
}

pub(super) const BODY: Style = Style::new(Face::Regular, 8.5, INK);
pub(super) const QUIET: Style = Style::new(Face::Regular, 8.0, SOFT);
pub(super) const CODE: Style = Style::new(Face::Mono, 7.5, INK);
pub(super) const NAME: Style = Style::new(Face::Mono, 8.0, INK);
pub(super) const STRONG: Style = Style::new(Face::Bold, 8.0, INK);

#[derive(Clone, Debug)]
pub(super) struct Cell {
    pub text: String,
    pub style: Style,
    pub target: Option<String>,
}

impl Cell {
    pub(super) fn new(text: impl Into<String>, style: Style) -> Self {
        Self { text: text.into(), style, target: None }
    }

    /// Drawn as a link.
    pub(super) fn to(mut self, target: Option<String>) -> Self {
        if target.is_some() {
            self.style.colour = LINK;
            self.target = target;
        }
        self
    }
}

/// A column of a table: its label and its share of the width.
pub(super) type Column = (&'static str, f32);

pub(super) struct Flow<'a> {
    pub book: &'a mut Book,
    y: f32,
    header: String,
    label: Option<String>,
}

impl<'a> Flow<'a> {
    /// Begins on a new page.
    pub(super) fn new(book: &'a mut Book, header: impl Into<String>) -> Self {
        let mut flow = Self { book, y: 0.0, header: header.into(), label: None };
        flow.new_page();
        flow
    }

    pub(super) fn new_page(&mut self) {
        self.book.add(Sheet::new(PAGE.0, PAGE.1), self.header.clone());
        self.y = TOP;
    }

    /// What pages that begin from here on are about.
    pub(super) fn set_header(&mut self, header: impl Into<String>) {
        self.header = header.into();
    }

    pub(super) fn here(&self) -> Spot {
        Spot { page: self.book.sheets.len() - 1, y: self.y }
    }

    fn sheet(&mut self) -> &mut Sheet {
        self.book.sheets.last_mut().expect("a flow begins with a page of its own")
    }

    /// Begins a new page where so much does not fit on this one.
    pub(super) fn need(&mut self, height: f32) {
        if self.y + height > BOTTOM {
            self.new_page();
        }
    }

    pub(super) fn space(&mut self, height: f32) {
        self.y += height;
    }

    /// A part of the book, on a page of its own from its top.
    pub(super) fn part(&mut self, title: &str) {
        self.sheet_text(MARGIN, 20.0, Style::new(Face::Bold, 20.0, INK), title);
        let y = self.y + 32.0;
        self.sheet().rule(MARGIN, y, TEXT_WIDTH, RULE, 1.0);
        self.y += 46.0;
    }

    /// A chapter: one of PostgreSQL's schemas.
    pub(super) fn chapter(&mut self, title: &str) {
        self.need(120.0);
        self.y += 6.0;
        self.sheet_text(MARGIN, 14.0, Style::new(Face::Bold, 14.0, SOFT), title);
        self.y += 28.0;
    }

    /// An object: its name on a band in its schema's colour, what kind it is on the right. Returns where it stands.
    pub(super) fn object(&mut self, colour: Colour, name: &str, kind: &str) -> Spot {
        let size = 11.0;
        let kind_width = width(Face::Regular, 8.0, kind);
        let lines = wrap(Face::Bold, size, TEXT_WIDTH - kind_width - 40.0, name);
        let height = 10.0 + 14.0 * lines.len() as f32;
        // Heading, one line of text and the beginning of a table belong together.
        self.need(height + 80.0);
        let spot = self.here();
        let y = self.y;
        let sheet = self.sheet();
        sheet.rect(MARGIN, y, TEXT_WIDTH, height, Paint { fill: Some(BAND), ..Paint::default() });
        sheet.rect(MARGIN, y, 4.0, height, Paint { fill: Some(colour), ..Paint::default() });
        for (at, line) in lines.iter().enumerate() {
            sheet.text(MARGIN + 14.0, y + 16.0 + 14.0 * at as f32, Face::Bold, size, INK, line);
        }
        sheet.text_right(MARGIN + TEXT_WIDTH - 10.0, y + 16.0, Face::Regular, 8.0, SOFT, kind);
        self.y += height + 7.0;
        spot
    }

    /// A small heading for the table or text that follows; it is written with that, so that no page ends with it.
    pub(super) fn label(&mut self, text: &str) {
        self.label = Some(text.to_owned());
    }

    /// Writes the heading that waits, on the page that also has room for so much after it.
    fn write_label(&mut self, next: f32) {
        match self.label.take() {
            None => self.need(next),
            Some(text) => {
                self.need(19.0 + next);
                self.y += 5.0;
                self.sheet_text(MARGIN, 8.0, STRONG, &text);
                self.y += 14.0;
            }
        }
    }

    pub(super) fn paragraph(&mut self, text: &str, style: Style) {
        for line in wrap(style.face, style.size, TEXT_WIDTH, text) {
            self.need(style.leading());
            self.sheet_text(MARGIN, style.size, style, &line);
            self.y += style.leading();
        }
        self.y += 4.0;
    }

    /// A text in a frame of its own, in the fixed face.
    pub(super) fn code(&mut self, text: &str) {
        let style = CODE;
        let lines = wrap(style.face, style.size, TEXT_WIDTH - 20.0, text);
        self.write_label(style.leading() * lines.len().min(3) as f32 + 10.0);
        let mut rest = lines.as_slice();
        while !rest.is_empty() {
            self.need(style.leading() * rest.len().min(3) as f32 + 10.0);
            let room = ((BOTTOM - self.y - 10.0) / style.leading()).max(1.0) as usize;
            let (now, later) = rest.split_at(room.min(rest.len()));
            let height = style.leading() * now.len() as f32 + 9.0;
            let top = self.y;
            self.sheet().rect(MARGIN, top, TEXT_WIDTH, height, Paint { fill: Some(BAND), ..Paint::default() });
            for (at, line) in now.iter().enumerate() {
                let y = top + 4.0 + style.size + style.leading() * at as f32;
                self.sheet().text(MARGIN + 10.0, y, style.face, style.size, style.colour, line);
            }
            self.y += height + 5.0;
            rest = later;
        }
    }

    fn sheet_text(&mut self, x: f32, baseline: f32, style: Style, text: &str) {
        let y = self.y + baseline;
        self.sheet().text(x, y, style.face, style.size, style.colour, text);
    }

    /// A table; its header is repeated on every page that it reaches. Columns in which no row says anything are left
    /// out, and the others share the width by what they hold.
    pub(super) fn table(&mut self, columns: &[Column], rows: &[Vec<Cell>]) {
        let said: Vec<usize> = (0..columns.len())
            .filter(|column| rows.iter().any(|row| row.get(*column).is_some_and(|cell| !cell.text.is_empty())))
            .collect();
        let columns: Vec<Column> = said.iter().map(|column| columns[*column]).collect();
        let rows: Vec<Vec<&Cell>> = rows.iter().map(|row| said.iter().map(|column| &row[*column]).collect()).collect();
        let widths = shared(&columns, &rows);
        let first = rows.first().map_or(0.0, |row| row_height(row, &widths));
        self.write_label(20.0 + first.min((BOTTOM - TOP) * 0.4));
        self.table_header(&columns, &widths);
        for row in &rows {
            self.row(&columns, &widths, row);
        }
        self.y += 7.0;
    }

    fn table_header(&mut self, columns: &[Column], widths: &[f32]) {
        if columns.iter().all(|(label, _)| label.is_empty()) {
            let y = self.y;
            self.sheet().rule(MARGIN, y, TEXT_WIDTH, RULE, 0.5);
            return;
        }
        let y = self.y;
        let sheet = self.sheet();
        let mut x = MARGIN;
        for ((label, _), width) in columns.iter().zip(widths) {
            sheet.text(x + PADDING.0, y + 9.5, Face::Bold, LABEL, FAINT, label);
            x += width;
        }
        sheet.rule(MARGIN, y + 14.0, TEXT_WIDTH, FAINT, 0.7);
        self.y += 14.0;
    }

    fn row(&mut self, columns: &[Column], widths: &[f32], row: &[&Cell]) {
        let lines: Vec<Vec<String>> = row.iter().zip(widths).map(|(cell, width)| cell_lines(cell, *width)).collect();
        let leading = row.iter().map(|cell| cell.style.leading()).fold(9.0, f32::max);
        let count = lines.iter().map(Vec::len).max().unwrap_or(0).max(1);
        let mut done = 0;
        while done < count {
            let left = (count - done) as f32 * leading + 2.0 * PADDING.1;
            // A row that fits a page is not broken; a longer one fills what is left of this page.
            if self.y + left > BOTTOM && (left < (BOTTOM - TOP) * 0.5 || BOTTOM - self.y < 60.0) {
                self.new_page();
                self.table_header(columns, widths);
            }
            let room = ((BOTTOM - self.y - 2.0 * PADDING.1) / leading).max(1.0) as usize;
            let now = room.min(count - done);
            let mut x = MARGIN;
            for ((cell, lines), width) in row.iter().zip(&lines).zip(widths) {
                for (at, line) in lines.iter().skip(done).take(now).enumerate() {
                    self.cell_line(cell, x + PADDING.0, PADDING.1 + cell.style.size + leading * at as f32, line);
                }
                x += width;
            }
            self.y += now as f32 * leading + 2.0 * PADDING.1;
            done += now;
        }
        let y = self.y;
        self.sheet().rule(MARGIN, y, TEXT_WIDTH, RULE, 0.4);
    }

    fn cell_line(&mut self, cell: &Cell, x: f32, down: f32, line: &str) {
        let y = self.y + down;
        let style = cell.style;
        let drawn = self.sheet().text(x, y, style.face, style.size, style.colour, line);
        if let Some(target) = &cell.target {
            let page = self.book.sheets.len() - 1;
            let area = (x, y - style.size, drawn, style.size + 2.0);
            self.book.links.push(Link { page, area, target: target.clone() });
        }
    }
}

fn row_height(row: &[&Cell], widths: &[f32]) -> f32 {
    let cells = row.iter().zip(widths);
    cells.map(|(cell, width)| cell_lines(cell, *width).len() as f32 * cell.style.leading()).fold(0.0, f32::max)
        + 2.0 * PADDING.1
}

/// The width of every column: what it holds where that is less than its share; the others share the rest.
fn shared(columns: &[Column], rows: &[Vec<&Cell>]) -> Vec<f32> {
    let natural: Vec<f32> = columns
        .iter()
        .enumerate()
        .map(|(at, (label, _))| {
            let line = |cell: &&Cell| {
                cell.text.lines().map(|line| width(cell.style.face, cell.style.size, line)).fold(0.0, f32::max)
            };
            let widest = rows.iter().map(|row| line(&row[at])).fold(width(Face::Bold, LABEL, label), f32::max);
            widest + 2.0 * PADDING.0 + 4.0
        })
        .collect();
    let mut widths = vec![0.0; columns.len()];
    let mut open: Vec<usize> = (0..columns.len()).collect();
    let mut room = TEXT_WIDTH;
    loop {
        let shares: f32 = open.iter().map(|at| columns[*at].1).sum();
        let fits = |at: &usize| natural[*at] <= columns[*at].1 / shares * room;
        let narrow: Vec<usize> = open.iter().copied().filter(fits).collect();
        if narrow.is_empty() || narrow.len() == open.len() {
            // All want more than there is, or all have enough: then what is left over goes to all.
            let wanted: f32 = if narrow.is_empty() { 0.0 } else { open.iter().map(|at| natural[*at]).sum() };
            for at in &open {
                let share = columns[*at].1 / shares;
                widths[*at] = if narrow.is_empty() { share * room } else { natural[*at] + share * (room - wanted) };
            }
            return widths;
        }
        for at in &narrow {
            widths[*at] = natural[*at];
            room -= natural[*at];
        }
        open.retain(|at| !narrow.contains(at));
    }
}

fn cell_lines(cell: &Cell, width: f32) -> Vec<String> {
    if cell.text.is_empty() {
        return Vec::new();
    }
    wrap(cell.style.face, cell.style.size, width - 2.0 * PADDING.0, &cell.text)
}

/// Lines no wider than `width`: broken after a space where there is one, else after `_ . , ( / -`, else anywhere.
pub(super) fn wrap(face: Face, size: f32, room: f32, text: &str) -> Vec<String> {
    let limit = (room * UNITS_PER_EM as f32 / size) as u32;
    let mut lines = Vec::new();
    for paragraph in text.lines() {
        let paragraph = paragraph.trim_end();
        let mut rest = paragraph;
        loop {
            let at = fitting(face, limit, rest);
            if at >= rest.len() {
                lines.push(rest.to_owned());
                break;
            }
            lines.push(rest[..at].trim_end().to_owned());
            rest = rest[at..].trim_start_matches(' ');
        }
    }
    lines
}

/// How many bytes of a text go on one line; at least one character.
fn fitting(face: Face, limit: u32, text: &str) -> usize {
    let mut used = 0;
    let (mut space, mut mark) = (0, 0);
    for (at, c) in text.char_indices() {
        used += advance(face, c);
        if used > limit && at > 0 {
            // A break at a space is good unless it leaves the line nearly empty.
            let word = if space * 3 > at { space } else { space.max(mark) };
            return if word > 0 { word } else { at };
        }
        let after = at + c.len_utf8();
        match c {
            ' ' if !text[..at].trim_start().is_empty() => space = after,
            '_' | '.' | ',' | '(' | '/' | '-' | ':' | '=' if at > 0 => mark = after,
            _ => {}
        }
    }
    text.len()
}

/// A text that is cut with `…` where it is wider than `room`.
pub(super) fn clipped(face: Face, size: f32, text: &str, room: f32) -> String {
    if width(face, size, text) <= room {
        return text.to_owned();
    }
    let limit = (room * UNITS_PER_EM as f32 / size) as u32;
    let mut used = advance(face, '…');
    let mut kept = String::new();
    for c in text.chars() {
        used += advance(face, c);
        if used > limit {
            break;
        }
        kept.push(c);
    }
    kept.push('…');
    kept
}
