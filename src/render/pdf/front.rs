//! The cover and the contents, bound before the rest once its pages are known.

use super::book::{Book, Link};
use super::flow::{MARGIN, PAGE, TEXT_WIDTH, clipped, wrap};
use super::sheet::{BAND, Colour, FAINT, INK, Paint, RULE, SOFT, Sheet, WHITE, width};
use crate::layout::font::Face;
use crate::render::View;

const ACCENT: Colour = Colour(0x3b, 0x6f, 0xd4);
/// A line of the contents.
const LINE: f32 = 13.0;
const FIRST: f32 = 104.0;
const LAST: f32 = 786.0;

pub(super) fn bind(view: &View<'_>, body: Book) -> Book {
    let mut book = Book::default();
    let lacking = body.sheets.iter().any(|sheet| sheet.lacking);
    book.add(cover(view, lacking), "");
    let columns = columns(&body);
    let per_column = ((LAST - FIRST) / LINE) as usize;
    let pages = body.outline.len().div_ceil(per_column * columns);
    let front = 1 + pages;
    for (page, chunk) in body.outline.chunks(per_column * columns).enumerate() {
        let at = book.add(Sheet::new(PAGE.0, PAGE.1), "Contents");
        if page == 0 {
            book.entry(0, "Contents", super::book::Spot { page: at, y: 58.0 });
        }
        let sheet = &mut book.sheets[at];
        sheet.text(MARGIN, 78.0, Face::Bold, 20.0, INK, "Contents");
        sheet.rule(MARGIN, 90.0, TEXT_WIDTH, RULE, 1.0);
        let gap = 22.0;
        let room = (TEXT_WIDTH - gap * (columns as f32 - 1.0)) / columns as f32;
        for (place, entry) in chunk.iter().enumerate() {
            let x = MARGIN + (room + gap) * (place / per_column) as f32;
            let y = FIRST + LINE * (place % per_column) as f32;
            let number = (entry.spot.page + front + 1).to_string();
            let (face, size, colour, indent) = match entry.level {
                0 => (Face::Bold, 9.5, INK, 0.0),
                1 => (Face::Regular, 8.5, INK, 10.0),
                _ => (Face::Regular, 8.0, SOFT, 20.0),
            };
            let number_width = width(face, size, &number);
            let title = clipped(face, size, &entry.title, room - indent - number_width - 14.0);
            let drawn = sheet.text(x + indent, y, face, size, colour, &title);
            sheet.text_right(x + room, y, face, size, colour, &number);
            let (from, to) = (x + indent + drawn + 4.0, x + room - number_width - 4.0);
            if to - from > 8.0 {
                sheet.line(&[(from, y - 0.5, false), (to, y - 0.5, false)], RULE, 0.5, Some((0.6, 2.4)));
            }
            let target = format!("contents {}", page * per_column * columns + place);
            book.links.push(Link { page: at, area: (x, y - 9.0, room, LINE), target });
        }
    }
    let mut body = body;
    let entries: Vec<_> = body.outline.iter().enumerate().map(|(at, entry)| (at, entry.spot)).collect();
    body.targets.extend(entries.into_iter().map(|(at, spot)| (format!("contents {at}"), spot)));
    book.append(body);
    book
}

/// Long contents stand in two columns.
fn columns(body: &Book) -> usize {
    if body.outline.len() > 45 { 2 } else { 1 }
}

fn cover(view: &View<'_>, lacking: bool) -> Sheet {
    let mut sheet = Sheet::new(PAGE.0, PAGE.1);
    sheet.rect(0.0, 0.0, PAGE.0, 300.0, Paint { fill: Some(Colour(0x17, 0x25, 0x3d)), ..Paint::default() });
    sheet.rect(0.0, 300.0, PAGE.0, 5.0, Paint { fill: Some(ACCENT), ..Paint::default() });
    ornament(&mut sheet);
    let size = 30.0;
    let lines = wrap(Face::Bold, size, TEXT_WIDTH, &view.title);
    let shown = lines.iter().take(4);
    let top = 236.0 - 36.0 * (lines.len().min(4) as f32 - 1.0);
    for (at, line) in shown.enumerate() {
        sheet.text(MARGIN, top + 36.0 * at as f32, Face::Bold, size, WHITE, line);
    }
    sheet.text(MARGIN, 264.0, Face::Regular, 12.0, Colour(0xb8, 0xc6, 0xdf), "PostgreSQL schema documentation");

    let schema = view.schema;
    let partitions = schema.tables.len() - view.main_tables().count();
    let counts: Vec<(usize, &str, &str)> = vec![
        (view.main_tables().count(), "table", "tables"),
        (partitions, "partition", "partitions"),
        (schema.tables.iter().map(|table| table.columns.len()).sum(), "column", "columns"),
        (schema.tables.iter().map(|table| table.foreign_keys.len()).sum(), "foreign key", "foreign keys"),
        (schema.views.len(), "view", "views"),
        (schema.enums.len() + schema.domains.len() + schema.composites.len() + schema.ranges.len(), "type", "types"),
        (schema.routines.len() + schema.aggregates.len(), "routine", "routines"),
        (schema.sequences.len(), "sequence", "sequences"),
        (schema.extensions.len(), "extension", "extensions"),
        (view.gaps.len(), "gap", "gaps"),
    ];
    let shown: Vec<_> = counts.into_iter().filter(|(count, ..)| *count > 0).collect();
    let (across, gap) = (4, 12.0);
    let tile = (TEXT_WIDTH - gap * (across as f32 - 1.0)) / across as f32;
    let mut bottom = 340.0;
    for (at, (count, one, many)) in shown.iter().enumerate() {
        let x = MARGIN + (tile + gap) * (at % across) as f32;
        let y = 340.0 + 68.0 * (at / across) as f32;
        bottom = y + 68.0;
        sheet.rect(x, y, tile, 56.0, Paint { fill: Some(BAND), ..Paint::default() });
        sheet.text(x + 12.0, y + 28.0, Face::Bold, 18.0, INK, &count.to_string());
        sheet.text(x + 12.0, y + 44.0, Face::Regular, 8.5, SOFT, if *count == 1 { one } else { many });
    }
    schemas(view, &mut sheet, bottom + 24.0);
    let mut foot = PAGE.1 - 40.0;
    if lacking {
        let note = "□ stands for a character that the embedded fonts lack (Chinese, Japanese, Korean, emoji and others). \
                    The name behind it is still found by searching and kept by copying.";
        let lines = wrap(Face::Regular, 8.0, TEXT_WIDTH, note);
        foot -= 11.0 * lines.len() as f32 + 6.0;
        for (at, line) in lines.iter().enumerate() {
            sheet.text(MARGIN, foot + 11.0 * at as f32, Face::Regular, 8.0, SOFT, line);
        }
    }
    sheet.text(MARGIN, PAGE.1 - 30.0, Face::Regular, 8.0, FAINT, "Made by tidegate from the schema alone.");
    sheet
}

/// PostgreSQL's schemas with the number of tables in each.
fn schemas(view: &View<'_>, sheet: &mut Sheet, top: f32) {
    let mut counts: std::collections::BTreeMap<&str, usize> = std::collections::BTreeMap::new();
    for table in view.main_tables() {
        *counts.entry(&table.name.schema).or_default() += 1;
    }
    if counts.is_empty() {
        return;
    }
    sheet.text(MARGIN, top, Face::Bold, 10.0, INK, "Schemas");
    let mut y = top + 20.0;
    let rest = counts.len();
    for (at, (schema, count)) in counts.iter().enumerate() {
        if y > PAGE.1 - 120.0 {
            let more = format!("… and {} more", rest - at);
            sheet.text(MARGIN, y, Face::Regular, 9.0, SOFT, &more);
            break;
        }
        let tables = if *count == 1 { "table" } else { "tables" };
        let name = clipped(Face::Regular, 9.5, schema, 240.0);
        sheet.text(MARGIN, y, Face::Regular, 9.5, INK, &name);
        sheet.text_right(MARGIN + 330.0, y, Face::Regular, 9.0, SOFT, &format!("{count} {tables}"));
        sheet.rule(MARGIN, y + 6.0, 330.0, RULE, 0.4);
        y += 19.0;
    }
}

/// Three boxes and their lines, in the corner.
fn ornament(sheet: &mut Sheet) {
    let faint = Colour(0x33, 0x48, 0x6d);
    let boxes = [(400.0, 60.0, 62.0), (500.0, 42.0, 62.0), (500.0, 118.0, 62.0)];
    for (x, y, w) in boxes {
        sheet.rect(x, y, w, 52.0, Paint { stroke: Some((faint, 1.2)), ..Paint::default() });
        sheet.rect(x, y, w, 13.0, Paint { fill: Some(faint), ..Paint::default() });
        for row in 1..3 {
            let line = y + 13.0 * row as f32 + 13.0;
            sheet.rule(x, line, w, faint, 0.6);
        }
    }
    for to in [68.5, 144.5] {
        let points = [(462.0, 86.0, false), (481.0, 86.0, false), (481.0, to, false), (500.0, to, false)];
        sheet.line(&points, faint, 1.2, None);
    }
}
