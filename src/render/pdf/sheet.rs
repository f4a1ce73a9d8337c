//! One page, drawn on with the origin in its upper left corner and points as the unit.

use std::collections::BTreeSet;

use printpdf::{
    Color, DictItem, FontId, Line, LineDashPattern, LinePoint, Op, PaintMode, PdfFontHandle, Point, Polygon,
    PolygonRing, Pt, Rect, Rgb, TextItem, WindingOrder,
};

use crate::layout::font::{Face, UNITS_PER_EM};

/// Red, green, blue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Colour(pub u8, pub u8, pub u8);

pub(super) const INK: Colour = Colour(0x1b, 0x24, 0x30);
pub(super) const SOFT: Colour = Colour(0x5c, 0x68, 0x78);
pub(super) const FAINT: Colour = Colour(0x98, 0xa2, 0xb1);
pub(super) const RULE: Colour = Colour(0xd9, 0xde, 0xe6);
pub(super) const BAND: Colour = Colour(0xf3, 0xf5, 0xf8);
pub(super) const LINK: Colour = Colour(0x1f, 0x55, 0xb5);
pub(super) const WHITE: Colour = Colour(0xff, 0xff, 0xff);

/// Stands for a character that no face has.
const MISSING: char = '□';

/// How a path is to be painted.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Paint {
    pub fill: Option<Colour>,
    pub stroke: Option<(Colour, f32)>,
    pub dash: Option<(f32, f32)>,
}

pub(super) struct Sheet {
    pub width: f32,
    pub height: f32,
    pub ops: Vec<Op>,
    /// The characters drawn, by face.
    pub used: [BTreeSet<char>; 3],
    /// Whether a character was drawn as [`MISSING`].
    pub lacking: bool,
    state: State,
}

/// What the last operations set, so that it is not said again.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct State {
    fill: Option<Colour>,
    stroke: Option<(Colour, f32)>,
    dash: Option<(f32, f32)>,
    font: Option<(Face, f32)>,
}

impl Sheet {
    pub(super) fn new(width: f32, height: f32) -> Self {
        let used = [BTreeSet::new(), BTreeSet::new(), BTreeSet::new()];
        Self { width, height, ops: Vec::new(), used, lacking: false, state: State::default() }
    }

    /// Writes one line with its baseline at `y`; returns its width.
    pub(super) fn text(&mut self, x: f32, y: f32, face: Face, size: f32, colour: Colour, text: &str) -> f32 {
        let mut at = x;
        let mut run = String::new();
        let mut real = String::new();
        let mut kind = (face, false);
        for c in text.chars() {
            let (own, drawn, missing) = resolve(face, c);
            if (own, missing) != kind && !run.is_empty() {
                at += self.run(at, y, kind, size, colour, &run, &real);
                run.clear();
                real.clear();
            }
            kind = (own, missing);
            run.push(drawn);
            real.push(c);
        }
        if !run.is_empty() {
            at += self.run(at, y, kind, size, colour, &run, &real);
        }
        at - x
    }

    /// The same, ending at `x`.
    pub(super) fn text_right(&mut self, x: f32, y: f32, face: Face, size: f32, colour: Colour, text: &str) -> f32 {
        self.text(x - width(face, size, text), y, face, size, colour, text)
    }

    #[allow(clippy::too_many_arguments)]
    fn run(
        &mut self,
        x: f32,
        y: f32,
        (face, missing): (Face, bool),
        size: f32,
        colour: Colour,
        run: &str,
        real: &str,
    ) -> f32 {
        self.fill(colour);
        self.used[face as usize].extend(run.chars());
        if missing {
            self.lacking = true;
            let data: Vec<u8> =
                [0xfe, 0xff].into_iter().chain(real.encode_utf16().flat_map(u16::to_be_bytes)).collect();
            let map = [("ActualText".to_owned(), DictItem::String { data, literal: false })].into();
            self.ops.push(Op::BeginMarkedContentWithProperties {
                tag: "Span".to_owned(),
                properties: DictItem::Dict { map },
            });
        }
        self.ops.push(Op::StartTextSection);
        if self.state.font != Some((face, size)) {
            self.state.font = Some((face, size));
            let font = PdfFontHandle::External(FontId(font_name(face).to_owned()));
            self.ops.push(Op::SetFont { font, size: Pt(size) });
        }
        self.ops.push(Op::SetTextCursor { pos: self.point(x, y) });
        self.ops.push(Op::ShowText { items: vec![TextItem::Text(run.to_owned())] });
        self.ops.push(Op::EndTextSection);
        if missing {
            self.ops.push(Op::EndMarkedContentWithProperties);
        }
        width(face, size, run)
    }

    pub(super) fn rect(&mut self, x: f32, y: f32, width: f32, height: f32, paint: Paint) {
        let mode = self.paint(paint);
        let mut rectangle = Rect::from_xywh(
            Pt(rounded(x)),
            Pt(rounded(self.height - y - height)),
            Pt(rounded(width)),
            Pt(rounded(height)),
        );
        rectangle.mode = Some(mode);
        self.ops.push(Op::DrawRectangle { rectangle });
    }

    /// A closed path. The flag marks the two control points before the end of a curve.
    pub(super) fn shape(&mut self, points: &[(f32, f32, bool)], paint: Paint) {
        let mode = self.paint(paint);
        let points = self.points(points);
        let polygon = Polygon { rings: vec![PolygonRing { points }], mode, winding_order: WindingOrder::NonZero };
        self.ops.push(Op::DrawPolygon { polygon });
    }

    /// An open path.
    pub(super) fn line(&mut self, points: &[(f32, f32, bool)], colour: Colour, width: f32, dash: Option<(f32, f32)>) {
        self.paint(Paint { fill: None, stroke: Some((colour, width)), dash });
        let line = Line { points: self.points(points), is_closed: false };
        self.ops.push(Op::DrawLine { line });
    }

    /// A horizontal rule.
    pub(super) fn rule(&mut self, x: f32, y: f32, width: f32, colour: Colour, thickness: f32) {
        self.line(&[(x, y, false), (x + width, y, false)], colour, thickness, None);
    }

    /// Until [`Sheet::unclip`], nothing is drawn outside.
    pub(super) fn clip(&mut self, x: f32, y: f32, width: f32, height: f32) {
        self.ops.push(Op::SaveGraphicsState);
        let mut rectangle = Rect::from_xywh(Pt(x), Pt(self.height - y - height), Pt(width), Pt(height));
        rectangle.mode = Some(PaintMode::Clip);
        self.ops.push(Op::DrawRectangle { rectangle });
        self.state = State::default();
    }

    pub(super) fn unclip(&mut self) {
        self.ops.push(Op::RestoreGraphicsState);
        self.state = State::default();
    }

    fn paint(&mut self, paint: Paint) -> PaintMode {
        if let Some(colour) = paint.fill {
            self.fill(colour);
        }
        if let Some((colour, width)) = paint.stroke {
            let before = self.state.stroke;
            if before.map(|(colour, _)| colour) != Some(colour) {
                self.ops.push(Op::SetOutlineColor { col: rgb(colour) });
            }
            if before.map(|(_, width)| width) != Some(width) {
                self.ops.push(Op::SetOutlineThickness { pt: Pt(width) });
            }
            self.state.stroke = Some((colour, width));
            if self.state.dash != paint.dash {
                self.state.dash = paint.dash;
                let dash = match paint.dash {
                    Some((on, off)) => LineDashPattern::new(0.0, &[on, off]),
                    None => LineDashPattern::solid(),
                };
                self.ops.push(Op::SetLineDashPattern { dash });
            }
        }
        match (paint.fill, paint.stroke) {
            (Some(_), Some(_)) => PaintMode::FillStroke,
            (None, Some(_)) => PaintMode::Stroke,
            _ => PaintMode::Fill,
        }
    }

    fn fill(&mut self, colour: Colour) {
        if self.state.fill != Some(colour) {
            self.state.fill = Some(colour);
            self.ops.push(Op::SetFillColor { col: rgb(colour) });
        }
    }

    fn point(&self, x: f32, y: f32) -> Point {
        Point { x: Pt(rounded(x)), y: Pt(rounded(self.height - y)) }
    }

    fn points(&self, points: &[(f32, f32, bool)]) -> Vec<LinePoint> {
        points.iter().map(|(x, y, bezier)| LinePoint { p: self.point(*x, *y), bezier: *bezier }).collect()
    }
}

/// The name of a face in the file.
pub(super) fn font_name(face: Face) -> &'static str {
    match face {
        Face::Regular => "DejaVuSans",
        Face::Bold => "DejaVuSans-Bold",
        Face::Mono => "DejaVuSansMono",
    }
}

/// The width of a text as it will be drawn.
pub(super) fn width(face: Face, size: f32, text: &str) -> f32 {
    let units: u32 = text.chars().map(|c| advance(face, c)).sum();
    units as f32 * size / UNITS_PER_EM as f32
}

/// The advance of one character as it will be drawn, in font units.
pub(super) fn advance(face: Face, c: char) -> u32 {
    let (face, drawn, _) = resolve(face, c);
    face.glyph(drawn).map_or(0, |glyph| u32::from(glyph.advance))
}

/// The face and the character that are drawn for a character, and whether it is a stand-in.
fn resolve(face: Face, c: char) -> (Face, char, bool) {
    let c = match c {
        '\t' | '\u{a0}' => ' ',
        '\n' | '\r' => '␤',
        other => other,
    };
    if !c.is_control() {
        if face.glyph(c).is_some() {
            return (face, c, false);
        }
        if Face::Regular.glyph(c).is_some() {
            return (Face::Regular, c, false);
        }
    }
    (Face::Regular, MISSING, true)
}

/// Hundredths of a point are enough, and short to write.
fn rounded(value: f32) -> f32 {
    (value * 100.0).round() / 100.0
}

fn rgb(Colour(r, g, b): Colour) -> Color {
    let part = |value: u8| (f32::from(value) / 255.0 * 1000.0).round() / 1000.0;
    Color::Rgb(Rgb::new(part(r), part(g), part(b), None))
}
