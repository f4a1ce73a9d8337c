//! The DejaVu faces: which characters they hold and how wide those are.
//!
//! One measure for everything drawn: the PDF embeds these very faces, and the SVG names narrower ones first, so that a
//! text that fits here fits there. Whole numbers only.

use std::sync::LazyLock;

use allsorts::binary::read::ReadScope;
use allsorts::font::find_good_cmap_subtable;
use allsorts::font_data::FontData;
use allsorts::tables::cmap::{Cmap, CmapSubtable};
use allsorts::tables::{FontTableProvider, HheaTable, HmtxTable, MaxpTable};
use allsorts::tag;

/// Advances are in these units; every DejaVu face has 2048 to the em.
pub const UNITS_PER_EM: u32 = 2048;

/// The faces in use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Face {
    Regular,
    Bold,
    Mono,
}

impl Face {
    pub const ALL: [Self; 3] = [Self::Regular, Self::Bold, Self::Mono];

    /// The whole font file.
    pub fn bytes(self) -> &'static [u8] {
        match self {
            Self::Regular => dejavu::sans::regular(),
            Self::Bold => dejavu::sans::bold(),
            Self::Mono => dejavu::sans_mono::regular(),
        }
    }

    /// The glyph of a character, where the face has one.
    pub fn glyph(self, c: char) -> Option<Glyph> {
        let table = self.table();
        table.binary_search_by_key(&u32::from(c), |(code, _)| *code).ok().map(|at| table[at].1)
    }

    /// The advance of a text in units of [`UNITS_PER_EM`]. A character that the face lacks counts as a full em, which
    /// is what CJK and emoji take.
    pub fn units(self, text: &str) -> u32 {
        text.chars().map(|c| self.glyph(c).map_or(UNITS_PER_EM, |glyph| u32::from(glyph.advance))).sum()
    }

    /// The width of a text in whole pixels (or points), rounded up, at a size given in the same.
    pub fn width(self, text: &str, size: u32) -> i32 {
        i32::try_from((u64::from(self.units(text)) * u64::from(size)).div_ceil(u64::from(UNITS_PER_EM)))
            .unwrap_or(i32::MAX)
    }

    /// The text, or its beginning with `…`, so that it is no wider than `width` at `size`.
    pub fn fit(self, text: &str, size: u32, width: i32) -> String {
        if self.width(text, size) <= width {
            return text.to_owned();
        }
        let mut kept = String::new();
        let mut units = self.units("…");
        let room = u64::try_from(width.max(0)).unwrap_or(0) * u64::from(UNITS_PER_EM) / u64::from(size.max(1));
        for c in text.chars() {
            units += self.units(c.encode_utf8(&mut [0; 4]));
            if u64::from(units) > room {
                break;
            }
            kept.push(c);
        }
        kept.push('…');
        kept
    }

    fn table(self) -> &'static [(u32, Glyph)] {
        static TABLES: LazyLock<[Vec<(u32, Glyph)>; 3]> = LazyLock::new(|| {
            Face::ALL.map(|face| read(face.bytes()).expect("the built-in DejaVu faces are sound TrueType files"))
        });
        &TABLES[self as usize]
    }
}

/// One glyph of a face.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Glyph {
    /// Its number in the whole font file.
    pub id: u16,
    /// In units of [`UNITS_PER_EM`].
    pub advance: u16,
}

/// Every character of a font with its glyph, by code point.
fn read(bytes: &[u8]) -> Result<Vec<(u32, Glyph)>, allsorts::error::ParseError> {
    let file = ReadScope::new(bytes).read::<FontData<'_>>()?;
    let provider = file.table_provider(0).map_err(|_| allsorts::error::ParseError::BadValue)?;
    let maxp = ReadScope::new(&provider.read_table_data(tag::MAXP)?).read::<MaxpTable>()?;
    let hhea = ReadScope::new(&provider.read_table_data(tag::HHEA)?).read::<HheaTable>()?;
    let hmtx_data = provider.read_table_data(tag::HMTX)?;
    let hmtx = ReadScope::new(&hmtx_data)
        .read_dep::<HmtxTable<'_>>((usize::from(maxp.num_glyphs), usize::from(hhea.num_h_metrics)))?;
    let cmap_data = provider.read_table_data(tag::CMAP)?;
    let cmap = ReadScope::new(&cmap_data).read::<Cmap<'_>>()?;
    let (_, record) = find_good_cmap_subtable(&cmap).ok_or(allsorts::error::ParseError::MissingValue)?;
    let subtable = cmap.scope.offset(usize::try_from(record.offset)?).read::<CmapSubtable<'_>>()?;
    let mut pairs = Vec::new();
    subtable.mappings_fn(|code, id| pairs.push((code, id)))?;
    pairs.sort_unstable();
    pairs.dedup_by_key(|(code, _)| *code);
    pairs
        .into_iter()
        .filter(|(_, id)| *id != 0)
        .map(|(code, id)| Ok((code, Glyph { id, advance: hmtx.horizontal_advance(id)? })))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_faces_hold_latin_greek_and_cyrillic_but_no_han() {
        for face in Face::ALL {
            for c in "aZ0_éßΩжЯ…→".chars() {
                assert!(face.glyph(c).is_some(), "{face:?} lacks {c}");
            }
            assert_eq!(face.glyph('漢'), None);
        }
    }

    #[test]
    fn widths_grow_with_text_and_mono_is_even() {
        assert_eq!(Face::Mono.width("iiii", 10), Face::Mono.width("WWWW", 10));
        assert!(Face::Regular.width("iiii", 10) < Face::Regular.width("WWWW", 10));
        assert!(Face::Bold.width("orders", 10) > Face::Regular.width("orders", 10));
        assert_eq!(Face::Regular.width("", 10), 0);
    }

    #[test]
    fn fitting_keeps_the_beginning() {
        assert_eq!(Face::Regular.fit("orders", 10, 500), "orders");
        let short = Face::Regular.fit("a_very_long_table_name_indeed", 10, 60);
        assert!(short.ends_with('…') && Face::Regular.width(&short, 10) <= 60, "{short}");
    }
}
