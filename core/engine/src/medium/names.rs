//! Names from a medium as people may see them.
//!
//! A name may be no text at all, hide its ending by writing from right to left, move the cursor or be
//! longer than a screen. What is shown is one line in which every such thing is visible.

/// Characters of a name that are shown.
const SHOWN_CHARS_MAX: usize = 120;

/// A name, with everything escaped that is no plain letter, digit or sign.
#[must_use]
pub fn shown(name: &[u8]) -> String {
    let mut text = String::new();
    let mut count = 0;
    let mut left_out = 0usize;
    for chunk in name.utf8_chunks() {
        for letter in chunk.valid().chars() {
            match count < SHOWN_CHARS_MAX {
                true => push(&mut text, letter),
                false => left_out += letter.len_utf8(),
            }
            count += 1;
        }
        for byte in chunk.invalid() {
            match count < SHOWN_CHARS_MAX {
                true => text.push_str(&format!("\\x{byte:02x}")),
                false => left_out += 1,
            }
            count += 1;
        }
    }
    if left_out > 0 {
        text.push_str(&format!("… (+{left_out} bytes)"));
    }
    text
}

fn push(text: &mut String, letter: char) {
    match letter {
        '\\' => text.push_str("\\\\"),
        _ if deceives(letter) => text.push_str(&format!("\\u{{{:x}}}", u32::from(letter))),
        _ => text.push(letter),
    }
}

/// Whether a character is invisible or changes how others are shown.
const fn deceives(letter: char) -> bool {
    matches!(
        letter,
        '\0'..='\u{1f}'
            | '\u{7f}'..='\u{a0}'
            | '\u{ad}'
            | '\u{34f}'
            | '\u{61c}'
            | '\u{115f}'..='\u{1160}'
            | '\u{17b4}'..='\u{17b5}'
            | '\u{180b}'..='\u{180f}'
            | '\u{2000}'..='\u{200f}'
            | '\u{2028}'..='\u{202f}'
            | '\u{205f}'..='\u{206f}'
            | '\u{3000}'
            | '\u{3164}'
            | '\u{e000}'..='\u{f8ff}'
            | '\u{fe00}'..='\u{fe0f}'
            | '\u{feff}'
            | '\u{ffa0}'
            | '\u{fff0}'..='\u{ffff}'
            | '\u{e0000}'..='\u{10ffff}'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(name: &[u8], expected: &str) {
        assert_eq!(shown(name), expected);
    }

    #[test]
    fn a_name_is_shown_in_one_line_that_deceives_nobody() {
        check(b"outpost-data-1.tar", "outpost-data-1.tar");
        check("Réception 3.tar".as_bytes(), "Réception 3.tar");
        // What looks like "data-exe.tar" ends in .exe.
        check("data-\u{202e}rat.exe".as_bytes(), "data-\\u{202e}rat.exe");
        check(b"a\nb\x1b[2Jc\x07", "a\\u{a}b\\u{1b}[2Jc\\u{7}");
        check(b"caf\xe9.tar", "caf\\xe9.tar");
        check("a\u{200b}\u{feff}b".as_bytes(), "a\\u{200b}\\u{feff}b");
        check(b"a\\u{a}b", "a\\\\u{a}b");
    }

    #[test]
    fn a_long_name_is_cut() {
        let long = shown(&[b'a'; 255]);
        assert!(long.ends_with("a… (+135 bytes)"), "{long}");
        assert_eq!(long.chars().filter(|letter| *letter == 'a').count(), SHOWN_CHARS_MAX);
    }
}
