//! Literals of the ANTLR dialect: what dates and quoted texts stand for. Never decides where they may
//! stand.

/// `2020-1-5` with its zeros.
pub(super) fn padded_date(text: &str) -> String {
    let mut parts = text.split('-');
    let mut next = || parts.next().unwrap_or_default();
    format!("{}-{:0>2}-{:0>2}", next(), next(), next())
}

/// Decodes Java's escapes, octal ones too.
pub(super) fn decode(raw: &str) -> String {
    let mut units: Vec<u16> = Vec::with_capacity(raw.len());
    let mut rest = raw.chars().peekable();
    while let Some(character) = rest.next() {
        let mut decoded = character;
        if character == '\\' {
            match rest.next().unwrap_or('\\') {
                'u' => {
                    while rest.next_if_eq(&'u').is_some() {}
                    let hex: String = rest.by_ref().take(4).collect();
                    units.push(u16::from_str_radix(&hex, 16).unwrap_or(0xFFFD));
                    continue;
                }
                digit @ '0'..='7' => {
                    let mut code = digit.to_digit(8).unwrap_or(0);
                    let more = if code <= 3 { 2 } else { 1 };
                    for _ in 0..more {
                        let Some(next) = rest.peek().and_then(|c| c.to_digit(8)) else { break };
                        code = code * 8 + next;
                        rest.next();
                    }
                    decoded = char::from_u32(code).unwrap_or('\u{fffd}');
                }
                'b' => decoded = '\u{8}',
                't' => decoded = '\t',
                'n' => decoded = '\n',
                'f' => decoded = '\u{c}',
                'r' => decoded = '\r',
                other => decoded = other,
            }
        }
        units.extend_from_slice(decoded.encode_utf16(&mut [0; 2]));
    }
    String::from_utf16_lossy(&units)
}
