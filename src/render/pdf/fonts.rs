//! The faces, reduced to the glyphs in use. A whole DejaVu face takes 385 KB in the file, a reduced one about 20.

use std::collections::BTreeSet;

use allsorts::binary::read::ReadScope;
use allsorts::font_data::FontData;
use allsorts::subset::{CmapTarget, SubsetProfile, subset};
use printpdf::{ParsedFont, PdfFont};

use super::PdfError;
use super::sheet::font_name;
use crate::layout::font::Face;

/// The face with these characters alone.
pub(super) fn reduced(face: Face, characters: &BTreeSet<char>) -> Result<PdfFont, PdfError> {
    let name = font_name(face);
    let error = |reason: String| PdfError::Font { face: name, reason };
    // Glyph 0 stands for what is missing and must come first; glyphs are in ascending order, each once.
    let mut glyphs: BTreeSet<u16> = characters.iter().filter_map(|c| face.glyph(*c)).map(|glyph| glyph.id).collect();
    glyphs.insert(0);
    let glyphs: Vec<u16> = glyphs.into_iter().collect();
    let file = ReadScope::new(face.bytes()).read::<FontData<'_>>().map_err(|cause| error(cause.to_string()))?;
    let provider = file.table_provider(0).map_err(|cause| error(cause.to_string()))?;
    let bytes = subset(&provider, &glyphs, &SubsetProfile::Pdf, CmapTarget::Unicode)
        .map_err(|cause| error(cause.to_string()))?;
    let mut warnings = Vec::new();
    let mut parsed = ParsedFont::from_bytes(&bytes, 0, &mut warnings)
        .ok_or_else(|| error(warnings.iter().map(|warning| warning.message.as_str()).collect()))?;
    // Several characters can share a glyph; each must be found.
    parsed.codepoint_to_glyph = characters
        .iter()
        .filter_map(|c| {
            let id = face.glyph(*c)?.id;
            let place = glyphs.binary_search(&id).ok()?;
            Some((u32::from(*c), u16::try_from(place).ok()?))
        })
        .collect();
    // Six capital letters and a plus sign say that the face is not whole.
    parsed.font_name = Some(format!("TIDEGA+{name}"));
    Ok(PdfFont::new(parsed))
}
