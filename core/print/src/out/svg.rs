//! SVG with outlines instead of letters, and the text beside them for whoever hears it.

use std::fmt::Write as _;

use tiny_skia::{Path, PathSegment, Point};

use super::png::outlines;
use crate::drawing::{Drawing, Item};
use crate::text::Fonts;

pub(super) fn write(drawing: &Drawing, fonts: &Fonts) -> String {
    let (width, height) = (drawing.width, drawing.height);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{}mm\" height=\"{}mm\" \
         viewBox=\"0 0 {} {}\" role=\"img\">\n<title>{}</title>\n\
         <rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n",
        number(width * 25.4 / 72.0),
        number(height * 25.4 / 72.0),
        number(width),
        number(height),
        escaped(&drawing.title),
    );
    for item in &drawing.items {
        match item {
            Item::Fill(path) => line(&mut svg, &format!("<path d=\"{}\"/>", data(path))),
            Item::Scaled { path, at: (x, y), unit } => {
                let place = format!("translate({} {}) scale({unit})", number(*x), number(*y));
                line(&mut svg, &format!("<path transform=\"{place}\" d=\"{}\"/>", data(path)));
            }
            Item::Clear(path) => {
                line(&mut svg, &format!("<path fill=\"#fff\" d=\"{}\"/>", data(path)));
            }
            Item::Stroke(path, pen) => {
                let dash = pen.dash.map_or(String::new(), |[on, off]| {
                    format!(" stroke-dasharray=\"{} {}\"", number(on), number(off))
                });
                let width = number(pen.width);
                let style = format!("fill=\"none\" stroke=\"#000\" stroke-width=\"{width}\"{dash}");
                line(&mut svg, &format!("<path {style} d=\"{}\"/>", data(path)));
            }
            Item::Text { x, y, line: text } => {
                let paths: String = outlines(text, (*x, *y), fonts).iter().map(data).collect();
                let label = escaped(&text.text);
                line(&mut svg, &format!("<path aria-label=\"{label}\" d=\"{paths}\"/>"));
            }
        }
    }
    svg.push_str("</svg>\n");
    svg
}

fn line(svg: &mut String, text: &str) {
    svg.push_str(text);
    svg.push('\n');
}

fn data(path: &Path) -> String {
    let mut data = String::new();
    let point = |point: Point| format!("{} {}", number(point.x), number(point.y));
    for segment in path.segments() {
        // Writing to a string cannot fail.
        let _ = match segment {
            PathSegment::MoveTo(to) => write!(data, "M{}", point(to)),
            PathSegment::LineTo(to) => write!(data, "L{}", point(to)),
            PathSegment::QuadTo(by, to) => write!(data, "Q{} {}", point(by), point(to)),
            PathSegment::CubicTo(a, b, to) => {
                write!(data, "C{} {} {}", point(a), point(b), point(to))
            }
            PathSegment::Close => write!(data, "Z"),
        };
    }
    data
}

/// Hundredths of a point are finer than any printer.
fn number(value: f32) -> String {
    let text = format!("{value:.2}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// As XML has it; what XML cannot hold at all is left out.
pub(super) fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\u{fffe}' | '\u{ffff}' => {}
            letter if letter.is_control() => escaped.push(' '),
            letter => escaped.push(letter),
        }
    }
    escaped
}
