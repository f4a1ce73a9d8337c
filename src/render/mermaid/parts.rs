//! Diagrams of given tables, cut so that none exceeds the limits.

use std::collections::BTreeSet;

use crate::render::View;
use crate::schema::{QualifiedName, Table};

use super::entity::{Detail, block, line_between, relation, view_block};
use super::{HEADER, MermaidOptions, length};

/// Room for the header and for the comments that say what was left out.
const RESERVE: usize = 400;

/// Tables that fit one diagram, with what each looks like.
pub(super) struct Part<'a> {
    pieces: Vec<Piece<'a>>,
    edges_left_out: usize,
}

struct Piece<'a> {
    table: &'a Table,
    block: String,
    lines: Vec<String>,
}

impl<'a> Part<'a> {
    pub(super) fn tables(&self) -> impl Iterator<Item = &'a Table> + '_ {
        self.pieces.iter().map(|piece| piece.table)
    }

    /// Blocks first, then lines; tables of other parts appear as empty boxes at the end of a line.
    pub(super) fn render(&self, view: &View<'_>, options: &MermaidOptions) -> String {
        let mut text = HEADER.to_owned();
        self.pieces.iter().for_each(|piece| text.push_str(&piece.block));
        self.pieces.iter().flat_map(|piece| &piece.lines).for_each(|line| text.push_str(line));
        if self.edges_left_out > 0 {
            text.push_str(&format!("  %% {} more relations are left out\n", self.edges_left_out));
        }
        if options.views {
            add_views(view, self.tables(), &mut text, options);
        }
        text
    }
}

/// The tables, all their columns and all their foreign keys, in as few diagrams as the limits allow.
pub(super) fn split<'a>(view: &View<'a>, tables: &[&'a Table], options: &MermaidOptions) -> Vec<Part<'a>> {
    let budget = options.max_chars.saturating_sub(RESERVE);
    let mut parts = Vec::new();
    let mut open = Part { pieces: Vec::new(), edges_left_out: 0 };
    let (mut size, mut edges) = (0, 0);
    for table in tables {
        let mut lines = lines(view, table, |_| true);
        let left_out = lines.len().saturating_sub(options.max_edges);
        lines.truncate(options.max_edges);
        let mut piece = Piece { table, block: block(view, table, Detail::Full, usize::MAX, options.comments), lines };
        let lines_size: usize = piece.lines.iter().map(|line| length(line)).sum();
        piece.block = fit_block(view, table, piece.block, budget.saturating_sub(lines_size), options);
        let piece_size = length(&piece.block) + lines_size;
        let full = size + piece_size > budget || edges + piece.lines.len() > options.max_edges;
        if full && !open.pieces.is_empty() {
            parts.push(std::mem::replace(&mut open, Part { pieces: Vec::new(), edges_left_out: 0 }));
            (size, edges) = (0, 0);
        }
        size += piece_size;
        edges += piece.lines.len();
        open.edges_left_out += left_out;
        open.pieces.push(piece);
    }
    parts.push(open);
    parts
}

/// A table too large for any diagram is cut down, and says so.
fn fit_block(view: &View<'_>, table: &Table, full: String, budget: usize, options: &MermaidOptions) -> String {
    if length(&full) <= budget {
        return full;
    }
    let mut limit = table.columns.len();
    loop {
        limit /= 2;
        let text = block(view, table, Detail::Full, limit, limit > 200 && options.comments);
        if limit == 0 || length(&text) <= budget {
            return text;
        }
    }
}

/// One diagram of these tables, with less and less detail until it fits.
pub(super) fn fitted(view: &View<'_>, tables: &[(&Table, Detail)], options: &MermaidOptions) -> String {
    let budget = options.max_chars.saturating_sub(RESERVE);
    let names: BTreeSet<_> = tables.iter().map(|(table, _)| &table.name).collect();
    let mut all: Vec<String> = Vec::new();
    for (table, detail) in tables {
        // That a neighbour points at itself says nothing about the table in the middle.
        let itself = *detail == Detail::Full;
        all.extend(lines(view, table, |name| names.contains(name) && (itself || *name != table.name)));
    }
    let left_out = all.len().saturating_sub(options.max_edges);
    all.truncate(options.max_edges);
    let relations = all.concat();
    let attempts = [
        (Detail::Full, usize::MAX, options.comments),
        (Detail::Full, usize::MAX, false),
        (Detail::Keys, usize::MAX, false),
        (Detail::Keys, 8, false),
        (Detail::Name, 0, false),
    ];
    let mut text = String::new();
    for (most, limit, comments) in attempts {
        text = HEADER.to_owned();
        for (table, detail) in tables {
            text.push_str(&block(view, table, (*detail).min(most), limit, comments));
        }
        text.push_str(&relations);
        if length(&text) <= budget {
            break;
        }
    }
    if left_out > 0 {
        text.push_str(&format!("  %% {left_out} more relations are left out\n"));
    }
    truncated(text, options.max_chars)
}

/// The last resort, for limits set very low: whole lines at the end go, a comment says so. A block that lost its end
/// is left out whole.
pub(in crate::render) fn truncated(text: String, max_chars: usize) -> String {
    if length(&text) <= max_chars {
        return text;
    }
    let mut kept = String::new();
    let mut size = RESERVE.min(max_chars);
    let (mut inside, mut safe) = (false, 0);
    for line in text.split_inclusive('\n') {
        size += length(line);
        if size > max_chars {
            break;
        }
        kept.push_str(line);
        inside = line.ends_with("\" {\n") || (inside && line != "  }\n");
        if !inside {
            safe = kept.len();
        }
    }
    kept.truncate(safe);
    kept.push_str("  %% the rest is left out: it does not fit the limit of one diagram\n");
    kept
}

/// The relations that start at a table: its foreign keys and its parents by inheritance.
fn lines(view: &View<'_>, table: &Table, shown: impl Fn(&QualifiedName) -> bool) -> Vec<String> {
    let mut lines = Vec::new();
    for key in &table.foreign_keys {
        if let Some(target) = view.main_table(&key.references).filter(|target| shown(&target.name)) {
            lines.push(relation(view, table, key, &target.name));
        }
    }
    for parent in &table.inherits {
        if let Some(target) = view.main_table(parent).filter(|target| shown(&target.name)) {
            lines.push(line_between(&target.name, "||--o|", &table.name, "inherits"));
        }
    }
    lines
}

/// The views that read one of these tables.
fn add_views<'t>(
    view: &View<'_>,
    tables: impl Iterator<Item = &'t Table>,
    text: &mut String,
    options: &MermaidOptions,
) {
    let names: BTreeSet<_> = tables.map(|table| &table.name).collect();
    let mut size = length(text);
    for object in &view.schema.views {
        let reads: Vec<_> = object.depends_on.iter().filter(|name| names.contains(name)).collect();
        if reads.is_empty() {
            continue;
        }
        let mut block = view_block(object);
        for name in reads {
            block.push_str(&line_between(name, "||..o{", &object.name, "read by"));
        }
        size += length(&block);
        if size + RESERVE > options.max_chars {
            text.push_str("  %% more views are left out\n");
            break;
        }
        text.push_str(&block);
    }
}
