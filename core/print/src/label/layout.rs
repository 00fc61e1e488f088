//! One label: the code at the start, words beside it.

use super::{Label, LabelOptions, Stock};
use crate::drawing::{Align, Drawing, Pen, mm};
use crate::error::{PrintError, Result};
use crate::limits;
use crate::qr;
use crate::text::{Direction, Fonts, Line, Weight, own_direction, printable};

/// Sizes of letters on a kind of label, in points.
struct Letters {
    number: f32,
    /// None where a label is too low for captions; what is what can be seen there.
    caption: Option<f32>,
    value: f32,
    /// Smallest that a value may become before it is broken or cut.
    least: f32,
}

const fn letters(stock: Stock) -> Letters {
    match stock {
        Stock::AveryL7160 => Letters { number: 15.0, caption: Some(5.5), value: 9.0, least: 6.5 },
        Stock::AveryL7163 => Letters { number: 19.0, caption: Some(6.5), value: 11.0, least: 7.5 },
        Stock::Tape62 => Letters { number: 13.0, caption: Some(5.0), value: 8.5, least: 6.0 },
        Stock::Tape24 => Letters { number: 14.0, caption: None, value: 8.5, least: 6.0 },
    }
}

pub(super) fn label(
    fonts: &Fonts,
    options: &LabelOptions,
    label: &Label,
    place: usize,
) -> Result<Drawing> {
    let number = printable(&label.number);
    if number.is_empty() {
        return Err(PrintError::NoNumber { place });
    }
    let measures = options.stock.measures();
    let ((width, height), (side, above)) = (measures.label, measures.margin);
    let direction = options.language.direction();
    let mut drawing = Drawing::new(width, height, "", direction);
    let square = height - 2.0 * above;
    let too_long = || PrintError::CodeTooLong {
        number: number.clone(),
        bytes: label.code.len(),
        stock: options.stock.name(),
    };
    let code = qr::code(&label.code, options.correction).ok_or_else(too_long)?;
    if qr::module(&code, square) < mm(limits::MODULE_MM_MIN) {
        return Err(too_long());
    }
    let at = match direction {
        Direction::LeftToRight => side,
        Direction::RightToLeft => width - side - square,
    };
    qr::draw(&mut drawing, &code, (at, above), square);
    let text = match direction {
        Direction::LeftToRight => (at + square + mm(0.5), width - side),
        Direction::RightToLeft => (side, at - mm(0.5)),
    };
    words(&mut drawing, fonts, options, (&number, label), text);
    if options.is_cut_by_hand {
        drawing.frame(0.0, 0.0, width, height, Pen::DOTTED);
    }
    Ok(drawing)
}

/// Number, health worker, SIM and district one below the other, spread over the label's height.
fn words(
    drawing: &mut Drawing,
    fonts: &Fonts,
    options: &LabelOptions,
    (number, label): (&str, &Label),
    (left, right): (f32, f32),
) {
    let letters = letters(options.stock);
    let words = options.language.words();
    let above = options.stock.measures().margin.1;
    let (top, bottom) = (above + mm(0.8), drawing.height - above - mm(0.8));
    let place = Place { fonts, left, right };
    let head = place.fit(number, letters.least..letters.number, Weight::Bold);
    drawing.text(head, (left, right), top + letters.number * 0.75, Align::Start);
    let fields = [
        (words.health_worker, label.health_worker.as_ref()),
        (words.sim, label.sim.as_ref()),
        (words.district, Some(&label.district)),
    ];
    let fields = fields.into_iter().filter_map(|(caption, value)| Some((caption, value?)));
    let fields: Vec<_> = fields.collect();
    let from = top + letters.number;
    let step = (bottom - from) / fields.len() as f32;
    for (index, (caption, value)) in fields.into_iter().enumerate() {
        let base = from + step * (index as f32 + 1.0) - letters.value * 0.25;
        let upper = place.value(drawing, &printable(value), &letters, base);
        if let Some(size) = letters.caption {
            let small = place.fit(caption, 4.0..size, Weight::Regular);
            drawing.text(small, (left, right), upper, Align::Start);
        }
    }
}

/// Where the words of a label stand.
struct Place<'f> {
    fonts: &'f Fonts,
    left: f32,
    right: f32,
}

impl Place<'_> {
    fn fit(&self, text: &str, sizes: std::ops::Range<f32>, weight: Weight) -> Line {
        let width = self.right - self.left;
        self.fonts.fit(text, sizes, weight, own_direction(text), width)
    }

    /// Draws a value whose last line stands on `base`; gives the baseline of what stands above it.
    fn value(&self, drawing: &mut Drawing, value: &str, letters: &Letters, base: f32) -> f32 {
        let edges = (self.left, self.right);
        if value.is_empty() {
            // To be written by hand with a pen that lasts.
            drawing.rule((self.left, base), (self.right, base), Pen::DOTTED);
            return base - letters.value * 1.05;
        }
        let line = self.fit(value, letters.least..letters.value, Weight::Bold);
        let whole = line.text == value;
        if whole || letters.caption.is_none() {
            let size = line.size;
            drawing.text(line, edges, base, Align::Start);
            return base - size * 1.05;
        }
        let (width, size) = (self.right - self.left, letters.least);
        let mut lines = self
            .fonts
            .paragraph(value, size, Weight::Bold, own_direction(value), width)
            .into_iter();
        let first = lines.next().unwrap_or_default();
        let rest = value.get(first.text.len()..).unwrap_or_default().trim();
        let rest = self.fit(rest, size..size, Weight::Bold);
        let above = base - size * 1.1;
        drawing.text(first, edges, above, Align::Start);
        drawing.text(rest, edges, base, Align::Start);
        above - size * 1.05
    }
}
