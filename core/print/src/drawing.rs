//! One page, label or chart before it becomes PDF, SVG or PNG: black shapes and lines of text.
//!
//! Points (1/72 inch), from the upper left corner. Black on white only: what a colour would say is said
//! by patterns, marks and words.

use tiny_skia::{Path, PathBuilder, Rect};

use crate::text::{Direction, Line};

/// Millimetres as points.
pub(crate) const fn mm(millimetres: f32) -> f32 {
    millimetres * 72.0 / 25.4
}

/// Across and down.
type Point = (f32, f32);

/// How a line is drawn.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Pen {
    pub(crate) width: f32,
    /// Lengths of stroke and gap.
    pub(crate) dash: Option<[f32; 2]>,
}

impl Pen {
    pub(crate) const THIN: Self = Self { width: 0.5, dash: None };
    pub(crate) const THICK: Self = Self { width: 1.2, dash: None };
    pub(crate) const DOTTED: Self = Self { width: 0.6, dash: Some([1.0, 2.5]) };
}

/// What stands on a page.
#[derive(Debug, Clone)]
pub(crate) enum Item {
    /// Filled black.
    Fill(Path),
    /// Filled black, in units of its own: a code in modules. Whole numbers keep a file of thousands of
    /// codes small.
    Scaled { path: Path, at: Point, unit: f32 },
    /// Filled white, so that what lies below does not show.
    Clear(Path),
    /// Drawn as a line.
    Stroke(Path, Pen),
    /// Text from `x` on the baseline `y`.
    Text { x: f32, y: f32, line: Line },
}

/// A page, a label or a chart.
#[derive(Debug, Clone)]
pub struct Drawing {
    pub(crate) width: f32,
    pub(crate) height: f32,
    pub(crate) items: Vec<Item>,
    /// What it shows, for whoever hears it.
    pub(crate) title: String,
    pub(crate) direction: Direction,
}

/// Where a text stands between two edges; start and end depend on its direction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Align {
    Start,
    Middle,
    End,
}

impl Drawing {
    pub(crate) fn new(width: f32, height: f32, title: &str, direction: Direction) -> Self {
        Self { width, height, items: Vec::new(), title: title.to_owned(), direction }
    }

    /// Letters in it that no font has.
    pub(crate) fn missing(&self) -> impl Iterator<Item = char> {
        self.items.iter().flat_map(|item| {
            let line = match item {
                Item::Text { line, .. } => Some(line),
                _ => None,
            };
            line.into_iter().flat_map(Line::missing)
        })
    }

    /// A text between `left` and `right`, on the baseline `y`.
    pub(crate) fn text(&mut self, line: Line, (left, right): (f32, f32), y: f32, align: Align) {
        let from_right = match align {
            Align::Middle => None,
            Align::Start => Some(self.direction == Direction::RightToLeft),
            Align::End => Some(self.direction == Direction::LeftToRight),
        };
        let x = match from_right {
            Some(false) => left,
            Some(true) => right - line.width,
            None => (left + right - line.width) / 2.0,
        };
        self.items.push(Item::Text { x, y, line });
    }

    pub(crate) fn rule(&mut self, from: (f32, f32), to: (f32, f32), pen: Pen) {
        self.strokes(&[(from, to)], pen);
    }

    /// Straight lines, as one shape.
    pub(crate) fn strokes(&mut self, lines: &[(Point, Point)], pen: Pen) {
        let mut path = PathBuilder::new();
        for ((x0, y0), (x1, y1)) in lines {
            path.move_to(*x0, *y0);
            path.line_to(*x1, *y1);
        }
        self.items.extend(path.finish().map(|path| Item::Stroke(path, pen)));
    }

    /// A line through points.
    pub(crate) fn polyline(&mut self, points: &[(f32, f32)], pen: Pen) {
        let mut path = PathBuilder::new();
        trace(&mut path, points);
        self.items.extend(path.finish().map(|path| Item::Stroke(path, pen)));
    }

    /// A closed shape: black, or white with a black edge.
    pub(crate) fn polygon(&mut self, points: &[(f32, f32)], is_filled: Filled) {
        let mut path = PathBuilder::new();
        trace(&mut path, points);
        path.close();
        let Some(path) = path.finish() else { return };
        match is_filled {
            Filled::Black => self.items.push(Item::Fill(path)),
            Filled::White => {
                self.items.push(Item::Clear(path.clone()));
                self.items.push(Item::Stroke(path, Pen { width: 0.8, dash: None }));
            }
        }
    }

    pub(crate) fn frame(&mut self, x: f32, y: f32, width: f32, height: f32, pen: Pen) {
        let rect = Rect::from_xywh(x, y, width.max(0.0), height.max(0.0));
        self.items.extend(rect.map(|rect| Item::Stroke(PathBuilder::from_rect(rect), pen)));
    }

    /// Takes another drawing in, with its upper left corner at a place.
    pub(crate) fn place(&mut self, other: Self, x: f32, y: f32) {
        let shift = tiny_skia::Transform::from_translate(x, y);
        let moved = other.items.into_iter().filter_map(|item| match item {
            Item::Fill(path) => path.transform(shift).map(Item::Fill),
            Item::Scaled { path, at: (dx, dy), unit } => {
                Some(Item::Scaled { path, at: (x + dx, y + dy), unit })
            }
            Item::Clear(path) => path.transform(shift).map(Item::Clear),
            Item::Stroke(path, pen) => path.transform(shift).map(|path| Item::Stroke(path, pen)),
            Item::Text { x: dx, y: dy, line } => Some(Item::Text { x: x + dx, y: y + dy, line }),
        });
        self.items.extend(moved);
    }
}

/// Whether a shape is black or white with an edge.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Filled {
    Black,
    White,
}

fn trace(path: &mut PathBuilder, points: &[(f32, f32)]) {
    for (index, (x, y)) in points.iter().enumerate() {
        match index {
            0 => path.move_to(*x, *y),
            _ => path.line_to(*x, *y),
        }
    }
}
