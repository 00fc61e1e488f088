//! PNG by tiny-skia: black on white, smooth edges.

use rustybuzz::ttf_parser::{GlyphId, OutlineBuilder};
use tiny_skia::{
    Color, FillRule, Paint, Path, PathBuilder, Pixmap, PixmapMut, Stroke, StrokeDash, Transform,
};

use super::writer;
use crate::drawing::{Drawing, Item};
use crate::error::{PrintError, Result};
use crate::limits;
use crate::text::{Fonts, Glyph, Line};

pub(super) fn write(drawing: &Drawing, fonts: &Fonts, dots_per_inch: f32) -> Result<Vec<u8>> {
    let scale = dots_per_inch / 72.0;
    let pixels = |points: f32| (points * scale).ceil();
    let (width, height) = (pixels(drawing.width), pixels(drawing.height));
    let most = limits::PIXELS_MAX as f32;
    let fits = |side: f32| side.is_finite() && (1.0..=most).contains(&side);
    let refused = || PrintError::Pixels { most: limits::PIXELS_MAX };
    if !fits(width) || !fits(height) {
        return Err(refused());
    }
    let mut pixmap = Pixmap::new(width as u32, height as u32).ok_or_else(refused)?;
    pixmap.fill(Color::WHITE);
    let zoom = Transform::from_scale(scale, scale);
    for item in &drawing.items {
        draw(&mut pixmap.as_mut(), item, fonts, zoom);
    }
    pixmap.encode_png().map_err(writer)
}

fn draw(pixmap: &mut PixmapMut<'_>, item: &Item, fonts: &Fonts, zoom: Transform) {
    let mut black = Paint { anti_alias: true, ..Paint::default() };
    match item {
        Item::Fill(path) => pixmap.fill_path(path, &black, FillRule::Winding, zoom, None),
        Item::Scaled { path, at: (x, y), unit } => {
            let place = zoom.pre_translate(*x, *y).pre_scale(*unit, *unit);
            pixmap.fill_path(path, &black, FillRule::Winding, place, None);
        }
        Item::Clear(path) => {
            black.set_color(Color::WHITE);
            pixmap.fill_path(path, &black, FillRule::Winding, zoom, None);
        }
        Item::Stroke(path, pen) => {
            let dash = pen.dash.and_then(|dash| StrokeDash::new(dash.to_vec(), 0.0));
            let stroke = Stroke { width: pen.width, dash, ..Stroke::default() };
            pixmap.stroke_path(path, &black, &stroke, zoom, None);
        }
        Item::Text { x, y, line } => {
            for path in outlines(line, (*x, *y), fonts) {
                pixmap.fill_path(&path, &black, FillRule::Winding, zoom, None);
            }
        }
    }
}

/// The letters of a line as shapes, one for each run.
pub(super) fn outlines(line: &Line, (x, y): (f32, f32), fonts: &Fonts) -> Vec<Path> {
    let mut paths = Vec::new();
    for (right, run) in line.placed() {
        let face = &fonts.face(run.face).face;
        let em = face.units_per_em() as f32;
        let mut pen = Outline { path: PathBuilder::new(), x: 0.0, y, scale: line.size / em };
        let mut at = x + right;
        for Glyph { id, advance, right, up, .. } in &run.glyphs {
            (pen.x, pen.y) = (at + right * line.size, y - up * line.size);
            // A glyph number beyond 16 bits comes from no font; it has no outline.
            if let Ok(id) = u16::try_from(*id) {
                face.outline_glyph(GlyphId(id), &mut pen);
            }
            at += advance * line.size;
        }
        paths.extend(pen.path.finish());
    }
    paths
}

/// Puts outlines, which stand on their baseline, at their place on a page that counts downwards.
struct Outline {
    path: PathBuilder,
    x: f32,
    y: f32,
    scale: f32,
}

impl Outline {
    fn point(&self, x: f32, y: f32) -> (f32, f32) {
        (self.x + x * self.scale, self.y - y * self.scale)
    }
}

impl OutlineBuilder for Outline {
    fn move_to(&mut self, x: f32, y: f32) {
        let (x, y) = self.point(x, y);
        self.path.move_to(x, y);
    }

    fn line_to(&mut self, x: f32, y: f32) {
        let (x, y) = self.point(x, y);
        self.path.line_to(x, y);
    }

    fn quad_to(&mut self, x1: f32, y1: f32, x: f32, y: f32) {
        let ((x1, y1), (x, y)) = (self.point(x1, y1), self.point(x, y));
        self.path.quad_to(x1, y1, x, y);
    }

    fn curve_to(&mut self, x1: f32, y1: f32, x2: f32, y2: f32, x: f32, y: f32) {
        let ((x1, y1), (x2, y2)) = (self.point(x1, y1), self.point(x2, y2));
        let (x, y) = self.point(x, y);
        self.path.cubic_to(x1, y1, x2, y2, x, y);
    }

    fn close(&mut self) {
        self.path.close();
    }
}
