//! PDF by krilla: fonts embedded with just the letters that are used, text that can be searched.

use std::collections::BTreeSet;

use krilla::color::luma;
use krilla::geom::{Path, PathBuilder, Point, Transform};
use krilla::metadata::{Metadata, TextDirection};
use krilla::page::PageSettings;
use krilla::paint::{Fill, Stroke, StrokeDash};
use krilla::surface::Surface;
use krilla::text::{GlyphId, KrillaGlyph};
use tiny_skia::PathSegment;

use super::{Printed, writer};
use crate::drawing::{Drawing, Item, Pen};
use crate::error::Result;
use crate::text::{Direction, Fonts, Line};

/// What a PDF says about itself.
#[derive(Debug, Clone)]
pub(crate) struct Properties {
    pub(crate) title: String,
    /// As in HTML: `en`, `fr`, `ar`.
    pub(crate) language: &'static str,
    pub(crate) direction: Direction,
}

/// A PDF that grows page by page.
pub(crate) struct Document {
    document: krilla::Document,
    pages: usize,
    missing: BTreeSet<char>,
}

impl Document {
    pub(crate) fn new(properties: Properties) -> Self {
        let mut document = krilla::Document::new();
        let direction = match properties.direction {
            Direction::LeftToRight => TextDirection::LeftToRight,
            Direction::RightToLeft => TextDirection::RightToLeft,
        };
        let metadata = Metadata::new()
            .title(properties.title)
            .language(properties.language.to_owned())
            .creator("Outpost".to_owned())
            .text_direction(direction);
        document.set_metadata(metadata);
        Self { document, pages: 0, missing: BTreeSet::new() }
    }

    pub(crate) fn add(&mut self, drawing: &Drawing, fonts: &Fonts) -> Result<()> {
        let settings = PageSettings::from_wh(drawing.width, drawing.height)
            .ok_or_else(|| writer("a page without a size"))?;
        let mut page = self.document.start_page_with(settings);
        let mut surface = page.surface();
        for item in &drawing.items {
            draw(&mut surface, item, fonts);
        }
        surface.finish();
        page.finish();
        self.pages += 1;
        self.missing.extend(drawing.missing());
        Ok(())
    }

    pub(crate) fn finish(self) -> Result<Printed> {
        let bytes = self.document.finish().map_err(writer)?;
        Ok(Printed { bytes, pages: self.pages, missing: self.missing.into_iter().collect() })
    }
}

fn draw(surface: &mut Surface<'_>, item: &Item, fonts: &Fonts) {
    match item {
        Item::Fill(path) => fill(surface, path, luma::Color::black()),
        Item::Scaled { path, at: (x, y), unit } => {
            surface.push_transform(&Transform::from_row(*unit, 0.0, 0.0, *unit, *x, *y));
            fill(surface, path, luma::Color::black());
            surface.pop();
        }
        Item::Clear(path) => fill(surface, path, luma::Color::white()),
        Item::Stroke(path, pen) => {
            let Some(path) = converted(path) else { return };
            surface.set_fill(None);
            surface.set_stroke(Some(stroke(*pen)));
            surface.draw_path(&path);
        }
        Item::Text { x, y, line } => text(surface, (*x, *y), line, fonts),
    }
}

fn fill(surface: &mut Surface<'_>, path: &tiny_skia::Path, colour: luma::Color) {
    let Some(path) = converted(path) else { return };
    surface.set_stroke(None);
    surface.set_fill(Some(Fill { paint: colour.into(), ..Fill::default() }));
    surface.draw_path(&path);
}

fn stroke(pen: Pen) -> Stroke {
    let dash = pen.dash.map(|dash| StrokeDash { array: dash.to_vec(), offset: 0.0 });
    Stroke { width: pen.width, dash, ..Stroke::default() }
}

fn text(surface: &mut Surface<'_>, (x, y): (f32, f32), line: &Line, fonts: &Fonts) {
    surface.set_stroke(None);
    surface.set_fill(Some(Fill::default()));
    for (right, run) in line.placed() {
        let glyphs: Vec<_> = run
            .glyphs
            .iter()
            .map(|glyph| KrillaGlyph {
                glyph_id: GlyphId::new(glyph.id),
                text_range: glyph.range.clone(),
                x_advance: glyph.advance,
                x_offset: glyph.right,
                y_offset: glyph.up,
                y_advance: 0.0,
                location: None,
            })
            .collect();
        let font = fonts.face(run.face).pdf.clone();
        let start = Point::from_xy(x + right, y);
        surface.draw_glyphs(start, &glyphs, font, &run.text, line.size, false);
    }
}

fn converted(path: &tiny_skia::Path) -> Option<Path> {
    let mut builder = PathBuilder::new();
    for segment in path.segments() {
        match segment {
            PathSegment::MoveTo(to) => builder.move_to(to.x, to.y),
            PathSegment::LineTo(to) => builder.line_to(to.x, to.y),
            PathSegment::QuadTo(by, to) => builder.quad_to(by.x, by.y, to.x, to.y),
            PathSegment::CubicTo(a, b, to) => builder.cubic_to(a.x, a.y, b.x, b.y, to.x, to.y),
            PathSegment::Close => builder.close(),
        }
    }
    builder.finish()
}
