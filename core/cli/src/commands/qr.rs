//! QR codes of texts that another device scans: on the terminal, and as a picture to be printed. What is on
//! labels is drawn by `outpost-print`.

use qrcodegen::{QrCode, QrCodeEcc};

/// Light modules around a code, without which cameras do not find it (ISO 18004).
const QUIET_ZONE: i32 = 4;

/// The code for a dark terminal: what is light is drawn, two rows of modules in a row of text.
pub(super) fn code(text: &str) -> Option<String> {
    let code = QrCode::encode_text(text, QrCodeEcc::Low).ok()?;
    let edge = -QUIET_ZONE..code.size() + QUIET_ZONE;
    let is_light = |x: i32, y: i32| !code.get_module(x, y);
    let mut drawn = String::new();
    for y in edge.clone().step_by(2) {
        for x in edge.clone() {
            drawn.push(match (is_light(x, y), is_light(x, y + 1)) {
                (true, true) => '\u{2588}',
                (true, false) => '\u{2580}',
                (false, true) => '\u{2584}',
                (false, false) => ' ',
            });
        }
        drawn.push('\n');
    }
    Some(drawn)
}

/// The code as a picture (SVG), black on white, to be printed at any size.
pub(super) fn picture(text: &str) -> Option<String> {
    let code = QrCode::encode_text(text, QrCodeEcc::Medium).ok()?;
    let size = code.size() + 2 * QUIET_ZONE;
    let mut dark = String::new();
    for y in 0..code.size() {
        for x in (0..code.size()).filter(|x| code.get_module(*x, y)) {
            dark.push_str(&format!("M{},{}h1v1h-1z", x + QUIET_ZONE, y + QUIET_ZONE));
        }
    }
    Some(format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {size} {size}\" \
         shape-rendering=\"crispEdges\"><rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\
         <path d=\"{dark}\" fill=\"#000\"/></svg>\n"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_invitation_fits_a_terminal_and_has_its_quiet_zone() {
        let longest = format!("OUTPOST-NEAR:1:{}", "F".repeat(305));
        let code = code(&longest).expect("a code");
        let lines: Vec<&str> = code.lines().collect();
        let width = lines[0].chars().count();
        assert!(width <= 73, "{width}");
        assert!(lines[0].chars().chain(lines[1].chars()).all(|module| module == '\u{2588}'));
        assert!(lines.iter().all(|line| line.chars().count() == width));
    }
}
