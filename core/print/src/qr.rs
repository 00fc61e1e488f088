//! The code on a label: QR at level Q or H, because labels wear.

use qrcodegen::{QrCode, QrCodeEcc, QrSegment};
use tiny_skia::{PathBuilder, Rect};

use crate::drawing::{Drawing, Item};
use crate::limits;

/// How much of a code may be lost before it cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Correction {
    /// About a quarter of its codewords.
    Q,
    /// About three in ten of its codewords.
    H,
}

/// White modules that a code needs on each side (ISO/IEC 18004).
const QUIET: f32 = 4.0;

/// The code of a text; `None` if it is longer than any code of ours.
pub(crate) fn code(text: &str, correction: Correction) -> Option<QrCode> {
    if text.is_empty() || text.len() > limits::CODE_BYTES_MAX {
        return None;
    }
    let level = match correction {
        Correction::Q => QrCodeEcc::Quartile,
        Correction::H => QrCodeEcc::High,
    };
    // The smallest code that holds the text, at a higher level where that takes no more modules.
    QrCode::encode_segments(&QrSegment::make_segments(text), level).ok()
}

/// Side of a module in points if the code with its quiet zone fills a square.
pub(crate) fn module(code: &QrCode, side: f32) -> f32 {
    side / (code.size() as f32 + 2.0 * QUIET)
}

/// Draws a code with its quiet zone into a square.
pub(crate) fn draw(drawing: &mut Drawing, code: &QrCode, (x, y): (f32, f32), side: f32) {
    let mut path = PathBuilder::new();
    for row in 0..code.size() {
        let mut column = 0;
        while column < code.size() {
            let dark = (column..code.size()).take_while(|column| code.get_module(*column, row));
            let length = i32::try_from(dark.count()).unwrap_or(0);
            let rect = Rect::from_xywh(column as f32, row as f32, length as f32, 1.0);
            if let Some(rect) = rect.filter(|_| length > 0) {
                path.push_rect(rect);
            }
            column += length + 1;
        }
    }
    let unit = module(code, side);
    let at = (x + QUIET * unit, y + QUIET * unit);
    drawing.items.extend(path.finish().map(|path| Item::Scaled { path, at, unit }));
}
